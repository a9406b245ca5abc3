"""Whether the keyed hashes by which rows are found are those of what stands in the rows.

No digest keeps them, for they are made anew with every key. They are made again from the opened values beside them instead, as
the columns are declared (``BlindField.of``): who exchanges the hashes of two women exchanges who is found by their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import models

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import BlindField, SealedField, Unreadable

from ..rows import chunks

_AT_ONCE: Final = 2_048
"""Rows that are held in memory at a time."""

_AT_ONCE_SEALED: Final = 8
"""Of rows whose hashes are of whole files."""


class BlindChecker:
    """The hashes of one model."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = {field.attname: field for field in model._meta.concrete_fields}
        self._blinds = [one for one in fields.values() if isinstance(one, BlindField) and one.of]
        self._sources = sorted({name for one in self._blinds for name in one.of})
        self._sealed = {name: one.purpose for name, one in fields.items() if isinstance(one, SealedField)}

    def wrong(self, first: int, last: int) -> dict[int, tuple[str, ...]]:
        """Rows between two keys, both inclusive, that are found by something else than what stands in them → the columns that it
        should be made of. A value that does not open is for others to find. One query; none where a model has no hashes."""
        if not self._blinds:
            return {}
        columns = [*(str(one.attname) for one in self._blinds), *self._sources]
        held = self.model._base_manager.filter(pk__gte=first, pk__lte=last).order_by("pk")
        size = _AT_ONCE_SEALED if self._sealed.keys() & self._sources else _AT_ONCE
        found: dict[int, tuple[str, ...]] = {}
        for part in chunks(held.values("pk", *columns).iterator(chunk_size=size), size):
            for one in self._blinds:
                self._look(one, part, found)
        return found

    def _look(
        self, one: BlindField, part: Sequence[dict[str, Any]], found: dict[int, tuple[str, ...]]
    ) -> None:
        keys: list[int] = []
        kept: list[bytes | None] = []
        made_of: list[list[Any]] = []
        for row in part:
            try:
                values = [self._opened(name, row[name]) for name in one.of]
            except Tampered:
                continue
            keys.append(row["pk"])
            kept.append(row[one.attname])
            made_of.append(values)
        for at in one.wrong(kept, made_of):
            found[keys[at]] = tuple(dict.fromkeys((*found.get(keys[at], ()), *one.of)))

    def _opened(self, name: str, value: Any) -> Any:
        if isinstance(value, Unreadable):
            raise Tampered(value.why)
        purpose = self._sealed.get(name)
        return value if purpose is None or value is None else keyring().decrypt_bytes(bytes(value), purpose)
