"""万州 in the first half of 2019: 50 rows in the list, 49 people, 41 disabled women, 39,200 / 32,800 yuan.

One woman stands twice in the list, two identity numbers were rounded by the spreadsheet and were taken from the
certificates, one certificate had lapsed before the class ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.training.models import Result

from ..chance import BEIJING
from ..courses import HALF_YEARS
from ..population import NONE, VALID, someone
from ..world import Attendance, Course, Place, Someone, World, last_valid_day

CODE: Final = "500101"
TITLE: Final = "巾帼手工技能培训班（竹编）"
CONTENT: Final = "竹编"
BEGINS: Final = date(2019, 5, 13)
ENDS: Final = date(2019, 5, 24)
COST: Final = 3_920_000
"""Fen; 800 yuan for each of 49."""
DISABLED_WOMEN: Final = 41
"""With a certificate that is valid on the last day."""
WOMEN: Final = 46
"""Behind the disabled women, one of them with a lapsed certificate, stand four women who look after somebody."""
PEOPLE: Final = 49
"""The last three are disabled men."""
ROUNDED: Final = (10, 26)
"""Places in the list whose identity numbers the spreadsheet rounded."""
LAPSED_AT: Final = 33
LAPSED_FROM: Final = date(2009, 3, 12)
TOWNS: Final = ("龙驹镇", "分水镇", "白土镇", "长滩镇", "余家镇", "武陵镇", "新田镇", "甘宁镇")

CONFIRMED: Final = "原表身份证号失真，经核对残疾人证补正"
EXPIRED: Final = "残疾人证2019年3月已到期"


def remark(at: int) -> str:
    """What stands beside the person at this place of the list."""
    return CONFIRMED if at in ROUNDED else EXPIRED if at == LAPSED_AT else ""


def people(world: World, place: Place) -> list[Someone]:
    """The 49 in the order of the list."""
    rng = Random("wanzhou-2019")
    # These townships only, so that the same people come out wherever they are made up.
    place = replace(place, townships=tuple(place.township(name) for name in TOWNS))
    made: list[Someone] = []
    for at in range(PEOPLE):
        sex = FEMALE if at < WOMEN else MALE
        papers = NONE if DISABLED_WOMEN < at < WOMEN else VALID
        town = rng.choice(place.townships)
        made.append(someone(rng, world, place, sex=sex, papers=papers, township=town, category="4"))
    lapsed = made[LAPSED_AT]
    lapsed.papers = [replace(lapsed.papers[0], issued_on=LAPSED_FROM, expires_on=last_valid_day(LAPSED_FROM))]
    return made


def tell(world: World, place: Place) -> None:
    """Put the class and its people into the world; it stays the unit's only one of that half-year."""
    world.told.add((place.region, HALF_YEARS[0][0]))
    trainees = [
        Attendance(person, Result.COMPLETED, State.APPROVED, remark(at))
        for at, person in enumerate(people(world, place))
    ]
    world.courses.append(
        Course(
            place=place,
            title=TITLE,
            kind="vocational",
            content=CONTENT,
            begins=BEGINS,
            ends=ENDS,
            state=State.APPROVED,
            entered_at=datetime(2019, 7, 2, 10, 15, tzinfo=BEIJING),
            approved_at=datetime(2019, 7, 4, 16, 40, tzinfo=BEIJING),
            handicraft=True,
            by_women=True,
            cost=COST,
            funding="municipal",
            trainees=trainees,
        )
    )
