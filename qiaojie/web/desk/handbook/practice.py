"""What one may do in a practice place and nowhere else."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from qiaojie.ledgers.viewer import Action, demand, refuse
from qiaojie.lib.practice import ask_afresh
from qiaojie.web.requests import DeskRequest


@require_POST
def afresh(request: DeskRequest) -> HttpResponse:
    """Take the practice place back to its beginning, for everybody who practises there: its administrator does it."""
    subject = "practice/afresh"
    demand(request.viewer, Action.ADMINISTER, subject)
    if not settings.QIAOJIE_PRACTICE:
        refuse(request.viewer, Action.ADMINISTER, subject)
    ask_afresh()
    return render(request, "web/desk/handbook/afresh.html")
