"""What five counties do at present: classes held, running and planned, work, money, help, care, each with its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final

from qiaojie.accounts.models import WorkLine
from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.support.models import CareForm
from qiaojie.training.models import Result

from ..chance import BEIJING, Filed
from ..names import personal_name
from ..offices import COUNTIES, OUTSIDE
from ..sites import SOURCES
from ..world import (
    Attendance,
    Base,
    Care,
    Course,
    Earning,
    Event,
    GraduateHelp,
    Help,
    Job,
    Payment,
    Place,
    Someone,
    World,
)
from .days import Calendar
from .people import pool, renew

SIZES: Final = {"wanzhou": 20, "fuling": 14, "fengdu": 16, "shizhu": 17, "nanchuan": 12}
"""First word of a county's accounts → people of a class."""

SKILLS: Final = ("竹编", "手工编织", "苗绣", "藤编", "布艺", "串珠")
FARMING: Final = "柑橘种植"
MONTHS: Final = 6
"""Months of income at most; the last of them still waits for approval."""
EARNERS: Final = 6
PLANNED: Final = 12
"""Days until the planned class begins."""
RUNNING: Final = (4, 5)
"""Days since the class that is running began, and until it ends."""
HOST, HOME = "500230", "500240"
"""Counties: a woman of the second one is helped by a base of the first, and another one moves there."""
OPERATED: Final = "shizhu"
"""The county whose base has an account of its own."""
SESSION: Final = "%s%d年第%d场“德法相伴 助盲提升”培训"
LEFT: Final = "家中有事，第二天起没有来"
TEACHING: Final = "基地跟班学艺"


@dataclass(slots=True)
class CountyWork:
    """What a county does at present, with the records that other parts of the demo come back to."""

    place: Place
    held: list[Course] = field(default_factory=list)
    """Approved classes, the oldest first: the first handed everything in in time, the second late."""
    ahead: list[Course] = field(default_factory=list)
    """The class that is running, then the one that is planned."""
    jobs: list[Job] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    guest: Someone | None = None
    """A woman whom another county counts, and whom this one says is its own."""


def make(world: World, places: Sequence[Place], calendar: Calendar) -> tuple[World, list[CountyWork]]:
    """A second world, of the present: its records are of people of the first one, whose certificates are renewed where needed."""
    now = World()
    by_code = {place.code: place for place in places}
    known = [(word, by_code[code]) for word, code in COUNTIES.items() if code in by_code]
    found = [_CountyLife(world, now, place, calendar, SIZES[word]).live(word) for word, place in known]
    _help_again(now, {work.place.code: work for work in found}, calendar)
    return now, found


def _help_again(now: World, works: Mapping[str, CountyWork], calendar: Calendar) -> None:
    """The first woman whom one county's base helped goes on to the base of another: the first one counts her."""
    if not {HOST, HOME} <= works.keys():
        return
    host, first = works[HOST], next(one for one in now.helps if one.place.code == HOME)
    first.person.ties.add(host.place.region)
    host.guest = first.person
    day = calendar.ago(0.2)
    again = _dated(host.place, calendar, day)
    base, begins = host.bases[0], day - timedelta(days=3)
    now.helps.append(
        Help(
            **again,
            person=first.person,
            base=base,
            begins=begins,
            content=TEACHING,
            product_income=90_000,
            qualified=True,
            employed=False,
        )
    )


def _dated(place: Place, calendar: Calendar, day: date, state: str = State.APPROVED) -> Filed:
    """How a record begins that was entered two days after its day and approved the day after that, though never after now."""
    entered = _moment(min(day + timedelta(days=2), calendar.back(1)), 10)
    approved = _moment(min(entered.date() + timedelta(days=1), calendar.today), 8)
    return Filed(place=place, day=day, state=state, entered_at=entered, approved_at=approved)


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=BEIJING)


