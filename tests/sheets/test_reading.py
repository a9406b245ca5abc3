"""Every kind of file an office hands in, and every kind that is none."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date

import docx
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from qiaojie.lib.cells import UNCALCULATED
from qiaojie.lib.findings import Unusable
from qiaojie.sheets import book, file_limits
from qiaojie.sheets.reading import Range, address, read
from tests.rounds import examples

from .old import xls


def workbook(fill=lambda sheet: sheet.append(["姓名", "身份证号"])) -> bytes:
    made = openpyxl.Workbook()
    fill(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


WHOLE = workbook()
CODES = {
    "file_empty",
    "file_not_workbook",
    "file_truncated",
    "file_encrypted",
    "file_too_large",
    "file_too_wide",
    "zip_bomb",
}


def repacked(data: bytes, change) -> bytes:
    """The archive with its parts passed through ``change(name, content)``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def refused(data: bytes, name: str = "名册.xlsx") -> str:
    with pytest.raises(Unusable) as caught:
        read(data, name)
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.code


def ole(*streams: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(2000)
        + b"".join(each.encode("utf-16-le") for each in streams)
    )


def test_cells_keep_their_types_and_true_addresses():
    def fill(sheet):
        sheet["C5"] = " 李  桂 "
        sheet["D6"] = 500000197511099080
        sheet["E6"] = date(2020, 3, 5)
        sheet["F6"] = True
        sheet.merge_cells("C5:F5")

    sheet = read(workbook(fill), "a.xlsx").sheets[0]
    assert (sheet.first_row, sheet.first_col) == (4, 2)
    assert sheet.rows[0][0] == " 李  桂 "
    assert isinstance(sheet.rows[1][1], float)
    assert sheet.rows[1][2:] == [date(2020, 3, 5), True]
    assert sheet.merged == (Range(4, 2, 4, 5),)
    assert sheet.address(5, 3) == "D6"


def test_hidden_and_empty_sheets_are_told():
    made = openpyxl.Workbook()
    made.active["A1"] = "x"
    made.create_sheet("旧版").sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    first, second = read(out.getvalue(), "a.xlsx").sheets
    assert (first.hidden, second.hidden, second.rows) == (False, True, [])


def test_an_old_binary_workbook():
    book_ = read(xls("李  桂", 500000197511099080.0), "旧名册.et")
    assert book_.format == "xls"
    assert book_.sheets[0].name == "名册"
    assert book_.sheets[0].rows == [["李  桂", ""], ["", ""], ["", 500000197511099080.0]]


def test_an_old_binary_workbook_whose_cells_would_take_all_memory():
    assert refused(xls("李桂", 1.0, row=65535, col=65535), "a.xls") == "file_truncated"


@pytest.mark.parametrize(("place", "value"), [(48, b"\xff\xff\xff\x7f"), (30, b"\x1f\x00")])
def test_an_old_binary_workbook_with_sizes_that_the_reader_chokes_on(place, value):
    data = bytearray(xls("李桂", 1.0))
    data[place : place + len(value)] = value
    assert refused(bytes(data), "a.xls") == "file_truncated"


@settings(max_examples=examples(10), deadline=None)
@given(st.binary(min_size=1, max_size=4), st.integers(0, 2000))
def test_a_damaged_old_workbook_is_read_or_refused(change, place):
    data = bytearray(xls("李桂", 1.0))
    data[place : place + len(change)] = change
    try:
        read(bytes(data), "a.xls")
    except Unusable as refusal:
        assert refusal.code in CODES


def test_a_document_with_damaged_text():
    made = docx.Document()
    made.add_table(1, 1)
    out = io.BytesIO()
    made.save(out)
    broken = repacked(out.getvalue(), lambda name, part: part[:-20] if name == "word/document.xml" else part)
    assert refused(broken, "a.docx") == "file_truncated"
    empty = repacked(out.getvalue(), lambda name, part: b"<x/>" if name == "word/document.xml" else part)
    assert refused(empty, "a.docx") == "file_truncated"


