"""Made-up people of a unit: age, papers, household and status as such a register would have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.people.models import HukouKind, Scheme, StatusCategory

from .chance import day_between, pick
from .names import personal_name
from .world import Paper, Place, Someone, Spell, Stay, World, last_valid_day, years_on

END_OF_2023: Final = date(2023, 12, 31)
ONE_DAY: Final = timedelta(days=1)

CATEGORIES: Final = {"4": 55, "1": 12, "2": 10, "6": 9, "5": 8, "3": 3, "7": 3}
"""Category of disability → per cent."""
GRADES: Final = {"1": 8, "2": 22, "3": 35, "4": 35}
EDUCATION: Final = {"71": 44, "81": 30, "83": 8, "73": 5, "61": 8, "31": 3, "90": 2}
"""GB/T 4658: lower secondary and primary school are the commonest."""
PEOPLES: Final = {
    "500114": {"15": 60, "06": 14, "01": 26},
    "500240": {"15": 70, "01": 30},
    "500241": {"15": 40, "06": 15, "01": 45},
    "500242": {"15": 58, "06": 26, "01": 16},
    "500243": {"06": 45, "15": 12, "01": 43},
}
"""Code of a unit where other peoples than 汉 (01) are at home: GB/T 3304 → per cent."""

VALID, NEW, REISSUED, RENEWED, REGRADED, LAPSED, NONE = (
    "valid",
    "new",
    "reissued",
    "renewed",
    "regraded",
    "lapsed",
    "none",
)
PAPERS: Final = {VALID: 52, NEW: 12, REISSUED: 6, RENEWED: 6, REGRADED: 3, LAPSED: 11, NONE: 10}
"""How people stand with their certificates → per cent."""
HOLDERS: Final = {VALID: 66, NEW: 15, REISSUED: 8, RENEWED: 7, REGRADED: 4}
"""The same among those whose certificate is valid all through 2023."""

REPLACED: Final = "补发"
RENEWAL: Final = "期满换领"
REASSESSED: Final = "重新评定"
MOVED: Final = "户籍迁移"
VILLAGES: Final = ("新桥村", "红旗村", "向阳村", "石坝村", "大坪村", "双河村", "青龙村", "长冲村")
WATCHED: Final = (StatusCategory.UNSTABLE, StatusCategory.MARGINAL, StatusCategory.SUDDEN)
POVERTY_LINE: Final = "扶贫部门名单"
CIVIL_AFFAIRS: Final = "民政部门名单"


def settle(rng: Random, world: World, place: Place, count: int, holders: int) -> list[Someone]:
    """Make up people of a unit, of whom the first ``holders`` hold its certificate all through 2023."""
    people: list[Someone] = []
    for made in range(count):
        sex = FEMALE if rng.random() < 0.74 else MALE
        papers = pick(rng, HOLDERS if made < holders else PAPERS)
        with_whom = people[-1] if people and rng.random() < 0.15 else None
        people.append(someone(rng, world, place, sex=sex, papers=papers, with_whom=with_whom))
    return people


def someone(
    rng: Random,
    world: World,
    place: Place,
    *,
    sex: str,
    papers: str,
    township: tuple[int, str] | None = None,
    category: str | None = None,
    grade: str | None = None,
    ages: tuple[int, int] | None = None,
    with_whom: Someone | None = None,
) -> Someone:
    """One person of a unit, in a household of her own or of somebody else, taken up into the world.

    ``ages`` are the youngest and the oldest at the end of 2023; without them of any age that works.
    """
    name = personal_name(rng, sex)
    born = _born(rng, rng.randint(*ages) if ages else _age(rng, sex))
    hukou, town = township or _township(rng, place)
    home = hukou if rng.random() < 0.9 else _township(rng, place)[0]
    person = Someone(
        name=name,
        sex=sex,
        born=born,
        id_number=world.numbers.id_number(born, sex),
        phone=world.numbers.phone(),
        address=address(rng, town),
        ethnicity=pick(rng, PEOPLES.get(place.code, {"01": 98, "15": 2})),
        education=pick(rng, EDUCATION),
        hukou_kind=_hukou_kind(rng, place),
        hukou=hukou,
        home=home,
        unit=place.region,
        ties={place.region},
    )
    person.papers = issue(rng, person, papers, place.region, category or pick(rng, CATEGORIES), grade)
    person.spells = _spells(rng)
    person.stays = _joined(rng, person, with_whom) if with_whom else _founded(rng, world, person)
    return world.add(person)


def address(rng: Random, town: str) -> str:
    """Where somebody of a township lives."""
    return f"{town}{rng.choice(VILLAGES)}{rng.randint(1, 9)}组"


def issue(
    rng: Random, person: Someone, papers: str, county: int, category: str, grade: str | None = None
) -> list[Paper]:
    """Certificates of a person, the oldest first (20 characters; ``B1`` after them when issued again)."""
    if papers == NONE:
        return []
    grade = grade or pick(rng, GRADES)
    number = f"{person.id_number}{category}{grade}"
    spans = {
        NEW: (date(2020, 1, 6), date(2022, 12, 30)),
        RENEWED: (date(2010, 3, 1), date(2012, 11, 30)),
        LAPSED: (date(2010, 1, 4), date(2012, 12, 28)),
    }
    issued = day_between(rng, *spans.get(papers, (date(2014, 2, 10), date(2018, 12, 28))))
    until = last_valid_day(issued)
    if papers in {VALID, NEW, LAPSED}:
        return [Paper(number, category, grade, county, issued, until)]
    again = (
        until - timedelta(days=30)
        if papers == RENEWED
        else day_between(rng, date(2020, 3, 2), date(2022, 12, 30))
    )
    reason = {RENEWED: RENEWAL, REISSUED: REPLACED, REGRADED: REASSESSED}[papers]
    first = Paper(number, category, grade, county, issued, until, again - ONE_DAY, reason)
    if papers == REGRADED:
        grade = "2" if grade != "2" else "3"
        return [first, Paper(f"{number[:19]}{grade}", category, grade, county, again, last_valid_day(again))]
    return [first, Paper(f"{number}B1", category, grade, county, again, last_valid_day(again))]


def move(rng: Random, world: World, person: Someone, place: Place, day: date) -> None:
    """Her registration goes to another county, which issues the certificate again; her household changes."""
    old = person.papers[-1]
    person.papers[-1] = replace(old, ended_on=day - ONE_DAY, end_reason=MOVED)
    person.papers.append(
        Paper(f"{old.number[:20]}B1", old.category, old.grade, place.region, day, last_valid_day(day))
    )
    person.hukou, town = _township(rng, place)
    person.home = person.hukou
    person.address = address(rng, town)
    left = person.stays.pop()
    person.stays += [
        Stay(left.household, left.begins, day - ONE_DAY),
        Stay(world.household(person.home, day), day),
    ]
    person.ties.add(place.region)


def holders(people: Sequence[Someone], place: Place) -> list[Someone]:
    """Those for whom the unit answers all through 2023."""
    days = (date(2023, 1, 1), END_OF_2023)
    return [person for person in people if all(person.county(day) == place.region for day in days)]


def _hukou_kind(rng: Random, place: Place) -> str:
    """Mostly unified registers; who still has a kind has that of the unit's jobs (rural where it has no targets)."""
    urban, rural = place.target("urban_employment"), place.target("rural_employment") or 1
    town = round(30 * urban / (urban + rural))
    return pick(rng, {HukouKind.UNIFIED: 70, HukouKind.RURAL: 30 - town, HukouKind.URBAN: town})


