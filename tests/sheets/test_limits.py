"""The stated limits, each at its edge and beyond; files are built sparsely, so that the tests stay small."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest

from qiaojie.lib.cells import UNCALCULATED
from qiaojie.lib.findings import Unusable
from qiaojie.sheets import book, file_limits
from qiaojie.sheets import delimited as delimited_files
from qiaojie.sheets.reading import read
from tests.corpus.making import Page, altered, delimited, ods, word, xlsx

SHEET = "xl/worksheets/sheet1.xml"
ONE = xlsx(Page([["姓名", "身份证号"]]))


def with_sheet(xml: Iterator[bytes] | bytes, data: bytes = ONE, part: str = SHEET) -> bytes:
    """The workbook with another XML for its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w") as stream:
            for piece in [xml] if isinstance(xml, bytes) else xml:
                stream.write(piece)
    return out.getvalue()


def corner(address: str, sheet: str = SHEET) -> bytes:
    """A workbook with a cell in A1 and one far away."""
    row = "".join(filter(str.isdigit, address))
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1">'
        f'<v>1</v></c></row><row r="{row}"><c r="{address}"><v>2</v></c></row></sheetData></worksheet>'
    )
    return with_sheet(xml.encode())


def refused(data: bytes, name: str = "名册.xlsx") -> str:
    with pytest.raises(Unusable) as refusal:
        read(data, name)
    assert name in refusal.value.message
    return refusal.value.code


# --- 200 MB -------------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_two_hundred_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    # An archive may have anything before it.
    filler = ONE[:4] + bytes(book.MAX_BYTES - len(ONE) - 4)
    assert book.MAX_BYTES == 200 * 1024**2
    assert file_limits.sniff(filler + ONE, "a.xlsx") == "xlsx"
    assert refused(filler + b"\0" + ONE) == "file_too_large"


# --- 1,048,576 rows -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_last_row_of_a_sheet_is_taken_and_one_more_is_not() -> None:
    assert book.MAX_ROWS == 1_048_576
    (sheet,) = read(corner("A1048576"), "a.xlsx").sheets
    assert (len(sheet.rows), sheet.rows[-1]) == (book.MAX_ROWS, [2.0])
    assert refused(corner("A1048577")) == "file_too_large"
    assert refused(corner("A2000000000")) == "file_too_large"


def test_as_many_rows_of_a_csv_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited_files, "MAX_ROWS", 1000)
    assert len(read(b"1\n" * 1000, "a.csv").sheets[0].rows) == 1000
    assert refused(b"1\n" * 1001, "a.csv") == "file_too_large"


def test_rows_of_an_ods_beyond_the_last() -> None:
    data = altered(
        ods(Page([["x"], ["y"]])),
        {
            "content.xml": lambda xml: xml.replace(
                b"<table:table-row>", b'<table:table-row table:number-rows-repeated="600000">'
            )
        },
    )
    assert refused(data, "a.ods") == "file_too_large"


# --- 500 columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv", "docx"])
def test_five_hundred_columns_and_one_more(format: str) -> None:
    make = {"xlsx": xlsx, "ods": ods, "csv": delimited, "docx": _wide_document}[format]
    assert book.MAX_COLUMNS == 500
    (sheet,) = read(make(Page([["x"] * book.MAX_COLUMNS])), f"a.{format}").sheets
    assert len(sheet.rows[0]) == book.MAX_COLUMNS
    assert refused(make(Page([["x"] * (book.MAX_COLUMNS + 1)])), f"a.{format}") == "file_too_wide"


def _wide_document(page: Page) -> bytes:
    count = len(page.rows[0])
    return altered(
        word(Page([["x"]])),
        {
            "word/document.xml": lambda xml: xml.replace(
                b"<w:tc>", b'<w:tc><w:tcPr><w:gridSpan w:val="%d"/></w:tcPr>' % count
            )
        },
    )


@pytest.mark.parametrize(
    "change",
    [
        (b"<w:tr>", b'<w:tr><w:trPr><w:gridBefore w:val="999999999"/></w:trPr>'),
        (b"<w:tc>", b'<w:tc><w:tcPr><w:gridSpan w:val="99999999999999999999"/></w:tcPr>'),
    ],
)
def test_a_document_that_claims_endless_columns(change: tuple[bytes, bytes]) -> None:
    data = altered(word(Page([["x"]])), {"word/document.xml": lambda xml: xml.replace(*change)})
    assert refused(data, "a.docx") == "file_too_wide"


def test_many_rows_and_columns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(corner("SF1048576")) == "file_too_large"
    monkeypatch.setattr(file_limits, "MAX_CELLS", 5000)
    line = b"x" + b"," * 499 + b"\n"
    assert len(read(line * 10, "a.csv").sheets[0].rows) == 10
    assert refused(line * 11, "a.csv") == "file_too_large"


