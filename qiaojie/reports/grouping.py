"""Rows of a form that are groups of a ledger's rows: one line per township, per content, per source of money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, Model, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from qiaojie.ledgers import joining
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field
from qiaojie.lib.findings import Unusable
from qiaojie.measures.facts import once
from qiaojie.notices.schema import Figure
from qiaojie.people.queries import canonical
from qiaojie.tables.grid import Mark

from . import sources
from .sources import ORDINAL, FormRequest, Row


@dataclass(frozen=True, slots=True)
class Group:
    """One line: its row, and the values it stands for (as the ledger has them) with a mark for addresses."""

    row: Row
    values: tuple[Any, ...]

    @property
    def mark(self) -> str:
        """The group's values in one word of an address."""
        return json.dumps(self.values, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Groups:
    """All lines in order, and the figures over all of them (people who stand in two groups are one)."""

    lines: tuple[Group, ...]
    totals: Mapping[str, int | None]


def groups(asked: FormRequest) -> Groups:
    """The groups of the form's rows with their figures: two queries."""
    names = asked.table.group
    columns = _columns(asked)
    figures = {f"figure_{word}": _figure(asked, word, figure) for word, figure in asked.table.figures.items()}
    queryset = _annotated(asked)
    found = list(queryset.values(*columns).annotate(**figures).order_by())
    fields = [asked.ledger.field(name) for name in names]
    found.sort(
        key=lambda row: [_place(field, column, row) for field, column in zip(fields, columns, strict=False)]
    )
    lines = []
    for number, row in enumerate(found, start=1):
        values = tuple(row[column] for column in columns)
        held = {name: _named(value) for name, value in zip(names, values, strict=False)}
        counted = {word: row[f"figure_{word}"] for word in asked.table.figures}
        lines.append(Group({ORDINAL: number, **held, **counted}, values))
    totals = queryset.aggregate(**figures)
    return Groups(tuple(lines), {word: totals[f"figure_{word}"] for word in asked.table.figures})


def behind(asked: FormRequest, mark: str) -> QuerySet[Model]:
    """The rows of one group. Raises Unusable ``group_unknown``."""
    for group in groups(asked).lines:
        if group.mark == mark:
            wanted = {
                (f"{column}__isnull" if value is None else column): True if value is None else value
                for column, value in zip(_columns(asked), group.values, strict=True)
            }
            held: QuerySet[Model] = _annotated(asked).filter(**wanted)
            return held
    raise Unusable("group_unknown", _("这一组没有记录，或已经改变，请重新打开报表。"))


def _annotated(asked: FormRequest) -> QuerySet[Model]:
    """The form's rows with everything that grouping and counting looks at."""
    annotations: dict[str, Any] = {}
    summed = [figure.of for figure in asked.table.figures.values() if figure.count == "sum" and figure.of]
    for name in (*asked.table.group, *summed):
        field = asked.ledger.field(name)
        if field.expression is not None:
            annotations[field.column] = field.value()
    for figure in asked.table.figures.values():
        annotations.update(ledgers.condition(asked.ledger, figure.where)[0])
    for word in asked.table.figures:
        annotations.update(ledgers.condition(asked.ledger, _applies(asked, word))[0])
    rows: QuerySet[Model] = sources.approved(asked).annotate(**annotations)
    return rows


def _applies(asked: FormRequest, word: str) -> dict[str, list[str]]:
    """Which rows fill the column of a figure, as a condition."""
    columns = [leaf.column for leaf in asked.table.form.leaves if leaf.column.field == word]
    return {name: list(values) for column in columns for name, values in column.applies.items()}


def _columns(asked: FormRequest) -> list[str]:
    """The columns to group by, then those that give regions their order (two townships may have one name)."""
    fields = [asked.ledger.field(name) for name in asked.table.group]
    orders = [order for field in fields if (order := _order(field))]
    return [*(field.column for field in fields), *orders]


def _order(field: Field) -> str:
    """The column with a region's number in the tree, for a field that names a region."""
    return (
        f"{field.column.rpartition('__')[0]}__first"
        if field.kind == "region" and "__" in field.column
        else ""
    )


def _figure(asked: FormRequest, word: str, figure: Figure) -> Aggregate:
    """A figure over those rows that meet its conditions and fill its column."""
    wanted: Q = (
        ledgers.condition(asked.ledger, figure.where)[1]
        & ledgers.condition(asked.ledger, _applies(asked, word))[1]
    )
    if figure.count == "sum":
        return Sum(asked.ledger.field(figure.of or "").column, filter=wanted)
    if figure.count == "persons":
        return Count(canonical(asked.ledger.person or ""), distinct=True, filter=wanted)
    if figure.count == "things":
        return Count(joining.kept(asked.ledger.parts[figure.of or ""]), distinct=True, filter=wanted)
    return Count(once(asked.ledger), distinct=True, filter=wanted)


def _place(field: Field, column: str, row: Mapping[str, Any]) -> tuple[bool, Any]:
    """Where a value stands among others: choices as declared, regions as in the tree, what is not known last."""
    value = row[column]
    if value is None or value == "":
        return True, 0
    if order := _order(field):
        return False, row[order]
    if field.choices:
        known: Sequence[Any] = list(field.choices)
        return False, known.index(value) if value in known else len(known)
    return False, value


def _named(value: Any) -> Any:
    return Mark(_("未登记")) if value is None or value == "" else value
