"""The roster of a class as its page shows it: only what differs between its women, and what became of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db.models import Q

from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Page, Row, Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.rounding import half_up
from qiaojie.livelihoods.ledger import EMPLOYMENTS
from qiaojie.people.models import Person
from qiaojie.training.ledger import ENROLMENTS
from qiaojie.training.register import Session

from .classes import ClassSheet

SIZE: Final = 100
"""Women on a page: a class has some dozens, so nearly every one stands whole."""

_FIELDS: Final = (
    "person.name",
    "person.birth_date",
    "person.hukou",
    "score",
    "result",
    "remark",
    "unit",
    "state",
)
_WORK: Final = ("form", "handicraft", "begins")


class Presence(StrEnum):
    """How much of a day of the class a woman was there; ``UNLISTED`` where no session of it knows her."""

    WHOLE = "whole"
    PART = "part"
    AWAY = "away"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a class for one woman."""

    on: date
    presence: Presence


@dataclass(frozen=True, slots=True)
class TraineeLine:
    """One woman of the roster. ``age`` is in full years on the last day of the class (None where it is not the viewer's to know);
    ``days`` is empty where no session is kept; ``came`` is in days, half days counted as such; ``allowance`` in fen (None where
    the class pays none). ``work`` is the first thing she did after it that the viewer may see."""

    row: Row
    age: int | None
    days: tuple[Day, ...]
    came: Decimal | None
    allowance: int | None
    work: Row | None

    def cell(self, name: str) -> Shown:
        """A value of her enrolment; an empty one where it is not the viewer's to see."""
        return self.row.cells.get(name, Shown(""))

    @property
    def afterwards(self) -> str:
        """What she did afterwards, in a word or two."""
        if self.work is None:
            return ""
        made = EMPLOYMENTS.field("handicraft").label if self.work.cells["handicraft"].value else ""
        return " ".join(part for part in (self.work.cells["form"].text, str(made)) if part)


@dataclass(frozen=True, slots=True)
class ClassRoster:
    """A page of the roster; ``days`` are those on which a session was kept, ``scored`` and ``paid`` whether the columns of
    marks and of allowances have anything to say."""

    lines: tuple[TraineeLine, ...]
    following: int | None
    days: tuple[date, ...]
    scored: bool
    paid: bool


def roster(held: ClassSheet, viewer: Viewer, after: int | None = None) -> ClassRoster:
    """The women of a class and of those found to be it, as far as the viewer may see their rows; six queries, however many.

    In the order in which they were entered, where they stand on one page.
    """
    every = queries.rows(ENROLMENTS, viewer) if viewer.outside else queries.facts(ENROLMENTS)
    within = every.filter(training_class__in=held.same)
    open_ = {one.name for one in queries.fields_of(ENROLMENTS, viewer)}
    fields = [name for name in _FIELDS if name in open_]
    page = queries.page(ENROLMENTS, viewer, within=within, after=after, size=SIZE, fields=fields)
    rows = _in_order(page, after)
    work = _work(rows, held.recorded.ends, viewer)
    sessions = _by_day(held.register.sessions)
    present = {line.enrolment: line.present for line in held.register.lines}
    rate = held.row.cells["daily_allowance"].value if "daily_allowance" in held.row.cells else None
    lines = tuple(
        _line(row, sessions, present.get(row.pk, {}), rate, held.recorded.ends, work) for row in rows
    )
    return ClassRoster(
        lines,
        page.following,
        tuple(sessions),
        any(line.cell("score").text for line in lines),
        any(line.allowance is not None for line in lines),
    )


def _in_order(page: Page, after: int | None) -> Sequence[Row]:
    """Pages come newest first; a roster that stands on one is read as it was written."""
    return page.rows if after is not None or page.following is not None else page.rows[::-1]


def _by_day(sessions: Iterable[Session]) -> dict[date, list[str]]:
    """The keys of sessions by their days, in their order."""
    found: dict[date, list[str]] = defaultdict(list)
    for one in sessions:
        found[one.day].append(one.key)
    return dict(found)


def _line(
    row: Row,
    sessions: Mapping[date, Sequence[str]],
    present: Mapping[str, bool],
    rate: int | None,
    ends: date,
    work: Mapping[int, Row],
) -> TraineeLine:
    born = row.cells["person.birth_date"].value if "person.birth_date" in row.cells else None
    days = tuple(Day(day, _presence(keys, present)) for day, keys in sessions.items())
    came = None
    if present:
        halves = sum({Presence.WHOLE: 2, Presence.PART: 1}.get(one.presence, 0) for one in days)
        came = Decimal(halves) / 2
    return TraineeLine(
        row,
        ends.year - born.year - ((ends.month, ends.day) < (born.month, born.day)) if born else None,
        days if present else (),
        came,
        half_up(rate * int(came * 2), 2) if rate is not None and came is not None else None,
        work.get(row.person_id or 0),
    )


def _presence(keys: Sequence[str], present: Mapping[str, bool]) -> Presence:
    """Of one day: whole where she was at every session that knows her, part where at some."""
    known = [present[key] for key in keys if key in present]
    if not known:
        return Presence.UNLISTED
    if all(known):
        return Presence.WHOLE
    return Presence.PART if any(known) else Presence.AWAY


def _work(rows: Sequence[Row], ends: date, viewer: Viewer) -> dict[int, Row]:
    """The first new work after the class by the person of a row, of what the viewer may see; three queries. Records found
    to be one woman are one."""
    people = {row.person_id for row in rows if row.person_id is not None}
    if not people:
        return {}
    kept_as = {pk: kept or pk for pk, kept in _pointers(Q(pk__in=people))}
    heads = set(kept_as.values())
    records = {pk: kept or pk for pk, kept in _pointers(Q(pk__in=heads) | Q(canonical__in=heads))}
    mine = queries.rows(EMPLOYMENTS, viewer).filter(
        person__in=list(records), continues=False, begins__gt=ends
    )
    fields = [EMPLOYMENTS.field(name) for name in _WORK]
    first: dict[int, Row] = {}
    for row in queries.shown(EMPLOYMENTS, viewer, mine.order_by("begins", "pk"), fields):
        first.setdefault(records[row.person_id or 0], row)
    return {pk: first[kept] for pk, kept in kept_as.items() if kept in first}


def _pointers(which: Q) -> Iterable[tuple[int, int | None]]:
    """These records of persons, each with the one that it was found to be (None where it is kept itself)."""
    return Person.objects.filter(which).values_list("pk", "canonical")
