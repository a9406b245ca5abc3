"""Values of indicators on a date, per unit of the notice's edition, and the rows behind each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, statements
from qiaojie.ledgers import queries as ledger_queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.dialects import named
from qiaojie.lib.findings import Unusable
from qiaojie.lib.money import FEN
from qiaojie.lib.percentages import percentage
from qiaojie.lib.periods import Period
from qiaojie.lib.rounding import half_up
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.queries import canonical_of
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Region

from . import engine
from .doubtful import doubtful_of_units
from .facts import counts_persons, rested
from .models import Counted, Measure, ValuePart

Sums = dict[tuple[int, ValuePart], int]

_DONE = (ValuePart.APPROVED, ValuePart.REACHED)
_COUNTED = (ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Value:
    """One indicator of one unit, in the indicator's unit (money in whole 元 or 万元, rounded half up). None means "not
    known": no target set, the indicator is not yet measured, or values of its kind have no such part.

    Of a ratio, ``approved`` are those who reached it, out of ``cohort``; its target is a percentage.
    """

    target: int | None = None
    approved: int | None = None
    pending: int | None = None
    elsewhere: int | None = None
    """People with facts here whom another unit already counts; they are in neither figure."""
    local: int | None = None
    """The higher figure that the unit set itself (区县自加), on the notice's own map; ``target`` stays the issued one."""
    cohort: int | None = None
    """Of a ratio: those of whom it is known, who reached it or whose time is over; what ``approved`` is divided by."""
    waiting: int | None = None
    """Of a ratio: those whose time is not over yet (未到期), in neither number."""
    doubtful: int = 0
    """Of the persons approved, those who may be another whom the indicator counts too: nobody has said yet."""

    @property
    def share(self) -> Decimal | None:
        """Of a ratio: reached ÷ cohort in per cent as it is shown; None where nobody's time is over, and for everything
        else. It shows the target only where that is reached."""
        if self.approved is None:
            return None
        return percentage(self.approved, self.cohort, self.target)

    @property
    def done(self) -> Decimal | None:
        """How much of the target is done, in per cent as it is shown everywhere: 100 only where the target is reached.
        None without a target (or with a target of 0) or a measure."""
        return percentage(*self._of_target) if self._of_target else None

    @property
    def ratio(self) -> Fraction | None:
        """The same exactly, 1 being the target: for an order, never shown."""
        return Fraction(*self._of_target) if self._of_target else None

    @property
    def local_done(self) -> Decimal | None:
        """How much is done of the higher figure that the unit set itself, in per cent as it is shown; None where there is none,
        or no measure. Of a ratio: its share by that figure."""
        if not self.local or self.approved is None:
            return None
        if self.cohort is None:
            return percentage(self.approved, self.local)
        return percentage(self.approved * 100, self.cohort * self.local) if self.cohort else None

    @property
    def _of_target(self) -> tuple[int, int] | None:
        """What is divided by what: approved by target; of a ratio, its share by its target."""
        if not self.target or self.approved is None:
            return None
        if self.cohort is None:
            return self.approved, self.target
        return (self.approved * 100, self.cohort * self.target) if self.cohort else None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of the edition with its values by indicator code."""

    region_id: int
    name: str
    code: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A notice measured on a date. ``total`` is over all units of the edition, shown or not; ``outside`` counts what
    was filed by units that the edition does not have, by indicator code. ``view`` is the map on which it is shown."""

    notice: Notice
    on: date
    indicators: tuple[Indicator, ...]
    units: tuple[UnitRow, ...]
    total: Mapping[str, Value]
    outside: Mapping[str, int]
    view: EditionView


class PartSum(NamedTuple):
    """What the days of one part of one unit come to."""

    unit_id: int
    part: str
    number: int


# By hand: of a nation's board there are tens of thousands of lines, each of which the ORM would look at twice.
_UNTIL = """
SELECT measure_id, unit_id, part, SUM(number) FROM measures_tally
WHERE measure_id IN ({measures}) AND day <= %s GROUP BY measure_id, unit_id, part
"""


def sums(notice: Notice, indicator: Indicator, on: date) -> Sums:
    """Sums up to ``on`` by county and part of one indicator."""
    return all_sums(notice, [indicator], on).get(indicator.code, {})


