"""差一步: who counts as soon as one thing is mended, per indicator and thing, as a list on which the last step is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import approving, services, sight
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Action, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.measures import near_misses
from qiaojie.measures import queries as measures
from qiaojie.measures.models import ValuePart
from qiaojie.measures.near_misses import NearMissStep
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions.models import Region
from qiaojie.reports import call_list
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send
from ..shared.listing import ListedRow, counted, listing
from .near_miss_actions import RowAction, of_step, of_waiting

PURPOSE = "联系本人"
"""What a call list is taken out for, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Group:
    """An indicator with the steps that some fact lacks."""

    indicator: Indicator
    steps: tuple[tuple[NearMissStep, str], ...]
    waiting: tuple[NearMissStep, str] | None
    """What only waits to be approved; ``steps`` are the others."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address of a step asks for: the notice and indicator, the day, the unit, the township, and the facts, of that
    township and of all; ``field`` is the one that lacks, None where rows only wait to be approved."""

    notice: Notice
    indicator: Indicator
    on: date
    unit: Region | None
    home: str
    ledger: Ledger
    rows: QuerySet[Model]
    everywhere: QuerySet[Model]
    field: Field | None


@require_safe
def index(request: DeskRequest, notice: str) -> HttpResponse:
    """All indicators of a notice with what is lacking in the viewer's units, or in the one asked for."""
    demand(request.viewer, Action.COUNT, f"near/{notice}")
    held = addressed.notice_of(notice)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    counties = params.counties_of(request, held, unit)
    asked = {"on": on.isoformat(), **({"unit": unit.pk} if unit else {})}
    groups = []
    every = near_misses.every_step(held, held.indicators, on, counties)
    for indicator in held.indicators:
        found = every[indicator.code]
        if found:
            led = [(one, _address(held.code, indicator.code, one, asked)) for one in found]
            waiting = next((pair for pair in led if pair[0].name == near_misses.APPROVAL), None)
            groups.append(Group(indicator, tuple(pair for pair in led if pair != waiting), waiting))
    board = f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"
    context = {
        "notice": held,
        "on": on,
        "unit": unit,
        "units": params.units_of(request, held),
        "groups": groups,
        "crumbs": [(_("任务进度"), reverse("boards")), (held.title, board)],
    }
    return render(request, "web/desk/boards/near_misses.html", context)


@require_safe
def step(request: DeskRequest, notice: str, indicator: str, step: str) -> HttpResponse:
    """The people (or events, or bases) of one step, each with what mends it, and the townships they live in: a list to work
    through."""
    return _page(request, _asked(request, notice, indicator, step), step)


@require_POST
def approve(request: DeskRequest, notice: str, indicator: str, step: str) -> HttpResponse:
    """Approve what one row waits for, or the ticked rows; what is refused is said at the row, and the list stays as it was."""
    asked = _asked(request, notice, indicator, step)
    viewer = request.viewer
    demand(viewer, Action.APPROVE, f"near/{notice}/{indicator}/{step}/approve")
    if target := request.POST.get("target", ""):
        code, _slash, text = target.partition("/")
        ledger, keys = addressed.ledger_of(code), [params.demanded_number(text)]
    else:
        ledger, keys = asked.ledger, [params.demanded_number(text) for text in request.POST.getlist("row")]
        target = ""
    try:
        done = services.approve(ledger, keys, viewer)
    except Unusable as refused:
        faults = {target or f"{ledger.code}/{key}": refused.message for key in keys}
        return _page(request, asked, step, faults)
    if not keys:
        messages.warning(request, _("没有勾选任何一条。"))
    elif done < len(keys):
        text = _("审核了 %(done)d 条；其余 %(left)d 条已不在这一步，或不在您的范围内。")
        messages.warning(request, text % {"done": done, "left": len(keys) - done})
    else:
        messages.success(request, ngettext("已审核 %d 条。", "已审核 %d 条。", done) % done)
    for other, number in approving.rests_on(ledger, keys):
        text = _("所依据的“%(ledger)s”还有 %(number)d 条没有审核，审核以后这些记录才计入。")
        messages.warning(request, text % {"ledger": other.label, "number": number})
    return redirect(_here(request, notice, indicator, step))


@require_POST
def calls(request: DeskRequest, notice: str, indicator: str, step: str, format: str) -> HttpResponse:
    """Whom to call up, by village, as a file to print."""
    asked = _asked(request, notice, indicator, step)
    if asked.field is None:
        raise Http404(step)
    purpose = params.purpose_of(request)
    content = call_list.write(
        asked.ledger,
        asked.field,
        asked.rows,
        request.viewer,
        format,
        {"indicator": asked.indicator.label, "on": asked.on},
        purpose,
        whole=bool(request.POST.get("whole")),
    )
    name = f"{_('通知名单')}-{asked.field.lack}.{format}"
    return send(request.viewer, name, content, f"calls/{asked.ledger.code}.{format}", purpose)


