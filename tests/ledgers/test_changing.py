"""A change is permitted, whole, journalled, told and logged; a refusal stays in the log whatever becomes of the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from qiaojie.accounts.models import AccessEntry, Role, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import signals
from qiaojie.ledgers.changing import Nested, OpenChange, permitted, together
from qiaojie.ledgers.journal import history, registry_version
from qiaojie.ledgers.models import Batch, Change, SavedView
from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from tests.web import factories

pytestmark = pytest.mark.django_db

Told = list[tuple[dict[str, set[int]], Any, int]]


def depth() -> int:
    """How many transactions stand inside one another here."""
    return len(connection.savepoint_ids)


@pytest.fixture
def clerk() -> UserViewer:
    fuling = factories.tree()["涪陵区"]
    return UserViewer(factories.account("clerk", fuling, Role.CLERK))


@pytest.fixture
def told() -> Iterator[Told]:
    """What is sent while rows change: which, the memo, and how deep in transactions."""
    heard: Told = []

    def hear(touched: dict[str, set[int]], memo: Any = None, **_: Any) -> None:
        heard.append(({label: set(keys) for label, keys in touched.items()}, memo, depth()))

    signals.rows_changed.connect(hear)
    yield heard
    signals.rows_changed.disconnect(hear)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How deep in transactions each line of the access log is written."""
    depths: list[int] = []
    note = UserViewer.note

    def listening(self: UserViewer, *args: Any, **kwargs: Any) -> None:
        depths.append(depth())
        note(self, *args, **kwargs)

    monkeypatch.setattr(UserViewer, "note", listening)
    return depths


def logged() -> list[tuple[str, int | None, str, bool]]:
    return list(AccessEntry.objects.order_by("pk").values_list("subject", "rows", "purpose", "done"))


def keep(change: OpenChange, label: str, **told: bool) -> SavedView:
    """A change of some row: these need nothing else."""
    made = SavedView.objects.create(owner=change.viewer.name, ledger="classes", label=label, query="")
    change.created(SavedView, [made.pk], **told)
    return made


def untouched(version: int) -> bool:
    return not SavedView.objects.exists() and not Change.objects.exists() and registry_version() == version


def test_without_the_right_nothing_begins(clerk: UserViewer, told: Told) -> None:
    version = registry_version()
    with pytest.raises(Refused), permitted(clerk, Action.APPROVE, "thing/1", purpose="因为") as change:
        keep(change, "视图")
    assert untouched(version) and not told
    assert logged() == [("thing/1", None, "", False)]


def test_what_offices_do_nobody_outside_does() -> None:
    fuling = factories.tree()["涪陵区"]
    base = UserViewer(factories.outsider("base", fuling, Role.BASE_MANAGER, WorkLine.BASE))
    assert permitted(base, Action.ENTER, "thing/1").subject == "thing/1"
    with pytest.raises(Refused):
        permitted(base, Action.ENTER, "thing/1", office=True)
    assert logged() == [("thing/1", None, "", False)]


def test_nothing_is_held_before_the_change_begins(clerk: UserViewer) -> None:
    version, before = registry_version(), depth()
    permit = permitted(clerk, Action.ENTER, "thing/1")
    with pytest.raises(Refused):
        permit.refuse_unless(False, "thing/1/elsewhere")
    permit.refuse_unless(True)
    assert (registry_version(), depth()) == (version, before)
    assert logged() == [("thing/1/elsewhere", None, "", False)]


def test_what_is_done_is_journalled_told_and_logged(clerk: UserViewer, told: Told, noted: list[int]) -> None:
    version, outside = registry_version(), depth()
    with permitted(clerk, Action.ENTER, "thing/1").because("因为") as change:
        assert registry_version() == version + 1
        batch = change.begin_batch("classes", None, "批")
        made = keep(change, "视图")
        change.updated(SavedView, [(made.pk, {"label": "视图"}, {"label": "新名"})])
        change.note("thing/1/done", rows=7)
        assert not told and not noted
    assert registry_version() == version + 1
    lines = [(one.act, one.actor, one.purpose, one.batch) for one in history(SavedView, made.pk)]
    assert lines == [(act, "clerk", "因为", batch) for act in (Change.Act.CREATE, Change.Act.UPDATE)]
    assert (batch.actor, batch.purpose, batch.ledger) == ("clerk", "批", "classes")
    assert told == [({"ledgers.SavedView": {made.pk}}, None, outside + 1)], "once, inside the transaction"
    assert noted == [outside], "after it"
    assert logged() == [("thing/1/done", 7, "因为", True)]


def test_what_fails_leaves_nothing_and_is_not_logged_as_done(clerk: UserViewer, told: Told) -> None:
    version = registry_version()
    with pytest.raises(Unusable), permitted(clerk, Action.ENTER, "thing/1") as change:
        keep(change, "视图")
        change.note(rows=1)
        raise Unusable("odd", "不行")
    assert untouched(version) and not told and not logged()


def test_what_listens_may_still_prevent_it(clerk: UserViewer) -> None:
    def prevent(**_: Any) -> None:
        raise Unusable("odd", "不行")

    version = registry_version()
    signals.rows_changed.connect(prevent)
    try:
        with pytest.raises(Unusable), permitted(clerk, Action.ENTER, "thing/1") as change:
            keep(change, "视图")
    finally:
        signals.rows_changed.disconnect(prevent)
    assert untouched(version) and not logged()


