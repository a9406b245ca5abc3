"""Which notices this installation works by, since when and until when: for whoever administers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries, switching
from qiaojie.notices.models import NoticeInForce
from qiaojie.notices.schema import Notice
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import collecting


@dataclass(frozen=True, slots=True)
class Switchable:
    """A notice as it is switched, whether the viewer may switch it, and what was just refused (its words, what was typed)."""

    notice: Notice
    switch: NoticeInForce | None
    may: bool
    refused: str = ""
    begins: str = ""
    ends: str = ""

    @property
    def current(self) -> bool:
        """Whether it is in force today."""
        return self.switch is not None and self.switch.holds(timezone.localdate())

    @property
    def coming(self) -> date | None:
        """The day on which it will come into force; None where it is, or will not."""
        begins = self.switch.begins if self.switch is not None else None
        return begins if begins is not None and begins > timezone.localdate() else None


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Every notice there is, with its switch."""
    demand(request.viewer, Action.ADMINISTER, "notices/in-force")
    return _page(request)


def _page(request: DeskRequest, refused: Switchable | None = None) -> HttpResponse:
    switched = queries.switches()
    found = [
        refused
        if refused is not None and refused.notice.code == one.code
        else _switchable(one, switched.get(one.code), request)
        for one in sorted(queries.every(), key=lambda one: (one.span.ends, one.code), reverse=True)
    ]
    others = [one for one in found if not one.current]
    groups = [{"title": _("在用的通知"), "notices": [one for one in found if one.current]}]
    if others:
        groups.append({"title": _("其余通知"), "notices": others})
    context = {
        "groups": groups,
        "collected": collecting.by_field(queries.collecting()),
        "crumbs": [(_("今日"), reverse("home"))],
    }
    return render(request, "web/desk/notices/notices_in_force.html", context, status=422 if refused else 200)


def _switchable(notice: Notice, known: NoticeInForce | None, request: DeskRequest) -> Switchable:
    """As it stands; the fields offer what holds, or today as the first day of what was never switched on."""
    begins = known.begins if known is not None else timezone.localdate()
    ends = known.ends if known is not None and known.holds(timezone.localdate()) else None
    shown = [day.isoformat() if day is not None else "" for day in (begins, ends)]
    return Switchable(notice, known, _may(notice, request), "", *shown)


def _may(notice: Notice, request: DeskRequest) -> bool:
    try:
        return switching.may_switch(notice, request.viewer)
    except Unusable:
        # Its regions are not loaded: nobody can work by it.
        return False


@require_POST
def switch(request: DeskRequest, notice: str) -> HttpResponse:
    """Switch a notice on from a day (until a last one, if it is given), or off after its last day."""
    demand(request.viewer, Action.ADMINISTER, f"notice/{notice}/in-force")
    held, given = addressed.notice_of(notice), request.POST
    begins, ends = given.get("begins", ""), given.get("ends", "")
    try:
        if given.get("switch") == "off":
            switching.switch_off(held, None, request.viewer)
            messages.success(request, _("已停用“%s”。原来的报表和网址照样打开。") % held.title)
        else:
            today = timezone.localdate()
            first = params.day_of(begins, today) if begins else None
            last = params.day_of(ends, today) if ends else None
            switching.switch_on(held, first, last, request.viewer)
            messages.success(request, _("已启用“%s”。启用以前到期的报送不算逾期。") % held.title)
    except Unusable as problem:
        known = queries.switches().get(held.code)
        return _page(request, Switchable(held, known, True, problem.message, begins, ends))
    return redirect("notices-in-force")
