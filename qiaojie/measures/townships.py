"""Where in a county its numbers lie: targets split to townships and villages, with what is counted in each of them.

The rows are those that the county's number opens to, and none but these: the same first fact, the same person once. A fact about
a person lies where she is registered (户籍地), else where she lives, else in the township that filed it; any other where its
thing stands, else with whoever filed it. What says nothing of a township stands in a line of its own, so that the lines add up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, F, IntegerField, Model, Q, QuerySet, When
from django.db.models.expressions import Combinable

from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.dialects import named
from qiaojie.lib.rounding import half_up
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.notices.targets.splitting import by_weight
from qiaojie.notices.targets.target_versions import Child, Distribution, children
from qiaojie.notices.targets.target_versions import below as splits_of
from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Level, Region

from . import engine
from .facts import rested
from .models import Measure, ValuePart
from .queries import Measurement, Value, fen_per_unit, value_of

LIES = "lies_in"
"""The annotation of a fact with the number (``Region.first``) of the place in which it lies; null where nothing says so."""

_PARTS = (ValuePart.APPROVED, ValuePart.PENDING)
Numbers = Mapping[int | None, Mapping[ValuePart, int]]
"""What is counted by the number of the place in which it lies; None: nobody knows where."""


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A township (or village) with its values by indicator code; ``region_id`` None: what lies in none of them (未落实)."""

    region_id: int | None
    name: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Below:
    """A county (or township) by what lies beneath it: the indicators that it split, a line for each child that was given
    something or in which something is counted, and what lies in none; ``total`` is the parent's own.

    ``sums`` are what the split adds up to by indicator, whichever of its figures that was.
    """

    region: Region
    indicators: tuple[Indicator, ...]
    lines: tuple[PlaceLine, ...]
    total: Mapping[str, Value]
    sums: Mapping[str, int]

    @property
    def villages(self) -> bool:
        """Whether the lines are villages."""
        return self.region.level >= Level.TOWNSHIP


class _PlaceSum(NamedTuple):
    """What one indicator has in one place."""

    nth: int
    part: str
    place: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Ground:
    """The places of a county as numbers of the tree: its townships, as ranges that lie apart."""

    county: int
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, view: EditionView, county: int) -> Ground:
        """The ground of a unit of a notice's map; three queries at most."""
        return cls(county, tuple(_joined(_ranges(children(view, county)).values())))


def below(found: Measurement, region: Region) -> Below | None:
    """What a county or township has split, with what is counted in each of its children as of the day measured.

    None where it split nothing, or lies outside the notice's map. Of a county one query to see that it split nothing; else eight,
    however many indicators and children there are.
    """
    notice, view = found.notice, found.view
    unit = view.unit_of.get(region.pk)
    if unit is None or region.pk == view.root_id or view.code != notice.edition:
        return None
    own = next((row.values for row in found.units if row.region_id == region.pk), None)
    splits = _splits(notice, region, own)
    indicators = tuple(one for one in notice.indicators if one.code in splits)
    if not indicators:
        return None
    offered = children(view, region.pk)
    ranges = _ranges(offered)
    ground = Ground(unit, tuple(_joined(ranges.values()))) if region.pk == unit else Ground.of(view, unit)
    numbers = _within(_counted(notice, indicators, view, ground, found.on), region, unit)
    columns = {
        one.code: _column(one, numbers[one.code], ranges, splits[one.code].values) for one in indicators
    }
    lines = []
    for child in (*offered, None):
        key = child.region_id if child else None
        values = {code: column[key] for code, column in columns.items()}
        if child is None or any(_says(value) for value in values.values()):
            lines.append(PlaceLine(key, child.name if child else "", values))
    if not any(_says(value) for value in lines[-1].values.values()):
        lines.pop()
    total = own or {one.code: _whole(one, numbers[one.code], splits[one.code].total) for one in indicators}
    return Below(region, indicators, tuple(lines), total, {code: one.added for code, one in splits.items()})


def line(found: Measurement, region: Region) -> PlaceLine | None:
    """What a township was given of its county's targets and has reached; None where its county split nothing to it."""
    county = found.view.unit_of.get(region.pk)
    if county is None or county == region.pk:
        return None
    whole = below(found, Region.objects.get(pk=county))
    held = next((one for one in whole.lines if one.region_id == region.pk), None) if whole else None
    if held is None:
        return None
    return PlaceLine(
        held.region_id, held.name, {code: one for code, one in held.values.items() if _says(one)}
    )


