"""What the page of components shows of notices: switched on and off, as cards, with their tables."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

from django.utils.translation import gettext as _

from .made_up import DAY


def states(as_is: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Context by component and by the name of the state; ``as_is`` names the plain one."""
    notice = Made(
        code="a",
        title=_("某个通知"),
        number=_("某残联发〔2023〕1号"),
        issuers=[_("某残联")],
        issued_on=DAY,
        indicators=[1, 2],
        tables=[Made(code="b", called=_("某张表"))],
    )
    return {
        "in_force": {
            as_is: {"switch": Made(begins=DAY, ends=None), "current": True},
            _("已停用"): {"switch": Made(begins=DAY, ends=DAY)},
            _("待启用"): {"switch": Made(begins=DAY, ends=None), "coming": DAY},
            _("没有启用"): {},
        },
        "none_in_force": {
            as_is: {"others": [notice]},
            _("一份也没有"): {"nothing": _("没有涉及本区域的通知")},
        },
        "notice_card": {as_is: {"notice": notice, "address": "/", "counted": True}},
        "tables_of_notice": {as_is: {"notice": notice}},
    }
