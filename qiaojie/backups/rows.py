"""Rows in one form whatever the database: lines of text as PostgreSQL's COPY writes them, in the order of their keys.

Both databases make the lines themselves, so nothing is worked out row by row here; only JSON, which each of them keeps in a
spelling of its own, is spelt anew. What is digested, kept in a packet and compared is these lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps as installed
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from qiaojie.lib.dialects import is_server

CHUNK: Final = 1 << 20
"""Bytes of lines that are handed on at once; a longer row is handed on alone."""

LEFT_OUT: Final = frozenset({"django_session", "accounts_presence"})
"""Tables that no packet holds: who is signed in just now. After a restore everybody signs in anew."""

KINDS: Final = {
    "AutoField": "int",
    "BigAutoField": "int",
    "SmallAutoField": "int",
    "IntegerField": "int",
    "BigIntegerField": "int",
    "SmallIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveBigIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "BooleanField": "bool",
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "DateField": "date",
    "DateTimeField": "moment",
    "BinaryField": "bytes",
    "JSONField": "json",
    "UUIDField": "uuid",
}
"""Kind of field → how its values are spelt. A kind that is not here cannot be backed up: a test holds every model against it."""

NULL: Final = "\\N"
_SPECIAL: Final = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_MEANT: Final = {value[1]: key for key, value in _SPECIAL.items()}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PacketTable:
    """A table as a packet has it: name, columns of its key, columns with the kinds of their values, whether a sequence gives
    its keys."""

    name: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    numbered: bool

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "key": self.key, "columns": self.columns, "numbered": self.numbered}

    @classmethod
    def read(cls, told: dict[str, Any]) -> PacketTable:
        """From JSON."""
        columns = tuple((str(name), str(kind)) for name, kind in told["columns"])
        return cls(str(told["name"]), tuple(map(str, told["key"])), columns, bool(told["numbered"]))


def tables(models: Iterable[type[Model]] | None = None) -> dict[PacketTable, str]:
    """Every table that a packet holds → the alias of its database; of all models, if none are given. Raises KeyError
    for a kind of field that is not known."""
    known = installed.get_models(include_auto_created=True) if models is None else models
    return {
        table_of(model): router.db_for_read(model)
        for model in known
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT
    }


def table_of(model: type[Model]) -> PacketTable:
    """A model's table."""
    keys = model._meta.pk_fields
    columns = tuple((str(one.column), KINDS[_plain(one)]) for one in model._meta.local_concrete_fields)
    names = tuple(str(one.column) for one in keys)
    numbered = len(keys) == 1 and "AutoField" in str(keys[0].get_internal_type())
    return PacketTable(model._meta.db_table, names, columns, numbered)


def _plain(field: Field[Any, Any]) -> str:
    """What a field holds: of one that refers to a row, what the key of that row is."""
    while field.remote_field is not None:
        field = field.target_field  # type: ignore[attr-defined]
    return str(field.get_internal_type())


def lines(connection: BaseDatabaseWrapper, table: PacketTable) -> Iterator[tuple[int, bytes]]:
    """All rows in the order of their keys: how many lines, and the lines, each ended by a line feed."""
    spelt = [at for at, (_name, kind) in enumerate(table.columns) if kind == "json"]
    for number, text in (_served if is_server(connection) else _filed)(connection, table):
        yield number, _respelt(text, spelt) if spelt else text


def last_number(connection: BaseDatabaseWrapper, table: PacketTable) -> int | None:
    """The last key that the table's sequence has given; None where there is no sequence or it has given none."""
    if not table.numbered:
        return None
    with connection.cursor() as cursor:
        if is_server(connection):
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', table.key[0]])
            (sequence,) = cursor.fetchone()
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value END FROM {sequence}")  # noqa: S608
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        found = cursor.fetchone()
    return int(found[0]) if found and found[0] else None


