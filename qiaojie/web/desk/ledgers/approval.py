"""How the counties of one's area approve: by which levels, by one person or two; and what one person entered and approved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.ledgers import approving
from qiaojie.ledgers.models import ApprovalRule
from qiaojie.ledgers.viewer import Action, demand_office
from qiaojie.regions.models import Level, Region
from qiaojie.web.requests import DeskRequest


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: DeskRequest) -> HttpResponse:
    """What the counties have said; whoever approves for one county says it for that county."""
    viewer = request.viewer
    demand_office(viewer, Action.SEE, "approval")
    own = request.viewer.region
    county = own if own is not None and own.level == Level.COUNTY else None
    if request.method == "POST":
        if county is None:
            return redirect("approval")
        settled = approving.settle(
            county,
            request.POST.get("steps", ""),
            viewer,
            request.POST.get("reason", ""),
            two_persons=bool(request.POST.get("two_persons")),
        )
        messages.success(request, _("已设定：%s。") % settled.get_steps_display())
        return redirect("approval")
    viewer.note(Action.SEE, "approval")
    context = {
        "rules": approving.settled(viewer),
        "county": county,
        "own": _own(county),
        "choices": ApprovalRule.Steps.choices,
        "may_approve": viewer.may(Action.APPROVE),
        "crumbs": [(_("台账"), reverse("ledgers"))],
    }
    return render(request, "web/desk/ledgers/approval.html", context)


def _own(county: Region | None) -> ApprovalRule | None:
    return None if county is None else approving.rule_of(county)
