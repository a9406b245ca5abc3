"""Care services (托养), each year's service of a person as a fact of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.models import Fact


class CareForm(models.TextChoices):
    """How the care is given."""

    BOARDING = "boarding", _("寄宿制")
    DAY = "day", _("日间照料")
    HOME = "home", _("居家服务")


class CareService(Fact):
    """Care given to one person in one form from a day on. ``happened_on`` is the first day of service, ``ends`` the last
    (null: it goes on, and counts in every year in which it does).

    ``purchased``: under a signed purchase contract (an agency's own centre is not purchased). ``payer`` is the county
    that pays. A service that stops keeps its count of the year.
    """

    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="care_services", verbose_name=_("服务对象")
    )
    form = models.CharField(_("托养形式"), max_length=8, choices=CareForm.choices)
    purchased = models.BooleanField(_("政府购买服务"), default=False)
    provider = models.CharField(_("服务机构"), max_length=120, blank=True)
    payer = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("付费区县")
    )
    boarding_months = models.PositiveSmallIntegerField(_("已付费寄宿月数"), default=0)
    begins = models.DateField(_("服务开始"))
    ends = models.DateField(_("服务结束"), null=True)
    end_reason = models.CharField(_("结束原因"), max_length=40, blank=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("托养服务")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("begins")),
                name="care_days_in_order",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="care_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.form}/{self.begins}"
