"""The ledger of typed figures."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.models import State

TYPED = register(
    Ledger(
        code="typed_figures",
        label=_("填报数"),
        model_label="measures.TypedFigure",
        title="indicator",
        key=("notice", "indicator", "happened_on"),
        # Typed unit by unit in a grid of the notice's.
        entered=False,
        fields=(
            Field("notice", _("通知"), filtered=True),
            Field("indicator", _("指标"), filtered=True),
            # Told by the page on which totals of a year are entered, never typed into a row.
            Field("year", _("年度"), "ordinal", expression=lambda: F("year")),
            Field("number", _("数值"), "integer"),
            Field("happened_on", _("截至日期"), "date"),
            Field("evidence", _("依据")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
