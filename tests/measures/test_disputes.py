"""Who answers for a person: said, answered, taken back, given over; by whom; and what remains of it."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.models import AccessEntry, Role
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Change, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import services
from qiaojie.measures.disputes import answer, dispute, give_over, visible, withdraw
from qiaojie.measures.models import Dispute, HandOver
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment

from .programme import Programme

CODE = "vocational_training"
HELD, CLAIMED = {0: (1, 0, 0), 1: (0, 0, 1)}, {0: (0, 0, 1), 1: (1, 0, 0)}
JUNE, AUTUMN = date(2023, 6, 20), date(2023, 10, 5)
WHY = "7月起户籍在我县"


@pytest.fixture
def woman(programme: Programme, work2023: Notice) -> Person:
    """County 0 counts her; she moved to county 1 in summer, which trained her too."""
    somebody = programme.person(0, ended_on=date(2023, 7, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 7, 1))
    programme.trained(somebody, JUNE)
    programme.trained(somebody, AUTUMN)
    services.recount(work2023)
    return somebody


@pytest.fixture
def clerk(programme: Programme) -> UserViewer:
    """A clerk of the county that claims her."""
    return programme.viewer(1, Role.CLERK)


@pytest.fixture
def holder(programme: Programme) -> UserViewer:
    """The approver of the county that counts her."""
    return programme.viewer(0)


@pytest.fixture
def raised(programme: Programme, work2023: Notice, woman: Person, clerk: UserViewer) -> Dispute:
    """Said and not yet answered."""
    return dispute(work2023, CODE, woman.pk, programme.counties[1].pk, clerk, WHY)


def refusals(viewer: UserViewer) -> list[str]:
    return list(
        AccessEntry.objects.filter(username=viewer.name, done=False).values_list("subject", flat=True)
    )


def test_a_clerk_may_say_so_and_nothing_moves_yet(
    programme: Programme, work2023: Notice, raised: Dispute, clerk: UserViewer, holder: UserViewer
) -> None:
    assert programme.counts(work2023, CODE) == HELD
    assert (raised.claimant_id, raised.holder_id) == (programme.counties[1].pk, programme.counties[0].pk)
    assert (raised.answer, raised.by, raised.reason) == (Dispute.Answer.OPEN, clerk.name, WHY)
    assert list(visible(clerk)) == list(visible(holder)) == [raised]
    assert list(visible(programme.viewer(2))) == []


def test_given_over_her_number_moves_and_her_facts_stay(
    programme: Programme, work2023: Notice, woman: Person, raised: Dispute, holder: UserViewer
) -> None:
    filed = list(Enrolment.objects.values("pk", "filed_by", "state"))
    closed = answer(raised.pk, holder, give=True, reason="核实无误")
    assert closed.answer == Dispute.Answer.GIVEN
    assert programme.counts(work2023, CODE) == CLAIMED
    assert list(Enrolment.objects.values("pk", "filed_by", "state")) == filed
    given = HandOver.objects.get()
    assert (given.person_id, given.unit_id, given.by) == (woman.pk, programme.counties[1].pk, holder.name)


def test_kept_her_number_stays_and_it_may_be_said_again(
    programme: Programme,
    work2023: Notice,
    woman: Person,
    raised: Dispute,
    clerk: UserViewer,
    holder: UserViewer,
) -> None:
    assert answer(raised.pk, holder, give=False, reason="结业时持我县证").answer == Dispute.Answer.KEPT
    assert programme.counts(work2023, CODE) == HELD
    assert not HandOver.objects.exists()
    again = dispute(work2023, CODE, woman.pk, programme.counties[1].pk, clerk, "另有依据")
    assert list(visible(clerk)) == [again, raised]


def test_taken_back(
    programme: Programme, work2023: Notice, raised: Dispute, clerk: UserViewer, holder: UserViewer
) -> None:
    assert withdraw(raised.pk, clerk).answer == Dispute.Answer.WITHDRAWN
    assert programme.counts(work2023, CODE) == HELD
    with pytest.raises(Unusable) as caught:
        answer(raised.pk, holder, give=True, reason="核实无误")
    assert caught.value.code == "dispute_closed"
    with pytest.raises(Unusable):
        withdraw(raised.pk, clerk)


def test_it_is_said_once_until_it_is_answered(
    programme: Programme, work2023: Notice, woman: Person, raised: Dispute, clerk: UserViewer
) -> None:
    with pytest.raises(Unusable) as caught:
        dispute(work2023, CODE, woman.pk, programme.counties[1].pk, clerk, WHY)
    assert caught.value.code == "dispute_open"
    assert Dispute.objects.get() == raised


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_must_be_given(
    programme: Programme, work2023: Notice, raised: Dispute, woman: Person, clerk: UserViewer, holder: UserViewer,
    reason: str,
) -> None:  # fmt: skip
    with pytest.raises(Unusable) as caught:
        dispute(work2023, CODE, woman.pk, programme.counties[1].pk, clerk, reason)
    assert caught.value.code == "reason_missing"
    with pytest.raises(Unusable):
        answer(raised.pk, holder, give=True, reason=reason)
    with pytest.raises(Unusable):
        give_over(work2023, CODE, woman.pk, programme.counties[1].pk, holder, reason)
    raised.refresh_from_db()
    assert raised.answer == Dispute.Answer.OPEN


def test_only_an_approver_of_the_holder_answers(
    programme: Programme, raised: Dispute, clerk: UserViewer
) -> None:
    viewers = [programme.viewer(0, Role.CLERK), clerk, programme.viewer(1), programme.viewer(2)]
    for viewer in viewers:
        with pytest.raises(Refused):
            answer(raised.pk, viewer, give=True, reason="核实无误")
        assert refusals(viewer) == [f"dispute/{raised.pk}"]
    raised.refresh_from_db()
    assert raised.answer == Dispute.Answer.OPEN


def test_only_the_claimant_takes_it_back(programme: Programme, raised: Dispute, holder: UserViewer) -> None:
    for viewer in (holder, programme.viewer(1, Role.LEADER)):
        with pytest.raises(Refused):
            withdraw(raised.pk, viewer)
        assert refusals(viewer) == [f"dispute/{raised.pk}"]


def test_nobody_claims_for_another_county(
    programme: Programme, work2023: Notice, woman: Person, clerk: UserViewer
) -> None:
    for viewer in (programme.viewer(2, Role.CLERK), programme.viewer(1, Role.LEADER)):
        with pytest.raises(Refused):
            dispute(work2023, CODE, woman.pk, programme.counties[1].pk, viewer, WHY)
        assert refusals(viewer) == [f"dispute/{work2023.code}/{CODE}/{woman.pk}"]
    assert not Dispute.objects.exists()


def test_a_dispute_that_there_is_not_is_refused_as_any_other(holder: UserViewer, clerk: UserViewer) -> None:
    with pytest.raises(Refused):
        answer(999, holder, give=True, reason="核实无误")
    with pytest.raises(Refused):
        withdraw(999, clerk)
    assert refusals(holder) == refusals(clerk) == ["dispute/999"]


def test_only_who_is_counted_elsewhere_can_be_claimed(
    programme: Programme, work2023: Notice, woman: Person
) -> None:
    pending = programme.person(2)
    programme.trained(pending, JUNE, state=State.DRAFT)
    services.recount(work2023, force=True)
    everywhere = SystemViewer()
    for person, county in ((woman, 0), (woman, 3), (pending, 2), (programme.person(3), 3)):
        with pytest.raises(Unusable) as caught:
            dispute(work2023, CODE, person.pk, programme.counties[county].pk, everywhere, WHY)
        assert caught.value.code == "not_elsewhere"


def test_person_times_and_things_are_nobodys_own(
    programme: Programme, work2023: Notice, woman: Person, clerk: UserViewer, holder: UserViewer
) -> None:
    programme.trained(woman, JUNE, "practical")
    services.recount(work2023, force=True)
    county = programme.counties[1].pk
    for code in ("practical_training", "support_bases", "massage_sessions"):
        with pytest.raises(Unusable) as caught:
            dispute(work2023, code, woman.pk, county, clerk, WHY)
        assert caught.value.code == "not_of_persons"
        with pytest.raises(Unusable):
            give_over(work2023, code, woman.pk, county, holder, WHY)


def test_given_over_unasked_and_given_back(
    programme: Programme, work2023: Notice, woman: Person, holder: UserViewer
) -> None:
    give_over(work2023, CODE, woman.pk, programme.counties[1].pk, holder, WHY)
    assert programme.counts(work2023, CODE) == CLAIMED
    # It is the other county's now.
    with pytest.raises(Refused):
        give_over(work2023, CODE, woman.pk, programme.counties[2].pk, holder, WHY)
    assert refusals(holder) == [f"handover/{work2023.code}/{CODE}/{woman.pk}"]
    give_over(work2023, CODE, woman.pk, programme.counties[0].pk, programme.viewer(1), "核对后退回")
    assert programme.counts(work2023, CODE) == HELD
    given = HandOver.objects.get()
    acts = [(line.act, line.purpose) for line in journal.history(HandOver, given.pk)]
    assert acts == [(Change.Act.CREATE, WHY), (Change.Act.UPDATE, "核对后退回")]


def test_who_is_not_counted_cannot_be_given_over(
    programme: Programme, work2023: Notice, woman: Person, holder: UserViewer
) -> None:
    with pytest.raises(Unusable) as caught:
        give_over(work2023, "care", woman.pk, programme.counties[1].pk, holder, WHY)
    assert caught.value.code == "not_counted"


def test_only_an_approver_gives_over(programme: Programme, work2023: Notice, woman: Person) -> None:
    clerk = programme.viewer(0, Role.CLERK)
    with pytest.raises(Refused):
        give_over(work2023, CODE, woman.pk, programme.counties[1].pk, clerk, WHY)
    assert refusals(clerk) == [f"handover/{work2023.code}/{CODE}/{woman.pk}"]


def test_what_was_said_and_answered_stays_in_the_journal(
    raised: Dispute, clerk: UserViewer, holder: UserViewer
) -> None:
    answer(raised.pk, holder, give=True, reason="核实无误")
    made, closed = journal.history(Dispute, raised.pk)
    assert (made.act, made.actor, made.purpose) == (Change.Act.CREATE, clerk.name, WHY)
    assert (closed.act, closed.actor, closed.purpose) == (Change.Act.UPDATE, holder.name, "核实无误")
    assert journal.unseal(Dispute, closed.before)["answer"] == Dispute.Answer.OPEN
    assert journal.unseal(Dispute, closed.after)["answer"] == Dispute.Answer.GIVEN
    assert AccessEntry.objects.filter(
        username=holder.name, subject=f"dispute/{raised.pk}", done=True
    ).exists()
