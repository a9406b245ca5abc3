"""What approving rows that wait does to the figures of notices: exact, or not said; and which rows count nothing more, since
another unit counts the person already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When

from qiaojie.ledgers import confirming
from qiaojie.ledgers.confirming import Brought
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.statements import OneOf
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.models import Certificate
from qiaojie.people.queries import unconfirmed_persons
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView

from . import engine, facts
from .models import Counted, Measure, Tally, ValuePart
from .queries import Value as Figure
from .queries import value_of

_PARTS = (ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE)
_COUNTED = {"persons", "union", "events", "households", "things", "sum"}
"""Kinds of counting of which it can be said what an approval adds."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A figure of a unit as it stands, and as it stands once some rows are approved."""

    notice: Notice
    indicator: Indicator
    before: Figure
    after: Figure


@dataclass(frozen=True, slots=True)
class CountedElsewhere:
    """An indicator for which another unit (by its name; '' for one that the notice does not have) counts a row's person."""

    notice: Notice
    indicator: Indicator
    unit: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What approving does, by group; by row who counts elsewhere already; by row its person (her record); the rows that count for
    something once they are approved, whatever else they lack."""

    raised: Mapping[str, tuple[Raised, ...]] = field(default_factory=dict)
    elsewhere: Mapping[int, tuple[CountedElsewhere, ...]] = field(default_factory=dict)
    persons: Mapping[int, int] = field(default_factory=dict)
    counting: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known of a row that waits. ``keys`` are what it would count as, by kind of key."""

    pk: int
    person: int | None
    keys: tuple[int, ...]
    rests: bool
    """Whether all it refers to is approved."""
    unconfirmed: bool
    asked: bool
    others: bool
    """Whether there is another row about the person, by which she may count instead."""


class _Line(NamedTuple):
    """A line of who counts."""

    part: str
    unit: int
    key: int
    source: int
    fact: int
    day: date
    until: date | None
    number: int


@dataclass(slots=True)
class _Rule:
    """An indicator that a ledger's rows count for: the places of the ledger among its sources, its kind of key, the lines of who
    counts among those asked for."""

    notice: Notice
    indicator: Indicator
    sources: frozenset[int]
    kind: int
    on: date
    view: EditionView
    measure: int = 0
    lines: list[_Line] = field(default_factory=list)


def effects(
    held: Iterable[Notice],
    ledger: Ledger,
    groups: Mapping[str, Sequence[int]],
    whole: Collection[str],
    region_id: int | None,
    today: date,
) -> Effects:
    """What approving each of some groups of a ledger's rows does to the figures of these notices, in the unit of a region.

    Only of the groups in ``whole``, of which one act approves every row, and only where it can be said exactly: not where a
    person waits in another row too, where what the registers say of her stays unconfirmed, or where nobody has said which county
    answers. Rows are of a viewer who may approve them. Two queries, one more where a figure rises and one for each notice of
    these; some ten more where registers wait to be confirmed.
    """
    kinds: dict[tuple[Any, ...], Indicator] = {}
    rules = list(_rules(held, ledger, today, kinds))
    keys = [pk for pks in groups.values() for pk in pks]
    if not keys or not (rules or ledger.person):
        return Effects()
    rows = {row.pk: row for row in _rows(ledger, keys, list(kinds.values()))}
    persons = {row.pk: row.person for row in rows.values() if row.person is not None}
    if not rules:
        return Effects(persons=persons)
    _read(rules, rows.values())
    waiting = [row.pk for row in rows.values() if row.unconfirmed]
    brought = confirming.brought_with(ledger, keys) if waiting else Brought({}, {})
    added: dict[str, list[tuple[_Rule, int]]] = defaultdict(list)
    for key, pks in groups.items():
        mine = [rows[pk] for pk in pks if pk in rows]
        for rule in rules if key in whole else ():
            number = _added(rule, mine, rule.view.unit_of.get(region_id or 0), brought)
            if number:
                added[key].append((rule, number))
    counting = {
        line.fact
        for rule in rules
        for line in rule.lines
        if line.part == ValuePart.PENDING and line.source in rule.sources and line.day <= rule.on
    }
    return Effects(_raised(added, region_id), _elsewhere(rules), persons, frozenset(counting & set(rows)))


