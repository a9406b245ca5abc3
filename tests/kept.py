"""What many tests look at is made once for a file or a folder of them: each test's own changes are undone as ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connections, transaction

EMPTYING = {"transactional_db", "live_server"}
"""Fixtures after which every table is emptied, what was made once with them."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """What happens inside is gone afterwards, in every database."""
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(transaction.atomic(using=alias))
        yield
        for alias in connections:
            transaction.set_rollback(True, using=alias)


def settle() -> None:
    """Let the databases look at all references now: PostgreSQL would look again after every test."""
    for connection in connections.all():
        connection.check_constraints()


def emptied(request: pytest.FixtureRequest) -> bool:
    """Whether a test of this file empties the tables after itself: then nothing can be made once for all of them."""
    own = (item for item in request.session.items if item.path == request.path)
    return any(
        EMPTYING & set(getattr(item, "fixturenames", ()))
        or any(marker.kwargs.get("transaction") for marker in item.iter_markers("django_db"))
        for item in own
    )
