from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period, read_period


@pytest.mark.parametrize(
    ("text", "begins", "ends", "code", "label"),
    [
        ("2019", "2019-01-01", "2019-12-31", "2019", "2019年"),
        ("2019H1", "2019-01-01", "2019-06-30", "2019H1", "2019年上半年"),
        ("2019h2", "2019-07-01", "2019-12-31", "2019H2", "2019年下半年"),
        ("2023Q3", "2023-07-01", "2023-09-30", "2023Q3", "2023年第三季度"),
        ("2019-07", "2019-07-01", "2019-07-31", "2019-07", "2019年7月"),
        ("2020-02", "2020-02-01", "2020-02-29", "2020-02", "2020年2月"),
        ("2018-01-01..2020-12-31", "2018-01-01", "2020-12-31", "2018..2020", "2018—2020年"),
        ("2018..2020", "2018-01-01", "2020-12-31", "2018..2020", "2018—2020年"),
        ("2018—2020年", "2018-01-01", "2020-12-31", "2018..2020", "2018—2020年"),
        ("2019-01..2019-06", "2019-01-01", "2019-06-30", "2019H1", "2019年上半年"),
        ("2019-11..2020-02", "2019-11-01", "2020-02-29", "2019-11..2020-02", "2019年11月—2020年2月"),
        (
            "2019-05-06..2019-05-20",
            "2019-05-06",
            "2019-05-20",
            "2019-05-06..2019-05-20",
            "2019年5月6日—2019年5月20日",
        ),
        ("2023-11-30", "2023-11-30", "2023-11-30", "2023-11-30", "2023年11月30日"),
        ("2019年上半年", "2019-01-01", "2019-06-30", "2019H1", "2019年上半年"),
        ("2023年三季度", "2023-07-01", "2023-09-30", "2023Q3", "2023年第三季度"),
        ("2023年第3季度", "2023-07-01", "2023-09-30", "2023Q3", "2023年第三季度"),
        (" 2019 年 7 月份", "2019-07-01", "2019-07-31", "2019-07", "2019年7月"),
        ("2019年度", "2019-01-01", "2019-12-31", "2019", "2019年"),
    ],
)
def test_periods_are_read_and_printed(text: str, begins: str, ends: str, code: str, label: str) -> None:
    period = read_period(text)
    assert (period.begins.isoformat(), period.ends.isoformat()) == (begins, ends)
    assert (period.code, period.label, str(period)) == (code, label, code)
    assert read_period(label) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2019H3",
        "2019Q5",
        "2019-13",
        "2019-02-30",
        "2020..2018",
        "19",
        "2019H",
        "2019..",
        "2019年13月",
        "上半年",
    ],
)
def test_bad_text_is_unusable(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        read_period(text)
    assert caught.value.code == "period_unreadable"


days = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    begins = draw(days | days.map(lambda day: day.replace(day=1)))
    months = draw(st.integers(1, 30))
    whole = date(
        begins.year + (begins.month - 1 + months) // 12, (begins.month - 1 + months) % 12 + 1, 1
    ) - timedelta(1)
    return Period(begins, max(begins, draw(st.sampled_from([whole, begins]) | st.dates(begins))))


@given(periods())
def test_codes_and_labels_are_read_back(period: Period) -> None:
    if period.ends.year > 2999:
        return
    assert read_period(period.code) == period
    assert read_period(period.label) == period


@given(periods(), days)
def test_contains_is_the_days_themselves(period: Period, day: date) -> None:
    assert period.contains(day) == (period.begins <= day <= period.ends)
    assert period.contains(period)
    assert period.days == period.ends.toordinal() - period.begins.toordinal() + 1


def test_parts_of_a_year() -> None:
    assert Period.of_year(2019).contains(Period.of_months(2019, 2, 2))
    assert not Period.of_months(2019, 1, 6).contains(Period.of_year(2019))
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2020, 1, 2), date(2020, 1, 1))


@given(st.text(max_size=20))
def test_any_text_is_a_period_or_unusable(text: str) -> None:
    try:
        assert read_period(text).days > 0
    except Unusable as fault:
        assert fault.code == "period_unreadable"