def narrowed(
    notice: Notice, view: EditionView, ledger: Ledger, rows: QuerySet[Model], place: Region, *, rest: bool
) -> QuerySet[Model]:
    """Of the rows behind a county's number those that lie in a township or village; with ``rest`` those that lie in the region
    (a county, a township) but in none of its children. Four queries at most."""
    unit = view.unit_of[place.pk]
    marked: QuerySet[Model] = rows.annotate(**{LIES: _lies(ledger, Ground.of(view, unit))})
    inside = Q(**{f"{LIES}__gte": place.first, f"{LIES}__lte": place.last})
    if not rest:
        return marked.filter(inside)
    if place.pk == unit:
        return marked.filter(**{f"{LIES}__isnull": True})
    for first, last in _ranges(children(view, place.pk)).values():
        inside &= Q(**{f"{LIES}__lt": first}) | Q(**{f"{LIES}__gt": last})
    return marked.filter(inside)


def value_in(found: Measurement, indicator: Indicator, place: Region, *, rest: bool) -> Value:
    """What an indicator has in a township or village (or, with ``rest``, in none of a region's children), with its target."""
    above = found.view.unit_of[place.pk] if place.level <= Level.TOWNSHIP else place.parent_id
    parent = place if rest or above is None else Region.objects.get(pk=above)
    held = below(found, parent)
    wanted = None if rest else place.pk
    if held is not None and any(one.code == indicator.code for one in held.indicators):
        for one in held.lines:
            if one.region_id == wanted:
                return one.values[indicator.code]
        return value_of(indicator, {}, None)
    unit = found.view.unit_of[place.pk]
    numbers = _counted(found.notice, [indicator], found.view, Ground.of(found.view, unit), found.on)
    if not rest:
        return _whole(indicator, _within(numbers, place, unit)[indicator.code], None)
    ranges = _ranges(children(found.view, place.pk))
    return _column(indicator, _within(numbers, place, unit)[indicator.code], ranges, {})[None]


def _splits(notice: Notice, region: Region, own: Mapping[str, Value] | None) -> Mapping[str, Distribution]:
    """The newest splits of a region; two queries where the figures of the region itself (``own``) are known."""
    if own is None:
        return notices.targets_below(notice, region.pk)
    issued = {code: value.target for code, value in own.items()}
    holds = {code: value.local or value.target for code, value in own.items()}
    return splits_of(notice.code, region.pk, holds, issued)


def _ranges(offered: Iterable[Child]) -> dict[int, tuple[int, int]]:
    """The numbers of the tree that each child spans, by its key; one query."""
    wanted = [child.region_id for child in offered]
    rows = Region.objects.filter(pk__in=wanted).order_by("first").values_list("pk", "first", "last")
    return {pk: (first, last) for pk, first, last in rows}


