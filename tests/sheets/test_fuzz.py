"""Whatever bytes come in, out comes a book or one clear line: random bytes, damaged files, random cells in every format."""

from __future__ import annotations

import io
import resource
import zipfile
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Context
from qiaojie.notices import queries as notices
from qiaojie.sheets.book import Book
from qiaojie.sheets.reading import read
from qiaojie.tables.matching import match_all, read_captions, read_rows, read_totals
from tests.corpus.build import CAPTION, HEADER, TITLE, roster_rows, women
from tests.corpus.making import Page, delimited, ods, word, xls, xlsx
from tests.rounds import examples

CODES = {
    "file_empty", "file_not_workbook", "file_truncated", "file_encrypted", "file_too_large", "file_too_wide", "zip_bomb",
    "office_missing", "office_failed",
}  # fmt: skip
HEADS = (
    b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xfe\xff", b"%PDF-1.7", b"<html><table><tr><td>",
)  # fmt: skip
PAGE = Page(roster_rows(women(3)), "名册", merged=("A1:L1", "A2:L2"))
ARCHIVES = ("xlsx", "ods", "docx")
ROSTER = "chongqing-handicraft-2019/roster"


@cache
def whole(format: str) -> bytes:
    match format:
        case "xlsx":
            return xlsx(PAGE)
        case "ods":
            return ods(PAGE)
        case "docx":
            return word(Page([HEADER, *women(3)], merged=("H2:H4",)), [TITLE, CAPTION], ["填表人：王某某"])
        case "xls":
            return xls(PAGE)
        case _:
            return delimited(PAGE, "gb18030")


def taken(data: bytes, name: str) -> Book | None:
    """The book, also held against a form; None where it was refused in the way that files are refused."""
    try:
        book = read(data, name)
    except Unusable as refusal:
        assert refusal.code in CODES
        assert name in refusal.message
        assert "\n" not in refusal.message
        return None
    for sheet in book.sheets:
        for found in match_all(sheet, notices.table(ROSTER).form):
            rows = [*read_rows(found, Context()), *read_totals(found, Context())]
            read_captions(found, Context())
            assert all(finding.message for row in rows for _name, _cell, finding in row.findings)
    return book


@given(
    st.sampled_from(HEADS), st.binary(max_size=3000), st.sampled_from(["a.xlsx", "a.csv", "a.txt", "a.docx"])
)
def test_random_bytes(head: bytes, rest: bytes, name: str) -> None:
    taken(head + rest, name)


@settings(deadline=None, max_examples=examples(25))
@given(st.sampled_from(["xlsx", "ods", "docx", "csv"]), st.data())
def test_damaged_files(format: str, data: st.DataObject) -> None:
    damaged = bytearray(whole(format))
    for _time in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "repeat"]))
        if kind == "flip":
            damaged[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del damaged[at : at + data.draw(st.integers(1, 600))]
        elif kind == "insert":
            damaged[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        else:
            damaged[at:at] = damaged[at : at + 200]
        if not damaged:
            break
    taken(bytes(damaged), f"a.{format}")


@settings(deadline=None, max_examples=examples(25))
@given(st.sampled_from(ARCHIVES), st.data())
def test_sound_archives_of_damaged_parts(format: str, data: st.DataObject) -> None:
    """A damaged byte of an archive fails its checksum; here the archive is sound and what it holds is not."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole(format))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = [name for name in old.namelist() if name.endswith((".xml", ".rels"))]
        victim = data.draw(st.sampled_from(names))
        for name in old.namelist():
            part = bytearray(old.read(name))
            if name == victim and part:
                at = data.draw(st.integers(0, len(part) - 1))
                change = data.draw(
                    st.sampled_from(
                        [b"", b"<", b"\xff", b'"', b"&x;", b"99999999999", b"\xc2\xb2", b"</c>", b"-1", b"A0"]
                    )
                )
                part[at : at + data.draw(st.integers(0, 30))] = change
            new.writestr(name, bytes(part))
    taken(out.getvalue(), f"a.{format}")


@settings(deadline=None, max_examples=examples(6))
@given(st.data())
def test_damaged_old_workbooks(data: st.DataObject) -> None:
    damaged = bytearray(whole("xls"))
    for _time in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(512, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    taken(bytes(damaged[: data.draw(st.integers(600, len(damaged)))]), "a.xls")


TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufeff\ufffe\uffff"
    ),
    max_size=12,
)
CELLS = st.one_of(
    st.none(), TEXTS, st.sampled_from([*HEADER, "合计", "〃", "同上", "填表人：", "备注：1.", TITLE, CAPTION, "√", "/"]),
    st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(-(10**6), 10**18),
)  # fmt: skip
GRIDS = st.lists(st.lists(CELLS, min_size=1, max_size=14), min_size=1, max_size=14)


@settings(deadline=None, max_examples=examples(30))
@given(st.sampled_from(["xlsx", "ods", "csv"]), GRIDS)
def test_random_cells_come_back(format: str, grid: list[list[object]]) -> None:
    """The texts of a grid come back as they were, wherever they stand; no grid confuses the search for a table."""
    page = Page(grid)
    data = {"xlsx": xlsx, "ods": ods, "csv": delimited}[format](page)
    book = taken(data, f"a.{format}")
    if book is None or format == "csv":
        return
    (sheet,) = book.sheets
    for row, line in enumerate(grid):
        for col, cell in enumerate(line):
            if isinstance(cell, str) and cell.strip() and not cell.startswith("="):
                assert sheet.rows[row - sheet.first_row][col - sheet.first_col] in (
                    cell,
                    cell.replace("\r", "\n"),
                )


@settings(deadline=None, max_examples=examples(25))
@given(GRIDS, st.integers(0, 3))
def test_random_rows_below_a_header(grid: list[list[object]], gap: int) -> None:
    taken(xlsx(Page([[TITLE], *[[]] * gap, HEADER, *grid])), "a.xlsx")


@pytest.fixture(autouse=True, scope="module")
def memory() -> object:
    """All of it together takes no more than 300 MB beyond what the process had before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
