"""Agencies as a ledger: looked at as any other, referred to by rows of others, made and changed on pages of their own alone."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, Station, register
from qiaojie.ledgers.viewer import Personal, Viewer
from qiaojie.regions.models import Region

from .models import WorkLine

AGENCY = "agencies"
"""The code of the ledger."""

KINDS = {
    "11": _("机关"),
    "12": _("事业单位"),
    "19": _("其他机构编制管理的机构"),
    "51": _("社会团体"),
    "52": _("民办非企业单位"),
    "53": _("基金会"),
    "59": _("其他社会组织"),
    "91": _("企业"),
    "92": _("个体工商户"),
    "93": _("农民专业合作社"),
    "N1": _("农村集体经济组织"),
    "N2": _("农村合作经济联合组织"),
    "Y1": _("其他机构"),
}
"""What a body is, by the first two characters of its code: who registers it, and as what (GB 32100-2015, table 1)."""

CODE_HEADERS = ("统一社会信用代码", "信用代码", "机构代码")
LEGAL_HEADERS = ("法人", "法人代表", "法定代表人姓名")
"""What offices also write over these columns."""


def _known_to(viewer: Viewer) -> Q:
    """An agency is open to the offices of its region, and to those of the regions inside it: a county refers to the city's."""
    if viewer.outside:
        return Q(pk__in=[])
    within = viewer.scope("region")
    if viewer.region_id is None:
        return within
    around = Region.objects.filter(
        pk=viewer.region_id, first__gte=OuterRef("region__first"), last__lte=OuterRef("region__last")
    )
    return within | Q(Exists(around))


def _fields(word: str = "") -> tuple[Field, ...]:
    """The fields of an agency; with a ``word`` those of a row that refers to one by a key of this name."""
    begun, path = (f"{word}.", f"{word}__") if word else ("", "")
    return (
        Field(f"{begun}name", _("机构名称"), path=f"{path}name", filtered=True),
        Field(
            f"{begun}credit_code",
            _("社会信用代码"),
            "credit_code",
            path=f"{path}credit_code",
            headers=CODE_HEADERS,
            listed=False,
            on_order=True,
        ),
        Field(
            f"{begun}kind",
            _("机构性质"),
            "choice",
            expression=lambda: Substr(F(f"{path}credit_code"), 1, 2),
            choices=KINDS,
            listed=False,
        ),
        Field(
            f"{begun}line",
            _("条线"),
            "choice",
            path=f"{path}line",
            choices=dict(WorkLine.choices),
            filtered=not word,
            listed=not word,
        ),
        Field(
            f"{begun}legal_person",
            _("法定代表人"),
            "name",
            path=f"{path}legal_person",
            personal=Personal.NAME,
            listed=False,
            headers=LEGAL_HEADERS,
            on_order=True,
        ),
    )


def agency_fields(word: str = "agency") -> tuple[Field, ...]:
    """Fields named ``agency.…`` of a ledger whose rows refer to an agency by a foreign key of that name."""
    return _fields(word)


AGENCIES = register(
    Ledger(
        code=AGENCY,
        label=_("机构"),
        model_label="accounts.Agency",
        station=Station.EVIDENCE,
        approved=False,
        entered=False,
        made=False,
        known_by=("credit_code",),
        once_called="names__name",
        filed_by="region",
        date="",
        scope=_known_to,
        holds=lambda day: Q(closed_from__isnull=True) | Q(closed_from__gt=day),
        title="name",
        key=("name",),
        spelt=("name",),
        fields=(
            *_fields(),
            Field("closed_from", _("停用日期"), "date", listed=False),
            Field("unit", _("所在区域"), "region", path="region__short_name"),
        ),
    )
)
