"""The key that packets are encrypted with, kept in ``keys.json`` beside those of fields, and what names a set of keys."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.keys import file
from qiaojie.lib.crypto import CipherName
from qiaojie.lib.findings import Unusable

from .sealing import PacketKey

FILE: Final = file.NAME
ENTRY: Final = "backup"
"""The entry of the packets' key: a secret of its own, which stays when field keys are changed, so that older packets open."""

_NAMED: Final = ("fields", "verifying", "database", ENTRY)
"""Entries without which something that was kept does not open."""

Entries = Mapping[str, Any]
"""What ``keys.json`` holds."""


def entries() -> dict[str, Any]:
    """What the installation's ``keys.json`` holds, with a key for packets: made where there is none yet.

    Raises Unusable ``backup_key_missing``.
    """
    home = Path(settings.HOME)
    try:
        file.entry(home, ENTRY, file.fresh_secret)
        found: dict[str, Any] = json.loads((home / FILE).read_text())
    except (file.KeyFileUnusable, OSError) as fault:
        text = _("密钥文件 %s 没有、读不了或写不了。在新电脑上恢复，请加 --keys 密钥副本。")
        raise Unusable("backup_key_missing", text % (home / FILE)) from fault
    return found


def write_entries(path: Path, held: Entries) -> None:
    """Write a file of keys whole, for its owner alone, and have it on disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(held, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def cipher() -> CipherName:
    """The algorithms that this installation encrypts with."""
    return "sm4" if settings.QIAOJIE_CIPHER == "sm4" else "aes"


def packet_key(held: Entries | None = None) -> PacketKey:
    """The key of packets in a set of keys (the installation's own). Raises Unusable ``backup_key_missing``."""
    secret = (entries() if held is None else held).get(ENTRY)
    if not secret:
        raise Unusable("backup_key_missing", _("这份密钥里没有备份密钥，打不开备份。"))
    return PacketKey(base64.b64decode(secret), cipher())


def fingerprint(held: Entries) -> str:
    """Names a set of keys without telling it: another one as soon as a key comes or goes."""
    named = {name: held[name] for name in _NAMED if name in held}
    return hashlib.sha256(b"qiaojie/keys/" + json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]


def field_keys(held: Entries) -> dict[str, str]:
    """The number of every field key → what names it without telling it."""
    return {
        str(number): hashlib.sha256(b"qiaojie/field/" + secret.encode()).hexdigest()[:16]
        for number, secret in held["fields"]
    }


def lacking(told: Mapping[str, str], held: Entries) -> list[str]:
    """Numbers of field keys that a packet was made with and a set of keys has not."""
    own = field_keys(held)
    return sorted(number for number, name in told.items() if own.get(number) != name)
