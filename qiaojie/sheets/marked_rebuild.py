"""A workbook written anew from what was read: the same sheets, cells and merged blocks, with the marks on them.

Written row by row, so that a large one costs no more than what was read of it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter

from qiaojie.lib.values import Cell

from .book import Sheet, column_letters
from .marks import (
    AUTHOR,
    COLOURS,
    LEFT_OUT,
    LONGEST_COMMENT,
    MOST_LINKS,
    RISKY,
    TITLE,
    WIDTHS,
    Findings,
    SheetMarks,
    clean,
    is_findings,
)
from .reading import read

_SAMPLE = 300
"""Rows that the widths of columns are taken from."""

_MOST_TEXT = 32_767
"""Characters that a workbook's cell can hold."""

_FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_DATES = {datetime: "yyyy/m/d h:mm", date: "yyyy/m/d", time: "h:mm", timedelta: "[h]:mm"}
_FIRST_YEAR = 1900
"""Days before it are no dates to a workbook, and are written as text."""


def rebuild(data: bytes, name: str, marks: Mapping[str, SheetMarks], findings: Findings) -> bytes:
    """The workbook with its marks. Raises Unusable as ``read`` does."""
    sheets = [sheet for sheet in read(data, name).sheets if not is_findings(sheet)]
    shown = _shown(sheets)
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        looks = _Looks(book)
        _list(book, looks, findings, shown)
        for sheet in sheets:
            _Writing(book, looks, sheet, shown[sheet.name]).write(marks.get(sheet.name, SheetMarks()))
    return out.getvalue()


def _shown(sheets: list[Sheet]) -> dict[str, tuple[str, int]]:
    """Names as a workbook allows them, each once; lines above a table of a document move it down."""
    taken = {TITLE.lower()}
    found: dict[str, tuple[str, int]] = {}
    for sheet in sheets:
        stem = _FORBIDDEN.sub(" ", sheet.name).strip()[:31] or "Sheet"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem[:26]}({number})"
        taken.add(name.lower())
        found[sheet.name] = (name, max(0, -sheet.first_row))
    return found


