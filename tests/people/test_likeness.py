"""Who may be meant: named levels are weighed, symmetrical, in any order, never against agreement; certain by a number only."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.lib.crypto import reset_keyring
from qiaojie.lib.findings import Unusable
from qiaojie.people import likeness
from qiaojie.people.likeness import Commonness, Grade, Profile, Rarity, Trait, levels, weights
from qiaojie.people.likeness.traits import BIRTHS, KINDS, NAMES, PHONES
from qiaojie.people.models import Person, Tie
from qiaojie.people.services import completed
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.regions.services import renumber
from tests.rounds import examples

BORN, OTHER = date(1980, 1, 1), date(1971, 6, 15)

named = st.one_of(
    st.sampled_from(
        [
            "李桂琴",
            "李桂芹",
            "李贵琴",
            "李桂",
            "季桂琴",
            "李琴桂",
            "王梅",
            "王海",
            "倪红",
            "黎洪",
            "阿依古丽",
            "",
        ]
    ),
    st.text(st.sampled_from("李王张桂琴芹梅海英荚ab"), max_size=4),
)
days = st.one_of(
    st.sampled_from([None, BORN, OTHER, date(1980, 1, 10), date(1980, 3, 5), date(1980, 5, 3)]),
    st.dates(date(1950, 1, 1), date(2005, 1, 1)),
)
profiles = st.builds(
    Profile,
    named,
    st.sampled_from(["", "0", "1", "2"]),
    days,
    st.sampled_from(["", "13800000001", "13800000010", "13800000002", "13912345678"]),
    st.frozensets(st.sampled_from(["沙子镇", "焦石镇"]), max_size=2),
    st.frozensets(st.sampled_from([1, 2]), max_size=2),
    st.sampled_from(["", "N1", "N2"]),
    st.frozensets(st.sampled_from(["C1", "C2"]), max_size=1),
)
counted = st.builds(
    Commonness,
    st.sampled_from([0, 5_000, 100_000]),
    st.dictionaries(st.sampled_from(["李桂琴", "王梅"]), st.integers(0, 20)),
    st.dictionaries(st.sampled_from(["liguiqin", "wanmei"]), st.integers(20, 40)),
)


@given(profiles, profiles, counted)
def test_scoring_is_symmetrical(one: Profile, other: Profile, common: Commonness) -> None:
    assert likeness.score(one, other, common) == likeness.score(other, one, common)
    assert likeness.compare(one, other, common) is likeness.compare(other, one, common)


@given(profiles, profiles)
def test_never_certain_without_a_number_or_a_certificate(one: Profile, other: Profile) -> None:
    if likeness.compare(one, other) is Grade.CERTAIN:
        assert set(likeness.score(one, other).agree) & {Trait.NUMBER, Trait.CERTIFICATE}


@given(profiles, profiles)
def test_two_numbers_are_two_people(one: Profile, other: Profile) -> None:
    if one.number and other.number and one.number != other.number:
        assert likeness.compare(one, other) is Grade.NONE


@given(profiles, profiles, counted)
def test_more_agreement_never_lowers(one: Profile, other: Profile, common: Commonness) -> None:
    """Whatever of a description is made the other's own: the score does not fall, and the level is the closest."""
    before = likeness.score(one, other, common).total
    same = {"name": other.name, "birth": other.birth, "phone": other.phone, "townships": other.townships, "sex": other.sex,
            "counties": other.counties}  # fmt: skip
    for kind, value in same.items():
        if value:
            closer = likeness.score(replace(one, **{kind: value}), other, common)  # type: ignore[arg-type]
            assert closer.total >= before - 1e-9, kind


