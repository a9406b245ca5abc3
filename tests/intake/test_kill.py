"""A commit that is killed at any moment leaves all of its rows or none, and can be made again."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
ROWS = 1_500
ROUNDS = 12
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

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "QIAOJIE_HOME": str(self.folder),
            "QIAOJIE_DATABASE": self.address(name),
            "QIAOJIE_NOTICES": str(self.folder / "notices"),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.intake.committing", *arguments],
            cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip


class Sqlite(Place):
    def address(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.sqlite3"

    def copy(self, source: str, target: str) -> None:
        for part in ("", "-side"):
            shutil.copy(self.folder / f"{source}{part}.sqlite3", self.folder / f"{target}{part}.sqlite3")

    def counts(self, name: str) -> dict[str, int]:
        with sqlite3.connect(self.folder / f"{name}.sqlite3") as held:
            found = {t: held.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}
            assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert held.execute("PRAGMA foreign_key_check").fetchone() is None
        held.close()
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


@pytest.fixture
def place(tmp_path: Path, db: None) -> Iterator[Place]:
    """A prepared database on the server (or in the manner) that the tests run on."""
    made: Place
    if connection.vendor == "postgresql":
        made = Postgres(tmp_path)
        made._do(f"CREATE DATABASE {made.prefix}_base")
    else:
        made = Sqlite(tmp_path)
    preparing = made.start("base", "prepare")
    preparing.communicate()
    assert preparing.returncode == 0
    yield made
    for name in ("round", "base"):
        made.drop(name)


class Nest:
    """The process that forks the committing ones, and the one that is under way."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.process = place.start("base", "serve", str(ROWS))
        self.took = 0.0
        """Seconds from the word to commit to the end of the process."""

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def commit(self, kill_after: float | None = None) -> int:
        """Plan and commit on the database ``round``; its exit status, or the number of the signal, negative."""
        self.say("round")
        word, pid = self.hear()
        assert word == "ready", (word, pid)
        began = time.monotonic()
        self.say("go")
        if kill_after is not None:
            time.sleep(kill_after)
            # It may have finished just before.
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _word, status = self.hear()
        self.took = time.monotonic() - began
        return int(status)


@pytest.fixture
def nest(place: Place) -> Iterator[Nest]:
    made = Nest(place)
    yield made
    made.process.communicate("")


def test_killed_at_any_moment_all_or_nothing(place: Place, nest: Nest) -> None:
    nothing = dict.fromkeys(TABLES, 0)
    place.copy("base", "round")
    assert nest.commit() == 0
    assert place.counts("round") == TABLES
    takes = nest.took

    dice = random.Random(20231124)
    on_the_way = again = 0
    for number in range(ROUNDS):
        place.drop("round")
        place.copy("base", "round")
        # Spread over the whole time, each moment somewhere in its own slice.
        status = nest.commit(kill_after=takes * (number + dice.random()) / ROUNDS)
        found = place.counts("round")
        assert found in (nothing, TABLES), f"round {number}: {found}"
        if found == nothing:
            assert status == -signal.SIGKILL
            on_the_way += 1
            if number % 3 == 0:
                assert nest.commit() == 0
                assert place.counts("round") == TABLES
                again += 1
    assert on_the_way >= 3
    assert again >= 1
