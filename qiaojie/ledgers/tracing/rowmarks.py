"""What a row says, as a short hash: over the plain values (encrypted columns opened), the same on every database.

So a value that was encrypted anew or by another key has the same hash, and one that somebody put there past the system another.
A row's hash covers its key and the columns that are ``covered``; beside it each column has a tag of two bytes, which tells
*which* column differs. Hashes are kept sealed or keyed by whoever keeps them: by themselves they prove nothing.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from json.encoder import encode_basestring
from typing import Any, Final

from django.db import connections, models

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import EncryptedTextField, Unreadable, stored_bytes

from ..rows import chunks

HASH_BYTES: Final = 12
"""Of SHA-256: enough that nobody finds another row of the same hash, few enough to be kept of every row."""

TAG_BYTES: Final = 2
"""Of each column: 65,535 of 65,536 changes are told by their column; all are told by the row's hash."""

_AT_ONCE: Final = 2_048
"""Rows that are held in memory at a time."""

_AT_ONCE_LARGE: Final = 8
"""Of rows that hold whole files: of 20 MB each at most."""

_NONE: Final = "null"

Texter = Callable[[Any], str]


_spared: dict[str, dict[str, str]] = {}
_opened: dict[str, dict[str, str]] = {}
_large: set[str] = set()
_apart: dict[str, str] = {}


def spare(label: str, columns: Mapping[str, str]) -> None:
    """Declare columns of a model (``accounts.User``) that no hash covers: column → why."""
    _spared.setdefault(label, {}).update(columns)


def open_with(label: str, columns: Mapping[str, str], *, large: bool = False) -> None:
    """Declare columns of encrypted bytes that are covered by what they say: column → purpose of encryption. ``large``: they hold
    whole files, and few rows are read at a time."""
    _opened.setdefault(label, {}).update(columns)
    if large:
        _large.add(label)


def leave_apart(label: str, reason: str) -> None:
    """Declare a model whose rows no hash covers, and why."""
    _apart[label] = reason


def apart() -> Mapping[str, str]:
    """Models that no hash covers → why."""
    return _apart


def spared(label: str) -> Mapping[str, str]:
    """Columns of a model that no hash covers → why."""
    return _spared.get(label, {})


def is_covered(model: type[models.Model]) -> bool:
    """Whether rows of a model have hashes: all of the product do, but for those that are declared apart."""
    room = (model.__module__ or "").partition(".")[0]
    return room == "qiaojie" and not model._meta.proxy and model._meta.label not in _apart


def covered(model: type[models.Model]) -> list[str]:
    """The columns (as attributes) that a model's hashes cover, the key left out; in the order of their names."""
    out = _spared.get(model._meta.label, {})
    return sorted(
        field.attname
        for field in model._meta.concrete_fields
        if not field.primary_key and field.attname not in out
    )


def texter(model: type[models.Model], column: str) -> Texter:
    """What makes a text of a column's value, the same for the same value on every database. Raises KeyError."""
    field = _field(model, column)
    purpose = _opened.get(model._meta.label, {}).get(column)
    if purpose is not None:
        return lambda value: (
            _NONE if value is None else _of_bytes(keyring().decrypt_bytes(bytes(value), purpose))
        )
    if isinstance(field, EncryptedTextField):
        return _of_text
    if isinstance(field, models.BinaryField):
        return lambda value: _NONE if value is None else _of_bytes(stored_bytes(value))
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return next((text for kind, text in _TEXTS if isinstance(target, kind)), _of_text)


def _field(model: type[models.Model], column: str) -> models.Field[Any, Any]:
    for field in model._meta.concrete_fields:
        if field.attname == column:
            return field
    raise KeyError(column)


def _of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _of_text(value: Any) -> str:
    if isinstance(value, Unreadable):
        raise Tampered(value.why)
    return _NONE if value is None else encode_basestring(str(value))


def _of_moment(value: datetime | None) -> str:
    return _NONE if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def _of_day(value: date | None) -> str:
    return _NONE if value is None else value.isoformat()


def _of_truth(value: Any) -> str:
    return _NONE if value is None else str(int(value))


def _of_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _of_number(value: Any) -> str:
    return _NONE if value is None else str(value)


_TEXTS: Final[tuple[tuple[type[models.Field[Any, Any]], Texter], ...]] = (
    (models.DateTimeField, _of_moment),
    (models.DateField, _of_day),
    (models.BooleanField, _of_truth),
    (models.JSONField, _of_json),
    (models.IntegerField, _of_number),
)


