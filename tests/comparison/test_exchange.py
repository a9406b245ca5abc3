"""One more table in, one batch template out: an outside system's list is taken in, and its template written."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings as django_settings

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.comparison import queries, services
from qiaojie.intake import services as intake
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import read_period
from qiaojie.livelihoods.models import Employment
from qiaojie.notices import queries as notices
from qiaojie.notices.checking import check
from qiaojie.reports import filling

from .conftest import HEADER, JOBS, SYSTEM, County, identity, listed, row

YEAR = read_period("2023")


def written(county: County, form: str = "csv", **given: object) -> bytes:
    table = notices.table(JOBS)
    return filling.write(table, county.region, YEAR, form, county.clerk, purpose="报送", **given)  # type: ignore[arg-type]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_template_is_theirs_to_the_column(county: County) -> None:
    county.job(county.woman(1, education="71"), ends=date(2023, 9, 1))
    county.job(county.woman(2), state=State.DRAFT)
    county.job(county.woman(3), begins=date(2022, 1, 1))
    assert rows_of(written(county)) == [
        HEADER,
        [
            identity(1) + "42\t",
            identity(1) + "\t",
            "李兰",
            "初中",
            "03",
            "梅花刺绣社",
            "2023年3月1日",
            "",
            "涪陵区",
        ],
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(written(county, "xlsx"))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == HEADER
    assert (sheet["B2"].value, sheet["B2"].number_format, sheet["E2"].value) == (identity(1), "@", "03")
    assert sheet.max_row == 2
    assert AccessEntry.objects.filter(action="export", purpose="报送").count() == 2


def test_what_they_have_no_code_for_stands_in_our_words_and_is_told(county: County) -> None:
    county.job(county.woman(1), form="rural")
    county.job(county.woman(2), form="rural")
    table = notices.table(JOBS)
    assert [line[4] for line in rows_of(written(county))] == ["就业形式", "农村种养加", "农村种养加"]
    assert filling.unmapped(table, county.region, YEAR, county.clerk) == [("就业形式", "农村种养加", 2)]


def test_only_what_they_lack_is_written(county: County) -> None:
    table = notices.table(JOBS)
    with pytest.raises(Unusable) as told:
        queries.they_hold(table, county.region, YEAR, county.clerk)
    assert told.value.code == "no_list"
    county.job(county.woman(1))
    draft = county.job(county.woman(2), state=State.DRAFT)
    county.job(county.woman(3))
    services.take(listed([row(1), row(2)]), "x.csv", table, county.region, YEAR, county.clerk)
    draft.state = State.APPROVED
    draft.save()
    held = queries.they_hold(table, county.region, YEAR, county.clerk)
    assert [line[1].strip() for line in rows_of(written(county, without=held))[1:]] == [identity(3)]


def test_a_list_is_taken_in_as_one_more_table_and_taken_back(county: County) -> None:
    table = notices.table(JOBS)
    county.job(county.woman(1))
    data = listed([row(1), row(8, 就业形式="灵活就业"), row(9, 就业形式="99")])
    plan = intake.plan(data, "就业.csv", table, county.region, county.clerk)
    assert [one.verdict for one in plan.rows] == [Verdict.SAME, Verdict.NEW, Verdict.WRONG]
    assert [(issue.cell, issue.code) for issue in plan.issues] == [("E4", "choice_unknown")]
    upload = intake.receive(data, "就业.csv", table, county.region, county.clerk)
    batch = intake.commit_upload(upload.pk, plan, county.clerk)
    made = Employment.objects.get(person__name="李梅")
    assert (made.form, made.state) == ("flexible", State.DRAFT)
    assert queries.they_hold(table, county.region, YEAR, county.clerk) == frozenset(
        Employment.objects.values_list("pk", flat=True)
    )
    undoing.undo(batch.pk, county.clerk, "录错了")
    assert Employment.objects.count() == 1


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('ours = "self"', 'ours = "nobody"', "value_unknown"),
        ('without = ["concentrated", ', "without = [", "map_incomplete"),
        ('theirs = "07"', 'theirs = "03"', "map_ambiguous"),
        ('map = "form"', 'map = "none"', "map_unknown"),
        ('label = "就业单位", field = "employer"', 'label = "就业单位", field = "employer", map = "form"', "map_misfit"),
        ('unit = "unit"', 'unit = "elsewhere"', "field_unknown"),
        ('unit = "unit"', 'unit = "unit"\nmatch = ["ends"]', "field_unknown"),
        ('known = "confirmed"', 'known = "surely"', "value_unknown"),
        ("[[tables]]", '[[indicators]]\ncode = "x"\nlabel = "x"\nunit = "人"\ndefinition = "x"\n\n[[tables]]', "system_form"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong_with_a_system(
    system: Path, before: str, after: str, code: str
) -> None:
    assert before in SYSTEM
    assert check([system]) == []
    (system / "system.toml").write_text(SYSTEM.replace(before, after, 1), encoding="utf-8")
    assert code in {fault.code for fault in check([system])}


def test_the_systems_that_come_with_it_are_faultless_and_are_no_notices(db: None) -> None:
    assert [str(fault) for parent in django_settings.SYSTEM_DIRS for fault in check([parent])] == []
    codes = {system.code for system in notices.systems()}
    assert codes == {"cdpf-employment-training", "cdpf-survey"}
    assert not codes & {notice.code for notice in notices.every()}
    for system in notices.systems():
        for table in system.tables:
            assert notices.table(f"{system.code}/{table.code}").form.bare


def test_ours_goes_out_and_comes_back_the_same(county: County) -> None:
    for number, form in enumerate(("self", "flexible", "quota")):
        county.job(county.woman(number), form=form)
    held = services.take(
        written(county), "模板.csv", notices.table(JOBS), county.region, YEAR, SystemViewer()
    )
    found = queries.figures(held)
    assert (found.both, found.differs, found.only_ours, found.only_theirs) == (3, 0, 0, 0)
