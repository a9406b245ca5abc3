"""Heads: the last of each chain, kept where whoever holds the database alone cannot reach it.

Beside the keys lie the head of the access log (``accounts.sealing``), of the digests and of the journal: a database that was put
back to an older state lacks what its heads name. Where ``QIAOJIE_HEADS_TO`` is set they are written to other places as well,
every hour and every night: a folder of another disk or machine, or the system's log.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Max, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import sealing
from qiaojie.accounts.models import AccessSeal
from qiaojie.keys import declared
from qiaojie.ledgers.models import Change, Witness
from qiaojie.lib.crypto import keyring
from qiaojie.storage.system_words import why

from .models import Digest

SYSLOG: Final = "syslog:"
_PURPOSE: Final = "heads.mark"
declared.verified_elsewhere(_PURPOSE)
_FILE: Final = "qiaojie-heads.jsonl"
_LINES: Final[tuple[tuple[str, type[Model]], ...]] = (("changes", Change), ("witnesses", Witness))
_KEPT: Final = 5_000
"""Lines at the end of a folder's file that are compared: more than half a year of hours."""

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HeadFault:
    """What is wrong with a head: a code for programs, a sentence for people."""

    code: str
    message: str


# --- beside the keys --------------------------------------------------------------------------------------------------


def _beside(name: str) -> Path:
    return Path(settings.HOME) / f"{name}-head.json"


def _write(name: str, said: Kept) -> None:
    text = json.dumps(said, sort_keys=True)
    path = _beside(name)
    draft = path.with_suffix(f".{threading.get_native_id()}.part")
    draft.write_text(json.dumps({**said, "mark": keyring().blind(text, _PURPOSE).hex()}))
    draft.chmod(0o600)
    draft.replace(path)


