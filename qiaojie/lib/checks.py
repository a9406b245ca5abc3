"""What a check of the installation found: whoever checks says it in these words, and ``qiaojie doctor`` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckResult(StrEnum):
    """How a check came out."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: a short code for programs, a sentence for people, and where it has a place, which (``places``: one line
    each)."""

    standing: CheckResult
    code: str
    message: str
    places: tuple[str, ...] = ()
