"""A change of an approved row by somebody who may not approve: it waits beside the row, and is taken, sent back or taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qiaojie.accounts.models import AccessEntry, Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import approving, declaration, journal, proposals, services, undoing
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import ApprovalRule, Batch, Change, Proposal, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.training.models import TrainingClass
from tests.web.factories import NOTICE, World, account, training_class

ON = date(2023, 12, 31)


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def classes() -> Ledger:
    return declaration.get("classes")


def edit(ledger: Ledger, pk: int, viewer: UserViewer, **given: str) -> None:
    seen = editing.form(ledger, pk, viewer).seen
    assert editing.change(ledger, pk, given, seen, viewer, "更正") is None


def vocational(world: World, viewer: UserViewer) -> tuple[int | None, int | None]:
    """Fuling's vocational training: approved and pending."""
    found = measures.measure(notices.notice(NOTICE), ON, viewer)
    (own,) = [unit for unit in found.units if unit.region_id == world.regions["涪陵区"].pk]
    value = own.values["vocational_training"]
    return value.approved, value.pending


def test_the_row_stands_and_counts_until_the_change_is_taken(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    before = vocational(world, approver)
    edit(classes(), held.pk, clerk, has_sign_in="0")
    held.refresh_from_db()
    assert (held.has_sign_in, held.state) == (True, State.APPROVED)
    assert vocational(world, approver) == before
    (waits,) = proposals.listed(classes(), approver)
    assert (dict(waits.before), dict(waits.after), waits.outdated) == (
        {"has_sign_in": True}, {"has_sign_in": False}, False,
    )  # fmt: skip
    sealed = Proposal.objects.get()
    assert b"has_sign_in" not in bytes(sealed.before) + bytes(sealed.after), "kept encrypted"
    assert proposals.take([waits.proposal.pk], approver) == 1
    held.refresh_from_db()
    assert (held.has_sign_in, held.state, held.approved_by) == (False, State.APPROVED, "approver")
    assert vocational(world, approver) != before
    line = Change.objects.filter(model="training.TrainingClass", object_id=held.pk).latest("pk")
    assert (line.batch_id, line.actor) == (waits.proposal.batch_id, "approver")
    assert Proposal.objects.get().stage == Proposal.Stage.APPLIED


def test_who_may_not_approve_takes_nothing_and_the_attempt_is_logged(world: World, clerk: UserViewer) -> None:
    edit(classes(), world.classes["weaving"].pk, clerk, content="别的")
    for name in ("clerk", "reader", "inspector", "base"):
        with pytest.raises(Refused):
            proposals.take([Proposal.objects.get().pk], UserViewer(world.users[name]))
        assert AccessEntry.objects.filter(username=name, subject="proposals/take", done=False).exists()


def test_another_countys_approver_neither_sees_nor_takes_it(world: World, clerk: UserViewer) -> None:
    edit(classes(), world.classes["weaving"].pk, clerk, content="别的")
    other = UserViewer(world.users["other"])
    assert proposals.listed(classes(), other) == []
    assert (proposals.number(classes(), other), proposals.waiting(other)) == (0, [])
    assert proposals.take([Proposal.objects.get().pk], other) == 0
    assert proposals.send_back([Proposal.objects.get().pk], other, "不对") == 0
    assert Proposal.objects.get().stage == Proposal.Stage.WAITING


def test_what_is_sent_back_is_closed_with_its_reason(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    edit(classes(), world.classes["weaving"].pk, clerk, content="别的")
    (waits,) = proposals.listed(classes(), approver)
    with pytest.raises(Unusable) as unsaid:
        proposals.send_back([waits.proposal.pk], approver, " ")
    assert unsaid.value.code == "reason_missing"
    assert proposals.send_back([waits.proposal.pk], approver, "没有依据") == 1
    (back,) = proposals.sent_back(clerk, by="clerk")
    assert (back.reason, back.closed_by) == ("没有依据", "approver")
    assert proposals.take([waits.proposal.pk], approver) == 0, "it was decided"
    assert TrainingClass.objects.get(pk=world.classes["weaving"].pk).content == "手工编织"


def test_what_the_row_no_longer_is_is_not_overwritten(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    edit(classes(), held.pk, clerk, content="别的")
    edit(classes(), held.pk, approver, content="审核人改的")
    (waits,) = proposals.listed(classes(), approver)
    assert waits.outdated
    with pytest.raises(Unusable) as outdated:
        proposals.take([waits.proposal.pk], approver)
    assert outdated.value.code == "proposal_outdated"
    held.refresh_from_db()
    assert held.content == "审核人改的"


def test_a_second_thought_replaces_the_first(world: World, clerk: UserViewer, approver: UserViewer) -> None:
    held = world.classes["weaving"]
    edit(classes(), held.pk, clerk, content="一")
    edit(classes(), held.pk, clerk, content="二")
    assert [dict(one.after) for one in proposals.listed(classes(), approver)] == [{"content": "二"}]
    with pytest.raises(Unusable) as again:
        edit(classes(), held.pk, clerk, content="二")
    assert again.value.code == "waits_already"
    assert proposals.take_back([one.proposal.pk for one in proposals.listed(classes(), clerk)], clerk) == 1
    assert proposals.listed(classes(), approver) == []


def test_a_draft_is_changed_at_once(world: World, clerk: UserViewer) -> None:
    held = world.classes["pending"]
    edit(classes(), held.pk, clerk, content="别的")
    held.refresh_from_db()
    assert held.content == "别的" and not Proposal.objects.exists()


def test_of_a_register_only_what_counts_waits(world: World, clerk: UserViewer, approver: UserViewer) -> None:
    woman, persons = world.people["here"][1], declaration.get("persons")
    born = woman.birth_date
    edit(persons, woman.pk, clerk, phone="13912345678", birth_date="1970-01-01")
    woman.refresh_from_db()
    assert (woman.phone, woman.birth_date) == ("13912345678", born)
    (waits,) = proposals.listed(persons, approver)
    assert dict(waits.after) == {"birth_date": date(1970, 1, 1)}
    assert proposals.take([waits.proposal.pk], approver) == 1
    woman.refresh_from_db()
    assert woman.birth_date == date(1970, 1, 1)


@pytest.mark.parametrize(
    ("code", "given"),
    [("certificates", {"ended_on": "2023-06-01"}), ("statuses", {"ends": "2020-12-31"}), ("persons", {"died_on": "2023-01-01"})],
)  # fmt: skip
def test_a_certificate_a_status_and_a_death_wait(
    world: World, clerk: UserViewer, code: str, given: dict[str, str]
) -> None:
    woman, ledger = world.people["here"][0], declaration.get(code)
    key = woman.pk if code == "persons" else getattr(woman, code).get().pk
    (name,) = given
    was = getattr(ledger.model._default_manager.get(pk=key), name)
    edit(ledger, key, clerk, **given)
    assert getattr(ledger.model._default_manager.get(pk=key), name) == was
    assert proposals.number(ledger, clerk) == 1


def test_a_number_that_another_holds_is_refused_at_once(world: World, clerk: UserViewer) -> None:
    woman, other = world.people["here"][1:3]
    with pytest.raises(Unusable) as taken:
        edit(declaration.get("persons"), woman.pk, clerk, id_number=str(other.id_number))
    assert taken.value.code == "row_taken"
    assert not Proposal.objects.exists() and not Batch.objects.filter(ledger="persons").exists()
    assert Person.objects.get(pk=woman.pk).id_hash == woman.id_hash


def test_what_was_taken_is_taken_back_with_its_batch(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    was, moved = held.ends, held.ends + timedelta(days=1)
    edit(classes(), held.pk, clerk, ends=moved.isoformat())
    (waits,) = proposals.listed(classes(), approver)
    batch = waits.proposal.batch
    assert batch is not None
    proposals.take([waits.proposal.pk], approver)
    assert set(held.enrolments.values_list("happened_on", flat=True)) == {moved}
    with pytest.raises(Unusable, match="已经审核"):
        undoing.undo(batch.pk, clerk, "改错了")
    undoing.undo(batch.pk, approver, "改错了")
    held.refresh_from_db()
    assert (held.ends, held.happened_on, held.state) == (was, was, State.APPROVED)
    assert set(held.enrolments.values_list("happened_on", flat=True)) == {was}


def test_what_waits_is_told_by_ledger(world: World, clerk: UserViewer, approver: UserViewer) -> None:
    for name in ("weaving", "farming"):
        edit(classes(), world.classes[name].pk, clerk, content="别的")
    (one,) = proposals.waiting(approver)
    assert (one.ledger.code, one.number) == ("classes", 2)
    assert proposals.of_rows(classes(), [held.pk for held in world.classes.values()]) == {
        world.classes["weaving"].pk: 1, world.classes["farming"].pk: 1,
    }  # fmt: skip
    (ledger, beside), *more = proposals.beside(
        [(classes(), [world.classes["weaving"].pk]), (declaration.get("persons"), [])], approver
    )
    assert (ledger.code, len(beside), more) == ("classes", 1, [])


def test_what_was_voided_or_sent_back_since_stays_so(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    edit(classes(), held.pk, approver, content="审核人改的")
    batch = Batch.objects.latest("pk")
    services.move(classes(), [held.pk], "withdraw", approver, purpose="查实没办")
    for viewer in (clerk, approver):
        with pytest.raises(Unusable, match="后来被退回或作废"):
            undoing.undo(batch.pk, viewer, "改错了")
    held.refresh_from_db()
    assert (held.state, held.content) == (State.WITHDRAWN, "审核人改的")


def test_beside_a_row_that_is_approved_no_longer_nothing_is_taken(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    edit(classes(), held.pk, clerk, content="别的")
    services.move(classes(), [held.pk], "withdraw", approver, purpose="查实没办")
    (waits,) = proposals.listed(classes(), approver)
    assert waits.outdated
    with pytest.raises(Unusable) as outdated:
        proposals.take([waits.proposal.pk], approver)
    assert outdated.value.code == "proposal_outdated"
    held.refresh_from_db()
    assert (held.content, held.approved_by) == ("手工编织", "")


def test_what_waits_beside_a_row_goes_with_the_row(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    batch = Batch.objects.create(ledger="classes", region=world.regions["涪陵区"], actor="approver")
    made = training_class(world.regions["涪陵区"], "新班")
    journal.created(TrainingClass, [made.pk], actor="approver", batch=batch)
    edit(classes(), made.pk, clerk, content="别的")
    assert proposals.number(classes(), approver) == 1
    undoing.undo(batch.pk, approver, "录错了")
    assert proposals.number(classes(), approver) == 0 and proposals.waiting(approver) == []


def test_where_two_persons_are_asked_for_the_other_one_decides(world: World, clerk: UserViewer) -> None:
    fuling, first = world.regions["涪陵区"], UserViewer(world.users["approver"])
    second = UserViewer(account("second", fuling, Role.APPROVER))
    approving.settle(fuling, ApprovalRule.Steps.ONE, first, "两人", two_persons=True)
    held = world.classes["weaving"]
    edit(classes(), held.pk, first, content="甲")
    (waits,) = proposals.listed(classes(), first)
    assert proposals.take([waits.proposal.pk], first) == 0 and proposals.to_decide(first) == []
    assert [one.number for one in proposals.to_decide(second)] == [1]
    assert proposals.take([waits.proposal.pk], second) == 1
    assert waits.proposal.batch is not None
    with pytest.raises(Unusable, match="已经审核"):
        undoing.undo(waits.proposal.batch.pk, first, "改错了")
    undoing.undo(waits.proposal.batch.pk, second, "改错了")
    held.refresh_from_db()
    assert held.content == "手工编织"


def test_what_was_sent_back_is_told_until_it_is_proposed_again(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    edit(classes(), world.classes["weaving"].pk, clerk, content="一")
    proposals.send_back([Proposal.objects.get().pk], approver, "没有依据")
    assert len(proposals.sent_back(clerk, by="clerk")) == 1
    edit(classes(), world.classes["weaving"].pk, clerk, content="二")
    assert proposals.sent_back(clerk, by="clerk") == []


@pytest.mark.parametrize(
    ("code", "given", "told"),
    [
        ("certificates", {"expires_on": "2001-01-01"}, "结束日期早于开始日期"),
        ("certificates", {"ended_on": "2001-01-01"}, "结束日期早于开始日期"),
        ("statuses", {"ends": "2001-01-01"}, "结束日期早于开始日期"),
        ("persons", {"died_on": "1900-01-01"}, "死亡日期早于出生日期"),
    ],
)
def test_days_out_of_order_are_said_at_the_field(
    world: World, clerk: UserViewer, code: str, given: dict[str, str], told: str
) -> None:
    woman, ledger = world.people["here"][0], declaration.get(code)
    key = woman.pk if code == "persons" else getattr(woman, code).get().pk
    form = editing.form(ledger, key, clerk)
    wrong = editing.change(ledger, key, given, form.seen, clerk, "更正")
    assert wrong is not None
    assert [told in "".join(one.errors) for one in wrong.entries if one.field.name in given] == [True]
    assert not Proposal.objects.exists()


def test_two_changes_that_do_not_hold_together_are_not_taken(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    held = world.classes["weaving"]
    edit(classes(), held.pk, clerk, begins="2023-06-19")
    edit(classes(), held.pk, UserViewer(world.users["women"]), ends="2023-06-10")
    first, second = (one.proposal.pk for one in proposals.listed(classes(), approver))
    proposals.take([first], approver)
    with pytest.raises(Unusable, match="日期前后颠倒"):
        proposals.take([second], approver)
