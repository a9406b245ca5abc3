"""Access keys: made by whoever proves who she is, confirmed by another, ended in every way, shut out when guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from qiaojie.accounts import authentication, factors, keys, services
from qiaojie.accounts.credentials import attempts
from qiaojie.accounts.keys import KeyViewer, Wanted
from qiaojie.accounts.models import AccessEntry, AccessKey, Grant, KeyUse, Post, SignInFailures, User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from tests.web.api.programs import ROOT, Program, key_of, program
from tests.web.conftest import SignIn
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db
HERE = "10.0.0.7"


def signed(world: World, role: str) -> UserViewer:
    """Somebody whose password is known and hashed as tests do."""
    user = world.users[role]
    user.password = make_password(PASSWORD)
    user.save(update_fields=["password"])
    return UserViewer(User.objects.select_related("agency__region").get(pk=user.pk), HERE)


def wanted(**given: Any) -> Wanted:
    known: dict[str, Any] = {"name": "培训系统", "purpose": "对账", "ledgers": ["persons"], **given}
    return Wanted(**known)


def code_of(attempt: Any) -> str:
    with pytest.raises(Unusable) as wrong:
        attempt()
    return wrong.value.code


def test_a_key_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    made, token = keys.make(signed(world, "clerk"), wanted(), PASSWORD)
    assert token == f"qj_{made.handle}_{token[-43:]}"
    assert token[-43:].encode() not in bytes(made.secret)
    assert made.expires_at - made.made_at >= timedelta(days=89)
    viewer = keys.open_with(token, HERE)
    assert viewer.may(Action.SEE)
    assert viewer.opens("persons")
    assert not (viewer.opens("classes") or viewer.may(Action.ENTER) or viewer.may(Action.REVEAL))
    use = KeyUse.objects.get(key_id=made.pk)
    assert (use.number, use.address) == (1, HERE)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"purpose": ""}, "purpose_missing"),
        ({"ledgers": []}, "key_ledgers"),
        ({"ledgers": ["nothing"]}, "key_ledgers"),
        ({"days": 366}, "key_days"),
        ({"days": 0}, "key_days"),
        ({"addresses": "somewhere"}, "key_addresses"),
    ],
)
def test_what_a_key_must_say(world: World, given: dict[str, Any], code: str) -> None:
    viewer = signed(world, "clerk")
    assert code_of(lambda: keys.make(viewer, wanted(**given), PASSWORD)) == code
    assert not AccessKey.objects.exists()


def test_a_key_is_never_more_than_its_account(world: World) -> None:
    inspector, trainer = signed(world, "inspector"), signed(world, "trainer")
    assert code_of(lambda: keys.make(inspector, wanted(hands_in=True), PASSWORD)) == "key_rights"
    assert code_of(lambda: keys.make(trainer, wanted(reveals=True), PASSWORD)) == "key_rights"
    for role in ("helper", "administrator", "security", "audit"):
        with pytest.raises(Refused):
            keys.make(signed(world, role), wanted(), PASSWORD)
    _made, token = key_of(world.users["approver"])
    viewer = keys.open_with(token, HERE)
    assert viewer.may(Action.ENTER)
    assert not any(viewer.may(action) for action in (Action.APPROVE, Action.RELEASE, Action.EXPORT))


def test_whoever_makes_a_key_proves_who_she_is(world: World) -> None:
    viewer = signed(world, "clerk")
    assert code_of(lambda: keys.make(viewer, wanted(), "wrong")) == "password_wrong"
    assert AccessEntry.objects.filter(subject="access_key", done=False).exists()
    secret = factors.new_secret()
    viewer.user.second_factors.create(kind="codes", name="手机", secret=secret)
    assert code_of(lambda: keys.make(viewer, wanted(), PASSWORD, "000000")) == "code_wrong"
    for _attempt in range(authentication.ATTEMPTS):
        code_of(lambda: keys.make(viewer, wanted(), "wrong"))
    assert code_of(lambda: keys.make(viewer, wanted(), "wrong")) == "sign_in_shut"


def test_another_confirms_what_is_more_than_reading(world: World) -> None:
    made, token = keys.make(signed(world, "clerk"), wanted(hands_in=True), PASSWORD)
    assert not keys.open_with(token, HERE).may(Action.ENTER)
    for role in ("clerk", "administrator", "county-audit", "other"):
        with pytest.raises(Refused):
            keys.confirm(UserViewer(world.users[role]), made.pk)
    confirmed = keys.confirm(UserViewer(world.users["county-security"]), made.pk)
    assert confirmed.confirmed_by == "county-security"
    assert keys.open_with(token, HERE).may(Action.ENTER)
    security = UserViewer(world.users["security"])
    assert code_of(lambda: keys.confirm(security, made.pk)) == "key_closed"


def ended(world: World, key: AccessKey) -> None:
    keys.end(UserViewer(world.users["clerk"]), key.pk)


def ended_by_security(world: World, key: AccessKey) -> None:
    keys.end(UserViewer(world.users["security"]), key.pk)


def expired(world: World, key: AccessKey) -> None:
    AccessKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())


def closed(world: World, key: AccessKey) -> None:
    services.close(SystemViewer(), world.users["clerk"], "离职")


def given_another_role(world: World, key: AccessKey) -> None:
    user = world.users["clerk"]
    asked = Grant.objects.create(user=user, role="approver", asked_by="x")
    services.answer(UserViewer(world.users["security"]), asked.pk, confirm=True)


def at_another_post(world: World, key: AccessKey) -> None:
    user = world.users["clerk"]
    assert user.agency is not None
    User.objects.filter(pk=user.pk).update(
        post=Post.objects.create(agency=user.agency, title="新岗", role="clerk")
    )


def password_set_by_another(world: World, key: AccessKey) -> None:
    services.reset_password(SystemViewer(), world.users["clerk"], "忘记")


def password_too_old(world: World, key: AccessKey) -> None:
    User.objects.filter(username="clerk").update(password_at=timezone.now() - timedelta(days=91))


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (ended, "key_ended"),
        (ended_by_security, "key_ended"),
        (expired, "key_expired"),
        (closed, "key_ended"),
        (given_another_role, "key_ended"),
        (password_set_by_another, "key_ended"),
        (at_another_post, "key_account"),
        (password_too_old, "key_account"),
    ],
)
def test_a_key_ends_with_what_it_hangs_on(world: World, end: Any, code: str) -> None:
    key, token = key_of(world.users["clerk"])
    asks = Program(token)
    assert asks.ask("ledgers").status_code == 200
    end(world, key)
    response = asks.ask("ledgers")
    assert (response.status_code, response.json()["code"]) == (401, code)
    line = AccessEntry.objects.filter(subject=f"access_key/{key.handle}/{code}").get()
    assert (line.done, line.username) == (False, "clerk")


def test_a_key_is_used_from_where_it_may(world: World) -> None:
    _key, token = key_of(world.users["clerk"], addresses="127.0.0.0/8 10.1.0.0/16")
    assert Program(token).ask("ledgers").status_code == 200
    assert keys.open_with(token, "10.1.2.3").name == "clerk"
    for elsewhere in ("10.2.0.1", "2001:db8::1", ""):
        assert code_of(lambda at=elsewhere: keys.open_with(token, at)) == "key_address"


def test_strangers_who_fail_shut_no_key(world: World, client: Client) -> None:
    key, token = key_of(world.users["clerk"])
    for place in ("127.0.0.1", "10.0.0.8", "10.0.0.9"):
        for _attempt in range(attempts.FROM_ONE_PLACE.most + 1):
            client.post("/sign-in/", {"username": "clerk", "password": "wrong"}, REMOTE_ADDR=place)
    assert authentication.shut_until("clerk") is not None
    assert Program(token).ask("ledgers").status_code == 200, "the lock of sign-in is no lock of keys"
    SignInFailures.objects.update(number=10_000, until=timezone.now() + timedelta(hours=1))
    assert isinstance(keys.open_with(token, "10.0.0.8"), KeyViewer)
    assert not AccessEntry.objects.filter(subject=f"access_key/{key.handle}", done=False).exists()


def test_guessing_a_key_shuts_the_guesser_and_no_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FROM_ONE_ADDRESS", attempts.Bound(5, 5, timedelta(minutes=15)))
    key, token = key_of(world.users["clerk"])
    wrong, stranger = f"qj_{key.handle}_{'w' * 43}", "10.0.0.8"
    for _attempt in range(5):
        assert code_of(lambda: keys.open_with(wrong, stranger)) == "key_wrong"
    assert code_of(lambda: keys.open_with(wrong, stranger)) == "key_shut"
    assert AccessEntry.objects.filter(subject=f"access_key/{key.handle}", done=False).count() == 5
    response = Program(wrong, Client(REMOTE_ADDR=stranger)).ask("ledgers")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert isinstance(keys.open_with(token, stranger), KeyViewer), "a right secret opens all the same"


@pytest.mark.parametrize("address", ["ledgers?token=x", "ledgers?x={token}", "{token}"])
def test_no_address_may_carry_a_secret(world: World, client: Client, address: str) -> None:
    _key, token = key_of(world.users["clerk"])
    at = ROOT + address.format(token=token)
    for asked in (client.get(at), client.get(at, headers={"Authorization": f"Bearer {token}"})):
        assert (asked.status_code, asked.json()["code"]) == (400, "secret_in_address")
    assert not AccessEntry.objects.filter(subject__contains=token).exists()


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer qj_aaaaaaaaaaaa_" + "a" * 43, "\x00"]
)
def test_what_is_no_key_opens_nothing(world: World, shown: str) -> None:
    response = Client().get("/api/v1/persons/1", headers={"authorization": shown})
    assert (response.status_code, response.json()["code"]) == (401, "key_wrong")


def test_too_many_calls_in_a_minute_wait(world: World, settings: Any) -> None:
    settings.QIAOJIE_API_RATE = 2
    asks = program(world.users["clerk"])
    assert [asks.ask("notices").status_code for _call in range(4)] == [200, 200, 429, 429]
    assert 1 <= int(asks.ask("notices").headers["Retry-After"]) <= 60
    assert AccessEntry.objects.filter(subject="api/busy", done=False).count() == 1
    KeyUse.objects.update(since=timezone.now() - timedelta(minutes=1))
    assert asks.ask("notices").status_code == 200


def test_making_and_ending_a_key_at_the_screen(world: World, sign_in: SignIn) -> None:
    signed(world, "clerk")
    client = sign_in("clerk")
    given = {
        "name": "培训系统",
        "purpose": "对账",
        "ledger": ["persons", "enrolments"],
        "hands_in": "on",
        "days": "30",
        "password": PASSWORD,
    }
    wrong = client.post("/account/access-keys/", {**given, "password": "x"})
    assert wrong.status_code == 422
    assert "培训系统" in wrong.content.decode()
    page = client.post("/account/access-keys/", given).content.decode()
    made = AccessKey.objects.get()
    token = page.partition("qj_")[2].partition("<")[0]
    assert keys.open_with(f"qj_{token}", HERE).key == made
    assert token not in client.get("/account/access-keys/").content.decode()
    listed = sign_in("security").get("/access-keys/").content.decode()
    assert made.handle in listed
    sign_in("security").post(f"/access-keys/{made.pk}/confirm/")
    assert sign_in("other").post(f"/access-keys/{made.pk}/end/").status_code == 404
    client.post(f"/access-keys/{made.pk}/end/")
    made.refresh_from_db()
    assert (made.confirmed_by, made.ended_by) == ("security", "clerk")
    assert sign_in("helper").get("/account/access-keys/").status_code == 200
