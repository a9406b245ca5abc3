"""One class on one page: what shows that it was held, and what came of it, from plan to work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from qiaojie.documents import queries as papers
from qiaojie.documents.models import Document
from qiaojie.ledgers import joining, queries
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.dates import months_after
from qiaojie.lib.rounding import half_up
from qiaojie.livelihoods.models import Employment
from qiaojie.people.models import Person
from qiaojie.people.queries import canonical
from qiaojie.training import register
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.training.models import Enrolment, Result

WITHIN = (3, 6, 12)
"""Months after its last day at which one asks who of a class has found work."""
_STANDING = (*PENDING, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Light:
    """One piece of evidence: said to be there (True), looked for and missing (False), or nobody has looked (None).

    ``papers`` are kept documents that show it, whatever is said; ``kind`` is their kind ('' for what no document shows).
    """

    name: str
    words: str
    there: bool | None
    kind: str = ""
    papers: int = 0


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
class ClassSheet:
    """A class as a viewer may see it."""

    row: Row
    lights: tuple[Light, ...]
    outcome: Outcome
    documents: tuple[Document, ...]


def sheet(pk: int, viewer: Viewer, on: date | None = None) -> ClassSheet:
    """The class with this key, with the rosters of those found to be it; eight queries beside the check that it is the viewer's.

    Who found work is counted over every office's rows, so it is told only to those who may count; no names. Raises
    Refused where the class is not the viewer's.
    """
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
    )
    ends: date = row.cells["ends"].value
    cost = row.cells["cost"].value
    found = _employed(same, ends, on or date.today()) if viewer.may(Action.COUNT) else ()
    outcome = Outcome(
        planned=row.cells["planned_headcount"].value,
        planned_jobs=row.cells["planned_jobs"].value,
        enrolled=numbers["enrolled"],
        attended=None if viewer.outside else register.came(same, _STANDING),
        passed=numbers["passed"],
        counted=numbers["counted"],
        cost_each=half_up(cost, numbers["passed"]) if cost and numbers["passed"] else None,
        found=found,
    )
    documents = tuple(papers.of_rows({CLASSES.code: [pk]}, viewer))
    lights = tuple(_lights(row, numbers["enrolled"], numbers["open"], documents))
    return ClassSheet(row, lights, outcome, documents)


def _lights(row: Row, enrolled: int, without_result: int, documents: Iterable[Document]) -> Iterable[Light]:
    """The evidence of a class; results are there when every line of its roster has one."""
    kept = Counter(document.kind for document in documents)

    def light(name: str, words: str) -> Light:
        kind = CLASSES.field(name).shown_by
        return Light(name, words, row.cells[name].value, kind, kept[kind])

    yield light("has_plan", _("办班计划"))
    yield light("has_sign_in", _("签到表"))
    yield light("has_photos", _("现场照片"))
    yield light("has_cost_papers", _("费用凭证"))
    yield Light("results", _("结业情况"), without_result == 0 if enrolled else None)
    yield light("has_certificates", _("结业证书"))


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
