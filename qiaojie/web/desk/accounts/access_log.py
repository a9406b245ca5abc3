"""The access log, for whoever audits."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import exports, queries
from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send

TITLE: Final = "访问日志"
HEADINGS: Final = {
    "at": "时间",
    "username": "账号",
    "holder": "姓名",
    "address": "来源地址",
    "action": "操作",
    "subject": "对象",
    "rows": "条数",
    "purpose": "用途",
    "done": "结果",
}
"""Files are Chinese in every interface."""

SIZE: Final = 100
"""Lines of one page."""

MOST: Final = 100_000
"""Lines of one file."""


def actions() -> dict[str, str]:
    """What the log calls an action → how it reads."""
    return {
        Action.SEE: _("查看"),
        Action.COUNT: _("看统计"),
        Action.ENTER: _("录入"),
        Action.APPROVE: _("审核"),
        Action.REVEAL: _("查看完整"),
        Action.EXPORT: _("导出"),
        Action.ADMINISTER: _("管理账号"),
        Action.GRANT: _("确认授权"),
        Action.AUDIT: _("查看日志"),
        Action.SIGN_IN: _("登录"),
        Action.SIGN_OUT: _("退出"),
    }


def _wanted(request: DeskRequest) -> queries.LogFilter:
    given = request.GET

    def day(name: str) -> date | None:
        return params.day_of(given[name], date.today()) if given.get(name) else None

    return queries.LogFilter(
        given.get("who", "").strip(),
        given.get("action", ""),
        given.get("subject", "").strip(),
        day("since"),
        day("until"),
        bool(given.get("refused")),
    )


@require_safe
def log(request: DeskRequest) -> HttpResponse:
    """Who did what, when, from where and why; the newest first."""
    wanted = _wanted(request)
    found = queries.log_entries(request.viewer, wanted)
    after = params.number_of(request.GET.get("after", ""))
    if after is not None:
        found = found.filter(pk__lt=after)
    lines = list(found[: SIZE + 1])
    request.viewer.note(Action.AUDIT, "log", rows=min(len(lines), SIZE))
    names = actions()
    context = {
        "lines": [(one, queries.called(one), names.get(one.action, one.action)) for one in lines[:SIZE]],
        "following": lines[SIZE - 1].pk if len(lines) > SIZE else None,
        "wanted": wanted,
        "actions": list(names.items()),
        "asked": request.GET.urlencode(),
    }
    return render(request, "web/desk/accounts/access_log.html", context)


@require_POST
def export(request: DeskRequest) -> HttpResponse:
    """What the filters leave, as a workbook, for a stated purpose."""
    viewer = request.viewer
    found = queries.log_entries(viewer, _wanted(request))
    purpose = params.purpose_of(request)
    if not purpose:
        raise Unusable("purpose_missing", _("请写明导出的用途。"))
    rows = _rows(found)
    columns = [Column(heading, name) for name, heading in HEADINGS.items()]
    filled = Filled(Form("log", TITLE, tuple(columns)), {}, rows, mark=exports.watermark(viewer))
    viewer.note(Action.AUDIT, "log.xlsx", rows=len(rows), purpose=purpose)
    return send(viewer, f"{TITLE}.xlsx", write(filled, "xlsx"), "log", purpose)


def _rows(found: QuerySet[AccessEntry]) -> list[dict[str, str]]:
    lines = list(found[: MOST + 1])
    if len(lines) > MOST:
        raise Unusable("export_too_long", _("超过 %s 条，请先筛选再导出。") % f"{MOST:,}")
    names = actions()
    return [
        {
            "at": f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}",
            "username": queries.called(one),
            "holder": one.holder,
            "address": one.address,
            "action": names.get(one.action, one.action),
            "subject": one.subject,
            "rows": "" if one.rows is None else str(one.rows),
            "purpose": one.purpose,
            "done": _("办成") if one.done else _("被拒绝"),
        }
        for one in lines
    ]
