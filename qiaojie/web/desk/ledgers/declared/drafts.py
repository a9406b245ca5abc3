"""All ledgers with where they come from, and drafts of those that an office makes for itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.declared import draft_forms, drafting, previews, queries
from qiaojie.declared.drafting import DraftChanged, HeldDraft
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.standard import PreviewColumn
from qiaojie.web.requests import DeskRequest

from .boxes import boxes


def crumbs() -> list[tuple[str, str]]:
    """The way to pages about one of them."""
    return [(_("今日"), reverse("home")), (_("自建台账"), reverse("declared-ledgers"))]


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Every ledger there is with where it comes from, all drafts, and what waits."""
    return _index(request)


def _index(request: DeskRequest, fault: Unusable | None = None) -> HttpResponse:
    held = drafting.drafts(request.viewer)
    origins = queries.origins()
    context = {
        "drafts": held,
        "declared": [one for one in origins if one.declared],
        "shipped": [one for one in origins if not one.declared],
        "waiting": queries.waiting(),
        "given": request.POST,
        "fault": fault.message if fault else "",
        "crumbs": crumbs()[:1],
    }
    return render(request, "web/desk/ledgers/declared/index.html", context, status=422 if fault else 200)


@require_POST
def start(request: DeskRequest) -> HttpResponse:
    """Begin a draft: of a new ledger (blank, or like a declared one), or of changes to one."""
    given = request.POST
    try:
        if given.get("change"):
            pk = drafting.change(request.viewer, given["change"])
        else:
            pk = drafting.start(request.viewer, given.get("label", ""), given.get("like", ""))
    except Unusable as wrong:
        return _index(request, wrong)
    return redirect("ledger-draft", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: DeskRequest, pk: int) -> HttpResponse:
    """A draft as a form. Every button keeps what was typed; some also add, remove or move a field."""
    viewer = request.viewer
    held = drafting.draft(viewer, pk)
    if request.method != "POST":
        return _form(request, held)
    act = request.POST.get("act", "")
    text = draft_forms.text_of(held, draft_forms.raw_of(request.POST, act))
    try:
        kept = drafting.save(viewer, pk, text, request.POST.get("stamp", ""))
    except DraftChanged as changed:
        return _form(request, drafting.tried(held, text), changed)
    return _after(request, kept, act)


def _after(request: DeskRequest, kept: HeldDraft, act: str) -> HttpResponse:
    """Back to the form, at the field that was moved or added; or on to what was asked for."""
    if act == "force":
        return redirect(f"{reverse('ledgers-waiting')}?draft={kept.pk}")
    if act == "text":
        return redirect("ledger-draft-text", pk=kept.pk)
    page = reverse("ledger-draft", args=[kept.pk])
    what, _dot, token = act.partition(".")
    place = int(token[1:]) if token[1:].isdigit() else 0
    rows = (kept.raw or {}).get("fields", [])
    at = {"add": len(rows) - 1, "up": place - 1, "down": place + 1, "remove": min(place, len(rows) - 1)}
    if what in at:
        return redirect(f"{page}#f{max(0, at[what])}")
    if kept.errors:
        messages.warning(request, _("已保存草稿。还有 %d 处要改，见下面标出的地方。") % kept.errors)
    else:
        messages.success(request, _("已保存草稿，没有问题，可以启用。"))
    return redirect(page)


def _form(request: DeskRequest, held: HeldDraft, fault: Unusable | None = None) -> HttpResponse:
    if held.raw is None or not draft_forms.formable(held.raw):
        return _text(request, held, fault)
    form = draft_forms.form(held.raw)
    context = {
        **_common(held, fault),
        "form": form,
        "boxes": boxes(form, held.faults),
        "columns": preview(held),
    }
    return render(request, "web/desk/ledgers/declared/draft.html", context, status=422 if fault else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: DeskRequest, pk: int) -> HttpResponse:
    """The same as the text of its file."""
    held = drafting.draft(request.viewer, pk)
    if request.method != "POST":
        return _text(request, held)
    typed = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        kept = drafting.save(request.viewer, pk, typed, request.POST.get("stamp", ""))
    except Unusable as wrong:
        return _text(request, drafting.tried(held, typed), wrong)
    if kept.errors:
        messages.warning(request, _("已保存草稿。还有 %d 处要改，见下面列出的问题。") % kept.errors)
    else:
        messages.success(request, _("已保存草稿，没有问题，可以启用。"))
    return redirect("ledger-draft-text", pk=pk)


def _text(request: DeskRequest, held: HeldDraft, fault: Unusable | None = None) -> HttpResponse:
    context = {
        **_common(held, fault),
        "formable": draft_forms.formable(held.raw),
        "columns": preview(held),
    }
    return render(request, "web/desk/ledgers/declared/text.html", context, status=422 if fault else 200)


def _common(held: HeldDraft, fault: Unusable | None) -> dict[str, Any]:
    return {
        "draft": held,
        "fault": fault.message if fault else "",
        "by": fault.by if isinstance(fault, DraftChanged) else "",
        "stamp": fault.at.isoformat() if isinstance(fault, DraftChanged) else held.stamp,
        "crumbs": crumbs(),
    }


def preview(held: HeldDraft) -> list[PreviewColumn]:
    """The columns of the table by which people will enter its rows; none while that cannot be said."""
    made = previews.ledger_of(held)
    if made is None:
        return []
    return standard.preview(made, previews.own(held, made), notices.collected())


@require_POST
def drop(request: DeskRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    label = drafting.throw_away(request.viewer, pk)
    messages.success(request, _("已扔掉草稿“%s”。已启用的台账没有变。") % label)
    return redirect("declared-ledgers")
