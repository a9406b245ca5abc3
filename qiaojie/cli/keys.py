"""``qiaojie keys``: the keys that personal data is encrypted with are listed, added, exchanged, taken away."""

from __future__ import annotations

import argparse
import sys
import threading
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.keys import exchange, jobs, renewal
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.queue import services as queue
from qiaojie.queue.models import Job, State
from qiaojie.queue.worker import Worker

from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    keys = commands.add_parser("keys", help=_("密钥：查看、新增、换用、停用"))
    steps = keys.add_subparsers(dest="step", required=True, metavar="STEP")
    shown = steps.add_parser("list", help=_("有哪些密钥，各有多少内容在用"))
    shown.add_argument("--json", action="store_true")
    shown.set_defaults(run=run_list)
    steps.add_parser("add", help=_("在 keys.json 里新增一个密钥，暂不使用")).set_defaults(run=run_add)
    rotate = steps.add_parser("rotate", help=_("换用最新的密钥，全部内容重新加密（可以边用边换）"))
    rotate.add_argument("--cipher", choices=("aes", "sm4"), help=_("同时换用这套算法"))
    rotate.add_argument("--signing", action="store_true", help=_("只换登录和表单的签名密钥"))
    rotate.add_argument(
        "--here", action="store_true", help=_("不经后台任务，就在这里换（数据库账号分开时用）")
    )
    rotate.set_defaults(run=run_rotate)
    retire = steps.add_parser("retire", help=_("停用一个再没有内容用到的密钥"))
    retire.add_argument("number", type=int)
    retire.set_defaults(run=run_retire)
    bind = steps.add_parser("bind", help=_("放回升级以前的备份之后：把加密内容绑定到所在的行"))
    bind.set_defaults(run=run_bind)


def run_list(options: argparse.Namespace) -> int:
    """All keys with what needs them."""
    found = exchange.known()
    if options.json:
        print(as_json({"cipher": exchange.cipher(), "keys": [asdict(one) for one in found]}))
        return 0
    for one in found:
        state = _("现用，%s") % exchange.cipher() if one.current else _("备用")
        words = {"number": one.number, "state": state, "count": sum(one.used.values())}
        print(_("%(number)d 号密钥（%(state)s）：%(count)d 处在用") % words)
        for where, count in one.used.items():
            print(f"    {where} {count}")
    return 0


def run_add(options: argparse.Namespace) -> int:
    """A new key in the file."""
    number = exchange.add()
    _note(f"keys/add/{number}")
    text = _(
        "已新增 %d 号密钥，还没有使用。请马上重新封存一份 keys.json（其他机器上的也换成这一份），再运行 qiaojie keys rotate。"
    )
    print(text % number)
    return 0


def run_rotate(options: argparse.Namespace) -> int:
    """The newest key is current, and everything is renewed with it; 1 where something could not be opened."""
    if options.signing:
        exchange.turn_signing()
        _note("keys/rotate/signing")
        print(_("已换用新的签名密钥；已登录的人不用重新登录。"))
        return 0
    if options.here:
        renewal.demand_rights()
    number = exchange.turn_to(options.cipher)
    _note(f"keys/rotate/{number}")
    print(
        _("现用 %(number)d 号密钥（%(cipher)s），正在重新加密……")
        % {"number": number, "cipher": exchange.cipher()}
    )
    found = jobs.renewed(_told) if options.here else _by_the_queue()
    print(_("已重新加密 %d 行。") % found["rows"])
    if found["unopened"]:
        print(_("有 %d 个值打不开，原样留着；运行 qiaojie doctor --deep 看是哪些。") % found["unopened"])
        for place in found.get("named", ()):
            print(f"    {place}")
    return 1 if found["unopened"] else 0


def run_retire(options: argparse.Namespace) -> int:
    """A key is taken away."""
    exchange.retire(options.number)
    _note(f"keys/retire/{options.number}")
    print(_("已停用 %d 号密钥。请重新封存一份 keys.json。") % options.number)
    return 0


def run_bind(options: argparse.Namespace) -> int:
    """Values from before there was binding are bound to the rows in which they stand."""
    renewal.demand_rights()
    found = renewal.renew(_told, before=True)
    exchange.bound()
    _note("keys/bind", found.rows)
    print(_("已绑定 %d 行。") % found.rows)
    return 1 if found.unopened else 0


def _note(subject: str, rows: int = 0) -> None:
    SystemViewer().note(Action.ADMINISTER, subject, rows=rows)


def _told(done: int, total: int) -> None:
    print(f"{done} / {total}", file=sys.stderr, flush=True)


def _by_the_queue() -> dict[str, Any]:
    """What came of the job, whoever does it: a worker of the service, or this process where none takes it. Raises Unusable."""
    key = jobs.put("qiaojie keys")
    over = threading.Event()
    worker = Worker()

    def do() -> None:
        worker.run(once=True)
        over.set()

    doing = threading.Thread(target=do, daemon=True)
    doing.start()
    while True:
        over.wait(1.0)
        job = Job.objects.get(key=key)
        if not job.is_open:
            break
        _told(job.done, job.total)
    worker.stop()
    doing.join()
    outcome = queue.outcome_of(job)
    if job.state != State.DONE:
        raise Unusable(outcome.get("code", "cancelled"), outcome.get("message", _("已取消。")))
    return outcome