@given(profiles, profiles, counted)
def test_every_weight_is_told_and_the_sum_is_theirs(one: Profile, other: Profile, common: Commonness) -> None:
    found = likeness.score(one, other, common)
    assert len(found.weights) == len(found.agree) + len(found.differ)
    assert found.total == pytest.approx(sum(found.weights) - weights.standard().start(common.people))
    assert found.version == weights.standard().version
    for kind in KINDS:
        assert len(set(kind[:5]) & set(found.agree)) <= (2 if Trait.COUNTY in kind else 1)


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
    assert (first.grade is Grade.POSSIBLE) <= (len(first.alike) == 1)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("李桂琴", "李桂琴", Trait.NAME),
        ("李桂琴", "李贵芹", Trait.SOUND),
        ("章艳", "张燕", Trait.SOUND),
        ("黄兰", "房南", Trait.NEAR),
        ("陈静", "程进", Trait.NEAR),
        ("周春", "邹村", Trait.NEAR),
        ("李季兰", "李李兰", Trait.LOOKS),
        ("李桂琴", "李桂英", Trait.ALMOST),
        ("李桂琴", "李琴桂", Trait.ALMOST),
        ("李桂琴", "李桂", Trait.SHORT),
        ("李桂琴", "李琴", Trait.SHORT),
        ("李梅", "王梅", None),
        ("李梅", "李兰", None),
        ("李桂琴", "王桂英", None),
        ("李", "王", None),
    ],
)
def test_levels_of_names(one: str, other: str, level: Trait | None) -> None:
    assert levels.of_names(one, other) is levels.of_names(other, one) is level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-03-05", "1980-03-05", Trait.BIRTH),
        ("1980-03-05", "1980-05-03", Trait.BIRTH_SWAPPED),
        ("1980-03-05", "1980-03-15", Trait.BIRTH_DIGIT),
        ("1980-03-05", "1990-03-05", Trait.BIRTH_DIGIT),
        ("1980-03-05", "1908-03-05", Trait.BIRTH_DIGIT),
        ("1980-03-12", "1980-03-21", Trait.BIRTH_DIGIT),
        ("1980-03-05", "1980-03-28", Trait.BIRTH_MONTH),
        ("1980-03-05", "1980-07-19", Trait.BIRTH_YEAR),
        ("1980-03-05", "1974-03-05", None),
        ("1980-03-05", "1981-04-05", None),
    ],
)
def test_levels_of_days_of_birth(one: str, other: str, level: Trait | None) -> None:
    days = date.fromisoformat(one), date.fromisoformat(other)
    assert levels.of_births(*days) is levels.of_births(*reversed(days)) is level


def test_levels_of_telephones() -> None:
    said = "13800000012"
    assert [levels.of_phones(said, one) for one in (said, "13800000021", "13800000018", "13800000088")] == [
        *PHONES,
        None,
    ]


SISTER = {"phone": "1", "birth": OTHER, "townships": frozenset({"沙子镇"})}
HER = {"phone": "1", "birth": BORN, "townships": frozenset({"沙子镇"})}


