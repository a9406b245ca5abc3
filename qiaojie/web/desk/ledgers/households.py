"""Who of a township may be one household: proposals with their reasons, confirmed from a day or declined, several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Label
from qiaojie.people import household_proposals, households
from qiaojie.people.household_proposals import REASONS, STRENGTHS, HouseholdProposal
from qiaojie.people.households import ChosenProposal
from qiaojie.people.ledger import HOUSEHOLDS, PERSONS
from qiaojie.regions.models import Level, Region
from qiaojie.web.requests import DeskRequest

from ..shared import params

PAGE: Final = 40
"""Proposals of one page: some screens of reading; what is answered makes room for the next ones."""

_FIELDS = tuple(PERSONS.field(name) for name in ("name", "sex", "birth_date", "relation", "head"))


@dataclass(frozen=True, slots=True)
class ShownMember:
    """One of the people: her key, her name, her values with the labels of their fields, whether she is ticked, and whether
    her own page is open to the viewer."""

    pk: int
    name: str
    values: tuple[tuple[Label, Shown], ...]
    ticked: bool
    open: bool


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """A proposal as the page has it."""

    word: str
    seen: str
    strength: Label
    reasons: tuple[Label, ...]
    members: tuple[ShownMember, ...]
    household: int | None
    open: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class ShownDeclined:
    """What was declined: its key, the names of the people, why, by whom and when."""

    pk: int
    names: str
    reason: str
    by: str
    at: Any


@require_safe
def proposals(request: DeskRequest) -> HttpResponse:
    """The townships of the viewer, and the proposals of the one that was chosen."""
    return _page(request, None)


@require_POST
def answer(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Confirm the ticked proposals of a township from a day, or decline them; what was declined is listed again."""
    act = {"confirm": _confirm, "decline": _decline, "again": _again}.get(what)
    if act is None:
        raise Http404(what)
    township = Region.objects.filter(pk=pk, level=Level.TOWNSHIP).first()
    if township is None:
        raise Http404(pk)
    try:
        act(request, township)
    except Unusable as fault:
        return _page(request, fault.message, township)
    return redirect(f"{reverse('household-proposals')}?place={township.pk}")


def _confirm(request: DeskRequest, township: Region) -> None:
    given = request.POST
    if not given.get("begins"):
        raise Unusable("household_day", _("请填写从哪天起是一户。"))
    day = params.day_of(given["begins"], timezone.localdate())
    batch = households.confirm(township, _ticked(request), day, request.viewer, given.get("reason", ""))
    text = _("已认定，可以在批次 %d 里撤销。")
    messages.success(request, text % batch.pk)


def _decline(request: DeskRequest, township: Region) -> None:
    chosen = _ticked(request)
    households.decline(township, chosen, request.viewer, request.POST.get("reason", ""))
    number = len(chosen)
    text = ngettext(
        "已认定 %d 组不是一户，登记改动以前不再提示。", "已认定 %d 组不是一户，登记改动以前不再提示。", number
    )
    messages.success(request, text % number)


def _again(request: DeskRequest, township: Region) -> None:
    keys = [params.demanded_number(text) for text in request.POST.getlist("declined")]
    households.propose_again(township, keys, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已重新列出。"))


def _ticked(request: DeskRequest) -> list[ChosenProposal]:
    given = request.POST
    return [
        ChosenProposal(
            word,
            given.get(f"seen.{word}", ""),
            frozenset(params.demanded_number(text) for text in given.getlist(f"with.{word}")),
        )
        for word in given.getlist("pick")
    ]


def _page(request: DeskRequest, fault: str | None, township: Region | None = None) -> HttpResponse:
    viewer = request.viewer
    demand_office(viewer, Action.ENTER, "households/proposals")
    townships = _townships(viewer)
    asked = params.number_of(request.GET.get("place", ""))
    if township is None:
        wanted = [one for one in townships if one.pk == asked] if asked is not None else townships
        township = wanted[0] if len(wanted) == 1 else None
    context: dict[str, Any] = {
        "townships": townships,
        "township": township,
        "fields": _FIELDS,
        "given": request.POST,
        "fault": fault,
        "today": date.today().isoformat(),
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (HOUSEHOLDS.label, reverse("ledger", args=[HOUSEHOLDS.code])),
        ],
    }
    if township is not None:
        found = household_proposals.proposals(township, viewer)
        context |= {
            "number": len(found),
            "proposals": _shown(found[:PAGE], township, request),
            "declined": _declined(township, viewer),
        }
        viewer.note(Action.SEE, f"households/{township.pk}/proposals", rows=len(found))
    return render(request, "web/desk/ledgers/households.html", context, status=422 if fault else 200)


def _townships(viewer: UserViewer) -> list[Region]:
    """The townships in which the viewer works, in the order of the tree."""
    inside = Region.objects.filter(viewer.scope(""), level=Level.TOWNSHIP, ends__isnull=True)
    return list(inside.select_related("parent").order_by("first"))


def _shown(found: Sequence[HouseholdProposal], township: Region, request: DeskRequest) -> list[ShownProposal]:
    """Proposals with their people; two queries for all."""
    viewer = request.viewer
    keys = {pk for one in found for pk in one.people}
    cells = _cells(keys, township, viewer)
    # A township sees who lives there on this page; their own pages are the county's.
    open_ = set(queries.rows(PERSONS, viewer).filter(pk__in=keys).values_list("pk", flat=True))
    picked = set(request.POST.getlist("pick"))
    made = []
    for one in found:
        kept = set(request.POST.getlist(f"with.{one.word}")) if one.word in picked else None
        members = tuple(
            ShownMember(
                pk,
                cells[pk]["name"].text,
                tuple((field.label, cells[pk][field.name]) for field in _FIELDS),
                kept is None or str(pk) in kept,
                pk in open_,
            )
            for pk in one.people
            if pk in cells
        )
        reasons = tuple(REASONS[why] for why in one.why)
        strength = STRENGTHS[one.strength]
        made.append(
            ShownProposal(
                one.word, one.seen, strength, reasons, members, one.household, one.open, one.word in picked
            )
        )
    return made


def _cells(keys: set[int], township: Region, viewer: UserViewer) -> dict[int, Mapping[str, Shown]]:
    if not keys:
        return {}
    rows = household_proposals.residents(township, viewer).filter(pk__in=keys)
    return {row.pk: row.cells for row in queries.shown(PERSONS, viewer, rows, _FIELDS)}


def _declined(township: Region, viewer: UserViewer) -> list[ShownDeclined]:
    found = household_proposals.declined(township, viewer)[:PAGE]
    cells = _cells({pk for _row, people in found for pk in people}, township, viewer)
    return [
        ShownDeclined(
            row.pk,
            "、".join(cells[pk]["name"].text for pk in people if pk in cells),
            row.reason,
            row.declined_by,
            row.declined_at,
        )
        for row, people in found
    ]
