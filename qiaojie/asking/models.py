"""Answers that an office gave, kept as they were given."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField, Unreadable


class KeptAnswer(models.Model):
    """One answer: the question as the query of an address, the numbers as they stood, for whom, on which day, by whom.

    ``subject`` is the same for all questions about the same rows, however they are parted, in whichever unit and over
    whichever days; ``shape`` for those that part the same rows the same way in the same unit. ``told`` is the table, its
    meaning and its text (JSON; ``table`` opens it); ``facts`` the keys of the rows that counted, null where they were too many
    to keep. Question, words and who asked are encrypted: they may name somebody.
    """

    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    ledger = models.CharField(max_length=40)
    query: EncryptedTextField[str, str] = EncryptedTextField(purpose="kept_answer.query", max_length=2000)
    subject = models.CharField(max_length=64)
    shape = models.CharField(max_length=64)
    begins = models.DateField(null=True)
    ends = models.DateField(null=True)
    as_of = models.DateField(_("截至"))
    unit = models.CharField(max_length=60)
    approved = models.BigIntegerField(_("已审核"))
    pending = models.BigIntegerField(_("待审核"))
    told: EncryptedTextField[str, str] = EncryptedTextField(purpose="kept_answer.told")
    facts = models.JSONField(null=True)
    asked_for: EncryptedTextField[str, str] = EncryptedTextField(
        _("谁问的"), purpose="kept_answer.asked_for", max_length=60
    )
    by = models.CharField(_("答复人"), max_length=150)
    at = models.DateTimeField(_("答复时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("要数答复")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "subject", "-at"], name="kept_answer_subject"),
            models.Index(fields=["agency", "-at"], name="kept_answer_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.as_of}: {self.approved}"

    @property
    def table(self) -> dict[str, Any]:
        """What was told: title, groupings, heads, lines, text, meaning. Where it cannot be opened, that is its text."""
        if isinstance(self.told, Unreadable):
            return {"title": "", "groupings": [], "heads": [], "lines": [], "text": self.told, "meaning": []}
        found: dict[str, Any] = json.loads(self.told)
        return found