class _CountyLife:
    """The life of one county, drawn from random numbers of its own."""

    def __init__(self, world: World, now: World, place: Place, calendar: Calendar, size: int) -> None:
        self.now, self.place, self.calendar, self.size = now, place, calendar, size
        self.rng = Random(f"current/{place.code}")
        people = pool(world, place, calendar.today)[: 6 * self.size]
        renew(people, calendar.on(365))
        self.people = people
        self.work = CountyWork(place)

    def live(self, word: str) -> CountyWork:
        """Everything of the county, the classes first."""
        groups = [self._some(at * self.size, self.size) for at in range(6)]
        self._classes(groups)
        self._jobs(groups[0], groups[3])
        self._incomes(groups[0])
        self._bases(word, groups[1])
        self._services(groups[4])
        self._sessions()
        return self.work

    def _some(self, start: int, count: int) -> list[Someone]:
        """So many people from a place of the pool on; it goes round where the county is small, and nobody comes twice."""
        around = [*self.people[start:], *self.people[:start]] if start < len(self.people) else self.people
        return list(islice(around, count))

    def _filed(self, day: date, state: str = State.APPROVED) -> Filed:
        return _dated(self.place, self.calendar, day, state)

    # --- training ---------------------------------------------------------------------------------------------------

    def _classes(self, groups: Sequence[Sequence[Someone]]) -> None:
        today = self.calendar
        first = self._class(
            1, today.ago(0.8), State.APPROVED, self._all(groups[0], Result.COMPLETED, State.APPROVED)
        )
        late = self._class(
            2, today.ago(0.45), State.APPROVED, self._all(groups[1], Result.COMPLETED, State.APPROVED)
        )
        first.trainees[-1:] = [Attendance(first.trainees[-1].person, Result.DROPPED, State.APPROVED, LEFT)]
        self.work.held = [first, late]
        # Held, entered, and not approved.
        self._class(3, today.back(7), State.DRAFT, self._all(groups[2], Result.COMPLETED, State.DRAFT))
        running = self._class(
            4,
            today.on(RUNNING[1]),
            State.APPROVED,
            self._all(groups[3], Result.ENROLLED, State.APPROVED),
            RUNNING[0] + RUNNING[1],
        )
        for at in range(0, len(running.trainees), 5):
            running.trainees[at] = Attendance(running.trainees[at].person, Result.ENROLLED, State.DRAFT)
        running.entered_at, running.approved_at = (
            _moment(today.back(9), 10),
            _moment(today.back(7), 9),
        )
        planned = self._class(
            5, today.on(PLANNED + 6), State.DRAFT, self._all(groups[4], Result.ENROLLED, State.DRAFT), 6
        )
        planned.has_sign_in = None
        planned.entered_at = _moment(today.back(2), 15)
        self.work.ahead = [running, planned]
        # In the villages: one class counts, of the second nobody has found the sheet, the third waits.
        for nth, ends in enumerate((today.ago(0.6), today.ago(0.3), today.back(4)), start=1):
            state = State.DRAFT if nth == 3 else State.APPROVED
            held = self._class(nth, ends, state, self._all(groups[5], Result.COMPLETED, state), 2)
            held.kind, held.content, held.handicraft = "practical", FARMING, False
            held.title = f"{self.place.name}{held.ends.year}年第{nth}期{FARMING}实用技术班"
            held.has_sign_in = nth != 2

    def _class(
        self, number: int, ends: date, state: str, trainees: list[Attendance], days: int = 4
    ) -> Course:
        skill = SKILLS[(number + self.rng.randrange(3)) % len(SKILLS)]
        filed = self._filed(min(ends, self.calendar.back(2)), state)
        made = Course(
            place=self.place,
            title=f"{self.place.name}{ends.year}年第{number}期{skill}班",
            kind="vocational",
            content=skill,
            begins=ends - timedelta(days=days),
            ends=ends,
            state=state,
            entered_at=filed["entered_at"],
            approved_at=filed["approved_at"],
            handicraft=True,
            by_women=number == 2,
            cost=len(trainees) * 90_000,
            funding="municipal" if number % 2 else "county",
            trainees=trainees,
        )
        self.now.courses.append(made)
        return made

    @staticmethod
    def _all(group: Sequence[Someone], result: str, state: str) -> list[Attendance]:
        return [Attendance(person, result, state) for person in group]

    # --- work and money ---------------------------------------------------------------------------------------------

    def _jobs(self, trained: Sequence[Someone], others: Sequence[Someone]) -> None:
        """Jobs after the first class: most count, some wait, some lack a proof or only stand on a list."""
        after = self.work.held[0].ends
        left = (self.calendar.today - after).days
        for at, person in enumerate(trained[: self.size // 2 + 2]):
            day = after + timedelta(days=2 + at * (left - 4) // self.size)
            state = State.DRAFT if at >= self.size // 2 else State.APPROVED
            self._job(person, day, state, Proof.INCOME if at % 2 else Proof.CONTRACT)
        for at, person in enumerate(others[:4]):
            self._job(
                person, self.calendar.back(9 + at), State.APPROVED, Proof.LIST if at % 2 else Proof.NONE
            )

    def _job(self, person: Someone, day: date, state: str, proof: str) -> None:
        home = proof == Proof.INCOME
        made = Job(
            **self._filed(day, state),
            person=person,
            form=WorkForm.FLEXIBLE if home else WorkForm.ASSISTED,
            employer="" if home else f"{self.place.name}美丽工坊",
            settlement=Settlement.RURAL,
            proof=proof,
            handicraft=True,
        )
        self.work.jobs.append(made)
        self.now.jobs.append(made)

    def _incomes(self, trained: Sequence[Someone]) -> None:
        months = self.calendar.months(MONTHS)
        for month in months:
            for at, person in enumerate(trained[:EARNERS]):
                state = State.DRAFT if month == months[-1] and at % 3 == 2 else State.APPROVED
                self.now.earnings.append(
                    Earning(
                        **self._of_month(month, state),
                        person=person,
                        kind="handicraft" if at < EARNERS - 1 else "wages",
                        amount=(650 + self.rng.randrange(12) * 50) * 100,
                    )
                )

    def _of_month(self, month: date, state: str) -> Filed:
        """A record of a month, entered when it was over."""
        made = self._filed((month + timedelta(days=31)).replace(day=1) - timedelta(days=1), state)
        made["day"] = month
        return made

    # --- bases ------------------------------------------------------------------------------------------------------

    def _bases(self, word: str, women: Sequence[Someone]) -> None:
        """A base that was paid and helps, and one that has entered everything and waits for the money to be approved."""
        own = OUTSIDE[WorkLine.BASE] if word == OPERATED else f"{self.place.name}巧手编织基地"
        helping = self._base(own, "base", 0.95, State.APPROVED)
        waiting = self._base(f"{self.place.name}巧手家庭工坊", "home_workshop", 0.5, State.APPROVED)
        self._pay(helping, self.calendar.ago(0.4), State.APPROVED)
        self._pay(waiting, self.calendar.back(6), State.DRAFT)
        for at, woman in enumerate([person for person in women if person.woman][:10]):
            ends = self.calendar.ago(0.5) if at < 6 else self.calendar.back(5)
            self.now.helps.append(
                Help(
                    **self._filed(ends, State.APPROVED if at < 6 else State.DRAFT),
                    person=woman,
                    base=helping,
                    begins=ends - timedelta(days=3),
                    content=TEACHING,
                    product_income=(1_200 + at * 150) * 100,
                    qualified=at != 4,
                    employed=at % 2 == 0,
                )
            )

    def _base(self, name: str, kind: str, share: float, state: str) -> Base:
        made = Base(
            **self._filed(self.calendar.ago(share), state),
            name=name,
            kind=kind,
            industry="handicraft",
            head=personal_name(self.rng, FEMALE),
        )
        self.now.bases.append(made)
        self.work.bases.append(made)
        return made

    def _pay(self, base: Base, day: date, state: str) -> None:
        self.now.payments.append(
            Payment(**self._filed(day, state), base=base, amount=5_000_000, source=SOURCES[1])
        )

    # --- services ---------------------------------------------------------------------------------------------------

    def _services(self, group: Sequence[Someone]) -> None:
        """Graduates (one not verified) and care, each with something that waits."""
        for at, person in enumerate(sorted(group, key=lambda one: one.born)[-4:]):
            day = self.calendar.ago(0.2 + at * 0.15)
            self.now.graduates.append(
                GraduateHelp(
                    **self._filed(day, State.DRAFT if at == 2 else State.APPROVED),
                    person=person,
                    origin=self.place.region,
                    service="一人一策档案" if at % 2 else "岗位推荐",
                    outcome="求职中",
                    graduated_in=self.calendar.period.begins.year,
                    verified=at != 3,
                )
            )
        for at, person in enumerate(group[:7]):
            day = self.calendar.ago(0.1 + at * 0.12)
            boards = at == 5
            self.now.cares.append(
                Care(
                    **self._filed(day, State.DRAFT if at == 0 else State.APPROVED),
                    person=person,
                    form=CareForm.BOARDING if boards else (CareForm.DAY, CareForm.HOME)[at % 2],
                    provider=f"{self.place.name}阳光家园托养中心",
                    purchased=at % 3 != 0,
                    months=1 if boards else 0,
                )
            )

    def _sessions(self) -> None:
        """One session that counts, one whose sheet is missing, one that waits, one that is planned."""
        for nth, (day, state, sheet) in enumerate(self._days(), start=1):
            self.now.events.append(
                Event(
                    **self._filed(min(day, self.calendar.back(2)), state) | {"day": day},
                    title=SESSION % (self.place.name, day.year, nth),
                    begins=day - timedelta(days=1),
                    attendance=0 if day > self.calendar.today else 24,
                    has_sign_in=sheet,
                )
            )

    def _days(self) -> Iterator[tuple[date, str, bool]]:
        yield self.calendar.ago(0.55), State.APPROVED, True
        yield self.calendar.ago(0.2), State.APPROVED, False
        yield self.calendar.back(3), State.DRAFT, True
        yield self.calendar.on(15), State.DRAFT, False
