"""The made-up programme before it is written: people with their papers, classes with their trainees. No database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
    targets: Mapping[str, int] = field(default_factory=dict)
    """Code of an indicator of 2023 → target; 0 or missing where the unit has none."""

    def target(self, indicator: str) -> int:
        """The target of an indicator of 2023."""
        return self.targets.get(indicator, 0)

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
        return self.issued_on <= day <= self.expires_on and (self.ended_on is None or day <= self.ended_on)


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
    died_on: date | None = None
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
    has_sign_in: bool | None = True
    trainees: list[Attendance] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The day that counts."""
        return self.ends


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """Any other fact: who filed it, the day that counts, how far it has come and when."""

    place: Place
    day: date
    state: str
    entered_at: datetime
    approved_at: datetime
    """Means nothing where it is not approved."""


@dataclass(slots=True, eq=False, kw_only=True)
class Job(Record):
    """A spell of work, from ``day`` on (see livelihoods.Employment)."""

    person: Someone
    form: str
    employer: str
    settlement: str
    proof: str
    ends: date | None = None
    handicraft: bool = False
    continues: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Earning(Record):
    """What somebody earned in a month (see livelihoods.Income), in fen; ``day`` is a day of that month."""

    person: Someone
    kind: str
    amount: int


@dataclass(slots=True, eq=False, kw_only=True)
class GraduateHelp(Record):
    """A service to a graduate (see livelihoods.GraduateService); ``origin`` is the region she comes from."""

    person: Someone
    origin: int
    service: str
    outcome: str = ""
    graduated_in: int = 2023
    verified: bool = True


@dataclass(slots=True, eq=False, kw_only=True)
class Care(Record):
    """A care service, from ``day`` on (see support.CareService). Whoever files it pays."""

    person: Someone
    form: str
    provider: str
    purchased: bool = False
    months: int = 0
    """Paid months of boarding."""
    ends: date | None = None
    end_reason: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Base(Record):
    """A base (see bases.Base), in the region of whoever files it."""

    name: str
    kind: str
    industry: str
    head: str


@dataclass(slots=True, eq=False, kw_only=True)
class Payment(Record):
    """Money for a base, in fen."""

    base: Base
    amount: int
    source: str


@dataclass(slots=True, eq=False, kw_only=True)
class Help(Record):
    """Help that a base gave one woman (see bases.HelpRecord); ``day`` is its last. Money in fen."""

    base: Base
    person: Someone
    begins: date
    content: str
    product_income: int
    qualified: bool
    employed: bool


@dataclass(slots=True, eq=False, kw_only=True)
class Event(Record):
    """An event counted as one session (see training.TrainingEvent); ``day`` is its last."""

    title: str
    begins: date
    attendance: int
    has_plan: bool = True
    has_sign_in: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit says that a person whom another one counts is its own, and what came of it (see measures.Dispute)."""

    indicator: str
    person: Someone
    claimant: Place
    holder: Place
    reason: str
    at: datetime
    answer: str
    answer_reason: str = ""
    answered_at: datetime | None = None


@dataclass(slots=True)
class World:
    """Everything made up so far, in the order of writing."""

    numbers: Numbers = field(default_factory=Numbers)
    people: list[Someone] = field(default_factory=list)
    households: list[tuple[int, date]] = field(default_factory=list)
    """Region and first day of each."""
    courses: list[Course] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    graduates: list[GraduateHelp] = field(default_factory=list)
    cares: list[Care] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    helps: list[Help] = field(default_factory=list)
    earnings: list[Earning] = field(default_factory=list)
    """What is not worked out from the jobs (``work.earnings``)."""
    claims: list[Claim] = field(default_factory=list)
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Region of a unit and an indicator → people whom stories already make count for it."""
    told: set[tuple[int, str]] = field(default_factory=set)
    """Region of a unit, and what a story alone tells of it: the half-year of a handicraft class, or an indicator."""

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
