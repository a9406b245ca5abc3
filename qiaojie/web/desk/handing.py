"""Handing over: what one has open, the packet, and both signatures."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import handing
from qiaojie.intake import queries as intake
from qiaojie.intake.models import Stage
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import disputes
from qiaojie.measures.models import Dispute

from ..requests import DeskRequest
from .sending import attachment

FORMATS = ("docx", "pdf")


def _open(request: DeskRequest) -> list[tuple[str, str]]:
    """What the account has open: files, drafts, disputes."""
    viewer, found = request.viewer, []
    for upload in intake.uploads(viewer, size=1_000):
        if upload.received_by == viewer.name and upload.stage is Stage.PLANNED:
            found.append((_("待写入的文件"), upload.name))
    for ledger in declaration.every():
        if ledger.approved:
            own = queries.rows(ledger, viewer, {"state": list(PENDING)}).filter(entered_by=viewer.name)
            if number := own.count():
                found.append((_("录入后还没有审核的"), f"{ledger.label} {number}"))
    if viewer.may(Action.COUNT):
        for one in disputes.visible(viewer).filter(answer=Dispute.Answer.OPEN):
            found.append(
                (_("没有答复的归口争议"), f"{one.claimant.short_name} → {one.holder.short_name} {one.reason}")
            )
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: DeskRequest) -> HttpResponse:
    """What is open and the packets one signed or is to sign; by POST, one's own signature as the leaver."""
    demand(request.viewer, Action.ENTER, "packets")
    found = _open(request)
    if request.method == "POST":
        given = request.POST
        handing.leave(
            request.viewer,
            given.get("successor", ""),
            given.get("papers", ""),
            given.get("password", ""),
            found,
        )
        messages.success(request, _("您已签字。接收人签字以后，岗位交接完成，您的账号随即停用。"))
        return redirect("hand-over")
    packets = [(one, handing.lines(one)) for one in handing.own(request.user)]
    context = {"open": found, "packets": packets, "formats": FORMATS}
    return render(request, "web/desk/hand_over.html", context)


@require_POST
def take(request: DeskRequest, pk: int) -> HttpResponse:
    """One's own signature as the successor."""
    handing.take(request.viewer, pk, request.POST.get("password", ""))
    messages.success(request, _("您已签字，岗位交接完成。"))
    return redirect("hand-over")


@require_POST
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one's own packet back."""
    handing.withdraw(request.viewer, pk)
    messages.success(request, _("已撤回。"))
    return redirect("hand-over")


@require_safe
def packet(request: DeskRequest, pk: int, format: str) -> HttpResponse:
    """The packet on paper."""
    if format not in FORMATS:
        raise Http404(format)
    return attachment(f"{handing.TITLE}.{format}", handing.document(request.viewer, pk, format))