@pytest.mark.parametrize(
    ("one", "other", "grade"),
    [
        ({"birth": BORN}, {"birth": BORN}, Grade.LIKELY),
        ({"phone": "1"}, {"phone": "1", "birth": BORN}, Grade.LIKELY),
        ({"phone": "1", "birth": OTHER}, {"phone": "1", "birth": BORN}, Grade.LIKELY),
        ({"phone": "1"}, {"phone": "2"}, Grade.NONE),
        ({"townships": frozenset({"沙子镇"})}, {"townships": frozenset({"沙子镇"})}, Grade.POSSIBLE),
        (
            {"townships": frozenset({"沙子镇"}), "birth": BORN},
            {"townships": frozenset({"沙子镇"}), "birth": OTHER},
            Grade.NONE,
        ),
        ({"birth": BORN, "sex": "1"}, {"birth": BORN, "sex": "2"}, Grade.POSSIBLE),
        ({"townships": frozenset({"沙子镇"}), "sex": "1"}, {"townships": frozenset({"沙子镇"}), "sex": "2"}, Grade.NONE),
        ({"counties": frozenset({1})}, {"counties": frozenset({1})}, Grade.POSSIBLE),
        ({"counties": frozenset({1})}, {"counties": frozenset({2})}, Grade.NONE),
        # Every one of these was missed by rules of whole names.
        ({"name": "李桂芹", "birth": BORN}, {"birth": BORN}, Grade.LIKELY),
        ({"name": "李桂英", "birth": BORN}, {"birth": BORN}, Grade.LIKELY),
        ({"name": "李桂", "birth": BORN}, {"birth": BORN}, Grade.LIKELY),
        ({"birth": date(1980, 1, 3), "phone": "13800000001"}, {"birth": BORN, "phone": "13800000010"}, Grade.LIKELY),
        # Families share telephones and family names.
        ({"name": "李桂芹", "phone": "1"}, {"phone": "1"}, Grade.LIKELY),
        ({"name": "李桂英", **SISTER}, HER, Grade.NONE),
        ({"name": "李桂芹", **SISTER}, HER, Grade.POSSIBLE),
        ({"name": "李芳", **SISTER}, HER, Grade.NONE),
        ({"name": "王桂芹", "phone": "1"}, {"phone": "1"}, Grade.NONE),
        ({"name": "李芳", "counties": frozenset({1})}, {"counties": frozenset({1})}, Grade.NONE),
        ({"certificates": frozenset({"C"})}, {"name": "王梅", "certificates": frozenset({"C"})}, Grade.CERTAIN),
        ({"number": "N"}, {"number": "N"}, Grade.CERTAIN),
    ],
)  # fmt: skip
def test_grades(one: dict[str, object], other: dict[str, object], grade: Grade) -> None:
    made = [Profile(**{"name": "李桂琴", **given}) for given in (one, other)]  # type: ignore[arg-type]
    assert likeness.compare(*made) is grade, likeness.score(*made)


def test_a_name_weighs_by_how_common_it_is() -> None:
    one = Profile("王秀英", townships=frozenset({"沙子镇"}), counties=frozenset({1}))
    rare, common = Commonness(30_000, {"王秀英": 1}), Commonness(30_000, {"王秀英": 90})
    assert likeness.compare(one, one, rare) is Grade.POSSIBLE
    assert likeness.compare(one, one, common) is Grade.NONE
    assert [likeness.score(one, one, held).rarity for held in (rare, common)] == [Rarity.RARE, Rarity.COMMON]


def test_the_weights_are_checked() -> None:
    text = (weights.files(weights.__package__) / "weights.toml").read_text(encoding="utf-8")
    assert weights.read(text) == weights.standard()
    assert [list(NAMES), list(BIRTHS)] == [
        [mark for mark in weights.standard().agree if mark in kind] for kind in (NAMES, BIRTHS)
    ]
    for before, after in (
        ("birth_swapped = 8.0", "birth_swapped = 15.0"),
        ("likely = 4.0", "likely = -3.0"),
        ("sound = 0.08", "sound = 0.95"),
        ("of_family = 5.0", "of_family = 14.0"),
        ("version =", "versions ="),
        ("short = 4.0", "shorter = 4.0"),
        ("[sex]", "[sex"),
        ("county = 0.0", 'county = "much"'),
    ):
        assert before in text
        with pytest.raises(Unusable):
            weights.read(text.replace(before, after))


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
    assert {(one.person, one.known) for one in found.alike} == {(near, True), (far, False)}
    reasons = {one.person: [str(reason) for reason in one.reasons] for one in found.alike}
    assert reasons == {near: ["同名", "同乡镇", "同区县"], far: ["同名", "同生日"]}
    # The township of another county's woman says nothing.
    Person.objects.filter(pk=far).update(birth_date=None)
    assert [one.person for one in likeness.search([said], here.pk, clerk)[0].alike] == [near]


