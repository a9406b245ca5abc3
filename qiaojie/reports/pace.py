"""How an indicator comes along: month by month beside the year before, against what is planned, and what it costs.

The plan is that of the classes entered: what a class promises is due on its last day, not a little every day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.expressions import Combinable

from qiaojie.ledgers import joining
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.conditions.data import names, only, renamed
from qiaojie.ledgers.models import State
from qiaojie.lib.dates import months_after
from qiaojie.lib.rounding import half_up
from qiaojie.measures import days
from qiaojie.measures.days import Month, Trend
from qiaojie.measures.facts import once, rested
from qiaojie.measures.queries import Measurement, UnitRow, Value
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.training.models import Enrolment, Result

FEW_CLASSES = 2_000
"""Classes whose rosters a board reads for the cost per completer."""
_CLASS = "class."
_Units = dict[int, dict[str, int]]
"""Sums by their names, by the unit's region id."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A unit against its plan. ``due`` should be reached by now; ``open`` is what of the target no class is planned for
    (None without a target); ``unsaid`` are classes that do not say how many they are for. Money is in fen."""

    name: str
    region_id: int | None
    value: Value
    due: int
    open: int | None
    classes: int
    unsaid: int
    cost: int
    completers: int

    @property
    def behind(self) -> int:
        """How many are missing today, approved or not."""
        return max(self.due - (self.value.approved or 0), 0)

    @property
    def cost_each(self) -> int | None:
        """Cost of the approved classes per completer, rounded half up to the fen; None where there is none."""
        if not self.completers or not self.cost:
            return None
        return half_up(self.cost, self.completers)


def trend(notice: Notice, indicator: Indicator, on: date, unit_id: int | None) -> Trend:
    """By month of the notice's time up to ``on``, for a unit or for all: four queries.

    This year from kept totals, last year counted on the spot by the same definition.
    """
    unit_of = regions.edition(notice.edition).unit_of
    counties = {county for county, unit in unit_of.items() if unit_id in {None, unit}}
    ends = days.month_ends(notice.span, on)
    now = days.reached_by_day(notice, indicator, notice.span, counties)
    reached = [_upto(now, day) for day in ends]
    before: list[int | None] = [None] * len(ends)
    if (past := days.year_before(notice.span)) is not None:
        then = days.reached_by_day(notice, indicator, past, counties, kept=False)
        before = [_upto(then, months_after(day, -12)) for day in ends]
    per = days.rounded_to(indicator)
    return Trend(
        tuple(
            Month(day, per(number), None if old is None else per(old))
            for day, number, old in zip(ends, reached, before, strict=True)
        )
    )


def _upto(added: Mapping[date, int], on: date) -> int:
    return sum(number for day, number in added.items() if day <= on)


def planned_by_classes(notice: Notice, indicator: Indicator) -> Mapping[str, Any] | None:
    """The conditions on classes whose people the indicator counts; None where it does not count people of classes, or a
    part of them that no plan tells (a split by what a trainee is)."""
    if indicator.count not in {"persons", "events"}:
        return None
    sources = rested(notice.code, indicator)
    split = indicator.split or {}
    if [rest.ledger.code for rest in sources] != [ENROLMENTS.code]:
        return None
    if not all(name.startswith(_CLASS) for name in names(split)):
        return None
    wanted = {**sources[0].source.where, **split}
    # Evidence comes when a class is over; a plan promises it.
    promised = {field.name for field in ENROLMENTS.fields if field.lack}
    of_class = only(wanted, lambda name: name.startswith(_CLASS) and name not in promised)
    return renamed(of_class, lambda name: name.removeprefix(_CLASS))


def paces(indicator: Indicator, found: Measurement, unit_id: int | None = None) -> tuple[Pace, ...]:
    """The units measured (one of them if given) and, first, all of them together, against their plans: two queries.

    Nothing where no class is planned for the indicator.
    """
    wanted = _wanted(found.notice, [indicator])
    if not wanted:
        return ()
    unit_of = found.view.unit_of
    sums = _planned(found.notice, found.on, wanted, unit_of)[indicator.code]
    _add_completers(found.notice, found.on, wanted, unit_of, {indicator.code: sums})
    lines = [
        _pace(found, indicator, unit, sums[unit.region_id])
        for unit in found.units
        if unit_id in {None, unit.region_id}
    ]
    if unit_id is None:
        lines.insert(0, _pace(found, indicator, None, _together(sums)))
    return tuple(lines)


def overall(found: Measurement, unit_id: int | None = None, *, exact: bool = False) -> dict[str, Pace]:
    """Every indicator for which classes are planned against its plan, by its code: one unit, or all together.

    One query; one more for who completed, where that can be said without reading a whole province's rosters: of more
    than ``FEW_CLASSES`` classes nobody is counted unless ``exact``.
    """
    wanted = _wanted(found.notice, found.indicators)
    if not wanted:
        return {}
    unit_of = found.view.unit_of
    if unit_id is not None:
        unit_of = {region: unit for region, unit in unit_of.items() if unit == unit_id}
    sums = _planned(found.notice, found.on, wanted, unit_of)
    if exact or sum(_together(units)["classes"] for units in sums.values()) <= FEW_CLASSES:
        _add_completers(found.notice, found.on, wanted, unit_of, sums)
    unit = next((unit for unit in found.units if unit.region_id == unit_id), None)
    return {code: _pace(found, found.notice.indicator(code), unit, _together(sums[code])) for code in wanted}


def _wanted(notice: Notice, indicators: Iterable[Indicator]) -> dict[str, Mapping[str, Any]]:
    found = {indicator.code: planned_by_classes(notice, indicator) for indicator in indicators}
    return {code: where for code, where in found.items() if where is not None}


def _pace(found: Measurement, indicator: Indicator, unit: UnitRow | None, sums: Mapping[str, int]) -> Pace:
    value = (found.total if unit is None else unit.values)[indicator.code]
    target = value.target or None
    due = sums["due"] if target is None else min(sums["due"], target)
    if found.on >= found.notice.span.ends and target is not None:
        # What no class was planned for is due on the notice's last day.
        due = target
    return Pace(
        name="" if unit is None else "".join(unit.name.split()),
        region_id=None if unit is None else unit.region_id,
        value=value,
        due=due,
        open=None if target is None else max(target - sums["planned"], 0),
        classes=sums["classes"],
        unsaid=sums["unsaid"],
        cost=sums["cost"],
        completers=sums["completers"],
    )


def _together(units: Mapping[int, Mapping[str, int]]) -> Mapping[str, int]:
    whole: dict[str, int] = defaultdict(int)
    for one in units.values():
        for name, number in one.items():
            whole[name] += number
    return whole


def _planned(
    notice: Notice, on: date, wanted: Mapping[str, Mapping[str, Any]], unit_of: Mapping[int, int]
) -> dict[str, _Units]:
    """Plans and costs of each unit's classes, for each indicator by its conditions: one query."""
    span, ended = notice.span, Q(happened_on__lte=on)
    every = ledgers.facts(CLASSES).filter(joining.leading(CLASSES))
    classes = every.filter(happened_on__gte=span.begins, happened_on__lte=span.ends)
    sums: dict[str, Combinable] = {}
    for place, where in enumerate(wanted.values()):
        annotations, met = ledgers.condition(CLASSES, where)
        classes = classes.annotate(**annotations)
        sums |= {
            f"due{place}": Sum("planned_headcount", filter=met & ended),
            f"planned{place}": Sum("planned_headcount", filter=met),
            f"classes{place}": Count("pk", filter=met),
            f"unsaid{place}": Count("pk", filter=met & Q(planned_headcount__isnull=True)),
            f"cost{place}": Sum("cost", filter=met & ended & Q(state=State.APPROVED)),
        }
    rows = classes.order_by().values("filed_by_id").annotate(**sums)
    found: dict[str, _Units] = {code: defaultdict(lambda: defaultdict(int)) for code in wanted}
    _add(found, rows, "filed_by_id", ("due", "planned", "classes", "unsaid", "cost"), unit_of)
    return found