def all_sums(notice: Notice, indicators: Iterable[Indicator], on: date) -> dict[str, Sums]:
    """Sums up to ``on`` by county and part for every indicator that is counted, by its code: two queries.

    Kept ones where they are of this definition; the others are counted on the spot, one query more for each.
    """
    counted = {indicator.code: indicator for indicator in indicators if indicator.count is not None}
    marks = engine.marks(notice, counted.values())
    kept = {
        key: code
        for key, code, mark in Measure.objects.filter(notice=notice.code).values_list(
            "pk", "indicator", "definition"
        )
        if marks.get(code) == mark
    }
    found: dict[str, Sums] = {code: {} for code in kept.values()}
    if kept:
        parts = {part.value: part for part in ValuePart}
        with connection.cursor() as cursor:
            cursor.execute(_UNTIL.format(measures=", ".join(["%s"] * len(kept))), [*kept, on])
            for key, unit, part, number in cursor.fetchall():
                found[kept[key]][unit, parts[part]] = int(number)
    for code, indicator in counted.items():
        if code not in found:
            found[code] = live(notice, indicator, on)
    return found


def last_year(notice: Notice, indicator: Indicator) -> dict[int, int]:
    """What the units reached by the same definition in the twelve months before the notice's time: weights for a split.

    Unit's region id → approved; units that reached nothing are left out.
    """
    if indicator.count is None:
        return {}
    begins = notice.span.begins
    before = Period(begins.replace(year=begins.year - 1), begins - timedelta(days=1))
    unit_of = regions.edition(notice.edition).unit_of
    found: dict[int, int] = defaultdict(int)
    for (county, part), number in live(notice, indicator, before.ends, before).items():
        if part in _DONE and county in unit_of:
            found[unit_of[county]] += number
    return dict(found)


def live(notice: Notice, indicator: Indicator, on: date, span: Period | None = None) -> Sums:
    """The same sums straight from the facts, without anything kept; over another ``span`` if given."""
    sql, params = engine.counted_sql(notice, indicator, span or notice.span)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT unit_id, part, SUM(number) AS number FROM ({sql}) t "  # noqa: S608  (our own)
            "WHERE day <= %s AND (until IS NULL OR until > %s) GROUP BY unit_id, part",
            [*params, on, on],
        )
        return {(row.unit_id, ValuePart(row.part)): int(row.number) for row in named(cursor, PartSum)}


def measure(
    notice: Notice, on: date, viewer: Viewer, region: Region | None = None, edition: str | None = None
) -> Measurement:
    """All indicators of a notice as of ``on``: the units that the viewer may see (below ``region`` if given), and the
    total over the whole edition, which is never cut down to what one viewer sees.

    The number of queries depends on nothing where totals are kept. ``edition`` shows the figures on another map.
    """
    demand(viewer, Action.COUNT, f"measure/{notice.code}")
    view = regions.edition(edition or notice.edition)
    whole = _whole(notice, on, view)
    shown = _shown(view, viewer, region)
    return replace(whole, units=tuple(unit for unit in whole.units if unit.region_id in shown))


def units_of(notice: Notice, on: date) -> tuple[UnitRow, ...]:
    """All units of a notice with their values, whoever asks: for what is made public. Never for showing as it is."""
    return _whole(notice, on, regions.edition(notice.edition)).units


