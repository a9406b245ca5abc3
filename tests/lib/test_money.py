from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell
from qiaojie.lib.money import FEN, print_money, read_money, say_money
from tests.lib.cells import cells


@pytest.mark.parametrize(
    ("cell", "unit", "yuan", "hints"),
    [
        (36000, "元", 36000, []),
        ("36,000", "元", 36000, []),
        ("11520", "元", 11520, []),
        (0.25, "万元", 2500, []),
        (1.46, "万元", 14600, []),
        ("1.6万", "元", 16000, ["money_own_unit"]),
        ("1.2万元", "元", 12000, ["money_own_unit"]),
        ("1.6万", "万元", 16000, []),
        ("1.2万元", "万元", 12000, []),
        ("1.6", "万元", 16000, []),
        ("３００元", "元", 300, []),
        ("300元", "万元", 300, ["money_own_unit"]),
        ("5千", "元", 5000, ["money_own_unit"]),
        ("5千元", "千元", 5000, []),
        ("约5000", "元", 5000, ["number_approximate"]),
        ("5000元左右", "元", 5000, ["number_approximate"]),
        ("5000元整", "元", 5000, []),
        ("￥300", "元", 300, []),
        ("¥300.00", "元", 300, []),
        ("¥300", "万元", 300, ["money_own_unit"]),
        ("人民币5000元", "元", 5000, []),
        ("三万六千元", "元", 36000, []),
        ("伍仟元整", "元", 5000, []),
        ("三万", "万元", 30000, ["money_own_unit"]),
        ("三十", "万元", 300000, []),
        ("3万余元", "元", 30000, ["money_own_unit", "number_approximate"]),
        (0.1 + 0.2, "元", 0.3, []),
        ("1.005", "元", 1.01, ["money_rounded"]),
        ("1.004", "元", 1, ["money_rounded"]),
        (0, "元", 0, []),
        ("0元", "万元", 0, []),
        (72, "", 72, []),
    ],
)
def test_amounts(cell: Cell, unit: str, yuan: float, hints: list[str]) -> None:
    parsed = read_money(cell, unit)
    assert parsed.value == round(yuan * 100)
    assert isinstance(parsed.value, int)
    assert [f.code for f in parsed.findings] == hints


@pytest.mark.parametrize("cell", [None, "", "/", "无", "—", "略", " "])
def test_marks_for_nothing_are_not_zero(cell: Cell) -> None:
    assert read_money(cell).value is None
    assert not read_money(cell).findings


@pytest.mark.parametrize(
    ("cell", "unit", "code"),
    [
        (-5, "元", "money_negative"),
        ("-5元", "元", "money_negative"),
        ("abc", "元", "money_unreadable"),
        ("5人", "元", "money_unreadable"),
        ("300-500", "元", "money_unreadable"),
        ("同上", "元", "money_unreadable"),
        (True, "元", "money_unreadable"),
        ("1.2.3", "元", "money_unreadable"),
        (10**30, "元", "money_too_large"),
        (10**9, "亿元", "money_too_large"),
        (5, "人", "money_unit_unknown"),
    ],
)
def test_what_is_wrong_is_named(cell: Cell, unit: str, code: str) -> None:
    parsed = read_money(cell, unit)
    assert parsed.value is None
    assert [f.code for f in parsed.findings] == [code]


@pytest.mark.parametrize(
    ("fen", "unit", "printed"),
    [
        (3040000, "元", "30400"),
        (1600000, "万元", "1.6"),
        (250000, "万元", "0.25"),
        (1, "元", "0.01"),
        (1, "万元", "0.000001"),
        (0, "元", "0"),
        (0, "万元", "0"),
        (12345670, "元", "123456.7"),
        (10**12, "万元", "1000000"),
    ],
)
def test_printing(fen: int, unit: str, printed: str) -> None:
    assert print_money(fen, unit) == printed


def test_printing_in_no_unit_of_money() -> None:
    with pytest.raises(ValueError, match="人次"):
        print_money(1, "人次")


amounts = st.integers(0, 10**14)
units = st.sampled_from([unit for unit in FEN if unit])


