"""Cells in the words that offices use, read through whole files: answers, notes in names, what is no data, months."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from qiaojie.intake.reading.lines import Content, read
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.lib.findings import Level
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region

from ..material import id_number

ROSTER = "chongqing-work-2023/roster"
HELP = "chongqing-bases-2020/help-housekeeping"
HEAD = "姓名 性别 身份证号 培训班名称 开班日期 结业日期 是否结业".split()


def content(header: Sequence[str], rows: Sequence[Sequence[Any]], table: str, above: str = "") -> Content:
    text = io.StringIO()
    lines = csv.writer(text)
    if above:
        lines.writerow([above])
    lines.writerow(header)
    lines.writerows(rows)
    data = text.getvalue().encode()
    return read(Source(data, "表.csv", notices.table(table), Region(short_name="万州区", name="万州区")))


def woman(number: int, name: str, result: Any, sex: str = "女", head: Sequence[str] = HEAD) -> list[Any]:
    row = [name, sex, id_number(number), "竹编班", "2023-06-01", "2023-06-10", result]
    return row[: len(head)]


def errors(read_: Content) -> list[tuple[int, str]]:
    return [(line.number, i.code) for line in read_.lines for i in line.issues if i.level is Level.ERROR]


def test_a_result_in_the_words_of_its_question() -> None:
    cells = ["结业", "未结业", "合格", "TRUE", "☑是 □否", "在读", "退学", "", "0", "completed", "Completed"]
    read_ = content(HEAD, [woman(n, f"甲{'四五六七八九十'[n % 7]}", c) for n, c in enumerate(cells)], ROSTER)
    assert errors(read_) == []
    wanted = ["completed", "dropped", "completed", "completed", "completed", "enrolled", "dropped", None]
    assert [line.stated["result"] for line in read_.lines][:8] == wanted
    assert [line.stated["result"] for line in read_.lines][8:] == ["dropped", "completed", "completed"]


def test_qualified_and_employed_in_their_own_words() -> None:
    header = "序号 带动妇女姓名 家庭住址 联系电话 培训时间 培训内容 是否合格 是否就业 妇女类型 备注".split()
    answers = [("合格", "已就业"), ("不合格", "未就业"), ("√", "就业"), ("", "没有就业"), ("☑是□否", "FALSE")]
    rows = [
        [n, f"辛{'一二三四五'[n]}", "某镇", f"1390000000{n}", "2020年5月", "月嫂", *pair, "贫困妇女", ""]
        for n, pair in enumerate(answers)
    ]
    read_ = content(header, rows, HELP, "带动基地名称：家政公司")
    assert errors(read_) == []
    found = [(line.stated["qualified"], line.stated["employed"]) for line in read_.lines]
    assert found == [(True, True), (False, False), (True, True), (None, False), (True, False)]


@pytest.mark.parametrize("word", ["优秀", "待定", "☑是 ☑否"])
def test_what_is_no_clear_answer_is_an_error_at_the_cell(word: str) -> None:
    read_ = content(HEAD, [woman(1, "甲四", word)], ROSTER)
    assert [(i.cell, i.level, i.field) for i in read_.lines[0].issues] == [("G2", Level.ERROR, "result")]


# --- notes beside names --------------------------------------------------------------------------------------------------


def test_notes_are_taken_off_names_and_said() -> None:
    names = ["丙一（女）", "丙二（已退出）", "丙三(曾用名李四)", "丙四（聋）", "丙五、丙六", "丙七女士"]
    read_ = content(HEAD, [woman(n, name, "是") for n, name in enumerate(names)], ROSTER)
    said = [line.stated["person.name"] for line in read_.lines]
    assert said == ["丙一", "丙二", "丙三", "丙四", None, "丙七"]
    assert errors(read_) == [(6, "name_several")]
    assert [line.stated["result"] for line in read_.lines][:3] == ["completed", "dropped", "completed"]
    for line in read_.lines:
        if line.number != 6:
            assert [i.cell for i in line.issues if i.code == "name_note"] == [f"A{line.number}"]
    (left,) = [i for i in read_.lines[1].issues if i.code == "name_note_differs"]
    assert left.level is Level.WARNING
    assert "已退出" in left.message


def test_a_note_fills_what_is_not_said_otherwise() -> None:
    notes = [
        "丙一（女）",
        "丙二（退学）",
        "丙三先生",
        "丙四（13800001234）",
        "丙五(未结业)",
        "丙六（女、组长）",
    ]
    read_ = content(HEAD, [woman(n, name, "", "") for n, name in enumerate(notes)], ROSTER)
    assert errors(read_) == []
    stated = [line.stated for line in read_.lines]
    assert [one.get("person.sex") for one in stated] == ["2", None, "1", None, None, "2"]
    assert [one.get("result") for one in stated] == [None, "dropped", None, None, "dropped", None]
    phone = "person.phone"
    assert [one.get(phone) for one in stated] == [None, None, None, "13800001234", None, None]
    assert all("13800001234" not in i.message for line in read_.lines for i in line.issues)


def test_a_note_that_contradicts_a_column_of_the_person_leaves_it() -> None:
    read_ = content(HEAD, [woman(1, "丙一（男）", "是")], ROSTER)
    (line,) = read_.lines
    assert line.stated["person.sex"] == "2"
    assert [(i.code, i.level) for i in line.issues if i.code == "name_note_differs"] == [
        ("name_note_differs", Level.WARNING)
    ]


# --- what is no data -----------------------------------------------------------------------------------------------------

HANDICRAFT = "chongqing-bases-2020/help-handicraft"
HELPED = "序号 带动妇女姓名 家庭住址 联系电话 培训时间 培训内容 产品收入（万元） 妇女类型 备注".split()
REAL = ["1", "庚一", "某镇", "13900000001", "2020.4.1-4.5", "草编", "0.6", "贫困妇女", ""]


def helped(*rows: Sequence[Any]) -> Content:
    return content(HELPED, rows, HANDICRAFT, "带动基地名称：竹编合作社")


def sample(**changed: str) -> list[str]:
    row = ["1", "李四", "某镇某村", "13900000000", "2020.4.1-4.5", "草编", "0.5", "贫困妇女", ""]
    for column, text in changed.items():
        row[{"number": 0, "name": 1, "remark": 8}[column]] = text
    return row


@pytest.mark.parametrize(
    "row",
    [
        sample(number="例"), sample(number="示例"), sample(number="（例）"), sample(number="例1"), sample(number="样例"),
        sample(number="例："),
        sample(name="例"), sample(name="示例"), sample(name="例：李四"), sample(name="如：李四"), sample(name="例/李四"),
        sample(name="（示例）李四"),
        sample(name="李四（示例）"), sample(name="例如：李四"), sample(remark="示例"), sample(remark="填写示例"),
        sample(remark="此行为示例，请勿删除"),
        sample(number="填写示例"), sample(number="【示例】"),
        ["", "（以下空白）"], ["", "以下空白"], ["以下空白"], ["", "此处空白"], ["以 下 空 白"], ["", "——以下空白——"],
        ["", "以下无正文"], ["", "空白"],
        ["第1页 共2页"], ["", "第 2 页"], ["第1页", "共2页"], ["", "", "第1页/共2页"], ["- 1 -"], ["—1—"], ["1/2"],
        ["", "第一页"], ["共 3 页，第 1 页"],
        ["Page 1 of 2"], ["", "", "", "", "", "", "", "", "第2页，共3页"], ["1 of 2"],
        ["过次页"], ["", "承前页"], ["接下页"], ["续表"], ["", "转下页"], ["…"], ["……"], ["", "……", "……"], ["..."],
        ["2"], ["2", "", "", "", "", "", "", "/"], ["2", "/", "/", "/", "/", "/", "/", "/", "/"], ["2", "以下空白"],
        ["制表：张三", "", "审核：李四"], ["填表人：王五"], ["", "盖章"], ["（盖章）"], ["审核人：", "", "负责人："],
        ["注：本表一式两份"], ["说明：如实填写"], ["备注：无"],
        HELPED, ["合计", "", "", "", "", "", "0.6"], ["", "本页合计", "", "", "", "", "0.6"], ["小计", "1人"],
        ["", "总  计", "", "", "", "", "0.6"],
    ],
    ids=lambda row: "|".join(row)[:24],
)  # fmt: skip
def test_what_is_no_data_never_becomes_a_person(row: list[str]) -> None:
    for rows in ([row, REAL], [REAL, row]):
        read_ = helped(*rows)
        assert [line.stated["person.name"] for line in read_.lines] == ["庚一"]
        assert errors(read_) == []


def test_what_was_left_out_is_said_once_with_its_rows() -> None:
    rows = [sample(number="例"), REAL, ["2"], ["3"], ["", "（以下空白）"], ["", "第 2 页"]]
    (said,) = [issue for issue in helped(*rows).issues if issue.code == "rows_left_out"]
    assert said.level is Level.HINT
    assert said.cell == "B3"
    for words in ("5 行", "示例：第3行", "只有序号：第5—6行", "第7行", "页码：第8行"):
        assert words in said.message
    assert [i for i in helped(REAL).issues if i.code == "rows_left_out"] == []


def test_a_woman_with_a_number_is_a_person_whatever_her_name_begins_with() -> None:
    names = [
        "合小玲",
        "计小玲",
        "小计",
        "例小玲",
        "页小玲",
        "如小玲",
        "完小玲",
        "盖小玲",
        "注小玲",
        "过小页",
        "第五小玲",
    ]
    read_ = content(HEAD, [woman(n, name, "是") for n, name in enumerate(names)], ROSTER)
    assert [line.stated["person.name"] for line in read_.lines] == names
    assert [issue for issue in read_.issues if issue.code == "rows_left_out"] == []


def test_a_number_is_no_reason_to_take_in_a_sample() -> None:
    head = ["序号", *HEAD]
    rows = [
        ["例", *woman(1, "李四", "是")],
        ["1", *woman(2, "庚一", "是")],
        ["2", *woman(3, "如：李四", "是")],
    ]
    read_ = content(head, rows, ROSTER)
    assert [line.stated["person.name"] for line in read_.lines] == ["庚一"]


# --- months --------------------------------------------------------------------------------------------------------------


def test_a_month_is_read_as_a_month() -> None:
    header = "姓名 身份证号 月份 收入来源 收入金额（元）".split()
    months = ["2023年6月", "6月", "2023-06", "202306", "六月份", "Jun-23", "2023.6", "2023-06-15", "45078"]
    rows = [[f"壬{'一二三四五六七八九'[n]}", id_number(n), m, "手工制作", 800] for n, m in enumerate(months)]
    read_ = content(header, rows, "ledgers/incomes", "2023年收入登记表")
    assert errors(read_) == []
    assert {line.stated["month"] for line in read_.lines} == {date(2023, 6, 1)}


def test_a_month_without_a_year_takes_that_of_the_other_rows() -> None:
    header = "姓名 身份证号 月份 收入来源 收入金额（元）".split()

    def read_of(*months: str) -> Content:
        rows = [[f"壬{'一二三'[n]}", id_number(n), m, "手工制作", 800] for n, m in enumerate(months)]
        return content(header, rows, "ledgers/incomes")

    whole = read_of("2023年6月", "6月", "2023-06")
    assert errors(whole) == []
    assert {line.stated["month"] for line in whole.lines} == {date(2023, 6, 1)}
    assert [(i.cell, i.level) for i in whole.issues if i.code == "year_of_others"] == [("C1", Level.HINT)]
    assert errors(read_of("2023年6月", "6月", "2022-06")) == [(3, "date_without_year")]
    assert [i for i in read_of("2023年6月", "2023年7月").issues if i.code == "year_of_others"] == []


def test_a_month_without_any_year_is_an_error_at_its_cell() -> None:
    header = "姓名 身份证号 月份 收入来源 收入金额（元）".split()
    read_ = content(header, [["壬一", id_number(1), "6月", "手工制作", 800]], "ledgers/incomes")
    assert [(i.cell, i.code) for i in read_.lines[0].issues] == [("C2", "date_without_year")]
