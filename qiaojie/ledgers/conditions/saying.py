"""Conditions in sentences: what is required, and of a row what it reaches, what it lacks and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.cells import Label
from qiaojie.lib.dates import print_date
from qiaojie.lib.money import FEN, say_money

from ..declaration import Field, Ledger
from . import resolving
from .evaluating import holds, reader
from .tree import (
    TODAY,
    AgeTerm,
    AllOf,
    AnyOf,
    Bound,
    Contains,
    DaysTerm,
    FieldTerm,
    InPrinciple,
    IsOneOf,
    Known,
    Leaf,
    MeasureTerm,
    Node,
    Not,
    RowKeys,
    SameAs,
    ShareTerm,
    Term,
    leaves,
    proven,
    refuted,
)


@dataclass(frozen=True, slots=True)
class RowStanding:
    """Where a row stands against a condition: what is ``required``, and which of its demands (what stands in its outermost "all")
    are ``reached``, ``missing`` (known to be otherwise) and ``unknown``, each as a sentence."""

    required: str
    reached: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def met(self) -> bool | None:
        """Whether the row meets it; None where that is not known."""
        return False if self.missing else None if self.unknown else True


def required(node: Node, ledger: Ledger) -> str:
    """What a condition asks of a row of a ledger; '' where it asks nothing."""
    return _said(node, ledger, inner=False)


def standing(node: Node, ledger: Ledger, row: Mapping[str, Any]) -> RowStanding:
    """Where a row (typed values by the field's name) stands. What it says of a demand that it misses is told beside it; never
    what is personal."""
    demands = node.parts if isinstance(node, AllOf) else (node,)
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for demand in demands:
        words = required(demand, ledger)
        if holds(proven(demand), row):
            sides[0].append(words)
        elif holds(refuted(demand), row):
            now = _now(demand, ledger, row)
            sides[1].append(_("%(demand)s（现为%(now)s）") % {"demand": words, "now": now} if now else words)
        else:
            sides[2].append(words)
    return RowStanding(required(node, ledger), *map(tuple, sides))


def printed(field: Field, value: Any) -> str:
    """A typed value as a sentence says it; money with its unit."""
    if field.kind == "money" and not isinstance(value, bool) and isinstance(value, int | float | Decimal):
        return say_money(round(value))
    if isinstance(value, date):
        return field.value_kind.print(value) or print_date(value)
    return field.value_kind.print(value, field.unit, field.choices)


def _said(node: Node, ledger: Ledger, *, inner: bool) -> str:
    if isinstance(node, AllOf | AnyOf):
        if not node.parts:
            return "" if isinstance(node, AllOf) else _("没有记录符合")
        several = len(node.parts) > 1
        link = _("，并且") if isinstance(node, AllOf) else _("，或者")
        text = link.join(_said(part, ledger, inner=several) for part in node.parts)
        return _("（%s）") % text if inner and several else text
    if isinstance(node, InPrinciple):
        return _("原则上%s") % _said(node.part, ledger, inner=True)
    if isinstance(node, Not):
        return _denied(node.part, ledger)
    return _leaf(node, ledger)


def _denied(part: Node, ledger: Ledger) -> str:
    if isinstance(part, Known):
        return _("%s没有填写") % _called(part.term, ledger)
    if isinstance(part, IsOneOf):
        return _("%(field)s不是%(value)s") % _values(part, ledger)
    return _("不属于“%s”的情况") % _said(part, ledger, inner=False)


def _leaf(leaf: Leaf, ledger: Ledger) -> str:
    if isinstance(leaf, RowKeys):
        return _("是选定的记录")
    name = _called(leaf.term, ledger)
    if isinstance(leaf, Known):
        return _("%s已填写") % name
    if isinstance(leaf, IsOneOf):
        return _("%(field)s为%(value)s") % _values(leaf, ledger)
    if isinstance(leaf, Contains):
        return _("%(field)s含“%(text)s”") % {"field": name, "text": leaf.text}
    if isinstance(leaf, SameAs):
        return _("%(field)s与%(other)s相同") % {"field": name, "other": _called(leaf.other, ledger)}
    if isinstance(leaf, Bound):
        return _bound(leaf, name, ledger)
    return _("有材料证明%s") % name


def _bound(leaf: Bound, name: str, ledger: Ledger) -> str:
    term = leaf.term
    if leaf.than is TODAY:
        than = _("今天")
    elif isinstance(leaf.than, FieldTerm):
        than = _called(leaf.than, ledger)
    elif isinstance(term, MeasureTerm):
        than = measure_amount(term, leaf.than)
    elif isinstance(term, AgeTerm):
        than = _("%s周岁") % leaf.than
    elif isinstance(term, DaysTerm):
        than = _("%s天") % leaf.than
    else:
        than = printed(_field(term.part if isinstance(term, ShareTerm) else term, ledger), leaf.than)
    days = isinstance(term, FieldTerm) and term.kind in {*resolving.DAYS, resolving.SPAN}
    least = leaf.way == "least"
    if days:
        text = _("%(field)s不早于%(than)s") if least else _("%(field)s不晚于%(than)s")
    else:
        text = _("%(field)s不低于%(than)s") if least else _("%(field)s不高于%(than)s")
    return text % {"field": name, "than": than}


def measure_amount(term: MeasureTerm, number: Any) -> str:
    """A number of a measure with its unit; money (in fen) as sentences say it."""
    if term.unit and term.unit in FEN:
        return say_money(round(number))
    return f"{round(number, 2) if isinstance(number, float | Decimal) else number}{term.unit}"


def _called(term: Term, ledger: Ledger) -> str:
    """What a sentence calls what is compared."""
    if isinstance(term, MeasureTerm):
        return term.label or term.word
    if isinstance(term, AgeTerm):
        return _("%s时的年龄") % _side(term.on, ledger)
    if isinstance(term, DaysTerm):
        if isinstance(term.until, FieldTerm) and term.until.name == term.since.name:
            return _("%s的天数") % _side(term.since, ledger)
        said = {"since": _side(term.since, ledger), "until": _side(term.until, ledger)}
        return _("从%(since)s到%(until)s的天数") % said
    if isinstance(term, ShareTerm):
        return _("%(part)s÷%(whole)s") % {
            "part": _side(term.part, ledger),
            "whole": _side(term.whole, ledger),
        }
    return _side(term, ledger)


def _side(side: FieldTerm | date, ledger: Ledger) -> str:
    return str(_label(side, ledger)) if isinstance(side, FieldTerm) else print_date(side)


def _label(term: FieldTerm, ledger: Ledger) -> Label:
    return _field(term, ledger).label


def _field(term: FieldTerm, ledger: Ledger) -> Field:
    return resolving.meant(ledger, term.name).field


def _values(leaf: IsOneOf, ledger: Ledger) -> dict[str, str]:
    field = _field(leaf.term, ledger)
    return {"field": str(field.label), "value": _("、").join(printed(field, value) for value in leaf.values)}


def _now(demand: Node, ledger: Ledger, row: Mapping[str, Any]) -> str:
    """What a row says where a demand looks at one thing alone; '' where at several, or at what is personal."""
    looked_at = {leaf.term for leaf in leaves(demand) if not isinstance(leaf, RowKeys)}
    if len(looked_at) != 1:
        return ""
    (term,) = looked_at
    value = reader(term, {name: (held,) for name, held in row.items()})(0)
    if value is None or isinstance(term, MeasureTerm):
        return ""
    if isinstance(term, AgeTerm):
        # Of a birth date the age tells nearly as much.
        return "" if _field(term.born, ledger).guarded else _("%s周岁") % value
    if isinstance(term, DaysTerm):
        return _("%s天") % str(value)
    field = _field(term.part if isinstance(term, ShareTerm) else term, ledger)
    return "" if field.guarded else printed(field, value)
