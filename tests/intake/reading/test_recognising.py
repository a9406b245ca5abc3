"""Which table a file holds, told by its header; what it holds beside that is never passed over in silence."""

from __future__ import annotations

import io

import openpyxl
import pytest

from qiaojie.intake.reading.table_detection import recognise
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.sheets.reading import read
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from tests.intake import material
from tests.intake.conftest import Planner

HANDICRAFT = "chongqing-handicraft-2019"
BASES = "chongqing-bases-2020"
WORK = "chongqing-work-2023"
HELP_HEADER = [
    "序号",
    "带动妇女姓名",
    "家庭住址",
    "联系电话",
    "培训时间",
    "培训内容",
    "产品收入（万元）",
    "妇女类型",
    "备注",
]
STATUS_HEADER = [
    "时间",
    "培训班名称",
    "培训内容",
    "总人数（人）",
    "残疾妇女人数（人）",
    "培训班总费用（元）",
    "残疾妇女培训费用（元）",
    "资金来源",
]


def workbook(*sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title in hidden:
            sheet.sheet_state = "hidden"
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def seen(data: bytes, name: str = "表.xlsx"):
    return recognise(read(data, name))


def shipped() -> list[str]:
    return [f"{notice.code}/{table.code}" for notice in notices.every() for table in notice.tables]


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["xlsx", "docx", "csv"])
def test_every_declared_table_is_recognised_as_itself(form: str) -> None:
    for name in shipped():
        table = notices.table(name)
        data = write(Filled(table.form, {}, []), form)
        found = seen(data, f"a.{form}")
        assert found.places, name
        first = found.places[0].candidates[0]
        assert (first.table, first.handed_in) == (name, table.handed_in)
        assert found.places[0].sure is not None, (name, found.places[0].candidates)
        assert found.tables == ((name,) if table.handed_in else ())


@pytest.mark.django_db
def test_the_unit_and_the_year_come_from_caption_title_sheet_and_file() -> None:
    rows = [
        ["重庆市巾帼脱贫残疾妇女手工技能培训情况表"],
        ["区县（自治县）：忠  县", "填报时间：2019年7月25日"],
        STATUS_HEADER,
    ]
    place = seen(workbook(("表", rows))).places[0]
    assert (place.region, place.year) == ("忠 县", 2019)
    title = [["涪陵区2023年残疾人职业技能培训学员名册"], list(material.HEADER)]
    place = seen(workbook(("表", title))).places[0]
    assert (place.region, place.year, place.sure is not None) == ("涪陵区", 2023, True)


@pytest.mark.django_db
def test_what_the_header_cannot_tell_apart_the_names_may() -> None:
    rows: list[list[object]] = [HELP_HEADER, [1, "李桂", "", "", "", "", 0.5, "留守妇女", ""]]
    both = seen(workbook(("Sheet1", rows)))
    assert {one.table for one in both.places[0].candidates} == {
        f"{BASES}/help-handicraft",
        f"{BASES}/help-processing",
    }
    assert both.tables == (f"{BASES}/help-handicraft", f"{BASES}/help-processing")
    with pytest.raises(Unusable) as several:
        both.table()
    assert several.value.code == "table_several"
    assert several.value.names == both.tables
    assert "help-" not in several.value.message and "巾帼示范基地" in several.value.message
    assert "Sheet1!A1" in several.value.message
    assert seen(workbook(("加工制造", rows))).tables == (f"{BASES}/help-processing",)
    assert seen(workbook(("Sheet1", rows)), "手工制作统计表.xlsx").tables == (f"{BASES}/help-handicraft",)


@pytest.mark.django_db
def test_every_block_of_a_file_is_named_with_its_table() -> None:
    first: list[list[object]] = [
        ["重庆市巾帼脱贫残疾妇女手工技能培训情况表"],
        list(STATUS_HEADER),
        ["3月1日—3月5日", "一班", "竹编", 3, 2, 9, 6, ""],
    ]
    second: list[list[object]] = [
        [],
        ["手工制作带动统计表："],
        list(HELP_HEADER),
        [1, "李桂", "", "", "", "", 0.5, "留守妇女", ""],
    ]
    found = seen(
        workbook(
            ("甲", [*first, *second]), ("乙", second), ("丙", [["随便写写"]]), ("丁", first), hidden=("丁",)
        )
    )
    assert [(p.sheet, p.cell, p.last_row, p.candidates[0].table, p.hidden) for p in found.places] == [
        ("甲", "A2", 5, f"{HANDICRAFT}/training-status", False),
        ("甲", "A6", 7, f"{BASES}/help-handicraft", False),
        ("乙", "A3", 4, f"{BASES}/help-handicraft", False),
        ("丁", "A2", 3, f"{HANDICRAFT}/training-status", True),
    ]
    assert found.tables == (f"{HANDICRAFT}/training-status", f"{BASES}/help-handicraft")


