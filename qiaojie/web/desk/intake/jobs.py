"""What goes on behind the screens about a file: how far it is, cancelling it, having it done again."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import jobs, queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import Summary, summary_of
from qiaojie.notices import queries as notices
from qiaojie.queue import queries as queue
from qiaojie.queue.models import State
from qiaojie.queue.queries import JobStatus
from qiaojie.web.desk.shared.job_status import shown
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices


def latest(uploads: Iterable[Upload], viewer: UserViewer) -> dict[str, JobStatus]:
    """The last job about each of these files, by its subject. How far an office is with a file from outside, and what stops
    it, hangs on what is registered: outside the offices only the work of one's own agency is told."""
    held = {one.subject: one for one in uploads}
    found = queue.latest(held)
    if not viewer.outside:
        return found
    return {name: job for name, job in found.items() if viewer.covers(held[name].region_id, job.actor)}


def instead(kept: Upload, viewer: UserViewer) -> HttpResponseRedirect | None:
    """Where a file is looked at while its plan cannot be: it is being worked on, or nobody knows yet what is in it."""
    job = latest([kept], viewer).get(kept.subject)
    unread = kept.stage is Stage.PLANNED and kept.summary is None and (not kept.table or job is not None)
    if unread or (job is not None and job.is_open):
        return HttpResponseRedirect(reverse("progress", args=[kept.pk]))
    return None


def for_commit(kept: Upload, seal: str, request: DeskRequest) -> HttpResponse | None:
    """A big file is written behind the screens: where to watch it; None for a small one."""
    if not big(kept):
        return None
    jobs.queue_commit(kept, seal, request.viewer)
    return redirect("progress", pk=kept.pk)


def for_undo(kept: Upload, request: DeskRequest) -> HttpResponse | None:
    """A big batch is taken back behind the screens: where to watch it; None for a small one."""
    if kept.stage is not Stage.COMMITTED or not big(kept):
        return None
    jobs.queue_undo(kept, request.viewer, request.POST.get("reason", ""))
    return redirect("progress", pk=kept.pk)


def after_deciding(pk: int, request: DeskRequest) -> None:
    """What somebody decided changes the plan of a big file: a job makes it again."""
    kept = queries.upload(pk, request.viewer)
    if big(kept):
        jobs.queue_plan(kept, request.viewer)


def after_discarding(pk: int, request: DeskRequest) -> None:
    """Nobody wants any more work on a file that was put aside."""
    jobs.cancel(queries.upload(pk, request.viewer), request.viewer)


@require_safe
def progress(request: DeskRequest, pk: int) -> HttpResponse:
    """How far the work on a file is, or why it ended."""
    kept = queries.upload(pk, request.viewer)
    job = latest([kept], request.viewer).get(kept.subject)
    if request.htmx and (job is None or job.state == State.DONE):
        # The page that waits goes on by itself; without scripts a link stands there.
        return HttpResponseClientRedirect(reverse("plan", args=[pk]))
    found = queries.summary(kept, request.viewer)
    planned = kept.stage is Stage.PLANNED
    context = {
        "upload": kept,
        "work": shown(job) if job is not None else None,
        "found": found,
        "outdated": planned and found is not None and queries.outdated(kept, found, request.viewer),
        "planned": planned,
        "tables": list(table_choices.tables(request.viewer)),
        "regions": table_choices.regions_of(request),
        "crumbs": [(_("导入"), reverse("uploads"))],
    }
    return render(request, "web/desk/intake/progress.html", context)


@require_POST
def again(request: DeskRequest, pk: int) -> HttpResponse:
    """Have a file planned again, for another table or region if these are named."""
    kept = queries.upload(pk, request.viewer)
    name, place = request.POST.get("table", ""), request.POST.get("region", "")
    if name or place:
        if name:
            notices.table(name)
        region = params.region_of(request, place, f"upload/{pk}") or kept.region
        services.assign(pk, name or kept.table, region, request.viewer)
        kept = queries.upload(pk, request.viewer)
    jobs.queue_plan(kept, request.viewer)
    return redirect("progress", pk=pk)


@require_POST
def cancel(request: DeskRequest, pk: int) -> HttpResponse:
    """End the work on a file; nothing of it stays."""
    kept = queries.upload(pk, request.viewer)
    if jobs.cancel(kept, request.viewer):
        messages.success(request, _("已要求取消，处理到下一步就停，没有写入任何内容。"))
    else:
        messages.warning(request, _("已经处理完了，没有可取消的。"))
    return redirect("progress", pk=pk)


def big(kept: Upload) -> bool:
    """Whether work on a file takes a worker."""
    found: Summary | None = summary_of(kept)
    return found is not None and found.big
