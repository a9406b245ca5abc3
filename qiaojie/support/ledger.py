"""The ledger of care services."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Alike, Field, Ledger, LedgerPart, Remedy, Station, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import IN_ORDER
from qiaojie.ledgers.models import State
from qiaojie.people.fields import person_fields
from qiaojie.people.queries import county_on

from .models import CareForm

CARE = register(
    Ledger(
        code="care_services",
        label=_("托养服务"),
        model_label="support.CareService",
        station=Station.SUPPORT,
        documented=True,
        paper="contract",
        person="person",
        units={"certificate": county_on, "payer": lambda: F("payer_id")},
        title="person.name",
        key=("person", "form", "begins"),
        parts={"person": LedgerPart("persons", "person")},
        follows={"happened_on": "begins"},
        # Care that goes on over 1 January is a service of the new year too.
        lasts="ends",
        stops="ends",
        # Two counties that pay for her at a time, or one service under two providers' names.
        alike=Alike(("form",), "begins", "ends", "provider"),
        limits=(IN_ORDER,),
        fields=(
            *person_fields(),
            Field("form", _("托养形式"), "choice", choices=dict(CareForm.choices), filtered=True),
            Field("purchased", _("政府购买服务"), "yes_no", filtered=True),
            Field("provider", _("服务机构"), filtered=True, grouped=True),
            Field("payer", _("付费区县"), "region", path="payer__short_name"),
            Field(
                "boarding_months",
                _("已付费寄宿月数"),
                "integer",
                unit="月",
                lack=_("缺寄宿付费记录"),
                remedy=Remedy("edit", _("填寄宿月数"), _("寄宿收费票据")),
                applies={"form": CareForm.BOARDING},
            ),
            Field("begins", _("服务开始"), "date"),
            Field("ends", _("服务结束"), "date"),
            Field("end_reason", _("结束原因"), listed=False, applies={"ends": {"not": None}}),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
