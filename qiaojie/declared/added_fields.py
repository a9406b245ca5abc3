"""Fields that a declared ledger adds to the rows of another: read there as a part of the row."""

from __future__ import annotations

from dataclasses import replace

from qiaojie.ledgers.declaration import Field, Ledger

from . import naming
from .kept import Kept


def word(kept: Kept) -> str:
    """What stands before the dot in the names of these fields there."""
    return kept.declared.word or kept.code


def of(kept: Kept, ledger: Ledger) -> tuple[Field, ...]:
    """The declared fields as fields of the ledger that they are added to."""
    codes = {one.code for one in kept.declared.fields}
    begun = naming.added_by(kept.code)
    return tuple(
        replace(
            one,
            name=f"{word(kept)}.{one.name}",
            path=f"{begun}__{one.path or one.name}",
            until=f"{begun}__{one.until}" if one.until else "",
            part_of=f"{word(kept)}.{one.part_of}" if one.part_of else "",
        )
        for one in ledger.fields
        if one.name in codes
    )
