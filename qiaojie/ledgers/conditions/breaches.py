"""Limits as conditions: when a row breaks one. What a row does not state breaks none but those that require it."""

from __future__ import annotations

from collections.abc import Iterable

from ..declaration import Ledger
from ..limits import Limit
from . import reading, resolving
from .tree import (
    NOTHING,
    TODAY,
    AgeTerm,
    Bound,
    DaysTerm,
    FieldTerm,
    IsOneOf,
    Known,
    Node,
    Not,
    ShareTerm,
    Term,
    both,
    either,
    fields,
    refuted,
)


def breach(limit: Limit, ledger: Ledger) -> Node:
    """The condition that a row breaks a limit: it is one of those meant (``when``), and its field is known to be otherwise, or is
    not stated though it must be. Raises Unusable ``field_unknown``."""
    held = measured(limit, ledger)
    first = _edge(limit, ledger, held, last=False)
    last = _edge(limit, ledger, held, last=True)
    asked: list[Node] = []
    if limit.least is not None:
        asked.append(Bound(first, "least", limit.least))
    if limit.at_least:
        asked.append(Bound(first, "least", resolving.term(ledger, limit.at_least)))
    if limit.most is not None:
        asked.append(Bound(last, "most", limit.most))
    if limit.at_most:
        asked.append(Bound(last, "most", resolving.term(ledger, limit.at_most, last=True)))
    if limit.past:
        asked.append(Bound(last, "most", TODAY))
    field = resolving.term(ledger, limit.field)
    if limit.allowed:
        asked.append(_among(field, ledger, limit.allowed))
    if limit.refused:
        asked.append(Not(_among(field, ledger, limit.refused)))
    if limit.must:
        asked.append(reading.typed(ledger, limit.must))
    broken = [refuted(one) for one in asked]
    if limit.required:
        broken.append(Not(Known(field)))
    found = either(*broken) if broken else NOTHING
    return both(reading.typed(ledger, limit.when), found) if limit.when else found


def measured(limit: Limit, ledger: Ledger) -> Term:
    """What is held against the bounds. Raises Unusable ``field_unknown``."""
    field = resolving.term(ledger, limit.field)
    if limit.measure == "value":
        return field
    if limit.measure == "days" and not limit.against:
        return DaysTerm(field, resolving.term(ledger, limit.field, last=True))
    against = resolving.term(ledger, limit.against, last=True)
    if limit.measure == "age":
        return AgeTerm(field, against)
    return DaysTerm(field, against) if limit.measure == "days" else ShareTerm(field, against)


def looked_at(limits: Iterable[Limit], ledger: Ledger) -> tuple[str, ...]:
    """The fields whose values are needed to say whether rows break limits, each once."""
    found: dict[str, None] = {}
    for limit in limits:
        found[limit.field] = None
        found |= dict.fromkeys(fields(breach(limit, ledger)))
    return tuple(found)


def _edge(limit: Limit, ledger: Ledger, held: Term, *, last: bool) -> Term:
    """What is held against a lower bound (of a span its first day), or against an upper one (its last)."""
    return resolving.term(ledger, limit.field, last=last) if limit.measure == "value" else held


def _among(field: FieldTerm, ledger: Ledger, values: Iterable[object]) -> Node:
    given = tuple(sorted(values, key=str))
    choices = resolving.meant(ledger, field.name).field.choices
    return IsOneOf(field, given, resolving.under(choices, given))
