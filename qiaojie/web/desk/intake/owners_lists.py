"""A whole list of its owner: saying that a file is one, and who is no longer on it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from qiaojie.intake import owners_lists, queries
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import Plan
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Action, Viewer, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import jobs

SIZE = 100
"""So many people are asked about on one page."""


@require_http_methods(["GET", "HEAD", "POST"])
def whole(request: DeskRequest, pk: int) -> HttpResponse:
    """The day of the list, whom it lacks, and what is answered for them."""
    demand_office(request.viewer, Action.ENTER, f"upload/{pk}/whole")
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED:
        return redirect("plan", pk=pk)
    if not kept.table or not owners_lists.whole(kept.table):
        raise Http404(str(pk))
    fault = None
    if request.method == "POST":
        try:
            return _act(request, kept)
        except Unusable as wrong:
            if wrong.code == "upload_closed":
                raise
            fault = wrong
    elif elsewhere := jobs.instead(kept, request.viewer):
        return elsewhere
    planned = queries.plan_of(kept, request.viewer)
    after = params.number_of(request.GET.get("after", "")) or 0
    spells = declaration.get(notices.table(kept.table).ledger).spells
    context = {
        "upload": kept,
        "fault": fault,
        "day": request.POST.get("day", "") or (kept.whole_on or date.today()).isoformat(),
        "ended": request.POST.get("ended", "") or (kept.whole_on or date.today()).isoformat(),
        "ticked": {int(key) for key in request.POST.getlist("gone") if key.isdecimal()},
        "missing": owners_lists.missing(planned, request.viewer, after, SIZE),
        "following": after + SIZE if len(planned.gone) > after + SIZE else None,
        "short": owners_lists.short(planned),
        "unread": owners_lists.unread(planned),
        "reasons": bool(spells and spells.reason),
        **numbers(planned),
        "crumbs": [(_("导入"), reverse("uploads")), (kept.name, reverse("plan", args=[pk]))],
    }
    return render(request, "web/desk/intake/owners_list.html", context, status=422 if fault else 200)


def may_be_whole(kept: Upload, viewer: Viewer) -> bool:
    """Whether a file may be a whole list, for an office to say so."""
    return not viewer.outside and not kept.typed and owners_lists.whole(kept.table)


def numbers(planned: Plan) -> dict[str, int]:
    """How many a whole list lacks, and for how many of them nobody has answered."""
    return {"gone": len(planned.gone), "unanswered": sum(one.asked for one in planned.gone)}


def _act(request: DeskRequest, kept: Upload) -> HttpResponse:
    viewer, act = request.viewer, request.POST.get("act", "")
    here = reverse("whole-list", args=[kept.pk])
    if act == "declare":
        owners_lists.declare(kept.pk, _day(request.POST.get("day", "")), viewer)
        jobs.after_deciding(kept.pk, request)
        return redirect(here)
    if act == "retract":
        owners_lists.retract(kept.pk, viewer)
        jobs.after_deciding(kept.pk, request)
        return redirect("plan", pk=kept.pk)
    if act not in ("ended", "stays"):
        raise Http404(act[:20])
    ended = _day(request.POST.get("ended", "")) if act == "ended" else None
    planned = queries.plan_of(kept, viewer)
    keys = [int(key) for key in request.POST.getlist("gone") if key.isdecimal()]
    if request.POST.get("all"):
        keys = [one.key for one in planned.gone if one.asked]
    number = owners_lists.answer(
        kept.pk,
        planned,
        keys,
        ended,
        viewer,
        reason=request.POST.get("reason", ""),
        sure=bool(request.POST.get("sure")),
    )
    jobs.after_deciding(kept.pk, request)
    text = ngettext("已答复 %d 条，写入时一并办理。", "已答复 %d 条，写入时一并办理。", number)
    messages.success(request, text % number)
    return redirect(here)


def _day(text: str) -> date:
    if not text:
        raise Unusable("date_unreadable", _("请写明日期。"))
    return params.day_of(text, date.today())
