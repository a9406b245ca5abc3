"""The file that goes back: every finding at its cell and in the list, mended, dropped in again."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.presenting import marked_copy
from qiaojie.intake.presenting.marked_copy import SUFFIX, Marked
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.sheets import marking as writing
from qiaojie.sheets import marks
from qiaojie.sheets.book import position
from qiaojie.sheets.marks import AUTHOR, BESIDE, COLOURS, LEFT_OUT, MARK, TITLE
from tests.intake import material
from tests.intake.conftest import Planner, viewer
from tests.intake.material import CERTIFICATE, HEADER, ID, id_number, person_row, roster
from tests.sheets.old import xls_of

pytestmark = pytest.mark.django_db

Back = Callable[[Plan], Workbook]


def copy_of(planned: Plan, who: Viewer) -> Marked:
    return marked_copy.marked(planned, who, "退回修改", "intake/test")


def opened(content: bytes) -> Workbook:
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[0] == TITLE
    assert book[TITLE]["A1"].value == MARK
    return book


def saved(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def listed(book: Workbook) -> list[tuple[Any, ...]]:
    """The findings of the list: level, kind, cell, sheet, message, fate."""
    rows = [row for row in book[TITLE].iter_rows(values_only=True) if row[3] is not None]
    assert rows[0][2:5] == ("单元格", "工作表", "说明和改法")
    return rows[1:]


def ours(sheet: Any) -> dict[str, str]:
    """The cells that we have coloured, with their comments ('' where there is none)."""
    colours = {*COLOURS.values(), LEFT_OUT}
    return {
        cell.coordinate: cell.comment.text if cell.comment else ""
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb in colours or (cell.comment and cell.comment.author == AUTHOR)
    }


def bad_rows() -> list[list[Any]]:
    rows = [person_row(number) for number in range(1, 7)]
    rows[1][ID] = rows[1][ID][:17] + ("1" if rows[1][ID][17] != "1" else "2")
    rows[3][ID] = None
    rows[3][CERTIFICATE] = None
    rows[3][material.PHONE] = None
    rows[4][material.SEX] = "男"
    return rows


def as_csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode("utf-8-sig")


def as_docx(rows: list[list[Any]]) -> bytes:
    document = docx.Document()
    document.add_paragraph("涪陵区2023年培训学员名册")
    table = document.add_table(rows=0, cols=len(HEADER))
    for row in [HEADER, *rows]:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = "" if value is None else str(value)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def as_ods(rows: list[list[Any]]) -> bytes:
    def cell(value: Any) -> str:
        return (
            f'<table:table-cell office:value-type="string"><text:p>{value or ""}</text:p></table:table-cell>'
        )

    lines = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [HEADER, *rows]
    )
    names = " ".join(
        f'xmlns:{word}="urn:oasis:names:tc:opendocument:xmlns:{word}:1.0"'
        for word in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="学员名册">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr("content.xml", content)
    return kept.getvalue()


def as_xls(rows: list[list[Any]]) -> bytes:
    return xls_of(
        {
            (number, col): value
            for number, row in enumerate([HEADER, *rows])
            for col, value in enumerate(row)
            if value is not None
        }
    )


def mend(content: bytes) -> bytes:
    """The copy with each bad number put right at the cell that the list names."""
    book = opened(content)
    for _level, kind, cell, sheet, _message, _fate in listed(book):
        row = position(cell)[0] + 1  # type: ignore[index]
        name = next(r[1] for r in book[sheet].iter_rows(min_row=row, max_row=row, values_only=True))
        number = next(n for n in range(1, 7) if material.name(n) == name)
        if kind in ("身份证号校验位不符", "没有身份证号和残疾人证号"):
            book[sheet].cell(row, ID + 1).value = id_number(number)
        elif kind == "性别与身份证号不一致":
            book[sheet].cell(row, material.SEX + 1).value = "女"
    return saved(book)


FORMATS = {
    "xlsx": roster,
    "csv": as_csv,
    "docx": as_docx,
    "ods": as_ods,
    "xls": as_xls,
    "et": as_xls,
}


@pytest.mark.parametrize("form", FORMATS)
def test_marked_mended_dropped_in_again(plan: Planner, approver: Viewer, form: str) -> None:
    first = plan(FORMATS[form](bad_rows()), file=f"名册.{form}")
    assert first.counts[Verdict.WRONG] == 2
    services.commit(first, approver, "先写好的")
    copy = copy_of(first, approver)
    assert copy.name == f"名册{SUFFIX}.xlsx"
    book = opened(copy.content)
    found = listed(book)
    assert len(found) == len(first.issues)
    for level, kind, cell, sheet, message, fate in found:
        assert (level in ("错误", "警告", "提示"), bool(kind), bool(message)) == (True, True, True)
        comment = book[sheet][cell].comment
        assert comment.author == AUTHOR
        assert comment.text.startswith(level)
        assert message in comment.text
        assert book[sheet][cell].fill.fgColor.rgb in COLOURS.values()
        assert fate.startswith("不写入") == (level == "错误")
    links = [row[2].hyperlink.location for row in book[TITLE].iter_rows() if row[2].hyperlink]
    assert sorted(links) == sorted(f"'{row[3]}'!{row[2]}" for row in found)

    again = plan(copy.content, file=copy.name)
    assert again.counts[Verdict.SAME] == 4, "what is in already comes out as the same"
    assert [i.code for i in again.issues] == [i.code for i in first.issues]
    mended = plan(mend(copy.content), file=copy.name)
    # The sex of one was wrong; her row had been written with a warning.
    assert list(mended.counts.values())[:5] == [2, 1, 3, 0, 0]
    services.commit(mended, approver, "改好的")
    last = plan(copy_of(mended, approver).content, file=copy.name)
    assert last.counts[Verdict.SAME] == 6
    assert last.to_write == 0


def test_marking_again_takes_off_what_was_ours_and_leaves_what_was_not(
    plan: Planner, approver: Viewer
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(roster(bad_rows())))
    sheet = book["学员名册"]
    bad, fine = sheet["D5"], sheet["D4"]
    bad.fill = PatternFill("solid", fgColor="FF00FF00")
    bad.comment = Comment("请她本人核对", "李经办")
    fine.comment = Comment("已核对", "李经办")
    sheet.column_dimensions["D"].width = 33
    sheet.row_dimensions[6].hidden = True
    sheet.auto_filter.ref = "A3:L9"
    once = copy_of(plan(saved(book)), approver)
    first = opened(once.content)["学员名册"]
    assert first["D5"].comment.text.startswith("请她本人核对\n" + BESIDE)
    assert first["D5"].comment.author == "李经办"
    assert (first.column_dimensions["D"].width, first.row_dimensions[6].hidden) == (33, True)
    assert first.auto_filter.ref == "A3:L9"
    assert first["D4"].number_format == "@"
    twice = copy_of(plan(once.content, file=once.name), approver)
    assert twice.name == once.name
    second = opened(twice.content)
    assert second.sheetnames == [TITLE, "学员名册"]
    assert ours(second["学员名册"]) == ours(first)
    # Mended: nothing of ours is left, and what stood there before stands there again.
    rows = [person_row(number) for number in range(1, 7)]
    for number, row in enumerate(rows, start=4):
        for col, value in enumerate(row, start=1):
            second["学员名册"].cell(number, col).value = value
    clean = copy_of(plan(saved(second)), approver)
    last = opened(clean.content)["学员名册"]
    assert [cell for cell, said in ours(last).items() if "隐藏" not in said] == []
    assert last["D5"].fill.fgColor.rgb == "FF00FF00"
    assert (last["D5"].comment.text, last["D4"].comment.text) == ("请她本人核对", "已核对")
    assert last["B5"].fill.fill_type is None


def test_rows_left_out_are_shaded_in_both_ways_of_writing(
    plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(roster(bad_rows()))
    kept = opened(copy_of(planned, approver).content)["学员名册"]
    monkeypatch.setattr(writing, "MOST_KEPT", 0)
    rebuilt = opened(copy_of(planned, approver).content)["学员名册"]
    assert ours(rebuilt) == ours(kept)
    for sheet in (kept, rebuilt):
        assert sheet["B5"].fill.fgColor.rgb == LEFT_OUT
        assert sheet["B4"].fill.fill_type is None
        assert sheet["D5"].fill.fgColor.rgb == COLOURS[Level.ERROR]
        assert sheet["D4"].number_format == "@"
        assert sheet["A1"].value == "涪陵区2023年培训学员名册"
        assert {str(block) for block in sheet.merged_cells.ranges} == {"A1:L1", "A2:L2"}


def test_nothing_dangerous_goes_out(plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = bad_rows()
    rows[0][material.REMARK] = '=HYPERLINK("http://evil.example")'
    rows[2][material.REMARK] = "@SUM(1)"
    book = openpyxl.load_workbook(io.BytesIO(roster(rows)))
    sheet = book["学员名册"]
    sheet["L4"].data_type = "s"
    sheet["L5"] = "=1+1"
    sheet["L7"].hyperlink = "http://evil.example/"
    book.defined_names["there"] = openpyxl.workbook.defined_name.DefinedName(
        "there", attr_text="[1]Sheet1!$A$1"
    )
    for most in (writing.MOST_KEPT, 0):
        monkeypatch.setattr(writing, "MOST_KEPT", most)
        content = copy_of(plan(saved(book)), approver).content
        read = opened(content)
        for cell in (cell for sheet in read for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f", cell.coordinate
            assert not (cell.hyperlink and cell.hyperlink.target), cell.coordinate
            if isinstance(cell.value, str) and cell.value.startswith(("=", "@")):
                assert cell.quotePrefix, cell.coordinate
        assert "there" not in read.defined_names
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert not [name for name in archive.namelist() if "vba" in name or "externalLink" in name]
            assert not [
                name for name in archive.namelist() if b"evil" in archive.read(name) and "rels" in name
            ]


def test_comments_stop_at_a_number_and_the_list_does_not(
    plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST_COMMENTS", 2)
    planned = plan(roster(bad_rows()))
    book = opened(copy_of(planned, approver).content)
    texts = [text for text in ours(book["学员名册"]).values() if text]
    assert len(texts) == 2
    assert all(text.startswith("错误") for text in texts)
    assert len(listed(book)) == len(planned.issues) == 3


def test_an_own_sheet_of_that_name_is_no_list_of_ours(plan: Planner, approver: Viewer) -> None:
    book = openpyxl.load_workbook(io.BytesIO(roster(bad_rows())))
    book["学员名册"].title = TITLE
    planned = plan(saved(book))
    assert len(planned.rows) == 6
    content = copy_of(planned, approver).content
    read = openpyxl.load_workbook(io.BytesIO(content))
    assert len(read.sheetnames) == 2
    assert plan(content).counts == planned.counts


def test_findings_in_merged_cells_stand_at_the_cell_that_shows(plan: Planner, approver: Viewer) -> None:
    book = openpyxl.load_workbook(io.BytesIO(roster(bad_rows())))
    sheet = book["学员名册"]
    sheet["I4"] = "昨天"
    sheet.merge_cells("I4:I9")
    read = opened(copy_of(plan(saved(book)), approver).content)
    assert read["学员名册"]["I4"].comment.text.startswith("错误")


def test_handing_back_is_an_export(plan: Planner, approver: Viewer, fuling: Region) -> None:
    planned = plan(roster(bad_rows()))
    with pytest.raises(Unusable) as refused:
        marked_copy.marked(planned, approver, "  ", "upload/1.marked")
    assert refused.value.code == "purpose_missing"
    with pytest.raises(Refused):
        marked_copy.marked(planned, viewer(fuling, "reader", "fuling-reader"), "看看", "upload/1.marked")
    marked_copy.marked(planned, approver, "退回一班", "upload/1.marked")
    entry = AccessEntry.objects.get(action="export", done=True)
    assert (entry.subject, entry.rows, entry.purpose) == ("upload/1.marked", 6, "退回一班")
    assert AccessEntry.objects.filter(action="export", done=False, username="fuling-reader").exists()


def test_what_others_have_registered_does_not_go_out(
    plan: Planner, approver: Viewer, neighbour: Viewer, shizhu: Region
) -> None:
    table = notices.table(material.ROSTER)
    theirs = services.plan(
        roster([person_row(1, town="南宾街道", name="秦良玉")]), "a.xlsx", table, shizhu, neighbour
    )
    services.commit(theirs, neighbour)
    content = copy_of(plan(roster([person_row(1, certificate=None, phone="13900000002")])), approver).content
    text = "\n".join(
        str(part)
        for sheet in opened(content)
        for row in sheet.iter_rows()
        for cell in row
        for part in (cell.value, cell.comment.text if cell.comment else "")
    )
    for secret in ("秦良玉", "13800000001", material.certificate(1)):
        assert secret not in text
