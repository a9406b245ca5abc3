"""What is given empty is as unset, and what is no value of its setting is kept aside to be named."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from qiaojie.config import given

ROOT = Path(__file__).resolve().parents[2]

PATH = ROOT / "qiaojie" / "config" / "settings.py"

SWITCHES = {"QIAOJIE_VOLUME_ENCRYPTED", "QIAOJIE_TLS", "QIAOJIE_ONE_SESSION", "QIAOJIE_DEBUG"}

BY_THEMSELVES = {"SECRET_KEY", "QIAOJIE_KEYS_CHANGED", "DATABASES", "QIAOJIE_WRONG"}
"""Settings that are other objects each time, or random where there are no keys yet."""


def documented() -> list[str]:
    """Every variable of ours in the list for deployers."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `(QIAOJIE_\w+)`", text, re.MULTILINE)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The settings as a process reads them that is told these things, started in an empty folder."""

    def go(told: dict[str, str]) -> dict[str, Any]:
        for name in [one for one in os.environ if one.startswith("QIAOJIE_")]:
            monkeypatch.delenv(name)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        given.WRONG.clear()
        spec = importlib.util.spec_from_file_location("qiaojie.config.once_more", PATH)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return {name: value for name, value in vars(module).items() if name.isupper()}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(given, "WRONG", [])
    return go


@pytest.mark.parametrize("nothing", ["", "  "])
def test_every_setting_that_is_given_empty_is_as_unset(read: Any, tmp_path: Path, nothing: str) -> None:
    assert len(documented()) > 20
    unset = read({})
    empty = read(dict.fromkeys(documented(), nothing))
    assert not empty["QIAOJIE_WRONG"]
    wrong = {
        name: (value, empty[name])
        for name, value in unset.items()
        if name not in BY_THEMSELVES and repr(value) != repr(empty[name])
    }
    assert not wrong
    assert [str(one["NAME"]) for one in empty["DATABASES"].values()] == [
        str(one["NAME"]) for one in unset["DATABASES"].values()
    ]
    assert empty["HOME"] == ROOT / "var"
    assert not list(tmp_path.iterdir()), "nothing is written where the command was started"


def test_an_empty_part_of_a_list_of_folders_is_no_folder(read: Any) -> None:
    told = read({
        "QIAOJIE_NOTICES": ":/data/notices::", "QIAOJIE_SYSTEMS": ":", "QIAOJIE_BACKUP_TO": ":/data/disk: ",
        "QIAOJIE_HEADS_TO": ",/data/heads, ,syslog:", "QIAOJIE_HOSTS": "a.example.cn, ,b.example.cn,",
    })  # fmt: skip
    assert told["NOTICE_DIRS"] == [Path("/data/notices"), ROOT / "var" / "notices"]
    assert told["SYSTEM_DIRS"] == [ROOT / "systems"]
    assert told["QIAOJIE_BACKUP_TO"] == ["/data/disk"]
    assert told["QIAOJIE_HEADS_TO"] == ["/data/heads", "syslog:"]
    assert told["ALLOWED_HOSTS"] == ["a.example.cn", "b.example.cn"]


def test_what_is_no_value_of_its_setting_is_kept_aside_and_something_safe_stands(read: Any) -> None:
    told = read({
        **dict.fromkeys(SWITCHES, "yes"), "QIAOJIE_CIPHER": "des", "QIAOJIE_IDLE_MINUTES": "half an hour",
        "QIAOJIE_WORKER_SILENCE": "-1", "QIAOJIE_LOOK_UPS": "12.5", "QIAOJIE_SECOND_FACTOR": "everyone",
    })  # fmt: skip
    named = {name: value for name, value, _allowed in told["QIAOJIE_WRONG"]}
    assert named == {
        **dict.fromkeys(SWITCHES, "yes"), "QIAOJIE_CIPHER": "des", "QIAOJIE_IDLE_MINUTES": "half an hour",
        "QIAOJIE_WORKER_SILENCE": "-1", "QIAOJIE_LOOK_UPS": "12.5",
    }  # fmt: skip
    assert not told["DEBUG"] and not told["SESSION_COOKIE_SECURE"]
    assert told["QIAOJIE_IDLE_MINUTES"] == settings.QIAOJIE_IDLE_MINUTES
    assert (told["QIAOJIE_LOOK_UPS"], told["WORKER_SILENCE"]) == (120, 60)
    # Whoever must have a second factor is judged where it is asked, and a word that is none asks everybody.
    assert told["QIAOJIE_SECOND_FACTOR"] == "everyone"
