"""How backups stand, in words for whoever administers: what is in order, what is not, and how it is mended. Home page and doctor
say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import places
from .models import Act, PacketEvent
from .queries import BackupStatus


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One thing about backups: whether it is in order, what it is about, how it stands, and (where not) how to mend it. ``code``
    names it for programs."""

    sound: bool
    title: str
    said: str
    mend: str = ""
    code: str = ""


def lines(status: BackupStatus) -> list[BackupLine]:
    """The copy off this machine, the trial, the sealed keys; what failed, where something did."""
    return [*_failed(status), _away(status), _tried(status), _keys(status)]


def made(status: BackupStatus) -> BackupLine:
    """Where backups are put, and when the last one was."""
    title, code = _("每日备份"), "backup_made"
    where = "、".join(str(one.folder) for one in places.places())
    absent = [str(one.folder) for one in places.places() if not one.ready]
    if status.made is None:
        said = _("要存到 %s，还没有做过。") % where
        return BackupLine(
            False, title, said, _("请运行 qiaojie backup make，并确认后台处理进程在运行。"), code
        )
    words = {"at": _moment(status.made.packet_at or status.made.at), "where": where}
    said = _("存到 %(where)s，最近一份是 %(at)s 做的。") % words
    if absent:
        said += _("现在不在或写不进去：%s。") % "、".join(absent)
    late = status.made_late
    mend = (
        _("每天夜里应当做一份。请确认后台处理进程在运行，备份的地方连着、有空间。") if late or absent else ""
    )
    return BackupLine(not (late or absent), title, said, mend, code)


def _failed(status: BackupStatus) -> Iterator[BackupLine]:
    if status.failed is not None:
        words = {"at": _moment(status.failed.at), "why": status.failed.message}
        said = _("%(at)s 没有做成：%(why)s") % words
        mend = _("改好后点“现在做一份备份”；不点的话，系统每小时再试一次。")
        yield BackupLine(False, _("出了问题"), said, mend, "backup_failed")


def _away(status: BackupStatus) -> BackupLine:
    title, code = _("本机以外的备份"), "backup_away"
    mend = _(
        "在“备份”里取走一份，存到别的电脑或移动硬盘；或在 QIAOJIE_BACKUP_TO 里写上网络共享，由系统每天自动存。"
    )
    if status.away is None or status.away.packet_at is None:
        return BackupLine(False, title, _("从来没有。这台电脑坏了或丢了，数据就没有了。"), mend, code)
    words = {"at": _moment(status.away.packet_at), "where": _where(status.away)}
    said = _("最近一份是 %(at)s 做的，%(where)s。") % words
    if not status.away_late:
        return BackupLine(True, title, said, code=code)
    days = status.away_days or 0
    late = ngettext("已经 %d 天了，最多 7 天。", "已经 %d 天了，最多 7 天。", days) % days
    return BackupLine(False, title, said + late, mend, code)


def _tried(status: BackupStatus) -> BackupLine:
    title, code = _("试恢复"), "backup_trial"
    mend = _(
        "系统每天夜里试一次。请确认后台处理进程在运行；要马上试，在服务器上运行 qiaojie backup verify --trial。"
    )
    if status.tried is None:
        return BackupLine(False, title, _("还没有成功过。没有试过的备份，不知道能不能用。"), mend, code)
    said = _("最近一次成功在 %s，恢复到临时的地方，逐行比对一致。") % _moment(status.tried.at)
    return BackupLine(not status.tried_late, title, said, mend if status.tried_late else "", code)


def _keys(status: BackupStatus) -> BackupLine:
    title, code = _("密钥副本"), "backup_keys"
    if status.proved is not None:
        said = _("两个人的口令于 %s 打开过备份。") % _moment(status.proved.at)
        return BackupLine(True, title, said, code=code)
    said = _("还没有用现在的密钥副本打开过备份。密钥丢了，备份谁也打不开。")
    mend = _(
        "请两个人一起在服务器上运行 qiaojie backup keys 副本.txt，再运行 qiaojie backup verify --keys 副本.txt。"
    )
    return BackupLine(False, title, said, mend, code)


def _where(event: PacketEvent) -> str:
    if event.act == Act.FETCHED:
        return _("由 %(who)s 取走（%(where)s）") % {"who": event.actor, "where": event.message or event.place}
    return _("存在 %s") % event.place


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
