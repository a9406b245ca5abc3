"""What happens to jobs: queued, claimed by one worker, watched, ended, taken up again, cancelled.

Jobs lie in the side database, and whoever queues or cancels one has asked for permission and notes it; so transactions are
begun here, not ``permitted``. What a job then does to the registry is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, router, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import keyring
from qiaojie.lib.fields import at_row
from qiaojie.lib.findings import Unusable

from . import sealing
from .models import OPEN, Job, State, new_key
from .sealing import Altered

OUTCOME = "job.outcome"
"""The purpose that what came of a job is encrypted for."""

ATTEMPTS = 3
"""So often is a job begun before it fails."""

KEPT = timedelta(days=90)
"""So long is an ended job remembered."""


class Stopped(Exception):
    """Work in hand must end here; what it has not committed is rolled back."""


class Cancelled(Stopped):
    """Somebody has asked for it."""


class Lost(Stopped):
    """Another worker has taken the job up, because this one was silent for too long."""


class Interrupted(Stopped):
    """The worker is to end; the job goes back to the queue."""


Progress = Callable[[str, int, int], None]
"""``progress(step, done, total)``: say how far the work has come; raises Stopped where it must end."""

Outcome = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What the code that does a job is given. ``again``: an earlier attempt may have had its effect."""

    key: str
    subject: str
    actor: str
    arguments: Mapping[str, Any]
    again: bool
    progress: Progress


Handler = Callable[[Task], Outcome]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Declare the function that does jobs of a kind. It raises Unusable for what cannot be done, in words for the user."""

    def declare(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return declare


def handler(kind: str) -> Handler:
    """The function that does jobs of a kind. Raises KeyError."""
    return _handlers[kind]


Alarm = Callable[[Job, str], None]
_alarms: list[Alarm] = []


def on_altered(tell: Alarm) -> Alarm:
    """Declare who is told of a job that is not as it was queued: the job, and the name of whoever queued it ('' if unknown)."""
    _alarms.append(tell)
    return tell


def refuse_altered(job: Job, fault: Altered) -> bool:
    """End a job that is not as it was queued without doing it, and tell whoever is to be told. As ``fail``."""
    ended = fail(job, fault.code, fault.message)
    for tell in _alarms:
        tell(job, fault.queued_by)
    return ended


def silence() -> timedelta:
    """A worker that has said nothing for so long is taken for dead."""
    return timedelta(seconds=settings.WORKER_SILENCE)


def enqueue(
    kind: str, subject: str, *, actor: str, arguments: Mapping[str, Any] | None = None, rank: int = 1
) -> Job:
    """Queue a job about a subject; lower ``rank`` comes first. Of one subject there is one open job at a time.

    Raises Unusable ``job_open`` where there is one already.
    """
    handler(kind)
    key = new_key()
    try:
        with transaction.atomic(using=alias()):
            return Job.objects.create(
                key=key,
                kind=kind,
                subject=subject,
                actor=actor,
                language=get_language() or settings.LANGUAGE_CODE,
                arguments=sealing.seal(arguments or {}, kind=kind, subject=subject, actor=actor, key=key),
                rank=rank,
            )
    except IntegrityError as twice:
        raise Unusable("job_open", _("这个文件正在后台处理，请等它完成，或先取消。")) from twice


def cancel(subject: str) -> bool:
    """Ask the open job of a subject to end: at once where it waits, else when the worker next says how far it is.

    Whether there was one. Who may ask is for the caller to judge.
    """
    now = timezone.now()
    with transaction.atomic(using=alias()):
        jobs = Job.objects.select_for_update().filter(subject=subject)
        waiting = jobs.filter(state=State.WAITING).update(state=State.CANCELLED, finished_at=now)
        return bool(waiting or jobs.filter(state=State.RUNNING).update(cancel_asked=True))


def claim(subject: str = "") -> Job | None:
    """Take the next job that is due (of one ``subject`` where that is given): one that waits, or whose worker has fallen
    silent. One worker gets it."""
    before = timezone.now() - silence()
    due = Job.objects.filter(Q(state=State.WAITING) | Q(state=State.RUNNING, heartbeat_at__lt=before))
    if subject:
        due = due.filter(subject=subject)
    # On SQLite a transaction takes the write lock when it begins: an idle worker must not.
    while due.exists():
        with transaction.atomic(using=alias()):
            job = due.select_for_update(skip_locked=True).order_by("rank", "pk").first()
            if job is None:
                return None
            if job.cancel_asked:
                _end(job, State.CANCELLED, {})
            elif job.attempts >= ATTEMPTS:
                _end(job, State.FAILED, _lost())
            else:
                job.state, job.worker = State.RUNNING, new_key()
                job.attempts += 1
                job.started_at = job.heartbeat_at = job.step_at = timezone.now()
                job.step, job.done, job.total = "", 0, 0
                job.outcome = None
                job.save()
                return job
    return None


def beat(job: Job, step: str, done: int, total: int) -> bool:
    """Say that the job is being worked on, and how far it has come. Whether somebody wants it cancelled.

    Raises Lost where the job is no longer this worker's.
    """
    now = timezone.now()
    if step != job.step:
        job.step, job.step_at = step, now
    values = {"heartbeat_at": now, "step": step, "step_at": job.step_at, "done": done, "total": total}
    if not _own(job).update(**values):
        raise Lost(job.key)
    return _own(job).filter(cancel_asked=True).exists()


def finish(job: Job, outcome: Outcome) -> bool:
    """The job is done. False where it was taken away meanwhile: then its end is the other worker's to tell."""
    return _end(job, State.DONE, outcome)


