"""Every parser on anything that a cell may hold: it never raises, never leaves its domain, and reads back what it printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qiaojie.lib.answers import words_of
from qiaojie.lib.cells import Cell, Context
from qiaojie.lib.columns import read_column
from qiaojie.lib.dates import FIRST_YEAR, LAST_YEAR, DateSpan
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.money import LARGEST
from qiaojie.lib.numbers import LARGEST as LARGEST_COUNT
from qiaojie.lib.periods import read_period
from qiaojie.lib.values import KINDS, kind

CHOICES = {"completed": "结业", "dropped": "未结业", "enrolled": "在读"}
CONTEXT = Context(year=2023, unit="元", choices=CHOICES, asked=words_of(("是否结业",)))
PIECES = """
    2023 6 1 30 0 . - / — ~ 至 年 月 日 号 份 起 天 上午 ， 、 （ ） ( ) : 元 角 分 万 千 百 w ¥ 约 左右 + * 壹 捌 零 一 八 十
    ☑ □ √ × 是 否 有 无 未 已 结业 合格 张三 李四 女 女士 组长 和 曾用名 500000197906160 28X 13800001234 023 转 % 百分之
    例 Jun % 〃 同上 长期
""".split()


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """Fragments of what clerks write, in any order."""
    parts = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7))
    return draw(st.sampled_from(["", " ", "\u3000", "\n"])).join(parts)


CELLS: st.SearchStrategy[Cell] = (
    pieces()
    | st.text(max_size=40)
    | st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
)


def _text(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value != ""
        and value == value.strip()
        and not re.search("[\x00-\x1f\x7f]", value)
    )


def _day(value: Any) -> bool:
    return type(value) is date and FIRST_YEAR <= value.year <= LAST_YEAR


def _span(value: Any) -> bool:
    ends = [one for one in (value.begins, value.ends) if one is not None]
    return isinstance(value, DateSpan) and all(FIRST_YEAR <= one.year <= LAST_YEAR for one in ends)


DOMAINS: Mapping[str, Callable[[Any], bool]] = {
    "text": _text,
    "address": _text,
    "region": _text,
    "name": lambda value: _text(value) and any(map(str.isalpha, value)),
    "integer": lambda value: type(value) is int and 0 <= value < LARGEST_COUNT,
    "ordinal": lambda value: type(value) is int and 0 <= value < LARGEST_COUNT,
    "money": lambda value: type(value) is int and 0 <= value < LARGEST,
    "percent": lambda value: isinstance(value, Decimal) and 0 <= value < 10**6,
    "date": _day,
    "month": lambda value: _day(value) and value.day == 1,
    "date_span": _span,
    "id_number": lambda value: re.fullmatch(r"[0-9]{17}[0-9X]", value) is not None,
    "certificate": lambda value: re.fullmatch(r"[0-9]{17}[0-9X][1-7][1-4](B[1-9][0-9]?)?", value) is not None,
    "phone": lambda value: re.fullmatch(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}|[2-8][0-9]{6,7}", value) is not None,
    "credit_code": lambda value: re.fullmatch(r"[0-9A-HJ-NP-RTUW-Y]{18}", value) is not None,
    "bank_account": lambda value: re.fullmatch(r"[0-9]{6,30}", value) is not None,
    "choice": CHOICES.__contains__,
    "yes_no": lambda value: type(value) is bool,
}  # fmt: skip


def test_every_kind_is_tried() -> None:
    assert DOMAINS.keys() == KINDS.keys()


@pytest.mark.parametrize("code", sorted(DOMAINS))
@given(CELLS)
@example("\x00")
@example("\ud800竹编")
@example("1" * 400)
@example("九" * 200)
@example("(" * 100)
def test_whatever_a_cell_holds_is_read_within_the_domain(code: str, cell: Cell) -> None:
    each = kind(code)
    parsed = each.parse(cell, CONTEXT)
    assert all(finding.code and finding.message for finding in parsed.findings)
    if parsed.value is None:
        return
    assert all(finding.level is not Level.ERROR for finding in parsed.findings)
    assert DOMAINS[code](parsed.value), parsed.value
    assert read_column(each, [cell], CONTEXT).values == [parsed.value]
    each.mask(parsed.value)
    printed = each.print(parsed.value, "元", CHOICES)
    again = each.parse(printed, CONTEXT)
    assert again.value == parsed.value, printed
    assert {finding.code for finding in again.findings} <= {
        "name_chars", "name_incomplete", "phone_without_area", "id_address", "percent_doubtful",
    }  # fmt: skip


@given(st.text(max_size=20) | pieces())
def test_a_period_is_one_or_refused_in_a_sentence(text: str) -> None:
    try:
        found = read_period(text)
    except Unusable as refused:
        assert refused.code == "period_unreadable"
    else:
        assert read_period(found.code) == found


@pytest.mark.parametrize(
    "cell", [datetime(1, 1, 1), date.max, time(9), timedelta(days=3), float("nan"), float("inf"), -0.0]
)
@pytest.mark.parametrize("code", sorted(DOMAINS))
def test_strange_types_of_cells(code: str, cell: Cell) -> None:
    value = kind(code).parse(cell, CONTEXT).value
    assert value is None or DOMAINS[code](value)
