"""A database file and all that lies beside it is unreadable without the key, which shows nowhere; and SQL works as ever."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import os
import pickle
import pprint
import stat
import threading
import traceback
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.views.debug import SafeExceptionReporterFilter
from sqlcipher3 import dbapi2 as Database

from qiaojie.config import secrets
from qiaojie.keys import file
from qiaojie.storage import converting, faults, files
from qiaojie.storage.database_key import DatabaseKey, NoKey
from tests.storage import material
from tests.storage.material import KEY, MARK, SECRET, connected, fill, rows, settings_of

pytestmark = pytest.mark.once


def made(home: Path) -> dict[str, dict[str, object]]:
    found = settings_of(home)
    assert converting.prepare(found) == []
    return found


def test_files_and_their_logs_hold_nothing_that_can_be_read(tmp_path: Path) -> None:
    for one in made(tmp_path).values():
        with connected(one) as wrapper:
            fill(wrapper, 3_000)
            names = {path.name for path in tmp_path.iterdir()}
            assert f"{one['NAME'].name}-wal" in names  # type: ignore[attr-defined]
            lying = material.bytes_in(tmp_path)
            # In the middle of a transaction, sorting what no index sorts.
            with wrapper.cursor() as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                cursor.execute("UPDATE woman SET name = name || '!'")
                cursor.execute("SELECT name, share FROM woman ORDER BY share, name DESC LIMIT 5")
                lying += material.bytes_in(tmp_path)
                cursor.execute("ROLLBACK")
        lying += material.bytes_in(tmp_path)
        for word in (MARK, "woman", "AUTOINCREMENT", "SQLite format"):
            assert word.encode() not in lying
    assert len(lying) > 500_000


def test_another_key_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    database = made(tmp_path)["default"]
    with connected(database) as wrapper:
        fill(wrapper)
        said = rows(wrapper)
    held = material.bytes_in(tmp_path)
    other = settings_of(tmp_path, DatabaseKey.of(base64.b64encode(bytes(32)).decode()))["default"]
    with connected(other) as wrapper, pytest.raises(DatabaseError) as refused:
        wrapper.ensure_connection()
    assert (fault := faults.of(refused.value)) and fault.kind == "database_not_opened"
    assert material.bytes_in(tmp_path) == held
    with connected(database) as wrapper:
        assert rows(wrapper) == said


def test_a_file_that_is_not_there_is_not_made_anew(tmp_path: Path) -> None:
    found = made(tmp_path)
    with connected(found["default"]) as wrapper:
        fill(wrapper)
    side = Path(str(found["side"]["NAME"]))
    side.unlink()
    for begun in (lambda: converting.prepare(found), lambda: _open(found["side"])):
        with pytest.raises(files.Absent) as refused:
            begun()
        assert (fault := faults.of(refused.value)) and fault.kind == "database_absent"
        assert not side.exists()
    # The same where only a trace of an installation is left.
    Path(str(found["default"]["NAME"])).unlink()
    trace = tmp_path / "log-head.json"
    trace.write_text("{}")
    with pytest.raises(files.Absent):
        converting.prepare(found, [trace])
    trace.unlink()
    converting.prepare(found, [trace])
    assert side.stat().st_size > 0


def _open(database: dict[str, object]) -> None:
    with connected(database) as wrapper:
        wrapper.ensure_connection()


def test_files_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for one in made(tmp_path / "home").values():
            with connected(one) as wrapper:
                fill(wrapper)
                modes = {
                    path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()
                }
                assert set(modes.values()) == {0o600}, modes
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_sql_of_the_product_works_on_an_encrypted_file(tmp_path: Path) -> None:
    """The whole suite runs in this library; here what a file adds: transactions, RETURNING, JSON, windows, errors by name."""
    with connected(made(tmp_path)["default"]) as wrapper:
        fill(wrapper)
        with wrapper.cursor() as cursor:
            cursor.execute("INSERT INTO woman (name, share) VALUES (%s, %s) RETURNING id", ["阿秀", 0.5])
            assert cursor.fetchone() == (201,)
            cursor.execute("SELECT value FROM json_each(%s) WHERE value %% 2 = 1", [json.dumps([1, 2, 3])])
            assert cursor.fetchall() == [(1,), (3,)]
            cursor.execute("SELECT id, sum(id) OVER (ORDER BY id) FROM woman ORDER BY id LIMIT 2")
            assert cursor.fetchall() == [(1, 1), (2, 3)]
            cursor.execute("SELECT name FROM woman WHERE name REGEXP %s", [f"{MARK}19[0-9]$"])
            assert len(cursor.fetchall()) == 10
            cursor.execute("SELECT born FROM woman WHERE id = %(key)s", {"key": 1})
            assert cursor.fetchone()[0].isoformat() == "1980-01-01"
            with pytest.raises(IntegrityError) as twice:
                cursor.execute("INSERT INTO woman (name) VALUES ('阿秀')")
            assert twice.value.__cause__.sqlite_errorname == "SQLITE_CONSTRAINT"  # type: ignore[union-attr]
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)


def test_the_key_shows_nowhere() -> None:
    raw = bytes(range(32))
    forms = (SECRET, raw.hex(), repr(raw))
    database = settings_of(Path("/somewhere"))["default"]
    cleansed = SafeExceptionReporterFilter().cleanse_setting("DATABASES", {"default": database})
    told = [repr(KEY), str(KEY), f"{database}", pprint.pformat(cleansed), repr(copy.deepcopy(database))]
    closed = Database.connect(":memory:")
    closed.close()
    try:
        KEY.unlock(closed)
    except Database.ProgrammingError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        # What this test itself holds is known.
        del shown.stack[0]
        told += list(shown.format())
    for word in forms:
        assert not any(word in text for text in told), word
    with pytest.raises(TypeError):
        pickle.dumps(database)
    for wrong in ("", "no base64", SECRET[:20]):
        with pytest.raises(ValueError, match="32 bytes") as refused:
            DatabaseKey.of(wrong)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert copy.deepcopy(KEY) is KEY and "key" in settings.DATABASES["default"].get("OPTIONS", {"key": 0})


def test_keys_of_an_earlier_version_get_one_for_files_and_keep_the_others(tmp_path: Path) -> None:
    file.make(tmp_path)
    path = tmp_path / "keys.json"
    old = json.loads(path.read_text())
    assert "database" not in old
    for one in [secrets.database_key(tmp_path) for _ in range(3)]:
        # Looking makes none: another file of keys may be the right one.
        with contextlib.closing(Database.connect(":memory:")) as held, pytest.raises(NoKey):
            one.unlock(held)
    assert json.loads(path.read_text()) == old
    threads = [threading.Thread(target=secrets.database_key(tmp_path).ensure) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    kept = json.loads(path.read_text())
    assert {name: value for name, value in kept.items() if name != "database"} == old
    assert kept["database"] not in {secret for _number, secret in old["fields"]}
    DatabaseKey.of(kept["database"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_plain_file_can_be_looked_into_while_keys_are_held_against_it(tmp_path: Path) -> None:
    """Before it is encrypted: with the right keys back in place, a key that went into a wrong file would be lost."""
    material.plain(tmp_path)
    with files.plain_for_now(), connected(settings_of(tmp_path)["default"]) as wrapper:
        assert "woman" in wrapper.introspection.table_names()
    with pytest.raises(files.Plain), connected(settings_of(tmp_path)["default"]) as wrapper:
        wrapper.ensure_connection()
