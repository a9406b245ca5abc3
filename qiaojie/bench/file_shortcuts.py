"""What unusual ways through files buy, each against the plain way: figures of docs/decisions. Needs no database.

Ours is the unusual way, the limit the plain way to the same result, the bound the part of its time beyond which the unusual
way is not worth what it costs readers, so that its decision has to be taken again.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import date
from functools import partial
from operator import mul
from typing import Any
from unittest import mock

import openpyxl
import xlsxwriter
from lxml import etree
from openpyxl.styles import Color, PatternFill

from qiaojie.lib.columns import sound_numbers
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import CHECK_CHARACTERS, EARLIEST_YEAR, FOREIGNERS, PROVINCES, WEIGHTS, read_id
from qiaojie.sheets import file_limits, marking
from qiaojie.sheets.marks import Findings, SheetMarks
from qiaojie.sheets.visibility import Watch
from qiaojie.tables import writing
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import tables
from .timing import BenchLine, against, alternated

RUNS = 3
"""Times that each side of a comparison runs."""
MARKED, MARKED_ROWS = "培训学员名册", 600
"""The sheet of a marked copy, and its rows at most: all of them are shaded."""


def lines(rows: int, numbers: int) -> Iterator[BenchLine]:
    """A long list of so many rows, so many identity numbers, and the measuring of that list before it is opened."""
    filled = Filled(tables.list_form(), {}, list(tables.list_rows(rows)))
    size = f"{rows:,} rows"
    for name, peer in (
        ("drawing cells", _drawn),
        ("bare xlsxwriter", _xlsxwriter),
        ("bare openpyxl", _openpyxl),
    ):
        times = alternated(partial(peer, filled), partial(_by_columns, filled), RUNS)
        yield against(f"long list by jetxl, against {name}", size, times, 0.5)
    texts = [number[:17] + _check(number) for row in tables.list_rows(numbers) if (number := str(row["f3"]))]
    by_hand, one_by_one = partial(sound_in_a_loop, texts), partial(_one_by_one, texts)
    if not sound_numbers(texts) == by_hand() == one_by_one():
        raise SystemExit("the ways to check numbers differ")
    for name, other in (("a loop", by_hand), ("read_id", one_by_one)):
        times = alternated(other, lambda: sound_numbers(texts), RUNS)
        yield against(f"numbers checked by polars, against {name}", f"{numbers:,}", times, 0.5)
    few = Filled(filled.form, {}, filled.rows[:MARKED_ROWS])
    data, body = write(few, "xlsx"), range(2, 2 + len(few.rows))
    left_out = partial(_marked, data, SheetMarks({}, body, frozenset(body), 0, len(few.form.leaves) - 1))
    anew = partial(instead, "qiaojie.sheets.marked_original._Marking.paint", _painted_anew, left_out)
    times = alternated(anew, left_out, RUNS)
    yield against("marked copy, styles copied, to set anew", f"{len(few.rows):,} rows", times, 0.9)
    data = _by_columns(filled)
    times = alternated(partial(_parsed, data), lambda: file_limits.sniff(data, "list.xlsx", Watch()), RUNS)
    yield against("sheet XML searched, against parsed by lxml", size, times, 0.5)


def instead(name: str, other: object, work: Callable[[], object]) -> object:
    """The same work with something else in the place of what a module calls by this name."""
    with mock.patch(name, other):
        return work()


# --- marked copies -------------------------------------------------------------------------------------------------------


def _painted_anew(self: Any, cell: Any, colour: str) -> None:
    """A fill as openpyxl documents it, worked out for each cell."""
    behind = cell.fill.fgColor if cell.fill.fill_type == "solid" else Color(indexed=64)
    cell.fill = PatternFill("solid", fgColor=colour, bgColor=copy(behind))


def _marked(data: bytes, marks: SheetMarks) -> bytes:
    findings = Findings(("",), dict.fromkeys(Level, ""), ("", "", ""), (), ("", "", "", "", "", ""), ())
    return marking.mark(data, "list.xlsx", {MARKED: marks}, findings)


# --- long lists ------------------------------------------------------------------------------------------------------


def _by_columns(filled: Filled) -> bytes:
    """As long lists are written, whatever their length."""
    with mock.patch.object(writing, "LONG", 0):
        return write(filled, "xlsx")


def _drawn(filled: Filled) -> bytes:
    """Cell by cell, as forms of ordinary length are."""
    with mock.patch.object(writing, "LONG", len(filled.rows)):
        return write(filled, "xlsx")


def _bare(filled: Filled) -> Iterator[list[Any]]:
    """The rows with as little done to them as a file needs: days as text, nothing printed for people."""
    for row in filled.rows:
        yield [value.isoformat() if isinstance(value, date) else value for value in row.values()]


def _xlsxwriter(filled: Filled) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(_bare(filled)):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def _openpyxl(filled: Filled) -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in _bare(filled):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


# --- identity numbers ------------------------------------------------------------------------------------------------

_FORMED = re.compile(r"[0-9]{17}[0-9X]")


def sound_in_a_loop(texts: Iterable[str], *, addresses: bool = True) -> set[str]:
    """``columns.sound_numbers`` as a loop that a good developer would write: days of birth are remembered."""
    today = date.today()
    days: dict[str, bool] = {}
    sound = set()
    for text in texts:
        if not _FORMED.fullmatch(text):
            continue
        if addresses and text[:2] not in PROVINCES and not text.startswith(FOREIGNERS):
            continue
        born = text[6:14]
        if born not in days:
            days[born] = _is_day(born, today)
        if days[born] and text[17] == _check(text):
            sound.add(text)
    return sound


def _is_day(text: str, today: date) -> bool:
    try:
        return date(EARLIEST_YEAR, 1, 1) <= date(int(text[:4]), int(text[4:6]), int(text[6:])) <= today
    except ValueError:
        return False


def _check(number: str) -> str:
    return CHECK_CHARACTERS[sum(map(mul, map(int, number[:17]), WEIGHTS)) % 11]


def _one_by_one(texts: Sequence[str]) -> set[str]:
    """The rules as they stand for one value, which also find the words for what is wrong."""
    return {text for text in texts if not read_id(text).findings}


# --- the XML of sheets -----------------------------------------------------------------------------------------------


def _parsed(data: bytes) -> tuple[int, int, int]:
    """What the patterns look for, by the quickest parser there is: how far a sheet reaches in rows and in filled columns, and how
    many rows, columns and cells are to be told of."""
    rows = columns = told = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            with archive.open(part) as stream:
                if not part.startswith("xl/worksheets/") or not part.endswith(".xml"):
                    while stream.read(1 << 20):
                        pass
                    continue
                for _event, element in etree.iterparse(
                    stream, tag=("{*}c", "{*}row", "{*}col"), huge_tree=True
                ):
                    if element.tag.endswith("}c"):
                        address = element.get("r")
                        if len(element):
                            columns = max(columns, len(address.rstrip("0123456789")))
                            told += element.get("t") == "e"
                        continue
                    rows = max(rows, int(element.get("r") or 0))
                    told += element.get("hidden") in ("1", "true")
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
    return rows, columns, told
