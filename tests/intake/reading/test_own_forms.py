"""Our own forms, filled and handed back untouched, say the same in every format that is read."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import openpyxl
import pytest

from qiaojie.intake.reading.lines import read
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.lib.dates import DateSpan
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Region
from qiaojie.tables.form import Leaf
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from tests.corpus.making import Page, ods
from tests.intake import material

FORMATS = ("xlsx", "csv", "docx", "html", "ods")


def every() -> list[str]:
    held = (*notices.every(), standard.notice())
    return [
        f"{n.code}/{t.code}" for n in held for t in n.tables if notices.table(f"{n.code}/{t.code}").handed_in
    ]


def value(leaf: Leaf, number: int) -> Any:
    """Something that a column may hold."""
    column = leaf.column
    begins = date(2023, 3, 2 + number)
    by_kind: Mapping[str, Any] = {
        "name": material.name(number),
        "id_number": material.id_number(number),
        "certificate": material.id_number(number) + "42",
        "phone": f"1380000000{number}",
        "date": begins,
        "month": date(2023, 3, 1),
        "date_span": DateSpan(begins, date(2023, 3, 20)),
        "integer": 20 + number,
        "money": 123_450 + number,
        "percent": None,
        "yes_no": number % 2 == 0,
        "region": "江东街道",
        "address": f"江东街道{number}号",
    }
    if column.tick is not None:
        return column.tick
    if column.choices:
        return next(iter(column.choices))
    return by_kind.get(column.kind, f"竹编{number}期")


@cache
def filled(name: str) -> Filled:
    table = notices.table(name)
    leaves = {leaf.column.field: leaf for leaf in table.form.leaves if leaf.column.field}
    rows = [{field: value(leaf, number) for field, leaf in leaves.items()} for number in (1, 2)]
    captions = {
        part.field: "竹编合作社"
        for part in table.form.captions
        if part.field in table.above and not part.choices
    }
    return Filled(table.form, captions, rows)


def file(name: str, form: str) -> bytes:
    if form != "ods":
        return write(filled(name), form)
    made = openpyxl.load_workbook(io.BytesIO(write(filled(name), "xlsx"))).worksheets[0]
    rows = [[cell.value for cell in row] for row in made.iter_rows()]
    return ods(Page(rows, merged=[str(block) for block in made.merged_cells.ranges]))


def said(table: TableDef, data: bytes, form: str) -> tuple[list[dict[str, Any]], list[str]]:
    found = read(Source(data, f"表.{form}", table, Region(short_name="涪陵区", name="涪陵区")))
    return [line.stated for line in found.lines], sorted({issue.code for issue in found.issues})


@pytest.mark.django_db
@pytest.mark.parametrize("name", every())
def test_a_form_says_the_same_in_every_format(name: str) -> None:
    table = notices.table(name)
    whole = said(table, file(name, "xlsx"), "xlsx")
    assert len(whole[0]) == 2
    assert not {"columns_unread", "layout_unfolded", "header_near"} & set(whole[1])
    for form in FORMATS[1:]:
        assert said(table, file(name, form), form) == whole, form
