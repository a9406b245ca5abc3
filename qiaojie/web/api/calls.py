"""All calls of the API together, and what their faults are answered with."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable

from . import counting, deliveries, faults, ledgers

VERSION = "1"


class _Renderer(JSONRenderer):
    """Chinese as it is written."""

    json_dumps_params = {"ensure_ascii": False}


TITLE = "Qiaojie 巧姐"

api = NinjaAPI(
    title=TITLE,
    version=VERSION,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    renderer=_Renderer(),
)
for part in (ledgers.router, counting.router, deliveries.router):
    api.add_router("", part)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, _wrong: Refused) -> HttpResponse:
    return faults.missing(request)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _wrong: Http404) -> HttpResponse:
    return faults.missing(request)


@api.exception_handler(Unusable)
def _unusable(request: HttpRequest, wrong: Unusable) -> HttpResponse:
    return faults.of(wrong, request)


@api.exception_handler(HttpError)
def _unread(request: HttpRequest, _wrong: HttpError) -> HttpResponse:
    return faults.fault(422, "json_unreadable", _("送来的不是 JSON，读不出来。"), "body")


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    return faults.unfit(request, wrong.errors[0])
