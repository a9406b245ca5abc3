"""Employment spells and graduates' services, as facts that are entered, approved and counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.words import LONGEST_CODE
from qiaojie.ledgers.models import Fact


class WorkForm(models.TextChoices):
    """Forms of employment as the federation's statistics name them; the craft is another field."""

    QUOTA = "quota", _("按比例就业")
    CONCENTRATED = "concentrated", _("集中就业")
    SELF = "self", _("个体就业（含创业）")
    PUBLIC = "public", _("公益性岗位")
    ASSISTED = "assisted", _("辅助性就业")
    FLEXIBLE = "flexible", _("灵活就业")
    RURAL = "rural", _("农村种养加")


class Settlement(models.TextChoices):
    """Urban or rural by her household registration when the job began (the village's code where 户籍 is unified)."""

    URBAN = "urban", _("城镇")
    RURAL = "rural", _("农村")


class Proof(models.TextChoices):
    """What shows that she works: without one the job does not count as new employment.

    ``COMPARED`` is said by another office's list that was held against ours on a day, and counts; that she merely stands on
    somebody's list (``LIST``) does not.
    """

    NONE = "", _("无")
    CONTRACT = "contract", _("劳动合同或协议")
    INCOME = "income", _("收入凭证")
    LICENCE = "licence", _("营业执照")
    INSURANCE = "insurance", _("社保缴费")
    COMPARED = "compared", _("比对名单")
    LIST = "list", _("仅有名单")


class SourceKind(models.TextChoices):
    """What says something of many jobs at once."""

    COMPARED = "compared", _("比对名单")
    BOX = "box", _("纸质档案盒")
    ROSTER = "roster", _("花名册")


class ProofSource(Fact):
    """What proves many jobs at once (凭证来源): another office's list that was compared, a box of papers, a roster.

    ``happened_on`` is the day of the list or of the box. The list itself, or a photo of the box, is kept as a document.
    """

    title = models.CharField(_("来源名称"), max_length=120)
    kind = models.CharField(_("来源种类"), max_length=10, choices=SourceKind.choices)
    from_whom = models.CharField(_("提供单位"), max_length=80, blank=True)
    proof_place = models.CharField(_("存放处"), max_length=120, blank=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("凭证来源")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="proof_source_unit_day"),
        ]

    def __str__(self) -> str:
        return self.title


class Employment(Fact):
    """One spell of work of one person (就业). ``happened_on`` is its first day; ``ends`` its last, null while it lasts.

    ``continues`` marks a renewal, or a new name of the same employer: it is no new employment. ``proof_place`` says where the
    paper lies, ``source`` which list or box says it of many jobs at once.
    """

    person = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        related_name="employments",
        verbose_name=_("服务对象"),
        db_index=False,
    )
    form = models.CharField(_("就业形式"), max_length=12, choices=WorkForm.choices)
    employer = models.CharField(_("就业单位"), max_length=120, blank=True)
    handicraft = models.BooleanField(_("手工制作"), default=False)
    settlement = models.CharField(_("城乡类别"), max_length=5, choices=Settlement.choices)
    begins = models.DateField(_("开始日期"))
    ends = models.DateField(_("结束日期"), null=True)
    continues = models.BooleanField(_("续签或单位更名"), default=False)
    proof = models.CharField(_("就业凭证"), max_length=10, choices=Proof.choices, blank=True)
    proof_place = models.CharField(_("凭证存放处"), max_length=120, blank=True)
    source = models.ForeignKey(
        ProofSource,
        on_delete=models.PROTECT,
        null=True,
        related_name="employments",
        verbose_name=_("凭证来源"),
    )

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("就业记录")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("begins")),
                name="employment_days_in_order",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="employment_unit_day"),
            # Whether somebody worked on a day is asked of every job that may be new: all of the answer.
            models.Index(fields=["person", "state", "begins", "ends"], name="employment_spell"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.begins}"


class GraduateService(Fact):
    """One service to one graduate looking for work. ``happened_on`` is the day of the service.

    ``origin`` is the county she comes from (生源地): it answers for her, wherever she studied or is served.
    """

    person = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        related_name="graduate_services",
        verbose_name=_("服务对象"),
    )
    graduated_in = models.PositiveSmallIntegerField(_("毕业年份"))
    verified = models.BooleanField(_("毕业信息已核实"), default=False)
    origin = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("生源地")
    )
    service = models.CharField(_("服务内容"), max_length=60)
    outcome = models.CharField(_("去向"), max_length=60, blank=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("高校毕业生服务")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="graduate_unit_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.happened_on}"


class Income(Fact):
    """What one person earned in one month from one kind of work, in fen. ``month`` is its first day, and the day
    that counts."""

    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="incomes", verbose_name=_("服务对象")
    )
    month = models.DateField(_("月份"))
    kind = models.CharField(_("收入来源"), max_length=LONGEST_CODE)
    amount = models.BigIntegerField(_("收入金额"))

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("收入记录")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="income_not_below_zero")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="income_unit_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.month}"
