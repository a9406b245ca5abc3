"""What a draft's ledger would be, before there is a table of it: for showing what people will fill in."""

from __future__ import annotations

from django.utils import timezone

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger

from . import ledger, merging, naming, running
from .drafting import HeldDraft
from .naming import REGION


def ledger_of(held: HeldDraft) -> Ledger | None:
    """The ledger that a draft would make; None while it says too little, or refers to what is not in force."""
    declared = held.folder.declared
    if declared is None or not held.usable:
        return None
    known = {one.code for one in declaration.every()}
    about = {naming.ledger_about(one.what) for one in declared.subjects if one.what != REGION}
    if not about | ({declared.extends} if declared.extends else set()) <= known:
        return None
    before = running.current().get(declared.code)
    return ledger.ledger(merging.merged(before, declared, held.folder.name, timezone.localdate()))


def own(held: HeldDraft, made: Ledger) -> tuple[Field, ...]:
    """Of that ledger the fields that a row itself keeps and somebody fills in."""
    declared = held.folder.declared
    codes = {one.code for one in declared.fields} if declared is not None else set()
    places = (
        {one.called for one in declared.subjects if one.what == REGION} if declared is not None else set()
    )
    return tuple(one for one in made.fields if one.name in codes | places and one.asked)
