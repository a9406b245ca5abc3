"""A filled form as a file of any of the formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .csv import write_csv
from .docx import write_docx, write_docx_sheets
from .grid import Filled, Grid, build
from .html import document_html
from .long import LONG, write_long
from .pdf import write_pdf, write_pdf_sheets
from .xlsx import write_xlsx, write_xlsx_sheets


def _write_html(grid: Grid) -> bytes:
    return document_html(grid).encode()


_WRITERS: dict[str, Callable[[Grid], bytes]] = {
    "xlsx": write_xlsx,
    "docx": write_docx,
    "pdf": write_pdf,
    "html": _write_html,
    "csv": write_csv,
}

_WRITERS_OF_SHEETS: dict[str, Callable[[Sequence[Sequence[Grid]]], bytes]] = {
    "pdf": write_pdf_sheets,
    "docx": write_docx_sheets,
    "xlsx": write_xlsx_sheets,
}

FORMATS = tuple(_WRITERS)

PRINTED = tuple(_WRITERS_OF_SHEETS)
"""The formats that hold several sheets, the one that is printed first."""

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


def write(filled: Filled, format: str) -> bytes:
    """The file's bytes; Unusable with ``format_unknown`` for a format that no writer has."""
    writer = _WRITERS.get(format)
    if writer is None:
        text = _("不能写成“%(format)s”，可用：%(known)s")
        raise Unusable("format_unknown", text % {"format": format, "known": "、".join(FORMATS)})
    # A column of a long list has one type; among ratios stands a —, and each has the digits that it shows.
    ratios = any(leaf.column.kind == "percent" for leaf in filled.form.leaves)
    if format == "xlsx" and len(filled.rows) > LONG and not ratios:
        return write_long(filled)
    # Links lead to screens of this system; a file that leaves it has none.
    return writer(build(replace(filled, links=None)))


def write_sheets(sheets: Sequence[Sequence[Filled]], format: str) -> bytes:
    """Several sheets in one file, each beginning on a page of its own; the forms of one sheet stand below one another (in a
    workbook: beside one another). Raises as ``write``; ``sheets`` holds at least one with at least one form."""
    writer = _WRITERS_OF_SHEETS.get(format)
    if writer is None:
        text = _("不能写成“%(format)s”，可用：%(known)s")
        raise Unusable("format_unknown", text % {"format": format, "known": "、".join(PRINTED)})
    return writer([[build(replace(filled, links=None)) for filled in sheet] for sheet in sheets])
