"""Any rows, written and read back, are the same rows: for forms of every shape and every format that is read."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.text import is_ditto
from qiaojie.lib.values import Context, kind
from qiaojie.sheets.reading import read
from qiaojie.tables import writing
from qiaojie.tables.grid import Filled
from qiaojie.tables.lines import TAKEN_OUT, is_total
from qiaojie.tables.matching import match, read_captions, read_rows, read_totals
from qiaojie.tables.writing import write
from tests.rounds import examples

from .forms import CLASSES, HELP, LIST, MATRIX, form


def _stands(code: str):
    """Texts that mean themselves: not a mark for nothing or for "as above"."""

    def check(text: str) -> bool:
        return (
            kind(code).parse(text, Context()).value == text
            and not is_ditto(text)
            and not is_total(text, "合计")
        )

    return check


def _id(number: int) -> str:
    body = f"500000{1950 + number % 60}{1 + number % 12:02}{1 + number % 28:02}{number % 500 * 2:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return (
        body
        + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    )


CHARACTERS = "竹编布艺串珠㵲𬭎沙子镇村计合备注：，（）一二=+-@'\"<>&;" + string.ascii_letters + string.digits
texts = (
    st.text(CHARACTERS, min_size=2, max_size=14)
    .filter(_stands("text"))
    .filter(lambda text: text[-1] not in ":：")
)
names = st.text("李桂王琴卫兰芳梅㵲𬭎玉", min_size=2, max_size=4).filter(_stands("name"))
places = st.text("沙子镇马武江东街道", min_size=2, max_size=8).filter(_stands("region"))
counts = st.integers(0, 99_999)
days = st.dates(date(2015, 1, 1), date(2026, 12, 31))
spans = st.tuples(days, days).map(lambda pair: DateSpan(min(pair), max(pair)))


def rows(**fields: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(fields), max_size=6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


SHAPES = {
    "list": (
        LIST,
        rows(
            name=names,
            id=maybe(st.integers(0, 10**6).map(_id)),
            home=maybe(places),
            phone=maybe(st.integers(13000000000, 19999999999).map(str)),
            ended=maybe(days),
            employed=maybe(st.booleans()),
            presence=maybe(st.integers(0, 1000).map(lambda share: Decimal(share) / 1000)),
            remark=maybe(texts),
        ),
    ),
    "classes": (
        CLASSES,
        rows(
            dates=spans,
            title=texts,
            craft=maybe(texts),
            all=maybe(counts),
            women=maybe(counts),
            cost=maybe(st.integers(0, 10**9)),
            each=maybe(st.integers(0, 10**7)),
            source=maybe(st.sampled_from(["city", "county"])),
        ),
    ),
    "help": (
        HELP,
        rows(
            name=names,
            dates=maybe(spans),
            income=maybe(st.integers(0, 10**9)),
            type=maybe(st.sampled_from(["poor", "left", "other"])),
            remark=maybe(texts),
        ),
    ),
    "matrix": (MATRIX, rows(unit=names, **{f"c{n}": maybe(counts) for n in range(1, 8)})),
}
CAPTIONS = {
    "region": "涪陵区",
    "date": date(2019, 7, 25),
    "base": "竹编专业合作社",
    "kind": "扶贫车间",
    "clerk": "李桂",
}


@pytest.mark.parametrize("total", [None, "first", "last"])
@pytest.mark.parametrize("format", ["xlsx", "docx", "csv"])
@pytest.mark.parametrize("shape", SHAPES)
@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_what_is_written_is_read_back(shape, format, total, data):
    mapping, strategy = SHAPES[shape]
    # A line that has its number only is there to be filled in: nobody says anything with it.
    given_rows = [row for row in data.draw(strategy) if any(value is not None for value in row.values())]
    drawn = form(mapping, total=total)
    book = read(write(Filled(drawn, CAPTIONS, given_rows), format), f"表.{format}")
    found = match(book.sheets[0], drawn)
    assert found is not None
    assert (found.header.recall, found.header.precision, found.missing, found.extra) == (1, 1, (), ())
    back = read_rows(found, Context())
    assert [row.findings for row in back if any(f.level == "error" for _n, _a, f in row.findings)] == []
    assert [{**row.values, **row.claims} for row in back] == given_rows

    sums = read_totals(found, Context())
    assert len(sums) == (1 if total else 0)
    for name, said in sums[0].values.items() if sums else ():
        column = next(leaf.column for leaf in drawn.leaves if leaf.column.field == name)
        values = [row[name] for row in given_rows if row[name] is not None]
        assert said == (sum(values) if column.total and values else None)

    said = read_captions(found, Context())
    assert {name: parsed.value for name, (parsed, _address) in said.items()} == {
        part.field: CAPTIONS.get(part.field) for part in (*drawn.captions, *drawn.signatures) if part.field
    }


@pytest.mark.parametrize("format", ["xlsx", "docx", "csv"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_blank_form_is_recognised_and_holds_no_rows(shape, format):
    drawn = form(SHAPES[shape][0])
    found = match(read(write(Filled(drawn, blank=True), format), f"表.{format}").sheets[0], drawn)
    assert found is not None
    rows_read = read_rows(found, Context())
    assert all(value is None for row in rows_read for value in row.values.values())


@pytest.mark.parametrize("made_by", ["xlsx", "docx", "csv", "csv through a spreadsheet", "long"])
def test_the_line_that_says_who_took_a_file_out_is_no_row(
    made_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if made_by == "long":
        monkeypatch.setattr(writing, "LONG", 1)
    rows = [{"name": "李桂", "home": "沙子镇"}, {"name": "王琴", "home": "马武镇"}]
    listed = form(LIST)
    # Without running numbers the line stands under the names.
    unnumbered = replace(listed, columns=listed.columns[1:])
    for declared in (listed, replace(listed, bare=True), unnumbered, replace(unnumbered, bare=True)):
        filled = Filled(declared, {}, rows, mark=f"clerk 2026-01-02 10:20 {TAKEN_OUT}")
        data = write(filled, made_by[:4].replace("long", "xlsx").replace("csv ", "csv"))
        if made_by.startswith("csv "):
            # A spreadsheet that saves a csv fills every line up to the same number of cells.
            lines = data.decode("utf-8-sig").splitlines()
            most = max(line.count(",") for line in lines)
            data = "\n".join(line + "," * (most - line.count(",")) for line in lines).encode("utf-8-sig")
        name = f"a.{'csv' if made_by.startswith('csv') else 'docx' if made_by == 'docx' else 'xlsx'}"
        found = [
            row for sheet in read(data, name).sheets for row in read_rows(match(sheet, declared), Context())
        ]
        assert [row.values["name"] for row in found] == ["李桂", "王琴"]
