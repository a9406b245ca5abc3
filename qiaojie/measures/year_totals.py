"""Years before the system (往年数): totals that somebody typed by unit and year, and where they stand in for what was never
counted.

What is counted goes before what is typed: a typed total is used where the system has nothing approved of that unit, year and
indicator, and is marked (※) wherever it is shown. It is never part of this year's number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Sum

from qiaojie.ledgers.models import PENDING, State
from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView

from . import days, engine
from .days import Trend
from .models import Measure, Tally, TypedFigure
from .queries import Sums, live

MARK: Final = "※"
"""Stands beside every figure that was typed."""

YEARS: Final = 5
"""Years before a notice of which totals are typed: as far back as yearbooks and plans of five years look."""


@dataclass(frozen=True, slots=True)
class TypedTotal:
    """A unit's total of a year as it was typed: by whom, when, from where. ``counted`` is what the system has of the same (0:
    nothing, and then the typed one stands)."""

    pk: int
    indicator: str
    unit: int
    name: str
    year: int
    number: int
    evidence: str
    by: str
    at: datetime
    counted: int = 0

    @property
    def used(self) -> bool:
        """Whether it stands in for what was never counted."""
        return not self.counted


@dataclass(frozen=True, slots=True)
class YearTotal:
    """An indicator's total of a whole year over some units: ``counted`` by the system, the rest typed. ``sources`` are the typed
    totals in it, ``unused`` those that it was not asked for."""

    year: int
    counted: int
    sources: tuple[TypedTotal, ...]
    unused: tuple[TypedTotal, ...] = ()

    @property
    def typed(self) -> int:
        """How much of it was typed."""
        return sum(one.number for one in self.sources)

    @property
    def number(self) -> int:
        """What was counted and what was typed together."""
        return self.counted + self.typed

    @property
    def alone(self) -> bool:
        """Whether nothing of it was counted."""
        return bool(self.sources) and not self.counted


def enterable(notice: Notice) -> tuple[Indicator, ...]:
    """The indicators of which totals of a year can be typed: all but shares, which do not add up."""
    return tuple(one for one in notice.indicators if one.unit != "%" and one.count != "ratio")


def years(notice: Notice) -> tuple[int, ...]:
    """The years before a notice of which totals can be typed, the latest first."""
    last = notice.span.begins.year - 1
    return tuple(range(last, last - YEARS, -1))


def year_before(
    notice: Notice, indicators: Iterable[Indicator], units: Collection[int], view: EditionView
) -> dict[str, YearTotal]:
    """The calendar year before a notice, for the indicators of which some unit's typed total is used: by code. Nothing of a
    notice that runs longer than a year, or not by the calendar.

    One query where nothing was typed; else three (what is counted is what is kept of the year before, with its day), and three
    more where of some indicator nothing is kept.
    """
    past = days.year_before(notice.span)
    if past is None or past != Period.of_year(past.begins.year):
        return {}
    known = {one.code: one for one in indicators}
    typed = [one for one in _typed(notice, units, [past.begins.year]) if one.indicator in known]
    if not typed:
        return {}
    asked = [known[code] for code in dict.fromkeys(one.indicator for one in typed)]
    counted = _counted(notice, asked, past, view)
    found = {one.code: _total(one.code, past.begins.year, typed, counted[one.code], units) for one in asked}
    return {code: total for code, total in found.items() if total.sources}


def by_year(
    notice: Notice, indicator: Indicator, units: Collection[int], view: EditionView
) -> tuple[YearTotal, ...]:
    """Every year before a notice of which some unit's total was typed, the latest first, with what the system has of that year by
    the same definition. One query, and one more for each year, counted on the spot."""
    typed = [one for one in _typed(notice, units, years(notice)) if one.indicator == indicator.code]
    found = []
    for year in sorted({one.year for one in typed}, reverse=True):
        span = Period.of_year(year)
        # Of the year before too: this page counts on the spot.
        counted = _by_unit(live(notice, indicator, span.ends, span), view) if indicator.measured else {}
        found.append(_total(indicator.code, year, typed, _rounded(indicator, counted), units))
    return tuple(found)


def counted_in(notice: Notice, year: int, view: EditionView) -> dict[str, dict[int, int]]:
    """What the system has of a year: indicator's code → unit → number, in the indicator's unit. From what is kept where that is
    the year before; else counted on the spot. Five queries at most."""
    measured = [one for one in enterable(notice) if one.measured]
    return _counted(notice, measured, Period.of_year(year), view)


def standing(
    notice: Notice, units: Collection[int], asked: Iterable[int]
) -> dict[tuple[int, int, str], TypedFigure]:
    """The typed totals of units and years that are not voided, approved or waiting: by unit, year and indicator. One query."""
    rows = TypedFigure.objects.filter(
        notice=notice.code,
        filed_by__in=list(units),
        year__in=list(asked),
        state__in=[State.APPROVED, *PENDING],
    )
    return {(row.filed_by_id, row.year or 0, row.indicator): row for row in rows}


def _typed(notice: Notice, units: Collection[int], asked: Iterable[int]) -> list[TypedTotal]:
    """Approved totals of units, in the units' order of the tree."""
    rows = TypedFigure.objects.filter(
        notice=notice.code, filed_by__in=list(units), year__in=list(asked), state=State.APPROVED
    )
    told = rows.select_related("filed_by").order_by("-year", "filed_by__first")
    return [
        TypedTotal(
            row.pk,
            row.indicator,
            row.filed_by_id,
            row.filed_by.short_name,
            row.year or 0,
            row.number,
            row.evidence,
            row.approved_by or row.entered_by,
            row.approved_at or row.entered_at,
        )
        for row in told
    ]


