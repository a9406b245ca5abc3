"""Changes that wait beside their rows: an approved row is changed by whoever may approve, and by nobody else.

Who may not approve proposes: the row stands, and counts, as it was approved; what it would become is kept, encrypted, with the
batch that brought it. Who approves takes it or sends it back with a reason.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError
from django.db.models import Count, Exists, Min, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import Tampered
from qiaojie.lib.findings import Unusable

from . import approving, declaration, journal, rows
from .changing import PURPOSE, OpenChange, permitted
from .declaration import Ledger
from .following import spread
from .models import Batch, Proposal, State
from .tracing import witnessing
from .viewer import Action, Viewer, demand

MOST: Final = 5_000
"""Proposals that one act decides."""

Line = tuple[int, Mapping[str, Any], Mapping[str, Any]]
"""A row's key, columns before, columns after."""


@dataclass(frozen=True, slots=True)
class WaitingChanges:
    """Changes of a ledger's rows that wait, and since when the oldest does."""

    ledger: Ledger
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change that waits (or was decided): the row, both sides, and whether the row still stands as it did then."""

    proposal: Proposal
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    outdated: bool = False


def parted(
    ledger: Ledger, standing: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What somebody whose word is not the last changes at once, and what waits: of an approved row everything, of a confirmed
    row of a register all but the columns that are free.

    ``standing`` has the row's ``state``, of a register ``confirmed``.
    """
    if ledger.approved:
        waits = dict(after) if standing.get("state") == State.APPROVED else {}
    elif ledger.confirmed and standing.get("confirmed", True):
        waits = {name: value for name, value in after.items() if name not in ledger.free}
    else:
        waits = {}
    return {name: value for name, value in after.items() if name not in waits}, waits


def propose(
    ledger: Ledger,
    lines: Sequence[Line],
    batch: Batch,
    viewer: Viewer,
    purpose: str = "",
    regions: Mapping[int, int | None] | None = None,
) -> int:
    """Keep changes beside their rows; how many are new. What waits already in the same words is not kept twice; what the same
    account proposed for the same columns before is replaced.

    ``regions`` says by row whose approver is asked, where that is not the batch's. The caller has asked for permission and
    holds the registry.
    """
    label = ledger.model._meta.label
    there = _beside(ledger, [pk for pk, _before, _after in lines])
    new: list[Line] = []
    replaced: list[int] = []
    for pk, before, after in lines:
        if any(dict(one.after) == dict(after) for one in there[pk]):
            continue
        replaced += [
            one.proposal.pk
            for one in there[pk]
            if one.proposal.actor == viewer.name and one.after.keys() <= after.keys()
        ]
        new.append((pk, before, after))
    _close(replaced, Proposal.Stage.WITHDRAWN, viewer, "")
    asked = regions or {}
    common = (batch.pk, ledger.code, label, viewer.name, purpose[:PURPOSE])
    columns = [
        "id",
        "batch_id",
        "ledger",
        "model",
        "actor",
        "purpose",
        "region_id",
        "object_id",
        "before",
        "after",
    ]
    keys = rows.hand_out(Proposal, len(new))
    rows.insert(
        Proposal,
        columns,
        (
            (
                key,
                *common,
                asked.get(pk, batch.region_id),
                pk,
                journal.seal(ledger.model, before),
                journal.seal(ledger.model, after),
            )
            for key, (pk, before, after) in zip(keys, new, strict=True)
        ),
    )
    witnessing.seen(Proposal, keys)
    return len(new)


