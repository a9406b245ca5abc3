"""Columns by which a row refers to another one that it may stand without (the list that proves a job), for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.cells import Label


@dataclass(frozen=True, slots=True)
class ReferringColumn:
    """A column that names a row of another ledger: what that is called, and the titles of those that the viewer may see."""

    label: Label
    column: str
    titles: Mapping[int, str]

    def told(self, key: int | None) -> Shown:
        """The row's title; its key where the viewer may not see it, nothing where there is none."""
        return Shown("" if key is None else self.titles.get(key, str(key)))


def referring(ledger: Ledger, sides: Iterable[Mapping[str, Any]], viewer: Viewer) -> list[ReferringColumn]:
    """Those columns of a ledger that some of the values (columns before and after changes) have; a query for each."""
    held = list(sides)
    found = []
    for part in ledger.parts.values():
        column = f"{part.attribute}_id"
        if not ledger.optional(part) or not any(column in side for side in held):
            continue
        other = declaration.get(part.ledger)
        keys = {key for side in held if (key := side.get(column)) is not None}
        rows = queries.rows(other, viewer).filter(pk__in=keys)
        title = other.field(other.title)
        titles = {row.pk: row.cells[title.name].text for row in queries.shown(other, viewer, rows, (title,))}
        found.append(ReferringColumn(other.label, column, titles))
    return found
