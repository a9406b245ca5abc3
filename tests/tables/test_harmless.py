"""What somebody typed does no harm in any file that leaves: no text becomes a formula, a field, a link or markup."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.text import plain_cell, safe_cell
from qiaojie.sheets.marking import mark
from qiaojie.sheets.marks import Findings
from qiaojie.sheets.reading import read
from qiaojie.tables import writing
from qiaojie.tables.form import Form
from qiaojie.tables.grid import Filled
from tests.corpus.making import Page, delimited, ods, word, xls, xlsx

from .forms import CLASSES, LIST, form

STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "'=", "=+-@", " =")
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://a.example","x")', "SUM(A1:A9)", "WEBSERVICE(A1)")
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "&lt;b&gt;",
    "]]>",
    "http://a.example",
)
TEXTS = (*(start + body for start in STARTS for body in BODIES), *MARKUP)
NO_FINDINGS = Findings(
    (), {}, ("级别", "问题", "处数"), (), ("级别", "工作表", "单元格", "问题", "说明", "处理"), ()
)
FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")


def people() -> Filled:
    """Each text as a name, a place and a remark; a number beside them."""
    rows = [{"name": text, "home": text, "remark": text, "presence": 0.5} for text in TEXTS]
    return Filled(form(LIST), {"clerk": "=1+1"}, rows)


def titled() -> tuple[Form, Filled]:
    """Texts in the lines around the table too."""
    made = form(CLASSES, title="=1+1班", notes=["=1+1", "<b>"])
    return made, Filled(made, {"region": "@SUM(A1)"}, [{"title": "+1", "craft": "=1", "all": 3, "cost": 100}])


def sheets(data: bytes) -> str:
    """The XML of a workbook, but what the form itself brings: lists to choose from are formulas of a kind."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [
            name for name in archive.namelist() if "external" in name.lower() or name.endswith(".bin")
        ]
        return "".join(archive.read(name).decode() for name in archive.namelist() if "/worksheets/" in name)


@pytest.mark.parametrize("long", [False, True])
def test_workbooks(long: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if long:
        monkeypatch.setattr(writing, "LONG", 1)
    for filled in (people(), titled()[1]):
        data = writing.write(filled, "xlsx")
        xml = sheets(data)
        assert not re.search("<f[ >]", xml)
        assert "<hyperlink" not in xml
        cells = [cell for row in read(data, "a.xlsx").sheets[0].rows for cell in row]
        assert any(isinstance(cell, float) for cell in cells)


def test_texts_stay_what_they_are_in_workbooks() -> None:
    rows = read(writing.write(people(), "xlsx"), "a.xlsx").sheets[0].rows
    names = [row[1] for row in rows[2 : 2 + len(TEXTS)]]
    assert all(str(name).endswith(text[-3:]) for name, text in zip(names, TEXTS, strict=True))


def test_csv() -> None:
    for filled in (people(), titled()[1]):
        data = writing.write(filled, "csv").decode("utf-8-sig")
        for row in csv.reader(io.StringIO(data, newline="")):
            for cell in row:
                assert not FORMULA.match(cell), cell
    found = read(writing.write(people(), "csv"), "a.csv").sheets[0].rows
    assert {row[1] for row in found if len(row) > 1} >= set(MARKUP)


def test_documents_hold_no_fields_and_no_links() -> None:
    for filled in (people(), titled()[1]):
        data = writing.write(filled, "docx")
        body = docx.Document(io.BytesIO(data)).element.body
        tags = {element.tag.rsplit("}", 1)[-1] for element in body.iter() if isinstance(element.tag, str)}
        assert not tags & {"fldSimple", "instrText", "fldChar", "hyperlink", "object", "altChunk"}
    texts = {
        cell.text
        for row in docx.Document(io.BytesIO(writing.write(people(), "docx"))).tables[0].rows
        for cell in row.cells
    }
    assert set(MARKUP) <= texts


def test_pages() -> None:
    page = writing.write(people(), "html").decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@given(st.text(max_size=20), st.sampled_from(STARTS))
def test_guarded_text_is_given_back(text: str, start: str) -> None:
    for each in (text, start + text):
        assert not FORMULA.match(safe_cell(each))
        assert plain_cell(safe_cell(each)) == each


@pytest.mark.parametrize(
    ("make", "name"),
    [(xlsx, "a.xlsx"), (xls, "a.xls"), (ods, "a.ods"), (delimited, "a.csv"), (word, "a.docx")],
)
def test_a_marked_copy_holds_no_formula(make: object, name: str) -> None:
    assert callable(make)
    page = Page([["姓名", "备注"], ["李桂", "=1+1"], ["+1", "@SUM(A1)"], [1, "<script>"]])
    xml = sheets(mark(make(page), name, {}, NO_FINDINGS))
    assert not re.search("<f[ >]", xml)
