"""Rows that an approver sent back to be mended, with the reason that was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from . import declaration, queries
from .declaration import Ledger
from .journal import unseal
from .models import Change, State
from .viewer import Viewer

LOOKED = 20_000
"""So many of the latest changes are looked through: a list for today must not read a journal of millions."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A row that stands as a draft because somebody sent it back."""

    ledger: Ledger
    pk: int
    title: str
    unit: str
    reason: str
    by: str
    at: datetime


def returned(viewer: Viewer, size: int | None = 5, by: str = "") -> list[Returned]:
    """The latest rows sent back that are still drafts and the viewer's to see: two queries, and two a ledger of these.

    ``by`` narrows to what an account entered. Raises Refused where the role may see no rows.
    """
    known = {ledger.model._meta.label: ledger for ledger in declaration.every() if ledger.approved}
    last = Change.objects.aggregate(last=Max("pk"))["last"] or 0
    lines = (
        Change.objects.filter(pk__gt=last - LOOKED, act=Change.Act.UPDATE, model__in=known)
        .exclude(purpose="")
        .order_by("-pk")
    )
    newest: dict[tuple[str, int], Change] = {}
    for line in lines[:500]:
        newest.setdefault((line.model, line.object_id), line)
    # Who has changed the row since has mended it.
    latest = {key: line for key, line in newest.items() if _sent_back(known[line.model], line)}
    found: list[Returned] = []
    for label in {model for model, _pk in latest}:
        ledger = known[label]
        title = ledger.field(ledger.title) if ledger.title else ledger.fields[0]
        keys = [pk for model, pk in latest if model == label]
        rows = queries.rows(ledger, viewer, {"state": State.DRAFT}).filter(pk__in=keys)
        rows = rows.filter(entered_by=by) if by else rows
        units = dict(rows.values_list("pk", f"{ledger.filed_by}__short_name"))
        for row in queries.shown(ledger, viewer, rows, (title,)):
            line = latest[label, row.pk]
            text = row.cells[title.name].text
            found.append(
                Returned(ledger, row.pk, text, units.get(row.pk, ""), line.purpose, line.actor, line.at)
            )
    return sorted(found, key=lambda one: one.at, reverse=True)[:size]


def _sent_back(ledger: Ledger, line: Change) -> bool:
    """Whether a change made a draft of a checked or approved row."""
    if line.before is None or line.after is None:
        return False
    before = unseal(ledger.model, line.before).get("state")
    return before in (State.CHECKED, State.APPROVED) and (
        unseal(ledger.model, line.after).get("state") == State.DRAFT
    )
