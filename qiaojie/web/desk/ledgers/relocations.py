"""迁出迁入: lists of women who move, made by the county that they leave and answered by the one that they come to."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Viewer, demand_office, refuse
from qiaojie.people import lookups, relocation_lists, relocations, search
from qiaojie.people.ledger import PERSONS
from qiaojie.people.models import RelocationList
from qiaojie.regions import queries as regions
from qiaojie.regions import residence
from qiaojie.regions.models import Level, Region
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.requests import DeskRequest

from ..shared import params

LISTED = 100
"""Lists that the page shows, the latest first."""

_FIELDS = tuple(PERSONS.field(name) for name in ("name", "sex", "birth_date", "id_number"))


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The lists that the viewer's regions made, and those made for them."""
    viewer = request.viewer
    waits = Count("relocations", filter=Q(relocations__state=relocations.OFFERED))
    every = relocations.visible(viewer).annotate(number=Count("relocations"), waiting=waits)
    context = {
        "incoming": every.filter(viewer.scope("destination"))[:LISTED],
        "outgoing": every.filter(viewer.scope("origin"))[:LISTED],
        "may_offer": viewer.may(Action.APPROVE),
        "crumbs": _crumbs(),
    }
    viewer.note(Action.SEE, "relocations")
    return render(request, "web/desk/ledgers/relocations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Choose who moves, when and where to; then the list is made."""
    viewer = request.viewer
    demand_office(viewer, Action.APPROVE, "relocations/offer")
    sent = request.POST if request.method == "POST" else request.GET
    chosen = [params.demanded_number(text) for text in sent.getlist("person")]
    if request.method == "POST" and sent.get("act") == "offer":
        made = relocations.offer(
            chosen, *_sides(request), _day(sent.get("moved_on", "")), viewer, sent.get("reason", "")
        )
        number = made.relocations.count()
        messages.success(
            request, ngettext("已迁出 %d 人，等对方接收。", "已迁出 %d 人，等对方接收。", number) % number
        )
        return redirect("relocation", pk=made.pk)
    text = sent.get("q", "").strip()
    held = queries.rows(PERSONS, viewer).filter(pk__in=chosen, canonical__isnull=True)
    context = {
        "chosen": list(queries.shown(PERSONS, viewer, held.order_by("pk"), _FIELDS)),
        "found": [row for row in _sought(text, viewer) if row.pk not in chosen] if text else [],
        "q": text,
        "origins": [] if viewer.region is None else _counties(viewer.region, inside=True),
        "counties": [] if viewer.region is None else _counties(viewer.region),
        "given": sent,
        "crumbs": [*_crumbs(), (_("迁出迁入"), reverse("relocations"))],
    }
    return render(request, "web/desk/ledgers/relocation_new.html", context)


def _sought(text: str, viewer: Viewer) -> list[Row]:
    """Who is meant by a name, or by a whole number (which is a look-up)."""
    return lookups.look_up(text, viewer) if lookups.is_number(text) else search.find(text, viewer)


@require_safe
def relocation(request: DeskRequest, pk: int) -> HttpResponse:
    """One list: who is on it, how far each has come, and what may be done."""
    viewer = request.viewer
    held = _held(request, pk)
    listed = relocation_lists.persons(held, viewer)
    viewer.note(Action.SEE, f"relocations/{pk}", rows=len(listed))
    approves = viewer.may(Action.APPROVE)
    receives = approves and viewer.covers(held.destination_id)
    context = {
        "held": held,
        "list_number": relocation_lists.number(held),
        "fields": relocation_lists.fields(),
        "listed": listed,
        "waiting": any(one.waits for one in listed),
        "receives": receives,
        "sends": approves and viewer.covers(held.origin_id),
        "places": _places(held.destination) if receives else [],
        "formats": relocation_lists.FORMATS if viewer.may(Action.EXPORT) else (),
        "crumbs": [*_crumbs(), (_("迁出迁入"), reverse("relocations"))],
    }
    return render(request, "web/desk/ledgers/relocation.html", context)


@require_POST
def act(request: DeskRequest, pk: int, word: str) -> HttpResponse:
    """Take over, decline or take back those who are ticked."""
    viewer, reason = request.viewer, request.POST.get("reason", "")
    chosen = [params.demanded_number(text) for text in request.POST.getlist("person")]
    if word == "accept":
        places = {key: params.demanded_number(request.POST.get(f"place.{key}", "")) for key in chosen}
        relocations.accept(pk, places, viewer, reason)
        messages.success(
            request, _("已接收，次日起的记录计入本区县；弄错了，从名单的状态一栏打开批次，可以整批撤销。")
        )
    elif word == "decline":
        relocations.decline(pk, chosen, viewer, reason)
        messages.success(request, _("已退回，仍属迁出区县。"))
    elif word == "take-back":
        relocations.take_back(pk, chosen, viewer, reason)
        messages.success(request, _("已撤回，仍属本区县。"))
    else:
        raise Http404(word)
    return redirect("relocation", pk=pk)


@require_POST
def paper(request: DeskRequest, pk: int, format: str) -> HttpResponse:
    """The list as a file to print."""
    content = relocation_lists.paper(pk, request.viewer, format, params.purpose_of(request))
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_('迁出名单'))}-{pk}.{format}"
    return response


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("台账"), reverse("ledgers")), (PERSONS.label, reverse("ledger", args=["persons"]))]


def _held(request: DeskRequest, pk: int) -> RelocationList:
    found = relocations.one(pk, request.viewer)
    if found is None:
        refuse(request.viewer, Action.SEE, f"relocations/{pk}")
    return found


def _sides(request: DeskRequest) -> tuple[Region, Region]:
    """The two counties that the form names."""
    keys = [params.demanded_number(request.POST.get(name, "")) for name in ("origin", "destination")]
    found = Region.objects.in_bulk(keys)
    if len(found) != len(set(keys)):
        raise Http404("region")
    return found[keys[0]], found[keys[1]]


def _day(text: str) -> date:
    if not text:
        raise Http404("moved_on")
    return params.day_of(text, date.today())


def _counties(own: Region, *, inside: bool = False) -> list[Region]:
    """The counties and zones of the viewer's province, or only those that he looks after."""
    if inside and residence.is_county(own.level, own.kind):
        return [own]
    above = [own] if inside else [one for one in regions.ancestors(own) if one.level == Level.PROVINCE]
    return regions.counties_of(above[0] if above else own, zones=True)


def _places(county: Region) -> list[Region]:
    """Where somebody can live there: the county as a whole, or one of its townships."""
    inside = Region.objects.filter(regions.under(county, ""), ends__isnull=True, level__lte=Level.TOWNSHIP)
    return list(inside.order_by("first"))
