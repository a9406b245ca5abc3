"""The leader's page: one sheet to keep, where every figure opens to its rows or source, and what waits for a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.dates import months_after
from qiaojie.measures.models import ValuePart
from qiaojie.notices import rulings, standard
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.reports import leading, leading_file
from qiaojie.reports.leading import Closing, LeaderSheet
from qiaojie.web.components import addressed
from qiaojie.web.components.progress import BANDS, Progress, progress
from qiaojie.web.components.tiles import STEP, Tiles, lay
from qiaojie.web.requests import DeskRequest

from ..boards.money import spent
from ..notices import duties
from ..shared import params
from ..shared.downloads import attachment
from . import home, tasks
from .tasks import Task


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An indicator as it stands, for a county's sheet; ``address`` leads to the rows behind it."""

    indicator: Indicator
    progress: Progress
    address: str


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """A gap with the addresses of what would close it."""

    closing: Closing
    progress: Progress
    address: str
    pending: str
    near: str
    steps: tuple[tuple[str, int, str], ...]
    waiting_at: Decimal
    near_at: Decimal


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """What waits for the leader: the lines, how many things together, how many days the oldest does; ``others`` is what waits
    for approval."""

    lines: tuple[Task, ...]
    number: int
    oldest: int
    others: Task | None


def _sheet(request: DeskRequest, notice: str) -> LeaderSheet:
    """The sheet that an address asks for."""
    demand(request.viewer, Action.COUNT, f"leader/{notice}")
    held = addressed.notice_of(notice)
    if not held.indicators:
        raise Http404(notice)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    asked = request.GET.get("region", "")
    region = params.region_of(request, asked, f"leader/{notice}") if asked else None
    return leading.sheet(held, on, request.viewer, region)


@require_safe
def printed(request: DeskRequest, notice: str) -> HttpResponse:
    """The sheet as a file, one page across; Chinese whatever the page's language."""
    with override(standard.WORDS):
        return _printed(request, notice)


