"""Keys of one installation, as the settings need them: read, never made. ``keys.file`` keeps the file."""

from __future__ import annotations

import secrets
from pathlib import Path

from qiaojie.keys.file import KeyFileUnusable, Secrets, change, entry, fresh_secret, known_entry, read
from qiaojie.storage.database_key import DatabaseKey

__all__ = ["Secrets", "change", "database_key", "entry", "load"]

_DATABASE = "database"
"""The entry of the key that SQLite's files are encrypted with: a secret of its own, so that the field keys can be retired."""


def load(home: Path) -> Secrets:
    """What ``keys.json`` under ``home`` holds; without any field key where there is no usable file, so that nothing can be
    encrypted with keys that nobody keeps. What then has to be done, ``keys.standing`` says before any command begins.
    """
    try:
        return read(home)
    except KeyFileUnusable:
        # The framework wants a signing key in order to start at all; what it signs is never believed again.
        return Secrets(secrets.token_urlsafe(50), [])


def database_key(home: Path) -> DatabaseKey:
    """The key of SQLite's files: read when a file is first opened, made when the first is made or encrypted."""

    def find() -> str:
        try:
            return str(known_entry(home, _DATABASE) or "")
        except KeyFileUnusable:
            return ""

    return DatabaseKey(find, lambda: str(entry(home, _DATABASE, fresh_secret)))
