"""Outside systems on the desk: their lists held against the ledgers, the names behind each number, their templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.comparison import exporting, queries, services
from qiaojie.comparison import jobs as work
from qiaojie.comparison.exporting import headings, numbers
from qiaojie.comparison.models import LineStanding, OutsideList
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period, read_period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.notices.systems import System
from qiaojie.queue import queries as queue
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.components import addressed
from qiaojie.web.desk.shared import job_status
from qiaojie.web.requests import DeskRequest

from ..shared import params

YEARS = 4
"""So many years, this one last, are offered as periods."""

NOWHERE = "none"
"""The unit of rows of which a list says no unit, in addresses."""

_BEHIND = (
    None,
    None,
    None,
    LineStanding.DIFFERS,
    LineStanding.OURS,
    LineStanding.THEIRS,
    LineStanding.WAITING,
    LineStanding.LIKELY,
)
"""The standing of the lines behind each number of a unit; the first three are sums."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a unit, and where it leads ('' where it is a sum, or nothing stands behind it)."""

    label: str
    value: int
    address: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the tree as the page draws it."""

    name: str
    depth: int
    numbers: tuple[Number, ...]


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The outside systems with their tables, and the lists compared last."""
    context = {
        "systems": notices.systems(),
        "lists": queries.lists(request.viewer, size=20),
        "titles": {
            f"{system.code}/{table.code}": table.title
            for system in notices.systems()
            for table in system.tables
        },
        "crumbs": [(_("报表"), reverse("forms"))],
    }
    return render(request, "web/desk/notices/systems.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: DeskRequest, system: str, table: str) -> HttpResponse:
    """One table of a system: hand in a list to compare, lists compared before, the way to template and intake."""
    held, found = table_of(system, table)
    demand(request.viewer, Action.SEE, f"comparison/{found.name}")
    fault = None
    if request.method == "POST":
        try:
            return redirect("comparison", pk=_take(request, found).pk)
        except Unusable as unusable:
            fault = unusable
    context = {
        "system": held,
        "table": found,
        "fault": fault,
        "lists": queries.lists(request.viewer, found.name),
        "titles": {found.name: found.form.title},
        "regions": counties(request),
        "asked_region": request.POST.get("region", ""),
        "periods": periods(),
        "asked_period": request.POST.get("period", ""),
        "asked_purpose": request.POST.get("purpose", ""),
        "crumbs": [(_("报表"), reverse("forms")), (_("外部系统"), reverse("systems"))],
    }
    return render(request, "web/desk/notices/outside_list.html", context, status=422 if fault else 200)


@require_safe
def comparison(request: DeskRequest, pk: int) -> HttpResponse:
    """What came of comparing a list: units with their numbers, fields that differ, what was set aside."""
    held = queries.one(pk, request.viewer)
    _system, found = table_of(*held.table.split("/"))
    ledger = ledger_of(found.ledger)
    words = queries.aside()
    job = queue.latest([held.subject]).get(held.subject)
    context = {
        "held": held,
        "table": found,
        "work": job_status.shown(job) if job is not None else None,
        "period": read_period(held.period),
        "headings": headings(),
        "units": [_unit(held, unit) for unit in queries.units(held)],
        "fields": [(field_of(ledger, name).label, number) for name, number in held.fields.items()],
        "aside": [(words[reason], number) for reason, number in held.aside.items()],
        "findings": queries.findings(held),
        "template": f"{reverse('form', args=[found.notice, found.code])}?"
        + urlencode({"region": held.region.key, "period": held.period}),
        "crumbs": _crumbs(found),
    }
    return render(request, "web/desk/notices/comparison.html", context)


@require_safe
def lines(request: DeskRequest, pk: int) -> HttpResponse:
    """The names behind a number."""
    held = queries.one(pk, request.viewer)
    if held.compared_at is None:
        return redirect("comparison", pk=pk)
    _system, found = table_of(*held.table.split("/"))
    text = request.GET.get("standing", "")
    if text and text not in LineStanding:
        raise Http404(text[:40])
    standing = LineStanding(text) if text else None
    unit = request.GET.get("unit", "")
    region = _within(held, unit) if unit and unit != NOWHERE else None
    page = queries.lines(
        held,
        request.viewer,
        standing=standing,
        unit=region,
        nowhere=unit == NOWHERE,
        after=params.number_of(request.GET.get("after", "")) or 0,
    )
    name = declaration.get(found.ledger).title
    place = (
        region.short_name if region else _("名单未写明单位") if unit == NOWHERE else held.region.short_name
    )
    context = {
        "held": held,
        "table": found,
        "page": page,
        "name": name,
        "columns": [field for field in page.fields if field.name != name],
        "standing": standing,
        "place": place,
        "crumbs": [*_crumbs(found), (held.name, reverse("comparison", args=[held.pk]))],
    }
    return render(request, "web/desk/notices/comparison_lines.html", context)


@require_POST
def again(request: DeskRequest, pk: int) -> HttpResponse:
    """Compare a kept list with the registry as it is now."""
    if work.again(pk, request.viewer):
        messages.success(request, _("已按现在的台账重新比对。"))
    return redirect("comparison", pk=pk)


@require_POST
def cancel(request: DeskRequest, pk: int) -> HttpResponse:
    """End the work on a list; what was compared before stays."""
    if work.cancel(pk, request.viewer):
        messages.success(request, _("已要求取消，比对到下一步就停。"))
    else:
        messages.warning(request, _("已经处理完了，没有可取消的。"))
    return redirect("comparison", pk=pk)


@require_POST
def discard(request: DeskRequest, pk: int) -> HttpResponse:
    """Throw a list away."""
    services.discard(pk, request.viewer)
    messages.success(request, _("名单和比对结果已删除。"))
    return redirect("systems")


@require_POST
def export(request: DeskRequest, pk: int) -> HttpResponse:
    """The comparison as a workbook, for a stated purpose."""
    held = queries.one(pk, request.viewer)
    if held.compared_at is None:
        raise Unusable("not_yet_compared", _("“%s”还没有比对完。") % held.name)
    content = exporting.export(held, request.viewer, params.purpose_of(request))
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    name = _("%(region)s比对结果.xlsx") % {"region": held.region.short_name}
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def table_of(system: str, table: str) -> tuple[System, TableDef]:
    """The table of an outside system that an address names; 404 where there is none."""
    held = addressed.tables_of(system)
    if not isinstance(held, System) or table not in {declared.code for declared in held.tables}:
        raise Http404(f"{system}/{table}")
    return held, notices.table(f"{system}/{table}")


def periods() -> list[Period]:
    """The periods offered for lists and templates, the latest year last."""
    this = date.today().year
    return [Period.of_year(year) for year in range(this - YEARS, this + 1)]


def _take(request: DeskRequest, found: TableDef) -> OutsideList:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.name:
        raise Unusable("file_missing", _("请选择一个文件。"))
    region = params.region_of(request, request.POST.get("region", ""), f"comparison/{found.name}")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    text = request.POST.get("period", "")
    period = read_period(text) if text else notices.notice(found.notice).span
    purpose = request.POST.get("purpose", "").strip()
    given = (file.read(), file.name, found, region, period, request.viewer, purpose)
    if work.small(file.size or 0, found, region, period, request.viewer):
        return services.take(*given)
    held = services.keep(*given)
    work.queue_compare(held, request.viewer)
    return held


def counties(request: DeskRequest) -> list[Region]:
    """The viewer's region and its counties, for whoever looks after several; empty where there is no choice."""
    own = request.viewer.region
    if own is None or own.level >= Level.COUNTY:
        return []
    return [own, *regions.counties_of(own, zones=True)]


def _within(held: OutsideList, text: str) -> Region:
    """A region of the list that an address names by its key; 404 for any other."""
    key = params.demanded_number(text)
    region = Region.objects.filter(pk=key).first()
    if region is None or not held.region.holds(region):
        raise Http404(text[:40])
    return region


def _crumbs(found: TableDef) -> list[tuple[str, str]]:
    return [
        (_("外部系统"), reverse("systems")),
        (found.form.title, reverse("outside", args=[found.notice, found.code])),
    ]


def _unit(held: OutsideList, unit: queries.UnitRow) -> Unit:
    key = str(unit.region.pk) if unit.region else NOWHERE
    page = reverse("comparison-lines", args=[held.pk])

    def number(label: str, value: int, standing: LineStanding | None) -> Number:
        asked = urlencode({"standing": standing.value, "unit": key}) if standing else ""
        return Number(label, value, f"{page}?{asked}" if standing and value else "")

    shown = zip(headings(), numbers(unit.figures), _BEHIND, strict=True)
    name = unit.region.short_name if unit.region else _("名单未写明单位")
    return Unit(name, min(unit.depth, 4), tuple(number(*one) for one in shown))
