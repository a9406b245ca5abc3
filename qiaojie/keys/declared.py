"""Everything that is kept encrypted or hashed by key, found by how the columns are declared, and asked for as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, models, router
from django.utils.translation import gettext as _

from qiaojie.lib import dialects
from qiaojie.lib.crypto import HEADER_BYTES, MARK_BYTES
from qiaojie.lib.fields import BlindField, EncryptedTextField, SealedField

KEYS_OWN = "keys.mark"
"""The hashes by which the database knows its keys: they go with their key."""


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column of encrypted or hashed values."""

    model: type[models.Model]
    field: Any

    @property
    def alias(self) -> str:
        """The database that holds it."""
        return router.db_for_write(self.model)

    @property
    def called(self) -> str:
        """Model and column, as programs name them."""
        return f"{self.model._meta.label}.{self.field.attname}"

    @property
    def words(self) -> str:
        """Model and column, as people name them."""
        return f"{self.model._meta.verbose_name} {self.field.verbose_name}"

    @property
    def quoted(self) -> str:
        """The column in SQL."""
        return f'"{self.field.column}"'

    @property
    def headers(self) -> tuple[str, ...]:
        """Where its values name their algorithms and key (SQL, two bytes each): bytes that are bound to their row do twice."""
        outer = part(self.quoted, 1, HEADER_BYTES)
        if isinstance(self.field, SealedField):
            return outer, part(self.quoted, HEADER_BYTES + MARK_BYTES + 1, HEADER_BYTES)
        return (outer,)

    @property
    def verified_only(self) -> bool:
        """Whether its hashes are of what is not kept, so that they cannot be made anew."""
        return isinstance(self.field, BlindField) and not self.field.of


def columns() -> Iterator[KeptColumn]:
    """Every column that keys have to do with, but for the marks of the keys themselves."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField | SealedField | BlindField) and field.purpose != KEYS_OWN:
                yield KeptColumn(model, field)


def renewable() -> dict[type[models.Model], list[KeptColumn]]:
    """By model, the columns that can be encrypted or hashed anew."""
    found: dict[type[models.Model], list[KeptColumn]] = {}
    for column in columns():
        if not column.verified_only:
            found.setdefault(column.model, []).append(column)
    return found


def verified_purposes() -> list[str]:
    """What hashes are for that can only be verified: of a retired key this much is kept."""
    return sorted({column.field.purpose for column in columns() if column.verified_only} | _elsewhere)


def verified_elsewhere(purpose: str) -> None:
    """Declare what hashes are for that are kept outside the database (in a file of the home) and have to be verified later."""
    _elsewhere.add(purpose)


_elsewhere: set[str] = set()


def part(column: str, at: int, length: int) -> str:
    """Some bytes of a column in SQL, counted from 1."""
    return f"substr({column}, {at}, {length})"


def table(model: type[models.Model]) -> str:
    """The table of a model in SQL."""
    return f'"{model._meta.db_table}"'


def key(model: type[models.Model]) -> str:
    """The primary key of a model in SQL."""
    return f'"{model._meta.pk.column}"'


def used(number: int) -> dict[str, int]:
    """How many values still need a key, by column in words; columns that need it nowhere are left out."""
    found: dict[str, int] = {}
    for model, held in renewable().items():
        with connections[held[0].alias].cursor() as cursor:
            for column in held:
                places = " OR ".join(f"{part(column.quoted, at, 1)} = %s" for at in _key_bytes(column))
                marks = [bytes((number,))] * len(_key_bytes(column))
                cursor.execute(f"SELECT COUNT(*) FROM {table(model)} WHERE {places}", marks)  # noqa: S608
                if count := cursor.fetchone()[0]:
                    found[column.words] = found.get(column.words, 0) + count
    return found


def place(column: KeptColumn, row: int) -> str:
    """Where a value stands, in words."""
    words = {"what": column.model._meta.verbose_name, "pk": row, "column": column.field.verbose_name}
    return _("%(what)s第 %(pk)d 行：%(column)s") % words


def strange(limit: int) -> list[str]:
    """Where something stands that was never encrypted or hashed by anybody (SQLite takes texts and numbers for bytes): the first
    of each column, in words. Which key belongs there nobody can tell."""
    found: list[str] = []
    for model, held in renewable().items():
        connection = connections[held[0].alias]
        for column in held:
            if (condition := dialects.no_bytes(connection, column.quoted)) is None:
                return []
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {key(model)} FROM {table(model)} WHERE {condition} ORDER BY 1 LIMIT {limit}"  # noqa: S608
                )
                found += [place(column, row) for (row,) in cursor.fetchall()]
    return found


def _key_bytes(column: KeptColumn) -> tuple[int, ...]:
    """Where its values name their key, counted from 1."""
    return (2,) if len(column.headers) == 1 else (2, HEADER_BYTES + MARK_BYTES + 2)
