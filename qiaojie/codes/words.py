"""A word of a list: its code, what it is called, what stands above it, and from when until when it may be entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language

from qiaojie.lib.cells import Label

LONGEST_CODE = 40
"""Characters of a code: columns that hold one are as wide."""

LONGEST_LABEL = 60
"""Characters of a label or another spelling: what a cell of a form takes."""


@dataclass(frozen=True, slots=True)
class CodeWord:
    """One code with what is known of it.

    ``also`` are other spellings by which it is read. ``parent`` is the code above it in the same list ('' for none). ``begins``
    and ``ends`` are the first and the last day on which it may be entered (None: without end); how a stored code prints they
    never change. ``standard`` is what the national standard calls it. ``county`` is the key of the county whose own word it is.
    ``removed``: no file has it any more; it is printed, and entered no longer.
    """

    code: str
    label: Label
    english: str = ""
    also: tuple[str, ...] = ()
    parent: str = ""
    begins: date | None = None
    ends: date | None = None
    standard: str = ""
    note: str = ""
    county: int | None = None
    removed: bool = False

    @property
    def text(self) -> str:
        """What it is called in the language of the interface; Chinese where English has no word for it."""
        if self.english and (get_language() or "").startswith("en"):
            return self.english
        return str(self.label)

    def holds(self, day: date) -> bool:
        """Whether it may be entered for a day."""
        if self.removed:
            return False
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)

    def as_mapping(self) -> dict[str, Any]:
        """What is kept of it as JSON."""
        return {
            "code": self.code,
            "label": str(self.label),
            "english": self.english,
            "also": list(self.also),
            "parent": self.parent,
            "begins": self.begins.isoformat() if self.begins else None,
            "ends": self.ends.isoformat() if self.ends else None,
            "standard": self.standard,
            "note": self.note,
            "removed": self.removed,
        }

    @classmethod
    def of_mapping(cls, held: dict[str, Any]) -> CodeWord:
        """The word that ``as_mapping`` told of."""
        said = dict(held)
        for name in ("begins", "ends"):
            said[name] = date.fromisoformat(said[name]) if said[name] else None
        return cls(**{**said, "also": tuple(said["also"])})
