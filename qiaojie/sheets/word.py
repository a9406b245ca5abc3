"""The tables of a Word document as sheets, with their merged cells and the lines of text around them.

A table nested in a cell of another is read as text of that cell.
"""

from __future__ import annotations

import io
import zipfile

from django.utils.translation import gettext as _
from docx.oxml.ns import qn
from lxml import etree

from qiaojie.lib.values import Cell

from . import file_limits
from .book import MAX_COLUMNS, MAX_ROWS, Range, Sheet

# Only the text is wanted: opening the whole package would fail for parts that no table needs.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)

_P, _R_T, _TAB, _BR, _TBL = qn("w:p"), qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:tbl")
_TR, _TR_PR, _TC, _TC_PR, _R = qn("w:tr"), qn("w:trPr"), qn("w:tc"), qn("w:tcPr"), qn("w:r")
_GRID_SPAN, _GRID_BEFORE, _V_MERGE, _VAL = (qn("w:gridSpan"), qn("w:gridBefore"), qn("w:vMerge"), qn("w:val"))
_WRAPPERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")}


def read_word(data: bytes, name: str) -> tuple[Sheet, ...]:
    """Each table of the document's body as one sheet; Unusable if there is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        document = file_limits.read_part(archive, "word/document.xml", name)
    try:
        body = etree.fromstring(document, _PARSER).find(qn("w:body"))
    except etree.XMLSyntaxError:
        file_limits.truncated(name)
    if body is None:
        file_limits.truncated(name)
    sheets: list[Sheet] = []
    lines: list[str] = []
    for block in _children(body):
        if block.tag == _P:
            text = _text(block)
            if text.strip():
                lines.append(text)
        elif block.tag == _TBL:
            sheets.append(_table(block, _("第%d个表格") % (len(sheets) + 1), lines, name))
            lines = []
    if not sheets:
        file_limits.fail("file_not_workbook", _("“%s”里没有表格。") % name)
    sheets[-1].rows.extend([line] for line in lines)
    return tuple(sheets)


def _children(element: etree._Element) -> list[etree._Element]:
    found = []
    for child in element:
        if child.tag in _WRAPPERS:
            found.extend(_children(child))
        else:
            found.append(child)
    return found


def _text(element: etree._Element) -> str:
    parts = []
    for node in element.iter(_R_T, _TAB, _BR):
        if node.tag == _R_T:
            parts.append(node.text or "")
        elif node.tag == _BR:
            parts.append("\n")
        elif node.getparent() is not None and node.getparent().tag == _R:
            parts.append("\t")
    return "".join(parts)


def _number(parent: etree._Element | None, tag: str, missing: int) -> int:
    found = parent.find(tag) if parent is not None else None
    text = found.get(_VAL) if found is not None else None
    return int(text[:9]) if text and text.isascii() and text.isdigit() else missing


_Open = dict[int, tuple[int, int]]
"""Vertical merges still growing: column -> (top row, right column)."""


def _table(table: etree._Element, title: str, before: list[str], name: str) -> Sheet:
    rows: list[list[Cell]] = [[line] for line in before]
    merged: list[Range] = []
    open_down: _Open = {}
    number = -1
    held = 0
    for line in (child for child in _children(table) if child.tag == _TR):
        number += 1
        if number >= MAX_ROWS:
            file_limits.too_large(name)
        cells, grown, wide = _line(line, number, open_down, name)
        merged += wide
        merged.extend(Range(top, left, number - 1, right) for left, (top, right) in open_down.items())
        open_down = grown
        rows.append(cells)
        held += len(cells)
        if held > file_limits.MAX_CELLS:
            file_limits.too_large(name)
    merged.extend(Range(top, left, number, right) for left, (top, right) in open_down.items())
    merged = [block for block in merged if (block.top, block.left) != (block.bottom, block.right)]
    return Sheet(title, rows, tuple(merged), first_row=-len(before))


def _line(
    line: etree._Element, number: int, open_down: _Open, name: str
) -> tuple[list[Cell], _Open, list[Range]]:
    """A row's cells, the vertical merges that go on or begin in it, and its merges within the row. What of ``open_down``
    goes on is taken out."""
    before_it = _number(line.find(_TR_PR), _GRID_BEFORE, 0)
    if before_it >= MAX_COLUMNS:
        file_limits.too_wide(name)
    cells: list[Cell] = [""] * before_it
    grown: _Open = {}
    wide: list[Range] = []
    for box in (child for child in _children(line) if child.tag == _TC):
        left, style = len(cells), box.find(_TC_PR)
        right = left + _number(style, _GRID_SPAN, 1) - 1
        if right >= MAX_COLUMNS:
            file_limits.too_wide(name)
        down = style.find(_V_MERGE) if style is not None else None
        if down is not None and down.get(_VAL) != "restart" and left in open_down:
            grown[left] = open_down.pop(left)
            cells.extend([""] * (right - left + 1))
            continue
        cells.append("\n".join(_text(p) for p in box.iter(_P)).strip("\n"))
        cells.extend([""] * (right - left))
        if down is not None:
            grown[left] = (number, right)
        elif right > left:
            wide.append(Range(number, left, number, right))
    return cells, grown, wide