def asked_already(ledger: Ledger, after: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """The rows beside which the very same change waits (``after``: columns by key); a query for some hundred rows."""
    there = _beside(ledger, after)
    return {pk for pk, becomes in after.items() if any(dict(one.after) == dict(becomes) for one in there[pk])}


def waiting(viewer: Viewer) -> list[WaitingChanges]:
    """Changes that wait in the viewer's area, by ledger; one query. Raises Refused where the role may see no rows."""
    demand(viewer, Action.SEE, "proposals")
    return [one for one in _by_ledger(_visible(viewer)) if viewer.opens(one.ledger.code)]


def own(viewer: Viewer) -> list[WaitingChanges]:
    """Changes that the viewer has proposed and that wait, by ledger; one query. Raises Refused."""
    demand(viewer, Action.SEE, "proposals")
    return _by_ledger(_visible(viewer).filter(actor=viewer.name))


def to_decide(viewer: Viewer) -> list[WaitingChanges]:
    """Those of ``waiting`` about which the viewer has the last word; two queries. Raises Refused."""
    demand(viewer, Action.SEE, "proposals")
    known = approving.rules()
    found: dict[str, WaitingChanges] = {}
    counted = (
        _visible(viewer)
        .filter(stage=Proposal.Stage.WAITING)
        .order_by("ledger")
        .values("ledger", "region__first", "actor")
        .annotate(number=Count("pk"), since=Min("at"))
    )
    for one in counted:
        code = one["ledger"]
        if viewer.opens(code) and known.of(one["region__first"]).decides(viewer, one["actor"]):
            held = found.get(code)
            number, since = (held.number, held.since) if held else (0, one["since"])
            found[code] = WaitingChanges(
                declaration.get(code), number + one["number"], min(since, one["since"])
            )
    return list(found.values())


def asked_of(ledger: Ledger, viewer: Viewer) -> list[tuple[int | None, int, datetime]]:
    """Changes of a ledger's rows about which the viewer has the last word: the office whose approver is asked, how many, since
    when; two queries. Raises Refused where the role may see no rows."""
    demand(viewer, Action.SEE, ledger.code)
    known = approving.rules()
    counted = (
        _visible(viewer)
        .filter(ledger=ledger.code, stage=Proposal.Stage.WAITING)
        .order_by()
        .values("region_id", "region__first", "actor")
        .annotate(number=Count("pk"), since=Min("at"))
    )
    return [
        (one["region_id"], one["number"], one["since"])
        for one in counted
        if known.of(one["region__first"]).decides(viewer, one["actor"])
    ]


def of_batch(batch: Batch) -> list[WaitingChanges]:
    """What of a batch waits, by ledger; one query. Whoever sees the batch may see how many."""
    return _by_ledger(batch.proposals.all())


def number(ledger: Ledger, viewer: Viewer) -> int:
    """How many changes of a ledger's rows wait in the viewer's area. Raises Refused where the role may see no rows."""
    demand(viewer, Action.SEE, ledger.code)
    return _visible(viewer).filter(ledger=ledger.code, stage=Proposal.Stage.WAITING).count()


def of_rows(ledger: Ledger, keys: Iterable[int]) -> dict[int, int]:
    """How many changes wait beside each of these rows, which the viewer may see; rows without one are left out."""
    found: dict[int, int] = {}
    for part in rows.chunks(keys):
        counted = (
            Proposal.objects.filter(_waiting(ledger.model._meta.label), object_id__in=part)
            .order_by()
            .values_list("object_id")
            .annotate(n=Count("pk"))
        )
        found.update(counted)
    return found


def decided(ids: Iterable[int], viewer: Viewer) -> list[Proposal]:
    """Those of some changes in the viewer's area that somebody has decided or taken back; one query. Raises Refused."""
    demand(viewer, Action.SEE, "proposals")
    found = _visible(viewer).filter(pk__in=list(ids)).exclude(stage=Proposal.Stage.WAITING)
    return list(found.order_by("pk"))


def rows_of_batch(ledger: Ledger, batch: int) -> set[int]:
    """The keys of a ledger's rows beside which changes of a batch wait."""
    held = Proposal.objects.filter(_waiting(ledger.model._meta.label), batch=batch)
    return set(held.values_list("object_id", flat=True))


def listed(
    ledger: Ledger,
    viewer: Viewer,
    *,
    pk: int | None = None,
    batch: int | None = None,
    asked: Q | None = None,
    size: int = 200,
) -> list[Proposed]:
    """Changes of a ledger's rows that wait in the viewer's area, the oldest first, of one row, batch or of the offices ``asked``
    (a condition on proposals) if given; three queries.

    What they say of a person passes through ``queries.show_registered`` before anybody sees it. Raises Refused.
    """
    demand(viewer, Action.SEE, ledger.code)
    found = _visible(viewer).filter(_waiting(ledger.model._meta.label), ledger=ledger.code)
    if pk is not None:
        found = found.filter(object_id=pk)
    if batch is not None:
        found = found.filter(batch=batch)
    if asked is not None:
        found = found.filter(asked)
    open_rows = ledger.model._default_manager.filter(ledger.visible(viewer)).values("pk")
    shown = found.filter(object_id__in=open_rows).select_related("batch", "region")
    held = _unsealed(shown.order_by("pk")[:size])
    return _dated(ledger, held)


def to_review(ledger: Ledger, viewer: Viewer, asked: Q) -> list[Proposed]:
    """Those of ``listed`` about which the viewer has the last word; one query more."""
    known = approving.rules()
    return [
        one
        for one in listed(ledger, viewer, asked=asked)
        if known.of(None if one.proposal.region is None else one.proposal.region.first).decides(
            viewer, one.proposal.actor
        )
    ]


def beside(
    parts: Iterable[tuple[Ledger, Iterable[int]]], viewer: Viewer
) -> list[tuple[Ledger, list[Proposed]]]:
    """Changes that wait beside rows of several ledgers, which the viewer may see: one query where none does. Raises Refused."""
    wanted = [(ledger, list(keys)) for ledger, keys in parts]
    any_of = Q(pk__in=[])
    for ledger, keys in wanted:
        any_of |= _waiting(ledger.model._meta.label) & Q(object_id__in=keys)
    demand(viewer, Action.SEE, "proposals")
    held = _unsealed(_visible(viewer).filter(any_of).select_related("batch").order_by("pk"))
    found = [
        (ledger, _dated(ledger, [one for one in held if one.proposal.ledger == ledger.code]))
        for ledger, _keys in wanted
    ]
    return [(ledger, lines) for ledger, lines in found if lines]


def sent_back(viewer: Viewer, by: str = "", size: int = 50) -> list[Proposal]:
    """Changes that an approver sent back and nobody has proposed for that row again, the latest first; those of one account if
    given. Raises Refused."""
    demand(viewer, Action.SEE, "proposals")
    again = Proposal.objects.filter(
        model=OuterRef("model"), object_id=OuterRef("object_id"), pk__gt=OuterRef("pk")
    )
    found = _visible(viewer).filter(~Exists(again), stage=Proposal.Stage.RETURNED)
    if by:
        found = found.filter(actor=by)
    return list(found.order_by("-closed_at")[:size])


def take(ids: Iterable[int], viewer: Viewer) -> int:
    """Take changes that wait: each becomes the row's, journalled in the batch that brought it; how many. Those outside the
    viewer's area, those decided already, and where two persons are asked for one's own, are left.

    Raises Refused where the role may not approve; Unusable ``too_many``; ``proposal_outdated`` where a row has changed since in
    the same columns; ``row_taken`` where another row has become the same thing.
    """
    wanted = _some(ids)
    permit = permitted(viewer, Action.APPROVE, "proposals/take")
    try:
        with permit as change:
            held = _held(wanted, viewer)
            for code in sorted({one.proposal.ledger for one in held}):
                ledger = declaration.get(code)
                own = [one for one in held if one.proposal.ledger == code]
                for one in _dated(ledger, own):
                    if one.outdated:
                        message = _(
                            "第 %s 号修改提出之后，原记录的同一内容又被改过，不能直接采纳；请退回，由经办按现在的内容重新提出。"
                        )
                        raise Unusable("proposal_outdated", message % one.proposal.pk)
                _apply(ledger, own, change)
            _close([one.proposal.pk for one in held], Proposal.Stage.APPLIED, viewer, "")
            change.note(rows=len(held))
    except IntegrityError as taken:
        message = _(
            "几项修改合在一起不成立（日期前后颠倒），或已有另一条相同的记录，不能采纳；请退回，由经办核对。"
        )
        raise Unusable("row_taken", message) from taken
    return len(held)


def send_back(ids: Iterable[int], viewer: Viewer, reason: str) -> int:
    """Send changes back to whoever proposed them; the rows stay as they are. How many.

    Raises Refused where the role may not approve; Unusable ``reason_missing``, ``too_many``.
    """
    wanted = _some(ids)
    permit = permitted(viewer, Action.APPROVE, "proposals/return", purpose=reason, registry=False)
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"))
    with permit as change:
        held = _held(wanted, viewer)
        _close([one.proposal.pk for one in held], Proposal.Stage.RETURNED, viewer, reason)
        change.note(rows=len(held))
    return len(held)


def take_back(ids: Iterable[int], viewer: Viewer) -> int:
    """Take one's own changes back while they wait; how many. Raises Refused, Unusable ``too_many``."""
    wanted = _some(ids)
    with permitted(viewer, Action.ENTER, "proposals/take-back", registry=False) as change:
        own = Proposal.objects.filter(pk__in=wanted, actor=viewer.name, stage=Proposal.Stage.WAITING)
        keys = list(own.select_for_update().values_list("pk", flat=True))
        _close(keys, Proposal.Stage.WITHDRAWN, viewer, "")
        change.note(rows=len(keys))
    return len(keys)


def drop(batch: Batch, gone: Mapping[str, Iterable[int]], viewer: Viewer) -> int:
    """What still waits of a batch that is being undone waits no longer, nor what waits beside rows that go with it (model label
    → keys); how many. The caller holds the transaction."""
    open_ = Proposal.objects.filter(stage=Proposal.Stage.WAITING)
    keys = list(open_.filter(batch=batch).values_list("pk", flat=True))
    for label, rows_of in gone.items():
        for part in rows.chunks(rows_of):
            keys += open_.filter(model=label, object_id__in=part).values_list("pk", flat=True)
    _close(sorted(set(keys)), Proposal.Stage.WITHDRAWN, viewer, "")
    return len(keys)


def _by_ledger(found: QuerySet[Proposal]) -> list[WaitingChanges]:
    counted = found.filter(stage=Proposal.Stage.WAITING).order_by().values("ledger")
    return [
        WaitingChanges(declaration.get(one["ledger"]), one["number"], one["since"])
        for one in counted.annotate(number=Count("pk"), since=Min("at")).order_by("ledger")
    ]


def _beside(ledger: Ledger, keys: Iterable[int]) -> dict[int, list[Proposed]]:
    """What waits beside each of these rows."""
    label = ledger.model._meta.label
    there: dict[int, list[Proposed]] = defaultdict(list)
    for part in rows.chunks(keys):
        for one in _unsealed(Proposal.objects.filter(_waiting(label), object_id__in=part)):
            there[one.proposal.object_id].append(one)
    return there


def _waiting(label: str) -> Q:
    return Q(model=label, stage=Proposal.Stage.WAITING)


def _visible(viewer: Viewer) -> QuerySet[Proposal]:
    return Proposal.objects.filter(viewer.scope("region", "actor"))


def _some(ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(ids))
    if len(wanted) > MOST:
        raise Unusable("too_many", _("一次最多处理 %s 条，请先筛选。") % f"{MOST:,}")
    return wanted


def _held(wanted: Sequence[int], viewer: Viewer) -> list[Proposed]:
    """Those of the proposals that wait for this viewer's word about rows that she may see, held until the transaction ends."""
    known = approving.rules()
    found: list[Proposed] = []
    for part in rows.chunks(wanted):
        mine = _visible(viewer).filter(pk__in=part, stage=Proposal.Stage.WAITING)
        held = mine.select_related("batch", "region").select_for_update(of=("self",)).order_by("pk")
        for one in _unsealed(held):
            place = one.proposal.region
            rule = known.of(None if place is None else place.first)
            if rule.decides(viewer, one.proposal.actor):
                found.append(one)
    seen: set[tuple[str, int]] = set()
    for code in {one.proposal.ledger for one in found}:
        ledger = declaration.get(code)
        open_ = ledger.model._default_manager.filter(ledger.visible(viewer))
        for part in rows.chunks({one.proposal.object_id for one in found if one.proposal.ledger == code}):
            seen.update((code, pk) for pk in open_.filter(pk__in=part).values_list("pk", flat=True))
    return [one for one in found if (one.proposal.ledger, one.proposal.object_id) in seen]


def _unsealed(found: Iterable[Proposal]) -> list[Proposed]:
    """What proposals say. One that cannot be opened is not there for anybody to take or send back: the doctor names it."""
    held = []
    for one in found:
        model = declaration.get(one.ledger).model
        with contextlib.suppress(Tampered):
            held.append(Proposed(one, journal.unseal(model, one.before), journal.unseal(model, one.after)))
    return held


def _dated(ledger: Ledger, held: Sequence[Proposed]) -> list[Proposed]:
    """The same, each with whether its row has changed since in the columns that it would change."""
    columns = sorted(
        {name for one in held for name in one.before} | ({"state"} if ledger.approved else set())
    )
    standing: dict[int, Mapping[str, Any]] = {}
    for part in rows.chunks({one.proposal.object_id for one in held}):
        found = ledger.model._default_manager.filter(pk__in=part).values("pk", *columns)
        standing.update({row["pk"]: row for row in found})
    return [Proposed(one.proposal, one.before, one.after, _changed(ledger, one, standing)) for one in held]


def _changed(ledger: Ledger, one: Proposed, standing: Mapping[int, Mapping[str, Any]]) -> bool:
    row = standing.get(one.proposal.object_id)
    if row is None or (ledger.approved and row["state"] != State.APPROVED):
        # Of a row that is approved no longer (voided, sent back) there is nothing that stands beside it.
        return True
    return any(_plain(row[name]) != _plain(value) for name, value in one.before.items())


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _apply(ledger: Ledger, held: Sequence[Proposed], change: OpenChange) -> None:
    model: type[Model] = ledger.model
    stamp = {"approved_at": timezone.now(), "approved_by": change.viewer.name} if ledger.approved else {}
    marks: dict[int, Mapping[str, Any]] = {}
    if stamp:
        for part in rows.chunks({one.proposal.object_id for one in held}):
            found = model._default_manager.filter(pk__in=part)
            marks.update({row["pk"]: row for row in found.values("pk", *stamp)})
    by_batch: dict[int | None, list[Proposed]] = defaultdict(list)
    for one in held:
        by_batch[one.proposal.batch_id].append(one)
    for own in by_batch.values():
        lines: list[Line] = []
        for one in own:
            pk = one.proposal.object_id
            before = {name: marks[pk][name] for name in stamp} if stamp else {}
            lines.append((pk, {**one.before, **before}, {**one.after, **stamp}))
        rows.update(model, [(pk, after) for pk, _before, after in lines])
        with change.within(own[0].proposal.batch):
            change.updated(model, lines)
            spread(ledger, lines, change)


def _close(keys: Sequence[int], stage: Proposal.Stage, viewer: Viewer, reason: str) -> None:
    after = {
        "stage": stage.value,
        "closed_at": timezone.now(),
        "closed_by": viewer.name,
        "reason": reason.strip()[:200],
    }
    was = witnessing.before(Proposal, keys)
    rows.update(Proposal, [(pk, after) for pk in keys])
    witnessing.seen(Proposal, keys, was)
