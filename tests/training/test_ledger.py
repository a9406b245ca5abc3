"""What the ledgers of training declare: the day that counts follows the class, and one class is not another."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import queries, services, sight
from qiaojie.ledgers.declaration import followers
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Sight
from qiaojie.training.ledger import CLASSES, ENROLMENTS, EVENTS
from qiaojie.training.models import Enrolment, TrainingEvent
from tests.web.factories import World, enrol, training_class


def test_completing_counts_on_the_last_day_of_the_class_and_moves_with_it(world: World) -> None:
    assert [(one.ledger.code, one.column, one.repeats) for one in followers("classes")] == [
        ("budget_lines", "happened_on", "ends"),
        ("class_details", "happened_on", "happened_on"),
        ("enrolments", "happened_on", "ends"),
    ]
    held, approver = world.classes["weaving"], UserViewer(world.users["approver"])
    form = editing.form(CLASSES, held.pk, approver)
    wrong = editing.change(CLASSES, held.pk, {"ends": "2023-07-05"}, form.seen, approver, "延期")
    assert wrong is None
    held.refresh_from_db()
    assert held.happened_on == held.ends == date(2023, 7, 5)
    days = set(Enrolment.objects.filter(training_class=held).values_list("happened_on", flat=True))
    assert days == {date(2023, 7, 5)}


def test_one_woman_is_enrolled_once_in_a_class_unless_the_first_was_withdrawn(world: World) -> None:
    held = training_class(world.regions["涪陵区"], "一次班")
    enrol(held, world.people["here"][:1])
    with pytest.raises(IntegrityError), transaction.atomic():
        enrol(held, world.people["here"][:1], State.DRAFT)
    Enrolment.objects.filter(training_class=held).update(state=State.WITHDRAWN)
    enrol(held, world.people["here"][:1], State.DRAFT)
    assert Enrolment.objects.filter(training_class=held).count() == 2


def test_days_of_a_class_and_of_an_event_are_in_order(world: World) -> None:
    fuling = world.regions["涪陵区"]
    for make in (
        lambda: training_class(fuling, "倒班", begins=date(2023, 6, 2), ends=date(2023, 6, 1)),
        lambda: TrainingEvent.objects.create(
            filed_by=fuling,
            title="倒活动",
            kind="other",
            begins=date(2023, 6, 2),
            ends=date(2023, 6, 1),
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


def test_a_foreign_class_is_not_seen_and_a_common_woman_only_where_each_enrolled_her(world: World) -> None:
    woman = world.people["here"][0]
    seen = {
        name: set(
            queries.rows(ENROLMENTS, UserViewer(world.users[name]), {"person.name": woman.name})
            .filter(person=woman)
            .values_list("training_class__title", flat=True)
        )
        for name in ("clerk", "other", "city")
    }
    assert seen["other"] == {"万州竹编班"}
    assert seen["clerk"] and not seen["clerk"] & seen["other"]
    assert seen["city"] == seen["clerk"] | seen["other"]


def test_numbers_are_masked_and_outside_the_offices_hidden(world: World) -> None:
    field = ENROLMENTS.field("person.id_number")
    woman = world.people["here"][4]
    assert sight.registered(ENROLMENTS, field, UserViewer(world.users["trainer"])) is Sight.HIDDEN
    viewer = UserViewer(world.users["clerk"])
    found = queries.rows(ENROLMENTS, viewer).filter(person=woman)
    shown = [row.cells[field.name] for row in queries.shown(ENROLMENTS, viewer, found, [field])]
    assert shown
    assert all(cell.masked and cell.value is None and woman.id_number not in cell.text for cell in shown)


def test_an_event_is_approved_by_its_own_county_alone(world: World) -> None:
    event = TrainingEvent.objects.create(
        filed_by=world.regions["涪陵区"],
        title="助盲一期",
        kind="massage",
        begins=date(2023, 6, 1),
        ends=date(2023, 6, 3),
        happened_on=date(2023, 6, 3),
    )
    assert services.approve(EVENTS, [event.pk], UserViewer(world.users["other"])) == 0
    assert services.approve(EVENTS, [event.pk], UserViewer(world.users["approver"])) == 1
    assert queries.rows(EVENTS, SystemViewer(), {"state": State.APPROVED}).count() == 1
