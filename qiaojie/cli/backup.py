"""``qiaojie backup``: make, prove, list and restore packets; a copy of the keys for two people."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import sealing
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.backups import key_copies, packet_keys, packets, places, restoring, schema, services
from qiaojie.backups.models import Act
from qiaojie.backups.packets import Manifest, Progress
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable

from . import serving
from .actors import actor
from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    backup = commands.add_parser("backup", help=_("备份：做、核对、恢复、列出；密钥副本"))
    acts = backup.add_subparsers(dest="act", required=True, metavar="ACT")
    make = acts.add_parser("make", parents=[who], help=_("做一份备份（不停服务）"))
    make.add_argument(
        "--to", metavar="FOLDER", help=_("只存到这个文件夹；不写则存到 QIAOJIE_BACKUP_TO 的每一处")
    )
    make.set_defaults(run=run_make)
    verify = acts.add_parser("verify", parents=[who], help=_("从头到尾核对一份备份"))
    _packet(verify)
    verify.add_argument("--keys", metavar="COPY", help=_("用密钥副本打开（要两个人的口令），并记下已经验证"))
    verify.add_argument("--trial", action="store_true", help=_("再恢复到临时的地方，逐行比对"))
    verify.set_defaults(run=run_verify, bare=True)
    restore = acts.add_parser("restore", help=_("用一份备份恢复；换电脑、换数据库也用它"))
    restore.add_argument("packet", metavar="PACKET")
    restore.add_argument("--keys", metavar="COPY", help=_("新电脑：用密钥副本（要两个人的口令）"))
    restore.add_argument("--replace", action="store_true", help=_("换掉现有的数据；先把现有的做一份备份"))
    restore.add_argument(
        "--without-backup", action="store_true", help=_("现有的数据库已经坏了，不备份就换掉")
    )
    restore.set_defaults(run=run_restore, bare=True)
    listed = acts.add_parser("list", help=_("列出备份"))
    listed.add_argument("folder", nargs="*", metavar="FOLDER")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=run_list, bare=True)
    keys = acts.add_parser("keys", parents=[who], help=_("做一份密钥副本，由两个人的口令共同封存"))
    keys.add_argument("copy", metavar="COPY", help=_("存成这个文件，可以打印"))
    keys.set_defaults(run=run_keys)
    fetched = acts.add_parser("fetched", parents=[who], help=_("登记：这份备份已经带到本机以外"))
    fetched.add_argument("packet", metavar="PACKET")
    fetched.add_argument("where", metavar="WHERE", help=_("放在哪里，如：县档案馆保险柜"))
    fetched.set_defaults(run=run_fetched)
    unpack = acts.add_parser("unpack")
    unpack.add_argument("packet")
    unpack.set_defaults(run=run_unpack, bare=True)


def _packet(command: argparse.ArgumentParser) -> None:
    command.add_argument("packet", nargs="?", metavar="PACKET", help=_("备份文件；不写则是最新的一份"))


def run_make(options: argparse.Namespace) -> int:
    """Make a packet; 1 where a place could not have its copy."""
    viewer = actor(options)
    began = timezone.now()
    made = services.make(viewer, Path(options.to).absolute() if options.to else None, _shown())
    print(_("已备份 %(rows)s 行，编号 %(packet)s。") % {"rows": f"{made.rows:,}", "packet": made.packet[:8]})
    failed = 0
    for one in services.since(began):
        print(f"  {one.get_act_display()} {one.place} {one.message}".rstrip())
        failed += one.act == Act.FAILED
    return int(failed > 0)


def run_verify(options: argparse.Namespace) -> int:
    """Hold a packet against its manifest; with the sealed keys if told so, and in a trial."""
    path = _path(options.packet)
    if options.keys:
        # It is to be noted, so the installation must be there.
        serving.ensure_prepared()
        manifest = services.prove_keys(path, _unsealed(options.keys), actor(options))
        print(_("密钥副本打得开这份备份，已经记下。"))
    else:
        manifest = packets.verify(path, progress=_shown())
    if options.trial:
        serving.ensure_prepared()
        services.try_packet(path, actor(options), _shown())
        print(_("恢复到临时的地方，逐行比对，全部一致。"))
    _tell(path, manifest)
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Put a packet in the place of the installation."""
    path = Path(options.packet)
    keys = _unsealed(options.keys) if options.keys else None
    if options.replace and restoring.holds_data() and not options.without_backup:
        try:
            kept = services.make(SystemViewer(), places.own())
        except Unusable as fault:
            text = _("现有的数据备份不了（%s），没有恢复。确实要换掉的，加 --without-backup。")
            raise Unusable("not_kept", text % fault.message) from fault
        print(_("现有的数据已先备份到 %s。") % (places.own() / packets.name_of(kept.made_at, kept.packet)))
    manifest = restoring.restore(path, keys, replace=options.replace or options.without_backup)
    _tell(path, manifest)
    print(_("已恢复，逐行比对一致。所有人要重新登录。"))
    if manifest.settings:
        print(_("做备份的系统有这些设置，请在这里照样设好："))
        for name, value in manifest.settings.items():
            print(f"  {name}={value}")
    print(_("接着请运行 qiaojie doctor。"))
    return 0


