"""差一步: who counts as soon as one thing is mended, per indicator and thing, as a list to work through."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import near
from qiaojie.measures.near import Step
from qiaojie.notices.schema import Indicator

from ..requests import DeskRequest
from . import asking
from .rows import counted, listing


@dataclass(frozen=True, slots=True)
class Group:
    """An indicator with the steps that some fact lacks."""

    indicator: Indicator
    steps: tuple[tuple[Step, str], ...]


@require_safe
def index(request: DeskRequest, notice: str) -> HttpResponse:
    """All indicators of a notice with what is lacking in the viewer's units, or in the one asked for."""
    demand(request.viewer, Action.SEE, f"near/{notice}")
    held = asking.notice_of(notice)
    on = asking.day_of(request.GET.get("on", ""), asking.default_day(held))
    unit = asking.unit_of(request, held)
    counties = asking.counties_of(request, held, unit)
    asked = {"on": on.isoformat(), **({"unit": unit.pk} if unit else {})}
    groups = []
    for indicator in held.indicators:
        found = near.steps(held, indicator, on, counties)
        if found:
            steps = tuple((step, _address(held.code, indicator.code, step, asked)) for step in found)
            groups.append(Group(indicator, steps))
    board = f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"
    context = {
        "notice": held,
        "on": on,
        "unit": unit,
        "groups": groups,
        "crumbs": [(_("任务进度"), reverse("boards")), (held.title, board)],
    }
    return render(request, "web/desk/near.html", context)


@require_safe
def step(request: DeskRequest, notice: str, indicator: str, step: str) -> HttpResponse:
    """The people (or events, or bases) of one step, with the townships they live in: a list to call through."""
    demand(request.viewer, Action.SEE, f"near/{notice}/{indicator}/{step}")
    held = asking.notice_of(notice)
    known = asking.indicator_of(held, indicator)
    on = asking.day_of(request.GET.get("on", ""), asking.default_day(held))
    unit = asking.unit_of(request, held)
    counties = asking.counties_of(request, held, unit)
    ledger, rows = near.behind(held, known, step, on, counties)
    fields = [field.name for field in ledger.fields if field.listed or field.name == "person.home"]
    after = asking.number_of(request.GET.get("after", ""))
    page = ledgers.page(ledger, request.viewer, within=rows, fields=fields, after=after)
    asked = {"on": on.isoformat(), **({"unit": unit.pk} if unit else {})}
    everything = f"{reverse('near', args=[held.code])}?{urlencode(asked)}"
    context = {
        "notice": held,
        "indicator": known,
        "step": ledger.field(step),
        "on": on,
        "unit": unit,
        "townships": near.townships(
            ledger, ledgers.rows(ledger, request.viewer).filter(pk__in=rows.values("pk"))
        ),
        "listing": listing(ledger, page),
        "counted": counted(ledger, request.viewer, rows),
        "crumbs": [(_("任务进度"), reverse("boards")), (_("差一步"), everything)],
    }
    return render(request, "web/desk/near_step.html", context)


def _address(notice: str, indicator: str, step: Step, asked: dict[str, object]) -> str:
    if step.name == near.APPROVAL:
        return f"{reverse('behind', args=[notice, indicator])}?{urlencode({**asked, 'part': 'pending'})}"
    return f"{reverse('near-step', args=[notice, indicator, step.name])}?{urlencode(asked)}"
