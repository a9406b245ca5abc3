"""On which days and in which parts of them a class is held: as its timetable says, else mornings and afternoons of all days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from qiaojie.training.models import DayPart
from qiaojie.training.register import Session

_MONTH: Final = "%d年%d月"
"""Papers are Chinese in every interface."""

HALVES: Final = (DayPart.MORNING, DayPart.AFTERNOON)
"""A whole day is signed for twice: who leaves at noon was not there in the afternoon."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What of a line of the timetable a sheet needs."""

    day: date
    part: DayPart
    teacher: str


@dataclass(frozen=True, slots=True)
class SheetMonth:
    """The days of a class in one month."""

    days: tuple[date, ...]

    @property
    def words(self) -> str:
        """2023年6月."""
        return _MONTH % (self.days[0].year, self.days[0].month)


def sessions(begins: date, ends: date, lessons: Iterable[Lesson]) -> list[Session]:
    """The sessions of a class by half-days, in order, each once."""
    held = {
        Session(lesson.day, part)
        for lesson in lessons
        for part in (HALVES if lesson.part == DayPart.DAY else (lesson.part,))
    }
    if not held:
        days = (begins + timedelta(days=at) for at in range((ends - begins).days + 1))
        held = {Session(day, part) for day in days for part in HALVES}
    return sorted(held, key=lambda one: one.place)


def months(held: Sequence[Session]) -> list[SheetMonth]:
    """The days of sessions by month."""
    days = sorted({one.day for one in held})
    return [
        SheetMonth(tuple(group)) for _month, group in groupby(days, key=lambda day: (day.year, day.month))
    ]


def teacher_of(session: Session, lessons: Iterable[Lesson]) -> str:
    """Who teaches in a session, each once; '' where the timetable does not say."""
    names = (
        one.teacher
        for one in lessons
        if one.day == session.day and one.part in (session.part, DayPart.DAY) and one.teacher
    )
    return "、".join(dict.fromkeys(names))
