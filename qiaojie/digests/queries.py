"""How the proof of the data stands, for the pages of those who look after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.apps import apps
from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, demand

from . import blocks, checks
from .models import Difference, Digest

MOST: Final = 20
"""Differing rows that a page lists."""

_LATE: Final = timedelta(hours=50)


@dataclass(frozen=True, slots=True)
class DifferingRow:
    """A row that nothing explains: of what, which, how and in which fields it differs, since when. No value is told."""

    what: str
    number: int | None
    how: str
    fields: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ProofStatus:
    """The last digest: when, over how many rows; rows that differ (the first of ``number``); what is wrong with a head.
    ``late``: no digest was made for two nights."""

    at: datetime | None
    rows: int
    number: int
    differing: tuple[DifferingRow, ...]
    heads: tuple[str, ...]
    late: bool

    @property
    def sound(self) -> bool:
        """Whether there is nothing to look after."""
        return not (self.number or self.heads or self.late)


def status(viewer: Viewer) -> ProofStatus:
    """How the proof stands; few queries, none over all rows. For who audits and who grants. Raises Refused."""
    if not viewer.may(Action.GRANT):
        demand(viewer, Action.AUDIT, "digest")
    last = Digest.objects.order_by("-number").first()
    if last is None:
        return ProofStatus(None, 0, 0, (), (), True)
    found = [
        DifferingRow(
            checks.model_label(apps.get_model(one.model)),
            one.object_id,
            str(Difference.Kind(one.kind).label),
            checks.column_labels(apps.get_model(one.model), one.columns),
            one.since,
        )
        for one in Difference.objects.order_by("model", "object_id")[:MOST]
    ]
    faults = tuple(one.message for one in checks.head_faults(elsewhere=False))
    return ProofStatus(
        last.at,
        blocks.rows_of(last),
        Difference.objects.count(),
        tuple(found),
        faults,
        timezone.now() - last.at > _LATE,
    )
