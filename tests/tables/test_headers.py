"""Headers retyped: what comes near enough, what does not, and that the order of columns changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.values import Context
from qiaojie.sheets.book import Sheet
from qiaojie.tables.bindings import target_of, targets
from qiaojie.tables.blocks import blocks
from qiaojie.tables.headers import fingerprint, heads_at
from qiaojie.tables.matching import match, match_all, read_rows

from .forms import CLASSES, HELP, LIST, form

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
PERSON = [1.0, "李桂", "50000019860313668X", "江东街道", "13800138000", "2023.5.26", "是", 0.9, "无误"]


def sheet(*rows: list[object]) -> Sheet:
    return Sheet("表", [list(row) for row in rows])


def read_as(*header: str, mapping=LIST) -> dict[str, str]:
    found = match(sheet(list(header)), form(mapping), least=0)
    assert found is not None
    texts = {head.col: head.text for head in found.header.heads}
    return {texts[binding.col]: target_of(binding) for binding in found.bindings}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("学员身份证号", "id"),
        ("本人手机", "phone"),
        ("姓名（与证件一致）", "name"),
        ("结业日期（必填，格式2023.5.8）", "ended"),
        ("户籍地（乡镇、街道、社区）", "home"),
        ("具体的户籍地（乡镇、街道）", "home"),
    ],
)
def test_what_adds_nothing_may_differ_and_is_said(text: str, field: str) -> None:
    own = {
        "id": "身份证号",
        "phone": "手机",
        "name": "姓名",
        "ended": "结业日期",
        "home": "户籍地（乡镇、街道）",
    }
    header = [text if cell == own[field] else cell for cell in HEADER]
    found = match(sheet(header), form(LIST))
    assert found is not None
    assert {target_of(b) for b in found.bindings if b.near} <= {field}
    assert read_as(*header)[text] == field
    near = [b for b in found.bindings if b.near]
    assert [finding.code for _at, finding in found.findings] == ["header_near"] * len(near)


@pytest.mark.parametrize(
    "text",
    [
        "监护人姓名", "户主姓名", "是否创业", "是否未就业", "就业日期", "手机（监护人）", "姓名（配偶）", "结业人数", "未出勤率",
        "备注1和备注2",
    ],
)  # fmt: skip
def test_what_turns_the_meaning_is_never_read(text: str) -> None:
    field = {"姓": "name", "是": "employed", "日": "ended", "手": "phone", "出": "presence", "备": "remark"}
    gone = [cell for cell in HEADER if cell not in ("姓名", "是否就业", "结业日期", "手机", "出勤率", "备注")]
    assert text not in read_as(*gone, "户籍地", text), field


def test_of_two_columns_that_say_the_same_the_first_named_is_read_and_both_are_named() -> None:
    for header in (["姓名", "学员姓名", "身份证号"], ["身份证号", "学员姓名", "姓名"]):
        found = match(sheet(header), form(LIST), least=0)
        assert found is not None
        assert [head.text for head, _leaf in found.header.rivals] == ["学员姓名"]
        assert [finding.code for _at, finding in found.findings] == ["header_twice"]


EXTRA = ["村", "学员姓名", "家庭收入", "本人身份证号", "毕业院校"]


@given(st.permutations(range(len(HEADER) + len(EXTRA))), st.sets(st.integers(0, len(EXTRA) - 1)))
def test_the_order_of_columns_changes_nothing(order: list[int], extra: set[int]) -> None:
    header = [*HEADER, *EXTRA]
    values = [*PERSON, *(f"值{n}" for n in range(len(EXTRA)))]
    kept = [n for n in range(len(header)) if n < len(HEADER) or n - len(HEADER) in extra]

    def seen(places: list[int]):
        found = match(sheet([header[n] for n in places], [values[n] for n in places]), form(LIST))
        assert found is not None
        return read_rows(found, Context())[0].values, found.header.fingerprint

    assert seen([n for n in order if n in kept]) == seen(kept)


@given(st.permutations(range(3)), st.booleans())
def test_the_order_of_groups_and_of_ticks_changes_nothing(order: list[int], swapped: bool) -> None:
    top = ["带动妇女姓名", "培训时间", "妇女类型", "", ""]
    low = ["", "", "未脱贫妇女", "留守妇女", "普通妇女"]
    line = ["李桂", "2020.3.1-2020.3.5", "", "√", ""]
    ticks = [2, 3, 4] if not swapped else [4, 2, 3]
    groups = [[0], [1], ticks]
    places = [place for number in order for place in groups[number]]
    head = [top[place] for place in places]
    for at, place in enumerate(places):
        if place in ticks:
            head[at] = "妇女类型" if at == 0 or places[at - 1] not in ticks else ""
    found = match(sheet(head, [low[p] for p in places], [line[p] for p in places]), form(HELP))
    assert found is not None
    values = read_rows(found, Context())[0].values
    assert (values["name"], values["type"]) == ("李桂", "left")


def test_what_somebody_chose_comes_before_everything() -> None:
    form_ = form(LIST)
    data = sheet([*HEADER[:4], "手机", "另一个号", *HEADER[5:]], [*PERSON[:5], "13900139000", *PERSON[5:]])
    mine = {"手机": "", "另一个号": "phone"}
    own = match(data, form_, maps=[("", mine)])
    assert own is not None
    assert read_rows(own, Context())[0].cells["phone"][1] == "13900139000"
    strange = match(data, form_, maps=[("another", mine)])
    assert strange is not None
    assert strange.used is None
    assert read_rows(strange, Context())[0].cells["phone"][1] == "13800138000"
    print_ = fingerprint(heads_at(data, 0, 0))
    again = match(data, form_, maps=[("another", mine), (print_, mine)])
    assert again is not None
    assert again.used == 1


def test_a_target_that_the_form_no_longer_has_is_as_if_never_chosen() -> None:
    found = match(sheet(HEADER, PERSON), form(LIST), maps=[("", {"手机": "gone"})])
    assert found is not None
    assert "phone" in {target_of(binding) for binding in found.bindings}


def test_targets_name_fields_ticks_and_the_group_of_ticks() -> None:
    assert {"type", "type=poor", "type=left", "type=other", "name"} <= targets(form(HELP)).keys()


def test_a_header_with_columns_elsewhere_begins_a_table_of_its_own() -> None:
    moved = [1, 0, 2, 4, 3, 5, 6, 7, 8]
    rows = [
        HEADER,
        PERSON,
        [HEADER[n] for n in moved],
        [PERSON[n] for n in moved],
        [HEADER[n] for n in moved],
        [PERSON[n] for n in moved],
    ]
    found = match_all(sheet(*rows), form(LIST))
    assert [[row.values["phone"] for row in read_rows(one, Context())] for one in found] == [
        ["13800138000"],
        ["13800138000"] * 2,
    ]


def test_a_lesser_header_above_a_whole_one_is_not_passed_over() -> None:
    less = HEADER[:4]
    found = match_all(sheet(less, PERSON[:4], [], HEADER, PERSON), form(LIST), least=0.3)
    assert [one.header.top for one in found] == [0, 3]


def test_blocks_far_down_are_found() -> None:
    rows = [
        HEADER,
        *([PERSON] * 3000),
        [],
        ["时间", "班名", "内容", "总人数（人）", "来源"],
        ["3月", "一班", "竹编", 3.0, ""],
    ]
    found = blocks(sheet(*rows), {"list": form(LIST), "classes": form(CLASSES)})
    assert [(block.top, block.end, block.fits[0].name) for block in found] == [
        (0, 3001, "list"),
        (3002, 3003, "classes"),
    ]
