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

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.models import State
from qiaojie.lib.dates import months_after
from qiaojie.lib.periods import Period
from qiaojie.measures import days
from qiaojie.measures.days import Month, Trend
from qiaojie.measures.facts import rested
from qiaojie.measures.queries import Measurement, Value
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.training.models import Enrolment, Result

_CLASS = "class."


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
        return (self.cost * 2 + self.completers) // (2 * self.completers)


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
    if not all(name.startswith(_CLASS) for name in split):
        return None
    wanted = {**sources[0].source.where, **split}
    return {
        name.removeprefix(_CLASS): value
        for name, value in wanted.items()
        # Evidence comes when a class is over; a plan promises it.
        if name.startswith(_CLASS) and not ENROLMENTS.field(name).lack
    }


def paces(indicator: Indicator, found: Measurement, unit_id: int | None = None) -> tuple[Pace, ...]:
    """The units measured (one of them if given) and, first, all of them together, against their plans: two queries.

    Nothing where no class is planned for the indicator.
    """
    notice, on = found.notice, found.on
    where = planned_by_classes(notice, indicator)
    if where is None:
        return ()
    unit_of = regions.edition(notice.edition).unit_of
    sums = _sums(where, notice.span, on, unit_of)
    over = on >= notice.span.ends
    lines = [
        _pace(unit.name, unit.region_id, unit.values[indicator.code], sums[unit.region_id], over)
        for unit in found.units
        if unit_id in {None, unit.region_id}
    ]
    if unit_id is None:
        whole: dict[str, int] = defaultdict(int)
        for one in sums.values():
            for name, number in one.items():
                whole[name] += number
        lines.insert(0, _pace("", None, found.total[indicator.code], whole, over))
    return tuple(lines)


def _pace(name: str, region_id: int | None, value: Value, sums: Mapping[str, int], over: bool) -> Pace:
    target = value.target or None
    due = sums["due"] if target is None else min(sums["due"], target)
    if over and target is not None:
        # What no class was planned for is due on the notice's last day.
        due = target
    return Pace(
        name="".join(name.split()),
        region_id=region_id,
        value=value,
        due=due,
        open=None if target is None else max(target - sums["planned"], 0),
        classes=sums["classes"],
        unsaid=sums["unsaid"],
        cost=sums["cost"],
        completers=sums["completers"],
    )


def _sums(
    where: Mapping[str, Any], span: Period, on: date, unit_of: Mapping[int, int]
) -> dict[int, dict[str, int]]:
    """Plans, costs and completers of each unit's classes."""
    classes = ledgers.facts(CLASSES, where).filter(happened_on__gte=span.begins, happened_on__lte=span.ends)
    ended = Q(happened_on__lte=on)
    held = Q(state=State.APPROVED) & ended
    # Cost and completers are of the same classes: where nobody wrote the cost, nobody is divided by.
    costed = Q(state=State.APPROVED, cost__isnull=False)
    plans = classes.order_by().values("filed_by_id").annotate(
        due=Sum("planned_headcount", filter=ended), planned=Sum("planned_headcount"),
        classes=Count("pk"), unsaid=Count("pk", filter=Q(planned_headcount__isnull=True)),
        cost=Sum("cost", filter=held),
    )  # fmt: skip
    completers = (
        Enrolment.objects.filter(
            state=State.APPROVED,
            result=Result.COMPLETED,
            training_class__in=classes.filter(costed & ended).order_by().values("pk"),
        )
        .order_by()
        .values("training_class__filed_by_id")
        .annotate(completers=Count("pk"))
    )
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    _add(found, plans, "filed_by_id", ("due", "planned", "classes", "unsaid", "cost"), unit_of)
    _add(found, completers, "training_class__filed_by_id", ("completers",), unit_of)
    return found


def _add(
    found: dict[int, dict[str, int]],
    rows: Iterable[Mapping[str, Any]],
    filed_by: str,
    names: Collection[str],
    unit_of: Mapping[int, int],
) -> None:
    for row in rows:
        if (unit := unit_of.get(row[filed_by])) is not None:
            for name in names:
                found[unit][name] += row[name] or 0
