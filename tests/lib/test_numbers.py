from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell, number_of, plain, text_of
from qiaojie.lib.findings import Level
from qiaojie.lib.numbers import chinese, read_integer, shorten, written
from tests.lib.cells import cells

DIGITS = "零一二三四五六七八九"


def spell(number: int) -> str:
    """Chinese numerals, written by another way than they are read."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        return spell(high) + "万" + (("零" if low < 1000 else "") + spell(low) if low else "")
    text, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, place)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if text.startswith("一十") else text


@given(st.integers(1, 99_999_999))
def test_chinese_numerals(number: int) -> None:
    spelt = spell(number)
    assert chinese(spelt) == number
    assert read_integer(spelt + "人").value == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("四十五", 45),
        ("十", 10),
        ("十五", 15),
        ("一百零五", 105),
        ("两百", 200),
        ("一万二千", 12000),
        ("壹佰贰拾叁", 123),
        ("一千零一十", 1010),
        ("零", 0),
        ("二〇二三", 2023),
        ("三千零五", 3005),
        ("一千零十", 1010),
        ("一万零十", 10010),
        ("三千十", None),
        ("", None),
        ("一百五", None),
        ("一万五", None),
        ("五十十", None),
        ("百", None),
        ("一二", None),
        ("万", None),
        ("十百", None),
        ("一零百", None),
        ("一万万", None),
        ("零十", None),
        ("abc", None),
        ("一百千", None),
        ("二三百", None),
    ],
)
def test_numerals_good_and_bad(text: str, number: int | None) -> None:
    assert chinese(text) == number


@pytest.mark.parametrize(
    ("cell", "value", "hints"),
    [
        (45, 45, []),
        ("45", 45, []),
        ("45人", 45, []),
        ("50人次", 50, []),
        ("45 名", 45, []),
        ("１２３", 123, []),
        ("1,234", 1234, []),
        ("１，２３４", 1234, []),
        ("12,345,678", 12345678, []),
        (1.0, 1, []),
        ("1.0", 1, []),
        ("0", 0, []),
        (0, 0, []),
        ("四十五", 45, []),
        ("四十五人", 45, []),
        ("1.2万", 12000, []),
        ("3千人", 3000, []),
        ("+5", 5, []),
        ("007", 7, []),
        ("约50人", 50, ["number_approximate"]),
        ("50余人", 50, ["number_approximate"]),
        ("50多人", 50, ["number_approximate"]),
        ("50人左右", 50, ["number_approximate"]),
        ("近百人", None, None),
        ("一百多人", 100, ["number_approximate"]),
        (44.99999999999999999, 45, []),
        (None, None, []),
        ("", None, []),
        ("/", None, []),
        ("无", None, []),
        ("—", None, []),
    ],
)
def test_counts(cell: Cell, value: int | None, hints: list[str] | None) -> None:
    parsed = read_integer(cell)
    assert parsed.value == value
    if hints is None:
        assert [f.code for f in parsed.findings] == ["number_unreadable"]
    else:
        assert [f.code for f in parsed.findings] == hints
        assert all(f.level is Level.HINT for f in parsed.findings)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "number_unreadable"),
        ("1,23", "number_unreadable"),
        ("3-5", "number_unreadable"),
        ("45/50", "number_unreadable"),
        ("45元", "number_unreadable"),
        ("50%", "number_unreadable"),
        ("十几人", "number_unreadable"),
        ("同上", "number_unreadable"),
        (True, "number_unreadable"),
        (float("nan"), "number_unreadable"),
        (float("inf"), "number_unreadable"),
        ("45人（含2人）", "number_unreadable"),
        ("2020年3月5日", "number_unreadable"),
        ("1 2 3人4", "number_unreadable"),
        (1.5, "number_not_whole"),
        ("1.5人", "number_not_whole"),
        (-1, "number_negative"),
        ("-3", "number_negative"),
        ("－3人", "number_negative"),
        (13800002207, "number_too_large"),
        ("500000198603136682", "number_too_large"),
        (10**4000, "number_too_large"),
    ],
)
def test_what_is_wrong_is_named(cell: Cell, code: str) -> None:
    parsed = read_integer(cell)
    assert parsed.value is None
    assert [f.code for f in parsed.findings] == [code]


@given(st.integers(0, 10**9 - 1), st.sampled_from(["{}", "{:,}", "{}人", "{}.0", " {} ", "{}.", "{:,}.00"]))
def test_every_count_in_every_form(number: int, form: str) -> None:
    assert read_integer(form.format(number)).value == number


@given(cells)
def test_nothing_raises(cell: Cell) -> None:
    parsed = read_integer(cell)
    assert parsed.value is None or (parsed.usable and 0 <= parsed.value < 10**9)
    assert written(cell) is None or written(cell).bare is not None  # type: ignore[union-attr]
    assert len(shorten(cell)) <= 20
    assert isinstance(text_of(cell), str)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_plain_numbers_keep_their_value(number: Decimal) -> None:
    text = plain(number)
    assert Decimal(text) == number
    assert "E" not in text and not (text.endswith("0") and "." in text)


def test_spreadsheet_noise_is_dropped() -> None:
    assert number_of(0.1 + 0.2) == Decimal("0.3")
    assert number_of(True) is None and number_of("3") is None
