"""What is done every night and every hour: the digest, and heads that go elsewhere."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.findings import Unusable
from qiaojie.queue import nightly
from qiaojie.queue.services import Outcome, Task

from . import checks, heads, services

AT: Final = 4
"""The hour of the digest: after the copies of the night, before the first office opens."""


@nightly.every_night("digest", gettext_lazy("数据核对"), AT)
def _digest(task: Task) -> Outcome:
    """Compare all rows with last night's. Raises Unusable ``rows_differ`` where something is found that nothing explains."""
    scan = services.make(progress=task.progress)
    heads.send()
    faults = [*checks.head_faults()]
    if scan.counted or faults:
        text = _(
            "%(rows)d 处数据对不上变更记录，%(heads)d 处日志或摘要断了。请在服务器上运行 qiaojie doctor --deep 查看。"
        )
        raise Unusable("rows_differ", text % {"rows": sum(scan.counted.values()), "heads": len(faults)})
    return {"rows": scan.rows, "explained": scan.explained}


@nightly.every_night("heads", gettext_lazy("封记送往别处"), None)
def _heads(task: Task) -> Outcome:
    """Write the heads elsewhere. Raises Unusable ``heads_unreachable`` with the places that could not be reached."""
    heads.keep_journal()
    unreached = heads.send()
    if unreached:
        raise Unusable("heads_unreachable", " ".join(one.message for one in unreached))
    return {"places": len(settings.QIAOJIE_HEADS_TO)}
