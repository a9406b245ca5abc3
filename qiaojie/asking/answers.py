"""An answer as a table: heads, numbers in two parts, what was cut from it. No query is made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MOST_LINES = 100
"""Lines of a table; what is more becomes one line."""
MOST_COLUMNS = 20
"""Columns of a table, so."""

UNKNOWN, REST, ALL = "~unknown", "~rest", ""
"""Marks of groups that are no value: not known, those that do not stand alone, all of them together."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its two parts: of approved rows, and what waiting rows would add."""

    approved: int
    pending: int

    @property
    def every(self) -> int:
        """Both."""
        return self.approved + self.pending


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group: the mark by which addresses call it, and its words."""

    mark: str
    label: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A line of the table: its group, its number over all columns, and in each."""

    head: GroupHead
    total: Number
    cells: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Groups that do not stand alone: how many there are, how many of them are put together."""

    groups: int
    together: int


@dataclass(frozen=True, slots=True)
class CountedFact:
    """A row as it is counted: its key, under what it counts (a person …), whether it is approved, its groups, its amount."""

    pk: int
    key: int
    approved: bool
    row: str
    column: str
    amount: int


@dataclass(slots=True)
class _Sum:
    """What one cell is made of: by what is counted once, its amount. The first row that says it is taken."""

    approved: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)

    def take(self, fact: CountedFact) -> None:
        """Count a fact."""
        (self.approved if fact.approved else self.waiting).setdefault(fact.key, fact.amount)

    def number(self) -> Number:
        """What it comes to: who is approved by one row waits by none."""
        waiting = sum(amount for key, amount in self.waiting.items() if key not in self.approved)
        return Number(sum(self.approved.values()), waiting)


@dataclass(frozen=True, slots=True)
class Table:
    """All numbers of an answer. ``rows`` and ``approved_rows`` are keys of the rows that counted, ``several`` how many of
    those counted once had several approved rows."""

    heads: tuple[GroupHead, ...]
    total: AnswerLine
    lines: tuple[AnswerLine, ...]
    cut_lines: Cut | None
    cut_columns: Cut | None
    approved_rows: tuple[int, ...]
    several: int


def table(
    facts: Sequence[CountedFact],
    rows: Sequence[GroupHead],
    columns: Sequence[GroupHead],
    rest: tuple[str, str],
) -> Table:
    """Facts as a table of these groups, in their order; ``rest`` are the words for rows and columns put together, with a
    place for how many."""
    lines, cut_lines = _kept(rows, facts, "row", MOST_LINES, rest[0])
    heads, cut_columns = _kept(columns, facts, "column", MOST_COLUMNS, rest[1])
    own_line, own_head = {one.mark for one in lines}, {one.mark for one in heads}
    sums: dict[tuple[str, str], _Sum] = {}
    for fact in facts:
        row = fact.row if fact.row in own_line else REST
        column = fact.column if fact.column in own_head else REST
        for place in {(ALL, ALL), (row, ALL), (ALL, column), (row, column)}:
            sums.setdefault(place, _Sum()).take(fact)

    def line(head: GroupHead) -> AnswerLine:
        cells = (sums.get((head.mark, one.mark), _Sum()).number() for one in heads)
        return AnswerLine(head, sums.get((head.mark, ALL), _Sum()).number(), tuple(cells))

    counted = [fact for fact in facts if fact.approved]
    keys = {fact.key for fact in counted}
    met: dict[int, int] = {}
    for fact in counted:
        met[fact.key] = met.get(fact.key, 0) + 1
    return Table(
        tuple(heads),
        line(GroupHead(ALL, "")),
        tuple(line(head) for head in lines),
        cut_lines,
        cut_columns,
        tuple(sorted(fact.pk for fact in counted)),
        sum(1 for key in keys if met[key] > 1),
    )


def behind(
    facts: Sequence[CountedFact], shown: Table, row: str, column: str, *, pending: bool
) -> list[int] | None:
    """Keys of the rows behind one number; None where the table has no such group."""
    lines, heads = {one.head.mark for one in shown.lines}, {one.mark for one in shown.heads}
    if row not in {ALL, *lines} or column not in {ALL, *heads}:
        return None

    def lies(fact: CountedFact) -> bool:
        in_row = fact.row if fact.row in lines else REST
        in_column = fact.column if fact.column in heads else REST
        return row in {ALL, in_row} and column in {ALL, in_column}

    here = [fact for fact in facts if lies(fact)]
    approved = {fact.key for fact in here if fact.approved}
    if pending:
        return [fact.pk for fact in here if not fact.approved and fact.key not in approved]
    return [fact.pk for fact in here if fact.approved]


def _kept(
    heads: Sequence[GroupHead], facts: Iterable[CountedFact], side: str, most: int, rest: str
) -> tuple[list[GroupHead], Cut | None]:
    """The groups that stand alone, in their order: of too many the largest, and what is not known; then the rest as one."""
    if len(heads) <= most:
        return list(heads), None
    numbers: dict[str, set[int]] = {}
    for fact in facts:
        numbers.setdefault(getattr(fact, side), set()).add(fact.key)
    known = [one for one in heads if one.mark != UNKNOWN]
    largest = sorted(known, key=lambda one: -len(numbers.get(one.mark, ())))[: most - 2]
    alone = {one.mark for one in largest} | {UNKNOWN}
    together = sum(1 for one in heads if one.mark not in alone)
    first = [one for one in known if one.mark in alone]
    last = [one for one in heads if one.mark == UNKNOWN]
    return [*first, GroupHead(REST, rest % together), *last], Cut(len(heads), together)
