"""The one journal: changes written as they happen, in bulk as well. ``undoing`` takes a batch of them back."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

from django.db import models
from django.db.models import Max
from django.utils import timezone

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import EncryptedTextField, Unreadable

from . import rows
from .models import Batch, Change, RegistryVersion
from .tracing import rowmarks
from .viewer import Viewer

PURPOSE = "journal"

LINE: Final = "journal.line"
"""The purpose of the keyed hash over a line."""

TOKEN: Final = 8
"""Random bytes before a line's keyed hash."""

_COLUMNS: Final = tuple(
    "id at batch_id actor purpose model act word object_id last_id before after made mark".split()
)
"""Of a line, in the order in which they are written."""

_MADE: Final = 2_000
"""Created rows whose hashes are read at a time."""


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
    return keyring().encrypt(_kept(model, values), PURPOSE)


def _kept(model: type[models.Model], values: Mapping[str, Any]) -> str:
    # Fields print what an object holds; making a model's instance per line would cost more than the rest.
    holder = SimpleNamespace(**values)
    texts = {name: _text(model, holder, name, value) for name, value in values.items()}
    return json.dumps(texts, ensure_ascii=False)


def _text(model: type[models.Model], holder: Any, name: str, value: Any) -> str | None:
    field = rows.column(model, name)
    # An encrypted column refuses to be dumped in the clear; here the whole text is encrypted.
    if isinstance(value, Unreadable):
        return value.kept()
    if value is None or isinstance(field, EncryptedTextField):
        return None if value is None else str(value)
    return field.value_to_string(holder)


def unseal(model: type[models.Model], sealed: bytes | memoryview) -> dict[str, Any]:
    """The column values that ``seal`` kept, typed again; of a column that the model has no more, nothing is told."""
    texts: dict[str, str | None] = json.loads(keyring().decrypt(bytes(sealed), PURPOSE))
    known = {name for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return {
        name: None if text is None else Unreadable.again(text) or rows.column(model, name).to_python(text)
        for name, text in texts.items()
        if name in known
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
    """Journal rows as newly made, with their hashes as they stand now; neighbouring keys share a line."""
    lines = [(span, None, None) for span in rows.spans(ids)]
    _write(model, lines, Change.Act.CREATE, actor, batch, purpose)


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
    lines = [((pk, pk), _kept(model, before), _kept(model, after)) for pk, before, after in changes]
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
    lines = [((row["id"], row["id"]), _kept(model, row), None) for row in kept]
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
    lines: Sequence[tuple[tuple[int, int], str | None, str | None]],
    act: Change.Act,
    actor: str,
    batch: Batch | None,
    purpose: str,
    word: str | None = None,
) -> None:
    now, label = timezone.now(), model._meta.label
    said = (None if batch is None else batch.pk, actor, purpose, label, act, word)
    keys = rows.hand_out(Change, len(lines))
    ring = keyring()
    before = ring.encrypt_many([line[1] for line in lines], PURPOSE)
    after = ring.encrypt_many([line[2] for line in lines], PURPOSE)
    made = [_made(model, *line[0]) if act == Change.Act.CREATE else None for line in lines]
    marks = _marks(
        [
            (key, now, *said, *span, was, becomes, hashes)
            for key, (span, was, becomes), hashes in zip(keys, lines, made, strict=True)
        ]
    )
    rows.insert(
        Change,
        _COLUMNS,
        (
            (key, now, *said, *line[0], was, becomes, hashes, mark)
            for key, line, was, becomes, hashes, mark in zip(
                keys, lines, before, after, made, marks, strict=True
            )
        ),
    )


def _made(model: type[models.Model], first: int, last: int) -> bytes | None:
    """The hashes of rows that were just made, in the order of their keys; None where rows of the model have none."""
    if not rowmarks.is_covered(model):
        return None
    hasher = rowmarks.Hasher(model)
    return b"".join(
        told[: rowmarks.HASH_BYTES]
        for start in range(first, last + 1, _MADE)
        for _pk, told in rowmarks.read(hasher, first=start, last=min(start + _MADE - 1, last))
    )


def _marks(said: Sequence[tuple[Any, ...]]) -> list[bytes]:
    tokens = [os.urandom(TOKEN) for _ in said]
    texts = [_line(token, *line) for token, line in zip(tokens, said, strict=True)]
    hashed = keyring().blind_many(texts, LINE)
    return [token + each for token, each in zip(tokens, hashed, strict=True)]


def is_genuine(change: Change) -> bool:
    """Whether a line says what it said when it was written, under any key that the installation knows. False for lines from
    before lines had marks. Raises Tampered where what it keeps does not open."""
    kept = bytes(change.mark or b"")
    ring = keyring()
    said = _line(
        kept[:TOKEN],
        change.pk,
        change.at,
        change.batch_id,
        change.actor,
        change.purpose,
        change.model,
        change.act,
        change.word,
        change.object_id,
        change.last_id,
        None if change.before is None else ring.decrypt(bytes(change.before), PURPOSE),
        None if change.after is None else ring.decrypt(bytes(change.after), PURPOSE),
        None if change.made is None else bytes(change.made),
    )
    return len(kept) > TOKEN and kept[TOKEN:] in ring.blinds(said, LINE)


def _line(token: bytes, key: int, at: datetime, *said: Any) -> str:
    """Everything a line says, in one text; what it keeps of rows by its hash."""
    *plain, before, after, made = said
    kept = [None if each is None else hashlib.sha256(each.encode()).hexdigest() for each in (before, after)]
    hashes = None if made is None else hashlib.sha256(made).hexdigest()
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps([token.hex(), key, moment, *map(_plain, plain), *kept, hashes], ensure_ascii=False)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


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
