"""Documents of a row: handing them in, looking at one, taking it back. What is served is never more than its kind of file."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.documents import handing_in, queries, services
from qiaojie.documents.handing_in import AT_ONCE, HandedFile, HandedIn
from qiaojie.documents.ledger import DOCUMENTS
from qiaojie.documents.models import Document, DocumentKind, Media
from qiaojie.documents.services import DocumentDetails
from qiaojie.intake import editing
from qiaojie.ledgers import declaration, proposals
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import addressed
from qiaojie.web.components.history import steps
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import PAGES
from .dossiers import facts
from .papers import ACCEPT, PLACE, keep_outcome, megabytes

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
    there = params.own_address(request, request.GET.get("back", ""), _page_of(ledger, pk))
    mends = _mended(ledger, request.GET.get("mend", ""))
    faults: tuple[str, ...] = ()
    if request.method == "POST":
        taken = _take(request, ledger, pk)
        if request.POST.get("here"):
            if not taken.kept:
                # Nothing was kept: the form stays as it was sent, its files with it.
                raise Unusable(taken.code, "；".join(taken.left))
            keep_outcome(request, ledger, pk, taken)
            return redirect(f"{there}#{PLACE}")
        if taken.kept:
            messages.success(request, taken.said)
            if mends is not None and request.POST.get("mend") == mends.name:
                _mend(request, ledger, pk, mends)
            for fault in taken.left:
                messages.error(request, fault)
            for doubt in taken.doubts:
                messages.warning(request, doubt)
            return redirect(there)
        faults = taken.left
    asked = request.POST or request.GET
    title = ledger.field(ledger.title)
    found = ledgers.rows(ledger, viewer).filter(pk=pk)
    context = {
        "ledger": ledger,
        "about": next(row.cells[title.name] for row in ledgers.shown(ledger, viewer, found, [title])),
        "faults": faults,
        "kinds": DocumentKind.choices,
        "kind": asked.get("kind", ""),
        "mends": mends,
        "day": asked.get("day") or (handing_in.day_of(ledger, pk, viewer).isoformat() if mends else ""),
        "asked": asked,
        "accept": ACCEPT,
        "limits": {"files": AT_ONCE, "mb": megabytes()},
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
        "may_open": viewer.may(Action.EXPORT) and not held.boxed,
        "turns": _turns() if mine and held.media == Media.JPEG and held.state != State.WITHDRAWN else (),
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
    return sealed(queries.preview(pk, request.viewer), Media.JPEG)


@require_POST
def whole(request: DeskRequest, pk: int) -> HttpResponse:
    """A document as it is kept, for a purpose: a picture is shown, anything else saved."""
    held, content = queries.whole(pk, request.viewer, params.purpose_of(request))
    response = sealed(content, Media(held.media))
    if held.media != Media.JPEG:
        name = quote(f"{held.title}.{held.media}")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@require_POST
def turn(request: DeskRequest, pk: int, word: str) -> HttpResponse:
    """Turn a picture that stands on its side or on its head."""
    if word not in services.TURNS:
        raise Http404(word)
    services.turn(pk, word, request.viewer)
    messages.success(request, _("已转好。"))
    return redirect("document", pk=pk)


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


def _mended(ledger: Ledger, name: str) -> Field | None:
    """The field of a row that a paper may show, as the address names it."""
    return next((field for field in ledger.fields if field.shown_by and field.name == name), None)


def _mend(request: DeskRequest, ledger: Ledger, pk: int, field: Field) -> None:
    """Say in the row what the paper handed in shows: that it is there. What may not be said now is said beside it."""
    viewer = request.viewer
    reason = _("已交存材料：%s") % DocumentKind(field.shown_by).label
    try:
        seen = editing.form(ledger, pk, viewer).seen
        wrong = editing.change(ledger, pk, {field.name: "1"}, seen, viewer, reason)
    except Unusable as fault:
        if fault.code != "nothing_changed":
            messages.warning(request, fault.message)
        return
    if wrong is not None:
        messages.warning(request, _("“%s”还没有登记为“是”，请在修改页面上填。") % field.label)
    elif proposals.of_rows(ledger, [pk]):
        messages.success(request, _("“%s”改为“是”已提交，审核人员采纳后计入。") % field.label)
    else:
        messages.success(request, _("“%s”已登记为“是”。") % field.label)


def _turns() -> tuple[tuple[str, str], ...]:
    return (("left", _("左转")), ("right", _("右转")), ("over", _("倒转")))


def _take(request: DeskRequest, ledger: Ledger, pk: int) -> HandedIn:
    """What became of the files, or of the paper that is said to lie in a box."""
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile) and file.name]
    try:
        said = _said(request)
    except Unusable as fault:
        return HandedIn((), (fault.message,), code=fault.code)
    if not files and said.box:
        return handing_in.put_in_box(ledger, pk, said, request.viewer)
    if not files:
        return HandedIn((), (_("请选择一个文件；没有扫描的，写明在哪个档案盒。"),), code="file_missing")
    handed = [HandedFile(str(file.name), partial(_read, file)) for file in files]
    return handing_in.hand_in_several(ledger, pk, handed, said, request.viewer)


def _read(file: UploadedFile[Any]) -> bytes:
    """The file, as far as one that may be kept can go: what is larger is only told by its size."""
    held: bytes = file.read(megabytes() * 1024**2 + 1)
    return held


def _said(request: DeskRequest) -> DocumentDetails:
    kind = request.POST.get("kind", "")
    if kind not in DocumentKind.values:
        raise Unusable("kind_missing", _("请选择是哪一种材料。"))
    return DocumentDetails(
        DocumentKind(kind),
        request.POST.get("title", ""),
        _day(request, "day"),
        request.POST.get("described", ""),
        _day(request, "otherwise"),
        request.POST.get("box", "").strip(),
    )


def _day(request: DeskRequest, name: str) -> date | None:
    text = request.POST.get(name, "")
    return params.day_of(text, date.today()) if text else None


def sealed(content: bytes, media: Media) -> HttpResponse:
    """Somebody's file as an answer that loads nothing, runs nothing and stays on no machine."""
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
