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
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import near_misses
from qiaojie.measures.near_misses import NearMissStep
from qiaojie.notices.schema import Indicator
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import counted, listing


@dataclass(frozen=True, slots=True)
class Group:
    """An indicator with the steps that some fact lacks."""

    indicator: Indicator
    steps: tuple[tuple[NearMissStep, str], ...]
    waiting: tuple[NearMissStep, str] | None
    """What only waits to be approved; ``steps`` are the others."""


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
    for indicator in held.indicators:
        found = near_misses.steps(held, indicator, on, counties)
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
    """The people (or events, or bases) of one step, with the townships they live in: a list to call through."""
    demand(request.viewer, Action.COUNT, f"near/{notice}/{indicator}/{step}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    counties = params.counties_of(request, held, unit)
    ledger, rows = near_misses.behind(held, known, step, on, counties)
    places = near_misses.townships(
        ledger, ledgers.rows(ledger, request.viewer).filter(pk__in=rows.values("pk"))
    )
    home = request.GET.get("home", "")
    if home and ledger.person is not None:
        rows = rows.filter(**{f"{ledger.person}__home__name": home})
    after = params.number_of(request.GET.get("after", ""))
    page = ledgers.page(ledger, request.viewer, within=rows, fields=_called(ledger, step), after=after)
    asked = {"on": on.isoformat(), **({"unit": unit.pk} if unit else {})}
    everything = f"{reverse('near', args=[held.code])}?{urlencode(asked)}"
    context = {
        "notice": held,
        "indicator": known,
        "step": ledger.field(step),
        "on": on,
        "unit": unit,
        "units": params.units_of(request, held),
        "townships": places,
        "home": home,
        "listing": listing(ledger, page),
        "counted": counted(ledger, request.viewer, rows),
        "crumbs": [(_("任务进度"), reverse("boards")), (_("差一步"), everything)],
    }
    return render(request, "web/desk/boards/near_miss_step.html", context)


def _called(ledger: Ledger, step: str) -> list[str]:
    """What one needs to call people up: who, where, the number; of the rest what is about the matter, not about her."""
    about = {ledger.title, "person.phone", "person.home", step}
    return [
        field.name
        for field in ledger.fields
        if field.name in about
        or (field.listed and field.name != "state" and not field.name.startswith("person."))
    ]


def _address(notice: str, indicator: str, step: NearMissStep, asked: dict[str, object]) -> str:
    if step.name == near_misses.APPROVAL:
        return f"{reverse('behind', args=[notice, indicator])}?{urlencode({**asked, 'part': 'pending'})}"
    return f"{reverse('near-step', args=[notice, indicator, step.name])}?{urlencode(asked)}"
