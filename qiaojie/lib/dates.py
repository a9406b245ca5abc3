"""Dates and spans of days as clerks write them: 2020.3.5, 3月5日—3月20日, 4.7-4.16, 43895, 2020年3月, 长期."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, number_of, text_of
from .findings import Finding, Level
from .numbers import chinese, shorten
from .text import clean, figure, is_blank, is_ditto

FIRST_YEAR: Final = 1850
"""As that of identity numbers."""

LAST_YEAR: Final = 2200
"""Years outside these are slips of the pen; births in 1850 are the earliest that identity numbers allow."""

SERIAL_DAY_0: Final = date(1899, 12, 30)
"""Day 0 of spreadsheet serial numbers, from 1 March 1900 on (before that Excel counts a day that never was)."""

_SERIALS: Final = range(3654, 109_940)  # 1910 to 2200; smaller numbers are years or counts
_OPEN_WORDS: Final = frozenset({"长期", "长期有效", "永久", "至今", "今", "现在", "目前", "迄今", "今天"})

# Short dashes may stand inside a date, long ones and tildes stand between two (tried the other way round at the end).
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒−﹣", "-") | dict.fromkeys("–—―ーㄧ─━﹘～〜∼∽", "~"))
_DASH_RUN: Final = re.compile(r"[-~]{2,}")
_TO: Final = re.compile(r"至(?!今)|到|\.\.+|…+")
_FROM: Final = re.compile(r"^(?:自|从)")
_LASTING: Final = re.compile(
    r"\((?:共计?|计|合计|为期|历时)?\d+(?:\.\d+)?个?(?:天|日|周|期|学时|课时|小时)\)$"
    r"|[,;、](?:共计?|计|合计|为期|历时)\d+(?:\.\d+)?个?(?:天|日|周|学时|课时|小时)$"
)
"""How long it lasted, said behind a span: （16天）, ，共16天."""
_COUNTED: Final = re.compile(
    r"(?:(?P<begin>.+?[日号])[,;、(]?(?:共计?|计|合计|为期|历时|连续|培训)?"
    r"|(?P<since>.+?)(?:起|开始)[,;、(]?(?:共计?|计|合计|为期|历时|连续|培训)?)"
    r"(?P<days>\d{1,3})个?(?P<unit>[天日])\)?",
    re.ASCII,
)
"""A first day and how many there are: 6月1日起10天."""
_LONGEST_COUNTED: Final = 366
"""Days that are counted from a first one: a year, for what is longer is no class."""
_CHINESE_NUMBER: Final = re.compile(r"[〇零○一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾]+(?=[年月日号天])")
_HOURS: Final = re.compile(
    r"(?<=[日号\d])[(]?(?:上午|下午|早上|早晨|晚上|中午|傍晚|全天|[AaPp][Mm])[)]?(?:\d{1,2}(?:[:时点](?:\d{1,2}分?|半)?)?)?"
    r"|(?<=[日号])\d{1,2}(?:[时点](?:\d{1,2}分?|半)?|:\d\d)"
)
_PARTED: Final = re.compile(r"(\d{4}) (\d{1,2}) (\d{1,2})", re.ASCII)
_COMMAS: Final = re.compile(r"(?<=\d)[,。](?=\d)")
_CLOCK: Final = re.compile(
    r"(?<=\d)[T\s]+(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$", re.ASCII
)
_WEEKDAY: Final = re.compile(r"\((?:星期|周)[一二三四五六日天]\)|(?:星期|周)[一二三四五六日天]$")

_ENGLISH: Final = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_NAMED: Final = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/. ,]*)?\b(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
    r"(?:[- ]+(?P<after>\d{1,2})(?:st|nd|rd|th)?,\s*)?[-/. ,']*(?P<y>\d{4}|\d{2})\b",
    re.IGNORECASE | re.ASCII,
)
"""English names of months, as spreadsheets of an English Windows write them into csv: Jun-23, 1-Jun-2023, June 1, 2023."""

# One end of a span. Groups are named y, m, d; which of them are there says how fine the date is.
_POINTS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<y>\d{4})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号]?)?)?",
        r"(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号]?)?",
        r"(?P<d>\d{1,2})[日号]",
        r"(?P<y>\d{4})(?P<s>[./\-、])(?P<m>\d{1,2})(?:(?P=s)(?P<d>\d{1,2})[日号]?)?\.?",
        r"(?P<m>\d{1,2})[./](?P<d>\d{1,2})[日号]?",
        r"(?P<y>\d{4})年(?P<m>\d{1,2})[./](?P<d>\d{1,2})[日号]?",
        r"(?P<y>\d{4})[./](?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?",
        r"(?P<s2>\d{2})年(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号]?)?",
        r"(?P<s2>\d{2})(?P<s>[.\-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})[日号]?",
        r"(?P<s2>1[3-9]|[2-9]\d)/(?P<m>\d{1,2})/(?P<d>\d{1,2})[日号]?",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
        r"(?P<y>\d{4})",
        r"(?P<n>\d{1,2})",
    )
)
_WHOLE: Final = re.compile(r"([0-9]{4})(?:年([0-9]{1,2})月([0-9]{1,2})日|([./-])([0-9]{1,2})\4([0-9]{1,2}))")
_SIX_DIGITS: Final = re.compile(r"\d{6}", re.ASCII)


def age_on(birth: date, on: date) -> int:
    """Whole years from a day of birth to a day; who was born on 29 February is a year older on 1 March of other years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from ``begins`` to ``ends``, both inclusive. ``ends`` None: still going on; both None: 长期, always."""

    begins: date | None
    ends: date | None

    def __post_init__(self) -> None:
        if self.begins is None and self.ends is not None:
            raise ValueError("a span with an end needs a beginning")
        if self.begins is not None and self.ends is not None and self.begins > self.ends:
            raise ValueError(f"a span cannot end ({self.ends}) before it begins ({self.begins})")

    def contains(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class _Point:
    """One written date; parts that were not written are None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    lone: int | None = None
    """A number without any sign of what it is: the finest part of the date before it."""
    short: bool = False
    """Whether its year was written with two digits."""


