"""The plan of a class of the present: where, who teaches what and when, what it costs, and how the trainees were marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext as _

from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, State
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib.identity import FEMALE
from qiaojie.training.models import BudgetItem, BudgetLine, DayPart, Enrolment, Lesson, Result, TrainingClass

from ..batches import ACTOR, FACT, fact
from ..evidence import HOURS
from ..names import personal_name
from ..world import Course

VENUE: Final = "%s残疾人综合服务中心二楼培训室"
ALLOWANCE: Final = 3_000
"""Fen for a day that a trainee was there."""
SHARES: Final = {
    BudgetItem.LECTURES: 35,
    BudgetItem.MATERIALS: 30,
    BudgetItem.ALLOWANCE: 20,
    BudgetItem.PLACE: 10,
    BudgetItem.PAPERS: 5,
}
"""Lines of a budget → per cent of what the class costs."""
PASSED: Final = 60
"""The least score of whoever completes."""


def keep(key: int, course: Course) -> None:
    """Write timetable, budget and scores of a class, in the caller's transaction."""
    rng = Random(f"current/plan/{course.title}")
    teacher = personal_name(rng, FEMALE)
    TrainingClass.objects.filter(pk=key).update(
        venue=VENUE % course.place.name,
        teacher=teacher,
        plan_approved_by=personal_name(rng, FEMALE),
        plan_approved_on=course.begins - timedelta(days=5),
        daily_allowance=ALLOWANCE,
    )
    _teach(key, course, teacher)
    _spend(key, course)
    _mark(key, rng)


def _teach(key: int, course: Course, teacher: str) -> None:
    days = [course.begins + timedelta(days=at) for at in range((course.ends - course.begins).days + 1)]
    topics = ("入门与材料", "基本手法", "花样与配色", "成品制作", "定价与网上销售")
    rows = [
        (day, key, part, f"{course.content}：{topics[at % len(topics)]}", teacher, HOURS)
        for at, day in enumerate(days)
        for part in (DayPart.MORNING, DayPart.AFTERNOON)
    ]
    _write(Lesson, "lessons", course, ("training_class_id", "part", "topic", "teacher", "hours"), rows)


def _spend(key: int, course: Course) -> None:
    paid = course.state == State.APPROVED and course.trainees[0].result != Result.ENROLLED
    rows = [
        (course.ends, key, item, planned := (course.cost or 0) * share // 100, planned if paid else None, "")
        for item, share in SHARES.items()
    ]
    _write(
        BudgetLine, "budget_lines", course, ("training_class_id", "item", "planned", "paid", "remark"), rows
    )


def _write(
    model: type[models.Model],
    ledger: str,
    course: Course,
    columns: Sequence[str],
    rows: Sequence[tuple[date, Any, *tuple[Any, ...]]],
) -> None:
    """Rows that begin with their day, as far as their class has come."""
    filed, _day, *came = fact(course, course.state)
    keys = hand_out(model, len(rows))
    insert(
        model,
        ("id", *FACT, *columns),
        ((pk, filed, day, *came, *rest) for pk, (day, *rest) in zip(keys, rows, strict=True)),
    )
    purpose = _("演示数据：%s") % course.title
    batch = Batch.objects.create(ledger=ledger, region_id=course.place.region, actor=ACTOR, purpose=purpose)
    journal.created(model, keys, actor=ACTOR, batch=batch, purpose=purpose)


def _mark(key: int, rng: Random) -> None:
    """Scores of those who completed; who only attends has none yet."""
    marked = list(Enrolment.objects.filter(training_class=key, result=Result.COMPLETED).order_by("pk"))
    for one in marked:
        one.score = rng.randint(PASSED, 98)
    Enrolment.objects.bulk_update(marked, ["score"])
