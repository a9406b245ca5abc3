"""Text that somebody typed and that an address has to carry: encrypted, for one account and one field, and nothing else.

Addresses stand in the browser's history, in logs of proxies and in what is copied into a message; names and numbers of people
must not. What is sealed here opens for the account that typed it, as long as the installation has the key, and for nobody else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import Tampered, keyring

PURPOSE: Final = "address.text"

MARK: Final = "~"
"""Begins what was sealed here, so that it is told from what somebody wrote into an address."""

_BOUND: Final = 8
"""Bytes that bind a text to an account and a field."""

_STEP: Final = 12
"""Texts are filled up to a multiple of so many bytes: the length of an address tells no name."""


def seal(text: str, field: str, viewer: Viewer) -> str:
    """The text as an address may carry it ('' stays '')."""
    if not text:
        return ""
    held = text.encode("utf-8", "surrogatepass")
    held += b"\0" * (-len(held) % _STEP)
    sealed = keyring().encrypt_bytes(_bound(field, viewer) + held, PURPOSE)
    return MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(token: str, field: str, viewer: Viewer) -> str | None:
    """The text that this account sealed for the field; None for anything else."""
    if not token.startswith(MARK):
        return None
    try:
        sealed = base64.urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4))
        held = keyring().decrypt_bytes(sealed, PURPOSE)
    except (Tampered, binascii.Error, ValueError):
        return None
    if held[:_BOUND] != _bound(field, viewer):
        return None
    return held[_BOUND:].rstrip(b"\0").decode("utf-8", "surrogatepass")


def _bound(field: str, viewer: Viewer) -> bytes:
    return hashlib.sha256(f"{viewer.name}\n{field}".encode("utf-8", "surrogatepass")).digest()[:_BOUND]
