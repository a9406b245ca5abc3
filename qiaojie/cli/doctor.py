"""``qiaojie doctor``: whether an installation is as it should be, in production above all."""

from __future__ import annotations

import argparse
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, router
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from qiaojie import demo
from qiaojie.accounts import factors, rights, sealing, triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.backups import places as backup_places
from qiaojie.backups import queries as backup_queries
from qiaojie.backups import telling
from qiaojie.declared import queries as declared
from qiaojie.digests import checks as digests
from qiaojie.digests import services as digest_services
from qiaojie.keys import renewal
from qiaojie.keys import standing as key_marks
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, Change
from qiaojie.lib.crypto import Tampered
from qiaojie.lib.dialects import is_server
from qiaojie.lib.discreet_errors import kind_of
from qiaojie.lib.findings import Checked, CheckResult, Level, Unusable
from qiaojie.measures import queries as measures
from qiaojie.measures import services as counting
from qiaojie.notices import queries as notices
from qiaojie.queue import nightly
from qiaojie.queue.services import Progress
from qiaojie.storage import checks, faults, shape
from qiaojie.storage.system_words import why

from .actors import actor
from .output import as_json

Commands = Any
"""argparse has no public name for the object that sub-commands are added to."""

SAMPLE: Final = 500
"""Journal lines, and encrypted values, that are looked at unless all are asked for."""

NAMED: Final = 20
"""Rows that are named one by one."""

ROOM: Final = (1 << 30, 5 << 30)
"""Free bytes below which the disk is too full, and nearly."""


def add(commands: Commands, who: argparse.ArgumentParser) -> None:
    """Declare the command."""
    doctor = commands.add_parser(
        "doctor", parents=[who], help=_("检查系统：设置、数据库、密钥、日志、计数、变更记录、磁盘")
    )
    doctor.add_argument("--deep", action="store_true", help=_("全部重新核对，不抽查"))
    doctor.add_argument("--recount", action="store_true", help=_("先按记录把累计数重新算一遍"))
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument(
        "--accept",
        metavar="REASON",
        help=_("核实以后，或恢复备份以后：以现在的数据为准，从头记起（写明理由，记入日志）"),
    )
    doctor.set_defaults(run=run_doctor)


def run_doctor(options: argparse.Namespace) -> int:
    """All checks; 0 all good, 1 something doubtful, 2 something broken."""
    if options.accept is not None:
        digest_services.accept(actor(options), options.accept)
    if options.recount:
        counting.recount_every(force=True)
    progress = _shown if sys.stderr.isatty() and not options.json else _unseen
    found = list(examine(progress, deep=options.deep))
    if options.json:
        print(as_json([asdict(one) for one in found]))
    else:
        marks = {CheckResult.GOOD: _("正常"), CheckResult.DOUBTFUL: _("注意"), CheckResult.BROKEN: _("有误")}
        for one in found:
            print(f"[{marks[one.standing]}] {one.message}")
            for place in one.places:
                print(f"       {place}")
    standings = {one.standing for one in found}
    return 2 if CheckResult.BROKEN in standings else 1 if CheckResult.DOUBTFUL in standings else 0


def _shown(step: str, done: int, total: int) -> None:
    """Say on one line of the screen how far a long check is."""
    sys.stderr.write(f"\r\033[K{step} {done:,}/{total:,}" if step else "\r\033[K")
    sys.stderr.flush()


