"""What somebody who approves looks at: where rows wait, which stand together, whether they are new or what has changed in them,
what they lack, and which somebody else has carried on meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Count, F, IntegerField, Min, Model, Q, QuerySet, Value, When

from qiaojie.regions.models import Level, Region
from qiaojie.regions.queries import under

from . import approving, journal, proposals, queries, rows, sight, statements
from .declaration import Field, Ledger
from .journal import told_sides
from .models import PENDING, Change, State
from .queries import Shown, Where, show_registered
from .rows import chunks
from .viewer import Action, Viewer, demand


@dataclass(frozen=True, slots=True)
class Difference:
    """A value before and now, as the viewer may see it."""

    field: Field
    before: Shown
    now: Shown


def differences(ledger: Ledger, keys: Iterable[int], viewer: Viewer) -> dict[int, list[Difference]]:
    """What has changed in rows since they were last approved, by key; rows that never were approved are not in it.

    ``keys`` are of rows that the viewer may see. One query for every 900 rows.
    """
    lines: dict[int, list[Change]] = defaultdict(list)
    changed = Change.objects.filter(model=ledger.model._meta.label, act=Change.Act.UPDATE)
    for part in chunks(keys):
        for line in changed.filter(object_id__in=part).order_by("pk"):
            lines[line.object_id].append(line)
    fields = {field.column: field for field in ledger.fields if field.name != "state"}
    return {
        pk: _folded(ledger, changes, fields, viewer)
        for pk, changes in lines.items()
        if _ever(ledger, changes)
    }


def _ever(ledger: Ledger, changes: list[Change]) -> bool:
    """Whether a row stood approved before one of its changes."""
    return any(
        State.APPROVED in (values.get("state") for values in told_sides(ledger.model, change) or ())
        for change in changes
    )


def _folded(
    ledger: Ledger, changes: list[Change], fields: Mapping[str, Field], viewer: Viewer
) -> list[Difference]:
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for change in changes:
        before, after = told_sides(ledger.model, change) or ({}, {})
        if after.get("state") == State.APPROVED:
            first, last = {}, {}
            continue
        for column, value in after.items():
            first.setdefault(column, before.get(column))
            last[column] = value
    return [
        Difference(
            field,
            show_registered(ledger, field, first[column], viewer),
            show_registered(ledger, field, last[column], viewer),
        )
        for column, field in fields.items()
        if column in last and first[column] != last[column]
    ]


@dataclass(frozen=True, slots=True)
class WaitingUnit:
    """What of a ledger waits for a viewer's word in one unit: rows, changes beside approved rows, since when the oldest does.

    ``region`` is None for changes of which no office is said.
    """

    region: Region | None
    number: int
    changes: int
    since: datetime

    @property
    def key(self) -> int:
        """What an address calls the unit; 0 where there is none."""
        return 0 if self.region is None else self.region.pk


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """Rows that are looked at together: those of one row that they refer to (a class), else those that one batch brought.

    ``part`` is that row's key, ``batch`` the batch's; of rows entered without one both are None. ``keys`` are the rows', the
    newest first; ``by`` the accounts that entered them; ``final`` says whether one act of the viewer approves them all, none
    going on to another level.
    """

    part: int | None
    batch: int | None
    keys: tuple[int, ...]
    since: datetime
    by: tuple[str, ...]
    final: bool

    @property
    def key(self) -> str:
        """What an address calls the group, within its unit."""
        if self.part is not None:
            return f"p{self.part}"
        return f"b{self.batch or 0}"


@dataclass(frozen=True, slots=True)
class UnitRows:
    """What waits in a unit, by group, the one first whose oldest row waits longest. ``others`` rows wait there for somebody
    else's word (another level, a second person); ``more``: only the first ``queries.COUNTED_TO`` rows were looked at."""

    groups: tuple[ReviewGroup, ...]
    others: int
    more: bool


