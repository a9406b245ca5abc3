"""Questions that every office is asked, ready to be pressed: data, by the words of ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers import declaration, sight
from qiaojie.ledgers.declaration import Label
from qiaojie.ledgers.viewer import Viewer

from .questions import PERSONS_UNIT


@dataclass(frozen=True, slots=True)
class Usual:
    """A question: its words, its ledger, how it is parted, in which unit, conditions as the ledger's list has them."""

    label: Label
    ledger: str
    rows: str
    columns: str = ""
    unit: str = PERSONS_UNIT
    conditions: Mapping[str, str] = field(default_factory=dict)


_WOMEN = {"person.sex": "2", "person.disabled": "1"}

USUAL = (
    Usual(
        _("结业残疾妇女，按乡镇和年龄"),
        "enrolments",
        "person.township",
        "person.age",
        conditions={"result": "completed", **_WOMEN},
    ),
    Usual(
        _("手工培训结业，按培训内容"),
        "enrolments",
        "class.content",
        conditions={"class.handicraft": "1", "result": "completed"},
    ),
    Usual(
        _("新开始的就业（不论有无凭证），按形式和性别"),
        "employments",
        "form",
        "person.sex",
        conditions={"employed_before": "0"},
    ),
    Usual(_("托养，按付费区县和是否政府购买"), "care_services", "payer", "purchased"),
    Usual(_("残疾人证，按类别和等级"), "certificates", "category", "grade"),
    Usual(_("培训费用，按资金来源"), "classes", "funding", unit="cost"),
)


def usual(viewer: Viewer) -> list[Usual]:
    """Those of them that this viewer may ask."""
    found = []
    for one in USUAL:
        groupings = {known.name: known for known in declaration.get(one.ledger).groupings}
        if all(sight.grouped(groupings[name], viewer) for name in (one.rows, one.columns) if name):
            found.append(one)
    return found
