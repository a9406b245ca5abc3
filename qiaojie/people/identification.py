"""Who is who: finding persons by what a file says of them, many at a time.

A person is found by her identity number, else by her certificate (its number without the suffix of a re-issue, or the
identity number that it carries). Nothing less is certain; ``likeness`` only offers candidates for somebody to confirm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from qiaojie.ledgers.rows import chunks
from qiaojie.lib.crypto import keyring

from .models import Certificate, Person, Tie

ID_LENGTH = 18
"""Characters of an identity number (GB 11643-1999)."""
CERTIFICATE_LENGTH = 20
"""Characters of a certificate number before the suffix that counts its re-issues."""

COLUMNS = (
    "name",
    "name_key",
    "sex",
    "birth_date",
    "id_number",
    "phone",
    "address",
    "ethnicity",
    "marriage",
    "guardian",
    "guardian_phone",
    "bank_account",
    "head",
    "relation",
    "education",
    "hukou_kind",
    "hukou_id",
    "home_id",
    "died_on",
)
"""What is known of a person in her own row, as far as a file can state it."""


def id_hash(number: str) -> bytes:
    """What finds an identity number (18 characters)."""
    return keyring().blind(number, "person.id_number")


def certificate_hash(number: str) -> bytes:
    """What finds a certificate number, whatever its re-issue: the hash of its first 20 characters."""
    return keyring().blind(number[:CERTIFICATE_LENGTH], "certificate.number")


def phone_hash(number: str) -> bytes:
    """What finds a telephone number."""
    return keyring().blind(number, "person.phone")


class By(StrEnum):
    """What a person was found by."""

    ID_NUMBER = "id_number"
    CERTIFICATE = "certificate"
    CARRIED = "carried"
    """The identity number that the certificate carries."""
    LIKENESS = "likeness"
    """Somebody confirmed who is meant, now or before."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a row says of who it is about: either may be missing ('')."""

    id_number: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """The person that the evidence means, None where the registry has no such person.

    ``holder`` is somebody else who holds the certificate: the two numbers do not belong together.
    """

    person: int | None = None
    by: By | None = None
    holder: int | None = None


@dataclass(slots=True)
class Known:
    """A person as the registry has her: columns, certificates (20 characters → as kept) and counties tied to her."""

    key: int
    columns: Mapping[str, Any]
    certificates: dict[str, str] = field(default_factory=dict)
    counties: set[int] = field(default_factory=set)


def identify(evidence: Sequence[Evidence]) -> list[Identity]:
    """Who each piece of evidence means, in its order; a few queries per thousand."""
    numbers = {e.id_number for e in evidence} | {
        e.certificate[:ID_LENGTH] for e in evidence if not e.id_number
    }
    by_number = _by_number(numbers - {""})
    carried = carried_by_the_numberless(numbers - {""} - by_number.keys())
    by_certificate = _by_certificate({e.certificate[:CERTIFICATE_LENGTH] for e in evidence} - {""})
    return [_identity(e, by_number, carried, by_certificate) for e in evidence]


def _identity(
    said: Evidence,
    by_number: Mapping[str, int],
    carried: Mapping[str, int],
    by_certificate: Mapping[str, set[int]],
) -> Identity:
    holders = by_certificate.get(said.certificate[:CERTIFICATE_LENGTH], set()) if said.certificate else set()
    if said.id_number:
        person = by_number.get(said.id_number)
        if person is not None:
            others = holders - {person}
            return Identity(person, By.ID_NUMBER, min(others) if others and person not in holders else None)
    # Nobody has the number: whoever holds the certificate is either she, not yet known by number, or another.
    if holders:
        return Identity(min(holders), By.CERTIFICATE)
    number = said.id_number or said.certificate[:ID_LENGTH]
    person = by_number.get(number, carried.get(number))
    return Identity(person, By.CARRIED) if person is not None else Identity()


def _by_number(numbers: Iterable[str]) -> dict[str, int]:
    ring = keyring()
    wanted = {hashed: number for number in numbers for hashed in ring.blinds(number, "person.id_number")}
    found: dict[str, int] = {}
    people = Person.objects.order_by()
    # Two questions: the index of numbers has the records that are kept, and those found to be another's are few.
    for alone, key in ((True, "pk"), (False, "canonical_id")):
        for part in chunks(wanted):
            rows = people.filter(canonical__isnull=alone, id_hash__in=part).values_list("id_hash", key)
            for hashed, person in rows:
                found.setdefault(wanted[bytes(hashed or b"")], person)
    return found


def carried_by_the_numberless(numbers: Collection[str]) -> dict[str, int]:
    """Of these numbers, those that a certificate carries whose holder is not known by number: there are few."""
    if not numbers:
        return {}
    # Each half is what an index holds; from the certificates' side all of them would be read.
    lacking = Person.objects.order_by().filter(id_hash__isnull=True)
    kept, merged = (lacking.filter(canonical__isnull=alone).values("pk") for alone in (True, False))
    held = Certificate.objects.filter(person__in=kept.union(merged, all=True), number__isnull=False)
    rows = held.values_list("number", "person_id", "person__canonical_id").iterator()
    return {
        n[:ID_LENGTH]: canonical or person for n, person, canonical in rows if n and n[:ID_LENGTH] in numbers
    }


def _by_certificate(numbers: Iterable[str]) -> dict[str, set[int]]:
    ring = keyring()
    wanted = {hashed: number for number in numbers for hashed in ring.blinds(number, "certificate.number")}
    found: dict[str, set[int]] = {}
    for part in chunks(wanted):
        rows = Certificate.objects.filter(number_hash__in=part).values_list(
            "number_hash", "person_id", "person__canonical_id"
        )
        for hashed, person, canonical in rows:
            found.setdefault(wanted[bytes(hashed or b"")], set()).add(canonical or person)
    return found


def known(keys: Iterable[int]) -> dict[int, Known]:
    """What the registry knows of these persons; three queries per thousand."""
    people: dict[int, Known] = {}
    for part in chunks(sorted(set(keys))):
        for row in Person.objects.filter(pk__in=part).values("pk", *COLUMNS):
            key = row.pop("pk")
            people[key] = Known(key, row)
        held = Certificate.objects.filter(person_id__in=part, number__isnull=False)
        for person, number in held.values_list("person_id", "number"):
            if number:
                people[person].certificates[number[:CERTIFICATE_LENGTH]] = number
        for person, region in Tie.objects.filter(person_id__in=part).values_list("person_id", "region_id"):
            people[person].counties.add(region)
    return people