def _add_completers(
    notice: Notice,
    on: date,
    wanted: Mapping[str, Mapping[str, Any]],
    unit_of: Mapping[int, int],
    found: dict[str, _Units],
) -> None:
    """Who completed the classes whose cost is known: where nobody wrote the cost, nobody is divided by. One query."""
    rows = Enrolment.objects.filter(
        state=State.APPROVED,
        result=Result.COMPLETED,
        training_class__state=State.APPROVED,
        training_class__happened_on__gte=notice.span.begins,
        training_class__happened_on__lte=min(on, notice.span.ends),
    ).filter(
        Q(training_class__canonical__isnull=True, training_class__cost__isnull=False)
        | Q(training_class__canonical__cost__isnull=False)
    )
    counts: dict[str, Combinable] = {}
    of_class_and_person = once(ENROLMENTS)
    for place, where in enumerate(wanted.values()):
        of_class = renamed(where, lambda name: f"{_CLASS}{name}")
        annotations, met = ledgers.condition(ENROLMENTS, of_class)
        rows = rows.annotate(**annotations)
        # A woman completes a class once, under whichever of her records.
        counts[f"completers{place}"] = Count(of_class_and_person, distinct=True, filter=met)
    filed_by = "training_class__filed_by_id"
    _add(found, rows.order_by().values(filed_by).annotate(**counts), filed_by, ("completers",), unit_of)


def _add(
    found: Mapping[str, _Units],
    rows: Iterable[Mapping[str, Any]],
    filed_by: str,
    names: Collection[str],
    unit_of: Mapping[int, int],
) -> None:
    for row in rows:
        if (unit := unit_of.get(row[filed_by])) is not None:
            for place, units in enumerate(found.values()):
                for name in names:
                    units[unit][name] += row[f"{name}{place}"] or 0
