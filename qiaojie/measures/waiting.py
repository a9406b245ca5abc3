"""What a fact that would count still waits for: its own approval, that of what it refers to, what is registered of the person,
or that somebody says which county answers for her."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils import timezone

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.people.models import Certificate, Person
from qiaojie.people.queries import unconfirmed_persons


class WaitsFor(StrEnum):
    """What a fact waits for."""

    APPROVAL = "approval"
    """A row: its own, or one that it refers to."""
    REGISTER = "register"
    """What is registered of the person is not confirmed."""
    COUNTY = "county"
    """Nobody has said by which county her certificate was issued."""
    OTHER = "other"
    """None of these alone."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a fact waits for; of an approval the ledger and the key of the row, since when it stands there, and the office that
    filed it ('' where that is not known)."""

    what: WaitsFor
    ledger: str = ""
    row: int = 0
    since: date | None = None
    unit: str = ""


def waits(ledger: Ledger, keys: Iterable[int]) -> dict[int, Wait]:
    """What facts of a ledger wait for, by their keys: what comes first of it. At most three queries, whatever their number."""
    wanted = list(keys)
    found = dict(_approvals(ledger, wanted))
    left = [key for key in wanted if key not in found]
    if not left or ledger.person is None:
        return found | {key: Wait(WaitsFor.OTHER) for key in left}
    rows = ledger.model._default_manager.filter(pk__in=left)
    people = dict(rows.order_by().values_list("pk", f"{ledger.person}_id"))
    held = Person.objects.filter(pk__in=set(people.values()))
    unseen = set(held.filter(pk__in=unconfirmed_persons()).values_list("pk", flat=True))
    asked = Certificate.objects.filter(person__in=held, county__isnull=True, county_asked=True)
    unsaid = set(asked.order_by().values_list("person_id", flat=True))
    for key, person in people.items():
        what = WaitsFor.COUNTY if person in unsaid else WaitsFor.OTHER
        found[key] = Wait(WaitsFor.REGISTER if person in unseen else what)
    return found


def _approvals(ledger: Ledger, keys: list[int]) -> Iterator[tuple[int, Wait]]:
    """Of rows that are not approved, or refer to one that is not, that row; one query."""
    places = [("", ledger.code)] if ledger.approved else []
    places += [
        (f"{part.attribute}__", part.ledger)
        for part in ledger.parts.values()
        if declaration.get(part.ledger).approved
    ]
    told: list[str] = []
    for path, code in places:
        office = declaration.get(code).filed_by
        told += [f"{path}pk", f"{path}state", f"{path}entered_at", f"{path}{office}__short_name"]
    if not places:
        return
    rows = ledger.model._default_manager.filter(pk__in=keys).order_by()
    for pk, *values in rows.values_list("pk", *told):
        for at, (_path, code) in enumerate(places):
            row, state, entered, unit = values[4 * at : 4 * at + 4]
            if state in PENDING:
                yield pk, Wait(WaitsFor.APPROVAL, code, row, _day(entered), unit or "")
                break


def _day(moment: Any) -> date | None:
    return timezone.localtime(moment).date() if moment else None
