"""Columns that repeat those of another row (the day that counts) move with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import declaration, rows
from .changing import OpenChange
from .declaration import Ledger


def spread(
    ledger: Ledger, lines: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]], change: OpenChange
) -> None:
    """Rows of any ledger whose columns repeat one that has just changed here follow it, journalled in the same change.

    ``lines`` are (key, columns before, columns after) of the changed rows.
    """
    changed = list(lines)
    for one in declaration.followers(ledger.code):
        moved = {pk: after[one.repeats] for pk, _before, after in changed if one.repeats in after}
        for keys in rows.chunks(moved):
            found = one.ledger.model._default_manager.filter(**{f"{one.key}__in": keys})
            held = list(found.values_list("pk", one.key, one.column))
            follow = [
                (pk, {one.column: was}, {one.column: moved[source]})
                for pk, source, was in held
                if was != moved[source]
            ]
            if follow:
                rows.update(one.ledger.model, [(pk, now) for pk, _was, now in follow])
                change.updated(one.ledger.model, follow)
