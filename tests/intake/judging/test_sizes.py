"""What a column cannot hold is an error at the cell that says how much it holds: on both databases, for every ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from qiaojie.intake import services
from qiaojie.intake.editing import parse
from qiaojie.intake.judging import planning, sizes
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Context, kind
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.forms import TableDef
from qiaojie.notices.shape import KeptField, Piece
from qiaojie.regions.models import Region

from .. import material

pytestmark = pytest.mark.django_db

PLAIN = {
    "text": "竹编", "address": "江东街道", "region": "江东街道", "integer": "1", "money": "100", "percent": "50%",
    "date": "2023-06-01",
    "month": "2023-06", "date_span": "2023-06-01—2023-06-10", "phone": "13800001234", "yes_no": "是", "ordinal": "1",
}  # fmt: skip
TABLES = [standard.name_of(ledger) for ledger in declaration.every() if ledger.entered]


def bounded(table: TableDef) -> Iterator[tuple[Piece, KeptField, Any]]:
    """Every field of a table whose column is bounded and may be told a text or a number that does not fit."""
    for piece in table.shape.pieces:
        for target in piece.targets:
            kept = sizes.column_of(piece, target.column) if target.column else None
            if kept is None or target.field.kind in ("choice", "yes_no", "id_number", "certificate", "phone"):
                continue
            if target.field.kind in ("text", "name") and kept.max_length:
                yield piece, target, "长" * (kept.max_length + 1)
            elif kept.get_internal_type() in sizes.NUMBERS and target.field.kind == "integer":
                yield piece, target, str(2**31 if "Small" not in kept.get_internal_type() else 40_000)


def written(table: TableDef, said: dict[str, str]) -> bytes:
    """A row of the table as csv: a plain text in every column but those that are said."""
    leaves = [leaf for leaf in table.form.leaves if leaf.column.field]
    row = []
    for leaf in leaves:
        name, word = leaf.column.field or "", leaf.column.kind
        plain = PLAIN.get(word, "")
        if word == "name":
            plain = material.name(1)
        elif word == "id_number":
            plain = material.id_number(1)
        elif word == "certificate":
            plain = material.certificate(1)
        elif word == "choice":
            plain = str(next(iter((leaf.column.choices or {}).values())))
        row.append(said.get(name, plain))
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([leaf.label for leaf in leaves])
    lines.writerow(row)
    return text.getvalue().encode()


@pytest.mark.parametrize("name", TABLES)
def test_what_does_not_fit_is_an_error_at_its_cell(name: str, fuling: Region, approver: Viewer) -> None:
    table = notices.table(name)
    for _piece, target, text in bounded(table):
        source = Source(written(table, {target.name: text}), "表.csv", table, fuling, 2023)
        for by_columns in (True, False):
            plan = planning.make(source, approver, by_columns=by_columns)
            found = [
                issue
                for issue in plan.issues
                if issue.code in ("text_too_long", "number_too_large") and issue.field == target.name
            ]
            assert [issue.level for issue in found] == [Level.ERROR], (target.name, by_columns)
            assert str(len(text) - 1 if text[0] == "长" else "") in found[0].message
            assert found[0].cell.endswith("2")


def test_every_bounded_text_of_the_ledgers_is_among_them() -> None:
    counted = sum(len(list(bounded(notices.table(name)))) for name in TABLES)
    assert counted > 40


def test_a_name_whose_compared_form_does_not_fit(fuling: Region, approver: Viewer) -> None:
    """U+FDFA is one character, and eighteen where names are compared."""
    table = notices.table(material.ROSTER)
    row = material.person_row(1, name="李\ufdfa\ufdfa\ufdfa\ufdfa\ufdfa")
    plan = services.plan(material.roster([row]), "名册.xlsx", table, fuling, approver)
    assert "text_too_long" in {issue.code for issue in plan.issues}


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x1b", "\ud800", "\x7f", "\u200b", "\x9d"])
def test_signs_that_nobody_sees_are_no_part_of_any_value(sign: str) -> None:
    for code in ("text", "address", "name", "region"):
        assert kind(code).parse(f"竹{sign}编{sign}", Context()).value == "竹编"


def test_a_row_that_is_changed_by_hand_is_held_to_the_same() -> None:
    ledger = declaration.get("classes")
    for name, text in (("title", "长" * 121), ("planned_headcount", str(10**9 * 3))):
        field = ledger.field(name)
        _value, errors = parse(field, ledger.model, field.column, text)
        assert len(errors) == 1
    assert parse(
        declaration.get("incomes").field("month"), declaration.get("incomes").model, "month", "2023年6月"
    ) == (
        date(2023, 6, 1),
        [],
    )
