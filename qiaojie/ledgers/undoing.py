"""Taking a batch back: everything it asserted, in reverse order, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import approving, declaration, journal, proposals, rows
from .changing import Permit, permitted
from .declaration import Ledger
from .models import Batch, Change, State
from .viewer import Action, Viewer, demand, note_refused

_UNDONE = "undo"

_STANDING: Final = frozenset({"state", "approved_at", "approved_by", "confirmed"})
"""Columns that say how far a row has come: a change of these alone builds nothing on it."""

Shared = Callable[[Iterable[int]], set[int]]
_shared: dict[str, Shared] = {}


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a batch cannot be taken back: what stands on it, and what has to happen first.

    ``batch`` is the batch to take back first, where it is one.
    """

    what: str
    mends: str
    batch: int | None = None


def share(model_label: str, needed: Shared) -> None:
    """Rows of this model serve whoever needs them, not only the batch that happened to make them.

    ``needed`` gives, of some keys, those that something still stands on once the rest of a batch has been taken back:
    these stay when the batch is undone.
    """
    _shared[model_label] = needed


def undo(batch_id: int, viewer: Viewer, reason: str = "") -> Batch:
    """Take back everything a batch asserted, or nothing. What still waits of it waits no longer.

    Whoever has the last word takes back what was approved as well, with a reason; that it was approved is then taken back
    with it.

    Raises Unusable: ``batch_unknown``, ``undo_done`` (already undone), ``undo_blocked`` naming what stands in the way and what
    mends it, ``reason_missing`` where approved or confirmed rows go. Refused when the viewer may not enter rows in the
    batch's region.
    """
    permit = permitted(viewer, Action.ENTER, f"batch/{batch_id}", purpose=reason)
    known = Batch.objects.filter(pk=batch_id).first()
    if known is None or not viewer.covers(known.region_id, known.actor):
        note_refused(viewer, Action.ENTER, f"batch/{batch_id}")
        raise Unusable("batch_unknown", _("没有编号为 %s 的批次。") % batch_id)
    try:
        return _undo(batch_id, permit, reason)
    except IntegrityError as taken:
        message = _("不能撤销：这一批改动之前的内容，现在另有一条相同的记录；请先核对那一条。")
        raise Unusable("undo_blocked", message) from taken


def _undo(batch_id: int, permit: Permit, reason: str) -> Batch:
    with permit as change:
        viewer = change.viewer
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.stage == Batch.Stage.UNDONE:
            raise Unusable("undo_done", _("这一批已经撤销过了。"))
        work = _Work(batch, viewer)
        if work.blockers:
            text = "；".join(f"{one.what}（{one.mends}）" for one in work.blockers)
            raise Unusable("undo_blocked", _("不能撤销，后续工作已建立在这一批之上：%s。") % text)
        if work.approved and not reason.strip():
            raise Unusable("reason_missing", _("这一批里有已审核的记录，请写明撤销的原因。"))
        change.delete_soon(work.touched)
        _take_back(work.reversed, batch, viewer.name)
        proposals.drop(batch, work.made, viewer)
        batch.stage = Batch.Stage.UNDONE
        batch.undone_at = timezone.now()
        batch.undone_by = viewer.name
        batch.undone_reason = reason.strip()[:200]
        batch.save(update_fields=["stage", "undone_at", "undone_by", "undone_reason"])
        change.note(f"batch/{batch_id}/undo", rows=len(work.changes))
    return batch


@dataclass(frozen=True, slots=True)
class Prospect:
    """What taking a batch back would mean: what blocks it, whether approved rows go, and how many rows of what."""

    blockers: tuple[Blocker, ...]
    approved: bool
    rows: tuple[tuple[str, int], ...]


def prospect(batch: Batch, viewer: Viewer) -> Prospect:
    """What stands in the way of taking a batch back, before anybody tries. Raises Refused."""
    demand(viewer, Action.ENTER, f"batch/{batch.pk}")
    work = _Work(batch, viewer)
    numbers = (
        (str(apps.get_model(label)._meta.verbose_name), len(keys)) for label, keys in work.touched.items()
    )
    return Prospect(work.blockers, work.approved, tuple(numbers))


