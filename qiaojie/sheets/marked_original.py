"""The very workbook, marked: styles, widths, filters, hidden parts and other sheets stay as they were."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping
from copy import copy
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Color, Font, PatternFill
from openpyxl.utils.exceptions import IllegalCharacterError, InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from qiaojie.lib.findings import Level

from .book import address, column_letters
from .marks import (
    AUTHOR,
    BESIDE,
    COLOURS,
    LEFT_OUT,
    LONGEST_COMMENT,
    MARK,
    MOST_LINKS,
    RISKY,
    TITLE,
    WIDTHS,
    Findings,
    SheetMarks,
    clean,
)

_OURS = frozenset({*COLOURS.values(), LEFT_OUT})
_UNREADABLE = (
    zipfile.BadZipFile,
    etree.LxmlError,
    InvalidFileException,
    IllegalCharacterError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OSError,
)
"""What the library raises for workbooks that other programs wrote, depending on what it does not know."""

_MOST_MERGED = 10_000
"""Cells of one merged block up to which each is looked up by itself."""


class NotKept(Exception):
    """The workbook cannot be opened, or not be written again, as objects."""


def keep(data: bytes, marks: Mapping[str, SheetMarks], findings: Findings) -> bytes:
    """The workbook with its marks; formulas stand as the values kept with them. Raises NotKept."""
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            # What the library leaves out (charts' extensions, unknown validations) is nothing that anybody reads here.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False, rich_text=True)
            _disarm(book)
            for sheet in book.worksheets:
                _Marking(sheet).mark(marks.get(sheet.title, SheetMarks()))
            _list(book, findings)
            book.save(out)
    except _UNREADABLE as fault:
        raise NotKept from fault
    return out.getvalue()


def _disarm(book: Workbook) -> None:
    """Take out what leads elsewhere, and our own earlier list."""
    for old in list(book.worksheets):
        if old["A1"].value == MARK:
            book.remove(old)
    for names in (book.defined_names, *(one.defined_names for one in book.worksheets)):
        for name in [name for name, defined in names.items() if "[" in (defined.value or "")]:
            del names[name]
    for held in book.worksheets:
        sheet: Any = held
        # Without a public name; a pivot table carries a copy of where it came from.
        sheet._pivots = []
        sheet.sheet_view.tabSelected = False


class _Marking:
    """One sheet being marked."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.painted: dict[tuple[Any, str], Any] = {}
        self.anchors: dict[tuple[int, int], tuple[int, int]] = {}

    def mark(self, wanted: SheetMarks) -> None:
        """Take off what was ours, then put on what is to be said now."""
        self.clean()
        self.anchors = _anchors(self.sheet) if wanted.marks else {}
        for row in wanted.rows:
            if row in wanted.left_out:
                for col in range(wanted.left, wanted.right + 1):
                    if (row, col) not in wanted.marks:
                        cell = self.sheet.cell(row + 1, col + 1)
                        if cell.fill.fill_type is None:
                            self.paint(cell, LEFT_OUT)
            for col in wanted.as_text:
                self.sheet.cell(row + 1, col + 1).number_format = "@"
        commented = wanted.commented()
        for at in sorted(wanted.marks):
            one = wanted.marks[at]
            row, col = self.anchors.get((at[0] + 1, at[1] + 1), (at[0] + 1, at[1] + 1))
            cell = self.sheet.cell(row, col)
            self.paint(cell, COLOURS[one.level])
            if at in commented and isinstance(cell, Cell):
                _say(cell, one.text)

    def clean(self) -> None:
        """No fill and no comment of ours; a text that looks like a formula is held as a text."""
        for row in self.sheet.iter_rows():
            for cell in row:
                if cell.has_style and cell.fill.fgColor.rgb in _OURS:
                    self.restore(cell)
                if isinstance(cell, MergedCell):
                    continue
                if cell.comment is not None:
                    _unsay(cell)
                if cell.hyperlink is not None and (cell.hyperlink.target or cell.hyperlink.id):
                    cell.hyperlink = None
                if isinstance(cell.value, str) and cell.value.startswith(RISKY):
                    cell.data_type = "s"
                    cell.quotePrefix = True

    def paint(self, cell: Any, colour: str) -> None:
        """Fill a cell; what it was filled with stays in the colour behind, which a solid fill does not show."""
        key = (copy(cell._style), colour)
        if key not in self.painted:
            was = cell.fill
            behind = (
                was.fgColor
                if was.fill_type == "solid" and was.fgColor.rgb not in _OURS
                else Color(indexed=64)
            )
            cell.fill = PatternFill("solid", fgColor=colour, bgColor=copy(behind))
            self.painted[key] = copy(cell._style)
        cell._style = copy(self.painted[key])

    def restore(self, cell: Any) -> None:
        """The fill from before we painted it."""
        key = (copy(cell._style), "")
        if key not in self.painted:
            behind = cell.fill.bgColor
            plain = (behind.type == "indexed" and behind.indexed == 64) or behind.rgb == "00000000"
            cell.fill = PatternFill() if plain else PatternFill("solid", fgColor=copy(behind))
            self.painted[key] = copy(cell._style)
        cell._style = copy(self.painted[key])


