"""What is said otherwise to each database comes to the same on both."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qiaojie.lib import dialects
from qiaojie.lib.dialects import named

pytestmark = pytest.mark.django_db


class Pair(NamedTuple):
    first: int
    second: int


def answered(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", params)
        (found,) = cursor.fetchone()
    return found


def day(text: str) -> str:
    return f"CAST('{text}' AS date)" if dialects.is_server(connection) else f"'{text}'"


def test_rows_go_by_the_names_of_their_columns() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS first, 2 AS second UNION ALL SELECT 3, 4 ORDER BY 1")
        assert list(named(cursor, Pair)) == [Pair(1, 2), Pair(3, 4)]
        cursor.execute("SELECT 2 AS second, 1 AS first")
        with pytest.raises(ValueError, match="names second, first"):
            named(cursor, Pair)


@pytest.mark.parametrize(
    ("since", "months", "due", "after"),
    [
        ("2023-01-31", 1, "2023-02-28", "2023-03-01"),
        ("2023-05-08", 6, "2023-11-08", "2023-11-09"),
        ("2022-08-31", 18, "2024-02-29", "2024-03-01"),
    ],
)
def test_deadlines_by_months(since: str, months: int, due: str, after: str) -> None:
    found = dialects.months_later(day(since), months)
    assert str(answered(found)) == due
    assert str(answered(dialects.day_after(found))) == after
    assert answered(dialects.no_day()) is None


@pytest.mark.parametrize(("until", "years"), [("2023-05-07", 49), ("2023-05-08", 50)])
def test_full_years(until: str, years: int) -> None:
    assert int(answered(dialects.full_years(day(until), day("1973-05-08")))) == years


def test_a_list_of_keys_is_one_value() -> None:
    for keys in ([], [7], [5, 7, 9]):
        condition = dialects.one_of(connection, "t.k").replace("t.k", "7")
        assert bool(answered(condition, dialects.as_list(connection, keys))) is (7 in keys)


def test_a_server_works_in_memory_until_the_transaction_ends() -> None:
    if not dialects.is_server(connection):
        with CaptureQueriesContext(connection) as asked:
            dialects.work_in_memory()
            dialects.take_turns(connection, 7)
            dialects.look_anew("people_household")
        assert not asked.captured_queries, "SQLite is told nothing"
        return
    with transaction.atomic():
        dialects.work_in_memory()
        dialects.take_turns(connection, 7)
        assert (answered("current_setting('work_mem')"), answered("current_setting('jit')")) == (
            "64MB",
            "off",
        )
        assert answered("count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7") == 1
