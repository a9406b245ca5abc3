"""What is left to set up: the short list of a new installation until its first list is in, and what an administrator lacks."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import upkeep
from qiaojie.accounts.models import Agency
from qiaojie.ledgers import approving
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action
from qiaojie.notices import queries as notices
from qiaojie.web.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do before work begins, whether it is done, and where; '' where the viewer is not who does it."""

    label: str
    done: bool
    address: str
    who: str


@dataclass(frozen=True, slots=True)
class LeftToSetUp:
    """Something that an administrator's area lacks: how many, of what, and where it is mended ('': by whom, in words)."""

    number: int
    label: str
    address: str
    by: str = ""


def steps(request: DeskRequest) -> list[FirstStep]:
    """The way from an empty installation to the first list; nothing once rows have come in.

    A query where there are rows; four where there are none.
    """
    viewer = request.viewer
    if viewer.outside or Batch.objects.exists():
        return []
    enter, approve = upkeep.working()
    agency = request.user.agency_id
    others = Agency.objects.exclude(pk=agency) if agency is not None else Agency.objects.all()
    administers, enters = viewer.may(Action.ADMINISTER), viewer.may(Action.ENTER)
    administrator = _("系统管理员")
    found = [
        (_("选定照着办的通知"), bool(notices.in_force(timezone.localdate())), "notices-in-force"),
        (_("登记机构"), others.exists() or enter or approve, "agencies"),
        (_("开通经办、审核人员的账号，由安全管理员确认授权"), enter and approve, "accounts"),
    ]
    return [
        *(
            FirstStep(label, done, reverse(name) if administers else "", administrator)
            for label, done, name in found
        ),
        FirstStep(_("导入第一份名册"), False, reverse("receive") if enters else "", _("经办人员")),
    ]


def missing(request: DeskRequest) -> list[LeftToSetUp]:
    """What is left to set up in the administrator's area: offices without accounts, no notice in force, counties that have not
    said how they approve. Four queries. Raises Refused."""
    viewer = request.viewer
    offices, empty = upkeep.unstaffed(viewer)
    lines = []
    if not notices.in_force(timezone.localdate()):
        lines.append(LeftToSetUp(1, _("还没有启用通知，报送和进度都是空的"), reverse("notices-in-force")))
    if empty:
        lines.append(
            LeftToSetUp(empty, _("家残联、妇联、乡村振兴机构没有经办、审核账号"), reverse("accounts"))
        )
    unsaid = upkeep.counties(viewer) - len(approving.settled(viewer))
    if offices and unsaid > 0:
        text = _("个区县没有设定几级审核，现按一次审核办理")
        lines.append(LeftToSetUp(unsaid, text, "", _("由区县审核人员设定")))
    return lines
