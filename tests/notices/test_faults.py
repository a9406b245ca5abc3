"""Every fault of a notice folder is found, at its file and key, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import loading
from qiaojie.notices.checking import check, report_check
from tests.notices.conftest import INDICATORS, NOTICE, Writer, grid
from tests.rounds import examples

pytestmark = pytest.mark.usefixtures("tree")


def found(parent: Path) -> list[tuple[str, str, str]]:
    return [(fault.file, fault.key, fault.code) for fault in check([parent])]


NOTICE_TOML = "trial-2020/notice.toml"
TARGETS_TSV = "trial-2020/targets.tsv"


def test_a_sound_folder_has_no_fault(write: Writer) -> None:
    parent = write(targets=grid())
    assert found(parent) == []
    assert report_check([parent])[1] == 0
    assert report_check([parent / "trial-2020"])[1] == 0, "a notice folder may be named itself"


COUNTED = """
[[indicators]]
code = "trained"
label = "培训"
unit = "人"
definition = "结业的人。"
count = "persons"
answered_by = "certificate"
"""
MORE = INDICATORS.replace
TABLE = """
[[tables]]
code = "list"
title = "名册"
ledger = "enrolments"
columns = [{ label = "姓名", field = "person.name" }]
"""
DUTY = """
[[duties]]
code = "year"
label = "年报"
by = { lines = ["dpf"], level = "county" }
span = "year"
due = ["11-30"]
recipients = [{ line = "dpf", name = "市残联" }]
"""
CRITERION = """
[base_kinds]
base = "基地"
[industries]
craft = "手工"
[[criteria]]
code = "base-craft"
base = "base"
industry = "craft"
all = [{ label = "培训", of = "trainings", min = 50, unit = "人次" }]
"""


@pytest.mark.parametrize(
    ("more", "key", "code"),
    [
        (
            MORE('label = "培训"', 'label = "培训"\ncolour = 1', 1),
            "indicators.training.colour",
            "key_unknown",
        ),
        (MORE('unit = "人"', 'unit = "斤"', 1), "indicators.training.unit", "unit_unknown"),
        (MORE('definition = "结业的人。"', "", 1), "indicators.training.definition", "key_missing"),
        (MORE('label = "培训"', "label = 5", 1), "indicators.training.label", "value_type"),
        (MORE('code = "training"', 'code = "Training"', 1), "indicators.Training.code", "value_form"),
        (MORE('parent = "training"', 'parent = "trained"'), "indicators.women.parent", "indicator_unknown"),
        (
            MORE('parent = "training"', 'parent = "training"\ncount = "guesses"'),
            "indicators.women.count",
            "value_unknown",
        ),
        (MORE('parent = "training"', 'count = "persons"'), "indicators.women", "count_incomplete"),
        (MORE('parent = "training"', 'ledger = "enrolments"'), "indicators.women", "count_incomplete"),
        (INDICATORS.replace('code = "women"', 'code = "training"'), "indicators.training", "code_twice"),
        (
            INDICATORS.replace('unit = "人"\nparent', 'unit = "人次"\nparent'),
            "indicators.women.parent",
            "part_unit_differs",
        ),
        (COUNTED + 'ledger = "dreams"', "indicators.trained.ledger", "ledger_unknown"),
        (COUNTED + 'ledger = "classes"', "indicators.trained.count", "ledger_without_person"),
        (COUNTED + 'ledger = "classes"', "indicators.trained.answered_by", "ledger_without_answer"),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { mood = "good" }',
            "indicators.trained.where.mood",
            "field_unknown",
        ),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { result = "won" }',
            "indicators.trained.where.result",
            "value_unknown",
        ),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { "person.disabled" = 1 }',
            "indicators.trained.where.person.disabled",
            "value_type",
        ),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { result = { min = "won" } }',
            "indicators.trained.where.result",
            "value_type",
        ),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { result = { not = "won" } }',
            "indicators.trained.where.result",
            "value_unknown",
        ),
        (
            COUNTED + 'ledger = "enrolments"\nwhere = { class.kind = "practical" }',
            "indicators.trained.where",
            "condition_form",
        ),
        (TABLE.replace('"enrolments"', '"dreams"'), "tables.list", "ledger_unknown"),
        (TABLE.replace('ledger = "enrolments"\n', ""), "tables.list", "table_source"),
        (TABLE.replace("person.name", "person.mood"), "tables.list", "field_unknown"),
        (
            TABLE.replace('label = "姓名"', 'label = "姓名", colour = "red"'),
            "tables.list",
            "form_key_unknown",
        ),
        (TABLE + 'sets = { result = "won" }', "tables.list.sets.result", "value_unknown"),
        (TABLE + 'period_field = "result"', "tables.list.period_field", "value_type"),
        (TABLE + 'claims = { result = "remark" }', "tables.list.claims.result", "claim_form"),
        (DUTY.replace("11-30", "11-31"), "duties.year.due.0", "due_unreadable"),
        (DUTY + 'tables = ["list"]', "duties.year.tables", "table_unknown"),
        (CRITERION.replace('base = "base"', 'base = "shed"'), "criteria.base-craft.base", "value_unknown"),
        (
            CRITERION + 'any = [{ label = "店", of = "shops", evidence = true }]',
            "criteria.base-craft",
            "criterion_form",
        ),
        (CRITERION.replace(", min = 50", ""), "criteria.base-craft.all.0", "demand_form"),
        (
            '[[rulings]]\nindicator = "x"\non = 2020-05-01\nby = "市残联"\ntext = "算。"',
            "rulings.0.indicator",
            "indicator_unknown",
        ),
        (
            '[[untrusted]]\nfile = "annex.tsv"\ntitle = "附件"\nreason = "不可信"',
            "untrusted.annex.tsv",
            "file_missing",
        ),
    ],
)
def test_a_fault_of_the_notice_file_is_named_by_its_key(
    write: Writer, more: str, key: str, code: str
) -> None:
    assert (NOTICE_TOML, key, code) in found(write(more))


@pytest.mark.parametrize(
    ("line", "key", "code"),
    [
        ('edition = "chongqing-1900"', "edition", "edition_unknown"),
        ('period = "sometime"', "period", "period_unreadable"),
        ('code = "other-2020"', "code", "folder_differs"),
    ],
)
def test_a_fault_of_the_head_is_named_by_its_key(write: Writer, line: str, key: str, code: str) -> None:
    name = line.split(" = ")[0]
    head = "\n".join(line if old.startswith(f"{name} =") else old for old in NOTICE.splitlines()) + "\n"
    assert (NOTICE_TOML, key, code) in found(
        write(head=head % {"code": "trial-2020"} if "%(" in head else head)
    )


def test_a_part_cannot_lead_round_in_a_circle(write: Writer) -> None:
    more = INDICATORS.replace('label = "培训"', 'label = "培训"\nparent = "women"', 1)
    assert (NOTICE_TOML, "indicators.women.parent", "parent_cycle") in found(write(more))


@pytest.mark.parametrize(
    ("changed", "key", "code", "words"),
    [
        ({"石柱县": "石柱县\t12\t2"}, "合计.training", "total_differs", "相差 -2"),
        ({"石柱县": "石柱县\t10\t2", "total": (140, 30)}, "合计.women", "total_differs", "各行之和 28"),
        ({"石柱县": "石柱县\t1\t2", "total": (131, 28)}, "石柱县.women", "part_exceeds_whole", "第 13 行"),
        ({"石柱县": "石柱县\t约10\t2"}, "石柱县.training", "target_not_number", "第 13 行第 2 列“约10”"),
        ({"石柱县": "石柱县\t10\t2\t7"}, "石柱县", "row_too_long", "第 13 行有 4 格"),
        ({"石柱县": ""}, "石柱县", "region_missing", "第 11 个单位"),
        ({"石柱县": "石柱县\t5\t1\n石柱县\t5\t1"}, "石柱县", "region_twice", "第 14 行"),
        ({"石柱县": "石林县\t10\t2"}, "石林县", "region_unknown", "没有找到"),
        ({"石柱县": "石柱土家族自治县\t10\t2"}, "石柱土家族自治县", "region_label_differs", "印作“石柱县”"),
        ({"石柱县": "渝中区\t10\t2"}, "渝中区", "region_not_in_edition", "不是"),
        ({"石柱县": "两江新区\t10\t2"}, "两江新区", "region_not_in_edition", "不是"),
        ({"石柱县": "武隆县\t10\t2"}, "武隆县", "region_outside_dates", "在2020-01-01不存在"),
    ],
)
def test_a_fault_of_the_targets_is_named_by_region_and_indicator(
    write: Writer, changed: dict[str, object], key: str, code: str, words: str
) -> None:
    faults = check([write(targets=grid(**changed))])  # type: ignore[arg-type]
    fault = next(fault for fault in faults if fault.code == code)
    assert (fault.file, fault.key) == (TARGETS_TSV, key)
    assert words in fault.message


def test_a_name_of_several_regions_is_ambiguous(write: Writer) -> None:
    head = NOTICE.replace("chongqing-bases-2020", "national-2017").replace('"2020"', '"2017"')
    faults = check([write(head=head, targets="单位\ttraining\n北京\t1\n朝阳区\t2\n")])
    fault = next(fault for fault in faults if fault.code == "region_ambiguous")
    assert (fault.key, "北京市朝阳区" in fault.message, "吉林省长春市朝阳区" in fault.message) == (
        "朝阳区",
        True,
        True,
    )


def test_a_district_that_ended_is_none_of_a_later_notice(write: Writer) -> None:
    head = NOTICE.replace("chongqing-bases-2020", "chongqing-2026").replace('"2020"', '"2026"')
    parent = write(head=head, code="trial-2026", targets="单位\ttraining\n江北区\t2\n")
    assert ("trial-2026/targets.tsv", "江北区", "region_outside_dates") in found(parent)


def test_a_later_notice_cannot_use_an_earlier_map(write: Writer) -> None:
    head = NOTICE.replace("chongqing-bases-2020", "chongqing-2023").replace('"2020"', '"2026"')
    keys = {key for _file, key, code in found(write(head=head)) if code == "region_outside_dates"}
    assert {"edition.江北区", "edition.渝北区"} <= keys


@pytest.mark.parametrize(
    ("heading", "key", "code"),
    [
        ("单位\ttraining\tdreams", "dreams", "indicator_unknown"),
        ("单位\ttraining\ttraining", "training", "indicator_twice"),
    ],
)
def test_columns_are_indicators_and_each_stands_once(
    write: Writer, heading: str, key: str, code: str
) -> None:
    targets = grid().replace("单位\ttraining\twomen", heading)
    assert (TARGETS_TSV, key, code) in found(write(targets=targets))


def test_text_and_table_may_differ_when_acknowledged_with_a_reason(write: Writer) -> None:
    more = INDICATORS.replace('label = "培训"', 'label = "培训"\ntarget_text = 150', 1)
    open_parent = write(more, targets=grid(), under="open")
    (fault,) = check([open_parent])
    assert (fault.code, fault.key, fault.level) == (
        "text_differs_from_table",
        "indicators.training.target_text",
        Level.WARNING,
    )
    assert report_check([open_parent])[1] == 1

    known = more + (
        '[[acknowledged]]\nfinding = "text_differs_from_table"\nkey = "indicators.training.target_text"\n'
        'reason = "以表为准。"\non = 2020-05-01\nchoice = "table"\n'
    )
    parent = write(known, targets=grid(), under="known")
    assert [fault.acknowledged for fault in check([parent])] == [True]
    assert report_check([parent])[1] == 0


def test_an_acknowledgement_that_nothing_needs_is_a_hint(write: Writer) -> None:
    more = INDICATORS + (
        '[[acknowledged]]\nfinding = "total_differs"\nkey = "合计.training"\nreason = "照抄。"\non = 2020-05-01\n'
    )
    parent = write(more, targets=grid())
    (fault,) = check([parent])
    assert (fault.key, fault.code, fault.level) == (
        "acknowledged.0",
        "acknowledged_no_longer_occurs",
        Level.HINT,
    )
    assert report_check([parent])[1] == 0


def test_one_code_in_two_folders(write: Writer) -> None:
    first, second = write(under="a"), write(under="b")
    assert [fault.code for fault in check([first, second])] == ["notice_twice"]
    assert check([first, first]) == [], "a directory named twice is read once"


def test_a_readme_belongs_to_every_notice(write: Writer) -> None:
    assert found(write(readme=False)) == [("trial-2020/README.md", "", "readme_missing")]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('code = "a\n', "第 1 行第 10 列"),
        ("code = 1\n\ntitle =\n", "第 3 行第 8 列"),
        ("code = 1\ncode = 2\n", "第 2 行第 9 列"),
        ("x = [1", "文件末尾"),
    ],
)
def test_broken_toml_is_one_line_with_its_place(write: Writer, text: str, where: str) -> None:
    parent = write(head=text, more="")
    (fault,) = check([parent])
    assert fault.code == "toml_broken"
    assert fault.line.startswith(f"{NOTICE_TOML}：{where}")
    assert "\n" not in fault.line
    assert report_check([parent])[1] == 2


def test_a_file_in_another_encoding_says_so(write: Writer) -> None:
    parent = write()
    (parent / NOTICE_TOML).write_bytes('code = "重庆"'.encode("gb18030"))
    assert [(fault.code, "UTF-8" in fault.message) for fault in check([parent])] == [("toml_broken", True)]


def test_an_editor_may_write_a_byte_order_mark(write: Writer) -> None:
    parent = write(targets=grid())
    for name in (NOTICE_TOML, TARGETS_TSV):
        path = parent / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check([parent]) == []


def test_all_faults_come_at_once(write: Writer) -> None:
    broken = write("x = ", code="broken-2020")
    write(
        INDICATORS.replace('unit = "人"', 'unit = "斤"') + "colour = 1\n",
        code="wrong-2020",
    )
    write(
        INDICATORS.replace('label = "培训"', 'label = "培训"\ntarget_text = 1', 1)
        + TABLE.replace("person.name", "x"),
        targets=grid((141, 28), 石柱县="石柱县\t?\t2"),
    )
    assert [code for _file, _key, code in found(broken)] == [
        "toml_broken",
        "target_not_number",
        "field_unknown",
        "total_differs",
        "text_differs_from_table",
        "unit_unknown",
        "unit_unknown",
        "key_unknown",
    ]


def test_a_directory_that_is_not_there_or_holds_no_notice(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as missing:
        check([tmp_path / "nowhere"])
    assert (missing.value.code, "nowhere" in missing.value.message) == ("dir_missing", True)
    (tmp_path / "something").mkdir()
    with pytest.raises(Unusable) as empty:
        check([tmp_path])
    assert empty.value.code == "no_notices"


@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    notice=st.one_of(st.text(max_size=200), st.just(NOTICE % {"code": "trial-2020"} + INDICATORS)),
    targets=st.text(st.sampled_from("单位\ttrainingwomen\n万州区合计0123456789\"'\r"), max_size=200),
)
def test_no_text_makes_reading_fail(tmp_path: Path, notice: str, targets: str) -> None:
    folder = tmp_path / "trial-2020"
    folder.mkdir(exist_ok=True)
    (folder / "notice.toml").write_text(notice, encoding="utf-8", newline="")
    (folder / "targets.tsv").write_text(targets, encoding="utf-8", newline="")
    held = loading.read(folder)
    assert held.notice is not None or held.faults
    for row in held.grid.rows:
        assert set(row.figures) == set(held.grid.columns)


def test_a_form_that_could_not_be_read_back_is_told_when_the_notice_is_checked(write: Writer) -> None:
    columns = '{ label = "姓名", field = "person.name" }'
    table = TABLE.replace(columns, columns + ', { label = "班名", field = "class.title" }')
    (fault,) = check([write(INDICATORS + table, under="open")])
    assert fault.code == "table_incomplete"
    assert (fault.file, fault.key, fault.level) == (NOTICE_TOML, "tables.list", Level.WARNING)
    assert "开班日期" in fault.message
    kept = """
[[acknowledged]]
finding = "table_incomplete"
key = "tables.list"
reason = "只打印"
on = 2020-03-01
"""
    assert [f.acknowledged for f in check([write(INDICATORS + table + kept, under="known")])] == [True]
