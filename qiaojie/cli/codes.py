"""Commands on code lists: check, list, show."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.codes import checking, standing
from qiaojie.codes.standing import StandingList
from qiaojie.lib.findings import Unusable

from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    codes = commands.add_parser("codes", help=_("检查、查看代码表")).add_subparsers(
        required=True, metavar="ACTION"
    )
    check = codes.add_parser("check", help=_("列出代码表文件的全部问题，和还没有采用的改动"))
    check.add_argument("folders", nargs="*", metavar="DIR")
    check.set_defaults(run=run_check)
    listed = codes.add_parser("list", help=_("列出全部代码表"))
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=run_list)
    show = codes.add_parser("show", help=_("显示一张代码表的全部代码"))
    show.add_argument("code")
    show.add_argument("--on", metavar="DATE", help=_("只看这一天可以录入的，如 2026-01-01"))
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)


def run_check(options: argparse.Namespace) -> int:
    """Every fault with file, line and column; 1 where there is one."""
    lines, status = checking.report([Path(name) for name in options.folders] or None)
    for line in lines:
        print(line)
    return status


def run_list(options: argparse.Namespace) -> int:
    """Every list: code, what it is called, how many words."""
    found = [standing.of(code) for code in standing.known()]
    if options.json:
        told = [
            {"code": one.code, "label": one.label, "standard": one.standard, "words": len(one.words)}
            for one in found
        ]
        print(as_json(told))
        return 0
    for one in found:
        print(f"{one.code}  {one.label}  {len(one.words)}  {one.standard}".rstrip())
    return 0


def run_show(options: argparse.Namespace) -> int:
    """A list word by word, each with its days; with ``--on`` only what may be entered for that day."""
    held = _list(options.code)
    words = list(held.words.values())
    if options.on:
        words = list(held.on(_day(options.on)))
    if options.json:
        print(as_json({"code": held.code, "label": held.label, "words": [one.as_mapping() for one in words]}))
        return 0
    print(f"{held.label}（{held.code}）{held.standard}")
    for one in words:
        days = f"{one.begins or '…'}—{one.ends or '…'}" if one.begins or one.ends else ""
        said = [_("已从文件删去") if one.removed else "", days, "、".join(one.also)]
        print("  ".join(["", one.code, str(one.label), *filter(None, said)]))
    return 0


def _list(code: str) -> StandingList:
    if code not in standing.known():
        text = _("没有代码表“%(code)s”。现有：%(known)s。")
        raise Unusable("list_unknown", text % {"code": code, "known": "、".join(standing.known())})
    return standing.of(code)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as broken:
        raise Unusable("date_form", _("“%s”不是日期，请写成 2025-12-31 这样。") % text) from broken
