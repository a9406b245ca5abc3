"""Whoever set somebody's password does not get in with it: every path by which an administrator touches how an account signs
in is tried by the system administrator alone, and by the security administrator alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts import closing, contact, corrections, factors, handover, keys, services
from qiaojie.accounts.credentials import cards, handed_out
from qiaojie.accounts.handover import PacketContent
from qiaojie.accounts.keys import KeyViewer
from qiaojie.accounts.models import AccessEntry, Agency, CredentialChange, Grant, SecondFactor, User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from tests.web.api.programs import key_of
from tests.web.conftest import SignIn
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db

STRONG = "Zhuxian-2031-caizhi"


def system(world: World) -> UserViewer:
    return UserViewer(world.users["administrator"])


def security(world: World) -> UserViewer:
    return UserViewer(world.users["security"])


def fresh(username: str) -> User:
    return User.objects.select_related("agency__region").get(username=username)


def gets_in(username: str, password: str, code: str = "", field: str = "code") -> bool:
    """Whether somebody with this password, and a code from wherever, is let in."""
    client = Client()
    client.post("/sign-in/", {"username": username, "password": password})
    if code:
        client.post("/sign-in/second/", {field: code})
    return "_auth_user_id" in client.session


# --- what the system administrator can do, and the password she then knows ---------------------------------------------


def reset(world: World) -> tuple[str, str]:
    return "approver", services.reset_password(system(world), fresh("approver"), "忘记")


def opened(world: World) -> tuple[str, str]:
    agency = Agency.objects.get(name="涪陵区残联")
    _user, password = services.open_account(system(world), "new-one", "李某", agency, "审核岗", "approver")
    return "new-one", password


def opened_in_bulk(world: World) -> tuple[str, str]:
    from qiaojie.accounts import bulk_opening

    row = {
        "username": "bulk-one",
        "holder": "王某",
        "agency": "涪陵区残联",
        "title": "审核岗",
        "role": "审核",
    }
    sheets = {"accounts": bulk_opening.BulkSheet("账号", {}, [(1, row)])}
    ((_user, password),) = bulk_opening.commit(
        bulk_opening.again(sheets, system(world)), system(world), "新到"
    )
    return "bulk-one", password


def restored(world: World) -> tuple[str, str]:
    services.close(system(world), fresh("approver"), "误停用")
    ((_user, password),) = closing.reopen_accounts(system(world), [fresh("approver")], "恢复")
    return "approver", password


def reset_twice(world: World) -> tuple[str, str]:
    reset(world)
    return reset(world)


def reset_after_a_code_was_given(world: World) -> tuple[str, str]:
    """The code of the first time is worth nothing for the second."""
    reset(world)
    services.give_first_code(security(world), fresh("approver"))
    return reset(world)


def reset_and_renamed(world: World) -> tuple[str, str]:
    """The name is corrected to that of somebody else; whom the sign-in page names as well."""
    _name, password = reset(world)
    corrections.correct_account(system(world), fresh("approver"), "改了的人", "", "更正")
    contact.settle(system(world), "卫某", "就业科", "023-00000000")
    return "approver", password


def reset_and_another_role_asked_for(world: World) -> tuple[str, str]:
    _name, password = reset(world)
    services.ask_role(system(world), fresh("approver"), "clerk", "改任")
    return "approver", password


def reset_where_there_is_a_second_factor(world: World) -> tuple[str, str]:
    SecondFactor.objects.create(
        user=fresh("approver"), kind="codes", name="手机", secret=factors.new_secret()
    )
    return reset(world)


def reset_before_the_second_factor_was(world: World) -> tuple[str, str]:
    """The security administrator forgets a telephone that was lost, and does not know of the password."""
    found = reset_where_there_is_a_second_factor(world)
    services.reset_second(security(world), fresh("approver"), "手机丢失")
    return found


def reset_after_the_second_factor_was(world: World) -> tuple[str, str]:
    SecondFactor.objects.create(user=fresh("approver"), kind="codes", name="手机", secret="x")
    services.reset_second(security(world), fresh("approver"), "手机丢失")
    return reset(world)


PATHS: list[Callable[[World], tuple[str, str]]] = [
    reset, opened, opened_in_bulk, restored, reset_twice, reset_after_a_code_was_given, reset_and_renamed,
    reset_and_another_role_asked_for, reset_where_there_is_a_second_factor, reset_before_the_second_factor_was,
    reset_after_the_second_factor_was,
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("required", ["none", "people"])
def test_who_set_the_password_does_not_get_in(
    world: World, settings: Settings, path: Callable[[World], tuple[str, str]], required: str
) -> None:
    settings.QIAOJIE_SECOND_FACTOR = required
    username, password = path(world)
    for code in ("", "00000000", "000000"):
        assert not gets_in(username, password, code)
    assert not gets_in(username, password, "00000000", "card")
    for who in ("administrator", "county-system"):
        for act in (services.give_first_code, lambda v, u: services.hand_out_card(v, u, "x")):
            with pytest.raises(Refused):
                act(UserViewer(world.users[who]), fresh(username))
    client = Client()
    client.force_login(world.users["administrator"])
    for address in ("first-code", "card"):
        answer = client.post(f"/accounts/{fresh(username).pk}/{address}/", {"reason": "x"})
        assert answer.status_code == 404


def test_before_a_version_that_notes_it_the_same_holds(world: World) -> None:
    """A first password that an older version set stands in no note."""
    password = reset(world)[1]
    CredentialChange.objects.all().delete()
    assert not gets_in("approver", password)
    code = services.give_first_code(security(world), fresh("approver"))
    assert gets_in("approver", password, code), "nobody is stuck after an upgrade"


# --- what the security administrator can do -----------------------------------------------------------------------------


def test_the_security_administrator_alone_does_not_get_in(world: World) -> None:
    reset(world)
    code = services.give_first_code(security(world), fresh("approver"))
    codes = services.hand_out_card(security(world), fresh("approver"), "没有手机")
    for password in (PASSWORD, code, codes[0], ""):
        assert not gets_in("approver", password, code)
        assert not gets_in("approver", password, codes[0], "card")
    for act in (services.reset_password, services.close):
        with pytest.raises(Refused):
            act(security(world), fresh("approver"), "x")
    with pytest.raises(Refused):
        services.open_account(security(world), "x", "x", Agency.objects.first(), "x", "approver")  # type: ignore[arg-type]
    with pytest.raises(Unusable) as needless:
        services.give_first_code(security(world), fresh("clerk"))
    assert needless.value.code == "code_needless", "no code opens an account whose person chose the password"
    with pytest.raises(Refused):
        services.give_first_code(UserViewer(world.users["county-security"]), fresh("other"))


def test_one_person_with_two_accounts_is_not_two(world: World) -> None:
    reset(world)
    User.objects.filter(username="security").update(holder=world.users["administrator"].holder)
    viewer = UserViewer(fresh("security"))
    for act in (services.give_first_code, lambda v, u: services.hand_out_card(v, u, "x")):
        with pytest.raises(Unusable) as refused:
            act(viewer, fresh("approver"))
        assert refused.value.code == "three_exclusive"


# --- both, and the person herself ---------------------------------------------------------------------------------------


def test_both_let_her_in_and_she_is_told_who_did_it(world: World, sign_in: SignIn) -> None:
    _name, password = reset(world)
    page = sign_in("security").get("/grants/").content.decode()
    assert f"/accounts/{world.users['approver'].pk}/first-code/" in page
    shown = sign_in("security").post(f"/accounts/{world.users['approver'].pk}/first-code/").content.decode()
    code = re.findall(r">(\d{4} \d{4})<", shown)[0]
    assert code not in str(list(AccessEntry.objects.values_list()))
    client = Client()
    client.post("/sign-in/", {"username": "approver", "password": password})
    assert client.get("/").status_code == 302
    client.post("/sign-in/second/", {"code": code})
    told = client.get("/account/password/").content.decode()
    day = f"{timezone.localtime():%Y-%m-%d}"
    assert f"您的密码于{day}" in told and "卫管理重设" in told and "核实并发一次性验证码" in told
    assert client.get("/ledgers/")["Location"] == "/account/password/"
    assert (
        client.post("/account/password/", {"current": password, "new": STRONG, "again": STRONG}).status_code
        == 302
    )
    assert not gets_in("approver", password, code)
    assert gets_in("approver", STRONG), "her own password needs no code"
    again = Client()
    again.post("/sign-in/", {"username": "approver", "password": STRONG})
    assert "您的密码于" not in again.get("/").content.decode(), "it is told once"


def test_confirming_the_role_hands_over_the_code_of_a_new_account(world: World, sign_in: SignIn) -> None:
    username, password = opened(world)
    grant = Grant.objects.get(user__username=username)
    shown = sign_in("security").post(f"/grants/{grant.pk}/answer/", {"answer": "confirm"}).content.decode()
    code = re.findall(r">(\d{4} \d{4})<", shown)[0]
    assert not gets_in(username, password, "0000 0000")
    assert gets_in(username, password, code)


def test_a_code_holds_for_a_week(world: World) -> None:
    _name, password = reset(world)
    code = services.give_first_code(security(world), fresh("approver"))
    old = timezone.now() - handed_out.HOLDS
    CredentialChange.objects.update(released_at=old)
    assert not gets_in("approver", password, code)
    assert [user.username for user, _by in handed_out.waiting(User.objects.all())] == ["approver"]
    assert gets_in("approver", password, services.give_first_code(security(world), fresh("approver")))


def test_guessing_the_code_is_bounded(world: World) -> None:
    _name, password = reset(world)
    code = services.give_first_code(security(world), fresh("approver"))
    for _ in range(5):
        assert not gets_in("approver", password, "00000000")
    assert not gets_in("approver", password, code)
    services.unlock(system(world), fresh("approver"))
    assert not gets_in("approver", password, code), "who set the password lifts no pause of the code"
    assert gets_in("approver", password, services.give_first_code(security(world), fresh("approver")))


def test_her_own_second_factor_lets_her_in_after_a_reset(world: World) -> None:
    secret = factors.new_secret()
    SecondFactor.objects.create(user=fresh("approver"), kind="codes", name="手机", secret=secret)
    _name, password = reset(world)
    assert not gets_in("approver", password)
    assert gets_in("approver", password, pyotp.TOTP(secret).now())


def test_at_the_command_line_one_is_enough(world: World) -> None:
    password = services.reset_password(SystemViewer(), fresh("security"), "忘记")
    assert gets_in("security", password)


def test_a_reset_alone_stops_no_key_and_both_administrators_do(world: World) -> None:
    _key, token = key_of(fresh("approver"))
    _name, password = reset(world)
    assert isinstance(keys.open_with(token, "10.0.0.7"), KeyViewer)
    client = Client()
    client.post("/sign-in/", {"username": "approver", "password": password})
    given = {"name": "x", "purpose": "x", "ledger": ["persons"], "days": "9", "password": password}
    assert client.post("/account/access-keys/", given).status_code == 302, "whoever reset makes no key"
    code = services.give_first_code(security(world), fresh("approver"))
    with pytest.raises(Unusable) as ended:
        keys.open_with(token, "10.0.0.7")
    assert ended.value.code == "key_ended"
    client.post("/sign-in/second/", {"code": code})
    assert client.post("/account/access-keys/", given)["Location"] == "/account/password/"
    assert fresh("approver").access_keys.count() == 1


def test_a_card_handed_out_after_a_reset_ends_keys_as_a_code_does(world: World) -> None:
    _key, token = key_of(fresh("approver"))
    services.hand_out_card(security(world), fresh("approver"), "没有手机")
    assert isinstance(keys.open_with(token, "10.0.0.7"), KeyViewer)
    _name, password = reset(world)
    assert isinstance(keys.open_with(token, "10.0.0.7"), KeyViewer)
    codes = services.hand_out_card(security(world), fresh("approver"), "没有手机")
    with pytest.raises(Unusable):
        keys.open_with(token, "10.0.0.7")
    assert not gets_in("approver", password) and gets_in("approver", password, codes[0], "card")


def test_a_reset_password_signs_no_hand_over(world: World) -> None:
    """To take a post over one signs in first; nothing of it is open to whoever set the password."""
    _name, password = reset(world)
    client = Client()
    client.post("/sign-in/", {"username": "approver", "password": password})
    assert client.post("/hand-over/", {"successor": "clerk", "password": password}).status_code == 302
    with pytest.raises(Unusable) as refused:
        handover.leave(UserViewer(fresh("approver")), "clerk", "x", PacketContent())
    assert refused.value.code in ("post_missing", "successor_unknown")


# --- cards ---------------------------------------------------------------------------------------------------------------


def card_of(client: Client) -> tuple[list[str], str]:
    page = client.post("/account/card/", {"password": PASSWORD}).content.decode()
    return re.findall(r">(\d{4} \d{4})<", page), page.split('name="codes" value="')[1].split('"')[0]


def test_somebody_without_a_telephone_makes_a_card_and_signs_in_with_it(
    world: World, client: Client, settings: Settings
) -> None:
    settings.QIAOJIE_SECOND_FACTOR = "people"
    client.post("/sign-in/", {"username": "reader", "password": PASSWORD})
    assert client.get("/ledgers/")["Location"] == "/account/", (
        "a leader sees people, masked ones: he needs it too"
    )
    assert client.post("/account/card/", {"password": "wrong"}).status_code == 422
    codes, signed = card_of(client)
    assert len(codes) == len(set(codes)) == cards.CODES
    assert not SecondFactor.objects.exists(), "a card counts once it is shown to be at hand"
    assert client.post("/account/card/", {"codes": signed, "first": "0000 0000"}).status_code == 422
    assert client.post("/account/card/", {"codes": signed, "first": codes[0]}).status_code == 302
    assert client.get("/ledgers/").status_code == 200
    kept = SecondFactor.objects.get()
    assert codes[1].replace(" ", "") not in kept.secret
    for wrong in (codes[0], codes[2], ""):
        assert not gets_in("reader", PASSWORD, wrong, "card"), "each once, and in order"
    assert gets_in("reader", PASSWORD, codes[1], "card")
    assert not gets_in("reader", PASSWORD, codes[1], "card")
    asked = Client()
    asked.post("/sign-in/", {"username": "reader", "password": PASSWORD})
    page = asked.get("/sign-in/second/").content.decode()
    assert "验证卡第 3 号" in page and f"还剩 {cards.CODES - 2} 个" in page


def test_a_card_runs_out_and_a_new_one_replaces_it(world: World, client: Client) -> None:
    client.force_login(world.users["clerk"])
    codes, signed = card_of(client)
    client.post("/account/card/", {"codes": signed, "first": codes[0]})
    SecondFactor.objects.update(last_step=cards.CODES - 2)
    last = Client()
    for number in (-2, -1):
        last = Client()
        last.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
        last.post("/sign-in/second/", {"card": codes[number]})
    assert "验证卡只剩 0 个号码" in last.get("/account/").content.decode()
    assert last.get("/ledgers/")["Location"] == "/account/", "a new one before anything else"
    assert not gets_in("clerk", PASSWORD, codes[-1], "card"), "what is used up opens nothing"
    assert not gets_in("clerk", PASSWORD), "nor does the password alone"
    new, signed = card_of(last)
    last.post("/account/card/", {"codes": signed, "first": new[0]})
    assert SecondFactor.objects.count() == 1
    assert gets_in("clerk", PASSWORD, new[1], "card")


def test_a_card_of_somebody_else_or_of_long_ago_is_not_taken(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(world.users["clerk"])
    codes, signed = card_of(client)
    other = Client()
    other.force_login(world.users["approver"])
    assert other.post("/account/card/", {"codes": signed, "first": codes[0]}).status_code == 422
    later = timezone.now() + timedelta(minutes=20)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert client.post("/account/card/", {"codes": signed, "first": codes[0]}).status_code == 422
    assert not SecondFactor.objects.exists()


def test_the_security_administrator_hands_out_a_card(world: World, sign_in: SignIn) -> None:
    user = world.users["clerk"]
    security = sign_in("security")
    assert security.post(f"/accounts/{user.pk}/card/", {"reason": ""}).status_code == 422
    page = security.post(f"/accounts/{user.pk}/card/", {"reason": "没有手机"}).content.decode()
    codes = re.findall(r">(\d{4} \d{4})<", page)
    assert (
        len(codes) == cards.CODES and "clerk" not in page.split('class="code-card"')[1].split("</section>")[0]
    )
    assert not gets_in("clerk", PASSWORD)
    client = Client()
    client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    client.post("/sign-in/second/", {"card": codes[0]})
    assert "您的验证卡于" in client.get("/").content.decode()
    assert not gets_in("clerk", PASSWORD, codes[0], "card")


def test_making_a_key_asks_for_the_card_as_well(world: World) -> None:
    user = fresh("clerk")
    codes = cards.new_codes()
    cards.keep(user, codes)
    wanted = keys.Wanted("系统", "对账", ["persons"])
    with pytest.raises(Unusable) as refused:
        keys.make(UserViewer(user, "10.0.0.7"), wanted, PASSWORD, "00000000")
    assert refused.value.code == "code_wrong"
    assert keys.make(UserViewer(user, "10.0.0.7"), wanted, PASSWORD, codes[0])


def test_factors_that_cannot_be_opened_open_nothing_and_break_no_page(world: World) -> None:
    """Ciphertexts that were exchanged or damaged."""
    user, other = fresh("clerk"), fresh("approver")
    cards.keep(user, cards.new_codes())
    SecondFactor.objects.create(user=other, kind="codes", name="手机", secret=factors.new_secret())
    reset(world)
    SecondFactor.objects.filter(user=other).delete()
    services.give_first_code(security(world), fresh("approver"))
    SecondFactor.objects.create(user=user, kind="codes", name="手机", secret=factors.new_secret())
    with connection.cursor() as cursor:
        for table, column in (("accounts_secondfactor", "secret"), ("accounts_credentialchange", "code")):
            cursor.execute(f"UPDATE {table} SET {column} = %s", [b"\x01\x01" + b"x" * 60])
    client = Client()
    client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    assert client.get("/sign-in/second/").status_code == 200
    for given in ({"code": "000000"}, {"card": "00000000"}):
        assert client.post("/sign-in/second/", given).status_code == 422
    assert not handed_out.takes_code(fresh("approver"), "00000000")
