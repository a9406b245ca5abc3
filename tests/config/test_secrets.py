"""Keys are made once, for the owner's eyes only, and never anew over those that are there."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from qiaojie.config import secrets


def test_keys_are_made_once_and_kept_to_the_owner(tmp_path: Path) -> None:
    home = tmp_path / "var"
    first = secrets.load(home)
    assert secrets.load(home) == first
    assert secrets.load(tmp_path / "other") != first
    (kept,) = [path for path in home.iterdir() if path.suffix == ".json"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_broken_file_of_keys_is_not_replaced(tmp_path: Path) -> None:
    secrets.load(tmp_path)
    (kept,) = [path for path in tmp_path.iterdir() if path.suffix == ".json"]
    kept.write_text("{", encoding="utf-8")
    with pytest.raises(json.JSONDecodeError):
        secrets.load(tmp_path)
    assert kept.read_text(encoding="utf-8") == "{"
