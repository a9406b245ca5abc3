"""The numbers that the demo's stories promise, read where the product shows them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client
from openpyxl import load_workbook

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.bases.models import Base
from qiaojie.demo import workbooks
from qiaojie.demo.stories import shizhu
from qiaojie.intake.services import commit, plan
from qiaojie.ledgers.models import Proposal, State
from qiaojie.ledgers.signals import rows_changed
from qiaojie.lib.periods import read_period
from qiaojie.livelihoods.models import Employment
from qiaojie.livelihoods.queries import employed_before
from qiaojie.measures import near_misses
from qiaojie.measures.disputes import answer
from qiaojie.measures.models import Dispute, HandOver, ValuePart
from qiaojie.measures.queries import UnitRow, Value, behind, measure
from qiaojie.notices.queries import notice, table
from qiaojie.people.models import HouseholdMember, Person
from qiaojie.regions.models import Region
from qiaojie.reports.filling import fill
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment, Result, TrainingClass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stories")]

LATE = date(2023, 11, 30)
SYSTEM = SystemViewer()
NOTICE, VOCATIONAL, CARE = "chongqing-work-2023", "vocational_training", "care"
FENGDU, SHIZHU, NANCHUAN, FULING = "500230", "500240", "500119", "500102"


def units(on: date = LATE) -> dict[str, UnitRow]:
    return {"".join(u.name.split()): u for u in measure(notice(NOTICE), on, SYSTEM).units}


def parts(value: Value) -> tuple[Any, ...]:
    return value.target, value.approved, value.pending, value.elsewhere


def test_fengdu_has_133_and_7_more_of_12() -> None:
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 133, 7, 5)


def key(code: str) -> int:
    return Region.objects.get(key=code).pk


def test_one_of_fengdu_lacks_only_a_sign_in_sheet() -> None:
    held = notice(NOTICE)
    indicator = held.indicator(VOCATIONAL)
    found = {step.name: step.number for step in near_misses.steps(held, indicator, LATE, [key(FENGDU)])}
    # Four more completed with certificates that had lapsed.
    assert found == {near_misses.APPROVAL: 7, "class.has_sign_in": 1, "person.disabled": 4}
    _ledger, rows = near_misses.behind(held, indicator, "class.has_sign_in", LATE, [key(FENGDU)])
    assert rows.get() == last_of_fengdu().enrolments.get()


def last_of_fengdu() -> TrainingClass:
    return TrainingClass.objects.get(
        filed_by__key="500230", kind="vocational", has_sign_in=False, enrolments__result="completed"
    )


def test_nothing_but_a_sign_in_sheet_keeps_the_last_one_from_counting() -> None:
    course = last_of_fengdu()
    enrolment = course.enrolments.get()
    assert (enrolment.result, enrolment.state, course.has_plan) == ("completed", State.APPROVED, True)
    paper = enrolment.person.certificates.get()
    assert (
        paper.issued_on
        and paper.issued_on < course.ends
        and paper.expires_on
        and paper.expires_on > course.ends
    )


def test_the_five_were_counted_by_shizhu_before_they_moved() -> None:
    before = units(date(2023, 6, 1))
    assert before["丰都县"].values[VOCATIONAL].elsewhere == 0
    region = Region.objects.get(key="500230")
    _ledger, rows = behind(notice(NOTICE), VOCATIONAL, region.pk, LATE, ValuePart.ELSEWHERE)
    moved = Person.objects.filter(pk__in=rows.values("person"))
    assert moved.count() == 5
    for person in moved:
        old, new = person.certificates.order_by("issued_on")
        assert (old.county.key, new.county.key) == ("500240", "500230")
        assert old.ended_on == new.issued_on - timedelta(days=1) and new.number == f"{old.number}B1"
        assert person.hukou.parent.key == "500230"
        first = Enrolment.objects.get(person=person, state=State.APPROVED)
        assert first.filed_by.key == "500240" and first.happened_on < new.issued_on


def desk(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def test_approving_the_twelve_makes_140_and_the_sheet_141_through_the_screens() -> None:
    """A clerk alone moves nothing: her tick waits beside the approved class until an approver takes it."""
    clerk, approver = desk("fengdu-clerk"), desk("fengdu-approver")
    waiting = Enrolment.objects.filter(
        filed_by__key="500230", training_class__kind="vocational", state=State.CHECKED
    )
    rows = [str(pk) for pk in waiting.values_list("pk", flat=True)]
    assert len(rows) == 12
    told = approver.post("/ledgers/enrolments/move/approve/", {"row": rows}, follow=True).content.decode()
    assert "办了 12 条" in told and "还有 1 条没有审核" in told
    # Those of the class that waits itself wait with it.
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 133, 7, 5)
    classes = TrainingClass.objects.filter(filed_by__key="500230", kind="vocational", state=State.CHECKED)
    approver.post("/ledgers/classes/move/approve/", {"row": str(classes.get().pk)})
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 140, 0, 5)
    course = last_of_fengdu()
    edit = f"/ledgers/classes/{course.pk}/edit/"
    seen = re.search(r'name="seen" value="(\w+)"', clerk.get(edit).content.decode())
    assert seen is not None
    sent = {"seen": seen[1], "field.has_sign_in": "1", "purpose": "签到表找到了"}
    assert "1 项修改待审核" in clerk.post(edit, sent, follow=True).content.decode()
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 140, 0, 5), (
        "a clerk alone moves no approved figure"
    )
    change = Proposal.objects.get(object_id=course.pk, ledger="classes", stage=Proposal.Stage.WAITING)
    assert clerk.post("/changes/take/", {"change": str(change.pk)}).status_code == 404
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 140, 0, 5)
    approver.post("/changes/take/", {"change": str(change.pk)})
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 141, 0, 5)
    # Whoever is found never to have come is taken off: 140, however far the records had come.
    held = Enrolment.objects.filter(filed_by__key=FENGDU, state=State.APPROVED, result=Result.COMPLETED)
    absent = held.filter(happened_on=date(2023, 6, 16), person__certificates__expires_on__gt=LATE).first()
    assert absent is not None
    absent.state = State.WITHDRAWN
    absent.save()
    rows_changed.send(sender=Enrolment, touched={"training.Enrolment": {absent.pk}})
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 140, 0, 5)


def test_the_map_of_2026_adds_three_units_and_leaves_2023_as_it_was() -> None:
    old = {u.name: u.values["livelihood_employment"] for u in measure(notice(NOTICE), LATE, SYSTEM).units}
    three = [old[name] for name in ("江北区", "渝北区", "两江新区")]
    assert [value.target for value in three] == [34, 65, 10]
    on_new_map = measure(notice(NOTICE), LATE, SYSTEM, edition="chongqing-2026")
    assert len(on_new_map.units) == 39
    new = {u.name: u.values["livelihood_employment"] for u in on_new_map.units}
    assert new["两江新区"].target == 109
    assert new["两江新区"].approved == sum(value.approved or 0 for value in three) > 0
    assert on_new_map.total["livelihood_employment"].target == 2000
    assert {name for name in old if old[name] != new.get(name)} == {"江北区", "渝北区", "两江新区"}
    again = {u.name: u.values["livelihood_employment"] for u in measure(notice(NOTICE), LATE, SYSTEM).units}
    assert again == old


def test_nanchuan_cares_for_470_all_under_purchase_150_boarding() -> None:
    values = units()["南川区"].values
    assert parts(values[CARE]) == (470, 470, 0, 0)
    assert parts(values["care_purchased"]) == (470, 470, 0, 0)
    assert parts(values["care_boarding"]) == (150, 150, 0, 0)


def test_two_of_nanchuan_died_and_still_count() -> None:
    stopped = CareService.objects.filter(filed_by__key=NANCHUAN, ends__isnull=False)
    assert set(stopped.values_list("end_reason", flat=True)) == {"死亡"}
    assert stopped.filter(ends=F("person__died_on")).count() == 2
    _ledger, rows = behind(notice(NOTICE), CARE, key(NANCHUAN), LATE, ValuePart.APPROVED)
    assert rows.filter(pk__in=stopped).count() == 2


def test_a_certificate_of_nanchuan_was_issued_again_for_the_same_person() -> None:
    again = (
        Person.objects.filter(care_services__filed_by__key=NANCHUAN, certificates__end_reason="补发")
        .filter(certificates__issued_on=date(2023, 7, 11))
        .get()
    )
    old, new = again.certificates.order_by("issued_on")
    assert (new.number, new.county) == (f"{old.number}B1", old.county)
    assert old.ended_on == new.issued_on - timedelta(days=1) and again.care_services.count() == 1


def test_fuling_gave_one_of_three_to_fengdu() -> None:
    disputes = Dispute.objects.filter(indicator=CARE)
    assert sorted(disputes.values_list("answer", flat=True)) == ["given", "kept", "open"]
    given = HandOver.objects.get()
    assert given.person == disputes.get(answer="given").person and given.unit.key == FENGDU
    values = units()
    assert values["丰都县"].values[CARE].elsewhere == 2
    assert values["涪陵区"].values[CARE].elsewhere == 1
    _ledger, rows = behind(notice(NOTICE), CARE, key(FENGDU), LATE, ValuePart.APPROVED)
    assert rows.filter(person=given.person).count() == 1
    _ledger, rows = behind(notice(NOTICE), CARE, key(FULING), LATE, ValuePart.APPROVED)
    assert rows.filter(person__in=disputes.values("person")).count() == 2


def test_the_open_dispute_about_training_can_be_answered() -> None:
    raised = Dispute.objects.get(indicator=VOCATIONAL)
    viewer = UserViewer(User.objects.get(username="shizhu-approver"))
    before = units()["丰都县"].values[VOCATIONAL]
    with transaction.atomic():
        answer(raised.pk, viewer, give=True, reason="同意划转")
        after = units()["丰都县"].values[VOCATIONAL]
        transaction.set_rollback(True)
    assert (before.approved, before.elsewhere) == (133, 5)
    # One of the five is now fengdu's own, by her class in 石柱, which was approved.
    assert (after.approved, after.elsewhere) == (134, 4)


def test_shizhus_home_workshop_has_three_households() -> None:
    women = Person.objects.filter(employments__employer=shizhu.HOME_WORKSHOP)
    homes = HouseholdMember.objects.filter(person__in=women, begins__lt=date(2020, 1, 1))
    assert homes.values("household").distinct().count() == women.count() == 3
    assert set(women.values_list("home__name", flat=True)) == {"中益乡"}
    base = Base.objects.get(name=shizhu.HOME_WORKSHOP)
    assert (base.kind, base.industry, base.filed_by.key) == ("home_workshop", "handicraft", SHIZHU)


def test_shizhus_housekeeping_class_places_25_of_50() -> None:
    course = TrainingClass.objects.get(title=shizhu.TITLE)
    women = Person.objects.filter(enrolments__training_class=course, enrolments__result="completed")
    assert women.count() == 51
    placed = Employment.objects.filter(
        person__in=women,
        employer=shizhu.HOUSEKEEPING,
        begins__gt=course.ends,
        begins__lte=date(2020, 9, 27),
    ).annotate(before=employed_before())
    assert Counter(placed.values_list("before", flat=True)) == {False: 25, True: 1}


def test_wanzhous_list_goes_in_through_the_notice_of_2019(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbooks.wanzhou_list(path)
    form = table("chongqing-handicraft-2019/roster")
    viewer = UserViewer(User.objects.get(username="wanzhou-clerk"))
    planned = plan(path.read_bytes(), path.name, form, Region.objects.get(key="500101"), viewer)
    assert len(planned.rows) == 50
    # The class is there already; two numbers wait to be confirmed.
    assert {verdict: n for verdict, n in planned.counts.items() if n} == {"same": 48, "wrong": 2}
    assert sorted(issue.code for issue in planned.issues) == ["id_lost", "id_lost", "twice_in_file"]


def test_wanzhous_list_makes_a_handicraft_class(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbooks.wanzhou_list(path, title="竹编二班", begins=date(2019, 9, 2), ends=date(2019, 9, 13))
    form = table("chongqing-handicraft-2019/roster")
    viewer = UserViewer(User.objects.get(username="wanzhou-clerk"))
    region = Region.objects.get(key="500101")
    with transaction.atomic():
        commit(plan(path.read_bytes(), path.name, form, region, viewer), viewer)
        course = TrainingClass.objects.get(title="竹编二班")
        assert (course.kind, course.handicraft) == ("vocational", True)
        assert course.enrolments.count() == 47
        transaction.set_rollback(True)


def test_wanzhou_trained_49_of_whom_41_disabled_women_for_39200_and_32800() -> None:
    viewer = UserViewer(User.objects.get(username="wanzhou-clerk"))
    form = table("chongqing-handicraft-2019/training-status")
    filled = fill(form, Region.objects.get(key="500101"), read_period("2019H1"), viewer)
    (row,) = filled.rows
    assert (row["headcount"], row["disabled_women"], row["cost"], row["cost_share"]) == (
        49,
        41,
        3_920_000,
        3_280_000,
    )


def test_the_list_has_50_rows_and_all_that_was_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbooks.wanzhou_list(path)
    sheet = load_workbook(path).active
    assert sheet is not None
    rows = list(
        sheet.iter_rows(min_row=workbooks.FIRST_ROW, max_row=workbooks.FIRST_ROW + 49, values_only=True)
    )
    assert [row[0] for row in rows] == list(range(1, 51))
    lost = [row for row in rows if not isinstance(row[3], str)]
    assert len(lost) == 2
    for row in lost:
        # The certificate tells what the spreadsheet forgot, and it was no number that ends in X.
        kept = format(Decimal(repr(row[3])), "f")
        assert kept == f"{str(row[4])[:15]}000" != str(row[4])[:18]
        assert str(row[4])[:18].isdigit()
    names = ["".join(str(row[1]).split()) for row in rows]
    assert len({row[4] or row[3] for row in rows}) == 49
    assert rows[49][3] == rows[11][3] and names[49] == names[11] and rows[49][1] != rows[11][1]

    course = TrainingClass.objects.get(filed_by__key="500101", happened_on=date(2019, 5, 24))
    known = {p.id_number: p.name for p in Person.objects.filter(enrolments__training_class=course)}
    for row, name in zip(rows, names, strict=True):
        number = str(row[4])[:18] if row[4] else str(row[3])
        assert known[number] == name
    remarked = [(one.remark, one) for one in Enrolment.objects.filter(training_class=course)]
    assert sum("失真" in remark for remark, _one in remarked) == 2
    (lapsed,) = (one.person.certificates.get() for remark, one in remarked if "到期" in remark)
    assert lapsed.expires_on is not None and lapsed.expires_on < course.begins


def test_the_list_can_be_a_new_class(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    workbooks.wanzhou_list(path, title="竹编二班", begins=date(2023, 6, 5), ends=date(2023, 6, 16))
    sheet = load_workbook(path).active
    assert sheet is not None
    assert "2023年" in str(sheet.cell(1, 1).value)
    assert [cell.value for cell in sheet[workbooks.FIRST_ROW]][7:10] == ["竹编二班", "2023.6.5", "2023.6.16"]


def test_no_row_was_entered_by_an_account_that_does_not_exist() -> None:
    names = {*User.objects.values_list("username", flat=True), "demo"}
    assert set(Enrolment.objects.values_list("entered_by", flat=True)) <= names
    assert set(Enrolment.objects.filter(state=State.APPROVED).values_list("approved_by", flat=True)) <= names
    assert not Enrolment.objects.filter(approved_at__lt=F("entered_at")).exists()
