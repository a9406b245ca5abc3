"""迁出迁入: what happened before the move counts where she was, what comes after where she lives; both sides' approvers act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.people import relocation_lists, relocations
from qiaojie.people.models import Certificate, Person, Relocation, RelocationList, Tie
from tests.web.factories import NOTICE, World, enrol, training_class

pytestmark = pytest.mark.django_db

DAY = date(2023, 7, 10)
"""The last day in the old county: the class of June lies before it."""


def viewer(world: World, name: str) -> UserViewer:
    return UserViewer(world.users[name])


def offer(world: World, women: list[Person], day: date = DAY, who: str = "approver") -> RelocationList:
    fuling, wanzhou = world.regions["涪陵区"], world.regions["万州区"]
    return relocations.offer([one.pk for one in women], fuling, wanzhou, day, viewer(world, who), "嫁到万州")


def accept(world: World, made: RelocationList, women: list[Person], who: str = "other") -> Batch:
    places = {one.pk: world.regions["万州区"].pk for one in women}
    return relocations.accept(made.pk, places, viewer(world, who), "派出所证明")


def counted(
    world: World, indicator: str = "vocational_training", on: date = date(2023, 12, 31)
) -> dict[str, int | None]:
    """The approved figure of both counties."""
    found = measures.measure(notices.notice(NOTICE), on, SystemViewer())
    values = {unit.name: unit.values[indicator].approved for unit in found.units}
    return {name: values[name] for name in ("涪陵区", "万州区")}


@pytest.fixture
def idle(world: World) -> list[Person]:
    """Two women of 涪陵区 who have not done anything yet."""
    return world.people["here"][27:29]


def test_before_counts_where_she_was_and_after_where_she_lives(world: World, idle: list[Person]) -> None:
    before_class, after_class = (
        training_class(world.regions[place], title, begins=ends - timedelta(days=9), ends=ends)
        for place, title, ends in (
            ("涪陵区", "七月班", date(2023, 7, 9)),
            ("万州区", "九月班", date(2023, 9, 20)),
        )
    )
    stays, goes = idle
    trained = world.people["here"][0]
    was = counted(world)
    enrol(before_class, [stays])
    enrol(after_class, [goes])
    recount(notices.notice(NOTICE), force=True)
    assert counted(world) == {"涪陵区": (was["涪陵区"] or 0) + 2, "万州区": was["万州区"]}, (
        "both certificates are of 涪陵区"
    )
    moved = [stays, goes, trained]
    accept(world, offer(world, moved), moved)
    now = {"涪陵区": (was["涪陵区"] or 0) + 1, "万州区": (was["万州区"] or 0) + 1}
    assert counted(world) == now
    recount(notices.notice(NOTICE), force=True)
    assert counted(world) == now, "the same when all is counted anew"


def test_the_last_day_and_the_day_after(world: World, idle: list[Person]) -> None:
    first, second = idle
    for woman, ends in ((first, DAY), (second, DAY + timedelta(days=1))):
        held = training_class(world.regions["涪陵区"], f"{ends}班", begins=date(2023, 7, 1), ends=ends)
        enrol(held, [woman])
    was = counted(world)
    accept(world, offer(world, idle), idle)
    assert counted(world) == {"涪陵区": (was["涪陵区"] or 0) + 1, "万州区": (was["万州区"] or 0) + 1}


def test_the_certificate_goes_on_and_she_is_registered_there(world: World, idle: list[Person]) -> None:
    woman, wanzhou = idle[0], world.regions["万州区"]
    old = Certificate.objects.get(person=woman)
    accept(world, offer(world, [woman]), [woman])
    held = list(Certificate.objects.filter(person=woman).order_by("pk"))
    assert [(one.county, one.issued_on, one.ended_on) for one in held] == [
        (world.regions["涪陵区"], old.issued_on, DAY), (wanzhou, DAY + timedelta(days=1), None),
    ]  # fmt: skip
    assert {(one.number, one.grade, one.category, one.expires_on) for one in held} == {
        (old.number, old.grade, old.category, old.expires_on)
    }
    woman.refresh_from_db()
    assert (woman.hukou, woman.home) == (wanzhou, wanzhou)
    assert Tie.objects.filter(person=woman, region=wanzhou).exists()


def test_it_is_one_batch_that_is_taken_back_whole(world: World, idle: list[Person]) -> None:
    def state() -> list[object]:
        certificates = Certificate.objects.filter(person__in=idle).order_by("pk")
        people = Person.objects.filter(pk__in=[one.pk for one in idle]).order_by("pk")
        ties = Tie.objects.filter(person__in=idle).order_by("person")
        return [
            list(certificates.values("county", "issued_on", "ended_on", "end_reason")),
            list(people.values("hukou", "home")), list(ties.values("person", "region")), counted(world),
        ]  # fmt: skip

    before = state()
    made = offer(world, idle)
    batch = accept(world, made, idle)
    assert state() != before
    undoing.undo(batch.pk, viewer(world, "other"), "接收错了")
    assert state() == before
    assert set(made.relocations.values_list("state", "answered_by", "batch")) == {("offered", "", None)}
    accept(world, made, idle)


def test_each_is_answered_by_herself(world: World, idle: list[Person]) -> None:
    first, second = idle
    made = offer(world, idle)
    relocations.decline(made.pk, [first.pk], viewer(world, "other"), "没有迁来")
    relocations.take_back(made.pk, [second.pk], viewer(world, "approver"), "不走了")
    states = dict(made.relocations.values_list("person", "state"))
    assert states == {first.pk: "declined", second.pk: "taken_back"}
    assert set(Certificate.objects.filter(person__in=idle).values_list("ended_on", flat=True)) == {None}
    with pytest.raises(Unusable) as told:
        accept(world, made, [first])
    assert told.value.code == "relocation_closed"
    accept(world, offer(world, idle), idle)


def test_only_both_sides_approvers_act(world: World, idle: list[Person]) -> None:
    for who in ("clerk", "reader", "inspector", "other", "base", "administrator"):
        with pytest.raises(Refused):
            offer(world, idle, who=who)
    made = offer(world, idle)
    for who in ("clerk", "approver", "reader", "base"):
        with pytest.raises(Refused):
            accept(world, made, idle, who=who)
        with pytest.raises(Refused):
            relocations.decline(made.pk, [idle[0].pk], viewer(world, who), "不收")
    for who in ("clerk", "other", "base"):
        with pytest.raises(Refused):
            relocations.take_back(made.pk, [idle[0].pk], viewer(world, who), "撤")
    assert set(made.relocations.values_list("state", flat=True)) == {"offered"}


@pytest.mark.parametrize(
    ("code", "women", "day"),
    [
        ("nothing_chosen", 0, DAY),
        ("relocation_ahead", 1, date(2999, 1, 1)),
        ("not_certified_here", 1, date(2010, 1, 1)),
    ],
)
def test_what_is_no_offer(world: World, idle: list[Person], code: str, women: int, day: date) -> None:
    with pytest.raises(Unusable) as told:
        offer(world, idle[:women], day)
    assert told.value.code == code


def test_nobody_stands_on_two_lists(world: World, idle: list[Person]) -> None:
    offer(world, idle[:1])
    with pytest.raises(Unusable) as told:
        offer(world, idle)
    assert told.value.code == "relocation_offered"
    assert RelocationList.objects.count() == 1 and Relocation.objects.count() == 1


def test_a_place_lies_in_the_new_county_and_the_certificate_still_stands(
    world: World, idle: list[Person]
) -> None:
    made = offer(world, idle)
    places = {one.pk: world.regions["甲0街道"].pk for one in idle}
    with pytest.raises(Unusable) as told:
        relocations.accept(made.pk, places, viewer(world, "other"), "证明")
    assert told.value.code == "place_outside"
    Certificate.objects.filter(person=idle[0]).update(ended_on=date(2020, 1, 1))
    with pytest.raises(Unusable) as told:
        accept(world, made, idle)
    assert told.value.code == "relocation_outdated"
    assert set(made.relocations.values_list("state", flat=True)) == {"offered"}, "all or none"


def test_the_paper_names_everybody_and_is_logged(world: World, idle: list[Person]) -> None:
    made = offer(world, idle)
    page = relocation_lists.paper(made.pk, viewer(world, "approver"), "xlsx", "送万州")
    assert page.startswith(b"PK")
    with pytest.raises(Refused):
        relocation_lists.paper(made.pk, viewer(world, "base"), "xlsx", "看看")
    with pytest.raises(Unusable):
        relocation_lists.paper(made.pk, viewer(world, "approver"), "xlsx", " ")
