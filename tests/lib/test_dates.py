from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell
from qiaojie.lib.dates import DateSpan, print_date, print_span, read_date, read_span
from qiaojie.lib.findings import Level
from tests.lib.cells import cells

DAY = date(2020, 3, 5)
MARCH = DateSpan(date(2020, 3, 5), date(2020, 3, 20))
WINTER = DateSpan(date(2019, 12, 20), date(2020, 1, 5))


@pytest.mark.parametrize(
    "cell",
    [
        "2020.3.5",
        "2020/3/5",
        "2020-03-05",
        "2020年3月5日",
        "2020年3月5",
        "2020 年 3 月 5 日",
        "20200305",
        20200305,
        "２０２０．３．５",
        "2020．3．5",
        "2020年03月05号",
        "二〇二〇年三月五日",
        "2020-03-05 00:00:00",
        "2020/3/5 8:30",
        "2020–03–05",
        "2020—3—5",
        43895,
        43895.0,
        43895.75,
        "43895",
        DAY,
        datetime(2020, 3, 5, 8, 30),
        "3月5日",
        "3.5",
        3.5,
        "2020年3月5日（星期四）",
        "2020年3月5日 星期四",
        "三月五日",
        "\u20032020.3.5\xa0",
        "2020.3.5.",
    ],
)
def test_one_day_in_many_hands(cell: Cell) -> None:
    parsed = read_date(cell, 2020)
    assert parsed.value == DAY
    assert parsed.usable


@pytest.mark.parametrize(
    "cell",
    [
        "3月5日—3月20日",
        "3月5日—\n3月20日",
        "3月5日-20日",
        "3.5-3.20",
        "3.5-20",
        "2020.3.5-2020.3.20",
        "2020.3.5—3.20",
        "2020-03-05—2020-03-20",
        "2020-03-05-2020-03-20",
        "2020-03-05 至 2020-03-20",
        "2020年3月5日至3月20日",
        "2020年3月5日到2020年3月20日",
        "2020年3月5日~20日",
        "2020.3.5～2020.3.20",
        "2020/3/5--2020/3/20",
        "20200305-20200320",
        "自2020年3月5日至2020年3月20日止",
        "2020年3月5日──3月20日",
        "3/5-3/20",
        "03-05～03-20",
        "3月5日—2020年3月20日",
        "2020.3.5——20",
        "2020-03-05..2020-03-20",
        "３月５日－３月２０日",
        "3月5日–3月20日",
    ],
)
def test_one_range_in_many_hands(cell: Cell) -> None:
    parsed = read_span(cell, 2020)
    assert parsed.value == MARCH
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("2019年12月20日至2020年1月5日", None),
        ("2019年12月20日-1月5日", None),
        ("12月20日—2020年1月5日", None),
        ("2019.12.20-1.5", None),
        ("12月20日-1月5日", 2019),
    ],
)
def test_over_the_end_of_a_year(cell: Cell, year: int | None) -> None:
    parsed = read_span(cell, year)
    assert parsed.value == WINTER
    assert [f.code for f in parsed.findings] == (["date_over_year"] if year else [])


