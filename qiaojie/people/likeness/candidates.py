"""Who comes into question: read by indexed columns, the same on both databases, a few statements for thousands of rows.

One statement for each index (in one, a server would read the table); what is read is the row of a person without anything
sealed. Which pairs are worth more than that, ``searching`` says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django.db import connection

from qiaojie.ledgers.rows import chunks
from qiaojie.lib import dialects
from qiaojie.lib.crypto import keyring

from ..models import Person, Tie

AT_ONCE: Final = 5_000
"""Days, sounds or telephones that one statement is given."""


class Found(NamedTuple):
    """A person who comes into question: what her row says without a key. ``here``: she is tied to the county asked about."""

    pk: int
    name: str
    sound: str
    sex: str
    birth: date | None
    phone: bytes | None
    home: int | None
    hukou: int | None
    here: int


_COLUMNS: Final = "p.id, p.name_key, p.name_sound, p.sex, p.birth_date, p.phone_hash, p.home_id, p.hukou_id"
_TIED: Final = "EXISTS (SELECT 1 FROM people_tie t WHERE t.person_id = p.id AND t.region_id = %s)"
_HERE: Final = (
    f"SELECT {_COLUMNS}, 1 FROM people_person p WHERE p.canonical_id IS NULL AND {{which}} AND {_TIED}"  # noqa: S608
)
_ANYWHERE: Final = (
    f"SELECT {_COLUMNS}, {_TIED} FROM people_person p WHERE p.canonical_id IS NULL AND {{which}}"  # noqa: S608
)


def born_here(days: Iterable[date], county: int) -> Iterator[Found]:
    """Those of a county who were born on one of these days."""
    for part in chunks(sorted(days), AT_ONCE):
        table, values = dialects.given({"day": part})
        yield from _read(_HERE.format(which=f"p.birth_date IN ({table})"), [*values, county])


def sounding_here(sounds: Iterable[str], county: int) -> Iterator[Found]:
    """Those of a county whose names sound like one of these."""
    for part in chunks(sorted(sounds), AT_ONCE):
        table, values = dialects.given({"heard": part})
        yield from _read(_HERE.format(which=f"p.name_sound IN ({table})"), [*values, county])


def sounding_and_born(pairs: Iterable[tuple[str, date]], county: int) -> Iterator[Found]:
    """Those whose names sound so and who were born on that day, wherever they are known."""
    for part in chunks(sorted(pairs), AT_ONCE):
        table, values = dialects.given(
            {"heard": [one for one, _day in part], "day": [day for _one, day in part]}
        )
        which = f"(p.name_sound, p.birth_date) IN ({table})"
        yield from _read(_ANYWHERE.format(which=which), [county, *values])


def called(phones: Iterable[str], county: int) -> Iterator[Found]:
    """Those with one of these telephones, wherever they are known."""
    ring = keyring()
    hashed: list[bytes] = []
    told = sorted(phones)
    for header in ring.headers():
        hashed += ring.blind_many(told, "person.phone", header)
    for part in chunks(hashed, AT_ONCE):
        marks = ", ".join(["%s"] * len(part))
        yield from _read(_ANYWHERE.format(which=f"p.phone_hash IN ({marks})"), [county, *part])


def numberless(county: int) -> Iterator[Found]:
    """All of whom no identity number is known: few, and found by the index of the numbers."""
    yield from _read(_ANYWHERE.format(which="p.id_hash IS NULL"), [county])


def _read(sql: str, values: Sequence[Any]) -> Iterator[Found]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return map(Found._make, rows)


def people_of(county: int) -> int:
    """How many are tied to a county; one query, by an index."""
    return Tie.objects.filter(region=county).count()


def phones(keys: Collection[int]) -> dict[int, str]:
    """The telephones of these persons, opened."""
    return _column(keys, "phone")


def addresses(keys: Collection[int]) -> dict[int, str]:
    """The addresses of these persons, opened."""
    return _column(keys, "address")


def _column(keys: Collection[int], name: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in chunks(sorted(keys), AT_ONCE):
        rows = Person.objects.filter(pk__in=dialects.among(part), **{f"{name}__isnull": False}).order_by()
        found.update(rows.values_list("pk", name))
    return found
