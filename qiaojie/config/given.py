"""What the environment gives for a setting. Empty, or nothing but spaces, is as unset: an empty path would be the folder in which
a command happens to be started. What is no value of its setting is kept aside, so that the doctor can name it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

WRONG: Final[list[tuple[str, str, str]]] = []
"""Settings with a value that is none of theirs: name, what was given, what may be given."""


def text(name: str, default: str = "") -> str:
    """What was given for a setting; the default where that is nothing."""
    given = os.environ.get(name, "")
    return given if given.strip() else default


def several(name: str, default: str = "", *, by: str = ",") -> list[str]:
    """The parts of a setting, separated by ``by``; empty ones are left out. Where nothing is left, the default's."""
    return _parts(text(name), by) or _parts(default, by)


def paths(name: str, default: Path) -> list[Path]:
    """Folders that are separated as in ``PATH``."""
    return [Path(part) for part in several(name, str(default), by=os.pathsep)]


def switch(name: str) -> bool:
    """Whether a setting is on: ``1``. Anything but ``1``, ``0`` and nothing is off, and kept aside."""
    given = text(name, "0").strip()
    if given not in ("0", "1"):
        WRONG.append((name, given, "1、0"))
    return given == "1"


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """One of some words; any other is kept aside, and the default stands."""
    given = text(name, default).strip()
    if given in allowed:
        return given
    WRONG.append((name, given, "、".join(allowed)))
    return default


def whole(name: str, default: int) -> int:
    """A whole number; what is none is kept aside, and the default stands."""
    given = text(name, str(default)).strip()
    if given.isdecimal():
        return int(given)
    WRONG.append((name, given, "0、1、2 …"))
    return default


def seconds(name: str, default: float) -> float:
    """A number above nothing; what is none is kept aside, and the default stands."""
    given = text(name, str(default)).strip()
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if 0.0 < found < float("inf"):
        return found
    WRONG.append((name, given, "1、0.5 …"))
    return default


def _parts(given: str, by: str) -> list[str]:
    return [part.strip() for part in given.split(by) if part.strip()]
