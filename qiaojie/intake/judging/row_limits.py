"""Rows held against the limits that ledgers and notices declare: column by column, for any number of rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.limits import Limit
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Finding
from qiaojie.lib.money import say_money
from qiaojie.notices.forms import field_of
from qiaojie.notices.shape import Shape

from ..reading.lines import Line

Columns = Mapping[str, Sequence[Any]]
"""Typed values by the field's name, one for each row; None for what a row does not state."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that a row breaks: the row's place in the columns, the field to name, and what is said."""

    row: int
    field: str
    finding: Finding


def hold(lines: Sequence[Line], shape: Shape) -> None:
    """Note at each line what limits of its table it breaks."""
    wanted = shape.limits
    if not wanted:
        return
    columns = {name: _column(lines, shape, name) for name in fields(wanted)}
    for broken in find(wanted, shape.own.ledger, columns, len(lines)):
        line = lines[broken.row]
        line.say(broken.finding, broken.field, _cell(line, shape, broken.field))
        line.limited.append(line.issues[-1])


def _cell(line: Line, shape: Shape, name: str) -> str:
    """The cell to point at: the field's own, else that of the number which says it; '' for the row's first."""
    piece, _column = shape.kept_in(name)
    if name in line.cells or piece is None or not piece.is_person:
        return ""
    numbers = (piece.own_target.get(number) for number in ("id_number", "certificate"))
    return next((line.cell(one.name) for one in numbers if one and line.stated.get(one.name)), "")


def _column(lines: Sequence[Line], shape: Shape, name: str) -> list[Any]:
    """What lines state of a field, what the table sets, or what follows from their numbers."""
    piece, column = shape.kept_in(name)
    if piece is None:
        return [line.stated.get(name) for line in lines]
    constant, word = piece.constants.get(column), piece.word
    if constant is not None:
        return [constant] * len(lines)
    return [
        value
        if (value := line.stated.get(name)) is not None
        else line.parts[word].get(column, line.derived[word].get(column))
        for line in lines
    ]


def fields(limits: Iterable[Limit]) -> tuple[str, ...]:
    """The fields whose columns ``find`` asks for."""
    return tuple(dict.fromkeys(name for limit in limits for name in limit.fields))


def find(limits: Iterable[Limit], ledger: Ledger, columns: Columns, count: int) -> list[Broken]:
    """Every limit that a row breaks, limit by limit, rows from top to bottom.

    ``columns`` has what ``fields`` names, each ``count`` long; a field that it does not have is stated by no row. Needs
    no database, and its cost is that of looking at each value once.
    """
    nothing: Sequence[Any] = [None] * count
    found: list[Broken] = []
    for limit in limits:
        held = {name: columns.get(name, nothing) for name in limit.fields}
        printed = _printer(limit, ledger)
        for row in _rows(limit, held, count):
            value = measured(
                limit, held[limit.field][row], held[limit.against][row] if limit.against else None
            )
            other = {name: held[name][row] for name in (limit.at_least, limit.at_most) if name}
            if breaks(limit, value, other):
                message = str(limit.words).replace("{value}", printed(value))
                found.append(Broken(row, limit.field, Finding(limit.code, message, limit.level)))
    return found


def _rows(limit: Limit, held: Columns, count: int) -> Iterable[int]:
    """The rows that the limit is about and that state its field (or may lack it, where that is the question)."""
    column = held[limit.field]
    rows: Iterable[int] = (
        range(count) if limit.required else [row for row in range(count) if column[row] is not None]
    )
    for name, wanted in limit.when.items():
        asked = held[name]
        rows = [row for row in rows if meets(asked[row], wanted)]
    return rows


def meets(value: Any, wanted: Any) -> bool:
    """Whether a value meets a condition as notices write it: what is not known meets ``not`` alone."""
    if isinstance(wanted, Mapping):
        return all(
            value != bound
            if word == "not"
            else value is not None and (value >= bound if word == "min" else value <= bound)
            for word, bound in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return value in wanted
    return bool(value == wanted)


def measured(limit: Limit, value: Any, against: Any) -> Any:
    """What is held against the bounds; None where something that it takes is not stated."""
    if limit.measure == "value" or value is None:
        return value
    if isinstance(value, DateSpan) and limit.measure == "days":
        if value.begins is None or value.ends is None:
            return None
        return (value.ends - value.begins).days + 1
    against = _last(against)
    if against is None:
        return None
    if limit.measure == "age":
        return against.year - value.year - ((against.month, against.day) < (value.month, value.day))
    if limit.measure == "days":
        return (against - value).days + 1
    return None if against == 0 else Decimal(value) / Decimal(against)


def breaks(limit: Limit, value: Any, other: Mapping[str, Any]) -> bool:
    """Whether a measured value breaks the limit, given the other fields that it names."""
    if value is None:
        return limit.required
    low, high = _first(value), _last(value)
    floor, ceiling = _first(other.get(limit.at_least)), _last(other.get(limit.at_most))
    return (
        any(bound is not None and low is not None and low < bound for bound in (limit.least, floor))
        or any(bound is not None and high is not None and high > bound for bound in (limit.most, ceiling))
        or bool(limit.allowed and value not in limit.allowed)
        or value in limit.refused
        or (limit.past and high is not None and high > timezone.localdate())
    )


def _first(value: Any) -> Any:
    return value.begins if isinstance(value, DateSpan) else value


def _last(value: Any) -> Any:
    return value.ends if isinstance(value, DateSpan) else value


def _printer(limit: Limit, ledger: Ledger) -> Callable[[Any], str]:
    """How a measured value is printed in a sentence; what is personal never is."""
    declared = field_of(ledger, limit.field)
    choices = {code: str(label) for code, label in declared.choices.items()}

    def printed(value: Any) -> str:
        if value is None or declared.guarded:
            return ""
        if limit.measure in ("age", "days"):
            return str(value)
        if declared.kind == "money":
            # Not in the field's own unit: of "80000000" nobody sees that it is 8,000万元.
            return say_money(round(value))
        if isinstance(value, Decimal):
            return str(round(value, 2))
        return declared.value_kind.print(value, declared.unit, choices)

    return printed
