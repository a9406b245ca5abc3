"""A form that was refused is answered by the page that it stands on, with all that it held: for every form, unasked.

Every form says by ``csrf_token`` from which page it was sent. That page is drawn again as its sender sees it, and
``refilling`` puts in what she sent and says why it was refused. Files are kept for her, and handed to the view when the form
comes back without new ones.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any, Final, TypeGuard, cast
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from django_htmx.middleware import HtmxDetails

from qiaojie.intake.public import kept_files
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import forms
from qiaojie.web.components.forms import AT_FOOT, FROM
from qiaojie.web.requests import DeskRequest

from .refilling import KEPT, Page, Sent

_AGAIN: Final = "_drawn_again"
"""Marks the answers of this module."""

_HAN: Final = re.compile("[\u3400-\u9fff]")
_NO_WORDS: Final = frozenset(
    {"csrfmiddlewaretoken", FROM, KEPT, "back", "code", "current", "new", "again", "answer"}
)


def page_again(request: HttpRequest, fault: Unusable) -> HttpResponse | None:
    """The page on which the refused form stands, refilled (422); None where there is none, or nobody is signed in."""
    if request.method != "POST" or not request.user.is_authenticated:
        return None
    for address in dict.fromkeys(_candidates(request)):
        drawn = _drawn(request, address)
        if drawn is None:
            continue
        page = Page(drawn.content.decode(), address, _sent(request, fault))
        if page.form is None:
            continue
        page.make_links_whole()
        page.refill()
        _name_files(request, page)
        response = HttpResponse(page.markup(), status=422)
        setattr(response, _AGAIN, True)
        if request.headers.get("HX-Request"):
            # Wherever a part of a page was to go: the form and its message are shown whole.
            response["HX-Retarget"] = response["HX-Reselect"] = "#main"
            response["HX-Reswap"] = "outerHTML"
        return response
    return None


def after(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What is done with the answer to any form: a refused one has its files kept, one that was taken leads back to its place."""
    page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
    if response.status_code == 422 and page and not getattr(response, _AGAIN, False):
        return name_kept_files(request, response)
    drop_taken_files(request, response)
    lead_back(request, response)
    return response


