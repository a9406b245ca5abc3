"""Notices: what each orders, how it is counted, what superiors ruled, and its targets down the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts.models import WorkLine
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.notices import choice_labels, ledger_fields, queries, rulings, services
from qiaojie.notices.rulings import KnownRuling
from qiaojie.notices.schema import Duty, Indicator, Notice, Table
from qiaojie.notices.targets import splitting
from qiaojie.notices.targets.figures import Origin, Targets, UnitTargets
from qiaojie.notices.targets.splitting import Basis, Method
from qiaojie.notices.targets.target_versions import Child, Distribution
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Region
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices
from . import collecting

AT_MOST = 400
"""Parts of one split that a page shows: the largest parent has fewer children."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An indicator with what it is to reach, how far that was handed out, and what was ruled about it."""

    indicator: Indicator
    total: int | None
    origin: str
    units: int
    """How many units were given a task of their own."""
    difference: int | None
    """How far their sum is above the total."""
    versions: int
    """Decisions beside the notice's own figures."""
    rulings: tuple[KnownRuling, ...]
    stateable: tuple[tuple[str, Label], ...]
    """The fields on which a ruling can state a condition."""
    own: OwnTarget | None
    """What the viewer's own unit was given; None for whoever has none."""


@dataclass(frozen=True, slots=True)
class OwnTarget:
    """A unit's target and the higher figure that it set itself, if any."""

    issued: int | None
    local: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """A duty with the words of who files it for which span, and the days on which it is due."""

    duty: Duty
    filers: str
    covers: str
    days: tuple[date, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class ChildSplit:
    """A child with what it holds, what it set itself, and what the chosen method would give it."""

    child: Child
    held: int | None
    local: int | None
    weight: int | None
    proposed: int | str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a split by hand was not written (or that its sum is right, where that was asked), and what was typed for
    every child."""

    message: str
    typed: Mapping[int, str]
    fits: bool = False


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All notices that concern the viewer's region, those in force first."""
    demand(request.viewer, Action.SEE, "notices")
    current, others = params.divided(params.concerning(request.viewer))
    return render(request, "web/desk/notices/notices.html", {"notices": current, "others": others})


@require_safe
def notice(request: DeskRequest, notice: str) -> HttpResponse:
    """One notice: indicators with definitions, targets and rulings; tables, duties; what is known to be amiss."""
    demand(request.viewer, Action.SEE, f"notice/{notice}")
    held = addressed.notice_of(notice)
    view = regions.edition(held.edition)
    targets = queries.targets(held, view)
    said = rulings.rulings(held)
    versions = queries.versions(held)
    own = _own_unit(request, view, targets)
    switch = queries.switches().get(held.code)
    ordered = [
        Ordered(
            one,
            targets.total.get(one.code),
            _label(targets.origins.get(one.code)),
            sum(bool(unit.figures.get(one.code)) for unit in targets.units),
            targets.difference(one.code),
            versions.get(one.code, 0),
            tuple(ruling for ruling in said if ruling.indicator == one.code),
            rulings.stateable(one),
            OwnTarget(own.figures.get(one.code), own.local.get(one.code)) if own else None,
        )
        for one in held.indicators
    ]
    kinds, trades = choice_labels.kinds_of_base(held), choice_labels.trades(held)
    context = {
        "notice": held,
        "ordered": ordered,
        "conflicts": [(held.indicator(one.indicator), one) for one in targets.conflicts],
        "edition": view,
        "switch": switch,
        "current": switch is not None and switch.holds(timezone.localdate()),
        "own_unit": own,
        "feeding": table_choices.feeding(request.viewer, held),
        "duties": [_due(held, duty) for duty in held.duties],
        "criteria": [(kinds[one.base], trades[one.industry], one) for one in held.criteria],
        "collected": collecting.by_field(ledger_fields.orders(held)),
        "bases": len({one.base for one in held.criteria}),
        "may_rule": request.viewer.may(Action.APPROVE) and request.viewer.covers(view.root_id),
        "crumbs": [(_("通知"), reverse("notices"))],
    }
    return render(request, "web/desk/notices/notice.html", context)


def _own_unit(request: DeskRequest, view: EditionView, targets: Targets) -> UnitTargets | None:
    """The unit that is the viewer's own region, or in which it lies; None above the units and outside."""
    region = request.viewer.region
    wanted = view.unit_of.get(region.pk) if region is not None and region.pk != view.root_id else None
    return next((unit for unit in targets.units if unit.region_id == wanted), None)


def _due(notice: Notice, duty: Duty) -> Due:
    levels = {
        "province": _("省级"),
        "prefecture": _("市（州）级"),
        "county": _("区县级"),
        "township": _("乡镇级"),
    }
    spans = {"month": _("按月"), "quarter": _("按季"), "half": _("按半年"), "year": _("按年")}
    modes = {"current": _("报当期"), "cumulative": _("报累计")}
    lines = _("、").join(str(WorkLine(line).label) for line in duty.by.lines)
    tables = tuple(table for table in notice.tables if table.code in duty.tables)
    covers = f"{spans[duty.span]} · {modes[duty.mode]}"
    return Due(duty, f"{levels[duty.by.level]} {lines}", covers, duty.days(notice.span), tables)


@require_POST
def rule(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """Enter what a superior office said of a definition."""
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    given = request.POST
    on = params.day_of(given.get("on", ""), params.default_day(held))
    services.add_ruling(
        held,
        known.code,
        on,
        given.get("office", ""),
        given.get("text", ""),
        request.viewer,
        question=given.get("question", ""),
        asked_by=given.get("asked_by", ""),
        supersedes=params.number_of(given.get("supersedes", "")),
        condition=(given.get("field", ""), given.get("value", "")),
    )
    messages.success(request, _("已记入口径答疑簿，印在这项指标旁边。"))
    return redirect(f"{reverse('notice', args=[held.code])}#{known.code}")


@require_safe
def targets(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """An indicator's targets beneath a region: what each child holds, every version, and a split to look at first."""
    demand(request.viewer, Action.COUNT, f"targets/{notice}/{indicator}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    method = _method(request.GET.get("method", ""))
    least = params.number_of(request.GET.get("minimum", "")) or 0
    basis = _basis(request.GET.get("basis", ""))
    return _targets(request, held, known, _region(request, held), method, least, basis)


def _targets(
    request: DeskRequest,
    held: Notice,
    known: Indicator,
    region: Region,
    method: Method | None,
    least: int,
    chosen: Basis | None,
    refused: Refusal | None = None,
) -> HttpResponse:
    """The page of targets; after a split by hand that was refused, with why and with what was typed."""
    view = regions.edition(held.edition)
    offered = queries.children(held, region.pk)[:AT_MOST]
    total = queries.held(held, region.pk)[known.code]
    given = queries.targets_below(held, region.pk).get(known.code)
    units = {unit.region_id: unit for unit in queries.targets(held, view).units}
    own = units.get(region.pk)
    basis = chosen or (given.basis if given else Basis.HELD)
    wanted = own.figures.get(known.code) if own and basis is Basis.ISSUED else total
    proposal = _Proposal(held, known, region, offered, wanted, method, least) if method else None
    whole = region.pk == view.root_id
    may = request.viewer.may(Action.APPROVE) and request.viewer.covers(region.pk)
    parts = [_part(child, known, units if whole else {}, given, proposal, refused) for child in offered]
    holding = [part.held for part in parts if part.held is not None]
    shown = Region.objects.filter(request.viewer.scope(""), pk__in=[child.region_id for child in offered])
    context = {
        "notice": held,
        "indicator": known,
        "region": region,
        "total": total,
        # What was ordered; only where nothing was, what the unit set itself.
        "order": total if own is None else own.figures.get(known.code) or total,
        "wanted": wanted,
        "basis": basis.value,
        "bases": Basis.choices,
        "whole": whole,
        "unit": own,
        "agencies": known.agency_targets if whole else {},
        "own_local": own.local.get(known.code) if own else None,
        "given": given,
        "parts": parts,
        "added": sum(holding) if holding and known.unit != "%" else None,
        "any_local": any(part.local is not None for part in parts),
        "open_to": set(shown.values_list("pk", flat=True)) if whole else set(),
        "proposal": proposal,
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "methods": [one for one in Method.choices if whole or one[0] != Method.LAST_YEAR.value],
        "method": method.value if method else "",
        "minimum": least,
        "history": queries.history(held, known.code, region.pk),
        "may_split": may and known.unit != "%" and bool(offered),
        "may_adjust": may and whole,
        "may_add": may and own is not None,
        "crumbs": [
            (_("通知"), reverse("notices")),
            (held.title, reverse("notice", args=[held.code])),
        ],
    }
    status = 422 if refused and not request.POST.get("check") else 200
    return render(request, "web/desk/notices/targets.html", context, status=status)


def _checked(
    notice: Notice, indicator: Indicator, region: Region, typed: Mapping[int, str], basis: Basis
) -> Refusal:
    """What the parts typed come to, held against the target; nothing is written."""
    try:
        added = sum(_figure(text) for text in typed.values())
    except Unusable as problem:
        return Refusal(problem.message, typed)
    total = queries.to_split(notice, indicator.code, region.pk, basis)
    if total is None:
        return Refusal(_("没有任务数，先由上级下达或自加后再分解。"), typed)
    words = {"added": f"{added:,}", "total": f"{total:,}", "left": f"{abs(total - added):,}"}
    if added == total:
        return Refusal(_("合计 %(added)s，正好等于任务数，可以分解。") % words, typed, fits=True)
    if added < total:
        return Refusal(_("合计 %(added)s，比任务数 %(total)s 少 %(left)s。") % words, typed)
    return Refusal(_("合计 %(added)s，比任务数 %(total)s 多 %(left)s。") % words, typed)


@require_POST
def split(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """Give a region's target to its children as one version."""
    demand(request.viewer, Action.APPROVE, f"targets/{notice}/{indicator}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    region = _region(request, held, posted=True)
    method = _method(request.POST.get("method", "")) or Method.HAND
    offered = queries.children(held, region.pk)
    least = params.number_of(request.POST.get("minimum", "")) or 0
    typed = {child.region_id: request.POST.get(f"part-{child.region_id}", "") for child in offered}
    reason = request.POST.get("reason", "")
    basis = _basis(request.POST.get("basis", "")) or Basis.HELD
    if method is Method.HAND and request.POST.get("check"):
        checked = _checked(held, known, region, typed, basis)
        return _targets(request, held, known, region, method, least, basis, checked)
    try:
        if method is Method.HAND:
            numbers = {region_id: _figure(text) for region_id, text in typed.items()}
        else:
            numbers = _weights(held, known, region, offered, method)
        services.split(
            held,
            known.code,
            region.pk,
            numbers,
            method,
            request.viewer,
            reason=reason,
            minimum=least,
            basis=basis,
        )
    except Unusable as problem:
        if method is not Method.HAND:
            raise
        # Forty numbers are not typed twice.
        return _targets(request, held, known, region, method, least, basis, Refusal(problem.message, typed))
    messages.success(request, _("已分解，各单位之和等于任务数。"))
    return redirect(_address(held, known, region))


@require_POST
def set_(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """The superior adjusts a unit's target, or a unit sets itself a higher one."""
    demand(request.viewer, Action.APPROVE, f"targets/{notice}/{indicator}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    region = _region(request, held, posted=True)
    value = _figure(request.POST.get("value", ""))
    reason = request.POST.get("reason", "")
    if request.POST.get("kind") == Origin.ADJUSTED:
        unit = params.number_of(request.POST.get("unit", "")) or region.pk
        document = request.POST.get("document", "")
        services.adjust(held, known.code, {unit: value}, request.viewer, reason=reason, document=document)
        messages.success(request, _("已调整，原来的任务数留在版本里。"))
    else:
        services.add_locally(held, known.code, region.pk, value, request.viewer, reason=reason)
        messages.success(request, _("已自加，上级下达的任务数不变。"))
    return redirect(_address(held, known, region))


class _Proposal:
    """What a method would give the children, before anybody writes it; or why it cannot."""

    def __init__(
        self,
        notice: Notice,
        indicator: Indicator,
        region: Region,
        offered: tuple[Child, ...],
        total: int | None,
        method: Method,
        minimum: int,
    ) -> None:
        self.weights: dict[int, int] = {}
        self.parts: dict[int, int] = {}
        self.problem = ""
        if method is Method.HAND:
            return
        try:
            if total is None:
                raise Unusable("no_target", _("没有任务数，先由上级下达或自加后再分解。"))
            self.weights = _weights(notice, indicator, region, offered, method)
            self.parts = splitting.split(total, self.weights, method, minimum)
        except Unusable as problem:
            self.problem = problem.message


def _weights(
    notice: Notice, indicator: Indicator, region: Region, offered: tuple[Child, ...], method: Method
) -> dict[int, int]:
    if method is Method.NEED:
        return queries.need(notice, indicator.code, region.pk).weights
    if method is Method.LAST_YEAR:
        done = measures.last_year(notice, indicator)
        return {child.region_id: done.get(child.region_id, 0) for child in offered}
    return {child.region_id: 1 for child in offered}


def _part(
    child: Child,
    indicator: Indicator,
    units: dict[int, UnitTargets],
    given: Distribution | None,
    proposal: _Proposal | None,
    refused: Refusal | None,
) -> ChildSplit:
    unit = units.get(child.region_id)
    held = unit.figures.get(indicator.code) if unit else given.values.get(child.region_id) if given else None
    return ChildSplit(
        child,
        held,
        unit.local.get(indicator.code) if unit else None,
        proposal.weights.get(child.region_id) if proposal else None,
        _proposed(child, held, proposal, refused),
    )


def _proposed(
    child: Child, held: int | None, proposal: _Proposal | None, refused: Refusal | None
) -> int | str | None:
    """What stands in the child's place of a proposal: typed, reckoned, or to begin with what it holds."""
    if refused is not None:
        return refused.typed.get(child.region_id, "")
    if proposal is None:
        return None
    return proposal.parts.get(child.region_id, held or 0)


def _region(request: DeskRequest, notice: Notice, *, posted: bool = False) -> Region:
    """The region whose targets are asked for: the notice's whole area or the viewer's own; refused outside hers."""
    key = params.number_of((request.POST if posted else request.GET).get("region", ""))
    view = regions.edition(notice.edition)
    if key is None:
        own = request.viewer.region
        inside = own is not None and own.pk in view.unit_of
        key = own.pk if own is not None and inside else view.root_id
    region = Region.objects.filter(pk=key).first()
    if region is None or (region.pk != view.root_id and region.pk not in view.unit_of):
        raise Http404(str(key))
    if region.pk != view.root_id or posted:
        params.demand_region(request, region, f"targets/{notice.code}")
    return region


def _method(text: str) -> Method | None:
    if text and text not in Method.values:
        raise Http404(text[:40])
    return Method(text) if text else None


def _basis(text: str) -> Basis | None:
    if text and text not in Basis.values:
        raise Http404(text[:40])
    return Basis(text) if text else None


def _figure(text: str) -> int:
    cleaned = text.strip()
    if not (cleaned.isascii() and cleaned.isdigit() and len(cleaned) < 12):
        raise Unusable("number_unreadable", _("“%s”不是整数，请写 0 或正整数。") % text[:20])
    return int(cleaned)


def _label(origin: Origin | None) -> str:
    return str(origin.label) if origin is not None else ""


def _address(notice: Notice, indicator: Indicator, region: Region) -> str:
    asked = urlencode({"region": region.pk})
    return f"{reverse('targets', args=[notice.code, indicator.code])}?{asked}"
