"""A table that has just been filled is known to the planner inside the same transaction."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from qiaojie.ledgers import rows
from qiaojie.lib.statistics import ENOUGH, grown
from qiaojie.people.models import Household

pytestmark = pytest.mark.django_db

TABLE = Household._meta.db_table


def seen() -> float:
    """How many rows the planner believes the table to have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        return float(cursor.fetchone()[0])


def test_rows_in_bulk_are_known_at_once() -> None:
    with transaction.atomic():
        keys = rows.hand_out(Household, ENOUGH)
        rows.insert(Household, ["id"], ((key,) for key in keys))
        if connection.vendor == "postgresql":
            assert seen() >= ENOUGH
        assert not grown(TABLE, ENOUGH - 1)
        assert grown(TABLE, ENOUGH) is (connection.vendor == "postgresql")


def test_what_is_little_for_a_table_is_left_to_the_server() -> None:
    with transaction.atomic():
        keys = rows.hand_out(Household, ENOUGH * 6)
        rows.insert(Household, ["id"], ((key,) for key in keys))
        assert not grown(TABLE, ENOUGH)