def fail(job: Job, code: str, message: str) -> bool:
    """The job cannot be done: a code for programs, a sentence for the user."""
    return _end(job, State.FAILED, {"code": code, "message": message})


def drop(job: Job) -> bool:
    """The job ends because somebody wanted it to."""
    return _end(job, State.CANCELLED, {})


def give_back(job: Job) -> bool:
    """The worker ends before the job does: it waits again, as if it had not been begun."""
    values = {"state": State.WAITING, "worker": "", "attempts": job.attempts - 1}
    return bool(_own(job).update(**values))


def put_off(job: Job, code: str, message: str) -> bool:
    """Database or disk failed, which is no fault of the job: it waits again as if it had not been begun, and says why."""
    sealed = keyring().encrypt(json.dumps({"code": code, "message": message}, ensure_ascii=False), OUTCOME)
    values = {"state": State.WAITING, "worker": "", "attempts": job.attempts - 1, "outcome": sealed}
    return bool(_own(job).update(**values))


def give_up(job: Job) -> bool:
    """An attempt broke off: the job waits again, unless that was its last."""
    if job.attempts >= ATTEMPTS:
        return _end(job, State.FAILED, _lost())
    return bool(_own(job).update(state=State.WAITING, worker=""))


def forget() -> None:
    """Remove jobs that ended long ago."""
    Job.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()


def arguments_of(job: Job) -> dict[str, Any]:
    """What the job was told. Raises Altered where the job is not as it was queued."""
    return sealing.given(
        bytes(job.arguments), kind=job.kind, subject=job.subject, actor=job.actor, key=job.key
    )


def outcome_of(job: Job) -> dict[str, Any]:
    """What came of the job: what the work gave, or ``code`` and ``message`` of a failure; empty while it is open."""
    if job.outcome is None:
        return {}
    found: dict[str, Any] = json.loads(keyring().decrypt(bytes(job.outcome), OUTCOME))
    return found


def alias() -> str:
    """The database that holds the queue."""
    return router.db_for_write(Job)


def _own(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, worker=job.worker, state=State.RUNNING)


def _end(job: Job, state: State, outcome: Outcome) -> bool:
    sealed = keyring().encrypt(json.dumps(dict(outcome), ensure_ascii=False), OUTCOME)
    same = Job.objects.filter(pk=job.pk, worker=job.worker, state__in=OPEN)
    return bool(same.update(state=state, finished_at=timezone.now(), **at_row(Job, job.pk, outcome=sealed)))


def _lost() -> dict[str, str]:
    message = (
        _("处理了 %d 次都中途断开，没有完成，也没有写入任何内容。请重新提交；再不成功请联系管理员。")
        % ATTEMPTS
    )
    return {"code": "worker_lost", "message": message}
