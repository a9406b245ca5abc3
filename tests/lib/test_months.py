"""A month is a month, however it is written; what is more or less than one is said."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell, Context
from qiaojie.lib.values import kind

JUNE = date(2023, 6, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "2023年6月", "2023年06月", "2023年6月份", "2023年六月", "二〇二三年六月", "二零二三年六月份", "2023-06", "2023-6",
        "2023.6", "2023.06",
        "2023/6", "2023/06", "202306", 202306, 2023.6, "２０２３年６月", "２０２３．６", " 2023 年 6 月 ", "'2023-06",
        "23年6月", "23.6", "Jun-23",
        "Jun 2023", "June 2023", "jun-2023", "2023-06-15", "2023年6月30日", "20230615", date(2023, 6, 15), datetime(2023, 6, 1),
        datetime(2023, 6, 30, 12), 45078, "45078", "2023.6.1", "2023年6月1日—6月30日", "1-Jun-23", "15-Jun-2023",
        "June 15, 2023",
        "6月", "6月份", "六月", "六月份", "6", "06", 6, 6.0, "６", "６月", "06月", "6月15日",
    ],
)  # fmt: skip
def test_june(cell: Cell) -> None:
    parsed = kind("month").parse(cell, Context(year=2023))
    assert parsed.value == JUNE
    assert parsed.usable


@pytest.mark.parametrize(
    ("cell", "month"), [("十二月", 12), ("元月", 1), ("十月份", 10), ("12", 12), ("201209", 9)]
)
def test_other_months(cell: Cell, month: int) -> None:
    value = kind("month").parse(cell, Context(year=2012)).value
    assert value == date(2012, month, 1)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2023年", "month_is_span"), ("2023", "month_is_span"), ("1-6月", "month_is_span"), ("2023年1月—6月", "month_is_span"),
        ("2023年13月", "date_impossible"), ("13", "month_unreadable"), ("0", "month_unreadable"),
        ("202313", "date_impossible"),
        ("第二季度", "month_unreadable"), ("六七月", "month_unreadable"), ("长期", "month_unreadable"),
        ("6月，7月", "month_unreadable"),
        (2023.1, "date_lost"), ("同上", "ditto_alone"), (True, "month_unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_month_is_said(cell: Cell, code: str) -> None:
    parsed = kind("month").parse(cell, Context(year=2023))
    assert parsed.value is None
    assert [finding.code for finding in parsed.findings] == [code]


def test_a_month_without_a_year_needs_that_of_the_report() -> None:
    for cell in ("6月", "六月", 6, "06"):
        assert [f.code for f in kind("month").parse(cell, Context()).findings] == ["date_without_year"]
    assert kind("month").parse("2023年6月", Context()).value == JUNE


@pytest.mark.parametrize("cell", [None, "", "/", "—"])
def test_no_month(cell: Cell) -> None:
    assert kind("month").parse(cell, Context(year=2023)).findings == ()


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["%Y-%m", "%Y年%m月", "%Y.%m", "%Y/%m", "%Y%m"]),
)
def test_every_month_in_every_shape(day: date, shape: str) -> None:
    month = day.replace(day=1)
    assert kind("month").parse(day, Context()).value == month
    assert kind("month").parse(day.strftime(shape), Context()).value == month
    assert kind("month").parse(kind("month").print(month), Context()).value == month
