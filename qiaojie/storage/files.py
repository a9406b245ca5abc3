"""Database files on the disk: which are there, which are still plain, and new ones for a new installation."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Final
from urllib.parse import quote

from django.db import OperationalError

_PLAIN: Final = b"SQLite format 3\0"
BESIDE: Final = ("-wal", "-shm", "-journal")
"""What lies beside a file while it is written: the ends of their names."""


class Absent(OperationalError):
    """A database file that should be there is not; it is not made anew, or people would work on an empty registry."""

    def __init__(self, path: Path) -> None:
        super().__init__("the file of the database is not there")
        self.path = path


class Plain(OperationalError):
    """A database file of an earlier version that nobody has encrypted yet."""

    def __init__(self, path: Path) -> None:
        super().__init__("the file of the database is not encrypted yet")
        self.path = path


def address(path: Path, mode: str = "rw") -> str:
    """A file as SQLite is asked for it: with ``rw`` it has to be there, with ``rwc`` it is made."""
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def is_plain(path: Path) -> bool:
    """Whether a file is a SQLite database that anybody can read. Raises OSError where it cannot be looked at."""
    with path.open("rb") as held:
        return held.read(len(_PLAIN)) == _PLAIN


_plain_for_now: ContextVar[bool] = ContextVar("plain_for_now", default=False)


@contextlib.contextmanager
def plain_for_now() -> Iterator[None]:
    """Inside, a file that is still plain can be looked into: before it is encrypted, the keys are held against what it says."""
    before = _plain_for_now.set(True)
    try:
        yield
    finally:
        _plain_for_now.reset(before)


def is_open(path: Path) -> bool:
    """Whether a file is plain and may be, for now."""
    return _plain_for_now.get() and is_plain(path)


def is_there(path: Path) -> bool:
    """Whether there is a database: an empty file is none."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def demand(path: Path, *, encrypted: bool) -> None:
    """Raise Absent, or Plain where an encrypted file is asked for; OSError where the file cannot be looked at."""
    if not is_there(path):
        raise Absent(path)
    if encrypted and is_plain(path) and not _plain_for_now.get():
        raise Plain(path)


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Processes that make or swap files in a folder wait for each other."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def settle(path: Path) -> None:
    """What was written to a file, and its name in its folder, stay whatever happens to the machine."""
    for one, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        held = os.open(one, flags)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def remove(path: Path) -> None:
    """Take away a file and what lies beside it, where it is there."""
    for name in ("", *BESIDE):
        path.with_name(f"{path.name}{name}").unlink(missing_ok=True)


def missing(paths: Sequence[Path]) -> list[Path]:
    """Those of the files of one installation that are not there."""
    return [path for path in paths if not is_there(path)]
