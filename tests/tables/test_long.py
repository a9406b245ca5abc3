"""Lists too long to be drawn cell by cell: the same values in the same order, nothing that runs."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from qiaojie.lib.values import Context
from qiaojie.sheets.reading import read
from qiaojie.tables import writing
from qiaojie.tables.grid import Filled, Mark
from qiaojie.tables.long import write_long
from qiaojie.tables.matching import match, read_captions, read_rows, read_totals

from .forms import CLASSES, HELP, LIST, form
from .test_round_trip import SHAPES

PEOPLE = [
    {
        "name": "李桂", "id": "500000198603136682", "home": "江东街道", "phone": "13800138000", "ended": date(2023, 5, 26),
        "employed": True, "presence": Decimal("0.905"), "remark": None,
    },
    {
        "name": "王㵲𬭎", "id": None, "home": None, "phone": None, "ended": date(2022, 12, 1), "employed": None,
        "presence": None, "remark": "第一行\n第二行",
    },
]  # fmt: skip


def reread(mapping, rows, **changes):
    drawn = form(mapping, **changes)
    found = match(read(write_long(Filled(drawn, {"region": "涪陵区"}, rows)), "表.xlsx").sheets[0], drawn)
    assert found is not None
    return found


@pytest.mark.parametrize("total", [None, "first", "last"])
@pytest.mark.parametrize("shape", ["list", "classes", "help", "matrix"])
def test_long_lists_read_back_as_they_were(shape, total):
    mapping, strategy = SHAPES[shape]
    rows = [row for seed in range(6) for row in _drawn(strategy, seed)]
    found = reread(mapping, rows, total=total)
    assert (found.header.recall, found.missing, found.extra) == (1, (), ())
    assert [{**row.values, **row.claims} for row in read_rows(found, Context())] == rows
    assert len(read_totals(found, Context())) == (1 if total else 0)


def _drawn(strategy, seed):
    """Some rows of a strategy, the same at every run."""
    from hypothesis import Phase, given, settings
    from hypothesis import seed as seeded

    kept = []

    @seeded(seed)
    @settings(max_examples=4, phases=[Phase.generate], database=None, deadline=None)
    @given(strategy)
    def take(rows):
        kept.extend(rows)

    take()
    return kept


def test_the_form_s_head_stands_above():
    found = reread(CLASSES, [{"title": "编织班", "all": 3, "cost": 3_600_050}])
    sheet = openpyxl.load_workbook(
        io.BytesIO(write_long(Filled(found.form, {"region": "涪陵区"}, [])))
    ).active
    assert (sheet["A1"].value, sheet["A1"].font.name) == ("手工技能培训情况表", "方正小标宋简体")
    assert read_captions(found, Context())["region"][0].value == "涪陵区"
    assert {str(block) for block in sheet.merged_cells.ranges} >= {"A1:H1", "A3:A4", "D3:E3"}
    assert sheet.freeze_panes == "A5"


def test_numbers_are_numbers_and_identity_numbers_text():
    data = write_long(Filled(form(LIST), {}, PEOPLE))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert (sheet["A3"].value, sheet["A3"].data_type) == (1, "n")
    assert (sheet["C3"].value, sheet["C3"].data_type, sheet["C3"].number_format) == (
        "500000198603136682",
        "s",
        "@",
    )
    assert (sheet["H3"].value, sheet["H3"].number_format) == (0.905, "0.0%")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "http://a.example"])
def test_no_text_becomes_something_else(text):
    sheet = openpyxl.load_workbook(io.BytesIO(write_long(Filled(form(LIST), {}, [{"name": text}])))).active
    assert (sheet["B3"].data_type, sheet["B3"].hyperlink) == ("s", None)
    assert sheet["B3"].value == text


def test_a_text_like_an_escape_is_escaped():
    data = write_long(Filled(form(LIST), {}, [{"name": "_x0041_"}]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        every = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
    assert "<t>_x005F_x0041_</t>" in every


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_what_no_file_may_hold_is_dropped(bad):
    rows = [{"name": f"李{bad}桂<&>"}, {"name": "长" * 40_000}]
    sheet = openpyxl.load_workbook(io.BytesIO(write_long(Filled(form(LIST), {}, rows)))).active
    assert sheet["B3"].value == "李桂<&>"
    assert (len(sheet["B4"].value), sheet["B4"].value[-1]) == (32_767, "…")


def test_masked_numbers_stand_as_they_are_shown():
    sheet = openpyxl.load_workbook(
        io.BytesIO(write_long(Filled(form(HELP), {}, [{"name": Mark("李＊"), "income": Mark("＊＊")}])))
    ).active
    assert [cell.value for cell in sheet[6]][1:4:2] == ["李＊", "＊＊"]


def test_only_what_is_long_goes_this_way(monkeypatch):
    rows = [{"name": "李桂"}] * 3
    plain = {**LIST, "columns": [column for column in LIST["columns"] if column.get("kind") != "percent"]}
    drawn = writing.write(Filled(form(plain), {}, rows), "xlsx")
    monkeypatch.setattr(writing, "LONG", 2)
    listed = writing.write(Filled(form(plain), {}, rows), "xlsx")
    ratios = writing.write(Filled(form(LIST), {}, rows), "xlsx")
    borders = [
        openpyxl.load_workbook(io.BytesIO(data)).active["B3"].border.left.style
        for data in (drawn, listed, ratios)
    ]
    assert borders == ["thin", None, "thin"], "a column of ratios holds numbers and — side by side"
