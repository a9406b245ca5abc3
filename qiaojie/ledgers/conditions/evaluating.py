"""Conditions held against rows in Python: column by column, for any number of rows at once, or one row alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from qiaojie.lib.dates import DateSpan

from .tree import (
    ROW_KEYS,
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
    Leaf,
    MeasureTerm,
    Node,
    Not,
    RowKeys,
    SameAs,
    Term,
)

Columns = Mapping[str, Sequence[Any]]
"""Typed values by the field's name, one for each row; None (or '') for what a row does not state. A field that is not there is
stated by no row."""


def holds(node: Node, row: Mapping[str, Any]) -> bool:
    """Whether a row (typed values by the field's name) meets a condition."""
    return bool(meeting(node, {name: (value,) for name, value in row.items()}, (0,)))


def meeting(node: Node, columns: Columns, among: Iterable[int]) -> list[int]:
    """Of the rows at these places those that meet a condition, in their order. Each value is looked at once for each leaf."""
    rows = among if isinstance(among, list) else list(among)
    if isinstance(node, AllOf):
        for part in node.parts:
            rows = meeting(part, columns, rows)
        return rows
    if isinstance(node, AnyOf):
        met: set[int] = set()
        for part in node.parts:
            met.update(meeting(part, columns, [row for row in rows if row not in met]))
        return [row for row in rows if row in met]
    if isinstance(node, Not):
        out = set(meeting(node.part, columns, rows))
        return [row for row in rows if row not in out]
    if isinstance(node, InPrinciple):
        return meeting(node.part, columns, rows)
    return _leaf(node, columns, rows)


def _leaf(leaf: Leaf, columns: Columns, rows: list[int]) -> list[int]:
    if isinstance(leaf, RowKeys):
        held, wanted = columns.get(ROW_KEYS, ()), frozenset(leaf.keys)
        return [row for row in rows if held and held[row] in wanted]
    value = reader(leaf.term, columns)
    if isinstance(leaf, IsOneOf):
        allowed = frozenset((*leaf.values, *leaf.under))
        return [row for row in rows if value(row) in allowed]
    if isinstance(leaf, Contains):
        text = leaf.text.lower()
        return [row for row in rows if (said := value(row)) is not None and text in str(said).lower()]
    if isinstance(leaf, SameAs):
        other = reader(leaf.other, columns)
        return [row for row in rows if (said := value(row)) is not None and said == other(row)]
    if isinstance(leaf, Bound):
        return _bounded(leaf, value, columns, rows)
    return [row for row in rows if value(row) is not None]


def _bounded(leaf: Bound, value: Callable[[int], Any], columns: Columns, rows: list[int]) -> list[int]:
    if isinstance(leaf.than, FieldTerm):
        other = reader(leaf.than, columns)
        pairs = ((row, value(row), other(row)) for row in rows)
        return [row for row, one, two in pairs if None not in (one, two) and _within(leaf, one, two)]
    than = timezone.localdate() if leaf.than is TODAY else leaf.than
    return [row for row in rows if (said := value(row)) is not None and _within(leaf, said, than)]


def _within(leaf: Bound, value: Any, than: Any) -> bool:
    return bool(value >= than if leaf.way == "least" else value <= than)


def reader(term: Term, columns: Columns) -> Callable[[int], Any]:
    """What gives the value of a term in the row at a place; None for what is unknown."""
    if isinstance(term, FieldTerm):
        return _field(term, columns)
    if isinstance(term, MeasureTerm):
        # A row has no measures: what rests on one is met by no row.
        return lambda _row: None
    if isinstance(term, AgeTerm):
        return _of_two(term.born, term.on, columns, full_years)
    if isinstance(term, DaysTerm):
        return _of_two(term.since, term.until, columns, lambda since, until: (until - since).days + 1)
    return _of_two(term.part, term.whole, columns, _share)


def _field(term: FieldTerm, columns: Columns) -> Callable[[int], Any]:
    held = columns.get(term.name)
    if held is None:
        return lambda _row: None
    if term.kind == "date_span":
        edge = "ends" if term.last else "begins"
        return lambda row: getattr(held[row], edge) if isinstance(held[row], DateSpan) else held[row]
    if term.empty:
        return lambda row: held[row]
    return lambda row: None if held[row] == "" else held[row]


def _of_two(
    one: FieldTerm, other: FieldTerm | date, columns: Columns, worked_out: Callable[[Any, Any], Any]
) -> Callable[[int], Any]:
    first = _field(one, columns)
    second = _field(other, columns) if isinstance(other, FieldTerm) else lambda _row: other

    def value(row: int) -> Any:
        left, right = first(row), second(row)
        return None if left is None or right is None else worked_out(left, right)

    return value


def full_years(born: date, on: date) -> int:
    """How old somebody is on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _share(part: Any, whole: Any) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole > 0 else None
