"""Files on their way out: kept for a day, so that a broken download need not be made again."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qiaojie.accounts import exports
from qiaojie.accounts.viewers import UserViewer
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.requests import DeskRequest


def attachment(name: str, content: bytes) -> HttpResponse:
    """A file as an answer."""
    kind = CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def send(viewer: UserViewer, name: str, content: bytes, subject: str, purpose: str) -> HttpResponse:
    """A file with personal data as an answer; it is kept, and can be fetched again until it expires."""
    exports.keep(viewer, name, content, subject, purpose)
    return attachment(name, content)


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """One's own exported files that have not expired."""
    return render(request, "web/desk/shared/exports.html", {"exports": exports.own(request.viewer)})


@require_safe
def fetch(request: DeskRequest, pk: int) -> HttpResponse:
    """One's own file again."""
    return attachment(*exports.fetch(request.viewer, pk))
