"""Rows that are one thing entered twice (a class, a base): joined by a pointer to the one kept, and parted again.

Each row keeps what is its own: its approval, its days, its evidence, and the rows that refer to it. What is counted of the
thing is counted once (``kept``, ``leading``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, Exists, F, Model, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import approving, journal, queries
from .changing import OpenChange, permitted
from .declaration import Joins, Ledger, LedgerPart, get
from .models import PENDING, Batch, Change, State
from .statements import OneOf
from .viewer import Action, Viewer

POINTER = "canonical"
"""The foreign key from a row to the one kept; nobody's pointer leads to a row that has one itself."""


def kept(part: LedgerPart, path: str = "") -> Combinable:
    """The key of what a fact refers to: of rows that are one thing, the one kept. ``path`` leads to the fact ('' for itself)."""
    own = F(f"{path}{part.attribute}_id")
    if get(part.ledger).joins is None:
        return Cast(own, BigIntegerField())
    return Coalesce(F(f"{path}{part.attribute}__{POINTER}_id"), own, output_field=BigIntegerField())


def referring(part: LedgerPart, keys: Any) -> Q:
    """Condition: a fact refers to one of these things, or to a row found to be one of them. ``keys`` as ``OneOf`` takes them."""
    other = get(part.ledger)
    if other.joins is None:
        return Q(OneOf(F(f"{part.attribute}_id"), keys))
    every = other.model._default_manager.order_by()
    # In one list, since no index answers "the one or the other".
    own, joined = (every.filter(OneOf(F(column), keys)).values("pk") for column in ("pk", f"{POINTER}_id"))
    return Q(**{f"{part.attribute}__in": own.union(joined)})


def kept_of(ledger: Ledger, keys: Iterable[int]) -> dict[int, int]:
    """Of some rows those that were found to be another one, each with that; one query, none where the ledger joins nothing."""
    if ledger.joins is None:
        return {}
    joined = ledger.model._default_manager.filter(pk__in=list(keys), **{f"{POINTER}__isnull": False})
    return dict(joined.values_list("pk", f"{POINTER}_id"))


def together(ledger: Ledger, pk: int) -> list[int]:
    """A row and those found to be it, whatever their state; one query at most."""
    if ledger.joins is None:
        return [pk]
    return [
        pk,
        *ledger.model._default_manager.filter(**{POINTER: pk}).order_by("pk").values_list("pk", flat=True),
    ]


def leading(ledger: Ledger) -> Q:
    """Condition: the row stands for its thing, where what the thing says of itself (a cost, a plan) is to be said once: of
    rows that are one, an approved one before those that wait, the one kept before those joined to it, then the oldest."""
    if ledger.joins is None:
        return Q()
    rows = ledger.model._default_manager.order_by()
    others = rows.filter(**{POINTER: OuterRef(f"{POINTER}_id")})
    joined_to_it = rows.filter(state=State.APPROVED, **{POINTER: OuterRef("pk")})
    unjoined = Q(**{f"{POINTER}__isnull": True})
    alone = unjoined & (Q(state=State.APPROVED) | ~Q(Exists(joined_to_it)))
    older = others.filter(state=State.APPROVED, pk__lt=OuterRef("pk"))
    unapproved = Q(**{f"{POINTER}__state__in": [*PENDING, State.WITHDRAWN]})
    instead = Q(state=State.APPROVED) & unapproved & ~Q(Exists(older))
    before_it = others.filter(Q(state=State.APPROVED) | Q(state__in=PENDING, pk__lt=OuterRef("pk")))
    voided = Q(**{f"{POINTER}__state": State.WITHDRAWN})
    last = Q(state__in=PENDING) & voided & ~Q(Exists(before_it))
    return alone | instead | last


def join(ledger: Ledger, pk: int, into: int, viewer: Viewer, reason: str) -> Batch:
    """Note that a row is the same thing as the row ``into``: it points there, as do the rows found to be it before. A batch
    of its own, which can be taken back.

    Raises Refused where the role may not approve what either row's county asks, or either row is not the viewer's; Unusable
    ``reason_missing``, ``join_self``, ``join_done`` (one of them points to another already), ``join_differs`` (what they are
    contradicts).
    """
    permit = permitted(viewer, Action.APPROVE, f"{ledger.code}/{pk}/join")
    joins = ledger.joins
    permit.refuse_unless(joins is not None and _decides(ledger, (pk, into), viewer))
    assert joins is not None
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    if pk == into:
        raise Unusable("join_self", _("这是同一条登记，请填另一条的编号。"))
    model = ledger.model
    with permit.because(reason.strip()) as change:
        held = model._default_manager.in_bulk([pk, into])
        if any(getattr(row, f"{POINTER}_id") is not None for row in held.values()):
            raise Unusable("join_done", _("其中一条已经认定与别的登记重复，请打开保留的那一条再看。"))
        _refuse_contradiction(ledger, joins, held[pk], held[into])
        moved = together(ledger, pk)
        _begin(ledger, held.values(), change)
        change.delete_soon({model._meta.label: [*moved, into]})
        _point(ledger, [(one, None if one == pk else pk, into) for one in moved], change)
    assert change.batch is not None
    return change.batch


