"""What the machine does when nobody is there: a night on which the disk for backups is absent, and the digest of all rows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.test import override_settings


def night() -> None:
    """A backup that fails in words, heads, and a digest that finds nothing: the last act, so that nothing is left unseen."""
    from qiaojie.cli.main import main as command

    absent = str(Path(settings.HOME) / "taken-away")
    with override_settings(QIAOJIE_BACKUP_TO=[absent]):
        assert command(["nightly", "backup"]) == 1
    for name in ("heads", "digest"):
        assert command(["nightly", name]) == 0
