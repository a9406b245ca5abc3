"""How lists really stand in files: few columns, what is stated once, both days in one cell, columns that nothing is read from."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest

from qiaojie.intake.reading import stated_for_all
from qiaojie.intake.reading.lines import Content, read
from qiaojie.intake.reading.table_detection import recognise
from qiaojie.intake.vocabulary.outcome import HeaderMap, Source
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.sheets.reading import read as read_book
from tests.intake import material

ROSTER = "chongqing-work-2023/roster"
HANDICRAFT = "chongqing-bases-2020/help-handicraft"
TENTH = (date(2023, 6, 1), date(2023, 6, 10))
SPAN = "2023年6月1日至6月10日"


def book(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def content(
    data: bytes,
    table: str = ROSTER,
    file: str = "名册.xlsx",
    maps: tuple[HeaderMap, ...] = (),
    said: Mapping[str, str] | None = None,
) -> Content:
    unit = Region(short_name="万州区", name="万州区")
    return read(Source(data, file, notices.table(table), unit, maps=maps, said=said or {}))


def one(rows: Sequence[Sequence[Any]], name: str = "Sheet1", **told: Any) -> Content:
    return content(book((name, rows)), **told)


def stated(found: Content, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line.stated.get(name) for name in names) for line in found.lines]


def codes(found: Content) -> dict[str, str]:
    return {issue.code: issue.cell for issue in found.issues}


WHO = ("姓名", "性别", "身份证号")


def her(number: int) -> tuple[str, str, str]:
    return material.name(number), "女", material.id_number(number)


CLASS = ("class.title", "class.begins", "class.ends")
FIVE = ("姓名", "身份证号", "培训班名称", "开班日期", "结业日期")


# --- what a table requires ---


def test_a_sheet_with_all_that_a_table_requires_is_that_table() -> None:
    rows = [FIVE, (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10")]
    assert stated(one(rows), *CLASS) == [("竹编班", *TENTH)]
    wide = [
        (*FIVE, *(f"另{n}" for n in range(12))),
        (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10", *["x"] * 12),
    ]
    assert stated(one(wide), *CLASS) == [("竹编班", *TENTH)]


def test_it_is_recognised_without_being_told_so(tree: None) -> None:
    rows = [FIVE, (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10")]
    seen = recognise(read_book(book(("2023年名册", rows)), "万州区2023年.xlsx"))
    assert seen.tables == (material.ROSTER,)


def test_a_name_alone_makes_no_table() -> None:
    with pytest.raises(Unusable) as refused:
        one([("姓名", "爱好"), (material.name(1), "唱歌")])
    assert refused.value.code == "table_not_found"


def test_what_somebody_says_of_a_header_holds_however_little_it_has() -> None:
    head = (
        "学员是谁",
        "证件上的号码",
        "哪个班",
        "哪天开始",
        "哪天结束",
        "爱好",
        "车牌",
        "鞋码",
        "星座",
        "血型",
    )
    rows = [head, (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10", *["x"] * 5)]
    said = {"学员是谁": "person.name", "证件上的号码": "person.id_number", "哪个班": "class.title"}
    said |= {"哪天开始": "class.begins", "哪天结束": "class.ends"}
    found = one(rows, maps=(HeaderMap(said),))
    assert stated(found, *CLASS) == [("竹编班", *TENTH)]


# --- what is stated once ---


@pytest.mark.parametrize(
    ("above", "cell"),
    [
        ([[f"培训班名称：竹编班  培训时间：{SPAN}"]], "A1"),
        ([[f"培训班：竹编班 {SPAN}"]], "A1"),
        ([["万州区2023年学员花名册"], ["培训班名称：竹编班", None, f"起止日期：{SPAN}"]], "A2"),
        ([["培训班名称：", "竹编班", "开班日期：", "2023-06-01", "结业日期：", "2023-06-10"]], "B1"),
        ([["培训班名称", "竹编班", "培训时间", SPAN]], "B1"),
        ([["万州区2023年竹编班学员花名册"], [f"（{SPAN}）"]], "A1"),
        ([[f"万州区竹编班学员名册（{SPAN}）"]], "A1"),
    ],
)
def test_what_stands_once_above_the_rows_holds_for_all_of_them(above: list[list[str]], cell: str) -> None:
    found = one([*above, WHO, her(1), her(2)])
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 2
    told = [issue for issue in found.issues if issue.code == stated_for_all.STATED]
    assert {issue.field: issue.cell for issue in told}["class.title"] == cell
    assert {issue.field for issue in told} == set(CLASS)


def test_the_name_of_a_sheet_or_file_says_which_class_it_is() -> None:
    rows = [[f"培训时间：{SPAN}"], WHO, her(1)]
    sheets = content(book(("竹编班", rows), ("2023年刺绣一班学员名单", [*rows[:2], her(2)])))
    assert stated(sheets, "class.title") == [("竹编班",), ("刺绣一班",)]
    assert "工作表名" in next(i.message for i in sheets.issues if i.field == "class.title")
    named = one(rows, file="万州区2023年竹编班学员名册.xlsx")
    assert stated(named, "class.title") == [("竹编班",)]
    assert "文件名" in next(i.message for i in named.issues if i.field == "class.title")


def test_a_row_that_says_otherwise_is_right_and_one_that_leaves_it_blank_is_filled() -> None:
    head = (*WHO, "培训班名称")
    found = one([[f"培训班名称：竹编班 培训时间：{SPAN}"], head, (*her(1), "刺绣班"), (*her(2), None)])
    assert stated(found, *CLASS) == [("刺绣班", *TENTH), ("竹编班", *TENTH)]


def test_what_is_hers_alone_holds_for_nobody_else() -> None:
    above = [["联系电话：13800000001  姓名：王某某"], [f"培训班名称：竹编班 培训时间：{SPAN}"]]
    found = one([*above, WHO, her(1)])
    assert stated(found, "person.phone", "person.name") == [(None, material.name(1))]


def test_two_classes_in_a_title_are_none() -> None:
    with pytest.raises(Unusable) as refused:
        one(
            [
                ["竹编班、刺绣班学员名册"],
                [f"培训时间：{SPAN}"],
                (*WHO, "残疾人证号", "联系电话", "户籍地"),
                (*her(1),),
            ]
        )
    assert refused.value.code == "column_missing"
    assert "培训班名称" in refused.value.message
    assert "整张表都是" in refused.value.message


def test_a_caption_that_cannot_be_read_is_pointed_at() -> None:
    found = one([["培训班名称：竹编班 开班日期：2023年2月30日 结业日期：2023年3月10日"], WHO, her(1)])
    assert codes(found)["date_impossible"] == "A1"


# --- said by whoever hands it in ---


def test_what_is_said_by_whoever_hands_it_in_holds_for_all_rows() -> None:
    table = notices.table(ROSTER)
    said = stated_for_all.asked(["培训班名称=竹编班", f"培训时间={SPAN}"], table)
    assert said == {"class.title": "竹编班", "class.begins": SPAN, "class.ends": SPAN}
    found = one([WHO, her(1), her(2)], said=said)
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 2
    head = (*WHO, "培训班名称")
    mixed = one([["培训班名称：织布班"], head, (*her(1), "刺绣班"), (*her(2), None)], said=said)
    assert stated(mixed, "class.title") == [("刺绣班",), ("竹编班",)]
    assert stated_for_all.asked(["result=是", "开班日期=6月1日"], table) == {
        "result": "是",
        "class.begins": "6月1日",
    }


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        ("培训班名称", "say_unreadable"),
        ("培训班名称=", "say_unreadable"),
        ("没有的栏=x", "say_unknown"),
        ("姓名=李桂", "say_unknown"),
        ("身份证号=1", "say_unknown"),
        ("开班日期=2023年2月30日", "say_unreadable"),
        ("性别=X", "say_unreadable"),
    ],
)
def test_what_cannot_hold_for_all_rows_is_refused(pair: str, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        stated_for_all.asked([pair], notices.table(ROSTER))
    assert refused.value.code == code


# --- both days in one column ---


@pytest.mark.parametrize(
    "head",
    [
        "培训起止时间",
        "培训时间",
        "起止日期",
        "起止年月日",
        "时间（起止）",
        "培训时间段",
        "培训期间",
        "开班、结业时间（起止）",
    ],
)
def test_a_column_of_spans_fills_the_first_and_the_last_day(head: str) -> None:
    rows = [(*WHO, "培训班名称", head), (*her(1), "竹编班", SPAN), (*her(2), "竹编班", "2023.6.1-6.10")]
    found = one(rows)
    assert stated(found, "class.begins", "class.ends") == [TENTH, TENTH]
    assert [line.cell("class.ends") for line in found.lines] == ["E2", "E3"]
    assert [(c.text, c.field) for c in found.columns][-2:] == [(head, "class.begins"), (head, "class.ends")]


def test_a_span_that_says_nothing_is_told_once_at_its_cell() -> None:
    rows = [(*WHO, "培训班名称", "培训起止时间"), (*her(1), "竹编班", "夏天"), (*her(2), "竹编班", SPAN)]
    wrong, right = one(rows).lines
    assert [(issue.code, issue.cell) for issue in wrong.issues] == [("date_unreadable", "E2")]
    assert not right.issues


def test_a_column_of_single_days_is_no_span() -> None:
    rows = [
        (*WHO, "培训班名称", "培训时间"),
        (*her(1), "竹编班", "2023-06-01"),
        (*her(2), "竹编班", "2023-06-02"),
    ]
    with pytest.raises(Unusable):
        one(rows)


def test_a_column_may_be_pointed_out_as_both_days() -> None:
    rows = [(*WHO, "培训班名称", "哪几天"), (*her(1), "竹编班", SPAN)]
    maps = (HeaderMap({"哪几天": "class.begins~class.ends"}),)
    assert stated(one(rows, maps=maps), *CLASS) == [("竹编班", *TENTH)]


# --- columns that nothing is read from ---


def test_every_column_that_is_not_read_is_named_once() -> None:
    rows = [
        ("序号", *WHO, "培训班名称", "开班日期", "结业日期", "鞋码", "空的", "车牌号"),
        (1, *her(1), "竹编班", "2023-06-01", "2023-06-10", 38, None, "渝A"),
        (2, *her(2), "竹编班", "2023-06-01", "2023-06-10", 39, None, "渝B"),
    ]
    found = one(rows)
    (told,) = [issue for issue in found.issues if issue.code == "columns_unread"]
    assert told.cell == "H1"
    assert "“鞋码”、“车牌号”" in told.message
    assert "空的" not in told.message and "序号" not in told.message


def test_what_somebody_said_is_not_read_is_not_named() -> None:
    rows = [
        (*FIVE, "鞋码"),
        (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10", 38),
    ]
    assert "columns_unread" in codes(one(rows))
    maps = (HeaderMap({"鞋码": "", "姓名": "person.name"}),)
    assert "columns_unread" not in codes(one(rows, maps=maps))


@pytest.mark.parametrize("head", ["是否结业", "结业情况", "培训结果", "是否合格", "结业结果", "结业与否"])
def test_the_result_is_read_under_any_of_its_names(head: str) -> None:
    rows = [
        (*FIVE, head),
        (material.name(1), material.id_number(1), "竹编班", "2023-06-01", "2023-06-10", "是"),
        (material.name(2), material.id_number(2), "竹编班", "2023-06-01", "2023-06-10", "否"),
    ]
    assert stated(one(rows), "result") == [("completed",), ("dropped",)]


def test_what_the_ledger_keeps_is_read_though_the_form_has_no_column_for_it() -> None:
    table = "cdpf-employment-training/employment"
    rows = [
        ("姓名", "身份证号", "户口性质", "就业形式", "就业单位", "开始日期", "是否手工制作"),
        (material.name(1), material.id_number(1), "农业", "灵活就业", "编织社", "2023-06-01", "是"),
        (material.name(2), material.id_number(2), "农业", "灵活就业", "编织社", "2023-06-01", "否"),
    ]
    found = one(rows, table=table)
    assert stated(found, "handicraft", "begins") == [(True, TENTH[0]), (False, TENTH[0])]
    assert "columns_unread" not in codes(found)


def test_what_a_form_fixes_for_its_rows_is_no_column_of_theirs() -> None:
    form = notices.table(ROSTER).form
    assert not {"class.kind", "unit", "state", "person.working_age"} & form.lent_fields
    assert "person.birth_date" in form.lent_fields
    assert "person.birth_date" not in form.readable_fields
    assert not notices.table("chongqing-handicraft-2019/training-status").form.lent_fields & {
        "begins",
        "ends",
    }


# --- another list below ---

JULY = (date(2023, 7, 3), date(2023, 7, 12))
SECOND = "2023年7月3日至7月12日"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([f"万州区甲艺班学员名单（{SPAN}）"], [f"万州区乙艺班学员名单（{SECOND}）"]),
        (["培训班名称：甲艺班", f"培训时间：{SPAN}"], ["培训班名称：乙艺班", f"培训时间：{SECOND}"]),
        ([f"甲艺班  {SPAN}"], [f"乙艺班  {SECOND}"]),
    ],
)
def test_a_second_list_has_what_its_own_lines_state(first: list[str], second: list[str]) -> None:
    found = one([first, WHO, her(1), her(2), [], second, WHO, her(3), her(4)])
    a, b = ("甲艺班", *TENTH), ("乙艺班", *JULY)
    assert stated(found, *CLASS) == [a, a, b, b]


@pytest.mark.parametrize("line", [f"乙艺班学员名单（{SECOND}）", f"第二期：{SECOND}"])
def test_rows_below_another_title_are_not_taken_for_the_first_class(line: str) -> None:
    found = one([[f"甲艺班学员名单（{SPAN}）"], WHO, her(1), her(2), [line], her(3), her(4)])
    assert stated(found, *CLASS) == [("甲艺班", *TENTH)] * 2
    assert codes(found)["table_below"] == "A5"


def test_a_line_that_says_the_same_again_begins_nothing() -> None:
    title = f"甲艺班学员名单（{SPAN}）"
    found = one([[title], WHO, her(1), [title], WHO, her(2)])
    assert stated(found, *CLASS) == [("甲艺班", *TENTH)] * 2 and "table_below" not in codes(found)


def test_captions_in_a_row_leave_nothing_behind_the_name() -> None:
    found = one([[f"培训班名称：子艺班（共2人）；培训时间：{SPAN}"], WHO, her(1)])
    assert stated(found, "class.title") == [("子艺班",)]


def test_days_of_something_else_are_not_those_of_the_class() -> None:
    found = one([["甲艺班学员名单（2023年4月1日至4月20日报名）"], [f"培训时间：{SPAN}"], WHO, her(1)])
    assert stated(found, *CLASS) == [("甲艺班", *TENTH)]
