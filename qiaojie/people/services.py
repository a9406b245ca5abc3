"""Changes of the register of persons, many at a time. Whoever calls has asked for permission and holds the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from qiaojie.ledgers import declaration, journal, rows
from qiaojie.ledgers.models import Batch
from qiaojie.lib.pinyin import initials
from qiaojie.lib.text import name_key

from .identification import CERTIFICATE_LENGTH, ID_LENGTH, certificate_hash, id_hash, phone_hash, tail_hash
from .models import Certificate, Person, Tie


def completed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a person with those that follow from them: the key of her name, the hashes of her numbers."""
    values = dict(columns)
    if "name" in values:
        values["name_key"] = name_key(values["name"])
        values["initials"] = initials(values["name"])
    if "id_number" in values:
        values["id_hash"] = id_hash(values["id_number"]) if values["id_number"] else None
        values["id_tail"] = tail_hash(values["id_number"]) if values["id_number"] else None
    if "phone" in values:
        values["phone_hash"] = phone_hash(values["phone"]) if values["phone"] else None
    return values


def register(
    people: Sequence[Mapping[str, Any]], *, actor: str, batch: Batch | None, purpose: str = ""
) -> list[int]:
    """Add persons (columns by name, typed, ``name`` among them); their keys in the same order."""
    keys = rows.hand_out(Person, len(people))
    full = [completed(columns) for columns in people]
    names = sorted({name for columns in full for name in columns})
    blank = {name: rows.column(Person, name).get_default() for name in names}
    lines = (
        (key, *(columns.get(name, blank[name]) for name in names))
        for key, columns in zip(keys, full, strict=True)
    )
    rows.insert(Person, ["id", *names], lines)
    journal.created(Person, keys, actor=actor, batch=batch, purpose=purpose)
    return keys


def certify(
    held: Sequence[tuple[int, str]], county: int | None, *, actor: str, batch: Batch | None
) -> list[int]:
    """Add certificates: (person, number of 20 characters with or without a suffix), all issued by one county.

    Category and grade are the 19th and 20th characters; the days of issue and expiry are not known from a number.
    """
    keys = rows.hand_out(Certificate, len(held))
    columns = ["id", "person_id", "number", "number_hash", "category", "grade", "county_id"]
    lines = (
        (
            key,
            person,
            number,
            certificate_hash(number),
            number[ID_LENGTH],
            number[CERTIFICATE_LENGTH - 1],
            county,
        )
        for key, (person, number) in zip(keys, held, strict=True)
    )
    rows.insert(Certificate, columns, lines)
    journal.created(Certificate, keys, actor=actor, batch=batch)
    return keys


def tie(people: Iterable[int], region: int, *, actor: str, batch: Batch | None) -> list[int]:
    """Note that a county has to do with these persons, where it is not known yet; the keys of the new ties."""
    wanted = set(people)
    for part in rows.chunks(sorted(wanted)):
        wanted -= set(
            Tie.objects.filter(region_id=region, person_id__in=part).values_list("person_id", flat=True)
        )
    keys = rows.hand_out(Tie, len(wanted))
    lines = ((key, person, region) for key, person in zip(keys, sorted(wanted), strict=True))
    rows.insert(Tie, ["id", "person_id", "region_id"], lines)
    journal.created(Tie, keys, actor=actor, batch=batch)
    return keys


def still_tied(keys: Iterable[int]) -> set[int]:
    """Of these ties, those that some fact about the person still stands for, filed in the tie's county."""
    stands = Q()
    for ledger in declaration.every():
        if ledger.person and ledger.filed_by:
            facts = ledger.model._default_manager.filter(
                **{
                    ledger.person: OuterRef("person"),
                    f"{ledger.filed_by}__first__gte": OuterRef("region__first"),
                    f"{ledger.filed_by}__first__lte": OuterRef("region__last"),
                }
            )
            stands |= Q(Exists(facts))
    if not stands:
        return set()
    return set(Tie.objects.filter(stands, pk__in=list(keys)).values_list("pk", flat=True))