def _rules(
    held: Iterable[Notice], ledger: Ledger, today: date, kinds: dict[tuple[Any, ...], Indicator]
) -> Iterable[_Rule]:
    """The indicators of notices that have begun for which the ledger's rows can count; kinds of keys are noted."""
    for notice in held:
        view = _view(notice)
        if view is None or today < notice.span.begins:
            continue
        for indicator in notice.indicators:
            if indicator.count not in _COUNTED:
                continue
            rested = facts.rested(notice.code, indicator)
            sources = frozenset(rest.place for rest in rested if rest.ledger is ledger)
            if sources:
                mark = (facts.counts_persons(indicator), indicator.count, indicator.of)
                kind = mark if not mark[0] else (True,)
                kinds.setdefault(kind, indicator)
                on = min(today, notice.span.ends)
                yield _Rule(notice, indicator, sources, list(kinds).index(kind), on, view)


def _view(notice: Notice) -> EditionView | None:
    """The map of a notice; None where this installation has none: nothing is counted on it."""
    try:
        return regions.edition(notice.edition)
    except Unusable:
        return None


def _rows(ledger: Ledger, keys: list[int], kinds: list[Indicator]) -> Iterable[_Row]:
    """What is known of these rows; one query."""
    found: QuerySet[Any, Any] = ledger.model._default_manager.filter(OneOf(F("pk"), keys)).order_by()
    found = found.annotate(
        **{f"key{place}": facts.key_of(indicator, ledger) for place, indicator in enumerate(kinds)}
    )
    unconfirmed, asked, others = Q(), Q(), Q()
    person = ledger.person
    if person is not None:
        unconfirmed = Q(**{f"{person}__in": unconfirmed_persons()})
        unsaid = Certificate.objects.filter(county__isnull=True, county_asked=True)
        asked = Q(Exists(unsaid.filter(person=OuterRef(f"{person}_id"))))
        hers = ledger.model._default_manager.filter(**{person: OuterRef(f"{person}_id")})
        others = Q(Exists(hers.exclude(pk=OuterRef("pk")).exclude(state=State.WITHDRAWN)))
    found = found.annotate(
        rests=_flag(facts.standing(ledger, besides="state"), empty=True),
        open=_flag(unconfirmed),
        asks=_flag(asked),
        more=_flag(others),
    )
    columns = ["pk", *([f"{person}_id"] if person else []), "rests", "open", "asks", "more"]
    for line in found.values_list(*columns, *(f"key{place}" for place in range(len(kinds)))):
        pk, *rest = line
        her = rest.pop(0) if person else None
        yield _Row(pk, her, tuple(rest[4:]), *map(bool, rest[:4]))


def _flag(condition: Q, *, empty: bool = False) -> Any:
    """Whether a condition holds of a row; ``empty`` where there is none."""
    if not condition:
        return Value(empty, output_field=BooleanField())
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _read(rules: list[_Rule], rows: Iterable[_Row]) -> None:
    """Give the rules the lines of who counts among these rows' keys; one query. What was counted by another definition is not
    believed: such a rule gets none."""
    marks = {
        notice.code: engine.marks(notice, [rule.indicator for rule in rules if rule.notice is notice])
        for notice in {rule.notice.code: rule.notice for rule in rules}.values()
    }
    known = {(rule.notice.code, rule.indicator.code): rule for rule in rules}
    keys = sorted({key for row in rows for key in row.keys if key is not None})
    measures = Measure.objects.filter(notice__in=list(marks)).order_by()
    held = Counted.objects.filter(
        OneOf(F("key"), keys), measure__in=measures.values("pk"), part__in=[part.value for part in _PARTS]
    )
    told = ("measure_id", "measure__notice", "measure__indicator", "measure__definition")
    columns = ("part", "unit_id", "key", "source", "fact_id", "day", "until", "number")
    for measure, notice, code, mark, *line in held.values_list(*told, *columns):
        rule = known.get((notice, code))
        if rule is not None and mark == marks[notice][code]:
            rule.measure = measure
            rule.lines.append(_Line(*line))


