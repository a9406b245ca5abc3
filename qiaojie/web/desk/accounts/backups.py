"""Backups, for whoever administers all agencies: made by a button, taken away; restoring is a command of the server."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from qiaojie.backups import queries, services, telling
from qiaojie.ledgers.viewer import Action
from qiaojie.queue import queries as queue
from qiaojie.web.requests import DeskRequest

from ..shared.job_status import shown


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """How backups stand, where they lie, what happened."""
    services.demand_whole(request.viewer, "backup")
    job = queue.latest([services.SUBJECT]).get(services.SUBJECT)
    if request.htmx and (job is None or not job.is_open):
        # The page that waits goes on by itself.
        return HttpResponseClientRedirect(reverse("backups"))
    request.viewer.note(Action.ADMINISTER, "backup")
    context = {
        "work": shown(job) if job is not None and (job.is_open or job.message) else None,
        "lines": telling.lines(queries.status()),
        "places": queries.place_statuses(),
        "events": queries.events(),
    }
    return render(request, "web/desk/accounts/backups.html", context)


@require_POST
def make(request: DeskRequest) -> HttpResponse:
    """Have a backup made behind the screens."""
    services.queue_make(request.viewer)
    return redirect("backups")


@require_POST
def cancel(request: DeskRequest) -> HttpResponse:
    """End the backup that is being made; nothing of it stays."""
    if services.cancel(request.viewer):
        messages.success(request, _("已要求取消，备份到下一步就停，不留下半份。"))
    else:
        messages.warning(request, _("已经做完了，没有可取消的。"))
    return redirect("backups")


@require_POST
def fetch(request: DeskRequest) -> HttpResponse | FileResponse:
    """A packet, to be kept off this machine; it is encrypted."""
    found, stream = services.fetch(request.POST.get("packet", ""), request.viewer)
    return FileResponse(
        stream, as_attachment=True, filename=found.path.name, content_type="application/octet-stream"
    )
