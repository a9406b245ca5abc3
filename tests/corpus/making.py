"""Pages of cells, and files of every format made from them: what is wanted in a file is said once for all formats."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import docx
import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from tests.sheets.old import old_workbook


@dataclass(frozen=True)
class Page:
    """A sheet: its rows from A1, merged blocks (``A1:L1``), and what of it is hidden (rows from 1, column letters)."""

    rows: Sequence[Sequence[Any]]
    name: str = "Sheet1"
    merged: Sequence[str] = ()
    hidden: bool = False
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[str] = ()
    filter: str = ""
    finish: Callable[[Worksheet], None] | None = None
    """What else is done to the sheet of an xlsx."""


def xlsx(*pages: Page) -> bytes:
    """A workbook as Excel writes it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        sheet = book.create_sheet(page.name)
        for row in page.rows:
            sheet.append(list(row))
        for block in page.merged:
            sheet.merge_cells(block)
        for number in page.hidden_rows:
            sheet.row_dimensions[number].hidden = True
        for letters in page.hidden_columns:
            sheet.column_dimensions[letters].hidden = True
        if page.hidden:
            sheet.sheet_state = "hidden"
        if page.filter:
            sheet.auto_filter.ref = page.filter
        if page.finish is not None:
            page.finish(sheet)
    return saved(book)


def saved(book: Any) -> bytes:
    """The bytes of a workbook or document that can save itself."""
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def altered(data: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """An archive with parts added, or passed through a function where the part is there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.get(name)
            new.writestr(name, change(old.read(name)) if callable(change) else old.read(name))
        for name, content in parts.items():
            if isinstance(content, bytes):
                new.writestr(name, content)
    return out.getvalue()


def _block(block: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(block)
    assert left and top and right and bottom
    return top - 1, bottom - 1, left - 1, right - 1


def xls(*pages: Page) -> bytes:
    """A workbook as Excel 97 and WPS (as et) write it; it knows no dates, only their serial numbers."""
    return old_workbook([(page.name, page.rows, [_block(block) for block in page.merged]) for page in pages])


def ods(*pages: Page) -> bytes:
    """A workbook as LibreOffice writes it."""
    tables = "".join(_ods_table(page) for page in pages)
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content)
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        made.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def _ods_table(page: Page) -> str:
    blocks = [_block(block) for block in page.merged]
    spans = {
        (
            top,
            left,
        ): f'table:number-rows-spanned="{bottom - top + 1}" table:number-columns-spanned="{right - left + 1}"'
        for top, bottom, left, right in blocks
    }
    rows = "".join(
        "<table:table-row>"
        + "".join(_ods_cell(cell, spans.get((row, col), "")) for col, cell in enumerate(line))
        + "</table:table-row>"
        for row, line in enumerate(page.rows)
    )
    return f'<table:table table:name="{page.name}">{rows}</table:table>'


def _ods_cell(cell: Any, span: str) -> str:
    if cell is None or cell == "":
        return f"<table:table-cell {span}/>"
    if isinstance(cell, int | float):
        number = f'office:value-type="float" office:value="{cell!r}"'
        return f"<table:table-cell {span} {number}><text:p>{cell}</text:p></table:table-cell>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(cell).split("\n"))
    return f'<table:table-cell {span} office:value-type="string">{lines}</table:table-cell>'


def delimited(page: Page, encoding: str = "utf-8", mark: str = ",") -> bytes:
    """A page as csv."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark).writerows(page.rows)
    return text.getvalue().encode(encoding)


def word(page: Page, above: Sequence[str] = (), below: Sequence[str] = ()) -> bytes:
    """A page as a table of a document, with lines of text above and below it."""
    document = docx.Document()
    for line in above:
        document.add_paragraph(line)
    width = max(map(len, page.rows))
    table = document.add_table(len(page.rows), width)
    cells = table._cells
    for row, line in enumerate(page.rows):
        for col, cell in enumerate(line):
            if cell not in (None, ""):
                cells[row * width + col].text = str(cell)
    for top, bottom, left, right in map(_block, page.merged):
        table.cell(top, left).merge(table.cell(bottom, right))
    for line in below:
        document.add_paragraph(line)
    return saved(document)
