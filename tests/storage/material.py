"""Files and connections for the tests of this room."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connections

from qiaojie.config.databases import databases
from qiaojie.storage.database_key import DatabaseKey
from qiaojie.storage.encrypted_sqlite.base import DatabaseWrapper

MARK = "向阳花开满山坡"
"""Stands in rows, and so in no file and no line of a log."""
SECRET = base64.b64encode(bytes(range(32))).decode()
KEY = DatabaseKey.of(SECRET)


def settings_of(home: Path, key: DatabaseKey | None = KEY, name: str = "office") -> dict[str, dict[str, Any]]:
    """Django's settings of two files in a folder."""
    found = databases(f"sqlite:///{home / name}.sqlite3", home, key)
    for one in found.values():
        one["OPTIONS"] = {**one["OPTIONS"], "timeout": 0.2}
    return found


@contextlib.contextmanager
def connected(database: dict[str, Any]) -> Iterator[DatabaseWrapper]:
    """A connection of Django's to a file."""
    kept = {**connections.settings["default"], "ENGINE": "qiaojie.storage.encrypted_sqlite", **database}
    wrapper = DatabaseWrapper(kept, "default")
    wrapper.inc_thread_sharing()
    try:
        yield wrapper
    finally:
        wrapper.close()


def fill(wrapper: DatabaseWrapper, rows: int = 200) -> None:
    """Rows of many kinds of value, with what stands beside a table."""
    with wrapper.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE woman (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL UNIQUE, "
            "sealed blob, share real, born date)"
        )
        cursor.execute("CREATE INDEX woman_born ON woman (born)")
        cursor.execute("CREATE TABLE told (woman_id integer REFERENCES woman (id), word text)")
        cursor.execute(
            "CREATE TRIGGER woman_told AFTER INSERT ON woman BEGIN INSERT INTO told VALUES (NEW.id, NEW.name); END"
        )
        cursor.execute("CREATE VIEW names AS SELECT name FROM woman")
        cursor.executemany(
            "INSERT INTO woman (name, sealed, share, born) VALUES (%s, %s, %s, %s)",
            [(f"{MARK}{n}", bytes([n % 256]) * 40, n / 7, f"1980-01-{n % 28 + 1:02}") for n in range(rows)],
        )
        cursor.execute("DELETE FROM told WHERE woman_id = 5")
        cursor.execute("DELETE FROM woman WHERE id = 5")


def plain(home: Path) -> dict[Path, list[Any]]:
    """Two plain files as an earlier version left them, one with rows in its log only; what each says."""
    said: dict[Path, list[Any]] = {}
    for one in settings_of(home, None).values():
        sqlite3.connect(one["NAME"]).close()
        with contextlib.closing(sqlite3.connect(one["NAME"])) as held:
            held.execute("CREATE TABLE first (id integer)")
        with connected(one) as wrapper:
            fill(wrapper)
            said[one["NAME"]] = rows(wrapper)
            # What is copied away and put back is as somebody leaves it who is killed: the log stays.
            kept = {path: path.read_bytes() for path in home.glob(f"{one['NAME'].name}*")}
        for path, content in kept.items():
            if not path.name.endswith("-shm"):
                path.write_bytes(content)
    return said


def rows(wrapper: DatabaseWrapper) -> list[Any]:
    """All that the tables of ``fill`` say, and their shape."""
    found: list[Any] = []
    with wrapper.cursor() as cursor:
        for statement in (
            "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2",
            "SELECT * FROM woman ORDER BY id",
            "SELECT * FROM told ORDER BY woman_id",
            "SELECT * FROM names ORDER BY 1",
            "SELECT name, seq FROM sqlite_sequence ORDER BY 1",
        ):
            cursor.execute(statement)
            found.append(cursor.fetchall())
    return found


def bytes_in(home: Path) -> bytes:
    """All that lies in a folder."""
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
