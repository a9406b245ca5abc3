"""Work of the night is done once a night, by whichever worker comes first, and whoever looks sees how it went."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections
from django.utils import timezone

from qiaojie.cli.main import parser
from qiaojie.lib.findings import Unusable
from qiaojie.queue import nightly, services
from qiaojie.queue.models import Job, Nightly, State
from qiaojie.queue.services import Outcome, Task
from qiaojie.queue.worker import Worker

pytestmark = pytest.mark.django_db

EVENING = datetime(2023, 11, 30, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
NIGHT = timedelta(days=1)

Do = Callable[[Task], Outcome]


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Do], None]]:
    """``trial(function)``: the only job of the night, due at two."""
    monkeypatch.setattr(nightly, "_declared", {})
    monkeypatch.setattr(services, "_handlers", {})

    def declare(function: Do) -> None:
        nightly.every_night("trial", "试做", 2)(function)

    yield declare


def work() -> int:
    return Worker(alone=True).run(once=True)


def standing() -> nightly.NightlyStatus:
    (found,) = nightly.statuses()
    return found


def test_it_is_due_first_in_the_night_that_comes_and_then_once_a_night(trial: Callable[[Do], None]) -> None:
    done: list[str] = []
    trial(lambda task: done.append(task.subject) or {})
    assert nightly.put_due(now=EVENING) == 0, "a new installation waits for its first night"
    assert nightly.put_due(now=EVENING + timedelta(hours=3)) == 0
    assert nightly.put_due(now=EVENING + timedelta(hours=4)) == 1
    assert nightly.put_due(now=EVENING + timedelta(hours=5)) == 0, "another worker of the same night"
    assert work() == 1
    assert done == ["nightly/trial"]
    assert nightly.put_due(now=EVENING + timedelta(hours=20)) == 0
    assert nightly.put_due(now=EVENING + NIGHT + timedelta(hours=4)) == 1


def test_nights_that_the_machine_was_off_are_caught_up_once(trial: Callable[[Do], None]) -> None:
    trial(lambda task: {})
    nightly.put_due(now=EVENING)
    later = EVENING + 9 * NIGHT + timedelta(hours=11)
    assert [nightly.put_due(now=later), nightly.put_due(now=later)] == [1, 0]


def test_one_that_is_still_being_done_is_not_queued_again(trial: Callable[[Do], None]) -> None:
    trial(lambda task: {})
    nightly.put_due(now=EVENING)
    assert nightly.put_due(now=EVENING + NIGHT) == 1
    assert nightly.put_due(now=EVENING + 2 * NIGHT) == 0
    assert work() == 1
    assert nightly.put_due(now=EVENING + 2 * NIGHT) == 0
    assert nightly.put_due(now=EVENING + 3 * NIGHT) == 1


def test_what_came_of_it_is_seen_until_it_succeeds(trial: Callable[[Do], None]) -> None:
    fails = [True]

    def copy(task: Task) -> Outcome:
        if fails:
            raise Unusable("place_absent", "找不到王桂兰的移动硬盘。")
        return {}

    trial(copy)
    nightly.queue_now("trial")
    assert standing().running
    work()
    found = standing()
    assert (found.sound, found.code, found.message) == (False, "place_absent", "找不到王桂兰的移动硬盘。")
    assert found.succeeded_at is None and found.failed_at is not None
    row = Nightly.objects.get()
    assert "王桂兰".encode() not in bytes(row.message or b""), "words may name somebody"
    fails.clear()
    nightly.queue_now("trial")
    work()
    found = standing()
    assert (found.sound, found.code, found.message, found.failed_at) == (True, "", "", None)
    Nightly.objects.update(succeeded_at=timezone.now() - timedelta(days=2))
    assert standing().late and not standing().sound


def test_one_that_breaks_off_is_told_and_taken_up_again(trial: Callable[[Do], None]) -> None:
    def break_off(task: Task) -> Outcome:
        raise ZeroDivisionError

    trial(break_off)
    nightly.queue_now("trial")
    with pytest.raises(ZeroDivisionError):
        work()
    assert standing().code == "broke_off"
    assert Job.objects.get().state == State.WAITING


def test_an_unknown_one_is_refused_with_the_names_there_are(trial: Callable[[Do], None]) -> None:
    trial(lambda task: {})
    with pytest.raises(Unusable, match="trial"):
        nightly.queue_now("trail")


def test_a_place_to_practise_has_no_nights(trial: Callable[[Do], None], settings: LazySettings) -> None:
    trial(lambda task: {})
    settings.QIAOJIE_PRACTICE = True
    assert nightly.put_due() == 0
    assert not Nightly.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_queues_it(trial: Callable[[Do], None]) -> None:
    trial(lambda task: {})
    nightly.put_due(now=EVENING)
    together = threading.Barrier(4)
    queued: list[int] = []

    def look() -> None:
        together.wait()
        try:
            while len(queued) < 4:
                try:
                    queued.append(nightly.put_due(now=EVENING + NIGHT))
                    return
                except OperationalError:
                    # A database in memory does not wait for another's transaction; a file does.
                    time.sleep(0.01)
        finally:
            connections.close_all()

    looking = [threading.Thread(target=look) for _ in range(4)]
    for one in looking:
        one.start()
    for one in looking:
        one.join()
    assert sorted(queued) == [0, 0, 0, 1]
    assert Job.objects.count() == 1


def test_cron_does_what_is_due_or_one_by_name(
    trial: Callable[[Do], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Connections of this test are its own thread's: the work is told of from it too.
    monkeypatch.setattr("qiaojie.cli.nightly.Worker", lambda: Worker(alone=True))
    done: list[int] = []
    trial(lambda task: done.append(1) or {})

    def nightly_command(*arguments: str) -> int:
        options = parser().parse_args(["nightly", *arguments])
        status: int = options.run(options)
        return status

    assert nightly_command() == 0
    assert not done, "nothing is due on the first day"
    assert nightly_command("trial") == 0
    Nightly.objects.update(due_at=timezone.now() - 2 * NIGHT)
    assert nightly_command() == 0
    assert nightly_command("--list", "--json") == 0
    assert len(done) == 2
    assert '"succeeded_at"' in capsys.readouterr().out
