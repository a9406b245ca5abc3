"""``qiaojie``: reads the arguments, says who acts, and hands over to one function per command.

Exit status: 0 done; 1 done, with findings; 2 unusable input (one clear line, nothing changed); 3 database or disk cannot be
used (one clear line: what is wrong, how to mend it); 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from qiaojie.storage.faults import StorageFault

UNUSABLE_STORAGE: Final = 3
"""The exit status where database or disk cannot be used: unlike input (2) it may be usable a moment later."""

_SERVICES = frozenset({"serve", "worker"})
"""Commands that go on by themselves: whoever keeps them looks into a log, not at a screen."""

_BEGIN_ANEW = frozenset({"prepare", "demo"})
"""Commands that bring an installation to the shape of this version themselves."""

_MENDED_BY_OPTIONS = frozenset({"table_not_found", "column_missing"})
"""What is wrong with a file that may be mended by saying what its columns are, or what holds for all of its rows."""


def parser() -> argparse.ArgumentParser:
    """All commands with their arguments."""
    from django.utils.translation import gettext as _

    from . import (
        accounts,
        backup,
        codes,
        data,
        declared,
        doctor,
        finding,
        keys,
        nightly,
        official,
        outside,
        practice,
        serving,
    )

    top = argparse.ArgumentParser(prog="qiaojie", description=_("巧姐：残疾妇女手工制作就业项目管理"))
    # Of a command that works where there is no database yet, or none that opens: it sets this.
    top.set_defaults(bare=False)
    who = argparse.ArgumentParser(add_help=False)
    who.add_argument("--as", dest="actor", metavar="USER", help=_("以哪个账号的权限办理（默认为系统账号）"))
    who.add_argument("--purpose", default="", help=_("办理事由，记入日志"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        official,
        codes,
        data,
        declared,
        outside,
        finding,
        accounts,
        backup,
        keys,
        doctor,
        nightly,
        serving,
        practice,
    ):
        module.add(commands, who)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
    from qiaojie.lib import discreet_errors
    from qiaojie.storage import faults

    # What nobody foresaw is told by kind and place: never with what stood in a row.
    discreet_errors.install(brief=True)
    try:
        import django

        django.setup()
        return _run(arguments)
    except faults.TROUBLE as error:
        fault = faults.of(error)
        if fault is None and not isinstance(error, faults.DATABASE):
            raise
        print(_in_words(error, fault), file=sys.stderr)
        return UNUSABLE_STORAGE


def _run(arguments: Sequence[str] | None) -> int:
    """One command, once there are settings. Raises what is wrong with database or disk."""
    from qiaojie.lib import discreet_errors

    options = parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another encoding, or a file name that is no text, must not end a command half-way through what it says.
        sys.stdout.reconfigure(errors="backslashreplace")
    # Of services with the way there.
    discreet_errors.install(brief=options.command not in _SERVICES)
    if not options.bare and (refused := _without_keys()):
        print(refused, file=sys.stderr)
        return 2
    return _done(options)


def _done(options: argparse.Namespace) -> int:
    """Run the command that was asked for; what goes wrong is said in a line. Raises what is wrong with database or disk."""
    from django.utils.translation import gettext as _

    from qiaojie.accounts import sealing
    from qiaojie.ledgers.viewer import Refused
    from qiaojie.lib.findings import Unusable
    from qiaojie.storage import faults

    usable = True
    try:
        if not options.bare:
            _make_ready(options.command)
        status: int = options.run(options)
    except Unusable as problem:
        way = _("（在命令行里，“表头对应”用 --map 列名=字段，“整张表都是”用 --say 栏名=内容。）")
        print(problem.message, *problem.names, way * (problem.code in _MENDED_BY_OPTIONS), file=sys.stderr)
        return 2
    except Refused:
        print(_("没有这项权限，或对象不在您的区域内。"), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(_("已中断，没有写完的一概不算。"), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except faults.TROUBLE:
        usable = False
        raise
    finally:
        # Whoever saw or changed something here has left lines that no server may be there to seal.
        if usable and not options.bare:
            with contextlib.suppress(*faults.TROUBLE):
                sealing.seal()
    return status


def _make_ready(command: str) -> None:
    """Prepare a new installation, unless the command does so itself."""
    from qiaojie.storage import faults

    from .serving import ensure_prepared

    if command == "doctor":
        # It says itself what is wrong with a database.
        with contextlib.suppress(*faults.DATABASE):
            ensure_prepared()
            _take_up()
    elif command not in _BEGIN_ANEW:
        ensure_prepared()
        _take_up()


def _take_up() -> None:
    """Work by the lists and ledgers that were last prepared."""
    from qiaojie.codes import standing
    from qiaojie.declared import running

    standing.refresh()
    running.take_up()


def _without_keys() -> str:
    """Why no command may begin: there is data, and not its keys. '' where there is nothing to object to."""
    from django.db import DatabaseError

    from qiaojie.keys import standing
    from qiaojie.lib.findings import Unusable

    try:
        # A database that does not answer is spoken of by the command itself.
        with contextlib.suppress(DatabaseError):
            standing.demand()
    except Unusable as problem:
        return problem.message
    return ""


def _in_words(error: BaseException, fault: StorageFault | None) -> str:
    """One line on what is wrong with database or disk. Where even the settings could not be read, in the words of the source."""
    from django.conf import settings
    from django.utils.translation import gettext as _

    from qiaojie.lib.discreet_errors import kind_of

    if fault is None:
        # Its words may hold what a row says: only the kind is told.
        text = _(
            "登记库用不了（%s）：程序升级后请先运行 qiaojie prepare；还不行的，运行 qiaojie doctor 看看。"
        )
        return text % kind_of(error)
    named = getattr(error, "filename", None) or getattr(error, "path", None)
    where = f"（{named}）" if named else ""
    line = fault.message if settings.configured else fault.untranslated
    return f"{line}{where}"


if __name__ == "__main__":
    sys.exit(main())
