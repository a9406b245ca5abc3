"""Databases that a test makes, copies, looks into past the product and drops, on either kind of server."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection

from qiaojie.storage.database_key import DatabaseKey
from qiaojie.storage.encrypted_sqlite.base import opened

ROOT = Path(__file__).resolve().parents[2]
ROWS = 1_500
TABLES = {
    "people_person": ROWS,
    "people_certificate": ROWS,
    "people_tie": ROWS,
    "training_trainingclass": 1,
    "training_enrolment": ROWS,
    "ledgers_batch": 1,
    "ledgers_change": 5,
}


class Place(ABC):
    """Where databases are made from a prepared one, and looked into past the product."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "notices").mkdir()

    @abstractmethod
    def address(self, name: str) -> str:
        """What the product is told."""

    @abstractmethod
    def copy(self, source: str, target: str) -> None:
        """A new database like another."""

    @abstractmethod
    def counts(self, name: str) -> dict[str, int]:
        """Rows in each table."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove a database."""

    @abstractmethod
    def create(self, name: str) -> None:
        """Room for a database of that name."""

    def environment(self, name: str) -> dict[str, str]:
        """What a process that works on a database is told."""
        return {
            **os.environ,
            "QIAOJIE_HOME": str(self.folder),
            "QIAOJIE_DATABASE": self.address(name),
            "QIAOJIE_NOTICES": str(self.folder / "notices"),
        }

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.intake.committing", *arguments],
            cwd=ROOT, env=self.environment(name), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip


class Sqlite(Place):
    def create(self, name: str) -> None:
        assert not list(self.folder.glob(f"{name}*.sqlite3*"))

    def address(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.sqlite3"

    def copy(self, source: str, target: str) -> None:
        for part in ("", "-side"):
            shutil.copy(self.folder / f"{source}{part}.sqlite3", self.folder / f"{target}{part}.sqlite3")

    def counts(self, name: str) -> dict[str, int]:
        key = DatabaseKey.of(json.loads((self.folder / "keys.json").read_text())["database"])
        with contextlib.closing(opened(self.folder / f"{name}.sqlite3", key)) as held:
            found = {t: held.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}
            assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert held.execute("PRAGMA foreign_key_check").fetchone() is None
        return found

    def drop(self, name: str) -> None:
        for path in self.folder.glob(f"{name}*.sqlite3*"):
            path.unlink()


class Postgres(Place):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings = connection.settings_dict
        self.prefix = f"kill_{uuid.uuid4().hex[:10]}"

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        known = {key: self.settings[setting] for key, setting in given.items() if self.settings[setting]}
        return psycopg.connect(dbname=name, autocommit=True, **known)

    def address(self, name: str) -> str:
        held = self.settings
        password = f":{quote(held['PASSWORD'])}" if held["PASSWORD"] else ""
        port = f"&port={held['PORT']}" if held["PORT"] else ""
        host = quote(str(held["HOST"]), safe="")
        return f"postgresql://{quote(held['USER'])}{password}@/{self.prefix}_{name}?host={host}{port}"

    def _do(self, statement: str) -> None:
        with self._connect(self.settings["NAME"]) as held:
            held.execute(statement)

    def create(self, name: str) -> None:
        self._do(f"CREATE DATABASE {self.prefix}_{name}")

    def copy(self, source: str, target: str) -> None:
        self._do(f"CREATE DATABASE {self.prefix}_{target} TEMPLATE {self.prefix}_{source}")

    def counts(self, name: str) -> dict[str, int]:
        with self._connect(f"{self.prefix}_{name}") as held:
            # The server notices a client's death a little later, and may finish what it was told before.
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            until = time.monotonic() + 20
            while held.execute(others).fetchone() != (0,) and time.monotonic() < until:
                time.sleep(0.02)
            rows = {t: held.execute(f"SELECT count(*) FROM {t}").fetchone() for t in TABLES}
        return {table: row[0] for table, row in rows.items() if row}

    def drop(self, name: str) -> None:
        self._do(f"DROP DATABASE IF EXISTS {self.prefix}_{name} WITH (FORCE)")
