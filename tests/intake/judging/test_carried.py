"""What rows change of classes, bases and households that stand: told at the cell, counted, and waiting where it has to."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import LazySettings

from qiaojie.bases.models import Base
from qiaojie.intake import queries, services
from qiaojie.intake.judging.plan import Plan, as_mapping
from qiaojie.intake.storing import plan_record
from qiaojie.ledgers import declaration, proposals
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.shape import Shape
from qiaojie.training.models import Enrolment, TrainingClass
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db

UNTIL_10 = {"class": "戊班", "begins": "2023-06-01", "ends": "2023-06-10"}
UNTIL_12 = {**UNTIL_10, "ends": "2023-06-12"}


def told(plan: Plan, code: str) -> list[tuple[str, str]]:
    return [(issue.cell, issue.message) for issue in plan.issues if issue.code == code]


@pytest.fixture
def standing(plan: Planner, approver: Viewer) -> TrainingClass:
    """An approved class until 10 June, with one woman who counts on that day."""
    services.commit(plan(roster([person_row(1, **UNTIL_10)])), approver)
    return TrainingClass.objects.get()


def days() -> list[date]:
    return list(Enrolment.objects.order_by("pk").values_list("happened_on", flat=True))


@pytest.mark.parametrize("women", [(2,), (2, 3, 4), (1, 2), (1,)])
def test_other_days_of_a_standing_class_are_told_and_counted(
    plan: Planner, standing: TrainingClass, women: tuple[int, ...], approver: Viewer
) -> None:
    """New women, known ones, one or many: the change is told once, where the first of them says it."""
    planned = plan(roster([person_row(n, **UNTIL_12) for n in women]))
    ((cell, words),) = told(planned, "standing_changed")
    assert cell == "J4", "the cell of the last day, in the first row"
    assert "“戊班”" in words and "2023年6月10日" in words and "2023年6月12日" in words
    ((_cell, follow),) = told(planned, "days_follow")
    assert "参训记录 1 条" in follow
    shown = as_mapping(planned)
    assert shown["changed"] == 1
    assert shown["new"] == len(set(women) - {1})
    services.commit(planned, approver)
    assert set(days()) == {date(2023, 6, 12)}


def test_who_may_not_approve_moves_nobody(
    plan: Planner, standing: TrainingClass, clerk: Viewer, approver: Viewer
) -> None:
    planned = plan(roster([person_row(n, **UNTIL_12) for n in (2, 3)]), who=clerk)
    ((_cell, words),) = told(planned, "standing_changed")
    assert "已审核" in words
    services.commit(planned, clerk)
    standing.refresh_from_db()
    assert (standing.ends, standing.state) == (date(2023, 6, 10), State.APPROVED)
    assert days() == [date(2023, 6, 10)] * 3, "new women count when the class does that stands"
    (waits,) = proposals.listed(declaration.get("classes"), approver)
    assert waits.after["ends"] == date(2023, 6, 12)
    proposals.take([waits.proposal.pk], approver)
    assert days() == [date(2023, 6, 12)] * 3


def test_a_class_that_says_the_same_is_told_of_nothing(plan: Planner, standing: TrainingClass) -> None:
    planned = plan(roster([person_row(2, **UNTIL_10)]))
    assert not told(planned, "standing_changed") and not planned.carried
    assert as_mapping(planned)["changed"] == 0


def test_a_persons_telephone_counts_among_what_is_changed(plan: Planner, standing: TrainingClass) -> None:
    other = {"class": "己班", "begins": "2023-08-01", "ends": "2023-08-10", "phone": "13912345678"}
    planned = plan(roster([person_row(1, **other)]))
    assert planned.carried == {"persons": 1}
    assert as_mapping(planned)["changed"] == 1


def test_what_is_changed_by_the_way_is_kept_with_the_plan(plan: Planner, standing: TrainingClass) -> None:
    planned = plan(roster([person_row(2, **UNTIL_12)]))
    assert plan_record.read(plan_record.write(planned)).carried == {"classes": 1}


def test_the_page_says_what_is_changed_by_the_way(
    plan: Planner, standing: TrainingClass, approver: Viewer
) -> None:
    shown = queries.view(plan(roster([person_row(2, **UNTIL_12)])), approver)
    assert shown.carried == "培训班 1 条"
    (change,) = shown.changes
    assert (change.before, change.after, change.subject) == ("2023年6月10日", "2023年6月12日", "戊班")


def test_days_of_a_class_of_its_own_list_take_its_women_along(
    plan: Planner, standing: TrainingClass, approver: Viewer
) -> None:
    TrainingClass.objects.update(handicraft=True)
    planned = plan(
        material.status([["2023年6月1日—6月12日", "戊班", "编织", 1, 1, 3000, 3000, "市级资金"]]),
        material.STATUS,
    )
    assert planned.counts["changed"] == 1
    ((_cell, words),) = told(planned, "days_follow")
    assert "参训记录 1 条" in words


HELP = """
[[tables]]
code = "help"
title = "带动帮扶情况表"
ledger = "help"
sets = { "base.industry" = "handicraft" }
columns = [
  { label = "基地名称", field = "base.name", required = true },
  { label = "基地类型", field = "base.kind" },
  { label = "负责人", field = "base.head" },
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "培训时间", field = "dates" },
]
"""


def helped(head: str = "张三", days: str = "2023.3.1—2023.3.5", woman: int = 1) -> bytes:
    line = f"红叶社,巾帼脱贫基地,{head},{material.name(woman)},{material.id_number(woman)},{days}"
    return f"基地名称,基地类型,负责人,姓名,身份证号,培训时间\n{line}".encode()


@pytest.fixture
def base(tree: None, settings: LazySettings, plan: Planner, approver: Viewer) -> Base:
    """A base with a woman whom it helped."""
    (folder,) = settings.NOTICE_DIRS
    with (folder / "trial-2023" / "notice.toml").open("a", encoding="utf-8") as file:
        file.write(HELP)
    services.commit(plan(helped(), "trial-2023/help", file="帮扶.csv"), approver)
    return Base.objects.get()


def test_another_head_of_a_base_is_told_as_its_mask(plan: Planner, base: Base, clerk: Viewer) -> None:
    planned = plan(helped("李四", woman=2), "trial-2023/help", file="帮扶.csv", who=clerk)
    ((cell, words),) = told(planned, "standing_changed")
    assert cell == "C2" and "基地“红叶社”" in words and "已审核" in words
    assert planned.carried == {"bases": 1}
    services.commit(planned, clerk)
    base.refresh_from_db()
    assert base.head == "张三"


@pytest.mark.parametrize("days", ["2023.3.1—2023.3.9", "2023.3.1—2023.3.2"])
def test_a_span_that_ends_otherwise_is_a_change_with_both_days(
    plan: Planner, base: Base, approver: Viewer, days: str
) -> None:
    planned = plan(helped(days=days), "trial-2023/help", file="帮扶.csv")
    assert planned.counts["changed"] == 1
    (change,) = queries.view(planned, approver).changes
    assert change.before == "2023年3月1日—3月5日"
    assert change.after == f"2023年3月1日—3月{days[-1]}日"
    assert plan_record.read(plan_record.write(planned)).changes == planned.changes


def test_every_column_that_a_list_can_change_has_a_name_to_be_told_by() -> None:
    """A change without a field is written and told nobody."""
    unnamed = [
        (f"{notice.code}/{table.code}", piece.ledger.code, column)
        for notice in (*notices.every(), *notices.systems())
        for table in notice.tables
        if (shape := shape_of(f"{notice.code}/{table.code}")) is not None
        for piece in shape.pieces
        for column in (*piece.columns, *piece.constants)
        if piece.declared(column) is None and piece.span(column) is None
    ]
    assert not unnamed


def shape_of(table: str) -> Shape | None:
    try:
        return notices.table(table).shape
    except Unusable:
        return None
