"""The one way into the API: no cookies, a key, its language, a line in the log, one shape of errors."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _

from qiaojie.accounts import keys
from qiaojie.accounts.addresses import client_address
from qiaojie.accounts.keys import KeyViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable

from . import faults

ROOT: Final = "/api/"
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of what is handed in at once."""
SHUT_FOR: Final = 900
"""Seconds that a program is told to wait after too many wrong keys."""

_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""What no database keeps as text: a zero byte, and half of a pair of surrogates."""
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""How JSON writes it (and whole pairs, which are well)."""

View = Callable[..., HttpResponse]


class ApiRequest(HttpRequest):
    """A request that came through the door."""

    viewer: KeyViewer


class WithoutCookies:
    """Nobody's session opens the API, whatever a browser sends along: cookies are taken off before anything reads them."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_program(request):
            request.COOKIES = {}
        return self.answer(request)


def door(view: View) -> View:
    """A view of the API behind the door."""

    @wraps(view)
    def through(request: ApiRequest, *args: object, **kwargs: object) -> HttpResponse:
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = _answered(request, lambda: view(request, *args, **kwargs))
        response.headers["Content-Language"] = "zh-Hans" if language == "zh-hans" else language
        response.headers["Cache-Control"] = "no-store" if response.status_code >= 400 else "private, no-cache"
        patch_vary_headers(response, ("Authorization", "Accept-Language"))
        return _conditional(request, response)

    # There is no session: neither a page to sign in at nor a form to forge.
    through.login_required = False  # type: ignore[attr-defined]
    through.csrf_exempt = True  # type: ignore[attr-defined]
    return through


def is_program(request: HttpRequest) -> bool:
    """Whether a request is a program's, which is answered in the shape that programs read whatever happens."""
    return request.path_info.startswith(ROOT)


def _answered(request: ApiRequest, ask: Callable[[], HttpResponse]) -> HttpResponse:
    secret = keys.secret_in_address(request.GET.lists(), request.path_info)
    if secret is not None:
        return faults.fault(400, secret.code, secret.message, "")
    address = client_address(request.META, settings.QIAOJIE_PROXIES)
    word, _space, token = request.headers.get("Authorization", "").partition(" ")
    try:
        viewer = keys.open_with(token.strip() if word.casefold() == "bearer" else "", address)
    except Unusable as wrong:
        response = faults.of(wrong, request)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="qiaojie"'
        else:
            response.headers["Retry-After"] = str(SHUT_FOR)
        return response
    except keys.Busy as busy:
        message = _("这个密钥每分钟最多调用 %d 次。") % settings.QIAOJIE_API_RATE
        response = faults.fault(429, "too_often", message, faults.place(request))
        response.headers["Retry-After"] = str(busy.wait)
        return response
    request.viewer = viewer
    response = _garbled(request) or _unreadable(request, ask) or ask()
    if response.status_code == 405:
        allowed = response.headers["Allow"]
        response = faults.fault(405, "method_unknown", _("这个地址不能这样调用。"), faults.place(request))
        response.headers["Allow"] = allowed
    refused = response.status_code >= 400
    if not viewer.lines or (refused and all(viewer.lines)):
        viewer.note(Action.SEE, request.path[1:], done=not refused)
    return response


def _garbled(request: ApiRequest) -> HttpResponse | None:
    """A zero byte stands in no text: a database that met one would break off in the middle."""
    named = next(
        (name for name, texts in request.GET.lists() for text in (name, *texts) if "\0" in text), None
    )
    if named is None and "\0" not in request.path_info:
        return None
    where = named.replace("\0", "") if named else faults.place(request)
    return faults.fault(400, "zero_byte", _("里面有不能使用的字符（零字节）。"), where)


def _unreadable(request: ApiRequest, ask: Callable[[], HttpResponse]) -> HttpResponse | None:
    """What is wrong with something handed in before any of it is read. Where nothing can be handed in, that is said first."""
    if request.method != "POST":
        return None
    refused = _unfit_body(request)
    if refused is None:
        return None
    request.method = "OPTIONS"
    try:
        allowed = ask()
    finally:
        request.method = "POST"
    return refused if "POST" in allowed.headers.get("Allow", "") else allowed


def _unfit_body(request: ApiRequest) -> HttpResponse | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        message = _("一次最多报送 %d MB。") % (MOST_BYTES // 1024**2)
        return faults.fault(413, "body_too_large", message, faults.place(request))
    if request.content_type != "application/json":
        return faults.fault(415, "not_json", _("只收 JSON。"), "Content-Type")
    if _SUSPECT.search(request.body) and any(_NO_TEXT.search(text) for text in _texts(request.body)):
        message = _("里面有不能使用的字符（零字节，或不成对的代理字符）。")
        return faults.fault(422, "character_unusable", message, faults.place(request))
    return None


def _texts(body: bytes) -> Iterator[str]:
    """All names and texts of a JSON body; none of one that is none, which whoever reads it says."""
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one
            waiting += one.values()


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Not sent again where the program has the same already."""
    if request.method != "GET" or response.status_code != 200:
        return response
    mark = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = mark
    return get_conditional_response(request, mark, response=response) or response
