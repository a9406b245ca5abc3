"""Rows that were typed go the way of a workbook's lines, and no workbook is made of them: kept as typed, named by their boxes."""

from __future__ import annotations

import io
import json
import re
from typing import Any, NoReturn

import openpyxl
import pytest
import xlsxwriter

from qiaojie.intake import deliveries, entering, queries, services
from qiaojie.intake.judging import planning
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.models import Part, Upload
from qiaojie.intake.presenting import drawn_rows, marked_copy, plan_pages
from qiaojie.intake.reading import typed_rows
from qiaojie.intake.reading.lines import read
from qiaojie.intake.reading.typed_rows import TypedRows
from qiaojie.intake.storing import upload_store
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.intake.vocabulary.places import (
    IN_CELLS,
    CellPlace,
    PathNaming,
    changed,
    listed,
    plus,
    pointing,
    told,
)
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.tables import writing
from qiaojie.training.models import Enrolment, TrainingClass

from .. import material
from ..test_entering import ROW

ADDRESS = re.compile(r"(?<![A-Za-z])[A-Z]{1,2}[0-9]+(?![0-9A-Za-z])")
"""What a cell's address looks like."""

HELP = "chongqing-bases-2020/help-tourism"


def row(number: int, **other: str) -> dict[str, str]:
    said = {"person.name": material.name(number), "person.id_number": material.id_number(number)}
    return {**ROW, "remark": "", **said, **{name.replace("__", "."): text for name, text in other.items()}}


def hand_in(rows: list[dict[str, str]], region: Region, viewer: Viewer, word: str = "") -> Upload:
    handed = deliveries.Handed(json.dumps(rows).encode(), rows, {}, word=word)
    return deliveries.hand_in(notices.table(material.ROSTER), region, handed, viewer)[0]


def said(plan: Plan, code: str) -> list[str]:
    return [plan.told(issue) for issue in plan.issues if issue.code == code]


@pytest.fixture
def no_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any, **_named: Any) -> NoReturn:
        raise AssertionError("a workbook is made")

    for module, name in ((xlsxwriter, "Workbook"), (writing, "write"), (drawn_rows, "write")):
        monkeypatch.setattr(module, name, refuse)


@pytest.mark.django_db
def test_no_workbook_is_made_on_the_way(no_workbook: None, fuling: Region, approver: Viewer) -> None:
    table = notices.table(material.ROSTER)
    kept = entering.enter(entering.attempt(table, ROW, fuling, approver), approver)
    (origin,) = queries.origin("enrolments", Enrolment.objects.get().pk, approver)
    assert (origin.file, origin.row) == (kept.name, 1)
    services.undo_upload(kept.pk, approver, "录错了")
    waiting = hand_in([row(1), row(2)], fuling, approver)
    planned = queries.plan_of(waiting, approver)
    shown = plan_pages.rows(planned, approver, None, "", 1)
    assert [dict(one.cells)["培训班名称"] for one in shown.rows] == ["编织班", "编织班"]
    deliveries.commit(waiting, planned, upload_store.seal(planned), {}, approver)
    assert Enrolment.objects.count() == 2


@pytest.mark.django_db
def test_what_was_typed_is_kept_as_it_was_typed_and_encrypted(fuling: Region, clerk: Viewer) -> None:
    kept = entering.enter(entering.attempt(notices.table(material.ROSTER), ROW, fuling, clerk), clerk)
    content = services.content_of(kept)
    assert json.loads(content) == {"said": {}, "rows": [ROW]}
    assert (kept.typed, kept.name, kept.size) == (True, "培训学员名册（逐条登记）", len(content))
    assert ROW["person.id_number"].encode() not in b"".join(
        bytes(part.content) for part in Part.objects.all()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://example.org","x")',
        "@SUM(A1)",
        "00123",
        "123456789012345678901",
        "2023-1-2",
        "1.50",
        "45000",
        "12%",
        "TRUE",
        "第一行\n第二行",
    ],
)
def test_a_text_is_taken_exactly_as_it_was_typed(text: str, fuling: Region, approver: Viewer) -> None:
    typed = {**ROW, "class.title": f"班{text}".replace("\n", ""), "remark": text}
    entering.enter(entering.attempt(notices.table(material.ROSTER), typed, fuling, approver), approver)
    held = Enrolment.objects.select_related("training_class").get()
    as_a_text = typed_rows.lay_out(
        notices.table(material.ROSTER), TypedRows({}, [{"remark": text}])
    ).sheet.rows[0]
    assert as_a_text[-1] == text
    # A kind may tidy spaces; it changes nothing else.
    assert held.remark.split() == text.split()
    assert held.training_class.title == typed["class.title"]


