"""A ledger that is declared as data beside a shipped one of the same fields and the same rows: counted, listed and narrowed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import services as declared
from qiaojie.ledgers import declaration, queries
from qiaojie.lib.statistics import grown
from qiaojie.measures import queries as measures
from qiaojie.measures import services
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice

from .counting import Wrong, forget
from .registry import YEAR
from .timing import BenchLine, against, alternated

WANTED: Final = 1.2
"""Times what the shipped ledger takes."""

SHIPPED: Final = "care_services"
TWIN: Final = "care_twin"

_FIELDS: Final = ("form", "purchased", "provider", "payer", "boarding_months", "begins", "ends", "end_reason")

_LEDGER: Final = """
code = "care_twin"
label = "托养服务（声明）"
about = ["person"]
day = "begins_on"
key = ["person", "form", "begins_on"]
station = "support"
lasts = "ends"
documented = true

[[fields]]
code = "form"
label = "托养形式"
kind = "choice"
choices = { boarding = "寄宿制", day = "日间照料", home = "居家服务" }

[[fields]]
code = "purchased"
label = "政府购买服务"
kind = "yes_no"

[[fields]]
code = "provider"
label = "服务机构"
filtered = true
grouped = true

[[fields]]
code = "payer"
label = "付费区县"
kind = "region"
answers = "payer"

[[fields]]
code = "boarding_months"
label = "已付费寄宿月数"
kind = "integer"
unit = "月"

[[fields]]
code = "begins_on"
label = "服务开始"
kind = "date"

[[fields]]
code = "ends"
label = "服务结束"
kind = "date"

[[fields]]
code = "end_reason"
label = "结束原因"
listed = false
"""

_NOTICE: Final = """
code = "{code}"
title = "托养"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "{year}"

[[indicators]]
code = "cared_for"
label = "托养"
unit = "人"
count = "persons"
ledger = "{ledger}"
where = {{ "person.disabled" = true, purchased = true, form = ["boarding", "day", "home"] }}
answered_by = "certificate"
definition = "得到政府购买的托养服务的人，一人计1人。"
"""

_COPIED: Final = (
    "id", "person_id", "filed_by_id", "happened_on", "state", "entered_at", "entered_by", "approved_at", "approved_by",
    "form", "purchased", "provider", "payer_id", "boarding_months", "ends", "end_reason",
)  # fmt: skip


def lines() -> Iterator[BenchLine]:
    """Counting an indicator from nothing, the first page of a list, one that is narrowed, and how many rows it has."""
    size = f"{_prepared():,}"
    ours, theirs = (_notice(f"bench-{code.replace('_', '-')}", code) for code in (TWIN, SHIPPED))
    times = alternated(partial(_count, theirs), partial(_count, ours), rounds=5)
    _demand_equal(_total(theirs), _total(ours))
    yield against("counting over a declared ledger", size, times, WANTED)
    for name, run in (
        ("a page of a declared ledger", _page),
        ("a page of it, narrowed", _narrowed),
        ("how many rows are left", _number),
    ):
        _demand_equal(run(SHIPPED), run(TWIN))
        times = alternated(partial(_often, run, SHIPPED), partial(_often, run, TWIN), rounds=5)
        yield against(name, size, times, WANTED)


def _prepared() -> int:
    """Declare the twin, give it the rows of the shipped one; how many."""
    file = Path(settings.OWN_LEDGERS) / TWIN / "ledger.toml"
    file.parent.mkdir(parents=True)
    file.write_text(_LEDGER, encoding="utf-8")
    done = declared.prepare()
    if TWIN not in done.made:
        raise Wrong([fault.line for fault in done.faults])
    there, here = (declaration.get(code).model._meta.db_table for code in (SHIPPED, TWIN))
    columns = ", ".join(f'"{name}"' for name in _COPIED)
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{here}" ({columns}) SELECT {columns} FROM "{there}"')  # noqa: S608
        cursor.execute(f'SELECT count(*) FROM "{here}"')  # noqa: S608
        (number,) = cursor.fetchone()
    grown(here, number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return int(number)


def _notice(code: str, ledger: str) -> Notice:
    folder = Path(settings.OWN_NOTICES) / code
    folder.mkdir(parents=True)
    text = _NOTICE.format(code=code, ledger=ledger, year=YEAR)
    (folder / "notice.toml").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text("# Bench\n", encoding="utf-8")
    return notices.notice(code)


def _count(notice: Notice) -> None:
    forget(notice)
    services.recount(notice, force=True)


def _total(notice: Notice) -> Any:
    found = measures.measure(notice, notice.span.ends, SystemViewer())
    return found.total["cared_for"].approved, found.total["cared_for"].pending


def _page(code: str) -> Any:
    return _cells(queries.page(declaration.get(code), SystemViewer(), fields=_FIELDS[:5]))


def _narrowed(code: str) -> Any:
    where = {"form": "boarding", "provider": "C3"}
    return _cells(queries.page(declaration.get(code), SystemViewer(), where, fields=_FIELDS[:5]))


def _number(code: str) -> Any:
    return queries.found(declaration.get(code), SystemViewer(), {"form": "home", "purchased": True}).number


def _cells(page: queries.Page) -> Any:
    return [{name: cell.text for name, cell in row.cells.items()} for row in page.rows]


def _often(run: Any, code: str) -> None:
    for _ in range(5):
        run(code)


def _demand_equal(theirs: Any, ours: Any) -> None:
    if theirs != ours:
        raise Wrong((theirs, ours))
