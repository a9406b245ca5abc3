"""The doctor says how backups stand, in the words of the home page, and names settings with a value that is none of theirs."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts import factors
from qiaojie.backups import queries, services, telling
from qiaojie.backups.models import Act, PacketEvent
from qiaojie.cli import doctor
from qiaojie.lib.findings import CheckResult
from tests.cli.conftest import Run

DOUBTFUL = CheckResult.DOUBTFUL

BACKUPS = ("backup_made", "backup_away", "backup_trial", "backup_keys")


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The one place for backups."""
    settings.QIAOJIE_BACKUP_TO = [str(tmp_path)]
    settings.QIAOJIE_BACKUP_AWAY = []
    return tmp_path


def told(run: Run, prefix: str) -> dict[str, tuple[str, str]]:
    """What the doctor finds of a kind: code → standing and sentence."""
    found = json.loads(run("doctor", "--json")[1])
    return {one["code"]: (one["standing"], one["message"]) for one in found if one["code"].startswith(prefix)}


def unknown() -> list[str]:
    """Settings that are named, of what the doctor says before it looks at the keys."""
    first = takewhile(lambda one: not one.code.startswith("keys"), doctor.examine())
    return [one.message for one in first if one.code == "setting_unknown" and one.standing is DOUBTFUL]


def test_without_any_backup_each_thing_that_lacks_is_told_with_its_way_out(run: Run, folder: Path) -> None:
    found = told(run, "backup_")
    assert {code: standing for code, (standing, _said) in found.items()} == dict.fromkeys(BACKUPS, "doubtful")
    assert str(folder) in found["backup_made"][1] and "qiaojie backup make" in found["backup_made"][1]
    assert "从来没有" in found["backup_away"][1]
    assert "qiaojie backup verify" in found["backup_trial"][1]
    assert "qiaojie backup keys" in found["backup_keys"][1]


def test_what_was_made_tried_taken_away_and_opened_is_told_until_it_is_too_old(
    run: Run, folder: Path
) -> None:
    now = timezone.now()
    common = {"packet": "p", "packet_at": now, "actor": "system"}
    PacketEvent.objects.create(act=Act.COPIED, place=str(folder), away=True, **common)
    PacketEvent.objects.create(act=Act.TRIED, **common)
    PacketEvent.objects.create(act=Act.OPENED, keys=services.fingerprint_now(), **common)
    found = told(run, "backup_")
    assert {code: standing for code, (standing, _said) in found.items()} == dict.fromkeys(BACKUPS, "good")
    today = f"{timezone.localtime(now):%Y-%m-%d}"
    assert all(today in said for _standing, said in found.values())
    # One source: what the administrator's home page says.
    for line in telling.lines(queries.status()):
        assert found[line.code][1] == f"{line.title}：{line.said}{line.mend}"
    PacketEvent.objects.update(packet_at=now - timedelta(days=8), at=now - timedelta(days=8))
    PacketEvent.objects.filter(act=Act.OPENED).update(keys="others")
    assert {standing for standing, _said in told(run, "backup_").values()} == {"doubtful"}
    PacketEvent.objects.create(act=Act.FAILED, message="盘满了", place=str(folder), actor="system")
    assert "盘满了" in told(run, "backup_")["backup_failed"][1]


def test_a_place_that_is_not_there_is_told(run: Run, folder: Path, settings: Settings) -> None:
    PacketEvent.objects.create(act=Act.COPIED, packet="p", packet_at=timezone.now(), actor="system")
    absent = folder / "gone"
    settings.QIAOJIE_BACKUP_TO = [str(folder), str(absent)]
    standing, said = told(run, "backup_made")["backup_made"]
    assert standing == "doubtful" and f"现在不在或写不进去：{absent}" in said


def test_a_practice_place_needs_no_backup(run: Run, settings: Settings) -> None:
    settings.QIAOJIE_PRACTICE = True
    assert not told(run, "backup_")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("QIAOJIE_SECOND_FACTOR", "everyone", ("QIAOJIE_SECOND_FACTOR", "everyone", *factors.LEVELS)),
        ("QIAOJIE_SECOND_FACTOR", "People", ("QIAOJIE_SECOND_FACTOR", "People", "people")),
        ("QIAOJIE_BACKUP_KEPT", "7,x", ("QIAOJIE_BACKUP_KEPT", "7,5,12")),
        ("QIAOJIE_WRONG", [("QIAOJIE_TLS", "yes", "1、0")], ("QIAOJIE_TLS", "yes", "1、0")),
        ("QIAOJIE_WRONG", [("QIAOJIE_CIPHER", "des", "aes、sm4")], ("QIAOJIE_CIPHER", "des", "aes、sm4")),
    ],
)
def test_a_value_that_is_none_of_its_setting_is_named(
    db: None, settings: Settings, setting: str, value: object, said: tuple[str, ...]
) -> None:
    setattr(settings, setting, value)
    (sentence,) = unknown()
    assert "\n" not in sentence and all(word in sentence for word in said)


def test_no_known_word_is_named(db: None, settings: Settings) -> None:
    for settings.QIAOJIE_SECOND_FACTOR in (*factors.LEVELS, *factors.BEFORE):
        assert not unknown()
