"""What stands above a form counts for all of its rows: the base that helped, and of which kind it is."""

from __future__ import annotations

import pytest

from qiaojie.intake.reading.lines import read
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

TABLE = "chongqing-bases-2020/help-tourism"


def lines(rows, captions, format="xlsx"):
    table = notices.table(TABLE)
    data = write(Filled(table.form, captions, rows), format)
    return read(Source(data, f"带动表.{format}", table, Region(short_name="丰都县", name="丰都县")))


@pytest.mark.parametrize("format", ["xlsx", "docx", "csv"])
def test_every_row_has_the_base_of_the_caption(format):
    read_ = lines(
        [{"person.name": "李桂", "employed": True}, {"person.name": "王琴"}],
        {"base.name": "竹编合作社", "base.kind": "base", "base.head": "周桂兰"},
        format,
    )
    stated = [
        (line.stated["base.name"], line.stated["base.kind"], line.stated["base.head"]) for line in read_.lines
    ]
    assert stated == [("竹编合作社", "base", "周桂兰")] * 2
    assert read_.lines[0].cell("base.name") != read_.lines[0].first_cell


def test_a_kind_that_there_is_not_is_pointed_out_once():
    read_ = lines(
        [{"person.name": "李桂"}, {"person.name": "王琴"}], {"base.name": "竹编合作社", "base.kind": "旅行社"}
    )
    assert [(issue.code, issue.field) for issue in read_.issues] == [("choice_unknown", "base.kind")]


def test_what_this_kind_of_base_does_not_fill_is_pointed_out():
    table = notices.table(TABLE)
    # Typed into the column that workshops leave empty.
    data = write(
        Filled(table.form, {"base.name": "竹编工坊"}, [{"person.name": "李桂", "employed": True}]), "csv"
    )
    data = data.replace("创建基地类型：".encode(), "创建基地类型：巾帼扶贫家庭工坊".encode())
    read_ = read(Source(data, "带动表.csv", table, Region(short_name="丰都县", name="丰都县")))
    assert [issue.code for issue in read_.lines[0].issues] == ["not_applicable"]
    assert read_.lines[0].stated["employed"] is None