def _age(rng: Random, sex: str) -> int:
    working = 54 if sex == FEMALE else 59
    drawn = rng.random()
    if drawn < 0.88:
        return min(working, int(rng.triangular(20, working + 1, 46)))
    if drawn < 0.96:
        return rng.randint(working + 1, working + 10)
    return rng.randint(17, 19)


def _born(rng: Random, age: int) -> date:
    return years_on(END_OF_2023, -age) - timedelta(days=rng.randrange(365))


def _township(rng: Random, place: Place) -> tuple[int, str]:
    return rng.choice(place.townships) if place.townships else (place.region, place.name)


def _founded(rng: Random, world: World, person: Someone) -> list[Stay]:
    """A household of her own, since a few years perhaps another one."""
    founded = day_between(rng, date(1998, 1, 1), date(2016, 12, 31))
    first = world.household(person.home, founded)
    if rng.random() >= 0.03:
        return [Stay(first, founded)]
    moved = day_between(rng, date(2017, 1, 1), date(2022, 12, 31))
    return [Stay(first, founded, moved - ONE_DAY), Stay(world.household(person.home, moved), moved)]


def _joined(rng: Random, person: Someone, other: Someone) -> list[Stay]:
    """The household of somebody else, and her address."""
    stay = other.stays[-1]
    person.home, person.address = other.home, other.address
    return [Stay(stay.household, day_between(rng, stay.begins, date(2022, 12, 31)))]


def _spells(rng: Random) -> list[Spell]:
    spells: list[Spell] = []
    drawn = rng.random()
    if drawn < 0.26:
        spells += registered(rng, rng.choice((2017, 2018, 2019, 2020)))
    elif drawn < 0.40:
        begins = day_between(rng, date(2012, 1, 1), date(2021, 12, 31)).replace(day=1)
        ended = date(2022, 12, 31) if rng.random() < 0.15 else None
        spells.append(Spell(Scheme.MINIMUM_ALLOWANCE, StatusCategory.ALLOWED, begins, ended, CIVIL_AFFAIRS))
    elif drawn < 0.42:
        begins = day_between(rng, date(2015, 1, 1), date(2021, 12, 31)).replace(day=1)
        spells.append(Spell(Scheme.SPECIAL_HARDSHIP, StatusCategory.SUPPORTED, begins, None, CIVIL_AFFAIRS))
    if rng.random() < 0.04:
        begins = day_between(rng, date(2021, 6, 1), date(2023, 6, 30))
        spells.append(Spell(Scheme.RELAPSE_WATCH, rng.choice(WATCHED), begins, None, POVERTY_LINE))
    return spells


def registered(rng: Random, lifted_in: int) -> list[Spell]:
    """建档立卡 since 2014 or 2015, lifted at the end of a year, until the register closed at the end of 2020."""
    begins, lifted = date(rng.choice((2014, 2015)), 12, 31), date(lifted_in, 12, 31)
    closed = date(2020, 12, 31)
    spells = [Spell(Scheme.REGISTERED_POOR, StatusCategory.UNLIFTED, begins, lifted - ONE_DAY, POVERTY_LINE)]
    if lifted < closed:
        spells.append(Spell(Scheme.REGISTERED_POOR, StatusCategory.LIFTED, lifted, closed, POVERTY_LINE))
    return spells
