"""A job whose plain columns were changed past the system is not done: it ends in words, and whoever watches is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from qiaojie.accounts import job_viewers
from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring
from qiaojie.lib.fields import at_row
from qiaojie.queue import queries, sealing, services
from qiaojie.queue.models import Job, State
from qiaojie.queue.services import Outcome, Task
from qiaojie.queue.worker import Worker
from tests.web.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Task]]:
    """The jobs that were done, of two kinds that do nothing else."""
    found: list[Task] = []

    def note(task: Task) -> Outcome:
        found.append(task)
        return {}

    monkeypatch.setattr(services, "_handlers", {})
    services.handles("trial")(note)
    services.handles("other")(note)
    yield found


def sql(statement: str, *values: str | bytes | int) -> None:
    with connections[router.db_for_write(Job)].cursor() as cursor:
        cursor.execute(statement, list(values))
        assert cursor.rowcount == 1


def put(subject: str = "upload/1") -> Job:
    return services.enqueue("trial", subject, actor="clerk", arguments={"seal": "a"})


def work() -> int:
    return Worker(alone=True).run(once=True)


ALTERED = {
    "actor": "UPDATE queue_job SET actor = 'system'",
    "kind": "UPDATE queue_job SET kind = 'other'",
    "subject": "UPDATE queue_job SET subject = 'upload/2'",
    "key": "UPDATE queue_job SET key = '0123'",
}


@pytest.mark.parametrize("column", [*ALTERED, "arguments"])
def test_a_job_that_was_altered_is_not_done_and_raises_an_alarm(column: str, done: list[Task]) -> None:
    job = put()
    if column == "arguments":
        sql("UPDATE queue_job SET arguments = %s", b"nothing that opens")
    else:
        sql(ALTERED[column])
    work()
    assert done == []
    job.refresh_from_db()
    assert job.state == State.FAILED
    told = queries.latest([job.subject])[job.subject]
    assert told.code == "job_altered" and "绕过系统" in told.message
    (line,) = AccessEntry.objects.filter(action=Action.ALARM)
    assert (line.subject, line.username, line.done) == (job_viewers.ALTERED, job.actor, False)
    assert line.purpose.startswith(f"{job.kind} {job.subject}")
    assert line.purpose.endswith("← clerk") is (column != "arguments")


def test_arguments_of_another_job_are_not_taken(done: list[Task]) -> None:
    one, other = put("upload/1"), put("upload/2")
    with connections[router.db_for_write(Job)].cursor() as cursor:
        cursor.execute("SELECT arguments FROM queue_job WHERE id = %s", [one.pk])
        (held,) = cursor.fetchone()
    sql("UPDATE queue_job SET arguments = %s WHERE id = %s", bytes(held), other.pk)
    work()
    assert [task.subject for task in done] == ["upload/1"]


def test_whoever_changes_nothing_has_the_job_done(done: list[Task]) -> None:
    put()
    assert work() == 1
    assert [(task.actor, dict(task.arguments)) for task in done] == [("clerk", {"seal": "a"})]
    assert not AccessEntry.objects.filter(action=Action.ALARM).exists()


def as_before(job: Job) -> None:
    """The bytes of the version before: arguments alone."""
    plain = keyring().encrypt(json.dumps({"seal": "a"}), sealing.ARGUMENTS)
    Job.objects.filter(pk=job.pk).update(**at_row(Job, job.pk, arguments=plain))


def test_what_waits_at_the_upgrade_is_sealed_as_it_stands_and_done(done: list[Task]) -> None:
    for number in range(3):
        as_before(put(f"upload/{number}"))
    Job.objects.filter(subject="upload/2").update(state=State.DONE)
    migration = import_module("qiaojie.queue.migrations.0003_jobs_sealed_with_what_they_are")
    apps = MigrationLoader(None).project_state(("queue", "0002_nights")).apps
    migration.seal_open_jobs(apps, SimpleNamespace(connection=connections[router.db_for_write(Job)]))
    # One that had ended, put back by somebody: it was not sealed, and is not done again.
    Job.objects.filter(subject="upload/2").update(state=State.WAITING)
    work()
    assert [(task.subject, dict(task.arguments)) for task in done] == [
        ("upload/0", {"seal": "a"}),
        ("upload/1", {"seal": "a"}),
    ]
    assert queries.latest(["upload/2"])["upload/2"].code == "job_altered"


def test_the_old_form_is_refused_after_the_upgrade(done: list[Task]) -> None:
    as_before(put())
    work()
    assert done == []


def test_the_alarm_is_told_on_the_page_of_whoever_watches(world: World, done: list[Task]) -> None:
    put()
    sql("UPDATE queue_job SET actor = %s", world.users["approver"].username)
    work()
    browser = Client()
    browser.force_login(world.users["audit"])
    page = browser.get("/").content.decode()
    assert "没有执行" in page and world.users["approver"].username in page
