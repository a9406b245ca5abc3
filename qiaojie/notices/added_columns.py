"""Columns that offices add to a form: who issued a certificate, and whatever else the form's ledger keeps."""

from __future__ import annotations

from collections.abc import Container, Iterator

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.ledgers.declaration import Ledger
from qiaojie.people.ledger import ISSUED_BY
from qiaojie.tables.form import Column, Form

from .shape import GIVEN

ISSUER_HEADERS = (
    "发证机关",
    "发证单位",
    "发证区县",
    "发证县区",
    "发证机构",
    "发证县（区）",
    "发证区（县）",
    "残疾人证发证残联",
    "残疾人证发证机关",
    "残疾人证发证单位",
    "残疾证发证机关",
    "残疾证发证单位",
)
"""What offices write over a column that says which federation issued the certificate."""


def accepted(ledger: Ledger, form: Form) -> Iterator[Column]:
    """Columns that offices add to a list of certificates though the form has none: who issued them."""
    for word in ("", *(f"{part}." for part in ledger.parts)):
        known = {field.name: field for field in ledger.fields}
        named, number = known.get(f"{word}{ISSUED_BY}"), f"{word}certificate"
        taken = {leaf.column.field for leaf in form.leaves if not leaf.column.computed}
        if named is not None and number in taken and named.name not in form.fields:
            yield Column(str(named.label), named.name, named.kind, headers=ISSUER_HEADERS, beside=number)


_OUR_OWN = frozenset({"unit", "state", *GIVEN})
"""Fields that say nothing of the fact but who filed it, and how far it has come."""


def lent(ledger: Ledger, form: Form, fixed: Container[str]) -> Iterator[Column]:
    """Fields of the ledger that the form has no column for: where an office adds one under the ledger's own label, it is read.

    Not what the table fixes for all its rows, what is worked out, what would tell one row from another, and what only a form
    orders that names it.
    """
    taken = {*form.readable_fields, *(part.field for part in form.captions)}
    words = {name.partition(".")[0] for name in form.fields if "." in name}
    # A column of both days holds what a column of one would.
    spans = [each for each in ledger.fields if each.until and each.name in form.fields]
    kept = {path for each in spans for path in (each.path, each.until)}
    if not ledger.key:
        return
    for one in ledger.fields:
        word, dot, bare = one.name.partition(".")
        number = one.kind == "certificate" and dot and word in words
        if (
            one.name in taken
            or one.name in fixed
            or one.name in _OUR_OWN
            or (one.expression is not None and not number)
            or one.until
            or not one.asked
            or one.account
            or one.on_order
            or one.shown_by
            or one.column in kept
            or (dot and (word not in words or bare in _OUR_OWN))
        ):
            continue
        yield Column(
            str(one.label),
            one.name,
            "month" if one.whole_month else one.kind,
            one.unit,
            choices={code: str(label) for code, label in one.choices.items()} or None,
            headers=one.headers,
            lent=True,
        )


def unkept(form: Form, key: str, file: str) -> Iterator[Fault]:
    """``column_not_kept`` for each column that is drawn for whoever fills the form in, and has no field of a ledger."""
    text = _("“%s”一栏没有台账字段：打印出来有人填，交回来却留不下。")
    text += _("请给台账加一栏（见 docs/add-a-ledger.md），再写上 field；不要的，删去这一栏。")
    for leaf in form.leaves:
        if leaf.column.by_hand:
            yield Fault(file, f"{key}.columns", "column_not_kept", text % leaf.label)
