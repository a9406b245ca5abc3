"""Cells mended in a plan: read in the place of what was handed in, kept with the decisions, sealed, told, put back."""

from __future__ import annotations

import hashlib
import io

import openpyxl
import pytest
from django.conf import LazySettings

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake import mending, queries, services
from qiaojie.intake.judging import planning
from qiaojie.intake.models import Upload
from qiaojie.intake.presenting import marked_copy, plan_pages
from qiaojie.intake.presenting.mend_forms import MendForm
from qiaojie.intake.reading import typed_rows
from qiaojie.intake.storing import originals, upload_store
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment
from tests.intake import material
from tests.intake.material import id_number, person_row, roster

pytestmark = pytest.mark.django_db

BEGINS, RESULT, TOWN, REMARK = "class.begins", "result", "person.hukou", "remark"
ID, NAME = "person.id_number", "person.name"


def receive(
    rows: list[list[object]], region: Region, viewer: Viewer, name: str = "名册.xlsx", **title: str
) -> Upload:
    return services.receive(roster(rows, **title), name, notices.table(material.ROSTER), region, viewer)


def keys(upload: Upload, viewer: Viewer) -> list[int]:
    return list(queries.fresh_plan(upload, viewer).rows.keys)


def verdicts(upload: Upload, viewer: Viewer) -> list[Verdict]:
    return list(queries.fresh_plan(Upload.objects.get(pk=upload.pk), viewer).rows.verdicts)


def forms(upload: Upload, viewer: Viewer, code: str) -> list[MendForm]:
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), viewer)
    group = next(one for one in plan_pages.groups(planned, viewer) if one.code == code)
    return [form for issue in group.first for form in issue.mends]


def mend(upload: Upload, viewer: Viewer, row: int, name: str, text: str, **more: str) -> int:
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), viewer)
    return mending.mend(upload.pk, planned, row, name, text, viewer, **more)


def test_a_mended_cell_is_read_and_the_file_stays_as_it_came(fuling: Region, clerk: Viewer) -> None:
    rows = [person_row(1), person_row(2, begins="2023年4月31日"), person_row(3)]
    upload = receive(rows, fuling, clerk)
    came = upload_store.content_of(upload)
    wrong = keys(upload, clerk)[1]
    assert verdicts(upload, clerk)[1] is Verdict.WRONG
    (form,) = forms(upload, clerk, "date_impossible")
    assert (form.row, form.field, form.control, form.held) == (wrong, BEGINS, "date", "2023年4月31日")
    assert mend(upload, clerk, wrong, BEGINS, "2023-05-08", seen=form.seen) == 1
    assert verdicts(upload, clerk) == [Verdict.NEW] * 3
    held = Upload.objects.get(pk=upload.pk)
    assert upload_store.content_of(held) == came
    assert b"2023-05-08" not in bytes(held.decisions or b""), "encrypted like all decisions"
    (kept,) = upload_store.mends_of(held)
    assert (kept.row, kept.field, kept.text, kept.was, kept.by) == (
        wrong, BEGINS, "2023-05-08", "2023年4月31日", clerk.name,
    )  # fmt: skip
    entry = AccessEntry.objects.filter(subject=f"upload/{upload.pk}/cells/{BEGINS}").get()
    assert entry.rows == 1


def test_decisions_and_mends_stand_side_by_side(fuling: Region, clerk: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, result="也许"), person_row(3)], fuling, clerk)
    one, two, _three = keys(upload, clerk)
    services.decide(upload.pk, one, "leave_out", clerk)
    mend(upload, clerk, two, RESULT, "completed")
    services.decide(upload.pk, one, "", clerk)
    services.decide(upload.pk, one, "leave_out", clerk)
    assert verdicts(upload, clerk) == [Verdict.LEFT, Verdict.NEW, Verdict.NEW]
    held = Upload.objects.get(pk=upload.pk)
    assert upload_store.decisions_of(held) == {one: "leave_out"}
    assert [kept.text for kept in upload_store.mends_of(held)] == ["是"], "a choice by its label"
    services.assign(upload.pk, material.ROSTER, fuling, clerk)
    assert upload_store.mends_of(Upload.objects.get(pk=upload.pk)) == ()


def test_it_is_put_back_by_a_button_or_by_typing_what_was_handed_in(fuling: Region, clerk: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, result="也许")], fuling, clerk)
    row = keys(upload, clerk)[1]
    mend(upload, clerk, row, RESULT, "completed")
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), clerk)
    mending.put_back(upload.pk, planned, row, RESULT, clerk)
    assert verdicts(upload, clerk)[1] is Verdict.WRONG
    mend(upload, clerk, row, RESULT, "completed")
    mend(upload, clerk, row, RESULT, "dropped")
    mend(upload, clerk, row, RESULT, "也许")
    assert not upload_store.mends_of(Upload.objects.get(pk=upload.pk))


