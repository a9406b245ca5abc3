"""Databases that are made for one run and thrown away after it: an installation's own is never touched."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def reachable() -> list[str]:
    """The kinds of database that a run can use: PostgreSQL where ``QIAOJIE_DATABASE`` names a server."""
    return [SQLITE, POSTGRESQL] if _server() else [SQLITE]


@contextlib.contextmanager
def place(kind: str) -> Iterator[dict[str, str]]:
    """The environment of an empty installation on a database of this kind."""
    with tempfile.TemporaryDirectory(prefix="qiaojie-bench-") as home:
        if kind == SQLITE:
            yield {"QIAOJIE_HOME": home, "QIAOJIE_DATABASE": f"sqlite:///{Path(home, 'bench.sqlite3')}"}
        else:
            with _database() as address:
                yield {"QIAOJIE_HOME": home, "QIAOJIE_DATABASE": address}


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A database of our own on the server that ``QIAOJIE_DATABASE`` names."""
    server, name = _server(), f"qiaojie_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _server() -> str:
    address = os.environ.get("QIAOJIE_DATABASE", "")
    return address if address.startswith("postgres") else ""
