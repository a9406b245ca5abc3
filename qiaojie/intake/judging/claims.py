"""Figures that come back in computed columns, held against what the registry itself computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.rows import chunks
from qiaojie.notices.shape import Shape

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from . import checks


def computed(shape: Shape, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the registry computes of the figures that a table claims, of some of its rows (by their keys), by the columns that
    would keep the claims. A query for some hundred rows; none where the table claims nothing."""
    found: dict[int, dict[str, Any]] = {}
    if not shape.claims:
        return found
    own = shape.own
    fields = [own.ledger.field(name) for name in shape.claims]
    columns = _columns(shape).values()
    for part in chunks(sorted(set(keys))):
        queryset = own.model._default_manager.filter(pk__in=part)
        for pk, _person, values in ledgers.typed(own.ledger, queryset, fields):
            found[pk] = dict(zip(columns, values, strict=True))
    return found


def compare(shape: Shape, rows: Iterable[tuple[Entity, Line]]) -> None:
    """Say of each row that is there already where its line claims something else than was computed of it."""
    columns = _columns(shape)
    for entity, line in rows:
        known = {
            name: entity.computed[column] for name, column in columns.items() if column in entity.computed
        }
        for name, finding in checks.claims_against(line, shape, known, entity.before):
            line.say(finding, name)


def _columns(shape: Shape) -> Mapping[str, str]:
    """The column that keeps each figure which is claimed."""
    return {name: shape.kept_in(keeper)[1] for name, keeper in shape.claims.items()}
