"""A database that is opened is closed again: one that is forgotten fails a test, whichever Python runs it.

Python itself warns of it from 3.13 on, where a warning is an error as everywhere here.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from sqlcipher3 import dbapi2 as sqlite3

from qiaojie.storage.encrypted_sqlite.base import DatabaseWrapper

ENGINE = "qiaojie.storage.encrypted_sqlite"


def pytest_configure() -> None:
    """Tests run on databases in memory. What gives each process its own name knows Django's own backend of SQLite alone, and
    would name a file for any other."""
    for held in settings.DATABASES.values():
        if held["ENGINE"] == ENGINE:
            held.setdefault("TEST", {})["NAME"] = ":memory:"


class Watched(sqlite3.Connection):
    """A connection that says so when it goes without having been closed."""

    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()

    def __del__(self) -> None:
        if not self.closed:
            # Python 3.13 says the same once more.
            super().close()
            warnings.warn("a database was opened and not closed", ResourceWarning, stacklevel=1)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Every connection of the tests is watched, and those of other threads are closed when these ask for it.

    Django keeps a database in memory open whoever closes it, since it goes with its last connection. Here that is the
    one of the thread that made it; what a thread of its own opened beside it would stay behind with the thread.
    """
    here = threading.get_ident()
    kept = DatabaseWrapper.close

    def close(self: DatabaseWrapper) -> None:
        if self._thread_ident == here:  # type: ignore[attr-defined]
            kept(self)
        else:
            BaseDatabaseWrapper.close(self)

    with pytest.MonkeyPatch.context() as patch:
        for held in connections.settings.values():
            if held["ENGINE"] == ENGINE:
                options: dict[str, Any] = {**held["OPTIONS"], "factory": Watched}
                patch.setitem(held, "OPTIONS", options)
        patch.setattr(DatabaseWrapper, "close", close)
        yield