@pytest.mark.django_db
def test_a_day_or_a_number_is_read_from_the_text(fuling: Region, clerk: Viewer) -> None:
    typed = {
        **ROW,
        "class.begins": "2023年3月1日",
        "class.ends": "2023.3.20",
        "person.phone": "0 23-72201234",
    }
    entering.enter(entering.attempt(notices.table(material.ROSTER), typed, fuling, clerk), clerk)
    held = TrainingClass.objects.get()
    assert (str(held.begins), str(held.ends)) == ("2023-03-01", "2023-03-20")


@pytest.mark.django_db
def test_a_message_names_the_box(fuling: Region, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    trial = entering.attempt(table, {**ROW, "class.ends": "2023-02-01"}, fuling, clerk)
    (wrong,) = trial.errors
    assert (wrong.box, wrong.code) == ("class.ends", "date_order")
    assert "“开班日期”" in wrong.message
    assert not ADDRESS.search(wrong.message)
    status = {"dates": "2023.3.1-3.20", "title": "蜀绣班", "headcount": "10", "disabled_women": "11"}
    (more,) = [
        one
        for one in entering.attempt(notices.table(material.STATUS), status, fuling, clerk).said
        if one.code == "part_exceeds_whole"
    ]
    assert "“总人数”" in more.message
    assert not ADDRESS.search(more.message)


@pytest.mark.django_db
def test_each_reader_is_told_places_in_her_own_words(fuling: Region, approver: Viewer) -> None:
    rows = [row(1), row(2), row(1), row(3, class__ends="2023-02-01")]
    kept = hand_in(rows, fuling, approver)
    planned = queries.plan_of(kept, approver)
    assert said(planned, "twice_in_file") == ["与第1行完全相同，只写入一次。"]
    (twice, order) = (
        next(issue for issue in planned.issues if issue.code == code)
        for code in ("twice_in_file", "date_order")
    )
    naming = deliveries.naming(planned)
    assert twice.told(naming) == "与rows[0]完全相同，只写入一次。"
    assert "rows[3].class.begins" in order.told(naming)
    assert "“开班日期”" in planned.told(order)
    groups = queries.view(planned, approver).groups
    assert {group.code: [one.cell for one in group.first] for group in groups} == {
        "date_order": ["第4行 结业日期"],
        "twice_in_file": ["第3行"],
    }
    assert {group.code: group.first[0].column for group in groups}["date_order"] == "结业日期"
    table, typed = planned.source.table, TypedRows({}, rows)
    drawn = drawn_rows.draw(table, typed, fuling)
    filed = services.plan(drawn.content, "名册.xlsx", table, fuling, approver)
    (there,) = said(filed, "twice_in_file")
    assert there == filed.told(next(i for i in filed.issues if i.code == "twice_in_file"))
    assert re.fullmatch(r"与第\d+行（D\d+）完全相同，只写入一次。", there)
    assert [(i.code, i.level, i.field) for i in filed.issues] == [
        (i.code, i.level, i.field) for i in planned.issues
    ]
    assert filed.counts == planned.counts


@pytest.mark.django_db
def test_by_columns_or_one_by_one_is_the_same_plan(fuling: Region, approver: Viewer) -> None:
    rows = [row(1), row(2), row(1), {**row(4), "person.id_number": ""}, row(5, person__hukou="无此镇")]
    planned = queries.plan_of(hand_in(rows, fuling, approver), approver)
    slow = planning.make(planned.source, approver, by_columns=False)
    assert list(slow.rows.verdicts) == list(planned.rows.verdicts)
    assert sorted(map(repr, slow.issues)) == sorted(map(repr, planned.issues))


@pytest.mark.django_db
def test_a_marked_copy_is_the_form_with_what_was_typed(fuling: Region, approver: Viewer) -> None:
    rows = [row(1), row(2, class__ends="2023-02-01")]
    planned = queries.plan_of(hand_in(rows, fuling, approver), approver)
    copy = marked_copy.marked(planned, approver, "退回修改", "upload/1/marked")
    assert copy.name == "培训学员名册（接口报送）（核对）.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(copy.content))
    sheet = book.worksheets[1]
    cells = {cell.value: cell for line in sheet.iter_rows() for cell in line if cell.value}
    assert material.name(1) in cells and material.id_number(2) in cells
    begins = next(c for line in sheet.iter_rows() for c in line if c.value == "开班日期")
    ((wrong, comment),) = [(c, c.comment) for line in sheet.iter_rows() for c in line if c.comment]
    assert wrong.value == "2023-02-01"
    assert f"“开班日期”（{begins.column_letter}{wrong.row}）" in comment.text
    again = services.plan(copy.content, copy.name, planned.source.table, fuling, approver)
    assert again.counts == planned.counts


@pytest.mark.django_db
def test_a_registered_row_opens_to_what_was_typed(fuling: Region, approver: Viewer, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    entering.enter(entering.attempt(table, {**ROW, "remark": "本人到场"}, fuling, clerk), clerk)
    (found,) = queries.origin("enrolments", Enrolment.objects.get().pk, clerk)
    assert {
        cell.head: cell.raw for cell in found.cells if cell.head in ("培训班名称", "是否结业", "备注")
    } == {
        "培训班名称": "编织班",
        "是否结业": "是",
        "备注": "本人到场",
    }
    assert not any(cell.cell or ROW["person.id_number"] in cell.raw for cell in found.cells)


@pytest.mark.django_db
def test_nothing_typed_is_said_and_rows_stay_with_their_table(fuling: Region, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    with pytest.raises(Unusable) as nothing:
        entering.attempt(table, {"person.name": " ", "state": "approved"}, fuling, clerk)
    assert nothing.value.code == "table_empty"
    kept = hand_in([row(1)], fuling, clerk)
    with pytest.raises(Unusable) as other:
        services.assign(kept.pk, material.STATUS, fuling, clerk)
    assert other.value.code == "table_typed"


@pytest.mark.django_db
def test_a_program_s_rows_are_never_taken_for_something_else(fuling: Region, approver: Viewer) -> None:
    """In a workbook a row that begins with 合计 is a row of sums, and a header may come again."""
    rows = [row(1), {**row(2), "person.name": "合计"}, {**row(3), "remark": "备注：无"}, {"remark": "备注"}]
    planned = queries.plan_of(hand_in(rows, fuling, approver), approver)
    assert deliveries.places(planned) == {1: 0, 2: 1, 3: 2, 4: 3}


@pytest.mark.django_db
def test_what_was_kept_as_a_workbook_still_opens_is_written_and_taken_back(
    fuling: Region, approver: Viewer
) -> None:
    """Before typed rows were kept as such, a workbook in the table's own form was."""
    table = notices.table(material.ROSTER)
    drawn = drawn_rows.draw(table, TypedRows({}, [row(1), row(2)]), fuling).content
    kept = services.receive(drawn, "培训学员名册（逐条登记）.xlsx", table, fuling, approver)
    assert not kept.typed
    planned = queries.plan_of(kept, approver)
    assert list(deliveries.places(planned).values()) == [0, 1]
    services.commit_upload(kept.pk, planned, approver)
    (origin, _other) = (queries.origin("enrolments", e.pk, approver)[0] for e in Enrolment.objects.all())
    assert all(ADDRESS.fullmatch(cell.cell) for cell in origin.cells)
    services.undo_upload(kept.pk, approver, "录错了")
    assert not Person.objects.exists()


@pytest.fixture
def base_of_helped() -> tuple[Any, dict[str, str]]:
    return notices.table(HELP), {"base.name": "竹编合作社", "base.head": "周桂兰"}


def of_helped(table: Any, said_above: dict[str, str], rows: list[dict[str, str]]) -> Any:
    data = typed_rows.pack(table, said_above, rows)
    return read(Source(data, "带动表", table, Region(short_name="丰都县", name="丰都县"), typed=True))


def test_every_row_has_what_was_typed_above(base_of_helped: tuple[Any, dict[str, str]]) -> None:
    table, above = base_of_helped
    held = of_helped(
        table, {**above, "base.kind": "base"}, [{"person.name": "李桂"}, {"person.name": "王琴"}]
    )
    assert [(line.stated["base.name"], line.stated["base.kind"]) for line in held.lines] == [
        ("竹编合作社", "base")
    ] * 2
    assert held.naming.where(held.lines[1].cell("base.name")) == "带动基地名称"
    assert held.naming.where(held.lines[1].cell("person.name")) == "第2行 带动妇女姓名"


def test_what_a_caption_does_not_know_is_pointed_out_once(base_of_helped: tuple[Any, dict[str, str]]) -> None:
    table, above = base_of_helped
    held = of_helped(
        table, {**above, "base.kind": "旅行社"}, [{"person.name": "李桂"}, {"person.name": "王琴"}]
    )
    assert [(issue.code, issue.field) for issue in held.issues] == [("choice_unknown", "base.kind")]


def test_what_this_kind_of_base_does_not_fill_is_pointed_out(
    base_of_helped: tuple[Any, dict[str, str]],
) -> None:
    table, above = base_of_helped
    held = of_helped(
        table, {**above, "base.kind": "home_workshop"}, [{"person.name": "李桂", "employed": "1"}]
    )
    assert [(issue.code, issue.level) for issue in held.lines[0].issues] == [
        ("not_applicable", Level.WARNING)
    ]


def test_several_columns_to_be_ticked_are_one_box(base_of_helped: tuple[Any, dict[str, str]]) -> None:
    table, above = base_of_helped
    rows = [{"person.name": "李桂", "woman_kind": "poor"}, {"person.name": "王琴", "woman_kind": "游客"}]
    held = of_helped(table, above, rows)
    assert [line.stated["woman_kind"] for line in held.lines] == ["poor", None]
    assert [(i.code, held.naming.where(i.cell)) for i in held.lines[1].issues] == [
        ("choice_unknown", "第2行 妇女类型")
    ]


def test_a_sentence_keeps_its_places_open() -> None:
    place = CellPlace("B5", "headcount", called="总人数")
    sentence = pointing("100%%的“%(part)s”（%(n)d）多于%(whole)s", {"part": "a{0}%s", "n": 3, "whole": place})
    assert told(sentence, IN_CELLS) == "100%的“a{0}%s”（3）多于“总人数”（B5）"
    path = PathNaming(2, frozenset({"region"}))
    assert told(sentence, path) == "100%的“a{0}%s”（3）多于rows[3].headcount"
    both = plus(
        "见", pointing("%(cells)s。", {"cells": listed([CellPlace("A1"), CellPlace("C2", sheet="乙")])})
    )
    assert told(both, IN_CELLS) == "见A1、乙!C2。"
    assert told(plus("甲", "乙"), IN_CELLS) == "甲乙"
    assert told(changed(both, str.swapcase), IN_CELLS) == told(both, IN_CELLS)
    assert told(pointing("%(at)s", {"at": CellPlace("B2", row=2)}), IN_CELLS) == "第2行（B2）"
    assert told(pointing("%(at)s", {"at": CellPlace("B2", "region")}), path) == "captions.region"
    assert path.where("B4") == "rows[2]"
