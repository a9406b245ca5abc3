"""Figures in Prometheus' text format, for whoever shows the token: requests by page, and how the installation stands."""

from __future__ import annotations

import os
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from . import SHARED
from .standing import StandingFigures

_METHODS: Final = frozenset({"GET", "HEAD", "POST"})

REQUESTS: Final = Counter(
    "qiaojie_requests",
    "Requests answered, by the name of the page, the method and the status.",
    ("page", "method", "status"),
    registry=None,
)
SECONDS: Final = Histogram(
    "qiaojie_request_seconds",
    "How long the answers took, by the name of the page.",
    ("page",),
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=None,
)


def note(page: str, method: str, status: int, seconds: float) -> None:
    """Count a request. ``page`` is the name of an address (``""``: there was none), so nobody is named by it."""
    REQUESTS.labels(page, method if method in _METHODS else "other", str(status)).inc()
    SECONDS.labels(page).observe(seconds)


def answer(request: HttpRequest) -> HttpResponse:
    """All figures; 404 where no token is set (``QIAOJIE_METRICS_TOKEN``), 401 without it."""
    if not settings.QIAOJIE_METRICS_TOKEN:
        return HttpResponse(status=404)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    word, _space, shown = request.headers.get("Authorization", "").partition(" ")
    if word.casefold() != "bearer" or not constant_time_compare(shown, settings.QIAOJIE_METRICS_TOKEN):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    registry = CollectorRegistry()
    if SHARED in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(StandingFigures())
    return HttpResponse(
        generate_latest(registry),
        content_type=CONTENT_TYPE_PLAIN_0_0_4,
        headers={"Cache-Control": "no-store"},
    )
