"""Raw cells and what parsing them gives: the words that all value kinds and parsers share."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from .findings import Finding, Level
from .masks import HIDDEN

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""A raw cell as a reader hands it over; text is untouched, numbers keep the type that the file gave them."""

UNCALCULATED = "#未计算!"
"""What a reader hands over for a formula that no program has calculated: the file holds no value for it."""

Label = str | Promise
"""Words for people; lazily translated where they are declared at import time."""


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a cell: the year of the report (for dates written without one), the unit of the column header."""

    year: int | None = None
    unit: str = ""
    choices: Mapping[str, Label] = field(default_factory=dict)
    """For choice kinds: code -> printed label; parsing accepts either."""
    also: Mapping[str, str] = field(default_factory=dict)
    """For choice kinds: further texts, as headers are compared -> code."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """For choice kinds: the labels that the ledger itself has for its codes, in every language, as headers are compared ->
    code. What ``choices`` and ``also`` say comes first."""
    asked: tuple[str, ...] = ()
    """For yes-or-no and choice kinds: what the column asks about (``answers.words_of``)."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A typed value (None when the cell is empty or unusable) and what is to be said about it."""

    value: Any = None
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether no error was found (an empty cell is usable: it says nothing)."""
        return all(finding.level is not Level.ERROR for finding in self.findings)


EMPTY = Parsed()
"""What an empty cell gives."""


def failed(code: str, message: str, level: Level = Level.ERROR) -> Parsed:
    """No value, one finding."""
    return Parsed(None, (Finding(code, message, level),))


class ValueKind(abc.ABC):
    """A kind of value. ``code`` is the word that declarations use (``text``, ``money``, ``id_number`` …)."""

    code: str = ""

    @abc.abstractmethod
    def parse(self, cell: Cell, context: Context) -> Parsed:
        """Turn a raw cell into a typed value. Never raises on any input; an empty cell gives ``Parsed()``."""

    @abc.abstractmethod
    def print(self, value: Any, unit: str = "", choices: Mapping[str, Label] | None = None) -> str:
        """What a form prints for the value, in the unit of its column; '' for None."""

    def mask(self, value: Any) -> str:
        """What somebody sees who may know that the value is there but not the value; by default nothing of it."""
        return HIDDEN if self.print(value) else ""


def number_of(cell: Cell) -> Decimal | None:
    """The number that a numeric cell holds, None for every other cell (ticks, dates, infinities too).

    Spreadsheets keep 15 significant digits; what a float shows beyond them is noise and is dropped.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float) and math.isfinite(cell):
        return Decimal(f"{cell:.15g}")
    return None


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no trailing zeros after the point, no sign on zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def text_of(cell: Cell) -> str:
    """What a cell says, as text: whole floats without ``.0``, dates in ISO form, '' for an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    number = number_of(cell)
    if number is not None:
        # A number beyond 30 digits is damage, and printing it whole could take minutes.
        return plain(number) if abs(number.adjusted()) < 30 else f"{number:.6E}"
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
