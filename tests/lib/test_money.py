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
        ("1万2千", "元", "money_unreadable"),
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
