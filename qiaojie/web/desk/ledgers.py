"""Lists of every ledger, generated from its declaration; approval of rows; masked values asked for with a purpose."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import declaration, queries, services
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.reports import listing as listings
from qiaojie.tables.writing import CONTENT_TYPES

from ..requests import DeskRequest
from . import asking, filters
from .rows import counted, listing


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All ledgers."""
    demand(request.viewer, Action.SEE, "ledgers")
    return render(request, "web/desk/ledgers.html", {"ledgers": declaration.every()})


@require_safe
def ledger(request: DeskRequest, code: str) -> HttpResponse:
    """One ledger: filters, rows, what can be done with the ticked ones."""
    held = asking.ledger_of(code)
    wanted = filters.read(held, request.GET)
    rows = queries.rows(held, request.viewer, wanted.where)
    page = queries.page(
        held, request.viewer, wanted.where, after=asking.number_of(request.GET.get("after", ""))
    )
    context = {
        "ledger": held,
        "filtering": wanted,
        "listing": listing(held, page),
        "counted": counted(held, request.viewer, rows),
        "formats": listings.FORMATS if request.viewer.may(Action.EXPORT) else (),
        "may_approve": held.approved and request.viewer.may(Action.APPROVE),
        "crumbs": [(_("台账"), reverse("ledgers"))],
    }
    return render(request, "web/desk/ledger.html", context)


@require_POST
def approve(request: DeskRequest, code: str) -> HttpResponse:
    """Approve the ticked rows and say how many were."""
    held = asking.ledger_of(code)
    ids = [key for text in request.POST.getlist("row") if (key := asking.number_of(text)) is not None]
    done = services.approve(held, ids, request.viewer)
    if not ids:
        messages.warning(request, _("没有勾选任何一条。"))
    elif done < len(ids):
        text = _("已审核 %(done)d 条；其余 %(left)d 条已经审核过，或不在您的范围内。")
        messages.warning(request, text % {"done": done, "left": len(ids) - done})
    else:
        messages.success(request, ngettext("已审核 %d 条。", "已审核 %d 条。", done) % done)
    return redirect(_back(request, reverse("ledger", args=[code])))


@require_POST
def export(request: DeskRequest, code: str, format: str) -> HttpResponse:
    """The list as a file: what the filters of the address leave, as this viewer sees it."""
    held = asking.ledger_of(code)
    wanted = filters.read(held, request.GET)
    purpose = request.POST.get("purpose", "")
    content = listings.export(held, request.viewer, wanted.where, format, purpose)
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{held.label}.{format}')}"
    return response


@require_POST
def reveal(request: DeskRequest, code: str, pk: int, field: str) -> HttpResponse:
    """A masked value whole, on this one answer only; logged with its purpose."""
    held = asking.ledger_of(code)
    declared = asking.field_of(held, field)
    whole = queries.reveal(held, request.viewer, pk, declared.name, request.POST.get("purpose", ""))
    context = {"field": declared, "whole": whole, "back": _back(request, "/")}
    return render(request, "web/desk/revealed.html", context)


def _back(request: DeskRequest, otherwise: str) -> str:
    """The page of ours that the form stood on."""
    address = request.POST.get("back", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else otherwise
