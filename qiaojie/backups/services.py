"""Packets are made, copied, tried, fetched, and their keys proved. What stands in a row nobody sees through them.

Events lie in the side database, and nothing registered rests on them; so they are written as they come, not ``permitted``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import contact
from qiaojie.accounts.job_viewers import actor, whence
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.queue import services as queue
from qiaojie.queue.services import Outcome, Task

from . import packet_keys, packets, places, trials
from .models import Act, PacketEvent
from .packet_keys import Entries
from .packets import Manifest, Progress
from .places import KeptPacket, Place
from .sealing import SUFFIX, head_of

MAKE: Final = "backups.make"
SUBJECT: Final = "backup"
"""Kind and subject of the job that the button queues: one at a time."""

FRESH: Final = timedelta(hours=24)
"""A place whose newest packet is so much older than that of another lacks one."""

LATE: Final = timedelta(hours=26)
"""A day, and the time that the work itself may take: an older packet says that the night's was not made."""


def quiet(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def demand_whole(viewer: Viewer, subject: str) -> None:
    """Raise Refused, and log it, unless the viewer administers all agencies: a packet holds those of everybody."""
    if not contact.may_settle(viewer):
        refuse(viewer, Action.ADMINISTER, subject)


# --- making ----------------------------------------------------------------------------------------------------------


def queue_make(viewer: Viewer) -> None:
    """Have a backup made by a worker. Raises Unusable ``job_open``; Refused unless the viewer administers all of it."""
    demand_whole(viewer, "backup/make")
    queue.enqueue(MAKE, SUBJECT, actor=viewer.name, arguments=whence(viewer))
    viewer.note(Action.ADMINISTER, "backup/queue")


@queue.handles(MAKE)
def _make(task: Task) -> Outcome:
    viewer = actor(task)
    made = make(viewer, progress=task.progress)
    return {"packet": made.packet, "rows": made.rows}


def make(viewer: Viewer, folder: Path | None = None, progress: Progress = quiet) -> Manifest:
    """Make a packet and copy it to every place (or into one ``folder`` alone), thin the places, note it all.

    A place that is absent or full is told and does not keep the others from having theirs. Raises Unusable with the first
    reason where no place could take it; Refused unless the viewer administers.
    """
    demand(viewer, Action.ADMINISTER, "backup/make")
    wanted = places.places() if folder is None else [places.place(folder)]
    made: tuple[Path, Manifest] | None = None
    faults: list[Unusable] = []
    for one in wanted:
        try:
            made = _into(one, made, viewer, progress)
        except Unusable as fault:
            faults.append(fault)
            _note(Act.FAILED, viewer, place=one, message=fault.message)
    if made is None:
        raise faults[0]
    viewer.note(Action.ADMINISTER, f"backup/{made[1].packet}", rows=made[1].rows)
    if folder is None:
        thin(viewer)
    return made[1]


def _into(
    one: Place, made: tuple[Path, Manifest] | None, viewer: Viewer, progress: Progress
) -> tuple[Path, Manifest]:
    """The packet in a place: made there, or copied from where it was made."""
    if made is None:
        places.demand(one.folder)
        began = timezone.now()
        path = one.folder / f".{os.getpid()}{SUFFIX}.new"
        try:
            manifest = packets.make(path, viewer.name, progress)
            target = one.folder / packets.name_of(manifest.made_at, manifest.packet)
            path.replace(target)
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        packets.sync_folder(one.folder)
        made = (target, manifest)
        _note(Act.COPIED, viewer, target, place=one, since=began)
        return made
    target = places.copy(made[0], one.folder)
    _note(Act.COPIED, viewer, target, place=one)
    return made


def copy_to_lacking(viewer: Viewer) -> int:
    """Give every place that is there and lacks a packet of today the newest one from another place; how many got one.

    For a disk that was not in, or a share that was away, when the backup was made. Where no place has one of today, one is made,
    as soon as a place is there.
    """
    key = packet_keys.packet_key().fingerprint
    wanted = places.places()
    known = {one.folder: places.held(one.folder, key) for one in wanted}
    newest = max((kept[0] for kept in known.values() if kept), key=lambda one: one.made_at, default=None)
    if newest is None or newest.made_at < timezone.now() - LATE:
        ready = PacketEvent.objects.exists() and any(one.ready for one in wanted)
        return len(wanted) if ready and make(viewer) else 0
    number = 0
    for one in wanted:
        kept = known[one.folder]
        if one.ready and (not kept or kept[0].made_at < newest.made_at - FRESH):
            try:
                target = places.copy(newest.path, one.folder)
            except Unusable as fault:
                _note(Act.FAILED, viewer, place=one, message=fault.message)
                continue
            _note(Act.COPIED, viewer, target, place=one)
            number += 1
    return number


def thin(viewer: Viewer) -> int:
    """Remove what is too many in every place; how many packets went. The last one that was tried well stays everywhere."""
    key = packet_keys.packet_key().fingerprint
    tried = PacketEvent.objects.filter(act=Act.TRIED).order_by("-pk").first()
    gone = 0
    for one in places.places():
        for removed in places.thin(one.folder, key, tried.packet if tried else ""):
            _note(Act.REMOVED, viewer, removed.path, place=one, head=removed)
            gone += 1
    return gone


def cancel(viewer: Viewer) -> bool:
    """End the backup that is queued or being made. Whether there was one. Raises Refused as ``queue_make``."""
    demand_whole(viewer, "backup/make")
    viewer.note(Action.ADMINISTER, "backup/cancel")
    return queue.cancel(SUBJECT)


# --- proving ---------------------------------------------------------------------------------------------------------


def newest() -> KeptPacket | None:
    """The newest packet of this installation in any of its places that is there."""
    key = packet_keys.packet_key().fingerprint
    folders = dict.fromkeys([*(one.folder for one in places.places()), Path(places.own())])
    found = [kept[0] for kept in (places.held(folder, key) for folder in folders) if kept]
    return max(found, key=lambda one: one.made_at, default=None)


def try_newest(viewer: Viewer, progress: Progress = quiet) -> Manifest:
    """Restore the newest packet into a scratch place and compare every row; noted whichever way it comes out.

    Raises Unusable ``packet_absent``, and as ``trials.attempt``.
    """
    found = newest()
    if found is None:
        _note(Act.FAILED, viewer, message=_("还没有备份，没有可以试恢复的。"))
        raise Unusable("packet_absent", _("还没有备份，没有可以试恢复的。请先做一份备份。"))
    return try_packet(found.path, viewer, progress)


def try_packet(path: Path, viewer: Viewer, progress: Progress = quiet) -> Manifest:
    """Restore a packet into a scratch place and compare every row; noted whichever way it comes out.

    Raises as ``trials.attempt``.
    """
    try:
        manifest = trials.attempt(path, progress=progress)
    except Unusable as fault:
        _note(Act.FAILED, viewer, path, message=fault.message)
        raise
    _note(Act.TRIED, viewer, path)
    return manifest


def prove_keys(path: Path, held: Entries, viewer: Viewer) -> Manifest:
    """Open a packet with the keys of a sealed copy, to its end, and note that it was done with that set of keys.

    Raises Unusable as ``packets.verify``, ``keys_lacking`` where the copy lacks a field key of the packet.
    """
    by = packet_keys.packet_key(held)
    manifest = packets.verify(path, by)
    lacking = packet_keys.lacking(packets.opening(path, by).fields, held)
    if lacking:
        text = _("密钥副本里没有密钥 %s：打开了备份，却解不开里面加密的内容。请重新做一份密钥副本。")
        raise Unusable("keys_lacking", text % "、".join(lacking))
    PacketEvent.objects.create(
        act=Act.OPENED,
        packet=manifest.packet,
        packet_at=manifest.made_at,
        keys=packet_keys.fingerprint(held),
        place=path.name[:300],
        size=path.stat().st_size,
        actor=viewer.name,
    )
    viewer.note(Action.ADMINISTER, f"backup/{manifest.packet}/keys", rows=manifest.rows)
    return manifest


# --- taking away -----------------------------------------------------------------------------------------------------


def kept_packet(packet: str) -> KeptPacket:
    """A packet of this installation by its name. Raises Unusable ``packet_absent``."""
    key = packet_keys.packet_key().fingerprint
    for folder in dict.fromkeys([*(one.folder for one in places.places()), places.own()]):
        for one in places.held(folder, key):
            if one.head.packet == packet:
                return one
    raise Unusable("packet_absent", _("这份备份已经不在了。请刷新页面，另选一份。"))


def fetch(packet: str, viewer: Viewer) -> tuple[KeptPacket, IO[bytes]]:
    """A packet, opened for whoever takes it away: that is a copy off this machine. Raises Refused, Unusable ``packet_absent``."""
    demand_whole(viewer, "backup/fetch")
    found = kept_packet(packet)
    stream = found.path.open("rb")
    _note(Act.FETCHED, viewer, found.path, head=found, away=True, message=viewer.name)
    viewer.note(Action.ADMINISTER, f"backup/{packet}/fetch")
    return found, stream


def note_fetched(path: Path, where: str, viewer: Viewer) -> KeptPacket:
    """Note that a packet was carried off this machine by hand. Raises Unusable as ``packets.manifest``: the file must be ours."""
    demand_whole(viewer, "backup/fetched")
    packets.manifest(path)
    found = KeptPacket(path, head_of(path), path.stat().st_size)
    _note(Act.FETCHED, viewer, path, head=found, away=True, message=where[:500])
    viewer.note(Action.ADMINISTER, f"backup/{found.head.packet}/fetched", purpose=where[:200])
    return found


def fingerprint_now() -> str:
    """The fingerprint of the keys as they are now."""
    return packet_keys.fingerprint(packet_keys.entries())


# --- events ----------------------------------------------------------------------------------------------------------


def _note(
    act: Act,
    viewer: Viewer,
    path: Path | None = None,
    *,
    place: Place | None = None,
    head: KeptPacket | None = None,
    away: bool | None = None,
    message: str = "",
    since: datetime | None = None,
) -> None:
    known = head
    if known is None and path is not None:
        known = KeptPacket(path, head_of(path), path.stat().st_size)
    PacketEvent.objects.create(
        act=act,
        packet=known.head.packet if known else "",
        packet_at=known.made_at if known else since,
        size=known.size if known else 0,
        place=str(place.folder if place else path.parent if path else "")[:300],
        away=place.away if place is not None and away is None else bool(away),
        keys=fingerprint_now(),
        message=message[:500],
        actor=viewer.name,
    )


def since(moment: datetime) -> list[PacketEvent]:
    """What was noted since a moment, in that order."""
    return list(PacketEvent.objects.filter(at__gte=moment).order_by("pk"))
