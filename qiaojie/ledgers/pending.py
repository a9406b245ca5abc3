"""What waits for approval, over all ledgers at once: rows, and whatever else an approver is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Model, QuerySet, Value

from qiaojie.lib.cells import Label

from . import declaration, queries
from .declaration import Ledger
from .models import PENDING
from .viewer import Viewer


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits in a ledger, and since when the oldest does. ``what`` says in words what it is where it is no rows ('');
    ``page`` is then the name of the page on which it is decided, asked with the ledger's code."""

    ledger: Ledger
    number: int
    since: datetime
    what: Label = ""
    page: str = ""


Source = Callable[[Viewer], Iterable[Pending]]
_sources: list[Source] = []


def also(source: Source) -> Source:
    """Have something else that waits for an approver counted beside the rows: changes beside approved rows, facts of
    registers to be confirmed. A source gives what waits for this viewer and nothing else; a decorator."""
    _sources.append(source)
    return source


def waiting(viewer: Viewer) -> list[Pending]:
    """Everything in the viewer's sight that is on its way to approval, by ledger: rows in one query, then the other
    sources. Checked rows wait as drafts do. Raises Refused where the role may see no rows."""
    return [*_rows(viewer), *(one for source in _sources for one in source(viewer) if one.number)]


def entered(viewer: Viewer, by: str) -> list[Pending]:
    """The rows that an account entered and nobody has approved yet; one query. Raises Refused."""
    return _rows(viewer, by)


def _rows(viewer: Viewer, by: str = "") -> list[Pending]:
    ledgers = {ledger.code: ledger for ledger in declaration.every() if ledger.approved}
    parts: list[QuerySet[Model, dict[str, Any]]] = []
    for code, ledger in ledgers.items():
        found = queries.rows(ledger, viewer, {"state": list(PENDING)}).order_by()
        if by:
            found = found.filter(entered_by=by)
        parts.append(
            found.annotate(code=Value(code)).values("code").annotate(n=Count("pk"), since=Min("entered_at"))
        )
    lines = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Pending(ledgers[one["code"]], one["n"], one["since"]) for one in lines if one["n"]]
