"""Changes that wait beside their rows, as whoever looks may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qiaojie.intake import editing
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.proposals import Proposed
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.cells import Label

from .references import referring


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """One change that waits: of which row, what it would make of it, who asked, when and why.

    ``own``: whoever looks asked for it. ``outdated``: the row has changed since in the same columns. ``names`` are the fields of
    ``changes``, '' for a row of another ledger that is referred to.
    """

    pk: int
    row: int
    title: str
    at: datetime
    actor: str
    purpose: str
    changes: tuple[tuple[Label, Shown, Shown], ...]
    own: bool
    outdated: bool
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangesOfBatch:
    """What one act asked for."""

    ledger: Ledger
    batch: Batch | None
    lines: tuple[WaitingChange, ...]


def drawn(ledger: Ledger, held: list[Proposed], viewer: Viewer) -> list[ChangesOfBatch]:
    """Changes that wait, by the act that asked for them; at most three queries, and one for each column that refers to
    another ledger's rows."""
    open_ = queries.fields_of(ledger, viewer)
    fields = [(field, column) for field in open_ if (column := editing.own_column(ledger, field))]
    places = [column for field, column in fields if field.kind == "region"]
    names = editing.region_names(
        side.get(column) for one in held for side in (one.before, one.after) for column in places
    )

    def told(field: Field, value: Any) -> Shown:
        said = names.get(value) if field.kind == "region" else value
        return queries.show_registered(ledger, field, said, viewer)

    others = referring(ledger, (side for one in held for side in (one.before, one.after)), viewer)
    titles = _titles(ledger, held, viewer)
    groups: dict[int | None, list[WaitingChange]] = {}
    batches: dict[int | None, Batch | None] = {}
    for one in held:
        batches[one.proposal.batch_id] = one.proposal.batch
        groups.setdefault(one.proposal.batch_id, []).append(
            WaitingChange(
                one.proposal.pk,
                one.proposal.object_id,
                titles.get(one.proposal.object_id, ""),
                one.proposal.at,
                one.proposal.actor,
                one.proposal.purpose,
                tuple(
                    (field.label, told(field, one.before.get(column)), told(field, one.after[column]))
                    for field, column in fields
                    if column in one.after
                )
                + tuple(
                    (each.label, each.told(one.before.get(each.column)), each.told(one.after[each.column]))
                    for each in others
                    if each.column in one.after
                ),
                one.proposal.actor == viewer.name,
                one.outdated,
                tuple(field.name for field, column in fields if column in one.after)
                + tuple("" for each in others if each.column in one.after),
            )
        )
    return [ChangesOfBatch(ledger, batches[key], tuple(lines)) for key, lines in groups.items()]


def _titles(ledger: Ledger, held: list[Proposed], viewer: Viewer) -> dict[int, str]:
    if not held or not ledger.title:
        return {}
    title = ledger.field(ledger.title)
    found = queries.rows(ledger, viewer).filter(pk__in={one.proposal.object_id for one in held})
    return {row.pk: row.cells[title.name].text for row in queries.shown(ledger, viewer, found, (title,))}
