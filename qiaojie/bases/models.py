"""Bases: who runs them, of what kind and trade, and each payment in support of one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.words import LONGEST_CODE
from qiaojie.ledgers.models import Fact
from qiaojie.lib.fields import EncryptedTextField


class Base(Fact):
    """A base or workshop. ``happened_on`` is the day on which it was set up. One found to be another, entered twice, points
    to it (``canonical``) and keeps its own rows."""

    name = models.CharField(_("基地名称"), max_length=120)
    kind = models.CharField(_("基地类型"), max_length=LONGEST_CODE)
    industry = models.CharField(_("产业类型"), max_length=LONGEST_CODE, blank=True)
    operator = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("经营单位")
    )
    head = models.CharField(_("负责人"), max_length=64, blank=True)
    place = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("所在地")
    )
    canonical = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="duplicates"
    )

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("基地")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="base_unit_day")
        ]

    def __str__(self) -> str:
        return self.name


class SupportPayment(Fact):
    """Money paid to a base in support. ``happened_on`` is the day of payment; a plaque without payment is no support.

    ``counted_before``: approved when rows still counted without their base's approval; it goes on counting.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="payments", verbose_name=_("基地"))
    amount = models.BigIntegerField(_("扶持金额"))
    source = models.CharField(_("资金来源"), max_length=60, blank=True)
    counted_before = models.BooleanField(default=False, editable=False)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("基地扶持")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_above_zero")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="payment_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.base_id}/{self.happened_on}"


class HelpRecord(Fact):
    """Help given by a base to one woman (2020 notice, annex): her training, and what she earned, sold or began by it.

    ``happened_on`` is the last day of her training. Money is in fen. Which columns are filled depends on the base's
    trade: what it pays for products, what it sells for her, what her own trade brought in. ``counted_before`` as of payments.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="help", verbose_name=_("基地"))
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="help", verbose_name=_("服务对象")
    )
    woman_kind = models.CharField(_("妇女类型"), max_length=LONGEST_CODE, blank=True)
    begins = models.DateField(_("培训开始"), null=True)
    ends = models.DateField(_("培训结束"), null=True)
    content = models.CharField(_("培训内容"), max_length=120, blank=True)
    product_income = models.BigIntegerField(_("产品收入"), null=True)
    agency_sales = models.BigIntegerField(_("代销产品"), null=True)
    industry_income = models.BigIntegerField(_("发展产业收入"), null=True)
    qualified = models.BooleanField(_("是否合格"), null=True)
    employed = models.BooleanField(_("是否就业"), null=True)
    started_business = models.BooleanField(_("是否创业"), null=True)
    remark: EncryptedTextField[str, str] = EncryptedTextField(
        _("备注"), purpose="help.remark", max_length=200, blank=True
    )
    counted_before = models.BooleanField(default=False, editable=False)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("基地帮扶记录")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("begins")),
                name="help_days_in_order",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="help_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.base_id}/{self.person_id}"
