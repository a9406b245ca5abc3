"""What a workbook hides is read like the rest, and told."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.sheets.book import Hidden
from qiaojie.sheets.reading import read
from qiaojie.sheets.visibility import Watch, spans

from .test_reading import ods, ods_cell, ods_row, repacked


def workbook(fill) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    for number in range(1, 9):
        sheet.append([f"甲{number}", f"乙{number}", f"丙{number}", f"丁{number}"])
    fill(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def hide(made: openpyxl.Workbook) -> None:
    for row in (3, 4, 7):
        made.active.row_dimensions[row].hidden = True
    made.active.column_dimensions["C"].hidden = True


def test_hidden_rows_and_columns_are_read_and_told():
    sheet = read(workbook(hide), "a.xlsx").sheets[0]
    assert len(sheet.rows) == 8
    assert sheet.rows[2][2] == "丙3"
    assert sheet.conceals == Hidden(((2, 3), (6, 6)), ((2, 2),))
    assert [row for row in range(8) if sheet.conceals.hides_row(row)] == [2, 3, 6]
    assert [col for col in range(4) if sheet.conceals.hides_col(col)] == [2]


def test_a_sheet_that_hides_nothing():
    assert read(workbook(lambda made: None), "a.xlsx").sheets[0].conceals == Hidden()


def test_what_is_hidden_is_told_of_its_own_sheet():
    def fill(made: openpyxl.Workbook) -> None:
        other = made.create_sheet("另表")
        other.append(["x"])
        other.append(["y"])
        other.row_dimensions[2].hidden = True

    first, second = read(workbook(fill), "a.xlsx").sheets
    assert first.conceals == Hidden()
    assert second.conceals == Hidden(((1, 1),))


def test_a_filter_that_leaves_rows_out():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_column(0, 0, ["镇", "甲", "乙", "甲"])
        sheet.autofilter(0, 0, 3, 0)
        sheet.filter_column(0, "x == 甲")
        sheet.set_row(2, options={"hidden": True})
    assert read(out.getvalue(), "a.xlsx").sheets[0].conceals == Hidden(((2, 2),), (), True)


def test_a_filter_that_leaves_nothing_out_is_no_filter():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_column(0, 0, ["镇", "甲"])
        sheet.autofilter(0, 0, 1, 0)
    assert read(out.getvalue(), "a.xlsx").sheets[0].conceals == Hidden()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'hidden="1"', b"hidden='true'"),
        (b'hidden="1"', b'customFormat="false" hidden="true" collapsed="false"'),
        (b"<row ", b'<row ht="12"\n'),
    ],
)
def test_other_writers_spell_it_otherwise(before, after):
    data = repacked(workbook(hide), lambda name, part: part.replace(before, after))
    assert read(data, "a.xlsx").sheets[0].conceals == Hidden(((2, 3), (6, 6)), ((2, 2),))


def test_a_row_that_is_said_to_be_visible_is_visible():
    said = workbook(hide)
    data = repacked(said, lambda name, part: part.replace(b'hidden="1"', b'hidden="false"'))
    assert read(data, "a.xlsx").sheets[0].conceals == Hidden()


def test_an_ods_tells_rows_columns_and_filters():
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    rows = "".join(
        ods_row(ods_cell(f"甲{n}") + ods_cell(f"乙{n}"), attribute)
        for n, attribute in enumerate(["", 'table:visibility="filter"', 'table:visibility="collapse"', ""])
    )
    endless = ods_row(
        "<table:table-cell/>", 'table:visibility="collapse" table:number-rows-repeated="1048572"'
    )
    sheet = read(ods(columns + rows + endless), "a.ods").sheets[0]
    assert len(sheet.rows) == 4
    assert sheet.conceals == Hidden(((1, 2),), ((1, 1),), True)


@given(st.sets(st.integers(0, 40)))
def test_runs_hold_exactly_the_rows_that_are_hidden(rows):
    hidden = Hidden(spans(rows))
    assert {row for row in range(60) if hidden.hides_row(row)} == rows


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_watch(piece):
    watch = Watch()
    watch.look("xl/worksheets/sheet1.xml", b'<row hidden="1" r="' + piece + b">")
    watch.look("xl/worksheets/sheet1.xml", piece)
