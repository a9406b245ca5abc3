"""Rows that wait for approval, over all ledgers at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Model, QuerySet, Value

from . import declaration, queries
from .declaration import Ledger
from .models import PENDING, State
from .viewer import Viewer


@dataclass(frozen=True, slots=True)
class Pending:
    """Rows of a ledger that wait, and since when the oldest does."""

    ledger: Ledger
    number: int
    since: datetime


def drafts(viewer: Viewer) -> list[Pending]:
    """Drafts that the viewer may see, by ledger; one query. Raises Refused where the role may see no rows."""
    return _counted(viewer, State.DRAFT)


def entered(viewer: Viewer, by: str) -> list[Pending]:
    """What an account entered and nobody has approved yet; one query. Raises Refused."""
    return _counted(viewer, *PENDING, by=by)


def _counted(viewer: Viewer, *states: State, by: str = "") -> list[Pending]:
    ledgers = {ledger.code: ledger for ledger in declaration.every() if ledger.approved}
    parts: list[QuerySet[Model, dict[str, Any]]] = []
    for code, ledger in ledgers.items():
        found = queries.rows(ledger, viewer, {"state": list(states)}).order_by()
        if by:
            found = found.filter(entered_by=by)
        parts.append(
            found.annotate(code=Value(code)).values("code").annotate(n=Count("pk"), since=Min("entered_at"))
        )
    lines = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Pending(ledgers[one["code"]], one["n"], one["since"]) for one in lines if one["n"]]
