"""The ledgers of bases, of their support and of the help they give."""

from django.utils.translation import gettext_lazy as _

from qiaojie.codes.choices import choices
from qiaojie.ledgers.declaration import Alike, Field, Joins, Ledger, LedgerPart, Remedy, Station, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import Limit
from qiaojie.ledgers.models import State
from qiaojie.people.fields import person_fields
from qiaojie.people.queries import county_on

from .queries import county_of_base

BASES = register(
    Ledger(
        code="bases",
        label=_("基地"),
        model_label="bases.Base",
        station=Station.BASE,
        documented=True,
        paper="application",
        title="name",
        key=("name",),
        spelt=("name",),
        joins=Joins(_("同一个基地"), ("kind",)),
        fields=(
            Field("name", _("基地名称"), filtered=True),
            Field("kind", _("基地类型"), "choice", choices=choices("base_kinds"), filtered=True),
            Field("industry", _("产业类型"), "choice", choices=choices("industries"), filtered=True),
            Field("head", _("负责人"), "name"),
            Field("happened_on", _("创建日期"), "date"),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

PAYMENTS = register(
    Ledger(
        code="base_payments",
        label=_("基地扶持"),
        model_label="bases.SupportPayment",
        station=Station.BASE,
        documented=True,
        paper="cost",
        units={"base": county_of_base},
        places=("base__place",),
        title="base.name",
        key=("base", "happened_on", "amount"),
        limits=(Limit("amount_zero", _("扶持金额要大于0，没有拨付的不用登记。"), "amount", least=1),),
        parts={"base": LedgerPart("bases", "base")},
        fields=(
            Field("base.name", _("基地名称"), path="base__name", filtered=True, grouped=True),
            Field(
                "base.kind",
                _("基地类型"),
                "choice",
                path="base__kind",
                choices=choices("base_kinds"),
                filtered=True,
            ),
            Field(
                "base.state",
                _("基地审核状态"),
                "choice",
                path="base__state",
                choices=dict(State.choices),
                lack=_("基地未审核"),
                remedy=Remedy("approve", _("审核基地")),
            ),
            Field("happened_on", _("拨付日期"), "date"),
            Field("amount", _("扶持金额"), "money", unit="元", flow="spent", by="source"),
            Field("source", _("资金来源"), grouped=True),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

HELP = register(
    Ledger(
        code="help",
        label=_("基地帮扶记录"),
        model_label="bases.HelpRecord",
        station=Station.BASE,
        documented=True,
        paper="sign_in",
        person="person",
        units={"certificate": county_on},
        title="person.name",
        key=("base", "person", "begins"),
        parts={"base": LedgerPart("bases", "base"), "person": LedgerPart("persons", "person")},
        # In two bases she is listed by both (2020 notice); in the same trade on the same days it is one training.
        alike=Alike(("base__industry",), "begins", "ends", "base__name"),
        follows={"happened_on": "ends"},
        fields=(
            *person_fields(),
            Field("base.name", _("带动基地名称"), path="base__name", filtered=True, grouped=True),
            Field("base.kind", _("创建基地类型"), "choice", path="base__kind", choices=choices("base_kinds")),
            Field(
                "base.industry",
                _("产业类型"),
                "choice",
                path="base__industry",
                choices=choices("industries"),
                filtered=True,
            ),
            Field("base.head", _("基地负责人姓名"), "name", path="base__head", listed=False),
            Field("woman_kind", _("妇女类型"), "choice", choices=choices("women_kinds"), filtered=True),
            Field("dates", _("培训时间"), "date_span", path="begins", until="ends"),
            Field("content", _("培训内容"), grouped=True),
            Field("product_income", _("产品收入"), "money", unit="元", flow="earned"),
            Field("agency_sales", _("代销产品"), "money", unit="元", flow="earned"),
            Field("industry_income", _("发展产业收入"), "money", unit="元", flow="earned"),
            Field("qualified", _("是否合格"), "yes_no", filtered=True),
            Field("employed", _("是否就业"), "yes_no", filtered=True),
            Field("started_business", _("是否创业"), "yes_no"),
            Field("remark", _("备注"), listed=False),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
