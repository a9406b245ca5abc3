"""The made-up programme itself, without a database."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from qiaojie.demo import making
from qiaojie.demo.numbers import PHONES, PREFIX
from qiaojie.demo.world import Base, Job, Place, Someone, World
from qiaojie.ledgers.models import State
from qiaojie.lib.identity import check_digit, read_certificate, read_id
from qiaojie.lib.phones import read_phone

TOWNS = "龙驹镇 分水镇 白土镇 长滩镇 余家镇 武陵镇 新田镇 甘宁镇 中益乡".split()
UNITS = {
    "500101": "万州区",
    "500102": "涪陵区",
    "500103": "渝中区",
    "500119": "南川区",
    "500230": "丰都县",
    "500240": "石柱县",
    "": "两江新区",
}


TARGETS = {
    "practical_training": 120,
    "vocational_training": 90,
    "support_bases": 1,
    "urban_employment": 40,
    "rural_employment": 60,
    "graduate_services": 20,
    "care": 400,
    "care_purchased": 200,
    "care_boarding": 40,
    "massage_sessions": 1,
}
COUNTIES = {"220122": "农安县", "360730": "宁都县"}
SCALE = 0.1


def made() -> World:
    counties = [Place(900 + n, code, name, name, ()) for n, (code, name) in enumerate(COUNTIES.items())]
    return making.make(places(), counties, SCALE)


def places() -> list[Place]:
    made = []
    for at, (code, name) in enumerate(UNITS.items(), start=1):
        towns = tuple((at * 100 + n, town) for n, town in enumerate(TOWNS)) if code else ()
        made.append(Place(at, code, name, name, towns, TARGETS))
    return made


@pytest.fixture(scope="module")
def world() -> World:
    return made()


def test_it_comes_out_the_same_every_time(world: World) -> None:
    again = made()
    assert [(p.name, p.id_number, p.papers, p.spells, p.stays, p.ties) for p in world.people] == [
        (p.name, p.id_number, p.papers, p.spells, p.stays, p.ties) for p in again.people
    ]
    assert [_told(course) for course in world.courses] == [_told(course) for course in again.courses]
    for name in ("jobs", "graduates", "cares", "bases", "payments", "events"):
        assert [_filed(record) for record in getattr(world, name)] == [
            _filed(record) for record in getattr(again, name)
        ]


def _filed(record: object) -> object:
    person = getattr(record, "person", None)
    own = {
        name: value
        for name in record.__slots__
        if not isinstance(value := getattr(record, name), Someone | Base)
    }
    return record.place.name, record.day, record.state, record.entered_at, person and person.number, own


def _told(course: object) -> object:
    trainees = [(t.person.number, t.result, t.state, t.remark) for t in course.trainees]
    return replace(course, place=course.place.name, trainees=[]).__repr__(), trainees


def test_no_number_is_anybodys(world: World) -> None:
    numbers = [person.id_number for person in world.people]
    assert len(set(numbers)) == len(numbers) == 3_000
    for person in world.people:
        assert person.id_number.startswith(PREFIX) and PREFIX == "500000"
        assert check_digit(person.id_number[:17]) == person.id_number[17]
        read = read_id(person.id_number)
        assert (read.value.birth_date, read.value.sex) == (person.born, person.sex)
        assert person.phone.startswith(PHONES) and read_phone(person.phone).value == person.phone
    assert len({person.phone for person in world.people}) == 3_000


def test_certificates_follow_the_rules_of_their_numbers(world: World) -> None:
    suffixes = Counter()
    for person in world.people:
        for paper in person.papers:
            read = read_certificate(paper.number).value
            assert str(read.id_number) == person.id_number
            assert (str(read.category), str(read.grade)) == (paper.category, paper.grade)
            assert paper.issued_on < (paper.ended_on or paper.expires_on) <= paper.expires_on
            suffixes[read.suffix] += 1
        # One at a time.
        for first, second in pairwise(person.papers):
            assert first.ended_on == second.issued_on - timedelta(days=1)
    assert set(suffixes) == {"", "B1"}
    ended = [p for p in world.people if p.papers and p.county(date(2023, 6, 1)) is None]
    assert ended and any(not person.papers for person in world.people)


def test_households_change_hands_without_a_gap_and_nobody_founds_an_empty_one(world: World) -> None:
    lived_in = {stay.household for person in world.people for stay in person.stays}
    assert lived_in == set(range(len(world.households)))
    assert len(world.households) < len(world.people) * 1.05
    for person in world.people:
        for first, second in pairwise(person.stays):
            assert first.ends == second.begins - timedelta(days=1)
        assert person.stays[-1].ends is None


def test_classes_are_possible(world: World) -> None:
    keys = Counter((course.place.region, course.title, course.begins) for course in world.courses)
    assert max(keys.values()) == 1
    for course in world.courses:
        assert course.begins <= course.ends and course.ends.weekday() < 5
        people = [trainee.person.number for trainee in course.trainees]
        assert people and len(set(people)) == len(people)
        assert course.approved_at > course.entered_at


def test_plans_lie_ahead(world: World) -> None:
    ahead = [course for course in world.courses if course.ends > date(2023, 11, 30)]
    assert ahead
    for course in ahead:
        assert course.entered_at.date() < course.begins
        assert {(t.result, t.state) for t in course.trainees} == {("enrolled", State.DRAFT)}


def test_records_are_possible(world: World) -> None:
    records = [*world.jobs, *world.graduates, *world.cares, *world.bases, *world.payments, *world.events]
    for record in records:
        assert record.approved_at > record.entered_at
        assert record.state in {State.APPROVED, State.CHECKED, State.DRAFT}
        assert record.entered_at.date() > record.day or record.state == State.DRAFT
    for spell in [*world.jobs, *world.cares]:
        assert spell.ends is None or spell.ends > spell.day
        assert spell.person.died_on is None or spell.ends == spell.person.died_on
        assert spell.place.region in spell.person.ties


def test_whoever_died_has_no_certificate_any_more(world: World) -> None:
    dead = [person for person in world.people if person.died_on]
    assert len(dead) >= 2
    for person in dead:
        assert person.papers[-1].ended_on == person.died_on


def test_a_part_of_care_is_never_more_than_the_whole(world: World) -> None:
    for unit in places():
        own = [
            care for care in world.cares if care.place.region == unit.region and care.state == State.APPROVED
        ]
        people = {care.person for care in own}
        purchased = {care.person for care in own if care.purchased}
        boarding = {care.person for care in own if care.purchased and care.months}
        assert len(boarding) <= len(purchased) <= len(people)
        assert all(care.form == "boarding" for care in own if care.months)


def test_nobody_who_worked_at_the_end_of_2022_finds_a_first_job(world: World) -> None:
    spells: dict[int, list[Job]] = defaultdict(list)
    for job in world.jobs:
        spells[job.person.number].append(job)
    kept = first = 0
    for own in spells.values():
        own.sort(key=lambda job: job.day)
        before = [job for job in own if job.day.year < 2023 and (job.ends is None or job.ends.year > 2022)]
        assert len(before) <= 1
        kept += len(before)
        first += any(job.day.year == 2023 for job in own) and not before
        assert all(earlier.ends and earlier.ends < later.day for earlier, later in pairwise(own))
    assert kept and first


def test_where_townships_are_not_known_people_live_in_the_unit(world: World) -> None:
    unit = next(place for place in places() if not place.code)
    homes = {person.home for person in world.people if person.unit == unit.region}
    assert homes == {unit.region}


def test_importing_the_room_needs_no_set_up() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import qiaojie.demo, sys; sys.exit('django' in sys.modules)"], check=False
    )
    assert done.returncode == 0