class _Work:
    """A batch with what it touched and what came after it.

    ``reversed`` is all that is taken back, the newest first: the batch's changes, and what has carried its changed rows along
    since (checked, approved, confirmed).
    """

    def __init__(self, batch: Batch, viewer: Viewer) -> None:
        self.batch = batch
        self.changes = list(batch.changes.order_by("-pk"))
        self.touched = _touched(self.changes)
        self.made = _touched(one for one in self.changes if one.act == Change.Act.CREATE)
        self.approved = any(self._settled(label, keys) for label, keys in self.touched.items())
        self.last_word = approving.rule_at(batch.region_id).decides(viewer, batch.actor)
        carried, later = self._since()
        self.reversed = sorted([*self.changes, *carried], key=lambda one: -one.pk)
        self.blockers = (*self._unsaid(), *later, *self._referred_to())

    def _unsaid(self) -> Iterator[Blocker]:
        if self.approved and not self.last_word:
            what, mends = _("其中的记录已经审核或确认"), _("请有审核权的同事整批撤销，或退回有误的记录")
            yield Blocker(what, mends)

    def _settled(self, label: str, keys: set[int]) -> bool:
        """Whether some of these rows are approved or would be again, or are confirmed and changed in what is confirmed."""
        ledger = _ledger(label)
        if ledger is None or not (ledger.approved or ledger.confirmed):
            return False
        if ledger.approved and any(
            journal.unseal(ledger.model, one.before).get("state") == State.APPROVED
            for one in self.changes
            if one.model == label and one.act == Change.Act.UPDATE and one.before is not None
        ):
            return True
        where = {"state": State.APPROVED} if ledger.approved else {"confirmed": True}
        if not ledger.approved:
            keys = self.made.get(label, set()) | self._beyond(ledger, label)
        return any(
            ledger.model._default_manager.filter(**where, pk__gte=first, pk__lte=last).exists()
            for first, last in rows.spans(keys)
        )

    def _beyond(self, ledger: Ledger, label: str) -> set[int]:
        """Rows of a register that the batch changed in columns which are not free."""
        found = set()
        for one in self.changes:
            if one.model == label and one.act == Change.Act.UPDATE and one.after is not None:
                after = journal.unseal(ledger.model, one.after)
                if not after.keys() <= {*ledger.free, "confirmed"}:
                    found.add(one.object_id)
        return found

    def _since(self) -> tuple[list[Change], list[Blocker]]:
        """What happened to the rows after the batch: what carried changed ones along, and what stands in the way.

        What was undone meanwhile stands on nothing, and that a row has come farther builds nothing on it. That it was sent back
        or voided is somebody's decision about the row as it is: only where the row goes altogether, and for whoever has the
        last word, does it go along.
        """
        carried: list[Change] = []
        later: dict[tuple[str, int | None, str], set[int]] = defaultdict(set)
        decided: dict[str, set[int]] = defaultdict(set)
        batches: dict[int, Batch] = {}
        for one in self._lines():
            made = one.object_id in self.made.get(one.model, set())
            standing = _standing(one)
            if standing is None:
                later[one.model, one.batch_id, one.actor].add(one.object_id)
                if one.batch is not None:
                    batches[one.batch.pk] = one.batch
            elif standing in _BACK:
                if not (made and self.last_word):
                    decided[one.model].add(one.object_id)
            elif not made:
                # A row that goes takes its approval with it; one that stays stands again where it stood.
                carried.append(one)
        return carried, [
            *(_changed_by(*key, keys, batches) for key, keys in later.items()),
            *(
                Blocker(
                    _("%(what)s：有 %(count)d 条后来被退回或作废")
                    % {"what": _named(label), "count": len(keys)},
                    _("请按现在的内容直接修改"),
                )
                for label, keys in decided.items()
            ),
        ]

    def _lines(self) -> Iterator[Change]:
        """The lines about rows of the batch after its own last one about them."""
        own: dict[str, dict[int, int]] = defaultdict(dict)
        for one in reversed(self.changes):
            if one.act != Change.Act.CREATE:
                own[one.model][one.object_id] = one.pk
        first = self.changes[-1].pk if self.changes else 0
        later = (
            Change.objects.filter(pk__gt=first)
            .exclude(act=Change.Act.CREATE)
            .exclude(batch__stage=Batch.Stage.UNDONE)
            .exclude(batch=self.batch)
            .select_related("batch")
            .order_by("pk")
        )
        for label, keys in self.touched.items():
            for low, high in rows.spans(keys):
                for one in later.filter(model=label, object_id__gte=low, object_id__lte=high).iterator():
                    if one.pk > own[label].get(one.object_id, 0):
                        yield one

    def _referred_to(self) -> Iterator[Blocker]:
        """Rows of others that refer to rows which the batch made."""
        for label, keys in self.made.items():
            model = apps.get_model(label)
            for relation in model._meta.get_fields(include_hidden=True):
                if not isinstance(relation, ForeignObjectRel):
                    continue
                referring = relation.related_model
                others = _referring(referring, relation.field.name, keys)
                others -= self.made.get(referring._meta.label, set())
                if others:
                    yield from _standing_on(model, referring, others)


