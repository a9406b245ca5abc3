"""What was reached day by day: the line behind a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from qiaojie.lib.dates import months_after
from qiaojie.lib.dialects import named
from qiaojie.lib.periods import Period
from qiaojie.lib.rounding import half_up
from qiaojie.notices.schema import Indicator, Notice

from . import engine
from .models import Measure, Tally, ValuePart
from .queries import fen_per_unit

DONE = (ValuePart.APPROVED, ValuePart.REACHED)
YEAR = timedelta(days=366)
"""Notices that run longer are not held against the year before: it would lie within their own time."""


@dataclass(frozen=True, slots=True)
class Month:
    """What was reached by the end of a month (or by the day asked for, in the last one), and a year before that (None
    where that year is not counted, or the notice runs longer than a year)."""

    on: date
    reached: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Trend:
    """An indicator by months, in its unit; ``before`` is what stood on the same day last year, by the same definition.

    ``counted_at`` is when last year was counted; None where it is counted now.
    """

    months: tuple[Month, ...]
    counted_at: datetime | None = None

    @property
    def before(self) -> int | None:
        """What stood on the same day last year."""
        return self.months[-1].before if self.months else None


def year_before(span: Period) -> Period | None:
    """The twelve months before a notice's time; None for one of more than a year."""
    if span.ends - span.begins >= YEAR:
        return None
    return Period(months_after(span.begins, -12), span.begins - timedelta(days=1))


def month_ends(span: Period, on: date) -> list[date]:
    """The last days of the months of a notice's time that have begun by a day; the last one is that day."""
    found = []
    first, on = span.begins.replace(day=1), min(on, span.ends)
    while first <= on:
        first = months_after(first, 1)
        found.append(min(first - timedelta(days=1), on))
    return found


def trends(
    notice: Notice, indicators: Iterable[Indicator], on: date, counties: Collection[int]
) -> dict[str, Trend]:
    """The months of every indicator whose totals are kept, over these counties, with last year where that was counted:
    two queries, however many there are of each."""
    known = {indicator.code: indicator for indicator in indicators if indicator.measured}
    spans, units = {False: notice.span, True: year_before(notice.span)}, engine.map_of(notice)
    kept: dict[int, tuple[str, bool]] = {}
    counted: dict[str, datetime | None] = {}
    held = Measure.everything.filter(notice=notice.code).values_list(
        "pk", "indicator", "before", "definition", "counted_at"
    )
    for pk, code, before, mark, at in held:
        span = spans[before]
        if code in known and span is not None and mark == engine.fingerprint(known[code], span, units):
            kept[pk] = code, before
            if before:
                counted[code] = at
    ends = month_ends(notice.span, on)
    if not kept or not ends:
        return {}
    then = months_after(ends[-1], -12)
    mine = {years: [pk for pk, (_code, before) in kept.items() if before is years] for years in (False, True)}
    added: dict[int, dict[str, int]] = defaultdict(dict)
    for row in _by_month([(mine[False], ends[-1]), (mine[True], then)], counties):
        added[row.measure_id][row.month] = int(row.number)
    lines = {place: _grown(added[pk], ends, years=place[1]) for pk, place in kept.items()}
    found: dict[str, Trend] = {}
    for code, before in kept.values():
        if not before:
            per = rounded_to(known[code])
            old = lines.get((code, True), [None] * len(ends))
            months = zip(ends, lines[code, False], old, strict=True)
            found[code] = Trend(
                tuple(Month(day, per(n), None if o is None else per(o)) for day, n, o in months),
                counted.get(code),
            )
    return found


# Of a million people there are a quarter of a million sums of days, but few days: those are put together first, and
# only then cut to their months. A day is written alike on both databases.
_BY_MONTH = """SELECT measure_id, SUBSTR(CAST(day AS text), 1, 7) AS month, SUM(n) AS number FROM (
  SELECT measure_id, day, SUM(number) AS n FROM measures_tally
  WHERE ({asked}) AND part IN ({parts}) AND unit_id IN ({units}) GROUP BY measure_id, day
) days GROUP BY measure_id, SUBSTR(CAST(day AS text), 1, 7)
"""


class MonthSum(NamedTuple):
    """What a month (as 2023-07) added to a measure."""

    measure_id: int
    month: str
    number: int


class DaySum(NamedTuple):
    """What counts for a unit from a day until the day before another; days are texts on SQLite."""

    unit_id: int
    day: date | str
    until: date | str | None
    number: int


def _by_month(asked: Iterable[tuple[list[int], date]], counties: Collection[int]) -> list[MonthSum]:
    """What each month added to measures until a day, in these counties."""
    wanted = [(measures, until) for measures, until in asked if measures]
    if not wanted or not counties:
        return []
    params: list[int | str | date] = []
    for measures, until in wanted:
        params += [*measures, until]
    params += [*(part.value for part in DONE), *counties]
    statement = _BY_MONTH.format(
        asked=" OR ".join(f"(measure_id IN ({_marks(measures)}) AND day <= %s)" for measures, _day in wanted),
        parts=_marks(DONE),
        units=_marks(counties),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(named(cursor, MonthSum))


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _grown(added: Mapping[str, int], ends: list[date], *, years: int) -> list[int]:
    """What had been added by the end of every month, of the years themselves or of those before."""
    return [
        sum(number for month, number in added.items() if month <= f"{months_after(day, -12 * years):%Y-%m}")
        for day in ends
    ]


def reached_by_day(
    notice: Notice, indicator: Indicator, span: Period, counties: Collection[int], *, kept: bool = True
) -> dict[date, int]:
    """What each day added in these counties (or took off, where somebody counts no longer); money in fen.

    From kept totals, in two queries; ``kept`` False, or totals of another definition: counted on the spot over ``span``.
    """
    found: dict[date, int] = defaultdict(int)
    mark = engine.marks(notice, [indicator])[indicator.code]
    measure = Measure.objects.filter(notice=notice.code, indicator=indicator.code, definition=mark).first()
    if kept and measure is not None:
        days = Tally.objects.filter(measure=measure, part__in=DONE).order_by()
        for unit, day, number in days.values_list("unit_id", "day", "number"):
            if unit in counties:
                found[day] += number
        return found
    sql, params = engine.counted_sql(notice, indicator, span)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT unit_id, day, until, SUM(number) AS number FROM ({sql}) t "  # noqa: S608  (our own)
            "WHERE part IN (%s, %s) GROUP BY unit_id, day, until",
            [*params, *(part.value for part in DONE)],
        )
        for row in named(cursor, DaySum):
            if row.unit_id in counties:
                found[_day(row.day)] += int(row.number)
                if row.until is not None:
                    found[_day(row.until)] -= int(row.number)
    return found


def _day(found: date | str) -> date:
    """A day as the database gives it outside the ORM."""
    return date.fromisoformat(found) if isinstance(found, str) else found


def rounded_to(indicator: Indicator) -> Callable[[int], int]:
    """From what is kept of an indicator to its unit: amounts of money are rounded half up, the rest stays."""
    per = fen_per_unit(indicator) if indicator.count == "sum" else 1
    return lambda number: half_up(number, per)
