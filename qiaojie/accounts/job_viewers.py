"""Whoever queued a job acts in it: what the account may is asked again when the work is done."""

from __future__ import annotations

from typing import Final

from qiaojie.ledgers.viewer import Action, Refused, Viewer
from qiaojie.queue import services as queue
from qiaojie.queue.models import Job
from qiaojie.queue.services import Task

from . import log
from .models import User
from .viewers import SystemViewer, UserViewer


def whence(viewer: Viewer) -> dict[str, str]:
    """From where the work was asked for, for the access log: an argument of the job."""
    return {"address": viewer.address} if isinstance(viewer, UserViewer) else {}


def actor(task: Task) -> Viewer:
    """Who asked for the work. Raises Refused where the account is closed."""
    if task.actor == SystemViewer.name:
        return SystemViewer()
    user = User.objects.select_related("agency__region").filter(username=task.actor, is_active=True).first()
    if user is None:
        raise Refused(task.actor)
    return UserViewer(user, task.arguments.get("address", ""))


ALTERED: Final = "queue/altered"
"""What an alarm is about: a job that was changed past the system, and was not done."""


@queue.on_altered
def alarm(job: Job, queued_by: str) -> None:
    """Tell whoever watches over the log, in the name of whom the job would have acted as; the purpose says which job it is, and
    who had queued it."""
    user = User.objects.filter(username=job.actor).first()
    log.write(
        Action.ALARM,
        ALTERED,
        username=job.actor,
        user_id=None if user is None else user.pk,
        holder="" if user is None else user.holder,
        purpose=f"{job.kind} {job.subject} ← {queued_by}".rstrip(" ←"),
        done=False,
    )
