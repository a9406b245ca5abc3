"""Every shipped form on paper, as an office program and as PDF: each cell with its lines and the whole of its text."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from openpyxl.styles import Border, Font, Side

from qiaojie.tables.form import Form
from qiaojie.tables.grid import build
from qiaojie.tables.writing import write
from tests.tables.printed import Page, faults, office_to_pdf, pages

from .samples import filled
from .test_shipped_forms import FORMS

STATUS = "chongqing-handicraft-2019/training-status"
LONG = 60
"""Rows of the form that goes over several pages."""


def printed(files: dict[str, bytes], format: str, folder: Path) -> dict[str, list[Page]]:
    if format == "pdf":
        return {name: pages(data) for name, data in files.items()}
    made = office_to_pdf({f"{n}.{format}": data for n, data in enumerate(files.values())}, folder)
    return {name: pages(pdf) for name, pdf in zip(files, made.values(), strict=True)}


@pytest.fixture(scope="module", params=["xlsx", "docx", "pdf"])
def format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shown(format: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Page]]:
    files = {name: write(filled(form), format) for name, form in FORMS.items()}
    files["long"] = write(filled(FORMS[STATUS], LONG), format)
    return printed(files, format, tmp_path_factory.mktemp(format))


def wrong(page: list[Page], form: Form, format: str, count: int = 3) -> list[str]:
    return faults(page, build(filled(form, count)), diagonals=format != "docx")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_printed_whole(shown: dict[str, list[Page]], format: str, name: str) -> None:
    assert wrong(shown[name], FORMS[name], format) == []
    assert len(shown[name]) == 1


def test_a_long_form_has_its_header_on_every_page(shown: dict[str, list[Page]], format: str) -> None:
    assert wrong(shown["long"], FORMS[STATUS], format, LONG) == []
    assert len(shown["long"]) > 2
    assert wrong(shown["long"][:-1], FORMS[STATUS], format, LONG)


def narrower(sheet: Any) -> None:
    sheet.column_dimensions["B"].width /= 1.3


def hidden(sheet: Any) -> None:
    sheet.column_dimensions["C"].hidden = True


def unmerged(sheet: Any) -> None:
    sheet.unmerge_cells("D3:E3")
    sheet["E3"].border = Border(left=Side("thin"), right=Side("thin"), top=Side("thin"), bottom=Side("thin"))


def unruled(sheet: Any) -> None:
    sheet["B6"].border = sheet["C6"].border = Border()


def too_low(sheet: Any) -> None:
    sheet.row_dimensions[4].height = 16


def overlong(sheet: Any) -> None:
    sheet["A5"].value = "二〇二三年三月一日至二〇二三年三月十二日" * 3


def pale(sheet: Any) -> None:
    sheet["B5"].font = Font(name=sheet["B5"].font.name, size=11, color="FFFFFFFF")


def portrait(sheet: Any) -> None:
    sheet.page_setup.orientation = "portrait"


def uncounted(sheet: Any) -> None:
    sheet.oddFooter.center.text = "第 &P 页"


WORKBOOKS: dict[str, tuple[Callable[[Any], None], str]] = {
    "a column is narrower": (narrower, "column 2 ends at"),
    "a column is gone": (hidden, "7 columns, not 8"),
    "a merge is lost": (unmerged, "row 1, column 4: a line through it"),
    "lines are missing": (unruled, "row 4, column 2: no line at its right side"),
    "a row is too low": (too_low, "row 2, column 4: "),
    "a text is too long for its row": (overlong, "row 3, column 1: "),
    "a text is white": (pale, "竹 is cut off or not seen"),
    "the paper is turned": (portrait, "the paper has (210, 297) mm, not (297, 210)"),
    "the foot says less": (uncounted, "at the foot: "),
}


def test_what_is_wrong_on_the_paper_of_a_workbook_is_seen(tmp_path: Path) -> None:
    files = {}
    for name, (change, _said) in WORKBOOKS.items():
        book = openpyxl.load_workbook(io.BytesIO(write(filled(FORMS[STATUS]), "xlsx")))
        change(book.active)
        out = io.BytesIO()
        book.save(out)
        files[name] = out.getvalue()
    made = printed(files, "xlsx", tmp_path)
    found = {name: wrong(page, FORMS[STATUS], "xlsx") for name, page in made.items()}
    for name, (_change, said) in WORKBOOKS.items():
        assert any(said in fault for fault in found[name]), (name, found[name])


def cut_low(table: Any) -> None:
    table.rows[1].height, table.rows[1].height_rule = Pt(14), WD_ROW_HEIGHT_RULE.EXACTLY


def squeezed(table: Any) -> None:
    for place, width in enumerate((Mm(20), Mm(66))):
        table.columns[place].width = width
        for row in table._tbl.tr_lst:
            row.tc_lst[place].width = width


def split(table: Any) -> None:
    for cell in table._tbl.iter(qn("w:vMerge")):
        cell.getparent().remove(cell)


def bare(table: Any) -> None:
    table._tbl.tblPr.remove(table._tbl.tblPr.find(qn("w:tblBorders")))


DOCUMENTS: dict[str, tuple[Callable[[Any], None], str]] = {
    "a row is cut": (cut_low, "row 2, column 4: "),
    "a column is narrower": (squeezed, "column 1 ends at"),
    "merges are lost": (split, "row 1, column 1: a line through it"),
    "lines are missing": (bare, "columns, not 8"),
}


def test_what_is_wrong_on_the_paper_of_a_document_is_seen(tmp_path: Path) -> None:
    files = {}
    for name, (change, _said) in DOCUMENTS.items():
        document = docx.Document(io.BytesIO(write(filled(FORMS[STATUS]), "docx")))
        change(document.tables[0])
        out = io.BytesIO()
        document.save(out)
        files[name] = out.getvalue()
    made = printed(files, "docx", tmp_path)
    found = {name: wrong(page, FORMS[STATUS], "docx") for name, page in made.items()}
    for name, (_change, said) in DOCUMENTS.items():
        assert any(said in fault for fault in found[name]), (name, found[name])


def test_the_paper_of_another_form_does_not_pass() -> None:
    form = FORMS[STATUS]
    first, second, *rest = form.columns
    for other in (
        replace(form, columns=(second, first, *rest)),
        replace(form, columns=(first, *rest)),
        replace(form, columns=(replace(first, width=30), second, *rest)),
        replace(form, total=None),
        replace(form, captions=()),
        replace(form, notes=()),
        replace(form, orientation="portrait"),
    ):
        assert wrong(pages(write(filled(other), "pdf")), form, "pdf")
    empty = replace(filled(form), rows=[{}, {}, {}])
    assert wrong(pages(write(empty, "pdf")), form, "pdf")
