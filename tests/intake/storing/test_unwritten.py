"""Whoever plans lists to look people up, and never writes them, is told of; whoever mends a list and writes it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry, Agency, Role, User
from qiaojie.accounts.queries import alarms
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import jobs, queries, services
from qiaojie.intake.models import Upload
from qiaojie.intake.storing import unwritten
from qiaojie.ledgers import undoing
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.notices import queries as notices
from qiaojie.queue.services import Task
from qiaojie.regions.models import Region
from tests.intake import material
from tests.intake.conftest import Planner, viewer
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db

KNOWN = 12
"""Women who are registered."""


@pytest.fixture
def registered(plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some women are registered; more than 30 found in vain are too many."""
    services.commit(plan(roster([person_row(n) for n in range(1, KNOWN + 1)])), approver)
    monkeypatch.setattr(unwritten, "FOUND", 30)


def hand_in(who: Viewer, region: Region, first: int = 1, last: int = KNOWN, **changed: object) -> Upload:
    """A list of women, looked at and not written."""
    data = roster([person_row(n, **changed) for n in range(first, last + 1)])
    return services.receive(data, "名册.xlsx", notices.table(material.ROSTER), region, who)


def raised() -> list[tuple[str, int | None]]:
    """Whose alarms there are, and what they say."""
    lines = AccessEntry.objects.filter(action=Action.ALARM, subject=unwritten.SUBJECT).order_by("pk")
    return list(lines.values_list("username", "rows"))


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, KNOWN),
        ({"phone": "13900000001"}, KNOWN),
        ({"class": "另一个班"}, KNOWN),
        ({"name": "王二"}, KNOWN),
        ({"remark": "x"}, KNOWN),
    ],
    ids=["same", "changed", "new", "contradicted", "remarked"],
)
def test_who_is_found_is_counted_whatever_becomes_of_the_row(
    plan: Planner, registered: None, changed: dict[str, object], found: int
) -> None:
    # Five women whom nobody knows are no look-ups.
    data = roster([person_row(n, **changed) for n in range(1, KNOWN + 6)])
    assert unwritten.people(plan(data)) == found
    assert unwritten.people(plan(roster([person_row(n) for n in range(100, 105)]))) == 0


def test_lists_that_are_put_aside_raise_one_alarm_where_alarms_of_look_ups_stand(
    registered: None, clerk: Viewer, fuling: Region
) -> None:
    for _number in range(2):
        services.discard(hand_in(clerk, fuling).pk, clerk)
    assert not raised()
    services.discard(hand_in(clerk, fuling).pk, clerk)
    assert raised() == [("fuling-clerk", 3 * KNOWN)]
    services.discard(hand_in(clerk, fuling).pk, clerk)
    assert len(raised()) == 1, "not again for little more"
    for _number in range(2):
        services.discard(hand_in(clerk, fuling).pk, clerk)
    assert raised()[1:] == [("fuling-clerk", 6 * KNOWN)], "again for twice as many"
    agency = Agency.objects.create(region=Region.objects.get(parent=None), line="dpf", name="市残联")
    security = User.objects.create(username="security", agency=agency, role=Role.SECURITY)
    told = alarms(UserViewer(security), timezone.now() - timedelta(days=7))
    assert {(one.username, one.subject) for one in told} == {("fuling-clerk", unwritten.SUBJECT)}


def test_what_waits_is_somebodys_work_for_a_day_and_then_counts(
    registered: None, clerk: Viewer, fuling: Region
) -> None:
    for _number in range(3):
        hand_in(clerk, fuling)
    assert not raised(), "the largest one may be at work, and two are not too many"
    Upload.objects.update(received_at=timezone.now() - timedelta(days=2))
    task = Task("k", "nightly/unwritten", "system", {}, False, lambda *_: None)
    assert jobs._unwritten(task) == {"alarms": 1}
    assert raised() == [("fuling-clerk", 3 * KNOWN)]
    assert jobs._unwritten(task) == {"alarms": 0}
    # What was done longer ago than a week is forgotten.
    AccessEntry.objects.filter(subject__endswith="/found").update(at=timezone.now() - timedelta(days=8))
    assert unwritten._handed("", timezone.now()) == {}


def test_whoever_hands_a_list_in_again_until_it_is_right_and_writes_it_raises_none(
    registered: None, approver: Viewer, fuling: Region
) -> None:
    for _number in range(2):
        services.discard(hand_in(approver, fuling, remark="改").pk, approver)
    upload = hand_in(approver, fuling, remark="改好")
    services.commit_upload(upload.pk, queries.fresh_plan(upload, approver), approver)
    for _number in range(2):
        services.discard(hand_in(approver, fuling, remark="又改").pk, approver)
    assert not raised(), "they were drafts of the one that was written"
    batch = Upload.objects.get(pk=upload.pk).batch
    assert batch is not None
    undoing.undo(batch.pk, approver, "录错了")
    assert unwritten.watch() == 1, "what was taken back at once was not written"


def test_lists_of_strangers_of_other_accounts_and_of_the_installation_raise_none(
    registered: None, clerk: Viewer, everyone: Viewer, fuling: Region
) -> None:
    for number in range(5):
        services.discard(hand_in(clerk, fuling, 100, 130).pk, clerk)
        services.discard(hand_in(everyone, fuling).pk, everyone)
        other = viewer(fuling, Role.CLERK, f"clerk-{number}")
        services.discard(hand_in(other, fuling).pk, other)
    assert not raised()
    assert AccessEntry.objects.filter(username="clerk-1", subject__endswith="/found").get().rows == KNOWN
