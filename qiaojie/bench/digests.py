"""A night's digest beside the bare limit: every row of the same tables read once through Django's cursor, and hashed as it lies.

The limit opens nothing that is encrypted, compares nothing and keeps nothing; ours does all three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from django.apps import apps
from django.db import connections, router, transaction
from django.db.models import Model

from qiaojie.digests import services
from qiaojie.ledgers.tracing import rowmarks
from qiaojie.lib.fields import EncryptedTextField
from qiaojie.people import doubts

from .timing import BenchLine, against, alternated, timed

_AT_ONCE = 2_000
WANTED = 8.0
"""Times what reading and hashing take; most of it opens what is encrypted."""


def lines(people: int) -> Iterator[BenchLine]:
    """The first digest of a registry of so many people; and a night on which nothing has changed, beside the bare limit."""
    models = [model for model in apps.get_models(include_auto_created=True) if rowmarks.is_covered(model)]
    size = f"{people:,}"
    # Persons filled in past the product have not yet the hashes by which doubtful pairs are found.
    doubts.catch_up()
    first = timed(services.make, 1)
    bare = timed(partial(read_once, models), 1)
    yield BenchLine("the first digest, kept", size, first.middle, bare.middle, None)
    rows = read_once(models)
    found = services.compare()
    if found.rows != rows or found.found:
        raise SystemExit(f"the digest saw {found.rows} of {rows} rows, {len(found.found)} of them differing")
    times = alternated(partial(read_once, models), services.compare)
    opened = sum(model._base_manager.count() * _encrypted(model) for model in models)
    note = f"{rows:,} rows, {1e6 * times[1].middle / rows:.0f} µs each; {opened:,} encrypted values opened"
    yield against("a night's digest of all rows", size, times, WANTED, note)


def read_once(models: list[type[Model]]) -> int:
    """Read every covered column of every row as it lies in the database, and hash each row; how many there are."""
    number = 0
    for model in models:
        held = connections[router.db_for_read(model)]
        names = {item.attname: item.column for item in model._meta.concrete_fields}
        asked = [model._meta.pk.column, *(names[each] for each in rowmarks.covered(model))]
        told = ", ".join(held.ops.quote_name(str(name)) for name in asked)
        statement = f"SELECT {told} FROM {held.ops.quote_name(model._meta.db_table)}"  # noqa: S608 - names of our own
        with transaction.atomic(using=held.alias), held.chunked_cursor() as cursor:
            cursor.execute(statement)
            while rows := cursor.fetchmany(_AT_ONCE):
                number += len(rows)
                for row in rows:
                    hashlib.sha256(b",".join(map(_plain, row))).digest()
    return number


def _plain(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _encrypted(model: type[Model]) -> int:
    """How many covered columns of a model are encrypted."""
    wanted = set(rowmarks.covered(model))
    held = [item for item in model._meta.concrete_fields if isinstance(item, EncryptedTextField)]
    return sum(item.attname in wanted for item in held)
