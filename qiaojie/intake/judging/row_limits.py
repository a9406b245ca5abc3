"""Rows held against the limits that ledgers and notices declare: column by column, for any number of rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qiaojie.ledgers.conditions import breaches, evaluating
from qiaojie.ledgers.conditions.evaluating import Columns
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.limits import Limit
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.money import say_money
from qiaojie.notices.forms import field_of
from qiaojie.notices.shape import Shape

from ..reading.lines import Line

REQUIRED = "_required"
"""What the codes of limits end with by which a row states something at all."""


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
    columns = {name: _column(lines, shape, name) for name in breaches.looked_at(wanted, shape.own.ledger)}
    for broken in find(wanted, shape.own.ledger, columns, len(lines)):
        line = lines[broken.row]
        if broken.finding.code.endswith(REQUIRED) and any(
            issue.field == broken.field and issue.level is Level.ERROR for issue in line.issues
        ):
            # It was stated, and what was stated cannot be read: that is said already.
            continue
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


def find(limits: Iterable[Limit], ledger: Ledger, columns: Columns, count: int) -> list[Broken]:
    """Every limit that a row breaks, limit by limit, rows from top to bottom.

    ``columns`` has what ``breaches.looked_at`` names, each ``count`` long; a field that it does not have is stated by no row.
    Needs no database, and its cost is that of looking at each value once.
    """
    found: list[Broken] = []
    rows = list(range(count))
    for limit in limits:
        broken = evaluating.meeting(breaches.breach(limit, ledger), columns, rows)
        if not broken:
            continue
        value, printed = evaluating.reader(breaches.measured(limit, ledger), columns), _printer(limit, ledger)
        for row in broken:
            message = str(limit.words).replace("{value}", printed(_stated(limit, columns, row, value(row))))
            found.append(Broken(row, limit.field, Finding(limit.code, message, limit.level)))
    return found


def _stated(limit: Limit, columns: Columns, row: int, value: Any) -> Any:
    """What a sentence says was measured: of a span both its days."""
    return columns[limit.field][row] if limit.measure == "value" and limit.field in columns else value


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
