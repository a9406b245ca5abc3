"""What calamine does not say of an ods: merged cells, what is hidden, and whether repeats span too much to open."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

from lxml import etree

from . import file_limits
from .book import MAX_COLUMNS, MAX_ROWS, Hidden, Range
from .visibility import spans

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SHEET, _ROW, _NAME = _TABLE + "table", _TABLE + "table-row", _TABLE + "name"
_COLUMN, _VISIBILITY = _TABLE + "table-column", _TABLE + "visibility"
_UNSEEN = ("collapse", "filter")
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")


def _count(element: etree._Element, attribute: str) -> int:
    text = element.get(_TABLE + attribute) or "1"
    return max(int(text[:9]), 1) if text.isascii() and text.isdigit() else 1


@dataclass
class Told:
    """What a sheet's XML says: merged cells, hidden rows and columns (0-based), whether a filter hides rows."""

    merged: list[Range] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    cols: list[int] = field(default_factory=list)
    filtered: bool = False
    width: int = 0

    @property
    def hidden(self) -> Hidden:
        """What is hidden, in runs."""
        return Hidden(spans(self.rows), spans(self.cols), self.filtered)

    def column(self, element: etree._Element) -> None:
        """Count a column, or several alike."""
        repeated = _count(element, "number-columns-repeated")
        if element.get(_VISIBILITY) in _UNSEEN:
            self.cols.extend(range(self.width, min(self.width + repeated, MAX_COLUMNS)))
        self.width += repeated

    def row(self, element: etree._Element, first: int, repeated: int, filled: bool) -> None:
        """Note a row that is hidden; runs of empty ones to the sheet's end say nothing."""
        seen = element.get(_VISIBILITY)
        if seen in _UNSEEN and (filled or repeated == 1):
            self.rows.extend(range(first, min(first + repeated, MAX_ROWS)))
            self.filtered = self.filtered or seen == "filter"


def check_ods(data: bytes, name: str) -> dict[str, Told]:
    """What the XML says of each sheet, by its name; Unusable if filled cells reach beyond the limits."""
    found: dict[str, Told] = {}
    told = Told()
    row = columns = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as content:
            parsing = etree.iterparse(
                content,
                events=("start", "end"),
                tag=(_SHEET, _COLUMN, _ROW),
                resolve_entities=False,
                huge_tree=True,
            )
            for event, element in parsing:
                if event == "start" and element.tag == _SHEET:
                    told = found.setdefault(element.get(_NAME) or "", Told())
                    row = columns = 0
                elif event == "end" and element.tag == _COLUMN:
                    told.column(element)
                elif event == "end" and element.tag == _ROW:
                    repeated = _count(element, "number-rows-repeated")
                    width = _filled_width(element, row, told.merged)
                    columns = max(columns, width)
                    told.row(element, row, repeated, width > 0)
                    row += repeated
                    if columns > MAX_COLUMNS:
                        file_limits.too_wide(name)
                    if width and (row > MAX_ROWS or row * columns > file_limits.MAX_CELLS):
                        file_limits.too_large(name)
                    element.clear()
    except (etree.XMLSyntaxError, *file_limits.DAMAGED):
        file_limits.truncated(name)
    return found


def _filled_width(line: etree._Element, row: int, ranges: list[Range]) -> int:
    col = filled = 0
    for cell in line.iterchildren(*_CELLS):
        repeated = _count(cell, "number-columns-repeated")
        if cell.get(_OFFICE + "value-type") is not None or len(cell):
            filled = col + repeated
        if cell.tag == _CELLS[0]:
            down, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
            if down > 1 or across > 1:
                ranges.append(Range(row, col, row + down - 1, col + across - 1))
        col += repeated
    return filled
