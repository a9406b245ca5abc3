"""Where packets are kept: copied whole or not at all, thinned, and which of the places are off this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.storage.system_words import why

from .packets import sync_folder
from .sealing import SUFFIX, PacketHead, head_of

OWN: Final = "backups"
"""The folder of the home in which packets are kept where no place is named, and before data is replaced."""

FAR: Final = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "ceph",
        "glusterfs",
        "davfs",
        "fuse.sshfs",
        "fuse.davfs",
        "fuse.rclone",
    }
)
"""File systems whose files lie on another machine."""

LEFT: Final = 24 * 3600
"""Seconds after which nobody writes at a draft any more."""

_MOUNTS: Final = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder for packets. ``away``: off this machine. ``second``: on another disk of it."""

    folder: Path
    away: bool
    second: bool

    @property
    def ready(self) -> bool:
        """Whether it is there: a disk is in, a share is mounted."""
        return self.folder.is_dir() and os.access(self.folder, os.W_OK | os.X_OK)

    @property
    def kind(self) -> str:
        """In words, what it is good for."""
        if self.away:
            return _("不在本机")
        return _("本机的另一块盘") if self.second else _("与数据在同一块盘")


@dataclass(frozen=True, slots=True)
class KeptPacket:
    """A packet that lies in a place, with what it says of itself in clear."""

    path: Path
    head: PacketHead
    size: int

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return self.head.made_at


@dataclass(frozen=True, slots=True)
class Thinning:
    """How many packets stay: the last of each of so many days, weeks and months."""

    daily: int
    weekly: int
    monthly: int


def places() -> list[Place]:
    """The folders of ``QIAOJIE_BACKUP_TO``; where none is named, one in the home."""
    return [place(Path(one)) for one in settings.QIAOJIE_BACKUP_TO] or [place(own())]


def own() -> Path:
    """The folder in the home, made where it is not there."""
    folder = Path(settings.HOME) / OWN
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def place(folder: Path) -> Place:
    """What a folder is, seen from this machine."""
    declared = {os.path.realpath(one) for one in settings.QIAOJIE_BACKUP_AWAY}
    away = os.path.realpath(folder) in declared or _file_system(folder) in FAR
    second = False
    with suppress(OSError):
        second = folder.stat().st_dev != Path(settings.HOME).stat().st_dev
    return Place(folder, away, second)


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on; '' where the machine does not say."""
    real = Path(os.path.realpath(folder))
    best, kind = -1, ""
    try:
        lines = _MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        told, _dash, rest = line.partition(" - ")
        point = Path(told.split()[4].replace("\\040", " "))
        if (point == real or point in real.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), rest.split()[0]
    return kind


def held(folder: Path, key: str = "") -> list[KeptPacket]:
    """Packets in a folder, the newest first; with ``key`` those alone that a key of this fingerprint opens."""
    found = []
    with suppress(OSError):
        for path in folder.glob(f"*{SUFFIX}"):
            with suppress(Unusable, OSError):
                head = head_of(path)
                if key in ("", head.key):
                    found.append(KeptPacket(path, head, path.stat().st_size))
    return sorted(found, key=lambda one: (one.made_at, one.head.packet), reverse=True)


def copy(source: Path, folder: Path) -> Path:
    """Copy a packet into a folder: under its name when it is whole and on disk.

    Raises Unusable ``place_absent``, ``place_full``, ``place_unwritable``.
    """
    demand(folder, source.stat().st_size)
    target = folder / source.name
    draft = folder / f".{source.name}.{os.getpid()}.part"
    try:
        with source.open("rb") as read, draft.open("wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)
            written.flush()
            os.fsync(written.fileno())
        draft.chmod(0o600)
        draft.replace(target)
        sync_folder(folder)
    except OSError as fault:
        words = {"folder": folder, "reason": why(fault)}
        raise Unusable("place_unwritable", _("备份写不进“%(folder)s”：%(reason)s。") % words) from fault
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return target


def demand(folder: Path, size: int = 0) -> None:
    """Refuse a place that is not there or has no room. Raises Unusable ``place_absent``, ``place_full``."""
    if not place(folder).ready:
        text = _("备份文件夹“%s”不在，或者写不进去。请插好硬盘、挂好共享，或改 QIAOJIE_BACKUP_TO。")
        raise Unusable("place_absent", text % folder)
    if shutil.disk_usage(folder).free < size:
        text = _("备份文件夹“%(folder)s”满了，还要 %(size).0f MB。请清理，或换一块盘。")
        raise Unusable("place_full", text % {"folder": folder, "size": size / (1 << 20)})


def thinning() -> Thinning:
    """How many stay, by ``QIAOJIE_BACKUP_KEPT``. Raises Unusable ``kept_unreadable``."""
    try:
        daily, weekly, monthly = (int(part) for part in settings.QIAOJIE_BACKUP_KEPT.split(","))
        if min(daily, weekly, monthly) < 0 or not daily:
            raise ValueError
    except ValueError as fault:
        text = _("QIAOJIE_BACKUP_KEPT 要写三个数，如 7,5,12：每天、每周、每月各留几份。")
        raise Unusable("kept_unreadable", text) from fault
    return Thinning(daily, weekly, monthly)


def too_many(kept: Iterable[KeptPacket], rule: Thinning, good: str = "") -> list[KeptPacket]:
    """Of these packets those that may go: not the last of a day, week or month that counts, not the newest, and never the last
    one that was restored in a trial (``good``, its name)."""
    known = sorted(kept, key=lambda one: one.made_at, reverse=True)
    stay = {one.head.packet for one in known[:1]} | {good}
    for number, form in ((rule.daily, "%Y-%m-%d"), (rule.weekly, "%G-%V"), (rule.monthly, "%Y-%m")):
        last: dict[str, str] = {}
        for one in known:
            last.setdefault(f"{timezone.localtime(one.made_at):{form}}", one.head.packet)
        stay |= {last[span] for span in list(last)[:number]}
    return [one for one in known if one.head.packet not in stay]


def thin(folder: Path, key: str, good: str = "") -> Iterator[KeptPacket]:
    """Remove what is too many of our own packets in a folder, and drafts that were left a day ago; what was removed."""
    for one in too_many(held(folder, key), thinning(), good):
        with suppress(OSError):
            one.path.unlink()
            yield one
    with suppress(OSError):
        for draft in folder.glob(f".*{SUFFIX}.*.part"):
            if draft.stat().st_mtime < timezone.now().timestamp() - LEFT:
                draft.unlink(missing_ok=True)
