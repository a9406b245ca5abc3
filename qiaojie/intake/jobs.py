"""What a worker does about a kept file: recognise and plan it, commit it, take it back.

Whoever queued a job acts in it: what the account may is asked again when the work is done.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Refused, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task

from . import keeping, queries, services, settling
from .models import Stage, Upload

PLAN, COMMIT, UNDO = "intake.plan", "intake.commit", "intake.undo"

FIRST, THEN = 0, 1
"""Somebody waits for a commit; files that were dropped by the dozen come after."""


def queue_plan(upload: Upload, viewer: Viewer) -> None:
    """Have a kept file planned. Raises Unusable ``job_open``, ``upload_closed``; Refused."""
    demand(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    queue.enqueue(PLAN, upload.subject, actor=viewer.name, arguments=_where(viewer), rank=THEN)


def queue_commit(upload: Upload, seal: str, viewer: Viewer) -> None:
    """Have a kept file written, if its plan is still the one of that seal. Raises as ``queue_plan``."""
    demand(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    arguments = {**_where(viewer), "seal": seal}
    queue.enqueue(COMMIT, upload.subject, actor=viewer.name, arguments=arguments, rank=FIRST)


def queue_undo(upload: Upload, viewer: Viewer) -> None:
    """Have what a file wrote taken back. Raises as ``queue_plan``."""
    demand(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.COMMITTED:
        raise _closed(upload)
    queue.enqueue(UNDO, upload.subject, actor=viewer.name, arguments=_where(viewer), rank=FIRST)


def cancel(upload: Upload, viewer: Viewer) -> bool:
    """End what is queued or being done about a file. Whether there was anything. Raises Refused."""
    demand(viewer, Action.ENTER, upload.subject)
    viewer.note(Action.ENTER, f"{upload.subject}/cancel")
    return queue.cancel(upload.subject)


@queue.handles(PLAN)
def _plan(task: Task) -> Outcome:
    viewer, upload = _asked(task)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    if not settling.settled(upload.table, upload.region):
        data = keeping.content_of(upload)
        said = settling.settle(data, upload.name, upload.table, upload.region, viewer)
        services.assign(upload.pk, said.table.name, said.region, viewer, said.year)
        upload = queries.upload(upload.pk, viewer)
    planned = queries.fresh_plan(upload, viewer, task.progress)
    found = keeping.remember(upload, planned, viewer)
    return {"rows": found.rows, "to_write": found.to_write}


@queue.handles(COMMIT)
def _commit(task: Task) -> Outcome:
    viewer, upload = _asked(task)
    if upload.batch is not None and upload.commit_key == task.key:
        # An earlier attempt did it and was killed before it could say so.
        _note(viewer, upload, upload.batch)
        return {"batch": upload.batch.pk}
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    planned = queries.fresh_plan(upload, viewer, task.progress)
    if keeping.seal(planned) != task.arguments["seal"]:
        keeping.remember(upload, planned, viewer)
        message = _("您查看之后登记库有了变动，“%s”的计划已重新计算，还没有写入。请再核对一遍。")
        raise Unusable("plan_outdated", message % upload.name)
    batch = services.commit_upload(upload.pk, planned, viewer, upload.purpose, task.progress, key=task.key)
    return {"batch": batch.pk, "rows": planned.to_write}


@queue.handles(UNDO)
def _undo(task: Task) -> Outcome:
    viewer, upload = _asked(task)
    if task.again and upload.batch is not None and upload.stage is Stage.UNDONE:
        _note(viewer, upload, upload.batch)
        return {"batch": upload.batch.pk}
    batch = services.undo_upload(upload.pk, viewer)
    return {"batch": batch.pk}


def _asked(task: Task) -> tuple[Viewer, Upload]:
    """Who asked, and the file that the task is about. Raises Refused."""
    viewer = _viewer(task)
    return viewer, queries.upload(int(task.subject.rpartition("/")[2]), viewer)


def _viewer(task: Task) -> Viewer:
    if task.actor == SystemViewer.name:
        return SystemViewer()
    user = User.objects.select_related("agency__region").filter(username=task.actor, is_active=True).first()
    if user is None:
        raise Refused(task.actor)
    return UserViewer(user, task.arguments.get("address", ""))


def _where(viewer: Viewer) -> dict[str, str]:
    """From where the work was asked for, for the access log."""
    return {"address": viewer.address} if isinstance(viewer, UserViewer) else {}


def _note(viewer: Viewer, upload: Upload, batch: Batch) -> None:
    """The line of the log that the killed attempt may not have written any more."""
    viewer.note(Action.ENTER, f"intake/{upload.table}/batch/{batch.pk}", purpose=batch.purpose)


def _closed(upload: Upload) -> Unusable:
    words = {"name": upload.name, "stage": upload.stage.label}
    return Unusable("upload_closed", _("“%(name)s”%(stage)s，不能再处理。") % words)