def _total(
    code: str, year: int, typed: Iterable[TypedTotal], counted: Mapping[int, int], units: Collection[int]
) -> YearTotal:
    """Counted where there is anything counted, typed for the other units."""
    own = [
        TypedTotal(
            one.pk, one.indicator, one.unit, one.name, one.year, one.number, one.evidence, one.by, one.at,
            counted.get(one.unit, 0),
        )
        for one in typed
        if one.indicator == code and one.year == year
    ]  # fmt: skip
    return YearTotal(
        year,
        sum(number for unit, number in counted.items() if unit in units),
        tuple(one for one in own if one.used),
        tuple(one for one in own if not one.used),
    )


def _counted(
    notice: Notice, indicators: Iterable[Indicator], span: Period, view: EditionView
) -> dict[str, dict[int, int]]:
    """What units have of a year, by indicator: what is kept of it, else counted on the spot."""
    known = {one.code: one for one in indicators if one.measured}
    found: dict[str, dict[int, int]] = {one.code: {} for one in indicators}
    kept: dict[int, str] = {}
    if span == days.year_before(notice.span):
        marks = engine.marks(notice, known.values(), span)
        held = Measure.everything.filter(notice=notice.code, before=True)
        kept = {
            pk: code
            for pk, code, mark in held.values_list("pk", "indicator", "definition")
            if marks.get(code) == mark
        }
    sums = Tally.objects.filter(measure__in=list(kept), part__in=days.DONE, day__lte=span.ends).order_by()
    counties: dict[str, dict[int, int]] = defaultdict(dict)
    for measure, county, number in sums.values_list("measure", "unit_id").annotate(n=Sum("number")):
        counties[kept[measure]][county] = number
    others = [one for code, one in known.items() if code not in kept.values()]
    counties |= _counted_now(notice, others, span)
    for code, indicator in known.items():
        by_unit: dict[int, int] = defaultdict(int)
        for county, number in counties[code].items():
            if county in view.unit_of:
                by_unit[view.unit_of[county]] += number
        found[code] = _rounded(indicator, by_unit)
    return found


def _counted_now(notice: Notice, indicators: Sequence[Indicator], span: Period) -> dict[str, dict[int, int]]:
    """What counties have of a year by indicator, straight from the facts: one statement for all, and two queries to make it."""
    found: dict[str, dict[int, int]] = {one.code: {} for one in indicators}
    if not indicators:
        return found
    now, selects, params = engine.Now.of(notice), [], []
    for nth, indicator in enumerate(indicators):
        sql, own = engine.counted_sql(notice, indicator, span, now=now)
        selects.append(f"SELECT {nth} AS nth, unit_id, part, day, until, number FROM ({sql}) s{nth}")  # noqa: S608  (our own)
        params += own
    parts = [part.value for part in days.DONE]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT nth, unit_id, SUM(number) FROM ({' UNION ALL '.join(selects)}) t "  # noqa: S608
            "WHERE part IN (%s, %s) AND day <= %s AND (until IS NULL OR until > %s) GROUP BY nth, unit_id",
            [*params, *parts, span.ends, span.ends],
        )
        for nth, county, number in cursor.fetchall():
            found[indicators[nth].code][county] = int(number)
    return found


def _by_unit(sums: Sums, view: EditionView) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for (county, part), number in sums.items():
        if part in days.DONE and county in view.unit_of:
            found[view.unit_of[county]] += number
    return found


def _rounded(indicator: Indicator, by_unit: Mapping[int, int]) -> dict[int, int]:
    rounded = days.rounded_to(indicator)
    return {unit: rounded(number) for unit, number in by_unit.items() if number}


def without_before(trend: Trend | None, total: YearTotal | None) -> Trend | None:
    """A trend without last year's line where nothing of that year was ever counted: its zeros would say that nothing was done."""
    if trend is None or total is None or not total.alone:
        return trend
    return replace(trend, months=tuple(replace(one, before=None) for one in trend.months))


def map_of(notice: Notice) -> EditionView:
    """The map by whose units totals are typed: the notice's own."""
    return regions.edition(notice.edition)