def _asked(request: DeskRequest, notice: str, indicator: str, step: str) -> _Asked:
    demand(request.viewer, Action.COUNT, f"near/{notice}/{indicator}/{step}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    source = params.number_of(request.GET.get("source", ""))
    field = None
    if step == near_misses.APPROVAL:
        ledger, rows = measures.behind(
            held, indicator, unit.pk if unit else None, on, ValuePart.PENDING, source=source or 0
        )
    else:
        counties = params.counties_of(request, held, unit)
        ledger, rows = near_misses.behind(held, known, step, on, counties, source)
        field = ledger.field(step)
    home = request.GET.get("home", "") if ledger.person is not None else ""
    if home and not sight.sees_places(request.viewer):
        refuse(request.viewer, Action.COUNT, f"near/{notice}/{indicator}/{step}?home")
    there = rows.filter(**{f"{ledger.person}__home__name": home}) if home else rows
    return _Asked(held, known, on, unit, home, ledger, there, rows, field)


def _page(
    request: DeskRequest, asked: _Asked, step: str, faults: Mapping[str, str] | None = None
) -> HttpResponse:
    viewer, ledger, notice = request.viewer, asked.ledger, asked.notice
    seen = ledgers.rows(ledger, viewer).filter(pk__in=asked.everywhere.order_by().values("pk"))
    after = params.number_of(request.GET.get("after", ""))
    page = ledgers.page(ledger, viewer, within=asked.rows, fields=_called(ledger, step), after=after)
    here = _here(request, notice.code, asked.indicator.code, step)
    shown = listing(ledger, page)
    actions = (
        of_waiting(ledger, page.rows, viewer)
        if asked.field is None
        else of_step(ledger, asked.field, page.rows, viewer, here)
    )
    said = faults or {}
    lines = [
        (line, replace(actions[line.pk], fault=said.get(actions[line.pk].target, ""))) for line in shown.lines
    ]
    query = urlencode({"on": asked.on.isoformat(), **({"unit": asked.unit.pk} if asked.unit else {})})
    context = {
        "notice": notice,
        "indicator": asked.indicator,
        "step": step,
        "lack": asked.field.lack if asked.field is not None else _("待审核"),
        "on": asked.on,
        "unit": asked.unit,
        "units": params.units_of(request, notice),
        "townships": near_misses.townships(ledger, seen) if sight.sees_places(viewer) else (),
        "home": asked.home,
        "listing": shown,
        "lines": lines,
        "query": here.partition("?")[2],
        "ticks": asked.field is None and _any_own(ledger, lines),
        "refused": list(said.values())[:1],
        "calls": _calls(request, asked),
        "counted": counted(ledger, viewer, asked.rows),
        "crumbs": [
            (_("任务进度"), reverse("boards")),
            (_("差一步"), f"{reverse('near', args=[notice.code])}?{query}"),
        ],
    }
    return render(
        request, "web/desk/boards/near_miss_step.html", context, status=422 if faults is not None else 200
    )


def _here(request: DeskRequest, notice: str, indicator: str, step: str) -> str:
    """The address of a step's list as it was asked for."""
    asked = urlencode({name: request.GET[name] for name in _KEPT if request.GET.get(name)})
    place = reverse("near-step", args=[notice, indicator, step])
    return f"{place}?{asked}" if asked else place


_KEPT = ("on", "unit", "home", "source", "after")
"""What the address of a step's list may say."""


def _any_own(ledger: Ledger, lines: list[tuple[ListedRow, RowAction]]) -> bool:
    """Whether some row of the list may be approved itself: then rows are ticked."""
    return any(action.target == f"{ledger.code}/{line.pk}" for line, action in lines)


def _calls(request: DeskRequest, asked: _Asked) -> dict[str, Any] | None:
    """The form by which a call list is taken out; None where nobody is to be called up or the role may not."""
    if asked.field is None or asked.ledger.person is None or not request.viewer.may(Action.EXPORT):
        return None
    return {
        "formats": call_list.FORMATS,
        "purpose": PURPOSE,
        "may_reveal": request.viewer.may(Action.REVEAL),
        "address": {
            form: reverse(
                "near-calls", args=[asked.notice.code, asked.indicator.code, asked.field.name, form]
            )
            for form in call_list.FORMATS
        },
    }


def _called(ledger: Ledger, step: str) -> list[str]:
    """What one needs to call people up: who, where, the number; of the rest what is about the matter, not about her."""
    about = {ledger.title, "person.phone", "person.home", step}
    return [
        field.name
        for field in ledger.fields
        if field.name in about
        or (
            field.listed
            and field.expression is None
            and field.name != "state"
            and not field.name.startswith("person.")
        )
    ]


def _address(notice: str, indicator: str, step: NearMissStep, asked: dict[str, object]) -> str:
    more = {"source": step.source} if step.source else {}
    return f"{reverse('near-step', args=[notice, indicator, step.name])}?{urlencode({**asked, **more})}"
