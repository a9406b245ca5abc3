"""The account of a server that serves works with a ledger that was prepared after it was given its rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection

from qiaojie.accounts import rights
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import tables
from qiaojie.declared.naming import model_of
from qiaojie.ledgers import declaration, queries
from tests.declared.conftest import Prepare
from tests.web.factories import tree

ROLE = "serves_ledgers"
TEXT = 'code = "visits"\nlabel = "走访"\nday = "on_day"\n[[fields]]\ncode = "on_day"\nlabel = "日期"\nkind = "date"\n'


@pytest.fixture
def serving(transactional_db: None) -> Iterator[list[str]]:
    """An account that serves; on SQLite there are no accounts."""
    if connection.vendor != "postgresql":
        yield []
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
    rights.grant(connection, ROLE)
    yield [ROLE]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


def test_it_reads_and_writes_rows_of_a_ledger_that_is_new_and_makes_no_table(
    serving: list[str], prepare: Prepare
) -> None:
    assert rights.serving(connection) == serving
    assert prepare(visits=TEXT).made == ["visits"]
    assert tables.may_make(connection)
    place = tree()["涪陵区"]
    for role in serving:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
        assert not tables.may_make(connection)
    model_of("visits").objects.create(filed_by=place, happened_on=date(2023, 5, 8))
    assert queries.rows(declaration.get("visits"), SystemViewer()).count() == 1
    if serving:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
