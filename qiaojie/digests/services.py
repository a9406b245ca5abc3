"""Making digests: every night, after an upgrade, and when somebody has looked into what differs and answers for it."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import MappingProxyType
from typing import IO, Final

from django.apps import apps
from django.db import connections, router, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import sealing
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.dialects import take_turns
from qiaojie.lib.findings import Unusable

from . import blocks, covering, heads, upgrading
from .models import Difference, Digest, HashBlock
from .scanning import Progress, Scan, Scanner, UnexplainedRow, covered, snapshot
from .upgrading import Look as Look
from .upgrading import Suspects

_LOCK: Final = 7_143_202
"""The advisory lock of whoever makes a digest, on PostgreSQL."""

_AT_ONCE: Final = 200
"""Blocks that are written in one statement."""

ACTOR: Final = "system"
"""Who makes digests at night."""


class _File:
    """Blocks to be kept, on disk until the reading has ended: sealed, so nothing lies there in the clear."""

    _HEAD: Final = struct.Struct(">HqI")

    def __init__(self, held: IO[bytes]) -> None:
        self._held = held
        self._dropped: list[int] = []

    def keep(self, label: str, first: int, packed: bytes) -> None:
        """A block that is new, or says something new."""
        name, content = label.encode(), blocks.seal(packed)
        self._held.write(self._HEAD.pack(len(name), first, len(content)) + name + content)

    def drop(self, key: int) -> None:
        """The row of a block that has no rows any more."""
        self._dropped.append(key)

    def write(self) -> None:
        """Write all of it to the database."""
        HashBlock.objects.filter(pk__in=self._dropped).delete()
        some: list[HashBlock] = []
        for block in self._blocks():
            some.append(block)
            if len(some) == _AT_ONCE:
                self._put(some)
                some = []
        self._put(some)

    @staticmethod
    def _put(some: list[HashBlock]) -> None:
        # What is sealed is bound to its row: a block that says something new is a new row.
        places: dict[str, list[int]] = {}
        for block in some:
            places.setdefault(block.model, []).append(block.first)
        for label, firsts in places.items():
            HashBlock.objects.filter(model=label, first__in=firsts).delete()
        HashBlock.objects.bulk_create(some)

    def _blocks(self) -> Iterator[HashBlock]:
        self._held.seek(0)
        while head := self._held.read(self._HEAD.size):
            length, first, size = self._HEAD.unpack(head)
            yield HashBlock(
                model=self._held.read(length).decode(), first=first, content=self._held.read(size)
            )


def last() -> Digest | None:
    """The last digest; None where there is none yet."""
    return Digest.objects.order_by("-number").first()


def make(
    act: Digest.Act = Digest.Act.NIGHT,
    *,
    progress: Progress = lambda _step, _done, _total: None,
    actor: str = ACTOR,
    reason: str = "",
    upgraded: Iterable[str] = (),
    suspects: Suspects = MappingProxyType({}),
) -> Scan:
    """Read all rows, compare them with the last digest, and keep what they say now as the next one.

    What nothing explains is noted (``Difference``) and kept as it was, so that the next night finds it again; only where
    somebody answers for it (``ACCEPTED``), or made-up data was loaded into an empty installation, it is taken over. Differences
    in rows of the rooms named in ``upgraded`` are the upgrade's, but for those that were ``suspects`` before it. Raises Unusable
    ``digest_overtaken`` where another process made one meanwhile.
    """
    before = last()
    if before is None:
        act = Digest.Act.FIRST
    taken_over = act in (Digest.Act.ACCEPTED, Digest.Act.DEMO)
    changed = frozenset(model._meta.label for model in covered() if model._meta.app_label in set(upgraded))
    sealing.seal()
    with tempfile.TemporaryFile() as held:
        file = _File(held)
        at = timezone.now()
        with snapshot():
            scan = Scanner(
                before, file, progress, accepting=taken_over, upgraded=changed, suspects=suspects
            ).run()
        differing = [] if taken_over else _differing(scan.found, at, at if before is None else before.at)
        said = {label: table.said() for label, table in scan.tables.items()}
        made = Digest(
            number=1 if before is None else before.number + 1,
            at=at,
            act=act,
            actor=actor,
            reason=reason[:200],
            tables={**said, blocks.OPEN: blocks.said_of(differing)},
            log=sealing.head(),
            before=blocks.link(before),
        )
        made.mark = blocks.mark(made)
        alias = router.db_for_write(Digest)
        with transaction.atomic(using=alias):
            take_turns(connections[alias], _LOCK)
            now = last()
            if (now and now.number) != (before and before.number):
                raise Unusable("digest_overtaken", _("另一个进程刚做完数据核对，这一次不算。"))
            file.write()
            made.save(force_insert=True)
            Difference.objects.all().delete()
            Difference.objects.bulk_create(differing, batch_size=500)
    heads.keep_digest(made)
    return scan


def since_when() -> dict[tuple[str, int | None], datetime]:
    """Of rows (model, key) that the last digest found: since when they differ."""
    return {(one.model, one.object_id): one.since for one in Difference.objects.all()}


def _differing(found: list[UnexplainedRow], at: datetime, since: datetime) -> list[Difference]:
    """What differs, to be put in place of what differed last time; what was found before keeps its day."""
    known = since_when()
    return [
        Difference(
            found_at=at,
            since=known.get((one.model._meta.label, one.pk), since),
            model=one.model._meta.label,
            object_id=one.pk,
            kind=one.kind,
            columns=",".join(one.columns)[:400],
        )
        for one in found
    ]


def compare(progress: Progress = lambda _step, _done, _total: None) -> Scan:
    """Read all rows and compare them with the last digest; nothing is kept. Raises Unusable ``digest_missing``."""
    before = last()
    if before is None:
        raise Unusable("digest_missing", _("还没有数据摘要，无从比较。请执行 qiaojie prepare。"))
    with snapshot():
        return Scanner(before, None, progress).run()


def before_upgrade(progress: Progress = lambda _step, _done, _total: None) -> Look | None:
    """Before ``prepare`` migrates: what differs now, which the upgrade has nothing to do with (``upgrading.before``)."""
    return upgrading.before(progress)


def prepared(migrated: Iterable[str], regions_loaded: bool, look: Look | None = None) -> None:
    """After ``prepare``: make the first digest, or one that says what the upgrade changed. ``migrated`` are the rooms whose
    migrations ran, ``look`` what differed before. Where nothing was upgraded, nothing is read."""
    rooms = {*migrated, *([covering.SHIPPED] if regions_loaded else [])}
    if last() is None:
        make(Digest.Act.FIRST)
    elif rooms:
        reason = _("升级：%s") % "、".join(sorted(rooms))
        if look is not None and not look.compared:
            reason = _("升级前没有核对成：") + reason
        own = rooms & {app.label for app in apps.get_app_configs()}
        suspects = upgrading.together([upgrading.known(), look.suspects if look is not None else {}])
        make(Digest.Act.UPGRADE, reason=reason, upgraded=own, suspects=suspects)


def accept(viewer: Viewer, reason: str) -> Scan:
    """Take over everything as it now stands, after somebody has looked into what differs; and let heads begin anew, after a
    backup was put back. Logged. Raises Unusable ``purpose_missing``; Refused."""
    demand(viewer, Action.ADMINISTER, "digest/accept")
    if not reason.strip():
        raise Unusable("purpose_missing", _("请写明核实的情况和理由。"))
    scan = make(Digest.Act.ACCEPTED, actor=viewer.name, reason=reason.strip())
    heads.begin_anew()
    viewer.note(Action.ADMINISTER, "digest/accept", rows=sum(scan.counted.values()), purpose=reason)
    return scan
