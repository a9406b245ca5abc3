"""A practice place keeps to itself, whatever the environment of the process says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from qiaojie.keys import file
from qiaojie.lib import practice
from tests.house.source import ROOT

WRITE = """
import json, sys
from django.conf import settings
from django.db import connection
connection.ensure_connection()
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE practised (name TEXT)")
    cursor.execute("INSERT INTO practised VALUES ('somebody made up')")
print(json.dumps({name: str(getattr(settings, name)) for name in (
    "QIAOJIE_PRACTICE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECRET_KEY", "QIAOJIE_REAL_URL",
    "QIAOJIE_PASSWORD_DAYS", "QIAOJIE_SECOND_FACTOR")}))
"""
"""What a process does that has been started in a home: a row is written, and its settings are told."""


def begun(home: Path, **environment: str) -> dict[str, str]:
    """The settings of a process that was started in a home and has written to its database."""
    file.make(home)
    done = subprocess.run(
        [sys.executable, "-c", WRITE],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("QIAOJIE_")},
            "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings",
            "PYTHONPATH": str(ROOT),
            "QIAOJIE_HOME": str(home),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_a_folder_is_a_practice_place_by_its_marker_and_stays_one(tmp_path: Path) -> None:
    assert practice.read(tmp_path) is None
    place = practice.PracticePlace(["某账号"], "http://127.0.0.1:8000/")
    practice.mark(tmp_path / "practice", place)
    assert practice.read(tmp_path / "practice") == place


def test_writing_in_practice_leaves_the_real_database_as_it_is_to_the_byte(tmp_path: Path) -> None:
    real = begun(tmp_path)
    held = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert {path.name for path in held} >= {"qiaojie.sqlite3", "keys.json"}
    home = tmp_path / "practice"
    practice.mark(home, practice.PracticePlace([], "http://127.0.0.1:8000/"))
    # Told to use the real database and the real key, as a careless unit file would.
    made_up = begun(
        home,
        QIAOJIE_DATABASE=f"sqlite:///{tmp_path / 'qiaojie.sqlite3'}",
        QIAOJIE_SECRET_KEY=real["SECRET_KEY"],
        QIAOJIE_SECOND_FACTOR="all",
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == held
    assert (home / "qiaojie.sqlite3").exists() and (home / "keys.json").read_bytes() != held[
        tmp_path / "keys.json"
    ]
    assert (real["QIAOJIE_PRACTICE"], made_up["QIAOJIE_PRACTICE"]) == ("False", "True")
    for name in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECRET_KEY"):
        assert real[name] != made_up[name], name
    assert made_up["QIAOJIE_REAL_URL"] == "http://127.0.0.1:8000/"
    assert int(made_up["QIAOJIE_PASSWORD_DAYS"]) > 10_000
    assert made_up["QIAOJIE_SECOND_FACTOR"] == "none"
