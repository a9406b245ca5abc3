"""Rows that the product writes one at a time leave a line that says so: what has no line was written past it.

Ledgers' rows are journalled by whoever changes them (``journal``). All other covered rows (accounts, grants, targets, uploads …)
are witnessed here, by themselves: before and after each ``save``, ``create``, ``delete``, ``update`` and ``bulk_create`` the rows
are read, and a ``Witness`` keeps both hashes under a keyed mark: row and witness are written both, or none (``holding``). Plain
SQL leaves none, and cannot make one; and what it did to a row before does not become right by the next save, whose witness begins
at a row that nobody wrote.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from qiaojie.lib.crypto import keyring

from .. import rows
from ..models import Witness
from . import rowmarks
from .holding import HeldRows, hold, together

TOKEN: Final = 8
"""Random bytes before a line's keyed hash."""

NOTHING: Final = bytes(rowmarks.HASH_BYTES)
"""What a line says instead of a hash where there was, or is, no row."""

UNREAD: Final = b"\xff" * rowmarks.HASH_BYTES
"""What a line says of a row as it was before where a value of it did not open: so nothing leads from there to what it is."""

_PURPOSE: Final = "witness.line"

_BEFORE: Final = "_hash_before_writing"
"""Where an object that is being written keeps what its row was."""

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
            for signal, receiver in _RECEIVERS:
                signal.connect(receiver, sender=model, dispatch_uid=f"witness.{model._meta.label}")
            hold(model)
            _witness_managers(model)


def _witness_managers(model: type[models.Model]) -> None:
    """Have all managers of a model witness its rows, also those that Django makes anew whenever a model is added: they are copies
    of the model's own, so each of them is made its own. Managers of relations are made of their class, so they witness too."""
    own = {manager.name for manager in model._meta.local_managers}
    for manager in model._meta.managers:
        if manager.name not in own:
            model.add_to_class(manager.name, copy.copy(manager))
    for manager in model._meta.local_managers:
        manager.__class__ = _witnessed_manager(type(manager))  # type: ignore[arg-type]
    model._meta._expire_cache()  # type: ignore[attr-defined]


def before(model: type[models.Model], keys: Iterable[int]) -> dict[int, bytes]:
    """What rows are, for ``seen`` once they are written: in the same transaction, until whose end nobody else changes them."""
    wanted = list(keys)
    return {**dict.fromkeys(wanted, UNREAD), **rowmarks.of_keys(model, wanted, lock=True)}


def seen(model: type[models.Model], keys: Iterable[int], was: Mapping[int, bytes] | None = None) -> None:
    """Witness rows of a model as they stand now: what they were before (``before``), else new. For writers that go past the
    ORM."""
    held = was or {}
    _write(model, {pk: told + held.get(pk, NOTHING) for pk, told in rowmarks.of_keys(model, keys).items()})


def step(line: Witness) -> tuple[bytes | None, bytes]:
    """From which hash to which a line leads (``NOTHING``: no row); from None in lines of before both were kept."""
    told = NOTHING if line.told is None else bytes(line.told)
    return told[rowmarks.HASH_BYTES :] or None, told[: rowmarks.HASH_BYTES]


def _about_to_save(
    sender: type[models.Model],
    instance: models.Model,
    update_fields: Iterable[str] | None,
    raw: bool,
    **_: Any,
) -> None:
    if instance.pk is not None and (update_fields is None or _covers(sender, update_fields)):
        setattr(instance, _BEFORE, before(sender, [int(instance.pk)]))


def _saved(
    sender: type[models.Model],
    instance: models.Model,
    created: bool,
    update_fields: Iterable[str] | None,
    raw: bool,
    **_: Any,
) -> None:
    was = vars(instance).pop(_BEFORE, None)
    if update_fields is not None and not _covers(sender, update_fields):
        return
    seen(sender, [int(instance.pk)], None if created else was)


def _about_to_go(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    known = _going.get().get(sender, {})
    pk = int(instance.pk)
    setattr(instance, _BEFORE, known if pk in known else before(sender, [pk]))


def _gone(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    was = vars(instance).pop(_BEFORE)
    _write(sender, {int(instance.pk): NOTHING + was[int(instance.pk)]})


_RECEIVERS: Final = (
    (pre_save, _about_to_save),
    (post_save, _saved),
    (pre_delete, _about_to_go),
    (post_delete, _gone),
)

_going: ContextVar[Mapping[type[models.Model], Mapping[int, bytes]]] = ContextVar(
    "going", default=MappingProxyType({})
)
"""Rows that are being deleted at once, read together."""


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
            was = before(self.model, keys)
            changed = super().update(**values)
            if changed:
                seen(self.model, keys, was)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *arguments: Any, **options: Any) -> list[Any]:
        with together(self.db):
            objs = list(objs)
            if options.get("ignore_conflicts"):
                self._hand_out(objs)
            made = super().bulk_create(objs, *arguments, **options)
            seen(self.model, [one.pk for one in made if one.pk is not None])
        return made

    def _hand_out(self, objs: Sequence[Any]) -> None:
        """Which of them were there already is not told: those that are written are known by keys that no other row has."""
        without = [one for one in objs if one.pk is None]
        for one, key in zip(without, rows.hand_out(self.model, len(without)), strict=True):
            one.pk = key

    def delete(self) -> tuple[int, dict[str, int]]:
        with together(self.db):
            keys = list(self.order_by().values_list("pk", flat=True))
            was = before(self.model, keys)
            reading = _going.set({**_going.get(), self.model: was})
            try:
                gone = super().delete()
            finally:
                _going.reset(reading)
            if self.model._meta.auto_created:
                # Of rows that only tie two others together Django tells no receiver.
                _write(self.model, {pk: NOTHING + told for pk, told in was.items()})
        return gone

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


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


def _write(model: type[models.Model], hashes: Mapping[int, bytes]) -> None:
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