def _read(name: str) -> Kept | None:
    """What a head says; None where it is not there. Raises ValueError where it is not genuine."""
    try:
        kept = json.loads(_beside(name).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise ValueError(name) from fault
    if not isinstance(kept, dict):
        raise ValueError(name)
    mark = str(kept.pop("mark", ""))
    text = json.dumps(kept, sort_keys=True)
    if mark not in {each.hex() for each in keyring().blinds(text, _PURPOSE)}:
        raise ValueError(name)
    return kept


def keep_digest(made: Digest) -> None:
    """Note a digest beside the keys. The first of all, and one that somebody answers for, also begins the journal's head."""
    _write("digest", {"number": made.number, "digest": bytes(made.mark).hex()})
    if made.act in (Digest.Act.FIRST, Digest.Act.DEMO, Digest.Act.ACCEPTED):
        _write("journal", _journal_now())
    else:
        keep_journal()


def keep_journal() -> None:
    """Note how far the journal has come, if it still holds what was noted last: the head never moves past a gap, and is never
    made anew by itself."""
    try:
        kept = _read("journal")
    except ValueError:
        return
    if kept is None:
        if not Digest.objects.exists():
            _write("journal", _journal_now())
        return
    becomes: Kept = {"log": sealing.head() if sealing.reaches(kept["log"]) else kept["log"]}
    for name, model in _LINES:
        last, number, mark = kept[name]
        if last and _mark(model, last) != mark:
            return
        newest = model._default_manager.filter(pk__gt=last).aggregate(last=Max("pk"))["last"]
        if newest is None:
            becomes[name] = kept[name]
        else:
            more = model._default_manager.filter(pk__gt=last, pk__lte=newest).count()
            becomes[name] = [newest, number + more, _mark(model, newest)]
    if becomes != kept:
        _write("journal", becomes)


def begin_anew() -> None:
    """Note all heads as they are, whatever was noted before: somebody has looked into it and answers for it."""
    sealing.begin_anew()
    _write("journal", _journal_now())


def _journal_now() -> Kept:
    """The last line of the journal and the last witness, how many there are up to them, and the head of the access log."""
    found: Kept = {"log": sealing.head()}
    for name, model in _LINES:
        last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        found[name] = [last, model._default_manager.filter(pk__lte=last).count(), _mark(model, last)]
    return found


def _mark(model: type[Model], last: int) -> str:
    mark = model._default_manager.filter(pk=last).values_list("mark", flat=True).first()
    return bytes(mark or b"").hex()


# --- the check --------------------------------------------------------------------------------------------------------


def check_journal() -> Iterator[HeadFault]:
    """Whether the journal holds all that its head says it held, and the access log what it was then. Without any digest yet
    nothing is said of a head that is missing."""
    try:
        kept = _read("journal")
    except ValueError:
        yield HeadFault("journal_head_altered", _("密钥旁边的 journal-head.json 被改过或换过。"))
        return
    if kept is None:
        if Digest.objects.exists():
            yield HeadFault("journal_head_missing", _("密钥旁边的 journal-head.json 不见了。"))
        return
    if not sealing.reaches(kept["log"]):
        text = _("访问日志没有第 %s 号封存了：日志被清空、截短或退回过。")
        yield HeadFault("log_emptied", text % kept["log"].partition(":")[0])
    for name, model in _LINES:
        yield from _check_lines(model, *kept[name])


def _check_lines(model: type[Model], last: int, number: int, mark: str) -> Iterator[HeadFault]:
    if not last:
        return
    what = model._meta.verbose_name
    if _mark(model, last) != mark:
        text = _("%(what)s在第 %(last)d 行断了：数据库比密钥旁边记下的旧，或这一行被删改过。")
        yield HeadFault("journal_cut", text % {"what": what, "last": last})
        return
    now = model._default_manager.filter(pk__lte=last).count()
    if now < number:
        text = _("%(what)s少了 %(lost)d 行：到第 %(last)d 行本来至少有 %(number)d 行。")
        words = {"what": what, "lost": number - now, "last": last, "number": number}
        yield HeadFault("journal_lines_removed", text % words)


def check_digest(last: Digest | None) -> Iterator[HeadFault]:
    """Whether the digests reach as far as their head says."""
    try:
        kept = _read("digest")
    except ValueError:
        yield HeadFault("digest_head_altered", _("密钥旁边的 digest-head.json 被改过或换过。"))
        return
    if kept is None:
        if last is not None:
            yield HeadFault("digest_head_missing", _("密钥旁边的 digest-head.json 不见了。"))
        return
    held = Digest.objects.filter(number=kept["number"]).first()
    if held is None or bytes(held.mark).hex() != kept["digest"]:
        text = _("数据摘要在第 %d 号断了：数据库比密钥旁边记下的旧，或摘要被换过。")
        yield HeadFault("digest_cut", text % kept["number"])
    elif last is not None and last.number > kept["number"]:
        text = _("密钥旁边的 digest-head.json 是旧的：记到第 %(kept)d 号，数据库已到第 %(last)d 号。")
        yield HeadFault("digest_head_old", text % {"kept": kept["number"], "last": last.number})


# --- elsewhere ----------------------------------------------------------------------------------------------------------


def _now() -> list[Kept]:
    """The heads of the log and of the digests, as they are written elsewhere."""
    found: list[Kept] = []
    seal = AccessSeal.objects.order_by("-number").first()
    if seal is not None:
        found.append({"of": "log", "number": seal.number, "mark": bytes(seal.mark).hex()})
    digest = Digest.objects.order_by("-number").first()
    if digest is not None:
        found.append({"of": "digest", "number": digest.number, "mark": bytes(digest.mark).hex()})
    found.append({"of": "journal", **_journal_now()})
    return found


def send() -> list[HeadFault]:
    """Write the heads to every place that is set; what could not be reached."""
    at = timezone.localtime().isoformat(timespec="seconds")
    lines = (
        [json.dumps({"at": at, **one}, sort_keys=True) for one in _now()] if settings.QIAOJIE_HEADS_TO else []
    )
    return [fault for place in settings.QIAOJIE_HEADS_TO for fault in _send(place, lines)]


def _send(place: str, lines: list[str]) -> Iterator[HeadFault]:
    try:
        if place.startswith(SYSLOG):
            _to_syslog(place.removeprefix(SYSLOG), lines)
        else:
            folder = Path(place)
            if not folder.is_dir():
                raise FileNotFoundError(place)
            with (folder / _FILE).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
    except OSError as reason:
        yield _unreachable(place, reason)


def _unreachable(place: str, reason: OSError) -> HeadFault:
    text = _("日志和摘要的封记写不到 %(place)s：%(reason)s。")
    words = {"place": place, "reason": why(reason)}
    return HeadFault("heads_unreachable", text % words)


def _to_syslog(address: str, lines: list[str]) -> None:
    """To the local system's log, or by UDP to a machine (``host:port``)."""
    host, _colon, port = address.rpartition(":")
    if address:
        handler = SysLogHandler((host or address, int(port) if host else 514), SysLogHandler.LOG_AUTHPRIV)
    else:
        handler = SysLogHandler("/dev/log", SysLogHandler.LOG_AUTHPRIV, socket.SOCK_DGRAM)
    handler.ident = "qiaojie: "
    try:
        for line in lines:
            handler.emit(logging.makeLogRecord({"msg": line, "levelno": logging.INFO, "levelname": "INFO"}))
    finally:
        handler.close()


def check_elsewhere() -> Iterator[HeadFault]:
    """What lies in the folders against what there is: every head that was ever noted must still be there.

    Of the system's log nothing is read back.
    """
    for place in settings.QIAOJIE_HEADS_TO:
        if not place.startswith(SYSLOG):
            yield from _check_folder(place)


def _check_folder(place: str) -> Iterator[HeadFault]:
    path = Path(place) / _FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[-_KEPT:]
    except FileNotFoundError:
        text = _("%s 里还没有日志和摘要的封记。")
        yield HeadFault("heads_none", text % place)
        return
    except OSError as reason:
        yield _unreachable(place, reason)
        return
    noted = [one for line in lines if (one := _noted(line)) is not None]
    for of, model in (("log", AccessSeal), ("digest", Digest)):
        last = {one["number"]: one["mark"] for one in noted if one.get("of") == of}
        if not last:
            continue
        kept = model._default_manager.filter(number__gte=min(last)).values_list("number", "mark")
        held = {number: bytes(mark).hex() for number, mark in kept}
        # What was cut off after the time of keeping is older than the first that there is.
        least = min(held, default=0)
        wrong = [n for n, mark in sorted(last.items()) if n >= least and held.get(n) != mark]
        if wrong:
            text = _(
                "%(place)s 里记着%(what)s第 %(number)d 号，数据库里没有或不一样：数据库被换过或被退回过。"
            )
            words = {"place": place, "what": model._meta.verbose_name, "number": wrong[0]}
            yield HeadFault("heads_differ", text % words)


def _noted(line: str) -> Kept | None:
    try:
        one = json.loads(line)
    except ValueError:
        return None
    return one if isinstance(one, dict) else None
