"""Made-up care (托养): who is cared for in 2023, in which form, who pays, and which services stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.support.models import CareForm

from .chance import LATE_AUTUMN, day_between, day_in, filed, pick, waiting
from .population import LAPSED, VALID, someone
from .world import Care, Place, Someone, World

CARE: Final = "care"
PURCHASED: Final = "care_purchased"
BOARDING: Final = "care_boarding"
"""The three indicators of care, each a part of the one before."""

MONTHS: Final = {1: 24, 2: 12, 3: 18, 4: 11, 5: 9, 6: 8, 7: 6, 8: 5, 9: 5, 10: 2}
"""Month in which a service begins → per cent: contracts run from the beginning of the year."""
COUNTED_TO: Final = date(2023, 11, 30)
CATEGORIES: Final = {"5": 36, "6": 30, "4": 24, "7": 10}
GRADES: Final = {"1": 46, "2": 50, "3": 4}
"""Category and grade of disability of who is cared for → per cent."""
FORMS: Final = {CareForm.HOME: 62, CareForm.DAY: 38}
DIED: Final = "死亡"
REASONS: Final = {DIED: 40, "本人放弃": 25, "户籍迁出": 15, "转入养老机构": 20}
"""Why a service stops → per cent."""
OWN: Final = "残疾人托养服务中心"
PROVIDERS: Final = ("阳光家园托养中心", "温馨护理服务中心", "康乐社会工作服务中心")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many people are to be cared for: approved and waiting in all, and of the approved by purchase and boarding.

    Where it is ``plain``, nothing stops, nobody lacks a paper, and everybody has one service.
    """

    approved: int
    pending: int
    purchased: int
    boarding: int
    plain: bool = False

    @property
    def lapsed(self) -> int:
        """How many more are cared for without a valid certificate."""
        return 0 if self.plain else self.approved // 80

    @property
    def unpaid(self) -> int:
        """How many more board, but nobody has noted for how many months they paid."""
        return 0 if self.plain else min(self.purchased - self.boarding, (self.boarding + 19) // 20)

    @property
    def people(self) -> int:
        """How many people that takes."""
        return self.approved + self.pending + self.lapsed


def wanted(place: Place, approved: int, pending: int) -> Wanted:
    """So many people, of whom purchase and boarding have the shares that the unit's targets have."""
    whole = place.target(CARE) or 1
    purchased = round(approved * place.target(PURCHASED) / whole)
    return Wanted(approved, pending, purchased, round(approved * place.target(BOARDING) / whole))


def care_for(rng: Random, world: World, place: Place, wanted: Wanted) -> list[Someone]:
    """Make up the people and their services; the approved ones with valid certificates come first."""
    people: list[Someone] = []
    for at in range(wanted.people):
        counted, late = at < wanted.approved, wanted.approved <= at < wanted.approved + wanted.pending
        person = someone(
            rng,
            world,
            place,
            sex=rng.choice((FEMALE, MALE)),
            papers=VALID if counted or late else LAPSED,
            category=pick(rng, CATEGORIES),
            grade=pick(rng, GRADES),
        )
        people.append(person)
        state = waiting(rng) if late else State.APPROVED
        bought = rng.random() * place.target(CARE) < place.target(PURCHASED)
        purchased = at < wanted.purchased if counted else bought
        boarded = rng.random() * place.target(PURCHASED) < place.target(BOARDING)
        paid = at < wanted.boarding or (late and purchased and boarded)
        boards = paid or at < wanted.boarding + wanted.unpaid
        care = Care(
            **filed(rng, place, day_between(rng, *LATE_AUTUMN) if late else day_in(rng, MONTHS), state),
            person=person,
            form=CareForm.BOARDING if boards else pick(rng, FORMS),
            provider=f"{place.name}{rng.choice(PROVIDERS) if purchased else OWN}",
            purchased=purchased,
        )
        if paid:
            care.months = max(1, (COUNTED_TO - care.day).days // 30)
        world.cares.append(care)
        if counted and not boards and not wanted.plain:
            _what_follows(rng, world, care)
    return people


def stop(care: Care, day: date, reason: str) -> None:
    """The service ends; who died leaves a certificate that is no longer valid."""
    care.ends, care.end_reason = day, reason
    if reason == DIED:
        person = care.person
        person.died_on = day
        person.papers[-1] = replace(person.papers[-1], ended_on=day, end_reason=DIED)


def _what_follows(rng: Random, world: World, first: Care) -> None:
    """Some services stop (and still count), some people have a second form of care (and count once)."""
    drawn = rng.random()
    if drawn < 0.015 and first.day.month < 9:
        day = day_between(rng, first.day + timedelta(days=20), COUNTED_TO)
        stop(first, day, pick(rng, REASONS))
    elif drawn < 0.05:
        day = first.day + timedelta(days=rng.randint(5, 40))
        world.cares.append(
            Care(
                **filed(rng, first.place, day),
                person=first.person,
                form=CareForm.DAY if first.form == CareForm.HOME else CareForm.HOME,
                provider=first.provider,
                purchased=first.purchased,
            )
        )
