"""丰都's 141 in vocational training, 2023: 133 approved, 12 waiting of whom 石柱 already counts 5, one without a sheet.

133 + 12 − 5 = 140. The five completed a class of 石柱 in May, with certificates that 石柱 had issued, and moved in August.
The last one learned at home from a master; nothing but the sign-in sheet of her class is missing: 141.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.measures.models import Dispute
from qiaojie.training.models import Result

from ..chance import BEIJING, pick
from ..courses import VOCATIONAL
from ..population import LAPSED, VALID, move, someone
from ..world import Attendance, Claim, Course, Place, Someone, World

CODE: Final = "500230"
FROM: Final = "500240"
"""石柱, where five of the women come from."""

APPROVED: Final = (
    ("手工编织", date(2023, 4, 28), 34),
    ("家政服务", date(2023, 6, 16), 33),
    ("麻辣鸡制作", date(2023, 9, 15), 33),
    ("电商客服", date(2023, 10, 27), 33),
)
"""Skill, last day and completers of the approved classes: 133 in all."""
CRAFTS: Final = ("手工编织", "藤编", "师带徒竹编", "土家织锦")
WAITING: Final = 7
MOVED: Final = 5
IN_FROM: Final = 20
"""Others in the class of 石柱."""
MOVED_ON: Final = date(2023, 8, 15)
CLAIMED: Final = "本人户籍8月已迁入丰都，后续培训和就业服务由丰都承担"
CLAIMED_AT: Final = datetime(2023, 11, 22, 9, 40, tzinfo=BEIJING)
NO_SHEET: Final = "签到表未交"


def tell(world: World, place: Place, origin: Place) -> None:
    """Put the classes and their people into the world; nobody else of the unit has vocational training that year."""
    rng = Random("fengdu-2023")
    number = 0
    for number, (skill, ends, completers) in enumerate(APPROVED, start=1):
        group = _people(rng, world, place, completers)
        trainees = _all(group, Result.COMPLETED, State.APPROVED)
        # Two who do not count: one dropped out, one's certificate has lapsed.
        trainees += _all(_people(rng, world, place, 1), Result.DROPPED, State.APPROVED)
        trainees += _all(_people(rng, world, place, 1, LAPSED), Result.COMPLETED, State.APPROVED)
        world.courses.append(_course(place, number, skill, ends, State.APPROVED, trainees))
    moved = _people(rng, world, origin, MOVED)
    _class_of_origin(rng, world, origin, moved)
    # 丰都 says that one of them is its own; 石柱 has not answered yet.
    world.claims.append(
        Claim(
            indicator=VOCATIONAL,
            person=moved[0],
            claimant=place,
            holder=origin,
            reason=CLAIMED,
            at=CLAIMED_AT,
            answer=Dispute.Answer.OPEN,
        )
    )
    for person in moved:
        move(rng, world, person, place, MOVED_ON)
    group = [*_people(rng, world, place, WAITING), *moved]
    trainees = _all(group, Result.COMPLETED, State.CHECKED)
    world.courses.append(_course(place, number + 1, "藤编", date(2023, 11, 17), State.CHECKED, trainees))
    alone = _people(rng, world, place, 1, sex=FEMALE)
    trainees = [Attendance(alone[0], Result.COMPLETED, State.APPROVED, NO_SHEET)]
    sheetless = _course(place, number + 2, "师带徒竹编", date(2023, 11, 10), State.APPROVED, trainees)
    sheetless.has_sign_in = False
    world.courses.append(sheetless)
    world.told.add((place.region, VOCATIONAL))
    world.counted[origin.region, VOCATIONAL] += MOVED + IN_FROM


def _class_of_origin(rng: Random, world: World, origin: Place, moved: Sequence[Someone]) -> None:
    group = [*moved, *_people(rng, world, origin, IN_FROM)]
    trainees = _all(group, Result.COMPLETED, State.APPROVED)
    # Numbered apart from the unit's other classes: the township holds it.
    world.courses.append(_course(origin, 0, "土家织锦", date(2023, 5, 26), State.APPROVED, trainees))


def _people(
    rng: Random, world: World, place: Place, count: int, papers: str = VALID, sex: str | None = None
) -> list[Someone]:
    sexes = {FEMALE: 8, MALE: 2}
    return [
        someone(rng, world, place, sex=sex or pick(rng, sexes), papers=papers, category="4")
        for _ in range(count)
    ]


def _all(group: Sequence[Someone], result: str, state: str) -> list[Attendance]:
    return [Attendance(person, result, state) for person in group]


def _course(
    place: Place, number: int, skill: str, ends: date, state: str, trainees: list[Attendance]
) -> Course:
    nth = f"第{number}期" if number else ""
    entered = datetime(ends.year, ends.month, ends.day, 10, 30, tzinfo=BEIJING) + timedelta(days=3)
    return Course(
        place=place,
        title=f"{place.name}2023年{nth}{skill}班",
        kind="vocational",
        content=skill,
        begins=ends - timedelta(days=11),
        ends=ends,
        state=state,
        entered_at=entered,
        approved_at=entered + timedelta(days=2),
        handicraft=skill in CRAFTS,
        cost=len(trainees) * 120_000,
        funding="municipal",
        trainees=trainees,
    )
