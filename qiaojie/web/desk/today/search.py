"""One box for everything: people, classes, bases, units, notices, and the pages of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.ledgers import declaration, queries, sight
from qiaojie.ledgers.viewer import Action, Refused, Viewer, demand
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.people import lookups
from qiaojie.people import search as persons
from qiaojie.regions.models import Level, Region
from qiaojie.web.components.sealed_text import seal, unseal
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import PAGES
from .commands import Answer, commands, fits

PURPOSE = "search"
LONGEST = 60
"""Characters of a question that are read."""
MOST = 20
"""Answers of one kind that are listed; more are found by typing more."""
FEW = 6
"""The same, while somebody still types."""


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: DeskRequest) -> HttpResponse:
    """Answers to a question. It is posted, and stands encrypted, for this account alone, in the address of the answers: names of
    people appear in no address, no server log and no browser history. While somebody types, the first answers come beneath the
    box and have no address at all. A number of somebody stands in no address either way: the answer to it is the answer to the
    form, once, and is a look-up."""
    demand(request.viewer, Action.SEE, "search")
    if request.method == "POST":
        text = request.POST.get("q", "").strip()[:LONGEST]
        if request.htmx:
            return render(request, "web/components/seek.html", _found(request, text, FEW))
        if lookups.is_number(text):
            return _looked_up(request, text)
        return redirect(address(text, request.viewer) if text else reverse("search"))
    text = unseal(request.GET.get("t", ""), PURPOSE, request.viewer) or ""
    return render(request, "web/desk/today/search.html", _found(request, text, MOST))


def _found(request: DeskRequest, text: str, most: int) -> dict[str, Any]:
    """What a page shows of the answers: people, and everything else by its kind."""
    people = persons.find(text, request.viewer, most) if text else []
    answers = list(_answers(request, text, most)) if text else []
    kinds: dict[Label, list[Answer]] = {}
    for one in answers:
        kinds.setdefault(one.kind, []).append(one)
    return {
        "text": text,
        "people": people,
        "answers": answers,
        "kinds": list(kinds.items()),
        "number": len(people) + len(answers),
        "most": most,
        "finds_people": sight.seeks_people(request.viewer),
        "looks_up": lookups.may(request.viewer),
        "is_number": lookups.is_number(text),
    }


def _answers(request: DeskRequest, text: str, most: int) -> Iterator[Answer]:
    yield from commands(request.viewer, params.concerning(request.viewer), text)
    yield from _units(request, text, most)
    yield from _things(request, text, most)


def _looked_up(request: DeskRequest, text: str) -> HttpResponse:
    """Whose number it is, or why nobody is told."""
    told: dict[str, Any] = {"looked_up": True, "people": []}
    try:
        told["people"] = lookups.look_up(text, request.viewer, MOST)
    except Refused:
        told["fault"] = _("您的岗位不按号码查人；要核对某个人的，请找经办人。")
    except Unusable as wrong:
        told["fault"] = wrong.message
    context = {**_found(request, "", MOST), **told}
    return render(request, "web/desk/today/search.html", context, status=422 if "fault" in told else 200)


def address(text: str, viewer: Viewer) -> str:
    """Where the answers to a question stand; the question is in it, sealed."""
    return f"{reverse('search')}?t={seal(text, PURPOSE, viewer)}"


def _units(request: DeskRequest, text: str, most: int) -> Iterator[Answer]:
    """Units of the viewer's area, each with its row on the board of the latest notice in force that counts."""
    current, others = params.divided(params.counting(request.viewer))
    counting = [*current, *others]
    if not counting:
        return
    board = reverse("board", args=[counting[0].code])
    inside = Region.objects.filter(request.viewer.scope(""), level__lte=Level.COUNTY, ends__isnull=True)
    found = [region for region in inside.order_by("first") if fits(region.short_name, text)]
    for region in found[:most]:
        yield Answer(region.short_name, f"{board}?region={region.code or region.short_name}", _("进度"))


def _things(request: DeskRequest, text: str, most: int) -> Iterator[Answer]:
    """Rows of ledgers that have a title of their own: classes, events, bases."""
    for ledger in declaration.every():
        if not ledger.title or "." in ledger.title:
            continue
        named = ledger.field(ledger.title)
        if named.guarded or not sight.sought(ledger, named, request.viewer):
            continue
        for row in queries.titled(ledger, request.viewer, text, most):
            title = row.cells[ledger.title].text
            page = reverse(PAGES[ledger.code], args=[row.pk]) if ledger.code in PAGES else ""
            yield Answer(title, page or reverse("row", args=[ledger.code, row.pk]), ledger.label)