class _Impossible(ValueError):
    """The calendar has no such day."""


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def print_date(day: date, *, without_year: bool = False) -> str:
    """A day as forms print it: 2020年3月5日, or 3月5日 where the form's year is known."""
    return f"{day.month}月{day.day}日" if without_year else f"{day.year}年{day.month}月{day.day}日"


def print_span(span: DateSpan, *, year: int | None = None) -> str:
    """A span as forms print it: 2020年3月5日—3月20日; the second year only when it differs, one day only once.

    ``year``: the year that the form itself states; a span within it is printed without a year (3月5日—3月20日).
    """
    if span.begins is None:
        return "长期"
    known = span.begins.year == year and (span.ends is None or span.ends.year == year)
    first = print_date(span.begins, without_year=known)
    if span.ends is None:
        return f"{first}至今"
    if span.ends == span.begins:
        return first
    return f"{first}—{print_date(span.ends, without_year=span.ends.year == span.begins.year)}"


def whole_day(text: str) -> date | None:
    """The day of a text that writes year, month and day in full and nothing else; ``read_date`` reads it as that day and
    has nothing to say of it. None for every other text."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part and part not in "./-")
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def read_date(cell: Cell, year: int | None = None) -> Parsed:
    """Read one day; the value is a ``date``, or None. ``year`` is that of the report, for dates written without one.

    Errors: ``date_unreadable``, ``date_impossible``, ``date_without_year``, ``date_without_day`` (a month or a year only),
    ``date_is_span``, ``date_lost`` (3.20 became the number 3.2). Hints: ``date_serial``, and ``date_open`` (长期, 至今:
    there is no such day, so no value).
    """
    parsed = read_span(cell, year)
    span = parsed.value
    if not isinstance(span, DateSpan):
        return parsed
    if span.begins is None:
        hint = Finding(
            "date_open", _("“%(found)s”表示没有截止日期，已按空处理。") % {"found": shorten(cell)}, Level.HINT
        )
        return Parsed(None, (*parsed.findings, hint))
    if span.begins == span.ends:
        return Parsed(span.begins, parsed.findings)
    if _is_single(cell):
        return failed(
            "date_without_day",
            _("“%(found)s”没有写到日，请写完整，如 2020年3月5日。") % {"found": shorten(cell)},
        )
    return failed("date_is_span", _("“%(found)s”是一段时间，这里只填一个日期。") % {"found": shorten(cell)})


def read_span(cell: Cell, year: int | None = None) -> Parsed:
    """Read a day, a month, a year or a range; the value is a ``DateSpan``, or None.

    A range over the end of a year is understood (12月20日—1月5日, with the hint ``date_over_year`` when the report's
    year was used for its beginning). Errors as in ``read_date``, and ``date_order``.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return _checked(_Point(cell.year, cell.month, cell.day), None, year, cell)
    if is_blank(cell):
        return EMPTY
    number = number_of(cell)
    if number is not None:
        return _numeric(number, year, cell)
    if not isinstance(cell, str) or is_ditto(cell):
        return _unreadable(cell)
    counted = _counted(cell, year)
    if counted is not None:
        return counted
    text = _tidy(cell)
    if text in _OPEN_WORDS:
        return Parsed(DateSpan(None, None))
    if len(text) == 5 and text.isascii() and text.isdigit():
        return _numeric(Decimal(text), year, cell)
    return _text(text, year, cell)


