"""Threads may share a connection to a database in memory, as the tests' server and its tests do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.utils import ConnectionHandler

pytestmark = pytest.mark.once

THREADS = 4
STATEMENTS = 300
"""More than the library keeps, so that it drops those that it has read first."""


def test_threads_that_ask_the_same_at_the_same_moment_lose_no_statement() -> None:
    shared = ConnectionHandler(
        {"default": {"ENGINE": "qiaojie.storage.encrypted_sqlite", "NAME": ":memory:"}}
    )["default"]
    shared.inc_thread_sharing()
    together = threading.Barrier(THREADS)

    def ask(_thread: int) -> list[int]:
        found = []
        for number in range(STATEMENTS):
            together.wait(10)
            with shared.cursor() as cursor:
                # Long, so that the others come while it is being read.
                cursor.execute(f"SELECT {number} " + "+ 1" * 900)
                found.append(cursor.fetchone()[0])
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        assert (
            list(pool.map(ask, range(THREADS))) == [[number + 900 for number in range(STATEMENTS)]] * THREADS
        )
    shared.close()
