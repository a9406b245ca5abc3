"""A form as a workbook that looks as the office prints it, and takes typing as the office types.

Text is always written as a string, so nothing becomes a formula, a link or a rounded number; empty cells of text
columns are formatted as text, so that an identity number typed into a blank form keeps its digits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from .grid import NUMBERS, BodyCell, Grid, HeaderCell, LinePart, offered, text_width
from .look import (
    BODY_FACE,
    BODY_POINTS,
    HEADING_FACE,
    HEADING_POINTS,
    PAGE_WORDS,
    TITLE_FACE,
    TITLE_POINTS,
    capacity,
)
from .stamps import pictured

MAX_CELL_TEXT = 32_767
"""What a workbook's cell can hold; longer text ends with an ellipsis."""

# Plain spaces are narrower than half a character in most Chinese faces.
WIDE_SPACE = "\u3000"

_SHEET_NAME = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_PAPERS = {"A4": 9, "A3": 8}
_MARGIN, _LINE_POINTS, _LEAST_HEIGHT = 0.71, 15.0, 22.0
_POINTS_PER_MM = 72 / 25.4  # an inch has both
_COLUMNS_OF_TEXT = 6
"""Columns under a form that has none of its own: captions of two or three parts need some to stand in."""


def write_xlsx(grid: Grid) -> bytes:
    """The workbook: one sheet, A4 or A3, one page wide, header repeated on every page, page x of y below."""
    return write_xlsx_sheets([[grid]])


