"""By what the database knows its keys: hashes that only these keys make. Of a key they tell nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField


class KeyMark(models.Model):
    """That a key with one set of algorithms is of this installation: ``mark`` is its keyed hash of a constant.

    ``current`` where new values were encrypted with it when the marks were last noted.
    """

    number = models.PositiveSmallIntegerField(_("密钥编号"))
    scheme = models.PositiveSmallIntegerField(_("算法"))
    mark = BlindField(purpose="keys.mark", max_length=34)
    current = models.BooleanField(_("现用"), default=False)
    since = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("密钥的印记")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scheme", "number"], name="key_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.scheme}/{self.number}"
