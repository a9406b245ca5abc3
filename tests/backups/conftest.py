from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from qiaojie.backups import packets
from tests.web.factories import World


@pytest.fixture
def packet(world: World, tmp_path: Path) -> Path:
    """A packet of the small programme."""
    path = tmp_path / "packet.qjb"
    packets.make(path, "tests")
    return path


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Two places for packets, and none in the home."""
    found = [tmp_path / "second", tmp_path / "share"]
    for one in found:
        one.mkdir()
    monkeypatch.setattr(settings, "QIAOJIE_BACKUP_TO", [str(one) for one in found])
    yield found
