"""The access log: whatever is taken out, altered or put in is found, and the database refuses it to begin with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts import log, sealing, triggers
from qiaojie.accounts.models import AccessEntry, AccessOpen, AccessSeal
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import reset_keyring
from qiaojie.lib.findings import Unusable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def head(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path / "log-head.json"


@pytest.fixture
def guarded() -> Iterator[None]:
    connection = connections[router.db_for_write(AccessEntry)]
    triggers.set_up(connection)
    yield
    triggers.lift(connection)


def written(number: int, *, seals: int = 3) -> list[AccessEntry]:
    """Lines under several seals."""
    for place in range(number):
        log.write(Action.SEE, f"persons/{place}", username="clerk", address="10.0.0.7", rows=1)
        if place % (number // seals) == number // seals - 1:
            assert sealing.seal()
    return list(AccessEntry.objects.order_by("pk"))


def code() -> str | None:
    """What the check finds, the guards (which these tests have to lift) aside."""
    connection = connections[router.db_for_write(AccessEntry)]
    triggers.set_up(connection)
    try:
        found = sealing.check()
    finally:
        triggers.lift(connection)
    return found.code if found else None


def test_an_untouched_log_is_whole() -> None:
    assert code() is None
    written(9)
    assert AccessSeal.objects.count() == 3
    assert not AccessOpen.objects.exists()
    assert code() is None
    log.write(Action.SEE, "persons/10", username="clerk")
    assert code() is None, "a line that waits for its seal is no fault"


FORGERIES: dict[str, Callable[[list[AccessEntry]], object]] = {
    "log_line_removed": lambda lines: AccessEntry.objects.filter(pk=lines[4].pk).delete(),
    "log_line_altered": lambda lines: AccessEntry.objects.filter(pk=lines[4].pk).update(username="other"),
    "log_line_inserted": lambda lines: AccessEntry.objects.create(
        username="clerk", action="see", subject="x", mark=b"12345678" + bytes(34)
    ),
    "log_seal_removed": lambda lines: AccessSeal.objects.filter(number=2).delete(),
    "log_seal_altered": lambda lines: AccessSeal.objects.filter(number=2).update(mark=bytes(34)),
}


@pytest.mark.parametrize("expected", FORGERIES)
def test_tampering_is_found(expected: str) -> None:
    FORGERIES[expected](written(9))
    assert code() == expected


@pytest.mark.parametrize(
    "column", ["at", "user_id", "holder", "address", "action", "subject", "rows", "purpose", "done"]
)
def test_every_column_is_covered(column: str) -> None:
    lines = written(3)
    other = {"at": timezone.now() - timedelta(days=1), "user_id": 99, "rows": 5, "done": False}
    AccessEntry.objects.filter(pk=lines[1].pk).update(**{column: other.get(column, "export")})
    assert code() == "log_line_altered"


def test_the_first_broken_line_is_named() -> None:
    lines = written(9)
    AccessEntry.objects.filter(pk__in=[lines[7].pk, lines[5].pk]).update(purpose="x")
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    found = sealing.check()
    triggers.lift(connections[router.db_for_write(AccessEntry)])
    assert found is not None and found.entry == lines[5].pk
    assert str(lines[5].pk) in found.message


def test_a_copied_line_is_refused() -> None:
    line = written(3)[0]
    line.pk = None
    with pytest.raises(DatabaseError), transaction.atomic(using=router.db_for_write(AccessEntry)):
        line.save(force_insert=True)


def test_a_forged_line_is_found_although_it_was_sealed() -> None:
    written(3)
    AccessEntry.objects.create(username="clerk", action="see", subject="x", mark=bytes(42))
    sealing.seal()
    assert code() == "log_line_altered"


def test_a_cut_end_is_missed_by_the_head_beside_the_keys(head: Path) -> None:
    lines = written(9)
    assert json.loads(head.read_text())["number"] == 3
    AccessSeal.objects.filter(number=3).delete()
    AccessEntry.objects.filter(pk__in=[line.pk for line in lines[6:]]).delete()
    assert code() == "log_cut"


def test_the_database_refuses_to_change_or_remove_a_line(guarded: None) -> None:
    lines = written(3)
    alias = router.db_for_write(AccessEntry)
    for attempt in (
        lambda: AccessEntry.objects.filter(pk=lines[0].pk).update(done=False),
        lambda: AccessEntry.objects.filter(pk=lines[0].pk).delete(),
        lambda: AccessSeal.objects.update(lines="1"),
        lambda: AccessSeal.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=alias):
            attempt()
    assert sealing.check() is None


def test_a_lifted_guard_is_reported() -> None:
    found = sealing.check()
    assert found is not None and found.code == "log_unguarded"


def test_the_cipher_setting_chooses_the_hash(settings: Settings) -> None:
    written(3)
    settings.QIAOJIE_CIPHER = "sm4"
    reset_keyring()
    try:
        log.write(Action.SEE, "persons", username="clerk")
        sealing.seal()
        assert bytes(AccessEntry.objects.latest("pk").mark or b"")[8] == 2, "HMAC-SM3"
        assert code() is None, "both are read"
    finally:
        settings.QIAOJIE_CIPHER = "aes"
        reset_keyring()


def test_nothing_younger_than_six_months_is_removed_and_the_cut_leaves_a_checkpoint(guarded: None) -> None:
    viewer = SystemViewer()
    with pytest.raises(Unusable) as refused:
        sealing.prune(timezone.now() - timedelta(days=180), viewer, "清理")
    assert refused.value.code == "log_kept"
    connection = connections[router.db_for_write(AccessEntry)]
    lines = written(9)
    triggers.lift(connection)
    AccessSeal.objects.filter(number__lte=2).update(at=timezone.now() - timedelta(days=400))
    triggers.set_up(connection)
    assert sealing.prune(timezone.now() - timedelta(days=300), viewer, "超过保存期限") == 6
    assert not AccessEntry.objects.filter(pk__lte=lines[5].pk).exists()
    assert AccessEntry.objects.filter(subject="log/prune/2", rows=6).exists()
    assert sealing.check() is None
    assert not triggers.missing(connection)
    triggers.lift(connection)
    AccessSeal.objects.filter(number=2).update(checkpoint=bytes(34))
    assert code() == "log_cut", "only whoever holds the keys can set a checkpoint"


def test_long_and_unprintable_texts_are_cut() -> None:
    log.write(Action.SIGN_IN, "s" * 300, username="u\x00" * 300, address="a" * 60, done=False)
    entry = AccessEntry.objects.latest("pk")
    assert (len(entry.username), len(entry.subject), len(entry.address)) == (150, 200, 45)
    assert log.is_genuine(entry)
