"""Making up the whole programme: the stories first, then the other provinces, then the ordinary life of every unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from . import care, courses, provinces, sites, work
from .chance import Pace, pace
from .population import settle
from .stories import fengdu, moved, nanchuan, shizhu, wanzhou
from .world import Place, World

PEOPLE: Final = 30_000
"""How many people the whole demo has."""

SEED: Final = "qiaojie"

INDICATORS: Final = (
    courses.VOCATIONAL,
    courses.PRACTICAL,
    work.URBAN,
    work.RURAL,
    work.GRADUATES,
    care.CARE,
    sites.BASES,
    sites.SESSIONS,
)
"""Indicators of 2023 for which every unit has a pace; the other three are parts of these."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How far a unit is with each indicator, and how many people that makes (approved, waiting)."""

    paces: Mapping[str, Pace]
    numbers: Mapping[str, tuple[int, int]]
    care: care.Wanted

    @property
    def holders(self) -> int:
        """How many people with a certificate of the unit its classes and jobs take."""
        trained = sum(self.numbers[courses.VOCATIONAL])
        hired = sum(self.numbers[work.URBAN]) + sum(self.numbers[work.RURAL])
        return max(trained + trained // 12 + 2, work.needed(hired))

    @property
    def graduates(self) -> tuple[int, int, int]:
        """Graduates who count, who wait, and who do neither."""
        approved, pending = self.numbers[work.GRADUATES]
        return approved, pending, (approved + 9) // 10

    @property
    def people(self) -> int:
        """How many people the unit needs in all."""
        return self.holders + sum(self.graduates) + self.care.people


def make(places: Sequence[Place], others: Sequence[Place] = (), scale: float = 1.0) -> World:
    """The programme, the same every time, of units and of counties of other provinces (``provinces.COUNTIES``).

    ``scale`` makes it smaller for tests; the stories stay as they are.
    """
    world = World()
    by_code = {place.code: place for place in places if place.code}
    wanzhou.tell(world, by_code[wanzhou.CODE])
    fengdu.tell(world, by_code[fengdu.CODE], by_code[fengdu.FROM])
    shizhu.tell(world, by_code[shizhu.CODE])
    nanchuan.tell(world, by_code[nanchuan.CODE])
    moved.tell(world, by_code[moved.FROM], by_code[moved.TO])
    for county in others:
        provinces.train(_rng(county, "2017"), world, county, scale)
    plans = [_plan(world, place, scale) for place in places]
    spare = _shares(places, round(PEOPLE * scale) - len(world.people) - sum(plan.people for plan in plans))
    town = by_code.get(work.UNIVERSITY_TOWN, places[0])
    for place, plan, more in zip(places, plans, spare, strict=True):
        _live(world, place, plan, more, town, scale)
    return world


def _live(world: World, place: Place, plan: Plan, more: int, town: Place, scale: float) -> None:
    """The ordinary life of a unit, with some people more than it needs.

    Each part draws from random numbers of its own, so that what is new in one does not mix up the others.
    """
    rng = _rng(place, "people")
    people = settle(rng, world, place, plan.holders + more, plan.holders)
    courses.hold_2019(rng, world, place, people, scale)
    courses.hold_vocational(rng, world, place, people, *plan.numbers[courses.VOCATIONAL])
    courses.hold_practical(rng, world, place, people, *plan.numbers[courses.PRACTICAL])
    rng = _rng(place, "work")
    work.hire(rng, world, place, people, plan.numbers[work.URBAN], plan.numbers[work.RURAL])
    work.serve_graduates(rng, world, place, town, *plan.graduates)
    care.care_for(_rng(place, "care"), world, place, plan.care)
    rng = _rng(place, "sites")
    sites.support(rng, world, place, plan.paces[sites.BASES])
    sites.hold_sessions(rng, world, place, plan.paces[sites.SESSIONS])


def _rng(place: Place, purpose: str) -> Random:
    return Random(f"{SEED}/{place.code}/{place.name}/{purpose}")


def _plan(world: World, place: Place, scale: float) -> Plan:
    rng = _rng(place, "pace")
    paces = {code: pace(rng, place) for code in INDICATORS}
    numbers: dict[str, tuple[int, int]] = {}
    for code in INDICATORS:
        approved, pending = paces[code].of(place.target(code) * scale)
        if (place.region, code) in world.told:
            approved = pending = 0
        numbers[code] = max(0, approved - world.counted[place.region, code]), pending
    return Plan(paces, numbers, care.wanted(place, *numbers[care.CARE]))


def _shares(places: Sequence[Place], people: int) -> list[int]:
    """People beyond need by unit, by the size of its tasks (largest remainder)."""
    rest = max(0, people)
    weights = [
        20 + place.target(courses.VOCATIONAL) + place.target(courses.PRACTICAL) // 2 for place in places
    ]
    exact = [rest * weight / sum(weights) for weight in weights]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: shares[at] - exact[at])
    for at in by_remainder[: rest - sum(shares)]:
        shares[at] += 1
    return shares
