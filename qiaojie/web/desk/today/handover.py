"""Handing over: what one has open, what was promised, where the boxes stand; the packet, and both signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import handover
from qiaojie.accounts.handover import PacketContent, PaperBox, Promise
from qiaojie.lib.findings import Unusable
from qiaojie.web.requests import DeskRequest

from ..shared.downloads import attachment
from . import open_items

FORMATS = ("docx", "pdf")
LINES: Final = 3
"""Empty lines that the form begins with, and that are added when more are asked for."""
PROMISES: Final = ("promise_what", "promise_to", "promise_by")
BOXES: Final = ("box_where", "box_what", "box_number")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: DeskRequest) -> HttpResponse:
    """What is open and the packets one signed or is to sign; by POST, one's own signature as the leaver."""
    found = open_items.matters(request)
    fault = ""
    promises, boxes = _typed(request, PROMISES), _typed(request, BOXES)
    more = request.POST.get("act") == "more"
    if request.method == "POST" and not more:
        content = PacketContent(
            tuple(found),
            tuple(Promise(*line) for line in promises if any(line)),
            tuple(PaperBox(*line) for line in boxes if any(line)),
        )
        given = request.POST
        try:
            handover.leave(request.viewer, given.get("successor", ""), given.get("password", ""), content)
        except Unusable as wrong:
            fault = wrong.message
        else:
            messages.success(request, _("您已签字。接收人签字以后，岗位交接完成，您的账号随即停用。"))
            return redirect("hand-over")
    context = {
        "open": found,
        "packets": [(one, handover.opened(one)) for one in handover.own(request.user)],
        "formats": FORMATS,
        "fault": fault,
        "successor": request.POST.get("successor", ""),
        "typing": more or bool(fault),
        "promises": [*promises, *_empty(promises, more)],
        "boxes": [*boxes, *_empty(boxes, more)],
        "most": handover.MOST,
        "longest": handover.LONGEST,
    }
    return render(request, "web/desk/today/handover.html", context, status=422 if fault else 200)


def _typed(request: DeskRequest, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The lines that were typed, with those that were left empty between them."""
    columns = [request.POST.getlist(name)[: handover.MOST] for name in names]
    return [tuple(text.strip()[: handover.LONGEST] for text in line) for line in zip(*columns, strict=False)]


def _empty(typed: Sequence[tuple[str, ...]], more: bool) -> list[tuple[str, ...]]:
    return [("", "", "")] * (LINES if more or not typed else 0)


@sensitive_post_parameters("password")
@require_POST
def take(request: DeskRequest, pk: int) -> HttpResponse:
    """One's own signature as the successor."""
    handover.take(request.viewer, pk, request.POST.get("password", ""))
    messages.success(request, _("您已签字，岗位交接完成。"))
    return redirect("hand-over")


@require_POST
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one's own packet back."""
    handover.withdraw(request.viewer, pk)
    messages.success(request, _("已撤回。"))
    return redirect("hand-over")


@require_safe
def packet(request: DeskRequest, pk: int, format: str) -> HttpResponse:
    """The packet on paper."""
    if format not in FORMATS:
        raise Http404(format)
    return attachment(f"{handover.TITLE}.{format}", handover.document(request.viewer, pk, format))
