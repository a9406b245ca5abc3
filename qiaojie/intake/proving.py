"""A field set for many rows at once by what says it of all of them: one source, kept with its document; never by a reason alone.

Which field that is, and which part of the ledger is its source, the declaration says (``Field.by_source``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from qiaojie.documents import queries as documents
from qiaojie.ledgers import approving, declaration, journal, proposals, queries, rows
from qiaojie.ledgers.changing import OpenChange, Permit, permitted
from qiaojie.ledgers.conditions import breaches
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.regions.models import Region

from .judging import row_limits
from .storing import revising

MOST: Final = 2_000
"""Rows of one act: chosen, what a compared list of a county has; a page of ticks holds a few hundred."""


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A row that did not take it: its key, its title where the viewer may see it, and why not."""

    pk: int
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Proved:
    """What came of it: how many rows say it now, beside how many it waits for an approver, and which were left."""

    changed: int
    waiting: int
    left: tuple[LeftRow, ...]


def proven_field(ledger: Ledger) -> Field | None:
    """The field of a ledger that is set for many rows by naming a source; None where it has none."""
    return next((field for field in ledger.fields if field.by_source), None)


def sources_of(ledger: Ledger, field: Field) -> Ledger:
    """The ledger of the sources of such a field."""
    return declaration.get(ledger.parts[field.by_source].ledger)


def unproven(ledger: Ledger, batch: int, viewer: Viewer) -> list[int]:
    """The rows that a batch brought and that can still take a source, by their keys, at most ``MOST``; none of a ledger without
    such a field. Two queries. Raises Refused where the viewer may not see the ledger."""
    field = proven_field(ledger)
    if field is None:
        return []
    made = journal.made(ledger.model, batch)
    if not made:
        return []
    inside = Q()
    for first, last in made:
        inside |= Q(pk__range=(first, last))
    lacking = {f"{field.column}__in": list(field.lack_only)} if field.lack_only else {}
    found = queries.rows(ledger, viewer).filter(inside, **lacking)
    return list(found.order_by("pk").values_list("pk", flat=True)[:MOST])


def prove(ledger: Ledger, keys: Collection[int], value: str, source: int | None, viewer: Viewer) -> Proved:
    """Set the field and its source for rows by their keys, as one batch. Rows that say something else already, that are not
    the viewer's or break a limit are left. What somebody whose word is not the last says of an approved row waits beside it.

    Raises Refused where the role may not enter rows, and outside the offices; Unusable ``nothing_chosen``, ``too_many``,
    ``value_missing``, ``source_missing``, ``source_unknown`` (none that the viewer may see), ``source_without_document``.
    """
    permit = permitted(viewer, Action.ENTER, f"{ledger.code}/proofs", office=True)
    field = proven_field(ledger)
    if field is None:
        permit.refuse()
    wanted = sorted(set(keys))
    _demand_rows(wanted)
    if not value or value not in field.choices:
        raise Unusable("value_missing", _("请选择“%s”是哪一种。") % field.label)
    held = _source(ledger, field, source, viewer)
    told = _("凭证来源：%s") % held
    return _prove(_Act(ledger, field, value, held, permit.because(told)), wanted)


def _demand_rows(wanted: Sequence[int]) -> None:
    if not wanted:
        raise Unusable("nothing_chosen", _("没有勾选任何一条。"))
    if len(wanted) > MOST:
        raise Unusable("too_many", _("一次最多处理 %s 条，请先筛选。") % f"{MOST:,}")


def _source(ledger: Ledger, field: Field, pk: int | None, viewer: Viewer) -> Model:
    """The source, of which a document is kept."""
    of = sources_of(ledger, field)
    if pk is None:
        text = _("成批登记“%s”要写明一个来源（哪份比对名单、哪个档案盒），只写理由不行。")
        raise Unusable("source_missing", text % field.label)
    found = queries.rows(of, viewer).filter(pk=pk).first()
    if found is None:
        raise Unusable("source_unknown", _("没有这个来源，或它不在您的范围内，请重新选择。"))
    # That a paper lies in a box shows nobody whom it speaks of: many rows rest on what can be looked at.
    if all(one.boxed for one in documents.of_rows({of.code: [pk]}, viewer)):
        text = _("来源“%s”还没有佐证材料：请先把名单或档案盒的照片交上来，再成批登记。")
        raise Unusable("source_without_document", text % found)
    return found