def _unseen(_step: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def examine(progress: Progress = _unseen, *, deep: bool = False) -> Iterator[Checked]:
    """Every check in turn. Where the database cannot be used, what needs it is left out."""
    yield from _settings()
    yield from _keys()
    yield from _disk()
    for one in checks.examine():
        yield Checked(CheckResult(one.standing), one.code, one.message)
    usable = True
    for checked in _databases():
        usable = usable and checked.standing is not CheckResult.BROKEN
        yield checked
    if usable:
        yield from _shape()
        yield from _rights()
        yield from _marks()
        yield from _nights()
        yield from _backups()
        yield from _ledgers()
        yield from _sealed(deep)
        yield from _log()
        yield from _totals(deep)
        yield from _journal(deep)
        yield from digests.check(progress, deep=deep)


def _ledgers() -> Iterator[Checked]:
    """Ledgers that are declared as data: whether the folders say something else than what is in force."""
    waiting = declared.waiting()
    wrong = [one.line for one in declared.faults() if one.level is Level.ERROR]
    if wrong:
        text = _("自建台账的文件夹有 %d 个错误，有错误的照上次启用的样子用。") % len(wrong)
        yield Checked(CheckResult.DOUBTFUL, "ledgers_faulty", text, tuple(wrong[:NAMED]))
    if waiting:
        text = _("%d 个台账等着启用，请系统管理员在“自建台账”启用，或运行 qiaojie prepare。") % len(waiting)
        named = tuple(f"{one.code} {one.label}" for one in waiting[:NAMED])
        yield Checked(CheckResult.DOUBTFUL, "ledgers_waiting", text, named)
    if not wrong and not waiting:
        yield Checked(CheckResult.GOOD, "ledgers", _("自建台账都已启用，和文件夹一致。"))


def _settings() -> Iterator[Checked]:
    wrong = []
    local = set(settings.ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]"}
    if settings.DEBUG:
        wrong.append(
            (CheckResult.BROKEN, "debug", _("QIAOJIE_DEBUG 开着：出错页面会泄露源码和设置，请关掉。"))
        )
    if "*" in settings.ALLOWED_HOSTS:
        wrong.append(
            (CheckResult.BROKEN, "hosts", _("QIAOJIE_HOSTS 是 *：任何域名都能冒用本站，请写明域名。"))
        )
    if len(settings.SECRET_KEY) < 50:
        wrong.append((CheckResult.BROKEN, "secret", _("QIAOJIE_SECRET_KEY 太短，至少 50 个字符。")))
    if not local and not settings.SESSION_COOKIE_SECURE:
        text = _("站点对外开放，却没有设 QIAOJIE_TLS=1：登录状态会明文传送。")
        wrong.append((CheckResult.BROKEN, "tls", text))
    if not local and settings.QIAOJIE_SECOND_FACTOR == "none":
        wrong.append(
            (CheckResult.DOUBTFUL, "second_factor", _("没有人需要第二重验证（QIAOJIE_SECOND_FACTOR）。"))
        )
    if not local and demo.accounts():
        wrong.append((CheckResult.DOUBTFUL, "demo", _("站点对外开放，却载入了密码公开的演示账号。")))
    wrong.extend((CheckResult.DOUBTFUL, "setting_unknown", message) for message in _unknown())
    for standing, code, message in wrong:
        yield Checked(standing, code, message)
    if not wrong:
        yield Checked(CheckResult.GOOD, "settings", _("设置合适。"))


def _unknown() -> Iterator[str]:
    """Settings with a value that is none of theirs: each with what was given and what may be."""
    for name, given, allowed in settings.QIAOJIE_WRONG:
        text = _("%(name)s 写的是“%(given)s”，没有起作用：只能写 %(allowed)s。")
        yield text % {"name": name, "given": given, "allowed": allowed}
    factor = settings.QIAOJIE_SECOND_FACTOR
    if factor not in factors.LEVELS and factor not in factors.BEFORE:
        text = _("QIAOJIE_SECOND_FACTOR 写的是“%(given)s”，不认识，现在要求所有人：只能写 %(allowed)s。")
        yield text % {"given": factor, "allowed": "、".join(factors.LEVELS)}
    try:
        backup_places.thinning()
    except Unusable as problem:
        yield problem.message


def _backups() -> Iterator[Checked]:
    """Whether backups are made, tried, copied off this machine, and opened with the sealed keys: as the home page says it.
    What is made up to practise on needs none."""
    if settings.QIAOJIE_PRACTICE:
        return
    status = backup_queries.status()
    try:
        made = telling.made(status)
    except OSError as fault:
        text = _("放备份的文件夹用不了：%s。")
        yield Checked(CheckResult.BROKEN, "backup_made", text % (why(fault)))
        return
    for one in (made, *telling.lines(status)):
        standing = CheckResult.GOOD if one.sound else CheckResult.DOUBTFUL
        yield Checked(
            standing, one.code, _("%(title)s：%(said)s") % {"title": one.title, "said": one.said + one.mend}
        )


def _keys() -> Iterator[Checked]:
    path = Path(settings.HOME) / "keys.json"
    if not path.exists():
        yield Checked(CheckResult.BROKEN, "keys_missing", _("找不到密钥文件 %s，请从备份恢复。") % path)
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Checked(
            CheckResult.DOUBTFUL, "keys_open", _("密钥文件 %s 别的用户也读得到，请执行 chmod 600。") % path
        )
    else:
        yield Checked(CheckResult.GOOD, "keys", _("密钥文件只有本服务能读。"))


def _marks() -> Iterator[Checked]:
    """Whether the database knows every key of the file."""
    if unmarked := key_marks.unmarked():
        text = _(
            "数据库里没有 %s 号密钥的印记：被人删掉了，或上一次换密钥没有做完，认不出密钥文件拿错了没有。"
            "查明原因后执行 qiaojie prepare 补上。"
        )
        yield Checked(CheckResult.BROKEN, "keymark_missing", text % "、".join(map(str, unmarked)))


def _nights() -> Iterator[Checked]:
    """Whether times of the work of the night have come."""
    if ahead := nightly.ahead():
        text = _(
            "夜间任务记着将来的时间：%s。被人改过，或服务器的时钟拨回过；到那时以前不会再做，请现在执行 qiaojie nightly。"
        )
        yield Checked(CheckResult.BROKEN, "nightly_ahead", text % "、".join(ahead))


def _disk() -> Iterator[Checked]:
    free = shutil.disk_usage(settings.HOME).free
    standing = (
        CheckResult.BROKEN if free < ROOM[0] else CheckResult.DOUBTFUL if free < ROOM[1] else CheckResult.GOOD
    )
    yield Checked(standing, "disk", _("数据文件夹所在的磁盘还剩 %.1f GB。") % (free / (1 << 30)))


def _databases() -> Iterator[Checked]:
    for alias in settings.DATABASES:
        try:
            executor = MigrationExecutor(connections[alias])
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as fault:
            known = faults.of(fault)
            words = {"alias": alias, "reason": known.message if known else kind_of(fault)}
            yield Checked(CheckResult.BROKEN, "database", _("数据库 %(alias)s 用不了：%(reason)s") % words)
            continue
        if waiting:
            text = _("数据库 %(alias)s 还有 %(number)d 步升级没有做，请执行 qiaojie prepare。")
            steps = {"alias": alias, "number": len(waiting)}
            yield Checked(CheckResult.BROKEN, "migrations", text % steps)
        else:
            yield Checked(CheckResult.GOOD, "database", _("数据库 %s 可用，结构是最新的。") % alias)


def _shape() -> Iterator[Checked]:
    """Whether the databases have what the models describe, and nothing beside it that acts by itself."""
    found: list[shape.Deviation] = []
    own = router.db_for_write(AccessEntry)
    for alias in settings.DATABASES:
        held = connections[alias]
        found += shape.deviations(held, triggers.every(held) if alias == own else {})
    if not found:
        yield Checked(CheckResult.GOOD, "schema", _("数据库的结构与程序相符，没有别的触发器、函数和视图。"))
        return
    text = _(
        "数据库的结构与程序不符，共 %d 处：可能是有人绕过系统改过数据库，数据会因此错、重、漏。"
        "请找数据库管理员查明是谁、为什么改的；多出来的由他删掉，缺少的照下面补上，或从备份恢复，"
        "再运行 qiaojie doctor --deep。"
    )
    standing = CheckResult.BROKEN if any(one.grave for one in found) else CheckResult.DOUBTFUL
    places = [one.message for one in found[:NAMED]]
    more = len(found) - len(places)
    yield Checked(
        standing, "schema", text % len(found), (*places, *([_("另有 %d 处") % more] if more else []))
    )


def _rights() -> Iterator[Checked]:
    """Whether the database account that serves could cover its traces (PostgreSQL)."""
    if not is_server(connections["default"]):
        return
    found = rights.excess(connections["default"])
    if found:
        text = _(
            "数据库账号权限过大（%s）：能改表结构，或能改动访问日志和变更记录。请另建普通账号运行服务，"
            "用 qiaojie prepare --serve-as 授权。"
        )
        yield Checked(CheckResult.DOUBTFUL, "database_rights", text % "、".join(found))
    else:
        text = _("数据库账号只能读写数据，改不了表结构、访问日志和变更记录。")
        yield Checked(CheckResult.GOOD, "database_rights", text)


def _sealed(deep: bool) -> Iterator[Checked]:
    """Whether what is encrypted opens in its row with the keys at hand, and which rows have something that does not."""
    found = list(islice(renewal.unopened(None if deep else SAMPLE), NAMED + 1))
    if not found:
        yield Checked(CheckResult.GOOD, "encrypted", _("看过的加密内容都能打开，也都在自己的行里。"))
        return
    named = "；".join(
        _("%(model)s 第 %(row)d 行的%(column)s") % {"model": one.model, "row": one.row, "column": one.column}
        for one in found[:NAMED]
    )
    more = _("等") * (len(found) > NAMED)
    text = _("有加密的值打不开：%(named)s%(more)s。%(why)s有原件的，重新录入就好；否则请从备份恢复。")
    words = {"named": named, "more": more, "why": found[0].why}
    yield Checked(CheckResult.BROKEN, "keys_differ", text % words)


def _log() -> Iterator[Checked]:
    sealing.seal()
    broken = sealing.check()
    if broken is not None:
        yield Checked(CheckResult.BROKEN, broken.code, broken.message)
    else:
        yield Checked(CheckResult.GOOD, "log", _("访问日志从头到尾没有被删改。"))


def _totals(deep: bool) -> Iterator[Checked]:
    """Kept totals against a count of the facts: of the latest notice, or of all."""
    known = sorted(notices.every(), key=lambda one: one.span.ends, reverse=True)
    counted = [one for one in known if any(each.count is not None for each in one.indicators)]
    wrong = []
    for held in counted if deep else counted[:1]:
        on = min(date.today(), held.span.ends)
        for indicator in held.indicators:
            if indicator.count is None:
                continue
            kept = {key: n for key, n in measures.sums(held, indicator, on).items() if n}
            if kept != {key: n for key, n in measures.live(held, indicator, on).items() if n}:
                wrong.append(f"{held.code}/{indicator.code}")
    if wrong:
        text = _("这些指标的累计与重新计数不一致：%s。请执行 qiaojie doctor --recount 重新计数，并查明原因。")
        yield Checked(CheckResult.BROKEN, "totals", text % "、".join(wrong))
    else:
        yield Checked(CheckResult.GOOD, "totals", _("累计数与重新计数一致。"))


def _journal(deep: bool) -> Iterator[Checked]:
    """Rows that a standing batch made are there, and what the journal kept can be read."""
    lines = Change.objects.select_related("batch").order_by("-pk")
    looked, wrong = 0, 0
    for line in lines.iterator() if deep else lines[:SAMPLE]:
        looked += 1
        try:
            for kept in (line.before, line.after):
                if kept is not None:
                    journal.unseal(apps.get_model(line.model), kept)
        except (Tampered, LookupError, ValueError):
            wrong += 1
            continue
        made = line.act == Change.Act.CREATE and line.batch is not None
        if made and line.batch is not None and line.batch.stage == Batch.Stage.COMMITTED:
            wrong += not _is_there(line)
    if wrong:
        text = _("变更记录有 %d 处与数据对不上，数据可能被人绕过系统改过。")
        yield Checked(CheckResult.BROKEN, "journal", text % wrong)
    else:
        yield Checked(CheckResult.GOOD, "journal", _("抽看的 %d 条变更记录与数据相符。") % looked)


def _is_there(line: Change) -> bool:
    """Whether all rows of a line are there, but for those that the journal itself says were deleted."""
    model = apps.get_model(line.model)
    rows = model._default_manager.filter(pk__gte=line.object_id, pk__lte=line.last_id).count()
    gone = Change.objects.filter(
        model=line.model, act=Change.Act.DELETE, object_id__gte=line.object_id, object_id__lte=line.last_id
    )
    return bool(rows + gone.values("object_id").distinct().count() >= line.last_id - line.object_id + 1)
