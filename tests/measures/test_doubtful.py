"""How the persons in doubt are looked up: by their keys, whatever the database knows of its tables."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from qiaojie.lib.dialects import is_server
from qiaojie.measures import doubtful

pytestmark = pytest.mark.django_db


def test_who_counts_is_sought_by_key_even_without_statistics() -> None:
    day = date(2023, 11, 30)
    given = ["chongqing-work-2023", *["approved", day, day] * 2]
    explain = "EXPLAIN" if is_server(connection) else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {doubtful._SQL}", given)
        steps = [str(row[-1]) for row in cursor.fetchall()]
    # A server has statistics of its own; that it takes the statement is shown there.
    sought = [step for step in steps if step.startswith(("SEARCH c ", "SEARCH e ", "SCAN c", "SCAN e"))]
    assert is_server(connection) or (all("AND key=?" in step for step in sought) and len(sought) == 2)
