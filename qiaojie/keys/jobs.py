"""Renewing all values, as work of the queue."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.findings import Unusable
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task

from . import renewal, standing

RENEW: Final = "keys.renew"
SUBJECT: Final = "keys"
"""One exchange at a time."""

STEP: Final = gettext_lazy("换用新密钥")

PASSES: Final = 5
"""Looks at everything: what was encrypted before the key changed may be written by a long transaction afterwards."""


def put(actor: str) -> str:
    """Queue the renewal; the job's key. Raises Unusable ``job_open`` where one is open already."""
    return queue.enqueue(RENEW, SUBJECT, actor=actor, rank=0).key


@queue.handles(RENEW)
def run(task: Task) -> Outcome:
    """Renew what is due until nothing is: how many rows were renewed, what could not be opened, and what is left."""
    renewal.demand_rights()
    return renewed(lambda done, total: task.progress("keys", done, total))


def renewed(progress: renewal.Progress) -> dict[str, Any]:
    """As the job does it, also where no worker may: ``rows``, ``unopened`` (the first of them ``named``), ``left``.

    Raises Unusable ``keys_renewal_stuck`` where something is left that could be opened.
    """
    rows, unopened = 0, 0
    named: list[str] = []
    for _pass in range(PASSES):
        found = renewal.renew(progress)
        rows, unopened, named = rows + found.rows, found.unopened, found.named
        if not found.rows:
            break
    left = renewal.due()
    standing.record()
    if left and not unopened:
        raise Unusable(
            "keys_renewal_stuck", _("还有 %d 行没有换完，请再运行一次 qiaojie keys rotate。") % left
        )
    return {"rows": rows, "unopened": unopened, "named": named, "left": left}
