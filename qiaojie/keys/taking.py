"""Settings follow ``keys.json`` while the process runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from . import file


class Watch:
    """Made when the settings are read. Called with the state of the file that the caller knows (None: that of then), it gives the
    state now; where that is another one, the settings have been taken from the file before it returns. A file that is away or
    damaged for a while changes nothing."""

    def __init__(self, home: Path) -> None:
        self._home, self._taken = home, file.stamp(home)

    def __call__(self, known: Any) -> Any:
        known, now = known or self._taken, file.stamp(self._home)
        if now in (known, file.NOWHERE):
            return known
        try:
            take(file.read(self._home))
        except file.KeyFileUnusable:
            return known
        return now


def take(secrets: file.Secrets) -> None:
    """Have this process use these secrets from now on; ``crypto.reset_keyring`` makes the ring of them."""
    settings.QIAOJIE_KEYS = secrets.field_keys
    settings.QIAOJIE_KEYS_BOUND = secrets.bound
    settings.QIAOJIE_KEYS_VERIFYING = secrets.verifying
    if secrets.cipher:
        settings.QIAOJIE_CIPHER = secrets.cipher
    if not settings.QIAOJIE_OWN_SIGNING:
        settings.SECRET_KEY = secrets.signing
        settings.SECRET_KEY_FALLBACKS = secrets.signing_before
