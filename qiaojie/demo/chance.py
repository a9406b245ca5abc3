"""What is drawn by lot: shares, days and moments; and how far a unit is with its targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final, TypedDict, TypeVar
from zoneinfo import ZoneInfo

from qiaojie.ledgers.models import State

from .world import Place

T = TypeVar("T")

BEIJING: Final = ZoneInfo("Asia/Shanghai")

LATE_AUTUMN: Final = (date(2023, 10, 20), date(2023, 11, 28))
"""Days of what still waits for approval at the end of November."""


class Filed(TypedDict):
    """How every record begins: who filed it, the day, how far it has come and when."""

    place: Place
    day: date
    state: str
    entered_at: datetime
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a unit is with a target: shares of it that are approved and that wait for approval."""

    approved: float
    pending: float

    def of(self, target: float) -> tuple[int, int]:
        """How many of a target are approved and wait."""
        return round(target * self.approved), round(target * self.pending)


UNUSUAL: Final = {
    "500103": Pace(0, 0),
    "500104": Pace(0, 0.7),
    "500229": Pace(0.34, 0.1),
    "500102": Pace(0.88, 0.06),
    "500119": Pace(1.0, 0.02),
}
"""Code of a unit → its pace: 渝中 is empty, 大渡口 has approved nothing, 城口 is far behind."""


def pace(rng: Random, place: Place) -> Pace:
    """The pace of a unit: some are ahead, some late, one has nothing, one has approved nothing yet."""
    if place.code in UNUSUAL:
        return UNUSUAL[place.code]
    drawn = rng.random()
    if drawn < 0.2:
        return Pace(rng.uniform(1.0, 1.06), rng.uniform(0, 0.03))
    if drawn < 0.8:
        return Pace(rng.uniform(0.76, 0.97), rng.uniform(0.03, 0.12))
    return Pace(rng.uniform(0.5, 0.66), rng.uniform(0.08, 0.2))


def pick(rng: Random, shares: Mapping[T, int]) -> T:
    """One of the keys, by their shares."""
    return rng.choices(tuple(shares), weights=tuple(shares.values()))[0]


def day_between(rng: Random, first: date, last: date) -> date:
    """Any day from the first to the last."""
    return first + timedelta(days=rng.randrange((last - first).days + 1))


def day_in(rng: Random, months: Mapping[int, int], year: int = 2023) -> date:
    """Any day of a year, by the shares of its months."""
    month = pick(rng, months)
    return day_between(rng, date(year, month, 1), date(year, month, 28))


def weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def moment(rng: Random, day: date) -> datetime:
    """A moment of the day when offices are open."""
    return datetime(day.year, day.month, day.day, rng.randint(9, 17), rng.randrange(60), tzinfo=BEIJING)


def filed(rng: Random, place: Place, day: date, state: str = State.APPROVED) -> Filed:
    """A record entered some days after the event, and approved (if it is) some days later."""
    entered = moment(rng, day + timedelta(days=rng.randint(1, 9)))
    approved = entered + timedelta(days=rng.randint(1, 6), hours=1)
    return Filed(place=place, day=day, state=state, entered_at=entered, approved_at=approved)


def waiting(rng: Random) -> str:
    """The state of a record that waits for approval."""
    return State.CHECKED if rng.random() < 0.4 else State.DRAFT
