"""Jobs: what is to be done, how far it has come, whether whoever does it is still alive."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import SealedField


class State(models.TextChoices):
    """Where a job stands. The first two are open, the others are its end."""

    WAITING = "waiting", _("排队中")
    RUNNING = "running", _("处理中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")
    CANCELLED = "cancelled", _("已取消")


OPEN = (State.WAITING, State.RUNNING)


def new_key() -> str:
    """A word that names one job for good, wherever its effect is recorded."""
    return uuid.uuid4().hex


class Job(models.Model):
    """A piece of work for a worker. No foreign keys: on SQLite jobs live in another file than what they work on.

    ``key`` is recorded by the transaction that has the job's effect, so that a job taken up again sees that it is done.
    ``arguments`` and ``outcome`` are JSON, encrypted, the arguments together with key, kind, subject and actor (``sealing``): a
    job whose columns were changed past the system is not done. ``worker`` is the
    claim of one worker: whoever finds another word there has lost the job. ``done`` of ``total`` (0: not known) in ``step``
    is what the worker last said, at ``heartbeat_at``.
    """

    key = models.CharField(max_length=32, unique=True, default=new_key)
    kind = models.CharField(_("种类"), max_length=40)
    subject = models.CharField(_("对象"), max_length=80)
    actor = models.CharField(_("提交人"), max_length=150)
    language = models.CharField(max_length=10)
    arguments = SealedField(
        purpose="job.arguments",
    )
    rank = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(_("状态"), max_length=9, choices=State.choices, default=State.WAITING)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=32, blank=True)
    cancel_asked = models.BooleanField(default=False)
    step = models.CharField(max_length=20, blank=True)
    step_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    outcome = SealedField(purpose="job.outcome", null=True)

    class Meta:
        verbose_name = _("后台任务")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rank", "id"], name="job_due", condition=models.Q(state__in=OPEN)),
            models.Index(fields=["subject", "-id"], name="job_subject"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject"], name="job_one_open", condition=models.Q(state__in=OPEN)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN


class Nightly(models.Model):
    """How a job of the night stands. Whoever moves ``due_at`` to the night that has come queues it: one worker, once a night.

    ``failed_at`` stays until the job succeeds again; ``code`` and ``message`` (encrypted, ``nightly.MESSAGE``) say why it failed.
    """

    name = models.CharField(max_length=40, unique=True)
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=40, blank=True)
    message = SealedField(purpose="nightly.message", null=True)

    class Meta:
        verbose_name = _("夜间任务")

    def __str__(self) -> str:
        return self.name
