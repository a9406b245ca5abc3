"""What all rows of the demo have: a batch that brought them, and how far they have come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models

from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, State

from .offices import entered_by
from .world import Course, Record

ACTOR = "demo"
"""Who wrote the demo, as the journal keeps it."""

FACT = ("filed_by_id", "happened_on", "state", "entered_at", "entered_by", "approved_at", "approved_by")
"""Columns of ``fact``."""


def fact(record: Course | Record, state: str) -> tuple[Any, ...]:
    """Who filed a record (or one of its rows) and how far it has come."""
    clerk, approver = entered_by(record.place)
    approved = state == State.APPROVED
    return (
        record.place.region,
        record.day,
        state,
        record.entered_at,
        clerk or ACTOR,
        record.approved_at if approved else None,
        (approver or ACTOR) if approved else "",
    )


class Batches:
    """One batch for each unit, and what rows it brought."""

    def __init__(self, ledger: str, purpose: str, units: Iterable[int]) -> None:
        self.purpose = purpose
        made = Batch.objects.bulk_create(
            Batch(ledger=ledger, region_id=unit, actor=ACTOR, purpose=purpose)
            for unit in dict.fromkeys(units)
        )
        self._of = {batch.region_id: batch for batch in made}
        self._rows: dict[tuple[type[models.Model], int], list[int]] = defaultdict(list)

    def of(self, unit: int) -> Batch:
        """The batch of a unit."""
        return self._of[unit]

    def keep(self, model: type[models.Model], rows: Iterable[tuple[int, int]]) -> None:
        """Remember new rows: (key, unit)."""
        for key, unit in rows:
            self._rows[model, unit].append(key)

    def journal(self) -> None:
        """Write what was remembered."""
        for (model, unit), keys in self._rows.items():
            journal.created(model, keys, actor=ACTOR, batch=self._of[unit], purpose=self.purpose)