@pytest.mark.django_db
def test_a_header_printed_on_each_page_is_one_block_and_another_base_is_another() -> None:
    def page(base: str) -> list[list[object]]:
        return [
            ["手工制作带动统计表："],
            [f"带动基地名称：{base}"],
            list(HELP_HEADER),
            [1, "李桂", "", "", "", "", 0.5, "留守妇女", ""],
        ]

    found = seen(workbook(("甲", [*page("竹编社"), *page("竹编社"), *page("刺绣坊")])))
    assert [place.cell for place in found.places] == ["A3", "A11"]


@pytest.mark.django_db
def test_a_form_of_computed_figures_is_named_but_not_handed_in() -> None:
    data = write(Filled(notices.table(f"{WORK}/tasks-2023").form, {}, []), "xlsx")
    with pytest.raises(Unusable) as fault:
        seen(data).table()
    assert fault.value.code == "table_not_recognised"
    assert "任务表" in fault.value.message


@pytest.mark.django_db
def test_nothing_known_is_said_with_the_sheets() -> None:
    with pytest.raises(Unusable) as fault:
        seen(workbook(("随笔", [["甲", "乙"], [1, 2]]))).table()
    assert fault.value.code == "table_not_recognised"
    assert "随笔" in fault.value.message


# --- what a plan says of the rest of the file ---


def codes(plan, level: Level | None = None) -> list[tuple[str, str, str]]:
    return [(i.sheet, i.cell, i.code) for i in plan.issues if level is None or i.level is level]


STATUS = [
    ["手工技能培训情况表"],
    ["区县（自治县）：涪陵区", "填报时间：2023年7月25日"],
    STATUS_HEADER,
    ["3月1日—3月5日", "一班", "竹编", 3, 2, 9, 6, "市级资金"],
]
ROSTER = [list(material.HEADER), material.person_row(1), material.person_row(2)]


def test_other_tables_and_hidden_sheets_are_said(plan: Planner) -> None:
    data = workbook(
        ("情况表", [*STATUS, [], *ROSTER]),
        ("名册", ROSTER),
        ("旧名册", ROSTER),
        ("旧情况", STATUS),
        hidden=("旧名册", "旧情况"),
    )
    planned = plan(data, material.STATUS)
    assert len(planned.rows) == 1
    said = codes(planned)
    assert ("情况表", "A6", "other_table") in said
    assert ("名册", "A1", "other_table") in said
    assert ("旧名册", "A1", "sheet_hidden") in said
    assert ("旧情况", "A1", "sheet_hidden") in said
    message = next(i.message for i in planned.issues if i.code == "other_table")
    assert "trial-2023" not in message


def test_hidden_rows_and_columns_are_read_and_said(plan: Planner) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(("名册", [list(material.HEADER), *(material.person_row(n) for n in range(1, 7))]))
        )
    )
    for row in (3, 4, 6):
        book.active.row_dimensions[row].hidden = True
    book.active.column_dimensions["G"].hidden = True
    kept = io.BytesIO()
    book.save(kept)
    planned = plan(kept.getvalue())
    assert len(planned.rows) == 6, "a clerk's filter must not lose people"
    hints = {i.code: i for i in planned.issues if i.level is Level.HINT}
    assert "3 行" in hints["rows_hidden"].message
    assert "3—4、6" in hints["rows_hidden"].message
    assert "联系电话" in hints["columns_hidden"].message


def test_two_versions_of_a_form_on_one_sheet_are_each_read_by_their_own_header(plan: Planner) -> None:
    first = [list(material.HEADER), material.person_row(1)]
    order = [0, 1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11]
    second = [[line[n] for n in order] for line in ([list(material.HEADER), material.person_row(2)])]
    planned = plan(workbook(("名册", [*first, *second])))
    assert [row.verdict for row in planned.rows] == ["new", "new"]
    third = [
        [line[n] for n in range(12) if n != 6] for line in ([list(material.HEADER), material.person_row(3)])
    ]
    planned = plan(workbook(("名册", [*third, *first])))
    assert [row.verdict for row in planned.rows] == ["new", "new"]
    assert planned.bulk is not None
    assert [bool(phone) for phone in planned.bulk.values["phone"]] == [False, True]
