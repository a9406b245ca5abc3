"""The one journal: changes written as they happen, in bulk as well. ``undoing`` takes a batch of them back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db import models
from django.db.models import Max

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import EncryptedTextField, Unreadable

from . import rows
from .models import Batch, Change, RegistryVersion
from .viewer import Viewer

PURPOSE = "journal"


def lock_registry() -> int:
    """Count the registry's version up and return it; held until the transaction ends, so writers take turns."""
    RegistryVersion.objects.get_or_create(pk=1)
    version = RegistryVersion.objects.select_for_update().get(pk=1)
    version.number += 1
    version.save(update_fields=["number"])
    return version.number


def registry_version() -> int:
    """The version that a plan made now rests on."""
    found = RegistryVersion.objects.filter(pk=1).values_list("number", flat=True).first()
    return found or 0


def seal(model: type[models.Model], values: Mapping[str, Any]) -> bytes:
    """Column values as one encrypted text (they may hold personal data)."""
    # Fields print what an object holds; making a model's instance per line would cost more than the rest.
    holder = SimpleNamespace(**values)
    texts = {name: _text(model, holder, name, value) for name, value in values.items()}
    return keyring().encrypt(json.dumps(texts, ensure_ascii=False), PURPOSE)


def _text(model: type[models.Model], holder: Any, name: str, value: Any) -> str | None:
    field = rows.column(model, name)
    # An encrypted column refuses to be dumped in the clear; here the whole text is encrypted.
    if isinstance(value, Unreadable):
        return value.kept()
    if value is None or isinstance(field, EncryptedTextField):
        return None if value is None else str(value)
    return field.value_to_string(holder)


def unseal(model: type[models.Model], sealed: bytes | memoryview) -> dict[str, Any]:
    """The column values that ``seal`` kept, typed again."""
    texts: dict[str, str | None] = json.loads(keyring().decrypt(bytes(sealed), PURPOSE))
    return {
        name: None if text is None else Unreadable.again(text) or rows.column(model, name).to_python(text)
        for name, text in texts.items()
    }


def both_sides(model: type[models.Model], change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row's columns before and after a change, as far as the line keeps them."""
    before, after = change.before, change.after
    return (
        {} if before is None else unseal(model, before),
        {} if after is None else unseal(model, after),
    )


def told_sides(model: type[models.Model], change: Change) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """``both_sides`` for a list of changes, which one of them must not break; None where its line cannot be opened."""
    try:
        return both_sides(model, change)
    except Tampered:
        return None


def created(
    model: type[models.Model], ids: Iterable[int], *, actor: str, batch: Batch | None, purpose: str = ""
) -> None:
    """Journal rows as newly made; neighbouring keys share a line."""
    _write(model, ((span, None, None) for span in rows.spans(ids)), Change.Act.CREATE, actor, batch, purpose)


def updated(
    model: type[models.Model],
    changes: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]],
    *,
    actor: str,
    batch: Batch | None,
    purpose: str = "",
    word: str | None = None,
) -> None:
    """Journal rows as changed: (key, columns before, columns after), by which step if it was one."""
    lines = (((pk, pk), seal(model, before), seal(model, after)) for pk, before, after in changes)
    _write(model, lines, Change.Act.UPDATE, actor, batch, purpose, word)


def deleted(
    model: type[models.Model],
    kept: Iterable[Mapping[str, Any]],
    *,
    actor: str,
    batch: Batch | None,
    purpose: str = "",
) -> None:
    """Journal rows as deleted, each with all its columns (``id`` among them)."""
    lines = (((row["id"], row["id"]), seal(model, row), None) for row in kept)
    _write(model, lines, Change.Act.DELETE, actor, batch, purpose)


def history(model: type[models.Model], pk: int) -> list[Change]:
    """What happened to one row, oldest first."""
    lines = Change.objects.filter(model=model._meta.label).select_related("batch")
    # Rows are made once, and keys only grow: the line that made this one is the nearest at or below its key.
    maker = lines.filter(act=Change.Act.CREATE, object_id__lte=pk).order_by("-object_id").first()
    own = [line for line in lines.filter(object_id=pk) if line.act != Change.Act.CREATE]
    made = [maker] if maker is not None and pk <= maker.last_id else []
    return sorted([*made, *own], key=lambda line: line.pk)


