"""A worker that is killed in any phase: the next one finishes its job, once. Two workers never do the same job."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.intake.places import ROOT, Place, Postgres, Sqlite

ROWS = 60


class Nest:
    """The process from which workers are forked."""

    def __init__(self, place: Place) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.intake.working"],
            cwd=ROOT, env={**place.environment("base"), "QIAOJIE_WORKER_SILENCE": "0.8"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def do(self, line: str) -> None:
        """Have something done to its end."""
        self.say(line)
        assert set(self.hear().split()) == {"ended", "0"}, line

    def kill_at(self, phase: str) -> None:
        """Have a worker work until it is in a phase, and kill it there."""
        self.say(f"stop {phase}")
        word, pid = self.hear().split()
        assert word == "at", (word, pid)
        os.kill(int(pid), signal.SIGKILL)
        assert self.hear() == "ended -9"

    def show(self) -> dict[str, Any]:
        self.say("show")
        found: dict[str, Any] = json.loads(self.hear())
        assert self.hear() == "ended 0"
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Place]:
    """An empty database on the server (or in the manner) that the tests run on."""
    folder = tmp_path_factory.mktemp("workers")
    made = Postgres(folder) if connection.vendor == "postgresql" else Sqlite(folder)
    made.create("base")
    yield made
    made.drop("base")


@pytest.fixture(scope="module")
def nest(place: Place) -> Iterator[Nest]:
    made = Nest(place)
    made.do("prepare")
    yield made
    made.process.communicate("")


def test_killed_in_every_phase_it_is_done_once_in_the_end(nest: Nest) -> None:
    nest.do(f"keep {ROWS}")
    nest.kill_at("claimed")
    assert nest.show()["job"] == ["running", 1]
    nest.kill_at("planning")
    nest.do("finish")
    nothing = {"stage": "planned", "batches": 0, "people": 0, "enrolments": 0, "lines": 0, "copies": 0}
    assert nest.show() == {"job": ["done", 3], **nothing}

    nest.do("commit")
    nest.kill_at("writing")
    assert nest.show() == {"job": ["running", 1], **nothing}
    nest.kill_at("done")
    written = {**nothing, "stage": "committed", "batches": 1, "people": ROWS, "enrolments": ROWS}
    assert nest.show() == {"job": ["running", 2], **written}
    nest.do("finish")
    assert nest.show() == {"job": ["done", 3], **written}

    nest.do("undo")
    nest.kill_at("done")
    back = {**nothing, "stage": "undone", "batches": 1}
    assert nest.show() == {"job": ["running", 1], **back}
    nest.do("finish")
    assert nest.show() == {"job": ["done", 2], **back}


@pytest.mark.long
def test_a_comparison_and_a_marked_copy_are_there_once_whenever_their_worker_is_killed(nest: Nest) -> None:
    nest.do(f"compare {ROWS}")
    nest.kill_at("writing")
    assert (nest.show()["job"], nest.show()["lines"]) == (["running", 1], 0)
    nest.kill_at("done")
    assert (nest.show()["job"], nest.show()["lines"]) == (["running", 2], ROWS)
    nest.do("finish")
    assert (nest.show()["job"], nest.show()["lines"]) == (["done", 3], ROWS)

    nest.do(f"keep {ROWS}")
    nest.do("finish")
    nest.do("mark")
    nest.kill_at("planning")
    assert (nest.show()["job"], nest.show()["copies"]) == (["running", 1], 0)
    nest.kill_at("done")
    nest.do("finish")
    assert (nest.show()["job"], nest.show()["copies"]) == (["done", 3], 1)


@pytest.mark.long
def test_three_killed_workers_are_enough(nest: Nest) -> None:
    nest.do(f"keep {ROWS}")
    for _attempt in range(3):
        nest.kill_at("claimed")
    nest.do("finish")
    assert nest.show()["job"] == ["failed", 3]


def test_two_workers_share_the_jobs(nest: Nest, place: Place) -> None:
    nest.do("trials 40")
    nest.do("both")
    done = [line.split() for line in (place.folder / "trials").read_text().splitlines()]
    assert Counter(subject for subject, _pid in done) == {f"trial/{each}": 1 for each in range(40)}
    assert len({pid for _subject, pid in done}) == 2
