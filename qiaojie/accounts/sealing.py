"""The chain over the access log: seals, the check that finds what was tampered with, and the cut after the time of keeping.

Within a second whoever seals (a thread of the server, the end of a command) puts all open lines under the next seal. Its
keyed hash covers the marks of the lines and the seal before it: a line that is taken out is missed by its seal, a seal
that is taken out by the next one. The last seal is kept in a file beside the keys too, so that a cut end shows; that head
never moves past a seal that is gone, and is never made anew by itself. What happens to a line within its first second is
prevented by the database's guards alone.
"""

from __future__ import annotations

import json
import logging
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.crypto import keyring
from qiaojie.lib.dialects import take_turns
from qiaojie.lib.findings import Unusable

from . import log, triggers
from .models import AccessEntry, AccessOpen, AccessSeal

AT_ONCE: Final = 2_000
"""Lines under one seal."""

KEPT_FOR: Final = timedelta(days=184)
"""The log is kept for at least six months (网络安全法 第二十一条)."""

HEAD: Final = "log-head.json"
"""The file beside the keys that holds the last seal."""

_LOCK: Final = 7_143_201
"""The advisory lock of whoever seals, on PostgreSQL."""

_PURPOSE: Final = "access_log.seal"
_CHECKPOINT: Final = "access_log.checkpoint"
_log = logging.getLogger(__name__)


_followers: list[Callable[[], None]] = []


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which the log is not as it was written: what is wrong, and the line or seal (None: the end)."""

    code: str
    message: str
    entry: int | None = None
    seal: int | None = None


def seal() -> int:
    """Put the open lines under seals; how many there were. Processes take turns."""
    sealed = 0
    while done := _seal_some():
        sealed += done
    if sealed:
        for follow in _followers:
            follow()
    return sealed


def follow_sealing(follow: Callable[[], None]) -> None:
    """Have something done whenever lines were sealed: a room above keeps its own head as often."""
    _followers.append(follow)


def _seal_some() -> int:
    if not AccessOpen.objects.exists():
        return 0
    alias = _alias()
    with transaction.atomic(using=alias):
        take_turns(connections[alias], _LOCK)
        ids = list(AccessOpen.objects.order_by("entry_id").values_list("entry_id", flat=True)[:AT_ONCE])
        if not ids:
            return 0
        marks = dict(AccessEntry.objects.filter(pk__in=ids).values_list("pk", "mark"))
        last = AccessSeal.objects.order_by("-number").first()
        number = last.number + 1 if last is not None else 1
        made = AccessSeal.objects.create(
            number=number,
            at=timezone.now(),
            lines=_ranges(ids),
            mark=keyring().blind(_covered(number, last, ids, marks), _PURPOSE),
        )
        AccessOpen.objects.filter(entry_id__in=ids).delete()
    if _stands(last):
        _keep_head(made)
    return len(ids)


def _covered(
    number: int,
    last: AccessSeal | None,
    ids: Iterable[int],
    marks: Mapping[int, bytes | memoryview[int] | None],
) -> str:
    """What a seal's hash is taken over."""
    before = bytes(last.mark).hex() if last is not None else ""
    return json.dumps([number, before, [[pk, bytes(marks.get(pk) or b"").hex()] for pk in ids]])


def _alias() -> str:
    return router.db_for_write(AccessSeal)


def _ranges(ids: Iterable[int]) -> str:
    """``1-40,43``."""
    spans: list[list[int]] = []
    for number in ids:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _spans(lines: str) -> list[tuple[int, int]]:
    pairs = (part.partition("-") for part in lines.split(",") if part)
    return [(int(first), int(last or first)) for first, _dash, last in pairs]


# --- the head beside the keys ----------------------------------------------------------------------------------------


def _head() -> Path:
    return Path(settings.HOME) / HEAD


def _stands(last: AccessSeal | None) -> bool:
    """Whether what the head names is still there. Where there is no head, only the first seal of all makes one."""
    if not _head().exists():
        return last is None
    kept = _read_head()
    return kept is not None and _holds(*kept)


def _holds(number: int, mark: bytes) -> bool:
    """Whether a seal is there as it was, or was cut off with all that is older than the time of keeping."""
    held = AccessSeal.objects.filter(number=number).first()
    if held is not None:
        return bytes(held.mark) == mark
    return AccessSeal.objects.filter(number__gt=number, checkpoint__isnull=False).exists()


