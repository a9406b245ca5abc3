"""The ledgers of training."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.choices import choices
from qiaojie.ledgers.declaration import (
    Alike,
    Field,
    Grouping,
    Joins,
    Ledger,
    LedgerPart,
    Remedy,
    Station,
    register,
)
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import IN_ORDER, Limit
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Personal, Viewer
from qiaojie.people.fields import person_fields
from qiaojie.people.queries import county_on

from .models import BudgetItem, Result
from .models import DayPart as PartOfDay
from .queries import attended, cost_share, disabled_women, headcount

CLASSES = register(
    Ledger(
        code="classes",
        label=_("培训班"),
        model_label="training.TrainingClass",
        station=Station.TRAINING,
        documented=True,
        paper="photo",
        title="title",
        key=("title", "begins"),
        spelt=("title",),
        joins=Joins(_("同一个班"), ("kind", "handicraft"), "begins", "ends", "enrolments"),
        # A class counts on its last day.
        follows={"happened_on": "ends"},
        limits=(
            Limit("date_order", _("结业日期早于开班日期，请核对两个日期。"), "ends", at_least="begins"),
            Limit(
                "plan_approved_late",
                _("计划批准日期晚于结业日期，请核对两个日期。"),
                "plan_approved_on",
                at_most="ends",
            ),
        ),
        fields=(
            Field("title", _("培训班名称"), filtered=True),
            Field("kind", _("培训类别"), "choice", choices=choices("training_kinds"), filtered=True),
            Field("content", _("培训内容"), grouped=True),
            Field("handicraft", _("手工制作"), "yes_no", filtered=True),
            Field("dates", _("时间"), "date_span", path="begins", until="ends", listed=False),
            Field("begins", _("开班日期"), "date"),
            Field("ends", _("结业日期"), "date", filtered=True),
            Field("venue", _("培训地点"), listed=False),
            Field("teacher", _("授课教师"), listed=False),
            Field("plan_approved_by", _("计划批准人"), listed=False, copied=False),
            Field("plan_approved_on", _("计划批准日期"), "date", listed=False, copied=False),
            # A rate and no amount: it is paid for days, and what was paid stands in the budget and in the cost.
            Field("daily_allowance", _("每人每天误餐交通补贴"), "money", unit="元", listed=False),
            Field("headcount", _("总人数"), "integer", unit="人", expression=headcount),
            Field(
                "disabled_women",
                _("残疾妇女人数"),
                "integer",
                unit="人",
                expression=disabled_women,
                part_of="headcount",
            ),
            Field("claimed_headcount", _("填报总人数"), "integer", unit="人", listed=False, asked=False),
            Field(
                "claimed_disabled_women",
                _("填报残疾妇女人数"),
                "integer",
                unit="人",
                listed=False,
                part_of="claimed_headcount",
                asked=False,
            ),
            Field("cost", _("培训班总费用"), "money", unit="元", flow="spent", by="funding"),
            Field("cost_disabled_women", _("残疾妇女培训费用"), "money", unit="元", part_of="cost"),
            Field(
                "cost_share",
                _("残疾妇女分摊费用"),
                "money",
                unit="元",
                expression=cost_share,
                listed=False,
                part_of="cost",
            ),
            Field("funding", _("资金来源"), "choice", choices=choices("funding"), filtered=True),
            Field("planned_headcount", _("计划培训人数"), "integer", unit="人", listed=False),
            Field(
                "planned_jobs",
                _("计划就业人数"),
                "integer",
                unit="人",
                listed=False,
                part_of="planned_headcount",
            ),
            Field("has_plan", _("有办班计划"), "yes_no", filtered=True, listed=False, shown_by="plan"),
            Field("has_sign_in", _("有签到表"), "yes_no", filtered=True, copied=False, shown_by="sign_in"),
            Field(
                "has_photos",
                _("有现场照片"),
                "yes_no",
                filtered=True,
                listed=False,
                copied=False,
                shown_by="photo",
            ),
            Field(
                "has_cost_papers",
                _("有费用凭证"),
                "yes_no",
                filtered=True,
                listed=False,
                copied=False,
                shown_by="cost",
            ),
            Field(
                "has_certificates",
                _("有结业证书"),
                "yes_no",
                filtered=True,
                listed=False,
                copied=False,
                shown_by="certificate",
            ),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

ENROLMENTS = register(
    Ledger(
        code="enrolments",
        label=_("参训记录"),
        model_label="training.Enrolment",
        station=Station.TRAINING,
        documented=True,
        paper="certificate",
        person="person",
        units={"certificate": county_on},
        title="person.name",
        key=("training_class", "person"),
        reviewed_by="class",
        parts={"person": LedgerPart("persons", "person"), "class": LedgerPart("classes", "training_class")},
        # Nobody sits in two classes of one kind and craft on one day: the second is the same training, entered again.
        alike=Alike(
            ("training_class__kind", "training_class__handicraft"),
            "training_class__begins",
            "training_class__ends",
            "training_class__title",
        ),
        # Completing counts on the last day of the class.
        follows={"happened_on": "training_class__ends"},
        limits=(Limit("score_range", _("考核成绩是0到100分，“{value}”不对。"), "score", least=0, most=100),),
        fields=(
            *person_fields(),
            Field(
                "class.title",
                _("培训班名称"),
                path="training_class__title",
                filtered=True,
                grouped=True,
                groups=(
                    Grouping("class.content", _("培训内容"), "text", lambda: F("training_class__content")),
                    Grouping(
                        "class.funding",
                        _("资金来源"),
                        "choice",
                        lambda: F("training_class__funding"),
                        choices("funding"),
                    ),
                ),
            ),
            Field(
                "class.kind",
                _("培训类别"),
                "choice",
                path="training_class__kind",
                choices=choices("training_kinds"),
                filtered=True,
            ),
            Field(
                "class.handicraft",
                _("手工制作"),
                "yes_no",
                path="training_class__handicraft",
                filtered=True,
                listed=False,
            ),
            Field("class.begins", _("开班日期"), "date", path="training_class__begins"),
            Field("class.ends", _("结业日期"), "date", path="training_class__ends"),
            Field(
                "class.has_sign_in",
                _("有签到表"),
                "yes_no",
                path="training_class__has_sign_in",
                filtered=True,
                listed=False,
                lack=_("缺签到表"),
                remedy=Remedy("paper", _("交签到表"), _("带上听课笔记或作品，核对到课的日子")),
            ),
            Field(
                "result",
                _("结业情况"),
                "choice",
                choices=dict(Result.choices),
                headers=(
                    "是否结业",
                    "结业结果",
                    "结业与否",
                    "培训结果",
                    "培训结业情况",
                    "学习结果",
                    "是否合格",
                    "考核结果",
                    "是否合格结业",
                    "是否取得结业证书",
                    "是否完成培训",
                    "培训情况",
                    "是否毕业",
                    "完成情况",
                ),
                filtered=True,
                lack=_("未登记结业结果"),
                lack_only=(Result.ENROLLED,),
                remedy=Remedy("edit", _("登记结业结果"), _("结业证书")),
            ),
            Field("attended", _("到课次数"), expression=attended),
            Field("score", _("考核成绩"), "integer", listed=False, copied=False),
            Field("remark", _("备注"), listed=False),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)


def _hers(viewer: Viewer) -> Q:
    """Whoever sees that she took part sees when she came."""
    enrolled = viewer.scope("enrolment__filed_by", "enrolment__entered_by")
    return enrolled & Q(withdrawn=False) & ~Q(enrolment__state=State.WITHDRAWN)


# Not approved line by line: it shows whether an enrolment, which is approved, is true.
ATTENDANCES = register(
    Ledger(
        code="attendances",
        label=_("考勤记录"),
        model_label="training.Attendance",
        station=Station.TRAINING,
        approved=False,
        filed_by="",
        date="held_on",
        scope=_hers,
        person="enrolment__person",
        title="person.name",
        parts={"enrolment": LedgerPart("enrolments", "enrolment")},
        # Everybody of a class at once, in its register.
        entered=False,
        fields=(
            Field(
                "person.name",
                _("姓名"),
                "name",
                path="enrolment__person__name",
                personal=Personal.NAME,
                filtered=True,
            ),
            Field(
                "class.title",
                _("培训班名称"),
                path="enrolment__training_class__title",
                filtered=True,
                told=True,
            ),
            # These are the session's: set in the register of the class for everybody at once, never in a single row.
            Field(
                "held_on", _("上课日期"), "date", filtered=True, expression=lambda: F("held_on"), told=True
            ),
            Field(
                "part",
                _("上课时段"),
                "choice",
                choices=dict(PartOfDay.choices),
                filtered=True,
                expression=lambda: F("part"),
                told=True,
            ),
            Field("hours", _("课时"), "integer", unit="课时", expression=lambda: F("hours"), told=True),
            Field("present", _("到课"), "yes_no", filtered=True, told=True),
            Field("unit", _("填报单位"), "region", path="enrolment__filed_by__short_name"),
        ),
    )
)


def _of_class(viewer: Viewer) -> Q:
    """Whoever sees a class sees its timetable and its budget."""
    return viewer.scope("training_class__filed_by", "training_class__entered_by")


_CLASS_FIELDS = (
    Field("class.title", _("培训班名称"), path="training_class__title", filtered=True),
    Field(
        "class.kind",
        _("培训类别"),
        "choice",
        path="training_class__kind",
        choices=choices("training_kinds"),
        listed=False,
    ),
    Field("class.begins", _("开班日期"), "date", path="training_class__begins", listed=False),
    Field("class.ends", _("结业日期"), "date", path="training_class__ends", listed=False),
)

LESSONS = register(
    Ledger(
        code="lessons",
        label=_("课程表"),
        model_label="training.Lesson",
        title="topic",
        key=("training_class", "happened_on", "part", "topic"),
        spelt=("topic",),
        parts={"class": LedgerPart("classes", "training_class")},
        scope=_of_class,
        order=("happened_on", "pk"),
        limits=(
            Limit(
                "lesson_early",
                _("上课日期早于开班日期，请核对两个日期。"),
                "happened_on",
                at_least="class.begins",
            ),
            Limit(
                "lesson_late",
                _("上课日期晚于结业日期，请核对两个日期。"),
                "happened_on",
                at_most="class.ends",
            ),
            Limit("lesson_hours", _("一个时段的课时是1到12，“{value}”不对。"), "hours", least=1, most=12),
        ),
        fields=(
            *_CLASS_FIELDS,
            Field("happened_on", _("上课日期"), "date", filtered=True),
            Field("part", _("上课时段"), "choice", choices=dict(PartOfDay.choices), filtered=True),
            Field("topic", _("课程内容")),
            Field("teacher", _("授课教师")),
            Field("hours", _("课时"), "integer", unit="课时"),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

# Money that is planned, and what was paid of it: the class says what was spent, and no sum of money adds these up.
BUDGET_LINES = register(
    Ledger(
        code="budget_lines",
        label=_("培训预算"),
        model_label="training.BudgetLine",
        title="class.title",
        key=("training_class", "item", "remark"),
        parts={"class": LedgerPart("classes", "training_class")},
        scope=_of_class,
        follows={"happened_on": "training_class__ends"},
        limits=(
            Limit("planned_negative", _("预算金额不能小于0。"), "planned", least=0),
            Limit("paid_negative", _("实付金额不能小于0。"), "paid", least=0),
        ),
        fields=(
            *_CLASS_FIELDS,
            Field("item", _("预算项目"), "choice", choices=dict(BudgetItem.choices), filtered=True),
            Field("planned", _("预算金额"), "money", unit="元"),
            Field("paid", _("实付金额"), "money", unit="元", copied=False),
            Field("remark", _("备注")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

EVENTS = register(
    Ledger(
        code="events",
        label=_("培训活动"),
        model_label="training.TrainingEvent",
        station=Station.TRAINING,
        documented=True,
        paper="photo",
        title="title",
        key=("title", "begins"),
        spelt=("title",),
        # Days of one event are one session; it counts when it has closed.
        follows={"happened_on": "ends"},
        limits=(IN_ORDER,),
        fields=(
            Field("title", _("活动名称"), filtered=True),
            Field("kind", _("活动类别"), "choice", choices=choices("event_kinds"), filtered=True),
            Field("begins", _("开始日期"), "date"),
            Field("ends", _("结束日期"), "date", filtered=True),
            Field(
                "has_plan",
                _("有活动方案"),
                "yes_no",
                filtered=True,
                lack=_("缺活动方案"),
                remedy=Remedy("paper", _("交活动方案")),
                shown_by="plan",
            ),
            Field(
                "has_sign_in",
                _("有签到表"),
                "yes_no",
                filtered=True,
                lack=_("缺签到表"),
                remedy=Remedy("paper", _("交签到表")),
                copied=False,
                shown_by="sign_in",
            ),
            Field("attendance", _("参加人数"), "integer", unit="人"),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
