"""Rows in bulk, past the ORM's objects: keys handed out first, so rows that refer to each other are written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils import timezone

from qiaojie.lib.statistics import grown

T = TypeVar("T")

CHUNK = 5_000

_AS_THEY_ARE = (models.CharField, models.IntegerField, models.BooleanField, models.ForeignKey)
"""Columns whose typed values both databases take without conversion."""


def hand_out(model: type[models.Model], count: int) -> list[int]:
    """Keys for ``count`` new rows, never given to others. Must run inside the transaction that writes them.

    On SQLite a transaction holds the write lock from its beginning; on PostgreSQL the keys come from the sequence.
    """
    if not count:
        return []
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, key, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        used = cursor.fetchone()
        cursor.execute(f'SELECT MAX("{key}") FROM "{table}"')  # noqa: S608  (names of our own tables)
        highest = cursor.fetchone()
    start = max((used or (0,))[0] or 0, highest[0] or 0) + 1
    return list(range(start, start + count))


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write new rows of typed values; columns that are not named take their defaults, the key (``id``) a new one.

    One prepared statement on SQLite, COPY on PostgreSQL. Neither ``save`` nor signals run.
    """
    fields = {f.attname: f for f in model._meta.concrete_fields}
    constants = {name: _default(f) for name, f in fields.items() if name not in columns and not f.primary_key}
    order = [*columns, *constants]
    converters = [_converter(fields[name]) for name in columns]
    tail = tuple(_converter(fields[name])(value) for name, value in constants.items())
    prepared = (
        (*(convert(value) for convert, value in zip(converters, row, strict=True)), *tail) for row in rows
    )
    names = ", ".join(f'"{fields[name].column}"' for name in order)
    return (_copy if connection.vendor == "postgresql" else _prepared)(
        model._meta.db_table, names, len(order), prepared
    )


def update(model: type[models.Model], changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Set columns of rows that are there: (key, {column: typed value}). Rows that change alike share a statement."""
    fields = {f.attname: f for f in model._meta.concrete_fields}
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for pk, values in changes:
        names = tuple(sorted(values))
        alike[names].append((*(_converter(fields[name])(values[name]) for name in names), pk))
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        for names, rows in alike.items():
            sets = ", ".join(f'"{fields[name].column}" = %s' for name in names)
            cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s', rows)  # noqa: S608


def column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """The column of that name (``person`` or ``person_id``). Raises KeyError."""
    for field in model._meta.concrete_fields:
        if name in (field.attname, field.name):
            return field
    raise KeyError(f"{model._meta.label} has no column {name}")


def spans(keys: Iterable[int]) -> list[tuple[int, int]]:
    """Keys as runs of neighbours, both ends inclusive: 3, 4, 5, 9 → (3, 5), (9, 9)."""
    runs: list[tuple[int, int]] = []
    for key in sorted(keys):
        if runs and key <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], key)
        else:
            runs.append((key, key))
    return runs


def chunks(keys: Iterable[T], size: int = 900) -> Iterable[list[T]]:
    """Keys (or hashes, names …) in groups that every database takes in one statement."""
    rest = iter(keys)
    while group := list(islice(rest, size)):
        yield group


def _default(field: models.Field[Any, Any]) -> Any:
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return timezone.now()
    return field.get_default()


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, _AS_THEY_ARE):
        return _same
    # The connection itself: looking it up behind ``django.db.connection`` for each value would cost more than the value.
    return partial(field.get_db_prep_save, connection=connections[DEFAULT_DB_ALIAS])


def _same(value: Any) -> Any:
    return value


def _prepared(table: str, names: str, width: int, rows: Iterable[tuple[Any, ...]]) -> int:
    marks = ", ".join(["%s"] * width)
    written = 0
    with connection.cursor() as cursor:
        feed = iter(rows)
        while part := list(islice(feed, CHUNK)):
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', part)  # noqa: S608
            written += len(part)
    return written


def _copy(table: str, names: str, width: int, rows: Iterable[tuple[Any, ...]]) -> int:
    written = 0
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
            written += 1
    grown(table, written)
    return written