def test_nothing_of_another_county_s_woman_is_told_by_guessing(counties: list[Region]) -> None:
    """Whoever types a telephone or a day that is nearly hers does not learn that it is nearly hers, nor what it weighs."""
    here, there = counties
    far = add(there, name="李桂芹", birth_date=BORN, phone="13800000001", sex="2")
    agency = Agency.objects.create(region=here, line=WorkLine.DPF, name="残联")
    clerk = UserViewer(User.objects.create(username="c", agency=agency, role=Role.CLERK))
    guesses = [
        {
            "name": "李桂琴",
            "birth_date": BORN,
            "phone": "13800000010",
            "sex": "1",
            "address": "乙县沙子镇新街",
        },
        {"name": "李桂琴", "birth_date": date(1980, 1, 10), "phone": "13800000001"},
    ]
    for columns in guesses:
        said = likeness.said(columns, (), here.pk)
        for one in likeness.search([said], here.pk, clerk)[0].alike:
            assert (one.person, one.known, one.score, one.differ) == (far, False, None, ())
            assert set(one.agree) <= {Trait.BIRTH, Trait.PHONE}
    # By name and township alone, or a day that is nearly hers, not even that she exists.
    for columns in (
        {"name": "李桂芹", "address": "乙县沙子镇新街"},
        {"name": "李桂芹", "birth_date": date(1980, 1, 10)},
        {"name": "李桂芹", "phone": "13800000010"},
    ):
        assert not likeness.search([likeness.said(columns, (), here.pk)], here.pk, clerk)[0].alike


def test_a_description_with_a_number_means_only_those_without_one(counties: list[Region]) -> None:
    here = counties[0]
    add(here, birth_date=BORN, id_number="500000198001010029")
    bare = add(here, birth_date=BORN)
    homophone = add(here, name="李桂芹", birth_date=BORN)
    said = likeness.said(
        {"name": "李桂琴", "birth_date": BORN, "id_number": "50000019800101004X"}, (), here.pk
    )
    found = likeness.search([said], here.pk, SystemViewer())[0]
    assert [one.person for one in found.alike] == [bare, homophone]
    held = likeness.numberless()
    assert held.may_be("李桂琴", None) and held.may_be("黎贵琴", None) and held.may_be("王桂", BORN)
    assert not held.may_be("王桂", OTHER) and not held.may_be("王梅", BORN)


def test_telephones_under_an_earlier_key_are_found(counties: list[Region], settings: Any) -> None:
    here = counties[0]
    old = add(here, phone="13800000001")
    settings.QIAOJIE_KEYS = [[9, base64.b64encode(b"9" * 32).decode()], *settings.QIAOJIE_KEYS]
    reset_keyring()
    try:
        said = likeness.said({"name": "李桂芹", "phone": "13800000001"}, (), here.pk)
        found = likeness.search([said], here.pk, SystemViewer())[0]
        assert [(one.person, one.likely) for one in found.alike] == [(old, True)]
    finally:
        settings.QIAOJIE_KEYS = settings.QIAOJIE_KEYS[1:]
        reset_keyring()


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
    same_day = add(here, name="李桂英", birth_date=BORN)
    nation = Agency.objects.create(region=here.parent, line=WorkLine.DPF, name="国残联")
    reader = UserViewer(User.objects.create(username="n", agency=nation, role=Role.CLERK))
    with CaptureQueriesContext(connection) as caught:
        found = likeness.suspects(one, reader)
    assert {alike.person for alike in found.alike} == {namesake, phone, born, same_day}
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
            likeness.said({"name": f"王{n}", "phone": f"138000000{n:02d}"}, (), here.pk)
            for n in range(40 - rows, 40)
        ]
        with CaptureQueriesContext(connection) as caught:
            found = likeness.search(wanted, here.pk, SystemViewer())
        assert all(one.grade is Grade.LIKELY for one in found)
        return len(caught)

    assert statements(40) == statements(2) <= 8
