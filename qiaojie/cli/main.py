"""``qiaojie``: reads the arguments, says who acts, and hands over to one function per command.

Exit status: 0 done; 1 done, with findings; 2 unusable input (one clear line, nothing changed); 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

_SERVICES = frozenset({"serve", "worker"})
"""Commands that go on by themselves: whoever keeps them looks into a log, not at a screen."""

_MENDED_BY_OPTIONS = frozenset({"table_not_found", "column_missing"})
"""What is wrong with a file that may be mended by saying what its columns are, or what holds for all of its rows."""


def parser() -> argparse.ArgumentParser:
    """All commands with their arguments."""
    from django.utils.translation import gettext as _

    from . import accounts, data, doctor, finding, keys, nightly, official, outside, practice, serving

    top = argparse.ArgumentParser(prog="qiaojie", description=_("巧姐：残疾妇女手工制作就业项目管理"))
    who = argparse.ArgumentParser(add_help=False)
    who.add_argument("--as", dest="actor", metavar="USER", help=_("以哪个账号的权限办理（默认为系统账号）"))
    who.add_argument("--purpose", default="", help=_("办理事由，记入日志"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (official, data, outside, finding, accounts, keys, doctor, nightly, serving, practice):
        module.add(commands, who)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
    import django

    django.setup()
    from qiaojie.lib import discreet_errors

    options = parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another encoding, or a file name that is no text, must not end a command half-way through what it says.
        sys.stdout.reconfigure(errors="backslashreplace")
    # What nobody foresaw is told by kind and place, of services with the way there: never with what stood in a row.
    discreet_errors.install(brief=options.command not in _SERVICES)
    if refused := _without_keys():
        print(refused, file=sys.stderr)
        return 2
    return _done(options)


def _done(options: argparse.Namespace) -> int:
    """Run the command that was asked for; what goes wrong is said in a line."""
    from django.db import DatabaseError
    from django.utils.translation import gettext as _

    from qiaojie.accounts import sealing
    from qiaojie.ledgers.viewer import Refused
    from qiaojie.lib.findings import Unusable

    from .serving import ensure_prepared

    try:
        ensure_prepared()
        status: int = options.run(options)
    except Unusable as problem:
        way = _("（在命令行里，“表头对应”用 --map 列名=字段，“整张表都是”用 --say 栏名=内容。）")
        print(problem.message, *problem.names, way * (problem.code in _MENDED_BY_OPTIONS), file=sys.stderr)
        return 2
    except Refused:
        print(_("没有这项权限，或对象不在您的区域内。"), file=sys.stderr)
        return 2
    except DatabaseError as fault:
        # Its words may hold what a row says: only the kind is told.
        text = _(
            "登记库用不了（%s）：程序升级后请先运行 qiaojie prepare；还不行的，运行 qiaojie doctor 看看。"
        )
        print(text % type(fault).__name__, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(_("已中断，没有写完的一概不算。"), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        # Whoever saw or changed something here has left lines that no server may be there to seal.
        with contextlib.suppress(DatabaseError):
            sealing.seal()
    return status


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


if __name__ == "__main__":
    sys.exit(main())
