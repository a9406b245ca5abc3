"""Every form of the notices that come with the product: filled with any rows, written, handed in, the same rows."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.identity import check_digit
from qiaojie.lib.text import is_ditto
from qiaojie.lib.values import Context, kind
from qiaojie.notices import loading
from qiaojie.notices.forms import TableDef, build, matrix_form
from qiaojie.notices.matrix import Show
from qiaojie.sheets.reading import read
from qiaojie.tables.form import Form, Leaf
from qiaojie.tables.grid import Filled
from qiaojie.tables.lines import is_total
from qiaojie.tables.matching import Match, match, read_captions, read_rows
from qiaojie.tables.writing import write
from tests.rounds import examples

SHIPPED = [parent for parent in django_settings.NOTICE_DIRS if parent != django_settings.OWN_NOTICES]
"""Where the notices lie that come with the product; those of an installation are its own."""


def _tables() -> dict[str, TableDef]:
    folders = [loading.read(path) for parent in SHIPPED for path in loading.folders(parent)]
    held = [folder.notice for folder in folders if folder.notice is not None]
    return {
        f"{notice.code}/{table.code}": build(notice, table, "") for notice in held for table in notice.tables
    }


TABLES = _tables()
FORMS = {name: table.form for name, table in TABLES.items()}
_WORK = next(
    folder.notice
    for parent in SHIPPED
    for path in loading.folders(parent)
    if (folder := loading.read(path)).notice is not None and folder.path.name == "chongqing-work-2023"
)
FORMS |= {
    f"chongqing-work-2023/tasks-2023 {show.value}": matrix_form(_WORK, "tasks-2023", show)
    for show in Show
    if show is not Show.TARGET
}
CAPTIONS = {"region": "涪陵区", "date": date(2023, 7, 25), "on": date(2023, 7, 25), "year": "2023"}


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
    return body + check_digit(body)


CHARACTERS = "竹编布艺串珠㵲𬭎沙子镇村，（）一二=+-@'\"<>&;" + string.ascii_letters + string.digits
_texts = st.text(CHARACTERS, min_size=2, max_size=14).filter(_stands("text"))
_days = st.dates(date(2015, 1, 1), date(2026, 12, 31))
_numbers = st.integers(0, 99_999)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": _texts,
    "address": _texts,
    "name": st.text("李桂王琴卫兰芳梅㵲𬭎玉", min_size=2, max_size=4).filter(_stands("name")),
    "region": st.text("沙子镇马武江东街道", min_size=2, max_size=8).filter(_stands("region")),
    "integer": _numbers,
    "ordinal": st.none(),
    "money": st.integers(0, 10**9),
    "percent": st.integers(0, 1500).map(lambda share: Decimal(share) / 1000),
    "date": _days,
    "date_span": st.tuples(_days, _days).map(lambda pair: DateSpan(min(pair), max(pair))),
    "id_number": st.integers(0, 10**6).map(_id),
    "certificate": st.integers(0, 10**6).map(lambda number: _id(number) + "43"),
    "phone": st.integers(13000000000, 19999999999).map(str),
    "yes_no": st.booleans(),
}


def _values(form: Form, leaf: Leaf) -> st.SearchStrategy[Any]:
    column = leaf.column
    if column.tick is not None:
        return st.sampled_from(sorted(form.tick_choices(column.field or "")))
    if column.choices:
        return st.sampled_from(sorted(column.choices))
    return KINDS[column.kind]


def rows_of(form: Form) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of a form: every row has something in its first column that is no number, so that it is a row."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    anchored = False
    for leaf in form.leaves:
        name = leaf.column.field
        if name is None or name in fields:
            continue
        values = _values(form, leaf)
        wanted = leaf.column.kind in ("text", "name", "region", "date_span")
        fields[name] = values if wanted and not anchored else st.none() | values
        anchored = anchored or wanted
    return st.lists(st.fixed_dictionaries(fields), max_size=5)


def handed_in(
    form: Form, rows: list[dict[str, Any]], format: str, captions: dict[str, Any] = CAPTIONS
) -> Match:
    found = match(read(write(Filled(form, captions, rows), format), f"表.{format}").sheets[0], form)
    assert found is not None
    return found


@pytest.mark.parametrize("format", ["xlsx", "docx"])
@pytest.mark.parametrize("name", FORMS)
@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_any_rows_come_back_as_they_were(name: str, format: str, data: st.DataObject) -> None:
    form = FORMS[name]
    rows = data.draw(rows_of(form))
    found = handed_in(form, rows, format)
    assert (found.header.recall, found.header.precision, found.missing, found.extra) == (1, 1, (), ())
    back = read_rows(found, Context())
    ordinals = [
        leaf.column.field for leaf in form.leaves if leaf.column.kind == "ordinal" and leaf.column.field
    ]
    want = [{**row, **dict.fromkeys(ordinals, place)} for place, row in enumerate(rows, start=1)]
    assert [{**row.values, **row.claims} for row in back] == want
    computed = {leaf.column.field for leaf in form.leaves if leaf.column.computed}
    assert all(set(row.claims) == computed and not computed & set(row.values) for row in back)
    if "region" in {part.field for part in form.captions}:
        assert read_captions(found, Context())["region"][0].value == "涪陵区"


@pytest.mark.parametrize("format", ["xlsx", "docx"])
@pytest.mark.parametrize("name", FORMS)
def test_a_blank_is_known_for_what_it_is(name: str, format: str) -> None:
    form = FORMS[name]
    found = match(read(write(Filled(form, blank=True), format), f"表.{format}").sheets[0], form)
    assert found is not None
    assert found.header.recall == 1
    back = read_rows(found, Context())
    assert all(value is None for row in back for key, value in row.values.items() if key != "ordinal")


def test_the_six_help_tables_have_the_columns_of_the_notice() -> None:
    codes = ("handicraft", "housekeeping", "ecommerce", "tourism", "farming", "processing")
    counts = [len(FORMS[f"chongqing-bases-2020/help-{code}"].leaves) for code in codes]
    assert counts == [12, 13, 12, 13, 13, 12]


def test_the_task_table_is_drawn_as_the_notice_prints_it() -> None:
    form = FORMS["chongqing-work-2023/tasks-2023"]
    assert (form.depth, form.total, len(form.leaves)) == (3, "first", 12)
    assert form.leaves[0].column.diagonal == ("项目", "区县")
    units = [leaf.unit for leaf in form.leaves[1:]]
    assert units == ["人次", "个", *["人"] * 8, "场次"]


@pytest.mark.parametrize("code", ["tourism", "farming"])
@pytest.mark.parametrize("format", ["xlsx", "docx"])
def test_a_column_of_other_bases_stays_empty_and_is_pointed_out(code: str, format: str) -> None:
    form = FORMS[f"chongqing-bases-2020/help-{code}"]
    row = {"person.name": "李桂", "employed": True, "base.kind": "home_workshop"}
    captions = {"base.kind": "home_workshop", "base.name": "竹编工坊"}
    back = read_rows(handed_in(form, [row], format, captions), Context())
    assert (back[0].values["employed"], back[0].findings) == (None, ())

    typed = read_rows(handed_in(form, [{**row, "base.kind": None}], format, captions), Context())
    assert typed[0].values["employed"] is None
    assert [(name, finding.code) for name, _cell, finding in typed[0].findings] == [
        ("employed", "not_applicable")
    ]
    own = read_rows(handed_in(form, [{**row, "base.kind": None}], format, {"base.kind": "base"}), Context())
    assert (own[0].values["employed"], own[0].findings) == (True, ())


def test_the_same_form_of_another_year_is_named() -> None:
    form = FORMS["chongqing-bases-2020/help-farming"]
    sheet = read(write(Filled(form, {}, [{"person.name": "李桂"}]), "xlsx"), "表.xlsx").sheets[0]
    sheet.rows[0][0] = str(sheet.rows[0][0]).replace("2020", "2021")
    found = match(sheet, form)
    assert found is not None
    assert [(cell, finding.code) for cell, finding in found.findings] == [("A1", "form_other_version")]
    assert "2021" in found.findings[0][1].message
