"""Two records that may be of one woman: found, asked about, answered once; until then both count and the number says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import rows, undoing
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.identity import check_digit
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.people import doubts, merging, services
from qiaojie.people.doubts import Why
from qiaojie.people.models import Doubt, Person, Sex, Tie
from qiaojie.regions.models import Region, Succession
from tests.web.factories import NOTICE, World, enrol

pytestmark = pytest.mark.django_db

BODY = "51230119700304002"
"""Place (涪陵市 of before 1997), day of birth, sequence."""
NUMBER = BODY + check_digit(BODY)


def number(body: str) -> str:
    return body + check_digit(body)


def register(*people: dict[str, Any]) -> list[int]:
    """Register persons as intake does: one change, told to whoever follows rows."""
    with permitted(SystemViewer(), Action.ENTER, "test") as change:
        batch = change.begin_batch("persons", None)
        known: list[dict[str, Any]] = [
            {"name": "王秀英", "sex": Sex.FEMALE, "birth_date": date(1970, 3, 4), **one} for one in people
        ]
        keys = services.register(known, actor="test", batch=batch)
        change.touch({Person._meta.label: keys})
    return keys


def found() -> dict[tuple[int, int], set[str]]:
    return {(one.one, one.other): set(one.why.split()) for one in Doubt.objects.all()}


@pytest.fixture
def former(world: World) -> None:
    """512301 became 500102 in the end."""
    old = Region.objects.create(
        key="512301:涪陵市", code="512301", name="涪陵市", short_name="涪陵市", level=3, kind="county", ends=date(1996, 1, 1)
    )  # fmt: skip
    between = Region.objects.create(
        key="510802:枳城区", code="510802", name="枳城区", short_name="枳城区", level=3, kind="county", ends=date(1997, 1, 1)
    )  # fmt: skip
    fuling = world.regions["涪陵区"]
    Region.objects.filter(pk=fuling.pk).update(code="500102")
    Succession.objects.create(before=old, after=between, kind="renamed")
    Succession.objects.create(before=between, after=fuling, kind="became")


PAIRS = {
    "15 digits": ({"id_number": f"{BODY[:6]}{BODY[8:]}"}, {"id_number": NUMBER}, {Why.FIFTEEN}),
    "a prefix of before 1997": (
        {"id_number": NUMBER}, {"id_number": number("500102" + BODY[6:]), "name": "王秀"}, {Why.PREFIX}
    ),
    "15 digits and the prefix": (
        {"id_number": f"{BODY[:6]}{BODY[8:]}"}, {"id_number": number("500102" + BODY[6:]), "name": "王秀"}, {Why.PREFIX}
    ),
    "a digit of the place": ({"id_number": NUMBER}, {"id_number": number("51330" + BODY[5:])}, {Why.DIGIT}),
    "a digit of the year": (
        {"id_number": NUMBER}, {"id_number": number(BODY[:9] + "1" + BODY[10:]), "birth_date": date(1971, 3, 4)}, {Why.DIGIT}
    ),
    "a digit of the month": (
        {"id_number": NUMBER}, {"id_number": number(BODY[:11] + "4" + BODY[12:]), "birth_date": date(1970, 4, 4)}, {Why.DIGIT}
    ),
    "a digit of the sequence": ({"id_number": NUMBER}, {"id_number": number(BODY[:16] + "4")}, {Why.DIGIT}),
    "neighbours changed places": (
        {"id_number": NUMBER}, {"id_number": number(BODY[:4] + "10" + BODY[6:])}, {Why.DIGIT}
    ),
    "neighbours of two parts": (
        {"id_number": number("51230219700304002")},
        {"id_number": number("51230129700304002"), "birth_date": None},
        {Why.DIGIT},
    ),
    "neighbours in the middle": (
        {"id_number": number("51230119710304002")},
        {"id_number": number("51230119701304002"), "birth_date": None},
        {Why.DIGIT},
    ),
    "a telephone": ({"phone": "13800000001"}, {"phone": "13800000001", "id_number": NUMBER}, {Why.PHONE}),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_what_may_be_one_woman(former: None, case: str) -> None:
    first, second, why = PAIRS[case]
    one, other = register(first, second)
    assert found() == {(one, other): {str(word) for word in why}}


APART = {
    "two digits": ({"id_number": NUMBER}, {"id_number": number("53330" + BODY[5:])}),
    "a digit, and another name": ({"id_number": NUMBER}, {"id_number": number(BODY[:16] + "4"), "name": "李秀英"}),
    "another place of today": ({"id_number": NUMBER}, {"id_number": number("500235" + BODY[6:]), "name": "王秀"}),
    "another day of birth": ({"phone": "13800000001"}, {"phone": "13800000001", "birth_date": date(1970, 3, 5)}),
    "another sex": ({"phone": "13800000001"}, {"phone": "13800000001", "sex": Sex.MALE}),
    "no day of birth": (
        {"phone": "13800000001", "birth_date": None}, {"phone": "13800000001", "birth_date": None}
    ),
    "nothing else": ({}, {"id_number": NUMBER}),
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_what_is_no_doubt(former: None, case: str) -> None:
    register(*APART[case])
    assert not found()


LIKELY = {
    "a name that sounds alike": ({"id_number": NUMBER}, {"name": "王秀瑛"}, "+sound +birth"),
    "a character": ({"id_number": NUMBER}, {"name": "王秀兰"}, "+almost +birth"),
    "a digit of the day": ({"phone": "13800000001"}, {"phone": "13800000001", "birth_date": date(1970, 3, 5)},
                           "+name +birth_digit +phone"),
    "day and month": ({"id_number": NUMBER}, {"birth_date": date(1970, 4, 3)}, "+name +birth_swapped"),
    "no day of birth": ({"id_number": NUMBER, "phone": "13800000001"}, {"phone": "13800000001", "birth_date": None},
                        "+name +phone"),
}  # fmt: skip
UNLIKELY = {
    "two numbers": ({"id_number": NUMBER}, {"id_number": number("530102" + BODY[6:]), "name": "王秀瑛"}),
    "another sex": ({"phone": "13800000001"}, {"phone": "13800000001", "sex": Sex.MALE, "birth_date": None}),
    "sisters": (
        {"phone": "13800000001", "id_number": NUMBER},
        {"phone": "13800000001", "name": "王秀兰", "birth_date": date(1975, 9, 20)},
    ),
    "a family name and a day": ({"id_number": NUMBER}, {"name": "王芳"}),
}  # fmt: skip


@pytest.mark.parametrize("case", [*LIKELY, *UNLIKELY])
def test_what_is_likely_one_woman_of_a_county_by_all_that_is_said(world: World, case: str) -> None:
    here, there = world.regions["涪陵区"], world.regions["万州区"]
    first, second, *why = {**LIKELY, **UNLIKELY}[case]
    made = register(first, second)
    for county in (there, here):
        Tie.objects.update_or_create(person_id=made[0], defaults={"region": here})
        Tie.objects.update_or_create(person_id=made[1], defaults={"region": county})
        with transaction.atomic():
            doubts.look(made[1:])
        assert not found() or county == here, "of two counties nobody is asked by likeness"
    assert found() == ({(made[0], made[1]): {Why.LIKELY, *why[0].split()}} if why else {})
    if why:
        told = [str(reason) for reason in doubts.reasons(Doubt.objects.get())]
        assert told[0] == "综合来看很可能是同一人" and len(told) == 1 + len(why[0].split())


def test_one_township_is_enough_and_one_county_is_not(world: World) -> None:
    town, county = world.regions["甲0街道"].pk, world.regions["涪陵区"].pk
    one, other, _third = register({"home_id": town}, {"hukou_id": town}, {"hukou_id": county})
    register({"hukou_id": county})
    assert found() == {(one, other): {Why.TOWN}}


def test_they_are_found_when_somebody_changes_and_forgotten_when_that_was_it(world: World) -> None:
    one, other = register({"id_number": NUMBER, "phone": "13800000001"}, {"phone": "13800000002"})
    assert not found()

    def phone(value: str) -> None:
        with permitted(SystemViewer(), Action.ENTER, "test") as change:
            rows.update(Person, [(other, services.completed({"phone": value}))])
            change.touch({Person._meta.label: [other]})

    phone("13800000001")
    assert found() == {(one, other): {Why.PHONE}}
    phone("13800000003")
    assert not found()


def test_a_batch_with_a_doubt_about_it_can_be_taken_back(world: World) -> None:
    register({"id_number": NUMBER})
    register({"id_number": number(BODY[:16] + "4")})
    assert len(found()) == 1
    undoing.undo(Batch.objects.latest("pk").pk, SystemViewer(), "弄错了")
    assert not found()


def test_statements_do_not_grow_with_the_persons(world: World) -> None:
    def of(first: int, count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            keys = register(
                *({"name": f"甲{n}", "phone": f"138{n:08d}"} for n in range(first, first + count))
            )
            doubts.look(keys)
        return len(asked)

    of(0, 5)
    assert of(10, 5) == of(100, 400)


@pytest.fixture
def pair(world: World) -> tuple[Person, Person]:
    """Two women of 涪陵区 in doubt, both counted for vocational training, as one of 万州区 and one here are not."""
    one, other = world.people["here"][1], world.people["here"][2]
    Doubt.objects.create(one=min(one.pk, other.pk), other=max(one.pk, other.pk), why="phone")
    return one, other


def asked(world: World) -> dict[str, int]:
    """How many are in doubt of those whom vocational training counts, by unit; and of all."""
    found = measures.measure(notices.notice(NOTICE), date(2023, 12, 31), SystemViewer())
    values = {unit.name: unit.values["vocational_training"].doubtful for unit in found.units}
    return {**{name: n for name, n in values.items() if n}, "": found.total["vocational_training"].doubtful}


def approved(world: World) -> int | None:
    found = measures.measure(notices.notice(NOTICE), date(2023, 12, 31), SystemViewer())
    return found.total["vocational_training"].approved


def test_both_count_and_the_number_says_so(world: World, pair: tuple[Person, Person]) -> None:
    before = approved(world)
    assert asked(world) == {"涪陵区": 2, "": 2}
    open_ = doubts.open_pairs().get()
    doubts.answer(open_.pk, UserViewer(world.users["approver"]), same=True, reason="同一个人")
    assert asked(world) == {"": 0}
    assert approved(world) == (before or 0) - 1
    gone = Person.objects.get(canonical__isnull=False)
    merging.unmerge(gone.pk, UserViewer(world.users["approver"]))
    assert approved(world) == before
    assert asked(world) == {"涪陵区": 2, "": 2}, "parted again, it is asked again"


def test_one_of_another_unit_makes_one_of_here_doubtful(world: World) -> None:
    here, there = world.people["here"][1], world.people["there"][1]
    Doubt.objects.create(one=min(here.pk, there.pk), other=max(here.pk, there.pk), why="phone")
    assert asked(world) == {"涪陵区": 1, "万州区": 1, "": 2}


def test_somebody_who_does_not_count_makes_nobody_doubtful(world: World) -> None:
    counted, idle = world.people["here"][1], world.people["here"][29]
    Doubt.objects.create(one=min(counted.pk, idle.pk), other=max(counted.pk, idle.pk), why="phone")
    assert asked(world) == {"": 0}
    enrol(world.classes["weaving"], [idle], "draft")
    assert asked(world) == {"": 0}, "what waits for approval does not count"


def test_different_is_never_asked_again(world: World) -> None:
    one, other = register({"phone": "13800000001"}, {"phone": "13800000001", "id_number": NUMBER})
    for key in (one, other):
        Tie.objects.create(person_id=key, region=world.regions["涪陵区"])
    viewer = UserViewer(world.users["approver"])
    doubts.answer(doubts.open_pairs().get().pk, viewer, same=False, reason="两个人，见了面")
    with transaction.atomic():
        assert doubts.look([one, other]) == 0
    assert not doubts.open_pairs().exists()
    held = Doubt.objects.get()
    assert (held.answer, held.answered_by, held.reason) == ("different", "approver", "两个人，见了面")
    with pytest.raises(Unusable) as told:
        doubts.answer(held.pk, viewer, same=True, reason="又是一个人")
    assert told.value.code == "doubt_closed"


def test_whoever_knows_one_side_sees_it_and_whoever_knows_both_answers(world: World) -> None:
    here, there = world.people["here"][1], world.people["there"][1]
    made = Doubt.objects.create(one=min(here.pk, there.pk), other=max(here.pk, there.pk), why="phone")

    def sees(who: str) -> int:
        return doubts.number(UserViewer(world.users[who]))

    assert [sees(who) for who in ("clerk", "other", "city", "base")] == [1, 1, 1, 0]
    for who in ("clerk", "approver", "other", "reader", "base"):
        for same in (True, False):
            with pytest.raises(Refused):
                doubts.answer(made.pk, UserViewer(world.users[who]), same=same, reason="核实")
    doubts.answer(made.pk, UserViewer(world.users["city"]), same=False, reason="核实")
    assert sees("clerk") == 0


def test_a_record_found_to_be_another_s_hands_its_doubt_on(world: World, pair: tuple[Person, Person]) -> None:
    one, other = pair
    kept = world.people["here"][3]
    merging.merge(one.pk, kept.pk, UserViewer(world.users["approver"]), "同一个人")
    (open_,) = doubts.open_pairs()
    assert {open_.a, open_.b} == {kept.pk, other.pk}
    assert asked(world) == {"涪陵区": 2, "": 2}


def test_an_answer_wants_a_reason(world: World, pair: tuple[Person, Person]) -> None:
    with pytest.raises(Unusable) as told:
        doubts.answer(
            doubts.open_pairs().get().pk, UserViewer(world.users["approver"]), same=False, reason=" "
        )
    assert told.value.code == "reason_missing"


def test_what_a_version_before_registered_is_looked_at_once(world: World, former: None) -> None:
    """Rows of a version that had no hashes of parts: ``prepare`` makes them, and finds what they tell."""
    keys = register(
        {"id_number": NUMBER}, {"id_number": number("500102" + BODY[6:])}, {"phone": "13800000009"}, {"phone": "13800000009"}
    )  # fmt: skip
    Person.objects.filter(pk__in=keys).update(id_core=None, id_begin=None, id_end=None)
    Doubt.objects.all().delete()
    assert doubts.catch_up() >= 2
    pairs = found()
    assert pairs[keys[0], keys[1]] == {Why.PREFIX}
    assert pairs[keys[2], keys[3]] == {Why.PHONE}
    assert not Person.objects.filter(id_hash__isnull=False, id_core__isnull=True).exists()
    Doubt.objects.all().delete()
    assert doubts.catch_up() == 0 and not found(), "it is done once"
