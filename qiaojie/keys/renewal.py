"""Values are encrypted and hashed anew with the current key, and bound to their rows: in small transactions, while others work.

What is due is known by the bytes themselves, so work that broke off goes on where it is. What cannot be opened is left as it
stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connections, models, transaction
from django.utils.translation import gettext as _

from qiaojie.lib import dialects
from qiaojie.lib.crypto import BOUND, HEADER_BYTES, SCHEMES, Keyring, Tampered, keyring
from qiaojie.lib.fields import BlindField, EncryptedTextField, SealedField, Unreadable, stored_bytes
from qiaojie.lib.findings import Unusable

from . import declared
from .declared import KeptColumn

LIGHT: Final = 300
"""Rows of one transaction where they have texts and hashes."""

HEAVY: Final = 10
"""Rows of one transaction where files may stand in them."""

NAMED: Final = 20
"""Values that cannot be opened which are named."""

Progress = Callable[[int, int], None]
"""``progress(done, total)`` after each transaction; may raise to end the work there."""


@dataclass(slots=True)
class Renewed:
    """What was done: rows renewed, and values that could not be opened and stand as they stood (``named``: the first of them, in
    words)."""

    rows: int = 0
    unopened: int = 0
    named: list[str] = field(default_factory=list)

    def leave(self, column: KeptColumn, row: int) -> None:
        """Count a value that cannot be opened."""
        self.unopened += 1
        if len(self.named) < NAMED:
            self.named.append(declared.place(column, row))


@dataclass(frozen=True, slots=True)
class UnopenedValue:
    """A value that cannot be opened in its row: where it stands, and what is the matter with it."""

    model: str
    row: int
    column: str
    words: str
    why: str


def demand_rights() -> None:
    """Raise Unusable ``keys_rights`` where the account of this process may not change all rows (PostgreSQL)."""
    for model, held in declared.renewable().items():
        if not dialects.may_change(connections[held[0].alias], model._meta.db_table):
            text = _(
                "这个数据库账号改不了全部的表，不能换密钥：请用建库的账号运行 qiaojie keys rotate --here。"
            )
            raise Unusable("keys_rights", text)


def due() -> int:
    """How many rows have something that is not of the current key and bound to its row."""
    return sum(_count(model, held) for model, held in declared.renewable().items())


def renew(progress: Progress, *, before: bool = False) -> Renewed:
    """Renew what is due. With ``before``, values from before there was binding are taken for those of the row they stand in."""
    total, found = due(), Renewed()
    for model, held in declared.renewable().items():
        last = None
        while (last := _some(model, held, last, found, before)) is not None:
            progress(min(found.rows, total), total)
    return found


def unopened(limit: int | None = None) -> Iterator[UnopenedValue]:
    """Values that cannot be opened in their row, or are another row's; of each column the ``limit`` latest, or all."""
    for model, held in declared.renewable().items():
        names = [column for column in held if not isinstance(column.field, BlindField)]
        if not names:
            continue
        rows = model._base_manager.using(names[0].alias).order_by("-pk")
        for column in names:
            there = rows.filter(**{f"{column.field.attname}__isnull": False})
            values = there.values_list("pk", column.field.attname)
            for row, value in values.iterator(chunk_size=500) if limit is None else values[:limit]:
                if why := _trouble(column, value):
                    yield UnopenedValue(model._meta.label, row, column.field.attname, column.words, why)


def _trouble(column: KeptColumn, value: Any) -> str:
    if isinstance(value, Unreadable):
        return value.why
    if isinstance(column.field, SealedField):
        try:
            keyring().decrypt_bytes(bytes(value), column.field.purpose)
        except Tampered as fault:
            return fault.message
    return ""


def _wanted(ring: Keyring) -> tuple[bytes, bytes]:
    """What values begin with that are current: bound ones, and hashes or bytes inside a mark."""
    plain = bytes((ring.scheme, ring.current))
    cipher = next(name for name, scheme in SCHEMES.items() if scheme == ring.scheme)
    return bytes((BOUND[cipher], ring.current)), plain


def _condition(held: list[KeptColumn], ring: Keyring) -> tuple[str, list[bytes]]:
    """That a row has something due (SQL)."""
    bound, plain = _wanted(ring)
    parts: list[str] = []
    values: list[bytes] = []
    for column in held:
        wanted = (plain,) if isinstance(column.field, BlindField) else (bound, plain)
        for header, want in zip(column.headers, wanted, strict=False):
            parts.append(f"{header} <> %s")
            values.append(want)
    return f"({' OR '.join(parts)})", values


