"""Every way in which database or disk can fail is known by its kind and told in words; each is brought about, none imitated."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError

from qiaojie.storage import converting, faults
from qiaojie.storage.faults import Kind
from tests.house.source import ROOT
from tests.storage.material import MARK, connected, fill, settings_of

pytestmark = pytest.mark.once
NOBODY = 65534


@pytest.fixture
def office(tmp_path: Path) -> dict[str, Any]:
    """A file with rows."""
    found = settings_of(tmp_path)
    converting.prepare(found)
    with connected(found["default"]) as wrapper:
        fill(wrapper)
    return found["default"]


def kind(error: BaseException) -> str:
    fault = faults.of(error)
    assert fault is not None, error
    assert MARK not in fault.message and "\n" not in fault.message
    return fault.kind.value


def insert(database: dict[str, Any], rows: int = 1) -> None:
    with connected(database) as wrapper, wrapper.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO woman (name, sealed) VALUES (%s, %s)",
            [(f"{MARK}-{n}", b"x" * 4_000) for n in range(rows)],
        )


def test_a_full_disk(office: dict[str, Any]) -> None:
    with connected(office) as wrapper, wrapper.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseError) as refused:
            cursor.executemany(
                "INSERT INTO woman (name, sealed) VALUES (%s, %s)",
                [(f"{MARK}-{n}", b"x" * 4_000) for n in range(99)],
            )
    assert kind(refused.value) == Kind.FULL
    fault = faults.of(refused.value)
    assert fault and fault.status == 507 and "磁盘满" in fault.message


def test_another_who_writes_for_too_long(office: dict[str, Any]) -> None:
    with connected(office) as other, other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError) as refused:
            insert(office)
        cursor.execute("ROLLBACK")
    assert kind(refused.value) == Kind.LOCKED
    assert (fault := faults.of(refused.value)) and fault.status == 503 and fault.passing


def test_a_file_that_is_no_database(office: dict[str, Any]) -> None:
    office["NAME"].write_bytes(MARK.encode() * 4_000)
    with pytest.raises(DatabaseError) as refused:
        insert(office)
    assert kind(refused.value) == Kind.NOT_OPENED


def test_a_page_that_was_changed_on_the_disk(office: dict[str, Any]) -> None:
    with office["NAME"].open("r+b") as held:
        held.seek(office["NAME"].stat().st_size - 9_000)
        held.write(b"\0" * 64)
    with pytest.raises(DatabaseError) as refused, connected(office) as wrapper, wrapper.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        cursor.fetchall()
        for table in ("woman", "told"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY rowid")
            cursor.fetchall()
    assert kind(refused.value) == Kind.DAMAGED


def as_nobody(act: Callable[[], object]) -> str:
    """The kind of what is refused to an account that owns nothing; '' where nothing is."""
    read, write = os.pipe()
    if not (child := os.fork()):
        os.close(read)
        said = "broken"
        try:
            if not os.geteuid():
                # Nothing is refused to root.
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            act()
            said = ""
        except faults.TROUBLE as error:
            said = kind(error)
        finally:
            os.write(write, said.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        found = told.read()
    os.waitpid(child, 0)
    return found


def opened_up(folder: Path) -> None:
    """Have everybody get as far as this folder of a test, and no farther."""
    for parent in (folder, *list(folder.parents)[:3]):
        if os.stat(parent).st_uid == os.geteuid() and str(parent) != "/tmp":
            parent.chmod(parent.stat().st_mode | 0o011)


def test_files_that_may_not_be_used(office: dict[str, Any], tmp_path: Path) -> None:
    opened_up(tmp_path)
    tmp_path.chmod(0o755)
    # A file one may not read, a file one may only read, a folder one may not enter.
    office["NAME"].chmod(0)
    assert as_nobody(lambda: insert(office)) == Kind.UNREADABLE
    office["NAME"].chmod(0o444)
    assert as_nobody(lambda: insert(office)) in {Kind.READ_ONLY, Kind.UNREADABLE}
    tmp_path.chmod(0)
    try:
        assert as_nobody(lambda: insert(office)) == Kind.UNREADABLE
        assert as_nobody(lambda: (tmp_path / "export.xlsx").write_bytes(b"x")) == Kind.UNREADABLE
    finally:
        tmp_path.chmod(0o700)


def test_a_limit_of_the_size_of_files_is_no_room(tmp_path: Path) -> None:
    """What a full disk says to whoever writes a file; SQLite says it of its own."""
    found = settings_of(tmp_path)
    converting.prepare(found)
    with connected(found["default"]) as wrapper:
        fill(wrapper)
    code = """
import os, resource, signal, sys
import django
django.setup()
from tests.storage import material
from tests.storage.test_faults import insert, kind
from qiaojie.storage import faults
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
from pathlib import Path
for act in (lambda: Path(sys.argv[1], "export.xlsx").write_bytes(b"x" * 700_000),
            lambda: insert(material.settings_of(Path(sys.argv[1]))["default"], 300)):
    try:
        act()
    except faults.TROUBLE as error:
        print(kind(error))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.split()
    assert first == Kind.FULL and second in {Kind.FULL, Kind.DISK}
    assert MARK not in done.stdout + done.stderr


def test_what_comes_of_a_failure_is_told_by_its_first_cause() -> None:
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as full:
            raise OperationalError("something else") from full
    except OperationalError as error:
        assert kind(error) == Kind.FULL
    assert faults.of(ZeroDivisionError()) is None and faults.of(OSError(2, "no such file")) is None
    assert faults.of(ConnectionResetError(104, "reset")) is None


@pytest.mark.parametrize("one", Kind)
def test_every_kind_has_words_and_a_way(one: Kind) -> None:
    fault = faults._FAULTS[one]
    assert (
        fault.wrong.endswith("。")
        and fault.way.startswith("请")
        and fault.untranslated == fault.wrong + fault.way
    )
    assert fault.status == (507 if one is Kind.FULL else 503)


STATES = {
    "53100": Kind.FULL, "53300": Kind.TOO_MANY, "25006": Kind.STANDBY, "55P03": Kind.TOO_LONG, "57014": Kind.TOO_LONG,
    "57P01": Kind.UNREACHABLE, "57P03": Kind.UNREACHABLE, "08006": Kind.UNREACHABLE, "28P01": Kind.UNREACHABLE,
    "42501": Kind.FORBIDDEN, "58030": Kind.DISK, "42P01": Kind.OLD_SHAPE, "23505": None, "22P02": None,
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_server_is_understood_by_its_states(state: str) -> None:
    import psycopg

    error = (
        psycopg.errors.lookup(state)(MARK)
        if state in psycopg.errors._sqlcodes
        else psycopg.OperationalError(MARK)
    )
    if getattr(error, "sqlstate", None) != state:
        error.sqlstate = state
    fault = faults.of(error)
    assert (fault.kind if fault else None) == STATES[state]
