"""What is to be done every night, or every hour: declared by rooms, queued by whichever worker comes first.

A row of the database says up to which night a job was queued. Whoever moves it on queues the job, so several workers queue it
once. A machine that was off at the hour does it when a worker looks again; several nights that were missed are one. The job
itself is an ordinary one (``nightly/NAME``): watched, taken up again, ended in words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import keyring
from qiaojie.lib.fields import at_row
from qiaojie.lib.findings import Unusable

from . import services
from .models import OPEN, Job, Nightly
from .services import Handler, Outcome, Stopped, Task

ACTOR: Final = "system"
"""Whose work it is, in the queue and in the access log."""

RANK: Final = 5
"""After all that somebody waits for."""

MESSAGE: Final = "nightly.message"
"""The purpose that the words of a failure are encrypted for."""

LATE: Final = timedelta(hours=26)
"""A job of the night that has not succeeded for longer is late: a night and the time that the work itself may take."""

_AHEAD: Final = timedelta(hours=1)
"""By so much a clock may have been put back. What is said to be done later than that was not done."""

_LOOK: Final = 30.0
"""Seconds between two looks of one process at the clock."""

_looked = -_LOOK
_declared: dict[str, NightlyWork] = {}


@dataclass(frozen=True, slots=True)
class NightlyWork:
    """A job of the night: its name (also its kind, with ``nightly.`` before it), what people call it, the full hour (local
    time) after which it is due; ``hour`` None: due every hour."""

    name: str
    label: str | Promise
    hour: int | None

    @property
    def subject(self) -> str:
        """What the queue calls it."""
        return f"nightly/{self.name}"

    def due_at(self, now: datetime) -> datetime:
        """The last moment, not after ``now``, at which it was due."""
        local = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
        if self.hour is None:
            return local
        due = local.replace(hour=self.hour)
        return due if due <= local else due - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NightlyStatus:
    """How a job of the night stands: when it last succeeded, and (None where it has succeeded since) when and why it failed.

    ``running``: it is queued or being done. ``late``: it should have succeeded by now and has not.
    """

    name: str
    label: str
    hour: int | None
    succeeded_at: datetime | None
    failed_at: datetime | None
    code: str
    message: str
    running: bool
    late: bool

    @property
    def sound(self) -> bool:
        """Whether there is nothing to look after."""
        return self.failed_at is None and not self.late


def every_night(name: str, label: str | Promise, hour: int | None) -> Callable[[Handler], Handler]:
    """Declare the function that does a job of the night, due after this full hour (0–23, local time; None: every hour).

    It is given a ``Task`` like any other job, and raises Unusable, in words for people, for what cannot be done.
    """

    def declare(handler: Handler) -> Handler:
        _declared[name] = NightlyWork(name, label, hour)
        services.handles(f"nightly.{name}")(_watched(name, handler))
        return handler

    return declare


def declared() -> list[NightlyWork]:
    """All jobs of the night, in the order in which they are done."""
    return sorted(_declared.values(), key=lambda one: (-1 if one.hour is None else one.hour, one.name))


def put_due(*, now: datetime | None = None) -> int:
    """Queue what has become due; how many jobs. Cheap enough for an idle worker: it looks twice a minute at most.

    A job that nobody has ever seen is noted, and due for the first time at its next hour. A place to practise has no nights.
    """
    global _looked
    if now is None:
        if settings.QIAOJIE_PRACTICE or time.monotonic() - _looked < _LOOK:
            return 0
        _looked, now = time.monotonic(), timezone.now()
    known = dict(Nightly.objects.values_list("name", "due_at"))
    queued = 0
    for work in declared():
        due = work.due_at(now)
        if work.name not in known:
            Nightly.objects.get_or_create(name=work.name, defaults={"due_at": due})
        elif known[work.name] < due:
            queued += _queue(work, due)
    return queued


def queue_now(name: str) -> NightlyWork:
    """Queue a job of the night, due or not; nothing where it is queued already. Raises Unusable ``nightly_unknown``."""
    work = _declared.get(name)
    if work is None:
        text = _("没有叫“%(name)s”的夜间任务。有：%(known)s。")
        words = {"name": name, "known": "、".join(one.name for one in declared())}
        raise Unusable("nightly_unknown", text % words)
    now = timezone.now()
    due = work.due_at(now)
    Nightly.objects.get_or_create(name=name, defaults={"due_at": due})
    # Put off by hand, or by a clock that went wrong: from now on it is done at its hour again.
    Nightly.objects.filter(name=name, due_at__gt=now + _AHEAD).update(due_at=due)
    if not Job.objects.filter(subject=work.subject, state__in=OPEN).exists():
        _enqueue(work)
    return work


def statuses() -> list[NightlyStatus]:
    """How each job of the night stands; two queries. Who may see it is for the caller to judge."""
    kept = {one.name: one for one in Nightly.objects.all()}
    subjects = [one.subject for one in _declared.values()]
    open_now = set(Job.objects.filter(subject__in=subjects, state__in=OPEN).values_list("subject", flat=True))
    return list(_statuses(kept, open_now))


def _statuses(kept: dict[str, Nightly], open_now: set[str]) -> Iterator[NightlyStatus]:
    now = timezone.now()
    for work in declared():
        row = kept.get(work.name)
        since = None if row is None else row.succeeded_at or row.due_at
        message = "" if row is None or row.message is None else _opened(bytes(row.message))
        yield NightlyStatus(
            work.name,
            str(work.label),
            work.hour,
            None if row is None else row.succeeded_at,
            None if row is None else row.failed_at,
            "" if row is None else row.code,
            message,
            work.subject in open_now,
            since is not None and (now - since > LATE or since > now + _AHEAD),
        )


def ahead() -> list[str]:
    """Jobs of the night (as people call them) that were due, or done, at a time that has not come, as the database says. Until
    then they are not done. One query."""
    later = timezone.now() + _AHEAD
    when = Q(due_at__gt=later) | Q(begun_at__gt=later) | Q(succeeded_at__gt=later) | Q(failed_at__gt=later)
    names = Nightly.objects.filter(when).order_by("name").values_list("name", flat=True)
    return [str(_declared[name].label) if name in _declared else name for name in names]


def _opened(message: bytes) -> str:
    return keyring().decrypt(message, MESSAGE)


def _queue(work: NightlyWork, due: datetime) -> int:
    """Queue a job if nobody else has moved its row on; both or neither."""
    try:
        with transaction.atomic(using=services.alias()):
            if not Nightly.objects.filter(name=work.name, due_at__lt=due).update(due_at=due):
                return 0
            _enqueue(work)
    except Unusable:
        # The last one is still open: it is done once more at its next hour, not twice in a row.
        Nightly.objects.filter(name=work.name).update(due_at=due)
        return 0
    return 1


def _enqueue(work: NightlyWork) -> None:
    services.enqueue(f"nightly.{work.name}", work.subject, actor=ACTOR, rank=RANK)


def _watched(name: str, handler: Handler) -> Handler:
    """The handler, with what becomes of it noted in its row."""

    @wraps(handler)
    def watched(task: Task) -> Outcome:
        row = Nightly.objects.filter(name=name)
        row.update(begun_at=timezone.now())
        failed = ("broke_off", _("中途断开，没有做完。"))
        ended = False
        try:
            outcome = handler(task)
            row.update(succeeded_at=timezone.now(), failed_at=None, code="", message=None)
            ended = True
        except Stopped:
            # It is taken up again, or somebody wanted it to end: no failure.
            ended = True
            raise
        except Unusable as fault:
            failed = (fault.code[:40], fault.message)
            raise
        finally:
            if not ended:
                _note_failure(row, *failed)
        return outcome

    return watched


def _note_failure(row: QuerySet[Nightly], code: str, message: str) -> None:
    for pk in row.values_list("pk", flat=True):
        told = at_row(Nightly, pk, message=keyring().encrypt(message, MESSAGE))
        row.update(failed_at=timezone.now(), code=code, **told)
