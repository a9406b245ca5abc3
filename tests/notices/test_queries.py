"""Reading notices: what is there, what is not, and that a changed file is read again."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries
from tests.notices.conftest import INDICATORS, Writer, grid

TABLES = """
[[tables]]
code = "list"
title = "名册"
ledger = "enrolments"
columns = [
  { label = "姓名", field = "person.name" },
  { label = "班", columns = [{ label = "名称", field = "class.title" }, { label = "结业", field = "class.ends" }] },
]

[[tables]]
code = "tasks"
title = "任务表"
rows = "matrix"
"""


@pytest.fixture
def folder(write: Writer, settings: Any) -> Path:
    parent = write(INDICATORS + TABLES, targets=grid())
    settings.NOTICE_DIRS = [parent, parent / "not-there"]
    return parent / "trial-2020"


def test_what_is_not_there_names_what_is(folder: Path) -> None:
    with pytest.raises(Unusable) as unknown:
        queries.notice("trial-2021")
    assert (unknown.value.code, "trial-2020" in unknown.value.message) == ("notice_unknown", True)
    with pytest.raises(Unusable) as unknown:
        queries.table("trial-2020/lost")
    assert (unknown.value.code, "trial-2020/list、trial-2020/tasks" in unknown.value.message) == (
        "table_unknown",
        True,
    )
    with pytest.raises(Unusable) as unknown:
        queries.table("trial-2020")
    assert unknown.value.code == "table_unknown"
    with pytest.raises(Unusable) as unknown:
        queries.notice("trial-2020").indicator("dreams")
    assert (unknown.value.code, "training、women" in unknown.value.message) == ("indicator_unknown", True)


def test_a_column_takes_what_its_field_says(folder: Path) -> None:
    form = queries.table("trial-2020/list").form
    assert [(leaf.column.kind, leaf.path) for leaf in form.leaves] == [
        ("name", ("姓名",)),
        ("text", ("班", "名称")),
        ("date", ("班", "结业")),
    ]


def test_a_matrix_has_a_column_for_every_indicator(folder: Path) -> None:
    leaves = queries.table("trial-2020/tasks").form.leaves
    assert [(leaf.column.field, leaf.path, leaf.unit) for leaf in leaves] == [
        ("region", ("单位",), ""),
        ("training", ("培训（人）",), "人"),
        ("women", ("其中妇女（人）",), "人"),
    ]


def test_a_changed_file_is_read_again(folder: Path) -> None:
    assert queries.notice("trial-2020") is queries.notice("trial-2020")
    path = folder / "notice.toml"
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("试点", "改过"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert queries.notice("trial-2020").title == "改过通知"


def test_a_broken_notice_is_left_out_and_says_why(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "notice.toml").write_text("code =", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert queries.every() == ()
    assert "trial-2020/notice.toml" in caplog.text
    with pytest.raises(Unusable) as broken:
        queries.notice("trial-2020")
    assert broken.value.code == "toml_broken"


def test_a_target_that_is_not_there_is_none_and_never_nought(tree: None, folder: Path) -> None:
    text = (
        grid((130, 28), 石柱县="石柱县\t\t2", 彭水县="彭水县\t0\t0")
        .replace("130", "120")
        .replace("\t28", "\t26")
    )
    (folder / "targets.tsv").write_text(text, encoding="utf-8")
    targets = queries.targets(queries.notice("trial-2020"))
    by_label = {unit.label: unit.figures for unit in targets.units}
    assert by_label["石柱县"] == {"training": None, "women": 2}
    assert by_label["彭水县"] == {"training": 0, "women": 0}
    assert (dict(targets.total), dict(targets.text)) == (
        {"training": 120, "women": 26},
        {"training": None, "women": None},
    )


@pytest.mark.parametrize(
    ("choice", "total"), [("", 140), ('choice = "table"', 140), ('choice = "text"', 150)]
)
def test_the_acknowledged_choice_decides_between_text_and_table(
    tree: None, write: Writer, settings: Any, choice: str, total: int
) -> None:
    more = INDICATORS.replace('label = "培训"', 'label = "培训"\ntarget_text = 150', 1) + (
        '[[acknowledged]]\nfinding = "text_differs_from_table"\nkey = "indicators.training.target_text"\n'
        f'reason = "说明。"\non = 2020-05-01\n{choice}\n'
    )
    settings.NOTICE_DIRS = [write(more, targets=grid())]
    targets = queries.targets(queries.notice("trial-2020"))
    assert (targets.total["training"], targets.printed["training"], targets.text["training"]) == (
        total,
        140,
        150,
    )


def test_without_a_printed_total_the_rows_are_added(tree: None, folder: Path) -> None:
    (folder / "targets.tsv").write_text(grid().replace("合计\t140\t28\n", ""), encoding="utf-8")
    targets = queries.targets(queries.notice("trial-2020"))
    assert (targets.total["training"], targets.printed["training"]) == (140, None)
