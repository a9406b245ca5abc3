"""Of a woman with two records either may be named, wherever somebody says whose she is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.measures import disputes, services
from qiaojie.measures.models import Dispute
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, Person
from qiaojie.training.models import Attendance, DayPart, Enrolment, TrainingClass
from tests.web.factories import World, enrol, training_class

NOTICE, VOCATIONAL = "chongqing-work-2023", "vocational_training"
YEAR_ENDS = date(2023, 12, 31)


@pytest.fixture
def held(world: World) -> TrainingClass:
    """A class of three: a woman, the same woman under another record, and somebody else."""
    made = training_class(world.regions["涪陵区"], "一人两条班", cost=100_000)
    women = world.people["here"][12:15]
    enrol(made, women)
    for row in Enrolment.objects.filter(training_class=made):
        Attendance.objects.create(enrolment=row, held_on=made.begins, part=DayPart.DAY, hours=8, present=True)
    Person.objects.filter(pk=women[1].pk).update(canonical=women[0])
    services.recount(notices.notice(NOTICE), force=True)
    return made


def test_she_is_disputed_and_given_over_whichever_record_is_named(
    world: World, held: TrainingClass, sign_in: Any
) -> None:
    notice, wanzhou = notices.notice(NOTICE), world.regions["万州区"]
    kept, double = world.people["here"][12:14]
    Certificate.objects.create(person=double, number="z", county=wanzhou, issued_on=date(2023, 8, 1))
    later = training_class(wanzhou, "后来班", begins=date(2023, 9, 1), ends=date(2023, 9, 9))
    enrol(later, [double])
    services.recount(notices.notice(NOTICE), force=True)
    raised = disputes.dispute(notice, VOCATIONAL, double.pk, wanzhou.pk, SystemViewer(), "已迁入")
    assert raised.person_id == kept.pk
    client: Client = sign_in("other")
    page = client.get(f"/board/{NOTICE}/{VOCATIONAL}/?part=elsewhere&on={YEAR_ENDS}&unit={wanzhou.pk}")
    assert page.status_code == 200 and "disputed" in page.context
    assert page.context["disputed"] == {double.pk}
    Dispute.objects.update(answer=Dispute.Answer.KEPT, answered_at=timezone.now())
    given = disputes.give_over(notice, VOCATIONAL, double.pk, wanzhou.pk, SystemViewer(), "已迁入")
    assert given.person_id == kept.pk
