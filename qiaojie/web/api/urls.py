"""Addresses of the API: all of them behind the door, none answered by a session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from . import faults
from .calls import api
from .door import door
from .pages import for_programs

app_name = "api"


@door
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """An address that there is not, behind the door as all others are."""
    return faults.missing(request)


def _behind(pattern: URLPattern) -> URLPattern:
    return URLPattern(pattern.pattern, door(pattern.callback), pattern.default_args, pattern.name)


urlpatterns = [
    *(_behind(one) for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"),
    path("openapi.json", door(for_programs), name="document"),
    re_path(r"^(?P<rest>.*)$", nowhere, name="nowhere"),
]
