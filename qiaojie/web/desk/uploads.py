"""Files handed in: the list of them, and receiving one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level as RegionLevel
from qiaojie.regions.models import Region

from ..components.tags import form_title
from ..requests import DeskRequest
from . import asking

SIZE = 50


@dataclass(frozen=True, slots=True)
class Offered:
    """A table that a file may be handed in for."""

    name: str
    title: str
    notice: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A kept file as the list shows it."""

    pk: int
    name: str
    stage: Stage
    title: str
    region: Region
    received_by: str
    received_at: object


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Files handed in, newest first."""
    after = asking.number_of(request.GET.get("after", ""))
    found = queries.uploads(request.viewer, size=SIZE + 1, after=after)
    context = {
        "uploads": list(_listed(found[:SIZE])),
        "following": found[SIZE - 1].pk if len(found) > SIZE else None,
    }
    return render(request, "web/desk/uploads.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: DeskRequest) -> HttpResponse:
    """Choose table and file; a file that can be planned is kept and its plan shown."""
    demand(request.viewer, Action.ENTER, "intake")
    fault = None
    if request.method == "POST":
        try:
            return redirect("plan", pk=_receive(request).pk)
        except Unusable as found:
            fault = found
    tables = list(_offered(request.viewer))
    context = {
        "fault": fault,
        "tables": tables,
        "chosen": request.POST.get("table") or request.GET.get("table") or (tables[0].name if tables else ""),
        "regions": _regions(request),
        "asked_region": request.POST.get("region", ""),
        "asked_year": request.POST.get("year", ""),
        "asked_purpose": request.POST.get("purpose", ""),
        "crumbs": [(_("导入"), reverse("uploads"))],
    }
    return render(request, "web/desk/receive.html", context, status=422 if fault else 200)


def _receive(request: DeskRequest) -> Upload:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.name:
        raise Unusable("file_missing", _("请选择一个文件。"))
    name = request.POST.get("table", "")
    if not name:
        raise Unusable("table_missing", _("请选择这是哪张表。"))
    region = asking.region_of(request, request.POST.get("region", ""), "intake")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    year = request.POST.get("year", "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Unusable("year_unreadable", _("年度“%s”不是四位数字。") % year[:20])
    return services.receive(
        file.read(),
        file.name,
        notices.table(name),
        region,
        request.viewer,
        int(year) if year else None,
        request.POST.get("purpose", "").strip(),
    )


def _offered(viewer: UserViewer) -> Iterator[Offered]:
    """The tables whose rows are facts: a matrix of figures is computed and never read back."""
    for notice in asking.concerning(viewer):
        for table in notice.tables:
            if table.handed_in:
                yield Offered(f"{notice.code}/{table.code}", form_title(table.title), notice.title)


def _regions(request: DeskRequest) -> list[Region]:
    """The counties to choose from, for whoever looks after several."""
    own = request.viewer.region
    if own is None or own.level >= RegionLevel.COUNTY:
        return []
    return regions.counties_of(own, zones=True)


def _listed(found: list[Upload]) -> Iterator[Listed]:
    titles = {
        f"{n.code}/{table.code}": form_title(table.title) for n in notices.every() for table in n.tables
    }
    for one in found:
        title = titles.get(one.table, one.table)
        yield Listed(one.pk, one.name, one.stage, title, one.region, one.received_by, one.received_at)
