"""Taking a batch back: everything it asserted, in reverse order, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import journal, rows
from .changing import permitted
from .models import Batch, Change
from .viewer import Action, Viewer, note_refused

_UNDONE = "undo"

Shared = Callable[[Iterable[int]], set[int]]
_shared: dict[str, Shared] = {}


def share(model_label: str, needed: Shared) -> None:
    """Rows of this model serve whoever needs them, not only the batch that happened to make them.

    ``needed`` gives, of some keys, those that something still stands on once the rest of a batch has been taken back:
    these stay when the batch is undone.
    """
    _shared[model_label] = needed


def undo(batch_id: int, viewer: Viewer) -> Batch:
    """Take back everything a batch asserted, or nothing.

    Raises Unusable: ``batch_unknown``, ``undo_done`` (already undone), ``undo_blocked`` naming what later work stands
    on it. Refused when the viewer may not enter rows in the batch's region.
    """
    permit = permitted(viewer, Action.ENTER, f"batch/{batch_id}")
    known = Batch.objects.filter(pk=batch_id).first()
    if known is None or not viewer.covers(known.region_id, known.actor):
        note_refused(viewer, Action.ENTER, f"batch/{batch_id}")
        raise Unusable("batch_unknown", _("没有编号为 %s 的批次。") % batch_id)
    with permit as change:
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.stage == Batch.Stage.UNDONE:
            raise Unusable("undo_done", _("这一批已经撤销过了。"))
        changes = list(batch.changes.order_by("-pk"))
        touched = _touched(changes)
        _refuse_if_stood_upon(changes, touched)
        change.delete_soon(touched)
        _take_back(changes, batch, viewer.name)
        batch.stage = Batch.Stage.UNDONE
        batch.undone_at = timezone.now()
        batch.undone_by = viewer.name
        batch.save(update_fields=["stage", "undone_at", "undone_by"])
        change.note(f"batch/{batch_id}/undo", rows=len(changes))
    return batch


def _touched(changes: Iterable[Change]) -> dict[str, set[int]]:
    touched: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        touched[change.model].update(range(change.object_id, change.last_id + 1))
    return dict(touched)


def _refuse_if_stood_upon(changes: list[Change], touched: Mapping[str, set[int]]) -> None:
    """Raise ``undo_blocked`` where a row was changed after the batch, or another row refers to one the batch made.

    What was undone meanwhile stands on nothing.
    """
    reasons: list[str] = []
    last = max((change.pk for change in changes), default=0)
    later: dict[str, set[int]] = defaultdict(set)
    lines = Change.objects.filter(pk__gt=last, model__in=touched).exclude(batch__stage=Batch.Stage.UNDONE)
    for label, pk in lines.values_list("model", "object_id").iterator():
        if pk in touched[label]:
            later[label].add(pk)
    for label, keys in later.items():
        name = apps.get_model(label)._meta.verbose_name
        reasons.append(_("%(what)s：有 %(count)d 条后来又被修改或审核") % {"what": name, "count": len(keys)})
    made = _touched(change for change in changes if change.act == Change.Act.CREATE)
    for label, keys in made.items():
        model = apps.get_model(label)
        for relation in model._meta.get_fields(include_hidden=True):
            if not isinstance(relation, ForeignObjectRel):
                continue
            referring = relation.related_model
            own = made.get(referring._meta.label, set())
            others = 0
            for first, final in rows.spans(keys):
                name = relation.field.name
                found = referring._default_manager.filter(**{f"{name}__gte": first, f"{name}__lte": final})
                others += sum(1 for pk in found.values_list("pk", flat=True).iterator() if pk not in own)
            if others:
                reasons.append(
                    _("%(what)s：有 %(count)d 条%(other)s以它为依据")
                    % {
                        "what": model._meta.verbose_name,
                        "count": others,
                        "other": referring._meta.verbose_name,
                    }
                )
    if reasons:
        raise Unusable("undo_blocked", _("不能撤销，后续工作已建立在这一批之上：%s。") % "；".join(reasons))


def _take_back(changes: list[Change], batch: Batch, actor: str) -> None:
    """Reverse the changes, newest first; the undoing is journalled too, as part of the batch."""
    doomed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    restored: dict[str, dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    replaced: dict[str, dict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for change in changes:
        model = apps.get_model(change.model)
        if change.act == Change.Act.CREATE:
            doomed[change.model].append((change.object_id, change.last_id))
        elif change.before is not None and change.after is not None:
            # Of a row that changed twice, what stood there first wins, and what stands there now was written last.
            restored[change.model][change.object_id].update(journal.unseal(model, change.before))
            after = journal.unseal(model, change.after)
            replaced[change.model][change.object_id] = after | replaced[change.model][change.object_id]
    for label, values in restored.items():
        model = apps.get_model(label)
        rows.update(model, values.items())
        lines = ((pk, replaced[label][pk], before) for pk, before in values.items())
        journal.updated(model, lines, actor=actor, batch=batch, purpose=_UNDONE)
    # Newest first means that rows which refer to others go before those they refer to.
    for label, found in doomed.items():
        model = apps.get_model(label)
        needed = _shared.get(label)
        for span in found:
            for keys in rows.chunks(range(span[0], span[1] + 1)):
                gone = set(keys) - (needed(keys) if needed else set())
                going = model._default_manager.filter(pk__in=gone)
                journal.deleted(model, going.values(), actor=actor, batch=batch, purpose=_UNDONE)
                going.delete()
