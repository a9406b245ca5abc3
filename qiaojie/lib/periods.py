"""Periods of reports: years, halves, quarters, months and ranges, written ``2019``, ``2019H1``, ``2023Q3``, ``2019-07``.

And single months as clerks write them in cells: 2023年6月, 202306, 六月, 6月份, Jun-23, a date or a serial number of it.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, number_of
from .dates import FIRST_YEAR, LAST_YEAR, DateSpan, read_span
from .findings import Unusable
from .numbers import chinese, shorten
from .text import clean, figure, is_blank, is_ditto

_HALVES: Final = {"上": 1, "下": 2}
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}
_CODE: Final = re.compile(
    r"(?P<year>[12][0-9]{3})"
    r"(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?",
    re.IGNORECASE | re.ASCII,
)
_CHINESE: Final = re.compile(
    r"(?P<year>[12][0-9]{3})年度?"
    r"(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4])季度|(?P<month>[0-9]{1,2})月(?:份|(?P<day>[0-9]{1,2})日)?)?",
    re.ASCII,
)
_RANGE: Final = re.compile(r"\.\.|—|–|~|～|至|到")
_SPACE: Final = re.compile(r"\s")


_MONTH_ALONE: Final = re.compile(r"(?P<m>0?[1-9]|1[0-2])(?:月份?)?", re.ASCII)
_SPOKEN_MONTH: Final = re.compile(r"([一二三四五六七八九十]{1,2}|元)月份?")
_SIX_DIGITS: Final = re.compile(r"(?P<y>\d{4})(?P<m>0[1-9]|1[0-2])", re.ASCII)
_SHORT_YEAR: Final = re.compile(r"(?P<y>\d{2})(?:年|[./-])(?P<m>0?[1-9]|1[0-2])(?:月份?)?", re.ASCII)
_MONTH_ENDING: Final = re.compile(r"(?<=月)份?(?:整月|全月|当月)?$")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole days, both inclusive. Two periods of the same days are equal: ``code`` follows from the days."""

    begins: date
    ends: date

    def __post_init__(self) -> None:
        if self.begins > self.ends:
            raise ValueError(f"a period cannot end ({self.ends}) before it begins ({self.begins})")

    @classmethod
    def of_year(cls, year: int) -> Period:
        """The calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def of_months(cls, year: int, first: int, last: int) -> Period:
        """Whole months of one year, both inclusive."""
        return cls(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))

    @property
    def code(self) -> str:
        """The shortest way to write it: ``2019``, ``2019H1``, ``2023Q3``, ``2019-07``, ``2018..2020``, ``2020-03-05``."""
        if self._whole_months:
            if self.begins.year == self.ends.year:
                return self._within_year(self.begins.year, self.begins.month, self.ends.month)
            if self.begins.month == 1 and self.ends.month == 12:
                return f"{self.begins.year:04d}..{self.ends.year:04d}"
            return f"{self.begins:%Y-%m}..{self.ends:%Y-%m}"
        if self.begins == self.ends:
            return self.begins.isoformat()
        return f"{self.begins.isoformat()}..{self.ends.isoformat()}"

    @property
    def label(self) -> str:
        """How a Chinese form names it: 2019年上半年, 2023年第三季度, 2018—2020年, 2018年1月5日—2020年12月31日."""
        year = self.begins.year
        found = _CODE.fullmatch(self.code)
        if found is None:
            if self._whole_months and self.begins.month == 1 and self.ends.month == 12:
                return f"{year}—{self.ends.year}年"
            if self._whole_months:
                return f"{year}年{self.begins.month}月—{self.ends.year}年{self.ends.month}月"
            return f"{_day_label(self.begins)}—{_day_label(self.ends)}"
        if found["half"]:
            return f"{year}年{'上' if found['half'] == '1' else '下'}半年"
        if found["quarter"]:
            return f"{year}年第{'一二三四'[int(found['quarter']) - 1]}季度"
        if found["day"]:
            return _day_label(self.begins)
        return f"{year}年{self.begins.month}月" if found["month"] else f"{year}年"

    @property
    def _whole_months(self) -> bool:
        return (
            self.begins.day == 1 and self.ends.day == calendar.monthrange(self.ends.year, self.ends.month)[1]
        )

    @staticmethod
    def _within_year(year: int, first: int, last: int) -> str:
        if (first, last) == (1, 12):
            return f"{year:04d}"
        if first % 6 == 1 and last == first + 5:
            return f"{year:04d}H{first // 6 + 1}"
        if first % 3 == 1 and last == first + 2:
            return f"{year:04d}Q{first // 3 + 1}"
        if first == last:
            return f"{year:04d}-{first:02d}"
        return f"{year:04d}-{first:02d}..{year:04d}-{last:02d}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.ends - self.begins) // timedelta(days=1) + 1

    def contains(self, day: date | Period) -> bool:
        """Whether a day, or every day of another period, lies in it."""
        if isinstance(day, Period):
            return self.begins <= day.begins and day.ends <= self.ends
        return self.begins <= day <= self.ends

    def __str__(self) -> str:
        return self.code


def read_period(text: str) -> Period:
    """Read a code or its Chinese form; ranges join any two of them: ``2018..2020``, ``2018-01-01..2020-12-31``.

    Raises ``Unusable("period_unreadable")``.
    """
    squeezed = _SPACE.sub("", text)
    single = _single(squeezed)
    if single is not None:
        return single
    parts = _RANGE.split(squeezed)
    if len(parts) == 2:
        # 2018—2020年: the word 年 stands once, for both.
        left = _single(parts[0]) or _single(parts[0] + "年")
        right = _single(parts[1])
        if left is not None and right is not None and left.begins <= right.ends:
            return Period(left.begins, right.ends)
    raise Unusable(
        "period_unreadable",
        _(
            "“%(text)s”不是能识别的时段，请写成 2019、2019H1、2023Q3、2019-07 或 2018-01-01..2020-12-31 这样的形式。"
        )
        % {"text": text[:40]},
    )


def _single(text: str) -> Period | None:
    found = _CODE.fullmatch(text) or _CHINESE.fullmatch(text)
    if found is None:
        return None
    year = int(found["year"])
    try:
        if found["half"]:
            half = _HALVES.get(found["half"]) or int(found["half"])
            return Period.of_months(year, 6 * half - 5, 6 * half)
        if found["quarter"]:
            quarter = _QUARTERS.get(found["quarter"]) or int(found["quarter"])
            return Period.of_months(year, 3 * quarter - 2, 3 * quarter)
        if found["day"]:
            day = date(year, int(found["month"]), int(found["day"]))
            return Period(day, day)
        if found["month"]:
            return Period.of_months(year, int(found["month"]), int(found["month"]))
    except ValueError:
        return None
    return Period.of_year(year)


def _day_label(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def read_month(cell: Cell, year: int | None = None) -> Parsed:
    """Read one month; the value is its first day, or None. ``year`` is that of the report, for months written without one.

    A date is taken for its month. Errors: ``month_unreadable``, ``month_is_span``, and those of ``dates.read_span``.
    """
    if is_blank(cell):
        return EMPTY
    if isinstance(cell, str) and is_ditto(cell):
        return _no_month(cell)
    said = _month_of(cell)
    if said is not None:
        own, month = said
        if own is None and year is None:
            return _without_year(cell)
        return Parsed(date(own or year or FIRST_YEAR, month, 1))
    parsed = read_span(_MONTH_ENDING.sub("", clean(cell)) if isinstance(cell, str) else cell, year)
    span = parsed.value
    if not isinstance(span, DateSpan):
        codes = {finding.code for finding in parsed.findings}
        if "date_without_year" in codes:
            return _without_year(cell)
        return parsed if codes & {"date_impossible", "date_lost", "date_order"} else _no_month(cell)
    if span.begins is None or span.ends is None:
        return _no_month(cell)
    if (span.begins.year, span.begins.month) != (span.ends.year, span.ends.month):
        return failed(
            "month_is_span",
            _("“%(found)s”不止一个月，这里只填一个月，如 2023年6月。") % {"found": shorten(cell)},
        )
    return Parsed(span.begins.replace(day=1))


def print_month(month: date) -> str:
    """A month as forms print it: 2023年6月."""
    return f"{month.year}年{month.month}月"


def _month_of(cell: Cell) -> tuple[int | None, int] | None:
    """Year (None where it is not written) and month of what can only be a month where one is asked for."""
    number = number_of(cell)
    if number is None and not isinstance(cell, str):
        return None
    text = figure(cell)
    for pattern in (_MONTH_ALONE, _SIX_DIGITS, _SHORT_YEAR):
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        year = None if parts.get("y") is None else _full(int(parts["y"]))
        if year is None and "y" in parts:
            continue
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            continue
        return year, int(parts["m"])
    spoken = _SPOKEN_MONTH.fullmatch(text)
    if spoken is not None:
        month = 1 if spoken[1] == "元" else chinese(spoken[1])
        return (None, month) if month is not None and 1 <= month <= 12 else None
    return None


def _full(year: int) -> int:
    """A year written with two digits is one of this century."""
    return 2000 + year if year < 100 else year


def _without_year(cell: Cell) -> Parsed:
    return failed(
        "date_without_year",
        _("“%(found)s”没有写年份，请写成 2023年6月 这样的形式，或在表头填写报表年份。")
        % {"found": shorten(cell)},
    )


def _no_month(cell: Cell) -> Parsed:
    return failed(
        "month_unreadable",
        _("“%(found)s”不是能识别的月份，请写成 2023年6月 这样的形式。") % {"found": shorten(cell)},
    )