def _printed(request: DeskRequest, notice: str) -> HttpResponse:
    made = _sheet(request, notice)
    if not made.found.units:
        raise Http404(notice)
    waits = _waiting(request, made.found.notice, made)
    others = waits.others
    told = leading_file.Waits(
        [_told(one) for one in waits.lines],
        waits.number,
        waits.oldest,
        leading_file.Wait(f"{others.kind} · {others.what}", others.number, _age(others))
        if others is not None
        else None,
    )
    main = made.weightiest
    chosen = main.gap.indicator if main is not None else made.found.indicators[0]
    squares = _tiles(made, chosen).tiles if made.own is None else ()
    tiles = [
        leading_file.UnitTile(one.x // STEP, one.y // STEP, one.label, one.share, one.progress.band.value)
        for one in squares
    ]
    user = request.user
    office = user.agency.name if user.agency is not None else ""
    content = leading_file.write(made, tiles, told, request.viewer, office)
    return attachment(leading_file.name(made, "pdf"), content)


def _told(one: Task) -> leading_file.Wait:
    return leading_file.Wait(f"{one.kind} · {one.what}", one.number, _age(one))


def _age(one: Task) -> str:
    """How long something waits, or is late, or has time yet."""
    if one.late:
        return _("逾期 %d 天") % one.days
    if one.due:
        return _("还有 %d 天") % one.left
    return _("等 %d 天") % one.days if one.days else ""


@require_safe
def leader(request: DeskRequest, notice: str) -> HttpResponse:
    """The sheet of the viewer's area on a day, a month before at its side."""
    made = _sheet(request, notice)
    held, on, asked = made.found.notice, made.found.on, request.GET.get("region", "")
    if not made.found.units:
        # A township has no row of its own: its part of the county's board says where it stands.
        return redirect(f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}")
    waits = _waiting(request, held, made)
    past = months_after(on, -1)
    lines = [_line(made, one) for one in made.found.indicators if one.measured]
    weightiest = made.weightiest
    chosen = weightiest.gap.indicator if weightiest is not None else made.found.indicators[0]
    context = {
        "notice": held,
        "sheet": made,
        "on": on,
        "past": past if past >= held.span.begins else None,
        "region_asked": asked,
        "shown": urlencode(_asked(made, region=asked)),
        "reached": made.counts[0],
        "close": made.counts[1],
        "below": made.counts[2],
        "closings": [_closing(made, one) for one in made.closings],
        "main": _closing(made, weightiest) if weightiest is not None else None,
        "lines": lines,
        "chosen": chosen,
        "chosen_all": progress(made.values[chosen.code], chosen.unit),
        "tiles": _tiles(made, chosen) if made.own is None else None,
        "legend": _legend(made, chosen),
        "bands": [(band.value, label) for band, label in BANDS.items()],
        "lowest": made.lowest(chosen) if made.own is None else [],
        "money": [spent(held, on, one, made.unit_id, made.budget(one.kind)) for one in made.money],
        "budgets": any(made.budget(one.kind) for one in made.money),
        "waits": waits.lines,
        "unapproved": waits.others,
        "wait_number": waits.number,
        "oldest": waits.oldest,
        "board": f"{reverse('board', args=[held.code])}?{urlencode(_asked(made, region=asked))}",
        "named": made.named,
        "rulings": rulings.lines(held, [one.code for one in made.named]),
        "printed_at": timezone.localtime(),
    }
    request.viewer.note(Action.COUNT, f"leader/{held.code}", rows=len(lines))
    return render(request, "web/desk/today/leader.html", context)


def _asked(made: LeaderSheet, **more: Any) -> dict[str, Any]:
    return {"on": made.found.on.isoformat(), **{name: value for name, value in more.items() if value}}


def _at(made: LeaderSheet, name: str, indicator: Indicator | None = None, **more: Any) -> str:
    given = [made.found.notice.code, *([indicator.code] if indicator is not None else [])]
    asked = _asked(made, unit=made.unit_id, **more)
    return f"{reverse(name, args=given)}?{urlencode(asked)}"


def _line(made: LeaderSheet, indicator: Indicator) -> IndicatorLine:
    drawn = progress(made.values[indicator.code], indicator.unit)
    return IndicatorLine(
        indicator, drawn, _at(made, "behind", indicator) if drawn.opens else _at(made, "course", indicator)
    )


def _closing(made: LeaderSheet, one: Closing) -> ClosingLine:
    indicator = one.gap.indicator
    approved, waiting, _near = one.widths
    steps = []
    for step in one.steps:
        base = reverse("near-step", args=[made.found.notice.code, indicator.code, step.name])
        asked = urlencode(_asked(made, unit=made.unit_id))
        steps.append((step.label, step.number, f"{base}?{asked}"))
    return ClosingLine(
        one,
        progress(one.gap.value, indicator.unit),
        _at(made, "course", indicator),
        _at(made, "behind", indicator, part=ValuePart.PENDING.value),
        f"{_at(made, 'near')}#{indicator.code}",
        tuple(steps),
        approved,
        approved + waiting,
    )


def _tiles(made: LeaderSheet, chosen: Indicator) -> Tiles:
    base = reverse("behind", args=[made.found.notice.code, chosen.code])
    squares = []
    for unit in made.found.units:
        drawn = progress(unit.values[chosen.code], chosen.unit)
        asked = urlencode(_asked(made, unit=unit.region_id))
        squares.append((unit.region_id, drawn, f"{base}?{asked}" if drawn.opens else ""))
    return lay(made.found.view, made.area, squares)


def _legend(made: LeaderSheet, chosen: Indicator) -> list[tuple[str, Any, int]]:
    """How many units are how far in an indicator."""
    bands = Counter(progress(unit.values[chosen.code], chosen.unit).band for unit in made.found.units)
    return [(band.value, label, bands[band]) for band, label in BANDS.items() if bands[band]]


def _waiting(request: DeskRequest, notice: Notice, made: LeaderSheet) -> WaitingFor:
    """What waits for a leader's word or answer: what is to be decided, to be sent, to be settled."""
    viewer = request.viewer
    decides = viewer.may(Action.RELEASE)
    gaps = [
        home.IndicatorSummary(notice, one.gap.indicator, progress(one.gap.value, one.gap.indicator.unit), "")
        for one in made.closings
    ]
    ranked = home.to_release(request, gaps) if decides else []
    split = home.to_split(request, [notice]) if decides else []
    due: Sequence[duties.OfAll] = [
        one for one in duties.pressing(duties.own_statuses(request)) if one.due.notice.code == notice.code
    ]
    found = tasks.ordered([*tasks.to_decide(ranked, split), *tasks.due(due), *tasks.disputed(request)])
    oldest = max((one.days for one in found if one.since is not None), default=0)
    return WaitingFor(tuple(found), sum(one.number for one in found), oldest, _unapproved(request))


def _unapproved(request: DeskRequest) -> Task | None:
    """Everything that waits for approval in the viewer's area, in one line; None where nothing does."""
    held = [one for one in tasks.waiting(request) if one.since is not None]
    if not held:
        return None
    oldest = min(one.since for one in held if one.since is not None)
    number = sum(one.number for one in held)
    return Task(_("等审核"), _("各台账的记录"), number, _("条"), oldest, reverse("ledgers"))