@pytest.mark.parametrize(
    ("cell", "begins", "ends"),
    [
        ("2020年2月", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020.2", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("202013", None, None),
        ("201909", date(2019, 9, 1), date(2019, 9, 30)),
        ("2月", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020年3月—5月", date(2020, 3, 1), date(2020, 5, 31)),
        ("2020.3-5", date(2020, 3, 1), date(2020, 5, 31)),
        ("3月—5月", date(2020, 3, 1), date(2020, 5, 31)),
        ("2020年", date(2020, 1, 1), date(2020, 12, 31)),
        (2020, date(2020, 1, 1), date(2020, 12, 31)),
        ("2018—2020", date(2018, 1, 1), date(2020, 12, 31)),
        ("2018-2020年", date(2018, 1, 1), date(2020, 12, 31)),
        ("2020年3月5日至今", date(2020, 3, 5), None),
        ("2020年3月5日起", date(2020, 3, 5), None),
        ("2020.3.5-长期", date(2020, 3, 5), None),
        ("2020.3.5—", date(2020, 3, 5), None),
        ("长期", None, None),
        ("至今", None, None),
    ],
)
def test_months_years_and_open_ends(cell: Cell, begins: date | None, ends: date | None) -> None:
    parsed = read_span(cell, 2020)
    if cell == "202013":
        assert [f.code for f in parsed.findings] == ["date_impossible"]
    else:
        assert parsed.value == DateSpan(begins, ends)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2020年2月30日", "date_impossible"),
        ("2019.2.29", "date_impossible"),
        ("2020年13月", "date_impossible"),
        ("13.5", "date_impossible"),
        ("2020.3.5-2020.3.32", "date_impossible"),
        ("0202年3月5日", "date_impossible"),
        (datetime(9999, 1, 1), "date_impossible"),
        (date(1, 1, 1), "date_impossible"),
        ("00000000", "date_impossible"),
        ("上周", "date_unreadable"),
        ("3-5", "date_unreadable"),
        ("5", "date_unreadable"),
        (5, "date_unreadable"),
        ("200305", "date_unreadable"),
        ("5日", "date_unreadable"),
        ("同上", "date_unreadable"),
        ("2020.3/5", "date_unreadable"),
        ("3月5日、3月8日", "date_unreadable"),
        (True, "date_unreadable"),
        (float("inf"), "date_unreadable"),
        (time(8), "date_unreadable"),
        (timedelta(1), "date_unreadable"),
        (-3, "date_unreadable"),
        ("2020年3月—5日", "date_unreadable"),
        ("3月20日—3月5日", "date_order"),
        ("2020.3.20-2020.3.5", "date_order"),
        ("2020-2018", "date_order"),
        (3.2, "date_lost"),
        (2020.1, "date_lost"),
        (10.1, "date_lost"),
    ],
)
def test_what_is_wrong_is_named(cell: Cell, code: str) -> None:
    parsed = read_span(cell, 2020)
    assert parsed.value is None
    assert [f.code for f in parsed.findings] == [code]
    assert parsed.findings[0].level is Level.ERROR


@pytest.mark.parametrize("cell", ["3月5日", "3.5-3.20", "3月", "3月5日—3月20日", 3.5])
def test_without_any_year(cell: Cell) -> None:
    assert [f.code for f in read_span(cell).findings] == ["date_without_year"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2020年3月", "date_without_day"),
        ("2020", "date_without_day"),
        ("3.5-3.20", "date_is_span"),
        ("2020年3月5日至今", "date_is_span"),
        ("长期", "date_open"),
    ],
)
def test_a_single_day_is_asked(cell: Cell, code: str) -> None:
    parsed = read_date(cell, 2020)
    assert parsed.value is None
    assert [f.code for f in parsed.findings] == [code]


def test_29_february_needs_the_right_year() -> None:
    assert read_date("2月29日", 2020).value == date(2020, 2, 29)
    assert [f.code for f in read_date("2月29日", 2019).findings] == ["date_impossible"]


