"""A made-up registry of any size: people with certificates, and facts in all ledgers that the 2023 notice counts.

Deterministic, in bulk, and of no more meaning than its proportions: facts are nine enrolments to five employments,
four care services and two of the rest; three people to ten facts; one fact in five lies in the year before.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction

from qiaojie.bases.models import Base, SupportPayment
from qiaojie.demo.names import OF_MEN, OF_WOMEN, SURNAMES
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib import dialects
from qiaojie.lib.identity import check_digit
from qiaojie.lib.pinyin import sound
from qiaojie.livelihoods.models import Employment, GraduateService, Proof, Settlement, WorkForm
from qiaojie.people.identification import id_hash
from qiaojie.people.models import Certificate, Person, Sex, Tie
from qiaojie.support.models import CareForm, CareService
from qiaojie.training.models import Enrolment, Result, TrainingClass, TrainingEvent

YEAR = 2023
CLASS_SIZE = 30
BORN_FROM, BORN_WITHIN = date(1955, 1, 1), 19_000
"""Birth dates: a first day, and how many days there are."""

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Made:
    """What ``fill`` made: keys of the persons, each of whom lives in ``counties[place % len(counties)]``."""

    counties: tuple[int, ...]
    people: list[int]
    classes: list[int]
    facts: int


def fill(facts: int, counties: Sequence[int]) -> Made:
    """Fill an empty registry with about so many facts filed by these counties, in one transaction."""
    world = _World(random.Random(facts), tuple(counties))
    with transaction.atomic():
        people = world.write_people(facts * 3 // 10)
        classes = world.write_classes(facts * 45 // 100)
        world.write_employments(facts * 25 // 100)
        world.write_care(facts * 20 // 100)
        world.write_graduates(facts * 6 // 100)
        world.write_bases(facts * 3 // 100)
        world.write_events(facts // 100)
    return Made(world.counties, people, classes, world.facts)


def tie(made: Made) -> None:
    """Let every person be known to the county she lives in, as intake does: pages show her to whom she is known."""
    lines = ((person, made.counties[place % len(made.counties)]) for place, person in enumerate(made.people))
    insert(Tie, ["person_id", "region_id"], lines)


def settle() -> None:
    """What a server does by itself a minute after many rows were written."""
    dialects.tidy()


class _World:
    """Writes one ledger after the other; ``facts`` counts the rows that indicators can count."""

    def __init__(self, dice: random.Random, counties: tuple[int, ...]) -> None:
        self.dice = dice
        self.counties = counties
        self.people: list[int] = []
        self.facts = 0
        begin = date(YEAR - 1, 1, 1)
        self.before = [begin + timedelta(days=n) for n in range(365)]
        self.within = [begin + timedelta(days=n) for n in range(365, 730)]

    def days(self, count: int) -> list[date]:
        """Four in five of the notice's year."""
        return self.dice.choices(
            self.before + self.within, [1] * len(self.before) + [4] * len(self.within), k=count
        )

    def states(self, count: int) -> list[str]:
        """Seventeen in twenty approved."""
        return self.dice.choices(
            [State.APPROVED.value, State.DRAFT.value, State.CHECKED.value, State.WITHDRAWN.value],
            [85, 8, 5, 2],
            k=count,
        )

    def of(self, options: Sequence[Any], weights: Sequence[int], count: int) -> list[Any]:
        """Independent draws."""
        return self.dice.choices([getattr(o, "value", o) for o in options], weights, k=count)

    def persons(self, count: int) -> tuple[list[int], list[int]]:
        """Persons drawn at random, and the county that files: their own in nineteen cases of twenty."""
        places = self.dice.choices(range(len(self.people)), k=count)
        strays = self.dice.choices([0] * 19 + [1], k=count)
        units = [
            self.counties[(p + stray) % len(self.counties)] for p, stray in zip(places, strays, strict=True)
        ]
        return [self.people[place] for place in places], units

    def write(self, model: type[models.Model], names: Sequence[str], rows: Rows, count: int) -> list[int]:
        """New rows; their keys."""
        keys = hand_out(model, count)
        insert(model, ["id", *names], ((key, *row) for key, row in zip(keys, rows, strict=True)))
        return keys

    def write_facts(
        self, model: type[models.Model], names: Sequence[str], columns: Sequence[Sequence[Any]]
    ) -> list[int]:
        """New facts, given column by column."""
        count = len(columns[0])
        self.facts += count
        return self.write(model, names, zip(*columns, strict=True), count)

    def write_people(self, count: int) -> list[int]:
        """Persons with their certificates: one in twenty has none, one in twenty-five moved to another county in
        the year and was issued a new one, one in thirty let hers lapse."""
        names = ("name", "name_key", "name_sound", "sex", "birth_date", "id_number", "id_hash")
        self.people = self.write(Person, names, self._people(count), count)
        certificates = list(self._certificates())
        held = ("person_id", "county_id", "issued_on", "expires_on", "ended_on")
        self.write(Certificate, held, certificates, len(certificates))
        return self.people

    def _people(self, count: int) -> Iterator[tuple[Any, ...]]:
        for place in range(count):
            name, sex, born, number = identity(place, woman=self.dice.random() < 0.6)
            yield name, name, sound(name), sex, born, number, id_hash(number)

    def _certificates(self) -> Iterator[tuple[Any, ...]]:
        issues = self.dice.choices(
            range(date(2014, 1, 1).toordinal(), date(2021, 1, 1).toordinal()), k=len(self.people)
        )
        luck = self.dice.choices(range(300), k=len(self.people))
        moves = self.dice.choices(self.within, k=len(self.people))
        for place, person in enumerate(self.people):
            if luck[place] < 15:
                continue
            county = self.counties[place % len(self.counties)]
            issued = date.fromordinal(issues[place])
            lapsed = luck[place] < 25
            expires = moves[place] if lapsed else issued.replace(year=issued.year + 10, day=1)
            moved = moves[place] if luck[place] >= 288 else None
            yield person, county, issued, expires, moved and moved - timedelta(days=1)
            if moved:
                yield person, self.counties[(place + 1) % len(self.counties)], moved, None, None

    def write_classes(self, enrolments: int) -> list[int]:
        """Classes of thirty trainees of a county, half of either kind, and who attended."""
        count = max(enrolments // CLASS_SIZE, 1)
        ends = self.days(count)
        units = [self.counties[n % len(self.counties)] for n in range(count)]
        names = (
            "filed_by_id",
            "happened_on",
            "state",
            "title",
            "kind",
            "handicraft",
            "begins",
            "ends",
            "cost",
            "has_sign_in",
        )
        columns = (
            units,
            ends,
            self.states(count),
            [f"C{n}" for n in range(count)],
            self.of(["vocational", "practical"], [1, 1], count),
            self.of([True, False], [1, 3], count),
            [end - timedelta(days=9) for end in ends],
            ends,
            [5_000_000] * count,
            self.of([True, None, False], [80, 17, 3], count),
        )
        classes = self.write(TrainingClass, names, zip(*columns, strict=True), count)
        seats = [(at, self.people[place]) for at in range(count) for place in self._sample(at)]
        total = len(seats)
        attended = ("training_class_id", "person_id", "filed_by_id", "happened_on", "state", "result")
        self.write_facts(
            Enrolment,
            attended,
            (
                [classes[at] for at, _person in seats],
                [person for _at, person in seats],
                [units[at] for at, _person in seats],
                [ends[at] for at, _person in seats],
                self.states(total),
                self.of([Result.COMPLETED, Result.DROPPED, Result.ENROLLED], [90, 7, 3], total),
            ),
        )
        return classes

    def _sample(self, at: int) -> list[int]:
        own = range(at % len(self.counties), len(self.people), len(self.counties))
        return self.dice.sample(own, min(CLASS_SIZE, len(own)))

    def write_employments(self, count: int) -> None:
        """Jobs, some with no proof, some renewed."""
        people, units = self.persons(count)
        begins = self.days(count)
        ended = self.of([None, 30, 200], [6, 2, 2], count)
        self.write_facts(
            Employment,
            ("person_id", "filed_by_id", "happened_on", "begins", "ends", "state", "form", "employer", "settlement",
             "continues", "proof"),
            (
                people,
                units,
                begins,
                begins,
                [begin + timedelta(days=n) if n else None for begin, n in zip(begins, ended, strict=True)],
                self.states(count),
                self.of(list(WorkForm), [1] * len(WorkForm), count),
                [f"E{n % 997}" for n in range(count)],
                self.of(list(Settlement), [1, 2], count),
                self.of([False, True], [9, 1], count),
                self.of([Proof.CONTRACT, Proof.INCOME, Proof.INSURANCE, Proof.NONE], [5, 3, 1, 1], count),
            ),
        )  # fmt: skip

    def write_care(self, count: int) -> None:
        """Care services, half of them purchased."""
        people, units = self.persons(count)
        begins = self.days(count)
        self.write_facts(
            CareService,
            ("person_id", "filed_by_id", "payer_id", "happened_on", "begins", "state", "form", "purchased",
             "provider", "boarding_months"),
            (
                people,
                units,
                units,
                begins,
                begins,
                self.states(count),
                self.of([CareForm.HOME, CareForm.DAY, CareForm.BOARDING], [6, 2, 2], count),
                self.of([True, False], [1, 1], count),
                [f"C{n % 97}" for n in range(count)],
                self.of([0, 1, 6], [2, 1, 1], count),
            ),
        )  # fmt: skip

    def write_graduates(self, count: int) -> None:
        """Services to graduates."""
        people, units = self.persons(count)
        self.write_facts(
            GraduateService,
            (
                "person_id",
                "filed_by_id",
                "origin_id",
                "happened_on",
                "state",
                "graduated_in",
                "verified",
                "service",
            ),
            (
                people,
                units,
                units,
                self.days(count),
                self.states(count),
                self.of([YEAR, YEAR - 1], [4, 1], count),
                self.of([True, False], [9, 1], count),
                self.of(["A", "B"], [1, 1], count),
            ),
        )

    def write_bases(self, payments: int) -> None:
        """A base to ten payments."""
        count = max(payments // 10, 1)
        units = [self.counties[n % len(self.counties)] for n in range(count)]
        columns = (
            units,
            self.days(count),
            self.states(count),
            [f"B{n}" for n in range(count)],
            self.of(["rural", "workshop"], [4, 1], count),
        )
        names = ("filed_by_id", "happened_on", "state", "name", "kind")
        bases = self.write(Base, names, zip(*columns, strict=True), count)
        places = self.dice.choices(range(count), k=payments)
        self.write_facts(
            SupportPayment,
            ("base_id", "filed_by_id", "happened_on", "state", "amount"),
            (
                [bases[place] for place in places],
                [units[place] for place in places],
                self.days(payments),
                self.states(payments),
                [1_000_000] * payments,
            ),
        )

    def write_events(self, count: int) -> None:
        """Training events, most of the kind that is counted."""
        days = self.days(count)
        self.write_facts(
            TrainingEvent,
            (
                "filed_by_id",
                "happened_on",
                "begins",
                "ends",
                "state",
                "title",
                "kind",
                "has_plan",
                "has_sign_in",
            ),
            (
                self.dice.choices(self.counties, k=count),
                days,
                days,
                days,
                self.states(count),
                [f"E{n}" for n in range(count)],
                self.of(["massage", "other"], [4, 1], count),
                self.of([True, False], [9, 1], count),
                self.of([True, False], [9, 1], count),
            ),
        )


def identity(place: int, *, woman: bool) -> tuple[str, str, date, str]:
    """Name, sex, birth date and identity number of the person at a place: a number that no office has given out, each
    once, with a true check character."""
    born = BORN_FROM + timedelta(days=place * 7_919 % BORN_WITHIN)
    first17 = f"500000{born:%Y%m%d}{place // BORN_WITHIN * 2 + (not woman):03d}"
    name = (
        SURNAMES[place % len(SURNAMES)] + OF_WOMEN[place // 7 % len(OF_WOMEN)] + OF_MEN[place % len(OF_MEN)]
    )
    sex = Sex.FEMALE.value if woman else Sex.MALE.value
    return name, sex, born, first17 + check_digit(first17)
