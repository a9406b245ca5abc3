"""Whether the installation lives: its databases answer, have the shape that this version needs, and its jobs are done."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from qiaojie.lib.dialects import is_server
from qiaojie.queue import queries as queue

LATE: Final = timedelta(minutes=15)
"""A job that nobody has begun for so long says that no worker runs; an import of a province takes less."""

LEAST: Final = 8 << 20
"""Free bytes with which nothing can be done any more: even who looks at a page is written down first."""

OK, AWAY, BEHIND, LATE_JOBS, FULL = "ok", "away", "behind", "late", "full"


def answer(request: HttpRequest) -> HttpResponse:
    """200 where the site can serve, 503 where it cannot; in JSON a word on each part, and nothing about why or about whom.

    ``database``: ok, away (does not answer), behind (``qiaojie prepare`` was not run), full (its disk has no room, or may not be
    written; asked of files, not of a server); ``jobs``: ok, late (does not keep the site from serving).
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    database = _database()
    told = {"status": OK if database == OK else "failing", "database": database}
    if database == OK:
        told["jobs"] = LATE_JOBS if queue.oldest_waiting() > LATE else OK
    return JsonResponse(told, status=200 if database == OK else 503, headers={"Cache-Control": "no-store"})


_current: set[str] = set()
"""Databases that were found to have the current shape: this version will not need another one."""


def forget() -> None:
    """Look at the shape of the databases again: for tests."""
    _current.clear()


def _database() -> str:
    for alias in settings.DATABASES:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
            if alias not in _current:
                executor = MigrationExecutor(connections[alias])
                if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                    return BEHIND
                _current.add(alias)
        except DatabaseError:
            connections[alias].close()
            return AWAY
    return OK if _writable() else FULL


def _writable() -> bool:
    if all(is_server(held) for held in connections.all()):
        return True
    return os.access(settings.HOME, os.W_OK) and shutil.disk_usage(settings.HOME).free >= LEAST
