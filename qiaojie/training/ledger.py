"""The two ledgers of training."""

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, Part, register
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Personal
from qiaojie.people.models import Sex
from qiaojie.people.queries import certificate_on, county_on, disabled_on

from .models import Funding, Kind, Result
from .queries import cost_share, disabled_women, headcount

CLASSES = register(
    Ledger(
        code="classes",
        label=_("培训班"),
        model_label="training.TrainingClass",
        title="title",
        key=("title", "begins"),
        # A class counts on its last day.
        follows={"happened_on": "ends"},
        fields=(
            Field("title", _("培训班名称"), filtered=True),
            Field("kind", _("培训类别"), "choice", choices=dict(Kind.choices), filtered=True),
            Field("content", _("培训内容")),
            Field("handicraft", _("手工制作"), "yes_no", filtered=True),
            Field("dates", _("时间"), "date_span", path="begins", until="ends", listed=False),
            Field("begins", _("开班日期"), "date"),
            Field("ends", _("结业日期"), "date", filtered=True),
            Field("headcount", _("总人数"), "integer", unit="人", expression=headcount),
            Field(
                "disabled_women",
                _("残疾妇女人数"),
                "integer",
                unit="人",
                expression=disabled_women,
                part_of="headcount",
            ),
            Field("claimed_headcount", _("填报总人数"), "integer", unit="人", listed=False),
            Field(
                "claimed_disabled_women",
                _("填报残疾妇女人数"),
                "integer",
                unit="人",
                listed=False,
                part_of="claimed_headcount",
            ),
            Field("cost", _("培训班总费用"), "money", unit="元"),
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
            Field("funding", _("资金来源"), "choice", choices=dict(Funding.choices), filtered=True),
            Field("has_sign_in", _("有签到表"), "yes_no", filtered=True),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
        ),
    )
)

ENROLMENTS = register(
    Ledger(
        code="enrolments",
        label=_("参训记录"),
        model_label="training.Enrolment",
        person="person",
        answers=county_on,
        title="person.name",
        key=("training_class", "person"),
        parts={"person": Part("persons", "person"), "class": Part("classes", "training_class")},
        # Completing counts on the last day of the class.
        follows={"happened_on": "training_class__ends"},
        fields=(
            Field("person.name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
            Field("person.sex", _("性别"), "choice", choices=dict(Sex.choices), filtered=True),
            Field("person.birth_date", _("出生日期"), "date", listed=False),
            Field("person.id_number", _("身份证号"), "id_number", personal=Personal.ID_NUMBER),
            Field(
                "person.certificate",
                _("残疾人证号"),
                "certificate",
                expression=certificate_on,
                personal=Personal.CERTIFICATE,
            ),
            Field("person.phone", _("联系电话"), "phone", personal=Personal.PHONE),
            Field("person.hukou", _("户籍地"), "region", path="person__hukou__name"),
            Field("person.disabled", _("持有效残疾人证"), "yes_no", expression=disabled_on, filtered=True),
            Field("class.title", _("培训班名称"), path="training_class__title", filtered=True),
            Field(
                "class.kind",
                _("培训类别"),
                "choice",
                path="training_class__kind",
                choices=dict(Kind.choices),
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
            ),
            Field("result", _("结业情况"), "choice", choices=dict(Result.choices), filtered=True),
            Field("remark", _("备注"), listed=False),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
        ),
    )
)
