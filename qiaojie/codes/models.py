"""Lists as they were last prepared, and the words that counties added to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField

from .words import LONGEST_CODE, LONGEST_LABEL


class PreparedList(models.Model):
    """A list as ``qiaojie prepare`` last found it. ``words`` are its words (``CodeWord.as_mapping``) in their order, those among
    them that no file has any more marked and last: what rows use stays printable for ever."""

    code = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=LONGEST_LABEL)
    english = models.CharField(max_length=120, blank=True)
    standard = models.CharField(max_length=120, blank=True)
    words = models.JSONField(default=list)
    prepared_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("代码表")

    def __str__(self) -> str:
        return self.code


class CountyWord(models.Model):
    """A county's own word under a word of everybody's: offered to that county alone, printed everywhere, counted with what stands
    above it. ``ends`` is the last day on which it may be entered (null: for good)."""

    list_code = models.CharField(_("代码表"), max_length=60)
    code = models.CharField(_("代码"), max_length=LONGEST_CODE)
    label = models.CharField(_("名称"), max_length=LONGEST_LABEL)
    also = models.JSONField(_("其他写法"), default=list)
    parent = models.CharField(_("上级"), max_length=LONGEST_CODE)
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区县")
    )
    begins = models.DateField(_("起用日期"), null=True)
    ends = models.DateField(_("停用日期"), null=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="county_word.reason", max_length=200, blank=True
    )
    by = models.CharField(_("设定人"), max_length=150)
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("区县自加的词")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["list_code", "code"], name="county_word_code")
        ]

    def __str__(self) -> str:
        return f"{self.list_code}/{self.code}"
