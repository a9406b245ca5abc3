"""Workbooks of Excel 2003 as XML (SpreadsheetML): read in one pass, without entities, without anything from elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from lxml import etree

from qiaojie.lib.values import Cell

from . import file_limits
from .book import MAX_COLUMNS, MAX_ROWS, Hidden, Range, Sheet
from .text_formats import decoded
from .visibility import spans

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_X = "{urn:schemas-microsoft-com:office:excel}"
_SHEET, _ROW, _CELL, _DATA, _COLUMN = (_SS + tag for tag in ("Worksheet", "Row", "Cell", "Data", "Column"))
_VISIBLE, _FORMAT, _STYLE = _X + "Visible", _SS + "NumberFormat", _SS + "Style"

_EXACT = 15
"""Digits that a spreadsheet keeps of a number: of more, the text of the file is what was typed."""


def read_spreadsheet_xml(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The sheets of the workbook. Raises Unusable ``file_truncated``, ``file_not_workbook`` for one that declares entities, and
    beyond the limits."""
    text = decoded(data)
    if text is None or "<!ENTITY" in text[:100_000] or "<!DOCTYPE" in text[:100_000]:
        file_limits.fail("file_not_workbook", _("“%s”不是电子表格，请另存为 xlsx 或 csv 后再上传。") % name)
    end = text.find("?>")
    plain = text[end + 2 :] if text.lstrip().startswith("<?xml") and end != -1 else text
    try:
        return tuple(_sheets(plain.lstrip().encode(), name))
    except etree.XMLSyntaxError:
        file_limits.truncated(name)


@dataclass
class _Reading:
    """A sheet in the making."""

    title: str
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)
    unseen: bool = False
    width: int = 0
    held: int = 0

    @property
    def sheet(self) -> Sheet:
        """The sheet as it was read."""
        conceals = Hidden(spans(self.hidden_rows), spans(self.hidden_cols))
        return Sheet(self.title, self.rows, tuple(self.merged), self.unseen, conceals=conceals)

    def column(self, element: etree._Element) -> None:
        """Count a column, or several alike."""
        first = _number(element, "Index", self.width + 1) - 1
        number = _number(element, "Span", 0) + 1
        self.width = first + number
        if element.get(_SS + "Hidden") == "1":
            self.hidden_cols.extend(range(first, min(first + number, MAX_COLUMNS)))

    def row(self, element: etree._Element, texts: set[str], name: str) -> None:
        """Take a row, at its place."""
        at = _number(element, "Index", len(self.rows) + 1) - 1
        if at >= MAX_ROWS:
            file_limits.too_large(name)
        self.rows.extend([] for _more in range(at - len(self.rows)))
        if at < len(self.rows):
            # A row that claims the place of another is damage.
            file_limits.truncated(name)
        if element.get(_SS + "Hidden") == "1":
            self.hidden_rows.append(at)
        cells: list[Cell] = []
        for cell in element.iterchildren(_CELL):
            col = _number(cell, "Index", len(cells) + 1) - 1
            across, down = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
            if col + across >= MAX_COLUMNS:
                file_limits.too_wide(name)
            cells.extend([""] * (col - len(cells)))
            cells.append(_value(cell, texts))
            cells.extend([""] * across)
            if across or down:
                self.merged.append(Range(at, col, min(at + down, MAX_ROWS - 1), col + across))
        self.rows.append(cells)
        self.held += len(cells)
        if self.held > file_limits.MAX_CELLS:
            file_limits.too_large(name)


def _sheets(data: bytes, name: str) -> Iterator[Sheet]:
    parsing = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        tag=(_SHEET, _ROW, _COLUMN, _VISIBLE, _STYLE),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )
    texts: set[str] = set()
    reading: _Reading | None = None
    found = 0
    for event, element in parsing:
        if event == "start":
            if element.tag == _SHEET:
                reading = _Reading(element.get(_SS + "Name") or f"Sheet{found + 1}")
            continue
        if element.tag == _STYLE:
            form = element.find(_FORMAT)
            if form is not None and form.get(_SS + "Format") == "@":
                texts.add(element.get(_SS + "ID") or "")
        elif reading is None:
            continue
        elif element.tag == _ROW:
            reading.row(element, texts, name)
            element.clear()
        elif element.tag == _COLUMN:
            reading.column(element)
        elif element.tag == _VISIBLE:
            reading.unseen = (element.text or "").startswith(
                "SheetHidden"
            ) or element.text == "SheetVeryHidden"
        elif element.tag == _SHEET:
            found += 1
            yield reading.sheet
            reading = None
            element.clear()
    if not found:
        file_limits.truncated(name)


def _value(cell: etree._Element, texts: set[str]) -> Cell:
    """What a cell holds. A number that is kept as text, or has more digits than a number keeps, is its digits."""
    data = cell.find(_DATA)
    if data is None:
        return ""
    text = "".join(data.itertext())
    kind = data.get(_SS + "Type")
    if kind == "Number":
        plain = text.strip()
        exact = sum(mark.isdigit() for mark in plain.partition(".")[0]) > _EXACT and "E" not in plain.upper()
        if exact or cell.get(_SS + "StyleID") in texts:
            return plain
        try:
            return float(plain)
        except ValueError:
            return plain
    if kind == "DateTime":
        try:
            return datetime.fromisoformat(text.strip().rstrip("Z"))
        except ValueError:
            return text
    if kind == "Boolean":
        return text.strip() == "1"
    return text


def _number(element: etree._Element, attribute: str, missing: int) -> int:
    text = element.get(_SS + attribute)
    return int(text[:9]) if text and text.isascii() and text.isdigit() else missing
