"""A day limits which words of a list may be entered: in files, in boxes, by hand; what is stored is left alone."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.utils import timezone

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.codes import checking
from qiaojie.codes import services as services_of_county
from qiaojie.codes.words import CodeWord
from qiaojie.intake import editing, editing_many, entering, services
from qiaojie.intake.judging import planning
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.ledgers import queries
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.ledger import STATUSES
from qiaojie.people.models import Status
from qiaojie.regions.models import Region
from qiaojie.tables.grid import offered
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from tests.codes import kinds
from tests.intake import material

CLASS = "ledgers/classes"
HEADS = ("培训班名称", "培训类别", "开班日期", "结业日期")


@pytest.fixture
def fuling(db: None) -> Region:
    material.plant_tree()
    kinds.put_in_force()
    return Region.objects.get(code="500102")


@pytest.fixture
def clerk(fuling: Region) -> Viewer:
    agency = Agency.objects.create(region=fuling, line=WorkLine.DPF, name="涪陵区残联")
    return UserViewer(User.objects.create(username="approver", agency=agency, role=Role.APPROVER))


def _book(heads: tuple[str, ...], *rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in (heads, *rows):
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _plan(
    table: str, region: Region, viewer: Viewer, *rows: tuple[object, ...], heads: tuple[str, ...] = HEADS
) -> Plan:
    return services.plan(_book(heads, *rows), "班.xlsx", notices.table(table), region, viewer, None, None)


def _codes(plan: Plan) -> list[tuple[str, str]]:
    return [(issue.cell, issue.code) for issue in plan.issues if issue.level == "error"]


def test_a_word_is_taken_for_the_days_on_which_it_holds(fuling: Region, clerk: Viewer) -> None:
    plan = _plan(
        CLASS,
        fuling,
        clerk,
        ("甲班", "农村实用技术培训", "2022-12-01", "2022-12-31"),
        ("乙班", "农村实用技术培训", "2022-12-01", "2023-01-01"),
        ("丙班", "新培训", "2022-12-01", "2022-12-31"),
        ("丁班", "新培训", "2022-12-01", "2023-01-01"),
    )
    assert _codes(plan) == [("B3", "word_not_in_force"), ("B4", "word_not_in_force")]
    told = {issue.cell: str(issue.message) for issue in plan.issues if issue.code == "word_not_in_force"}
    assert "2023年1月1日" in told["B3"] and "职业技能培训、新式培训" in told["B3"]


def test_columns_and_rows_judge_alike(fuling: Region, clerk: Viewer) -> None:
    heads = ("姓名", "身份证号", "培训班名称", "培训类别", "开班日期", "结业日期", "结业情况")
    rows = [
        (name, material.id_number(at), title, kind, "2023-01-01", "2023-01-09", "结业")
        for at, (name, title, kind) in enumerate(
            [
                ("王桂兰", "甲班", "技能培训"),
                ("李秀英", "乙班", "农村实用技术培训"),
                ("张玉梅", "丙班", "新式培训"),
            ],
            1,
        )
    ]
    table = notices.table("ledgers/enrolments")
    source = Source(_book(heads, *rows), "名册.xlsx", table, fuling, None, {})
    by_columns, by_rows = (planning.make(source, clerk, by_columns=each) for each in (True, False))
    assert _codes(by_columns) == _codes(by_rows) == [("D3", "word_not_in_force")]


def test_what_is_stored_comes_again_and_is_changed_in_other_fields(fuling: Region, clerk: Viewer) -> None:
    held = TrainingClass.objects.create(
        title="甲班", kind="practical", begins="2023-01-01", ends="2023-01-09", happened_on="2023-01-09",
        filed_by=fuling, state=State.DRAFT, entered_by="approver",
    )  # fmt: skip
    row = ("甲班", "农村实用技术培训", "2023-01-01", "2023-01-09")
    assert _codes(_plan(CLASS, fuling, clerk, row)) == []
    changed = _plan(CLASS, fuling, clerk, (*row, "绣花"), heads=(*HEADS, "培训内容"))
    assert _codes(changed) == [] and [one.after for one in changed.changes] == ["绣花"]
    other = _plan(CLASS, fuling, clerk, ("甲班", "新式培训", "2023-01-01", "2023-01-09"))
    assert _codes(other) == [] and [one.after for one in other.changes] == ["modern"]
    row = _plan(
        "ledgers/enrolments", fuling, clerk,
        ("王桂兰", material.id_number(1), "甲班", "农村实用技术培训", "2023-01-01", "2023-01-09", "结业"),
        heads=("姓名", "身份证号", "培训班名称", "培训类别", "开班日期", "结业日期", "结业情况"),
    )  # fmt: skip
    assert _codes(row) == [] and held.pk


def test_boxes_offer_what_holds_today_and_what_ended_within_a_year(fuling: Region) -> None:
    today = timezone.localdate()
    kinds.put_in_force(
        (
            CodeWord("vocational", "职业技能培训"),
            CodeWord("late", "才停的", ends=today.replace(day=1)),
            CodeWord("practical", "早停的", ends=date(2022, 12, 31)),
            CodeWord("coming", "还没有的", begins=date(2999, 1, 1)),
            CodeWord("gone", "删掉的", removed=True),
        )
    )
    box = next(one for one in entering.boxes(notices.table(CLASS)) if one.name == "kind")
    offered = dict(entering.offers(box))
    assert list(offered) in (["vocational", "late"],)
    assert [code for code, _label in box.choices] == ["vocational", "late", "practical", "coming", "gone"]


def test_by_hand_a_word_is_held_against_the_day_and_one_that_stands_is_kept(
    fuling: Region, clerk: Viewer
) -> None:
    held = TrainingClass.objects.create(
        title="甲班", kind="practical", begins="2023-01-01", ends="2023-01-09", happened_on="2023-01-09",
        filed_by=fuling, state=State.DRAFT, entered_by="approver",
    )  # fmt: skip
    form = editing.form(CLASSES, held.pk, clerk)
    (kind,) = (entry for entry in form.entries if entry.field.name == "kind")
    assert list(kind.offered) == ["vocational", "modern", "practical"]
    kept = editing.change(
        CLASSES, held.pk, {"content": "绣花", "kind": "practical"}, form.seen, clerk, "补填"
    )
    assert kept is None
    TrainingClass.objects.filter(pk=held.pk).update(
        kind="modern", begins="2022-12-01", ends="2022-12-09", happened_on="2022-12-09"
    )
    form = editing.form(CLASSES, held.pk, clerk)
    refused = editing.change(
        CLASSES, held.pk, {"kind": "vocational", "content": "织"}, form.seen, clerk, "改"
    )
    assert refused is None
    form = editing.form(CLASSES, held.pk, clerk)
    wrong = editing.change(CLASSES, held.pk, {"kind": "modern"}, form.seen, clerk, "改")
    assert wrong is not None and wrong.wrong
    look = editing_many.look(CLASSES, [held.pk], "kind", "modern", clerk)
    assert [one.code for one in look.left] == ["word_not_in_force"]
    with pytest.raises(Unusable, match="没有改动"):
        editing_many.change(CLASSES, [held.pk], "kind", "modern", look.seen, clerk, "改")


def test_lists_know_every_word(fuling: Region, clerk: Viewer) -> None:
    kinds.put_in_force((CodeWord("vocational", "职业技能培训"), CodeWord("gone", "删掉的", removed=True)))
    held = TrainingClass.objects.create(
        title="甲班", kind="gone", begins="2023-01-01", ends="2023-01-09", happened_on="2023-01-09",
        filed_by=fuling, state=State.DRAFT,
    )  # fmt: skip
    kind = CLASSES.field("kind")
    assert queries.show(kind, held.kind, Sight.WHOLE).text == "删掉的"
    assert [use.text for use in checking.removed_in_use()] and "1条" in checking.removed_in_use()[0].text


STATUS_HEADS = ("姓名", "身份证号", "身份体系", "类别", "起")


def _status(at: int, scheme: str, category: str | None, begins: str) -> tuple[object, ...]:
    return (material.name(at), material.id_number(at), scheme, category, begins)


def test_the_three_kinds_of_watched_households_end_with_2025(fuling: Region, clerk: Viewer) -> None:
    plan = _plan(
        "ledgers/statuses",
        fuling,
        clerk,
        _status(1, "防返贫监测", "突发严重困难户", "2025-12-31"),
        _status(2, "监测对象", "边缘易致贫", "2026-01-01"),
        _status(3, "防返贫监测", "防止返贫致贫对象", "2025-12-31"),
        _status(4, "防止返贫致贫对象", "防止返贫致贫对象", "2026-01-01"),
        _status(5, "防返贫监测", None, "2026-03-01"),
        _status(6, "五保", None, "2026-03-01"),
        heads=STATUS_HEADS,
    )
    assert _codes(plan) == [("D3", "word_not_in_force"), ("D4", "word_not_in_force")]
    good = _plan(
        "ledgers/statuses",
        fuling,
        clerk,
        _status(1, "防返贫监测", "突发严重困难户", "2025-12-31"),
        _status(5, "防返贫监测", None, "2026-03-01"),
        heads=STATUS_HEADS,
    )
    services.commit(good, clerk)
    held = dict(Status.objects.values_list("begins__year", "category"))
    assert held == {2025: "sudden", 2026: "prevention"}
    category = STATUSES.field("category")
    assert queries.show(category, "sudden", Sight.WHOLE).text == "突发严重困难户"


def test_a_blank_form_offers_what_may_be_entered(fuling: Region, clerk: Viewer) -> None:
    services_of_county.add("training_kinds", "vocational", "蜀绣培训", fuling, clerk, "县里一直这样分")
    (column,) = (one.column for one in notices.table(CLASS).form.leaves if one.column.field == "kind")
    assert offered(column) == ("职业技能培训", "新式培训")
    assert len(column.choices or {}) == 4
