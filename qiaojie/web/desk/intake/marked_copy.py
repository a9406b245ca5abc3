"""The file handed back with what was found marked in it: at once where it is small, else made behind the screens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import exports
from qiaojie.intake import jobs as work
from qiaojie.intake import queries
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import marked_copy
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.queue import queries as queue
from qiaojie.queue.queries import JobStatus
from qiaojie.web.desk.shared import job_status
from qiaojie.web.requests import DeskRequest

from ..shared import downloads, params
from . import jobs
from .findings import crumbs_to


@require_POST
def make(request: DeskRequest, pk: int) -> HttpResponse:
    """The marked copy, for a purpose; of a big file the page where its making can be watched."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage not in (Stage.PLANNED, Stage.COMMITTED):
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    purpose = params.purpose_of(request)
    if jobs.big(kept):
        job = _job(kept, request)
        if job is None or not job.is_open:
            work.queue_marked(kept, purpose, request.viewer)
        return redirect("marked", pk=pk)
    planned = queries.plan_of(kept, request.viewer)
    copy = marked_copy.marked(planned, request.viewer, purpose, kept.marked_subject)
    return downloads.attachment(copy.name, copy.content)


@require_safe
def watch(request: DeskRequest, pk: int) -> HttpResponse:
    """How far the making of the copy is; the copy once it is made, for whoever asked for it."""
    kept = queries.upload(pk, request.viewer)
    demand(request.viewer, Action.EXPORT, kept.marked_subject)
    job = _job(kept, request)
    context = {
        "upload": kept,
        "work": job_status.shown(job) if job is not None else None,
        "made": exports.made(request.viewer, job.key) if job is not None else None,
        "crumbs": [*crumbs_to(kept), (_("我导出的文件"), reverse("exports"))],
    }
    return render(request, "web/desk/intake/marked_copy.html", context)


@require_POST
def cancel(request: DeskRequest, pk: int) -> HttpResponse:
    """Make no copy after all."""
    if work.cancel_marked(queries.upload(pk, request.viewer), request.viewer):
        messages.success(request, _("已要求取消。"))
    else:
        messages.warning(request, _("已经处理完了，没有可取消的。"))
    return redirect("marked", pk=pk)


def _job(kept: Upload, request: DeskRequest) -> JobStatus | None:
    job = queue.latest([kept.marked_subject]).get(kept.marked_subject)
    told = job is not None and (
        not request.viewer.outside or request.viewer.covers(kept.region_id, job.actor)
    )
    return job if told else None
