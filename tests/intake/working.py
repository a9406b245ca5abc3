"""Workers that a test stops and kills: each line read from the input is done in a process of its own, forked from this one.

``keep ROWS`` keeps a roster and queues its plan, ``commit`` and ``undo`` queue what follows, ``compare ROWS`` keeps an outside
list and queues its comparison, ``mark`` queues the marked copy of the last file, ``trials NUMBER`` queues so many jobs that
note who did them. ``stop PHASE`` works until that phase, says "at" and its process id, and waits to be killed;
``finish`` works until the queue is empty; ``both`` is two that do. ``show`` says how everything stands. Each ends with "ended"
and its status. Everything else comes from the environment.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import django


def main() -> None:
    """Do what the lines say."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from tests.intake.committing import prepare

    acts: dict[str, Callable[[str], None]] = {
        "prepare": lambda _word: prepare(), "keep": keep, "commit": commit, "undo": undo, "trials": trials,
        "compare": compare, "mark": mark_copy,
        "stop": stop, "finish": finish, "show": show,
    }  # fmt: skip
    for line in sys.stdin:
        act, _space, word = line.strip().partition(" ")
        children = [fork(acts["finish" if act == "both" else act], word) for _ in range(1 + (act == "both"))]
        print("ended", *(os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children), flush=True)


def fork(act: Callable[[str], None], word: str) -> int:
    """The process id of a child that does it."""
    child = os.fork()
    if not child:
        act(word)
        os._exit(0)
    return child


def keep(rows: str) -> None:
    """Keep a roster, as somebody who dropped it."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import jobs, services
    from qiaojie.regions.models import Region
    from tests.intake import material

    viewer = SystemViewer()
    region = Region.objects.get(code="500102")
    data = material.roster_csv(int(rows))
    upload = services.keep([data[:9_999], data[9_999:]], "名册.csv", material.ROSTER, region, viewer)
    jobs.queue_plan(upload, viewer)


def commit(_word: str) -> None:
    """Queue the commit of the plan that was made."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import jobs
    from qiaojie.intake.models import Upload
    from qiaojie.intake.storing import upload_store

    upload = Upload.objects.latest("pk")
    found = upload_store.summary_of(upload)
    assert found is not None
    jobs.queue_commit(upload, found.seal, SystemViewer())


def undo(_word: str) -> None:
    """Queue that it is taken back."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.intake import jobs
    from qiaojie.intake.models import Upload

    jobs.queue_undo(Upload.objects.latest("pk"), SystemViewer(), "录错了")


def compare(rows: str) -> None:
    """Keep a list of an outside system and queue that it is compared."""
    from qiaojie.accounts.viewers import SystemViewer
    from qiaojie.comparison import jobs, services
    from qiaojie.lib.periods import read_period
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from tests.web.factories import identity

    lines = ["姓名,身份证号,培训项目,结束日期"]
    lines += [f"李桂,{identity(number)},某班,2023-06-20" for number in range(int(rows))]
    table, region = notices.table("cdpf-employment-training/training"), Region.objects.get(code="500102")
    data = "\n".join(lines).encode("utf-8-sig")
    held = services.keep(data, "名单.csv", table, region, read_period("2023"), SystemViewer())
    jobs.queue_compare(held, SystemViewer())


def mark_copy(_word: str) -> None:
    """Queue the marked copy of the last file, for an account of the office."""
    from qiaojie.accounts.models import Agency, Role, User, WorkLine
    from qiaojie.accounts.viewers import UserViewer
    from qiaojie.intake import jobs
    from qiaojie.intake.models import Upload

    upload = Upload.objects.latest("pk")
    agency, _new = Agency.objects.get_or_create(region=upload.region, line=WorkLine.DPF, name="涪陵残联")
    user, _new = User.objects.get_or_create(username="marker", agency=agency, role=Role.CLERK)
    jobs.queue_marked(upload, "退回修改", UserViewer(user))


def noted(task: Any) -> dict[str, Any]:
    """The trial job: a line in a file that says who did it."""
    with Path(os.environ["QIAOJIE_HOME"], "trials").open("a") as done:
        done.write(f"{task.subject} {os.getpid()}\n")
    return {}


def trials(number: str) -> None:
    """Queue jobs that say who did them."""
    from qiaojie.queue import services

    services.handles("trial")(noted)
    for each in range(int(number)):
        services.enqueue("trial", f"trial/{each}", actor="system")


def finish(_word: str) -> None:
    """Work until the queue is empty and nobody's job is left over."""
    from qiaojie.queue import services
    from qiaojie.queue.models import OPEN, Job
    from qiaojie.queue.worker import Worker

    services.handles("trial")(noted)
    while Job.objects.filter(state__in=OPEN).exists():
        Worker().run(once=True)
        time.sleep(0.05)


def stop(phase: str) -> None:
    """Work until a phase is reached, and wait there."""
    from qiaojie.queue import services, worker

    def reached(*_given: object) -> NoReturn:
        print("at", os.getpid(), flush=True)
        time.sleep(600)
        os._exit(1)

    def progress(hand: worker.Hand, step: str, done: int, total: int) -> None:
        if step == {"planning": "核对", "writing": "写入"}[phase] and done:
            reached()

    if phase == "claimed":
        services.handler = reached
    elif phase == "done":
        services.finish = reached
    else:
        worker.Hand.progress = progress  # type: ignore[method-assign]
    finish("")


def show(_word: str) -> None:
    """How the job, the file and the registry stand."""
    from qiaojie.accounts.models import Export
    from qiaojie.comparison.models import Line
    from qiaojie.intake.models import Upload
    from qiaojie.ledgers.models import Batch
    from qiaojie.people.models import Person
    from qiaojie.queue.models import Job
    from qiaojie.training.models import Enrolment

    job = Job.objects.order_by("pk").last()
    upload = Upload.objects.order_by("pk").last()
    found = {
        "job": (job.state, job.attempts) if job else None,
        "stage": upload.stage if upload else None,
        "batches": Batch.objects.count(),
        "people": Person.objects.count(),
        "enrolments": Enrolment.objects.count(),
        "lines": Line.objects.count(),
        "copies": Export.objects.count(),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
