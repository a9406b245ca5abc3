"""Which columns the table of a review has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import queries, review
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Personal
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice

BIRTH = "person.birth_date"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the table: the fields that are shown, whether an age stands before them, and all that is read for a row."""

    shown: tuple[Field, ...]
    age: bool
    read: tuple[str, ...]
    asked: tuple[Field, ...]
    """The fields that keep rows from counting."""
    open: frozenset[str] = frozenset()
    """Names of those of them that keep no row from counting as long as it says nothing of them."""


def columns(ledger: Ledger, viewer: UserViewer, current: Iterable[Notice]) -> Columns:
    """What the table shows of a ledger's rows: what its list shows, without what all rows of a group have in common; ``current``
    are the notices in force, which ask for fields."""
    prefix = f"{ledger.reviewed_by}." if ledger.reviewed_by else " "
    shown = tuple(
        field
        for field in queries.listed(ledger, viewer)
        if field.name not in (ledger.title, "state", "unit", "person.sex")
        and not field.name.startswith(prefix)
        # Counted of approved rows alone: of a class whose trainees wait it would say 0.
        and not (field.expression is not None and field.summable)
    )
    current = tuple(current)
    conditions = notices.conditions_of(current, ledger.code)
    asked = tuple(review.lack_fields(ledger, conditions))
    # What is so of nearly every row is said where it is not; a certificate's number repeats the identity number before it.
    numbered = any(field.personal is Personal.ID_NUMBER for field in shown)
    shown = tuple(
        field
        for field in shown
        if not (field in asked and field.kind == "yes_no")
        and not (numbered and field.personal is Personal.CERTIFICATE)
    )
    names = {field.name for field in ledger.fields}
    age = BIRTH in names
    title = ledger.title or ledger.fields[0].name
    wanted = [title, *(field.name for field in (*shown, *asked)), *([BIRTH] if age else [])]
    return Columns(shown, age, tuple(dict.fromkeys(wanted)), asked, notices.open_fields(current, ledger.code))
