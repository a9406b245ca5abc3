"""Agencies (机构) with their dated names, who stands in for whom, and the agreements of those outside the offices."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField


class WorkLine(models.TextChoices):
    """The line of work an agency belongs to; the poverty line is one agency under its successive names."""

    DPF = "dpf", _("残联")
    WOMEN = "women", _("妇联")
    POVERTY = "poverty", _("扶贫、乡村振兴")
    TRAINER = "trainer", _("培训机构")
    BASE = "base", _("基地经营者")
    EMPLOYER = "employer", _("用人单位")
    BANK = "bank", _("银行")
    OTHER = "other", _("其他单位")


OFFICES = (WorkLine.DPF, WorkLine.WOMEN, WorkLine.POVERTY)
"""The lines whose offices lead the programme together; a unit may lack one of them."""


class Agency(models.Model):
    """A body that works in a region (机构). Its name may change with the years; the agency stays the same."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    line = models.CharField(_("条线"), max_length=10, choices=WorkLine.choices)
    name = models.CharField(_("现用名称"), max_length=100)
    credit_code = models.CharField(_("社会信用代码"), max_length=18, blank=True)
    """One body may be registered in several regions or lines: no two need differ. '' where nobody has asked for it."""
    legal_person = models.CharField(_("法定代表人"), max_length=64, blank=True)
    closed_from = models.DateField(_("从哪天起停用"), null=True)
    """The first day on which it is no longer there; None while it is."""

    class Meta:
        verbose_name = _("机构")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "line", "name"], name="agency_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["credit_code"], condition=~models.Q(credit_code=""), name="agency_credit_code"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def called(self, on: date) -> str:
        """What it was called on a day; '' where it was not there. No query where its names have been read with it."""
        names = self.names.all()
        found = (one.name for one in names if one.holds(on))
        return next(found, "") if names else self.name


class AgencyName(models.Model):
    """What an agency was called, from a first day to a last one (扶贫办 → 乡村振兴局 → 农业农村委)."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("名称"), max_length=100)
    begins = models.DateField(_("起"), null=True)
    ends = models.DateField(_("止"), null=True)

    class Meta:
        verbose_name = _("机构名称")

    def __str__(self) -> str:
        return self.name

    def holds(self, on: date) -> bool:
        """Whether this was the name on a day."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)


class StandIn(models.Model):
    """Which agency answers for a line in a region that has no office of it, from a first day to a last one (两江新区
    has no 扶贫办)."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    line = models.CharField(_("条线"), max_length=10, choices=WorkLine.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="stands_in", verbose_name=_("代管机构")
    )
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("依据"), purpose="stand_in.reason", max_length=200
    )

    class Meta:
        verbose_name = _("条线代管")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["region", "line"], condition=models.Q(ends__isnull=True), name="stand_in_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region_id}/{self.line} → {self.agency_id}"


class Agreement(models.Model):
    """The agreement (协议) under which an agency outside the offices enters records; without one in force it sees nothing."""

    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="agreements", verbose_name=_("机构")
    )
    number = models.CharField(_("协议编号"), max_length=60)
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = _("协议")

    def __str__(self) -> str:
        return self.number
