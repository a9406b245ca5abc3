"""What offices decide about a notice after it was issued: whether they work by it, other targets, and what a definition means.

The notice's own folder is version 0 of everything and is not kept here. Targets and rulings are neither changed nor deleted: a
new version or ruling stands beside the old one. Of whether a notice is in force the journal keeps what was said before.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField

from .targets.figures import Origin
from .targets.splitting import Basis, Method

DECIDED = (Origin.ADJUSTED, Origin.SPLIT, Origin.LOCAL)
"""Where a figure comes from that is not the notice's own."""


class NoticeInForce(models.Model):
    """From when and until when (its last day) an installation works by a notice; without a beginning: ever since.

    A notice without a row was never switched on. An end before the beginning says that it was switched off again at once.
    """

    notice = models.CharField(_("通知"), max_length=60, unique=True)
    begins = models.DateField(_("启用日期"), null=True)
    ends = models.DateField(_("止"), null=True)
    by = models.CharField(_("经办"), max_length=150)
    at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = _("通知启用")

    def __str__(self) -> str:
        return f"{self.notice}: {self.begins or ''}/{self.ends or ''}"

    def holds(self, on: date) -> bool:
        """Whether the notice is in force on a day."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)


class TargetVersion(models.Model):
    """One decision about targets of one indicator: who, when, why, on what document.

    ``region`` is the area whose office decided: the notice's whole area for an adjustment, the parent for a split, the
    unit itself for a local addition. ``number`` counts the decisions of that kind by that office from 1. The newest
    split of a parent replaces all earlier ones: a child that it does not name holds nothing from it. ``basis`` says which of a
    unit's two figures it adds up to; '' in versions that are no split, and in splits from before there was a choice (``held``).
    """

    notice = models.CharField(_("通知"), max_length=60)
    indicator = models.CharField(_("指标"), max_length=60)
    origin = models.CharField(_("来源"), max_length=8, choices=Origin.choices)
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("下达单位")
    )
    number = models.PositiveIntegerField(_("版次"))
    method = models.CharField(_("分解方法"), max_length=9, choices=Method.choices, blank=True)
    basis = models.CharField(_("分解的数"), max_length=6, choices=Basis.choices, blank=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="target_version.reason", max_length=200
    )
    document: EncryptedTextField[str, str] = EncryptedTextField(
        _("文号"), purpose="target_version.document", max_length=100, blank=True
    )
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    by = models.CharField(_("经办"), max_length=150)

    class Meta:
        verbose_name = _("任务版本")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["notice", "indicator", "origin", "region", "number"], name="target_version_once"
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=[str(origin) for origin in DECIDED]),
                name="target_version_origin",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notice", "origin", "region"], name="target_version_notice")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}/{self.origin}/{self.region_id}/{self.number}"


class Target(models.Model):
    """What one version gives one region. ``weight`` is what its share was in proportion to, if anything."""

    version = models.ForeignKey(TargetVersion, on_delete=models.PROTECT, related_name="targets")
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("单位")
    )
    value = models.BigIntegerField(_("任务数"))
    weight = models.BigIntegerField(_("权数"), null=True)

    class Meta:
        verbose_name = _("任务")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "region"], name="target_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="target_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.region_id}: {self.value}"


class Ruling(models.Model):
    """What a superior office said of a definition (口径答疑), entered on screen; a later one may take its place.

    ``condition`` is what it states as a condition of counting (a field of the indicator's ledger → value), if anything.
    """

    notice = models.CharField(_("通知"), max_length=60)
    indicator = models.CharField(_("指标"), max_length=60)
    on = models.DateField(_("日期"))
    office = models.CharField(_("答复单位"), max_length=100)
    text: EncryptedTextField[str, str] = EncryptedTextField(_("答复"), purpose="ruling.text")
    question: EncryptedTextField[str, str] = EncryptedTextField(
        _("问题"), purpose="ruling.question", blank=True
    )
    asked_by = models.CharField(_("提问单位"), max_length=100, blank=True)
    condition = models.JSONField(_("所定条件"), default=dict, blank=True)
    supersedes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="superseded_by",
        verbose_name=_("取代"),
    )
    at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    by = models.CharField(_("录入人"), max_length=150)

    class Meta:
        verbose_name = _("口径答疑")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notice", "indicator", "on"], name="ruling_indicator")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator} {self.on}"


class Filing(models.Model):
    """That a unit sent what a duty asks of it for one due day: when, how, and who says so. Taken back, never deleted.

    ``agency`` names who owes it where that is no region: ``region`` is then the notice's whole area.
    """

    notice = models.CharField(_("通知"), max_length=60)
    duty = models.CharField(_("报送任务"), max_length=60)
    due = models.DateField(_("报送期限"))
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("单位")
    )
    agency = models.CharField(_("机构"), max_length=100, blank=True)
    sent_on = models.DateField(_("报送日期"))
    how: EncryptedTextField[str, str] = EncryptedTextField(
        _("报送方式、文号"), purpose="filing.how", max_length=100, blank=True
    )
    by = models.CharField(_("登记人"), max_length=150)
    at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    revoked_by = models.CharField(_("撤回人"), max_length=150, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        verbose_name = _("报送登记")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["region", "agency", "notice", "duty", "due"],
                condition=models.Q(revoked_at__isnull=True),
                name="filing_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.duty}/{self.due}/{self.region_id}"
