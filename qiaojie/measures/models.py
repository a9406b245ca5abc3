"""What is kept of each indicator: who was counted, and per day the sums that any "as of" date is read from; who was
given over to another unit, and the disputes about it; figures that somebody typed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.models import Fact, State
from qiaojie.lib.fields import EncryptedTextField


class ValuePart(models.TextChoices):
    """The parts of a value. A count has the first three, a ratio the last three."""

    APPROVED = "approved", _("已审核")
    PENDING = "pending", _("待审核")
    ELSEWHERE = "elsewhere", _("已由他处计入")
    REACHED = "reached", _("已达到")
    MISSED = "missed", _("未达到")
    WAITING = "waiting", _("未到期")


class _Followed(models.Manager["Measure"]):
    """Those that follow every change of the facts."""

    def get_queryset(self) -> models.QuerySet[Measure]:
        """Without the years before."""
        return super().get_queryset().filter(before=False)


class Measure(models.Model):
    """An indicator of a notice over the notice's period. ``definition`` is the fingerprint it was counted with.

    ``before`` is the same over the twelve months before: something to hold the year against, counted when somebody
    asked (``counted_at``) and following no change. Only ``everything`` has these.
    """

    notice = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60)
    definition = models.CharField(max_length=64)
    before = models.BooleanField(default=False)
    counted_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Measure]] = _Followed()
    everything: ClassVar[models.Manager[Measure]] = models.Manager()

    class Meta:
        verbose_name = _("指标计量")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "indicator", "before"], name="measure_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}"


class Counted(models.Model):
    """One thing counted (a person, an event, a base …) in one part for one unit, from ``day`` until the day before
    ``until``.

    ``fact_id`` is the row that makes it count, of the indicator's ``source``-th ledger: the number opens to these.
    ``number`` is 1, or the amount where amounts are summed. Rows are written with their measure locked, by the hundred
    thousand: that the measure is there is not checked again for each of them.
    """

    pk = models.CompositePrimaryKey("measure", "key", "part", "source", "fact_id")
    measure = models.ForeignKey(
        Measure, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    part = models.CharField(max_length=9, choices=ValuePart.choices)
    unit_id = models.BigIntegerField()
    key = models.BigIntegerField()
    source = models.SmallIntegerField()
    fact_id = models.BigIntegerField()
    day = models.DateField()
    until = models.DateField(null=True)
    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("计入明细")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["measure", "unit_id", "part"], name="counted_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id}/{self.part}/{self.key}"


class Tally(models.Model):
    """What one day adds to one part of one unit's value; the value on any date is the sum up to it."""

    measure = models.ForeignKey(
        Measure, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    unit_id = models.BigIntegerField()
    part = models.CharField(max_length=9, choices=ValuePart.choices)
    day = models.DateField()
    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("按日累计")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["measure", "unit_id", "part", "day"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.measure_id}/{self.unit_id}/{self.part}/{self.day}: {self.number}"


class HandOver(models.Model):
    """A person given over: for this indicator she counts for ``unit``, whoever filed the first fact about her."""

    notice = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60)
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("服务对象")
    )
    unit = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("统计归属")
    )
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    by = models.CharField(_("经办"), max_length=150)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="hand_over.reason", max_length=200
    )

    class Meta:
        verbose_name = _("统计归属划转")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "indicator", "person"], name="handover_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}/{self.person_id} → {self.unit_id}"


class Dispute(models.Model):
    """A unit says that a person whom another unit counts is its own; the other answers, and nothing is deleted."""

    class Answer(models.TextChoices):
        """How it ended."""

        OPEN = "open", _("待答复")
        GIVEN = "given", _("已划转")
        KEPT = "kept", _("不划转")
        WITHDRAWN = "withdrawn", _("已撤回")

    notice = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60)
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="+", verbose_name=_("服务对象")
    )
    claimant = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("提出单位")
    )
    holder = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("计入单位")
    )
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="dispute.reason", max_length=200
    )
    at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    by = models.CharField(_("提出人"), max_length=150)
    answer = models.CharField(_("结果"), max_length=9, choices=Answer.choices, default=Answer.OPEN)
    answer_reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("答复"), purpose="dispute.answer_reason", max_length=200
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answered_by = models.CharField(_("答复人"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("统计归属争议")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["notice", "indicator", "person", "claimant"],
                condition=models.Q(answer="open"),
                name="dispute_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}/{self.person_id}: {self.answer}"


class TypedFigure(Fact):
    """A figure that no ledger gives: somebody typed it for a unit as it stood on ``happened_on``, with what shows it.

    The latest approved one holds until the next; screens mark it as typed. With a ``year`` it is a unit's total of a year before
    the system (``happened_on`` is then that year's last day): something to hold later years against, counted nowhere.
    """

    notice = models.CharField(_("通知"), max_length=60)
    indicator = models.CharField(_("指标"), max_length=60)
    year = models.SmallIntegerField(_("年度"), null=True, blank=True)
    number = models.BigIntegerField(_("数值"))
    evidence = models.CharField(_("依据"), max_length=200)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("填报数")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["notice", "indicator", "year", "filed_by"],
                condition=models.Q(year__isnull=False) & ~models.Q(state=State.WITHDRAWN),
                name="typed_year_once",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notice", "indicator", "filed_by", "happened_on"], name="typed_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator}: {self.number}"


class Ranking(models.Model):
    """The order of units by one indicator on a day, made public by a leader, as the numbers stood then.

    ``lines`` has place, unit, approved, target and share of each unit. Nobody sees an order that was not released.
    """

    notice = models.CharField(max_length=60)
    indicator = models.CharField(max_length=60)
    on = models.DateField(_("截至"))
    lines = models.JSONField()
    reason = models.CharField(_("理由"), max_length=200)
    by = models.CharField(_("公布人"), max_length=150)
    at = models.DateTimeField(_("公布时间"), auto_now_add=True)
    revoked_by = models.CharField(_("收回人"), max_length=150, blank=True)
    revoked_at = models.DateTimeField(_("收回时间"), null=True)

    class Meta:
        verbose_name = _("排名")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["notice", "indicator", "-at"], name="ranking_latest")
        ]

    def __str__(self) -> str:
        return f"{self.notice}/{self.indicator} {self.on}"