def name_kept_files(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page with which a view answered its own refused form, the files that came with it kept."""
    if not _has_files(request) or not request.user.is_authenticated:
        return response
    address = request.get_full_path()
    page = Page(response.content.decode(), address, _sent(request, Unusable("", "")))
    if page.form is None:
        return response
    _name_files(request, page)
    response.content = page.markup().encode()
    return response


def bring_back_files(request: HttpRequest) -> None:
    """Where a form comes again without new files, those that are kept for it stand in their fields."""
    word = request.POST.get(KEPT, "") if request.method == "POST" else ""
    if not word or not request.user.is_authenticated:
        return
    kept: dict[str, list[UploadedFile[Any]]] = {}
    for one in kept_files.kept(word, _viewer(request)):
        held = UploadedFile(BytesIO(one.content), one.name, one.media, len(one.content))
        kept.setdefault(one.field, []).append(held)
    for name, files in kept.items():
        if not any(one.name for one in request.FILES.getlist(name) if isinstance(one, UploadedFile)):
            request.FILES.setlist(name, files)


def drop_taken_files(request: HttpRequest, response: HttpResponseBase) -> None:
    """Kept files whose form was taken are kept no longer."""
    word = request.POST.get(KEPT, "") if request.method == "POST" else ""
    if word and response.status_code < 400 and request.user.is_authenticated:
        kept_files.drop(word, _viewer(request))


def lead_back(request: HttpRequest, response: HttpResponseBase) -> None:
    """A step that leads back to its page leads to its place there: the form, or what has come to stand there. What is said of
    the step is shown at the foot of the window then, not above what is looked at."""
    said = forms.sent_from(request) if request.method == "POST" else ""
    page, _mark, place = said.partition("#")
    target = response.headers.get("Location", "")
    if response.status_code != 302 or not re.fullmatch(r"form-\d{1,6}", place) or "#" in target:
        return
    if urlsplit(target).path != urlsplit(page).path or urlsplit(target).netloc:
        return
    response["Location"] = f"{target}#{place}"
    for message in getattr(get_messages(request), "_queued_messages", ()):
        message.extra_tags = f"{message.extra_tags or ''} {AT_FOOT}".strip()


def typed(request: HttpRequest) -> list[str]:
    """What people wrote into a form for which there is no page any more: shown, so that it need not be thought of again."""
    words = [
        str(text).strip()
        for name, texts in request.POST.lists()
        if name not in _NO_WORDS and "password" not in name
        for text in texts
    ]
    return [text[:2000] for text in words if _HAN.search(text) or " " in text]


def _candidates(request: HttpRequest) -> Iterator[str]:
    """Addresses at which the form may stand, the likeliest first."""
    yield from forms.pages_before(request)
    yield request.get_full_path()


def _drawn(request: HttpRequest, address: str) -> HttpResponse | None:
    """A page as the sender of the request sees it; None where there is no such page (any more)."""
    parts = urlsplit(address)
    path = unquote(parts.path)
    if "\0" in unquote(address):
        return None
    try:
        found = resolve(path)
    except Resolver404:
        return None
    again = _asking_for(request, path, parts.query)
    again.resolver_match = found
    try:
        response = found.func(again, *found.args, **found.kwargs)
    except (Unusable, Refused, Http404):
        return None
    page = isinstance(response, HttpResponse) and response.status_code == 200
    return response if page and response.get("Content-Type", "").startswith("text/html") else None


def _asking_for(request: HttpRequest, path: str, query: str) -> DeskRequest:
    """The request as it would be if its sender asked for a page of ours."""
    again = cast(DeskRequest, copy.copy(request))
    again.__dict__.pop("headers", None)
    again.method, again.path, again.path_info = "GET", path, path
    again.META = {
        name: value for name, value in request.META.items() if not name.startswith(("HTTP_HX_", "CONTENT_"))
    }
    again.META.update(REQUEST_METHOD="GET", QUERY_STRING=query, PATH_INFO=path)
    # What the framework reads of a request when it is first asked for is set; the rest of the connection is the same.
    vars(again).update(
        environ=getattr(request, "environ", request.META),
        GET=QueryDict(query),
        _post=QueryDict(),
        _files=MultiValueDict(),
    )
    again.htmx = HtmxDetails(again)
    return again


def _sent(request: HttpRequest, fault: Unusable) -> Sent:
    fields = {name: [str(text) for text in texts] for name, texts in request.POST.lists()}
    return Sent(
        request.get_full_path(),
        fields,
        fault.message,
        fault.code,
        fault.field,
        {name: [str(one.name) for one in files] for name, files in request.FILES.lists()},
    )


def _has_files(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data" and bool(request.FILES)


def _name_files(request: HttpRequest, page: Page) -> None:
    """Keep the files that came with a form and say so; not those of the field that has to be mended, nor too large ones."""
    if not _has_files(request) or page.form is None:
        return
    wrong = {page.fault_field()} | {
        box.get("name", "") for box in page.form.xpath(".//input[@type='file'][@aria-invalid='true']")
    }
    named = {name: files for name, files in request.FILES.lists() if name not in wrong}
    files = [(name, one) for name, held in named.items() for one in held if _readable(one)]
    if not files:
        return
    word = ""
    if sum(one.size or 0 for _name, one in files) <= settings.QIAOJIE_DOCUMENT_MB * 1024 * 1024:
        word = kept_files.keep([_read(name, one) for name, one in files], _viewer(request))
    named_files = {name: [str(one.name) for one in held] for name, held in named.items()}
    page.sent = replace(page.sent, files=named_files, kept=word)
    page.name_files()


def _readable(file: object) -> TypeGuard[UploadedFile[Any]]:
    return isinstance(file, UploadedFile) and bool(file.name) and not file.closed


def _read(name: str, file: UploadedFile[Any]) -> kept_files.KeptFile:
    file.seek(0)
    return kept_files.KeptFile(name, str(file.name), file.content_type or "", file.read())


def _viewer(request: HttpRequest) -> Any:
    return cast(DeskRequest, request).viewer
