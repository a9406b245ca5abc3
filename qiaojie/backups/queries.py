"""How backups stand, for the home page of whoever administers, and for the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils import timezone

from qiaojie.lib.findings import Unusable

from . import packet_keys, places, services
from .models import Act, PacketEvent
from .places import KeptPacket, Place

AWAY_FOR: Final = timedelta(days=7)
"""A copy off this machine that is older protects too little: the home page is red."""

TRIED_FOR: Final = timedelta(days=3)
"""A nightly trial that succeeded longer ago has failed, or nobody works at night."""

MADE_FOR: Final = timedelta(hours=50)
"""A last backup that is older: two nights have passed without one."""

SHOWN: Final = 30
"""Lines of the page."""


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """How backups stand. ``made`` is the newest that lies in a place of ours, ``away`` the last copy off this machine, ``tried``
    the last trial that came out well, ``failed`` what went wrong since the last success of its kind, ``proved`` when a sealed
    copy of the keys as they are now opened a packet.
    """

    made: PacketEvent | None
    away: PacketEvent | None
    tried: PacketEvent | None
    failed: PacketEvent | None
    proved: PacketEvent | None
    now: datetime

    @property
    def made_late(self) -> bool:
        """Whether no backup was made in the last two nights."""
        return self.made is None or self.now - (self.made.packet_at or self.made.at) > MADE_FOR

    @property
    def away_days(self) -> int | None:
        """Full days since what lies elsewhere was made; None where nothing does."""
        if self.away is None or self.away.packet_at is None:
            return None
        return (self.now - self.away.packet_at).days

    @property
    def away_late(self) -> bool:
        """Whether nothing lies off this machine, or only what is older than a week."""
        return self.away is None or self.away.packet_at is None or self.now - self.away.packet_at > AWAY_FOR

    @property
    def tried_late(self) -> bool:
        """Whether no trial has come out well in the last nights."""
        return self.tried is None or self.now - self.tried.at > TRIED_FOR

    @property
    def keys_late(self) -> bool:
        """Whether no sealed copy of the keys as they are now has opened a packet."""
        return self.proved is None

    @property
    def sound(self) -> bool:
        """Whether there is nothing to mend."""
        return not (self.away_late or self.tried_late or self.keys_late or self.failed)


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """A place with the packets that lie in it."""

    place: Place
    ready: bool
    packets: list[KeptPacket]


def status() -> BackupStatus:
    """How backups stand now; a handful of queries."""

    def last(act: Act, **wanted: object) -> PacketEvent | None:
        return PacketEvent.objects.filter(act=act, **wanted).order_by("-pk").first()

    away = (
        PacketEvent.objects.filter(act__in=(Act.COPIED, Act.FETCHED), away=True)
        .order_by("-packet_at", "-pk")
        .first()
    )
    made, tried = last(Act.COPIED), last(Act.TRIED)
    try:
        proved = last(Act.OPENED, keys=services.fingerprint_now())
    except Unusable:
        proved = None
    return BackupStatus(made, away, tried, _failed(made, tried), proved, timezone.now())


def _failed(made: PacketEvent | None, tried: PacketEvent | None) -> PacketEvent | None:
    """The last failure that is not mended. It is by the next success of its kind: a trial, or a copy to that place; to any place
    where somebody only once named another one than those that are set."""
    copied = dict(
        PacketEvent.objects.filter(act=Act.COPIED).values_list("place").annotate(last=Max("pk")).order_by()
    )
    own = {str(one.folder)[:300] for one in places.places()}

    def is_mended(one: PacketEvent) -> bool:
        if one.packet or not one.place:
            return tried is not None and tried.pk > one.pk
        if one.place in own:
            return bool(copied.get(one.place, 0) > one.pk)
        return made is not None and made.pk > one.pk

    failures = PacketEvent.objects.filter(act=Act.FAILED).order_by("-pk")[:SHOWN]
    return next((one for one in failures if not is_mended(one)), None)


def place_statuses() -> list[PlaceStatus]:
    """Every place with what lies in it, the newest first. Raises Unusable ``backup_key_missing``."""
    key = packet_keys.packet_key().fingerprint
    return [PlaceStatus(one, one.ready, places.held(one.folder, key)) for one in places.places()]


def events() -> list[PacketEvent]:
    """What happened last, the newest first."""
    return list(PacketEvent.objects.order_by("-pk")[:SHOWN])
