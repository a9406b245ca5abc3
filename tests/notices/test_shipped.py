"""The notices that come with the product say what their sources say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from qiaojie.notices import naming, queries
from qiaojie.notices.checking import check, report_check
from qiaojie.notices.describing import describe
from qiaojie.regions.queries import edition, find

SHIPPED = Path(settings.BASE_DIR) / "notices"
CODES = [
    "chongqing-bases-2020",
    "chongqing-handicraft-2019",
    "chongqing-work-2023",
    "jilin-2018",
    "national-2017",
]

pytestmark = pytest.mark.usefixtures("tree")


def test_one_finding_and_that_is_acknowledged() -> None:
    faults = check([SHIPPED])
    assert [(fault.code, fault.key, fault.acknowledged) for fault in faults] == [
        ("text_differs_from_table", "indicators.care.target_text", True)
    ]
    lines, status = report_check([SHIPPED])
    assert status == 0
    assert lines[0].startswith("已确认") and "20000" in lines[0] and "20441" in lines[0]


def test_all_are_there_and_each_explains_its_source() -> None:
    assert [notice.code for notice in queries.every()] == CODES
    for code in CODES:
        readme = (SHIPPED / code / "README.md").read_text(encoding="utf-8")
        for heading in ("What the source says", "What it lacks", "What it contradicts", "What was decided"):
            assert f"## {heading}" in readme, (code, heading)


@pytest.mark.parametrize("code", CODES)
def test_everything_can_be_shown_as_json(code: str) -> None:
    shown = json.loads(json.dumps(describe(queries.notice(code)), ensure_ascii=False))
    assert shown["code"] == code
    assert shown["title"] and "targets" in shown and "acknowledged" in shown


def test_the_tasks_of_2023_add_up_in_every_column() -> None:
    notice = queries.notice("chongqing-work-2023")
    targets = queries.targets(notice)
    assert {code: targets.total[code] for code in targets.total} == {
        "practical_training": 10000,
        "support_bases": 33,
        "livelihood_employment": 2000,
        "urban_employment": 1746,
        "rural_employment": 2454,
        "graduate_services": 957,
        "vocational_training": 5000,
        "care": 20441,
        "care_purchased": 7998,
        "care_boarding": 712,
        "massage_sessions": 44,
    }
    assert list(targets.total) == [indicator.code for indicator in notice.indicators]
    assert len(targets.units) == 41
    for code, total in targets.total.items():
        assert sum(unit.figures[code] or 0 for unit in targets.units) == total
    assert targets.text["care"] == 20000
    assert targets.unit(find("忠县").pk)["practical_training"] == 500
    assert targets.unit(find("重庆市").pk) == {}


def test_on_the_map_of_2026_the_targets_of_three_units_are_one() -> None:
    targets = queries.targets(queries.notice("chongqing-work-2023"))
    later = edition("chongqing-2026")
    folded = targets.folded(later.unit_of)
    liangjiang = next(unit for unit in later.units if unit.label == "两江新区")
    assert folded[liangjiang.region_id]["livelihood_employment"] == 34 + 65 + 10
    assert sum(unit["care"] for unit in folded.values()) == 20441


def test_the_two_trainings_of_2023_are_counted_in_their_own_ways() -> None:
    notice = queries.notice("chongqing-work-2023")
    practical, vocational = notice.indicator("practical_training"), notice.indicator("vocational_training")
    assert (practical.unit, practical.count, practical.answered_by) == ("人次", "events", "filed")
    assert (vocational.unit, vocational.count, vocational.answered_by) == ("人", "persons", "certificate")
    assert practical.measured and vocational.measured
    assert [i.code for i in notice.indicators if i.parent] == ["care_purchased", "care_boarding"]


def test_the_header_of_the_tasks_is_the_notices_own() -> None:
    form = queries.table("chongqing-work-2023/tasks-2023").form
    assert form.depth == 3
    assert form.columns[0].diagonal == ("项目", "区县")
    assert [leaf.path for leaf in form.leaves[7:]] == [
        ("就业（人）", "职业技能培训"),
        ("托养服务（人）", "2023年任务数"),
        ("托养服务（人）", "其中政府购买服务", ""),
        ("托养服务（人）", "其中政府购买服务", "其中寄宿制"),
        ("“德法相伴助盲提升”培训（场次）",),
    ]
    assert [leaf.unit for leaf in form.leaves] == ["", "人次", "个", *"人人人人人", *"人人人", "场次"]
    assert form.total == "first"


def test_the_form_of_2019_has_eight_columns_under_two_header_rows() -> None:
    table = queries.table("chongqing-handicraft-2019/training-status")
    assert [leaf.label for leaf in table.form.leaves] == [
        "时间",
        "培训班名称",
        "培训内容",
        "总人数（人）",
        "残疾妇女人数（人）",
        "培训班总费用（元）",
        "残疾妇女培训费用（元）",
        "资金来源",
    ]
    assert table.form.depth == 2
    computed = [leaf.column.field for leaf in table.form.leaves if leaf.column.computed]
    assert computed == list(table.claims) == ["headcount", "disabled_women", "cost_share"]
    funding = table.form.leaves[-1].column.choices
    assert funding is not None and list(funding.values()) == ["市级资金", "区县资金", "自筹资金"]
    assert (table.name, table.ledger, dict(table.where)) == (
        "chongqing-handicraft-2019/training-status",
        "classes",
        {"handicraft": True},
    )


def test_the_paper_of_2019_is_due_twice_at_three_offices() -> None:
    duties = queries.notice("chongqing-handicraft-2019").duties
    assert [(duty.due, duty.span, len(duty.texts)) for duty in duties] == [
        (("07-31",), "half", 0),
        (("11-30",), "year", 4),
    ]
    for duty in duties:
        assert duty.by.level == "county"
        assert [recipient.line for recipient in duty.recipients] == ["women", "poverty", "dpf"]


def test_the_roster_reads_back_what_it_prints() -> None:
    table = queries.table("chongqing-work-2023/roster")
    fields = [leaf.column.field for leaf in table.form.leaves]
    assert fields == [
        None,
        "person.name",
        "person.sex",
        "person.id_number",
        "person.certificate",
        "person.hukou",
        "person.phone",
        "class.title",
        "class.begins",
        "class.ends",
        "result",
        "remark",
    ]
    assert not any(leaf.column.computed for leaf in table.form.leaves)
    assert table.form.leaves[10].column.choices == {"completed": "是", "dropped": "否"}


def test_the_annex_of_2017_is_kept_and_is_no_target() -> None:
    notice = queries.notice("national-2017")
    ((name, rows),) = queries.folder("national-2017").untrusted.items()
    assert (name, len(rows) - 1, sum(int(figure) for _province, figure in rows[1:])) == (
        "province-table.tsv",
        29,
        48880,
    )
    targets = queries.targets(notice)
    assert dict(targets.total) == {"handicraft_training": 80000, "handicraft_employment": 50000}
    assert all(figure is None for unit in targets.units for figure in unit.figures.values())
    assert len(targets.units) == 33


def test_jilin_counts_women_over_three_years() -> None:
    notice = queries.notice("jilin-2018")
    assert [(i.unit, i.target_text) for i in notice.indicators] == [("名", 2000), ("名", 1250)]
    assert (notice.span.begins.year, notice.span.ends.year) == (2018, 2020)


def test_the_bases_of_2020_have_eleven_combinations() -> None:
    criteria = {c.code: c for c in queries.notice("chongqing-bases-2020").criteria}
    assert len(criteria) == len({(c.base, c.industry) for c in criteria.values()}) == 11
    assert [(d.of, d.min, d.unit) for d in criteria["base-ecommerce"].any] == [
        ("employed", 5, "人"),
        ("sales", 20, "万元"),
    ]
    assert [d.soft for d in criteria["workshop-housekeeping"].all] == [True, False, False]
    assert [(d.ratio, d.min) for d in criteria["workshop-housekeeping"].all[1:]] == [
        (("passed", "attended"), 70),
        (("placed", "completed"), 50),
    ]
    assert {c.code for c in criteria.values() if c.per == "household"} == {
        c.code for c in criteria.values() if c.base == "home_workshop"
    }
    assert [d.evidence for d in criteria["home-tourism"].all] == [False, True]
    sessions = {c.industry: c.all[0].min for c in criteria.values() if c.per == "household"}
    assert sessions == {"handicraft": 20, "processing": 10, "ecommerce": 10, "tourism": 20, "farming": 10}


def test_no_two_forms_to_choose_from_are_called_alike() -> None:
    from qiaojie.notices import queries

    names = [table.called for held in (*queries.every(), *queries.systems()) for table in held.tables]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    assert not any("{" in name or name.startswith("年") for name in names)


def test_every_notice_has_a_brief_name_of_its_own_and_an_english_one() -> None:
    held = queries.every()
    brief = [naming.notice_called(notice) for notice in held]
    assert len(set(brief)) == len(held) and all(len(name) <= 14 for name in brief)
    assert len({notice.english for notice in held}) == len(held) and all(notice.english for notice in held)
    assert naming.notice_called(held[0].model_copy(update={"short": ""})) == held[0].title


def test_every_indicator_has_a_name_for_pages_in_english() -> None:
    assert not [
        f"{notice.code}/{one.code}"
        for notice in queries.every()
        for one in notice.indicators
        if not one.english
    ]
