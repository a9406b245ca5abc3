"""``read``: any workbook that an office hands in, as a book of raw cells.

xlsx, xlsm, xls, WPS et and ods through calamine; csv in UTF-8 or GB18030; the tables of a docx.
"""

from __future__ import annotations

import io

import python_calamine as calamine
from django.utils.translation import gettext as _

from qiaojie.lib.values import Cell

from . import guards
from .book import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Book, Range, Sheet, address, column_letters
from .delimited import read_delimited
from .opendocument import check_ods
from .probe import survives
from .word import read_word

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Book",
    "Range",
    "Sheet",
    "address",
    "column_letters",
    "read",
]


def read(data: bytes, name: str) -> Book:
    """Read a file's bytes; ``name`` is the file's name as the user knows it: for messages, and csv by suffix.

    Raises Unusable: ``file_empty``, ``file_not_workbook``, ``file_truncated``, ``file_encrypted``,
    ``file_too_large``, ``file_too_wide`` or ``zip_bomb``. Macros, formulas and links are never run: a formula
    gives the value that was kept with it.
    """
    form = guards.sniff(data, name)
    if form == "csv":
        return Book(name, form, (read_delimited(data, name),))
    if form == "docx":
        return Book(name, form, read_word(data, name))
    if form == "xls" and not survives(data):
        guards.truncated(name)
    spans = check_ods(data, name) if form == "ods" else {}
    return Book(name, form, _read_workbook(data, name, spans))


def _read_workbook(data: bytes, name: str, spans: dict[str, tuple[Range, ...]]) -> tuple[Sheet, ...]:
    sheets = []
    try:
        with calamine.CalamineWorkbook.from_object(io.BytesIO(data)) as workbook:
            for about in workbook.sheets_metadata:
                if about.typ == calamine.SheetTypeEnum.WorkSheet:
                    hidden = about.visible != calamine.SheetVisibleEnum.Visible
                    raw = workbook.get_sheet_by_name(about.name)
                    sheets.append(_sheet(raw, about.name, hidden, spans.get(about.name, ()), name))
    except calamine.PasswordError:
        guards.fail("file_encrypted", _("“%s”设有打开密码，请取消密码后再上传。") % name)
    except (calamine.CalamineError, *guards.DAMAGED):
        guards.truncated(name)
    except BaseException as broken:
        # A panic of the reader has no class that could be imported, and is no Exception.
        if type(broken).__name__ != "PanicException":
            raise
        guards.truncated(name)
    if not sheets:
        guards.truncated(name)
    return tuple(sheets)


def _sheet(
    raw: calamine.CalamineSheet, title: str, hidden: bool, spans: tuple[Range, ...], name: str
) -> Sheet:
    if raw.start is None:
        return Sheet(title, [], (), hidden)
    if raw.width > MAX_COLUMNS:
        guards.too_wide(name)
    if raw.height > MAX_ROWS:
        guards.too_large(name)
    merged = tuple(
        Range(top, left, bottom, right) for (top, left), (bottom, right) in raw.merged_cell_ranges or ()
    )
    # calamine promises more types than Cell names in no case; only the list's invariance stands between them.
    rows: list[list[Cell]] = raw.to_python()  # type: ignore[assignment]
    return Sheet(title, rows, merged or spans, hidden, *raw.start)