def _count(model: type[models.Model], held: list[KeptColumn]) -> int:
    where, values = _condition(held, keyring())
    with connections[held[0].alias].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {declared.table(model)} WHERE {where}", values)  # noqa: S608
        return int(cursor.fetchone()[0])


def _some(model: type[models.Model], held: list[KeptColumn], last: Any, found: Renewed, before: bool) -> Any:
    """Renew the next rows after one; the last of them, None where there were none."""
    ring, alias = keyring(), held[0].alias
    needed = sorted({name for column in held for name in _read(column)})
    fields = {str(field.attname): field for field in model._meta.concrete_fields}
    listed = ", ".join(f'"{fields[name].column}"' for name in needed)
    where, values = _condition(held, ring)
    after = "" if last is None else f"{declared.key(model)} > %s AND "
    size = HEAVY if any(isinstance(column.field, SealedField) for column in held) else LIGHT
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(
            f"SELECT {declared.key(model)}, {listed} FROM {declared.table(model)} WHERE {after}{where} "  # noqa: S608
            f"ORDER BY {declared.key(model)} LIMIT {size}{dialects.held(connections[alias])}",
            [*(() if last is None else (last,)), *values],
        )
        rows = cursor.fetchall()
        for row, *kept in rows:
            changed = _renewed(ring, held, row, dict(zip(needed, kept, strict=True)), found, before)
            if changed:
                sets = ", ".join(f'"{fields[name].column}" = %s' for name in changed)
                cursor.execute(
                    f"UPDATE {declared.table(model)} SET {sets} WHERE {declared.key(model)} = %s",  # noqa: S608
                    [*changed.values(), row],
                )
                found.rows += 1
    return rows[-1][0] if rows else None


def _read(column: KeptColumn) -> tuple[str, ...]:
    """What has to be read in order to renew a column."""
    own = str(column.field.attname)
    return (own, *column.field.of) if isinstance(column.field, BlindField) else (own,)


def _renewed(
    ring: Keyring, held: list[KeptColumn], row: int, kept: dict[str, Any], found: Renewed, before: bool
) -> dict[str, bytes]:
    """The columns of a row that are renewed, with what they become."""
    changed: dict[str, bytes] = {}
    for column in held:
        name = str(column.field.attname)
        if kept[name] is None:
            continue
        try:
            made = _made(ring, column, row, kept, before)
        except Tampered:
            found.leave(column, row)
            continue
        if made is not None:
            changed[name] = made
    return changed


def _made(ring: Keyring, column: KeptColumn, row: int, kept: dict[str, Any], before: bool) -> bytes | None:
    """What a value becomes; None where it is current, or a hash of nothing. Raises Tampered."""
    bound, plain = _wanted(ring)
    field, there = column.field, kept[str(column.field.attname)]
    if isinstance(field, BlindField):
        if not isinstance(there, str | int | float) and bytes(there)[:HEADER_BYTES] == plain:
            return None
        text = field.text(*(_opened(ring, column, one, row, kept[one], before) for one in field.of))
        return ring.blind(text, field.purpose) if text else None
    stored = stored_bytes(there)
    if isinstance(field, EncryptedTextField):
        if stored[:HEADER_BYTES] == bound:
            return None
        return ring.bind(ring.open_bound(stored, field.purpose, row, before=before), field.purpose, row)
    inner = ring.unmark_row(stored, field.place, row, before=before)
    current = inner[:HEADER_BYTES] == plain
    if current and stored[:HEADER_BYTES] == bound:
        return None
    if not current:
        inner = ring.encrypt_bytes(ring.decrypt_bytes(inner, field.purpose), field.purpose)
    return ring.mark_row(inner, field.place, row)


def _opened(ring: Keyring, column: KeptColumn, name: str, row: int, stored: Any, before: bool) -> Any:
    """The value of another column of the row, of which a hash is made. Raises Tampered."""
    field = next(one for one in column.model._meta.concrete_fields if one.attname == name)
    if stored is None:
        raise Tampered(_("加密数据不完整。"))
    if isinstance(field, EncryptedTextField):
        return ring.open_bound(stored_bytes(stored), field.purpose, row, before=before)
    if isinstance(field, SealedField):
        inner = ring.unmark_row(stored_bytes(stored), field.place, row, before=before)
        return ring.decrypt_bytes(inner, field.purpose)
    return stored
