"""What every form sends along: which page it stands on and where, so that a refused step can be shown there, and a step that
was taken leads back there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

FROM: Final = "from_page"
"""The hidden field: the address of the page, with the place of the form on it (``/persons/3/#form-2``)."""

AT_FOOT: Final = "at-foot"
"""The tag of messages that are shown at the foot of the window."""

_NUMBER: Final = "_number_of_forms"


def hidden_fields(request: HttpRequest, token: str) -> SafeString:
    """What stands at the head of every form that changes something: the token against forgery, its page, its place.

    Forms are numbered in the order in which the page is written. Parts of pages that are asked for alone have no places of
    their own: the page they go to has such numbers already.
    """
    token_field = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
    page = page_of(request)
    if request.headers.get("HX-Request"):
        return token_field + format_html('<input type="hidden" name="{}" value="{}">', FROM, page)
    number = getattr(request, _NUMBER, 0) + 1
    setattr(request, _NUMBER, number)
    return token_field + format_html(
        '<input type="hidden" name="{}" value="{}#form-{}"><span class="form-place" id="form-{}"></span>',
        FROM,
        page,
        number,
        number,
    )


def page_of(request: HttpRequest) -> str:
    """The page (path and query) that somebody sees who gets this request's answer: of a form's answer the page that it was
    sent from, of a part of a page the whole one."""
    if request.method == "POST" and (said := sent_from(request)):
        return said.partition("#")[0]
    shown = request.headers.get("HX-Current-URL", "")
    if request.headers.get("HX-Request") and shown:
        parts = urlsplit(shown)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.get_full_path()


def pages_before(request: HttpRequest) -> Iterator[str]:
    """Pages of ours from which a request seems to come, the likeliest first."""
    if said := sent_from(request):
        yield said.partition("#")[0]
    came = request.headers.get("Referer", "")
    if came and _is_own(request, came):
        parts = urlsplit(came)
        yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def sent_from(request: HttpRequest) -> str:
    """The page and place that a form says it was sent from; '' where it says none, or one that is not ours."""
    said = request.POST.get(FROM, "")
    return said if said.startswith("/") and _is_own(request, said) else ""


def _is_own(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