def _counted(cell: str, year: int | None) -> Parsed | None:
    """The days of a first one and how many there are (6月1日起10天); None where the cell does not say them so."""
    if "天" not in cell and "起" not in cell and "开始" not in cell:
        return None
    found = _COUNTED.fullmatch(_CHINESE_NUMBER.sub(_arabic, figure(cell)))
    if found is None or not 1 <= int(found["days"]) <= _LONGEST_COUNTED:
        return None
    if found["begin"] and found["unit"] == "日" and not found["since"]:
        return None
    point = _point(_tidy((found["begin"] or found["since"]).removesuffix("起").removesuffix("开始")))
    if point is None or point.day is None:
        return None
    first = _checked(point, None, year, cell)
    if not isinstance(first.value, DateSpan) or first.value.begins is None:
        return first
    ends = first.value.begins + timedelta(days=int(found["days"]) - 1)
    message = _("“%(found)s”的最后一天按天数推算为 %(day)s，中间休息的请写明结束日期。")
    hint = Finding("date_counted", message % {"found": shorten(cell), "day": print_date(ends)}, Level.HINT)
    return Parsed(DateSpan(first.value.begins, ends), (*first.findings, hint))


@lru_cache(maxsize=4096)
def _tidy(cell: str) -> str:
    """A written date in half-width form: - for short dashes, ~ for long ones and 至; no clock time, no weekday."""
    text = _NAMED.sub(_named, clean(cell)) if cell.isascii() else clean(cell)
    if _PARTED.fullmatch(text):
        text = text.replace(" ", ".")
    text = _CLOCK.sub("", text.translate(_DASHES))
    text = _WEEKDAY.sub("", figure(text).translate(_DASHES))
    text = _COMMAS.sub(".", _HOURS.sub("", _CHINESE_NUMBER.sub(_arabic, text)))
    text = _LASTING.sub("", text).replace("月份", "月")
    text = _TO.sub("~", _FROM.sub("", text)).removesuffix("止").replace("起~", "~")
    return _DASH_RUN.sub("~", text)


def _named(found: re.Match[str]) -> str:
    """A date with an English name of its month in the order of ours."""
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    day = found["d"] or found["after"]
    return f"{year}年{_ENGLISH[found['m'][:3].casefold()]}月" + (f"{day}日" if day else "")


