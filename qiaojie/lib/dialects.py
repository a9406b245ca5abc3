"""What has to be said in one way to SQLite and in another to PostgreSQL: all of it, and nothing else.

Everything above says what it wants done and does not ask which database there is. Raw SQL that both understand stands where
it is used; what one of them calls otherwise, cannot do or does by itself stands here, by what it does.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import DateField, Exists, Func, IntegerField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

N = TypeVar("N", bound=NamedTuple)

_KEY: Final = struct.Struct(">q")
"""A primary key as PostgreSQL writes it in binary; the first byte is 0 for every key below 2⁵⁶."""

_DIGITS: Final = frozenset(b"0123456789")
_NO_KEY: Final = 255
"""The first byte where a statement gave no key."""

AT_ONCE: Final = 5_000
"""Rows that SQLite is handed in one go."""


def is_server(database: BaseDatabaseWrapper) -> bool:
    """Whether the database is a server, with accounts of its own, that many ask at once; else it is a file."""
    return bool(database.vendor == "postgresql")


def named(cursor: CursorWrapper, row: type[N]) -> Iterator[N]:
    """The rows of a statement by the names of their columns. Raises ValueError where it names other columns than ``row``."""
    names = tuple(column[0] for column in cursor.description)
    if names != row._fields:
        raise ValueError(
            f"{row.__name__} has {', '.join(row._fields)}; the statement names {', '.join(names)}"
        )
    return map(row._make, cursor)


# --- days ------------------------------------------------------------------------------------------------------------


class _OfDay(Func):
    """``template`` is PostgreSQL's; ``sqlite`` that of SQLite, where a day is a text such as 2023-03-31.

    The database works it out by itself: Django's own take days apart on SQLite by calling Python for every row, which costs
    more than all the rest of a count.
    """

    arity = 1
    sqlite = ""

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        """SQLite's way of saying it."""
        return self.as_sql(compiler, connection, template=self.sqlite, **context)


class DayNumber(_OfDay):
    """A day as the number 20230331: two of them differ by 10,000 for every full year of age."""

    template = "CAST(TO_CHAR(%(expressions)s, 'YYYYMMDD') AS integer)"
    sqlite = "CAST(REPLACE(%(expressions)s, '-', '') AS integer)"
    output_field = IntegerField()


class DayCount(_OfDay):
    """A day as the number of days since the year 2000 began: two of them differ by the days that lie between."""

    template = "(%(expressions)s - DATE '2000-01-01')"
    sqlite = "CAST(JULIANDAY(%(expressions)s) - 2451544.5 AS integer)"
    output_field = IntegerField()


class NewYear(_OfDay):
    """1 January of the day's year."""

    template = "MAKE_DATE(CAST(EXTRACT(YEAR FROM %(expressions)s) AS integer), 1, 1)"
    sqlite = "DATE(%(expressions)s, 'start of year')"
    output_field = DateField()


class LastYearsEnd(_OfDay):
    """31 December of the year before the day's."""

    template = "(MAKE_DATE(CAST(EXTRACT(YEAR FROM %(expressions)s) AS integer), 1, 1) - 1)"
    sqlite = "DATE(%(expressions)s, 'start of year', '-1 day')"
    output_field = DateField()


def no_day() -> str:
    """A day that there is not, in SQL."""
    return "CAST(NULL AS date)" if is_server(connection) else "NULL"


def day_of(text: str) -> str:
    """A day given as 2023-03-31, in SQL."""
    return f"DATE '{text}'" if is_server(connection) else f"'{text}'"


def months_later(day: str, months: int) -> str:
    """The same day (SQL) of the month so many months later, or that month's last day."""
    if is_server(connection):
        return f"CAST({day} + INTERVAL '{months} months' AS date)"
    same = f"date({day}, '+{months} months')"
    return f"MIN({same}, date({day}, 'start of month', '+{months + 1} months', '-1 day'))"


def day_after(day: str) -> str:
    """The day after one (SQL)."""
    return f"{day} + 1" if is_server(connection) else f"date({day}, '+1 day')"


def of_the_year(day: str, other: str) -> str:
    """That a day (SQL) lies in the calendar year of another; asked so that an index of days answers it."""
    if is_server(connection):
        first = f"CAST(DATE_TRUNC('year', {other}) AS date)"
        return f"{day} BETWEEN {first} AND CAST({first} + INTERVAL '1 year - 1 day' AS date)"
    first = f"date({other}, 'start of year'"
    return f"{day} BETWEEN {first}) AND {first}, '+1 year', '-1 day')"


def full_years(until: str, since: str) -> str:
    """How many full years lie between two days (SQL)."""
    if is_server(connection):
        return f"EXTRACT(YEAR FROM AGE({until}, {since}))"
    return f"(REPLACE({until}, '-', '') - REPLACE({since}, '-', '')) / 10000"


# --- many values in one statement ------------------------------------------------------------------------------------


