"""A form's data rows read column by column, and any one of them as ``read_rows`` gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qiaojie.lib.columns import read_column
from qiaojie.lib.values import Cell, Context

from .bindings import Binding
from .matching import Match, ReadRow, RowReader
from .scanning import DataRow


@dataclass(frozen=True)
class Columns:
    """The data rows of a match by columns. ``values`` and ``claims`` map field -> values from top to bottom.

    ``odd`` are the places (0-based) of rows that have to be read by themselves: something is to be said of a cell, or
    what it means hangs on others. ``bindings`` say which binding a field's cell belongs to.
    """

    found: Match
    rows: Sequence[DataRow] = field(repr=False)
    values: dict[str, list[Any]] = field(repr=False)
    claims: dict[str, list[Any]] = field(repr=False)
    odd: set[int] = field(repr=False)
    bindings: dict[str, Binding]
    reader: RowReader = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def row(self, place: int) -> ReadRow:
        """One row by itself."""
        return self.reader.row(self.rows[place])

    def raw(self, name: str, place: int) -> Cell:
        """What the cell of a field holds."""
        return self.rows[place].cells[self.found.bindings.index(self.bindings[name])]

    def address(self, name: str, place: int) -> str:
        """The cell of a field."""
        return self.found.address(self.rows[place].row, self.bindings[name])


def read_columns(found: Match, context: Context) -> Columns:
    """The data rows by columns; dates without a year as in ``read_rows``."""
    reader = RowReader(found, context)
    rows = found.rows()
    raw = list(zip(*(row.cells for row in rows), strict=True)) if rows else [()] * len(found.bindings)
    read = Columns(found, rows, {}, {}, set(), {}, reader)
    for binding, (parser, around), cells in zip(found.bindings, reader.parsers, raw, strict=True):
        column = binding.leaf.column
        name = column.field or ""
        if column.tick is not None or (name and name in read.bindings):
            # What a tick means, and which of two cells counts, is told by the row.
            read.odd.update(range(len(rows)))
            continue
        parsed = read_column(parser, cells, around)
        read.odd.update(parsed.odd)
        if column.applies:
            read.odd.update(place for place, value in enumerate(parsed.values) if value is not None)
        read.bindings[name] = binding
        (read.claims if column.computed else read.values)[name] = parsed.values
    return read
