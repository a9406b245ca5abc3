"""Money of a notice's time: every kind of it by source and unit, with the rows behind each sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import queries as measures
from qiaojie.notices.schema import Notice
from qiaojie.regions import queries as regions
from qiaojie.reports import money, pace
from qiaojie.reports.money import Amount, MoneyKind, Recorded
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import counted, listing

UNSTATED = "-"
"""A source in an address: the rows that name none."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """Money of one source with the addresses of its rows."""

    label: str
    amount: Amount
    addresses: dict[str, str]
    planned: int | None = None
    """What is planned of it, in fen; None where no budget says."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One kind of money, of one unit or of all: together and by source."""

    kind: MoneyKind
    whole: Sourced
    sources: tuple[Sourced, ...]


def spent(
    notice: Notice, on: date, recorded: Recorded, unit: int | None, budget: Mapping[str, int] | None = None
) -> Spent:
    """A kind of money made ready for a page, with what a budget plans of it by source."""
    plans = budget or {}

    def sourced(label: str, amount: Amount, source: str | None) -> Sourced:
        addresses = dict(_addresses(notice, on, recorded.kind, unit, source, amount))
        plan = plans.get(source) if source is not None else sum(plans.values()) if plans else None
        return Sourced(label, amount, addresses, plan)

    known = recorded.by_source(unit)
    known |= {source: Amount() for source in plans if source not in known}
    sources = tuple(
        sourced(recorded.label(source) or _("没有写明"), amount, source)
        for source, amount in known.items()
        if recorded.kind.source is not None and (amount.known or source in plans)
    )
    return Spent(recorded.kind, sourced(_("合计"), recorded.of(unit), None), sources)


def _addresses(
    notice: Notice, on: date, kind: MoneyKind, unit: int | None, source: str | None, amount: Amount
) -> Iterator[tuple[str, str]]:
    base = reverse("money-rows", args=[notice.code, kind.ledger.code, kind.field.name])
    for part, number in (
        ("approved", amount.rows),
        ("pending", amount.pending),
        ("unsaid", amount.unsaid),
    ):
        if number:
            asked: dict[str, object] = {"on": on.isoformat(), "part": part}
            if unit is not None:
                asked["unit"] = unit
            if source is not None:
                asked["source"] = source or UNSTATED
            yield part, f"{base}?{urlencode(asked)}"


@require_safe
def index(request: DeskRequest, notice: str) -> HttpResponse:
    """What was spent and earned in the notice's time, of one unit or of all: by indicator, kind, source and unit."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, f"money/{notice}")
    held = addressed.notice_of(notice)
    if not held.indicators:
        raise Http404(notice)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    unit_id = unit.pk if unit is not None else None
    found = measures.measure(held, on, viewer)
    of = {one.code: own for one in held.indicators if (own := money.cost_of(held, one)) is not None}
    every = [one for one in money.recorded(found, money.kinds(), of) if one.of(None).known]
    paces = pace.overall(found, unit_id, exact=True)
    context = {
        "notice": held,
        "on": on,
        "unit": unit,
        "units": params.units_of(request, held),
        "kinds": [(spent(held, on, one, unit_id), _by_unit(held, on, one, found)) for one in every],
        "costs": [
            (indicator, cost, paces.get(indicator.code))
            for indicator in held.indicators
            for cost in [_cost(every, indicator.code, unit_id)]
            if cost is not None and cost.known
        ],
        "crumbs": [
            (_("任务进度"), reverse("boards")),
            (held.title, f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"),
        ],
    }
    return render(request, "web/desk/boards/money.html", context)


def _cost(every: list[Recorded], code: str, unit: int | None) -> Amount | None:
    return next((cost for one in every if (cost := one.cost_of(code, unit)) is not None), None)


def _by_unit(
    notice: Notice, on: date, recorded: Recorded, found: measures.Measurement
) -> list[tuple[str, Sourced]]:
    """The units that the viewer may see and of which something is recorded, in the order of the notice's map."""
    lines = []
    for unit in found.units:
        amount = recorded.of(unit.region_id)
        if amount.known:
            name = "".join(unit.name.split())
            addresses = dict(_addresses(notice, on, recorded.kind, unit.region_id, None, amount))
            lines.append((name, Sourced(name, amount, addresses)))
    return lines


@require_safe
def rows(request: DeskRequest, notice: str, ledger: str, field: str) -> HttpResponse:
    """The rows behind a sum of money."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, f"money/{notice}/{ledger}")
    held = addressed.notice_of(notice)
    kind = money.kind_of(ledger, field)
    part = request.GET.get("part", "approved")
    if kind is None or part not in money.PARTS:
        raise Http404(field)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    unit = params.unit_of(request, held)
    source = request.GET.get("source")
    view = regions.edition(held.edition)
    units = [pk for pk in view.filing if unit is None or view.unit_of[pk] == unit.pk]
    wanted = None if source is None else "" if source == UNSTATED else source
    within = money.behind(held, kind, on, part, wanted, units)
    page = ledgers.page(
        kind.ledger, viewer, within=within, after=params.number_of(request.GET.get("after", ""))
    )
    asked = {"on": on.isoformat(), **({"unit": unit.pk} if unit else {})}
    told = kind.source
    context = {
        "kind": kind,
        "part": part,
        "on": on,
        "unit": unit,
        "source": str(told.choices.get(wanted, wanted)) or _("没有写明")
        if told is not None and wanted is not None
        else "",
        "listing": listing(kind.ledger, page),
        "counted": counted(kind.ledger, viewer, within),
        "crumbs": [
            (_("任务进度"), reverse("boards")),
            (held.title, f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"),
            (_("资金"), f"{reverse('money', args=[held.code])}?{urlencode(asked)}"),
        ],
    }
    return render(request, "web/desk/boards/money_rows.html", context)
