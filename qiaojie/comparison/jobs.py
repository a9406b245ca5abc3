"""What a worker does about an outside list: hold it against the registry, where that takes longer than anybody waits."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from qiaojie.accounts.job_viewers import actor, whence
from qiaojie.intake.public import small as small_file
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.periods import Period, read_period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task
from qiaojie.regions.models import Region
from qiaojie.reports import sources
from qiaojie.reports.sources import FormRequest

from . import queries, services
from .models import OutsideList

COMPARE = "comparison.compare"

OURS = 10
"""A row of ours costs a tenth of one of theirs: so many times more of them are held against a list at once."""


def small(size: int, table: TableDef, region: Region, period: Period, viewer: Viewer) -> bool:
    """Whether a list of so many bytes is compared while the page is waited for: few rows on either side."""
    if not small_file(size):
        return False
    asked = FormRequest(table, region, period, viewer, timezone.localdate(), period.ends)
    most = settings.AT_ONCE_ROWS * OURS
    return sources.not_withdrawn(asked).order_by()[: most + 1].count() <= most


def queue_compare(held: OutsideList, viewer: Viewer) -> None:
    """Have a kept list compared. Raises Unusable ``job_open``; Refused."""
    demand(viewer, Action.ENTER, held.subject)
    queue.enqueue(COMPARE, held.subject, actor=viewer.name, arguments=whence(viewer))


def again(pk: int, viewer: Viewer) -> bool:
    """Have a list held against the registry as it is now: at once where it is small. Whether it is done.

    Raises as ``services.again`` and ``queue_compare``.
    """
    held = queries.one(pk, viewer)
    table = notices.table(held.table)
    if small(held.size, table, held.region, read_period(held.period), viewer):
        services.hold(held, viewer)
        return True
    queue_compare(held, viewer)
    return False


def cancel(pk: int, viewer: Viewer) -> bool:
    """End what is queued or being done about a list. Whether there was anything. Raises Refused."""
    held = queries.one(pk, viewer)
    demand(viewer, Action.ENTER, held.subject)
    viewer.note(Action.ENTER, f"{held.subject}/cancel")
    return queue.cancel(held.subject)


@queue.handles(COMPARE)
def _compare(task: Task) -> Outcome:
    viewer = actor(task)
    held = queries.one(int(task.subject.rpartition("/")[2]), viewer)
    if held.compared_by != task.key:
        services.hold(held, viewer, task.progress, task.key)
    else:
        # An earlier attempt did it and was killed before it could say so.
        viewer.note(Action.ENTER, held.subject, purpose=held.purpose)
    return {"counts": held.counts}
