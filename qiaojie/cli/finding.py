"""Commands on how who is meant is found: the weights that hold, what answers would make of them, and putting others in place."""

from __future__ import annotations

import argparse
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.intake import learning as answered
from qiaojie.people.likeness import learning, weights

from .actors import actor
from .output import read_file, write_file

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    top = commands.add_parser("likeness", help=_("认人的权重：看、按答复算建议、换上"))
    inner = top.add_subparsers(dest="act", required=True, metavar="ACT")
    show = inner.add_parser("show", parents=[who], help=_("显示现在用的权重"))
    show.set_defaults(run=run_show)
    propose = inner.add_parser(
        "propose", parents=[who], help=_("按经办和审核的答复算出建议的权重（不会自动采用）")
    )
    propose.add_argument("--out", metavar="FILE", help=_("把建议的权重写到这个文件"))
    propose.set_defaults(run=run_propose)
    put = inner.add_parser("put", parents=[who], help=_("把一个权重文件换上，记入日志"))
    put.add_argument("file", metavar="FILE")
    put.set_defaults(run=run_put)


def run_show(_options: argparse.Namespace) -> int:
    """Print the weights that hold."""
    own = weights.own_file()
    print(_("权重版本 %s") % weights.current().version, own if own.exists() else _("（随产品）"))
    print(weights.text())
    return 0


def run_propose(options: argparse.Namespace) -> int:
    """Print what answers would change; 1 where they would."""
    found = learning.tallies(answered.answers(), weights.current())
    for one in found:
        words = _("%(what)s：%(pairs)d 对，其中同一人 %(same)d 对，按现在的权重应为 %(expected).1f 对")
        told = {"what": f"{one.section}.{one.name}", "pairs": one.pairs, "same": one.same}
        print(words % {**told, "expected": one.expected})
    version = f"{timezone.localdate():%Y-%m-%d}"
    text, changes = learning.proposed(weights.text(), found, version)
    for change in changes:
        print(f"{change.tally.section}.{change.tally.name}: {change.before:g} → {change.after:g}")
    if not changes:
        print(_("答复还不够多，或者与现在的权重相符：没有建议。"))
        return 0
    weights.read(text)
    if options.out:
        write_file(options.out, text.encode())
    print(_("以上只是建议，没有采用。看过以后由人用 likeness put 换上。"))
    return 1


def run_put(options: argparse.Namespace) -> int:
    """Put a file of weights in place."""
    made = weights.put(read_file(options.file).decode("utf-8", "replace"), actor(options), options.purpose)
    print(_("已换上，权重版本 %s") % made.version)
    return 0
