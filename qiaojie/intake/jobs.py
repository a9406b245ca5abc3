"""What a worker does about a kept file: recognise and plan it, commit it, take it back.

Whoever queued a job acts in it: what the account may is asked again when the work is done.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.accounts import exports
from qiaojie.accounts.job_viewers import actor, whence
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Refused, Viewer, demand, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.queue import nightly
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task

from . import queries, services
from .models import Stage, Upload
from .presenting import marked_copy
from .reading import inference
from .storing import unwritten, upload_store
from .vocabulary.progress import WRITE

PLAN, COMMIT, UNDO, MARK = "intake.plan", "intake.commit", "intake.undo", "intake.mark"

FIRST, THEN = 0, 1
"""Somebody waits for a commit; files that were dropped by the dozen come after."""


def queue_plan(upload: Upload, viewer: Viewer) -> None:
    """Have a kept file planned. Raises Unusable ``job_open``, ``upload_closed``; Refused."""
    demand(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    queue.enqueue(PLAN, upload.subject, actor=viewer.name, arguments=whence(viewer), rank=THEN)


def queue_commit(upload: Upload, seal: str, viewer: Viewer) -> None:
    """Have a kept file written, if its plan is still the one of that seal. Raises as ``queue_plan``."""
    demand_office(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    arguments = {**whence(viewer), "seal": seal}
    queue.enqueue(COMMIT, upload.subject, actor=viewer.name, arguments=arguments, rank=FIRST)


def queue_undo(upload: Upload, viewer: Viewer, reason: str) -> None:
    """Have what a file wrote taken back, for a reason. Raises as ``queue_plan``."""
    demand_office(viewer, Action.ENTER, upload.subject)
    if upload.stage is not Stage.COMMITTED:
        raise _closed(upload)
    arguments = {**whence(viewer), "reason": reason}
    queue.enqueue(UNDO, upload.subject, actor=viewer.name, arguments=arguments, rank=FIRST)


def queue_marked(upload: Upload, purpose: str, viewer: Viewer) -> None:
    """Have the marked copy of a file made and kept among the account's exports: beside any other work on the file.

    Raises Refused where the role may not export; Unusable ``purpose_missing``, ``job_open``.
    """
    marked_copy.demand_purpose(viewer, purpose, upload.subject)
    arguments = {**whence(viewer), "purpose": purpose}
    queue.enqueue(MARK, upload.marked_subject, actor=viewer.name, arguments=arguments, rank=THEN)


def cancel_marked(upload: Upload, viewer: Viewer) -> bool:
    """End the making of a marked copy. Whether there was anything. Raises Refused."""
    demand(viewer, Action.EXPORT, upload.marked_subject)
    viewer.note(Action.EXPORT, f"{upload.marked_subject}/cancel")
    return queue.cancel(upload.marked_subject)


def cancel(upload: Upload, viewer: Viewer) -> bool:
    """End what is queued or being done about a file. Whether there was anything. Raises Refused."""
    demand(viewer, Action.ENTER, upload.subject)
    viewer.note(Action.ENTER, f"{upload.subject}/cancel")
    return queue.cancel(upload.subject)


@nightly.every_night("unwritten", gettext_lazy("没有写入的名单"), 5)
def _unwritten(_task: Task) -> Outcome:
    """Files that wait too long count as never written: nobody else would look at them again."""
    return {"alarms": unwritten.watch()}


@queue.handles(PLAN)
def _plan(task: Task) -> Outcome:
    viewer, upload = _asked(task)
    if upload.stage is not Stage.PLANNED:
        raise _closed(upload)
    if not inference.settled(upload.table, upload.region):
        data = upload_store.content_of(upload)
        said = inference.settle(data, upload.name, upload.table, upload.region, viewer)
        services.assign(upload.pk, said.table.name, said.region, viewer, said.year)
        upload = queries.upload(upload.pk, viewer)
    planned = queries.fresh_plan(upload, viewer, task.progress)
    found = upload_store.remember(upload, planned, viewer)
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
    if upload_store.seal(planned) != task.arguments["seal"]:
        upload_store.remember(upload, planned, viewer)
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
    batch = services.undo_upload(upload.pk, viewer, task.arguments.get("reason", ""))
    return {"batch": batch.pk}


@queue.handles(MARK)
def _mark(task: Task) -> Outcome:
    viewer = actor(task)
    if not isinstance(viewer, UserViewer):
        raise Refused(task.actor)
    if exports.made(viewer, task.key) is not None:
        # An earlier attempt made it and was killed before it could say so.
        return {}
    upload = queries.upload(int(task.subject.split("/")[1]), viewer)
    planned = queries.fresh_plan(upload, viewer, task.progress)
    purpose = task.arguments["purpose"]
    copy = marked_copy.marked(planned, viewer, purpose, upload.marked_subject)
    task.progress(str(WRITE), 0, 0)
    exports.keep(viewer, copy.name, copy.content, upload.marked_subject, purpose, task.key)
    return {"rows": len(planned.rows)}


def _asked(task: Task) -> tuple[Viewer, Upload]:
    """Who asked, and the file that the task is about. Raises Refused."""
    viewer = actor(task)
    return viewer, queries.upload(int(task.subject.rpartition("/")[2]), viewer)


def _note(viewer: Viewer, upload: Upload, batch: Batch) -> None:
    """The line of the log that the killed attempt may not have written any more."""
    viewer.note(Action.ENTER, f"intake/{upload.table}/batch/{batch.pk}", purpose=batch.purpose)


def _closed(upload: Upload) -> Unusable:
    words = {"name": upload.name, "stage": upload.stage.label}
    return Unusable("upload_closed", _("“%(name)s”%(stage)s，不能再处理。") % words)