def write_xlsx_sheets(sheets: Sequence[Sequence[Grid]]) -> bytes:
    """Several sheets in one workbook, each grid on a sheet of its own."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    grids = [grid for sheet in sheets for grid in sheet]
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": grids[0].title})
        for number, grid in enumerate(grids, start=1):
            name = sheet_name(grid.title)
            _Drawing(book, grid, f"{name[:26]} {number}" if len(grids) > 1 else name).draw()
    return out.getvalue()


def sheet_name(title: str) -> str:
    """A title as a workbook allows it for a sheet."""
    return _SHEET_NAME.sub("", title).strip()[:31] or "Sheet1"


class _Drawing:
    def __init__(self, book: Any, grid: Grid, name: str) -> None:
        self.book, self.grid = book, grid
        self.sheet = book.add_worksheet(name)
        self.formats: dict[tuple[tuple[str, object], ...], Any] = {}
        page = capacity(grid.form)
        # What is only text stands in columns that nobody sees.
        widths = grid.widths or (page / _COLUMNS_OF_TEXT,) * _COLUMNS_OF_TEXT
        self.last = len(widths) - 1
        stretch = max(1.0, page / sum(widths))
        # A column of a sheet is measured in digits of 7 pixels, and 5 pixels more; a half-width character of the
        # body type takes 7.3. A hair less than the page, so that no program shrinks the sheet to fit.
        self.widths = [(width * stretch * 7.33 * 0.985 - 5) / 7 for width in widths]

    def format(self, **properties: object) -> Any:
        """Each combination of properties once in the file."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            base = {"font_name": BODY_FACE, "font_size": BODY_POINTS, "valign": "vcenter", "text_wrap": True}
            self.formats[key] = self.book.add_format(base | properties)
        return self.formats[key]

    def draw(self) -> None:
        for col, width in enumerate(self.widths):
            self.sheet.set_column(col, col, round(width, 2))
        row = self.title()
        for line in self.grid.captions:
            row = self.line(row, line)
        for said in self.grid.text:
            row = self.prose(row, said)
        header = row
        row = self.header(row)
        first = row
        row = self.body(row)
        for note in self.grid.notes:
            row = self.across(row, note, self.format(align="left"))
        for line in self.grid.signatures:
            row = self.line(row, line)
        self.page(header, first)
        self.drop_downs(first, first + len(self.grid.body) - 1)

    def page(self, header: int, first: int) -> None:
        sheet = self.sheet
        if self.grid.form.orientation == "landscape":
            sheet.set_landscape()
        sheet.set_paper(_PAPERS[self.grid.form.paper])
        sheet.set_margins(left=_MARGIN, right=_MARGIN, top=_MARGIN, bottom=_MARGIN)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        if first > header:
            sheet.repeat_rows(header, first - 1)
            sheet.freeze_panes(first, 0)
        before, between, after = PAGE_WORDS
        mark = self.grid.mark.replace("&", "&&")
        sheet.set_footer(f"&C{before}&P{between}&N{after}" + (f"&R&8{mark}" if mark else ""))

        self.stamp()

    def stamp(self) -> None:
        """The number of the sheet at the head of every page, with its code."""
        stamp = self.grid.stamp
        if stamp is not None:
            said = "  ".join(filter(None, (stamp.said, stamp.number))).replace("&", "&&")
            picture = {"image_right": "code.png", "image_data_right": io.BytesIO(pictured(stamp.digits))}
            self.sheet.set_header(f"&C{said}&R&G", {**picture, "margin": 0.2})
            self.sheet.set_margins(left=_MARGIN, right=_MARGIN, top=_MARGIN + 0.2, bottom=_MARGIN)

    def prose(self, row: int, said: str) -> int:
        """A paragraph of running text; large where the form is hung up."""
        if not self.grid.form.ceremonial:
            return self.across(row, said, self.format(align="left"))
        size = 2 * BODY_POINTS
        self.span(row, 0, row, self.last, said, self.format(align="left", font_size=size, indent=2))
        self.sheet.set_row(row, self.lines(said, sum(self.widths) / 2.2) * _LINE_POINTS * 2.2 + 12)
        return row + 1

    def title(self) -> int:
        if self.grid.form.bare:
            return self.marks(0)
        look = self.format(font_name=TITLE_FACE, font_size=TITLE_POINTS, align="center")
        self.span(0, 0, 0, self.last, self.grid.title, look)
        self.sheet.set_row(
            0, 28 * self.lines(self.grid.title, sum(self.widths) * BODY_POINTS / TITLE_POINTS) + 8
        )
        return self.marks(1)

    def marks(self, first: int) -> int:
        """What stands at the right above all else, from a row on; the row after it."""
        for row, mark in enumerate(self.grid.statutory, start=first):
            self.span(
                row, (self.last + 1) * 2 // 3, row, self.last, mark, self.format(font_size=9, align="left")
            )
        return first + len(self.grid.statutory)

    def line(self, row: int, parts: Sequence[LinePart]) -> int:
        """Parts share the columns so that each has room for its text."""
        left = 0
        needs = [text_width(part.text) + 8 for part in parts]
        for place, part in enumerate(parts):
            others = len(parts) - place - 1
            share = needs[place] / sum(needs[place:])
            right = self.last - others
            if others:
                right = min(right, max(left, self.reach(left, share * sum(self.widths[left:]))))
            self.span(row, min(left, self.last), row, right, part.text, self.format(align=part.align))
            left = right + 1
        self.sheet.set_row(row, 22)
        return row + 1

    def reach(self, left: int, width: float) -> int:
        """The column at which a span from ``left`` comes nearest to a width."""
        right, had = left, self.widths[left]
        while right < self.last and had + self.widths[right + 1] / 2 < width:
            right += 1
            had += self.widths[right]
        return right

    def across(self, row: int, text: str, look: Any) -> int:
        self.span(row, 0, row, self.last, text, look)
        self.sheet.set_row(row, max(20.0, self.lines(text, sum(self.widths)) * _LINE_POINTS + 5))
        return row + 1

    def header(self, top: int) -> int:
        heights = [20.0] * self.grid.header_rows
        for cell in self.grid.header:
            self.heading(top, cell)
            room = sum(self.widths[cell.col : cell.col + cell.colspan])
            need = self.lines(cell.text, room) * _LINE_POINTS + 8
            rows = range(cell.row, cell.row + cell.rowspan)
            missing = need - sum(heights[row] for row in rows)
            for row in rows:
                heights[row] += max(0.0, missing) / cell.rowspan
        for row, height in enumerate(heights):
            self.sheet.set_row(top + row, height)
        return top + self.grid.header_rows

    def heading(self, top: int, cell: HeaderCell) -> None:
        look = {"font_name": HEADING_FACE, "font_size": HEADING_POINTS, "border": 1, "align": "center"}
        text = cell.text
        if cell.diagonal:
            over, under = cell.diagonal
            room = int(self.widths[cell.col]) - text_width(over) - 1
            text = f"{WIDE_SPACE * max(room // 2, 1)}{over}\n{under}"
            look |= {"align": "left", "diag_type": 2, "diag_border": 1}
        row, bottom = top + cell.row, top + cell.row + cell.rowspan - 1
        self.span(row, cell.col, bottom, cell.col + cell.colspan - 1, text, self.format(**look))

    def body(self, top: int) -> int:
        row = top
        for number, cells in enumerate(self.grid.body):
            total = number == self.grid.total_row
            for col, cell in enumerate(cells):
                heads = total or self.grid.form.leaves[col].column.heads
                self.cell(row, col, cell, HEADING_FACE if heads else BODY_FACE)
            most = max(self.lines(cell.text, width) for cell, width in zip(cells, self.widths, strict=True))
            least = max(_LEAST_HEIGHT, self.grid.form.row_height * _POINTS_PER_MM)
            self.sheet.set_row(row, min(409.0, max(least, most * _LINE_POINTS + 6)))
            row += 1
        return row

    def cell(self, row: int, col: int, cell: BodyCell, face: str) -> None:
        kind = self.grid.form.leaves[col].column.kind
        plain = kind in ("integer", "money", "percent", "ordinal")
        # Where another face is wider, a number gets smaller: it must never turn into ### or break in two.
        whole = cell.is_number or kind in NUMBERS
        look = self.format(
            text_wrap=not whole,
            shrink=whole,
            font_name=face,
            border=1,
            align=cell.align,
            indent=1 if cell.align == "right" else 0,
            num_format=cell.number_format or ("General" if plain else "@"),
        )
        if cell.is_number:
            self.sheet.write_number(row, col, cell.value, look)
        elif cell.text:
            self.text(row, col, cell.text, look)
        else:
            self.sheet.write_blank(row, col, None, look)

    def text(self, row: int, col: int, text: str, look: Any) -> None:
        if len(text) > MAX_CELL_TEXT:
            text = text[: MAX_CELL_TEXT - 1] + "…"
        self.sheet.write_string(row, col, text, look)

    def span(self, top: int, left: int, bottom: int, right: int, text: str, look: Any) -> None:
        if (top, left) != (bottom, right):
            self.sheet.merge_range(top, left, bottom, right, "", look)
        self.text(top, left, text, look)

    def lines(self, text: str, width: float) -> int:
        """How many lines a text takes in a column, near enough to set the height of a row."""
        return sum(max(1, -(-text_width(line) // max(int(width / 1.05), 2))) for line in text.split("\n"))

    def drop_downs(self, first: int, last: int) -> None:
        """A list to choose from under every column that has few choices."""
        for leaf in self.grid.form.leaves:
            labels = list(offered(leaf.column))
            if labels and last >= first and len(",".join(labels)) <= 255:
                rule = {"validate": "list", "source": labels, "error_type": "warning"}
                self.sheet.data_validation(first, leaf.index, last, leaf.index, rule)
