"""What is due under the notices: by day, by unit, and registering that it was sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import offices
from qiaojie.accounts.models import WorkLine
from qiaojie.accounts.offices import Office
from qiaojie.ledgers.viewer import Action
from qiaojie.notices import chasing, duties
from qiaojie.notices.duties import Due, DutyStatus
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import attachment

SOON = 60
"""So many days before its day a duty stands on the page of today."""


@dataclass(frozen=True, slots=True)
class OfAll:
    """A duty on one of its days, with all units that the viewer may look at."""

    due: Due
    standings: tuple[DutyStatus, ...]

    @property
    def sent(self) -> int:
        """Units that sent it."""
        return sum(1 for one in self.standings if one.filing is not None)

    @property
    def late(self) -> int:
        """Days since its day; negative while it is to come."""
        return self.standings[0].late

    @property
    def left(self) -> int:
        """Days that are left."""
        return self.standings[0].left

    @property
    def missing(self) -> int:
        """Units that have not sent it."""
        return len(self.standings) - self.sent

    @property
    def overdue(self) -> bool:
        """Whether its day has passed and some unit has not sent it."""
        return any(one.overdue for one in self.standings)


@dataclass(frozen=True, slots=True)
class Late:
    """A unit or agency with what it has not sent: how many duties, and since how many days the first."""

    unit: str
    owner: str
    number: int
    days: int


def own_statuses(request: DeskRequest) -> list[DutyStatus]:
    """How the viewer's units stand to what is owed or was sent: whoever enters rows sees what their own office answers for."""
    return [one for one in _all_statuses(request) if one.owed or one.filing is not None]


def _all_statuses(request: DeskRequest) -> list[DutyStatus]:
    """The same of every duty, those included of which nothing is owed and nothing was sent."""
    viewer = request.viewer
    lines = offices.own_lines(viewer) if viewer.may(Action.ENTER) else None
    return duties.unit_statuses(params.concerning(viewer), viewer, timezone.localdate(), lines)


def by_due(found: Iterable[DutyStatus]) -> list[OfAll]:
    """One line a duty and day: what is late first and the latest of it on top, then what is to come, then what is done."""
    grouped: dict[tuple[str, str, date], list[DutyStatus]] = {}
    for one in found:
        grouped.setdefault(one.due.key, []).append(one)
    lines = [OfAll(of[0].due, tuple(of)) for of in grouped.values()]
    return sorted(lines, key=lambda one: (not one.overdue, not one.missing, abs(one.late)))


def pressing(found: Iterable[DutyStatus]) -> list[OfAll]:
    """What is overdue or due soon, for some unit."""
    return [one for one in by_due(found) if one.missing and one.late > -SOON]


