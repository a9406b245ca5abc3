"""Rows that are there are changed, whoever asks for it: what takes place at once, what waits beside its row, what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from qiaojie.ledgers import proposals, rows
from qiaojie.ledgers.changing import OpenChange
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.following import spread
from qiaojie.ledgers.models import State
from qiaojie.ledgers.proposals import Line
from qiaojie.people.models import Certificate

ON_THE_WAY: Final = (State.VILLAGE, State.TOWNSHIP)
"""States of rows that a level below the county has approved."""

_AGAIN: Final[Mapping[str, Any]] = {"state": State.DRAFT, "approved_at": None, "approved_by": ""}


def standing_columns(ledger: Ledger) -> tuple[str, ...]:
    """The columns that say how far a row has come: ``split`` asks for them."""
    if ledger.approved:
        return tuple(_AGAIN)
    return ("confirmed",) if ledger.confirmed else ()


def carried(ledger: Ledger, becomes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns that somebody sets, with those of the same row that follow from them."""
    values = dict(becomes)
    if ledger.completes is not None:
        values = ledger.completes(values)
    if ledger.model is Certificate and values.get("county_id"):
        # Somebody has said which county issued it.
        values["county_asked"] = False
    for column, source in ledger.follows.items():
        if source in values:
            values[column] = values[source]
    return values


def split(
    ledger: Ledger,
    lines: Sequence[Line],
    standing: Mapping[int, Mapping[str, Any]],
    final: Callable[[int], bool],
) -> tuple[list[Line], list[Line]]:
    """What of some changes takes place at once, and what waits beside its row for an approver.

    ``standing`` has each row's ``standing_columns``; a row that it does not have was made just now, and stands nowhere yet.
    ``final`` says of a row whether the word of whoever changes it is the last.
    """
    now: list[Line] = []
    later: list[Line] = []
    for pk, before, after in lines:
        if final(pk):
            now.append((pk, before, after))
            continue
        row = standing.get(pk, {})
        first, waits = proposals.parted(ledger, {"confirmed": None, **row}, after)
        was = dict(before)
        if first and ledger.approved and row.get("state") in ON_THE_WAY:
            # What was approved on the way is no longer what stands there.
            was |= {name: row[name] for name in _AGAIN}
            first |= _AGAIN
        if first:
            now.append((pk, {name: was[name] for name in first}, first))
        if waits:
            later.append((pk, {name: was[name] for name in waits}, waits))
    return now, later


def write(
    ledger: Ledger,
    now: Sequence[Line],
    later: Sequence[Line],
    change: OpenChange,
    regions: Mapping[int, int | None] | None = None,
) -> int:
    """Write what takes place at once, with what follows it elsewhere, and keep the rest beside the rows; how many of that are new
    (``proposals.propose``, which ``regions`` is for). A batch has been begun."""
    if now:
        rows.update(ledger.model, [(pk, after) for pk, _before, after in now])
        change.updated(ledger.model, now)
        spread(ledger, now, change)
    if not later or change.batch is None:
        return 0
    return proposals.propose(ledger, later, change.batch, change.viewer, change.purpose, regions)
