"""A commit that is killed at any moment leaves all of its rows or none, and can be made again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.intake.places import ROWS, TABLES, Place, Postgres, Sqlite


@pytest.fixture
def place(tmp_path: Path, db: None) -> Iterator[Place]:
    """A prepared database on the server (or in the manner) that the tests run on."""
    made = Postgres(tmp_path) if connection.vendor == "postgresql" else Sqlite(tmp_path)
    made.create("base")
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


@pytest.mark.parametrize("rounds", [4, pytest.param(12, marks=pytest.mark.long)])
def test_killed_at_any_moment_all_or_nothing(place: Place, nest: Nest, rounds: int) -> None:
    nothing = dict.fromkeys(TABLES, 0)
    place.copy("base", "round")
    assert nest.commit() == 0
    assert place.counts("round") == TABLES
    takes = nest.took

    dice = random.Random(20231124)
    on_the_way = again = 0
    for number in range(rounds):
        place.drop("round")
        place.copy("base", "round")
        # Spread over the whole time, each moment somewhere in its own slice.
        status = nest.commit(kill_after=takes * (number + dice.random()) / rounds)
        found = place.counts("round")
        assert found in (nothing, TABLES), f"round {number}: {found}"
        if found == nothing:
            assert status == -signal.SIGKILL
            on_the_way += 1
            if number % 3 == 0:
                assert nest.commit() == 0
                assert place.counts("round") == TABLES
                again += 1
    assert on_the_way >= rounds // 4
    assert again >= 1