def set_since(
    model: type[models.Model], lines: Sequence[Change], columns: Iterable[str]
) -> dict[str, datetime]:
    """When each of these columns of a row was last set to yes by a change, as its ``history`` tells. Those that were so when the
    row was made, or are not so now as far as the lines tell, are left out."""
    wanted = set(columns)
    found: dict[str, datetime] = {}
    for line in lines:
        _before, after = told_sides(model, line) or ({}, {})
        for column in wanted & after.keys():
            if after[column] is True:
                found.setdefault(column, line.at)
            else:
                found.pop(column, None)
    return found


def makers(model: type[models.Model], keys: Sequence[int]) -> dict[int, int]:
    """The batch that made each of these rows, one query; rows that no batch made are left out."""
    if not keys:
        return {}
    lines = Change.objects.filter(
        model=model._meta.label,
        act=Change.Act.CREATE,
        batch__isnull=False,
        last_id__gte=min(keys),
        object_id__lte=max(keys),
    ).order_by("object_id")
    spans = list(lines.values_list("object_id", "last_id", "batch_id"))
    made: dict[int, int] = {}
    place = 0
    for pk in sorted(keys):
        while place < len(spans) and spans[place][1] < pk:
            place += 1
        if place < len(spans) and spans[place][0] <= pk:
            made[pk] = spans[place][2]
    return made


@dataclass(frozen=True, slots=True)
class LastAct:
    """The latest act on a ledger: when, and by which account."""

    at: datetime
    actor: str


def last_acts(viewer: Viewer) -> dict[str, LastAct]:
    """The latest batch of each ledger in the viewer's area, by the ledger's code; two queries."""
    own = Batch.objects.filter(viewer.scope("region", "actor"), stage=Batch.Stage.COMMITTED)
    last = dict(own.order_by().values_list("ledger").annotate(last=Max("pk")))
    found = Batch.objects.filter(pk__in=last.values()).values_list("ledger", "committed_at", "actor")
    return {ledger: LastAct(at, actor) for ledger, at, actor in found}


def made(model: type[models.Model], batch: int) -> list[tuple[int, int]]:
    """The rows of a model that a batch made, as spans of keys (first, last), few however many rows; one query."""
    lines = Change.objects.filter(model=model._meta.label, act=Change.Act.CREATE, batch=batch)
    return [
        (first, last or first) for first, last in lines.order_by("pk").values_list("object_id", "last_id")
    ]


def _write(
    model: type[models.Model],
    lines: Iterable[tuple[tuple[int, int], bytes | None, bytes | None]],
    act: Change.Act,
    actor: str,
    batch: Batch | None,
    purpose: str,
    word: str | None = None,
) -> None:
    common = (None if batch is None else batch.pk, actor, purpose, model._meta.label, act, word)
    rows.insert(
        Change,
        ["batch_id", "actor", "purpose", "model", "act", "word", "object_id", "last_id", "before", "after"],
        ((*common, first, last, before, after) for (first, last), before, after in lines),
    )


def mark(model: type[models.Model]) -> int:
    """The last line about rows of a model: what comes after it, ``changed_since`` tells. One query.

    Rows change one writer after the other (``lock_registry``), so no line before it comes to light later.
    """
    last = Change.objects.filter(model=model._meta.label).order_by("-pk").values_list("pk", flat=True)
    return last.first() or 0


def changed_since(model: type[models.Model], keys: Iterable[int], line: int) -> set[int]:
    """Those of some rows about which there is a line after that one; a query for some hundred rows."""
    later = Change.objects.filter(pk__gt=line, model=model._meta.label).order_by()
    return {
        pk
        for part in rows.chunks(keys)
        for pk in later.filter(object_id__in=part).values_list("object_id", flat=True)
    }
