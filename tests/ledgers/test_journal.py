"""The journal: what it keeps is encrypted, tells a row's history, and takes a batch back whole or not at all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import journal, rows, signals, undoing
from qiaojie.ledgers.models import Batch, Change
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web.factories import World, enrol, training_class


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


@pytest.fixture
def batch(world: World) -> Batch:
    return Batch.objects.create(ledger="classes", region=world.regions["涪陵区"], actor="clerk")


def made(world: World, batch: Batch, title: str = "新班") -> TrainingClass:
    held = training_class(world.regions["涪陵区"], title)
    journal.created(TrainingClass, [held.pk], actor="clerk", batch=batch)
    return held


def changed(held: TrainingClass, batch: Batch | None, **after: Any) -> None:
    before = {name: getattr(held, name) for name in after}
    journal.updated(TrainingClass, [(held.pk, before, after)], actor="clerk", batch=batch)
    TrainingClass.objects.filter(pk=held.pk).update(**after)
    held.refresh_from_db()


def test_columns_come_back_typed_and_lie_encrypted(world: World) -> None:
    woman = world.people["here"][0]
    values = {"name": woman.name, "birth_date": date(1970, 1, 2), "phone": "13800000000", "hukou_id": None}
    sealed = journal.seal(Person, values)
    assert journal.unseal(Person, memoryview(sealed)) == values
    assert woman.name.encode() not in sealed and b"13800000000" not in sealed
    assert json.dumps(woman.name).encode() not in sealed
    assert journal.seal(Person, values) != sealed


def test_rows_made_together_share_a_line_for_each_run_of_keys(batch: Batch) -> None:
    journal.created(TrainingClass, [904, 901, 902, 903, 910], actor="clerk", batch=batch)
    spans = Change.objects.filter(batch=batch).order_by("pk").values_list("object_id", "last_id")
    assert list(spans) == [(901, 904), (910, 910)]
    assert [line.object_id for line in journal.history(TrainingClass, 903)] == [901]
    assert journal.history(TrainingClass, 905) == []
    assert rows.spans([]) == []


def test_a_history_is_told_from_the_first_on(world: World, batch: Batch) -> None:
    held = made(world, batch)
    changed(held, None, title="改名班")
    changed(held, None, title="再改名班")
    other = made(world, batch, "别的班")
    lines = journal.history(TrainingClass, held.pk)
    assert [line.act for line in lines] == [Change.Act.CREATE, Change.Act.UPDATE, Change.Act.UPDATE]
    assert [journal.both_sides(TrainingClass, line) for line in lines] == [
        ({}, {}),
        ({"title": "新班"}, {"title": "改名班"}),
        ({"title": "改名班"}, {"title": "再改名班"}),
    ]
    assert len(journal.history(TrainingClass, other.pk)) == 1


def test_undo_removes_what_was_made_and_puts_back_what_was_changed(
    world: World, batch: Batch, approver: UserViewer
) -> None:
    old = world.classes["weaving"]
    title, cost = old.title, old.cost
    changed(old, batch, title="一")
    changed(old, batch, title="二", cost=1)
    fresh = made(world, batch)
    heard: list[dict[str, set[int]]] = []

    def hear(touched: dict[str, set[int]], **_more: object) -> None:
        heard.append(touched)

    signals.rows_changed.connect(hear)
    try:
        undone = undoing.undo(batch.pk, approver, "录错了")
    finally:
        signals.rows_changed.disconnect(hear)
    old.refresh_from_db()
    assert (old.title, old.cost) == (title, cost)
    assert not TrainingClass.objects.filter(pk=fresh.pk).exists()
    assert (undone.stage, undone.undone_by) == (Batch.Stage.UNDONE, "approver")
    assert heard == [{"training.TrainingClass": {old.pk, fresh.pk}}]
    # The undoing is told as well: of the removed row, all of it.
    gone = Change.objects.get(batch=batch, act=Change.Act.DELETE)
    assert journal.both_sides(TrainingClass, gone)[0]["title"] == "新班"
    back = Change.objects.filter(batch=batch, act=Change.Act.UPDATE).order_by("-pk")[0]
    assert journal.both_sides(TrainingClass, back) == (
        {"title": "二", "cost": 1},
        {"title": title, "cost": cost},
    )


def test_a_batch_is_undone_once(world: World, batch: Batch, approver: UserViewer) -> None:
    made(world, batch)
    undoing.undo(batch.pk, approver, "录错了")
    with pytest.raises(Unusable) as refused:
        undoing.undo(batch.pk, approver, "录错了")
    assert refused.value.code == "undo_done"


def test_undo_is_refused_where_a_row_was_changed_later(
    world: World, batch: Batch, approver: UserViewer
) -> None:
    held = made(world, batch)
    changed(held, None, title="后来改名")
    with pytest.raises(Unusable, match=r"培训班：有 1 条后来又被修改") as refused:
        undoing.undo(batch.pk, approver, "录错了")
    assert refused.value.code == "undo_blocked"
    assert TrainingClass.objects.filter(pk=held.pk, title="后来改名").exists()
    assert Batch.objects.get(pk=batch.pk).stage == Batch.Stage.COMMITTED


def test_a_later_change_that_was_undone_itself_stands_in_nobodys_way(
    world: World, batch: Batch, approver: UserViewer
) -> None:
    held = made(world, batch)
    later = Batch.objects.create(ledger="classes", region=world.regions["涪陵区"], actor="clerk")
    changed(held, later, title="后来改名")
    undoing.undo(later.pk, approver, "录错了")
    undoing.undo(batch.pk, approver, "录错了")
    assert not TrainingClass.objects.filter(pk=held.pk).exists()


def test_undo_is_refused_where_another_row_stands_on_one_it_made(
    world: World, batch: Batch, approver: UserViewer
) -> None:
    held = made(world, batch)
    enrol(held, world.people["here"][:3])
    with pytest.raises(Unusable, match=r"有 3 条参训记录以它为依据"):
        undoing.undo(batch.pk, approver, "录错了")
    # Those of the batch itself go with it.
    keys = list(Enrolment.objects.filter(training_class=held).values_list("pk", flat=True))
    journal.created(Enrolment, keys, actor="clerk", batch=batch)
    undoing.undo(batch.pk, approver, "录错了")
    assert not Enrolment.objects.filter(pk__in=keys).exists()


def test_a_batch_of_another_county_is_unknown_and_the_attempt_is_logged(world: World, batch: Batch) -> None:
    held = made(world, batch)
    for name, code in (("other", "batch_unknown"), ("base", "batch_unknown")):
        with pytest.raises(Unusable) as refused:
            undoing.undo(batch.pk, UserViewer(world.users[name]), "录错了")
        assert refused.value.code == code
        assert AccessEntry.objects.filter(username=name, subject=f"batch/{batch.pk}", done=False).exists()
    with pytest.raises(Refused):
        undoing.undo(batch.pk, UserViewer(world.users["reader"]), "录错了")
    assert TrainingClass.objects.filter(pk=held.pk).exists()
    with pytest.raises(Unusable) as refused:
        undoing.undo(batch.pk + 1_000, UserViewer(world.users["clerk"]), "录错了")
    assert refused.value.code == "batch_unknown"
