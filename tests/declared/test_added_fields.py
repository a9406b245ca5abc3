"""Fields that a declared ledger adds to another's rows: written from one form, read as a part of the row, taken back with it."""

from __future__ import annotations

import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.declared.naming import model_of
from qiaojie.intake import editing
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration, queries, undoing
from qiaojie.ledgers import services as ledgers
from qiaojie.ledgers.models import Change, State
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.training.models import TrainingClass
from tests.web.factories import World

pytestmark = pytest.mark.django_db

HEADER = "培训班名称,培训类别,开班日期,结业日期,培训形式,免费培训,特聘专家"
LINE = "刺绣提高班,职业技能培训,2023.7.1,2023.7.20,师带徒,是,赵师傅"


def planned(world: World, *lines: str, who: str = "clerk"):
    viewer = UserViewer(world.users[who])
    data = "\n".join([HEADER, *lines]).encode("utf-8-sig")
    table = notices.table("ledgers/classes")
    return intake.plan(data, "班.csv", table, world.regions["涪陵区"], viewer), viewer


def put(world: World, *lines: str, who: str = "clerk"):
    plan, viewer = planned(world, *lines, who=who)
    assert not [issue for issue in plan.issues if issue.level == "error"], plan.issues
    return intake.commit(plan, viewer)


def details(title: str):
    return model_of("class_details").objects.filter(row__title=title)


def seen(world: World, title: str, who: str = "clerk") -> dict[str, str]:
    ledger = declaration.get("classes")
    found = TrainingClass.objects.filter(title=title)
    (row,) = queries.shown(ledger, UserViewer(world.users[who]), found, ledger.fields)
    return {name: cell.text for name, cell in row.cells.items()}


def test_they_are_written_with_the_row_and_read_as_its_part(world: World) -> None:
    put(world, LINE)
    (kept,) = details("刺绣提高班")
    assert (kept.form, kept.free, kept.expert) == ("apprenticeship", True, "赵师傅")
    assert kept.happened_on == TrainingClass.objects.get(title="刺绣提高班").happened_on
    assert kept.filed_by == world.regions["涪陵区"]
    cells = seen(world, "刺绣提高班")
    assert (cells["details.form"], cells["details.free"]) == ("师傅带学徒", "是")
    assert cells["details.expert"] == "赵师傅"
    assert seen(world, "手工编织一班")["details.form"] == ""


def test_the_same_line_again_is_the_same(world: World) -> None:
    put(world, LINE)
    plan, _viewer = planned(world, LINE)
    assert {str(one) for one in plan.rows.verdicts} == {"same"}
    assert not plan.changes


def test_a_line_adds_them_to_a_row_that_stands(world: World) -> None:
    title = world.classes["weaving"]
    line = "手工编织一班,职业技能培训,2023.6.1,2023.6.20,集中培训,是,"
    plan, viewer = planned(world, line)
    told = [(change.field.name, change.after) for change in plan.changes]
    assert ("form", "concentrated") in told
    intake.commit(plan, viewer)
    (kept,) = details(title.title)
    assert kept.form == "concentrated" and kept.row_id == title.pk


def test_an_approved_row_is_changed_by_a_proposal(world: World) -> None:
    put(world, LINE, who="approver")
    (kept,) = details("刺绣提高班")
    assert kept.state == State.APPROVED
    put(world, LINE.replace("师带徒", "订单培训"))
    kept.refresh_from_db()
    assert kept.form == "apprenticeship", "what a clerk changes waits"


def test_they_are_approved_with_the_row(world: World) -> None:
    put(world, LINE)
    row = TrainingClass.objects.get(title="刺绣提高班")
    (kept,) = details("刺绣提高班")
    assert (row.state, kept.state) == (State.DRAFT, State.DRAFT)
    ledgers.approve(declaration.get("classes"), [row.pk], UserViewer(world.users["approver"]))
    kept.refresh_from_db()
    assert kept.state == State.APPROVED


def test_they_are_taken_back_with_the_batch(world: World) -> None:
    batch = put(world, LINE)
    undoing.undo(batch.pk, UserViewer(world.users["clerk"]), "录错")
    assert not details("刺绣提高班").exists()
    assert not TrainingClass.objects.filter(title="刺绣提高班").exists()


def test_another_county_sees_none_of_them(world: World) -> None:
    put(world, LINE)
    ledger = declaration.get("class_details")
    assert not queries.rows(ledger, UserViewer(world.users["other"])).exists()
    assert queries.rows(ledger, UserViewer(world.users["clerk"])).count() == 1


def test_they_are_changed_on_the_page_of_the_row(world: World) -> None:
    ledger, approver = declaration.get("classes"), UserViewer(world.users["approver"])
    row = world.classes["weaving"]
    form = editing.form(ledger, row.pk, approver)
    names = [entry.field.name for entry in form.entries]
    assert "details.form" in names
    wrong = editing.change(ledger, row.pk, {"details.form": "集体"}, form.seen, approver, "补")
    assert wrong is not None and [e.field.name for e in wrong.entries if e.errors] == ["details.form"]
    given = {"details.form": "concentrated", "details.expert": "赵师傅"}
    assert editing.change(ledger, row.pk, given, form.seen, approver, "补") is None
    (kept,) = details(row.title)
    assert (kept.form, kept.expert, kept.state) == ("concentrated", "赵师傅", State.APPROVED)
    assert kept.happened_on == row.happened_on
    with pytest.raises(Unusable) as meanwhile:
        editing.change(ledger, row.pk, {"details.form": "apprenticeship"}, form.seen, approver, "补")
    assert meanwhile.value.code == "changed_meanwhile"
    again = editing.form(ledger, row.pk, UserViewer(world.users["clerk"]))
    clerk = UserViewer(world.users["clerk"])
    assert editing.change(ledger, row.pk, {"details.form": "apprenticeship"}, again.seen, clerk, "改") is None
    kept.refresh_from_db()
    assert kept.form == "concentrated", "what a clerk changes of an approved row waits"
    batch = Change.objects.filter(model=kept._meta.label).latest("pk").batch
    assert batch is not None


def test_they_are_voided_with_the_row_alone(world: World) -> None:
    """One row of them for each row: a second beside a voided one could never be entered."""
    put(world, LINE, who="approver")
    (kept,) = details("刺绣提高班")
    approver = UserViewer(world.users["approver"])
    with pytest.raises(Unusable) as refused:
        ledgers.move(declaration.get("class_details"), [kept.pk], "withdraw", approver, purpose="不对")
    assert refused.value.code == "voided_with_its_row"
    row = TrainingClass.objects.get(title="刺绣提高班")
    ledgers.move(declaration.get("classes"), [row.pk], "withdraw", approver, purpose="没有办")
    kept.refresh_from_db()
    assert kept.state == State.WITHDRAWN
    put(world, LINE)
    assert details("刺绣提高班").count() == 2, "the class that is entered anew has its own"
