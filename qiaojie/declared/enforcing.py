"""Declarations are put in force from the screen: a draft is written as a folder, and a worker prepares what waits.

As ``qiaojie prepare`` does it, but for all that has nothing to do with ledgers. A worker that is killed half-way has done whole
ledgers or none of one; the job is taken up again and does the rest.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connections, router
from django.utils.translation import gettext as _

from qiaojie.accounts.job_viewers import actor, whence
from qiaojie.digests import services as digests
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task

from . import drafting, effects, loading, services, tables
from .drafting import HeldDraft, demand_whole
from .models import LedgerDraft, PreparedLedger
from .rows.apps import LABEL

PREPARE: Final = "declared.prepare"
SUBJECT: Final = "declared-ledgers"
"""Kind and subject of the job: one at a time."""

COMMAND: Final = "qiaojie prepare"
"""What does the same on the server."""

_PURPOSE: Final = 200
"""Characters of a purpose that are kept."""


def may_prepare() -> bool:
    """Whether this process may make tables. Where its account of the database only serves, ``COMMAND`` is run on the server."""
    return tables.may_make(connections[router.db_for_write(PreparedLedger)])


def put_in_force(viewer: Viewer, purpose: str, draft: HeldDraft | None = None) -> bool:
    """Have everything prepared that waits, ``draft`` written as a folder first. False where this process may not make tables: the
    folder is written, and somebody runs ``COMMAND``.

    Raises Unusable ``purpose_missing``, ``ledger_faults`` (with the sentences), ``nothing_waits``, ``folder_unwritable``,
    ``job_open``; Refused.
    """
    demand_whole(viewer, f"{SUBJECT}/prepare")
    purpose = purpose.strip()[:_PURPOSE]
    if not purpose:
        raise Unusable("purpose_missing", _("请写明为什么启用，记入访问日志。"))
    if draft is not None and not draft.usable:
        told = "".join(one.message for one in draft.faults if one.level is Level.ERROR)
        raise Unusable("ledger_faults", _("这份草稿还有错，没有启用：%s") % told)
    if not any(one.usable for one in effects.effects(draft)):
        raise Unusable("nothing_waits", _("没有可以启用的改动。"))
    may = may_prepare()
    subject = f"{SUBJECT}/{draft.folder.name if draft is not None else 'prepare'}"
    with permitted(viewer, Action.ADMINISTER, subject, purpose=purpose, registry=False) as change:
        if draft is not None:
            _write(draft)
        if may:
            arguments: dict[str, Any] = {**whence(viewer), "purpose": purpose}
            if draft is not None:
                arguments |= {"draft": draft.pk, "stamp": draft.stamp}
            queue.enqueue(PREPARE, SUBJECT, actor=viewer.name, arguments=arguments)
        change.note(rows=1)
    return may


def _write(draft: HeldDraft) -> None:
    """The folder of a draft: a new file in the place of the old one, or the old one stays."""
    folder = draft.folder.path
    part = folder / f".{loading.FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(draft.text, encoding="utf-8")
        part.replace(folder / loading.FILE)
    except OSError as fault:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        text = _("写不进文件夹 %s，请服务器管理员检查权限和磁盘。") % folder
        raise Unusable("folder_unwritable", text) from fault


@queue.handles(PREPARE)
def _prepare(task: Task) -> Outcome:
    viewer = actor(task)
    demand_whole(viewer, f"{SUBJECT}/prepare")
    task.progress(_("核对以前的数据"), 1, 3)
    look = digests.before_upgrade()
    task.progress(_("建表、加栏目"), 2, 3)
    done = services.prepare(by=viewer.name)
    task.progress(_("做数据摘要"), 3, 3)
    if done.altered or task.again:
        # An attempt that was broken off may have made tables of which no digest says anything.
        digests.prepared({LABEL}, False, look)
    _put_away(task, done)
    purpose = str(task.arguments.get("purpose", ""))
    viewer.note(Action.ADMINISTER, f"{SUBJECT}/prepared", rows=_number(done), purpose=purpose)
    return {"made": done.made, "widened": sorted(done.widened), "changed": done.changed, "left": done.left}


def _number(done: services.Preparation) -> int:
    return len(done.made) + len(done.widened) + len(done.changed) + len(done.left)


def _put_away(task: Task, done: services.Preparation) -> None:
    """A draft that is in force is no draft any more, unless somebody has changed it since."""
    held = LedgerDraft.objects.filter(pk=task.arguments.get("draft") or 0).first()
    if held is None or held.at.isoformat() != task.arguments.get("stamp"):
        return
    wrong = {fault.file for fault in done.faults if fault.level is Level.ERROR}
    folder = Path(settings.OWN_LEDGERS) / held.code / loading.FILE
    written = folder.read_text(encoding="utf-8") if folder.is_file() else None
    if f"{held.code}/{loading.FILE}" not in wrong and written == held.text:
        held.delete()


def cancel(viewer: Viewer) -> bool:
    """End the work that is queued or in hand; whether there was any. What was done of it stays. Raises Refused."""
    demand_whole(viewer, f"{SUBJECT}/cancel")
    viewer.note(Action.ADMINISTER, f"{SUBJECT}/cancel")
    return queue.cancel(SUBJECT)


def draft_of(viewer: Viewer, pk: int | None) -> HeldDraft | None:
    """The draft that is to be put in force, if one is named. Raises Unusable ``draft_gone``; Refused."""
    return None if pk is None else drafting.draft(viewer, pk)