def test_a_formula_gives_the_value_kept_with_it():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        made.add_worksheet().write_formula(0, 0, "=1+1", None, 2)
    assert read(out.getvalue(), "a.xlsx").sheets[0].rows == [[2.0]]


def test_formulas_that_came_to_nothing_are_told():
    def fill(sheet):
        sheet["A1"], sheet["B2"], sheet["C3"], sheet["A4"] = "x", "#REF!", "=1+1", "=B2"
        sheet["B2"].data_type = "e"

    sheet = read(workbook(fill), "a.xlsx").sheets[0]
    assert [list(filter(None, row)) for row in sheet.rows] == [
        ["x"],
        ["#REF!"],
        [UNCALCULATED],
        [UNCALCULATED],
    ]
    assert sheet.rows[2][2] == UNCALCULATED
    # An empty text is a value.
    kept = repacked(workbook(fill), lambda name, part: part.replace(b'<c r="C3">', b'<c r="C3" t="str">'))
    assert UNCALCULATED not in read(kept, "a.xlsx").sheets[0].rows[2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_csv_in_every_encoding_and_delimiter(encoding, mark):
    text = f'姓名{mark}住址\r\n李桂{mark}"沙子镇{mark}\n二组"\r\n王琴{mark}马武镇\r\n'
    sheet = read(text.encode(encoding), "名册.csv").sheets[0]
    assert sheet.rows == [["姓名", "住址"], ["李桂", f"沙子镇{mark}\n二组"], ["王琴", "马武镇"]]


def test_csv_cells_guarded_against_formulas_come_back_plain():
    assert read("'=1+1,'正常\n".encode(), "a.csv").sheets[0].rows == [["=1+1", "'正常"]]


def test_word_tables_with_merged_cells_and_lines_around():
    made = docx.Document()
    made.add_paragraph("情况表")
    made.add_paragraph("区县：涪陵区")
    table = made.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "时间"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "人数"
    table.cell(1, 1).text, table.cell(1, 2).text = "总数", "妇女"
    table.cell(2, 0).text = "三月"
    made.add_paragraph("备注：无")
    out = io.BytesIO()
    made.save(out)
    sheet = read(out.getvalue(), "表.docx").sheets[0]
    assert sheet.first_row == -2
    assert sheet.rows[:2] == [["情况表"], ["区县：涪陵区"]]
    assert sheet.rows[2:5] == [["时间", "人数", ""], ["", "总数", "妇女"], ["三月", "", ""]]
    assert sheet.rows[5] == ["备注：无"]
    assert set(sheet.merged) == {Range(0, 0, 1, 0), Range(0, 1, 0, 2)}
    assert sheet.address(-1, 0) == "表前1"


def ods(rows: str) -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content)
        made.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def ods_cell(text: str, attribute: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {attribute}><text:p>{text}</text:p></table:table-cell>'
    )


def ods_row(cells: str, attribute: str = "") -> str:
    return f"<table:table-row {attribute}>{cells}</table:table-row>"


def test_ods_with_merged_cells():
    title = ods_cell("标题", 'table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    rows = ods_row(title) + ods_row(ods_cell("甲") + ods_cell("乙"))
    sheet = read(ods(rows), "a.ods").sheets[0]
    assert sheet.rows == [["标题", ""], ["甲", "乙"]]
    assert sheet.merged == (Range(0, 0, 0, 1),)


def test_ods_with_endless_repeats_is_refused_before_it_is_opened():
    cells = ods_cell("x", 'table:number-columns-repeated="400"')
    assert refused(ods(ods_row(cells, 'table:number-rows-repeated="1048576"')), "a.ods") == "file_too_large"
    wide = ods_cell("x", 'table:number-columns-repeated="501"')
    assert refused(ods(ods_row(wide)), "a.ods") == "file_too_wide"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "空.xlsx", "file_empty"),
        (b"hello", "a.xlsx", "file_not_workbook"),
        (b"%PDF-1.7 ...", "a.csv", "file_not_workbook"),
        (b"\x00\x01\x02" * 50, "a.csv", "file_not_workbook"),
        (b" \n \n", "a.csv", "file_empty"),
        (ole("EncryptedPackage"), "a.xlsx", "file_encrypted"),
        (ole("WordDocument") + bytes(16) + b"\xec\xa5" + bytes(9) + b"\x01", "a.doc", "file_encrypted"),
        (ole("Workbook"), "a.xls", "file_truncated"),
        (ole("Something"), "a.xls", "file_not_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "file_truncated"),
        (b"PK\x03\x04" + b"x" * 100, "a.xlsx", "file_truncated"),
    ],
)
def test_what_is_no_workbook_is_refused_with_one_line(data, name, code):
    assert refused(data, name) == code


