"""Whoever queued a job acts in it: what the account may is asked again when the work is done."""

from __future__ import annotations

from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.queue.services import Task

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
