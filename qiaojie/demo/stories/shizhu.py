"""石柱 in 2020: a home workshop with three households, and a workshop that trains for housekeeping.

Of the 51 who completed the housekeeping class 26 found work within six months. One of them had worked before, so she is
neither placed anew nor among those to be placed: 25 of 50, the half that is asked for.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.training.models import Result

from ..chance import filed
from ..names import personal_name
from ..population import LAPSED, NONE, registered, someone
from ..world import Attendance, Base, Course, Job, Place, Someone, World

CODE: Final = "500240"

HOME_WORKSHOP: Final = "石柱土家织锦家庭工坊"
FOUNDED: Final = date(2020, 3, 10)
HOUSEHOLDS: Final = 3
TOWN: Final = "中益乡"
WOVE_FROM: Final = date(2020, 4, 7)

HOUSEKEEPING: Final = "石柱巾帼家政服务扶贫车间"
TITLE: Final = "石柱2020年巾帼家政服务培训班"
ENDS: Final = date(2020, 3, 27)
COMPLETERS: Final = 51
PLACED: Final = 26
DEADLINE: Final = date(2020, 9, 27)
"""Six months after the class."""
BEFORE: Final = "重庆恒洁保洁服务部"
WORKED_UNTIL: Final = date(2020, 2, 28)


def tell(world: World, place: Place) -> None:
    """Put the bases, the class, the women and their work into the world."""
    rng = Random("shizhu-2020")
    _base(rng, world, place, HOME_WORKSHOP, "home_workshop", "handicraft")
    _base(rng, world, place, HOUSEKEEPING, "workshop", "housekeeping")
    town = place.township(TOWN)
    for _ in range(HOUSEHOLDS):
        woman = someone(rng, world, place, sex=FEMALE, papers=LAPSED, township=town, ages=(35, 50))
        woman.spells = registered(rng, 2020)
        world.jobs.append(_job(rng, place, woman, HOME_WORKSHOP, WOVE_FROM, handicraft=True))
    women = [_trainee(rng, world, place) for _ in range(COMPLETERS)]
    _class(rng, world, place, women)
    span = (DEADLINE - ENDS).days
    for nth, woman in enumerate(women[:PLACED], start=1):
        day = ENDS + timedelta(days=span * nth // PLACED)
        world.jobs.append(_job(rng, place, woman, HOUSEKEEPING, day))
    before = _job(rng, place, women[PLACED - 1], BEFORE, date(2018, 6, 1))
    before.ends = WORKED_UNTIL
    world.jobs.append(before)


def _base(rng: Random, world: World, place: Place, name: str, kind: str, industry: str) -> None:
    head = personal_name(rng, FEMALE)
    world.bases.append(Base(**filed(rng, place, FOUNDED), name=name, kind=kind, industry=industry, head=head))


def _trainee(rng: Random, world: World, place: Place) -> Someone:
    """Poor women, disabled or not."""
    papers = LAPSED if rng.random() < 0.4 else NONE
    woman = someone(rng, world, place, sex=FEMALE, papers=papers, ages=(28, 53))
    woman.spells = registered(rng, rng.choice((2018, 2019, 2020)))
    return woman


def _class(rng: Random, world: World, place: Place, women: list[Someone]) -> None:
    record = filed(rng, place, ENDS)
    world.courses.append(
        Course(
            place=place,
            title=TITLE,
            kind="vocational",
            content="家政服务",
            begins=ENDS - timedelta(days=11),
            ends=ENDS,
            state=State.APPROVED,
            entered_at=record["entered_at"],
            approved_at=record["approved_at"],
            by_women=True,
            cost=len(women) * 60_000,
            trainees=[Attendance(woman, Result.COMPLETED, State.APPROVED) for woman in women],
        )
    )


def _job(
    rng: Random, place: Place, woman: Someone, employer: str, begins: date, *, handicraft: bool = False
) -> Job:
    return Job(
        **filed(rng, place, begins),
        person=woman,
        form=WorkForm.FLEXIBLE,
        employer=employer,
        settlement=Settlement.RURAL,
        proof=Proof.INCOME if handicraft else Proof.CONTRACT,
        handicraft=handicraft,
    )
