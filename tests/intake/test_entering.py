"""A row that was typed in is planned, asked about and written as a row of a file; drafts are kept for their owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from qiaojie.intake import entering, services
from qiaojie.intake.models import Draft, Upload
from qiaojie.intake.storing import drafts
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass

from . import conftest, material

pytestmark = pytest.mark.django_db

ROW = {
    "person.name": "王桂兰",
    "person.id_number": material.id_number(1),
    "class.title": "编织班",
    "class.begins": "2023-03-01",
    "class.ends": "2023-03-20",
    "result": "completed",
    "remark": '=HYPERLINK("x")',
}


def test_boxes_follow_the_columns(tree: None) -> None:
    roster, status = notices.table(material.ROSTER), notices.table(material.STATUS)
    found = {box.name: box for box in entering.boxes(roster)}
    assert "序号" not in [box.label for box in found.values()]
    assert [code for code, _label in found["result"].choices] == ["completed", "dropped"]
    assert found["person.name"].required
    assert entering.name_box(roster) == "person.name"
    boxes = {box.name: box for box in entering.boxes(status)}
    # What is computed has a box only where a form's own figure is kept beside it.
    assert boxes["headcount"].heading == "培训人数"
    assert (boxes["cost"].unit, boxes["cost"].label) == ("元", "培训班总费用")
    assert entering.name_box(status) == ""


def test_a_row_is_written_and_undone_as_a_file(fuling: Region, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    trial = entering.attempt(table, ROW, fuling, clerk)
    assert trial.ready
    assert not Person.objects.exists()
    kept = entering.enter(trial, clerk)
    held = Enrolment.objects.get()
    assert (held.person.id_number, held.remark, held.state) == (
        ROW["person.id_number"],
        ROW["remark"],
        "draft",
    )
    again = entering.attempt(table, ROW, fuling, clerk)
    assert not again.ready
    assert not again.errors
    services.undo_upload(kept.pk, clerk, "录错了")
    assert not Enrolment.objects.exists()


def test_money_dates_and_figures_are_read_as_in_a_file(fuling: Region, clerk: Viewer) -> None:
    row = {
        "dates": "2023.3.1-3.20",
        "title": "蜀绣班",
        "headcount": "30",
        "cost": "1.2万",
        "funding": "county",
    }
    trial = entering.attempt(notices.table(material.STATUS), row, fuling, clerk)
    entering.enter(trial, clerk, reason="合同为准")
    held = TrainingClass.objects.get()
    assert (held.cost, held.claimed_headcount, held.funding) == (1_200_000, 30, "county")
    wrong = entering.attempt(notices.table(material.STATUS), {**row, "cost": "许多"}, fuling, clerk)
    assert [(one.box, one.level) for one in wrong.errors] == [("cost", Level.ERROR)]
    assert not wrong.ready


def test_warnings_need_a_reason_and_a_person_can_be_named(
    fuling: Region, shizhu: Region, clerk: Viewer
) -> None:
    table = notices.table(material.ROSTER)
    entering.enter(entering.attempt(table, ROW, fuling, clerk), clerk)
    woman = Person.objects.get()
    bare = {
        **ROW,
        "person.id_number": "",
        "class.title": "刺绣班",
        "class.begins": "2023-05-01",
        "class.ends": "2023-05-09",
    }
    assert not entering.attempt(table, bare, fuling, clerk).ready
    named = entering.attempt(table, bare, fuling, clerk, entering.chosen(woman.pk))
    assert named.ready
    entering.enter(named, clerk, entering.chosen(woman.pk), "本人到场")
    assert woman.enrolments.count() == 2
    stranger = conftest.viewer(shizhu, "clerk", "shizhu-clerk")
    assert not entering.attempt(table, bare, shizhu, stranger, entering.chosen(woman.pk)).ready
    vague = {**bare, "person.name": "李秀", "person.phone": "13900000001"}
    odd = entering.attempt(table, vague, fuling, clerk)
    before = Upload.objects.count()
    with pytest.raises(Unusable, match="理由") as raised:
        entering.enter(odd, clerk, reason=" ")
    assert raised.value.code == "reason_missing"
    assert Upload.objects.count() == before


def test_who_may_not_enter_rows_may_not(fuling: Region, shizhu: Region, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    leader = conftest.viewer(fuling, "leader", "leader")
    with pytest.raises(Refused):
        entering.attempt(table, ROW, fuling, leader)
    with pytest.raises(Refused):
        drafts.keep("enter/x", ROW, leader)
    with pytest.raises(Unusable) as outside:
        entering.attempt(table, ROW, shizhu, clerk)
    assert outside.value.code == "region_outside"
    with pytest.raises(Unusable) as long:
        entering.attempt(table, {**ROW, "remark": "长" * 501}, fuling, clerk)
    assert long.value.code == "text_too_long"


def test_a_draft_is_encrypted_and_grows_old(fuling: Region, clerk: Viewer, approver: Viewer) -> None:
    drafts.keep("enter/x", ROW, clerk)
    drafts.keep("enter/x", {**ROW, "remark": " "}, clerk)
    held = drafts.held("enter/x", clerk)
    assert held is not None
    assert dict(held.typed) == {name: text for name, text in ROW.items() if name != "remark"}
    assert drafts.held("enter/x", approver) is None
    drafts.keep("enter/empty", {"a": " "}, clerk)
    assert Draft.objects.count() == 1
    Draft.objects.update(kept_at=timezone.now() - timedelta(days=drafts.DAYS + 1))
    assert drafts.held("enter/x", clerk) is None
    drafts.keep("enter/y", ROW, approver)
    assert [draft.subject for draft in Draft.objects.all()] == ["enter/y"]
    drafts.drop("enter/y", clerk)
    assert Draft.objects.exists()
