"""The register of a class: shown with its sums, filled by ticking, and everything in it undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.training import register, services
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import DayPart
from qiaojie.training.register import Register, Session
from qiaojie.training.services import Ticked
from qiaojie.web.requests import DeskRequest

from ..shared import params

BOXES: Final = 900
"""Boxes of one page: with more, the sessions are leafed through."""
WIDEST: Final = 14
"""Sessions of one page, whatever their boxes."""


@dataclass(frozen=True, slots=True)
class Head:
    """A session as a column: its words, how many came of how many, and the enrolments ticked, as the form sends them."""

    session: Session
    day: str
    part: str
    came: int
    due: int
    ticked: str


@dataclass(frozen=True, slots=True)
class TickBox:
    """Whether somebody was at a session; None where the session does not know her."""

    head: Head
    there: bool | None


@dataclass(frozen=True, slots=True)
class TickLine:
    """One person with a box for every session that is shown."""

    enrolment: int
    name: Shown
    boxes: tuple[TickBox, ...]
    came: int
    due: int


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """A register, or a part of its sessions, as a table; ``rate`` is of all sessions, in percent."""

    heads: tuple[Head, ...]
    lines: tuple[TickLine, ...]
    sessions: int
    rate: Decimal | None


def shown(found: Register, sessions: Iterable[Session] | None = None) -> RegisterTable:
    """A register as a table, of all its sessions or of some; sums of people are over all of them."""
    chosen = found.sessions if sessions is None else tuple(sessions)
    heads = tuple(_head(found, one) for one in chosen)
    lines = tuple(
        TickLine(
            line.enrolment,
            line.name,
            tuple(TickBox(head, line.present.get(head.session.key)) for head in heads),
            line.came,
            len(line.present),
        )
        for line in found.lines
    )
    return RegisterTable(heads, lines, len(found.sessions), found.rate)


def _head(found: Register, session: Session) -> Head:
    ticked = (line.enrolment for line in found.lines if line.present.get(session.key))
    return Head(
        session,
        f"{session.day:%m-%d}",
        str(session.part.label),
        found.came(session),
        found.due(session),
        ",".join(map(str, ticked)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: DeskRequest, pk: int) -> HttpResponse:
    """Tick who was there; add a session, withdraw one."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, services.subject(pk))
    found = register.register(pk, viewer)
    fault = None
    if request.method == "POST":
        try:
            return _changed(request, pk, found)
        except Unusable as unusable:
            fault = unusable
    size = max(1, min(WIDEST, BOXES // max(1, len(found.lines))))
    pages = [found.sessions[at : at + size] for at in range(0, len(found.sessions), size)]
    number = min(params.number_of(request.GET.get("page", "")) or len(pages), len(pages))
    context = {
        "held": found.held,
        "sheet": shown(found, pages[number - 1] if pages else ()),
        "pages": [
            (at, f"{page[0].day:%m-%d} — {page[-1].day:%m-%d}", at == number)
            for at, page in enumerate(pages, start=1)
        ],
        "fault": fault,
        "parts": DayPart.choices,
        "asked": request.POST,
        "first": found.held.begins.isoformat(),
        "last": min(found.held.ends, date.today()).isoformat(),
        "undone": services.latest(pk, viewer),
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (CLASSES.label, reverse("ledger", args=["classes"])),
            (found.held.title, reverse("class", args=[pk])),
        ],
    }
    return render(request, "web/desk/ledgers/attendance.html", context, status=422 if fault else 200)


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Undo what the viewer saved last in this register."""
    services.undo(pk, request.viewer)
    messages.success(request, _("已撤销上一次保存的考勤。"))
    return redirect("attendance", pk=pk)


def _changed(request: DeskRequest, pk: int, found: Register) -> HttpResponse:
    posted, viewer = request.POST, request.viewer
    if "add" in posted:
        services.add_session(pk, _session(request), bool(posted.get("everyone")), viewer)
        messages.success(request, _("已加上这次课。"))
        return redirect("attendance", pk=pk)
    if "sheet" in posted:
        return _take(request, pk)
    if "withdraw" in posted:
        number = services.withdraw_session(pk, posted["withdraw"][:40], posted.get("reason", ""), viewer)
        if number:
            messages.success(request, _("已作废这次课，可以撤销。"))
        return redirect("attendance", pk=pk)
    known = {session.key for session in found.sessions}
    ticked = {
        key: _ticked(request, key, found, every=posted.get("every") == key)
        for key in {name.removeprefix("was.") for name in posted if name.startswith("was.")} & known
    }
    gone = sorted(
        name.removeprefix("was.")[:10]
        for name in posted
        if name.startswith("was.") and name.removeprefix("was.") not in known
    )
    number = services.save(pk, ticked, viewer)
    if gone:
        text = _("打开页面之后，%s 的课被作废了，那一列没有保存。")
        messages.warning(request, text % _("、").join(gone))
    text = ngettext("改了 %d 处。", "改了 %d 处。", number) % number
    messages.success(request, text if number else _("没有改动，不用保存。"))
    page = request.GET.get("page", "")
    return redirect(reverse("attendance", args=[pk]) + (f"?page={page}" if page.isdigit() else ""))


def _take(request: DeskRequest, pk: int) -> HttpResponse:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.name:
        raise Unusable("file_missing", _("请选择一个文件。"))
    number = services.take_sheet(pk, file.read(), str(file.name), request.viewer)
    text = ngettext("已按签到表改了 %d 处，可以撤销。", "已按签到表改了 %d 处，可以撤销。", number) % number
    messages.success(request, text if number else _("和已登记的一样，没有改动。"))
    return redirect("attendance", pk=pk)


def _ticked(request: DeskRequest, key: str, found: Register, *, every: bool) -> Ticked:
    """What the form says of a session: ``was.KEY`` lists who was ticked when it was drawn, ``at.KEY`` who is now."""
    was = frozenset(_keys(request.POST[f"was.{key}"].split(",")))
    now = (
        frozenset(line.enrolment for line in found.lines)
        if every
        else frozenset(_keys(request.POST.getlist(f"at.{key}")))
    )
    return Ticked(was, now)


def _keys(texts: Iterable[str]) -> list[int]:
    return [params.demanded_number(text) for text in texts if text]


def _session(request: DeskRequest) -> Session:
    part, hours = request.POST.get("part", ""), request.POST.get("hours", "").strip()
    if not request.POST.get("day"):
        raise Unusable("day_missing", _("请填写上课日期。"))
    if part not in DayPart.values:
        raise Unusable("part_missing", _("请选择上午、下午、晚上或全天。"))
    if hours and not (hours.isascii() and hours.isdigit() and len(hours) < 4):
        raise Unusable("hours_wrong", _("课时请填 1 到 %d 的整数。") % services.HOURS)
    day = params.day_of(request.POST["day"], date.today())
    return Session(day, DayPart(part), int(hours) if hours else None)