@dataclass(frozen=True, slots=True)
class _Act:
    """What is set, and by whom."""

    ledger: Ledger
    field: Field
    value: str
    source: Model
    permit: Permit

    @property
    def columns(self) -> dict[str, Any]:
        """What a row becomes."""
        attribute = self.ledger.parts[self.field.by_source].attribute
        return {self.field.column: self.value, f"{attribute}_id": self.source.pk}


def _prove(act: _Act, wanted: Sequence[int]) -> Proved:
    ledger, viewer = act.ledger, act.permit.viewer
    with act.permit as change:
        found: dict[int, Model] = {}
        for part in rows.chunks(wanted):
            found.update((row.pk, row) for row in queries.rows(ledger, viewer).filter(pk__in=part))
        why = _left(act, wanted, found)
        taking = [row for pk, row in found.items() if pk not in why]
        changed, waiting, again = _write(act, taking, change) if taking else (0, 0, set())
        why |= dict.fromkeys(again, _("同样的修改已经提出过，正等审核。"))
        if not changed and not waiting:
            change.take_back()
        change.note(rows=changed + waiting)
    titles = _titles(ledger, [pk for pk in why if pk in found], viewer)
    return Proved(
        changed, waiting, tuple(LeftRow(pk, titles.get(pk, ""), why[pk]) for pk in wanted if pk in why)
    )


def _left(act: _Act, wanted: Sequence[int], found: Mapping[int, Model]) -> dict[int, str]:
    """Why rows do not take it."""
    why = {pk: _("已作废，或不在您的范围内。") for pk in wanted if pk not in found}
    choices, field = act.field.choices, act.field
    for pk, row in found.items():
        now = getattr(row, field.column)
        if all(getattr(row, column) == value for column, value in act.columns.items()):
            why[pk] = _("已经是这样。")
        elif now != act.value and field.lack_only and now not in field.lack_only:
            why[pk] = _("已登记为“%s”，不能成批改；确实要改的，请逐条修改。") % choices.get(now, now)
    asked = [pk for pk in found if pk not in why]
    columns = _columns(act, [found[pk] for pk in asked])
    for broken in row_limits.find(act.ledger.limits, act.ledger, columns, len(asked)):
        if broken.finding.level is Level.ERROR:
            why.setdefault(asked[broken.row], broken.finding.message)
    return why


def _columns(act: _Act, held: Sequence[Model]) -> dict[str, list[Any]]:
    """What limits look at, as it would be: of the row itself and of its source; nothing else is looked up."""
    columns: dict[str, list[Any]] = {}
    for name in breaches.looked_at(act.ledger.limits, act.ledger):
        column = act.ledger.field(name).column
        word, _sep, rest = column.partition("__")
        if name == act.field.name:
            columns[name] = [act.value] * len(held)
        elif not rest:
            columns[name] = [getattr(row, column) for row in held]
        elif word == act.ledger.parts[act.field.by_source].attribute:
            columns[name] = [getattr(act.source, rest)] * len(held)
    return columns


def _write(act: _Act, held: Sequence[Model], change: OpenChange) -> tuple[int, int, set[int]]:
    """How many rows changed, beside how many a change waits now, and beside which it waited already."""
    ledger, viewer = act.ledger, change.viewer
    regions = {getattr(row, f"{ledger.filed_by}_id") for row in held}
    final = _final(regions, viewer)
    batch = change.begin_batch(
        ledger.code, next(iter(regions)) if len(regions) == 1 else viewer.region_id, change.purpose
    )
    own = {row.pk: getattr(row, f"{ledger.filed_by}_id") for row in held}
    becomes = revising.carried(ledger, act.columns)
    lines = [(row.pk, {column: getattr(row, column) for column in becomes}, becomes) for row in held]
    standing = {row.pk: vars(row) for row in held}
    now, later = revising.split(ledger, lines, standing, lambda pk: own[pk] in final)
    proposed = revising.write(ledger, now, later, change, own)
    again = {pk for pk, _before, _after in later}
    if again:
        again -= proposals.rows_of_batch(ledger, batch.pk)
    return len(now), proposed, again


def _final(regions: Collection[int], viewer: Viewer) -> set[int]:
    """The regions of whose rows this viewer's word is the last; two queries."""
    known = approving.rules()
    places = Region.objects.filter(pk__in=regions).values_list("pk", "first")
    return {pk for pk, first in places if known.of(first).decides(viewer, viewer.name)}


def _titles(ledger: Ledger, keys: Sequence[int], viewer: Viewer) -> dict[int, str]:
    title = ledger.field(ledger.title)
    found = queries.rows(ledger, viewer).filter(pk__in=keys)
    return {row.pk: row.cells[title.name].text for row in queries.shown(ledger, viewer, found, (title,))}
