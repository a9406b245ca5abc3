from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from qiaojie.keys import exchange
from qiaojie.lib.crypto import reset_keyring
from tests.web.conftest import sign_in

__all__ = ["sign_in"]

KEPT = (
    "QIAOJIE_KEYS",
    "QIAOJIE_KEYS_BOUND",
    "QIAOJIE_KEYS_VERIFYING",
    "QIAOJIE_CIPHER",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
)


@pytest.fixture
def ring_again() -> Iterator[None]:
    """After the settings are what they were, the ring is made of them again."""
    yield
    reset_keyring()


@pytest.fixture
def own_home(
    ring_again: None, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home whose file holds the keys that this process has; what is changed there is forgotten after the test."""
    for name in KEPT:
        setattr(settings, name, getattr(settings, name))
    entries = {
        "signing": settings.SECRET_KEY,
        "fields": [list(one) for one in settings.QIAOJIE_KEYS],
        "bound": True,
        "backup": "of somebody else",
    }
    (tmp_path / "keys.json").write_text(json.dumps(entries), encoding="utf-8")
    settings.HOME, settings.QIAOJIE_KEYS_BOUND = tmp_path, True
    monkeypatch.setattr(exchange, "LOOK_SECONDS", 0)
    reset_keyring()
    return tmp_path
