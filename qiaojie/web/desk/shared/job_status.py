"""A job as pages show it: what is being done, how far it is, how long it may still take."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.backups import services as backups
from qiaojie.comparison import jobs as comparison
from qiaojie.declared import enforcing
from qiaojie.intake import jobs
from qiaojie.queue.models import State
from qiaojie.queue.queries import JobStatus


@dataclass(frozen=True, slots=True)
class Work:
    """A job as a page shows it: what is being done, in which words, how long it may still take."""

    job: JobStatus
    doing: str
    said: str
    left: str

    @property
    def failed(self) -> bool:
        """Whether it ended without having done its work."""
        return self.job.state == State.FAILED


def shown(job: JobStatus) -> Work:
    """A job in words."""
    doing = {
        jobs.PLAN: _("核对"),
        jobs.COMMIT: _("写入"),
        jobs.UNDO: _("撤销"),
        jobs.MARK: _("做核对件"),
        comparison.COMPARE: _("比对"),
        backups.MAKE: _("备份"),
        enforcing.PREPARE: _("启用台账"),
    }[job.kind]
    return Work(job, doing, _said(job), "" if job.left is None else _left(job.left))


def _said(job: JobStatus) -> str:
    if job.state == State.WAITING and job.message:
        return _("先放着，过一会儿自动重做：%s") % job.message
    if job.state == State.WAITING:
        ahead = ngettext("排队中，前面还有 %d 个", "排队中，前面还有 %d 个", job.ahead) % job.ahead
        return ahead if job.ahead else _("排队中，马上开始")
    if job.state == State.RUNNING:
        if job.silent:
            return _("处理进程没有响应，正在等别的进程接手")
        if job.cancelling:
            return _("正在取消")
        if job.total and job.kind == enforcing.PREPARE:
            steps = {"step": job.step, "done": job.done, "total": job.total}
            return _("第 %(done)s 步，共 %(total)s 步：%(step)s") % steps
        if job.total:
            words = {"step": job.step, "done": f"{job.done:,}", "total": f"{job.total:,}"}
            return _("%(step)s %(done)s / %(total)s 行") % words
        if job.kind in {backups.MAKE, enforcing.PREPARE}:
            return _("正在开始")
        return _("正在打开文件") if job.kind != jobs.UNDO else _("正在退回")
    return str(job.state.label)


def _left(seconds: int) -> str:
    if seconds < 60:
        return ngettext("约还需 %d 秒", "约还需 %d 秒", seconds) % max(1, seconds)
    minutes = round(seconds / 60)
    return ngettext("约还需 %d 分钟", "约还需 %d 分钟", minutes) % minutes