def test_an_archive_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("readme.txt", "x")
    assert refused(out.getvalue(), "a.zip") == "file_not_workbook"


def test_a_password_on_the_archive():
    data = bytearray(workbook())
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            flags = struct.unpack_from("<H", data, at + 8)[0]
            struct.pack_into("<H", data, at + 8, flags | 1)
    assert refused(bytes(data)) == "file_encrypted"


@given(st.integers(min_value=30, max_value=4000))
def test_a_workbook_cut_anywhere_is_truncated(length):
    assert refused(WHOLE[: min(length, len(WHOLE) - 1)]) == "file_truncated"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_workbook_with_a_damaged_byte_is_read_or_refused(place, change):
    data = bytearray(WHOLE)
    data[place % len(data)] ^= change
    try:
        read(bytes(data), "a.xlsx")
    except Unusable as refusal:
        assert refusal.code in CODES


def test_a_document_without_a_table():
    out = io.BytesIO()
    docx.Document().save(out)
    assert refused(out.getvalue(), "a.docx") == "file_not_workbook"


def test_too_many_bytes(monkeypatch):
    monkeypatch.setattr(file_limits, "MAX_BYTES", 100)
    assert refused(workbook()) == "file_too_large"


def test_five_hundred_columns_are_read_and_one_more_is_refused():
    limit = book.MAX_COLUMNS
    assert len(read(workbook(lambda sheet: sheet.cell(1, limit, "x")), "a.xlsx").sheets[0].rows) == 1
    assert refused(workbook(lambda sheet: sheet.cell(1, limit + 1, "x"))) == "file_too_wide"
    assert refused((",".join("x" * (limit + 1))).encode(), "a.csv") == "file_too_wide"


def test_painted_empty_cells_do_not_make_a_sheet_too_wide():
    def fill(sheet):
        sheet["A1"] = "姓名"
        sheet.cell(1, 16384).fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")

    assert read(workbook(fill), "a.xlsx").sheets[0].rows == [["姓名"]]


@pytest.mark.parametrize("corner", ["SF1048576", "DA700000", "A1048577"])
def test_two_cells_far_apart_are_refused_before_they_are_opened(corner):
    data = workbook(lambda sheet: sheet.append(["x", "y"]))
    data = repacked(data, lambda name, part: part.replace(b'"B1"', f'"{corner}"'.encode()))
    assert refused(data) == "file_too_large"


def test_odd_spelling_of_addresses_does_not_hide_them():
    data = workbook(lambda sheet: sheet.append(["x", "y"]))
    data = repacked(data, lambda name, part: part.replace(b'r="B1"', b"r = 'XFD1'"))
    assert refused(data) == "file_too_wide"


def test_a_bomb_is_refused_by_its_directory_alone():
    data = repacked(
        workbook(), lambda name, part: b" " * 120_000_000 if name.endswith("styles.xml") else part
    )
    assert refused(data) == "zip_bomb"


def test_a_part_that_inflates_beyond_its_stated_size_is_refused():
    data = bytearray(workbook())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    assert refused(bytes(data)) == "file_truncated"


@pytest.mark.parametrize(
    ("row", "col", "said"), [(0, 0, "A1"), (13, 3, "D14"), (0, 26, "AA1"), (9, 701, "ZZ10")]
)
def test_addresses(row, col, said):
    assert address(row, col) == said
