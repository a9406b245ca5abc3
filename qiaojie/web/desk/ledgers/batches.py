"""One act and all that it asserted: what waits to be confirmed of it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import confirming, declaration, proposals, queries, undoing
from qiaojie.ledgers.confirming import Unconfirmed
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, demand, demand_office, refuse
from qiaojie.web.requests import DeskRequest

from ..shared.listing import Listing, listing

SHOWN = 50
"""Rows of a register that are shown before they are confirmed; how many there are in all is said."""


@dataclass(frozen=True, slots=True)
class UnconfirmedRows:
    """Rows of one register that wait: how many, and the first of them."""

    number: int
    listing: Listing


@require_safe
def unconfirmed(request: DeskRequest) -> HttpResponse:
    """The acts that brought certificates, statuses or households which nobody has confirmed yet."""
    demand_office(request.viewer, Action.SEE, "confirming")
    found = confirming.waiting(request.viewer)
    request.viewer.note(Action.SEE, "confirming", rows=sum(one.number for one in found))
    context = {"batches": found, "may_approve": request.viewer.may(Action.APPROVE)}
    return render(request, "web/desk/ledgers/unconfirmed.html", context)


@require_safe
def batch(request: DeskRequest, pk: int) -> HttpResponse:
    """One act: what it asserted, what waits of it, and what stands in the way of taking it back."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"batch/{pk}")
    held = _held(request, pk)
    standing = held.stage == Batch.Stage.COMMITTED
    viewer.note(Action.SEE, f"batch/{pk}", rows=1)
    waits = None if viewer.outside else confirming.of_batch(held, viewer)
    context = {
        "batch": held,
        "prospect": undoing.prospect(held, viewer) if standing else None,
        "changes": proposals.of_batch(held) if standing else [],
        "waits": list(_rows(request, waits)) if waits is not None else [],
        "may_approve": viewer.may(Action.APPROVE),
    }
    return render(request, "web/desk/ledgers/batch.html", context)


@require_POST
def confirm(request: DeskRequest, pk: int) -> HttpResponse:
    """Confirm what a batch brought to the registers."""
    done = confirming.confirm(pk, request.viewer)
    text = ngettext("已确认 %(done)d 条登记。", "已确认 %(done)d 条登记。", done)
    messages.success(request, text % {"done": done})
    return redirect("unconfirmed")


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take a whole batch back, with a reason."""
    _held(request, pk)
    undoing.undo(pk, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("批次 %d 已整批撤销。") % pk)
    return redirect("batch", pk=pk)


def _held(request: DeskRequest, pk: int) -> Batch:
    found = Batch.objects.select_related("region").filter(pk=pk).first()
    if found is None or not request.viewer.covers(found.region_id, found.actor):
        refuse(request.viewer, Action.SEE, f"batch/{pk}")
    return found


def _rows(request: DeskRequest, waits: Unconfirmed) -> Iterable[UnconfirmedRows]:
    for code, keys in waits.rows.items():
        ledger = declaration.get(code)
        within = ledger.model._default_manager.filter(pk__in=keys[:SHOWN])
        page = queries.page(ledger, request.viewer, within=within, size=SHOWN)
        yield UnconfirmedRows(len(keys), listing(ledger, page))
