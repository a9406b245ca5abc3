"""The whole exchange over a kept installation, killed again and again, and while others write: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import ROOT
from tests.upgrade import kept

pytestmark = [pytest.mark.long, pytest.mark.once]

OPENED = (
    "import django; django.setup(); from tests.upgrade.sealed import opened, HASHED, OPAQUE; import json\n"
    + (
        "print(json.dumps({name: said[0] if name in HASHED or name in OPAQUE else said for name, said in opened().items()}))"
    )
)

WRITE = """
import sys, django; django.setup()
from qiaojie.people.models import Person
from qiaojie.people.services import completed
for number in range(100_000):
    phone = f"138{number:08d}"
    made = Person.objects.create(**completed({"name": "写入者", "phone": phone}))
    assert Person.objects.get(pk=made.pk).phone == phone
    assert all(str(one) != "打不开" for one in Person.objects.values_list("phone", flat=True))
    print(made.pk, flush=True)
"""
"""Somebody who writes and reads all the while, and would end at the first value that does not open."""


def environment(home: Path) -> dict[str, str]:
    own = {
        "QIAOJIE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings",
        "PYTHONPATH": str(ROOT),
    }
    return {**{k: v for k, v in os.environ.items() if not k.startswith("QIAOJIE_")}, **own}


def run(home: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "qiaojie.cli.main", *arguments],
        env=environment(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def opened(home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", OPENED], env=environment(home), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    # The exchange's own jobs come and go.
    return {name: said for name, said in found.items() if not name.startswith("queue.Job")}


@pytest.mark.parametrize("folder", list(kept.folders())[-1:], ids=lambda one: one.name)
def test_killed_at_any_moment_and_begun_again_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    home = kept.unpack(folder, "sqlite", tmp_path)
    run(home, "prepare")
    before = opened(home)
    chance = random.Random(15)
    assert run(home, "keys", "add")
    for _round in range(8):
        with subprocess.Popen(
            [sys.executable, "-m", "qiaojie.cli.main", "keys", "rotate", "--here", "--cipher", "sm4"],
            env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            time.sleep(1.5 + 3 * chance.random())
            process.send_signal(signal.SIGKILL)
        assert opened(home) == before
    run(home, "keys", "rotate", "--here")
    run(home, "keys", "retire", "1")
    assert opened(home) == before
    assert "打不开" not in run(home, "doctor", "--deep")
    assert len(json.loads((home / "keys.json").read_text(encoding="utf-8"))["fields"]) == 1


@pytest.mark.parametrize("folder", list(kept.folders())[-1:], ids=lambda one: one.name)
def test_others_write_and_read_all_the_while(folder: Path, tmp_path: Path) -> None:
    home = kept.unpack(folder, "sqlite", tmp_path)
    run(home, "prepare")
    writing = subprocess.Popen(
        [sys.executable, "-c", WRITE],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(3)
        for number, cipher in ((2, "sm4"), (3, "aes"), (4, "sm4")):
            run(home, "keys", "add")
            run(home, "keys", "rotate", "--cipher", cipher)
            run(home, "keys", "retire", str(number - 1))
        assert writing.poll() is None, writing.stderr.read() if writing.stderr else ""
    finally:
        writing.kill()
        written, _errors = writing.communicate()
    assert len(written.split()) > 10
    listed = json.loads(run(home, "keys", "list", "--json"))
    assert [one["number"] for one in listed["keys"]] == [4] and listed["cipher"] == "sm4"
    assert "打不开" not in run(
        home,
        "doctor",
        "--deep",
    )
