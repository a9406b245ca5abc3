"""Timetable, budget, scores: they belong to a class, are seen with it, and its money is not counted twice."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused
from qiaojie.reports import money
from qiaojie.training.ledger import BUDGET_LINES, CLASSES, ENROLMENTS, LESSONS
from qiaojie.training.models import BudgetItem, BudgetLine, DayPart, Enrolment, Lesson, TrainingClass
from tests.web.factories import World

pytestmark = pytest.mark.django_db


def lesson(held: TrainingClass, day: date, **other: object) -> Lesson:
    return Lesson.objects.create(
        filed_by=held.filed_by,
        training_class=held,
        happened_on=day,
        part=DayPart.MORNING,
        topic="平编起头",
        **other,  # type: ignore[misc]
    )


def line(held: TrainingClass, item: BudgetItem, planned: int, **other: object) -> BudgetLine:
    return BudgetLine.objects.create(
        filed_by=held.filed_by,
        training_class=held,
        happened_on=held.ends,
        item=item,
        planned=planned,
        **other,  # type: ignore[misc]
    )


def wrong(ledger: Ledger, pk: int, said: dict[str, str], viewer: UserViewer) -> list[str]:
    form = editing.form(ledger, pk, viewer)
    answer = editing.change(ledger, pk, said, form.seen, viewer, "核对过")
    return [] if answer is None else [words for entry in answer.entries for words in entry.errors]


def test_lessons_lie_within_the_days_of_their_class(world: World) -> None:
    held = world.classes["weaving"]
    kept, clerk = lesson(held, held.begins), UserViewer(world.users["approver"])
    assert wrong(LESSONS, kept.pk, {"happened_on": "2023-05-31"}, clerk) == [
        "上课日期早于开班日期，请核对两个日期。"
    ]
    late = date.fromordinal(held.ends.toordinal() + 1).isoformat()
    assert wrong(LESSONS, kept.pk, {"happened_on": late}, clerk) == ["上课日期晚于结业日期，请核对两个日期。"]
    assert wrong(LESSONS, kept.pk, {"hours": "13"}, clerk) == ["一个时段的课时是1到12，“13”不对。"]
    assert wrong(LESSONS, kept.pk, {"happened_on": held.ends.isoformat(), "hours": "4"}, clerk) == []
    kept.refresh_from_db()
    assert (kept.happened_on, kept.hours) == (held.ends, 4)


def test_a_score_is_of_a_hundred_and_a_plan_is_approved_before_the_class_is_over(world: World) -> None:
    held, approver = world.classes["weaving"], UserViewer(world.users["approver"])
    enrolled = Enrolment.objects.filter(training_class=held)[0]
    assert wrong(ENROLMENTS, enrolled.pk, {"score": "101"}, approver) == ["考核成绩是0到100分，“101”不对。"]
    assert wrong(ENROLMENTS, enrolled.pk, {"score": "0"}, approver) == []
    enrolled.refresh_from_db()
    assert enrolled.score == 0
    late = date.fromordinal(held.ends.toordinal() + 1).isoformat()
    assert wrong(CLASSES, held.pk, {"plan_approved_on": late}, approver) == [
        "计划批准日期晚于结业日期，请核对两个日期。"
    ]
    said = {"venue": "村委会二楼", "plan_approved_by": "王主任", "daily_allowance": "25.50"}
    assert wrong(CLASSES, held.pk, said, approver) == []
    held.refresh_from_db()
    assert (held.venue, held.plan_approved_by, held.daily_allowance) == ("村委会二楼", "王主任", 2550)


@pytest.mark.parametrize("user", ["clerk", "other", "city", "trainer", "base"])
def test_they_are_seen_by_whoever_sees_the_class(world: World, user: str) -> None:
    for held in TrainingClass.objects.all():
        lesson(held, held.begins, entered_by="somebody-else")
        line(held, BudgetItem.MATERIALS, 100_00, entered_by="somebody-else")
    viewer = UserViewer(world.users[user])
    classes = set(queries.rows(CLASSES, viewer).values_list("pk", flat=True))
    for ledger in (LESSONS, BUDGET_LINES):
        found = queries.rows(ledger, viewer).values_list("training_class", flat=True)
        assert set(found) == classes


def test_another_county_changes_nothing_of_it(world: World) -> None:
    kept = lesson(world.classes["weaving"], world.classes["weaving"].begins)
    with pytest.raises(Refused):
        editing.form(LESSONS, kept.pk, UserViewer(world.users["other"]))


def test_the_budget_of_a_class_is_in_no_sum_of_money(world: World) -> None:
    known = {(kind.ledger.code, kind.field.name) for kind in money.kinds()}
    assert ("classes", "cost") in known
    assert not {code for code, _name in known} & {BUDGET_LINES.code, LESSONS.code}
    assert ("classes", "daily_allowance") not in known
    held = world.classes["weaving"]
    line(held, BudgetItem.LECTURES, 20_000_00, paid=19_000_00, state=State.APPROVED)
    before = held.cost
    held.refresh_from_db()
    assert held.cost == before


def test_the_day_of_a_budget_follows_its_class(world: World) -> None:
    held, approver = world.classes["weaving"], UserViewer(world.users["approver"])
    kept = line(held, BudgetItem.PLACE, 500_00)
    form = editing.form(CLASSES, held.pk, approver)
    assert editing.change(CLASSES, held.pk, {"ends": "2023-07-05"}, form.seen, approver, "延期") is None
    kept.refresh_from_db()
    assert kept.happened_on == date(2023, 7, 5)