def _added(rule: _Rule, rows: list[_Row], unit: int | None, brought: Brought) -> int:
    """By how much the rows of a group raise a unit's figure when all are approved; 0 where that cannot be said."""
    of = {row.pk: row for row in rows}
    own = Counter(row.keys[rule.kind] for row in rows)
    if unit is None or (rule.indicator.split and any(row.others for row in rows)):
        return 0
    number = 0
    for line in rule.lines:
        if line.part != ValuePart.PENDING or line.key not in own or line.day > rule.on:
            continue
        row = of.get(line.fact) if line.source in rule.sources else None
        if row is None or (line.until is not None and line.until <= rule.on):
            # Another row of hers waits before this one, or she counts already and would from an earlier day: perhaps elsewhere.
            return 0
        if row.asked or (row.unconfirmed and brought.stays_open(of, row.person or 0)):
            return 0
        if row.rests:
            number += line.number if rule.view.unit_of.get(line.unit) == unit else 0
        elif own[line.key] > 1:
            return 0
    return number


def _raised(
    added: Mapping[str, list[tuple[_Rule, int]]], region_id: int | None
) -> dict[str, tuple[Raised, ...]]:
    rules = {rule.measure: rule for found in added.values() for rule, _number in found}
    if not rules:
        return {}
    parts: dict[int, dict[ValuePart, int]] = defaultdict(dict)
    within = Q(pk__in=[])
    targets: dict[str, Mapping[str, int | None]] = {}
    for rule in rules.values():
        unit = rule.view.unit_of[region_id or 0]
        counties = [pk for pk in rule.view.filing if rule.view.unit_of[pk] == unit]
        within |= Q(measure=rule.measure, day__lte=rule.on, unit_id__in=counties)
        if rule.notice.code not in targets:
            given = notices.targets(rule.notice, rule.view)
            figures = {one.region_id: one.figures for one in given.units}
            targets[rule.notice.code] = figures.get(unit, {})
    sums = Tally.objects.filter(within).order_by().values_list("measure_id", "part")
    for measure, part, total in sums.annotate(total=Sum("number")):
        parts[measure][ValuePart(part)] = int(total)
    made = {}
    for key, found in added.items():
        lines = []
        for rule, number in found:
            before, target = parts[rule.measure], targets[rule.notice.code].get(rule.indicator.code)
            after = dict(before)
            after[ValuePart.APPROVED] = before.get(ValuePart.APPROVED, 0) + number
            after[ValuePart.PENDING] = before.get(ValuePart.PENDING, 0) - number
            now, then = (value_of(rule.indicator, one, target) for one in (before, after))
            if now.approved != then.approved:
                lines.append(Raised(rule.notice, rule.indicator, now, then))
        made[key] = tuple(lines)
    return made


def _elsewhere(rules: Iterable[_Rule]) -> dict[int, tuple[CountedElsewhere, ...]]:
    found: dict[int, list[CountedElsewhere]] = defaultdict(list)
    for rule in rules:
        names = {unit.region_id: unit.name for unit in rule.view.units}
        counts = {
            line.key: line.unit
            for line in rule.lines
            if line.part == ValuePart.APPROVED and (line.until is None or line.until > rule.on)
        }
        for line in rule.lines:
            told = line.part == ValuePart.ELSEWHERE and line.source in rule.sources and line.day <= rule.on
            if told and line.key in counts:
                name = names.get(rule.view.unit_of.get(counts[line.key], 0), "")
                found[line.fact].append(CountedElsewhere(rule.notice, rule.indicator, name))
    return {fact: tuple(lines) for fact, lines in found.items()}
