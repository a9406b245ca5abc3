"""What can be done on the spot about each row of 差一步: the last step as a button, or what it waits for and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration, queries, services
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.values import Label
from qiaojie.measures.waiting import Wait, WaitsFor, waits
from qiaojie.people.ledger import CERTIFICATES

from ..shared import table_choices
from ..shared.listing import PAGES


@dataclass(frozen=True, slots=True)
class RowAction:
    """The last step of one row: what its button says and where it leads, or (``target``) which row it approves on the spot;
    else what the row waits for. ``links`` lead to what the row is about, ``fault`` is why a step was refused just now."""

    words: Label = ""
    address: str = ""
    target: str = ""
    waits: str = ""
    links: tuple[tuple[Label, str], ...] = ()
    fault: str = ""


def of_step(
    ledger: Ledger, field: Field, rows: Iterable[Row], viewer: UserViewer, back: str
) -> dict[int, RowAction]:
    """The action of each row that lacks one field; at most six queries, whatever their number."""
    listed = list(rows)
    keys = [row.pk for row in listed]
    code, column, name = ledger.whose(field.name)
    target = declaration.get(code)
    of_row = _targets(ledger, column, keys)
    links = _links(ledger, listed)
    remedy = field.remedy
    if remedy is None:
        return {key: RowAction(links=links[key]) for key in keys}
    if remedy.way == "approve":
        may = services.approvable(target, set(of_row.values()), viewer)
        told = _filed(target, set(of_row.values()) - may)
        return {
            key: RowAction(remedy.words, target=f"{code}/{of_row[key]}", links=links[key])
            if of_row[key] in may
            else RowAction(waits=_awaits(told.get(of_row[key])), links=links[key])
            for key in keys
        }
    if remedy.way == "certificate":
        table = table_choices.own_of(viewer, CERTIFICATES)
        people = {row.pk: row.person_id for row in listed}
        return {
            key: RowAction(
                remedy.words,
                f"{reverse('enter', args=table.place)}?{urlencode({'person': people[key]})}",
                links=links[key],
            )
            if table is not None
            else RowAction(links=links[key])
            for key in keys
        }
    if not viewer.may(Action.ENTER):
        return {key: RowAction(links=links[key]) for key in keys}
    seen = queries.rows(target, viewer).filter(pk__in=set(of_row.values()))
    mine = set(seen.order_by().values_list("pk", flat=True))
    told = _filed(target, set(of_row.values()) - mine)
    return {
        key: RowAction(remedy.words, _address(remedy.way, target, of_row[key], name, back), links=links[key])
        if of_row[key] in mine
        else RowAction(waits=_elsewhere(told.get(of_row[key])), links=links[key])
        for key in keys
    }


def of_waiting(ledger: Ledger, rows: Iterable[Row], viewer: UserViewer) -> dict[int, RowAction]:
    """The action of each row that only waits: approving it or what it refers to, confirming what is registered, saying which
    county answers. Two queries for each ledger that waits, and those of ``waits``."""
    listed = list(rows)
    links = _links(ledger, listed)
    held = waits(ledger, [row.pk for row in listed])
    by_ledger: dict[str, set[int]] = {}
    for one in held.values():
        if one.what is WaitsFor.APPROVAL:
            by_ledger.setdefault(one.ledger, set()).add(one.row)
    may = {
        (code, key)
        for code, keys in by_ledger.items()
        for key in services.approvable(declaration.get(code), keys, viewer)
    }
    return {row.pk: _waiting(ledger, held[row.pk], may, links[row.pk], viewer) for row in listed}


def _waiting(
    ledger: Ledger,
    wait: Wait,
    may: set[tuple[str, int]],
    links: tuple[tuple[Label, str], ...],
    viewer: UserViewer,
) -> RowAction:
    if wait.what is WaitsFor.APPROVAL:
        own = wait.ledger == ledger.code
        what = _("审核") if own else _("审核%s") % declaration.get(wait.ledger).label
        if (wait.ledger, wait.row) in may:
            return RowAction(what, target=f"{wait.ledger}/{wait.row}", links=links)
        label = _("这条记录") if own else declaration.get(wait.ledger).label
        return RowAction(waits=_awaits((wait.unit, wait.since), str(label)), links=links)
    if wait.what is WaitsFor.REGISTER:
        if viewer.may(Action.APPROVE) and not viewer.outside:
            return RowAction(_("确认登记"), reverse("unconfirmed"), links=links)
        return RowAction(waits=_("等审核人员确认本人的登记"), links=links)
    if wait.what is WaitsFor.COUNTY:
        if viewer.may(Action.ENTER) and not viewer.outside:
            return RowAction(_("写明发证残联"), reverse("issuers"), links=links)
        return RowAction(waits=_("等写明残疾人证由哪个残联发的"), links=links)
    return RowAction(waits=_("等所依据的登记审核、确认"), links=links)


def _address(way: str, target: Ledger, key: int, name: str, back: str) -> str:
    """Where a step is taken: the form with the kind of paper, the box of the field, the page of proofs."""
    field = target.field(name)
    if way == "paper":
        asked = {"kind": field.shown_by, "mend": name, "back": back}
        return f"{reverse('add-documents', args=[target.code, key])}?{urlencode(asked)}"
    if way == "prove":
        return f"{reverse('proofs', args=[target.code])}?{urlencode({'row': key, 'back': back})}"
    return f"{reverse('edit', args=[target.code, key])}?{urlencode({'back': back})}#f-{field.column}"


def _targets(ledger: Ledger, column: str, keys: list[int]) -> dict[int, int]:
    """By row the row that a field is of; one query where that is another one."""
    if not column:
        return {key: key for key in keys}
    return dict(ledger.model._default_manager.filter(pk__in=keys).order_by().values_list("pk", column))


def _filed(target: Ledger, keys: set[int]) -> dict[int, tuple[str, Any]]:
    """Which office filed rows, and on which day they were entered; one query, where there are such."""
    if not keys:
        return {}
    rows = target.model._default_manager.filter(pk__in=keys).order_by()
    told = rows.values_list("pk", f"{target.filed_by}__short_name", "entered_at__date")
    return {pk: (unit or "", day) for pk, unit, day in told}


def _awaits(told: tuple[str, Any] | None, label: str = "") -> str:
    if told is None:
        return _("等审核")
    unit, since = told
    asked = {"unit": unit, "what": label, "day": f"{since:%Y-%m-%d}" if since else ""}
    return _("等%(unit)s审核%(what)s，%(day)s 录入") % asked if since else _("等%(unit)s审核%(what)s") % asked


def _elsewhere(told: tuple[str, Any] | None) -> str:
    if told is None:
        return _("由填报单位补齐")
    unit, since = told
    return _("等%(unit)s补齐，%(day)s 录入") % {"unit": unit, "day": f"{since:%Y-%m-%d}"}


def _links(ledger: Ledger, rows: list[Row]) -> Mapping[int, tuple[tuple[Label, str], ...]]:
    """To what a row is about and to the row itself; a query where it refers to something with a page of its own."""
    parts = [part for part in ledger.parts.values() if part.ledger in PAGES and part.ledger != "persons"]
    keys = [row.pk for row in rows]
    found: dict[int, list[tuple[Label, str]]] = {key: [] for key in keys}
    for part in parts:
        label = declaration.get(part.ledger).label
        for key, other in _targets(ledger, f"{part.attribute}_id", keys).items():
            if other is not None:
                found[key].append((label, reverse(PAGES[part.ledger], args=[other])))
    if ledger.code not in PAGES:
        for key in keys:
            found[key].append((_("这条记录"), reverse("row", args=[ledger.code, key])))
    return {key: tuple(links) for key, links in found.items()}
