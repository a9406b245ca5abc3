"""Names of classes, bases … in a file that are nearly another's: what is asked, and the buttons that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qiaojie.intake.public import NameQuestion, NameSide, Plan
from qiaojie.ledgers import declaration
from qiaojie.lib.values import Label

LISTED = 50
"""So many names are asked about at once."""


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name that is nearly another's: what kind of thing it names, how many rows say it, and what it may mean."""

    row: int
    cell: str
    kind: Label
    said: str
    days: str
    rows: int
    sides: tuple[NameSide, ...]
    another: str


def of_plan(planned: Plan) -> dict[str, Any]:
    """What a plan's page asks of names; those that are answered stand among its decisions."""
    waiting = [] if planned.blind else [one for one in planned.names if one.waits]
    return {
        "asked_names": [_asked(one) for one in waiting[:LISTED]],
        "asked_names_more": max(0, len(waiting) - LISTED),
    }


def _asked(one: NameQuestion) -> AskedName:
    kind = declaration.get(one.ledger).label
    return AskedName(one.row, one.cell, kind, one.said, one.days, len(one.rows), one.sides, one.another)