# --- bombs --------------------------------------------------------------------------------------------------------------


def test_a_bomb_in_any_part() -> None:
    for part in ("xl/styles.xml", "xl/sharedStrings.xml", "docProps/app.xml", "xl/media/image1.png"):
        assert refused(with_sheet((b" " * 10_000_000 for _ in range(12)), ONE, part)) == "zip_bomb"


def test_an_archive_in_an_archive_is_never_opened() -> None:
    inner = with_sheet(b" " * 10_000_000 for _ in range(12))
    assert len(inner) < 10**6
    assert len(read(altered(ONE, {"xl/embeddings/a.xlsx": inner}), "a.xlsx").sheets) == 1
    only = io.BytesIO()
    with zipfile.ZipFile(only, "w") as made:
        made.writestr("a.xlsx", inner)
    assert refused(only.getvalue()) == "file_not_workbook"


def test_many_parts() -> None:
    """A thousand are nothing; what an archive of a million would take is said by its end, before any is looked at."""
    many = altered(ONE, {f"xl/media/{number}.png": b"" for number in range(1000)})
    assert len(read(many, "a.xlsx").sheets) == 1
    end = ONE.rfind(b"PK\x05\x06")
    claimed = bytearray(ONE)
    struct.pack_into("<I", claimed, end + 12, file_limits.MAX_DIRECTORY + 1)
    assert refused(bytes(claimed)) == "zip_bomb"
    wide = (
        ONE[:end]
        + b"PK\x06\x06"
        + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 10**8, 10**8, 10**10, 0)
        + ONE[end:]
    )
    assert refused(wide) == "zip_bomb"


def test_parts_that_lie_upon_one_another() -> None:
    """Many entries of one content: each counts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * 3_000_000)
        for number in range(1000):
            made.filelist.append(made.filelist[0])
            made.NameToInfo[f"x{number}"] = made.filelist[0]
    assert refused(out.getvalue()) == "zip_bomb"


@pytest.mark.parametrize("part", ["xl/Worksheets/SHEET1.XML", "xl/media/image1.png", "other/sheet"])
def test_a_sheet_under_another_name_is_measured_too(part: str) -> None:
    target = "/" + part
    xml = zipfile.ZipFile(io.BytesIO(corner("XFD1048576"))).read(SHEET)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ONE)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SHEET:
                name, content = part, xml
            new.writestr(name, content.replace(b"/" + SHEET.encode(), target.encode()))
    assert refused(out.getvalue()) in ("file_too_large", "file_too_wide")


@pytest.mark.parametrize(
    ("data", "part", "name"),
    [
        (ods(Page([["x"]])), "content.xml", "a.ods"),
        (word(Page([["x"]])), "word/document.xml", "a.docx"),
        (ONE, SHEET, "a.xlsx"),
    ],
)
def test_entities_that_multiply_are_not_expanded(data: bytes, part: str, name: str) -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">' + b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 100) for letter in range(ord("b"), ord("k"))
    ) + b"]>"  # fmt: skip

    def poison(xml: bytes) -> bytes:
        head = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
        return xml[:head] + declared + xml[head:].replace(b">x<", b">&j;<").replace("姓名".encode(), b"&j;")

    try:
        (sheet,) = read(altered(data, {part: poison}), name).sheets
    except Unusable as refusal:
        assert refusal.code == "file_truncated"
    else:
        assert all(len(str(cell)) < 1000 for row in sheet.rows for cell in row)


def test_files_of_the_machine_are_not_read_into_cells() -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    poison = altered(
        word(Page([["x"]])),
        {"word/document.xml": lambda xml: xml.replace(b"?>", b"?>" + declared, 1).replace(b">x<", b">&a;<")},
    )
    try:
        (sheet,) = read(poison, "a.docx").sheets
    except Unusable as refusal:
        assert refusal.code == "file_truncated"
    else:
        assert "root" not in str(sheet.rows)


# --- what is in a workbook besides values ---------------------------------------------------------------------------------


def test_macros_links_and_other_programs_are_left_alone() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["x"])
    made.worksheets[0].append(
        ["=cmd|' /C calc'!A0", "='[other.xlsx]Sheet1'!A1", '=WEBSERVICE("http://a.example")']
    )
    made.worksheets[0].append([1])
    out = io.BytesIO()
    made.save(out)
    data = altered(
        out.getvalue(), {"xl/vbaProject.bin": b"\0" * 100, "xl/externalLinks/externalLink1.xml": b"<x/>"}
    )
    (sheet,) = read(data, "a.xlsm").sheets
    assert sheet.rows == [["x"], [UNCALCULATED] * 3, [1.0]]
