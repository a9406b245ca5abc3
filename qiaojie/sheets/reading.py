"""``read``: any workbook that an office hands in, as a book of raw cells.

xlsx, xlsm, xls, WPS et and ods through calamine; csv in UTF-8 or GB18030; web pages and workbooks of Excel 2003 as XML; the
tables of a docx, and of a doc, WPS wps, odt or rtf where an office program can turn it into one. What a file is its content says,
never its name.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace

import python_calamine as calamine

from qiaojie.lib.values import Cell

from . import file_limits, office
from .book import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    NOTHING,
    Book,
    Hidden,
    Range,
    Sheet,
    address,
    column_letters,
)
from .delimited import read_delimited
from .markup import read_html, read_mhtml
from .opendocument import check_ods
from .probe import survives
from .spreadsheet_xml import read_spreadsheet_xml
from .visibility import Watch
from .word import read_word

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Book",
    "Hidden",
    "Range",
    "Sheet",
    "address",
    "column_letters",
    "read",
]


_MARKED_UP: Mapping[str, Callable[[bytes, str], tuple[Sheet, ...]]] = {
    "html": read_html,
    "mhtml": read_mhtml,
    "xml": read_spreadsheet_xml,
}


def read(data: bytes, name: str) -> Book:
    """Read a file's bytes; ``name`` is the file's name as the user knows it: for messages, and csv by suffix.

    Raises Unusable: ``file_empty``, ``file_not_workbook``, ``file_truncated``, ``file_encrypted``,
    ``file_too_large``, ``file_too_wide`` or ``zip_bomb``; ``office_missing`` where a document needs an office
    program and there is none, ``office_failed`` where that could not read it. Macros, formulas and links are never run: a formula
    gives the value that was kept with it.
    """
    watch = Watch()
    form = file_limits.sniff(data, name, watch)
    if form == "csv":
        return Book(name, form, (read_delimited(data, name),))
    if form in _MARKED_UP:
        return Book(name, form, _MARKED_UP[form](data, name))
    if form in file_limits.OFFICE_FORMATS:
        data = office.as_docx(data, form, name)
        file_limits.sniff(data, name)
    if form == "docx" or form in file_limits.OFFICE_FORMATS:
        return Book(name, "docx", read_word(data, name))
    if form == "xls" and not survives(data):
        file_limits.truncated(name)
    told = check_ods(data, name) if form == "ods" else {}
    merged = {sheet: tuple(each.merged) for sheet, each in told.items()}
    conceals = {sheet: each.hidden for sheet, each in told.items()} or watch.told(data)
    sheets = _read_workbook(data, name, merged, conceals, watch.broken(data))
    return Book(name, form, sheets, *file_limits.carries(data, form))


def _read_workbook(
    data: bytes,
    name: str,
    merged: dict[str, tuple[Range, ...]],
    conceals: dict[str, Hidden],
    broken: dict[str, dict[tuple[int, int], str]],
) -> tuple[Sheet, ...]:
    sheets = []
    try:
        with calamine.CalamineWorkbook.from_object(io.BytesIO(data)) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ == calamine.SheetTypeEnum.WorkSheet:
                    hidden = about.visible != calamine.SheetVisibleEnum.Visible
                    raw = workbook.get_sheet_by_name(about.name)
                    sheet = _sheet(raw, about.name, hidden, merged.get(about.name, ()), name)
                    _put_back(sheet, broken.get(about.name, {}))
                    sheets.append(replace(sheet, conceals=conceals.get(about.name, NOTHING)))
    except calamine.PasswordError:
        file_limits.encrypted(name)
    except (calamine.CalamineError, *file_limits.DAMAGED):
        file_limits.truncated(name)
    except BaseException as broken:
        # A panic of the reader has no class that could be imported, and is no Exception.
        if type(broken).__name__ != "PanicException":
            raise
        file_limits.truncated(name)
    if not sheets:
        file_limits.truncated(name)
    return tuple(sheets)


def _put_back(sheet: Sheet, broken: Mapping[tuple[int, int], str]) -> None:
    """Put in what the reader left out: formulas that came to an error, or that nothing has calculated."""
    for (row, col), text in broken.items():
        at, place = row - sheet.first_row, col - sheet.first_col
        if not sheet.rows or at < 0 or place < 0 or row >= MAX_ROWS or col >= MAX_COLUMNS:
            continue
        sheet.rows.extend([] for _more in range(at + 1 - len(sheet.rows)))
        line = sheet.rows[at]
        line.extend([""] * (place + 1 - len(line)))
        line[place] = text


def _sheet(
    raw: calamine.CalamineSheet, title: str, hidden: bool, spans: tuple[Range, ...], name: str
) -> Sheet:
    if raw.start is None:
        return Sheet(title, [], (), hidden)
    if raw.width > MAX_COLUMNS:
        file_limits.too_wide(name)
    if raw.height > MAX_ROWS:
        file_limits.too_large(name)
    merged = tuple(
        Range(top, left, bottom, right) for (top, left), (bottom, right) in raw.merged_cell_ranges or ()
    )
    # calamine promises more types than Cell names in no case; only the list's invariance stands between them.
    rows: list[list[Cell]] = raw.to_python()  # type: ignore[assignment]
    return Sheet(title, rows, merged or spans, hidden, *raw.start)
