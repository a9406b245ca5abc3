"""A database that an earlier version made is upgraded, and says and shows what it said and showed then."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from _pytest.mark import ParameterSet
from django.db import connection, connections

from tests import schema
from tests.upgrade import kept, sealed

ROOT = kept.HERE.parents[1]

GOOD = "good"

DERIVED = {"measures.Tally"}
"""Sums that are counted anew by each version: those that came to nothing are not written again."""

GROWN = {"digests.Digest", "digests.HashBlock", "ledgers.Witness"}
"""What an upgrade itself adds to: a digest of its own, and lines of what it changes."""

GONE = {"people.Person.id_tail"}
"""Columns of earlier versions that are kept no longer."""

ONE_WOMAN = {
    # She stands in both classes under two records, which are one woman's: forms count her once.
    "2019年5月17日—6月3日,丰都县2019年第1期布艺班,布艺,10,6,7200,4800,市级资金": (
        "2019年5月17日—6月3日,丰都县2019年第1期布艺班,布艺,9,5,7200,4500,市级资金"
    ),
    "2019年6月7日—6月21日,丰都县2019年第2期蜀绣班,蜀绣,10,6,8000,4800,区县资金": (
        "2019年6月7日—6月21日,丰都县2019年第2期蜀绣班,蜀绣,9,5,8000,4444.44,区县资金"
    ),
    "合计,,,20,12,15200,9600,": "合计,,,18,10,15200,8944.44,",
    "合计,,,65,37,49600,28800,": "合计,,,63,35,49600,28144.44,",
}
"""Lines of forms that are otherwise on purpose: as they were, and as they are."""


@dataclass(frozen=True)
class Upgraded:
    """An old database after ``qiaojie prepare``: what lay in the clear, what the version that made it said, what is said now."""

    kind: str
    clear: dict[str, list[int | str]]
    then: dict[str, Any]
    now: dict[str, Any]
    seen: dict[str, int]
    tables: dict[str, schema.Schema]
    folder: str = ""


SEALED_SINCE = "before-2027-05"
"""The first folder of a version in which free text was encrypted already."""

LATEST = 2
"""Folders, the newest, that the first tier upgrades; those before them are upgraded among the long tests, asked the same."""


def _in_tiers() -> list[ParameterSet]:
    folders = sorted(kept.folders())
    older = len(folders) - LATEST
    return [
        pytest.param(
            folder,
            id=folder.name,
            marks=[pytest.mark.long] if at < older else [] if folder == folders[-1] else [pytest.mark.later],
        )
        for at, folder in enumerate(folders)
    ]


@pytest.fixture(scope="module", params=_in_tiers())
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """Each kept database put up on the kind of server that the tests run on, upgraded, asked and looked at."""
    home = kept.unpack(request.param, connection.vendor, tmp_path_factory.mktemp("old"))
    clear: dict[str, list[int | str]] = {}
    with sqlite(home, clear) if connection.vendor == "sqlite" else postgresql(home, clear) as environment:
        asked = json.loads(run(environment, "tests.upgrade.asking"))
        seen = json.loads(run(environment, "tests.upgrade.looking"))
        tables = json.loads(run(environment, "tests.schema"))
        yield Upgraded(
            connection.vendor, clear, kept.answers(request.param), asked, seen, tables, request.param.name
        )


@contextmanager
def sqlite(home: Path, clear: dict[str, list[int | str]]) -> Iterator[dict[str, str]]:
    """Upgrade the two files; what processes are told that work on them. ``clear`` gets what lay in the clear before."""
    with closing(sqlite3.connect(home / "qiaojie.sqlite3")) as database:
        clear |= sealed.in_the_clear(partial(_table, database))
    environment = told(home, "sqlite://")
    run(environment, "qiaojie.cli.main", "prepare")
    yield environment


@contextmanager
def postgresql(home: Path, clear: dict[str, list[int | str]]) -> Iterator[dict[str, str]]:
    """Load the dump into a database of its own and upgrade it; it is then served by an account that owns nothing."""
    name = f"upgrade_{uuid.uuid4().hex[:10]}"
    held = connection.settings_dict
    given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    known = {key: held[setting] for key, setting in given.items() if held[setting]}

    def do(database: str, *statements: str) -> None:
        with psycopg.connect(dbname=database, autocommit=True, **known) as server:
            for statement in statements:
                server.execute(statement.encode())

    def address(user: str, password: str = "") -> str:
        word = f":{quote(password)}" if password else ""
        port = f"&port={held['PORT']}" if held["PORT"] else ""
        return f"postgresql://{quote(user)}{word}@/{name}?host={quote(str(held['HOST']), safe='')}{port}"

    maintenance = held["TEST"]["NAME"] or held["NAME"]
    do(maintenance, f"CREATE DATABASE {name}", f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    try:
        do(name, (home / kept.DUMP).read_text(encoding="utf-8"))
        with psycopg.connect(dbname=name, autocommit=True, **known) as database:
            clear |= sealed.in_the_clear(partial(_table, database))
        run(
            told(home, address(held["USER"], held["PASSWORD"])),
            "qiaojie.cli.main",
            "prepare",
            "--serve-as",
            name,
        )
        yield told(home, address(name, name))
    finally:
        do(maintenance, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def _table(database: Any, name: str) -> tuple[list[str], list[Any]]:
    """The names of a table's columns, and its rows; nothing where there is no such table."""
    try:
        found = database.execute(f'SELECT * FROM "{name}"')
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return [], []
    return [head[0] for head in found.description], found.fetchall()