def test_a_mend_that_makes_it_worse_is_told_like_any_cell(fuling: Region, clerk: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, town="四川")], fuling, clerk)
    row = keys(upload, clerk)[1]
    hostile = "<script>alert(1)</script>=cmd|' /C calc'!A0\x07"
    mend(upload, clerk, row, TOWN, hostile)
    (kept,) = upload_store.mends_of(Upload.objects.get(pk=upload.pk))
    assert kept.text == hostile.rstrip("\x07")
    mend(upload, clerk, row, BEGINS, "昨天")
    assert verdicts(upload, clerk)[1] is Verdict.WRONG
    assert [form.row for form in forms(upload, clerk, "date_unreadable")] == [row]
    # The word for a sum makes no sum of a row, and emptying its cells does not make it go away.
    for name in (NAME, "class.title", RESULT, TOWN, BEGINS):
        mend(upload, clerk, row, name, "合计" if name == NAME else "")
    assert len(verdicts(upload, clerk)) == 2
    with pytest.raises(Unusable) as fault:
        mend(upload, clerk, row, BEGINS, "长" * 501)
    assert fault.value.code == "text_too_long"


def test_cells_that_are_not_there_are_refused(fuling: Region, clerk: Viewer, neighbour: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, result="也许")], fuling, clerk)
    good, wrong = keys(upload, clerk)
    for row, name in ((wrong, "class.cost"), (wrong, "no such field"), (good, RESULT), (99, RESULT)):
        with pytest.raises(Unusable) as fault:
            mend(upload, clerk, row, name, "x")
        assert fault.value.code == "cell_missing", (row, name)
    planned = queries.fresh_plan(upload, clerk)
    with pytest.raises(Refused):
        mending.mend(upload.pk, planned, wrong, RESULT, "是", neighbour)
    with pytest.raises(Refused):
        mending.put_back(upload.pk, planned, wrong, RESULT, neighbour)
    assert Upload.objects.get(pk=upload.pk).decisions is None


def test_a_second_person_at_the_same_cell_is_told(fuling: Region, clerk: Viewer, approver: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, result="也许")], fuling, clerk)
    row = keys(upload, clerk)[1]
    (form,) = forms(upload, approver, "choice_unknown")
    mend(upload, clerk, row, RESULT, "completed", seen=form.seen)
    with pytest.raises(Unusable) as fault:
        mend(upload, approver, row, RESULT, "dropped", seen=form.seen)
    assert fault.value.code == "mended_meanwhile"
    assert clerk.name in fault.value.message
    assert [one.text for one in upload_store.mends_of(Upload.objects.get(pk=upload.pk))] == ["是"]


def test_equal_findings_are_one_and_have_one_cure(fuling: Region, clerk: Viewer) -> None:
    rows = [person_row(number, town="四川" if number <= 30 else "江东街道") for number in range(1, 35)]
    rows.append(person_row(40, town="贵州"))
    upload = receive(rows, fuling, clerk)
    planned = queries.fresh_plan(upload, clerk)
    group = next(one for one in plan_pages.groups(planned, clerk) if one.code == "region_unknown")
    assert (group.number, group.different, [one.rows for one in group.first]) == (31, 2, [30, 1])
    form = group.first[0].mends[0]
    assert form.offered == ("涪陵区",), "the county that the file is for, and no other"
    done = mending.mend(
        upload.pk, planned, form.row, form.field, "涪陵区", clerk, seen=form.seen, code=form.code
    )
    assert done == 30
    fresh = queries.fresh_plan(Upload.objects.get(pk=upload.pk), clerk)
    left = [issue for issue in fresh.issues if issue.code == "region_unknown"]
    assert [issue.raw for issue in left] == ["贵州"]
    told = next(one for one in plan_pages.groups(fresh, clerk) if one.code == "cell_mended")
    (one,) = told.first
    assert one.rows == 30
    assert one.mended is not None and (one.mended.was, one.mended.text) == ("四川", "涪陵区")
    # Whoever had looked before that is told, and the thirty are put back at once.
    with pytest.raises(Unusable):
        mending.mend(
            upload.pk, planned, form.row, form.field, "江东街道", clerk, seen=form.seen, code=form.code
        )
    mending.put_back(
        upload.pk, fresh, one.mended.row, one.mended.field, clerk, seen=one.mended.seen, code=one.mended.code
    )
    assert not upload_store.mends_of(Upload.objects.get(pk=upload.pk))


