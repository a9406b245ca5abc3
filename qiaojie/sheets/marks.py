"""What is put on a workbook that goes back: marks at cells, rows that are left out, and the sheet of findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qiaojie.lib.findings import Level
from qiaojie.lib.practice import notice

from .book import Sheet, address

TITLE = "核对结果"
"""The name of the sheet of findings. Not translated: a copy is recognised whoever asked for it."""

MARK = "巧姐核对结果"
"""What its first cell says; by this it is known again when the copy is dropped in."""

AUTHOR = "巧姐"
BESIDE = "【巧姐核对】"
"""Stands between a comment that was there before and ours."""

MOST_COMMENTS = 1_000
"""Comments on one sheet, errors first: with many more of them Excel and WPS hardly scroll. The list has everything."""

MOST_LISTED = 1_000_000
"""Findings in the list: a sheet ends at 1,048,576 rows."""

MOST_LINKS = 60_000
"""Links on one sheet; Excel repairs a sheet with more than 65,530."""

LONGEST_COMMENT = 1_200
"""Characters of one comment: more does not fit the box that Excel draws; the list has the whole."""

COLOURS: Mapping[Level, str] = {Level.ERROR: "FFF7C8C3", Level.WARNING: "FFFBE4AF", Level.HINT: "FFD2E4F7"}
LEFT_OUT = "FFEEEDEC"
"""Colours of cells by level, and of the rest of a row that is left out. No office picks exactly these, so they are ours."""

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would become a formula when somebody edits the cell; it gets the mark of a text."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class CellMark:
    """What to say at a cell; ``text`` begins with the word of its level."""

    level: Level
    text: str


@dataclass(slots=True)
class SheetMarks:
    """What to do to one sheet; rows and columns as ``Sheet`` counts them.

    ``rows`` are the data rows that were read, of which those ``left_out`` are shaded from column ``left`` to ``right``; the
    columns ``as_text`` hold numbers that a spreadsheet must not take for figures.
    """

    marks: dict[tuple[int, int], CellMark] = field(default_factory=dict)
    rows: Sequence[int] = ()
    left_out: frozenset[int] = frozenset()
    left: int = 0
    right: int = -1
    as_text: frozenset[int] = frozenset()

    def commented(self) -> set[tuple[int, int]]:
        """The cells that get a comment: errors, then warnings, then hints, from the top."""
        if len(self.marks) <= MOST_COMMENTS:
            return set(self.marks)
        order = list(Level)
        ordered = sorted(self.marks, key=lambda at: (order.index(self.marks[at].level), at))
        return set(ordered[:MOST_COMMENTS])


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """A line of the list. ``at`` is the cell (row and column as ``Sheet`` counts them), None for a sheet or file."""

    level: Level
    kind: str
    sheet: str
    at: tuple[int, int] | None
    message: str
    fate: str


@dataclass(frozen=True)
class Findings:
    """The sheet of findings: lines on top, how many of each kind, and every finding.

    ``words`` are the level words, ``counted`` and ``listed`` the headings of the two tables (3 and 6 columns).
    """

    head: tuple[str, ...]
    words: Mapping[Level, str]
    counted: tuple[str, str, str]
    kinds: tuple[tuple[Level, str, int], ...]
    listed: tuple[str, str, str, str, str, str]
    found: Sequence[ListedFinding]

    @property
    def listing(self) -> int:
        """The row (0-based) of the second table's headings."""
        return len(self.head) + len(self.kinds) + 4 + bool(notice())

    def lines(self, shown: Shown) -> Iterator[FindingRow]:
        """The rows of the sheet from the top."""
        yield FindingRow((MARK,), "title")
        if said := notice():
            yield FindingRow((said,))
        for text in self.head:
            yield FindingRow((text,))
        yield FindingRow(())
        yield FindingRow(self.counted, "heading")
        for level, kind, number in self.kinds:
            yield FindingRow((self.words[level], kind, number), level=level)
        yield FindingRow(())
        yield FindingRow(self.listed, "heading")
        for one in self.found[:MOST_LISTED]:
            name, down = shown.get(one.sheet, (one.sheet, 0))
            cell = address(one.at[0] + down, one.at[1]) if one.at else ""
            link = f"'{name.replace(chr(39), chr(39) * 2)}'!{cell}" if cell else ""
            yield FindingRow(
                (self.words[one.level], one.kind, cell, name, one.message, one.fate), "", one.level, link
            )


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A row of the sheet of findings; ``link`` is where its third cell leads."""

    cells: tuple[str | int, ...]
    look: str = ""
    level: Level | None = None
    link: str = ""


Shown = Mapping[str, tuple[str, int]]
"""How sheets stand in the copy: name in the file → (name in the copy, rows that it was moved down)."""

WIDTHS = (8, 30, 10, 16, 70, 14)
"""Of the columns of the sheet of findings, in digits."""


def is_findings(sheet: Sheet) -> bool:
    """Whether a sheet is the list of findings of a marked copy."""
    return bool(sheet.rows) and bool(sheet.rows[0]) and sheet.rows[0][0] == MARK


def clean(text: str) -> str:
    """A text without the characters that no workbook can hold."""
    return _NOT_IN_XML.sub("", text)
