"""One class on one page: what shows that it was held, and what came of it, from plan to work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce

from qiaojie.documents import queries as papers
from qiaojie.documents.models import Document, DocumentKind
from qiaojie.ledgers import joining, queries
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.dates import months_after
from qiaojie.lib.rounding import half_up
from qiaojie.livelihoods.models import Employment
from qiaojie.people.models import Person
from qiaojie.people.queries import canonical
from qiaojie.training import register as attendance
from qiaojie.training.ledger import BUDGET_LINES, CLASSES, ENROLMENTS, LESSONS
from qiaojie.training.models import BudgetItem, Enrolment, Result
from qiaojie.training.register import Register

from .class_file import FIRST_ASKED, AskedAfter, Piece, Recorded, pieces

WITHIN = (FIRST_ASKED, 6, 12)
"""Months after its last day at which one asks who of a class has found work."""
_STANDING = (*PENDING, State.APPROVED)


@dataclass(frozen=True, slots=True)
class PlacedTrainees:
    """How many completers found work within so many months; ``until`` is the last day of that time, ``over`` whether
    it has passed: until then the number may still grow."""

    months: int
    people: int
    until: date
    over: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a class. ``enrolled`` and ``passed`` are people of its roster in any standing state, ``counted`` who passed
    and are approved; ``attended`` were at a session at least once (None where no session is kept). ``cost_each`` is in fen
    per completer. None is "not known"."""

    planned: int | None
    planned_jobs: int | None
    enrolled: int
    attended: int | None
    passed: int
    counted: int
    cost_each: int | None
    found: tuple[PlacedTrainees, ...]

    @property
    def came(self) -> int:
        """Who attended; as long as no session is kept, whoever is on the roster."""
        return self.enrolled if self.attended is None else self.attended

    @property
    def employed(self) -> int | None:
        """Who found work within the longest time; None where the viewer may not count it."""
        return self.found[-1].people if self.found else None


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One line of a class's budget as it is shown: its item, what was planned and paid (fen; None is nothing said yet),
    whether it is approved, and the documents that prove a payment of that kind."""

    pk: int
    item: str
    remark: str
    planned: int
    paid: int | None
    state: Shown
    vouchers: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class ClassSheet:
    """A class as a viewer may see it. ``same`` are its key and those of the classes found to be it."""

    row: Row
    same: tuple[int, ...]
    pieces: tuple[Piece, ...]
    recorded: Recorded
    outcome: Outcome
    documents: tuple[Document, ...]
    register: Register
    money: tuple[MoneyLine, ...]


def sheet(pk: int, viewer: Viewer, on: date | None = None) -> ClassSheet:
    """The class with this key, with rosters, papers and money of those found to be it; a dozen queries beside the checks that it
    is the viewer's.

    Who found work is counted over every office's rows, so it is told only to those who may count; no names. Raises
    Refused where the class is not the viewer's.
    """
    today = on or date.today()
    queries.one(CLASSES, viewer, pk)
    row = next(queries.shown(CLASSES, viewer, queries.rows(CLASSES, viewer).filter(pk=pk), CLASSES.fields))
    same = joining.together(CLASSES, pk)
    roster = Enrolment.objects.filter(training_class__in=same, state__in=_STANDING)
    if viewer.outside:
        roster = roster.filter(ENROLMENTS.visible(viewer))
    passed = Q(result=Result.COMPLETED)
    numbers = roster.aggregate(
        enrolled=Count(canonical(), distinct=True),
        passed=Count(canonical(), distinct=True, filter=passed),
        counted=Count(canonical(), distinct=True, filter=passed & Q(state=State.APPROVED)),
        open=Count("pk", filter=Q(result=Result.ENROLLED)),
        dropped=Count(canonical(), distinct=True, filter=Q(result=Result.DROPPED)),
        waiting=Count("pk", filter=Q(state__in=PENDING)),
        scored=Count("pk", filter=Q(score__isnull=False)),
    )
    ends: date = row.cells["ends"].value
    cost = row.cells["cost"].value
    found = _employed(same, ends, today) if viewer.may(Action.COUNT) else ()
    outcome = Outcome(
        planned=row.cells["planned_headcount"].value,
        planned_jobs=row.cells["planned_jobs"].value,
        enrolled=numbers["enrolled"],
        attended=None if viewer.outside else attendance.came(same, _STANDING),
        passed=numbers["passed"],
        counted=numbers["counted"],
        cost_each=half_up(cost, numbers["passed"]) if cost and numbers["passed"] else None,
        found=found,
    )
    documents = tuple(papers.of_rows({CLASSES.code: same}, viewer))
    register = attendance.register(pk, viewer)
    lessons = (
        queries.rows(LESSONS, viewer)
        .filter(training_class__in=same)
        .aggregate(
            number=Count("pk"), days=Count("happened_on", distinct=True), hours=Coalesce(Sum("hours"), 0)
        )
    )
    recorded = Recorded(
        begins=row.cells["begins"].value,
        ends=ends,
        today=today,
        enrolled=numbers["enrolled"],
        without_result=numbers["open"],
        completed=numbers["passed"],
        dropped=numbers["dropped"],
        waiting=numbers["waiting"],
        claimed=row.cells["claimed_headcount"].value,
        attended_days=len({one.day for one in register.sessions}),
        lessons=lessons["number"],
        lesson_days=lessons["days"],
        hours=lessons["hours"],
        scored=numbers["scored"],
        found=tuple(AskedAfter(one.months, one.until, one.people, one.over) for one in found),
    )
    told = pieces(recorded, documents, lambda name: row.cells[name].value)
    money = tuple(_money(same, documents, viewer))
    return ClassSheet(row, tuple(same), told, recorded, outcome, documents, register, money)


def _money(same: list[int], documents: tuple[Document, ...], viewer: Viewer) -> Iterator[MoneyLine]:
    """The lines of the budget as they stand in the list of items; one query. A signed list of allowances proves these alone."""
    lines = queries.rows(BUDGET_LINES, viewer).filter(training_class__in=same)
    fields = [BUDGET_LINES.field(name) for name in ("item", "remark", "planned", "paid", "state")]
    order = list(BudgetItem)
    found = list(queries.shown(BUDGET_LINES, viewer, lines, fields))
    for row in sorted(found, key=lambda one: (order.index(one.cells["item"].value), one.pk)):
        cells = row.cells
        allowance = cells["item"].value == BudgetItem.ALLOWANCE
        kind = DocumentKind.ALLOWANCE if allowance else DocumentKind.COST
        yield MoneyLine(
            row.pk,
            cells["item"].text,
            cells["remark"].text,
            cells["planned"].value,
            cells["paid"].value,
            cells["state"],
            tuple(one for one in documents if one.kind == kind),
        )


def _employed(same: list[int], ends: date, today: date) -> tuple[PlacedTrainees, ...]:
    """Completers whose first new job after the last day began within each of ``WITHIN``; three queries.

    Only approved rows, and no renewal, as for new employment. Records found to be one woman are one.
    """
    completers = Enrolment.objects.filter(
        training_class__in=same, state__in=_STANDING, result=Result.COMPLETED
    ).annotate(who=canonical())
    whose = list(completers.values_list("who", flat=True))
    # Keys are named one by one: a class has some dozens, and the ledger of work has a million rows.
    records = whose + list(Person.objects.filter(canonical__in=whose).values_list("pk", flat=True))
    days = {months: months_after(ends, months) for months in WITHIN}
    firsts = (
        Employment.objects.filter(person__in=records, state=State.APPROVED, continues=False)
        .filter(begins__gt=ends, begins__lte=days[WITHIN[-1]])
        .annotate(who=canonical())
        .values("who")
        .annotate(first=Min("begins"))
        .order_by()
        .values_list("first", flat=True)
    )
    begun = list(firsts)
    return tuple(
        PlacedTrainees(months, sum(first <= day for first in begun), day, day < today)
        for months, day in days.items()
    )
