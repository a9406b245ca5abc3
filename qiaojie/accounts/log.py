"""Writing the access log: one INSERT a line, so that no page waits for another.

A line's ``mark`` is eight random bytes and a keyed hash over them and everything the line says: nobody without the keys
of the installation can alter a line or make one. ``sealing`` chains the lines. HMAC-SHA-256 or HMAC-SM3, as
``QIAOJIE_CIPHER`` says.
"""

from __future__ import annotations

import json
import os
from datetime import UTC
from typing import Final

from django.utils import timezone

from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring

from .models import AccessEntry

TOKEN: Final = 8
"""Random bytes before a line's hash: two lines that say the same have different marks."""

_PURPOSE: Final = "access_log.line"


def write(
    action: Action,
    subject: str,
    *,
    username: str,
    user_id: int | None = None,
    holder: str = "",
    address: str = "",
    rows: int | None = None,
    purpose: str = "",
    done: bool = True,
) -> None:
    """Write a line. What is too long is cut; what no database keeps (NUL) is left out."""
    entry = AccessEntry(
        at=timezone.now(),
        user_id=user_id,
        username=_fit(username, 150),
        holder=_fit(holder, 50),
        address=_fit(address, 45),
        action=action.value,
        subject=_fit(subject, 200),
        rows=rows,
        purpose=_fit(purpose, 200),
        done=done,
    )
    entry.mark = mark(entry)
    entry.save(force_insert=True)


def mark(entry: AccessEntry) -> bytes:
    """A mark for a line that says this."""
    token = os.urandom(TOKEN)
    return token + keyring().blind(_said(entry, token), _PURPOSE)


def is_genuine(entry: AccessEntry) -> bool:
    """Whether the line says what it said when it was written, under any key that the installation knows."""
    kept = bytes(entry.mark or b"")
    token, hashed = kept[:TOKEN], kept[TOKEN:]
    return bool(hashed) and hashed in keyring().blinds(_said(entry, token), _PURPOSE)


def _fit(text: str, length: int) -> str:
    return text.replace("\x00", "")[:length]


def _said(entry: AccessEntry, token: bytes) -> str:
    """Everything a line says, in one text."""
    return json.dumps(
        [
            token.hex(),
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.user_id,
            entry.username,
            entry.holder,
            entry.address,
            entry.action,
            entry.subject,
            entry.rows,
            entry.purpose,
            entry.done,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