def _whole(notice: Notice, on: date, view: EditionView) -> Measurement:
    own_map = view.code == notice.edition
    targets = notices.targets(notice, view if own_map else None)
    folded: dict[str, dict[int, _Parts]] = {}
    outside: dict[str, int] = {}
    for code, counted in all_sums(notice, notice.indicators, on).items():
        folded[code], lost = _folded(counted, view)
        if lost:
            outside[code] = lost

    doubts = doubtful_of_units(notice, on, view)
    given = {unit.region_id: unit for unit in targets.units} if own_map else {}
    moved = {} if own_map else targets.folded(view.unit_of)
    values: dict[int, dict[str, Value]] = {place.region_id: {} for place in view.units}
    for indicator in notice.indicators:
        code, per_unit = indicator.code, folded.get(indicator.code, {})
        # Of thousands of units many have the same few numbers: such are one value.
        known: dict[Hashable, Value] = {}
        for region_id, own in values.items():
            unit_targets = given.get(region_id)
            wanted = (unit_targets.figures if unit_targets else moved.get(region_id, {})).get(code)
            local = unit_targets.local.get(code) if unit_targets else None
            parts = per_unit.get(region_id, _NO_PARTS)
            mark = (*parts.items(), wanted, local)
            value = known.get(mark)
            if value is None:
                value = known[mark] = value_of(indicator, parts, wanted, local)
            own[code] = value
    for region_id, code, asked in doubts:
        values[region_id][code] = replace(values[region_id][code], doubtful=asked)
    every = [
        UnitRow(place.region_id, place.label, place.code, values[place.region_id]) for place in view.units
    ]
    total = {
        i.code: _total(i, every, folded.get(i.code, {}), targets.total.get(i.code), own_map)
        for i in notice.indicators
    }
    for _region, code, asked in doubts:
        total[code] = replace(total[code], doubtful=total[code].doubtful + asked)
    return Measurement(notice, on, tuple(notice.indicators), tuple(every), total, outside, view)


_Parts = Mapping[ValuePart, int]
_NO_PARTS: _Parts = {}


def _folded(counted: Sums, view: EditionView) -> tuple[dict[int, _Parts], int]:
    """The parts of every unit of a map, and how much is approved for units that it does not have."""
    found: dict[int, dict[ValuePart, int]] = {}
    lost, unit_of = 0, view.unit_of
    for (county, part), number in counted.items():
        unit = unit_of.get(county)
        if unit is None:
            lost += number if part in _DONE else 0
            continue
        own = found.get(unit)
        if own is None:
            found[unit] = {part: number}
        else:
            own[part] = own.get(part, 0) + number
    return dict(found), lost


def _shown(view: EditionView, viewer: Viewer, region: Region | None) -> set[int]:
    """The units that lie where the viewer may look (and, if given, in ``region``)."""
    area = Q() if region is None else regions.under(region, "")
    return set(
        Region.objects.filter(viewer.scope(""), area, pk__in=view.unit_ids).values_list("pk", flat=True)
    )


def value_of(
    indicator: Indicator,
    parts: Mapping[ValuePart, int],
    target: int | None,
    local: int | None = None,
    *,
    whole: bool = False,
) -> Value:
    """What the parts of one unit (or of all) come to. Money in fen, unless it is rounded to the indicator's unit already
    (``whole``)."""
    if indicator.count is None:
        return Value(target, local=local)
    if indicator.count == "ratio":
        reached = parts.get(ValuePart.REACHED, 0)
        cohort = reached + parts.get(ValuePart.MISSED, 0)
        return Value(target, reached, local=local, cohort=cohort, waiting=parts.get(ValuePart.WAITING, 0))
    numbers = [parts.get(part, 0) for part in _COUNTED]
    if indicator.count == "sum" and not whole:
        per = fen_per_unit(indicator)
        numbers = [half_up(number, per) for number in numbers]
    approved, pending, elsewhere = numbers
    return Value(target, approved, pending, elsewhere, local)


def fen_per_unit(indicator: Indicator) -> int:
    """How many 分 one unit of an amount of money has; 1 for everything else."""
    if declaration.get(indicator.ledger or "").field(indicator.of or "").kind != "money":
        return 1
    return FEN.get(indicator.unit, 1)


def _total(
    indicator: Indicator,
    units: list[UnitRow],
    counted: Mapping[int, Mapping[ValuePart, int]],
    held: int | None,
    own_map: bool,
) -> Value:
    """All units together. The target is the one that holds for the whole area; on another map the sum of the rows,
    unless none of them has one. Percentages are never added up: of a ratio both numbers are."""
    parts: dict[ValuePart, int] = defaultdict(int)
    for own in counted.values():
        for part, number in own.items():
            parts[part] += number
    targets = [t for unit in units if (t := unit.values[indicator.code].target) is not None]
    added = targets and indicator.unit != "%" and not (own_map and held is not None)
    return value_of(indicator, parts, sum(targets) if added else held)


