"""Forms filled from the registry: whose rows stand in them, what is masked, what waits, and that units never mix."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import read_period
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount_every
from qiaojie.notices import queries as notices
from qiaojie.notices.checking import check
from qiaojie.notices.matrix import Show
from qiaojie.reports import filling
from qiaojie.reports.filling import Links
from qiaojie.tables.grid import Mark, build
from qiaojie.training.models import Enrolment, Result
from tests.web import factories
from tests.web.factories import World

TRIAL = """
code = "trial-2023"
title = "试点通知"
issuers = ["重庆市残疾人联合会"]
edition = "chongqing-2023"
period = "2023"

[[indicators]]
code = "trained"
label = "培训"
unit = "人"
count = "persons"
ledger = "enrolments"
where = { result = "completed", "person.disabled" = true }
answered_by = "certificate"
definition = "结业一个以上培训班的残疾人。"

[[indicators]]
code = "later"
label = "以后再计"
unit = "户"
definition = "尚无台账。"

[[tables]]
code = "by-content"
title = "{region}{year}年培训情况分类表"
rows = "groups"
ledger = "enrolments"
group = ["class.kind", "unit"]
where = { result = "completed" }
period_field = "class.ends"
captions = ["区县：{region}"]
total = "last"
columns = [
  { label = "序号", kind = "ordinal" },
  { label = "类别", field = "class.kind" },
  { label = "单位", field = "unit" },
  { label = "参训", columns = [
    { label = "人次", field = "times" },
    { label = "人数（人）", field = "people" },
    { label = "其中残疾人（人）", field = "disabled" },
  ] },
  { label = "班次（个）", field = "classes" },
]

[tables.figures]
times = { count = "events" }
people = { count = "persons" }
disabled = { count = "persons", where = { "person.disabled" = true } }
classes = { count = "things", of = "class" }

[[tables]]
code = "money"
title = "培训资金分类表"
rows = "groups"
ledger = "classes"
group = ["funding"]
total = "first"
columns = [
  { label = "资金来源", field = "funding" },
  { label = "班次（个）", field = "classes" },
  { label = "总人数（人）", field = "people" },
  { label = "费用（万元）", field = "cost" },
]
figures = { classes = { count = "events" }, people = { count = "sum", of = "headcount" }, cost = { count = "sum", of = "cost" } }

[[acknowledged]]
finding = "table_incomplete"
key = "tables.names"
reason = "只打印，不回收"
on = 2023-01-01

[[tables]]
code = "names"
title = "{region}{year}年培训计入名单"
rows = "counted"
indicator = "trained"
captions = ["区县：{region}"]
columns = [
  { label = "序号", kind = "ordinal" },
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "培训班", field = "class.title" },
]

