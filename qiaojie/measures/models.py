"""What is kept of each indicator: who was counted, and per day the sums that any "as of" date is read from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    """The three parts of a value: what counts, what would count if approved, what another unit already counts."""

    APPROVED = "approved", _("已审核")
    PENDING = "pending", _("待审核")
    ELSEWHERE = "elsewhere", _("已由他处计入")


class Measure(models.Model):
    """An indicator of a notice over the notice's period. ``definition`` is the fingerprint it was counted with."""

    notice = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60)
    definition = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("指标计量")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "indicator"], name="measure_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}"


class Counted(models.Model):
    """One thing counted (a person or an event) in one part for one unit, from ``day`` until the day before ``until``.

    ``fact`` is the row of the indicator's ledger that makes it count: the number opens to these.
    """

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="+", db_index=False)
    part = models.CharField(max_length=9, choices=Part.choices)
    unit_id = models.BigIntegerField()
    key = models.BigIntegerField()
    fact_id = models.BigIntegerField()
    day = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        verbose_name = _("计入明细")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["measure", "key"], name="counted_key"),
            models.Index(fields=["measure", "unit_id", "part"], name="counted_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id}/{self.part}/{self.key}"


class Tally(models.Model):
    """What one day adds to one part of one unit's value; the value on any date is the sum up to it."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="+", db_index=False)
    unit_id = models.BigIntegerField()
    part = models.CharField(max_length=9, choices=Part.choices)
    day = models.DateField()
    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("按日累计")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["measure", "unit_id", "part", "day"], name="tally_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.measure_id}/{self.unit_id}/{self.part}/{self.day}: {self.number}"
