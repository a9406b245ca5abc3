"""Official forms on the screen, filled from approved rows, and as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qiaojie.comparison import queries as comparison
from qiaojie.ledgers import declaration
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period, read_period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.notices.matrix import SHOWN, Show
from qiaojie.notices.schema import Notice
from qiaojie.notices.systems import System
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.reports import filling, used_forms
from qiaojie.reports.filling import Links
from qiaojie.tables.grid import build
from qiaojie.tables.html import table_html
from qiaojie.tables.writing import FORMATS
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import attachment, send
from ..shared.listing import PAGES, counted, listing
from . import outside_lists

LISTED = 500
"""So many people are drawn on the screen; the file has all of them."""

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The forms of the notices that are in force, or of whose time there are rows; the others behind them."""
    demand(request.viewer, Action.COUNT, "forms")
    held = [notice for notice in params.concerning(request.viewer) if notice.tables]
    current, others = params.divided(held)
    used = used_forms.with_rows(others, request.viewer)
    current += [notice for notice in others if notice.code in used]
    others = [notice for notice in others if notice.code not in used]
    context = {"notices": current, "others": others, "systems": notices.systems()}
    return render(request, "web/desk/notices/forms.html", context)


@require_safe
def form(request: DeskRequest, notice: str, table: str) -> HttpResponse:
    """A form of a region and a period. Personal values are masked as in lists; the file has them whole: see ``download``."""
    held, found = _table(notice, table)
    region, period = _asked(request, held, found)
    show, on = _choices(request, found)
    closed = personal(found)
    links = _links(found, region, period, on)
    filled = filling.fill(found, region, period, request.viewer, on=on, show=show, links=links)
    more = len(filled.rows) - LISTED if closed else 0
    if more > 0:
        # Sums of what is drawn would not be the table's.
        filled = replace(filled, rows=filled.rows[:LISTED], form=replace(filled.form, total=None))
    request.viewer.note(Action.SEE, f"table/{found.name}/{period.code}", rows=len(filled.rows))
    context = {
        "notice": held,
        "table": found,
        "region": region,
        "regions": _regions(request, held),
        "period": period,
        "periods": periods(held, found.code, period),
        "sheet": table_html(build(filled)),
        "landscape": filled.form.orientation == "landscape",
        "show": show,
        "shows": list(SHOWN.items()) if found.rows == "matrix" else [],
        "on": on,
        "asked": urlencode(_address(region, period, show, on)),
        "closed": closed,
        "more": max(more, 0),
        "empty": not filled.rows,
        "pending": filling.pending(found, region, period, request.viewer),
        "formats": FORMATS if request.viewer.may(Action.EXPORT) else (),
        "outside": isinstance(held, System),
        "unmapped": filling.unmapped(found, region, period, request.viewer, on=on)
        if isinstance(held, System)
        else [],
        "crumbs": [(_("报表"), reverse("forms"))],
    }
    return render(request, "web/desk/notices/form.html", context)


@require_http_methods(["GET", "POST"])
def download(request: DeskRequest, notice: str, table: str, format: str) -> HttpResponse:
    """The filled form as a file; one with personal data only by POST and with a purpose."""
    held, found = _table(notice, table)
    if format not in FORMATS:
        raise Http404(format)
    region, period = _asked(request, held, found)
    purpose = params.purpose_of(request)
    empty = bool(request.GET.get("blank"))
    if personal(found) and not purpose and not empty:
        raise Unusable("purpose_missing", _("这张表含有个人信息，请写明下载的用途。"))
    show, on = _choices(request, found)
    theirs: frozenset[int] = frozenset()
    if request.POST.get("missing") and isinstance(held, System):
        theirs = comparison.they_hold(found, region, period, request.viewer)
    content = filling.write(
        found,
        region,
        period,
        format,
        request.viewer,
        on=on,
        show=show,
        empty=empty,
        purpose=purpose,
        without=theirs,
    )
    name = f"{region.short_name}{period.label}{found.form.title.format_map(_Nothing())}.{format}"
    if purpose:
        return send(request.viewer, name, content, f"table/{found.name}", purpose)
    return attachment(name, content)


@require_safe
def rows(request: DeskRequest, notice: str, table: str) -> HttpResponse:
    """The rows of the ledger behind a form's 合计 or behind one of its groups."""
    held, found = _table(notice, table)
    if found.rows == "matrix" or personal(found):
        raise Http404(table)
    region, period = _asked(request, held, found)
    _show, on = _choices(request, found)
    ledger, queryset = filling.behind(found, region, period, request.viewer, request.GET.get("group"), on=on)
    after = params.number_of(request.GET.get("after", ""))
    page = ledgers.page(ledger, request.viewer, within=queryset, after=after)
    asked = urlencode(_address(region, period, Show.TARGET, on))
    context = {
        "table": found,
        "region": region,
        "period": period,
        "listing": listing(ledger, page),
        "counted": counted(ledger, request.viewer, queryset),
        "crumbs": [
            (_("报表"), reverse("forms")),
            (found.called, f"{reverse('form', args=[held.code, found.code])}?{asked}"),
        ],
    }
    return render(request, "web/desk/notices/form_rows.html", context)


