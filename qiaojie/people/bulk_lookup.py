"""Finding very many persons at once: what ``identification`` says of a few lines, for all lines of a long file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from qiaojie.ledgers.rows import chunks
from qiaojie.lib.crypto import keyring
from qiaojie.lib.dialects import among

from .identification import carried_by_the_numberless
from .models import Certificate, Person, Tie

ID, CERTIFICATE, PHONE = "person.id_number", "certificate.number", "person.phone"
"""What the hashes of numbers are for; as in ``identification``, which makes them one by one."""

AT_ONCE = 30_000
"""So many values go into one statement: no SQLite takes fewer than 32,766."""


@dataclass(frozen=True, slots=True)
class KnownPersons:
    """Who is known: ``by_number`` and ``carried`` map a number to a person, ``by_certificate`` the 20 characters of a
    certificate to all who hold it. ``own`` are the numbers that stand in the very record of the person, ``held`` the
    certificates (with the person) that do."""

    by_number: dict[str, int]
    own: set[str]
    carried: dict[str, int]
    by_certificate: dict[str, set[int]]
    held: set[tuple[int, str]]


def find(numbers: Collection[str], certificates: Collection[str]) -> KnownPersons:
    """Look up identity numbers (18 characters) and certificates (20)."""
    by_number: dict[str, int] = {}
    own: set[str] = set()
    # Two questions: the index of numbers has the records that are kept, and those found to be another's are few.
    people = Person.objects.order_by()
    kept, merged = (people.filter(canonical__isnull=alone) for alone in (True, False))
    for number, pk in _hashed(kept, "id_hash", ID, numbers, "pk"):
        by_number[number] = pk
        own.add(number)
    for number, canonical in _hashed(merged, "id_hash", ID, numbers, "canonical_id"):
        by_number.setdefault(number, canonical)
    holders: dict[str, set[int]] = {}
    known = Certificate.objects.order_by()
    held = _hashed(known, "number_hash", CERTIFICATE, certificates, "person_id", "person__canonical_id")
    very = set()
    for certificate, person, canonical in held:
        holders.setdefault(certificate, set()).add(canonical or person)
        very.add((person, certificate))
    carried = carried_by_the_numberless(set(numbers) - by_number.keys())
    return KnownPersons(by_number, own, carried, holders, very)


def hashes(texts: Sequence[str | None], purpose: str) -> list[bytes | None]:
    """What finds numbers, for those that are there."""
    there = [text for text in texts if text]
    made = iter(keyring().blind_many(there, purpose))
    return [next(made) if text else None for text in texts]


def _hashed(
    rows: QuerySet[Any], column: str, purpose: str, texts: Collection[str], *columns: str
) -> Iterator[tuple[Any, ...]]:
    """The text and some columns of those of the rows that were filed under the hash of a text."""
    ring = keyring()
    for header in ring.headers():
        # Few installations ever change keys or algorithms: hashes of a kind that no row has are not computed.
        first = rows.filter(**{f"{column}__gte": header}).order_by(column).values_list(column, flat=True)[:1]
        if not any(bytes(found).startswith(header) for found in first):
            continue
        for part in chunks(texts, AT_ONCE):
            hashes = ring.blind_many(part, purpose, header)
            by_hash = dict(zip(hashes, part, strict=True))
            for found, *values in rows.filter(**{f"{column}__in": among(hashes)}).values_list(
                column, *columns
            ):
                yield (by_hash[bytes(found)], *values)


def columns(keys: Sequence[int], names: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """Columns of persons, by their keys."""
    found: dict[int, tuple[Any, ...]] = {}
    for part in chunks(keys, AT_ONCE):
        people = Person.objects.filter(pk__in=among(part)).order_by()
        found.update((pk, values) for pk, *values in people.values_list("pk", *names))
    return found


def with_certificates(keys: Sequence[int]) -> set[int]:
    """Of some persons, those of whom any certificate is known."""
    found: set[int] = set()
    for part in chunks(keys, AT_ONCE):
        held = Certificate.objects.filter(person_id__in=among(part), number__isnull=False).order_by()
        found.update(held.values_list("person_id", flat=True))
    return found


def ties(keys: Sequence[int]) -> dict[int, set[int]]:
    """The counties that persons are tied to."""
    found: dict[int, set[int]] = {}
    for part in chunks(keys, AT_ONCE):
        tied = Tie.objects.filter(person_id__in=among(part)).order_by()
        for person, region in tied.values_list("person_id", "region_id"):
            found.setdefault(person, set()).add(region)
    return found
