"""Files handed in: the list of them, and receiving them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import jobs as work
from qiaojie.intake import queries, services
from qiaojie.intake.models import Upload
from qiaojie.intake.public import Summary, inference, small
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.queue.models import State
from qiaojie.regions.models import Region
from qiaojie.web.desk.shared import job_status
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices
from . import jobs

SIZE = 50
"""Files of one page."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A kept file as the list shows it, with the work that goes on about it or has failed."""

    upload: Upload
    title: str
    found: Summary | None
    work: job_status.Work | None


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What is said of all files that are handed in together: ``table`` is '', and ``region`` one above counties, where the
    files are to tell."""

    table: str
    region: Region
    year: int | None
    purpose: str


UNKNOWN_COLUMNS = ("table_not_found", "column_missing")
"""What somebody who knows the file can mend by saying what its columns are: the file is kept, and she is asked."""

UNTOLD = ("table_several", "table_not_recognised", "region_missing")
"""What the file does not tell of itself: it is kept, and she is asked for the table or the unit."""

FIELDS = {"year_unreadable": "year", "region_missing": "region", "region_outside": "region"}
"""The field at which a fault is told, by its code; all others are told at the file."""


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Files handed in, newest first, and how far each is."""
    after = params.number_of(request.GET.get("after", ""))
    found = queries.uploads(request.viewer, size=SIZE + 1, after=after)
    listed = list(_listed(found[:SIZE], request.viewer))
    going_on = sum(1 for one in listed if one.work is not None and one.work.job.is_open)
    context = {
        "uploads": listed,
        "going_on": going_on,
        # Who has handed in what is for offices to know.
        "tables": [] if request.viewer.outside else list(table_choices.ordered(request.viewer)),
        "following": found[SIZE - 1].pk if len(found) > SIZE else None,
    }
    return render(request, "web/desk/intake/uploads.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: DeskRequest) -> HttpResponse:
    """Choose table and files. One small file is planned at once; others are kept, and planned behind the screens."""
    demand(request.viewer, Action.ENTER, "intake")
    fault = None
    if request.method == "POST":
        try:
            return _receive(request)
        except Unusable as found:
            fault = found
    tables = list(table_choices.tables(request.viewer))
    context = {
        "fault": fault,
        "faulty": fault and FIELDS.get(fault.code, "file"),
        "tables": tables,
        "chosen": request.POST.get("table") or request.GET.get("table") or "",
        "regions": table_choices.regions_of(request),
        "asked_region": request.POST.get("region", ""),
        "asked_year": request.POST.get("year", ""),
        "asked_purpose": request.POST.get("purpose", ""),
        "crumbs": [(_("导入"), reverse("uploads"))],
    }
    return render(request, "web/desk/intake/receive.html", context, status=422 if fault else 200)


def _receive(request: DeskRequest) -> HttpResponse:
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile) and file.name]
    if not files:
        raise Unusable("file_missing", _("请选择一个文件。"))
    asked = _asked(request)
    if len(files) == 1 and small(files[0].size or 0):
        return planned(request, files[0].read(), str(files[0].name), asked)
    uploads = [_keep(request, file, asked) for file in files]
    kept_files = [one for one in uploads if one is not None]
    if len(files) == 1 and kept_files:
        return redirect("progress", pk=kept_files[0].pk)
    number = len(kept_files)
    messages.success(request, ngettext("收到 %d 个文件。", "收到 %d 个文件。", number) % number)
    return redirect("uploads")


def planned(request: DeskRequest, data: bytes, name: str, asked: UploadRequest) -> HttpResponse:
    """A small file, planned while the page is waited for: its plan, or what has to be said of it first."""
    try:
        said = inference.settle(data, name, asked.table, asked.region, request.viewer)
    except Unusable as fault:
        if fault.code not in UNTOLD:
            raise
        kept = services.keep(
            [data], name, asked.table, asked.region, request.viewer, asked.year, asked.purpose
        )
        messages.warning(request, fault.message)
        return redirect("progress", pk=kept.pk)
    year = asked.year or said.year
    try:
        kept = services.receive(data, name, said.table, said.region, request.viewer, year, asked.purpose)
    except Unusable as fault:
        if fault.code not in UNKNOWN_COLUMNS:
            raise
        kept = services.keep([data], name, said.table.name, said.region, request.viewer, year, asked.purpose)
        messages.warning(request, fault.message)
        return redirect("columns", pk=kept.pk)
    return redirect("plan", pk=kept.pk)


def _keep(request: DeskRequest, file: UploadedFile[Any], asked: UploadRequest) -> Upload | None:
    """One file of several: what is wrong with it stops none of the others."""
    name = str(file.name)
    try:
        kept = services.keep(
            file.chunks(), name, asked.table, asked.region, request.viewer, asked.year, asked.purpose
        )
    except Unusable as fault:
        messages.error(request, fault.message)
        return None
    work.queue_plan(kept, request.viewer)
    return kept


def _asked(request: DeskRequest) -> UploadRequest:
    name = request.POST.get("table", "")
    if name:
        notices.table(name)
    region = params.region_of(request, request.POST.get("region", ""), "intake")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    year = request.POST.get("year", "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Unusable("year_unreadable", _("年度“%s”不是四位数字。") % year[:20])
    return UploadRequest(name, region, int(year) if year else None, request.POST.get("purpose", "").strip())


def _listed(found: list[Upload], viewer: UserViewer) -> Iterator[Listed]:
    titles = {
        f"{n.code}/{table.code}": table.called
        for n in (*notices.every(), *notices.systems(), standard.notice())
        for table in n.tables
    }
    standing = jobs.latest(found, viewer)
    for one in found:
        job = standing.get(one.subject)
        told = job is not None and (job.is_open or (job.state == State.FAILED and one.batch is None))
        yield Listed(
            one,
            titles.get(one.table, one.table),
            queries.summary(one, viewer),
            job_status.shown(job) if job is not None and told else None,
        )
