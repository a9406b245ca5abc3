"""What happened to a row of any ledger, as whoever looks may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qiaojie.intake import editing
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.journal import both_sides, history
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.cells import Label

from .references import referring


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """Something that happened to a row: when, who, why, and what it changed."""

    at: datetime
    actor: str
    what: Label
    purpose: str
    batch: int | None
    changes: tuple[tuple[Label, Shown, Shown], ...]


def steps(ledger: Ledger, pk: int, viewer: Viewer) -> list[HistoryStep]:
    """The history of a row that the viewer may see, newest first. At most four queries, and one for each
    column that refers to another ledger's rows.

    What all offices did to a register's row is for offices.
    """
    if viewer.outside and not ledger.approved:
        return []
    lines = [(change, *both_sides(ledger.model, change)) for change in reversed(history(ledger.model, pk))]
    open_ = queries.fields_of(ledger, viewer)
    fields = [(field, column) for field in open_ if (column := editing.own_column(ledger, field))]
    held = [column for field, column in fields if field.kind == "region"]
    names = editing.region_names(values.get(c) for _line, *both in lines for values in both for c in held)

    others = referring(ledger, (values for _line, *both in lines for values in both), viewer)

    def told(field: Field, value: Any) -> Shown:
        held = names.get(value) if field.kind == "region" else value
        return queries.show_registered(ledger, field, held, viewer)

    return [
        HistoryStep(
            change.at,
            change.actor,
            change.get_act_display(),
            change.purpose,
            change.batch_id,
            tuple(
                (field.label, told(field, before.get(column)), told(field, after[column]))
                for field, column in fields
                if column in after and before.get(column) != after[column]
            )
            + tuple(
                (each.label, each.told(before.get(each.column)), each.told(after[each.column]))
                for each in others
                if each.column in after and before.get(each.column) != after[each.column]
            ),
        )
        for change, before, after in lines
    ]
