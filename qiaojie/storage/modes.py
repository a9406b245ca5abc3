"""What is kept is its owner's alone: folders 0700, files 0600; set as they are made, found where they are not, put right."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import files

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""What group and all others may."""


@dataclass(frozen=True, slots=True)
class OpenToOthers:
    """A file or folder that others than its owner can read, write or enter."""

    path: Path
    mode: int


def keep_private() -> None:
    """From here on whatever this process makes is its owner's alone, temporary files and drafts too."""
    os.umask(OTHERS)


def open_to_others(home: Path, databases: Iterable[Path]) -> Iterator[OpenToOthers]:
    """What lies in the home, the home itself, and the files of databases wherever they lie. Links are not followed: what they
    lead to is somebody else's, but for files of ours that are themselves a link. Raises OSError where it may not be looked at."""
    for path in dict.fromkeys((*_within(home), *_beside(databases))):
        held = path.stat() if path.is_file() else path.lstat()
        if not stat.S_ISLNK(held.st_mode) and held.st_mode & OTHERS:
            yield OpenToOthers(path, stat.S_IMODE(held.st_mode))


def close_to_others(found: Iterable[OpenToOthers]) -> list[Path]:
    """Take from others what they may; the paths. Raises OSError where something is not ours to change."""
    closed = []
    for one in found:
        one.path.chmod(one.mode & ~OTHERS)
        closed.append(one.path)
    return closed


def foreign(home: Path, databases: Iterable[Path]) -> list[Path]:
    """What belongs to another account than the home does: the account that serves cannot write it."""
    owner = home.stat().st_uid
    return [
        path for path in dict.fromkeys((*_within(home), *_beside(databases))) if path.lstat().st_uid != owner
    ]


def _within(home: Path) -> Iterator[Path]:
    if not home.is_dir():
        return
    yield home
    for folder, folders, names in os.walk(home, onerror=_raise):
        yield from (Path(folder, name) for name in sorted((*folders, *names)))


def _raise(fault: OSError) -> None:
    raise fault


def _beside(databases: Iterable[Path]) -> Iterator[Path]:
    for path in databases:
        for end in ("", *files.BESIDE):
            if (one := path.with_name(f"{path.name}{end}")).exists():
                yield one
