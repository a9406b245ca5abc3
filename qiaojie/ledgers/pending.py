"""What waits for approval, over all ledgers at once: rows, changes beside approved rows, facts of registers to be confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Min, Model, QuerySet, Value, When

from . import approving, confirming, declaration, proposals, queries
from .declaration import Ledger
from .models import PENDING
from .viewer import Action, Viewer


class Waits(StrEnum):
    """What it is that waits, which says where it is decided."""

    ROWS = "rows"
    CHANGES = "changes"
    REGISTERS = "registers"


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits in a ledger (None: facts of several registers together), and since when the oldest does."""

    ledger: Ledger | None
    number: int
    since: datetime
    what: Waits = Waits.ROWS


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of a ledger alike in all that says whose turn it is: their state, the number and level of the office that filed
    them, and whether the viewer entered them."""

    ledger: Ledger
    number: int
    since: datetime
    state: str
    place: int | None
    level: int | None
    own: bool


def waiting(viewer: Viewer) -> list[Pending]:
    """Everything in the viewer's sight that is on its way to approval, by ledger; of an approver what it is her turn to
    approve. Checked rows wait as drafts do. A query for rows, one for counties' rules, one for changes, one a register.

    Raises Refused where the role may see no rows.
    """
    return [*_rows(viewer), *_beside(viewer)]


def entered(viewer: Viewer, by: str) -> list[Pending]:
    """The rows that an account entered and nobody has approved yet; one query. Raises Refused."""
    return _together(_groups(viewer, by))


def _rows(viewer: Viewer) -> list[Pending]:
    groups = _groups(viewer)
    known = approving.rules()
    if not viewer.may(Action.APPROVE) or not known.held:
        return _together(groups)
    return _together(one for one in groups if _may_go(one, known.of(one.place), viewer))


def _may_go(group: _Group, rule: approving.CountyRule, viewer: Viewer) -> bool:
    if rule.two_persons and group.own:
        return False
    return approving.following(rule, group.level, group.state, viewer) is not None


def _together(groups: Iterable[_Group]) -> list[Pending]:
    numbers: dict[str, int] = defaultdict(int)
    since: dict[str, datetime] = {}
    for one in groups:
        numbers[one.ledger.code] += one.number
        since[one.ledger.code] = min(one.since, since.get(one.ledger.code, one.since))
    return [Pending(declaration.get(code), number, since[code]) for code, number in numbers.items()]


def _groups(viewer: Viewer, by: str = "") -> list[_Group]:
    ledgers = {ledger.code: ledger for ledger in declaration.every() if ledger.approved}
    own = Case(
        When(entered_by=viewer.name, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    parts: list[QuerySet[Model, dict[str, Any]]] = []
    for code, ledger in ledgers.items():
        found = queries.rows(ledger, viewer, {"state": list(PENDING)}).order_by()
        if by:
            found = found.filter(entered_by=by)
        office = ledger.filed_by
        marked = found.annotate(
            ledger_code=Value(code),
            stands_at=F("state"),
            office_first=F(f"{office}__first"),
            office_level=F(f"{office}__level"),
            by_viewer=own,
        )
        parts.append(
            marked.values("ledger_code", "stands_at", "office_first", "office_level", "by_viewer").annotate(
                n=Count("pk"), since=Min("entered_at")
            )
        )
    lines = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [
        _Group(
            ledgers[one["ledger_code"]],
            one["n"],
            one["since"],
            one["stands_at"],
            one["office_first"],
            one["office_level"],
            bool(one["by_viewer"]),
        )
        for one in lines
        if one["n"]
    ]


def _beside(viewer: Viewer) -> list[Pending]:
    """What waits and is no row: who approves is asked about it, whoever else sees what she has proposed herself."""
    approves = viewer.may(Action.APPROVE)
    changes = proposals.to_decide(viewer) if approves else proposals.own(viewer)
    found = [Pending(one.ledger, one.number, one.since, Waits.CHANGES) for one in changes]
    if not approves:
        return found
    batches = confirming.to_confirm(viewer)
    if batches:
        number = sum(one.number for one in batches)
        found.append(Pending(None, number, min(one.since for one in batches), Waits.REGISTERS))
    return found
