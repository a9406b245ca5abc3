"""Rows that the product writes one at a time leave a line that says so: what has no line was written past it.

Ledgers' rows are journalled by whoever changes them (``journal``). All other covered rows (accounts, grants, targets, uploads …)
are witnessed here, by themselves: after each ``save``, ``create``, ``delete``, ``update`` and ``bulk_create`` the rows are read
back and a ``Witness`` keeps their hashes under a keyed mark: both are written, or none (``holding``). Plain SQL leaves none, and
cannot make one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from qiaojie.lib.crypto import keyring

from .. import rows
from ..models import Witness
from . import rowmarks
from .holding import HeldRows, hold, together

TOKEN: Final = 8
"""Random bytes before a line's keyed hash."""

_PURPOSE: Final = "witness.line"

_journalled: set[str] = set()


def journalled(*labels: str) -> None:
    """Declare models whose rows are written in bulk, and journalled by whoever writes them."""
    _journalled.update(labels)


def is_journalled(model: type[models.Model]) -> bool:
    """Whether changes of a model's rows stand in the journal; else they are witnessed."""
    return model._meta.label in _journalled


def is_witnessed(model: type[models.Model]) -> bool:
    """Whether changes of a model's rows are witnessed."""
    return rowmarks.is_covered(model) and not is_journalled(model) and model._meta.label not in _KEPT_ONCE


_KEPT_ONCE: Final = frozenset({"ledgers.Change", "ledgers.Witness"})
"""Lines that have marks of their own, are added, and never changed."""


def watch() -> None:
    """Have all witnessed models witnessed; once, when every room is known."""
    for model in apps.get_models(include_auto_created=True):
        if is_witnessed(model):
            post_save.connect(_saved, sender=model, dispatch_uid=f"witness.{model._meta.label}")
            post_delete.connect(_gone, sender=model, dispatch_uid=f"witness.{model._meta.label}")
            hold(model)
            for manager in model._meta.managers:
                # Managers of relations are made of the class of this one, so they are witnessed too.
                manager.__class__ = _witnessed_manager(type(manager))  # type: ignore[arg-type]


def seen(model: type[models.Model], keys: Iterable[int]) -> None:
    """Witness rows of a model as they stand now: new ones, or changed. For writers that go past the ORM."""
    _write(model, rowmarks.of_keys(model, keys))


def _saved(
    sender: type[models.Model],
    instance: models.Model,
    update_fields: Iterable[str] | None,
    raw: bool,
    **_: Any,
) -> None:
    if update_fields is not None and not _covers(sender, update_fields):
        return
    seen(sender, [int(instance.pk)])


def _gone(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    _write(sender, {int(instance.pk): None})


def _covers(model: type[models.Model], names: Iterable[str]) -> bool:
    """Whether any of these fields or columns is covered."""
    known = set(rowmarks.covered(model))
    return any(rows.column(model, name).attname in known for name in names if name != "pk")


class _WitnessedRows(HeldRows):
    """Rows whose changes in bulk are witnessed."""

    def update(self, **values: Any) -> int:
        if not _covers(self.model, values):
            return super().update(**values)
        with together(self.db):
            keys = list(self.order_by().values_list("pk", flat=True))
            changed = super().update(**values)
            if changed:
                seen(self.model, keys)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *arguments: Any, **options: Any) -> list[Any]:
        with together(self.db):
            made = super().bulk_create(objs, *arguments, **options)
            seen(self.model, [one.pk for one in made if one.pk is not None])
        return made


_MADE_WITH: Final = "_constructor_args"
"""Where Django notes with what a manager was made."""


@cache
def _witnessed_manager(known: type[models.Manager[Any]]) -> type[models.Manager[Any]]:
    """A class of managers that does the same, with rows that are witnessed."""
    held = known._queryset_class  # type: ignore[attr-defined]
    rows_class = type(f"Witnessed{held.__name__}", (_WitnessedRows, held), {})

    def same(self: Any, other: object) -> bool:
        """For migrations, which compare managers that they keep, it is the one that it was."""
        return isinstance(other, known) and vars(self)[_MADE_WITH] == vars(other)[_MADE_WITH]

    own = {"_queryset_class": rows_class, "__eq__": same, "__hash__": known.__hash__}
    return type(known.__name__, (known,), {**own, "__module__": known.__module__})


def _write(model: type[models.Model], hashes: Mapping[int, bytes | None]) -> None:
    if not hashes:
        return
    label, now = model._meta.label, timezone.now()
    keys = rows.hand_out(Witness, len(hashes))
    said = [
        (key, now, label, pk, told, mark(key, now, label, pk, told))
        for key, (pk, told) in zip(keys, hashes.items(), strict=True)
    ]
    rows.insert(Witness, ("id", "at", "model", "object_id", "told", "mark"), said)


def mark(key: int, at: Any, label: str, pk: int, told: bytes | None) -> bytes:
    """A mark for a line that says this."""
    token = os.urandom(TOKEN)
    return token + keyring().blind(_said(token, key, at, label, pk, told), _PURPOSE)


def is_genuine(line: Witness) -> bool:
    """Whether a line says what it said when it was written, under any key that the installation knows."""
    kept = bytes(line.mark)
    token, hashed = kept[:TOKEN], kept[TOKEN:]
    told = None if line.told is None else bytes(line.told)
    said = _said(token, line.pk, line.at, line.model, line.object_id, told)
    return bool(hashed) and hashed in keyring().blinds(said, _PURPOSE)


def _said(token: bytes, key: int, at: Any, label: str, pk: int, told: bytes | None) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps([token.hex(), key, moment, label, pk, None if told is None else told.hex()])
