"""What every reader hands over: a book of sheets of raw cells, each with its true address."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from qiaojie.lib.values import Cell

MAX_BYTES = 200 * 1024 * 1024
"""The largest file that is opened: a list of a province (a million rows of 15 columns) has some 100 MB."""

MAX_ROWS = 1_048_576
"""Rows of a sheet, as Excel has them."""

MAX_COLUMNS = 500
"""Columns of a sheet that are read: no form has more than 60, and a stray mark in the last column must not make 16,384."""

_CELL = re.compile(r"([A-Z]+)([0-9]+)")
_ABOVE = re.compile(r"表前([0-9]+)")


@dataclass(frozen=True, slots=True)
class Range:
    """A merged block of cells: 0-based sheet coordinates, all four ends inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a sheet hides from whoever looks at it: runs of rows and of columns, 0-based, both ends inclusive.

    ``filtered``: a filter is set, so that rows may be hidden by it.
    """

    rows: tuple[tuple[int, int], ...] = ()
    cols: tuple[tuple[int, int], ...] = ()
    filtered: bool = False

    def hides_row(self, row: int) -> bool:
        """Whether the sheet row is hidden."""
        at = bisect_right(self.rows, (row, MAX_ROWS)) - 1
        return at >= 0 and self.rows[at][1] >= row

    def hides_col(self, col: int) -> bool:
        """Whether the sheet column is hidden."""
        return any(first <= col <= last for first, last in self.cols)


NOTHING = Hidden()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of raw cells.

    ``rows[i][j]`` stands at sheet row ``first_row + i`` and column ``first_col + j`` (0-based). Rows may
    differ in length. Cells are as the file gave them: text untouched, numbers as numbers (a workbook's numbers
    are floats), an empty cell is ``""`` or None. ``merged`` is in sheet coordinates; the text of a merged block
    is in its first cell.

    Hidden rows and columns are among the rows like all others; ``conceals`` says which they are.

    In a sheet made from a table of a Word document the paragraphs before the table stand as rows with
    negative numbers (``first_row`` is below zero), so that row 0 is the first row of the table.
    """

    name: str
    rows: list[list[Cell]]
    merged: tuple[Range, ...] = ()
    hidden: bool = False
    first_row: int = 0
    first_col: int = 0
    conceals: Hidden = NOTHING

    def address(self, row: int, col: int) -> str:
        """The address of the cell at sheet row ``row`` and column ``col``, as ``address`` writes it."""
        return address(row, col)


@dataclass(frozen=True, slots=True)
class UnfoldedSheet(Sheet):
    """A sheet laid out as a list otherwise than the file has it. ``places`` says for its cells where each stands in the file
    (sheet row and column); what has no place of its own stands nowhere else."""

    places: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict, repr=False)

    def address(self, row: int, col: int) -> str:
        """The address in the file of the cell at ``row`` and ``col`` of the list."""
        return address(*self.places.get((row, col), (row, col)))


@dataclass(frozen=True, slots=True)
class Book:
    """A file's sheets in their order; ``format`` is xlsx, xls, ods, csv, docx, html, mhtml or xml. It has ``macros`` or takes
    values from other files (``links``): neither is ever run or followed."""

    name: str
    format: str
    sheets: tuple[Sheet, ...] = field(default=())
    macros: bool = False
    links: bool = False


def column_letters(col: int) -> str:
    """The letters of a 0-based column: 0 -> A, 26 -> AA."""
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, col: int) -> str:
    """The address of a cell (0-based row and column) as a clerk reads it in her workbook: (13, 3) -> D14.

    Rows below zero are the paragraphs before a table of a Word document; the last of them is ``表前1``.
    """
    if row < 0:
        return f"表前{-row}"
    return f"{column_letters(col)}{row + 1}"


def position(cell: str) -> tuple[int, int] | None:
    """Row and column (0-based) of an address as ``address`` writes it; None for what names no cell."""
    found = _CELL.fullmatch(cell)
    if found is None:
        above = _ABOVE.fullmatch(cell)
        return (-int(above[1]), 0) if above else None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1
