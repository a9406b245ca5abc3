"""Making up the whole programme: the stories first, then the ordinary life of every unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from . import courses
from .population import settle
from .stories import fengdu, wanzhou
from .world import Place, World

PEOPLE: Final = 8_000
"""How many people the whole demo has."""

SEED: Final = "qiaojie"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of a unit's people count and wait for each of the two training indicators of 2023."""

    vocational: tuple[int, int]
    practical: tuple[int, int]

    @property
    def holders(self) -> int:
        """How many people with a certificate of the unit it takes."""
        return sum(self.vocational) + sum(self.vocational) // 12 + 2


def make(places: Sequence[Place], scale: float = 1.0) -> World:
    """The programme, the same every time. ``scale`` makes it smaller for tests; the stories stay as they are."""
    world = World()
    by_code = {place.code: place for place in places if place.code}
    wanzhou.tell(world, by_code[wanzhou.CODE])
    fengdu.tell(world, by_code[fengdu.CODE], by_code[fengdu.FROM])
    plans = [_plan(world, place, scale) for place in places]
    counts = _shares(places, plans, max(0, round(PEOPLE * scale) - len(world.people)))
    for place, plan, count in zip(places, plans, counts, strict=True):
        # Each unit draws from random numbers of its own, so that what is new in one does not mix up the others.
        rng = _rng(place, "people")
        people = settle(rng, world, place, count, plan.holders)
        courses.hold_2019(rng, world, place, people, scale)
        courses.hold_vocational(rng, world, place, people, *plan.vocational)
        courses.hold_practical(rng, world, place, people, *plan.practical)
    return world


def _rng(place: Place, purpose: str) -> Random:
    return Random(f"{SEED}/{place.name}/{purpose}")


def _plan(world: World, place: Place, scale: float) -> Plan:
    rng = _rng(place, "pace")
    vocational = _so_many(place.vocational * scale, courses.pace(rng, place))
    if (place.region, courses.YEAR) in world.told:
        vocational = (0, 0)
    practical = _so_many(place.practical * scale, courses.pace(rng, place))
    return Plan((max(0, vocational[0] - world.counted[place.region]), vocational[1]), practical)


def _so_many(target: float, pace: courses.Pace) -> tuple[int, int]:
    return round(target * pace.approved), round(target * pace.pending)


def _shares(places: Sequence[Place], plans: Sequence[Plan], people: int) -> list[int]:
    """People by unit: first those whom its classes need, the rest by the size of its tasks (largest remainder)."""
    needed = [plan.holders for plan in plans]
    rest = max(0, people - sum(needed))
    weights = [20 + place.vocational + place.practical // 2 for place in places]
    exact = [rest * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: shares[at] - exact[at])
    for at in by_remainder[: rest - sum(shares)]:
        shares[at] += 1
    return [need + share for need, share in zip(needed, shares, strict=True)]
