"""What waits to be put in force, what that will do, and the work of doing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from qiaojie.declared import drafting, effects, enforcing
from qiaojie.declared.drafting import HeldDraft
from qiaojie.lib.findings import Unusable
from qiaojie.queue import queries as queue
from qiaojie.web.desk.shared import params
from qiaojie.web.desk.shared.job_status import shown
from qiaojie.web.requests import DeskRequest

from .drafts import crumbs


@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: DeskRequest) -> HttpResponse:
    """All that waits (with the draft that the address names), ledger by ledger; a purpose puts it in force."""
    viewer = request.viewer
    drafting.demand_whole(viewer)
    draft = enforcing.draft_of(viewer, params.number_of(request.GET.get("draft", "")))
    if request.method != "POST":
        return _page(request, draft)
    if draft is not None and request.POST.get("stamp", "") != draft.stamp:
        text = _("这份草稿刚才有人改过，下面是改过以后启用会做的事，请再看一遍。")
        return _page(request, draft, Unusable("draft_changed", text))
    try:
        if enforcing.put_in_force(viewer, request.POST.get("purpose", ""), draft):
            messages.success(request, _("已开始启用。"))
        else:
            messages.warning(request, _("已写入文件夹。请在服务器上运行 %s。") % enforcing.COMMAND)
    except Unusable as wrong:
        return _page(request, draft, wrong)
    return redirect("ledgers-waiting")


def _page(request: DeskRequest, draft: HeldDraft | None, fault: Unusable | None = None) -> HttpResponse:
    job = queue.latest([enforcing.SUBJECT]).get(enforcing.SUBJECT)
    if request.htmx and (job is None or not job.is_open):
        # The page that waits goes on by itself.
        return HttpResponseClientRedirect(reverse("ledgers-waiting"))
    working = job is not None and job.is_open
    found = [] if working else effects.effects(draft)
    context = {
        "draft": draft,
        "work": shown(job) if job is not None and (job.is_open or (job.message and found)) else None,
        "effects": found,
        "usable": any(one.usable for one in found) and (draft is None or draft.usable),
        "may": enforcing.may_prepare(),
        "command": enforcing.COMMAND,
        "purpose": request.POST.get("purpose", ""),
        "fault": fault,
        "crumbs": crumbs(),
    }
    status = 422 if fault else 200
    return render(request, "web/desk/ledgers/declared/waiting.html", context, status=status)


@require_POST
def cancel(request: DeskRequest) -> HttpResponse:
    """End the work; ledgers that are done stay done."""
    if enforcing.cancel(request.viewer):
        messages.success(request, _("已要求取消。已经启用的台账不退回，没有启用的还等着。"))
    else:
        messages.warning(request, _("已经做完了，没有可取消的。"))
    return redirect("ledgers-waiting")
