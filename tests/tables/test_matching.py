"""Forms found wherever they stand and however they were retyped."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Context
from qiaojie.sheets.book import Range, Sheet
from qiaojie.tables.matching import match, match_all, read_captions, read_rows, read_totals

from .forms import CLASSES, HELP, LIST, MATRIX, form

HEADER = [
    "序号",
    "姓名",
    "身份证号",
    "户籍地（乡镇、街道）",
    "手机",
    "结业日期",
    "是否就业",
    "出勤率",
    "备注",
]
PERSON = [1.0, "李  桂", "50000019860313668X", "江东街道", "13800138000", "2023.5.26", "是", 0.9, ""]


def sheet(rows, merged=(), first_row=0, first_col=0) -> Sheet:
    return Sheet(
        "表",
        [list(row) for row in rows],
        tuple(Range(*block) for block in merged),
        False,
        first_row,
        first_col,
    )


def found(rows, mapping=LIST, merged=(), **place):
    match_ = match(sheet(rows, merged, **place), form(mapping))
    assert match_ is not None
    return match_


def names(match_) -> list[str | None]:
    return [row.values["name"] for row in read_rows(match_, Context())]


@given(st.integers(0, 30), st.integers(0, 6), st.integers(0, 40), st.integers(0, 20))
def test_the_header_is_found_wherever_it_stands(above, left, first_row, first_col):
    rows = [["x"]] * above + [[""] * left + HEADER, [""] * left + PERSON]
    match_ = found(rows, first_row=first_row, first_col=first_col)
    row = read_rows(match_, Context())[0]
    assert row.number == first_row + above + 2
    assert row.cells["name"] == (match_.sheet.address(first_row + above + 1, first_col + left + 1), "李  桂")


def test_a_header_far_down_is_found_too():
    assert found([["说明"]] * 3000 + [HEADER, PERSON]).header.top == 3000


def test_columns_moved_renamed_added_and_left_out():
    rows = [
        ["*学员姓名", "村", "公民身份号码", "手机（必填）", "结 业\n日期"],
        ["李桂", "二村", "", "", "2023.5.26"],
    ]
    match_ = found(rows)
    assert [binding.leaf.column.field for binding in match_.bindings] == ["name", "id", "phone", "ended"]
    assert match_.extra == ((1, "村"),)
    assert [leaf.column.field for leaf in match_.missing] == ["home", "employed", "presence", "remark"]


def test_a_required_column_that_is_not_there_is_named():
    match_ = found([["公民身份号码", "手机", "结业日期", "备注", "出勤率"], ["", "", "2023.5.26", "", ""]])
    assert [(address, finding.code) for address, finding in match_.findings] == [("A1", "column_missing")]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [[""]],
        [["姓名"]],
        [["产品", "单价", "数量"], ["竹篮", 3.0, 4.0]],
        [["姓名", "日期", "地点"]],
    ],
)
def test_another_table_is_no_match(rows):
    assert match(sheet(rows), form(LIST)) is None


def test_of_two_forms_with_the_same_columns_the_named_one_scores_higher():
    other = {**HELP, "captions": [*HELP["captions"][:3], {"label": "加工制造统计表：", "line": 2}]}
    header = [
        "序号",
        "带动妇女姓名",
        "培训时间",
        "产品收入（万元）",
        "未脱贫妇女",
        "留守妇女",
        "普通妇女",
        "备注",
    ]
    rows = [["加工制造统计表："], header]
    mine, theirs = match(sheet(rows), form(HELP)), match(sheet(rows), form(other))
    assert mine is not None
    assert theirs is not None
    assert theirs.score > mine.score


CLASS_HEADER = [
    ["时间", "班名", "内容", "人数", "", "费用", "", "来源"],
    ["", "", "", "总人数（人）", "妇女人数（人）", "总费用（元）", "人均费用（元）", ""],
]
CLASS_MERGED = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 2, 2), (1, 3, 1, 4), (1, 5, 1, 6), (1, 7, 2, 7)]
CLASS = ["3月11日—3月22日", "编织班", "竹编", 45.0, 38.0, 36000.0, 800.0, "市级资金"]


@pytest.mark.parametrize("merged", [CLASS_MERGED, []])
def test_two_header_rows_merged_or_not(merged):
    match_ = found([["2019年情况表"], *CLASS_HEADER, CLASS], CLASSES, merged)
    assert (match_.header.top, match_.header.bottom, len(match_.bindings)) == (1, 2, 8)
    row = read_rows(match_, Context())[0]
    assert row.values["dates"] == DateSpan(date(2019, 3, 11), date(2019, 3, 22))
    assert (row.values["cost"], row.values["source"]) == (3_600_000, "city")
    assert row.claims == {"each": 80_000}


def test_two_header_rows_typed_as_one():
    header = ["时间", "班名", "内容", "人数总人数", "妇女人数", "费用—总费用（元）", "来源"]
    rows = [header, ["2019.3.1", "编织班", "竹编", 4.0, 3.0, 5.0, ""]]
    fields = [binding.leaf.column.field for binding in found(rows, CLASSES).bindings]
    assert fields == ["dates", "title", "craft", "all", "women", "cost", "source"]


def test_three_header_rows_with_a_corner():
    rows = [
        [
            "项目\n区县",
            "实用技术培训（人次）",
            "就业（人）",
            "",
            "托养服务（人）",
            "",
            "",
            "其他培训（场次）",
        ],
        ["", "", "新增城镇", "新增农村", "任务数", "其中购买服务", "", ""],
        ["", "", "", "", "", "", "其中寄宿制", ""],
        ["合  计", 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        ["忠  县", 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
    ]
    match_ = found(rows, MATRIX)
    assert (match_.header.bottom, len(match_.bindings)) == (2, 8)
    row = read_rows(match_, Context())[0]
    assert [row.values[f"c{n}"] for n in range(1, 8)] == [7, 6, 5, 4, 3, 2, 1]
    assert [sums.values["c7"] for sums in read_totals(match_, Context())] == [1]


def test_the_unit_of_the_header_counts_before_the_forms():
    rows = [
        [*CLASS_HEADER[0]],
        ["", "", "", "总人数（人）", "妇女人数（人）", "总费用（万元）", "人均费用", ""],
        CLASS,
    ]
    match_ = found(rows, CLASSES)
    assert read_rows(match_, Context(2019))[0].values["cost"] == 36_000 * 10_000 * 100
    findings = [(address, finding.code, finding.level) for address, finding in match_.findings]
    assert findings == [("F2", "unit_differs", Level.HINT)]


def test_a_unit_said_once_for_the_sheet_counts_for_columns_without_their_own():
    rows = [
        ["单位：万元"],
        CLASS_HEADER[0],
        ["", "", "", "总人数", "妇女人数", "总费用", "人均费用（元）", ""],
        CLASS,
    ]
    row = read_rows(found(rows, CLASSES), Context(2019))[0]
    assert (row.values["cost"], row.claims["each"]) == (36_000 * 10_000 * 100, 80_000)


def test_a_unit_of_another_kind_is_a_warning():
    match_ = found(
        [CLASS_HEADER[0], ["", "", "", "总人数（户）", "妇女人数", "总费用", "人均费用", ""], CLASS], CLASSES
    )
    assert [(finding.code, finding.level) for _address, finding in match_.findings] == [
        ("unit_differs", Level.WARNING)
    ]


def test_headers_titles_and_numbering_repeated_on_each_page_are_no_data():
    page = [["结业学员名单"], HEADER]
    rows = [*page, [str(n) for n in range(1, 10)], PERSON, *page, PERSON, *page, PERSON]
    assert names(found(rows)) == ["李桂"] * 3


def test_sums_notes_and_signatures_are_kept_apart():
    other = ["", "王琴", "", "", "", "", "", "", ""]
    rows = [
        HEADER,
        PERSON,
        ["", "小 计", "", "", "", "", "", 0.9],
        other,
        ["合计（人）", "", "", "", "", "", "", 1.0],
        [],
        ["备注：一人一行"],
        ["二、不得漏填"],
        ["", ""],
        ["单位负责人（签字）：", "", "", "审核人：王  琴", "", "填表日期：2023年5月29日"],
    ]
    match_ = found(rows)
    assert names(match_) == ["李桂", "王琴"]
    assert [row.row for row in match_.totals()] == [2, 4]
    assert match_.other_captions["填表日期"].text == "2023年5月29日"
    assert match_.other_captions["填表日期"].address == "F10"
    assert "备注" not in match_.other_captions


def test_a_person_whose_line_is_short_is_still_data():
    assert names(found([HEADER, PERSON, ["", "王琴"], ["", "卫兰"]])) == ["李桂", "王琴", "卫兰"]


def test_captions_with_blanks_beside_below_and_run_together():
    rows = [
        ["带动基地名称：某竹编 合作社    基地类型：  扶贫车间负责人姓名："],
        ["区县", "", "填报单位：", "某某妇联"],
        [
            "序号",
            "带动妇女姓名",
            "培训时间",
            "产品收入（万元）",
            "未脱贫妇女",
            "留守妇女",
            "普通妇女",
            "备注",
        ],
        [1.0, "陈英", "2020.4.7", 0.25, "", "√", "", ""],
    ]
    match_ = found(rows, HELP)
    said = {name: parsed.value for name, (parsed, _address) in read_captions(match_, Context()).items()}
    assert said == {"base": "某竹编 合作社", "kind": "扶贫车间", "head": None}
    assert (match_.other_captions["填报单位"].text, match_.other_captions["填报单位"].address) == (
        "某某妇联",
        "D2",
    )


@pytest.mark.parametrize(
    ("lines", "year"),
    [
        (["2023年名单"], 2023),
        (["名单", "填报时间：2019.7.25"], 2019),
        (["名单"], None),
        (["电话：02320191234"], None),
    ],
)
def test_the_year_comes_from_the_lines_above(lines, year):
    assert found([*([line] for line in lines), HEADER, PERSON]).year == year


def test_merged_cells_are_filled_down_and_dittos_resolved():
    rows = [
        HEADER,
        [1.0, "李桂", "", "江东街道", "", "2023.5.26", "是", 0.9, ""],
        [2.0, "王琴", "", "", "", "〃", "同上", 0.8, ""],
        [3.0, "卫兰", "", "", "", "〃", "否", 0.7, ""],
        [4.0, "魏芳", "", "", "", "", "", "", ""],
    ]
    read = read_rows(found(rows, merged=[(1, 3, 3, 3)]), Context())
    assert [row.values["home"] for row in read] == ["江东街道"] * 3 + [None]
    assert [row.values["ended"] for row in read] == [date(2023, 5, 26)] * 3 + [None]
    assert [row.values["employed"] for row in read] == [True, True, False, None]
    assert [sorted(row.dittos) for row in read] == [[], ["employed", "ended"], ["ended"], []]
    assert read[1].cells["home"] == ("D3", "江东街道")


def test_a_ditto_with_nothing_above_is_a_finding_at_its_cell():
    row = read_rows(found([HEADER, ["", "李桂", "", "同上", "", "", "", "", ""]]), Context())[0]
    assert [(name, address, finding.code) for name, address, finding in row.findings] == [
        ("home", "D2", "ditto_alone")
    ]


def test_a_row_merged_over_two_lines_is_one_row():
    rows = [HEADER, PERSON, [""] * 9, PERSON]
    assert names(found(rows, merged=[(1, col, 2, col) for col in range(9)])) == ["李桂", "李桂"]


HELP_HEADER = [
    ["序号", "带动妇女姓名", "培训时间", "产品收入（万元）", "妇女类型", "", "", "备注"],
    ["", "", "", "", "未脱贫妇女", "留守妇女", "普通妇女", ""],
]


@pytest.mark.parametrize(
    ("ticks", "value", "codes"),
    [
        (["", "√", ""], "left", []),
        (["", "", "✓"], "other", []),
        ([1.0, "", ""], "poor", []),
        (["", "", ""], None, []),
        (["√", "", "√"], "poor", ["tick_twice"]),
        (["否", "是", "无"], "left", []),
    ],
)
def test_ticks_fold_into_one_value(ticks, value, codes):
    row = read_rows(found([*HELP_HEADER, [1.0, "陈英", "", "", *ticks, ""]], HELP), Context())[0]
    assert row.values["type"] == value
    assert [finding.code for _name, _address, finding in row.findings] == codes


def test_one_column_of_words_stands_for_the_tick_columns():
    rows = [
        ["序号", "带动妇女姓名", "培训时间", "产品收入（万元）", "妇女类型", "备注"],
        [1.0, "陈英", "", "", "留守妇女", ""],
    ]
    match_ = found(rows, HELP)
    assert match_.missing == ()
    assert read_rows(match_, Context())[0].values["type"] == "left"


WORDS = st.sampled_from([*HEADER, "合计", "同上", "备注：", "填表人："])
CELLS = st.one_of(st.none(), st.booleans(), st.floats(), st.dates(), st.text(max_size=8), WORDS)


@given(st.lists(st.lists(CELLS, max_size=10), max_size=12))
def test_no_sheet_whatever_breaks_the_reader(rows):
    for start in ([], [HEADER]):
        match_ = match(sheet([*start, *rows]), form(LIST))
        if match_ is not None:
            assert len(read_rows(match_, Context())) == len(match_.rows()) <= len(rows)
            read_totals(match_, Context())
            read_captions(match_, Context())


# --- several tables on one sheet ---

BASES = [
    ["带动妇女情况统计表"],
    ["带动基地名称：竹编合作社", "", "", "基地类型：扶贫车间"],
    ["序号", "带动妇女姓名", "培训时间", "产品收入（万元）", "未脱贫妇女", "留守妇女", "普通妇女", "备注"],
    [1.0, "李桂", "2020.3.1-2020.3.5", 0.5, "√", "", "", ""],
]


def other(name: str, person: str):
    return [
        [cell.replace("竹编合作社", name) if isinstance(cell, str) else cell for cell in line]
        for line in BASES[:3]
    ] + [
        [1.0, person, "2020.4.1-2020.4.5", 0.7, "", "√", "", ""],
    ]


def test_the_same_form_of_two_bases_on_one_sheet_is_two_tables():
    whole = sheet([*BASES, ["备注：", "按类型选表"], *other("刺绣工坊", "王琴")])
    found_ = match_all(whole, form(HELP))
    assert [[row.values["name"] for row in read_rows(one, Context())] for one in found_] == [
        ["李桂"],
        ["王琴"],
    ]
    assert [one.captions["base"].text for one in found_] == ["竹编合作社", "刺绣工坊"]


def test_the_same_form_going_on_is_one_table():
    whole = sheet([*BASES, *other("竹编合作社", "王琴")])
    found_ = match_all(whole, form(HELP))
    assert [[row.values["name"] for row in read_rows(one, Context())] for one in found_] == [["李桂", "王琴"]]
    assert found_[0].findings == ()


@pytest.mark.parametrize("between", [[[]], [["产品销售情况"]], [["填表人：王琴"], ["产品销售情况"]]])
def test_another_form_below_is_not_read_as_rows(between):
    below = [["编号", "产品名称", "生产日期", "销售额", "备注说明"], ["1", "竹篮", "2020.5.1", 300.0, ""]]
    one = found([*BASES, *between, *below], HELP)
    assert [row.values["name"] for row in read_rows(one, Context())] == ["李桂"]
    assert [finding.code for _cell, finding in one.findings] == ["table_below"]


def test_a_sloppy_row_after_a_gap_is_still_a_row():
    one = found([*BASES, [], ["", "王琴", "待定", "", "", "", "", "电话不通"]], HELP)
    assert [row.values["name"] for row in read_rows(one, Context())] == ["李桂", "王琴"]


def test_a_statutory_form_of_another_edition_is_named():
    marked = form(CLASSES, statutory={"表号": "动态1表", "有效期至": "2026年12月"})
    lines = [
        ["手工技能培训情况表"],
        ["", "", "", "", "", "", "表号：动态1表"],
        ["", "", "", "", "", "", "有效期至：2023年12月"],
    ]
    header = [
        ["时间", "班名", "内容", "总人数（人）", "妇女人数（人）", "总费用（元）", "人均费用（元）", "来源"]
    ]
    match_ = match(sheet([*lines, *header, ["2019.3.1-2019.3.5", "编织班"]]), marked)
    assert match_ is not None
    assert [(cell, finding.code) for cell, finding in match_.findings] == [("G3", "form_other_version")]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("涪陵区2022年培训情况表", ["form_other_version"]),
        ("涪陵区2023年培训情况表", []),
        ("涪陵区培训名单2022年", []),
    ],
)
def test_a_title_of_another_year_is_named_whatever_its_blanks_say(said, codes):
    match_ = match(sheet([[said], HEADER, PERSON]), form(LIST, title="{region}2023年培训情况表"))
    assert match_ is not None
    assert [finding.code for _cell, finding in match_.findings] == codes
