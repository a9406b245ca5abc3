"""Keys of one installation, as the settings need them: read, never made. ``keys.file`` keeps the file."""

from __future__ import annotations

import secrets
from pathlib import Path

from qiaojie.keys.file import KeyFileUnusable, Secrets, change, entry, read

__all__ = ["Secrets", "change", "entry", "load"]


def load(home: Path) -> Secrets:
    """What ``keys.json`` under ``home`` holds; without any field key where there is no usable file, so that nothing can be
    encrypted with keys that nobody keeps. What then has to be done, ``keys.standing`` says before any command begins.
    """
    try:
        return read(home)
    except KeyFileUnusable:
        # The framework wants a signing key in order to start at all; what it signs is never believed again.
        return Secrets(secrets.token_urlsafe(50), [])
