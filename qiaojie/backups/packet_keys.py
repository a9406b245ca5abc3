"""The key that packets are encrypted with, kept in ``keys.json`` beside those of fields, and what names a set of keys."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .sealing import PacketKey

FILE: Final = "keys.json"
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
    path = (Path(settings.HOME) / FILE).resolve()
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        return found if ENTRY in found else _with_key(path)
    except (OSError, ValueError) as fault:
        raise Unusable("backup_key_missing", _("密钥文件 %s 读不了或写不了，不能备份。") % path) from fault


def _with_key(path: Path) -> dict[str, Any]:
    """Add the key for packets; of two processes that do it at once both use the first one's."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        found: dict[str, Any] = json.loads(path.read_text())
        if ENTRY not in found:
            found[ENTRY] = base64.b64encode(secrets.token_bytes(32)).decode()
            write_entries(path, found)
    finally:
        os.close(folder)
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


def packet_key(held: Entries | None = None) -> PacketKey:
    """The key of packets in a set of keys (the installation's own). Raises Unusable ``backup_key_missing``."""
    secret = (entries() if held is None else held).get(ENTRY)
    if not secret:
        raise Unusable("backup_key_missing", _("这份密钥里没有备份密钥，打不开备份。"))
    return PacketKey(base64.b64decode(secret), settings.QIAOJIE_CIPHER)


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
