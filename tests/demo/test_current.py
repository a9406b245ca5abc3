"""What the demo has of the present: whatever the day on which it is loaded, there is work around it, and nothing is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from qiaojie import demo
from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.asking import queries as asking
from qiaojie.demo.current.days import Calendar
from qiaojie.documents.models import Document
from qiaojie.intake import queries as intake
from qiaojie.intake.services import plan_kept
from qiaojie.ledgers import declaration, pending, proposals, queries
from qiaojie.ledgers.returned import returned
from qiaojie.measures import near_misses
from qiaojie.measures.models import Dispute
from qiaojie.measures.queries import Measurement, measure
from qiaojie.notices import duties
from qiaojie.notices.checking import check
from qiaojie.notices.queries import in_force, notice, table
from qiaojie.notices.schema import Notice
from qiaojie.people import relocations
from qiaojie.regions.models import Region
from qiaojie.reports import money, pace
from qiaojie.reports.filling import fill
from qiaojie.training.models import Attendance, TrainingClass
from tests.kept import rolled_back, settle

SCALE = 0.02
"""Of the ordinary life of former years; the present is the same at every size that has people enough."""

pytestmark = [pytest.mark.django_db, pytest.mark.later]

DAYS = (date(2027, 1, 1), date(2028, 2, 29), date(2026, 12, 31), date(2026, 7, 1))
COUNTIES = {"万州区", "涪陵区", "丰都县", "石柱县", "南川区"}


@pytest.fixture(scope="module", params=DAYS, ids=str)
def today(request: pytest.FixtureRequest, tree: None) -> Iterator[date]:
    """A small demo, loaded on that day at noon."""
    day: date = request.param
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    with rolled_back(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: noon)
        list(demo.load(SCALE))
        settle()
        yield day


@pytest.fixture
def present(today: date) -> Notice:
    return notice(f"demo-{today.year}")


def test_the_notice_says_that_it_is_made_up_and_is_in_force(
    today: date, present: Notice, own_notices: Path
) -> None:
    folder = own_notices / present.code
    assert [str(fault) for fault in check([folder])] == []
    assert "虚构" in present.title and "虚构" in (folder / "README.md").read_text(encoding="utf-8")
    assert present in in_force(today)
    assert present.span.begins <= today - timedelta(days=60) and today <= present.span.ends
    with_targets = {row.name for row in measured(present, today).units if row.values["craft_training"].target}
    assert with_targets == COUNTIES


def measured(present: Notice, today: date) -> Measurement:
    return measure(present, today, SystemViewer())


def test_one_report_is_overdue_one_due_this_week_one_later(today: date, present: Notice) -> None:
    found = duties.unit_statuses([present], SystemViewer(), today)
    assert {one.unit for one in found} == COUNTIES
    late = [(one.due.duty.code, one.unit, one.late) for one in found if one.overdue]
    assert sorted(late) == [("jobs", "丰都县", 5), ("jobs", "涪陵区", 5)]
    ahead = {(one.due.duty.code, one.left) for one in found if one.unit == "丰都县" and one.left}
    assert {("month", 3), ("summary", 24)} <= ahead
    assert min(left for _code, left in ahead) == 3


def test_every_county_has_classes_before_now_and_after(today: date, present: Notice) -> None:
    for name in COUNTIES:
        held = TrainingClass.objects.filter(filed_by__short_name=name, begins__gte=present.span.begins)
        states = Counter(
            "planned" if one.begins > today else "running" if one.ends >= today else "held" for one in held
        )
        assert states == {"held": 6, "running": 1, "planned": 1}, name
        (running,) = held.filter(begins__lte=today, ends__gte=today)
        days = set(
            Attendance.objects.filter(enrolment__training_class=running).values_list("held_on", flat=True)
        )
        assert {today, today - timedelta(days=1)} <= days and max(days) == today
        assert set(running.enrolments.values_list("state", flat=True)) == {"approved", "draft"}
        papers = Document.objects.filter(ledger="classes", row__in=held.values("pk"))
        after = list(papers.values_list("days_after", flat=True))
        assert min(after) <= 2 and max(after) > 14


def test_every_indicator_is_under_way_and_somebody_is_one_step_short(today: date, present: Notice) -> None:
    found = measured(present, today)
    assert found.outside == {}
    for code, total in found.total.items():
        assert total.approved and total.pending and 0 < (total.ratio or 0) < 1, code
    assert next(row for row in found.units if row.name == "丰都县").values["women_helped"].elsewhere == 1
    short = {step.name for one in present.indicators for step in near_misses.steps(present, one, today)}
    assert {near_misses.APPROVAL, "class.has_sign_in", "proof", "verified", "has_sign_in"} <= short
    assert {one.kind.ledger.code for one in money.costs(found) if one.kind} == {"classes", "base_payments"}
    trend = pace.trend(present, present.indicator("craft_training"), today, None)
    assert sum(month.reached > 0 for month in trend.months) > 1


def test_no_ledger_and_no_form_is_empty(today: date, present: Notice) -> None:
    county = Region.objects.get(key="500230")
    city = SystemViewer()
    known = [one for one in declaration.every() if not one.code.startswith("made_up_")]
    empty = {one.code for one in known if not queries.rows(one, city).exists()}
    assert empty == set()
    for declared in present.tables:
        filled = fill(table(f"{present.code}/{declared.code}"), county, present.span, city)
        # Of a table of tasks a county is one line.
        assert len(filled.rows) >= (1 if declared.rows == "matrix" else 3), declared.code


def test_something_waits_for_everybody(today: date, present: Notice) -> None:
    for word in ("fengdu", "shizhu", "wanzhou", "fuling", "nanchuan"):
        clerk, approver = viewer(f"{word}-clerk"), viewer(f"{word}-approver")
        assert [one.number for one in returned(clerk, None)] == [2]
        assert sum(one.number for one in proposals.waiting(approver)) == 1
        assert {one.ledger.code for one in pending.waiting(approver)} >= {
            "enrolments",
            "employments",
            "incomes",
        }
    (offered,) = relocations.visible(viewer("fengdu-approver"))
    assert offered.destination.short_name == "丰都县"
    assert Dispute.objects.get(notice=present.code).answer == Dispute.Answer.OPEN
    assert asking.kept(viewer("fengdu-clerk")).get().asked_for == "县政府办"
    upload = intake.uploads(viewer("fengdu-clerk"), size=5)[0]
    codes = {issue.code for issue in plan_kept(upload, viewer("fengdu-clerk")).issues}
    assert len(codes) >= 3, codes
    for username in ("shizhu-base", "fuling-trainer", "fengdu-helper", "fengdu-bank"):
        own = viewer(username)
        assert any(queries.rows(one, own).exists() for one in declaration.every()), username


def viewer(username: str) -> UserViewer:
    return UserViewer(User.objects.select_related("agency__region").get(username=username))


def test_of_days_to_come_only_plans_are_told(today: date) -> None:
    plans = {"classes", "enrolments", "lessons", "budget_lines", "events"}
    ahead = set()
    for ledger in declaration.every():
        if ledger.approved:
            held = ledger.model._default_manager.all()
            ahead |= {ledger.code} if held.filter(happened_on__gt=today).exists() else set()
            assert not held.filter(entered_at__date__gt=today).exists(), ledger.code
            assert not held.filter(approved_at__date__gt=today).exists(), ledger.code
    assert ahead == plans


@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2028, 3, 1), date(2027, 12, 2), date(2030, 1, 31)])
def test_what_lies_around_a_day_lies_within_its_notice(day: date) -> None:
    calendar = Calendar(day)
    assert calendar.period.begins <= calendar.back(60) and calendar.on(30) <= calendar.period.ends
    assert calendar.ago(1) >= calendar.period.begins and calendar.ago(0) == day
    months = calendar.months(6)
    assert months and months == sorted(months) and months[-1] < day.replace(day=1)
    assert months[0] >= calendar.period.begins