def test_no_two_people_are_given_one_number(fuling: Region, clerk: Viewer) -> None:
    upload = receive([person_row(1, id="x"), person_row(2, id="x")], fuling, clerk)
    found = {code for code in ("id_length", "id_chars") for one in [code]}
    planned = queries.fresh_plan(upload, clerk)
    group = next(one for one in plan_pages.groups(planned, clerk) if one.code in found)
    assert [one.rows for one in group.first] == [1, 1]
    form = group.first[0].mends[0]
    assert form.code == ""
    with pytest.raises(Unusable):
        mending.mend(upload.pk, planned, form.row, form.field, id_number(1), clerk, code=group.code)


def test_numbers_stay_masked_in_box_and_mend(fuling: Region, clerk: Viewer) -> None:
    bad = id_number(2)[:17] + ("1" if id_number(2)[17] != "1" else "2")
    upload = receive([person_row(1), person_row(2, id=bad)], fuling, clerk)
    (form, *_rest) = forms(upload, clerk, "id_checksum")
    assert form.text == "" and form.held and bad not in form.held
    mend(upload, clerk, form.row, ID, id_number(2))
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), clerk)
    assert planned.rows.verdicts[1] is Verdict.NEW
    shown = repr(list(plan_pages.groups(planned, clerk)))
    assert bad not in shown and id_number(2) not in shown


def test_the_commit_rests_on_what_was_looked_at_and_tells_what_was_mended(
    fuling: Region, approver: Viewer
) -> None:
    upload = receive([person_row(1), person_row(2, remark="甲" * 5, result="也许")], fuling, approver)
    row = keys(upload, approver)[1]
    mend(upload, approver, row, RESULT, "completed")
    before = queries.fresh_plan(Upload.objects.get(pk=upload.pk), approver)
    mend(upload, approver, row, REMARK, "改过的备注")
    after = queries.fresh_plan(Upload.objects.get(pk=upload.pk), approver)
    assert upload_store.seal(before) != upload_store.seal(after), "a new row's values are in the seal"
    batch = services.commit_upload(upload.pk, after, approver)
    made = next(e for e in Enrolment.objects.select_related("person") if e.person.id_number == id_number(2))
    assert made.remark == "改过的备注"
    (origin,) = queries.origin("enrolments", made.pk, approver)
    cells = {cell.head: cell for cell in origin.cells}
    assert cells["是否结业"].raw == "也许", "as it came"
    assert "改为“是”" in cells["是否结业"].mended and approver.name in cells["是否结业"].mended
    assert cells["姓名"].mended == ""
    kept = originals.outcome(batch)
    assert [(one[0], one[1], one[2]) for one in kept["mends"]] == [
        (row, REMARK, "改过的备注"),
        (row, RESULT, "是"),
    ]
    assert batch.commit.sha256 == hashlib.sha256(upload_store.content_of(upload)).hexdigest()


def test_the_marked_copy_says_what_was_mended_and_holds_what_came(fuling: Region, approver: Viewer) -> None:
    upload = receive([person_row(1), person_row(2, result="也许")], fuling, approver)
    row = keys(upload, approver)[1]
    mend(upload, approver, row, RESULT, "completed")
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), approver)
    book = openpyxl.load_workbook(io.BytesIO(marked_copy.marked(planned, approver, "核对", "x").content))
    sheet = book[book.sheetnames[1]]
    (cell,) = [cell for line in sheet.iter_rows() for cell in line if cell.comment]
    assert cell.value == "也许"
    assert cell.comment is not None
    assert "在计划中改为“是”" in cell.comment.text and "交来的文件没有改" in cell.comment.text


def test_typed_rows_are_mended_too(fuling: Region, clerk: Viewer) -> None:
    table = notices.table(material.ROSTER)
    woman = {
        NAME: "李桂芳",
        ID: id_number(5),
        "class.title": "一班",
        BEGINS: "2023-04-31",
        "class.ends": "2023-05-20",
    }
    data = typed_rows.pack(
        table, {}, [woman, {**woman, NAME: "王秀英", ID: id_number(6), BEGINS: "2023-05-08"}]
    )
    upload = services.receive(data, "粘贴", table, fuling, clerk, typed=True)
    (form,) = forms(upload, clerk, "date_impossible")
    mend(upload, clerk, form.row, BEGINS, "2023-05-08", seen=form.seen)
    assert verdicts(upload, clerk) == [Verdict.NEW] * 2
    assert upload_store.content_of(Upload.objects.get(pk=upload.pk)) == data