def _touched(changes: Iterable[Change]) -> dict[str, set[int]]:
    touched: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        touched[change.model].update(range(change.object_id, change.last_id + 1))
    return dict(touched)


def _ledger(label: str) -> Ledger | None:
    return next((one for one in declaration.every() if one.model_label == label), None)


def _named(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name)


_BACK: Final = frozenset({State.DRAFT, State.WITHDRAWN})
"""Where a row stands that somebody has sent back or voided (or put back after that)."""

_CONFIRMED: Final = "confirmed"


def _standing(change: Change) -> str | None:
    """How far a row has come by a change that says nothing else; None where it says something else."""
    if change.act != Change.Act.UPDATE or change.after is None:
        return None
    after = journal.unseal(apps.get_model(change.model), change.after)
    return str(after.get("state", _CONFIRMED)) if after.keys() <= _STANDING else None


def _changed_by(
    label: str, batch: int | None, actor: str, keys: set[int], batches: Mapping[int, Batch]
) -> Blocker:
    what = _("%(what)s：有 %(count)d 条后来又被修改") % {"what": _named(label), "count": len(keys)}
    if batch is None:
        return Blocker(what, _("请由%s先改回") % actor)
    return Blocker(what, _first(batches[batch]), batch)


def _first(batch: Batch) -> str:
    said = {
        "batch": batch.pk,
        "day": f"{timezone.localtime(batch.committed_at):%Y-%m-%d}",
        "actor": batch.actor,
        "why": batch.purpose or _("未写原因"),
    }
    return _("先撤销批次 %(batch)d：%(day)s，%(actor)s，%(why)s") % said


def _referring(model: type[Model], name: str, keys: set[int]) -> set[int]:
    found: set[int] = set()
    for first, last in rows.spans(keys):
        held = model._default_manager.filter(**{f"{name}__gte": first, f"{name}__lte": last})
        found.update(held.values_list("pk", flat=True).iterator())
    return found


def _standing_on(model: type[Model], referring: type[Model], keys: set[int]) -> Iterator[Blocker]:
    """What refers to rows of the batch, by the batch that brought it."""
    said = {"what": model._meta.verbose_name, "other": referring._meta.verbose_name}
    made = journal.makers(referring, sorted(keys))
    batches = Batch.objects.in_bulk(set(made.values()))
    groups: dict[int | None, int] = defaultdict(int)
    for pk in keys:
        groups[made.get(pk)] += 1
    for batch, number in sorted(groups.items(), key=lambda one: one[0] or 0):
        what = _("%(what)s：有 %(count)d 条%(other)s以它为依据") % {**said, "count": number}
        if batch is None:
            yield Blocker(what, _("请先把这些%s改到别处") % referring._meta.verbose_name)
        else:
            yield Blocker(what, _first(batches[batch]), batch)


def _take_back(changes: Sequence[Change], batch: Batch, actor: str) -> None:
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