def run_unpack(options: argparse.Namespace) -> int:
    """What ``restore`` has a process of its own do, in a home of its own."""
    path = Path(options.packet)
    restoring.unpack(path, _shown())
    if schema.waiting(_databases()):
        # A packet of an earlier version is brought to this one's shape.
        serving.prepare()
    SystemViewer().note(Action.ADMINISTER, f"backup/{packets.manifest(path).packet}/restore")
    sealing.seal()
    restoring.close_files()
    return 0


def run_list(options: argparse.Namespace) -> int:
    """The packets in folders, or in the places of the installation."""
    folders = [Path(one) for one in options.folder] or [one.folder for one in places.places()]
    found = [(folder, one) for folder in folders for one in places.held(folder)]
    own = packet_keys.packet_key().fingerprint
    if options.json:
        print(as_json([
            {"file": str(one.path), "packet": one.head.packet, "made": one.made_at, "size": one.size, "ours": one.head.key == own}
            for _folder, one in found
        ]))  # fmt: skip
        return 0
    for folder in folders:
        here = places.place(folder)
        print(f"{folder}（{here.kind}）" + ("" if here.ready else _("：不在，或写不进去")))
        for kept in (one for its, one in found if its == folder):
            at = f"{timezone.localtime(kept.made_at):%Y-%m-%d %H:%M}"
            foreign = "" if kept.head.key == own else _("（别的密钥）")
            print(f"  {at}  {kept.size / (1 << 20):8.1f} MB  {kept.path.name}{foreign}")
    return 0


def run_keys(options: argparse.Namespace) -> int:
    """Make a sealed copy of the keys; each code is shown to its person alone."""
    viewer = actor(options)
    path = Path(options.copy)
    if path.exists():
        raise Unusable("file_there", _("“%s”已经有了，请换一个文件名。") % path)
    codes = [key_copies.new_code(), key_copies.new_code()]
    held = packet_keys.entries()
    made = key_copies.seal(held, codes, timezone.localtime())
    for number, code in enumerate(codes, 1):
        if not _ask(_("请第 %d 个人到屏幕前，别人回避，按回车显示口令。") % number):
            raise Unusable(
                "nobody_there", _("屏幕前没有人按回车，口令没有显示，副本也没有做。请在终端里运行。")
            )
        print(_("口令（抄在纸上，不要拍照）：%s") % code)
        _ask(_("抄好并核对后按回车，屏幕会清掉。"))
        print("\033[2J\033[3J\033[H" if sys.stdout.isatty() else "", end="")
    path.write_text(made.text, encoding="utf-8")
    path.chmod(0o600)
    viewer.note(Action.ADMINISTER, f"backup/keys/{made.fingerprint}")
    print(_("密钥副本存在 %s，可以打印。副本、两个口令，分三处放。") % path)
    print(_("现在请两个人一起验证：qiaojie backup verify --keys %s") % path)
    return 0


def run_fetched(options: argparse.Namespace) -> int:
    """Note that a packet was carried away."""
    found = services.note_fetched(Path(options.packet), options.where, actor(options))
    print(_("已登记：%(name)s 放在 %(where)s。") % {"name": found.path.name, "where": options.where})
    return 0


def _path(given: str | None) -> Path:
    if given:
        return Path(given)
    found = services.newest()
    if found is None:
        raise Unusable("packet_absent", _("还没有备份。请先运行 qiaojie backup make。"))
    return found.path


def _unsealed(copy: str) -> dict[str, object]:
    try:
        text = Path(copy).read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise Unusable("file_unreadable", _("打不开密钥副本“%s”。") % copy) from fault
    codes = [_secret(_("第 %d 个人的口令：") % number) for number in (1, 2)]
    return key_copies.unseal(text, codes)


def _secret(prompt: str) -> str:
    """What somebody types without its being seen; of a pipe the next line."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    print(prompt, file=sys.stderr)
    return sys.stdin.readline().strip()


def _ask(prompt: str) -> bool:
    """Wait for somebody to press Enter; whether somebody did."""
    print(prompt)
    return bool(sys.stdin.readline())


def _tell(path: Path, manifest: Manifest) -> None:
    words = {
        "name": path.name,
        "at": f"{timezone.localtime(manifest.made_at):%Y-%m-%d %H:%M}",
        "rows": f"{manifest.rows:,}",
        "tables": len(manifest.tables),
        "version": manifest.version,
    }
    text = _("%(name)s：%(at)s 做的，%(tables)d 张表 %(rows)s 行，每行都与清单相符（程序 %(version)s）。")
    print(text % words)


def _shown() -> Progress:
    """Progress on a terminal, in one line."""
    told = [""]

    def show(step: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            line = f"{step} {done * 100 // max(total, 1)} %"
            if line != told[0]:
                told[0] = line
                print(f"\r{line}  ", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return show


def _databases() -> Any:
    from django.db import connections

    return {alias: connections[alias] for alias in settings.DATABASES}
