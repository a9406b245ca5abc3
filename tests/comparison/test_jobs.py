"""A long list is compared by a worker: as asked, by whoever asked, once, and not at all where nobody wants it any more."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from qiaojie.accounts.models import AccessEntry, User
from qiaojie.comparison import jobs, queries, services
from qiaojie.comparison.models import Line, LineStanding, OutsideList
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import read_period
from qiaojie.notices import queries as notices
from qiaojie.queue import queries as queue
from qiaojie.queue import services as queueing
from qiaojie.queue.models import State
from qiaojie.queue.worker import Worker

from .conftest import JOBS, County, listed, row

pytestmark = pytest.mark.django_db

PERIOD = read_period("2023")


def keep(county: County, *rows: list[object], data: bytes = b"") -> OutsideList:
    """A list that waits for its worker."""
    table = notices.table(JOBS)
    given = data or listed(rows or [row(0), row(1)])
    held = services.keep(given, "就业.csv", table, county.region, PERIOD, county.clerk, "核对")
    jobs.queue_compare(held, county.clerk)
    return held


def work() -> None:
    Worker(alone=True).run(once=True)


def job(held: OutsideList) -> queue.JobStatus:
    return queue.latest([held.subject])[held.subject]


def test_few_rows_on_either_side_are_compared_at_once(county: County, settings: LazySettings) -> None:
    settings.AT_ONCE_ROWS = 1
    for number in range(11):
        county.job(county.woman(number))
    table = notices.table(JOBS)
    assert not jobs.small(90, table, county.region, PERIOD, county.clerk)
    assert jobs.small(90, table, county.region, read_period("2022"), county.clerk)
    assert not jobs.small(101, table, county.region, read_period("2022"), county.clerk)


def test_a_worker_compares_and_its_key_is_kept_with_the_lines(county: County) -> None:
    county.job(county.woman(0))
    held = keep(county)
    assert queries.one(held.pk, county.clerk).compared_at is None
    with pytest.raises(Unusable) as none:
        queries.they_hold(notices.table(JOBS), county.region, PERIOD, county.clerk)
    assert none.value.code == "no_list"
    work()
    done = queries.one(held.pk, county.clerk)
    assert (done.compared_by, queries.figures(done).both, queries.figures(done).only_theirs) == (
        job(held).key,
        1,
        1,
    )
    entry = AccessEntry.objects.filter(subject=held.subject, action="enter", done=True).latest("pk")
    assert (entry.username, entry.rows, entry.purpose) == ("clerk", 2, "核对")


def test_begun_again_after_its_effect_it_is_not_done_twice(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = keep(county)
    with monkeypatch.context() as patch:
        patch.setattr(queueing, "finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work()
    before = list(Line.objects.values_list("pk", flat=True))
    work()
    assert (job(held).state, list(Line.objects.values_list("pk", flat=True))) == (State.DONE, before)


def test_cancelled_while_it_writes_all_is_as_before(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    held = keep(county)
    work()
    before = list(Line.objects.values_list("pk", flat=True))
    jobs.queue_compare(held, county.clerk)
    beat = queueing.beat

    def cancel_while_writing(claimed: object, step: str, done: int, total: int) -> bool:
        if step == "写入":
            assert jobs.cancel(held.pk, county.clerk)
        return beat(claimed, step, done, total)  # type: ignore[arg-type]

    monkeypatch.setattr(queueing, "beat", cancel_while_writing)
    work()
    assert (job(held).state, list(Line.objects.values_list("pk", flat=True))) == (State.CANCELLED, before)


def test_a_list_thrown_away_or_that_is_none_ends_its_job(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = keep(county, data=b"a,b\n1,2\n")
    gone = keep(county)
    services.discard(gone.pk, county.clerk)
    work()
    assert (job(bad).state, job(bad).code) == (State.FAILED, "table_not_found")
    assert job(gone).state == State.CANCELLED
    late = keep(county)
    beat = queueing.beat

    def discard_while_reading(claimed: object, step: str, done: int, total: int) -> bool:
        OutsideList.objects.filter(pk=late.pk).delete()
        return beat(claimed, step, done, total)  # type: ignore[arg-type]

    monkeypatch.setattr(queueing, "beat", discard_while_reading)
    work()
    assert (job(late).code, OutsideList.objects.filter(pk=late.pk).exists()) == ("refused", False)


def test_whoever_may_no_longer_has_nothing_compared(county: County) -> None:
    held = keep(county)
    User.objects.filter(username="clerk").update(is_active=False)
    work()
    assert (job(held).state, job(held).code) == (State.FAILED, "refused")
    for stranger in (county.neighbour, county.reader):
        with pytest.raises(Refused):
            jobs.cancel(held.pk, stranger)


def test_again_is_done_at_once_where_it_is_small(county: County, settings: LazySettings) -> None:
    held = keep(county)
    work()
    county.job(county.woman(1))
    assert jobs.again(held.pk, county.clerk)
    assert Line.objects.filter(list=held, standing=LineStanding.SAME).count() == 1
    settings.AT_ONCE_ROWS = 0
    assert not jobs.again(held.pk, county.clerk)
    assert job(held).state == State.WAITING
