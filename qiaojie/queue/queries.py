"""How jobs stand: for a page that shows them. Who may see a subject is for the caller to judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Min
from django.utils import timezone

from . import services
from .models import Job, State

ENOUGH = timedelta(seconds=2)
"""A rate is judged after so long, and not before."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as a page shows it.

    ``done`` of ``total`` in ``step`` (0: not known); ``left`` is an estimate of the seconds until the step is done, None
    where there is none. ``ahead`` jobs come first while it waits. ``silent``: its worker has not been heard of and another
    will take it up. ``code`` and ``message`` say why it failed, or why it waits for another attempt, ``actor`` who asked for it.
    """

    key: str
    kind: str
    state: State
    step: str
    done: int
    total: int
    left: int | None
    ahead: int
    attempts: int
    silent: bool
    cancelling: bool
    code: str
    message: str
    actor: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in (State.WAITING, State.RUNNING)


def latest(subjects: Iterable[str]) -> dict[str, JobStatus]:
    """The last job of each subject that has one: three queries at most, however many subjects."""
    wanted = list(subjects)
    keys = Job.objects.filter(subject__in=wanted).values("subject").annotate(last=Max("pk")).values("last")
    jobs = list(Job.objects.filter(pk__in=keys).defer("arguments"))
    waiting: list[tuple[int, int]] = []
    if any(job.state == State.WAITING for job in jobs):
        waiting = list(Job.objects.filter(state__in=(State.WAITING, State.RUNNING)).values_list("rank", "pk"))
    return {job.subject: _standing(job, waiting) for job in jobs}


def oldest_waiting() -> timedelta:
    """For how long the job that has waited longest has waited; nothing where none waits. One query."""
    first = Job.objects.filter(state=State.WAITING).aggregate(first=Min("queued_at"))["first"]
    return timezone.now() - first if first is not None else timedelta()


def numbers() -> list[tuple[str, str, int]]:
    """How many jobs there are of each kind in each state: (kind, state, number). One query."""
    counted = Job.objects.values_list("kind", "state").annotate(number=Count("pk")).order_by("kind", "state")
    return list(counted)


def _standing(job: Job, waiting: list[tuple[int, int]]) -> JobStatus:
    now = timezone.now()
    running = job.state == State.RUNNING
    failed = services.outcome_of(job) if job.state in (State.FAILED, State.WAITING) else {}
    return JobStatus(
        key=job.key,
        kind=job.kind,
        state=State(job.state),
        step=job.step,
        done=job.done,
        total=job.total,
        left=_left(job) if running else None,
        ahead=sum(1 for other in waiting if other < (job.rank, job.pk)) if job.state == State.WAITING else 0,
        attempts=job.attempts,
        silent=running and job.heartbeat_at is not None and job.heartbeat_at < now - services.silence(),
        cancelling=running and job.cancel_asked,
        code=failed.get("code", ""),
        message=failed.get("message", ""),
        actor=job.actor,
    )


def _left(job: Job) -> int | None:
    if job.step_at is None or job.heartbeat_at is None or not 0 < job.done < job.total:
        return None
    took = job.heartbeat_at - job.step_at
    if took < ENOUGH:
        return None
    return round(took.total_seconds() * (job.total - job.done) / job.done)