def units(ledger: Ledger, viewer: Viewer, where: Where) -> list[WaitingUnit]:
    """Where rows and changes of a ledger wait for this viewer's word, in the order of the tree: counties for whoever looks after
    more than one, else the offices that filed. At most five queries. Raises Refused."""
    known = approving.rules()
    found = _pending(ledger, viewer, where).order_by().annotate(by_viewer=_own(viewer))
    office = ledger.filed_by
    lines = found.values(
        f"{office}_id", f"{office}__first", f"{office}__level", "state", "by_viewer"
    ).annotate(number=Count("pk"), since=Min("entered_at"))
    numbers: dict[int | None, list[Any]] = {}
    for line in lines:
        own = bool(line["by_viewer"])
        rule = known.of(line[f"{office}__first"])
        if _turn(rule, line[f"{office}__level"], line["state"], viewer, own=own):
            _add(numbers, line[f"{office}_id"], line["number"], 0, line["since"])
    for region, number, since in proposals.asked_of(ledger, viewer):
        _add(numbers, region, 0, number, since)
    offices = Region.objects.select_related("parent__parent__parent").in_bulk([pk for pk in numbers if pk])
    by_unit: dict[int | None, list[Any]] = {}
    regions: dict[int, Region] = {}
    for pk, (number, changes, since) in numbers.items():
        unit = None if pk is None else unit_of_office(offices[pk], viewer)
        if unit is not None:
            regions[unit.pk] = unit
        _add(by_unit, None if unit is None else unit.pk, number, changes, since)
    made = [WaitingUnit(regions.get(pk or 0), *held) for pk, held in by_unit.items()]
    return sorted(made, key=lambda one: (one.region is None, one.region.first if one.region else 0))


def _add(
    held: dict[int | None, list[Any]], key: int | None, number: int, changes: int, since: datetime
) -> None:
    before = held.setdefault(key, [0, 0, since])
    held[key] = [before[0] + number, before[1] + changes, min(before[2], since)]


def unit_of_office(office: Region, viewer: Viewer) -> Region:
    """The unit under which what an office filed stands for a viewer: its county for whoever looks after more than one, else
    the office itself. No query where what is above the office was read with it."""
    if viewer.level is not None and viewer.level >= Level.COUNTY:
        return office
    unit = office
    while unit.level > Level.COUNTY and unit.parent is not None:
        unit = unit.parent
    return unit


def unit_rows(ledger: Ledger, viewer: Viewer, where: Where, unit: Region) -> UnitRows:
    """The rows that wait for the viewer's word in a unit, by group; three queries at most. Raises Refused."""
    known = approving.rules()
    office = ledger.filed_by
    county = viewer.level is not None and viewer.level >= Level.COUNTY
    within = Q(**{office: unit}) if county else under(unit, office)
    part = ledger.parts[ledger.reviewed_by].attribute if ledger.reviewed_by else ""
    columns = ["pk", "entered_by", "entered_at", "state", f"{office}__first", f"{office}__level"]
    columns += [f"{part}_id"] if part else []
    found = _pending(ledger, viewer, where).filter(within).order_by("-pk")
    held = list(found.values_list(*columns)[: queries.COUNTED_TO + 1])
    mine: list[tuple[int, str, datetime, int | None]] = []
    passed_on: set[int] = set()
    for pk, by, at, state, first, level, *rest in held[: queries.COUNTED_TO]:
        if _turn(known.of(first), level, state, viewer, own=by == viewer.name):
            mine.append((pk, by, at, rest[0] if rest else None))
            if approving.following(known.of(first), level, state, viewer) != State.APPROVED:
                passed_on.add(pk)
    loose = [pk for pk, _by, _at, about in mine if about is None]
    batches = journal.makers(ledger.model, loose)
    grouped: dict[tuple[int | None, int | None], list[tuple[int, str, datetime]]] = defaultdict(list)
    for pk, by, at, about in mine:
        grouped[about, None if about is not None else batches.get(pk)].append((pk, by, at))
    groups = [
        ReviewGroup(
            about,
            batch,
            tuple(pk for pk, _by, _at in lines),
            min(at for _pk, _by, at in lines),
            tuple(sorted({by for _pk, by, _at in lines if by})),
            final=not any(pk in passed_on for pk, _by, _at in lines),
        )
        for (about, batch), lines in grouped.items()
    ]
    groups.sort(key=lambda one: (one.since, one.key))
    looked = min(len(held), queries.COUNTED_TO)
    return UnitRows(tuple(groups), looked - len(mine), len(held) > queries.COUNTED_TO)


