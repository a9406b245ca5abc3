"""Made-up classes: how many, when, what for what money, who came and how far the records have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.training.models import Result

from .chance import LATE_AUTUMN, day_between, day_in, moment, pick, waiting, weekday
from .population import holders
from .work import weave
from .world import Attendance, Course, Place, Someone, World, years_on

HANDICRAFTS: Final = "手工编织 竹编 棕编 藤编 布艺 刺绣 苗绣 蜀绣 串珠 剪纸 布贴画 毛线钩织".split()
VOCATIONS: Final = (
    "家政服务 中式面点 美容美发 电商客服 手工编织 盲人按摩 服装缝纫 中式烹调 养老护理 刺绣 茶艺".split()
)
TECHNIQUES: Final = (
    "榨菜种植 柑橘种植 生猪养殖 土鸡养殖 蔬菜种植 辣椒种植 黄连种植 中蜂养殖 花椒种植 食用菌栽培".split()
)

FUNDS: Final = {"municipal": 55, "county": 30, "own": 15}

VOCATIONAL: Final = "vocational_training"
PRACTICAL: Final = "practical_training"
"""The two indicators of training."""

HALF_YEARS: Final = (
    ("2019H1", date(2019, 3, 15), date(2019, 6, 28)),
    ("2019H2", date(2019, 8, 19), date(2019, 11, 22)),
)
"""Code of a half-year, and between which days its classes end."""

MONTHS: Final = {3: 1, 4: 2, 5: 3, 6: 3, 7: 2, 8: 2, 9: 5, 10: 6}
"""Month in which an approved class of 2023 ends → share: most work ends in autumn."""

YOUNGEST: Final = 16


def hold_2019(rng: Random, world: World, place: Place, people: Sequence[Someone], scale: float) -> None:
    """Handicraft classes of 2019, by halves; small units hold none in some half. All approved.

    Some of the poor women go on to work in what they learned.
    """
    number = 0
    working: set[Someone] = set()
    for half, first, last in HALF_YEARS:
        wanted = place.target(VOCATIONAL) * scale / 85 * rng.uniform(0.5, 1.3)
        classes = 0 if (place.region, half) in world.told else min(3, round(wanted))
        for ends in sorted(weekday(day_between(rng, first, last)) for _ in range(classes)):
            number += 1
            pool = _grown(people, ends)
            came = rng.sample(pool, min(len(pool), rng.randint(24, 48)))
            craft = rng.choice(HANDICRAFTS)
            course = _course(
                rng,
                place,
                "vocational",
                f"2019年第{number}期{craft}班",
                craft,
                ends,
                State.APPROVED,
            )
            course.handicraft = True
            course.by_women = rng.random() < 0.5
            course.cost = rng.randrange(700, 950, 50) * 100 * len(came)
            course.trainees = [_attendance(rng, person, State.APPROVED) for person in came]
            world.courses.append(course)
            weave(rng, world, place, (person for person in came if person not in working), ends, 0.4)
            working.update(came)


def hold_vocational(
    rng: Random, world: World, place: Place, people: Sequence[Someone], approved: int, pending: int
) -> None:
    """Vocational classes of 2023 in which so many people of the unit complete, and one planned for December."""
    able = _grown(holders(people, place), date(2023, 1, 1))
    counted = rng.sample(able, min(len(able), approved + pending))
    chosen = set(counted)
    others = [person for person in people if person not in chosen]
    done = min(approved, len(counted))
    plan = _sessions(rng, done, len(counted) - done, 32)
    rest = iter(counted)
    for number, (size, day, state) in enumerate(plan, start=1):
        group = list(islice(rest, size))
        skill = rng.choice(VOCATIONS)
        course = _course(rng, place, "vocational", f"2023年第{number}期{skill}班", skill, day, state)
        course.handicraft = skill in HANDICRAFTS
        course.trainees = [Attendance(person, Result.COMPLETED, state) for person in group]
        # Who dropped out, and who came without a certificate: neither counts.
        unpapered = [person for person in others if person.county(day) is None]
        guests = rng.sample(unpapered, min(len(unpapered), rng.randint(0, 2)))
        course.trainees += [Attendance(person, Result.COMPLETED, state) for person in guests]
        left = [person for person in others if person not in guests]
        gone = rng.sample(left, min(len(left), rng.randint(0, 2)))
        course.trainees += [Attendance(person, Result.DROPPED, state) for person in gone]
        course.cost = rng.randrange(900, 1500, 50) * 100 * len(course.trainees)
        world.courses.append(course)
    if approved and others:
        _plan_december(rng, world, place, others, len(plan) + 1)


def hold_practical(
    rng: Random, world: World, place: Place, people: Sequence[Someone], approved: int, pending: int
) -> None:
    """Practical classes of 2023 with so many completions (人次); the same people come to several."""
    pool = _grown(people, date(2023, 1, 1))
    for number, (size, day, state) in enumerate(_sessions(rng, approved, pending, 45), start=1):
        skill = rng.choice(TECHNIQUES)
        came = rng.sample(pool, min(len(pool), size + rng.randint(0, 2)))
        course = _course(rng, place, "practical", f"2023年第{number}期{skill}实用技术班", skill, day, state)
        course.begins = max(course.begins, day - timedelta(days=rng.randint(1, 4)))
        # Some sheets of classes in the villages are still on their way.
        course.has_sign_in = state == State.APPROVED or rng.random() < 0.8
        course.trainees = [
            Attendance(person, Result.COMPLETED if at < size else Result.DROPPED, state)
            for at, person in enumerate(came)
        ]
        course.cost = rng.randrange(60, 130, 10) * 100 * len(came)
        world.courses.append(course)


def _plan_december(rng: Random, world: World, place: Place, others: Sequence[Someone], number: int) -> None:
    skill = rng.choice(VOCATIONS)
    day = weekday(day_between(rng, date(2023, 12, 11), date(2023, 12, 22)))
    course = _course(rng, place, "vocational", f"2023年第{number}期{skill}班", skill, day, State.DRAFT)
    # Entered when it was planned, before it began.
    course.entered_at = moment(rng, course.begins - timedelta(days=rng.randint(5, 15)))
    course.has_sign_in = False
    course.trainees = [
        Attendance(person, Result.ENROLLED, State.DRAFT)
        for person in rng.sample(others, min(len(others), rng.randint(12, 25)))
    ]
    course.cost = rng.randrange(900, 1500, 50) * 100 * len(course.trainees)
    world.courses.append(course)


def _course(rng: Random, place: Place, kind: str, title: str, content: str, ends: date, state: str) -> Course:
    """A class without trainees; its title is put behind the unit's name."""
    days = rng.randint(4, 18)
    entered = moment(rng, ends + timedelta(days=rng.randint(1, 9)))
    return Course(
        place=place,
        title=f"{place.name}{title}",
        kind=kind,
        content=content,
        begins=weekday(ends - timedelta(days=days)),
        ends=ends,
        state=state,
        entered_at=entered,
        approved_at=entered + timedelta(days=rng.randint(1, 6), hours=1),
        funding=pick(rng, FUNDS),
    )


def _attendance(rng: Random, person: Someone, state: str) -> Attendance:
    return Attendance(person, Result.DROPPED if rng.random() < 0.03 else Result.COMPLETED, state)


def _sessions(rng: Random, approved: int, pending: int, size: int) -> list[tuple[int, date, str]]:
    """Classes of about ``size`` people as (people, last day, state): the approved ones first, each part in order."""
    done = _split(approved, size)
    days = sorted(weekday(day_in(rng, MONTHS)) for _ in done)
    sessions: list[tuple[int, date, str]] = [
        (n, day, State.APPROVED) for n, day in zip(done, days, strict=True)
    ]
    late = _split(pending, size)
    days = sorted(weekday(day_between(rng, *LATE_AUTUMN)) for _ in late)
    states = [waiting(rng) for _ in late]
    return [*sessions, *zip(late, days, states, strict=True)]


def _split(total: int, size: int) -> list[int]:
    """A number of people as classes of about that size, as equal as can be."""
    groups = max(1, round(total / size)) if total else 0
    return [total // groups + (at < total % groups) for at in range(groups)]


def _grown(people: Sequence[Someone], day: date) -> list[Someone]:
    return [person for person in people if years_on(person.born, YOUNGEST) <= day]
