"""Long lists as a workbook: column by column through a writer in Rust, which takes a second for 100,000 rows.

Forms of up to ``LONG`` rows are drawn cell by cell (``xlsx``). Beyond that nobody prints: the sheet has the form's
title, captions, header, widths and number formats, and keeps text as text, but draws no borders around its cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import jetxl
import polars as pl

from qiaojie.lib.money import FEN
from qiaojie.lib.values import kind

from .form import Leaf
from .grid import AS_IS, TICK, BodyCell, Filled, Grid, Mark, build, printable, total_cells
from .look import BODY_FACE, BODY_POINTS, HEADING_FACE, HEADING_POINTS, TITLE_FACE, TITLE_POINTS
from .xlsx import MAX_CELL_TEXT, sheet_name

LONG = 20_000
"""So many rows are drawn cell by cell; more go through here."""

_TEXT, _WHOLE = "@", "0"
_BORDER = {side: {"style": "thin"} for side in ("left", "right", "top", "bottom")}
_SAMPLE = 50
"""Rows that the widths of a long list are taken from."""

_ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_")
"""A text that a spreadsheet would take for an escaped character."""
_UNFIT = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}_"
"""What no cell may hold as it is, for a look at a whole column."""
_TEXTS = frozenset({str, type(None)})


def write_long(filled: Filled) -> bytes:
    """The workbook. Money is a number in the column's unit; dates and choices are as printed."""
    form = filled.form
    head = build(replace(filled, rows=filled.rows[:_SAMPLE], totals={}))
    columns = [_Column(leaf, filled) for leaf in form.leaves]
    names = [f"c{leaf.index}" for leaf in form.leaves]
    totals = _totals(filled, columns)
    series = [column.series(name, total) for name, column, total in zip(names, columns, totals, strict=True)]
    lines = _Lines(head)
    made = jetxl.write_sheet_arrow_to_bytes(
        pl.DataFrame(series),
        sheet_name=sheet_name(head.title),
        write_header_row=False,
        freeze_rows=lines.height,
        # Without it the writer leaves out what stands above the data.
        data_start_row=lines.height + 1,
        header_content=lines.content,
        merge_cells=lines.merged,
        cell_styles=lines.styles,
        column_widths={name: round(width * 1.05, 1) for name, width in zip(names, head.widths, strict=True)},
        column_formats={name: column.format for name, column in zip(names, columns, strict=True)},
    )
    return bytes(made)


def _totals(filled: Filled, columns: Sequence[_Column]) -> Sequence[BodyCell | None]:
    """合计 by column; its label stands in the first column that can hold a text."""
    if not filled.form.total:
        return [None] * len(columns)
    cells = list(total_cells(filled))
    label = cells[0]
    cells[0] = BodyCell("")
    first = next((at for at, column in enumerate(columns) if column.type is pl.String), 0)
    cells[first] = label
    return cells