def test_a_refusal_inside_stays_in_the_log_when_the_change_goes(
    clerk: UserViewer, told: Told, noted: list[int]
) -> None:
    version, outside = registry_version(), depth()
    with pytest.raises(Refused), permitted(clerk, Action.ENTER, "thing/1") as change:
        keep(change, "视图")
        change.refuse("thing/1/row")
    assert untouched(version) and not told
    assert noted == [outside], "a line written inside would go with the change where both lie in one database"
    assert logged() == [("thing/1/row", None, "", False)]


def test_only_what_sums_rest_on_is_told(clerk: UserViewer, told: Told) -> None:
    with permitted(clerk, Action.ENTER, "thing/1") as change:
        made = keep(change, "视图", told=False)
        change.updated(SavedView, [(made.pk, {"label": "视图"}, {"label": "新名"})], told=False)
    assert not told and Change.objects.count() == 2
    with permitted(clerk, Action.ENTER, "thing/1") as change:
        change.touch({"people.Person": [4]})
        change.touch({"people.Person": [5], "people.Tie": []})
    assert [touched for touched, _memo, _depth in told] == [{"people.Person": {4, 5}, "people.Tie": set()}]


def test_who_looked_before_a_deletion_gets_its_notes_back(clerk: UserViewer, told: Told) -> None:
    def look(touched: dict[str, set[int]], memo: dict[str, Any], **_: Any) -> None:
        memo["seen"] = touched["people.Person"] & {4}

    signals.rows_changing.connect(look)
    try:
        with permitted(clerk, Action.ENTER, "thing/1") as change:
            change.delete_soon({"people.Person": [4, 5]})
    finally:
        signals.rows_changing.disconnect(look)
    ((touched, memo, _depth),) = told
    assert touched == {"people.Person": {4, 5}} and memo["seen"] == {4}


def test_what_no_plan_rests_on_leaves_the_registry_alone(clerk: UserViewer) -> None:
    version = registry_version()
    with permitted(clerk, Action.ENTER, "thing/1", registry=False) as change:
        keep(change, "视图")
        assert registry_version() == version
        assert change.lock() == version + 1, "unless it turns out to"
    assert registry_version() == version + 1


def test_what_is_taken_back_was_told_and_never_happened(clerk: UserViewer, told: Told) -> None:
    version = registry_version()
    with permitted(clerk, Action.ENTER, "thing/1") as change:
        keep(change, "视图")
        change.tell()
        assert len(told) == 1
        keep(change, "另一个")
        change.take_back()
    assert untouched(version) and len(told) == 1 and not logged()


def test_a_change_inside_a_change_is_a_mistake(clerk: UserViewer) -> None:
    version = registry_version()
    inner = permitted(clerk, Action.ENTER, "thing/2")
    with pytest.raises(Nested), permitted(clerk, Action.ENTER, "thing/1") as change:
        keep(change, "视图")
        with inner:
            raise AssertionError("never reached")
    with pytest.raises(Nested), permitted(clerk, Action.ENTER, "thing/1"), together():
        raise AssertionError("never reached")
    assert untouched(version) and not logged()
    with inner as change:
        keep(change, "视图")
    assert logged() == [("thing/2", None, "", True)]


def test_changes_that_belong_together_happen_together(clerk: UserViewer, told: Told) -> None:
    version = registry_version()
    with together():
        for number in (1, 2):
            with permitted(clerk, Action.ENTER, f"thing/{number}") as change:
                keep(change, f"视图{number}")
        assert not logged()
    assert registry_version() == version + 2 and SavedView.objects.count() == 2 == len(told)
    assert logged() == [("thing/1", None, "", True), ("thing/2", None, "", True)]


def test_of_changes_that_belong_together_none_stays_when_one_is_refused(
    clerk: UserViewer, noted: list[int]
) -> None:
    version, outside = registry_version(), depth()
    with pytest.raises(Refused), together():
        with permitted(clerk, Action.ENTER, "thing/1") as change:
            keep(change, "视图")
        permitted(clerk, Action.APPROVE, "thing/2")
    assert untouched(version) and noted == [outside]
    assert logged() == [("thing/2", None, "", False)]


def test_a_refusal_that_is_survived_is_logged_all_the_same(clerk: UserViewer) -> None:
    with together():
        with pytest.raises(Refused):
            permitted(clerk, Action.APPROVE, "thing/2")
        with together(), permitted(clerk, Action.ENTER, "thing/1") as change:
            keep(change, "视图")
    assert logged() == [("thing/2", None, "", False), ("thing/1", None, "", True)]


def test_a_long_purpose_fits_the_journal(clerk: UserViewer) -> None:
    with permitted(clerk, Action.ENTER, "thing/1", purpose="长" * 300) as change:
        change.begin_batch("classes", None, "长" * 300)
        made = keep(change, "视图")
    assert history(SavedView, made.pk)[0].purpose == "长" * 200 == Batch.objects.get().purpose
    assert logged() == [("thing/1", None, "长" * 200, True)]
