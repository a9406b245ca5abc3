"""A system that nobody touched past the product has nothing amiss, whatever is done on it in a day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.postgres import cluster

ROOT = Path(__file__).parents[2]

APART = ("disk", "backup_")
"""Findings that say nothing of the rows: of this machine, and of copies that nobody made."""


@pytest.mark.long
def test_a_day_of_acts_of_every_kind_an_upgrade_and_two_nights_find_nothing(tmp_path: Path, db: None) -> None:
    if connection.vendor == "postgresql":
        with cluster() as server:
            _live(tmp_path, server)
    else:
        _live(tmp_path, "sqlite://")


def _live(home: Path, address: str) -> None:
    environment = {**os.environ, "QIAOJIE_HOME": str(home), "QIAOJIE_DATABASE": address}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert done.returncode in (0, 1), done.stdout
        return done.stdout

    def amiss() -> list[Any]:
        found = json.loads(run("qiaojie.cli.main", "doctor", "--deep", "--json"))
        return [one for one in found if one["standing"] != "good" and not one["code"].startswith(APART)]

    (home / "keys.json").unlink(missing_ok=True)
    run("tests.upgrade.fill")
    assert not amiss()
    for _night in range(2):
        told = json.loads(run("qiaojie.cli.main", "nightly", "digest", "--json"))
        assert [one["code"] for one in told] == [""], told
        assert not amiss()
    run("qiaojie.cli.main", "prepare")
    assert not amiss()
