"""How one indicator comes along: a trend, the pace against what is planned, and what it costs."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import divisions, year_totals
from qiaojie.measures import queries as measures
from qiaojie.measures.days import Trend
from qiaojie.notices import rulings
from qiaojie.reports import pace
from qiaojie.training.ledger import CLASSES
from qiaojie.web.components import addressed
from qiaojie.web.components.progress import progress
from qiaojie.web.components.steps import steps
from qiaojie.web.requests import DeskRequest

from ..shared import params
from .division import counties_under


@require_safe
def course(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """Trend, pace and money of an indicator, for one unit or for all that the viewer may see."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, f"course/{notice}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    unit_id = unit.pk if unit is not None else None
    found = measures.measure(held, on, viewer)
    value = next((row.values for row in found.units if row.region_id == unit_id), found.total)[known.code]
    units = [unit_id] if unit_id is not None else found.view.unit_ids
    earlier = year_totals.by_year(held, known, units, found.view)
    last = next((one for one in earlier if one.year == held.span.begins.year - 1), None)
    shown = pace.trend(held, known, on, unit_id) if known.measured else Trend(())
    shown = year_totals.without_before(shown, last) or shown
    money, yuan = CLASSES.field("cost").value_kind, CLASSES.field("cost").unit
    lines = pace.paces(known, found, unit_id)
    context = {
        "notice": held,
        "indicator": known,
        # Of a ratio the people who reached it are drawn: a share has no months that add up.
        "counted_in": _("人") if known.count == "ratio" else known.unit,
        "rulings": rulings.rulings(held, known.code),
        "on": on,
        "unit": unit,
        "units": params.units_of(request, held),
        "beside": divisions.beside(held, known, on, counties_under(held, unit)),
        "trend": shown,
        "earlier": earlier,
        "sources": [(known, one) for one in earlier],
        "picture": steps(
            [month.reached for month in shown.months],
            [month.before for month in shown.months],
            value.target if known.count != "ratio" else None,
        ),
        "target": value.target if known.count != "ratio" else None,
        "progress": progress(value, known.unit),
        "lines": [
            (one, money.print(one.cost, yuan), money.print(one.cost_each, yuan) if one.cost_each else "")
            for one in lines
        ],
        "crumbs": [
            (_("任务进度"), reverse("boards")),
            (held.title, f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"),
        ],
    }
    return render(request, "web/desk/boards/trend.html", context)
