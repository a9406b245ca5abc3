"""Commands on accounts: the first administrators of an installation, a lost administrator's password, the log's age."""

from __future__ import annotations

import argparse
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from qiaojie.accounts import sealing, services
from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.lib.findings import Unusable
from qiaojie.regions import queries as regions

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    account = commands.add_parser("account", help=_("开通账号，或重设密码（第一批管理员用它开通）"))
    account.add_argument("username")
    account.add_argument("--holder", default="", help=_("使用人姓名"))
    account.add_argument("--role", choices=Role.values)
    account.add_argument("--title", default="", help=_("岗位"))
    account.add_argument("--agency", default="", help=_("机构全称，没有就新登记"))
    account.add_argument("--region", default="", help=_("机构所在区域"))
    account.add_argument("--line", choices=WorkLine.values, default=WorkLine.DPF.value)
    account.add_argument("--password", action="store_true", help=_("账号已有，只重设密码"))
    account.set_defaults(run=run_account)
    prune = commands.add_parser("prune-log", help=_("清理超过保存期限的访问日志（至少保留 6 个月）"))
    prune.add_argument("--before", required=True, metavar="DATE")
    prune.add_argument("--purpose", required=True)
    prune.set_defaults(run=run_prune)


def run_account(options: argparse.Namespace) -> int:
    """Open an account with its role at once, or set its password; prints the first password."""
    viewer = SystemViewer()
    if options.password:
        user = User.objects.filter(username=options.username).first()
        if user is None:
            raise Unusable("user_unknown", _("没有账号“%s”，或账号已停用。") % options.username)
        password = services.reset_password(viewer, user, "qiaojie account --password")
    else:
        region = regions.find(options.region)
        agency = Agency.objects.filter(region=region, line=options.line, name=options.agency).first()
        if agency is None:
            agency = services.open_agency(viewer, region, options.line, options.agency)
        role = options.role or ""
        title = options.title or str(dict(Role.choices).get(role, ""))
        user, password = services.open_account(
            viewer, options.username, options.holder, agency, title, role, "qiaojie account"
        )
        services.grant_at_once(viewer, user)
    words = {"username": user.username, "password": password}
    print(_("账号 %(username)s 的初始密码：%(password)s（第一次登录时必须换掉）") % words)
    return 0


def run_prune(options: argparse.Namespace) -> int:
    """Remove lines of the log from before a day."""
    day = parse_date(options.before)
    if day is None:
        message = _("“%s”不是日期，请写成 2023-11-30 这样的形式。") % options.before[:40]
        raise Unusable("date_unreadable", message)
    before = timezone.make_aware(datetime.combine(day, time.min))
    gone = sealing.prune(before, SystemViewer(), options.purpose)
    print(_("已清理 %d 行访问日志。") % gone)
    return 0