def test_a_kept_plan_of_a_big_file_knows_its_mends(
    fuling: Region, clerk: Viewer, settings: LazySettings
) -> None:
    settings.AT_ONCE_ROWS = 1
    upload = receive([person_row(1), person_row(2, result="也许"), person_row(3)], fuling, clerk)
    planned = queries.plan_of(upload, clerk)
    row = list(planned.rows.keys)[1]
    assert not planned.content.blocks, "the content of a big file is not kept with its plan"
    mending.mend(upload.pk, planned, row, RESULT, "completed", clerk)
    # A cell of the same row in which nothing was found: the file is read for what it held.
    mending.mend(upload.pk, planned, row, REMARK, "补", clerk)
    held = Upload.objects.get(pk=upload.pk)
    with pytest.raises(Unusable) as fault:
        queries.plan_of(held, clerk)
    assert fault.value.code == "plan_outdated"
    upload_store.remember(held, services.plan_kept(held, clerk), clerk)
    again = queries.plan_of(Upload.objects.get(pk=upload.pk), clerk)
    assert again.source.mends == upload_store.mends_of(held)
    assert list(again.rows.verdicts) == [Verdict.NEW] * 3
    assert again.counts[Verdict.NEW] == len(again.rows)


def test_the_same_cells_by_columns_and_one_by_one(fuling: Region, clerk: Viewer) -> None:
    rows = [person_row(number, result="也许" if number == 3 else "是") for number in range(1, 6)]
    upload = receive(rows, fuling, clerk)
    mend(upload, clerk, keys(upload, clerk)[2], RESULT, "completed")
    planned = services.plan_kept(Upload.objects.get(pk=upload.pk), clerk)
    assert planned.bulk is not None and len(planned.bulk.rows) == 5, "a mended cell is as plain as any"
    single = planning.make(planned.source, clerk, by_columns=False)
    assert list(single.rows.verdicts) == list(planned.rows.verdicts) == [Verdict.NEW] * 5


def test_a_merged_column_of_five_thousand_rows_is_one_finding_with_one_cure(
    fuling: Region, clerk: Viewer, settings: LazySettings
) -> None:
    settings.AT_ONCE_ROWS = 10_000
    book = openpyxl.load_workbook(io.BytesIO(roster([person_row(n) for n in range(1, 5_001)])))
    sheet = book.active
    assert sheet is not None
    for row in range(5, 5_004):
        sheet.cell(row, 6).value = None
    sheet["F4"] = "四川"
    sheet.merge_cells("F4:F5003")
    kept = io.BytesIO()
    book.save(kept)
    table = notices.table(material.ROSTER)
    upload = services.receive(kept.getvalue(), "名册.xlsx", table, fuling, clerk)
    planned = queries.fresh_plan(upload, clerk)
    group = next(one for one in plan_pages.groups(planned, clerk) if one.code == "region_unknown")
    (one,) = group.first
    assert (one.rows, len(one.cells)) == (5_000, 6)
    form = one.mends[0]
    done = mending.mend(
        upload.pk, planned, form.row, form.field, "涪陵区", clerk, seen=form.seen, code=form.code
    )
    assert done == 5_000
    fresh = queries.fresh_plan(Upload.objects.get(pk=upload.pk), clerk)
    assert not [issue for issue in fresh.issues if issue.level is Level.WARNING]
    assert fresh.counts[Verdict.NEW] == 5_000


def test_the_totals_add_up_to_the_lines(fuling: Region, clerk: Viewer) -> None:
    rows = [person_row(1), person_row(2, result="也许"), person_row(3), person_row(3), person_row(4)]
    upload = receive(rows, fuling, clerk)
    services.decide(upload.pk, keys(upload, clerk)[4], "leave_out", clerk)
    planned = queries.fresh_plan(Upload.objects.get(pk=upload.pk), clerk)
    shown = queries.view(planned, clerk)
    assert sum(number for _verdict, _label, number in shown.counts) == shown.rows == 5
    for verdict, label, number in shown.counts:
        page = plan_pages.rows(planned, clerk, verdict, "", 1)
        assert page.number == number
        assert {str(row.verdict_label) for row in page.rows} <= {str(label)}


# --- the county in the title ------------------------------------------------------------------------------------------


def test_a_title_of_another_county_is_told_and_decides_nothing(fuling: Region, clerk: Viewer) -> None:
    upload = receive([person_row(1, town="四川")], fuling, clerk, title="石柱县2023年培训学员名册")
    planned = queries.fresh_plan(upload, clerk)
    (told,) = [issue for issue in planned.issues if issue.code == "region_differs"]
    assert told.level is Level.WARNING and "石柱县" in told.message and "涪陵区" in told.message
    (form,) = forms(upload, clerk, "region_unknown")
    assert form.offered == ("涪陵区",), "never another county than the office's own"
    own = receive([person_row(1)], fuling, clerk, name="涪陵区名册.xlsx")
    assert not [i for i in queries.fresh_plan(own, clerk).issues if i.code == "region_differs"]
