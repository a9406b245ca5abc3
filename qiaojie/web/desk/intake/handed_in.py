"""Who has handed a table in: all units of the viewer's region on one page, and as a file."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.intake import handed_in
from qiaojie.intake.handed_in import Collected
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.notices.systems import System
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.components import addressed
from qiaojie.web.desk.shared import job_status
from qiaojie.web.requests import DeskRequest

from ..shared import params


@require_safe
def index(request: DeskRequest, notice: str, table: str) -> HttpResponse:
    """A line per unit: handed in or not, when, by whom, how many rows, what is wrong, written, waiting."""
    held, collected = _collected(request, notice, table)
    lines = [
        (line, line.last and line.last.job and job_status.shown(line.last.job)) for line in collected.lines
    ]
    context = {
        "table": held,
        "title": collected.title,
        "notice": addressed.tables_of(notice),
        "collected": collected,
        "lines": lines,
        "crumbs": [(_("导入"), reverse("uploads"))],
    }
    return render(request, "web/desk/intake/handed_in.html", context)


@require_safe
def export(request: DeskRequest, notice: str, table: str, format: str) -> HttpResponse:
    """The same as a workbook: it names units and files, and no person."""
    held, collected = _collected(request, notice, table)
    if format not in ("xlsx", "csv"):
        raise Http404(format)
    content = handed_in.export(collected, held, request.viewer, format)
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    name = _("交表情况") + f"-{collected.title}-{collected.year}.{format}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _collected(request: DeskRequest, notice: str, table: str) -> tuple[TableDef, Collected]:
    addressed.tables_of(notice)
    try:
        held = notices.table(f"{notice}/{table}")
    except Unusable as fault:
        if fault.code != "table_unknown":
            raise
        raise Http404(table) from fault
    if not held.handed_in or isinstance(notices.notice(notice), System):
        # An outside system asks nothing of units: its lists stand among the comparisons.
        raise Http404(table)
    return held, handed_in.collect(held, request.viewer, params.number_of(request.GET.get("year", "")))
