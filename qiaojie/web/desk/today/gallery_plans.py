"""What the page of components shows of cells mended in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace as Made
from typing import Any

from django.utils.translation import gettext as _

from . import made_up


def states(
    as_is: str, plan: Mapping[str, Any], warned: Any, text: str
) -> dict[str, dict[str, dict[str, Any]]]:
    """Context by component and by the name of the state; ``as_is`` names the plain one, ``plan`` is what all of them need,
    ``warned`` a group of findings."""
    return {
        "said_of_all": {
            as_is: {"one": made_up.said_of_all()},
            _("文件里写了"): {"one": made_up.said_of_all(stated=_("竹编班"))},
            _("有错"): {"one": made_up.said_of_all(), "faulty": "s.a"},
        },
        "done_row": {
            _("改好了"): {
                **plan,
                "done": Made(
                    key=5,
                    number=5,
                    verdict="new",
                    verdict_label=_("新增"),
                    mended=made_up.mended(),
                    left_out=False,
                ),
            },
            _("不导入"): {
                **plan,
                "done": Made(
                    key=5, number=5, verdict="left", verdict_label=_("不导入"), mended=None, left_out=True
                ),
            },
            _("没有办成"): {**plan, "lost": True, "refused": Made(message=text, text="2023")},
        },
        "leave_out": {as_is: {**plan, "group": warned}},
        "mend": {
            as_is: {**plan, "form": made_up.mend_form(1)},
            _("日期"): {**plan, "form": made_up.mend_form(1, "date")},
            _("选项"): {**plan, "form": made_up.mend_form(1, "choice")},
            _("数字"): {**plan, "form": made_up.mend_form(30, "number")},
            _("有错"): {
                **plan,
                "form": made_up.mend_form(2),
                "refused": Made(key=made_up.mend_form(2).key, text="2023", message=text),
            },
        },
        "mended": {as_is: {**plan, "mend": made_up.mended()}},
    }
