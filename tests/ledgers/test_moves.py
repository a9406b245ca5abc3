"""Rows carried from state to state: by whom, from where, with a reason where one is owed, with a line in the journal."""

from __future__ import annotations

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import journal, pending, rows, services, signals
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.models import ApprovalRule, Change, Proposal, RegistryVersion, State
from qiaojie.ledgers.pending import Waits
from qiaojie.ledgers.returned import act, keys, returned
from qiaojie.ledgers.review import differences
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.training.ledger import ENROLMENTS
from qiaojie.training.models import Enrolment
from tests.web.factories import World, enrol


@pytest.fixture
def waiting(world: World) -> list[int]:
    """Six drafts of Fuling."""
    found = Enrolment.objects.filter(training_class=world.classes["pending"]).order_by("pk")
    return list(found.values_list("pk", flat=True))


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def states(keys: list[int]) -> set[str]:
    return set(Enrolment.objects.filter(pk__in=keys).values_list("state", flat=True))


def test_every_step_begins_where_it_may_and_no_other_row_moves(
    waiting: list[int], approver: UserViewer
) -> None:
    asked = [
        ("restore", 0, State.DRAFT),
        ("return", 0, State.DRAFT),
        ("check", 6, State.CHECKED),
        ("check", 0, State.CHECKED),
        ("return", 6, State.DRAFT),
        ("approve", 6, State.APPROVED),
        ("approve", 0, State.APPROVED),
        ("withdraw", 6, State.WITHDRAWN),
        ("approve", 0, State.WITHDRAWN),
        ("restore", 6, State.DRAFT),
    ]
    for word, moved, state in asked:
        assert services.move(ENROLMENTS, waiting, word, approver, purpose="说明") == moved, word
        assert states(waiting) == {state}, word


def test_who_approved_is_kept_and_forgotten_with_the_approval(
    waiting: list[int], approver: UserViewer
) -> None:
    services.approve(ENROLMENTS, waiting[:1], approver)
    row = Enrolment.objects.get(pk=waiting[0])
    assert (row.approved_by, row.approved_at is not None) == ("approver", True)
    services.move(ENROLMENTS, waiting[:1], "return", approver, purpose="名字写错")
    row.refresh_from_db()
    assert (row.approved_by, row.approved_at) == ("", None)


def test_a_step_is_told_in_journal_log_and_signal_and_counts_the_registry_up(
    waiting: list[int], approver: UserViewer
) -> None:
    heard: list[dict[str, set[int]]] = []

    def hear(touched: dict[str, set[int]], **_more: object) -> None:
        heard.append(touched)

    before = journal.registry_version()
    signals.rows_changed.connect(hear)
    try:
        services.move(ENROLMENTS, waiting[:2], "withdraw", approver, purpose="重复录入")
    finally:
        signals.rows_changed.disconnect(hear)
    assert heard == [{"training.Enrolment": set(waiting[:2])}]
    assert journal.registry_version() == before + 1 == RegistryVersion.objects.get().number
    for pk in waiting[:2]:
        (line,) = journal.history(Enrolment, pk)
        assert (line.actor, line.purpose, line.batch) == ("approver", "重复录入", None)
        old, new = journal.both_sides(Enrolment, line)
        assert (old["state"], new["state"]) == (State.DRAFT, State.WITHDRAWN)
    noted = AccessEntry.objects.filter(subject="enrolments/withdraw").get()
    assert (noted.username, noted.rows, noted.purpose, noted.done) == ("approver", 2, "重复录入", True)


@pytest.mark.parametrize("word", ["return", "withdraw", "restore"])
def test_what_takes_something_back_owes_a_reason(waiting: list[int], approver: UserViewer, word: str) -> None:
    for purpose in ("", "  "):
        with pytest.raises(Unusable) as refused:
            services.move(ENROLMENTS, waiting, word, approver, purpose=purpose)
        assert refused.value.code == "reason_missing"
    assert states(waiting) == {State.DRAFT}


def test_what_cannot_be_asked_is_refused(
    waiting: list[int], approver: UserViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unusable) as refused:
        services.move(ENROLMENTS, waiting, "burn", approver)
    assert refused.value.code == "move_unknown"
    with pytest.raises(Unusable) as refused:
        services.approve(get("persons"), [1], approver)
    assert refused.value.code == "not_approved_here"
    monkeypatch.setattr(services, "MOST", 5)
    with pytest.raises(Unusable) as refused:
        services.approve(ENROLMENTS, waiting, approver)
    assert refused.value.code == "too_many"
    assert states(waiting) == {State.DRAFT}


