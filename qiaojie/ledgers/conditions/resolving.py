"""Which field of a ledger a name in a condition means, and where a query finds its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field as Column
from django.db.models import Model
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .. import declaration
from ..declaration import Field, Ledger
from .tree import FieldTerm

SPAN = "date_span"
DAYS = frozenset({"date", "month"})
NUMBERS = frozenset({"integer", "money", "percent", "ordinal"})
_NEVER_EMPTY = DAYS | NUMBERS | {SPAN, "yes_no"}
_SEALED_KINDS = frozenset({"id_number", "certificate", "phone"})
"""Kinds of what is worked out of encrypted columns, of which a query knows the bytes alone."""


@runtime_checkable
class CodeList(Protocol):
    """Choices that stand one under another: a county's own word under the national one."""

    def under(self, code: str) -> frozenset[str]:
        """The codes that stand under one, at any depth."""
        ...


@dataclass(frozen=True, slots=True)
class Meant:
    """The field that a name means, and its column seen from the ledger's own rows (``until``: of a span's last day).

    ``bare`` is its name in the ledger that keeps it, ``ledger`` that one's code.
    """

    field: Field
    column: str
    until: str = ""

    @property
    def emptiable(self) -> bool:
        """Whether '' in its column says that nothing is known."""
        return self.field.value_kind.code not in _NEVER_EMPTY and "" not in self.field.choices


def meant(ledger: Ledger, name: str) -> Meant:
    """The field of a ledger by its name, also one of a row that its rows refer to (``person.phone``). Raises Unusable
    ``field_unknown`` naming what there is."""
    for own in ledger.fields:
        if own.name == name:
            return Meant(own, own.column, own.until)
    word, _dot, rest = name.partition(".")
    part = ledger.parts.get(word) if rest else None
    if part is not None:
        for theirs in declaration.get(part.ledger).fields:
            if theirs.name == rest:
                until = f"{part.attribute}__{theirs.until}" if theirs.until else ""
                column = "" if theirs.expression is not None else f"{part.attribute}__{theirs.column}"
                return Meant(theirs, column, until)
    text = _("台账“%(ledger)s”没有字段 %(field)s。")
    raise Unusable("field_unknown", text % {"ledger": ledger.label, "field": name[:60]})


def term(ledger: Ledger, name: str, *, last: bool = False) -> FieldTerm:
    """A field as a condition takes it. Raises Unusable ``field_unknown``."""
    found = meant(ledger, name)
    kind = found.field.kind
    # A text that is never empty needs no look at whether it is.
    empty = kind not in _NEVER_EMPTY and not found.emptiable
    return FieldTerm(name, kind, empty, last and kind == SPAN)


def under(choices: Mapping[Any, Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The codes that stand under some of a list of codes, in their order, without these; () of choices that are no such list."""
    if not isinstance(choices, CodeList):
        return ()
    found = frozenset[str]().union(*(choices.under(one) for one in values if isinstance(one, str)))
    return tuple(sorted(found.difference(values)))


def sealed(ledger: Ledger, found: Meant) -> bool:
    """Whether what the field keeps is encrypted, so that no query can be asked what it says."""
    if found.field.expression is not None or not found.column:
        return found.field.kind in _SEALED_KINDS
    column = _stored(ledger.model, found.column)
    return column is not None and column.get_lookup("exact") is None


def _stored(model: type[Model], path: str) -> Column[Any, Any] | None:
    *way, last = path.split("__")
    try:
        for step in way:
            model = model._meta.get_field(step).related_model  # type: ignore[assignment]
        found = model._meta.get_field(last)
    except (FieldDoesNotExist, AttributeError):
        return None
    return found if isinstance(found, Column) else None