class _Looks:
    """Formats, each once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.held: dict[tuple[tuple[str, object], ...], Any] = {}

    def get(self, **properties: object) -> Any:
        """The format with these properties; None for no property."""
        if not properties:
            return None
        key = tuple(sorted(properties.items()))
        if key not in self.held:
            self.held[key] = self.book.add_format(properties)
        return self.held[key]


class _Writing:
    """One sheet being written."""

    def __init__(self, book: Any, looks: _Looks, sheet: Sheet, shown: tuple[str, int]) -> None:
        self.looks, self.source = looks, sheet
        self.sheet = book.add_worksheet(shown[0])
        self.down = shown[1]

    def write(self, wanted: SheetMarks) -> None:
        """All rows from the top, for what is written is not held."""
        source, down = self.source, self.down
        if source.hidden:
            self.sheet.hide()
        self.widths()
        rows = set(wanted.rows)
        marked: dict[int, set[int]] = {}
        for row, col in wanted.marks:
            marked.setdefault(row, set()).add(col)
        commented = wanted.commented()
        last = max([source.first_row + len(source.rows) - 1, *marked])
        for row in range(source.first_row, last + 1):
            if source.conceals.hides_row(row):
                self.sheet.set_row(row + down, None, None, {"hidden": True})
            place = row - source.first_row
            cells = source.rows[place] if place < len(source.rows) else []
            columns = {
                source.first_col + col: value for col, value in enumerate(cells) if value not in ("", None)
            }
            extra = set(marked.get(row, ()))
            if row in rows:
                extra |= wanted.as_text
                if row in wanted.left_out:
                    extra.update(range(wanted.left, wanted.right + 1))
            for col in sorted(columns.keys() | extra):
                mark = wanted.marks.get((row, col))
                colour = (
                    COLOURS[mark.level]
                    if mark
                    else LEFT_OUT
                    if row in wanted.left_out and col in extra
                    else ""
                )
                if colour == LEFT_OUT and not wanted.left <= col <= wanted.right:
                    colour = ""
                self.cell(row + down, col, columns.get(col), colour, row in rows and col in wanted.as_text)
                if mark and (row, col) in commented:
                    text = clean(mark.text)[:LONGEST_COMMENT]
                    size = {
                        "author": AUTHOR,
                        "x_scale": 2.2,
                        "y_scale": 0.6 + 0.3 * (len(text) // 22 + text.count("\n")),
                    }
                    self.sheet.write_comment(row + down, col, text, size)
        for block in source.merged:
            # Written past ``merge_range``, which would go back to rows that are gone.
            self.sheet.merge.append([block.top + down, block.left, block.bottom + down, block.right])

    def widths(self) -> None:
        wide: dict[int, int] = {}
        for row in self.source.rows[:_SAMPLE]:
            filled = [(col, value) for col, value in enumerate(row) if value not in ("", None)]
            for col, value in filled if len(filled) > 1 else ():
                text = str(value).split("\n")[0]
                width = sum(2 if ord(letter) > 0x2000 else 1 for letter in text[:40])
                wide[col] = max(wide.get(col, 0), min(width, 40))
        for col, width in wide.items():
            place = self.source.first_col + col
            self.sheet.set_column(place, place, max(6, width + 2))
        for first, last in self.source.conceals.cols:
            self.sheet.set_column(first, last, None, None, {"hidden": True})

    def cell(self, row: int, col: int, value: Cell, colour: str, as_text: bool) -> None:
        properties: dict[str, object] = {"bg_color": f"#{colour[2:]}"} if colour else {}
        if as_text:
            properties["num_format"] = "@"
        if value is None or value == "":
            self.sheet.write_blank(row, col, None, self.looks.get(**properties))
        elif isinstance(value, bool):
            self.sheet.write_boolean(row, col, value, self.looks.get(**properties))
        elif isinstance(value, int | float):
            self.sheet.write_number(row, col, value, self.looks.get(**properties))
        elif isinstance(value, str):
            if value.startswith(RISKY):
                properties["quote_prefix"] = True
            self.sheet.write_string(row, col, clean(value)[:_MOST_TEXT], self.looks.get(**properties))
        elif isinstance(value, date) and value.year < _FIRST_YEAR:
            self.sheet.write_string(row, col, value.isoformat(), self.looks.get(**properties))
        else:
            properties["num_format"] = _DATES[type(value)]
            self.sheet.write_datetime(row, col, value, self.looks.get(**properties))


def _list(book: Any, looks: _Looks, findings: Findings, shown: Mapping[str, tuple[str, int]]) -> None:
    """The sheet of findings as the first one."""
    sheet = book.add_worksheet(TITLE)
    for number, width in enumerate(WIDTHS):
        sheet.set_column(number, number, width)
    links = 0
    heading = {"title": looks.get(bold=True, font_size=14), "heading": looks.get(bold=True)}
    wrapped = looks.get(text_wrap=True, valign="top")
    for row, line in enumerate(findings.lines(shown)):
        for col, value in enumerate(line.cells):
            look = heading.get(line.look)
            if col == 0 and line.level is not None:
                look = looks.get(bg_color=f"#{COLOURS[line.level][2:]}")
            elif look is None and col in (1, 4) and len(line.cells) > 3:
                look = wrapped
            if col == 2 and line.link and links < MOST_LINKS:
                links += 1
                blue = looks.get(font_color="#1F4E8C", underline=1)
                sheet.write_url(row, col, f"internal:{line.link}", blue, str(value))
            elif isinstance(value, str):
                sheet.write_string(row, col, clean(value), look)
            else:
                sheet.write_number(row, col, value, look)
    if findings.found:
        last = findings.listing + len(findings.found)
        sheet.autofilter(f"A{findings.listing + 1}:{column_letters(5)}{last + 1}")
    sheet.freeze_panes(1, 0)
    sheet.activate()
