"""Around everything: answers those that watch before anything else is asked, and counts what is answered to others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse

from . import health, metrics

_WATCHED: Final[Mapping[str, Callable[[HttpRequest], HttpResponse]]] = {
    "/health/": health.answer,
    "/metrics": metrics.answer,
}
"""Answered here and not by a page: a watcher names no host of ours, has no session, and asks just when nothing works."""


class Watching:
    """Answers watchers; of all other requests notes which page it was (its name, never its address), and how long it took."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watched = _WATCHED.get(request.path_info)
        if watched is not None:
            return watched(request)
        begun = time.perf_counter()
        response = self.answer(request)
        found = request.resolver_match
        metrics.note(
            found.view_name if found is not None else "",
            request.method or "",
            response.status_code,
            time.perf_counter() - begun,
        )
        return response