days = st.dates(date(1900, 1, 1), date(2150, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> DateSpan:
    begins = draw(st.none() | days)
    if begins is None:
        return DateSpan(None, None)
    return DateSpan(begins, draw(st.none() | st.dates(begins, date(2150, 12, 31))))


@given(spans(), st.integers(1900, 2150))
def test_what_is_printed_is_read_back(span: DateSpan, year: int) -> None:
    assert read_span(print_span(span)).value == span
    assert read_span(print_span(span, year=year), year).value == span


@given(
    days,
    st.sampled_from(
        ["{y}.{m}.{d}", "{y}/{m}/{d}", "{y}-{m:02d}-{d:02d}", "{y}年{m}月{d}日", "{y}{m:02d}{d:02d}"]
    ),
)
def test_every_day_in_every_form(day: date, form: str) -> None:
    assert read_date(form.format(y=day.year, m=day.month, d=day.day)).value == day
    assert read_date(print_date(day, without_year=True), day.year).value == day


@given(st.dates(date(1910, 1, 2), date(2150, 12, 31)))
def test_serial_numbers(day: date) -> None:
    parsed = read_date((day - date(1899, 12, 30)).days)
    assert parsed.value == day
    assert [f.code for f in parsed.findings] == ["date_serial"]


@given(days, days, st.sampled_from(["-", "—", "–", "~", "～", "至", "到", "－", " - ", "—\n"]))
def test_every_range_with_every_dash(one: date, two: date, dash: str) -> None:
    begins, ends = sorted((one, two))
    for form in (
        "{0.year}.{0.month}.{0.day}",
        "{0.year}年{0.month}月{0.day}日",
        "{0:%Y-%m-%d}",
        "{0:%Y%m%d}",
    ):
        assert read_span(form.format(begins) + dash + form.format(ends)).value == DateSpan(begins, ends)


@given(cells, st.none() | st.integers(1900, 2100))
def test_nothing_raises(cell: Cell, year: int | None) -> None:
    for read in (read_date, read_span):
        parsed = read(cell, year)
        assert parsed.value is None or parsed.usable


def test_spans_contain_days() -> None:
    assert MARCH.contains(DAY) and MARCH.contains(date(2020, 3, 20)) and not MARCH.contains(date(2020, 3, 21))
    assert DateSpan(DAY, None).contains(date(2100, 1, 1)) and DateSpan(None, None).contains(DAY)
    with pytest.raises(ValueError, match="before it begins"):
        DateSpan(DAY, date(2020, 3, 4))
    with pytest.raises(ValueError, match="needs a beginning"):
        DateSpan(None, DAY)


@pytest.mark.parametrize(
    "cell",
    [
        "2023.6.1", "2023-6-1", "2023年6月1号", "6.1", "6月1日", "23.6.1", "23-6-1", "23年6月1日", "23/6/1", "20230601",
        "2023/6/1",
        "45078", 45078, "二〇二三年六月一日", "２０２３年６月１日", "2023.6.1 上午", "2023年6月1日下午", "2023年6月1日 9时",
        "2023.6.1上午9:00",
        "2023.6.1日", "2023.6.1号", "2023 6 1", "2023，6，1", "2023、6、1", "2023年6.1", "2023.6月1日",
        "贰零贰叁年陆月零壹日", "1-Jun-23",
        "June 1, 2023", "2023年6月1日（星期四）", "2023.06.01.", "'2023-06-01",
    ],
)  # fmt: skip
def test_the_first_of_june_as_people_write_it(cell: Cell) -> None:
    parsed = read_date(cell, 2023)
    assert parsed.value == date(2023, 6, 1)
    assert {finding.code for finding in parsed.findings} <= {"date_short_year", "date_serial"}


@pytest.mark.parametrize(
    "cell",
    [
        "2023/6/1-6/10", "6月1-10日", "6.1—6.10", "2023年6月1日起10天", "2023年6月1日起，共10天", "2023年6月1日（10天）",
        "2023年6月1日10天",
        "2023年6月1日开始，为期10天", "23.6.1-23.6.10", "2023年6月1日上午至6月10日下午", "2023年6月1日—10日（共10天）",
        "20230601-20230610",
        "2023年6月1号到10号", "二〇二三年六月一日至十日",
    ],
)  # fmt: skip
def test_ten_days_of_june_as_people_write_them(cell: Cell) -> None:
    parsed = read_span(cell, 2023)
    assert parsed.value == DateSpan(date(2023, 6, 1), date(2023, 6, 10))
    assert {finding.code for finding in parsed.findings} <= {"date_short_year", "date_counted"}


@pytest.mark.parametrize(
    ("cell", "part"),
    [("2023.13.1", "13月"), ("2023年2月30日", "2月没有30日"), ("2023年6月31日", "6月没有31日"), ("9999.6.1", "9999"),
     ("0001-01-01", "年份"), ("2023年0月1日", "0月")],
)  # fmt: skip
def test_a_day_that_there_is_not_says_which_part(cell: Cell, part: str) -> None:
    (finding,) = read_date(cell).findings
    assert finding.code == "date_impossible"
    assert part in finding.message


def test_a_year_of_two_digits_is_said() -> None:
    for cell, year in (("23.6.1", 2023), ("65.6.1", 1965), ("98年6月1日", 1998)):
        parsed = read_date(cell)
        assert parsed.value == date(year, 6, 1)
        assert [finding.code for finding in parsed.findings] == ["date_short_year"]


@pytest.mark.parametrize(
    "cell", ["6/1/2023", "06/01/23", "2023年6月1日、10日", "约2023年6月1日", "2023.6.1-", "230601", "6月上旬"]
)
def test_what_may_mean_several_days_is_not_guessed(cell: Cell) -> None:
    assert read_date(cell, 2023).value is None
