"""The same training entered by another office, or in another class: pointed out, never merged."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass
from tests.intake.conftest import Planner
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db


def elsewhere(plan: Plan) -> list[tuple[str, str]]:
    return [(issue.cell, issue.message) for issue in plan.issues if issue.code == "elsewhere_too"]


def test_another_county_s_training_of_the_same_days_is_named(
    plan: Planner, neighbour: Viewer, shizhu: Region, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1)]), region=shizhu, who=neighbour), neighbour)
    planned = plan(
        roster([person_row(1, **{"class": "布艺班"}, begins="2023.5.26", ends="2023.6.2"), person_row(2)])
    )
    ((cell, message),) = elsewhere(planned)
    assert cell == "B4"
    assert all(word in message for word in ("石柱县", "手工编织一班", "2023年5月8日", "2023年5月26日"))
    assert [row.verdict.value for row in planned.rows] == ["new", "new"]
    (issue,) = [issue for issue in planned.issues if issue.code == "elsewhere_too"]
    assert issue.level is Level.WARNING
    services.commit(planned, approver)
    assert Enrolment.objects.count() == 3
    # What is in already is not pointed out again.
    assert not elsewhere(
        plan(roster([person_row(1, **{"class": "布艺班"}, begins="2023.5.26", ends="2023.6.2")]))
    )


def test_another_class_of_the_own_county_too(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    assert elsewhere(plan(roster([person_row(1, **{"class": "布艺班"})])))
    later = person_row(1, **{"class": "布艺班"}, begins="2023.5.27", ends="2023.6.2")
    assert not elsewhere(plan(roster([later])))


def test_another_kind_is_another_training(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    TrainingClass.objects.update(kind="practical")
    assert not elsewhere(plan(roster([person_row(1, **{"class": "布艺班"})])))


def test_what_was_withdrawn_does_not_count_and_what_a_duplicate_has_does(
    plan: Planner, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1), person_row(2)])), approver)
    one, two = Person.objects.order_by("pk")
    again = roster([person_row(1, **{"class": "布艺班"})])
    Enrolment.objects.filter(person=one).update(state="withdrawn")
    assert not elsewhere(plan(again))
    Person.objects.filter(pk=two.pk).update(canonical=one)
    assert len(elsewhere(plan(again))) == 1


def test_it_is_not_asked_per_row(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(n) for n in range(1, 31)])), approver)

    def statements(rows: int) -> int:
        data = roster([person_row(n, **{"class": "布艺班"}) for n in range(1, rows + 1)])
        with CaptureQueriesContext(connection) as caught:
            assert len(elsewhere(plan(data))) == rows
        return len(caught)

    assert statements(30) == statements(2)


@pytest.mark.parametrize(
    "ledger", [one for one in declaration.every() if one.alike], ids=lambda one: one.code
)
def test_what_ledgers_declare_is_there(ledger: declaration.Ledger) -> None:
    alike = ledger.alike
    assert alike is not None
    paths = (*alike.same, alike.begins, alike.ends, alike.title)
    assert not list(ledger.model._default_manager.values(*paths)[:1])
