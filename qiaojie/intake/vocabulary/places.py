"""Sentences that point at cells: each place is a slot, filled for whoever reads the sentence.

Whoever has the workbook is told the address of a cell, whoever filled in boxes the label of the box, a program the path in
what it handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from qiaojie.sheets.book import position

_SLOT = re.compile(r"%\((\w+)\)[sd]|%%")


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell that a sentence points at: its address, and the field that is read from it ('' for none).

    ``sheet`` is named where it need not be that of the row which the sentence is about; ``called`` is what the sentence
    calls that which stands in the cell; ``row`` is the number of its row where the whole row is meant (0: only the cell).
    """

    cell: str
    field: str = ""
    sheet: str = ""
    called: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with places among them."""

    parts: tuple[str | CellPlace, ...]


Words = str | Sentence
"""A sentence; a text where it points at nothing."""


class Naming(Protocol):
    """How places are named to somebody."""

    def inside(self, place: CellPlace, row: int) -> str:
        """A place as a sentence about a row (by its number) names it."""
        ...

    def where(self, cell: str, *, whole: bool = False) -> str:
        """A cell as a finding is headed by it; ``whole``: the finding is about all of its row."""
        ...


@dataclass(frozen=True, slots=True)
class CellNaming:
    """To whoever has the workbook: D14."""

    def inside(self, place: CellPlace, row: int) -> str:
        """The address; with what the sentence calls it, or the number of the row."""
        cell = f"{place.sheet}!{place.cell}" if place.sheet else place.cell
        if place.row:
            return _("第%(row)d行（%(cell)s）") % {"row": place.row, "cell": cell}
        if place.called:
            return _("“%(label)s”（%(cell)s）") % {"label": place.called, "cell": cell}
        return cell

    def where(self, cell: str, *, whole: bool = False) -> str:
        """The address."""
        return cell


@dataclass(frozen=True, slots=True)
class BoxNaming:
    """To whoever filled in boxes: the label of the box, and where there are several rows the number of the row, from 1.

    ``labels`` are those of the columns from left to right, of which the first ``above`` hold for all rows.
    """

    labels: tuple[str, ...]
    above: int
    several: bool

    def inside(self, place: CellPlace, row: int) -> str:
        """The label in quotation marks, with the row where it is another one."""
        number, column = self._at(place.cell)
        if place.row:
            return _("第%d行") % number
        if number == row or not self.several or column < self.above:
            return f"“{self.labels[column]}”"
        return _("第%(row)d行的“%(label)s”") % {"row": number, "label": self.labels[column]}

    def where(self, cell: str, *, whole: bool = False) -> str:
        """The label, with the row where there are several."""
        number, column = self._at(cell)
        if whole:
            return _("第%d行") % number
        if not self.several or column < self.above:
            return self.labels[column]
        return _("第%(row)d行 %(label)s") % {"row": number, "label": self.labels[column]}

    def label(self, cell: str) -> str:
        """The label of the box that was typed into."""
        return self.labels[self._at(cell)[1]]

    def _at(self, cell: str) -> tuple[int, int]:
        row, column = position(cell) or (0, 0)
        return row + 1, column


@dataclass(frozen=True, slots=True)
class PathNaming:
    """To a program: rows[3].person.name. ``first`` is the number of the first row, ``captions`` are fields that were handed
    in for all rows."""

    first: int
    captions: frozenset[str]

    def inside(self, place: CellPlace, row: int) -> str:
        """The path in what was handed in."""
        if place.field in self.captions:
            return f"captions.{place.field}"
        at = f"rows[{self._row(place)}]"
        return f"{at}.{place.field}" if place.field and not place.row else at

    def where(self, cell: str, *, whole: bool = False) -> str:
        """The row."""
        return f"rows[{self._row(CellPlace(cell))}]"

    def _row(self, place: CellPlace) -> int:
        return (place.row or (position(place.cell) or (0, 0))[0] + 1) - self.first


IN_CELLS = CellNaming()


def pointing(template: str, words: Mapping[str, object]) -> Sentence:
    """A sentence whose named slots (``%(name)s``) are filled; places, and sentences that point at some, stay open."""
    parts: list[str | CellPlace] = []
    at = 0
    for slot in _SLOT.finditer(template):
        parts.append(template[at : slot.start()])
        value = words[slot[1]] if slot[1] else "%"
        parts.extend(value.parts if isinstance(value, Sentence) else [_part(value)])
        at = slot.end()
    return Sentence((*parts, template[at:]))


def listed(places: Iterable[CellPlace]) -> Sentence:
    """Places one after the other."""
    parts: list[str | CellPlace] = []
    for place in places:
        parts += ["、", place] if parts else [place]
    return Sentence(tuple(parts))


def plus(left: Words, right: Words) -> Words:
    """Two sentences as one."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return Sentence((*_parts(left), *_parts(right)))


def changed(words: Words, change: Callable[[str], str]) -> Words:
    """A sentence whose texts are changed; where nothing changes, the very same."""
    if isinstance(words, str):
        return change(words)
    made = tuple(change(part) if isinstance(part, str) else part for part in words.parts)
    return words if made == words.parts else Sentence(made)


def told(words: Words, naming: Naming, row: int = 0) -> str:
    """A sentence about a row (by its number) as somebody reads it."""
    if isinstance(words, str):
        return words
    return "".join(part if isinstance(part, str) else naming.inside(part, row) for part in words.parts)


def _part(value: object) -> str | CellPlace:
    return value if isinstance(value, CellPlace) else str(value)


def _parts(words: Words) -> tuple[str | CellPlace, ...]:
    return (words,) if isinstance(words, str) else words.parts
