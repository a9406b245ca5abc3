"""Failures to sign in: by whom they are counted, whom they shut out, and what is kept of what was typed."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connections, router
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import SafeExceptionReporterFilter

from qiaojie.accounts import log, queries
from qiaojie.accounts.credentials import attempts, devices
from qiaojie.accounts.models import AccessEntry, KnownDevice, SignInFailures
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.web.desk.accounts.sign_in import sign_in
from tests.web.factories import PASSWORD, World

from .test_sign_in import STRONG, knock

pytestmark = pytest.mark.django_db


def test_what_a_stranger_does_keeps_nobody_out_of_her_own_account(world: World) -> None:
    own, stranger = Client(REMOTE_ADDR="10.1.0.1"), Client(REMOTE_ADDR="10.2.0.2")
    assert knock(own, "clerk") == 302
    own.post("/sign-out/")
    for address in ("10.2.0.2", "10.2.0.3", "10.1.0.1"):
        for _ in range(attempts.FROM_ONE_PLACE.most + 1):
            knock(stranger, "clerk", "wrong", REMOTE_ADDR=address)
    assert knock(stranger, "clerk", REMOTE_ADDR="10.1.0.1") == 422, "her address alone is not enough"
    assert knock(own, "clerk") == 302, "her device is, even behind the same address"
    assert knock(Client(REMOTE_ADDR="10.3.0.1"), "clerk") == 302, "nor is another computer shut"


def test_guessing_from_many_addresses_is_bounded_and_the_known_device_apart(world: World) -> None:
    own = Client(REMOTE_ADDR="10.1.0.1")
    assert knock(own, "clerk") == 302
    own.post("/sign-out/")
    tried = [
        knock(Client(REMOTE_ADDR=f"10.{number}.0.9"), "clerk", "wrong")
        for number in range(attempts.UNDER_ONE_NAME.most + 5)
    ]
    assert set(tried) == {422}
    judged = AccessEntry.objects.filter(username="clerk", subject="password", done=False).count()
    assert judged == attempts.UNDER_ONE_NAME.most
    assert knock(Client(REMOTE_ADDR="10.250.0.1"), "clerk") == 422
    assert knock(own, "clerk") == 302
    assert knock(Client(REMOTE_ADDR="10.250.0.1"), "clerk") == 422, "her success gives guessers nothing"


def test_the_bounds_of_a_day_are_those_that_the_decision_states() -> None:
    """Each attempt that is not shut is judged; time goes by a minute at a time."""
    bounds = (
        attempts.FROM_ONE_PLACE,
        attempts.UNDER_ONE_NAME,
        attempts.FROM_ONE_ADDRESS,
        attempts.SECOND_FACTOR,
    )
    assert [bound.a_day for bound in bounds] == [485, 160, 1060, 140]


def test_a_day_of_guessing_stays_within_its_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bound, begun, judged = attempts.UNDER_ONE_NAME, timezone.now(), 0
    for minute in range(24 * 60):
        at = begun + timedelta(minutes=minute)
        monkeypatch.setattr(attempts.timezone, "now", lambda at=at: at)
        judged += sum(attempts.take((("name:x", bound),)) is None for _ in range(2 if minute else 60))
    assert 0.9 * bound.a_day < judged <= bound.a_day


def test_a_device_that_fails_too_often_is_a_strangers(world: World, client: Client) -> None:
    knock(client, "clerk")
    client.post("/sign-out/")
    device = KnownDevice.objects.get()
    for _ in range(6):
        knock(client, "clerk", "wrong")
    assert knock(client, "clerk") == 422, "a device has its pause as well"
    SignInFailures.objects.filter(key=f"device:{device.pk}").update(number=21, until=None)
    for _ in range(6):
        knock(client, "clerk", "wrong")
    assert SignInFailures.objects.filter(key__startswith="name:").exists(), "it counts as a stranger's now"


def test_the_device_word_is_signed_opens_nothing_and_changes_at_every_sign_in(
    world: World, client: Client
) -> None:
    knock(client, "clerk")
    cookie = client.cookies["device"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
    thief = Client()
    thief.cookies["device"] = cookie.value
    assert thief.get("/").status_code == 302, "it is no session"
    assert knock(thief, "clerk", "wrong") == 422
    client.post("/sign-out/")
    knock(client, "clerk")
    assert client.cookies["device"].value != cookie.value
    assert devices.known("", world.users["clerk"]) is None
    forged = Client()
    forged.cookies["device"] = "a" * 32
    knock(forged, "clerk", "wrong")
    assert SignInFailures.objects.filter(key__startswith="name:").exists(), "a forged word knows nobody"
    client.post("/account/password/", {"current": PASSWORD, "new": STRONG, "again": STRONG})
    assert KnownDevice.objects.filter(user_id=world.users["clerk"].pk).count() == 1, "others are forgotten"


def test_colleagues_who_share_a_computer_stay_known_on_it(world: World, client: Client) -> None:
    for name in ("clerk", "approver", "clerk"):
        assert knock(client, name) == 302
        client.post("/sign-out/")
    assert KnownDevice.objects.values("mark").distinct().count() == 1
    assert KnownDevice.objects.count() == 2


def test_a_password_in_the_name_box_is_kept_nowhere(
    world: World, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    typed = "Mima-2031-cuowu"
    with caplog.at_level("DEBUG"):
        pages = [client.post("/sign-in/", {"username": typed, "password": "x"}) for _ in range(7)]
    entries = AccessEntry.objects.filter(action="sign_in")
    assert {one.username for one in entries} == {""} and entries.count() == 7
    assert len({one.subject.rpartition("/")[2] for one in entries}) == 1, "the same name can be told again"
    kept = [
        *(str(list(model._base_manager.values_list())) for model in apps.get_models()),
        *(page.content.decode() for page in pages),
        caplog.text,
    ]
    assert not [text for text in kept if typed.casefold() in text.casefold()]
    request = RequestFactory().post("/sign-in/", {"username": typed, "password": typed})
    request.session = client.session
    request.user = AnonymousUser()
    sign_in(request)
    told = SafeExceptionReporterFilter().get_post_parameters(request)  # type: ignore[no-untyped-call]
    assert typed not in str(told), "an error report has none of it"


def test_the_name_stands_in_its_box_again_on_a_device_of_the_account_alone(
    world: World, client: Client
) -> None:
    for _ in range(2):
        assert (
            'value="clerk"'
            not in client.post("/sign-in/", {"username": "clerk", "password": "x"}).content.decode()
        )
    knock(client, "clerk")
    client.post("/sign-out/")
    page = client.post("/sign-in/", {"username": "clerk", "password": "x"}).content.decode()
    assert 'value="clerk"' in page
    page = client.post("/sign-in/", {"username": "approver", "password": "x"}).content.decode()
    assert 'value="approver"' not in page


def test_old_lines_of_nobody_are_neither_shown_nor_found(world: World, client: Client) -> None:
    """Lines of the log are sealed: what an older version wrote stays, and is not told."""
    log.write(Action.SIGN_IN, "password", username="Mima-2031-cuowu", done=False)
    client.force_login(world.users["audit"])
    assert "Mima" not in client.get("/log/?action=sign_in").content.decode()
    assert "10.77.0.1" not in client.get("/log/?who=Mima").content.decode()
    found = queries.log_entries(UserViewer(world.users["audit"]), queries.LogFilter(who="Mima-2031"))
    assert not found.exists()


def test_names_kept_by_an_older_version_are_hashed(world: World) -> None:
    migration = import_module("qiaojie.accounts.migrations.0010_sign_in_apart")
    now = timezone.now()
    SignInFailures.objects.create(key="name:mima-2031-cuowu", number=6, last_at=now, until=now)
    SignInFailures.objects.create(key="from:10.0.0.1", number=2, last_at=now)
    connection = connections[router.db_for_write(SignInFailures)]
    migration.hash_names(apps, SimpleNamespace(connection=connection))
    kept = {one.key: (one.number, one.until) for one in SignInFailures.objects.all()}
    mark = attempts.name_mark("mima-2031-cuowu")
    assert kept == {f"name:{mark}": (6, now), "from:10.0.0.1": (2, None)}


@pytest.mark.parametrize("asked", ["username=clerk&password=x", "next=/&PWD=y", "token=z"])
def test_no_address_may_carry_a_password(world: World, client: Client, asked: str) -> None:
    answer = client.get(f"/sign-in/?{asked}")
    assert answer.status_code == 400
    assert asked not in answer.content.decode() and "password=x" not in answer.content.decode()
    assert not AccessEntry.objects.filter(action="sign_in").exists()


def test_one_address_that_tries_many_names_is_shut(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = attempts.Bound(3, 1, timedelta(minutes=15))
    monkeypatch.setattr(attempts, "FROM_ONE_ADDRESS", bound)
    for number in range(3):
        assert knock(client, f"name{number}", "wrong", REMOTE_ADDR="10.9.9.9") == 422
    assert knock(client, "clerk", REMOTE_ADDR="10.9.9.9") == 422
    assert knock(client, "clerk", REMOTE_ADDR="10.9.9.8") == 302
    for number in range(4):
        knock(Client(), f"six{number}", "wrong", REMOTE_ADDR=f"2001:db8:0:7::{number}")
    assert knock(Client(), "approver", REMOTE_ADDR="2001:db8:0:7:ffff::1") == 422, (
        "a subscriber has a whole /64"
    )
    for name in ("clerk", "approver", "city", "other"):
        assert knock(Client(), name, REMOTE_ADDR="10.9.9.7") == 302, "who gets in does not use up the address"


def test_a_password_in_an_address_is_carried_on_nowhere(world: World, client: Client) -> None:
    answer = client.get("/ledgers/persons/?password=Mima-2031-cuowu")
    assert answer.status_code == 400
    assert "Mima-2031-cuowu" not in answer.content.decode() + str(answer.headers)