def told(home: Path, address: str) -> dict[str, str]:
    """What a process is told: no password of that time is too old to look with."""
    own = {"QIAOJIE_HOME": str(home), "QIAOJIE_DATABASE": address, "QIAOJIE_PASSWORD_DAYS": "36500",
           "QIAOJIE_VOLUME_ENCRYPTED": "1"}  # fmt: skip
    return {**os.environ, **own}


def run(environment: dict[str, str], module: str, *arguments: str) -> str:
    """What a program of ours prints; it must do what it was asked for."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    )
    return done.stdout


def test_there_is_a_database_of_an_earlier_version() -> None:
    assert list(kept.folders())


def test_the_doctor_finds_nothing_amiss(upgraded: Upgraded) -> None:
    amiss = [line for line in upgraded.now["doctor"] if not line.startswith(f"{GOOD} ")]
    assert not amiss
    assert {f"{GOOD} {code}" for code in ("encrypted", "log", "totals", "journal")} <= set(
        upgraded.now["doctor"]
    )


def test_every_ledger_has_the_rows_it_had_in_each_state(upgraded: Upgraded) -> None:
    then, now = upgraded.then["ledgers"], upgraded.now["ledgers"]
    assert {code: now.get(code) for code in then} == then


def test_nothing_that_was_registered_or_kept_is_gone(upgraded: Upgraded) -> None:
    then, now = upgraded.then["rows"], upgraded.now["rows"]
    kept_ones = {label: number for label, number in then.items() if label not in DERIVED | GROWN}
    assert {label: now.get(label) for label in kept_ones} == kept_ones
    assert all(now.get(label) for label in DERIVED)
    assert all(now[label] >= then[label] for label in GROWN & then.keys())


def test_every_indicator_counts_in_each_cell_what_it_counted(upgraded: Upgraded) -> None:
    then, now = upgraded.then["measure"], upgraded.now["measure"]
    assert set(then) <= set(now)
    for notice, days in then.items():
        for day, cells in days.items():
            said = now[notice][day]
            other = {
                cell: (value, said.get(cell)) for cell, value in cells.items() if said.get(cell) != value
            }
            assert not other, (notice, day)


def test_official_forms_are_filled_as_they_were(upgraded: Upgraded) -> None:
    then = {
        form: [ONE_WOMAN.get(line, line) for line in lines] for form, lines in upgraded.then["forms"].items()
    }
    assert upgraded.now["forms"] == then


def test_what_was_encrypted_opens_and_says_the_same(upgraded: Upgraded) -> None:
    then, now = upgraded.then["opened"][upgraded.kind], upgraded.now["opened"]
    assert not now.keys() & GONE, "an ending finds nobody any more"
    assert {column: now.get(column) for column in then if column not in GONE} == {
        column: said for column, said in then.items() if column not in GONE
    }


def test_what_lay_in_the_clear_and_is_encrypted_now_says_the_same(upgraded: Upgraded) -> None:
    assert {column: upgraded.now["opened"].get(column) for column in upgraded.clear} == upgraded.clear
    known = {"ledgers.Change.purpose", "ledgers.Batch.purpose", "ledgers.SavedView.query"}
    assert (known <= set(upgraded.clear)) == (upgraded.folder < SEALED_SINCE)


def test_the_pages_of_what_was_kept_answer(upgraded: Upgraded) -> None:
    assert not {address: status for address, status in upgraded.seen.items() if status != 200}
    for page in ("/board/", "/intake/", "/persons/", "/documents/"):
        assert any(page in address for address in upgraded.seen), page


@pytest.mark.django_db(databases="__all__")
def test_its_tables_are_those_that_the_models_say(upgraded: Upgraded) -> None:
    """The databases of all other tests are made as the models say: so this shows what is true of an installation as well."""
    for alias, found in upgraded.tables.items():
        said = schema.tables(connections[alias])
        # Ledgers that are made up for tests are in no installation.
        said = {table: shape for table, shape in said.items() if not table.startswith("ledger_made_up_")}
        assert set(found) == set(said)
        for table, is_said in said.items():
            if table.startswith("auth_"):
                continue  # Django's own migrations make keys of another width than its models say
            assert found[table]["columns"] == is_said["columns"], table
            assert found[table]["limits"] == is_said["limits"], table
