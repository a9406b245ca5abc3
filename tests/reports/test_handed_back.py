"""Our own form handed back untouched changes nothing, whatever the form and whatever the format."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services as intake
from qiaojie.intake.judging.plan import Plan
from qiaojie.ledgers import declaration
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Unusable
from qiaojie.lib.identity import check_digit
from qiaojie.lib.periods import Period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.people.models import Sex
from qiaojie.regions.models import Region
from qiaojie.reports import filling
from qiaojie.tables.form import Form, Leaf
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from tests.kept import rolled_back, settle
from tests.regions.small import plant

pytestmark = pytest.mark.django_db

ROWS = 6
FORMATS = ("xlsx", "csv", "docx", "html")
NAMES = ("李桂芳", "王㵲", "陈秀英", "张兰", "周红梅", "吴琼")


def tables() -> Iterator[str]:
    """Every table that can be taken in and drawn: of notices, of outside systems, of the ledgers of facts."""
    names = [
        f"{one.code}/{table.code}" for one in (*notices.every(), *notices.systems()) for table in one.tables
    ]
    facts = [ledger for ledger in declaration.every() if ledger.approved and ledger.entered]
    for name in [*names, *(f"ledgers/{ledger.code.replace('_', '-')}" for ledger in facts)]:
        try:
            held = notices.table(name)
            # What only looks up what it names is tried with rows that are there (tests.declared).
            if not all(piece.made for piece in held.shape.parts):
                continue
        except Unusable:
            continue
        if held.rows == "ledger":
            yield name


def number(row: int) -> str:
    body = f"500000{1975 + row}0{1 + row}1{row}{row:02}{row * 2 % 10}"
    return body + check_digit(body)


def value(leaf: Leaf, form: Form, row: int, year: int, lead: str) -> Any:
    """Something plausible for a column; ``lead`` begins the names of things."""
    column = leaf.column
    if column.computed or column.field is None or column.field.endswith("birth_date"):
        return None
    if column.field.endswith("sex"):
        return Sex.FEMALE
    if "年份" in str(column.label):
        return year
    if column.tick is not None or column.choices:
        codes = (
            sorted(form.tick_choices(column.field)) if column.tick is not None else [*(column.choices or {})]
        )
        return next((code for code in codes[row % len(codes) :] if code), None)
    day = date(year, 3 + row % 6, 4 + row)
    known: dict[str, Any] = {
        "text": f"{lead}{'甲乙丙丁戊己'[row]}" if column.field.endswith(("title", "name")) else "竹编，布艺",
        "address": "江东街道群沱子路12号",
        "name": NAMES[row],
        "region": "涪陵区",
        "integer": 3 + row,
        "money": 123_456 + row * 1_111,
        "date": day,
        "month": day.replace(day=1),
        "date_span": DateSpan(day, day.replace(day=20)),
        "id_number": number(row),
        "certificate": f"{number(row)}43",
        "phone": f"1390000000{row}",
        "yes_no": row % 2 == 0,
    }
    if column.kind == "date" and column.field.endswith("ends"):
        return day.replace(day=20)
    return known.get(column.kind)


def made(table: TableDef, year: int) -> bytes:
    """The form filled with rows that something of every kind stands in."""
    rows = [
        {
            leaf.column.field: value(leaf, table.form, row, year, "红叶手工")
            for leaf in table.form.leaves
            if leaf.column.field
        }
        for row in range(ROWS)
    ]
    said = {"region": "涪陵区", "base.name": "红叶手工社", "base.kind": "base", "base.head": "周桂兰"}
    return write(Filled(table.form, said, rows), "xlsx")


@pytest.fixture(scope="module")
def tree(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The small tree of regions, planted once."""
    with django_db_blocker.unblock(), rolled_back():
        plant()
        settle()
        yield


@pytest.fixture
def fuling(tree: None, db: None) -> Region:
    return Region.objects.get(short_name="涪陵区")


def taken_in(table: TableDef, year: int, region: Region) -> Plan:
    viewer = SystemViewer()
    planned = intake.plan(made(table, year), "表.xlsx", table, region, viewer, year)
    if planned.to_write:
        intake.commit(planned, viewer, "试")
    return planned


@pytest.mark.parametrize("name", list(tables()))
def test_a_form_that_comes_back_as_it_was_filled_changes_nothing(name: str, fuling: Region) -> None:
    table = notices.table(name)
    year = 2023 if name.startswith(("ledgers/", "cdpf")) else notices.notice(table.notice).span.ends.year
    planned = taken_in(table, year, fuling)
    assert planned.to_write, [issue.message for issue in planned.issues][:5]
    viewer = SystemViewer()
    for form in FORMATS:
        try:
            data = filling.write(table, fuling, Period.of_year(year), form, viewer)
        except Unusable as fault:
            pytest.fail(fault.message)
        back = intake.plan(data, f"表.{form}", table, fuling, viewer)
        told = [(issue.cell, issue.message) for issue in back.issues if issue.level == "error"]
        changes = [(one.cell, one.column, one.before, one.after) for one in back.changes]
        counts = {str(verdict): count for verdict, count in back.counts.items() if count}
        assert (counts, changes, told) == ({"same": len(back.rows)}, [], []), form
        assert len(back.rows) >= planned.to_write > 0
