"""The ledgers of bases and of their support."""

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, Part, register
from qiaojie.ledgers.models import State

from .models import BaseKind, Industry

BASES = register(
    Ledger(
        code="bases",
        label=_("基地"),
        model_label="bases.Base",
        title="name",
        key=("name",),
        fields=(
            Field("name", _("基地名称"), filtered=True),
            Field("kind", _("基地类型"), "choice", choices=dict(BaseKind.choices), filtered=True),
            Field("industry", _("产业类型"), "choice", choices=dict(Industry.choices), filtered=True),
            Field("head", _("负责人"), "name"),
            Field("happened_on", _("创建日期"), "date"),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
        ),
    )
)

PAYMENTS = register(
    Ledger(
        code="base_payments",
        label=_("基地扶持"),
        model_label="bases.SupportPayment",
        title="base.name",
        key=("base", "happened_on", "amount"),
        parts={"base": Part("bases", "base")},
        fields=(
            Field("base.name", _("基地名称"), path="base__name", filtered=True),
            Field(
                "base.kind",
                _("基地类型"),
                "choice",
                path="base__kind",
                choices=dict(BaseKind.choices),
                filtered=True,
            ),
            Field(
                "base.state",
                _("基地审核状态"),
                "choice",
                path="base__state",
                choices=dict(State.choices),
                lack=_("基地未审核"),
            ),
            Field("happened_on", _("拨付日期"), "date"),
            Field("amount", _("扶持金额"), "money", unit="元"),
            Field("source", _("资金来源")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
        ),
    )
)