def part(ledger: Ledger, pk: int, viewer: Viewer, reason: str) -> Batch:
    """Note that a row is a thing of its own after all; the rows that came along with it when it was joined go with it. A
    batch of its own, which can be taken back.

    Raises Refused as ``join`` does; Unusable ``reason_missing``, ``part_done`` (the row points nowhere).
    """
    permit = permitted(viewer, Action.APPROVE, f"{ledger.code}/{pk}/part")
    into = kept_of(ledger, [pk]).get(pk)
    permit.refuse_unless(_decides(ledger, [pk] if into is None else [pk, into], viewer))
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    with permit.because(reason.strip()) as change:
        into = kept_of(ledger, [pk]).get(pk)
        if into is None:
            raise Unusable("part_done", _("这一条没有与别的登记相并，不用分开。"))
        along = _came_along(ledger, pk, into)
        held = ledger.model._default_manager.in_bulk([pk, into])
        _begin(ledger, held.values(), change)
        change.delete_soon({ledger.model._meta.label: [pk, *along, into]})
        _point(ledger, [(pk, into, None), *((one, into, pk) for one in along)], change)
    assert change.batch is not None
    return change.batch


def may_decide(ledger: Ledger, viewer: Viewer, keys: Iterable[int]) -> bool:
    """Whether the viewer may join or part these rows; nothing is logged."""
    return viewer.may(Action.APPROVE) and _decides(ledger, keys, viewer)


def _decides(ledger: Ledger, keys: Iterable[int], viewer: Viewer) -> bool:
    """Whether all rows are the viewer's, and the last level that their counties ask is."""
    wanted = set(keys)
    found = queries.rows(ledger, viewer).filter(pk__in=wanted)
    filed = dict(found.values_list("pk", f"{ledger.filed_by}_id"))
    return filed.keys() == wanted and all(approving.rule_at(one).last(viewer) for one in set(filed.values()))


def _refuse_contradiction(ledger: Ledger, joins: Joins, one: Model, other: Model) -> None:
    for name in joins.agree:
        field = ledger.field(name)
        if getattr(one, field.column) != getattr(other, field.column):
            said = {"field": field.label, "what": joins.words}
            raise Unusable(
                "join_differs", _("两条的“%(field)s”不同，不是%(what)s；登记有误的请先改正。") % said
            )


def _begin(ledger: Ledger, held: Iterable[Model], change: OpenChange) -> None:
    """A batch of the office that filed both rows, else of whoever decides about both."""
    filed = {getattr(row, f"{ledger.filed_by}_id") for row in held}
    region = filed.pop() if len(filed) == 1 else change.viewer.region_id
    change.begin_batch(ledger.code, region, change.purpose)


def _point(ledger: Ledger, lines: list[tuple[int, int | None, int | None]], change: OpenChange) -> None:
    """Set pointers of rows: (key, whence, whither). What rests on them has been looked at before: under what a fact counts
    changes, and what it counted under has to be counted again too."""
    column = f"{POINTER}_id"
    for pk, _before, after in lines:
        ledger.model._default_manager.filter(pk=pk).update(**{column: after})
    change.updated(ledger.model, ((pk, {column: before}, {column: after}) for pk, before, after in lines))
    change.note(rows=len(lines))


def _came_along(ledger: Ledger, pk: int, into: int) -> list[int]:
    """The rows that pointed to a row until it was joined, and still are where it led them."""
    label, column = ledger.model._meta.label, f"{POINTER}_id"

    def sides(line: Change) -> tuple[Any, Any]:
        before, after = journal.both_sides(ledger.model, line)
        return before.get(column), after.get(column)

    lines = Change.objects.filter(model=label, act=Change.Act.UPDATE)
    own = lines.filter(object_id=pk, batch__stage=Batch.Stage.COMMITTED).order_by("-pk")
    joined = next((line for line in own if sides(line) == (None, into)), None)
    if joined is None:
        return []
    moved = lines.filter(batch=joined.batch_id).exclude(object_id=pk)
    keys = [line.object_id for line in moved if sides(line) == (pk, into)]
    still = ledger.model._default_manager.filter(pk__in=keys, **{POINTER: into})
    return list(still.order_by("pk").values_list("pk", flat=True))
