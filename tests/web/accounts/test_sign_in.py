"""Signing in: password rules, lock-out, the second factor, sessions; and what attackers try."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise

import pyotp
import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts import authentication, factors, passwords, services
from qiaojie.accounts.credentials import attempts
from qiaojie.accounts.models import AccessEntry, Presence, SecondFactor, SignInFailures, User
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.lib.findings import Unusable
from qiaojie.web.desk.accounts.sign_in import SEEN
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db

STRONG = "Zhuxian-2031-caizhi"


def knock(client: Client, username: str, password: str = PASSWORD, **given: str) -> int:
    return client.post("/sign-in/", {"username": username, "password": password}, **given).status_code  # type: ignore[arg-type]


def logged(action: str, **given: object) -> list[tuple[str, bool]]:
    found = AccessEntry.objects.filter(action=action, **given).order_by("pk")
    return list(found.values_list("subject", "done"))


def give_codes(user: User) -> pyotp.TOTP:
    secret = factors.new_secret()
    SecondFactor.objects.create(user=user, kind="codes", name="手机", secret=secret)
    return pyotp.TOTP(secret)


# --- passwords and lock-out ------------------------------------------------------------------------------------------


def test_signing_in_and_out_is_logged_and_listed(world: World, client: Client) -> None:
    assert knock(client, "clerk", REMOTE_ADDR="10.1.2.3", HTTP_USER_AGENT="Firefox") == 302
    presence = Presence.objects.get()
    assert (presence.user_id, presence.address, presence.device) == (
        world.users["clerk"].pk,
        "10.1.2.3",
        "Firefox",
    )
    client.post("/sign-out/")
    assert logged("sign_in", username="clerk") == [("password", True)]
    assert logged("sign_out", username="clerk") == [("own", True)]
    assert not Presence.objects.exists() and not Session.objects.exists()


def test_a_name_is_shut_after_failures_however_it_is_written(world: World, client: Client) -> None:
    for written in ("clerk", "CLERK", " clerk ", "cl erk", "ｃｌｅｒｋ"):
        assert knock(client, written, "wrong") == 422
    assert knock(client, "clerk") == 422, "the right password does not open it"
    assert logged("sign_in", username="clerk")[-1] == ("shut", False)
    assert knock(client, "approver") == 302, "nobody else is shut out"
    SignInFailures.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert knock(Client(), "clerk") == 302
    own = SignInFailures.objects.filter(key=f"name:{attempts.name_mark('clerk')}:127.0.0.1")
    assert not own.exists(), "a success forgets the failures of its place"


def test_an_unknown_name_answers_as_a_wrong_password_does(world: World, client: Client) -> None:
    answers = {
        client.post("/sign-in/", {"username": name, "password": "wrong"}).content.decode()
        for name in ("nobody", "clerk")
    }
    strip = {"".join(line for line in answer.splitlines() if "csrf" not in line) for answer in answers}
    assert len(strip) == 1
    for name in ("nobody", "clerk"):
        shut = [client.post("/sign-in/", {"username": name, "password": "wrong"}) for _ in range(6)]
        assert "暂停登录" in shut[-1].content.decode() and "暂停登录" not in shut[0].content.decode()


def test_a_forged_forwarding_header_is_not_believed(world: World, client: Client, settings: Settings) -> None:
    knock(client, "clerk", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert AccessEntry.objects.latest("pk").address == "10.0.0.5"
    settings.QIAOJIE_PROXIES = ["10.0.0.0/24"]
    knock(Client(), "clerk", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="1.2.3.4, 172.16.3.9")
    assert AccessEntry.objects.latest("pk").address == "172.16.3.9", (
        "what the client wrote itself stands before it"
    )


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab3-ef", "password_too_short"),
        ("zhixiuzuofang", "password_kinds"),
        ("zhixiu20310101", "password_kinds"),
        ("X-clerk-2031-yz", "password_name"),
        ("X-KRELC-2031-yz", "password_name"),
        (PASSWORD, "password_used"),
    ],
)
def test_weak_passwords_are_refused_with_the_rule(world: World, password: str, code: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refused:
        validate_password(password, world.users["clerk"])
    assert code in {one.code for one in refused.value.error_list}


def test_the_last_five_passwords_are_not_taken_again(world: World) -> None:
    user = world.users["clerk"]
    used = [PASSWORD, *(f"Zhuxian-{number}-caizhi" for number in range(4))]
    for before, after in pairwise(used):
        passwords.change(user, before, after, after)
    for old in used:
        with pytest.raises(Unusable) as refused:
            passwords.change(user, used[-1], old, old)
        assert refused.value.code == "password_weak"
    passwords.change(user, used[-1], STRONG, STRONG)
    passwords.change(user, STRONG, PASSWORD, PASSWORD)


def test_a_password_that_somebody_else_set_or_that_is_old_is_changed_first(
    world: World, client: Client
) -> None:
    user = world.users["clerk"]
    services.reset_password(SystemViewer(), user, "忘记")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    knock(client, "clerk")
    for address in ("/", "/ledgers/", "/account/"):
        assert client.get(address)["Location"] == "/account/password/"
    given = {"current": PASSWORD, "new": STRONG, "again": STRONG}
    assert client.post("/account/password/", {**given, "again": "x"}).status_code == 422
    assert client.post("/account/password/", given)["Location"] == "/account/"
    assert client.get("/").status_code == 200
    User.objects.filter(pk=user.pk).update(password_at=timezone.now() - timedelta(days=91))
    assert client.get("/")["Location"] == "/account/password/"


def test_a_change_of_password_ends_the_other_sessions(world: World, client: Client) -> None:
    other = Client()
    knock(client, "clerk")
    knock(other, "clerk")
    client.post("/account/password/", {"current": PASSWORD, "new": STRONG, "again": STRONG})
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert [one.session_key for one in Presence.objects.all()] == [client.session.session_key]


def test_the_present_password_cannot_be_guessed_on_the_change_page(world: World, client: Client) -> None:
    knock(client, "clerk")
    for _ in range(5):
        client.post("/account/password/", {"current": "wrong", "new": STRONG, "again": STRONG})
    answer = client.post("/account/password/", {"current": PASSWORD, "new": STRONG, "again": STRONG})
    assert answer.status_code == 422


# --- the second factor -----------------------------------------------------------------------------------------------


def test_a_code_is_asked_for_after_the_password_and_taken_once(world: World, client: Client) -> None:
    totp = give_codes(world.users["clerk"])
    assert (
        client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})["Location"]
        == "/sign-in/second/"
    )
    assert client.get("/").status_code == 302, "the password alone opens nothing"
    code = totp.now()
    assert client.post("/sign-in/second/", {"code": "000000"}).status_code == 422
    assert client.post("/sign-in/second/", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    assert client.get("/").status_code == 200
    again = Client()
    again.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    assert again.post("/sign-in/second/", {"code": code}).status_code == 422, (
        "a code that was seen is worth nothing"
    )
    assert logged("sign_in", username="clerk") == [("codes", False), ("codes", True), ("codes", False)]


def test_codes_cannot_be_tried_without_end(world: World, client: Client) -> None:
    totp = give_codes(world.users["clerk"])
    for _ in range(5):
        client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
        client.post("/sign-in/second/", {"code": "000000"})
    answer = client.post("/sign-in/second/", {"code": totp.now()})
    assert "_auth_user_id" not in client.session, answer.status_code
    tried = 0
    for number in range(40):
        guesser = Client(REMOTE_ADDR=f"10.{number}.0.9")
        guesser.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
        tried += "暂停" not in guesser.post("/sign-in/second/", {"code": "000000"}).content.decode()
    assert tried <= attempts.SECOND_FACTOR.most, "nor from many addresses"


def test_the_second_page_is_nothing_without_the_first(world: World, client: Client) -> None:
    totp = give_codes(world.users["clerk"])
    assert client.post("/sign-in/second/", {"code": totp.now()})["Location"] == "/sign-in/"
    assert client.post("/sign-in/second/options/").status_code == 403
    client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    session = client.session
    session["half"] = {**session["half"], "at": time.time() - 301}
    session.save()
    assert client.post("/sign-in/second/", {"code": totp.now()})["Location"] == "/sign-in/"


def test_who_must_have_a_second_factor_enrols_one_first(
    world: World, client: Client, settings: Settings
) -> None:
    settings.QIAOJIE_SECOND_FACTOR = "reveal"
    knock(client, "clerk")
    assert client.get("/ledgers/")["Location"] == "/account/"
    page = client.get("/account/codes/").content.decode()
    secret = page.split('id="secret">')[1].split("<")[0].replace(" ", "")
    signed = page.split('name="secret" value="')[1].split('"')[0]
    assert client.post("/account/codes/", {"secret": signed, "code": "000000"}).status_code == 422
    forged = signed.replace(secret, factors.new_secret())
    assert (
        client.post("/account/codes/", {"secret": forged, "code": pyotp.TOTP(secret).now()}).status_code
        == 422
    )
    assert (
        client.post("/account/codes/", {"secret": signed, "code": pyotp.TOTP(secret).now()}).status_code
        == 302
    )
    assert client.get("/ledgers/").status_code == 200
    only = SecondFactor.objects.get()
    assert client.post(f"/account/factors/{only.pk}/remove/").status_code == 422, "the last one stays"
    assert secret not in str(SecondFactor.objects.values_list("secret").query)


@pytest.mark.parametrize(
    ("setting", "asked"),
    [
        ("none", set()),
        ("administrators", {"administrator"}),
        ("people", {"administrator", "clerk", "approver", "reader", "base", "helper"}),
        ("reveal", {"administrator", "clerk", "approver", "reader", "base", "helper"}),
        ("all", {"administrator", "clerk", "approver", "reader", "base", "helper", "unconfirmed"}),
        ("al", {"administrator", "clerk", "approver", "reader", "base", "helper", "unconfirmed"}),
    ],
)
def test_the_setting_says_who(world: World, settings: Settings, setting: str, asked: set[str]) -> None:
    settings.QIAOJIE_SECOND_FACTOR = setting
    world.users["unconfirmed"] = User(username="unconfirmed")
    tried = ("administrator", "clerk", "approver", "reader", "base", "helper", "unconfirmed")
    assert {name for name in tried if factors.required(world.users[name])} == asked


def test_anothers_second_factor_cannot_be_removed(world: World, client: Client) -> None:
    give_codes(world.users["approver"])
    knock(client, "clerk")
    client.post(f"/account/factors/{SecondFactor.objects.get().pk}/remove/")
    assert SecondFactor.objects.exists()


# --- sessions --------------------------------------------------------------------------------------------------------


def test_an_unused_session_ends_by_itself(world: World, client: Client, settings: Settings) -> None:
    knock(client, "clerk")
    session = client.session
    session[SEEN] = int(time.time()) - 29 * 60
    session.save()
    assert client.get("/").status_code == 200
    assert client.session[SEEN] >= time.time() - 5, "use is noted"
    session = client.session
    session[SEEN] = int(time.time()) - 31 * 60
    session.save()
    gone = client.get("/ledgers/", follow=True)
    assert gone.redirect_chain == [("/sign-in/?next=/ledgers/", 302)]
    assert "自动退出" in gone.content.decode()
    assert logged("sign_out") == [("idle", True)]
    assert client.post("/stay/").status_code == 302


def test_a_session_that_is_extended_goes_on(world: World, client: Client) -> None:
    knock(client, "clerk")
    session = client.session
    session[SEEN] = int(time.time()) - 28 * 60
    session.save()
    assert client.post("/stay/", headers={"HX-Request": "true"}).status_code == 204
    assert client.session[SEEN] >= time.time() - 5


def test_ones_own_sessions_are_listed_and_ended_and_nobody_elses(world: World, client: Client) -> None:
    elsewhere, stranger = Client(), Client()
    knock(client, "clerk")
    knock(elsewhere, "clerk", HTTP_USER_AGENT="Elsewhere")
    knock(stranger, "approver", HTTP_USER_AGENT="Stranger")
    page = client.get("/account/").content.decode()
    assert "Elsewhere" in page and "Stranger" not in page
    assert elsewhere.session.session_key not in page, "what is listed opens nothing"
    theirs = authentication.handle(Presence.objects.get(device="Stranger"))
    for attempt in (theirs, str(stranger.session.session_key), ""):
        assert client.post("/account/sessions/end/", {"session": attempt}).status_code == 422
    assert stranger.get("/").status_code == 200
    assert ("other", False) in logged("sign_out", username="clerk")
    client.post(
        "/account/sessions/end/", {"session": authentication.handle(Presence.objects.get(device="Elsewhere"))}
    )
    assert elsewhere.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_one_session_at_a_time_where_that_is_the_rule(
    world: World, client: Client, settings: Settings
) -> None:
    settings.QIAOJIE_ONE_SESSION = True
    other = Client()
    knock(client, "clerk")
    knock(other, "clerk")
    assert client.get("/").status_code == 302
    assert other.get("/").status_code == 200


def test_a_forged_or_a_fixed_session_opens_nothing(world: World, client: Client) -> None:
    client.cookies["sessionid"] = "a" * 32
    assert client.get("/").status_code == 302
    knock(client, "clerk")
    assert client.session.session_key != "a" * 32, "a session set by somebody else is not taken over"
    victim = client.session.session_key
    client.post("/sign-out/")
    client.cookies["sessionid"] = victim
    assert client.get("/").status_code == 302


def test_a_closed_account_is_out_at_once(world: World, client: Client) -> None:
    knock(client, "clerk")
    User.objects.filter(username="clerk").update(is_active=False)
    assert client.get("/").status_code == 302
    assert knock(Client(), "clerk") == 422
