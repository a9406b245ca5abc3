"""Changes of the register of persons, many at a time. Whoever calls has asked for permission and holds the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from qiaojie.ledgers import declaration, journal, rows
from qiaojie.ledgers.models import Batch
from qiaojie.lib import dialects
from qiaojie.lib.pinyin import initials, sound
from qiaojie.lib.text import name_key

from . import number_blocks
from .bulk_lookup import CERTIFICATE, ID, PHONE, hashes
from .identification import (
    CERTIFICATE_LENGTH,
    ID_LENGTH,
    certificate_hash,
    id_hash,
    phone_hash,
)
from .models import Certificate, Person, Tie


def completed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a person with those that follow from them: the key of her name, the hashes of her numbers."""
    values = dict(columns)
    if "name" in values:
        values["name_key"] = name_key(values["name"])
        values["initials"] = initials(values["name"])
        values["name_sound"] = sound(values["name_key"])
    if "id_number" in values:
        values["id_hash"] = id_hash(values["id_number"]) if values["id_number"] else None
        values |= {name: found for name, (found,) in number_blocks.hashes([values["id_number"]]).items()}
    if "phone" in values:
        values["phone_hash"] = phone_hash(values["phone"]) if values["phone"] else None
    return values


def _heard(name: str) -> str:
    return sound(name_key(name))


def certificate_completed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a certificate with those that follow from its number: its hash, the category and the grade that it ends on.

    What the list itself says of category and grade comes first.
    """
    values = dict(columns)
    number = values.get("number")
    if number:
        values["number_hash"] = certificate_hash(number[:CERTIFICATE_LENGTH])
        values.setdefault("category", number[ID_LENGTH])
        values.setdefault("grade", number[CERTIFICATE_LENGTH - 1])
    return values


def register(
    people: Sequence[Mapping[str, Any]], *, actor: str, batch: Batch | None, purpose: str = ""
) -> list[int]:
    """Add persons (columns by name, typed, ``name`` among them); their keys in the same order."""
    names = sorted({name for columns in people for name in columns})
    held = {name: [columns.get(name) for columns in people] for name in names}
    return register_columns(held, len(people), actor=actor, batch=batch, purpose=purpose)


def register_columns(
    columns: Mapping[str, Sequence[Any]], count: int, *, actor: str, batch: Batch | None, purpose: str = ""
) -> list[int]:
    """``register`` of persons given by columns, as many values in each as there are persons; None: not stated."""
    keys = rows.hand_out(Person, count)
    held: dict[str, Sequence[Any]] = dict(columns)
    if "name" in columns:
        for follows, made in (("name_key", name_key), ("initials", initials), ("name_sound", _heard)):
            known = {name: made(name) for name in set(columns["name"])}
            held[follows] = [known[name] for name in columns["name"]]
    if "id_number" in columns:
        numbers = columns["id_number"]
        held["id_hash"] = hashes(numbers, ID)
        held |= number_blocks.hashes(numbers)
    if "phone" in columns:
        held["phone_hash"] = hashes(columns["phone"], PHONE)
    for name, values in held.items():
        blank = rows.column(Person, name).get_default()
        if blank is not None:
            held[name] = [blank if value is None else value for value in values]
    rows.insert(Person, ["id", *held], zip(keys, *held.values(), strict=True))
    journal.created(Person, keys, actor=actor, batch=batch, purpose=purpose)
    return keys


def certify(
    held: Sequence[tuple[int, str, int | None]],
    *,
    actor: str,
    batch: Batch | None,
    confirmed: bool = True,
) -> list[int]:
    """Add certificates: (person, number of 20 characters with or without a suffix, the county that issued it).

    Where the county is None nothing says which one it was: somebody has to (``issuing``). ``confirmed``: whoever brings
    them may approve. Category and grade are the 19th and 20th characters; the days of issue and expiry are not known from a
    number.
    """
    keys = rows.hand_out(Certificate, len(held))
    columns = [
        "id",
        "person_id",
        "number",
        "number_hash",
        "category",
        "grade",
        "county_id",
        "county_asked",
        "confirmed",
    ]
    hashed = hashes([number[:CERTIFICATE_LENGTH] for _person, number, _county in held], CERTIFICATE)
    lines = (
        (
            key,
            person,
            number,
            hash_,
            number[ID_LENGTH],
            number[CERTIFICATE_LENGTH - 1],
            county,
            county is None,
            confirmed,
        )
        for key, hash_, (person, number, county) in zip(keys, hashed, held, strict=True)
    )
    rows.insert(Certificate, columns, lines)
    journal.created(Certificate, keys, actor=actor, batch=batch)
    return keys


def tie(people: Iterable[int], region: int, *, actor: str, batch: Batch | None) -> list[int]:
    """Note that a county has to do with these persons, where it is not known yet; the keys of the new ties."""
    wanted = set(people)
    tied = Tie.objects.filter(region_id=region, person_id__in=dialects.among(sorted(wanted)))
    wanted -= set(tied.values_list("person_id", flat=True))
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
