"""Commands about ledgers that are declared as data: what is wrong in their folders, what there is, what one says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.declared import queries
from qiaojie.declared.services import Preparation
from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.findings import Level, Unusable

from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, _who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    ledger = commands.add_parser("ledger", help=_("检查、查看台账")).add_subparsers(
        required=True, metavar="ACTION"
    )
    check = ledger.add_parser("check", help=_("列出台账文件夹里的全部问题"))
    check.add_argument("folders", nargs="*", metavar="DIR")
    check.set_defaults(run=run_check)
    listed = ledger.add_parser("list", help=_("列出全部台账，哪些等着启用"))
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=run_list)
    show = ledger.add_parser("show", help=_("显示一个台账的栏目"))
    show.add_argument("code")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)


def run_check(options: argparse.Namespace) -> int:
    """Every fault with file and key; 1 where there are any but hints, 2 where a file could not be read at all."""
    found = queries.faults(queries.folders(Path(name) for name in options.folders))
    for fault in found:
        print(_line(fault))
    if not found:
        print(_("没有问题。"))
    if any(fault.fatal for fault in found):
        return 2
    return 1 if any(fault.level is not Level.HINT for fault in found) else 0


def _line(fault: Fault) -> str:
    words = {Level.ERROR: _("错误"), Level.WARNING: _("警告"), Level.HINT: _("提示")}
    return f"{words[fault.level]} {fault.code} {fault.line}"


def run_list(options: argparse.Namespace) -> int:
    """Every ledger with where it comes from and whether a folder of it says something that is not prepared."""
    waits = {one.code: one.what for one in queries.waiting()}
    sources = queries.sources()
    found: list[dict[str, Any]] = [
        {
            "code": one.code,
            "label": str(one.label),
            "declared": one.code in sources,
            "folder": sources.get(one.code, ""),
            "waits": waits.pop(one.code, None),
        }
        for one in declaration.every()
    ]
    found += [
        {"code": code, "label": "", "declared": True, "folder": "", "waits": what}
        for code, what in waits.items()
    ]
    if options.json:
        print(as_json(found))
        return 0
    words = {"new": _("等着启用"), "changed": _("有改动等着启用"), "gone": _("文件夹不在了")}
    for one in found:
        folder = one["folder"] if one["declared"] else _("自带")
        print(f"{one['code']}  {one['label']}  {folder}  {words.get(one['waits'], '')}".rstrip())
    return 0


def run_show(options: argparse.Namespace) -> int:
    """The fields of a ledger: code, label, kind, unit, choices."""
    try:
        ledger = declaration.get(options.code)
    except KeyError as unknown:
        known = "、".join(one.code for one in declaration.every())
        text = _("没有台账“%(code)s”。现有：%(known)s。")
        raise Unusable("ledger_unknown", text % {"code": options.code, "known": known}) from unknown
    if options.json:
        print(as_json(_plain(ledger)))
        return 0
    print(f"{ledger.label}（{ledger.code}）")
    for field in _plain(ledger)["fields"]:
        more = " ".join(f"{code}={label}" for code, label in field["choices"].items())
        print(f"  {field['name']}  {field['label']}  {field['kind']} {field['unit']} {more}".rstrip())
    return 0


def _plain(ledger: Ledger) -> dict[str, Any]:
    return {
        "code": ledger.code,
        "label": str(ledger.label),
        "fields": [
            {
                "name": one.name,
                "label": str(one.label),
                "kind": one.table_kind,
                "unit": one.unit,
                "required": one.required,
                "choices": {str(code): str(label) for code, label in one.choices.items()},
            }
            for one in ledger.fields
        ],
    }


def prepared(done: Preparation) -> Iterator[str]:
    """What preparing did, and what is wrong: a ledger with errors stays as it was."""
    if done.made:
        yield _("新建台账：%s") % "、".join(done.made)
    for code, columns in done.widened.items():
        yield _("台账 %(code)s 增加了栏目：%(columns)s") % {"code": code, "columns": "、".join(columns)}
    if done.changed:
        yield _("台账的说明有改动：%s") % "、".join(done.changed)
    if done.left:
        yield _("文件夹不在了，只能看、不能再填的台账：%s") % "、".join(done.left)
    wrong = [fault for fault in done.faults if fault.level is Level.ERROR]
    for fault in wrong:
        yield _line(fault)
    if wrong:
        yield _("有错误的台账没有启用，照上次启用的样子用。改好后再运行 qiaojie prepare。")