def _arabic(found: re.Match[str]) -> str:
    number = chinese(found[0].lstrip("零〇") or found[0])
    return found[0] if number is None else str(number)


def _is_single(cell: Cell) -> bool:
    return not isinstance(cell, str) or _point(_tidy(cell)) is not None


def _numeric(number: Decimal, year: int | None, cell: Cell) -> Parsed:
    """A cell that holds a number: a serial day, 20200305, a year, or a date that was taken for a decimal."""
    whole = int(number) if abs(number) < 10**9 else 0
    if number == whole and FIRST_YEAR <= whole <= LAST_YEAR:
        return _checked(_Point(whole), None, year, cell)
    if whole in _SERIALS:
        day = SERIAL_DAY_0 + timedelta(days=whole)
        hint = Finding(
            "date_serial",
            _("“%(found)s”是电子表格的日期序号，已读作 %(day)s。")
            % {"found": shorten(cell), "day": print_date(day)},
            Level.HINT,
        )
        return Parsed(DateSpan(day, day), (hint,))
    text = text_of(cell)
    if text[-2:] in ((".1",) if whole >= FIRST_YEAR else (".1", ".2", ".3")):
        # 3.2 may have been 3.20, 2020.1 may have been 2020.10: the spreadsheet dropped the zero, if there was one.
        return failed(
            "date_lost",
            _(
                "日期被电子表格当作小数存储，分不清是“%(found)s”还是“%(found)s0”，请把该格设为“文本”格式后重新填写。"
            )
            % {"found": text},
        )
    return _text(text, year, cell)


def _text(text: str, year: int | None, cell: Cell) -> Parsed:
    for attempt in dict.fromkeys(
        (text, text.replace("-", ".") if "~" in text else text, text.replace("~", "-"))
    ):
        ends = _ends(attempt)
        if ends is not None:
            return _checked(*ends, year, cell)
    return _unreadable(cell)


@lru_cache(maxsize=4096)
def _ends(text: str) -> tuple[_Point, _Point | str | None] | None:
    """The two ends of a span; the second is None for one date, "open" where there is none."""
    single = _point(text)
    if single is not None:
        return single, None
    for place, sign in enumerate(text):
        if sign not in "-~":
            continue
        left, rest = _point(text[:place]), text[place + 1 :]
        if left is None:
            continue
        if rest in _OPEN_WORDS or (not rest and sign == "~"):
            return left, "open"
        right = _point(rest)
        if right is not None:
            return left, right
    for word in ("至今", "起"):
        left = _point(text.removesuffix(word)) if text.endswith(word) else None
        if left is not None:
            return left, "open"
    return None


def _point(text: str) -> _Point | None:
    if _SIX_DIGITS.fullmatch(text):
        # 201909 is a month; 200305 might be one, or 5 March 2020: not guessed.
        if 1 <= int(text[2:4]) <= 12 and 1 <= int(text[4:]) <= 31:
            return None
        return _Point(int(text[:4]), int(text[4:]))
    for pattern in _POINTS:
        found = pattern.fullmatch(text)
        if found is not None:
            parts = {name: int(part) for name, part in found.groupdict().items() if part and name != "s"}
            year = _full_year(parts["s2"]) if "s2" in parts else parts.get("y")
            return _Point(year, parts.get("m"), parts.get("d"), parts.get("n"), "s2" in parts)
    return None


def _full_year(short: int) -> int:
    """The year of two digits: one of this century that has come or comes next, else of the last."""
    return 2000 + short if 2000 + short <= date.today().year + 1 else 1900 + short


