"""Lines of intake: a list of trainees, half of whom the registry knows, planned and committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from django.db import connection, models, transaction
from python_calamine import CalamineWorkbook

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services as intake
from qiaojie.intake.outcome import Plan
from qiaojie.measures import services as measures
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.people.identification import id_hash
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.regions.models import Region
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from qiaojie.training.models import Enrolment, TrainingClass

from .registry import CLASS_SIZE, YEAR, Made, identity
from .timing import ROUNDS, Line, Times, against, timed

TABLE = "chongqing-work-2023/roster"
PLAN = 2.5
"""Times the bare steps (read the cells, hash the numbers, one join) that a plan may take."""
COMMIT = 2.0
"""Times a bare upsert of the same rows that a commit may take."""

WRITTEN: tuple[type[models.Model], ...] = (Person, Certificate, Tie, TrainingClass, Enrolment)


@dataclass(frozen=True, slots=True)
class Roster:
    """A filled list and the county that hands it in."""

    table: TableDef
    region: Region
    content: bytes

    def plan(self) -> Plan:
        """Our plan."""
        return intake.plan(self.content, "roster.xlsx", self.table, self.region, SystemViewer())

    def bare(self) -> None:
        """The bare steps of a plan."""
        rows = CalamineWorkbook.from_filelike(BytesIO(self.content)).get_sheet_by_index(0).to_python()
        at = next(
            n for n, leaf in enumerate(self.table.form.leaves) if leaf.column.field == "person.id_number"
        )
        hashes = [id_hash(str(row[at])) for row in rows if len(str(row[at])) == 18]
        with transaction.atomic(), connection.cursor() as cursor:
            kind = "bytea" if connection.vendor == "postgresql" else "blob"
            cursor.execute(f"CREATE TEMPORARY TABLE bare (id_hash {kind})")
            cursor.executemany("INSERT INTO bare VALUES (%s)", [(value,) for value in hashes])
            cursor.execute("SELECT p.id, p.name FROM bare b JOIN people_person p ON p.id_hash = b.id_hash")
            cursor.fetchall()
            cursor.execute("DROP TABLE bare")


def roster(made: Made, rows: int) -> Iterator[Line]:
    """Planning and committing a list of so many rows; each round has a list of its own."""
    for notice in notices.every():
        measures.recount(notice)
    plans: list[tuple[float, float]] = []
    commits: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        held = _made_up(made, rows, number)
        (bare,) = timed(held.bare, 1).seconds
        found: list[Plan] = []
        (planned,) = timed(partial(_plan_into, held, found), 1).seconds
        plans.append((bare, planned))
        last = {model: model._default_manager.aggregate(n=models.Max("pk"))["n"] or 0 for model in WRITTEN}
        (committed,) = timed(partial(intake.commit, found[0], SystemViewer()), 1).seconds
        commits.append((_written_by_hand(last), committed))
    size = f"{rows:,} rows"
    yield against("plan of a roster, against the bare steps", size, _times(plans), PLAN)
    yield against(
        "commit of a roster, against a bare upsert", size, _times(commits), COMMIT, "with totals kept"
    )


def _plan_into(held: Roster, found: list[Plan]) -> None:
    found.append(held.plan())


def _times(pairs: Sequence[tuple[float, float]]) -> tuple[Times, Times]:
    theirs, ours = zip(*pairs, strict=True)
    return Times(theirs), Times(ours)


def _made_up(made: Made, count: int, number: int) -> Roster:
    table, region = notices.table(TABLE), Region.objects.get(pk=made.counties[0])
    known = made.people[:: len(made.counties)][number * count // 2 : (number + 1) * count // 2]
    rows: list[dict[str, object]] = [
        {"person.name": name, "person.sex": sex, "person.id_number": id_number}
        for name, sex, id_number in Person.objects.filter(pk__in=known).values_list(
            "name", "sex", "id_number"
        )
    ]
    for place in range(count - len(rows)):
        name, sex, _born, id_number = identity(
            len(made.people) + number * count + place, woman=place % 2 == 0
        )
        certificate = f"{id_number}42"
        rows.append(
            {
                "person.name": name,
                "person.sex": sex,
                "person.id_number": id_number,
                "person.certificate": certificate,
            }
        )
    for place, row in enumerate(rows):
        begins = date(YEAR, 3, 1) + timedelta(days=place // CLASS_SIZE % 200)
        row |= {
            "class.title": f"R{number}-{place // CLASS_SIZE}",
            "class.begins": begins,
            "class.ends": begins + timedelta(days=9),
            "result": "completed",
        }
    return Roster(table, region, write(Filled(table.form, {}, rows), "xlsx"))


def _plan(held: Roster, found: list[Plan]) -> None:
    found.append(held.plan())


def _written_by_hand(last: dict[type[models.Model], int]) -> float:
    """Take the rows that were just written away again, and time a bare upsert of the very same."""
    held: list[tuple[str, list[str], list[tuple[Any, ...]]]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for model, highest in last.items():
            table = model._meta.db_table
            cursor.execute(f"SELECT * FROM {table} WHERE id > %s", [highest])  # noqa: S608  (our own tables)
            held.append((table, [column[0] for column in cursor.description], cursor.fetchall()))
        for table, _names, rows in reversed(held):
            cursor.executemany(f"DELETE FROM {table} WHERE id = %s", [(row[0],) for row in rows])  # noqa: S608
    return timed(partial(_upsert, held), 1).middle


def _upsert(held: list[tuple[str, list[str], list[tuple[Any, ...]]]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, names, rows in held:
            listed = ", ".join(names)
            sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
            taken = f"ON CONFLICT (id) DO UPDATE SET {sets}"
            if connection.vendor == "postgresql":
                cursor.execute(f"CREATE TEMPORARY TABLE staged (LIKE {table})")
                with cursor.copy(f"COPY staged ({listed}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM staged {taken}")  # noqa: S608
                cursor.execute("DROP TABLE staged")
            else:
                marks = ", ".join(["%s"] * len(names))
                cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks}) {taken}", rows)  # noqa: S608
