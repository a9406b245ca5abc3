"""Value kinds: how one cell of a form or a workbook is parsed, printed and masked.

A kind turns what somebody wrote (``Cell``) into a typed value (``Parsed``), turns the value back into what a form
prints, and knows how the value is shown to someone who may not see it whole. Kinds are stateless and shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from .findings import Finding

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""A raw cell as a reader hands it over; text is untouched, numbers keep the type that the file gave them."""


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a cell: the year of the report (for dates written without one), the unit of the column header."""

    year: int | None = None
    unit: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    """For choice kinds: code -> printed label; parsing accepts either."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A typed value (None when the cell is empty or unusable) and what is to be said about it."""

    value: Any = None
    findings: tuple[Finding, ...] = ()


class Kind:
    """A kind of value. ``code`` is the word that declarations use (``text``, ``money``, ``id_number`` …)."""

    code: str = ""

    def parse(self, cell: Cell, context: Context) -> Parsed:
        """Turn a raw cell into a typed value. Never raises on any input; an empty cell gives ``Parsed()``."""
        raise NotImplementedError

    def print(self, value: Any, unit: str = "", choices: dict[str, str] | None = None) -> str:
        """What a form prints for the value, in the unit of its column; '' for None."""
        raise NotImplementedError

    def mask(self, value: Any) -> str:
        """What somebody sees who may know that the value is there but not the value."""
        return self.print(value)
