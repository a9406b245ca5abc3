"""Lines of a packet back into the tables of a new database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from qiaojie.lib.dialects import is_server

from .rows import NULL, PacketTable, unescaped

WITHOUT_WAITING: Final = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA cache_size = -131072",
)
"""For a file that nobody else knows of yet, and that is thrown away unless it is filled whole."""


class RowLoader:
    """Puts the lines of one table after another into their databases; ``with`` it."""

    def __init__(self, tables: dict[PacketTable, BaseDatabaseWrapper]) -> None:
        self._tables = {table.name: (table, held) for table, held in tables.items()}
        self._open = ExitStack()
        self._name = ""
        self._put: Callable[[bytes], None] = lambda _lines: None

    def __enter__(self) -> RowLoader:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._open.__exit__(*raised)

    def put(self, told: PacketTable, lines: bytes) -> None:
        """Put lines into a table, whose columns come in the order in which the packet names them."""
        if told.name != self._name:
            self.end()
            self._name = told.name
            _table, held = self._tables[told.name]
            self._put = self._into_server(held, told) if is_server(held) else self._into_file(held, told)
        self._put(lines)

    def end(self) -> None:
        """The table in hand has all its lines."""
        self._open.close()
        self._name = ""

    def _into_server(self, held: BaseDatabaseWrapper, table: PacketTable) -> Callable[[bytes], None]:
        names = ", ".join(f'"{name}"' for name, _kind in table.columns)
        cursor = self._open.enter_context(held.cursor())
        cursor.execute("SET TIME ZONE 'UTC'; SET DateStyle = ISO")
        copy = self._open.enter_context(cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN'))
        write: Callable[[bytes], None] = copy.write
        return write

    def _into_file(self, held: BaseDatabaseWrapper, table: PacketTable) -> Callable[[bytes], None]:
        names = ", ".join(f'"{name}"' for name, _kind in table.columns)
        marks = ", ".join("?" * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608
        kinds = [kind for _name, kind in table.columns]
        cursor = self._open.enter_context(held.cursor())
        # The driver's own cursor: Django's would look for percent signs in every statement.
        insert = cursor.cursor.connection.executemany
        cursor.execute("BEGIN")
        self._open.callback(held.connection.commit)
        return lambda lines: insert(statement, _values(lines, kinds))


def fresh(held: BaseDatabaseWrapper) -> None:
    """Have a new SQLite file written as fast as the disk takes it."""
    if not is_server(held):
        with held.cursor() as cursor:
            for pragma in WITHOUT_WAITING:
                cursor.execute(pragma)


def set_number(held: BaseDatabaseWrapper, table: PacketTable, last: int | None) -> None:
    """Have the table's sequence go on after the last key that it gave where the packet was made."""
    if last is None:
        return
    with held.cursor() as cursor:
        if is_server(held):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{table.name}"', table.key[0], last]
            )
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])


def _values(lines: bytes, kinds: list[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of lines as SQLite keeps them, worked out column by column."""
    cells = zip(*[line.split("\t") for line in lines.decode().split("\n")[:-1]], strict=True)
    return zip(*[_READ[kind](column) for kind, column in zip(kinds, cells, strict=True)], strict=True)


Column = tuple[str, ...]


def _as_they_stand(column: Column) -> list[str | None]:
    """Numbers and days: the columns of SQLite take numbers from their text."""
    return [None if cell == NULL else cell for cell in column]


def _texts(column: Column) -> list[str | None]:
    return [None if cell == NULL else unescaped(cell) if "\\" in cell else cell for cell in column]


def _bytes(column: Column) -> list[bytes | None]:
    return [None if cell == NULL else bytes.fromhex(cell[3:]) for cell in column]


def _truths(column: Column) -> list[int | None]:
    return [None if cell == NULL else int(cell == "t") for cell in column]


def _moments(column: Column) -> list[str | None]:
    """As Django writes them: without the zone, and six digits of a second where there is a part of one."""
    return [None if cell == NULL else f"{cell[:-3]:0<26}" if "." in cell else cell[:-3] for cell in column]


_READ: Final[dict[str, Callable[[Column], list[Any]]]] = {
    "int": _as_they_stand,
    "date": _as_they_stand,
    "uuid": _as_they_stand,
    "text": _texts,
    "json": _texts,
    "bytes": _bytes,
    "bool": _truths,
    "moment": _moments,
}


class TableDigest:
    """Rows and hash of the lines of one table, as they come."""

    def __init__(self) -> None:
        self.rows = 0
        self.size = 0
        self._hash = hashlib.sha256()

    def add(self, number: int, lines: bytes) -> None:
        """So many more lines."""
        self.rows += number
        self.size += len(lines)
        self._hash.update(lines)

    def plain(self) -> dict[str, Any]:
        """As a manifest has it."""
        return {"rows": self.rows, "size": self.size, "sha256": self._hash.hexdigest()}
