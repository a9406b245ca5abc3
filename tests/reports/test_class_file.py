"""The ten pieces of a class's file: how each stands by papers, boxes and records, and what mends it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import Document, DocumentKind
from qiaojie.ledgers import joining
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Employment
from qiaojie.reports import class_catalogue, class_file, classes
from qiaojie.reports.class_file import PIECES, Act, Piece, Recorded, Standing
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import BudgetLine, Enrolment, Lesson, TrainingClass
from tests.web.factories import World, enrol, training_class

BEGINS, ENDS, LATER = date(2023, 6, 1), date(2023, 6, 20), date(2023, 7, 5)


def recorded(**given: Any) -> Recorded:
    known: dict[str, Any] = {
        "begins": BEGINS, "ends": ENDS, "today": LATER, "enrolled": 20, "without_result": 0, "completed": 18,
        "dropped": 2, "waiting": 0,
    }  # fmt: skip
    return Recorded(**{**known, **given})


def paper(kind: str, days_after: int | None = 0, **given: Any) -> Document:
    known: dict[str, Any] = {
        "kind": kind,
        "media": "pdf",
        "state": State.APPROVED,
        "happened_on": ENDS,
        "days_after": days_after,
    }
    return Document(**{**known, **given})


def stand(*papers: Document, said: bool | None = None, **given: Any) -> dict[str, Piece]:
    found = class_file.pieces(recorded(**given), papers, lambda _name: said)
    return {one.kind.code: one for one in found}


def test_there_are_ten_in_the_order_of_the_box() -> None:
    labels = [str(one.label) for one in PIECES]
    assert labels == [
        "办班通知", "办班计划", "课程表", "逐日签到", "照片", "花名册", "考核结业", "资金凭证", "满意度", "跟踪就业",
    ]  # fmt: skip
    for one in PIECES:
        assert not one.said_by or CLASSES.field(one.said_by).shown_by


def test_an_old_paper_that_is_plan_and_notice_shows_both() -> None:
    found = stand(paper("plan"))
    assert found["notice"].standing is found["plan"].standing is Standing.THERE
    found = stand(paper("notice"))
    assert (found["notice"].standing, found["plan"].standing) == (Standing.THERE, Standing.MISSING)
    assert found["plan"].hands_in is DocumentKind.SCHEME


def test_a_piece_in_a_box_is_there_in_its_box() -> None:
    found = stand(paper("cost", media="paper", box="盒7"))["money"]
    assert (found.standing, found.boxes, found.acts) == (Standing.BOX, ("盒7",), ())
    assert "盒 盒7，没有扫描" in found.words and found.unsaid
    # A scan beside it is what one looks at; where the paper lies is still said.
    both = stand(paper("cost", media="paper", box="盒7"), paper("allowance"))["money"]
    assert both.standing is Standing.THERE and "存 1 件，盒 盒7" in both.words


def test_late_is_what_came_after_the_class_and_how_late_is_said() -> None:
    found = stand(paper("photo", 12))["photos"]
    assert (found.standing, found.days_late) == (Standing.LATE, 12) and "迟 12 天" in found.words
    assert stand(paper("photo", 12), paper("photo", 0))["photos"].standing is Standing.THERE, (
        "one was in time"
    )
    # Each sign-in sheet is of a day of its own: one that is late is late.
    sheets = stand(paper("sign_in", 0), paper("sign_in", 4), paper("sign_in", 9))["sign_in"]
    assert (sheets.standing, sheets.days_late) == (Standing.LATE, 9)
    assert "存 3 件，2 件迟交，最多迟 9 天" in sheets.words
    # What only comes about afterwards, and what has no day, is not late.
    assert stand(paper("cost", 40))["money"].standing is Standing.THERE
    assert stand(paper("photo", None))["photos"].standing is Standing.THERE
    # In a box it was not handed in at all.
    assert stand(paper("photo", 12, media="paper", box="1"))["photos"].standing is Standing.BOX


def test_what_is_missing_says_what_mends_it_and_what_is_ahead_is_not_missing() -> None:
    found = stand()
    assert found["satisfaction"].standing is Standing.MISSING
    assert found["satisfaction"].acts == (Act.HAND_IN, Act.PRINT)
    assert Act.TIMETABLE in found["timetable"].acts and "没人看过" in found["photos"].words
    assert "登记为有，没有存件" in stand(said=True)["sign_in"].words
    during = stand(today=date(2023, 6, 10), without_result=20, completed=0, dropped=0)
    assert during["notice"].standing is Standing.MISSING, "it was due on the first day"
    for code in ("sign_in", "photos", "exam", "money", "satisfaction", "follow_up"):
        assert during[code].standing is Standing.AHEAD, code


def test_records_show_roster_timetable_exam_and_work() -> None:
    found = stand(lessons=30, lesson_days=15, hours=90, attended_days=15, scored=18)
    assert found["timetable"].words == "15 天 90 课时" and found["timetable"].standing is Standing.THERE
    assert found["roster"].standing is Standing.THERE and found["roster"].words == "20 人"
    assert found["exam"].words == "18 人结业，2 人未结业，18 人有成绩"
    assert "考勤登记了 15 天" in found["sign_in"].words and found["sign_in"].standing is Standing.MISSING
    differs = stand(claimed=22)["roster"]
    assert (differs.standing, differs.acts) == (Standing.DIFFERS, (Act.TRAINEES,))
    assert "登记 20 人，填报 22 人" in differs.words
    half = stand(paper("exam"), without_result=3)["exam"]
    assert (half.standing, half.acts) == (
        Standing.DIFFERS,
        (Act.RESULTS,),
    ) and "3 人没有登记结果" in half.words
    assert stand(enrolled=0, completed=0, dropped=0)["roster"].standing is Standing.MISSING


def due(*people: int) -> tuple[class_file.AskedAfter, ...]:
    ends = ((3, date(2023, 9, 20)), (6, date(2023, 12, 20)), (12, date(2024, 6, 20)))
    return tuple(
        class_file.AskedAfter(months, until, number, until < date(2024, 1, 1))
        for (months, until), number in zip(ends, people, strict=True)
    )


def test_follow_up_is_due_by_months_and_done_when_all_work() -> None:
    on = date(2024, 1, 1)
    found = stand(found=due(8, 11, 11), today=on)["follow_up"]
    assert found.standing is Standing.MISSING and Act.WORK in found.acts
    assert "6 个月的 2023年12月20日已到，7 人没有就业登记" in found.words
    assert stand(found=due(8, 18, 18), today=on)["follow_up"].standing is Standing.THERE
    assert stand(paper("follow_up"), found=due(8, 11, 11), today=on)["follow_up"].standing is Standing.THERE
    assert stand(completed=0, dropped=20, today=on)["follow_up"].words == "没有人结业"
    # Who may not count work is told when one asks, and no number.
    assert stand(today=date(2023, 9, 20))["follow_up"].standing is Standing.AHEAD
    assert stand(today=date(2023, 9, 21))["follow_up"].standing is Standing.MISSING


def test_they_are_counted_in_words_and_the_next_is_the_first_missing() -> None:
    found = class_file.pieces(
        recorded(), [paper("notice"), paper("cost", media="paper", box="1")], lambda _n: None
    )
    assert class_file.summed(found) == "3 有，1 在盒，5 缺，1 未到期"
    following = class_file.next_piece(found)
    assert following is not None and following.kind.code == "plan"
    said = recorded()
    assert class_file.day_for("notice", said, None) == BEGINS
    assert class_file.day_for("sign_in", said, date(2023, 6, 8)) == date(2023, 6, 8)
    assert class_file.day_for("photo", said, None) == ENDS
    assert class_file.day_for("follow_up", said, None) == LATER
    assert class_file.day_for("other", recorded(today=BEGINS), None) == BEGINS


@pytest.mark.django_db
def test_the_catalogue_is_filled_and_names_nobody(world: World) -> None:
    held, viewer = world.classes["weaving"], UserViewer(world.users["clerk"])
    kept: dict[str, dict[str, Any]] = {"sign_in": {}, "cost": {"media": "paper", "box": "2023-职-04"}}
    for kind, given in kept.items():
        Document.objects.create(
            ledger="classes", row=held.pk, title="x", size=0, sha256=kind, filed_by=held.filed_by, kind=kind,
            happened_on=ENDS, days_after=5, **{"media": "pdf", **given},
        )  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(class_catalogue.catalogue(held.pk, viewer, "xlsx"))).worksheets[
        0
    ]
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    assert "卷内目录" in text and "手工编织一班" in text and "立卷人" in text
    lines = {row[1]: row for row in rows if row and isinstance(row[0], int | str) and str(row[0]).isdigit()}
    assert list(lines) == [str(one.label) for one in PIECES]
    assert "迟交" in lines["逐日签到"] and "系统存件" in lines["逐日签到"]
    assert "系统台账" in lines["花名册"] and "用后销毁" not in text
    assert "在盒" in lines["资金凭证"] and "盒 2023-职-04" in lines["资金凭证"]
    assert not [one.name for one in world.people["here"] if one.name in text]
    logged = AccessEntry.objects.filter(subject=f"classes/{held.pk}/catalogue.xlsx", action="export")
    assert logged.filter(username="clerk", rows=1, done=True).exists()
    for form in ("pdf", "docx"):
        assert len(class_catalogue.catalogue(held.pk, viewer, form)) > 1000
    with pytest.raises(Unusable):
        class_catalogue.catalogue(held.pk, viewer, "exe")
    for user in ("reader", "other", "base", "trainer"):
        with pytest.raises(Refused):
            class_catalogue.catalogue(held.pk, UserViewer(world.users[user]), "pdf")


@pytest.mark.django_db
def test_a_class_joined_with_another_has_the_papers_of_both_and_a_withdrawn_one_none(world: World) -> None:
    kept, approver = world.classes["weaving"], UserViewer(world.users["approver"])
    other = training_class(world.regions["涪陵区"], "手工编织（一班）")
    enrol(other, world.people["here"][20:22])
    common: dict[str, Any] = {
        "filed_by": kept.filed_by,
        "media": "pdf",
        "size": 1,
        "happened_on": ENDS,
        "days_after": 0,
    }
    Document.objects.create(ledger="classes", row=other.pk, title="x", kind="photo", sha256="1", **common)
    Lesson.objects.create(
        training_class=other,
        happened_on=BEGINS,
        part="morning",
        topic="起针",
        hours=3,
        filed_by=kept.filed_by,
    )
    BudgetLine.objects.create(
        training_class=other, item="lectures", planned=900_000, happened_on=ENDS, filed_by=kept.filed_by
    )

    def standing(pk: int) -> dict[str, Standing]:
        return {one.kind.code: one.standing for one in classes.sheet(pk, approver).pieces}

    assert standing(kept.pk)["photos"] is standing(kept.pk)["timetable"] is Standing.MISSING
    joining.join(CLASSES, other.pk, kept.pk, approver, "同一个班")
    assert standing(kept.pk)["photos"] is standing(kept.pk)["timetable"] is Standing.THERE
    assert [one.planned for one in classes.sheet(kept.pk, approver).money] == [900_000]
    TrainingClass.objects.filter(pk=kept.pk).update(title="手工编织一班（改名）")
    assert standing(kept.pk)["photos"] is Standing.THERE, "papers hang on the row and not on its name"
    TrainingClass.objects.filter(pk=other.pk).update(state=State.WITHDRAWN)
    with pytest.raises(Refused):
        classes.sheet(other.pk, approver)


@pytest.mark.django_db
def test_somebody_from_outside_sees_the_papers_of_her_own_agency_and_no_count_of_work(world: World) -> None:
    held, trainer = world.classes["weaving"], UserViewer(world.users["trainer"])
    with pytest.raises(Refused):
        classes.sheet(held.pk, trainer)
    TrainingClass.objects.filter(pk=held.pk).update(entered_by="trainer")
    Enrolment.objects.filter(pk__in=held.enrolments.values("pk")[:3]).update(entered_by="trainer")
    Employment.objects.create(
        person=world.people["here"][0], form="flexible", settlement="rural", begins=date(2023, 8, 1),
        happened_on=date(2023, 8, 1), filed_by=held.filed_by, state=State.APPROVED,
    )  # fmt: skip
    common: dict[str, Any] = {
        "filed_by": held.filed_by,
        "media": "pdf",
        "size": 1,
        "happened_on": ENDS,
        "ledger": "classes",
    }
    for number, who in enumerate(("clerk", "trainer")):
        Document.objects.create(
            row=held.pk, title="x", kind="photo", sha256=str(number), entered_by=who, **common
        )
    found = classes.sheet(held.pk, trainer)
    assert [one.entered_by for one in found.documents] == ["trainer"]
    assert found.recorded.enrolled == 3 and not found.outcome.found
    assert timezone.localdate() > ENDS + timedelta(days=100)