def _joined(ranges: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Ranges that touch as one: a county's townships are one range, a zone's a few."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _lies(ledger: Ledger, ground: Ground) -> Combinable:
    """The number of the place in a county in which a fact lies: what comes first of what is said and lies in the county."""
    whens = []
    for guard, path in _said(ledger):
        inside = Q(pk__in=[])
        for first, last in ground.spans:
            inside |= Q(**{f"{path}__first__gte": first, f"{path}__first__lte": last})
        whens.append(When(guard & inside, then=F(f"{path}__first")))
    return Case(*whens, default=None, output_field=IntegerField())


def _said(ledger: Ledger) -> list[tuple[Q, str]]:
    """What says where a fact lies, the closest first: a condition, and the path to a region. Of records found to be one woman,
    what the one kept says."""
    found: list[tuple[Q, str]] = []
    if ledger.person:
        merged = f"{ledger.person}__canonical"
        for column in ("hukou", "home"):
            found.append((Q(**{f"{merged}__isnull": False}), f"{merged}__{column}"))
            found.append((Q(**{f"{merged}__isnull": True}), f"{ledger.person}__{column}"))
    found += [(Q(), path) for path in ledger.places]
    return [*found, (Q(), ledger.filed_by)]


_ROWS = """
SELECT {nth} AS nth, c.part AS part, f.place AS place, c.number AS number
FROM {counted} c JOIN ({facts}) f ON f.pk = c.fact_id
WHERE c.source = %s AND c.part IN ({parts}) AND c.unit_id IN ({units})
  AND c.day <= %s AND (c.until IS NULL OR c.until > %s)
"""

_COUNTED = (
    "(SELECT part, unit_id, source, fact_id, day, until, number FROM measures_counted WHERE measure_id = %s)"
)


def _counted(
    notice: Notice, indicators: Sequence[Indicator], view: EditionView, ground: Ground, on: date
) -> dict[str, Numbers]:
    """What a county has of indicators as of a day, by the place in which it lies: what is kept (or counted on the spot, where
    nothing is kept by this definition). Two queries."""
    counties = [pk for pk in view.filing if view.unit_of[pk] == ground.county]
    counted = [one for one in indicators if one.measured and one.count != "ratio"]
    marks = engine.marks(notice, counted)
    kept = {
        code: pk
        for pk, code, mark in Measure.objects.filter(notice=notice.code).values_list(
            "pk", "indicator", "definition"
        )
        if marks.get(code) == mark
    }
    selects: list[str] = []
    params: list[Any] = []
    for nth, indicator in enumerate(counted):
        if indicator.code in kept:
            source, given = _COUNTED, [kept[indicator.code]]
        else:
            sql, given = engine.counted_sql(notice, indicator, notice.span)
            source = f"({sql})"
        for rest in rested(notice.code, indicator):
            rows = rest.ledger.model._default_manager.order_by().annotate(place=_lies(rest.ledger, ground))
            facts, own = rows.values_list("pk", "place").query.sql_with_params()
            selects.append(
                _ROWS.format(
                    nth=nth,
                    counted=source,
                    facts=facts,
                    parts=", ".join(["%s"] * len(_PARTS)),
                    units=", ".join(["%s"] * len(counties)),
                )
            )
            params += [*given, *own, rest.place, *(part.value for part in _PARTS), *counties, on, on]
    found: dict[str, dict[int | None, dict[ValuePart, int]]] = {one.code: {} for one in indicators}
    if selects and counties:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT nth, part, place, SUM(number) AS number FROM ({' UNION ALL '.join(selects)}) t "  # noqa: S608  (our own)
                "GROUP BY nth, part, place",
                params,
            )
            for row in named(cursor, _PlaceSum):
                place = found[counted[row.nth].code].setdefault(row.place, {})
                place[ValuePart(row.part)] = int(row.number)
    return dict(found)


def _within(numbers: Mapping[str, Numbers], region: Region, unit: int) -> Mapping[str, Numbers]:
    """Of a county's numbers those that lie in a township of it; all of them for the county itself."""
    if region.pk == unit:
        return numbers
    return {
        code: {
            place: parts
            for place, parts in held.items()
            if place is not None and region.first <= place <= region.last
        }
        for code, held in numbers.items()
    }


def _column(
    indicator: Indicator,
    numbers: Numbers,
    ranges: Mapping[int, tuple[int, int]],
    targets: Mapping[int, int],
) -> dict[int | None, Value]:
    """An indicator's value in every child, and (None) in none of them; the lines add up to the whole exactly."""
    order = sorted((first, last, pk) for pk, (first, last) in ranges.items())
    starts = [first for first, _last, _pk in order]
    parts: dict[int | None, dict[ValuePart, int]] = {
        key: defaultdict(int) for _f, _l, key in (*order, (0, 0, None))
    }
    for place, held in numbers.items():
        nth = -1 if place is None else bisect_right(starts, place) - 1
        child = order[nth][2] if nth >= 0 and place is not None and place <= order[nth][1] else None
        for part, number in held.items():
            parts[child][part] += number
    if indicator.count == "sum":
        parts = _rounded_together(indicator, parts)
    return {key: value_of(indicator, own, targets.get(key or 0), whole=True) for key, own in parts.items()}


def _rounded_together(
    indicator: Indicator, parts: Mapping[int | None, Mapping[ValuePart, int]]
) -> dict[int | None, dict[ValuePart, int]]:
    """Amounts in the indicator's unit, rounded so that the lines add up to the rounded whole."""
    found: dict[int | None, dict[ValuePart, int]] = {key: {} for key in parts}
    per = fen_per_unit(indicator)
    keys = list(parts)
    for part in _PARTS:
        amounts = dict(enumerate(parts[key].get(part, 0) for key in keys))
        whole = half_up(sum(amounts.values()), per)
        shares = by_weight(whole, amounts) if whole else dict.fromkeys(amounts, 0)
        for nth, key in enumerate(keys):
            found[key][part] = shares[nth]
    return found


def _whole(indicator: Indicator, numbers: Numbers, target: int | None) -> Value:
    """All places together."""
    parts: dict[ValuePart, int] = defaultdict(int)
    for held in numbers.values():
        for part, number in held.items():
            parts[part] += number
    return value_of(indicator, parts, target)


def _says(value: Value) -> bool:
    return bool(value.target or value.approved or value.pending)
