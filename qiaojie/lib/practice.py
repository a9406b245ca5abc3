"""A place to practise: an installation of its own in a folder of its own, known by a file in that folder.

Whatever the environment says, such a place keeps its rows in its own folder and encrypts with its own keys: nothing real can be
reached from it. Everything that leaves it says what it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

MARKER: Final = "practice.json"
"""The file that makes a folder a practice place: its accounts, and where the real place is unless the environment says."""
AFRESH: Final = "afresh"
"""A file in the home of a practice place: it is to be thrown away and made anew."""


@dataclass(frozen=True, slots=True)
class PracticePlace:
    """A practice place: ``accounts`` are lines that tell how to sign in (none while it is made), ``real`` is the address of the
    real one ('' unknown)."""

    accounts: Sequence[str]
    real: str


def read(home: Path) -> PracticePlace | None:
    """The practice place that a folder is; None for a real installation. The settings ask it before there are any."""
    try:
        kept = json.loads((home / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return PracticePlace(kept["accounts"], kept["real"])


def mark(home: Path, place: PracticePlace) -> None:
    """Make a folder a practice place, for good: a process that starts there later knows it as one."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {"accounts": list(place.accounts), "real": place.real}
    (home / MARKER).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def notice() -> str:
    """The sentence that every page and every file of a practice place carries; '' in a real installation."""
    return _("练习：这里的人和数都是编的") if settings.QIAOJIE_PRACTICE else ""


def ask_afresh() -> None:
    """Ask whoever keeps this practice place to make it anew, which happens a moment later."""
    (Path(settings.HOME) / AFRESH).touch()
