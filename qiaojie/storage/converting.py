"""Files that an earlier version kept plain are encrypted, and those of a new installation are made.

A plain file is exported into a draft beside it, the draft is held against it row by row, and takes its name in one step: whoever
is killed leaves the old file or the new one. Nobody else may have the file open meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.db import connections
from django.utils.translation import gettext as _
from sqlcipher3 import dbapi2 as Database

from qiaojie.lib.findings import Unusable

from . import files
from .database_key import DatabaseKey
from .encrypted_sqlite.base import opened

DRAFT: Final = ".encrypting"
"""The end of a draft's name; one that is found was left by somebody who was killed."""
SPARE: Final = 64 << 20
"""Bytes that have to stay free beside a draft of the size of its file."""
_AT_ONCE: Final = 5_000
"""Rows that are read in one go."""
_BLOCK: Final = 1 << 20
"""Bytes that are written over in one go; one MB."""


def prepare(databases: Mapping[str, Mapping[str, Any]], traces: Sequence[Path] = ()) -> list[Path]:
    """Make the files of a new installation, and encrypt those that are plain; the files that were encrypted.

    ``databases`` as in Django's settings; those of a server are left alone. ``traces`` are files that only an installation with
    data has. Raises Absent where some files or traces are there and a file is not; Unusable ``database_in_use`` where others have
    a file open, ``disk_full`` where there is no room for the draft, ``conversion_differs`` where the draft is not like the file.
    """
    held = {Path(str(one["NAME"])): one["OPTIONS"]["key"] for one in databases.values() if is_file(one)}
    if not held:
        return []
    for folder in sorted({path.parent for path in held}):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.ExitStack() as turns:
        for folder in sorted({path.parent for path in held}):
            turns.enter_context(files.one_at_a_time(folder))
        for path in held:
            files.remove(path.with_name(f"{path.name}{DRAFT}"))
        # The connections that looked into plain files are in nobody's way.
        for alias, one in databases.items():
            if is_file(one) and files.is_there(path := Path(str(one["NAME"]))) and files.is_plain(path):
                connections[alias].close()
        _make(held, traces)
        return [path for path, key in held.items() if _encrypted(path, key)]


def is_file(database: Mapping[str, Any]) -> bool:
    """Whether a database is a file to be encrypted, and neither a server's nor in memory."""
    return "key" in database.get("OPTIONS", {}) and not str(database["NAME"]).startswith(
        (":memory:", "file:")
    )


def _make(held: Mapping[Path, DatabaseKey], traces: Sequence[Path]) -> None:
    lost = files.missing(list(held))
    if not lost:
        return
    known = any(trace.exists() for trace in traces)
    if known or any(_has_tables(path, key) for path, key in held.items() if path not in lost):
        raise files.Absent(lost[0])
    for path in lost:
        make(path, held[path])


