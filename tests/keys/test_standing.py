"""With data there and no key of its own, nothing begins: one line says what is missing, and nothing is created or written."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from qiaojie.cli import main as command_line
from qiaojie.keys import file, standing, taking
from qiaojie.keys.models import KeyMark
from qiaojie.lib.crypto import reset_keyring
from qiaojie.lib.findings import Unusable
from qiaojie.people.models import Person
from tests.house.source import ROOT

COMMANDS = sorted(
    next(
        action.choices
        for action in command_line.parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
)


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    """A home without keys, while this process knows the ones that the tests' database is encrypted with."""
    settings.HOME = tmp_path
    return tmp_path


def use(settings: Any, secrets: file.Secrets) -> None:
    settings.QIAOJIE_KEYS, settings.QIAOJIE_KEYS_BOUND = secrets.field_keys, secrets.bound
    reset_keyring()


@pytest.fixture(autouse=True)
def _own_ring_again() -> Any:
    yield
    reset_keyring()


def held(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


BROKEN = {"missing": None, "damaged": b"{", "unreadable": "folder"}


def spoil(home: Path, how: str) -> None:
    if how == "damaged":
        (home / "keys.json").write_bytes(b"{")
    elif how == "unreadable":
        (home / "keys.json").mkdir()


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_begins(
    home: Path,
    how: str,
    command: str,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(home, how)
    before = sorted(home.rglob("*"))

    def begun(_options: argparse.Namespace) -> int:
        raise AssertionError("it began")

    class Parser:
        def parse_args(self, _arguments: object) -> argparse.Namespace:
            return argparse.Namespace(command=command, run=begun, bare=False)

    monkeypatch.setattr(command_line, "parser", Parser)
    assert command_line.main([command]) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1
    assert str(home / "keys.json") in err and "封存" in err
    assert sorted(home.rglob("*")) == before


def process(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("QIAOJIE_")},
            "PYTHONPATH": str(ROOT),
            "QIAOJIE_HOME": str(home),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )


@pytest.mark.parametrize(
    "arguments",
    [("-m", "qiaojie.cli.main", "serve"), ("-c", "import qiaojie.config.wsgi")],
    ids=["serve", "wsgi"],
)
@pytest.mark.parametrize("name", ["qiaojie.sqlite3", "qiaojie-side.sqlite3"])
def test_a_process_ends_with_one_line_and_leaves_the_home_as_it_was(
    tmp_path: Path, arguments: tuple[str, ...], name: str
) -> None:
    # Whatever the data is, also what nobody could read: the file is not opened.
    (tmp_path / name).write_bytes(b"encrypted whole")
    before = held(tmp_path)
    done = process(tmp_path, *arguments, QIAOJIE_SECRET_KEY="x" * 60)
    assert done.returncode != 0
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "keys.json" in done.stderr
    assert held(tmp_path) == before


def test_a_home_with_nothing_in_it_gets_keys_and_one_with_damaged_keys_does_not(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path / "new"
    monkeypatch.setattr(standing, "has_data", lambda: False)
    standing.demand()
    assert not settings.HOME.exists()
    use(settings, file.Secrets("", []))
    standing.begin()
    assert file.read(tmp_path / "new").field_keys == settings.QIAOJIE_KEYS
    (tmp_path / "new" / "keys.json").write_text("{", encoding="utf-8")
    with pytest.raises(Unusable) as refused:
        standing.begin()
    assert refused.value.code == "keys_damaged"
    assert (tmp_path / "new" / "keys.json").read_text(encoding="utf-8") == "{"


def test_a_home_that_cannot_be_written_says_so(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path / "file" / "home"
    (tmp_path / "file").touch()
    monkeypatch.setattr(standing, "has_data", lambda: False)
    with pytest.raises(Unusable) as refused:
        standing.begin()
    assert refused.value.code in ("keys_not_made", "keys_unreadable")


def test_marks_tell_the_keys_of_another_installation_and_an_older_copy(
    home: Path, db: None, settings: LazySettings
) -> None:
    own = file.make(home)
    use(settings, own)
    standing.record()
    assert KeyMark.objects.count() == 2 and KeyMark.objects.filter(current=True).count() == 1
    standing.demand()
    standing.record()
    assert KeyMark.objects.count() == 2

    # A key more in the file is not yet known to the database: that is no fault.
    more = file.change(home, lambda entries: entries["fields"].append([2, file.fresh_secret()]))
    use(settings, more)
    standing.demand()
    standing.record()
    assert KeyMark.objects.count() == 4

    for other in (own, file.make(home / "other")):
        use(settings, other)
        for ask in (standing.demand, standing.record, standing.begin):
            with pytest.raises(Unusable) as refused:
                ask()
            assert refused.value.code == "keys_differ"
    assert KeyMark.objects.count() == 4


def test_without_marks_the_ring_is_tried_on_what_is_there(
    home: Path, db: None, settings: LazySettings
) -> None:
    own = file.make(home)
    use(settings, own)
    standing.demand()
    Person.objects.create(name="张三", name_key="张三", phone="13800002207")
    use(settings, file.make(home / "other"))
    for ask in (standing.demand, standing.record):
        with pytest.raises(Unusable) as refused:
            ask()
        assert refused.value.code == "keys_differ"
    assert not KeyMark.objects.exists()
    use(settings, own)
    standing.record()
    assert KeyMark.objects.count() == 2


def test_a_running_process_learns_what_was_written_into_the_file(
    tmp_path: Path, settings: LazySettings
) -> None:
    before = file.make(tmp_path)
    for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "QIAOJIE_KEYS_VERIFYING"):
        setattr(settings, name, getattr(settings, name))
    settings.QIAOJIE_KEYS = before.field_keys
    watch = taking.Watch(tmp_path)
    known = watch(None)
    assert before.field_keys == settings.QIAOJIE_KEYS

    def alter(entries: dict[str, Any]) -> None:
        entries["fields"].insert(0, [2, file.fresh_secret()])
        entries["signing_before"], entries["signing"] = [entries["signing"]], "y" * 60

    after = file.change(tmp_path, alter)
    now = watch(known)
    assert now != known and after.field_keys == settings.QIAOJIE_KEYS
    assert ("y" * 60, [before.signing]) == (settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)
    # While it is away or damaged, everything goes on as it was.
    whole = (tmp_path / "keys.json").read_bytes()
    (tmp_path / "keys.json").write_text("{", encoding="utf-8")
    assert watch(now) == now
    (tmp_path / "keys.json").unlink()
    assert watch(now) == now
    (tmp_path / "keys.json").write_bytes(whole)
    assert after.field_keys == settings.QIAOJIE_KEYS


def test_the_signing_key_of_the_environment_is_not_replaced(tmp_path: Path, settings: LazySettings) -> None:
    settings.QIAOJIE_OWN_SIGNING = settings.SECRET_KEY = "e" * 60
    settings.QIAOJIE_KEYS = settings.QIAOJIE_KEYS
    settings.QIAOJIE_KEYS_BOUND = settings.QIAOJIE_KEYS_BOUND
    settings.QIAOJIE_KEYS_VERIFYING = settings.QIAOJIE_KEYS_VERIFYING
    taking.take(file.make(tmp_path))
    assert settings.SECRET_KEY == "e" * 60


def test_marks_hold_nothing_of_a_key(home: Path, db: None, settings: LazySettings) -> None:
    own = file.make(home)
    use(settings, own)
    standing.record()
    with connection.cursor() as cursor:
        cursor.execute("SELECT mark FROM keys_keymark")
        marks = b"".join(bytes(mark) for (mark,) in cursor.fetchall())
    assert json.dumps(own.field_keys).encode() not in marks and len(marks) == 2 * 34
