"""How pages look to whoever sits before them: light or dark, contrast, size of the text; and what pages are made of."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake.models import Stage
from qiaojie.ledgers.models import State
from qiaojie.measures.models import Dispute
from qiaojie.queue.models import State as JobState
from qiaojie.training.models import Result
from qiaojie.web.components.display import CHOICES
from qiaojie.web.desk.shared.params import own_address
from qiaojie.web.requests import DeskRequest

from .component_gallery import samples
from .made_up import DAY


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the look in a cookie of this browser and go back to the page. What is no choice is as the system has it."""
    response = redirect(own_address(request, request.POST.get("next", ""), "/"))
    chosen = [
        word if (word := request.POST.get(name, "")) in dict(choices()) else ""
        for name, choices in CHOICES.items()
    ]
    response.set_cookie(
        settings.QIAOJIE_DISPLAY_COOKIE,
        ".".join(chosen),
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
def components(request: DeskRequest) -> HttpResponse:
    """Every part that pages are made of, in every state, with words that belong to nobody."""
    context = {
        "samples": samples(request),
        "states": _states(),
        "bands": [("done", 100, 0), ("near", 86, 8), ("mid", 60, 25), ("low", 20, 10), ("none", 0, 0)],
        "day": DAY,
        "crumbs": [(_("台账"), "/ledgers/")],
    }
    return render(request, "web/desk/today/component_gallery.html", context)


def _states() -> list[tuple[str, str]]:
    """Every state that is drawn as a sign and a word: of rows, duties, files, jobs, trainees and disputes."""
    duties = [("returned", _("退回修改")), ("due", _("未到期")), ("sent", _("已报")), ("late", _("逾期"))]
    kinds = (State, Stage, JobState, Result, Dispute.Answer)
    found: dict[str, str] = {}
    for code, label in (*State.choices, *duties, *(one for kind in kinds for one in kind.choices)):
        found.setdefault(str(code), str(label))
    return list(found.items())
