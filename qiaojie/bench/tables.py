"""Forms and lists against the least that a program can do for the same file; run side by side, ratios only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

import docx
import jetxl
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qiaojie.tables.defining import from_mapping
from qiaojie.tables.form import Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from .timing import BenchLine, against, alternated, timed

RUNS = 7

LIST_ROWS, WORD_ROWS, PDF_ROWS = 100_000, 500, 5_000

_COLUMNS: tuple[tuple[str, str], ...] = (
    ("序号", "ordinal"), ("姓名", "name"), ("性别", "choice"), ("身份证号", "id_number"), ("残疾人证号", "certificate"),
    ("户籍地", "region"), ("联系电话", "phone"), ("培训班名称", "text"), ("开班日期", "date"), ("结业日期", "date"),
    ("课时", "integer"), ("补贴（元）", "money"), ("是否结业", "yes_no"), ("培训内容", "text"), ("备注", "text"),
)  # fmt: skip
_SEXES = {"1": "男", "2": "女"}


def lists() -> Iterator[BenchLine]:
    """Long list as a workbook, form as Word, form as PDF: no database needed."""
    rows = list(list_rows(LIST_ROWS))
    filled = Filled(list_form(), {}, rows)
    times = alternated(lambda: _bare_xlsx(rows), lambda: write(filled, "xlsx"))
    yield against("list of 15 columns as xlsx, to a bare writer", f"{LIST_ROWS:,}", times, 2)
    few = Filled(list_form(), {}, rows[:WORD_ROWS])
    texts = [[str(value) for value in row.values()] for row in rows[:WORD_ROWS]]
    times = alternated(lambda: _bare_docx(texts), lambda: write(few, "docx"), RUNS)
    yield against("form as Word, to the bare library", f"{WORD_ROWS:,}", times, 1.5)
    many = Filled(list_form(), {}, rows[:PDF_ROWS])
    taken = timed(lambda: write(many, "pdf"), 1)
    yield BenchLine("form as PDF, to 30 seconds", f"{PDF_ROWS:,}", taken.middle, 30, 1)


def list_form() -> Form:
    """A list of fifteen columns."""
    columns = []
    for place, (label, kind) in enumerate(_COLUMNS):
        column: dict[str, Any] = {"label": label, "kind": kind, "field": f"f{place}"}
        columns.append({**column, "choices": _SEXES} if kind == "choice" else column)
    return from_mapping({"code": "list", "title": "培训学员名册", "columns": columns}, "bench")


def list_rows(count: int) -> Iterator[dict[str, Any]]:
    """So many rows of it."""
    begin = date(2023, 1, 1)
    for n in range(count):
        day = begin + timedelta(days=n % 365)
        number = f"500000{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}X"
        yield {
            f"f{place}": value
            for place, value in enumerate((
                n + 1, f"王桂{n % 977}", "12"[n % 2], number, f"{number}43", f"第{n % 41}街道", f"139{n:08d}",
                f"编织{n % 300}班", day, day + timedelta(days=20), n % 80, n * 7, bool(n % 2), "竹编", "" if n % 3 else "转介",
            ))
        }  # fmt: skip


def _bare_xlsx(rows: list[dict[str, Any]]) -> None:
    """The fastest writer to be had, given the same rows: turned into columns, dates as text, nothing printed for people."""
    columns: dict[str, list[Any]] = {label: [] for label, _kind in _COLUMNS}
    for (label, kind), values in zip(
        _COLUMNS, zip(*(row.values() for row in rows), strict=True), strict=True
    ):
        columns[label] = [value.isoformat() for value in values] if kind == "date" else list(values)
    jetxl.write_sheet(columns, "/dev/null")


def _bare_docx(rows: list[list[str]]) -> None:
    """The library alone with the same table as built XML: cells of a width, texts of a style, and nothing worked out."""
    document = docx.Document()
    body = "".join(f"<w:tr>{''.join(map(_bare_cell, row))}</w:tr>" for row in rows)
    columns = "<w:gridCol/>" * len(_COLUMNS)
    table = f"<w:tbl {nsdecls('w')}><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"
    document.add_paragraph()._p.addprevious(parse_xml(table))
    document.save(io.BytesIO())


def _bare_cell(text: str) -> str:
    return (
        '<w:tc><w:tcPr><w:tcW w:w="900" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="Normal"/>'
        f'<w:jc w:val="center"/></w:pPr><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )
