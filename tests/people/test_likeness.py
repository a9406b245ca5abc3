"""Grading of who may be meant: declared rules, symmetrical, in any order, and certain by a number only."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.people import likeness
from qiaojie.people.likeness import Grade, Profile, Trait
from qiaojie.people.models import Person, Tie
from qiaojie.people.services import completed
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.regions.services import renumber
from tests.rounds import examples

BORN, OTHER = date(1980, 1, 1), date(1981, 1, 1)

profiles = st.builds(
    Profile,
    st.sampled_from(["李桂琴", "李桂芹", "李桂", "王梅", ""]),
    st.sampled_from(["", "0", "1", "2"]),
    st.sampled_from([None, BORN, OTHER]),
    st.sampled_from(["", "13800000001", "13900000002"]),
    st.frozensets(st.sampled_from(["沙子镇", "焦石镇"]), max_size=2),
    st.frozensets(st.sampled_from([1, 2]), max_size=2),
    st.sampled_from(["", "N1", "N2"]),
    st.frozensets(st.sampled_from(["C1", "C2"]), max_size=1),
)


@given(profiles, profiles)
def test_comparing_is_symmetrical(one: Profile, other: Profile) -> None:
    assert likeness.compare(one, other) is likeness.compare(other, one)
    assert likeness.agreement(one, other) == likeness.agreement(other, one)
    assert likeness.difference(one, other) == likeness.difference(other, one)


@given(profiles, profiles)
def test_never_certain_without_a_number_or_a_certificate(one: Profile, other: Profile) -> None:
    if likeness.compare(one, other) is Grade.CERTAIN:
        assert likeness.agreement(one, other) & {Trait.NUMBER, Trait.CERTIFICATE}


@given(profiles, profiles)
def test_two_numbers_are_two_people(one: Profile, other: Profile) -> None:
    if one.number and other.number and one.number != other.number:
        assert likeness.compare(one, other) is Grade.NONE


@settings(max_examples=examples(40))
@given(profiles, st.lists(profiles, max_size=5), st.randoms(use_true_random=False))
def test_a_grade_does_not_hang_on_the_order(
    said: Profile, others: list[Profile], chance: random.Random
) -> None:
    numbered = list(enumerate(others))
    first = likeness.grade(said, dict(numbered))
    chance.shuffle(numbered)
    assert likeness.grade(said, dict(numbered)) == first
    assert (first.grade is Grade.NONE) == (not first.alike)
    assert (first.grade is Grade.SEVERAL) == (len(first.alike) > 1)


@pytest.mark.parametrize(
    ("one", "other", "grade"),
    [
        ({"birth": BORN}, {"birth": BORN}, Grade.LIKELY),
        ({"phone": "1"}, {"phone": "1", "birth": BORN}, Grade.LIKELY),
        ({"phone": "1", "birth": OTHER}, {"phone": "1", "birth": BORN}, Grade.LIKELY),
        ({"phone": "1"}, {"phone": "2"}, Grade.NONE),
        ({"townships": frozenset({"沙子镇"})}, {"townships": frozenset({"沙子镇"})}, Grade.LIKELY),
        (
            {"townships": frozenset({"沙子镇"}), "birth": BORN},
            {"townships": frozenset({"沙子镇"}), "birth": OTHER},
            Grade.NONE,
        ),
        ({"birth": BORN, "sex": "1"}, {"birth": BORN, "sex": "2"}, Grade.NONE),
        ({"counties": frozenset({1})}, {"counties": frozenset({1})}, Grade.LIKELY),
        ({"counties": frozenset({1})}, {"counties": frozenset({2})}, Grade.NONE),
        ({"name": "李桂芹", "phone": "1"}, {"phone": "1"}, Grade.LIKELY),
        ({"name": "李桂芹", "birth": BORN}, {"birth": BORN}, Grade.NONE),
        ({"name": "王桂芹", "phone": "1"}, {"phone": "1"}, Grade.NONE),
        ({"certificates": frozenset({"C"})}, {"name": "王梅", "certificates": frozenset({"C"})}, Grade.CERTAIN),
        ({"number": "N"}, {"number": "N"}, Grade.CERTAIN),
    ],
)  # fmt: skip
def test_rules(one: dict[str, object], other: dict[str, object], grade: Grade) -> None:
    made = [Profile(**{"name": "李桂琴", **given}) for given in (one, other)]  # type: ignore[arg-type]
    assert likeness.compare(*made) is grade


@pytest.fixture
def counties(db: None) -> list[Region]:
    nation = Region.objects.create(
        key="n", code="", name="国", short_name="国", level=0, kind=RegionKind.NATION
    )
    made = [
        Region.objects.create(
            key=name,
            code="",
            name=name,
            short_name=name,
            level=Level.COUNTY,
            kind=RegionKind.COUNTY,
            parent=nation,
        )
        for name in ("甲县", "乙县")
    ]
    renumber()
    return list(Region.objects.filter(pk__in=[one.pk for one in made]).order_by("key"))


def add(county: Region, **columns: object) -> int:
    person = Person.objects.create(**completed({"name": "李桂琴", **columns}))
    Tie.objects.create(person=person, region=county)
    return person.pk


def test_somebody_of_another_county_is_only_said_to_be(counties: list[Region]) -> None:
    here, there = counties
    near = add(here, address="甲县沙子镇卧龙村")
    far = add(there, birth_date=BORN)
    agency = Agency.objects.create(region=here, line=WorkLine.DPF, name="残联")
    clerk = UserViewer(User.objects.create(username="c", agency=agency, role=Role.CLERK))
    said = likeness.said({"name": "李 桂琴", "address": "沙子镇新街", "birth_date": BORN}, (), here.pk)
    found = likeness.search([said], here.pk, clerk)[0]
    assert found.grade is Grade.SEVERAL
    assert {(one.person, one.known) for one in found.alike} == {(near, True), (far, False)}
    reasons = {one.person: [str(reason) for reason in one.reasons] for one in found.alike}
    assert reasons == {near: ["同名", "同乡镇", "同区县"], far: ["同名", "同生日"]}
    # The township of another county's woman says nothing.
    Person.objects.filter(pk=far).update(birth_date=None)
    assert [one.person for one in likeness.search([said], here.pk, clerk)[0].alike] == [near]


def test_a_description_with_a_number_means_only_those_without_one(counties: list[Region]) -> None:
    here = counties[0]
    add(here, birth_date=BORN, id_number="500000198001010029")
    bare = add(here, birth_date=BORN)
    said = likeness.said(
        {"name": "李桂琴", "birth_date": BORN, "id_number": "50000019800101004X"}, (), here.pk
    )
    found = likeness.search([said], here.pk, SystemViewer())[0]
    assert [one.person for one in found.alike] == [bare]
    assert likeness.names_without_number() == {"李桂琴"}


def test_records_that_may_be_of_one_woman(counties: list[Region]) -> None:
    here, there = counties
    one = add(here, phone="13800000001", id_number="500000198001010029")
    other = add(here, name="李桂芹", phone="13800000001")
    add(there, phone="13800000001")
    agency = Agency.objects.create(region=here, line=WorkLine.DPF, name="残联")
    clerk = UserViewer(User.objects.create(username="c", agency=agency, role=Role.CLERK))
    assert [alike.person for alike in likeness.suspects(one, clerk).alike] == [other]
    assert [alike.person for alike in likeness.suspects(other, clerk).alike] == [one]


def test_who_is_like_her_is_sought_by_indexes_however_wide_the_area(counties: list[Region]) -> None:
    """Of a whole nation nobody is read but namesakes, and those with her telephone or day of birth."""
    here, there = counties
    one = add(here, phone="13800000001", birth_date=BORN)
    namesake, phone = add(here), add(there, name="李桂芹", phone="13800000001")
    born = add(there, birth_date=BORN)
    add(there)
    add(here, name="王梅")
    nation = Agency.objects.create(region=here.parent, line=WorkLine.DPF, name="国残联")
    reader = UserViewer(User.objects.create(username="n", agency=nation, role=Role.CLERK))
    with CaptureQueriesContext(connection) as caught:
        found = likeness.suspects(one, reader)
    assert {alike.person for alike in found.alike} == {namesake, phone, born}
    (asked,) = [
        query["sql"] for query in caught if '"phone_hash"' in query["sql"] and "UNION" in query["sql"]
    ]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            plan = [str(line[-1]) for line in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN people_person")], plan


def test_searching_does_not_ask_per_row(counties: list[Region]) -> None:
    here = counties[0]
    for number in range(40):
        add(here, name=f"王{number}", phone=f"138000000{number:02d}")

    def statements(rows: int) -> int:
        wanted = [
            likeness.said({"name": f"王{n}", "phone": f"138000000{n:02d}"}, (), here.pk) for n in range(rows)
        ]
        with CaptureQueriesContext(connection) as caught:
            found = likeness.search(wanted, here.pk, SystemViewer())
        assert all(one.grade is Grade.LIKELY for one in found)
        return len(caught)

    assert statements(40) == statements(2) <= 8
