"""Typed rows drawn as the table's own form, for whoever wants them as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qiaojie.lib.values import Cell
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Region
from qiaojie.sheets.book import address, position
from qiaojie.sheets.reading import read
from qiaojie.tables.form import Caption
from qiaojie.tables.grid import Filled, Mark
from qiaojie.tables.matching import match
from qiaojie.tables.writing import write

from ..reading import typed_rows
from ..reading.boxes import Box
from ..reading.typed_rows import Texts, TypedRows
from ..vocabulary.places import IN_CELLS, CellPlace

FORMAT = "xlsx"


@dataclass(frozen=True, slots=True)
class DrawnRows:
    """The form with the rows: its bytes, its sheet, the labels of its columns (0-based), where the boxes stand.

    ``columns`` are the sheet's columns of the boxes from left to right; ``captions`` where those that hold for all rows
    stand, by their place among the boxes; ``first`` is the sheet row (0-based) of the first row.
    """

    content: bytes
    sheet: str
    labels: tuple[tuple[int, str], ...]
    columns: tuple[int, ...]
    captions: dict[int, tuple[int, int]]
    first: int

    def at(self, place: tuple[int, int]) -> tuple[int, int]:
        """Where a cell of the typed rows (``TypedSheet.sheet``) stands in the form."""
        row, column = place
        return self.captions.get(column) or (row + self.first, self.columns[column])

    def inside(self, place: CellPlace, row: int) -> str:
        """A place as whoever has the form is told it."""
        there = self.at(position(place.cell) or (0, 0))
        number = there[0] + 1 if place.row else 0
        return IN_CELLS.inside(replace(place, cell=address(*there), sheet="", row=number), row)

    def where(self, cell: str, *, whole: bool = False) -> str:
        """The address in the form."""
        return address(*self.at(position(cell) or (0, 0)))


def draw(table: TableDef, typed: TypedRows, region: Region) -> DrawnRows:
    """The table's own form with the typed rows in it, as a workbook."""
    laid = typed_rows.lay_out(table, typed)
    above = laid.naming.above
    captions: dict[str, Any] = {"region": region.short_name}
    captions.update((box.name, typed.said[box.name]) for box in laid.boxes[:above] if box.name in typed.said)
    lines = [
        {box.name: _value(box, row) for box in laid.boxes[above:] if box.name in row} for row in typed.rows
    ]
    # What was typed stands in the file as it was typed; reading it is the reader's work.
    parts = tuple(_plain(part) for part in table.form.captions)
    form = replace(table.form, title=table.called, captions=parts, signatures=(), notes=(), total=None)
    content = write(Filled(form, captions, lines), FORMAT)
    sheet = read(content, f"form.{FORMAT}").sheets[0]
    found = match(sheet, form)
    if found is None:
        raise AssertionError(f"{table.name}: a form does not find itself")
    bound = {binding.leaf.column.field: binding.col for binding in reversed(found.bindings)}
    return DrawnRows(
        content,
        sheet.name,
        tuple((binding.col, binding.leaf.label) for binding in found.bindings),
        tuple(bound.get(box.name, sheet.first_col) for box in laid.boxes),
        {
            at: position(found.captions[box.name].address) or (0, 0)
            for at, box in enumerate(laid.boxes[:above])
            if box.name in found.captions
        },
        found.header.bottom + 1,
    )


def _plain(part: Caption) -> Caption:
    return part if part.choices else replace(part, kind="text")


def _value(box: Box, row: Texts) -> Cell | Mark | bool:
    text = row[box.name]
    if box.kind == "yes_no" and text in ("0", "1"):
        return text == "1"
    return text if any(text == code for code, _label in box.choices) else Mark(text)
