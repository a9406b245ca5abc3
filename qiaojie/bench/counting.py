"""Lines of counting: from nothing, read on any day, and after a change to a few people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

from django.db import connection, transaction

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.lib import dialects
from qiaojie.measures import queries, services
from qiaojie.measures.models import Counted, Measure, Tally
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Person

from . import peers
from .registry import YEAR, Made
from .timing import ROUNDS, BenchLine, Times, against, alternated, timed

NOTICE = "chongqing-work-2023"
FIRST = {False: 2.4, True: 3.2}
"""Times the hand-written queries that counting everything may take, by whether the database is a server: what it took in
November 2026 (2.2 and 2.9 times with 100,000 facts), and a tenth more. It should be 1.5: most of the rest is writing down
who counts, which the queries do not do."""
READ = 1 / 15
"""Part of counting everything that reading a board may take."""
READ_NATION = {False: 0.3, True: 0.6}
"""The same of 3,200 counties with 70,000 facts in them, on the day that takes longest: what it took in November 2026. It should
be a fifteenth, as with more facts it is nearer to: putting together 35,000 cells takes as long whatever stands in them."""
STEADY = 1.5
"""Times the cost per person that ten times as many people, or ten times as many facts, may cost."""

MONTH_ENDS = [date(YEAR, month, 28) for month in range(1, 13)]


class Wrong(AssertionError):
    """Both sides of a comparison answered, and not the same."""


def first_computing(notice: Notice, size: str) -> Iterator[BenchLine]:
    """Counting all indicators of an empty board against one hand-written query for each, which say the same."""
    compare(notice)
    times = alternated(
        partial(_run, peers.once()),
        partial(services.recount, notice, force=True),
        before=partial(forget, notice),
    )
    yield against("first computing of 11 indicators", size, times, FIRST[dialects.is_server(connection)])
    short = timed(partial(_run, peers.distinct()))
    note = "peer counts a person under two counties twice"
    yield against("  … against COUNT(DISTINCT) by county", size, (short, times[1]), None, note)


def alone(notice: Notice) -> Times:
    """Counting all indicators of an empty board."""
    return timed(partial(services.recount, notice, force=True), before=partial(forget, notice))


def board(notice: Notice, size: str, whole: float, *, nation: bool = False) -> Iterator[BenchLine]:
    """Reading a board on the last day, and on the day that takes longest, against counting everything."""
    bound = READ_NATION[dialects.is_server(connection)] if nation else READ
    count = len(_read(notice, MONTH_ENDS[-1]).units)
    times = timed(partial(_read, notice, MONTH_ENDS[-1]), 7)
    yield BenchLine(f"board of {count:,} units", size, times.middle, whole, bound, times.spread)
    by_day = [timed(partial(_read, notice, day)) for day in MONTH_ENDS]
    slowest = max(by_day, key=lambda t: t.middle)
    yield BenchLine(
        f"board of {count:,} units, slowest of 12 days", size, slowest.middle, whole, bound, slowest.spread
    )


def touched(made: Made, size: str) -> Iterator[BenchLine]:
    """A change to 10, 100 and 1,000 people, per person: what it costs follows their number."""
    for notice in notices.every():
        services.recount(notice)
    per_person = {}
    for count in (10, 100, 1000):
        some = made.people[:: max(len(made.people) // count, 1)][:count]
        times = timed(partial(_touch, some), ROUNDS + 2)
        per_person[count] = times.middle / len(some)
        limit = per_person.get(count // 10)
        name = f"a change to {count:,} people, per person"
        yield BenchLine(
            name, size, per_person[count], limit or per_person[count], STEADY if limit else None, times.spread
        )


def forget(notice: Notice) -> None:
    """As if the notice had never been counted."""
    mine = Measure.objects.filter(notice=notice.code)
    with transaction.atomic():
        for model in (Counted, Tally):
            model._default_manager.filter(measure__in=list(mine)).delete()
        mine.delete()
    dialects.tidy(Counted._meta.db_table, Tally._meta.db_table)


def compare(notice: Notice) -> None:
    """Raise Wrong unless every hand-written query gives our number for every county."""
    services.recount(notice, force=True)
    for code, rows in _run(peers.once()).items():
        kept = queries.sums(notice, notice.indicator(code), date(YEAR, 12, 31))
        ours = {unit: number for (unit, part), number in kept.items() if part == "approved" and number}
        if ours != rows:
            raise Wrong(f"{code}: counted {sum(ours.values())}, by hand {sum(rows.values())}")


def _run(statements: dict[str, str]) -> dict[str, dict[int, int]]:
    found = {}
    with connection.cursor() as cursor:
        for code, sql in statements.items():
            cursor.execute(sql)
            found[code] = dict(cursor.fetchall())
    return found


def _read(notice: Notice, on: date) -> queries.Measurement:
    return queries.measure(notice, on, SystemViewer())


def _touch(people: Sequence[int]) -> None:
    with transaction.atomic():
        services.recount_touched(None, {Person._meta.label: people})
