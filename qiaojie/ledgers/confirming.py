"""Rows of registers (a certificate, a status, a household) that an approver has yet to confirm.

What a clerk brings is written at once, so that lists and pending figures show it, but no count rests on it before somebody who
may approve has seen it. Approving a row confirms what the same batch brought about the same persons; the rest of a batch is
confirmed in one act.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import maxsize

from django.db.models import Count, Model, QuerySet, Value
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import approving, declaration, journal, rows
from .changing import OpenChange, permitted
from .declaration import Ledger
from .models import Batch, Change
from .viewer import Action, Viewer, demand


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """What one batch brought to the registers and nobody has confirmed yet: the rows by the code of their register."""

    batch: Batch
    rows: Mapping[str, tuple[int, ...]]

    @property
    def number(self) -> int:
        """All its rows."""
        return sum(len(keys) for keys in self.rows.values())

    @property
    def since(self) -> datetime:
        """When it came."""
        return self.batch.committed_at


def registers() -> list[Ledger]:
    """The registers whose rows are confirmed."""
    return [ledger for ledger in declaration.every() if ledger.confirmed]


def waiting(viewer: Viewer) -> list[Unconfirmed]:
    """Batches of the viewer's area with register rows that wait to be confirmed, the oldest first. Raises Refused.

    One query where nothing waits, else two for each register in which something does, and one for the batches.
    """
    demand(viewer, Action.SEE, "confirming")
    open_ = {ledger.code: _unconfirmed(ledger, viewer) for ledger in _open()}
    return _by_batch({code: keys for code, keys in open_.items() if keys}, viewer)


def of_batch(batch: Batch, viewer: Viewer) -> Unconfirmed | None:
    """What a batch of the viewer's area brought and nobody has confirmed; None where nothing waits. Two queries a register.

    Raises Refused.
    """
    demand(viewer, Action.SEE, "confirming")
    found: dict[str, tuple[int, ...]] = {}
    for ledger in registers():
        open_ = ledger.model._default_manager.filter(ledger.visible(viewer), confirmed=False)
        keys = [
            pk
            for first, last in _made(ledger.model, [batch.pk])
            for pk in open_.filter(pk__gte=first, pk__lte=last).values_list("pk", flat=True)
        ]
        if keys:
            found[ledger.code] = tuple(keys)
    return Unconfirmed(batch, found) if found else None


def to_confirm(viewer: Viewer) -> list[Unconfirmed]:
    """Those of ``waiting`` about which the viewer has the last word. Raises Refused."""
    held = waiting(viewer)
    known = approving.rules()
    return [
        one
        for one in held
        if known.of(one.batch.region.first if one.batch.region else None).decides(viewer, one.batch.actor)
    ]


def confirm(batch_id: int, viewer: Viewer) -> int:
    """Confirm all that a batch brought to the registers; how many rows.

    Raises Refused where the role may not approve, where another office's word is the last, or where two persons are asked for
    and it is one's own batch; Unusable ``nothing_to_confirm``.
    """
    permit = permitted(viewer, Action.APPROVE, f"batch/{batch_id}/confirm")
    batch = Batch.objects.select_related("region").filter(pk=batch_id).first()
    if (
        batch is None
        or not viewer.covers(batch.region_id, batch.actor)
        or not approving.rule_at(batch.region_id).decides(viewer, batch.actor)
    ):
        permit.refuse()
    with permit as change:
        found = of_batch(batch, viewer)
        if found is None:
            raise Unusable("nothing_to_confirm", _("这一批没有等待确认的证件或身份登记。"))
        for code, keys in found.rows.items():
            _confirm(declaration.get(code), keys, change)
        change.note(rows=found.number)
    return found.number


def confirm_with(ledger: Ledger, keys: Sequence[int], change: OpenChange) -> int:
    """When rows are approved: confirm what the batches that brought them brought about the same persons; how many rows.

    The caller holds the transaction. Nothing is asked where nothing waits.
    """
    if not ledger.person:
        return 0
    open_ = _open()
    if not open_:
        return 0
    batches = _brought(ledger.model, keys)
    confirmed = 0
    people = {
        person
        for part in rows.chunks(keys)
        for person in ledger.model._default_manager.filter(pk__in=part).values_list(
            f"{ledger.person}_id", flat=True
        )
    }
    for one in open_:
        found = one.model._default_manager.filter(confirmed=False)
        about = f"{one.person}_id" if one.person else "pk"
        hers = [
            pk
            for part in rows.chunks(people)
            for pk in found.filter(**{f"{about}__in": part}).values_list("pk", flat=True)
        ]
        brought = _made(one.model, batches)
        mine = [pk for pk in hers if _within(pk, brought)]
        _confirm(one, mine, change)
        confirmed += len(mine)
    return confirmed


@dataclass(frozen=True, slots=True)
class Brought:
    """Of rows the batches that made or changed them, by row; of their persons (by record) the batches that brought what nobody
    has confirmed about them, 0 for what no batch did."""

    rows: Mapping[int, frozenset[int]]
    open: Mapping[int, frozenset[int]]

    def stays_open(self, approved: Iterable[int], person: int) -> bool:
        """Whether something about a person stays unconfirmed when these rows are approved together."""
        batches = {batch for row in approved for batch in self.rows.get(row, ())}
        return not self.open.get(person) or not self.open[person] <= batches


def brought_with(ledger: Ledger, keys: Sequence[int]) -> Brought:
    """What ``confirm_with`` would find for any of these rows; three queries and two for each register in which something
    waits. A person of whom only another record waits is not in ``open``."""
    batches: dict[int, set[int]] = defaultdict(set)
    for pk, batch in journal.makers(ledger.model, keys).items():
        batches[pk].add(batch)
    people: set[int] = set()
    for part in rows.chunks(keys):
        for pk, batch in _updates(ledger.model, part):
            batches[pk].add(batch)
        held = ledger.model._default_manager.filter(pk__in=part)
        people.update(held.order_by().values_list(f"{ledger.person}_id", flat=True))
    open_: dict[int, set[int]] = defaultdict(set)
    for one in registers():
        found = one.model._default_manager.filter(confirmed=False).order_by()
        about = f"{one.person}_id" if one.person else "pk"
        hers = dict(
            pair
            for part in rows.chunks(people)
            for pair in found.filter(**{f"{about}__in": part}).values_list("pk", about)
        )
        made = journal.makers(one.model, list(hers))
        for pk, person in hers.items():
            open_[person].add(made.get(pk, 0))
    return Brought(
        {pk: frozenset(found) for pk, found in batches.items()},
        {person: frozenset(found) for person, found in open_.items()},
    )


def _confirm(ledger: Ledger, keys: Sequence[int], change: OpenChange) -> None:
    for part in rows.chunks(keys):
        ledger.model._default_manager.filter(pk__in=part).update(confirmed=True)
    if keys:
        change.updated(ledger.model, [(pk, {"confirmed": False}, {"confirmed": True}) for pk in keys])


def _open() -> list[Ledger]:
    """The registers in which something waits; one query, over what waits alone."""
    parts = [
        ledger.model._default_manager.filter(confirmed=False)
        .order_by()
        .annotate(code=Value(ledger.code))
        .values("code")
        .annotate(n=Count("pk"))
        for ledger in registers()
    ]
    found = parts[0].union(*parts[1:], all=True) if parts else ()
    return [declaration.get(one["code"]) for one in found if one["n"]]


def _unconfirmed(ledger: Ledger, viewer: Viewer) -> list[int]:
    open_: QuerySet[Model] = ledger.model._default_manager.filter(confirmed=False)
    return list(open_.filter(ledger.visible(viewer)).values_list("pk", flat=True))


def _by_batch(open_: Mapping[str, Sequence[int]], viewer: Viewer) -> list[Unconfirmed]:
    """Keys by the batch that made them, of batches in the viewer's area."""
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for code, keys in open_.items():
        for pk, batch in journal.makers(declaration.get(code).model, keys).items():
            found[batch][code].append(pk)
    known = Batch.objects.filter(viewer.scope("region", "actor"), pk__in=list(found)).order_by("pk")
    return [
        Unconfirmed(batch, {code: tuple(keys) for code, keys in found[batch.pk].items()})
        for batch in known.select_related("region")
    ]


def _brought(model: type[Model], keys: Sequence[int]) -> set[int]:
    """The batches that made or changed these rows."""
    batches = set(journal.makers(model, keys).values())
    for part in rows.chunks(keys):
        batches.update(batch for _pk, batch in _updates(model, part))
    return batches


def _updates(model: type[Model], keys: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The rows that batches changed, each with the batch; one query."""
    lines = Change.objects.filter(
        model=model._meta.label, object_id__in=keys, act=Change.Act.UPDATE, batch__isnull=False
    )
    return lines.order_by().values_list("object_id", "batch_id")


def _made(model: type[Model], batches: Iterable[int]) -> list[tuple[int, int]]:
    """The keys of rows that batches made, as spans in order."""
    spans: list[tuple[int, int]] = []
    for part in rows.chunks(sorted(batches)):
        lines = Change.objects.filter(model=model._meta.label, act=Change.Act.CREATE, batch__in=part)
        spans += lines.values_list("object_id", "last_id")
    return sorted(spans)


def _within(pk: int, spans: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(spans, (pk, maxsize)) - 1
    return place >= 0 and spans[place][0] <= pk <= spans[place][1]
