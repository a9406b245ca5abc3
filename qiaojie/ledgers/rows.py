"""Rows in bulk, past the ORM's objects: keys handed out first, so rows that refer to each other are written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice, repeat
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils import timezone

from qiaojie.lib import dialects
from qiaojie.lib.fields import EncryptedTextField, SealedField, bound_fields
from qiaojie.lib.statistics import grown

T = TypeVar("T")

CHUNK = 5_000
"""Rows that are loaded at a time: more gain no speed, and are held in memory twice."""

_BOUND = (EncryptedTextField, SealedField)
"""Columns that are encrypted for their row."""

_AS_THEY_ARE = (models.CharField, models.IntegerField, models.BooleanField, models.ForeignKey)
"""Columns whose typed values both databases take without conversion."""


def hand_out(model: type[models.Model], count: int) -> list[int]:
    """Keys for ``count`` new rows, never given to others, whether the rows are written or not."""
    if not count:
        return []
    return dialects.hand_out(model._meta.db_table, str(model._meta.pk.column), count)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write new rows of typed values; columns that are not named take their defaults, the key (``id``) a new one.

    One prepared statement on SQLite, COPY on PostgreSQL. Neither ``save`` nor signals run.
    """
    key, bound = str(model._meta.pk.attname), bound_fields(model)
    defaults = {name: field.get_default() for name, field in bound.items() if name not in columns}
    if spare := {name: value for name, value in defaults.items() if value is not None}:
        columns, rows = [*columns, *spare], ((*row, *spare.values()) for row in rows)
    if key in columns or not bound:
        return _insert(model, columns, rows)
    # What is encrypted is bound to the key of its row, which is therefore handed out first.
    written = 0
    for part in chunks(rows, CHUNK):
        keys = hand_out(model, len(part))
        written += _insert(model, [key, *columns], ((pk, *row) for pk, row in zip(keys, part, strict=True)))
    return written


def _insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    fields = {f.attname: f for f in model._meta.concrete_fields}
    constants = {name: _default(f) for name, f in fields.items() if name not in columns and not f.primary_key}
    order = [*columns, *constants]
    key = str(model._meta.pk.attname)
    at = order.index(key) if key in order else None
    converters = [_column_converter(fields[name]) for name in columns]
    bound = [isinstance(fields[name], _BOUND) for name in columns]
    tail = tuple(_converter(fields[name])(value) for name, value in constants.items())
    prepared = _prepared_rows(converters, bound, at, tail, rows)
    table = model._meta.db_table
    written = dialects.load(table, [str(fields[name].column) for name in order], prepared)
    grown(table, written)
    return written


def update(model: type[models.Model], changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Set columns of rows that are there: (key, {column: typed value}). Rows that change alike share a statement."""
    fields = {f.attname: f for f in model._meta.concrete_fields}
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for pk, values in changes:
        names = tuple(sorted(values))
        alike[names].append((*(_converted(fields[name], pk, values[name]) for name in names), pk))
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


def _prepared_rows(
    converters: Sequence[Callable[..., Sequence[Any]] | None],
    bound: Sequence[bool],
    key: int | None,
    tail: tuple[Any, ...],
    rows: Iterable[Sequence[Any]],
) -> Iterable[tuple[Any, ...]]:
    """Rows as the database takes them: a handful at a time, column by column, since one call is dearer than one value.

    ``key`` is the place of the primary key, for which the ``bound`` columns are encrypted.
    """
    for part in chunks(rows, CHUNK):
        given = list(zip(*part, strict=True))
        keys = () if key is None else given[key]
        columns = [
            values if convert is None else convert(keys, values) if with_key else convert(values)
            for convert, with_key, values in zip(converters, bound, given, strict=True)
        ]
        yield from zip(*columns, *(repeat(value, len(part)) for value in tail), strict=True)


def _column_converter(field: models.Field[Any, Any]) -> Callable[..., Sequence[Any]] | None:
    """What makes the values of a column such as the database takes; None where it takes them as they are. Of a column that is
    bound to its row, the keys come first."""
    if isinstance(field, _BOUND):
        return field.at_many
    if isinstance(field, (*_AS_THEY_ARE, models.BinaryField)):
        return None
    return partial(_each_once, _converter(field))


def _converted(field: models.Field[Any, Any], pk: int, value: Any) -> Any:
    """A value of one row as the database takes it."""
    return field.at(pk, value) if isinstance(field, _BOUND) else _converter(field)(value)


def _each_once(convert: Callable[[Any], Any], values: Sequence[Any]) -> Sequence[Any]:
    """Each different value converted once: days and states repeat."""
    try:
        known = {value: convert(value) for value in set(values)}
    except TypeError:
        return [convert(value) for value in values]
    return [known[value] for value in values]


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, _AS_THEY_ARE):
        return _same
    # The connection itself: looking it up behind ``django.db.connection`` for each value would cost more than the value.
    return partial(field.get_db_prep_save, connection=connections[DEFAULT_DB_ALIAS])


def _same(value: Any) -> Any:
    return value
