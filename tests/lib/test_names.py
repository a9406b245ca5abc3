"""A name cell parted into the name and what lists write beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Context
from qiaojie.lib.columns import read_column
from qiaojie.lib.names import read_name
from qiaojie.lib.values import kind


@pytest.mark.parametrize(
    "cell",
    [
        "张三", "张 三", "张\u3000三", "张三（女）", "张三(女", "张三【女】", "张三［女］", "张三女士", "张三 女",
        "张三，女", "张三/女", "张三-女",
        "（张三）", "1.张三", "1、张三", "01 张三", "1张三", "（1）张三", "①张三", "*张三", "张三*", "张三★", "张三1", "张三 2",
        "姓名：张三", "组长：张三", "张三（组长）", "张三组长", "张三班长", "张三（已退出）", "张三已退出", "张三退学",
        "张三（补）",
        "张三（曾用名李四）", "张三（原名：李四）", "张三（又名李小四）", "张三（李四之女）", "张三13800001234",
        "张三 138 0000 1234",
        "张三 500000197901160360", "张三（50000019790116036X）", "张三同志", "张三老师", "张三（聋）（女）", "\u200b张三",
    ],
)  # fmt: skip
def test_what_is_beside_a_name_is_no_part_of_it(cell: str) -> None:
    assert read_name(cell).name == "张三"
    parsed = kind("name").parse(cell, Context())
    assert parsed.value == "张三"
    assert parsed.usable


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("李 和 平", "李和平"), ("张和平", "张和平"), ("欧阳 娜娜", "欧阳娜娜"), ("欧阳和平", "欧阳和平"), ("李与时", "李与时"),
        ("及小丽", "及小丽"), ("买买提 • 艾力", "买买提·艾力"), ("买买提．艾力", "买买提·艾力"),
        ("阿依古丽・买买提（女）", "阿依古丽·买买提"),
        ("Ａｎｎａ　Ｌｉ", "Anna Li"), ("𠮷小丽", "𠮷小丽"), ("合小计", "合小计"),
    ],
)  # fmt: skip
def test_names_stay_whole(cell: str, name: str) -> None:
    parsed = kind("name").parse(cell, Context())
    assert parsed.value == name


@pytest.mark.parametrize(
    "cell",
    ["丙五、丙六", "丙五/丙六", "丙五 丙六", "丙五，丙六", "丙五;丙六", "丙五和丙六", "丙五与丙六", "丙五\n丙六", "丙五&丙六",
     "张三丰 李四光", "丙五（女）、丙六（女）", "阿依·古丽、帕提·古丽"],
)  # fmt: skip
def test_two_names_in_one_cell_are_an_error(cell: str) -> None:
    parsed = kind("name").parse(cell, Context())
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == ["name_several"]


@pytest.mark.parametrize("cell", ["123", "13800001234", "女", "组长", "以上人员均已结业。", "（1）", "★"])
def test_what_is_no_name_is_an_error(cell: str) -> None:
    parsed = kind("name").parse(cell, Context())
    assert [finding.code for finding in parsed.findings] == ["name_implausible"]


@pytest.mark.parametrize(
    ("cell", "code"), [("李**", "name_chars"), ("李*", "name_chars"), ("王女士", "name_incomplete")]
)
def test_half_a_name_is_doubted(cell: str, code: str) -> None:
    assert [finding.code for finding in kind("name").parse(cell, Context()).findings] == [code]


def test_the_sentence_repeats_no_number() -> None:
    for cell in ("张三500000197901160360", "张三（13800001234）"):
        (finding,) = kind("name").parse(cell, Context()).findings
        assert finding.code == "name_note"
        assert "号码" in finding.message
        assert "0000" not in finding.message


@given(st.text(max_size=20) | st.text("张三李四丙和与（）()女士、/ 1*组长·", max_size=12))
def test_a_name_that_was_read_is_read_as_itself(text: str) -> None:
    parsed = kind("name").parse(text, Context())
    if parsed.value is None:
        return
    again = kind("name").parse(parsed.value, Context())
    assert again.value == parsed.value
    assert "name_note" not in [finding.code for finding in again.findings]
    column = read_column(kind("name"), [text], Context())
    assert column.values == [parsed.value]
    assert bool(column.odd) is bool(parsed.findings)


@pytest.mark.parametrize(
    "cell",
    [
        "班主任",
        "授课教师：王丽",
        "培训老师",
        "待定",
        "空缺",
        "残联",
        "万州区妇联",
        "工作人员",
        "某手工合作社",
        "领队",
    ],
)
def test_a_post_an_office_or_a_gap_is_nobody(cell: str) -> None:
    parsed = kind("name").parse(cell, Context())
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == ["name_implausible"]


@pytest.mark.parametrize("cell", ["50000019840817806X", "50000019840817806x", "1984年8月"])
def test_a_number_in_the_column_of_names_is_refused_and_not_repeated(cell: str) -> None:
    parsed = kind("name").parse(cell, Context())
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == ["name_implausible"]
    assert "1984" not in parsed.findings[0].message


def test_who_came_for_another_is_asked_about() -> None:
    assert read_name("昝秀八代昝秀九").several
