"""Layouts that are no lists of rows: laid out as one with the true address of each cell, or refused by their names."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest

from qiaojie.intake import services
from qiaojie.intake.judging import planning
from qiaojie.intake.presenting import marked_copy
from qiaojie.intake.reading import unfolding
from qiaojie.intake.reading.lines import Content
from qiaojie.intake.reading.table_detection import recognise
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.sheets.book import Range, Sheet
from qiaojie.sheets.reading import read as read_book
from tests.intake import material
from tests.intake.conftest import Planner

from .test_layouts import CLASS, TENTH, WHO, book, codes, content, her, one, stated

SPAN = "2023年6月1日至6月10日"
TITLE = [f"培训班名称：竹编班  培训时间：{SPAN}"]
PEOPLE = ("person.name", "person.id_number")
INCOMES = "ledgers/incomes"


def who(*numbers: int) -> list[tuple[str, str]]:
    return [(material.name(n), material.id_number(n)) for n in numbers]


def cells(found: Content, name: str) -> list[str]:
    return [line.cell(name) for line in found.lines]


# --- side by side ---


@pytest.mark.parametrize("gap", [(), ("",)])
@pytest.mark.parametrize("numbered", [True, False])
def test_two_lists_side_by_side_are_read_both(gap: tuple[str, ...], numbered: bool) -> None:
    def part(number: int) -> tuple[Any, ...]:
        return ((number,) if numbered else ()) + her(number)

    head = (("序号",) if numbered else ()) + WHO
    found = one([TITLE, (*head, *gap, *head), (*part(1), *gap, *part(3)), (*part(2), *gap)])
    assert stated(found, *PEOPLE) == who(1, 2, 3)
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 3
    col = "ABCDEFGHIJ"[len(head) + len(gap) + numbered]
    first = "ABCDEFGHIJ"[int(numbered)]
    assert cells(found, "person.name") == [f"{first}3", f"{first}4", f"{col}3"]
    assert "layout_unfolded" in codes(found)


def test_three_lists_and_a_signature_below() -> None:
    found = one([TITLE, WHO * 3, (*her(1), *her(2), *her(3)), ("填表人：王某某",)])
    assert stated(found, *PEOPLE) == who(1, 2, 3)


def test_lists_side_by_side_of_different_columns_are_named_and_not_read_by_halves() -> None:
    with pytest.raises(Unusable) as refused:
        one([TITLE, (*WHO, "姓名", "身份证号"), (*her(1), *who(2)[0])])
    assert refused.value.code == "layout_unread"
    assert "并排" in refused.value.message and "下面" in refused.value.message


def test_a_wrong_cell_of_the_right_list_is_pointed_at_where_it_stands() -> None:
    found = one([TITLE, WHO * 2, (*her(1), material.name(2), "女", "123")])
    (issue,) = found.lines[1].issues
    assert (issue.code, issue.cell) == ("id_length", "F3")


# --- one person in a column ---


def test_a_person_in_each_column() -> None:
    rows = [
        ["万州区学员情况"],
        ["姓名", *(name for name, _id in who(1, 2, 3))],
        ["性别", "女", "女", "女"],
        ["身份证号", *(number for _name, number in who(1, 2, 3))],
        ["培训班名称", "竹编班", "竹编班", "刺绣班"],
        ["培训起止时间", SPAN, SPAN, SPAN],
        ["联系电话", "13800001111", "13800002222", "13800003333"],
        ["鞋码", 38, 39, 40],
        ["填表人：王某某"],
    ]
    found = one(rows)
    assert stated(found, "person.phone") == [("13800001111",), ("13800002222",), ("13800003333",)]
    assert stated(found, *PEOPLE) == who(1, 2, 3)
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 2 + [("刺绣班", *TENTH)]
    assert cells(found, "person.id_number") == ["B4", "C4", "D4"]
    assert "“鞋码”" in next(i.message for i in found.issues if i.code == "columns_unread")


def test_what_is_merged_over_several_people_is_said_of_each() -> None:
    form = notices.table("chongqing-work-2023/roster").form
    rows: list[list[Any]] = [
        ["姓名", *(name for name, _id in who(1, 2))],
        ["身份证号", *(number for _name, number in who(1, 2))],
        ["培训班名称", "竹编班", ""],
    ]
    sheet = Sheet("x", rows, (Range(2, 1, 2, 2),))
    laid = unfolding.LAYOUTS[-1].unfold(sheet, unfolding._words([form]))
    assert laid is not None
    assert [row[2] for row in laid.rows] == ["培训班名称", "竹编班", "竹编班"]


# --- cards ---


def card(number: int, head: bool = True) -> list[list[Any]]:
    rows: list[list[Any]] = [["学员登记表"]] if head else []
    name, sex, identity = her(number)
    rows += [
        ["姓名", name, "性别", sex, "民族", "汉"],
        ["身份证号", identity, None, None, "联系电话", f"1380000000{number}"],
        ["培训班名称", "竹编班", "培训时间", SPAN],
        ["爱好", "唱歌"],
    ]
    return rows


def test_a_card_below_a_card_is_a_row_each() -> None:
    found = one([*card(1), [], *card(2), [], *card(3, head=False)])
    assert stated(found, *PEOPLE) == who(1, 2, 3)
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 3
    assert stated(found, "person.phone")[1] == ("13800000002",)
    assert cells(found, "person.id_number") == ["B3", "B9", "B14"]
    told = next(issue for issue in found.issues if issue.code == "columns_unread")
    assert "“爱好”" in told.message
    # What only an order may collect is told apart.
    (unordered,) = [issue for issue in found.issues if issue.code == "columns_not_ordered"]
    assert "“民族”" in unordered.message


def test_a_card_on_each_sheet_is_a_row_each() -> None:
    found = content(book(("甲", card(1)), ("乙", card(2))))
    assert stated(found, *PEOPLE) == who(1, 2)
    assert [line.sheet for line in found.lines] == ["甲", "乙"]


def test_a_card_that_leaves_something_blank_takes_nothing_from_its_neighbour() -> None:
    rows = card(1)
    rows[2] = ["身份证号", her(1)[2], None, None, "联系电话", None]
    found = one([*rows, *card(2)])
    assert stated(found, "person.phone") == [(None,), ("13800000002",)]


def test_cards_side_by_side_are_named() -> None:
    rows = [[*left, "", *right] for left, right in zip(card(1), card(2), strict=True)]
    with pytest.raises(Unusable) as refused:
        one(rows)
    assert refused.value.code == "layout_unread"


# --- months as columns ---


def test_a_month_in_each_column_is_a_row_for_each_month() -> None:
    rows = [
        ("姓名", "身份证号", "收入来源", "2023年1月", "2023年2月", "2023年3月"),
        (*who(1)[0], "手工制作", 800, None, 900),
        (*who(2)[0], "手工制作", None, 700, None),
    ]
    found = one(rows, table=INCOMES)
    assert stated(found, "person.name", "month", "amount") == [
        (material.name(1), date(2023, 1, 1), 80_000),
        (material.name(1), date(2023, 3, 1), 90_000),
        (material.name(2), date(2023, 2, 1), 70_000),
    ]
    assert cells(found, "amount") == ["D2", "F2", "E3"]
    assert cells(found, "month") == ["D1", "F1", "E1"]


def test_months_below_a_common_head_take_the_year_of_the_title() -> None:
    rows = [
        ("2023年万州区妇女收入表",),
        ("姓名", "身份证号", "收入来源", "收入（元）", None),
        (None, None, None, "1月", "2月份"),
        (*who(1)[0], "手工制作", 800, 650.5),
    ]
    found = one(rows, table=INCOMES)
    assert stated(found, "month", "amount") == [(date(2023, 1, 1), 80_000), (date(2023, 2, 1), 65_050)]


def test_months_beside_a_column_of_months_are_named() -> None:
    rows = [("姓名", "身份证号", "月份", "收入来源", "1月", "2月"), (*who(1)[0], "6月", "手工制作", 1, 2)]
    with pytest.raises(Unusable) as refused:
        one(rows, table=INCOMES)
    assert refused.value.code == "layout_unread"


# --- one digit in each cell ---


@pytest.mark.parametrize("as_number", [True, False])
def test_a_number_written_one_digit_a_cell_is_one_number(as_number: bool) -> None:
    def digits(number: int) -> list[Any]:
        return [int(mark) if as_number and mark.isdigit() else mark for mark in material.id_number(number)]

    head = ("姓名", "身份证号", *[None] * 17, "培训班名称", "开班日期", "结业日期")
    rows = [head, *((material.name(n), *digits(n), "竹编班", "2023-06-01", "2023-06-10") for n in (1, 2))]
    found = one(rows)
    assert stated(found, *PEOPLE, *CLASS) == [(*each, "竹编班", *TENTH) for each in who(1, 2)]
    assert (cells(found, "person.id_number"), cells(found, "class.title")) == (["B2", "B3"], ["T2", "T3"])


# --- what is a list stays one ---


@pytest.mark.parametrize(
    "rows",
    [
        [WHO, her(1)],
        [["姓名", "民族", "性别", "年龄", "身份证号"], [her(1)[0], "汉", "女", 40, her(1)[2]]],
        [["姓名", "监护人姓名", "身份证号"], [her(1)[0], "李某", her(1)[2]]],
        [["填表人姓名", "王某"], [], WHO, her(1)],
        [["姓名", "培训情况", None], [None, "培训班名称", "开班日期"], [her(1)[0], "竹编班", "2023-06-01"]],
    ],
)
def test_a_list_is_left_as_it_is(rows: Sequence[Sequence[Any]]) -> None:
    form = notices.table("chongqing-work-2023/roster").form
    held = read_book(book(("名册", rows)), "名册.xlsx")
    again, said = unfolding.unfolded(held, [form])
    assert (again, said) == (held, [])


def test_layouts_are_recognised_without_the_table_being_named(tree: None) -> None:
    rows = [TITLE, (*WHO, "联系电话") * 2, (*her(1), "13800000001", *her(2), "13800000002")]
    seen = recognise(read_book(book(("名册", rows)), "名册.xlsx"))
    assert seen.tables == (material.ROSTER,)


def test_what_is_found_is_marked_in_the_file_itself(plan: Planner, approver: Viewer) -> None:
    wrong = (material.name(3), "女", "123")
    data = book(("名册", [TITLE, (*WHO, "", *WHO), (*her(1), "", *her(2)), (*her(4), "", *wrong)]))
    planned = plan(data)
    assert [str(row.verdict) for row in planned.rows] == ["new", "new", "new", "wrong"]
    copy = marked_copy.marked(planned, approver, "退回修改", "intake/x.marked")
    sheet = openpyxl.load_workbook(io.BytesIO(copy.content))["名册"]
    assert sheet["G4"].value == "123" and sheet["G4"].comment is not None
    assert sheet["C4"].comment is None


def test_laid_out_rows_are_written_and_come_again_as_the_same(plan: Planner, approver: Viewer) -> None:
    data = book(("名册", [[], *card(1), [], *card(2)]))
    planned = plan(data)
    assert planned.to_write == 2
    services.commit(planned, approver)
    again = plan(data)
    assert [str(row.verdict) for row in again.rows] == ["same", "same"]


def test_what_holds_for_all_rows_is_judged_alike_by_columns_and_by_rows(
    plan: Planner, approver: Viewer
) -> None:
    head = (*WHO, "培训班名称", "是否结业")
    rows = [TITLE, head, (*her(1), None, "是"), (*her(2), "刺绣班", None), (*her(3), None, "也许")]
    planned = plan(book(("名册", rows)))
    each = planning.make(planned.source, approver, by_columns=False)
    assert [row.verdict for row in planned.rows] == [row.verdict for row in each.rows]
    assert [(issue.cell, issue.code) for issue in planned.issues] == [
        (issue.cell, issue.code) for issue in each.issues
    ]
    assert [str(row.verdict) for row in planned.rows] == ["new", "new", "wrong"]
    services.commit(planned, approver)
    again = planning.make(planned.source, approver, by_columns=False)
    assert [str(row.verdict) for row in again.rows] == ["same", "same", "wrong"]
