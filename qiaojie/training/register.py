"""The register of a class: who of its roster was there at which session, as a viewer may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q

from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.percentages import percentage
from qiaojie.people.queries import canonical

from .ledger import ATTENDANCES, CLASSES, ENROLMENTS
from .models import Attendance, DayPart, TrainingClass

_ORDER = {part: place for place, part in enumerate(DayPart.values)}


@dataclass(frozen=True, slots=True)
class Session:
    """One session (课次) of a class: the day, its part, and how many lesson hours (None is not known)."""

    day: date
    part: DayPart
    hours: int | None = None

    @property
    def key(self) -> str:
        """What names it within its class: ``2023-06-05.morning``."""
        return f"{self.day.isoformat()}.{self.part}"

    @property
    def place(self) -> tuple[date, int]:
        """Where it stands in the course of the class."""
        return self.day, _ORDER[self.part]


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One person of the roster: whether she was there, by session key; sessions that do not know her are missing."""

    enrolment: int
    person: int | None
    name: Shown
    present: dict[str, bool]

    @property
    def came(self) -> int:
        """At how many sessions she was."""
        return sum(self.present.values())


@dataclass(frozen=True, slots=True)
class Register:
    """The roster by the sessions that are kept, as far as the viewer may see both."""

    held: TrainingClass
    sessions: tuple[Session, ...]
    lines: tuple[RegisterLine, ...]

    def came(self, session: Session) -> int:
        """How many were there."""
        return sum(line.present.get(session.key, False) for line in self.lines)

    def due(self, session: Session) -> int:
        """How many are on the list of a session."""
        return sum(session.key in line.present for line in self.lines)

    @property
    def rate(self) -> Decimal | None:
        """Of all that should have been there, in per cent as it is shown; None where nothing is kept."""
        due = sum(len(line.present) for line in self.lines)
        return percentage(sum(line.came for line in self.lines), due)


def register(pk: int, viewer: Viewer) -> Register:
    """The register of the class with this key; two queries beside the check that it is the viewer's. Raises Refused."""
    held = queries.one(CLASSES, viewer, pk)
    assert isinstance(held, TrainingClass)
    enrolled = queries.rows(ENROLMENTS, viewer).filter(training_class=pk).order_by("pk")
    kept = queries.rows(ATTENDANCES, viewer).filter(enrolment__training_class=pk)
    sessions: dict[str, Session] = {}
    present: dict[int, dict[str, bool]] = defaultdict(dict)
    for enrolment, day, part, hours, there in kept.values_list(
        "enrolment_id", "held_on", "part", "hours", "present"
    ):
        session = Session(day, DayPart(part), hours)
        sessions.setdefault(session.key, session)
        present[enrolment][session.key] = there
    name = ENROLMENTS.field("person.name")
    lines = tuple(
        RegisterLine(row.pk, row.person_id, row.cells[name.name], present[row.pk])
        for row in queries.shown(ENROLMENTS, viewer, enrolled, [name])
    )
    return Register(held, tuple(sorted(sessions.values(), key=lambda one: one.place)), lines)


def came(classes: Iterable[int], states: Iterable[str]) -> int | None:
    """How many people of a class (or of several that are one) were there at least once, whoever enrolled them; None where no
    session is kept. One query.

    Attending at least once is what a pass rate is measured against.
    """
    kept = Attendance.objects.filter(
        enrolment__training_class__in=list(classes), enrolment__state__in=list(states), withdrawn=False
    )
    found = kept.aggregate(
        rows=Count("pk"), came=Count(canonical("enrolment__person"), distinct=True, filter=Q(present=True))
    )
    return found["came"] if found["rows"] else None
