"""csv as offices make it: UTF-8 with or without a mark, UTF-16 with one, or GB18030.

Cells are parted by commas, tabs, semicolons or bars.
"""

from __future__ import annotations

import csv
import io
import re

from django.utils.translation import gettext as _

from qiaojie.lib.text import plain_cell
from qiaojie.lib.values import Cell

from . import file_limits
from .book import MAX_COLUMNS, MAX_ROWS, Sheet
from .text_formats import decoded

_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50
"""Lines by which the delimiter is told: the one that parts most of them into the same number of fields."""

_AS_TEXT = re.compile(r'="([^"]*)"')
"""What programs write into a csv so that a spreadsheet leaves a long number alone."""


def decode(data: bytes, name: str) -> str:
    """The text of the file. Raises Unusable ``file_not_workbook`` for what is no text."""
    text = decoded(data)
    if text is None:
        message = _("“%s”的文字编码无法识别，请另存为 UTF-8 编码的 csv 或 xlsx。")
        file_limits.fail("file_not_workbook", message % name)
    return text


def delimiter(text: str) -> str:
    """The mark that splits most of the first lines into one and the same number of cells, else a comma."""
    lines = text.splitlines(keepends=True)[:_SAMPLE_LINES]

    def merit(mark: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        except csv.Error:
            return 0, 0
        split = [width for width in widths if width > 1]
        common = max(split, key=split.count, default=0)
        return split.count(common) if common else 0, common

    return max(_DELIMITERS, key=merit)


def _content(cell: str) -> str:
    if cell[:2] == '="' and (as_text := _AS_TEXT.fullmatch(cell)):
        return as_text[1]
    return plain_cell(cell)


def read_delimited(data: bytes, name: str) -> Sheet:
    """The one sheet of a csv; all its cells are text, without what guards them against being formulas or rounded."""
    text = decode(data, name)
    rows: list[list[Cell]] = []
    held = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)):
            if len(row) > MAX_COLUMNS:
                file_limits.too_wide(name)
            rows.append([_content(cell) for cell in row])
            held += len(row)
            if len(rows) > MAX_ROWS or held > file_limits.MAX_CELLS:
                file_limits.too_large(name)
    except csv.Error:
        file_limits.fail("file_not_workbook", _("“%s”不是逗号分隔的表格，请另存为 xlsx 后再上传。") % name)
    if not any(isinstance(cell, str) and cell.strip() for row in rows for cell in row):
        file_limits.fail("file_empty", _("“%s”没有内容。") % name)
    return Sheet("csv", rows)
