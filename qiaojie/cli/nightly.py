"""``qiaojie nightly``: what is done every night, how it stands, and doing it now (for cron, or by hand)."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.queue import nightly, queries
from qiaojie.queue.models import State
from qiaojie.queue.nightly import NightlyStatus
from qiaojie.queue.worker import Worker

from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""

_PAUSE: Final = 0.5
"""Seconds between two looks at a job that another worker does."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the command."""
    command = commands.add_parser("nightly", help=_("夜间任务：看情况，或现在就做（可由 cron 调用）"))
    command.add_argument("name", nargs="?", metavar="NAME", help=_("只做这一项；不写就做到点还没做的"))
    command.add_argument("--list", action="store_true", help=_("只看情况，不做"))
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=run_nightly)


def run_nightly(options: argparse.Namespace) -> int:
    """Do what is due, or one job now, then tell how all stand; 0 all well, 1 something failed or late."""
    if not options.list:
        if options.name:
            _do(nightly.queue_now(options.name).subject)
        else:
            nightly.put_due(now=timezone.now())
            for work in nightly.declared():
                _do(work.subject)
    found = [one for one in nightly.statuses() if not options.name or one.name == options.name]
    if options.json:
        print(as_json([asdict(one) for one in found]))
    else:
        for one in found:
            print(_line(one))
    return 0 if all(one.sound for one in found) else 1


def _do(subject: str) -> None:
    """Do the open job of a subject here, or wait until whoever has it has done it."""
    worker = Worker()
    while True:
        if worker.do_of(subject):
            return
        status = queries.latest([subject]).get(subject)
        if status is None or status.state not in (State.WAITING, State.RUNNING):
            return
        time.sleep(_PAUSE)


def _line(one: NightlyStatus) -> str:
    words = {"label": one.label, "name": one.name, "at": _moment(one.succeeded_at)}
    told = _("%(label)s（%(name)s）：上次做完 %(at)s") % words
    if one.failed_at is not None:
        told += _("；%(at)s 没有做成：%(why)s") % {"at": _moment(one.failed_at), "why": one.message}
    elif one.late:
        told += _("；已经过了时间还没有做")
    return told


def _moment(at: datetime | None) -> str:
    return "—" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
