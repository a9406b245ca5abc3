"""Commands that run the installation: set up the database, load the demo, serve."""

from __future__ import annotations

import argparse
import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from qiaojie import demo
from qiaojie.lib.findings import Unusable
from qiaojie.measures import services as measures
from qiaojie.regions import services as regions
from qiaojie.regions.models import TreeState

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    prepare = commands.add_parser("prepare", help=_("建好或升级数据库，载入区划"))
    prepare.set_defaults(run=run_prepare)
    sample = commands.add_parser("demo", help=_("载入演示数据"))
    sample.add_argument("--once", action="store_true", help=_("已经载入过就不再载入"))
    sample.set_defaults(run=run_demo)
    serve = commands.add_parser("serve", help=_("启动网站"))
    serve.add_argument("--address", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.set_defaults(run=run_serve)


def prepare() -> None:
    """Bring every database to the current shape, load the regions, count what is not yet counted."""
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    regions.load()
    measures.recount_every()


def ensure_prepared() -> None:
    """``prepare`` an installation that is new, so that whichever command comes first works."""
    try:
        known = TreeState.objects.exists()
    except (OperationalError, ProgrammingError):  # no such table: SQLite and PostgreSQL say it in two ways
        known = False
    if not known:
        prepare()


def run_prepare(options: argparse.Namespace) -> int:
    """``prepare`` from the command line."""
    prepare()
    return 0


def run_demo(options: argparse.Namespace) -> int:
    """Load the demo into an empty installation.

    With ``--once``, do nothing where it is loaded, and leave alone (saying so) an installation with data of its own.
    """
    prepare()
    if options.once and demo.loaded():
        return 0
    try:
        for line in demo.load():
            print(line)
    except Unusable as problem:
        if not options.once or problem.code != "not_empty":
            raise
        print(_("系统里已有自己的数据或账号，没有载入演示数据。"))
    return 0


def run_serve(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    _demand_port(options.address, options.port)
    from granian import Granian
    from granian.constants import Interfaces

    for line in demo.accounts():
        print(line)
    print(f"http://{options.address}:{options.port}/", flush=True)
    Granian(
        "qiaojie.config.wsgi:application",
        address=options.address,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1 if "side" in settings.DATABASES else 2,
        blocking_threads=4,
        log_access=False,
    ).serve()
    return 0


def _demand_port(address: str, port: int) -> None:
    """Raise Unusable ``port_taken`` where something else listens already, or the port may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as reason:
            words = {"address": address, "port": port, "reason": reason.strerror}
            text = _("不能在 %(address)s:%(port)s 启动：%(reason)s。请换一个端口，例如 make run PORT=8001。")
            raise Unusable("port_taken", text % words) from reason
