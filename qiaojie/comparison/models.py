"""Lists that another system exported, kept encrypted, and line by line what they and the registry say."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField, SealedField


class LineStanding(models.TextChoices):
    """How a line stands: in both and alike, in both with other values, in one only, in ours not yet approved, or, where theirs
    has no number, likely about somebody of ours, who stays in ours only until somebody has looked."""

    SAME = "same", _("两边一致")
    DIFFERS = "differs", _("两边都有，内容不同")
    OURS = "ours", _("只有我方有")
    THEIRS = "theirs", _("只有对方有")
    WAITING = "waiting", _("对方已有，我方待审核")
    LIKELY = "likely", _("对方没有号码，很可能是我方的人，要核对")


class OutsideList(models.Model):
    """A list of an outside system for a region and a period, and what came of holding it against the registry.

    ``content`` is the file, encrypted. ``counts`` has the numbers of lines by unit (its key, '' where the list does not
    say) and standing, ``fields`` how many pairs differ in which field, ``aside`` the rows of theirs that were not
    compared: ``outside`` the period, ``twice`` in the list, ``unread`` (no usable number). ``findings`` are what was wrong
    with cells, encrypted. ``compared_at`` is None until a list has been compared for the first time; ``compared_by`` is the
    key of the job that did it, '' where nobody needed one.
    """

    table = models.CharField(_("表"), max_length=130)
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    period = models.CharField(_("时段"), max_length=30)
    name: EncryptedTextField[str, str] = EncryptedTextField(
        _("文件名"), purpose="outside.name", max_length=255
    )
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(_("字节数"))
    received_at = models.DateTimeField(_("收到时间"), auto_now_add=True)
    received_by = models.CharField(_("上传人"), max_length=150)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        _("用途"), purpose="outside.purpose", max_length=200
    )
    compared_at = models.DateTimeField(_("比对时间"), null=True)
    compared_by = models.CharField(max_length=32, blank=True)
    content = SealedField(
        purpose="outside.content",
    )
    counts = models.JSONField(default=dict)
    fields = models.JSONField(default=dict)
    aside = models.JSONField(default=dict)
    findings = SealedField(purpose="outside.findings", null=True)

    class Meta:
        verbose_name = _("外部名单")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["table", "region", "-id"], name="outside_list_of")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What its jobs are about."""
        return f"comparison/{self.pk}"


class Line(models.Model):
    """One line of a comparison. ``fact`` is the key of our row in the table's ledger, ``row`` the sheet's row of theirs.

    ``differing`` names the fields that differ. ``said`` is what their row says of the table's fields (JSON, encrypted);
    a pair that agrees keeps none: our row says the same.
    """

    list = models.ForeignKey(OutsideList, on_delete=models.CASCADE, related_name="lines", db_index=False)
    unit = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    standing = models.CharField(max_length=7, choices=LineStanding.choices)
    fact = models.BigIntegerField(null=True)
    row = models.IntegerField(null=True)
    differing = models.CharField(max_length=400, blank=True)
    said = SealedField(purpose="outside.said", null=True)

    class Meta:
        verbose_name = _("比对结果")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["list", "standing", "unit", "id"], name="comparison_lines")
        ]

    def __str__(self) -> str:
        return f"{self.list_id}/{self.standing}/{self.pk}"
