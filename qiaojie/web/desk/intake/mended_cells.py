"""A cell mended where a finding stands, put back, or its row left out: judged again on the same page, at the same cell."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qiaojie.intake import mending, queries, services
from qiaojie.intake.public import LEAVE_OUT, Plan, plan_pages
from qiaojie.lib.findings import Unusable
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import findings, jobs, plans

STAYS = frozenset({"mended_meanwhile", "text_too_long", "cell_missing"})
"""What is told where it happened, with what was typed."""


@require_POST
def mend(request: DeskRequest, pk: int) -> HttpResponse:
    """Mend a cell or all that say the same, put one back, or leave the row out; what is refused comes back as it was typed."""
    kept = findings.open_upload(request, pk)
    row, name = params.number_of(request.POST.get("row", "")), request.POST.get("field", "")
    if row is None:
        raise Unusable("row_missing", _("没有写明是哪一行。"))
    planned = queries.plan_of(kept, request.viewer)
    try:
        _do(request, pk, planned, row, name)
    except Unusable as fault:
        if fault.code not in STAYS:
            raise
        return _refused(request, pk, row, name, fault)
    mending.judged_again(queries.upload(pk, request.viewer), request.viewer)
    jobs.after_deciding(pk, request)
    return redirect(findings.back_to(request, pk))


def _do(request: DeskRequest, pk: int, planned: Plan, row: int, name: str) -> None:
    sent, viewer = request.POST, request.viewer
    act, code, seen = sent.get("act", ""), sent.get("code", ""), sent.get("seen", "")
    if act == "back":
        mending.put_back(pk, planned, row, name, viewer, seen=seen, code=code)
    elif act == "leave":
        rows = plan_pages.alike(planned, viewer, row, name, code) if code else [row]
        if not rows:
            raise Unusable("decision_gone", _("这类问题里没有可以这样处理的行了，请回到计划重新查看。"))
        services.decide_all(pk, rows, LEAVE_OUT, viewer)
    else:
        text = sent.get("offered", "") or sent.get("text", "")
        mending.mend(pk, planned, row, name, text, viewer, seen=seen, code=code)


def _refused(request: DeskRequest, pk: int, row: int, name: str, fault: Unusable) -> HttpResponse:
    """The page that the form stood on, with the form as it was sent and why it was not taken."""
    typed = request.POST.get("offered", "") or request.POST.get("text", "")
    refused = findings.RefusedMend(row, f"{row}.{name}.{request.POST.get('about', '')}", typed, fault.message)
    kept = queries.upload(pk, request.viewer)
    back = findings.back_to(request, pk)
    try:
        found = resolve(back.partition("?")[0])
    except Resolver404:
        found = None
    if found is not None and found.url_name == "plan-kind" and found.kwargs.get("pk") == pk:
        return findings.kind_page(request, kept, found.kwargs["level"], found.kwargs["code"], back, refused)
    address = back if found is not None and found.url_name == "plan" else reverse("plan", args=[pk])
    return plans.page(request, kept, address, refused)