class _Nothing(dict[str, str]):
    """Blanks of a title stay empty in a file's name, which says region and period already."""

    def __missing__(self, key: str) -> str:
        return ""


def personal(table: TableDef) -> bool:
    """Whether a form shows something personal about anybody."""
    if not table.ledger:
        return False
    ledger = declaration.get(table.ledger)
    guarded = {field.name for field in ledger.fields if field.guarded}
    return any(name in guarded for name in table.form.fields)


def _choices(request: DeskRequest, table: TableDef) -> tuple[Show, date | None]:
    """What a matrix shows, and the day to look back to (None: as it stands)."""
    text = request.GET.get("show", "")
    if text and (text not in {one.value for one in Show} or table.rows != "matrix"):
        raise Http404(text[:40])
    day = request.GET.get("on", "")
    return Show(text or Show.TARGET), params.day_of(day, date.today()) if day else None


def _address(region: Region, period: Period, show: Show, on: date | None) -> dict[str, str]:
    asked = {"region": region.key, "period": period.code}
    if show is not Show.TARGET:
        asked["show"] = show.value
    return {**asked, "on": on.isoformat()} if on else asked


def _links(table: TableDef, region: Region, period: Period, on: date | None) -> Links:
    """Where a form's numbers lead: to a class, to the rows of the ledger, to what an indicator counts."""
    asked = _address(region, period, Show.TARGET, on)
    until = min(on or date.today(), period.ends)

    named = personal(table)

    def row(pk: int) -> str:
        if table.ledger in PAGES:
            return reverse(PAGES[table.ledger], args=[pk])
        # On the row's own page each masked value can be asked for.
        return reverse("row", args=[table.ledger, pk]) if named else ""

    def behind(group: str | None) -> str:
        if named:
            return ""
        wanted = asked if group is None else {**asked, "group": group}
        return f"{reverse('form-rows', args=[table.notice, table.code])}?{urlencode(wanted)}"

    def number(unit: int | None, code: str) -> str:
        wanted = {"on": until.isoformat(), **({} if unit is None else {"unit": str(unit)})}
        return f"{reverse('behind', args=[table.notice, code])}?{urlencode(wanted)}"

    return Links(row, behind, number)


def _table(notice: str, table: str) -> tuple[Notice, TableDef]:
    held = addressed.tables_of(notice)
    if table not in {declared.code for declared in held.tables}:
        raise Http404(table)
    return held, notices.table(f"{notice}/{table}")


def _asked(request: DeskRequest, notice: Notice, table: TableDef) -> tuple[Region, Period]:
    region = params.region_of(request, request.GET.get("region", ""), f"forms/{table.name}")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    text = request.GET.get("period", "")
    if text:
        return region, read_period(text)
    if not notice.orders:
        return region, Period.of_year(date.today().year)
    offered = periods(notice, table.code, None)
    begun = [period for period in offered if period.begins <= date.today()]
    return region, (begun or offered)[-1]


def periods(notice: Notice, table: str, asked: Period | None) -> list[Period]:
    """The periods for which the notice wants the table, the shortest spans first; what was asked for is among them."""
    found: list[Period] = outside_lists.periods() if not notice.orders else []
    spans = sorted(
        {duty.span for duty in notice.duties if table in duty.tables}, key=lambda span: -_MONTHS[span]
    )
    for span in spans:
        found.extend(period for period in _parts(notice.span, _MONTHS[span]) if period not in found)
    for period in (notice.span if notice.orders else None, asked):
        if period is not None and period not in found:
            found.insert(0, period)
    return found


def _parts(whole: Period, months: int) -> Iterator[Period]:
    for year in range(whole.begins.year, whole.ends.year + 1):
        for first in range(1, 13, months):
            part = Period.of_months(year, first, first + months - 1)
            if whole.contains(part):
                yield part


def _regions(request: DeskRequest, notice: Notice) -> list[Region]:
    """The units of the notice's edition that the viewer may look at, in its order; empty where there is no choice."""
    if not notice.edition:
        return outside_lists.counties(request)
    ids = regions.edition(notice.edition).unit_ids
    found = {region.pk: region for region in Region.objects.filter(request.viewer.scope(""), pk__in=ids)}
    return [found[pk] for pk in ids if pk in found] if len(found) > 1 else []