def _pending(ledger: Ledger, viewer: Viewer, where: Where) -> QuerySet[Model]:
    return queries.rows(ledger, viewer, {**where, "state": list(PENDING)})


def _own(viewer: Viewer) -> Case:
    mine = When(entered_by=viewer.name, then=Value(True))
    return Case(mine, default=Value(False), output_field=BooleanField())


def _turn(rule: approving.CountyRule, level: int | None, state: str, viewer: Viewer, *, own: bool) -> bool:
    """Whether it is this viewer who approves next."""
    if rule.two_persons and own:
        return False
    return approving.following(rule, level, state, viewer) is not None


STILL_WAITING = frozenset(PENDING)
"""The states of rows about which somebody's word is still asked."""


@dataclass(frozen=True, slots=True)
class RowGone:
    """A row that does not stand any more where a step begins: its title, its state, who approved it and when."""

    pk: int
    title: str
    state: str
    by: str
    at: datetime | None


def gone(ledger: Ledger, viewer: Viewer, ids: Collection[int], begins: Collection[str]) -> list[RowGone]:
    """Those of some rows that somebody has carried on meanwhile, as far as the viewer may see them; one query for some hundred
    rows, voided ones included. Raises Refused."""
    demand(viewer, Action.SEE, ledger.code)
    title = ledger.field(ledger.title) if ledger.title else ledger.fields[0]
    seen = sight.registered(ledger, title, viewer)
    found: list[RowGone] = []
    for part in rows.chunks(ids):
        held = ledger.model._default_manager.filter(ledger.visible(viewer), pk__in=part)
        left = held.exclude(state__in=list(begins)).annotate(called=title.value()).order_by("pk")
        for pk, called, state, by, at in left.values_list(
            "pk", "called", "state", "approved_by", "approved_at"
        ):
            found.append(RowGone(pk, queries.show(title, called, seen).text, state, by, at))
    return found


def edited_since(ledger: Ledger, viewer: Viewer, ids: Collection[int], line: int) -> list[RowGone]:
    """Those of some rows of which the journal tells something after that line (``journal.mark``): what they say now is not what
    was looked at. Two queries for some hundred rows."""
    later = journal.changed_since(ledger.model, ids, line)
    return gone(ledger, viewer, later, ()) if later else []


def lack_fields(ledger: Ledger, conditions: Collection[str]) -> list[Field]:
    """The fields of a ledger that keep rows from counting and can be mended, where something asks for them (names of fields)."""
    return [field for field in ledger.fields if field.lack and field.name in conditions]


def lacks(field: Field, value: Any) -> bool:
    """Whether a row with this value of such a field lacks it."""
    return value in field.lack_only if field.lack_only else not value


def one_short(ledger: Ledger, viewer: Viewer, conditions: Collection[str]) -> QuerySet[Model]:
    """The rows that the viewer may see and that lack exactly one of what is asked for; none where nothing is."""
    fields = lack_fields(ledger, conditions)
    held = queries.rows(ledger, viewer)
    if not fields:
        return held.none()
    number: Any = Value(0)
    for place, field in enumerate(fields):
        held = held.annotate(**{f"asked{place}": field.value()})
        lacking = _lacking(field, f"asked{place}")
        number = number + Case(When(lacking, then=Value(1)), default=Value(0), output_field=IntegerField())
    short: QuerySet[Model] = held.annotate(lacking=number).filter(lacking=1)
    return short


def lacking_any(ledger: Ledger, keys: Collection[int], fields: Iterable[Field]) -> QuerySet[Model]:
    """Those of some rows, which the viewer may see, that lack one of the fields or more."""
    held = ledger.model._default_manager.filter(statements.OneOf(F("pk"), list(keys)))
    any_of = Q(pk__in=[])
    for place, field in enumerate(fields):
        held = held.annotate(**{f"asked{place}": field.value()})
        any_of |= _lacking(field, f"asked{place}")
    return held.filter(any_of)


def _lacking(field: Field, column: str) -> Q:
    if field.lack_only:
        return Q(**{f"{column}__in": list(field.lack_only)})
    return Q(**{column: False}) | Q(**{f"{column}__isnull": True})
