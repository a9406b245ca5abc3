"""The access log and the chain of seals over it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField


class AccessEntry(models.Model):
    """One line of the access log. Never changed: the database refuses it, and ``mark`` and seals would show it."""

    at = models.DateTimeField(_("时间"), default=timezone.now)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField(_("账号"), max_length=150)
    holder = models.CharField(_("姓名"), max_length=50, blank=True, default="")
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    action = models.CharField(_("操作"), max_length=12)
    subject = models.CharField(_("对象"), max_length=200)
    rows = models.BigIntegerField(_("条数"), null=True)
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    done = models.BooleanField(_("是否成功"), default=True)
    mark = BlindField(purpose="access_log.line", max_length=42, null=True, unique=True)

    class Meta:
        verbose_name = _("访问日志")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["username", "at"], name="access_user"),
            models.Index(fields=["at"], name="access_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.username} {self.action} {self.subject}"


class AccessOpen(models.Model):
    """A line of the log that no seal holds yet; written by a trigger with the line itself, gone a second later."""

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("待封存的日志")

    def __str__(self) -> str:
        return str(self.entry_id)


class AccessSeal(models.Model):
    """A link of the chain over the log: which lines it holds (``1-40,43``), and a keyed hash over them and the last seal.

    ``checkpoint`` is set on the seal at which lines older than the time of keeping were cut off: the chain begins there.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    lines = models.TextField()
    mark = BlindField(purpose="access_log.seal", max_length=34)
    checkpoint = BlindField(purpose="access_log.checkpoint", max_length=34, null=True)

    class Meta:
        verbose_name = _("日志封存")

    def __str__(self) -> str:
        return f"{self.number} {self.lines}"