def late_units(found: Iterable[DutyStatus]) -> list[Late]:
    """Units that are late, the longest first."""
    held: dict[str, list[DutyStatus]] = {}
    for one in found:
        if one.overdue:
            held.setdefault(one.owner.key, []).append(one)
    lines = [Late(of[0].unit, key, len(of), max(one.late for one in of)) for key, of in held.items()]
    return sorted(lines, key=lambda line: (-line.days, -line.number))


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Everything that is due, by day; narrowed to one unit if the address names it."""
    every = _all_statuses(request)
    found = [one for one in every if one.owed or one.filing is not None]
    shown = {one.due.key for one in found}
    unit = request.GET.get("unit", "")
    named = [one for one in found if unit in {"", one.owner.key}]
    if unit and not named:
        raise Http404(unit[:40])
    context = {
        "lines": by_due(named),
        "others": [] if unit else by_due(one for one in every if one.due.key not in shown),
        "late": late_units(found),
        "unit": named[0].unit if unit else "",
        "several": len({one.owner.key for one in named}) > 1,
    }
    return render(request, "web/desk/notices/duties.html", context)


@require_safe
def duty(request: DeskRequest, notice: str, duty: str, on: str) -> HttpResponse:
    """One duty on one of its days: who sent it, who has to, and which office of the unit answers."""
    due = _due(notice, duty, on)
    viewer = request.viewer
    lines, answering = _standing(request, due)
    tables = [table for table in due.notice.tables if table.code in due.duty.tables]
    # Who has not sent it stands first.
    ordered = sorted(lines, key=lambda one: one.filing is not None)
    shown = [(one, _asked(one, answering[one.region_id])) for one in ordered]
    context = {
        "due": due,
        "whole": OfAll(due, tuple(lines)) if lines else None,
        "owed": any(one.owed for one in lines),
        "lines": shown,
        "tables": tables,
        "today": timezone.localdate(),
        "may_enter": viewer.may(Action.ENTER),
        "may_chase": len(lines) > 1,
        "crumbs": [(_("报送任务"), reverse("duties"))],
    }
    return render(request, "web/desk/notices/duty.html", context)


def _standing(request: DeskRequest, due: Due) -> tuple[list[DutyStatus], dict[int, tuple[Office, ...]]]:
    """How those who owe it and that the viewer may look at stand, and which offices of each answer."""
    found = duties.unit_statuses([due.notice], request.viewer, timezone.localdate())
    lines = [one for one in found if one.due.key == due.key]
    named = tuple(WorkLine(line) for line in due.duty.by.lines)
    return lines, offices.offices((one.region_id for one in lines), due.on, named)


def _chase(request: DeskRequest, due: Due) -> chasing.Chase:
    """Who of several units has not sent it; 404 for whoever looks after one alone: it would ask itself."""
    lines, answering = _standing(request, due)
    if len(lines) < 2:
        raise Http404(due.subject)
    called = {
        one.region_id: tuple(
            office.called for office in _asked(one, answering[one.region_id]) if office.agency
        )
        for one in lines
        if not one.owner.agency
    }
    today = timezone.localdate()
    user = request.user
    office = user.agency.called(today) if user.agency is not None else ""
    contact = " ".join(part for part in (office, user.holder) if part)
    return chasing.chase(due, lines, called, contact, today)


@require_safe
def chase(request: DeskRequest, notice: str, duty: str, on: str) -> HttpResponse:
    """Who has not sent it, as text to be copied into a chat group, in two tones."""
    due = _due(notice, duty, on)
    found = _chase(request, due)
    context = {
        "due": due,
        "found": found,
        "polite": chasing.polite(found),
        "reprimand": chasing.reprimand(found),
        "may_export": request.viewer.may(Action.EXPORT),
        "crumbs": [
            (_("报送任务"), reverse("duties")),
            (due.duty.label, reverse("duty", args=[notice, duty, on])),
        ],
    }
    return render(request, "web/desk/notices/chase.html", context)


@require_safe
def chase_list(request: DeskRequest, notice: str, duty: str, on: str) -> HttpResponse:
    """The same as a workbook."""
    due = _due(notice, duty, on)
    content = chasing.workbook(_chase(request, due), request.viewer)
    return attachment(f"{_('未报单位')}-{due.duty.label}-{due.on}.xlsx", content)


def _asked(one: DutyStatus, answering: Iterable[Office]) -> tuple[Office, ...]:
    """The offices that answer, of the lines that are there: an agency answers itself."""
    if one.owner.agency:
        return ()
    return tuple(office for office in answering if office.line in one.owner.lines)


@require_POST
def register(request: DeskRequest, notice: str, duty: str, on: str) -> HttpResponse:
    """Register that the ticked units sent it."""
    due = _due(notice, duty, on)
    ticked = request.POST.getlist("unit")
    sent_on = params.day_of(request.POST.get("sent_on", ""), timezone.localdate())
    number = duties.register(due, ticked, sent_on, request.POST.get("how", ""), request.viewer)
    messages.success(request, _("已登记 %d 个单位的报送。") % number)
    return redirect("duty", notice=notice, duty=duty, on=on)


@require_POST
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what was registered by mistake."""
    found = duties.revoke(pk, request.viewer)
    messages.success(request, _("已撤回。"))
    return redirect("duty", notice=found.notice, duty=found.duty, on=found.due.isoformat())


def _due(notice: str, duty: str, on: str) -> Due:
    try:
        day = date.fromisoformat(on)
    except ValueError as wrong:
        raise Http404(on) from wrong
    found = duties.due(addressed.notice_of(notice), duty, day)
    if found is None:
        raise Http404(f"{duty} {on}")
    return found
