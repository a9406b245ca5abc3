"""What calamine does not say of an ods: its merged cells, and whether its repeats span too much to open."""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from . import guards
from .book import MAX_COLUMNS, MAX_ROWS, Range

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SHEET, _ROW, _NAME = _TABLE + "table", _TABLE + "table-row", _TABLE + "name"
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")


def _count(element: etree._Element, attribute: str) -> int:
    text = element.get(_TABLE + attribute) or "1"
    return max(int(text), 1) if text.isdigit() else 1


def check_ods(data: bytes, name: str) -> dict[str, tuple[Range, ...]]:
    """The merged ranges of each sheet by its name; Unusable if filled cells reach beyond the limits."""
    merged: dict[str, list[Range]] = {}
    ranges: list[Range] = []
    row = columns = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as content:
            parsing = etree.iterparse(
                content, events=("start", "end"), tag=(_SHEET, _ROW), resolve_entities=False, huge_tree=True
            )
            for event, element in parsing:
                if event == "start" and element.tag == _SHEET:
                    ranges = merged.setdefault(element.get(_NAME) or "", [])
                    row = columns = 0
                elif event == "end" and element.tag == _ROW:
                    repeated = _count(element, "number-rows-repeated")
                    width = _filled_width(element, row, ranges)
                    columns = max(columns, width)
                    row += repeated
                    if columns > MAX_COLUMNS:
                        guards.too_wide(name)
                    if width and (row > MAX_ROWS or row * columns > guards.MAX_CELLS):
                        guards.too_large(name)
                    element.clear()
    except (etree.XMLSyntaxError, *guards.DAMAGED):
        guards.truncated(name)
    return {sheet: tuple(found) for sheet, found in merged.items()}


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
