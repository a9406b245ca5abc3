"""Who answers for a person: disputes raised and answered, persons given over."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action
from qiaojie.measures import disputes
from qiaojie.measures.models import Dispute
from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute as this viewer sees it, with what she may do about it."""

    dispute: Dispute
    label: str
    person: Shown
    may_answer: bool
    may_withdraw: bool


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The disputes that the viewer's units raised or must answer, the open ones first."""
    labels = {(n.code, i.code): i.label for n in notices.every() for i in n.indicators}
    persons = declaration.get("persons")
    name = persons.field("name")
    lines = []
    for one in disputes.visible(request.viewer)[:200]:
        still = one.answer == Dispute.Answer.OPEN
        lines.append(
            DisputeLine(
                one,
                labels.get((one.notice, one.indicator), one.indicator),
                queries.show_registered(persons, name, one.person.name, request.viewer),
                still and request.viewer.may(Action.APPROVE) and request.viewer.covers(one.holder_id),
                still and request.viewer.may(Action.ENTER) and request.viewer.covers(one.claimant_id),
            )
        )
    return render(request, "web/desk/boards/disputes.html", {"lines": lines})


@require_POST
def raise_(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """Say that a person whom another unit counts is one's own."""
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    person = params.demanded_number(request.POST.get("person", ""))
    unit = params.demanded_number(request.POST.get("unit", ""))
    disputes.dispute(held, known.code, person, unit, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已提出，等对方答复；答复之前计数不变。"))
    return redirect("disputes")


@require_POST
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Give the person over, or keep her."""
    give = request.POST.get("answer") == "give"
    disputes.answer(pk, request.viewer, give=give, reason=request.POST.get("reason", ""))
    messages.success(request, _("已划转，计数随之改变。") if give else _("已答复不划转，计数不变。"))
    return redirect("disputes")


@require_POST
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one's own word back."""
    disputes.withdraw(pk, request.viewer)
    messages.success(request, _("已撤回。"))
    return redirect("disputes")


@require_POST
def give(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """Give a person that one's own unit counts over to another, unasked."""
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    person = params.demanded_number(request.POST.get("person", ""))
    unit = regions.find(request.POST.get("to", ""), on=held.span.ends)
    disputes.give_over(held, known.code, person, unit.pk, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已划转给%s。") % unit.short_name)
    return redirect(reverse("board", args=[held.code]))
