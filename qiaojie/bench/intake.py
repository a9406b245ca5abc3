"""Lines of intake: a list of trainees, half of whom the registry knows, planned and committed, beside what is bare."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services as intake
from qiaojie.intake.public import Plan
from qiaojie.ledgers.models import Batch
from qiaojie.lib.dialects import is_server
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.training.models import Enrolment, TrainingClass

from . import bare, importing, rosters
from .rosters import People, Roster
from .timing import ROUNDS, BenchLine, Times, against, timed

PLAN = 2.5
"""Times the bare steps that a plan may take."""
COMMIT = 2.0
"""Times a bare upsert of the same rows that a commit may take."""
PEER = 0.1
"""Times the peer, from the file to the rows."""
PEAK = 600
"""MB that a plan may take."""
FLAT = 1.25
"""Times the cost of a row in a tenth of the rows that a row may cost."""

WRITTEN: tuple[type[models.Model], ...] = (Person, Certificate, Tie, TrainingClass, Enrolment)


def lines(people: People, rows: int, *, longest: int) -> Iterator[BenchLine]:
    """Planning and committing lists of so many rows; each round has a list of its own."""
    size = f"{rows:,} rows"
    plans: list[tuple[float, float]] = []
    commits: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        held = rosters.roster(people, rows, number)
        (steps,) = timed(partial(bare.plan, held), 1).seconds
        found: list[Plan] = []
        (planned,) = timed(partial(_plan_into, held, found), 1).seconds
        plans.append((steps, planned))
        if not number:
            yield _peak(held, size)
            (peer,) = timed(partial(importing.end_to_end, held), 1).seconds
        batches: list[Batch] = []
        (committed,) = timed(partial(_commit_into, found[0], batches), 1).seconds
        if not number:
            whole.append((peer, planned + committed))
        commits.append((_written_by_hand(_keys(batches[0])), committed))
    yield against(
        "plan of a roster, against the bare steps", size, _times(plans), PLAN, f"{people.count:,} people"
    )
    yield against("commit of a roster, against a bare upsert", size, _times(commits), COMMIT)
    yield against("file to rows, against django-import-export", size, _times(whole), PEER)
    yield from _flat(people, rows // 10, longest)


def _flat(people: People, few: int, many: int) -> Iterator[BenchLine]:
    """What a row costs in a long list, against a short one."""
    short, long = (rosters.roster(people, count, ROUNDS + at) for at, count in enumerate((few, many)))
    quick = timed(partial(_plan, short))
    (slow,) = timed(partial(_plan, long), 1).seconds
    each = slow / many * few
    name = f"plan per row, against a list of {few:,}"
    yield BenchLine(name, f"{many:,} rows", each, quick.middle, FLAT, quick.spread, f"all of it {slow:.1f} s")


def _peak(held: Roster, size: str) -> BenchLine:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "roster.xlsx")
        file.write_bytes(held.content)
        command = [sys.executable, "-m", "qiaojie.bench.apart.peak", str(file), str(held.region.pk)]
        run = subprocess.run(  # noqa: S603  (our own program)
            command, env=dict(os.environ), capture_output=True, text=True, check=True
        )
    return BenchLine("peak memory of a plan", size, int(run.stdout) / 2**20, PEAK, 1.0, unit="MB")


def _plan(held: Roster) -> Plan:
    return intake.plan(held.content, "roster.xlsx", held.table, held.region, SystemViewer())


def _plan_into(held: Roster, found: list[Plan]) -> None:
    found.append(_plan(held))


def _commit_into(planned: Plan, batches: list[Batch]) -> None:
    batches.append(intake.commit(planned, SystemViewer()))


def _times(pairs: Sequence[tuple[float, float]]) -> tuple[Times, Times]:
    theirs, ours = zip(*pairs, strict=True)
    return Times(theirs), Times(ours)


def _keys(batch: Batch) -> dict[type[models.Model], list[int]]:
    """The rows that a batch made or changed."""
    found: dict[type[models.Model], list[int]] = {}
    for model in WRITTEN:
        changes = batch.changes.filter(model=model._meta.label).values_list("object_id", "last_id")
        found[model] = sorted({key for first, last in changes for key in range(first, last + 1)})
    return found


def _written_by_hand(keys: dict[type[models.Model], list[int]]) -> float:
    """Take rows that were just written away again where they are new, and time a bare upsert of the very same."""
    held: list[tuple[str, list[str], list[tuple[Any, ...]]]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for model, wanted in keys.items():
            table = model._meta.db_table
            listed = ",".join(map(str, wanted)) or "NULL"
            cursor.execute(f"SELECT * FROM {table} WHERE id IN ({listed})")  # noqa: S608  (our own tables)
            held.append((table, [column[0] for column in cursor.description], cursor.fetchall()))
        # Facts and what hangs on a person go before her; changed persons stay, to be upserted where they are.
        for model in reversed(WRITTEN):
            kept = set(Tie.objects.values_list("person_id", flat=True)) if model is Person else set()
            doomed = [(key,) for key in keys[model] if key not in kept]
            cursor.executemany(f"DELETE FROM {model._meta.db_table} WHERE id = %s", doomed)  # noqa: S608
    return timed(partial(_upsert, held), 1).middle


def _upsert(held: list[tuple[str, list[str], list[tuple[Any, ...]]]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, names, rows in held:
            listed = ", ".join(names)
            sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
            taken = f"ON CONFLICT (id) DO UPDATE SET {sets}"
            if is_server(connection):
                cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {table})")
                with cursor.copy(f"COPY staged ({listed}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM staged {taken}")  # noqa: S608
                cursor.execute("DROP TABLE staged")
            else:
                marks = ", ".join(["%s"] * len(names))
                cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks}) {taken}", rows)  # noqa: S608
