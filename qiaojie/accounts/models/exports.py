"""Files that somebody took out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField, SealedField


class Export(models.Model):
    """A file that somebody took out: kept encrypted, open to that account alone, until it expires. ``made_by`` is the key of
    the job that made it, '' where nobody needed one."""

    user_id = models.BigIntegerField()
    made_at = models.DateTimeField(_("导出时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    name: EncryptedTextField[str, str] = EncryptedTextField(
        _("文件名"), purpose="export.name", max_length=200
    )
    subject = models.CharField(_("对象"), max_length=200)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        _("用途"), purpose="export.purpose", max_length=200
    )
    content = SealedField(
        purpose="export.content",
    )
    made_by = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("导出文件")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "-made_at"], name="export_user")
        ]

    def __str__(self) -> str:
        return self.name