class Hasher:
    """Hashes of rows of one model, by certain columns (all that are covered where none are named)."""

    def __init__(self, model: type[models.Model], columns: Sequence[str] | None = None) -> None:
        self.model = model
        self.columns = list(covered(model) if columns is None else columns)
        self._texters = [texter(model, column) for column in self.columns]

    @property
    def size(self) -> int:
        """Bytes of a row's hash with the tags of its columns."""
        return HASH_BYTES + TAG_BYTES * len(self.columns)

    def texts(self, values: Mapping[str, Any]) -> list[str]:
        """What the columns say. Raises Tampered for a value that does not open."""
        return [text(values[column]) for column, text in zip(self.columns, self._texters, strict=True)]

    def of_values(self, pk: int, values: Mapping[str, Any]) -> bytes:
        """Hash and tags of one row, given by its columns' values. Raises Tampered."""
        return _told(pk, [text.encode("utf-8", "surrogatepass") for text in self.texts(values)])

    def of_rows(self, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, bytes]]:
        """Key, and hash with tags, of rows that are (key, columns in order). Raises Tampered."""
        if not rows:
            return
        keys, *columns = zip(*rows, strict=True)
        told = [
            [text(value).encode("utf-8", "surrogatepass") for value in values]
            for text, values in zip(self._texters, columns, strict=True)
        ]
        for pk, texts in zip(keys, zip(*told, strict=True) if told else ((),) * len(keys), strict=True):
            yield pk, _told(pk, texts)

    def differing(self, one: bytes, other: bytes) -> list[str]:
        """The columns whose tags differ in two rows' hashes; none where only the hashes tell it."""
        return [
            column
            for at, column in enumerate(self.columns)
            if one[(start := HASH_BYTES + TAG_BYTES * at) : start + TAG_BYTES]
            != other[start : start + TAG_BYTES]
        ]


def _told(pk: int, texts: Iterable[bytes]) -> bytes:
    said = list(texts)
    crc = zlib.crc32
    tags = b"".join([(crc(text) & 0xFFFF).to_bytes(TAG_BYTES, "little") for text in said])
    return hashlib.sha256(b"%d:%b" % (pk, b",".join(said))).digest()[:HASH_BYTES] + tags


def read(
    hasher: Hasher, *, first: int, last: int, unread: Callable[[int, list[str]], None] | None = None
) -> list[tuple[int, bytes]]:
    """Keys and hashes of the rows whose keys lie between two, both inclusive; in the order of keys, one query.

    A row with a value that does not open is told to ``unread`` (key, columns) and left out; without it Tampered is raised.
    """
    held = hasher.model._base_manager.filter(pk__gte=first, pk__lte=last).order_by("pk")
    size = _AT_ONCE_LARGE if hasher.model._meta.label in _large else _AT_ONCE
    rows = held.values_list("pk", *hasher.columns).iterator(chunk_size=size)
    try:
        return [told for part in chunks(rows, size) for told in hasher.of_rows(part)]
    except Tampered:
        if unread is None:
            raise
        return list(_one_by_one(hasher, first, last, unread))


def _one_by_one(
    hasher: Hasher, first: int, last: int, unread: Callable[[int, list[str]], None]
) -> Iterator[tuple[int, bytes]]:
    """``read`` where one of the rows does not open: each by itself, its columns by themselves."""
    held = hasher.model._base_manager.filter(pk__gte=first, pk__lte=last).order_by("pk")
    for pk in list(held.values_list("pk", flat=True)):
        own = hasher.model._base_manager.filter(pk=pk)
        try:
            yield from hasher.of_rows(list(own.values_list("pk", *hasher.columns)))
        except Tampered:
            unread(pk, [column for column in hasher.columns if not _opens(hasher, own, column)])


def _opens(hasher: Hasher, own: models.QuerySet[Any, Any], column: str) -> bool:
    try:
        Hasher(hasher.model, [column]).of_rows(list(own.values_list("pk", column))).__next__()
    except Tampered:
        return False
    return True


def of_keys(model: type[models.Model], keys: Iterable[int], *, lock: bool = False) -> dict[int, bytes]:
    """The hashes alone (without tags) of rows that are there, by key; a query for some hundred rows. A row with a value that
    does not open has none. ``lock``: nobody else changes them until the transaction ends, where there is one."""
    hasher = Hasher(model)
    found: dict[int, bytes] = {}
    rows = model._base_manager.all()
    if lock and connections[rows.db].in_atomic_block:
        rows = rows.select_for_update(no_key=True)
    for part in chunks(keys):
        held = rows.filter(pk__in=part).values_list("pk", *hasher.columns)
        try:
            told = list(hasher.of_rows(list(held)))
        except Tampered:
            told = [row for pk in part for row in read(hasher, first=pk, last=pk, unread=_nobody)]
        found.update((pk, each[:HASH_BYTES]) for pk, each in told)
    return found


def _nobody(_pk: int, _columns: list[str]) -> None:
    """Whoever writes a row does not look for what somebody did to it before; the digest does."""
