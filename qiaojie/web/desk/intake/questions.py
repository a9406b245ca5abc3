"""Who is meant: rows that wait for an answer, answers taken back, records of one woman put together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake import services
from qiaojie.intake.public import Plan
from qiaojie.intake.public import open_questions as asked
from qiaojie.ledgers.viewer import Viewer
from qiaojie.web.requests import DeskRequest

from ..shared import params

SHOWN = 50
"""So many questions of a plan are listed at once."""


@require_safe
def waiting(request: DeskRequest) -> HttpResponse:
    """Rows of all files that wait until somebody says whom they mean."""
    after = params.number_of(request.GET.get("after", ""))
    found, following = asked.queue(request.viewer, after=after)
    context = {"questions": found, "following": following, "crumbs": [(_("导入"), reverse("uploads"))]}
    return render(request, "web/desk/intake/questions.html", context)


@require_POST
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Take an earlier answer back, so that it is asked again."""
    services.revoke(pk, request.viewer)
    messages.success(request, _("已撤回以前的答复，这个人会重新请您认定。"))
    upload = params.number_of(request.POST.get("upload", ""))
    return redirect("plan", pk=upload) if upload is not None else redirect("waiting")


def of_plan(planned: Plan, upload: int, viewer: Viewer) -> dict[str, Any]:
    """What a plan's page shows of its questions: first those that wait, then those answered before."""
    open_ = [(upload, "", one) for one in planned.questions if one.waits]
    before = [(upload, "", one) for one in planned.questions if one.memory is not None]
    found = asked.shown([*open_[:SHOWN], *before[:SHOWN]], viewer)
    return {
        "questions": [one for one in found if one.waits],
        "questions_more": len(open_) - min(len(open_), SHOWN),
        "remembered": [one for one in found if not one.waits],
        "remembered_more": len(before) - min(len(before), SHOWN),
    }
