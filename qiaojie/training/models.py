"""Classes, enrolments and events, as facts that are entered, approved and counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.words import LONGEST_CODE
from qiaojie.ledgers.models import Fact
from qiaojie.lib.fields import EncryptedTextField


class Result(models.TextChoices):
    """How it ended for one trainee. Who dropped out did not complete."""

    ENROLLED = "enrolled", _("在读")
    COMPLETED = "completed", _("结业")
    DROPPED = "dropped", _("未结业")


class TrainingClass(Fact):
    """A training class (培训班): when, what, who paid. ``happened_on`` is its last day.

    ``claimed_*`` are figures that a form gave where no roster is known; as soon as there are enrolments the form is
    computed from them and the claim is only compared. Money is in fen (分). Of evidence, null is "nobody has looked";
    False is "looked for and missing", and stops what rests on it from counting. A class found to be another one, entered twice,
    points to it (``canonical``) and keeps its own rows. ``daily_allowance`` is what a trainee gets for a day that she was there.
    """

    title = models.CharField(_("培训班名称"), max_length=120)
    kind = models.CharField(_("培训类别"), max_length=LONGEST_CODE)
    handicraft = models.BooleanField(_("手工制作"), default=False)
    content = models.CharField(_("培训内容"), max_length=120, blank=True)
    organiser = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("主办单位")
    )
    begins = models.DateField(_("开班日期"))
    ends = models.DateField(_("结业日期"))
    venue = models.CharField(_("培训地点"), max_length=120, blank=True)
    teacher = models.CharField(_("授课教师"), max_length=120, blank=True)
    plan_approved_by = models.CharField(_("计划批准人"), max_length=60, blank=True)
    plan_approved_on = models.DateField(_("计划批准日期"), null=True)
    daily_allowance = models.BigIntegerField(_("每人每天误餐交通补贴"), null=True)
    cost = models.BigIntegerField(_("培训班总费用"), null=True)
    cost_disabled_women = models.BigIntegerField(_("残疾妇女培训费用"), null=True)
    funding = models.CharField(_("资金来源"), max_length=LONGEST_CODE, blank=True)
    has_plan = models.BooleanField(_("有办班计划"), null=True)
    has_sign_in = models.BooleanField(_("有签到表"), null=True)
    has_photos = models.BooleanField(_("有现场照片"), null=True)
    has_cost_papers = models.BooleanField(_("有费用凭证"), null=True)
    has_certificates = models.BooleanField(_("有结业证书"), null=True)
    planned_headcount = models.PositiveIntegerField(_("计划培训人数"), null=True)
    planned_jobs = models.PositiveIntegerField(_("计划就业人数"), null=True)
    claimed_headcount = models.PositiveIntegerField(_("填报总人数"), null=True)
    claimed_disabled_women = models.PositiveIntegerField(_("填报残疾妇女人数"), null=True)
    canonical = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="duplicates"
    )

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("培训班")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends__gte=models.F("begins")), name="class_days_in_order"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="class_unit_day"),
        ]

    def __str__(self) -> str:
        return self.title


class Enrolment(Fact):
    """One person in one class. ``happened_on`` is the last day of the class: the day on which completing counts.

    ``counted_before``: approved when rows still counted without their class's approval; it goes on counting.
    """

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("培训班")
    )
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("服务对象")
    )
    result = models.CharField(_("结业情况"), max_length=10, choices=Result.choices, default=Result.ENROLLED)
    score = models.PositiveSmallIntegerField(_("考核成绩"), null=True)
    remark: EncryptedTextField[str, str] = EncryptedTextField(
        _("备注"), purpose="enrolment.remark", max_length=200, blank=True
    )
    counted_before = models.BooleanField(default=False, editable=False)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("参训记录")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["training_class", "person"],
                condition=~models.Q(state="withdrawn"),
                name="enrolment_once",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="enrolment_unit_day"),
        ]

    def __str__(self) -> str:
        return f"{self.training_class_id}/{self.person_id}"


class DayPart(models.TextChoices):
    """The part of a day that a session of a class takes."""

    MORNING = "morning", _("上午")
    AFTERNOON = "afternoon", _("下午")
    EVENING = "evening", _("晚上")
    DAY = "day", _("全天")


class Attendance(models.Model):
    """Whether one person of a class was there at one of its sessions (课次): a part of a day, of so many lesson hours.

    A session is known by its rows: everybody on the roster has one, present or not. ``withdrawn`` rows are of a session that
    was entered by mistake.
    """

    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("参训记录")
    )
    held_on = models.DateField(_("上课日期"))
    part = models.CharField(_("上课时段"), max_length=9, choices=DayPart.choices)
    hours = models.PositiveSmallIntegerField(_("课时"), null=True)
    present = models.BooleanField(_("到课"))
    withdrawn = models.BooleanField(default=False)
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    entered_by = models.CharField(_("录入人"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("考勤记录")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enrolment", "held_on", "part"],
                condition=models.Q(withdrawn=False),
                name="attendance_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.held_on}/{self.part}"


class Lesson(Fact):
    """One line of the timetable (课程表) of a class: what is taught in a part of a day, by whom. ``happened_on`` is that day."""

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, related_name="lessons", verbose_name=_("培训班")
    )
    part = models.CharField(_("上课时段"), max_length=9, choices=DayPart.choices)
    topic = models.CharField(_("课程内容"), max_length=120)
    teacher = models.CharField(_("授课教师"), max_length=60, blank=True)
    hours = models.PositiveSmallIntegerField(_("课时"), null=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("课程")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="lesson_unit_day")
        ]

    def __str__(self) -> str:
        return self.topic


class BudgetItem(models.TextChoices):
    """For what the money of a class is planned, as offices head the lines of a budget."""

    LECTURES = "lectures", _("讲课费")
    MATERIALS = "materials", _("材料费")
    ALLOWANCE = "allowance", _("误餐交通补贴")
    PLACE = "place", _("场地与设备")
    PAPERS = "papers", _("保险证书")
    OTHER = "other", _("其他")


class BudgetLine(Fact):
    """One line of the budget (培训预算) of a class, in fen: planned, and what was paid for it (null: nothing said yet).

    ``happened_on`` is the last day of the class. What a class cost is kept by the class itself; these lines never add
    to it.
    """

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, related_name="budget_lines", verbose_name=_("培训班")
    )
    item = models.CharField(_("预算项目"), max_length=10, choices=BudgetItem.choices)
    planned = models.BigIntegerField(_("预算金额"))
    paid = models.BigIntegerField(_("实付金额"), null=True)
    remark = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("预算明细")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["training_class", "item", "remark"],
                condition=~models.Q(state="withdrawn"),
                name="budget_line_once",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="budget_line_unit_day")
        ]

    def __str__(self) -> str:
        return f"{self.training_class_id}/{self.item}"


class TrainingEvent(Fact):
    """An event counted as one session (场次), however many days it took. ``happened_on`` is its closing day.

    It counts with a plan and a sign-in sheet; the office that led it answers for it.
    """

    title = models.CharField(_("活动名称"), max_length=120)
    kind = models.CharField(_("活动类别"), max_length=LONGEST_CODE)
    begins = models.DateField(_("开始日期"))
    ends = models.DateField(_("结束日期"))
    has_plan = models.BooleanField(_("有活动方案"), default=False)
    has_sign_in = models.BooleanField(_("有签到表"), default=False)
    attendance = models.PositiveIntegerField(_("参加人数"), null=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("培训活动")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends__gte=models.F("begins")), name="event_days_in_order"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_by", "happened_on"], name="event_unit_day")
        ]

    def __str__(self) -> str:
        return self.title
