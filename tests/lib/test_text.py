from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell
from qiaojie.lib.text import (
    clean,
    header_key,
    is_blank,
    is_ditto,
    name_key,
    plain_cell,
    safe_cell,
    split_unit,
    squeeze,
    tidy_name,
)
from tests.lib.cells import cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" 竹编\u3000班\xa0", "竹编 班"),
        ("带动\n妇女", "带动 妇女"),
        ("a\x00b\x07", "ab"),
        ("\ufeff王\u200b琴", "王琴"),
        ("𬭎㵲", "𬭎㵲"),
        ("a\ud800b", "ab"),
        (3.0, "3"),
        (13800002207, "13800002207"),
        (None, ""),
        ("１２", "１２"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_clean(cell: Cell, text: str) -> None:
    assert clean(cell) == text


@given(cells)
def test_clean_text_can_be_stored_and_is_clean(cell: Cell) -> None:
    text = clean(cell)
    text.encode()
    assert clean(text) == text
    assert text == text.strip() and "\n" not in text and "\x00" not in text
    for key in (squeeze, header_key, tidy_name, name_key):
        key(cell).encode()
    assert tidy_name(tidy_name(cell)) == tidy_name(cell)
    assert isinstance(is_blank(cell), bool) and isinstance(is_ditto(cell), bool)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("产品收入\n（万元）", "产品收入", "万元"),
        ("总人数\n（人）", "总人数", "人"),
        ("培训 班\n总费用(元)", "培训班总费用", "元"),
        ("户籍地（乡镇、街道）", "户籍地(乡镇、街道)", ""),
        ("发展产业收入（万元）（扶贫工坊选填）", "发展产业收入(扶贫工坊选填)", "万元"),
        ("时  间", "时间", ""),
        ("金额（单位：万元）", "金额", "万元"),
        ("合格率（％）", "合格率", "%"),
        (None, "", ""),
        ("就业［人］", "就业", "人"),
    ],
)
def test_headers(header: Cell, name: str, unit: str) -> None:
    assert split_unit(header) == (name, unit)


def test_headers_are_compared_without_regard_to_writing() -> None:
    assert header_key("是否就业（脱贫基地选填）") == header_key("是否就业 (脱贫基地\n选填)")
    assert header_key("ＩＤ 号") == header_key("id号")
    assert header_key("代销产品（万元）") != header_key("代销产品（元）")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("李  桂", "李桂"),
        ("吕\u3000玉", "吕玉"),
        ("买买提•艾力", "买买提·艾力"),
        ("阿依古丽 ・ 买买提", "阿依古丽·买买提"),
        ("古丽.艾力", "古丽·艾力"),
        ("Mary  Ann Smith", "Mary Ann Smith"),
        ("J. Smith", "J. Smith"),
        ("王㵲", "王㵲"),
        (None, ""),
        (" 欧 阳 娜 ", "欧阳娜"),
    ],
)
def test_names(cell: Cell, name: str) -> None:
    assert tidy_name(cell) == name


def test_names_are_compared_without_dots_and_spaces() -> None:
    assert name_key("买买提·艾力") == name_key("买买提 ● 艾力") == name_key("买买提艾力")
    assert name_key("李桂") != name_key("李佳")


@pytest.mark.parametrize(
    "cell", ["同上", "〃", "″", '"', ",,", "''", "”", " 同 上 ", "（同上）", "，，", "“", "〃〃", "、、"]
)
def test_ditto(cell: str) -> None:
    assert is_ditto(cell)
    assert not is_blank(cell)


@pytest.mark.parametrize(
    "cell",
    [None, "", " ", "\u3000", "/", "-", "—", "——", "略", "N/A", "n/a", "／", "－", "无", "#N/A", "（空）"],
)
def test_blank(cell: Cell) -> None:
    assert is_blank(cell)
    assert is_blank(cell, no_is_an_answer=True) == (cell != "无")
    assert not is_ditto(cell)


@pytest.mark.parametrize("cell", [0, "0", False, 0.0, "无锡", "竹编", "-5", "否"])
def test_content(cell: Cell) -> None:
    assert not is_blank(cell)
    assert not is_ditto(cell)


formulas = st.text(alphabet="'=+-@\t\r\n＝＋－＠a1 ", max_size=8) | st.text(max_size=20)


@given(formulas)
def test_no_text_becomes_a_formula_and_none_changes(text: str) -> None:
    safe = safe_cell(text)
    assert not safe.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert plain_cell(safe) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [("=1+1", "'=1+1"), ("@a", "'@a"), ("竹编", "竹编"), ("'=x", "''=x"), ("'n", "'n"), ("", "")],
)
def test_safe_cells(text: str, safe: str) -> None:
    assert safe_cell(text) == safe
