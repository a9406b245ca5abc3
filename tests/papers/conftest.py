"""A made-up class with all that its papers say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qiaojie.ledgers.models import State
from qiaojie.training.models import (
    Attendance,
    BudgetItem,
    BudgetLine,
    DayPart,
    Enrolment,
    Lesson,
    Result,
    TrainingClass,
)
from tests.web.factories import World, enrol, training_class


@pytest.fixture
def held(world: World) -> TrainingClass:
    """Five days, seven women, three lessons, a budget, two days of attendance, scores; four completed."""
    fuling = world.regions["涪陵区"]
    made = training_class(
        fuling,
        "涪陵区手工编织提高班",
        begins=date(2030, 6, 3),
        ends=date(2030, 6, 7),
        content="棕编",
        venue="龙潭镇文化站二楼",
        teacher="何老师",
        plan_approved_by="李主任",
        plan_approved_on=date(2030, 5, 20),
        daily_allowance=30_00,
        planned_headcount=10,
        planned_jobs=5,
    )
    enrol(made, world.people["here"][:7])
    rows = list(Enrolment.objects.filter(training_class=made).order_by("pk"))
    for place, row in enumerate(rows):
        row.result = Result.COMPLETED if place < 4 else Result.ENROLLED
        row.score = 80 + place if place < 5 else None
        row.save()
    for at, part in enumerate((DayPart.DAY, DayPart.MORNING, DayPart.DAY)):
        Lesson.objects.create(
            filed_by=fuling,
            training_class=made,
            happened_on=made.begins + timedelta(days=at),
            part=part,
            topic=f"第{at + 1}讲",
            teacher="王老师" if at else "",
            hours=4,
            state=State.APPROVED,
        )
    for item, planned in ((BudgetItem.LECTURES, 3000_00), (BudgetItem.MATERIALS, 1250_50)):
        BudgetLine.objects.create(
            filed_by=fuling, training_class=made, happened_on=made.ends, item=item, planned=planned
        )
    Attendance.objects.bulk_create(
        Attendance(
            enrolment=row,
            held_on=made.begins + timedelta(days=day),
            part=DayPart.MORNING,
            present=day == 0 or place != 1,
        )
        for place, row in enumerate(rows)
        for day in range(2)
    )
    return made
