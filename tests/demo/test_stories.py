"""The numbers that the demo promises, read where the product shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from openpyxl import load_workbook

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.demo import workbooks
from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import State
from qiaojie.ledgers.services import approve
from qiaojie.ledgers.signals import rows_changed
from qiaojie.lib.periods import read_period
from qiaojie.measures.models import Part
from qiaojie.measures.queries import UnitRow, Value, behind, measure
from qiaojie.notices.queries import notice, table
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.reports.filling import fill
from qiaojie.training.models import Enrolment, TrainingClass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

LATE = date(2023, 11, 30)
NOTICE, VOCATIONAL, PRACTICAL = "chongqing-work-2023", "vocational_training", "practical_training"


def units(on: date = LATE) -> dict[str, UnitRow]:
    return {"".join(u.name.split()): u for u in measure(notice(NOTICE), on, SystemViewer()).units}


def parts(value: Value) -> tuple[Any, ...]:
    return value.target, value.approved, value.pending, value.elsewhere


def test_the_board_is_believable() -> None:
    assert Person.objects.count() == 8_000
    measured = measure(notice(NOTICE), LATE, SystemViewer())
    assert measured.outside == {}
    for code in (VOCATIONAL, PRACTICAL):
        total = measured.total[code]
        assert 0.6 < (total.ratio or 0) < 1 and total.pending
        ratios = [u.values[code].ratio for u in measured.units if u.values[code].target]
        assert sum(ratio is not None and ratio >= 1 for ratio in ratios) >= 3
        assert sum(ratio is not None and ratio < 0.66 for ratio in ratios) >= 3
    by_name = {u.name: u.values[VOCATIONAL] for u in measured.units}
    assert parts(by_name["渝中区"]) == (42, 0, 0, 0)
    assert by_name["大渡口区"].approved == 0 and by_name["大渡口区"].pending
    spring = measure(notice(NOTICE), date(2023, 4, 30), SystemViewer())
    assert 0 < (spring.total[VOCATIONAL].approved or 0) < (measured.total[VOCATIONAL].approved or 0) / 3


def test_fengdu_has_133_and_7_more_of_12() -> None:
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 133, 7, 5)


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
    _ledger, rows = behind(notice(NOTICE), VOCATIONAL, region.pk, LATE, Part.ELSEWHERE)
    moved = Person.objects.filter(pk__in=rows.values("person"))
    assert moved.count() == 5
    for person in moved:
        old, new = person.certificates.order_by("issued_on")
        assert (old.county.key, new.county.key) == ("500240", "500230")
        assert old.ended_on == new.issued_on and new.number == f"{old.number}B1"
        assert person.hukou.parent.key == "500230"
        first = Enrolment.objects.get(person=person, state=State.APPROVED)
        assert first.filed_by.key == "500240" and first.happened_on < new.issued_on


def test_approving_the_twelve_makes_140_and_the_sheet_141() -> None:
    viewer = UserViewer(User.objects.get(username="fengdu-approver"))
    ledger = declaration.get("enrolments")
    waiting = Enrolment.objects.filter(
        filed_by__key="500230", training_class__kind="vocational", state=State.CHECKED
    )
    assert approve(ledger, list(waiting.values_list("pk", flat=True)), viewer) == 12
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 140, 0, 5)
    course = last_of_fengdu()
    course.has_sign_in = True
    course.save()
    rows_changed.send(sender=TrainingClass, touched={"training.TrainingClass": {course.pk}})
    assert parts(units()["丰都县"].values[VOCATIONAL]) == (141, 141, 0, 5)


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
    confirmed = Enrolment.objects.filter(training_class=course, remark__contains="失真")
    assert confirmed.count() == 2
    lapsed = Enrolment.objects.get(training_class=course, remark__contains="到期").person.certificates.get()
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
