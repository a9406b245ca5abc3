"""A programme with a digest of last night, and what somebody does to it past the system."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connections, router
from django.db.models import Model

from qiaojie.digests import services
from qiaojie.digests.scanning import UnexplainedRow
from qiaojie.people import doubts
from tests.web.factories import World

Spoil = Callable[..., int]


@pytest.fixture
def night(world: World) -> World:
    """The programme, as last night's digest saw it."""
    doubts.catch_up()
    services.make()
    return world


@pytest.fixture
def spoil() -> Spoil:
    """``spoil(model, "UPDATE {t} SET …", …)``: plain SQL on the table of a model; how many rows it touched."""

    def go(model: type[Model], statement: str, *values: object) -> int:
        with connections[router.db_for_write(model)].cursor() as cursor:
            cursor.execute(statement.format(t=model._meta.db_table), list(values))
            return int(cursor.rowcount)

    return go


def differing() -> list[tuple[str, int | None, str, tuple[str, ...]]]:
    """What differs from last night without an explanation: model, row, how, in which columns."""
    return [_told(one) for one in services.compare().found]


def _told(one: UnexplainedRow) -> tuple[str, int | None, str, tuple[str, ...]]:
    return one.model._meta.label, one.pk, one.kind.value, one.columns
