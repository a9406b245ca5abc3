"""What is answered where the programme itself fails: programs are told in the shape that they read, people by a page.

Where database or disk failed, the answer says so and how to mend it (503; 507 where there is no room), and holds what was sent:
wherever on the way through a request the failure came up, it ends here.
"""

from __future__ import annotations

import sys
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.defaults import bad_request, server_error

from qiaojie.lib.findings import Unusable
from qiaojie.storage import faults
from qiaojie.storage.faults import Kind, StorageFault

from .api import door
from .api import faults as told
from .desk.shared import refused

_READABLE: Final = frozenset({Kind.FULL, Kind.READ_ONLY, Kind.STANDBY, Kind.FORBIDDEN})
"""Failures with which pages can still be read: the page on which a form stands is drawn again with all that was typed."""
_UNREADABLE: Final = (
    *faults.TROUBLE,
    UnreadablePostError,
    MultiPartParserError,
    SuspiciousOperation,
)
"""What reading the form of a request may raise."""
_WAIT: Final = "60"
"""Seconds after which a program may try again."""
_SECRET: Final = ("password", "csrfmiddlewaretoken", "token", "otp")
"""Parts of the names of fields that are not sent back."""


def answer(request: HttpRequest) -> HttpResponse:
    """The answer to a request that ended in an error nobody foresaw, or in one of database or disk."""
    error = sys.exc_info()[1]
    fault = faults.of(error) if error is not None else None
    if door.is_program(request):
        return _told(request, fault)
    return server_error(request) if fault is None else _alone(request, fault)


def unintelligible(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is answered to a request that is not what its protocol asks, in the same two shapes."""
    if not door.is_program(request):
        return bad_request(request, exception)
    with translation.override(translation.get_language_from_request(request)):
        return told.fault(400, "request_broken", _("请求不完整，读不出来。"), told.place(request))


def storage(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to a page that database or disk failed, drawn in the usual frame as long as that can be read; None for any other
    error, and where it cannot."""
    fault = faults.of(error) if isinstance(error, faults.TROUBLE) else None
    if fault is None or fault.kind not in _READABLE or door.is_program(request):
        return None
    try:
        page = refused.page_again(request, Unusable(fault.kind.value, fault.message))
        if page is None:
            page = render(request, "web/desk/shared/storage.html", _context(request, fault))
            page = _into_place(request, page, ".message-page")
    except faults.TROUBLE:
        return None
    page.status_code = fault.status
    return page


def _told(request: HttpRequest, fault: StorageFault | None) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request)):
        if fault is None:
            return told.broken(request)
        place = told.place(request)
        response = told.fault(fault.status, fault.kind.value, fault.wrong_words, place, fault.way_words)
    if fault.passing:
        response.headers["Retry-After"] = _WAIT
    return response


def _alone(request: HttpRequest, fault: StorageFault) -> HttpResponse:
    """A page that asks nothing of the database."""
    response = HttpResponse(
        render_to_string("storage.html", _context(request, fault), request=None), status=fault.status
    )
    response.headers["Cache-Control"] = "no-store"
    if fault.passing:
        response.headers["Retry-After"] = _WAIT
    return _into_place(request, response, ".gate-card")


def _context(request: HttpRequest, fault: StorageFault) -> dict[str, object]:
    """What was sent, to be sent again when all is well; nothing of a form that holds a password."""
    kept, typed, files = [], [], False
    if request.method == "POST":
        try:
            whole = not any("password" in name for name in request.POST)
            kept = [
                (name, value)
                for name, values in request.POST.lists()
                if whole and not any(part in name for part in _SECRET)
                for value in values
            ]
            typed, files = refused.typed(request), bool(request.FILES)
        except _UNREADABLE:
            kept, typed = [], []
    return {
        "fault": fault,
        "kept": kept,
        "typed": typed,
        "files": files,
        "again": request.get_full_path() if kept or request.method == "GET" else "",
        "request": request,
        **({"csrf_token": get_token(request)} if kept else {}),
    }


def _into_place(request: HttpRequest, response: HttpResponse, part: str) -> HttpResponse:
    """A page that was asked for as a part of another stands in its middle."""
    if request.headers.get("HX-Request"):
        response["HX-Retarget"] = "#main"
        response["HX-Reselect"] = part
        response["HX-Reswap"] = "innerHTML"
    return response