@pytest.mark.parametrize("name", ["clerk", "reader", "inspector", "base", "audit", "security"])
def test_who_does_not_approve_approves_nothing_and_it_is_logged(
    world: World, waiting: list[int], name: str
) -> None:
    with pytest.raises(Refused):
        services.approve(ENROLMENTS, waiting, UserViewer(world.users[name]))
    assert states(waiting) == {State.DRAFT}
    assert AccessEntry.objects.filter(username=name, action="approve", done=False).count() == 1


def test_rows_of_another_county_are_left_as_they_are(world: World, waiting: list[int]) -> None:
    assert services.approve(ENROLMENTS, waiting, UserViewer(world.users["other"])) == 0
    assert states(waiting) == {State.DRAFT}
    assert services.approve(ENROLMENTS, waiting, UserViewer(world.users["city"])) == 6


def test_a_withdrawn_row_that_was_entered_anew_is_not_restored(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    row = Enrolment.objects.get(pk=waiting[0])
    services.move(ENROLMENTS, waiting[:2], "withdraw", approver, purpose="重录")
    enrol(world.classes["pending"], [row.person], State.DRAFT)
    lines = Change.objects.count()
    with pytest.raises(Unusable) as refused:
        services.move(ENROLMENTS, waiting[:2], "restore", approver, purpose="误撤")
    assert refused.value.code == "there_again"
    # All or none: the other one stays withdrawn as well, and the journal says nothing.
    assert states(waiting[:2]) == {State.WITHDRAWN}
    assert Change.objects.count() == lines


def test_what_waits_is_counted_by_ledger_for_whoever_sees_it(world: World, waiting: list[int]) -> None:
    def waits(name: str) -> dict[str, int]:
        found = pending.waiting(UserViewer(world.users[name]))
        return {one.ledger.code: one.number for one in found if one.ledger}

    assert waits("approver") == {"classes": 1, "enrolments": 6}
    assert waits("other") == {}
    Enrolment.objects.filter(pk__in=waiting[:2]).update(entered_by="clerk", state=State.CHECKED)
    Enrolment.objects.filter(pk__in=waiting[2:3]).update(state=State.VILLAGE)
    Enrolment.objects.filter(pk__in=waiting[3:4]).update(state=State.TOWNSHIP)
    assert waits("approver") == {"classes": 1, "enrolments": 6}, (
        "whoever checked them, they wait all the same"
    )
    own = pending.entered(UserViewer(world.users["approver"]), "clerk")
    assert [(one.ledger and one.ledger.code, one.number) for one in own] == [("enrolments", 2)]


def test_what_was_sent_back_is_told_with_its_reason_until_it_is_approved_again(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    services.approve(ENROLMENTS, waiting[:2], approver)
    services.move(ENROLMENTS, waiting[:2], "return", approver, purpose="缺签到")
    clerk = UserViewer(world.users["clerk"])
    (told,) = returned(clerk)
    assert (told.number, told.reason, told.by, told.units) == (2, "缺签到", "approver", (("涪陵区", 2),))
    assert keys(ENROLMENTS, told.act) == waiting[:2]
    assert returned(clerk, by="somebody") == []
    other = UserViewer(world.users["other"])
    assert returned(other) == [] and act(ENROLMENTS, other, told.act) is None
    services.approve(ENROLMENTS, waiting[:1], approver)
    (left,) = returned(clerk)
    assert (left.number, left.pk, left.title) == (
        1,
        waiting[1],
        Enrolment.objects.get(pk=left.pk).person.name,
    )
    assert keys(ENROLMENTS, told.act) == [waiting[1]] and act(ENROLMENTS, clerk, told.act) == left


def test_each_act_of_returning_is_one_line_and_nothing_else_is(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    services.approve(ENROLMENTS, waiting, approver)
    for part, reason in ((waiting[:3], "缺签到"), (waiting[3:4], "缺签到"), (waiting[4:5], "名字写错")):
        services.move(ENROLMENTS, part, "return", approver, purpose=reason)
    services.move(ENROLMENTS, waiting[5:], "withdraw", approver, purpose="重复录入")
    services.move(ENROLMENTS, waiting[5:], "restore", approver, purpose="误作废")
    assert states(waiting) == {State.DRAFT}
    clerk = UserViewer(world.users["clerk"])
    assert [(one.number, one.reason) for one in returned(clerk)] == [
        (1, "名字写错"),
        (1, "缺签到"),
        (3, "缺签到"),
    ]
    # A change made a draft of it: nobody sent it back. And what somebody has changed since is mended.
    row = Enrolment.objects.get(pk=waiting[0])
    journal.updated(
        Enrolment,
        [(row.pk, {"remark": ""}, {"remark": "已补"})],
        actor="clerk",
        batch=None,
    )
    assert [(one.number, one.reason) for one in returned(clerk)] == [
        (1, "名字写错"),
        (1, "缺签到"),
        (2, "缺签到"),
    ]
    services.approve(ENROLMENTS, waiting[5:], approver)
    before = {"state": State.APPROVED, "approved_at": None, "approved_by": "approver", "remark": ""}
    Enrolment.objects.filter(pk=waiting[5]).update(state=State.DRAFT)
    journal.updated(
        Enrolment,
        [(waiting[5], before, {**before, "state": State.DRAFT, "remark": "改"})],
        actor="clerk",
        batch=None,
        purpose="更正",
    )
    assert len(returned(clerk)) == 3


def test_returns_from_before_the_journal_kept_words_are_told_too(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    services.approve(ENROLMENTS, waiting, approver)
    services.move(ENROLMENTS, waiting[:2], "return", approver, purpose="缺签到")
    services.move(ENROLMENTS, waiting[2:4], "withdraw", approver, purpose="重复")
    services.move(ENROLMENTS, waiting[2:4], "restore", approver, purpose="误作废")
    Change.objects.update(word=None)
    clerk = UserViewer(world.users["clerk"])
    assert [(one.number, one.reason) for one in returned(clerk)] == [(2, "缺签到")]
    services.approve(ENROLMENTS, waiting[4:5], approver)
    services.move(ENROLMENTS, waiting[5:], "return", approver, purpose="名字写错")
    assert [(one.number, one.reason) for one in returned(clerk)] == [(1, "名字写错"), (2, "缺签到")]


def test_changes_and_registers_wait_beside_the_rows_for_who_approves(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    services.approve(ENROLMENTS, waiting[:1], approver)
    Proposal.objects.create(
        ledger="enrolments",
        model="training.Enrolment",
        object_id=waiting[0],
        region=world.regions["涪陵区"],
        actor="clerk",
        before=journal.seal(Enrolment, {"remark": ""}),
        after=journal.seal(Enrolment, {"remark": "补"}),
    )
    found = {(one.what, one.ledger and one.ledger.code): one.number for one in pending.waiting(approver)}
    assert found[Waits.CHANGES, "enrolments"] == 1 and found[Waits.ROWS, "enrolments"] == 5
    proposed = pending.waiting(UserViewer(world.users["clerk"]))
    assert {one.what for one in proposed} == {Waits.ROWS, Waits.CHANGES}, "she sees that her own change waits"
    Proposal.objects.update(actor="somebody")
    assert {one.what for one in pending.waiting(UserViewer(world.users["clerk"]))} == {Waits.ROWS}


def test_an_approver_is_told_what_it_is_her_turn_to_approve(
    world: World, waiting: list[int], approver: UserViewer
) -> None:
    Enrolment.objects.filter(pk__in=waiting[:2]).update(entered_by="approver")
    ApprovalRule.objects.create(
        region=world.regions["涪陵区"], two_persons=True, reason="两人", by="approver"
    )
    numbers = {one.ledger and one.ledger.code: one.number for one in pending.waiting(approver)}
    assert numbers["enrolments"] == 4, "her own wait for somebody else"
    entered = pending.entered(approver, "approver")
    assert [one.number for one in entered] == [2]


def test_an_approver_is_shown_what_has_changed_since_the_last_approval(
    waiting: list[int], approver: UserViewer
) -> None:
    pk = waiting[0]

    def write(before: str, after: str) -> None:
        rows.update(Enrolment, [(pk, {"remark": after})])
        change = (pk, {"remark": before}, {"remark": after})
        journal.updated(Enrolment, [change], actor="clerk", batch=None)

    write("", "一")
    # A row that never was approved is new: nothing of it is a difference.
    assert differences(ENROLMENTS, [pk], approver) == {}
    services.approve(ENROLMENTS, [pk], approver)
    assert differences(ENROLMENTS, [pk], approver) == {pk: []}
    write("一", "二")
    write("二", "三")
    (found,) = differences(ENROLMENTS, [pk], approver)[pk]
    assert (found.field.name, found.before.text, found.now.text) == ("remark", "一", "三")
    write("三", "一")
    assert differences(ENROLMENTS, [pk], approver) == {pk: []}
