"""A change of an approved row by somebody who may not approve: it waits beside the row, and is taken, sent back or taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import declaration, proposals, undoing
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import Batch, Change, Proposal, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.training.models import TrainingClass
from tests.web.factories import NOTICE, World

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
