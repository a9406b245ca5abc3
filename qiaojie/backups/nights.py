"""What is done about backups every night and every hour, by whichever worker comes first."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.lib.findings import Unusable
from qiaojie.queue.nightly import every_night
from qiaojie.queue.services import Outcome, Task

from . import services
from .models import Act


@every_night("backup", _("每日备份"), 1)
def make(task: Task) -> Outcome:
    """The daily backup, copied to every place. Raises Unusable where a place could not have its copy."""
    began = timezone.now()
    made = services.make(SystemViewer(), progress=task.progress)
    failed = [one for one in services.since(began) if one.act == Act.FAILED]
    if failed:
        raise Unusable("place_absent", failed[-1].message)
    return {"packet": made.packet, "rows": made.rows}


@every_night("backup-trial", _("备份试恢复"), 3)
def try_newest(task: Task) -> Outcome:
    """The newest packet is restored into a scratch place and compared, every row."""
    tried = services.try_newest(SystemViewer(), task.progress)
    return {"packet": tried.packet, "rows": tried.rows}


@every_night("backup-copies", _("补存备份"), None)
def copy_to_lacking(_task: Task) -> Outcome:
    """A disk that was not in, or a share that was away, is given the newest packet once it is there."""
    return {"places": services.copy_to_lacking(SystemViewer())}
