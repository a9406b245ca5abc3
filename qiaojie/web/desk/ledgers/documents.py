"""Documents of a row: handing them in, looking at one, taking it back. What is served is never more than its kind of file."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.documents import queries, services
from qiaojie.documents.ledger import DOCUMENTS
from qiaojie.documents.models import Document, DocumentKind, Media
from qiaojie.documents.services import DocumentDetails
from qiaojie.ledgers import declaration
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import addressed
from qiaojie.web.components.history import steps
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import PAGES
from .dossiers import facts

AT_ONCE = 30
"""Files that are handed in together."""

ACCEPT = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx,.ofd"
"""What a browser offers to choose; a phone turns its own format into JPEG for it."""

_SEALED = "default-src 'none'; sandbox"
"""The policy of an answer that is somebody's file: it may load nothing, run nothing, and stands in no site."""


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """Hand in one or several files as documents of a row. What is wrong with one stops none of the others."""
    ledger = addressed.ledger_of(code)
    if not ledger.documented:
        raise Http404(code)
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"documents/{code}/{pk}")
    ledgers.one(ledger, viewer, pk)
    there = _page_of(ledger, pk)
    faults: list[str] = []
    if request.method == "POST":
        kept, faults = _take(request, ledger, pk)
        if kept:
            text = ngettext("存了 %d 件材料。", "存了 %d 件材料。", kept) % kept
            messages.success(request, text)
            for fault in faults:
                messages.error(request, fault)
            return redirect(there)
    asked = request.POST or request.GET
    title = ledger.field(ledger.title)
    found = ledgers.rows(ledger, viewer).filter(pk=pk)
    context = {
        "ledger": ledger,
        "about": next(row.cells[title.name] for row in ledgers.shown(ledger, viewer, found, [title])),
        "faults": faults,
        "kinds": DocumentKind.choices,
        "kind": asked.get("kind", ""),
        "asked": asked,
        "accept": ACCEPT,
        "limits": {"files": AT_ONCE, "mb": _megabytes()},
        "today": date.today(),
        "there": there,
        "crumbs": [*_crumbs(ledger), (_("这条记录"), there)],
    }
    return render(request, "web/desk/ledgers/document_add.html", context, status=422 if faults else 200)


@require_safe
def document(request: DeskRequest, pk: int) -> HttpResponse:
    """What is known of a document, and the ways to it: looking at it for a purpose, taking it back."""
    viewer = request.viewer
    held = queries.held(pk, viewer)
    row = next(ledgers.shown(DOCUMENTS, viewer, Document.objects.filter(pk=pk), DOCUMENTS.fields))
    viewer.note(Action.SEE, f"documents/{pk}", rows=1)
    ledger = declaration.get(held.ledger)
    about = queries.about(held, viewer)
    mine = viewer.may(Action.APPROVE) or (viewer.may(Action.ENTER) and held.state in PENDING)
    context = {
        "held": held,
        "facts": [
            fact
            for fact in facts(request, DOCUMENTS, row, DOCUMENTS.fields)
            if fact.shown.text and fact.name not in ("title", "about")
        ],
        "ledger": ledger,
        "about": about,
        "there": _page_of(ledger, held.row) if about is not None else "",
        "waits": viewer.may(Action.APPROVE) and held.state in PENDING,
        "may_open": viewer.may(Action.EXPORT),
        "may_edit": viewer.may(Action.ENTER) and held.state != State.WITHDRAWN,
        "may_withdraw": mine and held.state != State.WITHDRAWN,
        "may_restore": viewer.may(Action.ENTER) and held.state == State.WITHDRAWN,
        "steps": steps(DOCUMENTS, pk, viewer),
        "crumbs": _crumbs(DOCUMENTS),
    }
    return render(request, "web/desk/ledgers/document.html", context)


@require_safe
def preview(request: DeskRequest, pk: int) -> HttpResponse:
    """A photo in small."""
    return _sealed(queries.preview(pk, request.viewer), Media.JPEG)


@require_POST
def whole(request: DeskRequest, pk: int) -> HttpResponse:
    """A document as it is kept, for a purpose: a picture is shown, anything else saved."""
    held, content = queries.whole(pk, request.viewer, request.POST.get("purpose", ""))
    response = _sealed(content, Media(held.media))
    if held.media != Media.JPEG:
        name = quote(f"{held.title}.{held.media}")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@require_POST
def move(request: DeskRequest, pk: int, word: str) -> HttpResponse:
    """Take a document back, or put it back."""
    if word not in services.MOVES:
        raise Http404(word)
    done = services.move(pk, word, request.viewer, request.POST.get("reason", ""))
    if not done:
        messages.warning(request, _("没有改动：材料已不在这一步，或要由审核人员处理。"))
    elif word == "withdraw":
        messages.success(request, _("已作废，记录里不再显示；可以恢复。"))
    else:
        messages.success(request, _("已恢复，待审核。"))
    return redirect("document", pk=pk)


def _take(request: DeskRequest, ledger: Ledger, pk: int) -> tuple[int, list[str]]:
    """How many of the files were kept, and what was wrong with the others."""
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile) and file.name]
    try:
        said = _said(request)
    except Unusable as fault:
        return 0, [fault.message]
    if not files:
        return 0, [_("请选择一个文件。")]
    if len(files) > AT_ONCE:
        return 0, [_("一次最多交 %d 个文件，请分几次。") % AT_ONCE]
    kept, faults = 0, []
    for number, file in enumerate(files, start=1):
        one = _numbered(said, number) if len(files) > 1 else said
        try:
            services.hand_in(ledger, pk, _read(file), str(file.name), one, request.viewer)
        except Unusable as fault:
            faults.append(fault.message)
        else:
            kept += 1
    return kept, faults


def _read(file: UploadedFile[Any]) -> bytes:
    """The file, as far as one that may be kept can go: what is larger is only told by its size."""
    held: bytes = file.read(_megabytes() * 1024**2 + 1)
    return held


def _said(request: DeskRequest) -> DocumentDetails:
    kind = request.POST.get("kind", "")
    if kind not in DocumentKind.values:
        raise Unusable("kind_missing", _("请选择是哪一种材料。"))
    day = request.POST.get("day", "")
    return DocumentDetails(
        DocumentKind(kind),
        request.POST.get("title", ""),
        params.day_of(day, date.today()) if day else None,
        request.POST.get("described", ""),
    )


def _numbered(said: DocumentDetails, number: int) -> DocumentDetails:
    """Of several files handed in together each has a number behind its name."""
    title = said.title.strip() or str(said.kind.label)
    return DocumentDetails(said.kind, f"{title[:110]} {number}", said.day, said.described)


def _megabytes() -> int:
    return int(settings.QIAOJIE_DOCUMENT_MB)


def _sealed(content: bytes, media: Media) -> HttpResponse:
    response = HttpResponse(content, content_type=queries.CONTENT_TYPES[media])
    response["Content-Security-Policy"] = _SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


def _page_of(ledger: Ledger, pk: int) -> str:
    if ledger.code in PAGES:
        return reverse(PAGES[ledger.code], args=[pk])
    return reverse("row", args=[ledger.code, pk])


def _crumbs(ledger: Ledger) -> list[tuple[Any, str]]:
    return [(_("台账"), reverse("ledgers")), (ledger.label, reverse("ledger", args=[ledger.code]))]
