"""What a small demo holds once it is loaded: accounts, offices, people, papers, and a journal that takes it back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate
from django.db.models import Count

from qiaojie import demo
from qiaojie.accounts.models import Agency, AgencyName, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.bases.models import Base, SupportPayment
from qiaojie.demo import filings
from qiaojie.demo.offices import PASSWORD
from qiaojie.documents import queries as documents
from qiaojie.documents.models import Content, Document
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import Batch, Change
from qiaojie.livelihoods.models import Employment, GraduateService
from qiaojie.measures.models import Dispute, HandOver
from qiaojie.measures.queries import live, sums
from qiaojie.notices import duties
from qiaojie.notices.queries import notice
from qiaojie.people.identification import Evidence, identify
from qiaojie.people.models import Certificate, Household, HouseholdMember, Person, Status, Tie
from qiaojie.regions.models import Region
from qiaojie.support.models import CareService
from qiaojie.training.models import Attendance, Enrolment, TrainingClass, TrainingEvent

FORMER = date(2023, 12, 31)
"""The last day of which the demo tells the same whenever it is loaded."""

pytestmark = pytest.mark.django_db

REGISTER = (Person, Certificate, Household, HouseholdMember, Status, Tie)
FACTS = (
    TrainingClass,
    Enrolment,
    TrainingEvent,
    Employment,
    GraduateService,
    CareService,
    Base,
    SupportPayment,
    Dispute,
    HandOver,
    Attendance,
    Document,
)


@pytest.fixture
def small(stories: None) -> None:
    """A small demo, loaded once for these tests."""


def test_few_reports_are_late(small: None) -> None:
    viewer = UserViewer(User.objects.get(username="city-inspector"))
    found = duties.unit_statuses([notice(code) for code in filings.NOTICES], viewer, date(2026, 11, 22))
    late = [(one.due.notice.code, one.unit) for one in found if one.overdue]
    assert len(found) == 2 * 40 + 41
    assert late == [
        ("chongqing-handicraft-2019", "巫溪县"),
        ("chongqing-work-2023", "城口县"),
        ("chongqing-work-2023", "丰都县"),
    ]


def test_the_accounts_are_told_and_open(small: None) -> None:
    lines = demo.accounts()
    assert PASSWORD in lines[0] and len(lines) == 24
    for username, role in (
        ("admin", Role.SYSTEM),
        ("fengdu-clerk", Role.CLERK),
        ("nanchuan-approver", Role.APPROVER),
    ):
        assert any(username in line for line in lines)
        user = authenticate(username=username, password=PASSWORD)
        assert user is not None and user.role == role
    covered = UserViewer(User.objects.get(username="fengdu-clerk"))
    assert covered.covers(Region.objects.get(key="500230").pk) and not covered.covers(
        Region.objects.get(key="500240").pk
    )
    User.objects.filter(username="admin").update(is_active=False)
    assert not any("admin" in line for line in demo.accounts())


def test_agencies_stand_in_41_units_and_their_names_are_dated(small: None) -> None:
    of_units = Agency.objects.exclude(region__key="500000")
    assert of_units.filter(line=WorkLine.DPF).count() == of_units.filter(line=WorkLine.WOMEN).count() == 41
    zone = Agency.objects.filter(region__key="500000:两江新区")
    assert set(zone.values_list("line", "name")) == {
        (WorkLine.DPF, "两江新区残疾人联合会办事处"),
        (WorkLine.WOMEN, "两江新区妇女联合会"),
    }
    office = Agency.objects.get(region__key="500230", line=WorkLine.POVERTY)
    names = list(
        AgencyName.objects.filter(agency=office).order_by("pk").values_list("name", "begins", "ends")
    )
    assert [name for name, _begins, _ends in names] == [
        "丰都县扶贫开发办公室",
        "丰都县乡村振兴局",
        "丰都县农业农村委员会",
    ]
    day = timedelta(days=1)
    assert names[0][2] == names[1][1] - day and names[1][2] == names[2][1] - day and names[2][2] is None
    assert office.name == names[2][0]


def test_intake_would_find_the_people(small: None) -> None:
    held = Certificate.objects.select_related("person").filter(number__isnull=False)[:20]
    assert [found.person for found in identify([Evidence(c.person.id_number or "") for c in held])] == [
        c.person_id for c in held
    ]
    by_paper = identify([Evidence(certificate=c.number or "") for c in held])
    assert [found.person for found in by_paper] == [c.person_id for c in held]


def test_everybody_is_tied_to_the_counties_that_know_her(small: None) -> None:
    assert not Person.objects.filter(ties__isnull=True).exists()
    ties = set(Tie.objects.values_list("person_id", "region_id"))
    for model in (Enrolment, Employment, GraduateService, CareService):
        assert set(model.objects.values_list("person_id", "filed_by_id")) <= ties


@pytest.mark.parametrize("key", ["500105:江北区", "500112:渝北区", "500000:两江新区"])
def test_where_the_townships_of_2023_are_not_known_people_live_in_the_unit(small: None, key: str) -> None:
    unit = Region.objects.get(key=key)
    people = Person.objects.filter(certificates__county=unit)
    assert set(people.values_list("home", "hukou")) == {(unit.pk, unit.pk)}


def test_statuses_are_printed_in_words(small: None) -> None:
    one = Status.objects.filter(scheme="registered_poor").first()
    assert one is not None and one.get_scheme_display() == "建档立卡"
    for field in ("scheme", "category"):
        known = dict(Status._meta.get_field(field).choices)
        assert set(Status.objects.values_list(field, flat=True)) <= set(known)


def test_the_journal_holds_every_row(small: None) -> None:
    for model in (*REGISTER, *FACTS):
        made = Change.objects.filter(model=model._meta.label, act=Change.Act.CREATE)
        spans = made.values_list("object_id", "last_id")
        assert sum(last - first + 1 for first, last in spans) == model._default_manager.count()


def test_some_classes_show_that_they_were_held_and_others_only_say_so(small: None) -> None:
    former = Document.objects.filter(happened_on__lte=FORMER)
    lit = set(former.filter(ledger="classes").values_list("row", flat=True))
    others = former.exclude(ledger__in=["classes", "proof_sources"])
    assert 5 <= len(lit) <= 10 and not others.exists()
    assert former.count() == Content.objects.filter(document__in=former).count() < 50
    held = Attendance.objects.filter(held_on__lte=FORMER)
    sessions = held.values("enrolment__training_class").annotate(n=Count("held_on", distinct=True))
    assert len(sessions) > len(lit) and {one["n"] for one in sessions} <= set(range(2, 9))
    assert Attendance.objects.filter(present=False).exists()
    photo = Document.objects.filter(kind="photo").earliest("pk")
    seen = documents.preview(photo.pk, UserViewer(User.objects.get(username=photo.entered_by)))
    assert seen.startswith(b"\xff\xd8") and photo.described


def test_a_list_of_trainees_can_be_taken_back_and_totals_follow(small: None) -> None:
    held = notice("chongqing-work-2023")
    indicator = next(i for i in held.indicators if i.code == "vocational_training")
    course = (
        TrainingClass.objects.filter(
            kind="vocational", state="approved", ends__year=2023, filed_by__key="500116"
        )
        .annotate(n=Count("enrolments"))
        .latest("n")
    )
    change = Change.objects.get(model="training.TrainingClass", object_id=course.pk)
    before = sums(held, indicator, date(2023, 12, 31))
    assert change.batch is not None
    undoing.undo(change.batch.pk, SystemViewer(), "录错了")
    after = sums(held, indicator, date(2023, 12, 31))
    assert not TrainingClass.objects.filter(pk=course.pk).exists()
    assert after != before
    assert {k: n for k, n in after.items() if n} == {
        k: n for k, n in live(held, indicator, date(2023, 12, 31)).items() if n
    }
    assert Batch.objects.get(pk=change.batch.pk).stage == Batch.Stage.UNDONE
    assert demo.loaded()
