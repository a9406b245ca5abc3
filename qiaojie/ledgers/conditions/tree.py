"""The nodes of which a condition is made: all there are. They know no ledger; what they name was held against one on reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

ROW_KEYS: Final = "pk"
"""Not a field: a condition under this name is on the rows' own keys, a list of them."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A field of a row: its name, its value kind, and whether '' is one of its values (of a proof: 无) and not "unknown".

    Of a span of days it is the first day; ``last``: the last one.
    """

    name: str
    kind: str
    empty: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class AgeTerm:
    """The full years from a birth date to a day, which a field gives or which is fixed."""

    born: FieldTerm
    on: FieldTerm | date


@dataclass(frozen=True, slots=True)
class DaysTerm:
    """The days from one day to another, both counted (of a span: its own days)."""

    since: FieldTerm
    until: FieldTerm | date


@dataclass(frozen=True, slots=True)
class ShareTerm:
    """One number for each of another (cost per head). Where the other is not above 0 it is unknown."""

    part: FieldTerm
    whole: FieldTerm


@dataclass(frozen=True, slots=True)
class MeasureTerm:
    """What was measured of a thing as a whole (the trainings of a base), by its word; money is in fen.

    ``whole`` makes it a share in percent of that measure. A bound is for one of ``times`` (households): it is multiplied by that
    measure. ``label`` and ``unit`` are what a sentence calls it.
    """

    word: str
    label: str = ""
    unit: str = ""
    whole: str = ""
    times: str = ""
    within_months: int | None = None


Term = FieldTerm | AgeTerm | DaysTerm | ShareTerm | MeasureTerm


class Today:
    """The day on which a condition is asked; there is one: ``TODAY``."""

    __slots__ = ()


TODAY: Final = Today()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts it holds always."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part at least holds; without parts it never does."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class InPrinciple:
    """The notice's 原则上: the part is asked for, and whoever falls short of it may be taken all the same."""

    part: Node


@dataclass(frozen=True, slots=True)
class Known:
    """Something is stated: neither null nor empty."""

    term: Term


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """It is one of these values. ``under`` are the codes that stand under them in a list of codes: they count as well."""

    term: FieldTerm
    values: tuple[Any, ...]
    under: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Contains:
    """A text has this text in it, whatever its case."""

    term: FieldTerm
    text: str


@dataclass(frozen=True, slots=True)
class Bound:
    """It is not below (``least``) or not above (``most``) a number, a day, another field or today; inclusive."""

    term: Term
    way: Literal["least", "most"]
    than: Any


@dataclass(frozen=True, slots=True)
class SameAs:
    """Two fields say the same."""

    term: FieldTerm
    other: FieldTerm


@dataclass(frozen=True, slots=True)
class ShownBy:
    """Evidence shows that there is some of a measure; no number is asked for."""

    term: MeasureTerm


@dataclass(frozen=True, slots=True)
class RowKeys:
    """The row is one of those with these keys."""

    keys: tuple[int, ...]


Leaf = Known | IsOneOf | Contains | Bound | SameAs | ShownBy | RowKeys
Node = AllOf | AnyOf | Not | InPrinciple | Leaf

EVERYTHING: Final = AllOf(())
NOTHING: Final = AnyOf(())


def both(*parts: Node) -> Node:
    """All of some conditions, without needless layers."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, AllOf) else (part,))]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def either(*parts: Node) -> Node:
    """One of some conditions at least, without needless layers."""
    flat = [one for part in parts for one in (part.parts if isinstance(part, AnyOf) else (part,))]
    return flat[0] if len(flat) == 1 else AnyOf(tuple(flat))


def terms(leaf: Leaf) -> tuple[Term, ...]:
    """What a leaf compares: its own term, and that which stands on the other side."""
    if isinstance(leaf, RowKeys):
        return ()
    if isinstance(leaf, SameAs):
        return (leaf.term, leaf.other)
    if isinstance(leaf, Bound) and isinstance(leaf.than, FieldTerm):
        return (leaf.term, leaf.than)
    return (leaf.term,)


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf, from left to right."""
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not | InPrinciple):
        yield from leaves(node.part)
    else:
        yield node


def fields(node: Node) -> tuple[str, ...]:
    """The names of all fields that a condition looks at, each once."""
    found: dict[str, None] = {}
    for leaf in leaves(node):
        for term in terms(leaf):
            found |= dict.fromkeys(one.name for one in _fields(term))
    return tuple(found)


def _fields(term: Term) -> Iterator[FieldTerm]:
    if isinstance(term, FieldTerm):
        yield term
    elif isinstance(term, AgeTerm):
        yield from (one for one in (term.born, term.on) if isinstance(one, FieldTerm))
    elif isinstance(term, DaysTerm):
        yield from (one for one in (term.since, term.until) if isinstance(one, FieldTerm))
    elif isinstance(term, ShareTerm):
        yield from (term.part, term.whole)


def refuted(node: Node) -> Node:
    """The condition that a row is known not to meet one: what it asks for is stated, and is otherwise.

    A row that does not state it neither meets nor refutes: ``refuted`` is narrower than ``Not``.
    """
    if isinstance(node, AllOf):
        return either(*map(refuted, node.parts))
    if isinstance(node, AnyOf):
        return both(*map(refuted, node.parts))
    if isinstance(node, Not):
        return proven(node.part)
    if isinstance(node, InPrinciple):
        return refuted(node.part)
    if isinstance(node, Known | RowKeys):
        return Not(node)
    return both(*(Known(term) for term in terms(node)), Not(node))


def proven(node: Node) -> Node:
    """The condition that a row is known to meet one. It differs from the condition only below ``Not``, where what is not stated
    would pass."""
    if isinstance(node, AllOf):
        return both(*map(proven, node.parts))
    if isinstance(node, AnyOf):
        return either(*map(proven, node.parts))
    if isinstance(node, Not):
        return refuted(node.part)
    if isinstance(node, InPrinciple):
        return InPrinciple(proven(node.part))
    return node