[[tables]]
code = "tasks"
title = "任务表"
rows = "matrix"
total = "first"
"""

TARGETS = "单位\ttrained\tlater\n合计\t30\t5\n涪陵区\t20\t5\n万州区\t10\t0\n"


@pytest.fixture
def world(world: World, tmp_path: Path, settings: Any) -> World:
    """Fuling and Wanzhou with their classes, and a notice whose tables need nothing but its folder."""
    folder = tmp_path / "trial-2023"
    folder.mkdir()
    (folder / "notice.toml").write_text(TRIAL, encoding="utf-8")
    (folder / "README.md").write_text("# Trial\n", encoding="utf-8")
    units = [unit for unit in world.regions if unit not in {"全国", "重庆市"} and "街道" not in unit]
    lines = {line.partition("\t")[0]: line for line in TARGETS.splitlines()}
    rest = [lines.get(unit, f"{unit}\t0\t0") for unit in units]
    (folder / "targets.tsv").write_text(
        "\n".join([*TARGETS.splitlines()[:2], *rest]) + "\n", encoding="utf-8"
    )
    settings.NOTICE_DIRS = [*settings.NOTICE_DIRS, tmp_path]
    assert not [fault for fault in check([tmp_path]) if not fault.acknowledged]
    recount_every()
    return world


YEAR = read_period("2023")
H1 = read_period("2019H1")


def viewer(world: World, name: str) -> UserViewer:
    return UserViewer(world.users[name])


def filled(
    world: World, table: str, region: str = "重庆市", by: str = "city", period: Any = YEAR, **more: Any
):
    return filling.fill(notices.table(table), world.regions[region], period, viewer(world, by), **more)


LINKS = Links(
    row=lambda pk: f"/row/{pk}",
    rows=lambda mark: f"/rows/{mark}",
    number=lambda unit, code: f"/behind/{unit}/{code}",
)
STATUS = "chongqing-handicraft-2019/training-status"
ROSTER = "chongqing-work-2023/roster"
TASKS = "chongqing-work-2023/tasks-2023"


# --- a ledger ---


def test_only_approved_rows_of_the_region_and_the_period_stand_in_a_form(world: World) -> None:
    form = filled(world, STATUS, "涪陵区", "clerk", H1)
    assert [row["title"] for row in form.rows] == ["蜀绣班"]
    assert form.captions["region"] == "涪陵区"
    assert filled(world, STATUS, "涪陵区", "clerk", read_period("2019H2")).rows == []
    assert filled(world, STATUS, "万州区", "other", H1).rows == []
    assert [row["title"] for row in filled(world, STATUS, period=H1).rows] == ["蜀绣班"]


def test_a_row_stands_in_the_period_of_its_own_date(world: World) -> None:
    held = world.classes["handicraft"]
    held.begins, held.ends = date(2019, 6, 20), date(2019, 7, 1)
    held.happened_on = held.ends
    held.save()
    assert filled(world, STATUS, period=H1).rows == []
    assert len(filled(world, STATUS, period=read_period("2019H2")).rows) == 1


def test_looking_back_leaves_out_what_came_later(world: World) -> None:
    before = filled(world, STATUS, period=H1, on=date(2019, 4, 19))
    assert (before.rows, before.captions["date"]) == ([], date(2019, 4, 19))
    assert len(filled(world, STATUS, period=H1, on=date(2019, 4, 20)).rows) == 1


def test_what_waits_is_counted_and_not_filled_in(world: World) -> None:
    world.classes["handicraft"].state = State.CHECKED
    world.classes["handicraft"].save()
    asked = (notices.table(STATUS), world.regions["涪陵区"], H1, viewer(world, "clerk"))
    assert filling.fill(*asked).rows == []
    assert filling.pending(*asked) == 1


def test_nobody_fills_the_form_of_another_region(world: World) -> None:
    for fill in (filling.fill, filling.blank, filling.behind):
        with pytest.raises(Unusable) as caught:
            fill(notices.table(STATUS), world.regions["万州区"], H1, viewer(world, "clerk"))
        assert caught.value.code == "region_outside"
    with pytest.raises(Refused):
        filled(world, STATUS, by="administrator", period=H1)


def test_numbers_are_masked_on_the_screen_and_whole_in_the_file_which_is_logged(world: World) -> None:
    asked = (notices.table(ROSTER), world.regions["涪陵区"], YEAR)
    by = viewer(world, "clerk")
    shown = filling.fill(*asked, by).rows[0]
    assert isinstance(shown["person.id_number"], Mark)
    assert "*" in shown["person.id_number"].text
    assert isinstance(shown["person.name"], str)
    assert isinstance(filling.fill(*asked, viewer(world, "reader")).rows[0]["person.name"], Mark)

    data = filling.write(*asked, "xlsx", by, purpose="报市残联")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    numbers = {cell.value for row in sheet for cell in row}
    assert world.people["here"][0].id_number in numbers
    entry = AccessEntry.objects.filter(action=Action.EXPORT).latest("pk")
    assert (entry.subject, entry.rows, entry.purpose) == (f"table/{ROSTER}/2023.xlsx", 20, "报市残联")


def test_who_may_only_read_may_not_export(world: World) -> None:
    with pytest.raises(Refused):
        filling.write(notices.table(STATUS), world.regions["涪陵区"], H1, "xlsx", viewer(world, "reader"))
    assert not AccessEntry.objects.filter(action=Action.EXPORT, done=True).exists()
    assert AccessEntry.objects.filter(action=Action.EXPORT, done=False).exists()


def test_every_number_opens_to_its_rows(world: World) -> None:
    grid = build(filled(world, STATUS, "涪陵区", "clerk", H1, links=LINKS))
    row, total = grid.body
    assert {cell.link for cell in row} == {f"/row/{world.classes['handicraft'].pk}"}
    assert {cell.link for cell in total if cell.is_number} == {"/rows/None"}
    ledger, behind = filling.behind(
        notices.table(STATUS), world.regions["涪陵区"], H1, viewer(world, "clerk")
    )
    assert (ledger.code, [one.pk for one in behind]) == ("classes", [world.classes["handicraft"].pk])


# --- a blank ---


@pytest.mark.parametrize("format", ["xlsx", "docx", "pdf", "html", "csv"])
def test_a_blank_has_region_and_year_and_nothing_else(world: World, format: str) -> None:
    asked = (notices.table(ROSTER), world.regions["涪陵区"], YEAR, viewer(world, "clerk"))
    form = filling.blank(*asked)
    assert form.form.title == "涪陵区2023年残疾人职业技能培训学员名册"
    assert (form.blank, list(form.rows), form.captions.get("date")) == (True, [], None)
    assert filling.write(*asked[:3], format, asked[3], empty=True)
    entry = AccessEntry.objects.filter(action=Action.EXPORT).latest("pk")
    assert entry.rows == 0


def test_the_blank_of_a_matrix_has_the_units(world: World) -> None:
    form = filling.blank(notices.table(TASKS), world.regions["重庆市"], YEAR, viewer(world, "city"))
    assert [row["region"] for row in form.rows][:3] == ["万州区", "黔江区", "涪陵区"]
    assert {cell.text for row in build(form).body for cell in row[1:]} == {""}


# --- groups ---


def test_groups_count_and_no_woman_is_counted_twice(world: World) -> None:
    form = filled(world, "trial-2023/by-content")
    assert [
        (row["class.kind"], row["unit"], row["times"], row["people"], row["disabled"], row["classes"])
        for row in form.rows
    ] == [
        ("vocational", "万州区", 16, 16, 16, 1),
        ("vocational", "涪陵区", 20, 20, 20, 1),
        ("practical", "涪陵区", 12, 12, 12, 1),
    ]
    # 20 in the weaving class, 12 of them in the farming class too; one of them in Wanzhou's.
    assert form.totals == {"times": 48, "people": 35, "disabled": 35, "classes": 3}
    assert [cell.text for cell in build(form).body[-1]] == ["合计", "", "", "48", "35", "35", "3"]


def test_groups_keep_to_region_period_and_state(world: World) -> None:
    assert len(filled(world, "trial-2023/by-content", "涪陵区", "clerk").rows) == 2
    assert filled(world, "trial-2023/by-content", period=read_period("2022")).rows == []
    Enrolment.objects.filter(training_class=world.classes["farming"]).update(state=State.DRAFT)
    assert len(filled(world, "trial-2023/by-content", "涪陵区", "clerk").rows) == 1
    table = notices.table("trial-2023/by-content")
    # And the six of the massage class.
    assert filling.pending(table, world.regions["涪陵区"], YEAR, viewer(world, "clerk")) == 18


def test_groups_sum_money_and_what_has_to_be_worked_out(world: World) -> None:
    held = world.classes["farming"]
    held.funding = None if held._meta.get_field("funding").null else ""
    held.save()
    form = filled(world, "trial-2023/money", "涪陵区", "clerk")
    assert [row["funding"] for row in form.rows] == ["county", Mark("未登记")]
    assert [row["people"] for row in form.rows] == [20, 12]
    assert [cell.text for cell in build(form).body[0]] == ["合计", "2", "32", "7.84"]


def test_a_group_opens_to_its_rows(world: World) -> None:
    table = notices.table("trial-2023/by-content")
    asked = (table, world.regions["重庆市"], YEAR, viewer(world, "city"))
    grid = build(filling.fill(*asked, links=LINKS))
    link = grid.body[2][3].link
    assert link and grid.body[2][1].link is None
    ledger, rows = filling.behind(*asked, link.removeprefix("/rows/"))
    assert (ledger.code, rows.count()) == ("enrolments", 12)
    assert filling.behind(*asked)[1].count() == 48
    with pytest.raises(Unusable) as caught:
        filling.behind(*asked, '["vocational", "黔江区", 9]')
    assert caught.value.code == "group_unknown"


# --- who counts ---


def test_the_list_of_the_counted_is_exactly_who_counts(world: World) -> None:
    form = filled(world, "trial-2023/names")
    counted = measures.measure(notices.notice("trial-2023"), date(2023, 12, 31), viewer(world, "city"))
    assert len(form.rows) == counted.total["trained"].approved == 35
    names = [row["person.id_number"].text for row in form.rows]
    assert len(names) == 35
    assert form.form.title == "重庆市2023年培训计入名单"


def test_who_counts_once_is_listed_once_by_her_first_fact(world: World) -> None:
    woman = world.people["here"][0]
    rows = [
        row
        for row in filled(world, "trial-2023/names", whole=True).rows
        if row["person.id_number"] == woman.id_number
    ]
    assert len(rows) == 1


def test_the_list_says_how_many_it_may_not_show(world: World) -> None:
    one = Enrolment.objects.filter(
        training_class=world.classes["weaving"], person=world.people["here"][15]
    ).get()
    one.filed_by = world.regions["万州区"]
    one.save()
    recount_every()
    form = filled(world, "trial-2023/names", "涪陵区", "clerk")
    assert len(form.rows) == 19
    assert form.form.notes == ("注：另有1人计入本区域，记录由其他区域填报，不在此名单中。",)


def test_who_counted_before_the_period_is_not_in_its_list(world: World) -> None:
    assert filled(world, "trial-2023/names", period=read_period("2023H2")).rows == []
    assert len(filled(world, "trial-2023/names", period=read_period("2023H1")).rows) == 35
    Enrolment.objects.filter(training_class=world.classes["there"]).update(result=Result.DROPPED)
    recount_every()
    assert len(filled(world, "trial-2023/names").rows) == 20


# --- a matrix ---


def test_targets_stand_in_the_notices_order_with_its_names(world: World) -> None:
    form = filled(world, TASKS)
    assert [row["region"] for row in form.rows][:4] == ["万州区", "黔江区", "涪陵区", "渝中区"]
    assert "忠  县" in [row["region"] for row in form.rows]
    assert len(form.rows) == 41
    grid = build(form)
    assert [cell.text for cell in grid.body[0]] == [
        "合计", "10000", "33", "2000", "1746", "2454", "957", "5000", "20441", "7998", "712", "44",
    ]  # fmt: skip
    assert (grid.total_row, grid.header_rows) == (0, 3)


@pytest.mark.parametrize(
    ("show", "row", "total"),
    [
        (Show.TARGET, ["涪陵区", "20", "5"], ["合计", "30", "5"]),
        (Show.APPROVED, ["涪陵区", "20", ""], ["合计", "35", ""]),
        (Show.RATIO, ["涪陵区", "100%", ""], ["合计", "116.7%", ""]),
        (Show.ALL, ["涪陵区", "20", "20", "100%", "5", "", ""], ["合计", "30", "35", "116.7%", "5", "", ""]),
    ],
)
def test_a_matrix_shows_targets_values_ratios_or_all(
    world: World, show: Show, row: list[str], total: list[str]
) -> None:
    form = filled(world, "trial-2023/tasks", show=show)
    grid = build(form)
    assert [cell.text for cell in grid.body[0]] == total
    assert row in [[cell.text for cell in line] for line in grid.body]
    # What is not measured is no zero, and the form says so.
    assert any("以后再计尚未计量" in note for note in form.form.notes) is (show is not Show.TARGET)


def test_a_ratio_over_nothing_is_no_number(world: World) -> None:
    one = factories.person(60, world.regions["黔江区"])
    held = factories.training_class(world.regions["黔江区"], "黔江班")
    factories.enrol(held, [one])
    recount_every()
    rows = {row["region"]: row for row in filled(world, "trial-2023/tasks", show=Show.RATIO).rows}
    assert rows["黔江区"]["trained"] == Mark("—")
    assert rows["渝中区"]["trained"] == Mark("—")


def test_part_of_a_matrix_sums_up_its_own_rows(world: World) -> None:
    grid = build(filled(world, "trial-2023/tasks", "涪陵区", "clerk", show=Show.ALL))
    assert [[cell.text for cell in row][:4] for row in grid.body] == [
        ["合计", "20", "20", "100%"],
        ["涪陵区", "20", "20", "100%"],
    ]


def test_a_matrix_looks_back(world: World) -> None:
    before = filled(world, "trial-2023/tasks", show=Show.APPROVED, on=date(2023, 6, 1))
    assert build(before).body[0][1].text == "0"
    assert before.captions["on"] == date(2023, 6, 1)


def test_numbers_of_a_matrix_open_to_what_counts(world: World) -> None:
    grid = build(filled(world, "trial-2023/tasks", show=Show.APPROVED, links=LINKS))
    fuling = next(row for row in grid.body if row[0].text == "涪陵区")
    assert [cell.link for cell in fuling] == [None, f"/behind/{world.regions['涪陵区'].pk}/trained", None]
    assert grid.body[0][1].link == "/behind/None/trained"
    part = build(filled(world, "trial-2023/tasks", "涪陵区", "clerk", show=Show.APPROVED, links=LINKS))
    assert part.body[0][1].link is None


@pytest.mark.parametrize("ledger", ["persons", "certificates", "statuses", "households"])
def test_a_register_has_no_form_of_a_period(world: World, ledger: str) -> None:
    table = notices.table(f"ledgers/{ledger}")
    with pytest.raises(Unusable) as refused:
        filling.fill(table, world.regions["涪陵区"], read_period("2023"), SystemViewer())
    assert refused.value.code == "table_of_register"
    assert filling.blank(table, world.regions["涪陵区"], read_period("2023"), SystemViewer()).blank


def test_only_a_matrix_can_be_shown_otherwise(world: World) -> None:
    with pytest.raises(Unusable) as caught:
        filled(world, STATUS, show=Show.RATIO)
    assert caught.value.code == "table_not_matrix"


@pytest.mark.parametrize("format", ["xlsx", "docx", "pdf", "html", "csv"])
@pytest.mark.parametrize("name", ["by-content", "money", "names", "tasks"])
def test_every_source_is_written_in_every_format(world: World, name: str, format: str) -> None:
    data = filling.write(
        notices.table(f"trial-2023/{name}"), world.regions["重庆市"], YEAR, format, SystemViewer()
    )
    assert len(data) > 100
