"""Heads lie in other places too, where somebody who holds the machine's database does not reach them."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connections, router

from qiaojie.accounts import sealing, triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.digests import checks, heads, services
from qiaojie.digests.models import Digest
from qiaojie.ledgers.viewer import Action
from tests.regions.small import plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def noted(settings: LazySettings, tmp_path: Path) -> Path:
    """A folder of another disk, to which the heads of two nights went."""
    plant()
    settings.QIAOJIE_HEADS_TO = [str(tmp_path)]
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    for _night in range(2):
        SystemViewer().note(Action.SEE, "persons")
        services.make()
        assert not heads.send()
    return tmp_path


def codes() -> list[str]:
    return [one.code for one in checks.head_faults()]


def test_what_was_noted_elsewhere_is_there(noted: Path) -> None:
    lines = [json.loads(line) for line in (noted / "qiaojie-heads.jsonl").read_text().splitlines()]
    assert [one["of"] for one in lines] == ["log", "digest", "journal"] * 2
    assert codes() == []


def test_a_log_and_digests_put_back_together_with_their_heads_are_found(noted: Path) -> None:
    """Everything on the machine agrees with itself: only the other place remembers."""
    database = connections[router.db_for_write(AccessEntry)]
    triggers.lift(database)
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_accessseal WHERE number = (SELECT MAX(number) FROM accounts_accessseal)"
        )
    triggers.set_up(database)
    Digest.objects.filter(number=2).delete()
    heads.begin_anew()
    last = services.last()
    assert last is not None
    heads.keep_digest(last)
    assert codes() == ["heads_differ", "heads_differ"]


def test_a_place_that_is_not_there_is_told_and_nothing_fails(noted: Path, settings: LazySettings) -> None:
    shutil.rmtree(noted)
    (fault,) = heads.send()
    assert (fault.code, str(noted) in fault.message) == ("heads_unreachable", True)
    assert codes() == ["heads_none"]
    found = {one.code: one.standing.value for one in checks.check(lambda *_: None, deep=False)}
    assert found["heads_none"] == "doubtful" and "digests" in found


def test_heads_go_to_the_log_of_another_machine(settings: LazySettings, db: None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(5)
        settings.QIAOJIE_HEADS_TO = [f"syslog:127.0.0.1:{there.getsockname()[1]}"]
        assert not heads.send()
        said = there.recv(4_096).decode()
    assert "qiaojie: " in said and '"of": "journal"' in said


def test_a_head_never_moves_past_a_seal_that_is_gone(
    db: None, settings: LazySettings, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    SystemViewer().note(Action.SEE, "persons")
    sealing.seal()
    (tmp_path / "log-head.json").unlink()
    SystemViewer().note(Action.SEE, "persons")
    sealing.seal()
    assert not (tmp_path / "log-head.json").exists(), "a head that is missing is not made anew by itself"
    sealing.begin_anew()
    SystemViewer().note(Action.SEE, "persons")
    sealing.seal()
    assert json.loads((tmp_path / "log-head.json").read_text())["number"] == 3
