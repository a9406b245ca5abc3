"""Connections of Django to SQLite files that SQLCipher encrypts page by page, with their logs and temporary files.

A database in memory, which tests use, is on no disk and has no key; it runs in the same library.
"""

from __future__ import annotations

import datetime
import decimal
import threading
from collections.abc import Iterable, Mapping
from itertools import tee
from pathlib import Path
from typing import Any, Final

from django.db.backends.sqlite3 import base, features
from django.db.backends.sqlite3 import client as plain_client
from django.db.backends.sqlite3._functions import register as register_functions  # type: ignore[import-untyped]
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from sqlcipher3 import dbapi2 as Database

from qiaojie.storage import files
from qiaojie.storage.database_key import DatabaseKey, NoKey

CIPHER: Final = (
    # Nothing of ours reads what the library would say on stderr, and it is no place for it.
    "PRAGMA cipher_log_level = NONE",
    "PRAGMA cipher_page_size = 16384",
    "PRAGMA cipher_hmac_algorithm = HMAC_SHA256",
)
"""How files are encrypted, chosen by figures (docs/decisions/0104-files-encrypted-whole.md). It cannot be changed for a file that
is there: whoever changes it converts."""


def _decoder(read: Any) -> Any:
    return lambda text: read(text.decode())


# What Django tells the library of Python, this one has to be told as well.
Database.register_converter("bool", b"1".__eq__)
Database.register_converter("date", _decoder(parse_date))
Database.register_converter("time", _decoder(parse_time))
Database.register_converter("datetime", _decoder(parse_datetime))
Database.register_converter("timestamp", _decoder(parse_datetime))
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, base.adapt_date)
Database.register_adapter(datetime.datetime, base.adapt_datetime)


class CursorWrapper(Database.Cursor):
    """Takes statements as Django writes them (``%s``) and hands them on as SQLite reads them (``?``).

    The library keeps statements that it has read, and loses its place among them (KeyError for ever after) where threads that
    share a connection ask at the same moment: so one asks after the other. A connection to a file belongs to one thread.
    """

    convert_query: Any = base.SQLiteCursorWrapper.convert_query
    turn: threading.RLock

    def execute(self, query: str, params: Any = None) -> Any:
        """One statement."""
        with self.turn:
            if params is None:
                return super().execute(query)
            names = list(params) if isinstance(params, Mapping) else None
            return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """One statement for many rows, which may come one after the other."""
        ahead, rows = tee(iter(param_list))
        first = next(ahead, None)
        names = list(first) if first and isinstance(first, Mapping) else None
        with self.turn:
            return super().executemany(self.convert_query(query, param_names=names), rows)


class DatabaseClient(plain_client.DatabaseClient):
    """The program that opens such a file; it asks for the key."""

    executable_name = "sqlcipher"


class DatabaseFeatures(features.DatabaseFeatures):
    """What the library that is used can do, not the one that comes with Python."""

    can_alter_table_drop_column = True
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file with the key that ``OPTIONS`` gives under ``key``; without one the file is plain."""

    Database = Database
    client_class = DatabaseClient
    features_class = DatabaseFeatures
    init_commands: list[str]
    _key: DatabaseKey | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn = threading.RLock()

    def get_connection_params(self) -> dict[str, Any]:
        """What the library is asked for; the key is kept apart from it."""
        params: dict[str, Any] = super().get_connection_params()
        self._key = params.pop("key", None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file. Raises OperationalError or DatabaseError where it is absent, plain, of another key, or not to be read or
        written."""
        if self.is_in_memory_db():
            connection = Database.connect(**conn_params)
        else:
            files.demand(self._path, encrypted=self._key is not None)
            # A file that is not there is an error and no reason to begin anew.
            asked = {**conn_params, "database": files.address(self._path)}
            connection = Database.connect(**asked)
        try:
            self._set_up(connection)
        except (Database.Error, NoKey):
            connection.close()
            raise
        return connection

    @property
    def _path(self) -> Path:
        return Path(str(self.settings_dict["NAME"]))

    def _set_up(self, connection: Any) -> None:
        if self._key is not None and not self.is_in_memory_db() and not files.is_open(self._path):
            unlock(connection, self._key)
        register_functions(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        for command in self.init_commands:
            if command := command.strip():
                connection.execute(command)

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that reads Django's statements."""
        cursor = self.connection.cursor(factory=CursorWrapper)
        cursor.turn = self._turn
        return cursor


def opened(path: Path, key: DatabaseKey, mode: str = "rw") -> Any:
    """A bare connection to a file, for what stands beside Django: each statement by itself. Raises the library's own errors."""
    connection = Database.connect(files.address(path, mode), uri=True, isolation_level=None)
    try:
        unlock(connection, key)
    except (Database.Error, NoKey):
        connection.close()
        raise
    return connection


def unlock(connection: Any, key: DatabaseKey) -> None:
    """Give a connection just opened its key, and say how the file is encrypted."""
    connection.execute(CIPHER[0])
    key.unlock(connection)
    for statement in CIPHER[1:]:
        connection.execute(statement)