def count(connection: BaseDatabaseWrapper, table: PacketTable) -> int:
    """How many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table.name}"')  # noqa: S608  (names of our own tables)
        return int(cursor.fetchone()[0])


def unescaped(cell: str) -> str:
    """The text that a cell of a line stands for."""
    return _ESCAPED.sub(lambda found: _MEANT[found[1]], cell) if "\\" in cell else cell


def _respelt(text: bytes, spelt: list[int]) -> bytes:
    """Lines with their JSON in one spelling: keys sorted, no blanks, characters as they are."""
    found = []
    for line in text.decode().split("\n")[:-1]:
        cells = line.split("\t")
        for at in spelt:
            if cells[at] != NULL:
                said = json.dumps(
                    json.loads(unescaped(cells[at])),
                    sort_keys=True,
                    ensure_ascii=False,
                    separators=(",", ":"),
                )
                cells[at] = said.translate(_TRANSLATED)
        found.append("\t".join(cells) + "\n")
    return "".join(found).encode()


_TRANSLATED: Final = str.maketrans(_SPECIAL)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _served(connection: BaseDatabaseWrapper, table: PacketTable) -> Iterator[tuple[int, bytes]]:
    asked = ", ".join(
        f"replace(\"{name}\"::text, '-', '')" if kind == "uuid" else f'"{name}"'
        for name, kind in table.columns
    )
    kinds = dict(table.columns)
    order = ", ".join(f'"{name}"' + ' COLLATE "C"' * (kinds[name] == "text") for name in table.key)
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'; SET DateStyle = ISO; SET bytea_output = hex")
        statement = f'COPY (SELECT {asked} FROM "{table.name}" ORDER BY {order}) TO STDOUT'  # noqa: S608
        with cursor.copy(statement) as copy:
            held: list[bytes] = []
            size = 0
            for row in copy:
                held.append(bytes(row))
                size += len(held[-1])
                if size >= CHUNK:
                    yield len(held), b"".join(held)
                    held, size = [], 0
    if held:
        yield len(held), b"".join(held)


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _filed(connection: BaseDatabaseWrapper, table: PacketTable) -> Iterator[tuple[int, bytes]]:
    cells = f" || {_quoted(chr(9))} || ".join(_cell(f'"{name}"', kind) for name, kind in table.columns)
    order = ", ".join(f'"{name}"' for name in table.key)
    statement = f'SELECT CAST({cells} AS BLOB) FROM "{table.name}" ORDER BY {order}'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement)
        held: list[bytes] = []
        size = 0
        while rows := cursor.fetchmany(100):
            held += [row[0] for row in rows]
            size += sum(len(row[0]) + 1 for row in rows)
            if size >= CHUNK:
                yield len(held), b"\n".join(held) + b"\n"
                held, size = [], 0
    if held:
        yield len(held), b"\n".join(held) + b"\n"


def _cell(column: str, kind: str) -> str:
    """What spells a column as COPY does (SQL)."""
    null = _quoted(NULL)
    if kind in {"text", "json"}:
        escaped = column
        for special, written in _SPECIAL.items():
            escaped = f"replace({escaped}, {_quoted(special)}, {_quoted(written)})"
        some = f"{column} GLOB {_quoted('*[' + ''.join(_SPECIAL) + ']*')}"
        return f"ifnull(CASE WHEN {some} THEN {escaped} ELSE {column} END, {null})"
    if kind == "bytes":
        written = f"{_quoted(chr(92) * 2 + 'x')} || lower(hex({column}))"
        return f"CASE WHEN {column} IS NULL THEN {null} ELSE {written} END"
    if kind == "bool":
        return f"CASE WHEN {column} IS NULL THEN {null} WHEN {column} THEN 't' ELSE 'f' END"
    if kind == "moment":
        short = f"CASE WHEN instr({column}, '.') THEN rtrim(rtrim({column}, '0'), '.') ELSE {column} END"
        return f"ifnull({short} || '+00', {null})"
    return f"ifnull({column}, {null})"


def _quoted(text: str) -> str:
    """A text in SQL, its control characters by number: SQLite knows no escapes."""
    plain = text.replace("'", "''")
    if plain.isprintable():
        return f"'{plain}'"
    return f"char({', '.join(str(ord(one)) for one in text)})"
