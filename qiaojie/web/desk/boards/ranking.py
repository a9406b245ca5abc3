"""The order of units by one indicator, where a leader has released it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.measures import ranking as rankings
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params


@require_http_methods(["GET", "HEAD", "POST"])
def ranking(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """What was released, and releasing it or taking it back for whoever leads the whole area."""
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    viewer = request.viewer
    if request.method == "POST":
        if request.POST.get("revoke"):
            rankings.revoke(held, known, viewer)
            messages.success(request, _("排名已收回，别人看不到了。"))
        else:
            on = params.day_of(request.POST.get("on", ""), params.default_day(held))
            rankings.release(held, known, on, viewer, request.POST.get("reason", ""))
            messages.success(request, _("排名已公布。"))
        return redirect("ranking", notice=notice, indicator=indicator)
    found = rankings.released(held, known, viewer)
    context = {
        "notice": held,
        "indicator": known,
        "ranking": found,
        "places": rankings.places(found) if found is not None else [],
        "may_release": rankings.may_release(held, viewer),
        "day": params.default_day(held),
        "crumbs": [(_("任务进度"), reverse("boards")), (held.title, reverse("board", args=[held.code]))],
    }
    return render(request, "web/desk/boards/ranking.html", context)
