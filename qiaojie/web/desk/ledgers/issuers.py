"""Certificates of which nobody has said by which county they were issued: the list, and one answer for many of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, demand_office
from qiaojie.people import issuing
from qiaojie.people.ledger import CERTIFICATES
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region
from qiaojie.web.requests import DeskRequest

from ..shared import params

PAGE = 100
"""Certificates on a page: what somebody answers at once after looking at each."""

_FIELDS = tuple(CERTIFICATES.field(name) for name in ("person.name", "number", "category", "grade"))


@dataclass(frozen=True, slots=True)
class Unissued:
    """A certificate that waits for its county, as the viewer may see it."""

    pk: int
    person: int | None
    name: Shown
    number: Shown


@require_http_methods(["GET", "HEAD", "POST"])
def issuers(request: DeskRequest) -> HttpResponse:
    """The certificates that wait, and the answer for those that are ticked."""
    viewer = request.viewer
    demand_office(viewer, Action.ENTER, "certificates/issuer")
    if request.method == "POST":
        chosen = [params.demanded_number(text) for text in request.POST.getlist("certificate")]
        issuing.answer(
            chosen, _county(request.POST.get("county", "")), viewer, request.POST.get("reason", "")
        )
        number = len(set(chosen))
        messages.success(
            request, ngettext("已定 %d 本证的发证残联。", "已定 %d 本证的发证残联。", number) % number
        )
        return redirect("issuers")
    after = params.number_of(request.GET.get("after", "")) or 0
    found = issuing.waiting(viewer).filter(pk__gt=after).order_by("pk")
    keys = list(found.values_list("pk", flat=True)[: PAGE + 1])
    shown = queries.shown(CERTIFICATES, viewer, found.filter(pk__in=keys[:PAGE]), _FIELDS)
    rows = [
        Unissued(row.pk, row.person_id, row.cells["person.name"], row.cells["number"])
        for row in sorted(shown, key=lambda row: row.pk)
    ]
    viewer.note(Action.SEE, "certificates/issuer", rows=len(rows))
    context = {
        "rows": rows,
        "number": issuing.number(viewer),
        "following": keys[PAGE - 1] if len(keys) > PAGE else None,
        "counties": _counties(viewer.region),
        "own": viewer.region,
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (CERTIFICATES.label, reverse("ledger", args=["certificates"])),
        ],
    }
    return render(request, "web/desk/ledgers/issuers.html", context)


def _county(text: str) -> Region:
    found = Region.objects.filter(pk=params.demanded_number(text)).first()
    if found is None:
        raise Http404(text)
    return found


def _counties(own: Region | None) -> list[Region]:
    """The counties and zones of the viewer's province."""
    if own is None:
        return []
    above = [one for one in regions.ancestors(own) if one.level == Level.PROVINCE]
    return regions.counties_of(above[0] if above else own, zones=True)
