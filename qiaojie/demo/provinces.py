"""Poor disabled women of other provinces who learned a handicraft between 2017 and 2020, most of them in 吉林."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE
from qiaojie.training.models import Result

from .chance import day_between, filed, weekday
from .courses import HANDICRAFTS
from .population import LAPSED, NONE, registered, someone
from .work import weave
from .world import Attendance, Course, Place, Someone, World

ON: Final = date(2018, 9, 14)
"""Day on which 吉林's notice came; the townships are those of that day."""

JILIN: Final = {
    "220122": 30,
    "220182": 22,
    "220281": 24,
    "220283": 20,
    "220322": 26,
    "220381:公主岭市": 18,
    "220421": 24,
    "220523": 22,
    "220524": 20,
    "220622": 18,
    "220722": 26,
    "220822": 28,
    "220882": 22,
    "222406": 20,
    "222424": 24,
}
"""Key of a county of 吉林 → women. 公主岭 belonged to 四平 until 2020."""

ELSEWHERE: Final = {
    "130732": 12,
    "140223": 11,
    "152221": 12,
    "210726": 9,
    "230882": 10,
    "341225": 14,
    "350725": 8,
    "360730": 13,
    "370829": 10,
    "411722": 14,
    "422823": 12,
    "433125": 12,
    "451022": 11,
    "469030": 8,
    "511922": 13,
    "522327": 14,
    "532926": 12,
    "610925": 11,
    "621121": 14,
    "622924": 10,
    "632322": 8,
    "640422": 13,
    "653221": 12,
}
"""The same in other provinces."""

COUNTIES: Final = (*JILIN, *ELSEWHERE)


LAST_YEAR: Final = {"220381:公主岭市": 2019}
"""Until when a county that has ended since held classes."""


def people_in(key: str, scale: float) -> int:
    """How many women of a county the demo has at this scale."""
    return max(3, round((JILIN | ELSEWHERE)[key] * scale))


def train(rng: Random, world: World, place: Place, scale: float) -> None:
    """The women of a county in two classes of different years: some come to both, many find work in the craft."""
    women = [_woman(rng, world, place) for _ in range(people_in(place.code, scale))]
    half = (len(women) + 1) // 2
    early, late = women[:half], women[half:]
    first, last = (2018 if place.code in JILIN else 2017), LAST_YEAR.get(place.code, 2020)
    years = sorted(rng.sample(range(first, last + 1), 2))
    for year, new, again in zip(years, (early, late), ([], early[: half // 5]), strict=True):
        craft = rng.choice(HANDICRAFTS)
        day = weekday(day_between(rng, date(year, 4, 20), date(year, 10, 25)))
        came = [*new, *again]
        record = filed(rng, place, day)
        course = Course(
            place=place,
            title=f"{place.name}{year}年贫困残疾妇女{craft}培训班",
            kind="vocational",
            content=craft,
            begins=weekday(day - timedelta(days=rng.randint(4, 12))),
            ends=day,
            state=State.APPROVED,
            entered_at=record["entered_at"],
            approved_at=record["approved_at"],
            handicraft=True,
            cost=len(came) * 80_000,
            trainees=[_attendance(rng, person) for person in came],
        )
        world.courses.append(course)
        weave(rng, world, place, new, day, 0.6)


def _woman(rng: Random, world: World, place: Place) -> Someone:
    # A certificate of ten years ago was valid then, whatever it is today; some have none.
    papers = NONE if rng.random() < 0.05 else LAPSED
    woman = someone(rng, world, place, sex=FEMALE, papers=papers, ages=(24, 56))
    woman.spells = registered(rng, rng.choice((2018, 2019, 2020)))
    return woman


def _attendance(rng: Random, person: Someone) -> Attendance:
    return Attendance(person, Result.DROPPED if rng.random() < 0.03 else Result.COMPLETED, State.APPROVED)