def behind(
    notice: Notice,
    code: str,
    unit_id: int | None,
    on: date,
    part: ValuePart = ValuePart.APPROVED,
    edition: str | None = None,
    source: int = 0,
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and the facts behind a number (unscoped: to be shown through the ledger's page, which scopes).

    The people of a union lie in several ledgers: ``source`` is the place of one among the indicator's sources. Behind a
    ratio's part are the facts that put people into its cohort; its approved part are those who reached it.

    Raises Unusable ``indicator_unknown`` / ``not_measured`` / ``source_unknown``.
    """
    indicator = notice.indicator(code)
    if indicator.count is None:
        raise Unusable("not_measured", _("指标“%s”尚未计量，没有明细。") % indicator.label)
    sources = rested(notice.code, indicator)
    if not 0 <= source < len(sources):
        text = _("指标“%(label)s”只有 %(count)d 个来源台账。")
        raise Unusable("source_unknown", text % {"label": indicator.label, "count": len(sources)})
    ledger = sources[source].ledger
    if indicator.count == "ratio" and part is ValuePart.APPROVED:
        part = ValuePart.REACHED
    mark = engine.marks(notice, [indicator])[code]
    kept = Counted.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure__notice=notice.code,
        measure__indicator=code,
        measure__definition=mark,
        source=source,
        part=part,
        day__lte=on,
    )
    if unit_id is not None:
        view = regions.edition(edition or notice.edition)
        kept = kept.filter(unit_id__in=[county for county, unit in view.unit_of.items() if unit == unit_id])
    return ledger, ledger_queries.facts(ledger).filter(pk__in=kept.values("fact_id"))


def elsewhere(notice: Notice, code: str, person_ids: list[int], on: date) -> dict[int, int]:
    """For people counted for an indicator: person's key → region that counts them, as of ``on``. None where the
    indicator does not count people."""
    if not counts_persons(notice.indicator(code)):
        return {}
    kept = canonical_of(person_ids)
    found = Counted.objects.filter(
        measure__notice=notice.code,
        measure__indicator=code,
        part=ValuePart.APPROVED,
        key__in=set(kept.values()),
        day__lte=on,
    ).values_list("key", "unit_id")
    units = dict(found)
    return {person: units[key] for person, key in kept.items() if key in units}


@dataclass(frozen=True, slots=True)
class Answering:
    """A unit that counts a person for an indicator (统计归属), from a day on."""

    notice: str
    indicator: str
    unit: str
    day: date


def answering(person_ids: Iterable[int], viewer: Viewer, on: date) -> list[Answering]:
    """Which units count a person on a day, for which indicators of which notices, the latest first; one query, and one for
    each notice found. These are the numbers of the boards of that day: what a board opens to is said here, and nothing else.

    ``person_ids`` are her record and those found to be hers. Raises Refused where the role may see no people.
    """
    demand(viewer, Action.SEE, "answering")
    counted = {
        (notice.code, indicator.code): (notice, indicator)
        for notice in notices.every()
        for indicator in notice.indicators
        if indicator.count is not None and counts_persons(indicator)
    }
    marks: dict[str, dict[str, str]] = {}
    found = set()
    for code, of, mark, unit, day, until in statements.plain("answering", _counting, [list(person_ids)]):
        if (code, of) not in counted or day > on or (until is not None and until <= on):
            continue
        notice, indicator = counted[code, of]
        if code not in marks:
            # Once a notice, not once a row: it looks at the notice's map.
            marks[code] = engine.marks(notice, [one for one in notice.indicators if one.count is not None])
        if mark == marks[code][of]:
            found.add(Answering(notice.title, indicator.label, unit or "", day))
    return sorted(found, key=lambda one: (one.day, one.notice, one.indicator), reverse=True)


def _counting(given: Sequence[Any]) -> QuerySet[Any]:
    unit = Region.objects.filter(pk=OuterRef("unit_id")).order_by().values("short_name")
    held = Counted.objects.filter(
        statements.OneOf(F("key"), given[0]),
        # Their index begins with the measure: without it all of them would be read.
        measure__in=Measure.everything.order_by().values("pk"),
        part__in=[ValuePart.APPROVED, ValuePart.REACHED],
    )
    told = ("measure__notice", "measure__indicator", "measure__definition", Subquery(unit), "day", "until")
    return held.values_list(*told)
