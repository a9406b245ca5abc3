"""The one journal: changes written as they happen, in bulk as well, and taken back by undoing a batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable

from . import signals
from .models import Batch, Change, RegistryVersion
from .viewer import Action, Viewer, demand

PURPOSE = "journal"
CHUNK = 5_000


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
    holder = model(**values)
    texts = {
        name: None if value is None else model._meta.get_field(_field_name(model, name)).value_to_string(holder)
        for name, value in values.items()
    }
    return keyring().encrypt(json.dumps(texts, ensure_ascii=False), PURPOSE)


def unseal(model: type[models.Model], sealed: bytes) -> dict[str, Any]:
    """The column values that ``seal`` kept, typed again."""
    texts: dict[str, str | None] = json.loads(keyring().decrypt(bytes(sealed), PURPOSE))
    return {
        name: None if text is None else model._meta.get_field(_field_name(model, name)).to_python(text)
        for name, text in texts.items()
    }


def _field_name(model: type[models.Model], attname: str) -> str:
    for field in model._meta.concrete_fields:
        if attname in (field.attname, field.name):
            return field.name
    raise KeyError(attname)


def created(model: type[models.Model], ids: Iterable[int], *, actor: str, batch: Batch | None, purpose: str = "") -> None:
    """Journal rows as newly made."""
    label = model._meta.label
    Change.objects.bulk_create(
        (
            Change(batch=batch, actor=actor, purpose=purpose, model=label, object_id=pk, act=Change.Act.CREATE)
            for pk in ids
        ),
        batch_size=CHUNK,
    )


def updated(
    model: type[models.Model],
    changes: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]],
    *,
    actor: str,
    batch: Batch | None,
    purpose: str = "",
) -> None:
    """Journal rows as changed: (key, columns before, columns after)."""
    label = model._meta.label
    Change.objects.bulk_create(
        (
            Change(
                batch=batch,
                actor=actor,
                purpose=purpose,
                model=label,
                object_id=pk,
                act=Change.Act.UPDATE,
                before=seal(model, before),
                after=seal(model, after),
            )
            for pk, before, after in changes
        ),
        batch_size=CHUNK,
    )


def undo(batch_id: int, viewer: Viewer) -> Batch:
    """Take back everything a batch asserted, or nothing.

    Raises Unusable: ``batch_unknown``, ``undo_done`` (already undone), ``undo_blocked`` naming what later work stands
    on it. Refused when the viewer may not enter rows in the batch's region.
    """
    demand(viewer, Action.ENTER, f"batch/{batch_id}")
    with transaction.atomic():
        lock_registry()
        batch = Batch.objects.select_for_update().filter(pk=batch_id).first()
        if batch is None or not viewer.covers(batch.region_id):
            viewer.note(Action.ENTER, f"batch/{batch_id}", done=False)
            raise Unusable("batch_unknown", _("没有编号为 %s 的批次。") % batch_id)
        if batch.stage == Batch.Stage.UNDONE:
            raise Unusable("undo_done", _("这一批已经撤销过了。"))
        changes = list(batch.changes.order_by("-pk"))
        touched = _touched(changes)
        _refuse_if_stood_upon(batch, changes)
        memo: dict[str, Any] = {}
        signals.rows_changing.send(sender=Batch, touched=touched, memo=memo)
        _take_back(changes, batch, viewer.name)
        batch.stage = Batch.Stage.UNDONE
        batch.undone_at = timezone.now()
        batch.undone_by = viewer.name
        batch.save(update_fields=["stage", "undone_at", "undone_by"])
        signals.rows_changed.send(sender=Batch, touched=touched, memo=memo)
    viewer.note(Action.ENTER, f"batch/{batch_id}/undo", rows=len(changes))
    return batch


def _touched(changes: Iterable[Change]) -> dict[str, set[int]]:
    touched: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        touched[change.model].add(change.object_id)
    return dict(touched)


def _refuse_if_stood_upon(batch: Batch, changes: list[Change]) -> None:
    """Raise ``undo_blocked`` where a row was changed after the batch, or another row refers to one the batch made."""
    reasons: list[str] = []
    made: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        if change.act == Change.Act.CREATE:
            made[change.model].add(change.object_id)
    last = max((change.pk for change in changes), default=0)
    for label, ids in _touched(changes).items():
        model = apps.get_model(label)
        later = 0
        for part in _chunks(ids):
            later += (
                Change.objects.filter(model=label, object_id__in=part, pk__gt=last)
                .exclude(batch=batch)
                .values("object_id")
                .distinct()
                .count()
            )
        if later:
            reasons.append(_("%s：有 %s 条后来又被修改或审核") % (model._meta.verbose_name, later))
    for label, ids in made.items():
        model = apps.get_model(label)
        for relation in model._meta.related_objects:
            referring = relation.related_model
            own = made.get(referring._meta.label, set())
            column = relation.field.name
            others = 0
            for part in _chunks(ids):
                keys = referring._default_manager.filter(**{f"{column}__in": part}).values_list("pk", flat=True)
                others += sum(1 for key in keys if key not in own)
            if others:
                reasons.append(
                    _("%s：有 %s 条%s以它为依据") % (model._meta.verbose_name, others, referring._meta.verbose_name)
                )
    if reasons:
        raise Unusable("undo_blocked", _("不能撤销，后续工作已建立在这一批之上：%s。") % "；".join(reasons))


def _take_back(changes: list[Change], batch: Batch, actor: str) -> None:
    """Reverse the changes, newest first; what is deleted is journalled whole."""
    doomed: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        model = apps.get_model(change.model)
        if change.act == Change.Act.CREATE:
            doomed[change.model].append(change.object_id)
        elif change.act == Change.Act.UPDATE and change.before is not None:
            model._default_manager.filter(pk=change.object_id).update(**unseal(model, change.before))
    # Newest first means that rows which refer to others go before those they refer to.
    for label, ids in doomed.items():
        model = apps.get_model(label)
        for part in _chunks(ids):
            kept = [
                Change(
                    actor=actor,
                    purpose=f"undo {batch.pk}",
                    model=label,
                    object_id=row["id"],
                    act=Change.Act.DELETE,
                    before=seal(model, row),
                )
                for row in model._default_manager.filter(pk__in=part).values()
            ]
            Change.objects.bulk_create(kept, batch_size=CHUNK)
            model._default_manager.filter(pk__in=part).delete()


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    """Keys in groups that every database takes in one statement."""
    ordered = list(ids)
    for start in range(0, len(ordered), 900):
        yield ordered[start : start + 900]
