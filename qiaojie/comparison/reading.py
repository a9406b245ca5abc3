"""An outside list as rows that can be compared: typed values, and by what each person is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.intake.public import READ, STEP, Progress, silent
from qiaojie.lib.cells import Context
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Finding, Level, Unusable
from qiaojie.lib.periods import Period
from qiaojie.notices.forms import TableDef
from qiaojie.sheets.book import Sheet
from qiaojie.sheets.reading import read as read_book
from qiaojie.tables.matching import ReadRow, match_all, read_rows

ID, CERTIFICATE = "person.id_number", "person.certificate"
NAME = "person.name"
LEAST = 0.3
"""A list is recognised by this share of its columns, fewer than a form that is handed in: systems export what they like, and what
a list does not say is not compared."""

IDENTITY = frozenset({ID, CERTIFICATE})
"""Fields by which a person is found; they are no values to compare."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """A row of the list: its number in the sheet, its values by field, the numbers that say who it is about; where there are
    none, somebody may be likely by the rest."""

    row: int
    values: Mapping[str, Any]
    id_number: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What can be compared, what was set aside (by reason), and what is wrong with cells: (sheet, cell, finding)."""

    rows: list[Theirs]
    aside: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, str, Finding]] = field(default_factory=list)


def read(data: bytes, name: str, table: TableDef, period: Period, progress: Progress = silent) -> Listed:
    """The rows of a list. Those outside the period, said twice, or about nobody that could be found are set aside.

    Raises Unusable: whatever the reader raises for a file that is none, ``table_not_found``, ``table_empty``.
    """
    book = read_book(data, name)
    found = [
        (sheet, matched)
        for sheet in book.sheets
        if not sheet.hidden
        for matched in match_all(sheet, table.form, LEAST)
        if any(binding.leaf.column.field in {*IDENTITY, NAME} for binding in matched.bindings)
    ]
    if not found:
        labels = "、".join(leaf.label for leaf in table.form.leaves if leaf.column.field)
        text = _("“%(file)s”里没有表“%(table)s”的表头。应有的栏目：%(expected)s。")
        raise Unusable(
            "table_not_found", text % {"file": name, "table": table.form.title, "expected": labels}
        )
    listed = Listed([])
    seen: set[tuple[Any, ...]] = set()
    total = sum(len(matched.rows()) for _sheet, matched in found)
    done = 0
    for sheet, matched in found:
        for row in read_rows(matched, Context()):
            if not done % STEP:
                progress(str(READ), done, total)
            done += 1
            _take(row, sheet, table, period, listed, seen)
    if not listed.rows and not listed.aside:
        raise Unusable("table_empty", _("“%s”里只有表头，没有数据行。") % name)
    return listed


def _take(
    row: ReadRow, sheet: Sheet, table: TableDef, period: Period, listed: Listed, seen: set[tuple[Any, ...]]
) -> None:
    values = {name: value for name, value in (*row.claims.items(), *row.values.items()) if value is not None}
    listed.findings.extend((sheet.name, cell, finding) for _name, cell, finding in row.findings)
    wrong = {name for name, _cell, finding in row.findings if finding.level is Level.ERROR}
    number, certificate = values.pop(ID, ""), values.pop(CERTIFICATE, "")
    if not number and not certificate and (NAME in wrong or not values.get(NAME)):
        listed.aside["unread"] += 1
        if not wrong & IDENTITY:
            text = _("没有身份证号，也没有残疾人证号，又没有姓名，不能比对。")
            cell = next((cell for cell, _raw in row.cells.values()), f"A{row.number}")
            listed.findings.append((sheet.name, cell, Finding("id_missing", text)))
        return
    key = (number, certificate, *sorted((name, repr(value)) for name, value in values.items()))
    if key in seen:
        listed.aside["twice"] += 1
        return
    seen.add(key)
    day = _day(values.get(table.period_field))
    if day is not None and not period.contains(day):
        listed.aside["outside"] += 1
        return
    listed.rows.append(Theirs(row.number, values, number, certificate))


def _day(value: Any) -> date | None:
    if isinstance(value, DateSpan):
        return value.ends or value.begins
    return value if isinstance(value, date) else None