def _anchors(sheet: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Of cells in merged blocks: the cell that shows."""
    found = {}
    for block in sheet.merged_cells.ranges:
        if block.size["rows"] * block.size["columns"] <= _MOST_MERGED:
            for row in range(block.min_row, block.max_row + 1):
                for col in range(block.min_col, block.max_col + 1):
                    found[row, col] = (block.min_row, block.min_col)
    return found


def _say(cell: Cell, text: str) -> None:
    text = clean(text)[:LONGEST_COMMENT]
    before = cell.comment
    if before is None:
        comment = Comment(text, AUTHOR)
    elif before.author == AUTHOR:
        comment = Comment(f"{before.text}\n{text}", AUTHOR)
    else:
        comment = Comment(f"{before.text}\n{BESIDE}\n{text}", before.author)
    comment.width, comment.height = 320, 40 + 22 * (len(comment.text) // 22 + comment.text.count("\n") + 1)
    cell.comment = comment


def _unsay(cell: Cell) -> None:
    comment = cell.comment
    if comment is None:
        return
    kept, beside, _ours = comment.text.partition(BESIDE)
    if comment.author == AUTHOR:
        cell.comment = None
    elif beside:
        cell.comment = Comment(kept.rstrip("\n"), comment.author, comment.height, comment.width)


def _list(book: Workbook, findings: Findings) -> None:
    """The sheet of findings as the first one."""
    sheet: Any = book.create_sheet(TITLE, 0)
    book.active = 0
    fills = {level: PatternFill("solid", fgColor=colour) for level, colour in COLOURS.items()}
    bold, title, blue = Font(bold=True), Font(bold=True, size=14), Font(color="FF1F4E8C", underline="single")
    wrap = Alignment(wrap_text=True, vertical="top")
    for number, width in enumerate(WIDTHS):
        sheet.column_dimensions[column_letters(number)].width = width
    links = 0
    shown = {one.title: (one.title, 0) for one in book.worksheets}
    for row, line in enumerate(findings.lines(shown), start=1):
        for col, value in enumerate(line.cells, start=1):
            cell = sheet.cell(row, col)
            cell.value = clean(value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"
            if line.look == "title":
                cell.font = title
            elif line.look == "heading":
                cell.font = bold
            elif col in (2, 5) and len(line.cells) > 3:
                cell.alignment = wrap
        if line.level is not None:
            sheet.cell(row, 1).fill = fills[Level(line.level)]
        if line.link and links < MOST_LINKS:
            links += 1
            place = sheet.cell(row, 3)
            place.font = blue
            place._hyperlink = Hyperlink(ref=place.coordinate, location=line.link)
    if findings.found:
        sheet.auto_filter.ref = f"A{findings.listing + 1}:F{findings.listing + 1 + len(findings.found)}"
    sheet.freeze_panes = address(1, 0)
