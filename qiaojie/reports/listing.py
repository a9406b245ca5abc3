"""A ledger as a file: exactly the rows and values that its list shows to this viewer, masks included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.accounts.exports import watermark
from qiaojie.accounts.names import told
from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Action, Sight, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

FORMATS = ("xlsx", "csv", "docx")
MOST = 100_000
"""Rows of one file; who needs more narrows the list first."""


def export(
    ledger: Ledger,
    viewer: Viewer,
    where: Mapping[str, Any],
    form: str,
    purpose: str,
    *,
    names: Sequence[str] = (),
    order: queries.Order | None = None,
) -> bytes:
    """The rows of a ledger that the viewer may see and that meet ``where``, as a file; logged.

    ``names`` are the fields (those that a list shows by itself, if none), ``order`` that of the rows (oldest first, if
    none). Raises Refused where the role may not export, Unusable ``purpose_missing`` (the rows speak of people),
    ``export_too_long``, ``format_unknown``.
    """
    subject = f"{ledger.code}.{form}"
    demand(viewer, Action.EXPORT, subject)
    if form not in FORMATS:
        raise Unusable("format_unknown", _("不能导出为“%s”。") % form[:20])
    fields = tuple(ledger.field(name) for name in names) or queries.listed(ledger, viewer)
    if any(field.guarded for field in fields) and not purpose.strip():
        raise Unusable("purpose_missing", _("这个台账含有个人信息，请写明导出的用途。"))
    rows_wanted = queries.rows(ledger, viewer, where)
    ordered = queries.ordered(ledger, viewer, rows_wanted, order) if order else rows_wanted.order_by("pk")
    found = list(queries.shown(ledger, viewer, ordered[: MOST + 1], fields))
    if len(found) > MOST:
        raise Unusable("export_too_long", _("超过 %s 条，请先筛选再导出。") % f"{MOST:,}")
    found = list(told(fields, found))
    whole = {field.name for field in fields if sight.registered(ledger, field, viewer) is Sight.WHOLE}
    rows = [
        {name: cell.value if name in whole else cell.text for name, cell in row.cells.items()}
        for row in found
    ]
    columns = tuple(_column(field, whole=field.name in whole) for field in fields)
    content = write(
        Filled(Form(ledger.code, str(ledger.label), columns), {}, rows, mark=watermark(viewer)), form
    )
    viewer.note(Action.EXPORT, subject, rows=len(rows), purpose=purpose)
    return content


def _column(field: Field, *, whole: bool) -> Column:
    """A masked value is a text; any other is typed, so that numbers and dates stay such in a workbook."""
    label = str(field.label)
    if not whole:
        return Column(label, field.name)
    choices = {code: str(name) for code, name in field.choices.items()} or None
    return Column(label, field.name, field.kind, field.unit, choices=choices)