class _Column:
    """One leaf's cells from all rows, in the type and format of the sheet."""

    def __init__(self, leaf: Leaf, filled: Filled) -> None:
        self.leaf, self.filled = leaf, filled
        column = leaf.column
        self.type: Any = pl.String
        self.format = _TEXT
        if column.kind in ("integer", "ordinal"):
            self.type, self.format = pl.Int64, _WHOLE
        elif column.kind == "money":
            self.type, self.format = pl.Float64, "0.00" if leaf.unit in ("", "元") else "0.000000"
        elif column.kind == "percent":
            self.type, self.format = pl.Float64, "0.0%"

    def values(self) -> list[Any]:
        """The typed values; rows that do not fill this column have none."""
        column = self.leaf.column
        name = column.field
        if name is None:
            count = len(self.filled.rows)
            return [None] * count if column.by_hand else list(range(1, count + 1))
        rows = self.filled.rows
        if column.applies:
            return [row.get(name) if column.open_to(row) else None for row in rows]
        try:
            return list(map(itemgetter(name), rows))
        except KeyError:
            return [row.get(name) for row in rows]

    def series(self, name: str, total: BodyCell | None) -> pl.Series:
        """What stands in the sheet from top to bottom, with 合计 in its place where the form has one."""
        cells = self.body(self.values())
        if total is not None:
            fits = total.is_number == (self.type is not pl.String)
            cells.insert(
                0 if self.filled.form.total == "first" else len(cells), total.value if fits else None
            )
        try:
            made = pl.Series(name, cells, self.type)
        except UnicodeEncodeError:
            return pl.Series(name, [_held(text) for text in cells], self.type)
        if self.type is pl.String and (
            made.str.contains(_UNFIT).any() or (made.str.len_chars() > MAX_CELL_TEXT).any()
        ):
            return pl.Series(name, [_held(text) for text in cells], self.type)
        return made

    def body(self, values: list[Any]) -> list[Any]:
        """The cells of the rows."""
        column, unit = self.leaf.column, self.leaf.unit
        kinds = set(map(type, values))
        if self.type is not pl.String and Mark in kinds:
            self.type, self.format = pl.String, _TEXT
        if self.type is pl.Int64:
            return values
        if self.type is pl.Float64:
            whole = FEN[unit or "元"] if column.kind == "money" else 1
            return [None if value is None else float(value) / whole for value in values]
        if column.tick is not None:
            return [TICK if value == column.tick else None for value in values]
        if column.kind in AS_IS and kinds <= _TEXTS:
            return values
        # Dates and choices repeat: each is printed once.
        prints = kind(column.kind).print
        printed = {
            value: value.text if isinstance(value, Mark) else prints(value, unit, column.choices) or None
            for value in set(values)
        }
        return list(map(printed.__getitem__, values))


def _held(text: str | None) -> str | None:
    """A text as a cell can hold it; what a spreadsheet would take for an escaped character is escaped."""
    if not text:
        return None
    text = _ESCAPED.sub(r"_x005F\g<0>", printable(text))
    return text if len(text) <= MAX_CELL_TEXT else text[: MAX_CELL_TEXT - 1] + "…"


class _Lines:
    """What stands above the data: title, statutory marks, captions and the header, as the writer wants it."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.height = 0
        self.content: list[tuple[int, int, str]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.styles: list[dict[str, Any]] = []
        last = grid.columns - 1
        if not grid.form.bare:
            self.put(0, 0, 0, last, grid.title, _look(TITLE_FACE, TITLE_POINTS))
            self.height = 1
        for mark in grid.statutory:
            self.put(self.height, 0, self.height, last, mark, _look(BODY_FACE, 9, "right"))
            self.height += 1
        # This writer has no page footers: the mark stands above the data.
        if grid.mark:
            self.put(self.height, 0, self.height, last, grid.mark, _look(BODY_FACE, 9, "right"))
            self.height += 1
        for line in grid.captions:
            share = grid.columns / len(line)
            for place, part in enumerate(line):
                left, right = round(place * share), max(round((place + 1) * share) - 1, round(place * share))
                look = _look(BODY_FACE, BODY_POINTS, part.align)
                self.put(self.height, left, self.height, right, part.text, look)
            self.height += 1
        top = self.height
        for cell in grid.header:
            at = top + cell.row
            look = {**_look(HEADING_FACE, HEADING_POINTS), "border": _BORDER}
            self.put(at, cell.col, at + cell.rowspan - 1, cell.col + cell.colspan - 1, cell.text, look)
        self.height = top + grid.header_rows

    def put(self, top: int, left: int, bottom: int, right: int, text: str, look: dict[str, Any]) -> None:
        """A text over a block of cells (0-based, ends inclusive); the writer counts rows from 1."""
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                self.content.append((row + 1, col, text if (row, col) == (top, left) else ""))
                self.styles.append({"row": row + 1, "col": col, **look})
        if (top, left) != (bottom, right):
            self.merged.append((top + 1, left, bottom + 1, right))


def _look(face: str, points: float, align: str = "center") -> dict[str, Any]:
    alignment = {"horizontal": align, "vertical": "center", "wrap_text": True}
    return {"font": {"name": face, "size": points}, "alignment": alignment}