def make(path: Path, key: DatabaseKey) -> None:
    """An empty encrypted database, for its owner alone, where none is; whole or not at all."""
    key.ensure()
    draft = path.with_name(f"{path.name}{DRAFT}")
    with contextlib.closing(opened(draft, key, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        # A first page is written with the first table only.
        connection.execute("CREATE TABLE first (id integer)")
        connection.execute("DROP TABLE first")
    draft.chmod(0o600)
    files.settle(draft)
    draft.replace(path)
    files.settle(path)


def _has_tables(path: Path, key: DatabaseKey) -> bool:
    if files.is_plain(path):
        return True
    with contextlib.closing(opened(path, key)) as connection:
        (number,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(number)


def _encrypted(path: Path, key: DatabaseKey) -> bool:
    """Encrypt a file, if it is plain; whether it was."""
    if not files.is_plain(path):
        return False
    _demand_room(path)
    key.ensure()
    draft = path.with_name(f"{path.name}{DRAFT}")
    try:
        with contextlib.closing(opened(draft, key, "rwc")) as connection:
            connection.text_factory = bytes
            # The draft counts only when all of it is on the disk.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("ATTACH DATABASE ? AS plain KEY ''", (files.address(path),))
            _alone(connection, path)
            _copy(connection)
            _compare(connection, path)
            draft.chmod(0o600)
            files.settle(draft)
            with path.open("r+b") as old:
                draft.replace(path)
                files.settle(path)
                _blank(old)
    finally:
        files.remove(draft)
    return True


def _demand_room(path: Path) -> None:
    size = sum(
        one.stat().st_size for end in ("", "-wal") if (one := path.with_name(f"{path.name}{end}")).exists()
    )
    needed, free = size + SPARE, shutil.disk_usage(path.parent).free
    if free < needed:
        text = _(
            "把“%(file)s”加密要 %(needed)d MB 空闲空间，磁盘上只有 %(free)d MB。腾出空间后再运行 qiaojie prepare。"
        )
        words = {"file": path, "needed": -(-needed // _BLOCK), "free": free // _BLOCK}
        raise Unusable("disk_full", text % words)


def _alone(connection: Any, path: Path) -> None:
    """Hold the plain file so that nobody else reads or writes it, its log taken into it."""
    try:
        connection.execute("PRAGMA plain.locking_mode = EXCLUSIVE")
        (mode,) = connection.execute("PRAGMA plain.journal_mode = DELETE").fetchone()
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except Database.OperationalError as fault:
        if getattr(fault, "sqlite_errorname", "") not in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
            raise
        mode = b""
    if mode != b"delete":
        text = _(
            "“%s”正被别的程序使用，不能加密：请先停掉服务（qiaojie serve、worker），再运行 qiaojie prepare。"
        )
        raise Unusable("database_in_use", text % path)


def _copy(connection: Any) -> None:
    for word in ("user_version", "application_id"):
        (number,) = connection.execute(f"PRAGMA plain.{word}").fetchone()
        connection.execute(f"PRAGMA main.{word} = {int(number)}")
    connection.execute("SELECT sqlcipher_export('main', 'plain')").fetchall()


def _compare(connection: Any, path: Path) -> None:
    """Raise Unusable ``conversion_differs`` unless the draft is sound and says in every table what the file says."""
    (sound,) = connection.execute("PRAGMA main.quick_check(1)").fetchone()
    same = sound == b"ok" and _shape(connection, "main") == _shape(connection, "plain")
    if not same or any(
        _digest(connection, "main", table) != _digest(connection, "plain", table)
        for table in _tables(connection)
    ):
        text = _("“%s”加密后与原来的不一样，没有换用，原文件没有动。请运行 qiaojie doctor，并保留这个文件。")
        raise Unusable("conversion_differs", text % path)


def _shape(connection: Any, name: str) -> list[Any]:
    statement = f"SELECT type, name, tbl_name, sql FROM {name}.sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1, 2"  # noqa: S608
    return list(connection.execute(statement))


def _tables(connection: Any) -> Iterator[str]:
    found = connection.execute("SELECT name FROM plain.sqlite_master WHERE type = 'table'").fetchall()
    return (name.decode() for (name,) in found if not name.startswith(b"sqlite_stat"))


def _digest(connection: Any, name: str, table: str) -> tuple[int, bytes]:
    """How many rows a table has, and a hash over all that they say, in their order."""
    quoted = table.replace('"', '""')
    rows = connection.execute(f'SELECT * FROM {name}."{quoted}" ORDER BY rowid')  # noqa: S608  (names of a schema)
    number, found = 0, hashlib.blake2b()
    while part := rows.fetchmany(_AT_ONCE):
        number += len(part)
        found.update(repr(part).encode())
    return number, found.digest()


def _blank(old: Any) -> None:
    """Write nothing over all of a file that has lost its name: whoever waits for it finds no database, and less of it is left on
    the disk. A disk that writes elsewhere keeps it all the same."""
    left = os.fstat(old.fileno()).st_size
    old.seek(0)
    while left > 0:
        left -= old.write(bytes(min(left, _BLOCK)))
    old.flush()
    os.fsync(old.fileno())
