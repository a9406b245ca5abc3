"""What a sheet column can be read as, and what it is read as.

Offices write the first and the last day of something in one column (培训起止时间, 培训时间). Such a column stands for two leaves;
each of them takes its own end of what a cell says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qiaojie.lib.dates import DateSpan, read_date, read_span
from qiaojie.lib.values import Cell, Context, Parsed

from .form import Form, Leaf

_FIRST, _LAST = "begins", "ends"

_BOTH = re.compile(
    r"起止|起讫|起迄|始终|起至|时间段|时段|期间|期限|(?:开始|开班|起始)?(?:与|和|及|至|到|-|~)(?:结束|结业)"
)
"""What says in a header that it means both ends."""

_TIME = re.compile(
    r"(?:培训|办班|学习|举办|授课|上课|开课|班期|就业|工作|务工|从业|合同|服务|托养|活动|帮扶|开展|实施|参训|参加)*"
    r"(?:具体|起止)?(?:时间|日期|年月日|日程)"
)
"""What may mean both ends or one: what stands in the column tells."""

_LOOKED_AT = 30
"""Filled cells of a column that tell whether it holds spans."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A sheet column (0-based, of the sheet) that stands for a leaf; ``unit`` is what its numbers are in.

    ``group`` is set where one column of words stands for a whole group of tick columns, ``near`` where the header only
    comes near the leaf's name. ``span`` names the target where the column holds a span of days, of which the leaf takes the
    first or the last.
    """

    col: int
    leaf: Leaf
    unit: str
    header_unit: str = ""
    group: bool = False
    near: bool = False
    span: str = ""

    @property
    def last(self) -> bool:
        """Whether the leaf takes the last day of a span."""
        return bool(self.span) and (self.leaf.column.field or "").endswith(_LAST)


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of one sheet column (0-based): what it is compared by (unlike that of any other column of the block;
    a second of the same text ends in ``#2``), and as it is written."""

    col: int
    key: str
    text: str


class Target(NamedTuple):
    """What a sheet column can be read as. ``group``: words that stand for a whole group of tick columns; ``last``: the leaf of
    the last day, where ``leaf`` is that of the first and the column holds both."""

    leaf: Leaf
    group: bool = False
    last: Leaf | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the column fills."""
        leaves = (self.leaf,) if self.last is None else (self.leaf, self.last)
        return tuple(leaf.column.field or "" for leaf in leaves)


def targets(form: Form) -> dict[str, Target]:
    """What a sheet column can be read as, by name: ``field``, ``field=tick`` for one tick column, the field alone for a column
    of words that stands for all of them, and ``first~last`` for a column that holds both days of a span."""
    found: dict[str, Target] = {}
    for leaf in form.readable:
        name, tick = leaf.column.field, leaf.column.tick
        if name and tick is None:
            found[name] = Target(leaf)
        elif name:
            found.setdefault(name, Target(leaf, group=True))
            found[f"{name}={tick}"] = Target(leaf)
    for first, last in spans(form):
        found[_name(first, last)] = Target(first, last=last)
    return found


def target_of(binding: Binding) -> str:
    """The name of what a column is read as."""
    if binding.span:
        return binding.span
    column = binding.leaf.column
    return (
        f"{column.field}={column.tick}"
        if column.tick is not None and not binding.group
        else column.field or ""
    )


def spans(form: Form) -> list[tuple[Leaf, Leaf]]:
    """The leaves that are the first and the last day of one thing: ``class.begins`` and ``class.ends``."""
    days = {leaf.column.field: leaf for leaf in form.readable if leaf.column.kind == "date"}
    found = []
    for name, leaf in days.items():
        if name is not None and name.rpartition(".")[2] == _FIRST:
            last = days.get(name.removesuffix(_FIRST) + _LAST)
            if last is not None:
                found.append((leaf, last))
    return found


def span_bindings(col: int, first: Leaf, last: Leaf) -> tuple[Binding, Binding]:
    """A column that holds both days."""
    name = _name(first, last)
    return Binding(col, first, "", span=name), Binding(col, last, "", span=name)


def span_meant(
    key: str, pairs: Sequence[tuple[Leaf, Leaf]], cells: Iterable[Cell]
) -> tuple[Leaf, Leaf] | None:
    """The pair of days that a column with this header's key and these cells holds, of those that no column stands for; None
    where it holds none, or it is not certain which."""
    if len(pairs) != 1 or not says_span(key):
        return None
    return pairs[0] if _BOTH.search(key) or _are_spans(cells) else None


def says_span(key: str) -> bool:
    """Whether a label (as headers are compared) may mean the first and the last day of something."""
    return bool(_TIME.fullmatch(key)) or (bool(_BOTH.search(key)) and len(key) <= 16)


def _are_spans(cells: Iterable[Cell]) -> bool:
    judged = met = 0
    for cell in cells:
        if not isinstance(cell, str) or not cell.strip():
            continue
        judged += 1
        value = read_span(cell, 2000).value
        met += isinstance(value, DateSpan) and value.begins != value.ends
        if judged == _LOOKED_AT:
            break
    return met * 2 > judged


def _name(first: Leaf, last: Leaf) -> str:
    return f"{first.column.field}~{last.column.field}"


class SpanEnd:
    """Reads one end of a span of days out of a cell that says both."""

    code = "span_end"

    def __init__(self, last: bool) -> None:
        self.last = last

    def parse(self, cell: Cell, context: Context) -> Parsed:
        """The first or last day. What is to be said of the cell is said once, with the first; a cell that names a single day is
        that day."""
        read = read_span(cell, context.year)
        span = read.value
        if not isinstance(span, DateSpan):
            return read if not self.last else Parsed(None)
        day = span.ends if self.last else span.begins
        if day is None and not self.last:
            return read_date(cell, context.year)
        return Parsed(day, () if self.last else read.findings)
