"""Approval by several levels, by two persons, or in one step, as the county has said."""

from __future__ import annotations

import pytest

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import approving, declaration, queries, services
from qiaojie.ledgers.models import ApprovalRule, Change, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.training.models import TrainingClass
from tests.web.factories import World, account, training_class

STEPS = ApprovalRule.Steps


@pytest.fixture
def town(world: World) -> Region:
    return world.regions["甲0街道"]


@pytest.fixture
def village(world: World, town: Region) -> Region:
    # The tree is numbered by its loader; here the village takes the number of the township next to it.
    beside = world.regions["甲1街道"]
    Region.objects.filter(pk=town.pk).update(last=beside.first)
    town.refresh_from_db()
    return Region.objects.create(
        key="village", name="甲村", short_name="甲村", level=Level.VILLAGE, kind=RegionKind.VILLAGE, parent=town,
        first=beside.first, last=beside.first,
    )  # fmt: skip


def approver(name: str, region: Region) -> UserViewer:
    return UserViewer(account(name, region, Role.APPROVER))


def rule(world: World, steps: str, *, two_persons: bool = False) -> ApprovalRule:
    return approving.settle(
        world.regions["涪陵区"],
        steps,
        UserViewer(world.users["approver"]),
        "办公室议定",
        two_persons=two_persons,
    )


def draft(region: Region, by: str = "clerk") -> TrainingClass:
    return training_class(region, "新班", state=State.DRAFT, entered_by=by)


def approve(held: TrainingClass, viewer: UserViewer) -> str:
    services.approve(declaration.get("classes"), [held.pk], viewer)
    held.refresh_from_db()
    return held.state


def test_where_nothing_was_said_one_step_is_enough(world: World, town: Region) -> None:
    assert approve(draft(town), approver("town", town)) == State.APPROVED
    assert approve(draft(town), UserViewer(world.users["approver"])) == State.APPROVED


def test_the_township_first_then_the_county(world: World, town: Region) -> None:
    rule(world, STEPS.TOWNSHIP)
    held, office, county = draft(town), approver("town", town), UserViewer(world.users["approver"])
    with pytest.raises(Unusable) as early:
        approve(held, county)
    assert early.value.code == "step_missing"
    assert approve(held, office) == State.TOWNSHIP
    assert (held.approved_by, held.approved_at) == ("", None), "not approved yet: it counts as pending"
    with pytest.raises(Unusable):
        approve(held, office)
    assert approve(held, county) == State.APPROVED
    with pytest.raises(Unusable):
        services.move(declaration.get("classes"), [held.pk], "return", office, purpose="再看看")
    # What the county's own office filed passes nobody below it.
    assert approve(draft(world.regions["涪陵区"]), county) == State.APPROVED


def test_village_township_county(world: World, town: Region, village: Region) -> None:
    rule(world, STEPS.VILLAGE)
    held = draft(village)
    of_village, of_town = approver("village", village), approver("town", town)
    with pytest.raises(Unusable):
        approve(held, of_town)
    assert approve(held, of_village) == State.VILLAGE
    assert approve(held, of_town) == State.TOWNSHIP
    assert approve(held, UserViewer(world.users["approver"])) == State.APPROVED
    # A row that the township filed was never a village's.
    own = draft(town)
    assert approve(own, of_town) == State.TOWNSHIP
    assert services.move(declaration.get("classes"), [own.pk], "return", of_town, purpose="日期不对") == 1


def test_of_rows_on_different_steps_those_go_whose_turn_it_is(world: World, town: Region) -> None:
    rule(world, STEPS.TOWNSHIP)
    waits, ready = draft(town), draft(town)
    approve(ready, approver("town", town))
    county = UserViewer(world.users["approver"])
    assert services.approve(declaration.get("classes"), [waits.pk, ready.pk], county) == 1
    waits.refresh_from_db()
    assert waits.state == State.DRAFT


def test_two_persons(world: World) -> None:
    rule(world, STEPS.ONE, two_persons=True)
    own, viewer = draft(world.regions["涪陵区"], by="approver"), UserViewer(world.users["approver"])
    with pytest.raises(Unusable) as alone:
        approve(own, viewer)
    assert alone.value.code == "own_rows"
    assert not approving.final_at(world.regions["涪陵区"].pk, viewer), "what she enters waits for a colleague"
    assert approve(own, approver("second", world.regions["涪陵区"])) == State.APPROVED
    assert approving.final_at(world.regions["万州区"].pk, SystemViewer()), "another county has said nothing"


def test_only_the_county_says_how_it_approves(world: World, town: Region) -> None:
    fuling = world.regions["涪陵区"]
    for viewer in (
        UserViewer(world.users["other"]),
        UserViewer(world.users["clerk"]),
        approver("town", town),
    ):
        with pytest.raises(Refused):
            approving.settle(fuling, STEPS.ONE, viewer, "试试", two_persons=False)
    own = UserViewer(world.users["approver"])
    for steps, region, reason, code in (
        ("all", fuling, "试试", "steps_unknown"),
        (STEPS.ONE, town, "试试", "not_a_county"),
        (STEPS.ONE, fuling, " ", "reason_missing"),
    ):
        with pytest.raises(Unusable) as wrong:
            approving.settle(region, steps, own, reason, two_persons=False)
        assert wrong.value.code == code
    rule(world, STEPS.TOWNSHIP)
    rule(world, STEPS.ONE, two_persons=True)
    assert [one.steps for one in approving.settled(own)] == [STEPS.ONE]
    assert Change.objects.filter(model="ledgers.ApprovalRule").count() == 2


def test_what_an_approved_row_rests_on_is_named(world: World) -> None:
    held = world.classes["pending"]
    enrolments = declaration.get("enrolments")
    keys = list(held.enrolments.values_list("pk", flat=True))
    viewer = UserViewer(world.users["approver"])
    services.approve(enrolments, keys, viewer)
    ((other, number),) = approving.rests_on(enrolments, keys)
    assert (other.code, number) == ("classes", 1)
    services.approve(declaration.get("classes"), [held.pk], viewer)
    assert approving.rests_on(enrolments, keys) == []


def test_who_entered_and_approved_alone_is_told(world: World) -> None:
    own, shared = draft(world.regions["涪陵区"], by="approver"), draft(world.regions["涪陵区"])
    viewer = UserViewer(world.users["approver"])
    waits = draft(world.regions["涪陵区"], by="approver")
    for held in (own, shared):
        approve(held, viewer)
    ledger = declaration.get("classes")
    alone = queries.rows(ledger, viewer, {"one_hand": True}).filter(pk__in=[own.pk, shared.pk, waits.pk])
    assert list(alone) == [own]
    (row,) = queries.shown(ledger, viewer, alone, [ledger.field("one_hand")])
    assert row.cells["one_hand"].text == "是"