@given(amounts, units, units)
def test_what_is_printed_is_read_back(fen: int, unit: str, column: str) -> None:
    parsed = read_money(print_money(fen, unit), unit)
    assert parsed.value == fen
    assert not parsed.findings
    # With its unit behind it an amount means the same in every column.
    assert read_money(print_money(fen, unit) + unit, column).value == fen


@given(cells, st.sampled_from(["", "元", "万元", "人"]))
def test_nothing_raises(cell: Cell, unit: str) -> None:
    parsed = read_money(cell, unit)
    assert parsed.value is None or (parsed.usable and parsed.value >= 0)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "0元"),
        (150, "1.5元"),
        (3_600_000, "36,000元"),
        (9_999_999, "99,999.99元"),
        (12_500_000, "12.5万元"),
        (8_000_000_000, "8,000万元"),
    ],
)
def test_a_sentence_says_an_amount_as_people_do(fen: int, words: str) -> None:
    assert say_money(fen) == words


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("1.8w", 18000), ("1.8W", 18000), ("1万8千", 18000), ("壹万捌仟元零伍角", 18000.5), ("壹万捌仟元整", 18000),
        ("一万八千", 18000),
        ("¥18,000.00", 18000), ("18，000", 18000), ("18,000.05 元", 18000.05), ("零伍角", 0.5), ("5角", 0.5), ("伍分", 0.05),
        ("3元5角2分", 3.52), ("1千8百", 1800), ("1万8千5百元", 18500), ("一点八万", 18000), ("1万零500", 10500),
        ("1万8500", 18500),
        ("18万零5百", 180500), ("贰万零伍佰元零叁角伍分", 20500.35), ("人民币壹万捌仟元整", 18000), ("RMB18000", 18000),
        ("18k", 18000),
        ("18000整", 18000), ("18000元（含税）", 18000), ("18000元（大写：壹万捌仟元整）", 18000), ("十元五角", 10.5),
        ("１８０００", 18000),
        ("18000块钱", 18000), ("18 000", 18000), ("两千", 2000), ("共18000元", 18000),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(cell: Cell, yuan: float) -> None:
    parsed = read_money(cell)
    assert parsed.value == round(yuan * 100)
    assert {finding.code for finding in parsed.findings} <= {"money_own_unit"}


@pytest.mark.parametrize(
    ("cell", "yuan"), [("1万8", 18000), ("一万八", 18000), ("三百五", 350), ("3块5", 3.5), ("1千8", 1800)]
)
def test_a_last_place_that_is_only_spoken_of_is_read_and_said(cell: Cell, yuan: float) -> None:
    parsed = read_money(cell)
    assert parsed.value == round(yuan * 100)
    assert "money_spoken" in {finding.code for finding in parsed.findings}


@pytest.mark.parametrize("cell", ["约1.8万", "1.8万左右", "大概18000", "近2万元", "约1万8千"])
def test_what_is_about_an_amount_is_warned_of(cell: Cell) -> None:
    levels = {finding.code: finding.level for finding in read_money(cell).findings}
    assert levels["number_approximate"] == "warning"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("800+200", "算式"), ("800*20", "算式"), ("800×20", "算式"), ("=100+200", "算式"), ("18000/20", "算式"),
        ("30人*20元", "算式"),
        ("1-2万", "范围"), ("1万~2万", "范围"), ("800至1000", "范围"), ("800—1000元", "范围"), ("3000/月", "单价"),
        ("3000元/月", "单价"),
        ("每月3000", "单价"), ("3000元/人", "单价"), ("人均300", "单价"), ("100美元", "人民币"), ("US$100", "人民币"),
        ("1.8万5", "金额"),
        ("1万85", "金额"), ("1,8000", "金额"), ("18.000.00", "金额"), ("1800O", "金额"), ("半万", "金额"),
        ("18000元（实付20000元）", "金额"),
    ],
)  # fmt: skip
def test_a_refusal_says_why(cell: Cell, why: str) -> None:
    parsed = read_money(cell)
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == ["money_unreadable"]
    assert why in parsed.findings[0].message


def test_an_amount_in_words_means_the_same_in_every_column() -> None:
    for cell in ("1万8千", "1.8w", "壹万捌仟元整", "18000元", "1万8"):
        assert read_money(cell, "万元").value == 1_800_000
