"""Databases as packets need them: seen as of one moment, made new and filled."""

from __future__ import annotations

import base64
import copy
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from qiaojie.lib.dialects import is_server
from qiaojie.storage import converting
from qiaojie.storage.database_key import BYTES, DatabaseKey

Databases = Mapping[str, BaseDatabaseWrapper]
"""Connections by the alias of what they hold; ``default`` holds what has no other."""

_SCRATCH: Final = {
    "ENGINE": "qiaojie.storage.encrypted_sqlite",
    "HOST": "",
    "PORT": "",
    "USER": "",
    "PASSWORD": "",
}
_VIEW: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def beside(alias: str, **changed: Any) -> BaseDatabaseWrapper:
    """A connection of our own to the database of an alias, or to another one like it (``NAME=…``)."""
    held = {**copy.deepcopy(connections[alias].settings_dict), "CONN_MAX_AGE": 0, **changed}
    made: BaseDatabaseWrapper = load_backend(held["ENGINE"]).DatabaseWrapper(held, alias)
    return made


def scratch(path: Path) -> BaseDatabaseWrapper:
    """A new SQLite file, to be filled and thrown away, encrypted with a key that nobody keeps."""
    key = DatabaseKey.of(base64.b64encode(secrets.token_bytes(BYTES)).decode())
    converting.make(path, key)
    held = {**copy.deepcopy(connections["default"].settings_dict), **_SCRATCH, "NAME": str(path)}
    held["OPTIONS"] = {"key": key}
    made: BaseDatabaseWrapper = load_backend(held["ENGINE"]).DatabaseWrapper(held, "default")
    return made


@contextmanager
def snapshot() -> Iterator[dict[str, BaseDatabaseWrapper]]:
    """All databases as they are at one moment, for reading: whoever writes goes on meanwhile, and does not wait.

    On SQLite the second file is looked at just before the first: a job that says "done" has its effect in the packet, and one
    whose effect is there before it says so finds that when it is taken up again. A transaction that is open in this thread
    already is the view that is taken.
    """
    with ExitStack() as opened:
        found = {}
        for alias in sorted(settings.DATABASES, reverse=True):
            if connections[alias].in_atomic_block:
                found[alias] = connections[alias]
                continue
            made = beside(alias)
            opened.callback(made.close)
            with made.cursor() as cursor:
                if is_server(made):
                    cursor.execute(_VIEW)
                else:
                    cursor.execute("PRAGMA query_only = ON")
                    cursor.execute("BEGIN")
                    # SQLite's view begins with the first look.
                cursor.execute("SELECT COUNT(*) FROM django_migrations")
                cursor.fetchone()
            found[alias] = made
        yield found
