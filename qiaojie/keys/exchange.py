"""Keys are added, made current, taken away: first in the file, then in the data, then in the database's marks."""

from __future__ import annotations

import base64
import secrets as randomness
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import router, transaction
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import LOOK_SECONDS, SCHEMES, CipherName, Keyring, keyring, reset_keyring
from qiaojie.lib.findings import Unusable
from qiaojie.storage.system_words import why

from . import declared, file, standing, taking
from .models import KeyMark

SIGNATURES: Final = 2
"""Signing keys of before whose signatures are still believed."""
STRANGE: Final = 20
"""Values that nobody encrypted which are named."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of the ring: when the database learnt of it, and how many values need it, by column in words."""

    number: int
    current: bool
    since: datetime | None
    used: dict[str, int]


def known() -> list[KnownKey]:
    """All keys, the current one first."""
    ring = keyring()
    since = {mark.number: mark.since for mark in KeyMark.objects.order_by("-pk")}
    return [
        KnownKey(number, number == ring.current, since.get(number), declared.used(number))
        for number in ring.numbers
    ]


def cipher() -> CipherName:
    """The set of algorithms of new values."""
    return _cipher_of(keyring())


def add() -> int:
    """Put a new key into the file, which nothing is encrypted with yet; its id.

    Raises Unusable: ``keys_full``, ``keys_not_written``.
    """

    def alter(entries: dict[str, Any]) -> None:
        used = {int(number) for number, _secret in entries["fields"]}
        used |= {bytes.fromhex(header)[1] for header, _purpose, _kept in entries.get("verifying", [])}
        number = max(used) + 1
        if number > 255:
            raise Unusable("keys_full", _("密钥编号已用完（最多 256 个）。"))
        entries["fields"].append([number, file.fresh_secret()])
        made.append(number)

    made: list[int] = []
    _change(alter)
    standing.record()
    return made[0]


def turn_to(wanted: CipherName | None = None) -> int:
    """Make the newest key current, and one set of algorithms that of new values; the key's id. Returns when every process of
    this machine encrypts with it. What was encrypted before is renewed by ``renewal``. Raises Unusable ``keys_not_written``."""

    def alter(entries: dict[str, Any]) -> None:
        entries["fields"].sort(key=lambda one: -int(one[0]))
        if wanted is not None:
            entries["cipher"] = wanted

    held = file.stamp(Path(settings.HOME))
    _change(alter)
    standing.record()
    if file.stamp(Path(settings.HOME)) != held:
        time.sleep(2 * LOOK_SECONDS)
    return keyring().current


def retire(number: int) -> None:
    """Take a key away that nothing needs any more. What is left of it verifies old lines of the access log and access keys, and
    opens nothing. Raises Unusable: ``key_unknown``, ``key_current``, ``key_used``, ``keys_not_written``."""
    ring = keyring()
    if number not in ring.numbers:
        raise Unusable("key_unknown", _("没有编号为 %d 的密钥。") % number)
    if number == ring.current:
        raise Unusable(
            "key_current", _("%d 号密钥正在使用，不能停用；请先运行 qiaojie keys add 和 rotate。") % number
        )
    _demand_unused(number)
    kept = _secret(number)
    headers = [bytes((scheme, number)) for scheme in SCHEMES.values()]
    verifying = [
        (header.hex(), purpose, base64.b64encode(ring.hashing_key(header, purpose)).decode())
        for header in headers
        for purpose in declared.verified_purposes()
    ]

    def leave(entries: dict[str, Any]) -> None:
        entries["fields"] = [one for one in entries["fields"] if int(one[0]) != number]
        entries["verifying"] = [*entries.get("verifying", []), *(list(one) for one in verifying)]

    def put_back(entries: dict[str, Any]) -> None:
        entries["fields"].append([number, kept])
        gone = {header.hex() for header in headers}
        entries["verifying"] = [one for one in entries["verifying"] if one[0] not in gone]

    # The database first: a file with a key more than it has marks is as good as any other.
    standing.forget(number)
    _change(leave)
    try:
        # Whoever had encrypted something before and has written it only now.
        _demand_unused(number)
    except Unusable:
        _change(put_back)
        standing.record()
        raise


def turn_signing() -> None:
    """Sign with a new key from now on; what the last ones signed (sessions) is still believed.

    Raises Unusable: ``signing_elsewhere`` where the environment gives the key, ``keys_not_written``.
    """
    if settings.QIAOJIE_OWN_SIGNING:
        raise Unusable("signing_elsewhere", _("签名密钥由 QIAOJIE_SECRET_KEY 给定，请在那里更换。"))

    def alter(entries: dict[str, Any]) -> None:
        before = [entries["signing"], *entries.get("signing_before", [])]
        entries["signing"], entries["signing_before"] = randomness.token_urlsafe(50), before[:SIGNATURES]

    _change(alter)


def bound() -> None:
    """Note that every value is bound to its row: others are refused from now on. Raises Unusable ``keys_not_written``."""
    if not settings.QIAOJIE_KEYS_BOUND:
        _change(lambda entries: entries.update(bound=True))


def _change(alter: Any) -> None:
    try:
        changed = file.change(Path(settings.HOME), alter)
    except OSError as fault:
        text = _("不能改写密钥文件“%(file)s”：%(reason)s。原来的文件没有动。")
        words = {"file": Path(settings.HOME) / file.NAME, "reason": why(fault)}
        raise Unusable("keys_not_written", text % words) from fault
    taking.take(changed)
    reset_keyring()


def _demand_unused(number: int) -> None:
    with transaction.atomic(using=router.db_for_write(KeyMark)):
        found = declared.used(number)
    if found:
        text = _(
            "还有 %(count)d 处要用 %(number)d 号密钥，不能停用：%(where)s。请先运行 qiaojie keys rotate。"
        )
        where = "、".join(f"{words} {count}" for words, count in found.items())
        raise Unusable("key_used", text % {"count": sum(found.values()), "number": number, "where": where})
    if strange := declared.strange(STRANGE):
        text = _(
            "有些地方存的不是加密数据，是被人改过的，看不出要用哪个密钥，不能停用任何密钥：%s。请先从备份恢复，或重新录入。"
        )
        raise Unusable("value_unreadable", text % "；".join(strange[:STRANGE]))


def _secret(number: int) -> str:
    return next(secret for one, secret in settings.QIAOJIE_KEYS if int(one) == number)


def _cipher_of(ring: Keyring) -> CipherName:
    return next(name for name, scheme in SCHEMES.items() if scheme == ring.scheme)
