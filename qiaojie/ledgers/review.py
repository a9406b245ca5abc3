"""What somebody who approves must see of a row that waits: whether it is new, or what has changed since it was approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .declaration import Field, Ledger
from .journal import both_sides
from .models import Change, State
from .queries import Shown, show_registered
from .rows import chunks
from .viewer import Viewer


@dataclass(frozen=True, slots=True)
class Difference:
    """A value before and now, as the viewer may see it."""

    field: Field
    before: Shown
    now: Shown


def differences(ledger: Ledger, keys: Iterable[int], viewer: Viewer) -> dict[int, list[Difference]]:
    """What has changed in rows since they were last approved, by key; rows that never were approved are not in it.

    ``keys`` are of rows that the viewer may see. One query for every 900 rows.
    """
    lines: dict[int, list[Change]] = defaultdict(list)
    journal = Change.objects.filter(model=ledger.model._meta.label, act=Change.Act.UPDATE)
    for part in chunks(keys):
        for line in journal.filter(object_id__in=part).order_by("pk"):
            lines[line.object_id].append(line)
    fields = {field.column: field for field in ledger.fields if field.name != "state"}
    return {
        pk: _folded(ledger, changes, fields, viewer)
        for pk, changes in lines.items()
        if _ever(ledger, changes)
    }


def _ever(ledger: Ledger, changes: list[Change]) -> bool:
    """Whether a row stood approved before one of its changes."""
    return any(
        State.APPROVED in (values.get("state") for values in both_sides(ledger.model, change))
        for change in changes
    )


def _folded(
    ledger: Ledger, changes: list[Change], fields: Mapping[str, Field], viewer: Viewer
) -> list[Difference]:
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for change in changes:
        before, after = both_sides(ledger.model, change)
        if after.get("state") == State.APPROVED:
            first, last = {}, {}
            continue
        for column, value in after.items():
            first.setdefault(column, before.get(column))
            last[column] = value
    return [
        Difference(
            field,
            show_registered(ledger, field, first[column], viewer),
            show_registered(ledger, field, last[column], viewer),
        )
        for column, field in fields.items()
        if column in last and first[column] != last[column]
    ]
