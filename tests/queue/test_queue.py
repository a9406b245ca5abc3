"""A job is done once, or ends with a reason: claims, heartbeats, second attempts, cancelling, two workers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connections, router, transaction
from django.utils import timezone

from qiaojie.ledgers.models import RegistryVersion
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.queue import queries, services
from qiaojie.queue.models import Job, State
from qiaojie.queue.services import Lost, Outcome, Task
from qiaojie.queue.worker import Worker

pytestmark = pytest.mark.django_db

Do = Callable[[Task], Outcome]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Do], str]]:
    """``kind(function)``: a kind of job that the function does."""
    monkeypatch.setattr(services, "_handlers", {})

    def declare(function: Do) -> str:
        services.handles("trial")(function)
        return "trial"

    yield declare


def put(subject: str = "upload/1", **given: object) -> Job:
    return services.enqueue("trial", subject, actor="clerk", arguments=given)


def work() -> int:
    return Worker(alone=True).run(once=True)


def silent(job: Job) -> None:
    """As if the worker had been killed a while ago."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))


def standing(subject: str = "upload/1") -> queries.JobStatus:
    return queries.latest([subject])[subject]


def test_a_job_is_told_its_arguments_and_its_outcome_is_kept(kind: Callable[[Do], str]) -> None:
    told: list[Task] = []
    kind(lambda task: told.append(task) or {"rows": 3})
    job = put(number=7)
    assert work() == 1
    (task,) = told
    assert (task.key, task.subject, task.actor, task.arguments, task.again) == (
        job.key, "upload/1", "clerk", {"number": 7}, False,
    )  # fmt: skip
    job.refresh_from_db()
    assert job.state == State.DONE
    assert services.outcome_of(job) == {"rows": 3}
    assert work() == 0


def test_arguments_and_outcome_are_encrypted(kind: Callable[[Do], str]) -> None:
    def fail(task: Task) -> Outcome:
        raise Unusable("sheet_empty", "王桂兰的表是空的。")

    kind(fail)
    put(name="王桂兰")
    work()
    with connections[router.db_for_read(Job)].cursor() as cursor:
        cursor.execute("SELECT arguments, outcome FROM queue_job")
        stored = b"".join(map(bytes, cursor.fetchone()))
    for text in ("王桂兰", json.dumps("王桂兰"), "sheet_empty"):
        assert text.encode() not in stored
    assert (standing().code, standing().message) == ("sheet_empty", "王桂兰的表是空的。")


def test_what_cannot_be_done_fails_with_its_reason_and_the_worker_goes_on(kind: Callable[[Do], str]) -> None:
    def refuse(task: Task) -> Outcome:
        raise Refused("not yours")

    kind(refuse)
    put("upload/1")
    put("upload/2")
    assert work() == 2
    assert {one.code for one in queries.latest(["upload/1", "upload/2"]).values()} == {"refused"}


def test_of_one_subject_there_is_one_open_job(kind: Callable[[Do], str]) -> None:
    kind(lambda task: {})
    put()
    with pytest.raises(Unusable) as twice:
        put()
    assert twice.value.code == "job_open"
    work()
    put()
    assert Job.objects.count() == 2


def test_lower_rank_comes_first_and_the_others_know_how_many_are_ahead(kind: Callable[[Do], str]) -> None:
    order: list[str] = []
    kind(lambda task: order.append(task.subject) or {})
    put("a")
    put("b")
    services.enqueue("trial", "c", actor="clerk", rank=0)
    assert {name: one.ahead for name, one in queries.latest("abc").items()} == {"c": 0, "a": 1, "b": 2}
    work()
    assert order == ["c", "a", "b"]


def test_an_unforeseen_error_ends_the_worker_and_the_third_ends_the_job(kind: Callable[[Do], str]) -> None:
    def break_off(task: Task) -> Outcome:
        raise ZeroDivisionError

    kind(break_off)
    put()
    for attempt in (1, 2, 3):
        with pytest.raises(ZeroDivisionError):
            work()
        assert (standing().state == State.WAITING) == (attempt < 3)
    assert (standing().state, standing().code) == (State.FAILED, "worker_lost")
    assert work() == 0


def test_a_killed_worker_s_job_is_taken_up_again_and_told_so(kind: Callable[[Do], str]) -> None:
    told: list[bool] = []
    kind(lambda task: told.append(task.again) or {})
    put()
    dead = services.claim()
    assert dead is not None
    assert work() == 0
    silent(dead)
    assert standing().silent
    assert work() == 1
    assert told == [True]
    # Whoever was only asleep finds out, and changes nothing any more.
    with pytest.raises(Lost):
        services.beat(dead, "read", 1, 2)
    assert not services.finish(dead, {"late": True})
    assert services.outcome_of(Job.objects.get()) == {}


