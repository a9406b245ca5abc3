"""How backups stand, in words for whoever administers: what is in order, what is not, and how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.backups.models import Act, PacketEvent
from qiaojie.backups.queries import BackupStatus


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One thing about backups: whether it is in order, what it is about, how it stands, and (where not) how to mend it."""

    sound: bool
    title: str
    said: str
    mend: str = ""


def lines(status: BackupStatus) -> list[BackupLine]:
    """The copy off this machine, the trial, the sealed keys; what failed, where something did."""
    return [*_failed(status), _away(status), _tried(status), _keys(status)]


def _failed(status: BackupStatus) -> Iterator[BackupLine]:
    if status.failed is not None:
        words = {"at": _moment(status.failed.at), "why": status.failed.message}
        said = _("%(at)s 没有做成：%(why)s") % words
        yield BackupLine(
            False, _("出了问题"), said, _("改好后点“现在做一份备份”；不点的话，系统每小时再试一次。")
        )


def _away(status: BackupStatus) -> BackupLine:
    title = _("本机以外的备份")
    mend = _(
        "在“备份”里取走一份，存到别的电脑或移动硬盘；或在 QIAOJIE_BACKUP_TO 里写上网络共享，由系统每天自动存。"
    )
    if status.away is None or status.away.packet_at is None:
        return BackupLine(False, title, _("从来没有。这台电脑坏了或丢了，数据就没有了。"), mend)
    words = {"at": _moment(status.away.packet_at), "where": _where(status.away)}
    said = _("最近一份是 %(at)s 做的，%(where)s。") % words
    if not status.away_late:
        return BackupLine(True, title, said)
    days = status.away_days or 0
    late = ngettext("已经 %d 天了，最多 7 天。", "已经 %d 天了，最多 7 天。", days) % days
    return BackupLine(False, title, said + late, mend)


def _tried(status: BackupStatus) -> BackupLine:
    title = _("试恢复")
    mend = _(
        "系统每天夜里试一次。请确认后台处理进程在运行；要马上试，在服务器上运行 qiaojie backup verify --trial。"
    )
    if status.tried is None:
        return BackupLine(False, title, _("还没有成功过。没有试过的备份，不知道能不能用。"), mend)
    said = _("最近一次成功在 %s，恢复到临时的地方，逐行比对一致。") % _moment(status.tried.at)
    return BackupLine(not status.tried_late, title, said, mend if status.tried_late else "")


def _keys(status: BackupStatus) -> BackupLine:
    title = _("密钥副本")
    if status.proved is not None:
        return BackupLine(True, title, _("两个人的口令于 %s 打开过备份。") % _moment(status.proved.at))
    said = _("还没有用现在的密钥副本打开过备份。密钥丢了，备份谁也打不开。")
    mend = _(
        "请两个人一起在服务器上运行 qiaojie backup keys 副本.txt，再运行 qiaojie backup verify --keys 副本.txt。"
    )
    return BackupLine(False, title, said, mend)


def _where(event: PacketEvent) -> str:
    if event.act == Act.FETCHED:
        return _("由 %(who)s 取走（%(where)s）") % {"who": event.actor, "where": event.message or event.place}
    return _("存在 %s") % event.place


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
