"""The ledgers and fields that notices name, by their words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Unusable


def ledger_of(code: str) -> Ledger:
    """The ledger of that code. Raises Unusable ``ledger_unknown`` with the codes there are."""
    try:
        return declaration.get(code)
    except KeyError as unknown:
        text = _("没有台账“%(code)s”。现有：%(known)s。")
        known = "、".join(ledger.code for ledger in declaration.every())
        raise Unusable("ledger_unknown", text % {"code": code, "known": known}) from unknown


def field_of(ledger: Ledger, name: str) -> Field:
    """A field by its name, also one of a row that the ledger refers to (``person.phone``).

    Raises Unusable ``field_unknown`` with the names there are.
    """
    first, _dot, rest = name.partition(".")
    try:
        return ledger.field(name)
    except KeyError as unknown:
        if rest and first in ledger.parts:
            part = declaration.get(ledger.parts[first].ledger)
            if any(field.name == rest for field in part.fields):
                return part.field(rest)
        text = _("台账“%(ledger)s”没有字段“%(field)s”。现有：%(known)s。")
        known = "、".join(field.name for field in ledger.fields)
        message = text % {"ledger": ledger.label, "field": name, "known": known}
        raise Unusable("field_unknown", message) from unknown
