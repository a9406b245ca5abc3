"""Several files put in the place of others, all of them or none, whenever the machine stops.

What is to be moved where is written down first; from then on whoever comes next carries it through. Whoever reads the settings
of an installation comes here before it opens anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAME: Final = "swap.json"
"""The file of the home that says what is to be moved where."""

Move = tuple[Path, Path]
"""What is there, and whose place it takes."""


def carry_out(home: Path, moves: Sequence[Move], removed: Sequence[Path] = ()) -> None:
    """Write down what is to be moved and what goes, and do it."""
    told = {
        "moves": [[str(source), str(target)] for source, target in moves],
        "removed": [str(one) for one in removed],
    }
    draft = home / f".{NAME}.part"
    with draft.open("w") as stream:
        json.dump(told, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(home / NAME)
    _settle(home)
    finish(home)


def finish(home: Path) -> bool:
    """Carry through what was written down. Whether there was anything."""
    try:
        told = json.loads((home / NAME).read_text())
    except FileNotFoundError:
        return False
    # What is told to go goes first: the log of a database must not be taken for that of the one that takes its place.
    waiting = [(Path(source), Path(target)) for source, target in told["moves"] if os.path.lexists(source)]
    for one in told["removed"]:
        _remove(Path(one))
    for source, target in waiting:
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        with contextlib.suppress(FileNotFoundError):
            # Another process may be at the same.
            os.replace(source, target)
        _settle(target.parent)
    (home / NAME).unlink(missing_ok=True)
    _settle(home)
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Have the folder's entries on disk, where the file system knows such a thing."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