def _checked(left: _Point, right: _Point | str | None, year: int | None, cell: Cell) -> Parsed:
    """Put the missing parts in and make days of them, or say why that cannot be."""
    if isinstance(right, _Point) and right.month is not None and right.day is None and left.lone is not None:
        # 3-5月: the word for the month stands once, for both.
        left = _Point(left.year, left.lone)
    if left.lone is not None or (left.month is None and left.day is not None):
        return _unreadable(cell)
    findings: tuple[Finding, ...] = ()
    try:
        if not isinstance(right, _Point):
            begins, last = _days(_with_year(left, year))
            return Parsed(
                DateSpan(begins, None if right == "open" else last), _short_year(cell, begins, left)
            )
        right = _completed(left, right)
        if right is None:
            return _unreadable(cell)
        backwards = (right.month or 12) < (left.month or 1)
        if left.year is None and right.year is None:
            left = _with_year(left, year)
            if backwards and left.year is not None:
                findings = (_over_year(left.year),)
        elif left.year is None and right.year is not None:
            left = _with_year(left, right.year - backwards)
        if right.year is None and left.year is not None:
            right = _Point(left.year + backwards, right.month, right.day)
        begins, ends = _days(left)[0], _days(right)[1]
    except _Impossible as wrong:
        return failed(
            "date_impossible",
            _("“%(found)s”这个日期不存在：%(why)s，请对照原件核对。")
            % {"found": shorten(cell), "why": wrong},
        )
    except LookupError:
        return failed(
            "date_without_year",
            _("“%(found)s”没有写年份，请写成 2020年3月5日 这样的形式，或在表头填写报表年份。")
            % {"found": shorten(cell)},
        )
    if begins > ends:
        return failed(
            "date_order", _("“%(found)s”的结束日期早于开始日期，请核对。") % {"found": shorten(cell)}
        )
    return Parsed(DateSpan(begins, ends), (*findings, *_short_year(cell, begins, left, right)))


def _short_year(cell: Cell, day: date, *points: _Point) -> tuple[Finding, ...]:
    """``date_short_year`` where any of the points has only two digits of its year."""
    if not any(point.short for point in points):
        return ()
    message = _("“%(found)s”的年份只写了两位，已读作 %(year)d 年，请核对。")
    return (Finding("date_short_year", message % {"found": shorten(cell), "year": day.year}, Level.HINT),)


def _completed(left: _Point, right: _Point) -> _Point | None:
    """The second end with what it leaves to the first: 3月5日—20日, 2020.3.5-7; None when the two do not fit."""
    if right.lone is not None:
        if left.day is not None:
            return _Point(left.year, left.month, right.lone)
        return _Point(left.year, right.lone) if left.month is not None else None
    if right.month is None and right.day is not None:
        return _Point(left.year, left.month, right.day) if left.day is not None else None
    return right


def _with_year(point: _Point, year: int | None) -> _Point:
    """The point with the year of the report where it has none. Raises LookupError when there is none to take."""
    if point.year is not None:
        return point
    if year is None:
        raise LookupError
    return _Point(year, point.month, point.day)


def _days(point: _Point) -> tuple[date, date]:
    """First and last day of a point that has a year. Raises _Impossible."""
    year = point.year
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise _Impossible(_("年份是%s") % year)
    if point.month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= point.month <= 12:
        raise _Impossible(_("没有%d月") % point.month)
    days = calendar.monthrange(year, point.month)[1]
    if point.day is None:
        return date(year, point.month, 1), date(year, point.month, days)
    if not 1 <= point.day <= days:
        said = {"year": year, "month": point.month, "day": point.day}
        raise _Impossible(_("%(year)d年%(month)d月没有%(day)d日") % said)
    only = date(year, point.month, point.day)
    return only, only


def _over_year(year: int) -> Finding:
    return Finding(
        "date_over_year",
        _("这段时间跨年，已读作从%(first)d年开始、到%(second)d年结束，请核对。")
        % {"first": year, "second": year + 1},
        Level.HINT,
    )


def _unreadable(cell: Cell) -> Parsed:
    return failed(
        "date_unreadable",
        _("“%(found)s”不是能识别的日期，请写成 2020年3月5日 或 2020年3月5日—3月20日 这样的形式。")
        % {"found": shorten(cell)},
    )
