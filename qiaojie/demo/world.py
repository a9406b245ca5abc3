"""The made-up programme before it is written: people with their papers, classes with their trainees. No database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from qiaojie.lib.identity import FEMALE

from .numbers import Numbers


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the edition: where people live and classes are held. Regions are given by their keys in the tree.

    ``townships`` is empty where those of 2023 are not known: people then have the unit itself as their home.
    """

    region: int
    code: str
    name: str
    """As printed (石柱县)."""
    full_name: str
    townships: tuple[tuple[int, str], ...]
    practical: int
    """Target of 实用技术培训 in 2023 (人次)."""
    vocational: int
    """Target of 职业技能培训 in 2023 (人)."""

    def township(self, name: str) -> tuple[int, str]:
        """The township of that name. Raises KeyError: the tree and the demo do not belong together."""
        for township in self.townships:
            if township[1] == name:
                return township
        raise KeyError(f"{self.name}: {name}")


@dataclass(frozen=True, slots=True)
class Paper:
    """A disability certificate as issued once: number with its suffix, county, days (see people.Certificate)."""

    number: str
    category: str
    grade: str
    county: int
    issued_on: date
    expires_on: date
    ended_on: date | None = None
    end_reason: str = ""

    def valid(self, day: date) -> bool:
        """Whether it is valid on the day."""
        return self.issued_on <= day <= self.expires_on and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Spell:
    """A spell of being poor or under watch (see people.Status)."""

    scheme: str
    category: str
    begins: date
    ends: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Belonging to a household (its place in ``World.households``) from one day to another."""

    household: int
    begins: date
    ends: date | None = None


@dataclass(slots=True, eq=False)
class Someone:
    """A made-up person; ``number`` is her place in ``World.people``."""

    name: str
    sex: str
    born: date
    id_number: str
    phone: str
    address: str
    ethnicity: str
    education: str
    hukou_kind: str
    hukou: int
    home: int
    unit: int
    """Region of the unit that took her up."""
    ties: set[int]
    papers: list[Paper] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    number: int = -1

    @property
    def woman(self) -> bool:
        """Whether she is a woman."""
        return self.sex == FEMALE

    def county(self, day: date) -> int | None:
        """The county that issued the certificate valid on the day; None without a valid one."""
        return next((paper.county for paper in self.papers if paper.valid(day)), None)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One person in one class: how it ended, and how far the record has come."""

    person: Someone
    result: str
    state: str
    remark: str = ""


@dataclass(slots=True, eq=False)
class Course:
    """A training class with its trainees. Money in fen."""

    place: Place
    title: str
    kind: str
    content: str
    begins: date
    ends: date
    state: str
    entered_at: datetime
    approved_at: datetime
    """When it and its approved trainees were approved; means nothing where nothing is."""
    handicraft: bool = False
    by_women: bool = False
    """Whether the women's federation holds it (else the disabled persons' federation)."""
    cost: int | None = None
    funding: str = ""
    has_plan: bool = True
    has_sign_in: bool = True
    trainees: list[Attendance] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everything made up so far, in the order of writing."""

    numbers: Numbers = field(default_factory=Numbers)
    people: list[Someone] = field(default_factory=list)
    households: list[tuple[int, date]] = field(default_factory=list)
    """Region and first day of each."""
    courses: list[Course] = field(default_factory=list)
    counted: Counter[int] = field(default_factory=Counter)
    """Region of a unit → people whom stories already make count for it in vocational training."""
    told: set[tuple[int, str]] = field(default_factory=set)
    """Region of a unit and code of a period whose vocational training is told by a story alone."""

    def add(self, person: Someone) -> Someone:
        """Take up a person."""
        person.number = len(self.people)
        self.people.append(person)
        return person

    def household(self, region: int, begins: date) -> int:
        """Found a household; its place."""
        self.households.append((region, begins))
        return len(self.households) - 1


def years_on(day: date, years: int) -> date:
    """The same day some years later (28 February for 29 February)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def last_valid_day(issued_on: date) -> date:
    """A certificate is valid for ten years (残疾人证管理办法, 2018)."""
    return years_on(issued_on, 10) - timedelta(days=1)
