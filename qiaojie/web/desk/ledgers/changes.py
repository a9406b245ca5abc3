"""Changes that wait for an approver: looked at, taken, sent back, taken back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import proposals
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.web.components import addressed
from qiaojie.web.components.proposed import drawn
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.params import own_address


@require_safe
def waiting(request: DeskRequest, code: str) -> HttpResponse:
    """The changes of a ledger's rows that wait, by the act that asked for them."""
    ledger = addressed.ledger_of(code)
    viewer = request.viewer
    held = proposals.listed(
        ledger,
        viewer,
        pk=params.number_of(request.GET.get("row", "")),
        batch=params.number_of(request.GET.get("batch", "")),
    )
    viewer.note(Action.SEE, f"{code}/changes", rows=len(held))
    context = {
        "ledger": ledger,
        "groups": drawn(ledger, held, viewer),
        "number": proposals.number(ledger, viewer),
        "may_approve": viewer.may(Action.APPROVE),
        "may_enter": viewer.may(Action.ENTER),
        "crumbs": [(_("台账"), reverse("ledgers")), (ledger.label, reverse("ledger", args=[code]))],
    }
    return render(request, "web/desk/ledgers/changes.html", context)


@require_POST
def decide(request: DeskRequest, word: str) -> HttpResponse:
    """Take the ticked changes, send them back, or take one's own back."""
    ids = [key for text in request.POST.getlist("change") if (key := params.number_of(text)) is not None]
    reason = request.POST.get("purpose", "")
    deeds: dict[str, Callable[[list[int], Viewer], int]] = {
        "take": proposals.take,
        "return": lambda keys, viewer: proposals.send_back(keys, viewer, reason),
        "take-back": proposals.take_back,
    }
    if word not in deeds:
        raise Http404(word)
    done = deeds[word](ids, request.viewer)
    said = {"take": _("已采纳"), "return": _("已退回"), "take-back": _("已撤回")}[word]
    if not ids:
        messages.warning(request, _("没有勾选任何一条。"))
    elif done < len(ids):
        text = _("%(deed)s %(done)d 项修改；其余 %(left)d 项已有结果，或不由您这一级办理。")
        messages.warning(request, text % {"deed": said, "done": done, "left": len(ids) - done})
    else:
        text = ngettext("%(deed)s %(done)d 项修改。", "%(deed)s %(done)d 项修改。", done)
        messages.success(request, text % {"deed": said, "done": done})
    return redirect(own_address(request, request.POST.get("back", ""), reverse("home")))
