"""What lays a sheet out as a list: the words of tables, and the list in the making with the place of each of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qiaojie.lib.text import clean
from qiaojie.lib.values import Cell
from qiaojie.sheets.book import Sheet, UnfoldedSheet
from qiaojie.tables.form import Leaf
from qiaojie.tables.headers import key_and_unit

TOP = 40
"""Rows of a sheet that tell its layout: a header stands among them, or the first card does."""

LENGTHS = {"id_number": 18, "phone": 11, "certificate": 20}
"""Characters of the numbers that papers have a box for each of."""

Place = tuple[int, int]
"""Row and column of a cell, 0-based, of the sheet."""


class Uncertain(Exception):
    """The layout is recognised, and cannot be laid out with certainty; why, in words."""


@dataclass(frozen=True)
class Words:
    """What the columns of some forms are called: by key, the leaf."""

    leaves: Mapping[str, Leaf]

    def leaf(self, cell: Cell) -> Leaf | None:
        """The leaf that a text names."""
        return self.leaves.get(key_and_unit(cell)[0]) if isinstance(cell, str) and cell else None

    def is_name(self, cell: Cell) -> bool:
        """Whether a text heads the column of names."""
        leaf = self.leaf(cell)
        return leaf is not None and leaf.column.kind == "name"


@dataclass
class ListGrid:
    """A list in the making: rows of cells, each with its place in the file."""

    sheet: Sheet
    rows: list[list[Cell]] = field(default_factory=list)
    places: dict[Place, Place] = field(default_factory=dict)

    def add(self, cells: Iterable[tuple[Cell, Place]]) -> None:
        """Add a row of cells with their places (sheet rows and columns)."""
        row = len(self.rows)
        line = list(cells)
        self.rows.append([cell for cell, _at in line])
        self.places.update(((row, col), at) for col, (_cell, at) in enumerate(line))

    def keep(self, indexes: Iterable[int]) -> None:
        """Add rows of the sheet as they stand."""
        for index in indexes:
            self.add(line_of(self.sheet, index))

    @property
    def unfolded(self) -> UnfoldedSheet:
        """The list as a sheet."""
        sheet = self.sheet
        return UnfoldedSheet(sheet.name, self.rows, (), sheet.hidden, places=self.places)


def line_of(sheet: Sheet, index: int, cols: Sequence[int] | None = None) -> list[tuple[Cell, Place]]:
    """Cells of a row (by its index in the sheet's list) with their places; of these columns (indexes), else of all."""
    cells = sheet.rows[index]
    wanted = range(len(cells)) if cols is None else cols
    row = sheet.first_row + index
    return [(cells[col] if col < len(cells) else "", (row, sheet.first_col + col)) for col in wanted]


def filled(cells: Sequence[Cell]) -> list[int]:
    """The places (0-based) of the cells that hold something."""
    return [col for col, cell in enumerate(cells) if cell is not None and clean(cell) != ""]
