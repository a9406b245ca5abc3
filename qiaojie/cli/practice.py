"""A place to practise on made-up people: an installation of its own beside the real one, which touches nothing of it.

It lies in the folder ``practice`` of the home, with its own database and its own keys, is known by the file that
``lib.practice`` reads, and is served by processes of its own. This process opens the door: it makes the place, serves it,
and makes it anew when asked.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie import demo
from qiaojie.digests import services as digests
from qiaojie.digests.models import Digest
from qiaojie.lib import practice
from qiaojie.lib.findings import Unusable

from .door import Door
from .serving import demand_port

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""

SCALE: Final = 0.02
"""How much of the demo a practice place has: some 1,400 people, made in seconds, with every story in it."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the command."""
    command = commands.add_parser("practice", help=_("打开练习的地方：编的人和数，另存一处，碰不到正式数据"))
    command.add_argument("--address", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8001)
    command.add_argument(
        "--home", metavar="FOLDER", help=_("练习数据放在哪里（不写就在数据文件夹的 practice 里）")
    )
    command.add_argument("--fresh", action="store_true", help=_("回到最初：练习里做过的都不要了"))
    command.add_argument("--real", default="", metavar="URL", help=_("正式系统的网址，练习页面上链接过去"))
    command.add_argument("--when-asked", action="store_true", help=argparse.SUPPRESS)
    command.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    command.add_argument("--beside", type=int, help=argparse.SUPPRESS)
    command.set_defaults(run=run_practice)


def run_practice(options: argparse.Namespace) -> int:
    """Serve the practice place until interrupted; made first where it is not there.

    Raises Unusable: ``practice_inside`` in a practice place, ``practice_is_real``, ``practice_runs``, ``port_taken``.
    """
    if options.make:
        return _fill()
    home = Path(options.home).absolute() if options.home else settings.HOME.absolute() / "practice"
    demand_apart(home)
    with _alone(home) as alone:
        if not alone:
            return _ask_the_other(home, afresh=options.fresh)
        if options.fresh:
            remove(home)
        demand_port(options.address, options.port)
        _Keeper(home, options).run()
    return 0


def demand_apart(home: Path) -> None:
    """Raise Unusable unless a folder can be a practice place: one already, or nothing; and nothing real in or around it."""
    if settings.QIAOJIE_PRACTICE:
        raise Unusable("practice_inside", _("这里就是练习的地方，请在正式系统那里运行。"))
    folder = home.resolve()
    # A real database in it would be served as made up, and be gone when the place is made anew.
    if any(path.resolve().is_relative_to(folder) for path in real_places()):
        raise Unusable("practice_is_real", _("“%s”放着正式数据，不能用来练习。") % home)
    if home.exists() and practice.read(home) is None and any(home.iterdir()):
        raise Unusable("practice_is_real", _("“%s”里已有别的东西，不能用来练习。") % home)


def real_places() -> list[Path]:
    """Where the real installation keeps what it has."""
    return [settings.HOME, *(Path(str(one["NAME"])) for one in settings.DATABASES.values())]


def remove(home: Path) -> None:
    """Throw a practice place away. What is no practice place is left alone."""
    if practice.read(home) is not None:
        shutil.rmtree(home)


def _fill() -> int:
    """Load the small demo into the practice place that this process was started in, and note how one signs in."""
    if not settings.QIAOJIE_PRACTICE:
        raise Unusable("practice_is_real", _("“%s”放着正式数据，不能用来练习。") % settings.HOME)
    for line in demo.load(SCALE):
        print(line, flush=True)
    digests.make(Digest.Act.DEMO, reason=_("载入演示数据"))
    practice.mark(settings.HOME, practice.PracticePlace(demo.accounts(), settings.QIAOJIE_REAL_URL))
    return 0


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[bool]:
    """Whether no other process keeps this place."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _ask_the_other(home: Path, *, afresh: bool) -> int:
    if not afresh:
        raise Unusable("practice_runs", _("练习的地方已经打开了。"))
    (home / practice.AFRESH).touch()
    print(_("已经打开的练习正在回到最初。"))
    return 0


class _Keeper:
    """Keeps one practice place: a door while it is made, then the place itself."""

    def __init__(self, home: Path, options: argparse.Namespace) -> None:
        self.home, self.options = home, options
        self.over = threading.Event()

    def run(self) -> None:
        """Until told to end, or until the process beside which this one runs is gone."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self.over.set())
        waits = self.options.when_asked
        while not self.gone():
            with Door(self.options.address, self.options.port) as door:
                while waits and not door.asked.wait(0.5) and not self.gone():
                    pass
                if self.gone() or not self.ready(door):
                    return
            waits = False
            self.serve()

    def gone(self) -> bool:
        """Whether it is to end."""
        return self.over.is_set() or self.options.beside not in (None, os.getppid())

    def ready(self, door: Door) -> bool:
        """Make the place where it is not there, or bring it to the shape of this version; whether that came to its end."""
        kept = practice.read(self.home)
        if kept is not None and kept.accounts:
            door.say(_("正在打开"))
            return self.command(self.home, "prepare").wait() == 0
        door.say(_("正在建库、载入区划"))
        draft = self.home.with_name(f"{self.home.name}.new")
        remove(draft)
        practice.mark(draft, practice.PracticePlace([], self.options.real))
        with self.command(draft, "practice", "--make", stdout=subprocess.PIPE) as making:
            for line in making.stdout or ():
                door.say(line.strip())
        if making.returncode != 0:
            return False
        remove(self.home)
        # A place is there whole or not at all.
        draft.replace(self.home)
        return True

    def serve(self) -> None:
        """Until it is to end, or to be made anew: then it is gone from the disk."""
        where = ["--address", self.options.address, "--port", str(self.options.port)]
        quiet = subprocess.DEVNULL if self.options.when_asked else None
        server = self.command(self.home, "serve", *where, stdout=quiet)
        try:
            while server.poll() is None and not self.over.wait(0.5) and not self.gone():
                if (self.home / practice.AFRESH).exists():
                    break
        finally:
            server.terminate()
            server.wait()
        if (self.home / practice.AFRESH).exists():
            remove(self.home)

    def command(self, home: Path, *arguments: str, stdout: int | None = None) -> subprocess.Popen[str]:
        """A process of ours in the practice place."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "qiaojie.cli.main", *arguments],
            env=environment(home, self.options.real),
            stdout=stdout,
            text=True,
        )


def environment(home: Path, real: str) -> Mapping[str, str]:
    """What a process in a practice place is started with: its own home, the way back, and no way to the real database."""
    shut_out = {"QIAOJIE_DATABASE", "QIAOJIE_SECRET_KEY", "QIAOJIE_PRACTICE_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in shut_out}
    return {**kept, "QIAOJIE_HOME": str(home), "QIAOJIE_REAL_URL": os.environ.get("QIAOJIE_REAL_URL") or real}
