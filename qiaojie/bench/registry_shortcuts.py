"""What unusual ways through the registry buy, each against the plain way: figures of docs/decisions, as in ``file_shortcuts``.

A list judged by columns against the same judged one by one, a plan without Python's search for circles of objects against one
with it, and pages whose statements are kept against the same pages with every statement made by Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import Any
from unittest import mock

from django.db.models import Model, QuerySet
from django.test import Client

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services as intake
from qiaojie.intake.public import Plan
from qiaojie.ledgers import statements
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Viewer
from qiaojie.training.models import Enrolment

from . import pages, rosters
from .file_shortcuts import instead, sound_in_a_loop
from .rosters import People, Roster
from .timing import BenchLine, against, alternated

RUNS = 5
"""Times that each side of a comparison runs."""
PLANNING = "qiaojie.intake.judging.planning"
BY_COLUMNS = 0.5
"""Of the time of judging one by one that judging by columns may take."""
STATEMENTS = 0.8
"""Of the time of a page whose statements are made anew that one may take whose statements are kept."""
NUMBERS = 0.95
"""Of the time of a plan whose numbers are checked in a loop that a plan may take."""
CIRCLES = 0.95
"""Of the time of a plan with the search for circles that one without it may take."""
ASKED = 8
"""Times that a page is asked for in a round."""


def lines(people: People, rows: int) -> Iterator[BenchLine]:
    """A list of so many rows planned, then written, and the pages that show it."""
    held = rosters.roster(people, rows, 0)
    size = f"{rows:,} rows"
    plan = partial(_plan, held)
    one_by_one = partial(instead, f"{PLANNING}.columnar.judge", lambda *_given: None, plan)
    in_a_loop = partial(instead, "qiaojie.lib.columns.sound_numbers", sound_in_a_loop, plan)
    searching = partial(instead, f"{PLANNING}.put_off", nullcontext, plan)
    yield _compared("plan by columns, against one by one", size, one_by_one, plan, BY_COLUMNS)
    yield _compared("plan, numbers by polars, against a loop", size, in_a_loop, plan, NUMBERS)
    yield _compared("plan without search for circles, to one with", size, searching, plan, CIRCLES)
    intake.commit(_plan(held), SystemViewer())
    yield from _pages(f"{people.count:,}")


def _compared(
    name: str, size: str, plain: Callable[[], object], ours: Callable[[], object], bound: float
) -> BenchLine:
    plain(), ours()
    return against(name, size, alternated(plain, ours, RUNS), bound)


def _plan(held: Roster) -> Plan:
    return intake.plan(held.content, "roster.xlsx", held.table, held.region, SystemViewer())


def _pages(size: str) -> Iterator[BenchLine]:
    """A list and a person as a clerk of the whole area opens them, in this process: without server and network."""
    client = Client(HTTP_COOKIE=pages.signed_in(0), HTTP_HOST="127.0.0.1")
    newest = list(Enrolment.objects.order_by("-pk").values_list("pk", "person_id")[:ASKED])
    asked = {
        "list page": [f"/ledgers/enrolments/?after={pk}" for pk, _person in newest],
        "person page": [f"/persons/{person}/" for _pk, person in newest],
    }
    for name, addresses in asked.items():
        kept = partial(_open, client, addresses)
        yield _compared(
            f"{name}, statements kept, against anew", size, partial(_anew, kept), kept, STATEMENTS
        )


def _open(client: Client, addresses: Sequence[str]) -> None:
    for address in addresses:
        if (status := client.get(address).status_code) != 200:
            raise SystemExit(f"{address}: {status}")


def _anew(work: Callable[[], None]) -> None:
    """The same with every query made by Django from the viewer's own condition, as it would be without ``statements``."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(statements, "ask", _ask))
        stack.enter_context(mock.patch.object(statements, "plain", _plain))
        work()


def _ask(
    name: object,
    ledger: Ledger,
    viewer: Viewer,
    found: Callable[[], QuerySet[Model]],
    build: statements.Build,
    given: Sequence[Any] = (),
    *,
    counted: bool = False,
) -> list[Any]:
    query = build(found().filter(ledger.visible(viewer)), given)
    return [(query.count(),)] if counted else list(query)


def _plain(name: object, build: Callable[[Sequence[Any]], QuerySet[Any]], given: Sequence[Any]) -> list[Any]:
    return list(build(given))
