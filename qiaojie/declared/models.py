"""Declarations as they were last prepared, and drafts of them that somebody is writing on the screen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class PreparedLedger(models.Model):
    """A declared ledger as its table was last made: what the programme runs by, whatever its folder says by now.

    ``content`` is the declaration as JSON with all that was ever declared in it: fields and choices that are gone from the folder
    are retired, never lost. ``columns`` says by the code of each field in which column it is kept (a renamed field stays where it
    was). ``source`` is the folder it came from, as findings name it; '' once that is gone. ``number`` counts changes.
    """

    code = models.CharField(_("代码"), max_length=40, unique=True)
    label = models.CharField(_("名称"), max_length=80)
    content = models.JSONField()
    columns = models.JSONField()
    source = models.CharField(max_length=200, blank=True)
    number = models.PositiveIntegerField(default=1)
    prepared_at = models.DateTimeField(_("启用时间"), auto_now=True)
    prepared_by = models.CharField(_("启用人"), max_length=150)

    class Meta:
        verbose_name = _("自建台账")

    def __str__(self) -> str:
        return self.code


class LedgerDraft(models.Model):
    """A declaration that is being written on the screen. Kept until an administrator puts it in force or throws it away."""

    code = models.CharField(_("代码"), max_length=40)
    text = models.TextField(_("声明"))
    by = models.CharField(_("起草人"), max_length=150)
    at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = _("台账草稿")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["code"], name="ledger_draft_code")
        ]

    def __str__(self) -> str:
        return self.code