def head() -> str:
    """The last seal in one word, for whoever keeps it elsewhere: ``number:mark``; '' where there is none."""
    last = AccessSeal.objects.order_by("-number").first()
    return "" if last is None else f"{last.number}:{bytes(last.mark).hex()}"


def reaches(word: str) -> bool:
    """Whether the log still holds the seal that was ``head`` once; it may have been cut off after the time of keeping."""
    number, _colon, mark = word.partition(":")
    return not word or _holds(int(number), bytes.fromhex(mark))


def begin_anew() -> None:
    """Take the last seal for the head, whatever the head said: after a backup was put back, when somebody answers for it."""
    last = AccessSeal.objects.order_by("-number").first()
    if last is None:
        _head().unlink(missing_ok=True)
    else:
        _keep_head(last)


def _keep_head(made: AccessSeal) -> None:
    draft = _head().with_suffix(f".{threading.get_native_id()}.part")
    draft.write_text(json.dumps({"number": made.number, "mark": bytes(made.mark).hex()}))
    draft.replace(_head())


def _read_head() -> tuple[int, bytes] | None:
    try:
        kept = json.loads(_head().read_text())
        return int(kept["number"]), bytes.fromhex(kept["mark"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


# --- the check -------------------------------------------------------------------------------------------------------


def check() -> Broken | None:
    """The first place at which the log is not as it was written; None where it is whole. Reads all of it."""
    alias = _alias()
    absent = triggers.missing(connections[alias])
    if absent:
        text = _("数据库里访问日志的保护（%s）不见了，请查明是谁去掉的，再执行 qiaojie prepare。")
        return Broken("log_unguarded", text % "、".join(absent))
    # In this order: a line that is sealed while we read stands among the open ones, or under a seal, or both.
    waiting = set(AccessOpen.objects.values_list("entry_id", flat=True))
    head, headless = _read_head(), not _head().exists()
    spans: list[tuple[int, int]] = []
    last: AccessSeal | None = None
    kept: bytes | None = None
    for made in AccessSeal.objects.order_by("number").iterator():
        broken = _check_seal(made, last, spans)
        if broken is not None:
            return broken
        if head is not None and made.number == head[0]:
            kept = bytes(made.mark)
        last = made
    if last is not None and head is None:
        return _headless(headless)
    if head is not None and kept != head[1]:
        text = _("访问日志在第 %d 号封存之前断了：数据库里的日志比密钥旁边记下的短，或被换过。")
        return Broken("log_cut", text % head[0], seal=head[0])
    return _check_unsealed(spans, waiting, last.number if last is not None else 0)


def _headless(missing: bool) -> Broken:
    if missing:
        text = _(
            "密钥旁边的 log-head.json 不见了，看不出访问日志末尾是否被截掉。查明原因后执行 qiaojie doctor --accept 理由。"
        )
        return Broken("log_head_missing", text)
    text = _("密钥旁边的 log-head.json 读不懂，被改过。查明原因后执行 qiaojie doctor --accept 理由。")
    return Broken("log_head_altered", text)


def _check_seal(made: AccessSeal, last: AccessSeal | None, spans: list[tuple[int, int]]) -> Broken | None:
    if made.checkpoint is not None and last is None:
        if bytes(made.checkpoint) not in keyring().blinds(_cut_at(made), _CHECKPOINT):
            return Broken(
                "log_cut", _("访问日志开头的截止标记（第 %d 号）是伪造的。") % made.number, seal=made.number
            )
        spans.extend(_spans(made.lines))
        return None
    expected = last.number + 1 if last is not None else 1
    if made.number != expected:
        text = _("访问日志第 %d 号封存被删掉了。")
        return Broken("log_seal_removed", text % expected, seal=expected)
    held = _spans(made.lines)
    entries: dict[int, AccessEntry] = {}
    for first, end in held:
        entries.update({one.pk: one for one in AccessEntry.objects.filter(pk__gte=first, pk__lte=end)})
    ids = [pk for first, end in held for pk in range(first, end + 1)]
    for pk in ids:
        entry = entries.get(pk)
        if entry is None:
            text = _("访问日志第 %(line)d 行被删掉了（%(at)s 封存）。")
            words = {"line": pk, "at": f"{timezone.localtime(made.at):%Y-%m-%d %H:%M}"}
            return Broken("log_line_removed", text % words, entry=pk, seal=made.number)
        if not log.is_genuine(entry):
            text = _("访问日志第 %d 行被改过，或不是本系统写的。")
            return Broken("log_line_altered", text % pk, entry=pk, seal=made.number)
    marks = {pk: entry.mark for pk, entry in entries.items()}
    if bytes(made.mark) not in keyring().blinds(_covered(made.number, last, ids, marks), _PURPOSE):
        text = _("访问日志第 %d 号封存与它前面的日志对不上。")
        return Broken("log_seal_altered", text % made.number, seal=made.number)
    spans.extend(held)
    return None


def _check_unsealed(spans: list[tuple[int, int]], waiting: set[int], until: int) -> Broken | None:
    """Lines that no seal holds and that do not wait for one were put in past the system."""
    spans.sort()
    starts = [first for first, _last in spans]
    for entry in AccessEntry.objects.order_by("pk").iterator():
        place = bisect_right(starts, entry.pk) - 1
        if place >= 0 and entry.pk <= spans[place][1]:
            continue
        expected = entry.pk in waiting or _just_written(entry.pk, until)
        if not expected or not log.is_genuine(entry):
            text = _("访问日志第 %d 行不是本系统写的，是后来插进去的。")
            return Broken("log_line_inserted", text % entry.pk, entry=entry.pk)
    return None


def _just_written(pk: int, until: int) -> bool:
    """Whether a line came while the check ran."""
    if AccessOpen.objects.filter(pk=pk).exists():
        return True
    later = AccessSeal.objects.filter(number__gt=until).values_list("lines", flat=True)
    return any(first <= pk <= last for lines in later for first, last in _spans(lines))


# --- the cut ---------------------------------------------------------------------------------------------------------


def prune(before: datetime, viewer: Viewer, purpose: str) -> int:
    """Remove whole seals whose lines are all older than ``before``; how many lines went. The chain begins at a checkpoint.

    Raises Unusable ``log_kept`` where ``before`` is within the time of keeping, ``purpose_missing``, ``log_broken`` where
    the log is not whole (what would be proof stays); Refused.
    """
    demand(viewer, Action.ADMINISTER, "log/prune")
    if before > timezone.now() - KEPT_FOR:
        raise Unusable("log_kept", _("访问日志至少保留 6 个月，不能清理到这个日期。"))
    if not purpose.strip():
        raise Unusable("purpose_missing", _("请写明清理访问日志的事由。"))
    seal()
    broken = check()
    if broken is not None:
        raise Unusable("log_broken", _("访问日志不完整，不能清理：%s") % broken.message)
    alias = _alias()
    with transaction.atomic(using=alias):
        take_turns(connections[alias], _LOCK)
        last: AccessSeal | None = None
        for made in AccessSeal.objects.order_by("number").iterator():
            if made.at >= before:
                break
            last = made
        if last is None or last.checkpoint is not None:
            return 0
        ids = [
            pair for made in AccessSeal.objects.filter(number__lte=last.number) for pair in _spans(made.lines)
        ]
        triggers.lift(connections[alias])
        gone = sum(AccessEntry.objects.filter(pk__gte=a, pk__lte=b).delete()[0] for a, b in ids)
        AccessSeal.objects.filter(number__lt=last.number).delete()
        last.checkpoint = keyring().blind(_cut_at(last), _CHECKPOINT)
        last.save(update_fields=["checkpoint"])
        triggers.set_up(connections[alias])
    viewer.note(Action.ADMINISTER, f"log/prune/{last.number}", rows=gone, purpose=purpose)
    return gone


def _cut_at(made: AccessSeal) -> str:
    return f"{made.number}:{bytes(made.mark).hex()}"


# --- whoever seals ---------------------------------------------------------------------------------------------------


def keep_sealing(pause: float = 1.0) -> None:
    """Start a thread of this process that seals every ``pause`` seconds, for as long as the process lives."""
    threading.Thread(target=_run, args=(pause, threading.Event()), name="sealing", daemon=True).start()


def _run(pause: float, never: threading.Event) -> None:
    while not never.wait(pause):
        try:
            seal()
        except DatabaseError:
            # The database is away or busy: the lines stay open, and the next round takes them.
            _log.warning("the access log could not be sealed", exc_info=True)
            connections.close_all()