def test_after_three_silent_workers_a_job_has_failed(kind: Callable[[Do], str]) -> None:
    kind(lambda task: {})
    put("upload/1")
    for _attempt in range(3):
        dead = services.claim()
        assert dead is not None
        silent(dead)
    put("upload/2")
    assert work() == 1
    assert (standing().state, standing().code) == (State.FAILED, "worker_lost")
    assert standing("upload/2").state == State.DONE


def test_cancelling_what_waits_and_what_runs(kind: Callable[[Do], str]) -> None:
    after: list[str] = []

    def slow(task: Task) -> Outcome:
        task.progress("read", 1, 10)
        services.cancel(task.subject)
        assert standing().cancelling
        task.progress("read", 2, 10)
        after.append("went on")
        return {}

    kind(slow)
    put()
    assert services.cancel("upload/1")
    assert standing().state == State.CANCELLED
    assert work() == 0
    put()
    assert work() == 1
    assert standing().state == State.CANCELLED
    assert not after
    assert not services.cancel("upload/1")


def test_a_dead_worker_s_cancelled_job_is_not_begun_again(kind: Callable[[Do], str]) -> None:
    kind(lambda task: {})
    put()
    dead = services.claim()
    assert dead is not None
    services.cancel("upload/1")
    silent(dead)
    assert work() == 0
    assert standing().state == State.CANCELLED


def test_a_worker_told_to_end_gives_its_job_back(kind: Callable[[Do], str]) -> None:
    worker = Worker(alone=True)

    def stop(task: Task) -> Outcome:
        worker.stop()
        task.progress("read", 1, 10)
        raise AssertionError("went on")

    kind(stop)
    put()
    assert worker.run() == 1
    job = Job.objects.get()
    assert (job.state, job.attempts, job.worker) == (State.WAITING, 0, "")


def test_progress_is_seen_and_the_rest_estimated(kind: Callable[[Do], str]) -> None:
    kind(lambda task: {})
    put()
    job = services.claim()
    assert job is not None
    services.beat(job, "read", 0, 0)
    assert (standing().step, standing().total, standing().left) == ("read", 0, None)
    Job.objects.update(step_at=timezone.now() - timedelta(seconds=30))
    job.refresh_from_db()
    services.beat(job, "read", 250, 1_000)
    shown = standing()
    assert (shown.done, shown.total, shown.left) == (250, 1_000, 90)
    services.beat(job, "check", 1, 1_000)
    assert standing().left is None


def test_many_subjects_cost_three_queries(
    kind: Callable[[Do], str], django_assert_max_num_queries: Callable[..., object]
) -> None:
    kind(lambda task: {})
    for number in range(40):
        put(f"upload/{number}")
    with django_assert_max_num_queries(3, connection=connections[router.db_for_read(Job)]):  # type: ignore[attr-defined]
        assert len(queries.latest(f"upload/{number}" for number in range(60))) == 40


def test_ended_jobs_are_forgotten_in_the_end(kind: Callable[[Do], str]) -> None:
    kind(lambda task: {})
    put("upload/1")
    put("upload/2")
    work()
    Job.objects.filter(subject="upload/1").update(finished_at=timezone.now() - timedelta(days=91))
    work()
    assert list(Job.objects.values_list("subject", flat=True)) == ["upload/2"]


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_is_told_while_the_work_says_nothing(
    kind: Callable[[Do], str], settings: LazySettings
) -> None:
    """In a thread and a connection of its own, while the work holds a transaction on the registry."""
    settings.WORKER_SILENCE = 0.2
    beats: list[object] = []
    heard = threading.Event()
    beat = services.beat

    def listen(job: Job, step: str, done: int, total: int) -> bool:
        found = beat(job, step, done, total)
        beats.append(threading.current_thread().name)
        if len(beats) > 2:
            heard.set()
        return found

    def quiet(task: Task) -> Outcome:
        with transaction.atomic():
            RegistryVersion.objects.create(number=1)
            assert heard.wait(20)
        return {}

    kind(quiet)
    put()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "beat", listen)
        assert Worker().run(once=True) == 1
    assert set(beats) == {"pulse"}
    assert standing().state == State.DONE
