"""Months as clerks write them: 2023年6月, 2023-06, 202306, 六月, 6月份, Jun-23, a date or a serial number of it."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, number_of
from .dates import FIRST_YEAR, LAST_YEAR, DateSpan, read_span
from .numbers import chinese, shorten
from .text import clean, figure, is_blank, is_ditto

_LONE: Final = re.compile(r"(?P<m>0?[1-9]|1[0-2])(?:月份?)?", re.ASCII)
_CHINESE_LONE: Final = re.compile(r"([一二三四五六七八九十]{1,2}|元)月份?")
_WHOLE: Final = re.compile(r"(?P<y>\d{4})(?P<m>0[1-9]|1[0-2])", re.ASCII)
_SHORT: Final = re.compile(r"(?P<y>\d{2})(?:年|[./-])(?P<m>0?[1-9]|1[0-2])(?:月份?)?", re.ASCII)
_ENDING: Final = re.compile(r"(?<=月)份?(?:整月|全月|当月)?$")


def read_month(cell: Cell, year: int | None = None) -> Parsed:
    """Read one month; the value is its first day, or None. ``year`` is that of the report, for months written without one.

    A date is taken for its month. Errors: ``month_unreadable``, ``month_is_span``, and those of ``dates.read_span``.
    """
    if is_blank(cell):
        return EMPTY
    if isinstance(cell, str) and is_ditto(cell):
        return _unreadable(cell)
    said = _alone(cell)
    if said is not None:
        own, month = said
        if own is None and year is None:
            return _without_year(cell)
        return Parsed(date(own or year or FIRST_YEAR, month, 1))
    parsed = read_span(_ENDING.sub("", clean(cell)) if isinstance(cell, str) else cell, year)
    span = parsed.value
    if not isinstance(span, DateSpan):
        codes = {finding.code for finding in parsed.findings}
        if "date_without_year" in codes:
            return _without_year(cell)
        return parsed if codes & {"date_impossible", "date_lost", "date_order"} else _unreadable(cell)
    if span.begins is None or span.ends is None:
        return _unreadable(cell)
    if (span.begins.year, span.begins.month) != (span.ends.year, span.ends.month):
        return failed(
            "month_is_span",
            _("“%(found)s”不止一个月，这里只填一个月，如 2023年6月。") % {"found": shorten(cell)},
        )
    return Parsed(span.begins.replace(day=1))


def print_month(month: date) -> str:
    """A month as forms print it: 2023年6月."""
    return f"{month.year}年{month.month}月"


def _alone(cell: Cell) -> tuple[int | None, int] | None:
    """Year (None where it is not written) and month of what can only be a month where one is asked for."""
    number = number_of(cell)
    if number is None and not isinstance(cell, str):
        return None
    text = figure(cell)
    for pattern in (_LONE, _WHOLE, _SHORT):
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
    spoken = _CHINESE_LONE.fullmatch(text)
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


def _unreadable(cell: Cell) -> Parsed:
    return failed(
        "month_unreadable",
        _("“%(found)s”不是能识别的月份，请写成 2023年6月 这样的形式。") % {"found": shorten(cell)},
    )