def among(values: Sequence[int] | Sequence[bytes]) -> RawSQL:
    """Keys or hashes as one list for ``…__in``: any number of them in one statement."""
    whole = not values or isinstance(values[0], int)
    if is_server(connection):
        return RawSQL(f"SELECT unnest(%s::{'bigint' if whole else 'bytea'}[])", [_array(values)])  # noqa: S611
    if whole:
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(values))])
    return RawSQL(", ".join(["%s"] * len(values)), list(values))  # noqa: S611


def _array(values: Iterable[int] | Iterable[bytes]) -> str:
    """Keys or hashes as the text of a PostgreSQL array: its driver would turn them into one by one."""
    return "{" + ",".join([f"\\\\x{v.hex()}" if isinstance(v, bytes) else str(v) for v in values]) + "}"


def held(database: BaseDatabaseWrapper) -> str:
    """What has rows kept for whoever reads them until the transaction ends; SQLite's transactions hold all rows."""
    return " FOR UPDATE" if is_server(database) else ""


def may_change(database: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the account of this connection may change rows of a table that are there."""
    if not is_server(database):
        return True
    with database.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table])
        return bool(cursor.fetchone()[0])


def one_of(database: BaseDatabaseWrapper, column: str) -> str:
    """That a column (SQL) is one of the keys of a list, which is one value: ``as_list``."""
    if is_server(database):
        return f"{column} = ANY(%s::bigint[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608  (a compiled column)


def as_list(database: BaseDatabaseWrapper, keys: Iterable[int]) -> str:
    """Keys as one value of a statement: a text that the database takes apart."""
    listed = [int(key) for key in keys]
    return _array(listed) if is_server(database) else json.dumps(listed, separators=(",", ":"))


def given(columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[Any]]:
    """A table of texts or days that are given, its columns by name, and its values: for ``FROM`` and after ``IN``."""
    kept = [list(values) for values in columns.values()]
    if is_server(connection):
        kinds = ("date[]" if values and isinstance(values[0], date) else "text[]" for values in kept)
        lists = ", ".join(f"%s::{kind}" for kind in kinds)
        return f"SELECT * FROM unnest({lists}) AS given({', '.join(columns)})", list(kept)  # noqa: S608
    rows = [[v.isoformat() if isinstance(v, date) else v for v in row] for row in zip(*kept, strict=True)]
    if len(kept) == 1:
        return "SELECT value FROM json_each(%s)", [json.dumps([value for (value,) in rows])]
    names = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(columns))
    return f"SELECT {names} FROM json_each(%s)", [json.dumps(rows)]  # noqa: S608  (names of our own)


def unjoined(database: BaseDatabaseWrapper) -> str:
    """The form of "a column is in what a query gives" that is worked out once a statement, and made no join of.

    PostgreSQL would make one of it but for ``IS TRUE``. SQLite never does, but would look for the rows by an index of that
    column, one region after the other, though another index (of the person) leaves one row: the sign forbids that.
    """
    return "({} IN ({})) IS TRUE" if is_server(database) else "+{} IN ({})"


def absent(found: QuerySet[Any, Any], column: str, path: str, *, few: bool = False) -> Q:
    """Condition: no row of ``found`` says in a column what the path of a query says, which is never null.

    A server joins the two. SQLite, which would look each row up, is told to hold it against a table in memory, unless the query
    has but a ``few`` rows.
    """
    if few or is_server(connection):
        return ~Q(Exists(found.filter(**{column: OuterRef(path)})))
    return ~Q(**{f"{path}__in": found.values(column)})


# --- rows in bulk ----------------------------------------------------------------------------------------------------


def hand_out(table: str, key: str, count: int) -> list[int]:
    """Keys for so many new rows, never given to others, whether the rows are written or not."""
    with connection.cursor() as cursor:
        if is_server(connection):
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, key, count],
            )
            return sorted(number for (number,) in cursor)
        last = _counted_on(cursor, table, key, count)
    return list(range(last - count + 1, last + 1))


def reserve(database: BaseDatabaseWrapper, table: str, key: str) -> int:
    """A key for one new row, never given to others, whether the row is written or not."""
    with database.cursor() as cursor:
        if is_server(database):
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [table, key])
            return int(cursor.fetchone()[0])
        return _counted_on(cursor, table, key, 1)


def _counted_on(cursor: CursorWrapper, table: str, key: str, count: int) -> int:
    """The last of so many keys that SQLite's own count of a table was moved on by: one statement, so that nobody comes between
    reading and writing, with a transaction or without."""
    highest = f'SELECT COALESCE(MAX("{key}"), 0) FROM "{table}"'  # noqa: S608  (names of our own tables)
    counts = f"UPDATE sqlite_sequence SET seq = MAX(seq, ({highest})) + %s WHERE name = %s RETURNING seq"  # noqa: S608
    # The first row of a table: whoever comes at the same moment waits for the lock, and then finds the line there.
    begins = (
        f"INSERT INTO sqlite_sequence (name, seq) SELECT %s, ({highest}) + %s "  # noqa: S608
        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s) RETURNING seq"
    )
    while True:
        cursor.execute(counts, [count, table])
        if (found := cursor.fetchone()) is None:
            cursor.execute(begins, [table, count, table])
            found = cursor.fetchone()
        if found is not None:
            return int(found[0])


def beside(database: BaseDatabaseWrapper, key: str, column: str) -> str:
    """A column of bytes with the primary key of its row before it (both SQL), in one value: ``apart`` takes it apart."""
    if is_server(database):
        return f"int8send({key}) || {column}"
    return f"CAST({key} || ':' || {column} AS BLOB)"


def apart(value: bytes) -> tuple[int | None, bytes]:
    """The primary key and the bytes that ``beside`` put together; None where no key stands before the bytes."""
    first = value[0] if value else _NO_KEY
    if first in _DIGITS:
        row, _colon, stored = value.partition(b":")
        return int(row), stored
    if first == 0 and len(value) >= _KEY.size:
        return _KEY.unpack_from(value)[0], value[_KEY.size :]
    return None, value


def load(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of values as the database takes them; how many. One prepared statement on SQLite, COPY on PostgreSQL."""
    names, written = ", ".join(f'"{column}"' for column in columns), 0
    with connection.cursor() as cursor:
        if is_server(connection):
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
                    written += 1
            return written
        marks, feed = ", ".join(["%s"] * len(columns)), iter(rows)
        while part := list(islice(feed, AT_ONCE)):
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', part)  # noqa: S608
            written += len(part)
    return written


def bytes_type() -> str:
    """What a column of bytes is called."""
    return "bytea" if is_server(connection) else "blob"


# --- what a server is told, and a file need not be -------------------------------------------------------------------


def no_bytes(database: BaseDatabaseWrapper, column: str) -> str | None:
    """That something else than bytes stands in a column of bytes (SQL); None where the database takes nothing else."""
    return None if is_server(database) else f"typeof({column}) NOT IN ('blob', 'null')"


def look_anew(*tables: str) -> None:
    """Have a server look at tables as they are now, so that the next question is planned well; SQLite plans by indexes."""
    if is_server(connection):
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")


def tidy(*tables: str) -> None:
    """What a server does by itself a minute after many rows came or went: of these tables, or of all, with a look at each."""
    if is_server(connection):
        with connection.cursor() as cursor:
            for statement in [f"VACUUM {table}" for table in tables] or ["VACUUM ANALYZE"]:
                cursor.execute(statement)


def work_in_memory() -> None:
    """Until the transaction ends, have a server sort in memory, and not compile what runs for a second."""
    if is_server(connection):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")


def size_of(database: BaseDatabaseWrapper) -> int:
    """What a database takes on its disk, in bytes; what waits in SQLite's log is not in it yet."""
    with database.cursor() as cursor:
        if is_server(database):
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        (found,) = cursor.fetchone()
    return int(found)


def take_turns(database: BaseDatabaseWrapper, lock: int) -> None:
    """Wait until nobody else's transaction holds the lock of this number. SQLite's transactions take turns by themselves."""
    if is_server(database):
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


# --- guards ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger: its table, the statement that sets it up, and what has to be defined before ('' for nothing)."""

    table: str
    statement: str
    function: str = ""


def refuse_changes(database: BaseDatabaseWrapper, table: str, function: str, words: str) -> dict[str, Guard]:
    """By their names, the guards that refuse with these words to change or remove a row of a table; a server calls a
    function of this name."""
    if not is_server(database):
        does = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        return {
            f"{table}_no_{act}": Guard(
                table, f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} {does}"
            )
            for act in ("update", "delete")
        }
    defined = _function(function, f"RAISE EXCEPTION '{words}';")
    return {
        name: Guard(table, f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION {function}()", defined)
        for name, when in (
            (f"{table}_no_change", f"UPDATE OR DELETE ON {table} FOR EACH ROW"),
            (f"{table}_no_truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
        )
    }


def with_each_new_row(
    database: BaseDatabaseWrapper, name: str, table: str, statement: str, function: str
) -> Guard:
    """A trigger that runs a statement after each new row of a table (``NEW``); a server calls a function of this name."""
    when = f"CREATE TRIGGER {name} AFTER INSERT ON {table}"
    if not is_server(database):
        return Guard(table, f"{when} BEGIN {statement}; END")
    defined = _function(function, f"{statement}; RETURN NULL;")
    return Guard(table, f"{when} FOR EACH ROW EXECUTE FUNCTION {function}()", defined)


def drop_guard(database: BaseDatabaseWrapper, name: str, table: str) -> str:
    """The statement that takes a trigger away, if it is there."""
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if is_server(database) else "")


def guards_in_force(database: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that there are; a disabled one is as good as none."""
    with database.cursor() as cursor:
        if is_server(database):
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor}


def _function(name: str, does: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} END $$"
