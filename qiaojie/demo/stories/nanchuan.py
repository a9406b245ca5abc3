"""南川's care in 2023: 470 people, all of them under purchase, 150 boarding.

Two of them died in autumn: their services stopped, and they still count. One certificate was lost and issued again in
summer: a second certificate of the same person, who counts once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from ..care import CARE, DIED, Wanted, care_for, stop
from ..population import REPLACED
from ..world import Paper, Place, World, last_valid_day

CODE: Final = "500119"
PEOPLE: Final = 470
BOARDING: Final = 150
DIED_ON: Final = (date(2023, 9, 14), date(2023, 10, 8))
REISSUED_ON: Final = date(2023, 7, 11)


def tell(world: World, place: Place) -> None:
    """Put the people and their services into the world; nobody else of the unit is cared for."""
    rng = Random("nanchuan-2023")
    people = care_for(rng, world, place, Wanted(PEOPLE, 0, PEOPLE, BOARDING, plain=True))
    early = [care for care in world.cares if care.person in people and care.day < REISSUED_ON]
    at_home = [care for care in early if not care.months]
    for care, day in zip(at_home, DIED_ON, strict=False):
        stop(care, day, DIED)
    person = at_home[len(DIED_ON)].person
    old = person.papers[-1]
    person.papers = [
        replace(old, ended_on=REISSUED_ON - timedelta(days=1), end_reason=REPLACED),
        Paper(
            f"{old.number}B1", old.category, old.grade, old.county, REISSUED_ON, last_valid_day(REISSUED_ON)
        ),
    ]
    world.told.add((place.region, CARE))
