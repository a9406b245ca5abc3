"""Where every indicator stands, of one unit or of all together: the upper half of a board."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from qiaojie.measures import days, year_totals
from qiaojie.measures.days import Trend
from qiaojie.measures.gaps import Gap, missing, widest
from qiaojie.measures.models import ValuePart
from qiaojie.measures.queries import Measurement, UnitRow
from qiaojie.measures.year_totals import YearTotal
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.reports import money, pace
from qiaojie.reports.money import Amount, Recorded
from qiaojie.reports.pace import Pace
from qiaojie.web.components.progress import Progress, progress
from qiaojie.web.components.sparks import Spark, spark


@dataclass(frozen=True, slots=True)
class IndicatorStanding:
    """One indicator as it stands: how far, what waits, what is missing, what is due, last year, its line, its cost.

    The addresses carry day and unit; ``pending_at`` leads to the names that wait, ``near_at`` to those that lack one thing.
    """

    indicator: Indicator
    progress: Progress
    missing: int | None
    pace: Pace | None
    trend: Trend | None
    spark: Spark | None
    cost: Amount | None
    pending_at: str
    near_at: str
    course_at: str
    money_at: str
    year_total: YearTotal | None = None
    """Of the year before: the whole year, where some of it was typed (never counted)."""

    @property
    def counted_in(self) -> str:
        """The unit of its line: of a ratio those who reached it are drawn."""
        return _("人") if self.indicator.count == "ratio" else self.indicator.unit


@dataclass(frozen=True, slots=True)
class Standings:
    """All of them, the widest gaps first told, the money that they cost, and when last year was counted (none: '')."""

    lines: tuple[IndicatorStanding, ...]
    gaps: tuple[tuple[Gap, IndicatorStanding], ...]
    money: tuple[Recorded, ...]
    year_before: bool
    """Whether last year can be held against this one: the notice runs for a year at most."""

    @property
    def year_totals(self) -> tuple[tuple[Indicator, YearTotal], ...]:
        """The totals of the year before of which some were typed, with where they come from."""
        return tuple((one.indicator, one.year_total) for one in self.lines if one.year_total)

    @property
    def counted_at(self) -> object:
        """When last year was counted (the earliest where indicators differ); None where it was not."""
        found = [line.trend.counted_at for line in self.lines if line.trend and line.trend.counted_at]
        return min(found, default=None)

    @property
    def months(self) -> tuple[days.Month, ...]:
        """The months that lines run over; none where nothing is measured."""
        return next((line.trend.months for line in self.lines if line.trend), ())


def indicator_standings(found: Measurement, unit: UnitRow | None) -> Standings:
    """Where a unit stands, or all together: seven queries, whatever the number of indicators and units; three more where totals
    of the year before were typed."""
    notice = found.notice
    unit_id = unit.region_id if unit is not None else None
    values = unit.values if unit is not None else found.total
    view = found.view
    counties = [pk for pk in view.filing if unit_id in {None, view.unit_of[pk]}]
    trends = days.trends(notice, found.indicators, found.on, counties)
    paces = pace.overall(found, unit_id)
    spent = money.costs(found)
    units = [unit_id] if unit_id is not None else view.unit_ids
    earlier = year_totals.year_before(notice, found.indicators, units, view)
    months = len(days.month_ends(notice.span, notice.span.ends))
    lines = []
    for indicator in found.indicators:
        value, total = values[indicator.code], earlier.get(indicator.code)
        trend = year_totals.without_before(trends.get(indicator.code), total)
        aim = value.target if indicator.count != "ratio" else None
        lines.append(
            IndicatorStanding(
                indicator,
                progress(value, indicator.unit),
                missing(value),
                paces.get(indicator.code),
                trend,
                spark(trend, aim, months) if trend is not None and trend.months else None,
                next((cost for one in spent if (cost := one.cost_of(indicator.code, unit_id))), None),
                _address(notice, "behind", found, unit_id, indicator, part=ValuePart.PENDING.value),
                f"{_address(notice, 'near', found, unit_id)}#{indicator.code}",
                _address(notice, "course", found, unit_id, indicator),
                _address(notice, "money", found, unit_id),
                total,
            )
        )
    of = {line.indicator.code: line for line in lines}
    gaps = tuple((gap, of[gap.indicator.code]) for gap in widest(found.indicators, values))
    return Standings(tuple(lines), gaps, tuple(spent), days.year_before(notice.span) is not None)


def _address(
    notice: Notice,
    name: str,
    found: Measurement,
    unit: int | None,
    indicator: Indicator | None = None,
    part: str = "",
) -> str:
    given = [notice.code, indicator.code] if indicator is not None else [notice.code]
    asked = {"on": found.on.isoformat(), **({"unit": unit} if unit is not None else {})}
    return f"{reverse(name, args=given)}?{urlencode({**asked, **({'part': part} if part else {})})}"
