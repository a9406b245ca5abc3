"""A class or a base entered twice: joined with the one kept by whoever may, parted again, and never by anybody else."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.bases.ledger import BASES
from qiaojie.bases.models import Base
from qiaojie.ledgers import joining, queries, undoing
from qiaojie.ledgers.models import ApprovalRule, Batch, Change, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people.ledger import PERSONS
from qiaojie.regions.models import Region
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from tests.web.factories import World, account, training_class


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def three(county: Region) -> list[TrainingClass]:
    return [training_class(county, f"竹编班{n}") for n in range(3)]


def pointers(*held: TrainingClass) -> list[int | None]:
    found = dict(TrainingClass.objects.values_list("pk", "canonical_id"))
    return [found[one.pk] for one in held]


def test_what_was_joined_before_comes_along_and_goes_along(world: World, approver: UserViewer) -> None:
    one, two, kept = three(world.regions["涪陵区"])
    joining.join(CLASSES, one.pk, two.pk, approver, "录了两次")
    batch = joining.join(CLASSES, two.pk, kept.pk, approver, "又一次")
    assert pointers(one, two, kept) == [kept.pk, kept.pk, None]
    assert (batch.region_id, batch.purpose) == (world.regions["涪陵区"].pk, "又一次")
    assert joining.together(CLASSES, kept.pk) == [kept.pk, one.pk, two.pk]
    parted = joining.part(CLASSES, two.pk, approver, "是两个班")
    assert pointers(one, two, kept) == [two.pk, None, None]
    assert Change.objects.filter(batch=parted).count() == 2
    undoing.undo(parted.pk, approver, "分错了")
    assert pointers(one, two, kept) == [kept.pk, kept.pk, None]


def test_a_join_is_taken_back_as_a_batch_and_parting_works_after_the_class_was_changed(
    world: World, approver: UserViewer
) -> None:
    one, kept, _more = three(world.regions["涪陵区"])
    batch = joining.join(CLASSES, one.pk, kept.pk, approver, "录了两次")
    undoing.undo(batch.pk, approver, "不是一个")
    assert pointers(one) == [None]
    assert Batch.objects.get(pk=batch.pk).stage == Batch.Stage.UNDONE
    joining.join(CLASSES, one.pk, kept.pk, approver, "录了两次")
    joining.part(CLASSES, one.pk, approver, "核对了")
    assert pointers(one) == [None]


def test_what_may_not_be_joined_is_said_with_its_reason(world: World, approver: UserViewer) -> None:
    fuling = world.regions["涪陵区"]
    one, kept, more = three(fuling)
    practical = training_class(fuling, "种植班", kind="practical")
    plain = training_class(fuling, "按摩班", handicraft=False)
    joining.join(CLASSES, one.pk, kept.pk, approver, "录了两次")
    for pk, into, reason, code in (
        (more.pk, kept.pk, " ", "reason_missing"),
        (more.pk, more.pk, "重复", "join_self"),
        (one.pk, more.pk, "重复", "join_done"),
        (more.pk, one.pk, "重复", "join_done"),
        (more.pk, practical.pk, "重复", "join_differs"),
        (more.pk, plain.pk, "重复", "join_differs"),
    ):
        with pytest.raises(Unusable) as refused:
            joining.join(CLASSES, pk, into, approver, reason)
        assert refused.value.code == code
    for pk, reason, code in ((one.pk, "", "reason_missing"), (more.pk, "分开", "part_done")):
        with pytest.raises(Unusable) as refused:
            joining.part(CLASSES, pk, approver, reason)
        assert refused.value.code == code
    assert pointers(one, kept, more) == [kept.pk, None, None]


def test_bases_of_two_kinds_are_two(world: World, approver: UserViewer) -> None:
    made = [
        Base.objects.create(
            name="竹编坊", kind=kind, filed_by=world.regions["涪陵区"], happened_on=date(2023, 1, 1)
        )
        for kind in ("rural", "rural", "workshop")
    ]
    with pytest.raises(Unusable) as refused:
        joining.join(BASES, made[2].pk, made[0].pk, approver, "重复")
    assert refused.value.code == "join_differs"
    joining.join(BASES, made[1].pk, made[0].pk, approver, "重复")
    assert joining.kept_of(BASES, [one.pk for one in made]) == {made[1].pk: made[0].pk}


def test_only_an_approver_who_sees_both_may(world: World) -> None:
    one, kept, _more = three(world.regions["涪陵区"])
    there = world.classes["there"]
    for name in ("clerk", "reader", "other", "trainer"):
        with pytest.raises(Refused):
            joining.join(CLASSES, one.pk, kept.pk, UserViewer(world.users[name]), "重复")
    approver, city = UserViewer(world.users["approver"]), UserViewer(world.users["city"])
    with pytest.raises(Refused):
        joining.join(CLASSES, one.pk, there.pk, approver, "重复")
    batch = joining.join(CLASSES, one.pk, there.pk, city, "两区合办")
    assert batch.region_id == world.regions["重庆市"].pk
    for name in ("approver", "other"):
        with pytest.raises(Refused):
            joining.part(CLASSES, one.pk, UserViewer(world.users[name]), "分开")
    joining.part(CLASSES, one.pk, city, "分开")
    with pytest.raises(Refused):
        joining.join(PERSONS, world.people["here"][0].pk, world.people["here"][1].pk, city, "重复")


def test_where_townships_approve_first_they_do_not_join(world: World) -> None:
    town = world.regions["甲0街道"]
    one, kept, _more = three(town)
    there = UserViewer(account("town", town, Role.APPROVER))
    ApprovalRule.objects.create(region=world.regions["涪陵区"], steps=ApprovalRule.Steps.TOWNSHIP)
    with pytest.raises(Refused):
        joining.join(CLASSES, one.pk, kept.pk, there, "重复")
    joining.join(CLASSES, one.pk, kept.pk, UserViewer(world.users["approver"]), "重复")


def test_one_row_stands_for_what_was_entered_twice(world: World) -> None:
    one, kept, more = three(world.regions["涪陵区"])
    TrainingClass.objects.filter(pk__in=[one.pk, more.pk]).update(canonical=kept)

    def leads(**states: State) -> list[str]:
        for name, state in states.items():
            held = {"one": one, "kept": kept, "more": more}[name]
            TrainingClass.objects.filter(pk=held.pk).update(state=state)
        found = queries.facts(CLASSES).filter(joining.leading(CLASSES), pk__in=[one.pk, kept.pk, more.pk])
        return sorted(found.values_list("title", flat=True))

    A, D, W = State.APPROVED, State.DRAFT, State.WITHDRAWN
    assert leads(one=A, kept=A, more=A) == [kept.title]
    assert leads(one=D, kept=A, more=A) == [kept.title]
    assert leads(one=D, kept=D, more=A) == [more.title]
    assert leads(one=A, kept=D, more=A) == [one.title]
    assert leads(one=A, kept=W, more=A) == [one.title]
    assert leads(one=D, kept=W, more=A) == [more.title]
    assert leads(one=D, kept=W, more=D) == [one.title]
    assert leads(one=D, kept=D, more=D) == [kept.title]
    assert leads(one=W, kept=W, more=D) == [more.title]
    assert queries.rows(CLASSES, SystemViewer()).filter(pk=one.pk).count() == 0
