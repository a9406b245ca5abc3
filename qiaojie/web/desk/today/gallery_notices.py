"""What the page of components shows of notices and of today: switched on and off, as cards, what waits, what to begin with."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

from django.utils.translation import gettext as _

from .first_steps import FirstStep
from .made_up import DAY
from .tasks import Task


class _Said(str):
    """A message as pages have it: its words, and how it is meant."""

    def __new__(cls, words: str, tags: str) -> _Said:
        said = super().__new__(cls, words)
        said.tags = tags
        return said

    tags: str


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
        "first_steps": {
            as_is: {
                "first": [
                    FirstStep(_("登记机构"), True, "/", _("系统管理员")),
                    FirstStep(_("导入第一份名册"), False, "/", _("经办人员")),
                    FirstStep(_("选定照着办的通知"), False, "", _("系统管理员")),
                ]
            }
        },
        "tasks": {
            as_is: {
                "tasks": [
                    Task(_("待审核"), _("参训记录"), 60, _("条"), DAY, "/"),
                    Task(_("报送逾期"), _("某张表"), 1, _("项"), DAY, "/", due=True),
                    Task(
                        _("退回修改"),
                        _("参训记录"),
                        3,
                        _("条"),
                        None,
                        "/",
                        _("缺签名"),
                        others=((_("某班"), "/"),),
                    ),
                ]
            },
            _("没有"): {"tasks": []},
        },
        "notice_card": {as_is: {"notice": notice, "address": "/", "counted": True}},
        "collected": {
            as_is: {
                "fields": [
                    Made(label=_("民族"), of=_("服务对象"), forms=[("a", "b", _("某张表"))]),
                    Made(label=_("社会信用代码"), of=_("机构"), forms=[("a", "b", _("某张表"))]),
                ]
            }
        },
        "messages": {
            as_is: {"step_said": Made(messages=[_Said(_("已保存。"), "success")], at_foot=False)},
            _("在窗口下方"): {"step_said": Made(messages=[_Said(_("已保存。"), "success")], at_foot=True)},
        },
        "ways_on": {as_is: {}},
        "tables_of_notice": {as_is: {"notice": notice}},
    }
