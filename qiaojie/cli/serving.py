"""Commands that run the installation: set up the database, load the demo, serve, do queued jobs."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connections, router
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from qiaojie import demo
from qiaojie.accounts import rights, sealing, triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.codes import preparing as codes
from qiaojie.declared import running
from qiaojie.declared import services as ledgers
from qiaojie.declared.rows.apps import LABEL
from qiaojie.digests import services as digests
from qiaojie.digests.models import Digest
from qiaojie.digests.services import Look
from qiaojie.keys import exchange, renewal, standing
from qiaojie.lib.findings import Unusable
from qiaojie.measures import services as measures
from qiaojie.people import doubts
from qiaojie.queue.worker import Worker
from qiaojie.regions import services as regions
from qiaojie.regions.models import TreeState
from qiaojie.storage import checks, converting, faults, files
from qiaojie.storage.system_words import why
from qiaojie.web import watch

from . import declared

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    prepare = commands.add_parser("prepare", help=_("建好或升级数据库，载入区划"))
    prepare.add_argument(
        "--serve-as", metavar="ROLE", help=_("PostgreSQL：运行服务用的数据库账号，只给它读写数据的权限")
    )
    prepare.set_defaults(run=run_prepare)
    sample = commands.add_parser("demo", help=_("载入演示数据"))
    sample.add_argument("--once", action="store_true", help=_("已经载入过就不再载入"))
    sample.set_defaults(run=run_demo)
    serve = commands.add_parser("serve", help=_("启动网站"))
    serve.add_argument("--address", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--practice",
        type=int,
        nargs="?",
        const=0,
        metavar="PORT",
        help=_("旁边另开一个练习的地方（编的人和数），不写端口就用下一个"),
    )
    serve.add_argument("--no-worker", action="store_true", help=_("不同时启动后台处理进程"))
    serve.set_defaults(run=run_serve)
    worker = commands.add_parser("worker", help=_("启动后台处理进程"))
    worker.add_argument("--once", action="store_true", help=_("做完排队的任务就结束"))
    worker.add_argument("--beside", type=int, help=argparse.SUPPRESS)
    worker.set_defaults(run=run_worker)


def prepare() -> None:
    """Bring every database to the current shape, load the regions, count what is not yet counted, digest all rows.

    On SQLite the files come first: those of a new installation are made, those of an earlier version encrypted once its keys have
    been found to be those of the data.
    """
    for path in checks.mend():
        print(_("已改为只有本服务能读写：%s") % path)
    with files.plain_for_now():
        standing.begin()
    for path in converting.prepare(settings.DATABASES, [Path(settings.HOME) / sealing.HEAD]):
        print(_("已整个加密：%s") % path)
    look = digests.before_upgrade()
    before = _steps_taken()
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    standing.record()
    own = ledgers.prepare()
    _bind_values()
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    loaded = regions.load()
    lists = codes.prepare()
    for line in lists.said:
        print(line)
    doubts.catch_up()
    measures.recount_every(force=lists.regrouped)
    measures.count_years_before()
    migrated = {app for app, _name in _steps_taken() - before}
    if own.altered:
        migrated.add(LABEL)
    digests.prepared(migrated, bool(loaded.created or loaded.updated or loaded.related), look)
    _tell(look)
    for line in declared.prepared(own):
        print(line)


def _tell(look: Look | None) -> None:
    """Say what an upgrade could not answer for."""
    if look is not None and not look.compared:
        print(
            _(
                "升级改了数据的结构，升级前的数据没有核对成：上次核对到升级之间有没有人绕过系统改过，看不出来。"
            )
        )
    elif look is not None and look.number:
        text = _("升级以前就有 %d 行数据对不上，没有当作升级的改动。请运行 qiaojie doctor --deep 查看。")
        print(text % look.number)


def _steps_taken() -> set[tuple[str, str]]:
    """The migrations that the databases have, as (room, name)."""
    return {
        step
        for alias in settings.DATABASES
        for step in MigrationRecorder(connections[alias]).applied_migrations()
    }


def _bind_values() -> None:
    """Bind what was encrypted before values were bound to their rows. Once for all: whatever comes unbound later is refused."""
    if not settings.QIAOJIE_KEYS_BOUND:
        renewal.renew(lambda _done, _total: None, before=True)
        exchange.bound()


def ensure_prepared() -> None:
    """``prepare`` an installation that is new, so that whichever command comes first works."""
    try:
        known = TreeState.objects.exists()
    except (OperationalError, ProgrammingError) as fault:
        if not faults.is_unmade(fault):
            raise
        known = False
    if not known:
        prepare()


def run_prepare(options: argparse.Namespace) -> int:
    """``prepare`` from the command line."""
    prepare()
    if options.serve_as:
        rights.grant(connections["default"], options.serve_as)
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
        digests.make(Digest.Act.DEMO, reason=_("载入演示数据"))
    except Unusable as problem:
        if not options.once or problem.code != "not_empty":
            raise
        print(_("系统里已有自己的数据或账号，没有载入演示数据。"))
    return 0


def run_serve(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    demand_port(options.address, options.port)
    for line in demo.accounts():
        print(line)
    with contextlib.ExitStack() as beside:
        if options.practice is not None:
            beside.enter_context(_practice_beside(options))
        print(f"http://{options.address}:{options.port}/", flush=True)
        _serve(options, beside)
    return 0


def _serve(options: argparse.Namespace, beside: contextlib.ExitStack) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    # What its processes count is added up there; nothing of it outlives them.
    os.environ[watch.SHARED] = beside.enter_context(tempfile.TemporaryDirectory(prefix="qiaojie-figures-"))
    server = Granian(
        "qiaojie.config.wsgi:application",
        address=options.address,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1 if "side" in settings.DATABASES else 2,
        # Half of them are left when as many sign in as may wait (``accounts.credentials.hashing``).
        blocking_threads=18,
        log_access=False,
    )
    if not options.no_worker:
        beside.enter_context(_worker_beside())
    server.serve()


def run_worker(options: argparse.Namespace) -> int:
    """Do queued jobs until told to end (SIGTERM, Ctrl+C): the job in hand then goes back to the queue."""
    worker = Worker()

    def end(_number: int, _frame: object) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)

    def wanted() -> bool:
        # Before each look for work: ledgers may have been prepared since the last.
        running.refresh()
        return options.beside in (None, os.getppid())

    worker.run(once=options.once, wanted=wanted)
    return 0


@contextlib.contextmanager
def _worker_beside() -> Iterator[None]:
    """Keep one worker process running while the site is served; it ends with this process, however that ends."""
    with _beside(["worker"]):
        yield


@contextlib.contextmanager
def _practice_beside(options: argparse.Namespace) -> Iterator[None]:
    """Keep a practice place at a port of its own, made and started when somebody goes there; pages link to it."""
    port = options.practice or options.port + 1
    real = f"http://{options.address}:{options.port}/"
    try:
        demand_port(options.address, port)
    except Unusable as problem:
        print(problem.message, _("练习的地方没有打开。"))
        yield
        return
    # The workers of the server read it, whether they begin as a copy of this process or anew.
    settings.QIAOJIE_PRACTICE_URL = settings.QIAOJIE_PRACTICE_URL or f"http://{options.address}:{port}/"
    os.environ["QIAOJIE_PRACTICE_URL"] = settings.QIAOJIE_PRACTICE_URL
    print(_("练习（编的人和数）：%s") % settings.QIAOJIE_PRACTICE_URL)
    command = ["practice", "--when-asked", "--real", settings.QIAOJIE_REAL_URL or real]
    with _beside([*command, "--address", options.address, "--port", str(port)]):
        yield


@contextlib.contextmanager
def _beside(arguments: list[str]) -> Iterator[None]:
    """Keep one process of ours running; it ends with this process, however that ends."""
    command = [sys.executable, "-m", "qiaojie.cli.main", *arguments, "--beside", str(os.getpid())]
    over = threading.Event()
    running = [subprocess.Popen(command)]  # noqa: S603 - our own program

    def watch() -> None:
        while not over.wait(1.0):
            # What cannot be used (2) is not better a second later.
            if running[0].poll() not in (None, 2):
                running[0] = subprocess.Popen(command)  # noqa: S603 - our own program

    watching = threading.Thread(target=watch, name="watch", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        running[0].terminate()
        running[0].wait()


def demand_port(address: str, port: int) -> None:
    """Raise Unusable ``port_taken`` where something else listens already, or the port may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as reason:
            words = {"address": address, "port": port, "reason": why(reason)}
            text = _("不能在 %(address)s:%(port)s 启动：%(reason)s。请换一个端口，例如 make run PORT=8001。")
            raise Unusable("port_taken", text % words) from reason
