"""Lines of files encrypted whole: the same work on the same rows in plain files, one after the other in one run."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connections

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.people.models import Person
from qiaojie.storage import converting
from qiaojie.storage.encrypted_sqlite.base import opened
from qiaojie.web.components.sealed_text import seal
from qiaojie.web.desk.today.search import PURPOSE

from . import pages, rosters
from .rosters import People
from .timing import BenchLine, Times, against, alternated

BOUND: Final = 1.5
"""Times as long as on plain files that anything may take."""
ROUNDS: Final = 5
ONE_SIDE: Final = "qiaojie.bench.apart.one_side"


def lines(people: People, rows: int) -> Iterator[BenchLine]:
    """The bare library, then the product's lists, searches, and imports of so many rows."""
    yield from _bare(people.count)
    cookies = [pages.signed_in(number) for number in range(pages.CLIENTS)]
    size = f"{people.count:,}"
    lists = [f"/ledgers/persons/?after={pk}" for pk in _some_people()]
    names = _searches(people, pages.CLIENTS * pages.EACH)
    addresses = _plain_copy()
    for name, asked in (("list page, 50 rows", lists), ("search for a name", names)):
        yield against(f"{name}, files encrypted", size, _pages(addresses, asked, cookies), BOUND)
    yield against(
        "import of a roster, files encrypted", f"{rows:,} rows", _imports(addresses, people, rows), BOUND
    )


def _searches(people: People, number: int) -> list[str]:
    """Addresses of so many searches for names, each sealed for the account that asks for it (``pages.load``)."""
    viewers = [
        UserViewer(User.objects.get(username=f"bench-{client}"), "127.0.0.1")
        for client in range(pages.CLIENTS)
    ]
    return [
        f"/search/?t={seal(str(people.known(3 * place)['person.name']), PURPOSE, viewers[place % pages.CLIENTS])}"
        for place in range(number)
    ]


def _some_people() -> list[int]:
    return list(
        Person.objects.order_by("-pk").values_list("pk", flat=True)[: pages.CLIENTS * pages.EACH * 50 : 50]
    )


def _plain_copy() -> dict[bool, str]:
    """The addresses of the two databases with the same rows: ours, encrypted, and a plain copy beside it."""
    found = {True: Path(str(settings.DATABASES["default"]["NAME"]))}
    found[False] = found[True].with_name("plain.sqlite3")
    for alias, end in (("default", ""), ("side", "-side")):
        path = Path(str(settings.DATABASES[alias]["NAME"]))
        connections[alias].close()
        with contextlib.closing(opened(path, settings.DATABASES[alias]["OPTIONS"]["key"])) as held:
            held.execute("ATTACH DATABASE ? AS plain KEY ''", (str(path.with_name(f"plain{end}.sqlite3")),))
            held.execute("SELECT sqlcipher_export('plain')").fetchall()
            # Many connections at once cannot change it.
            held.execute("PRAGMA plain.journal_mode = WAL").fetchall()
    return {encrypted: f"sqlite:///{path}" for encrypted, path in found.items()}


def _pages(addresses: dict[bool, str], asked: list[str], cookies: list[str]) -> tuple[Times, Times]:
    """Seconds of all these pages, served from each of the two in turn."""
    with contextlib.ExitStack() as servers:
        ports = {
            encrypted: servers.enter_context(
                pages.served(f"{ONE_SIDE}:application", {"QIAOJIE_DATABASE": address})
            )
            for encrypted, address in addresses.items()
        }

        def ask(encrypted: bool) -> None:
            load = pages.load(ports[encrypted], asked, cookies, pages.CLIENTS)
            if load.failed:
                raise SystemExit(f"{load.failed} answers were not 200")

        ask(True)
        ask(False)
        return alternated(partial(ask, False), partial(ask, True), ROUNDS)


def _imports(addresses: dict[bool, str], people: People, rows: int) -> tuple[Times, Times]:
    """Seconds of lists of so many rows into each of the two, each list into both."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            file = Path(folder, f"{number}.xlsx")
            file.write_bytes(rosters.roster(people, rows, number).content)
            for encrypted in (False, True) if number % 2 else (True, False):
                done = subprocess.run(  # noqa: S603  (our own program)
                    [sys.executable, "-m", ONE_SIDE, str(file), str(people.county.pk)],
                    env={**os.environ, "QIAOJIE_DATABASE": addresses[encrypted]},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                taken[encrypted].append(float(done.stdout))
    return Times(tuple(taken[False])), Times(tuple(taken[True]))


def _bare(count: int) -> Iterator[BenchLine]:
    """The two libraries alone, with the settings of the product, on a table of so many people."""
    options = settings.DATABASES["default"]["OPTIONS"]
    with tempfile.TemporaryDirectory() as folder:
        paths = {False: Path(folder, "plain.sqlite3"), True: Path(folder, "encrypted.sqlite3")}
        converting.make(paths[True], options["key"])

        def connect(encrypted: bool) -> Any:
            held: Any = (
                opened(paths[True], options["key"])
                if encrypted
                else sqlite3.connect(paths[False], isolation_level=None)
            )
            for command in options["init_command"].split(";"):
                held.execute(command)
            return held

        for name, work in WORK.items():
            yield against(f"{name}, files encrypted", f"{count:,}", _both(connect, work, count), BOUND)


def _both(
    connect: Callable[[bool], Any], work: Callable[[Any, int], object], count: int
) -> tuple[Times, Times]:
    def run(encrypted: bool) -> None:
        # Every request of the product opens the files anew.
        with contextlib.closing(connect(encrypted)) as held:
            work(held, count)

    return alternated(partial(run, False), partial(run, True), ROUNDS)


def _insert(held: Any, count: int) -> None:
    dice = random.Random(count)
    held.execute("BEGIN IMMEDIATE")
    held.execute("DROP TABLE IF EXISTS woman")
    held.execute(
        "CREATE TABLE woman (id integer PRIMARY KEY, name text, address text, mark blob, town integer)"
    )
    held.execute("CREATE INDEX woman_name ON woman (name)")
    held.execute("CREATE UNIQUE INDEX woman_mark ON woman (mark)")
    held.executemany(
        "INSERT INTO woman (name, address, mark, town) VALUES (?, ?, ?, ?)",
        (
            (f"名{dice.random()}", "某镇和平村" * 8, dice.randbytes(32), dice.randrange(900))
            for _ in range(count)
        ),
    )
    held.execute("COMMIT")


def _scan(held: Any, _count: int) -> None:
    for _row in held.execute("SELECT * FROM woman"):
        pass


def _group(held: Any, _count: int) -> None:
    held.execute("SELECT town, count(*), max(name) FROM woman GROUP BY town").fetchall()


def _look_up(held: Any, count: int) -> None:
    dice = random.Random(1)
    for _ in range(count // 50):
        held.execute("SELECT address FROM woman WHERE name >= ? LIMIT 20", (f"名{dice.random()}",)).fetchall()


WORK: Final[dict[str, Callable[[Any, int], object]]] = {
    "insert": _insert,
    "scan": _scan,
    "group": _group,
    "look-up by prefix": _look_up,
}
