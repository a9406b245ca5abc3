"""Moving, as the manual says it: these commands, word for word, in a home that has nothing yet."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from qiaojie.backups import key_copies, packet_keys, packets
from tests.kept import rolled_back

MANUAL = Path(__file__).parents[2] / "docs" / "administrator.zh-CN.md"
Run = subprocess.CompletedProcess[str]


def qiaojie(home: Path, *words: str, typed: str = "", **more: str) -> Run:
    """A command in a home of its own, as somebody types it."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"QIAOJIE_DATABASE", "QIAOJIE_HOME"}
    }
    return subprocess.run(
        [sys.executable, "-m", "qiaojie.cli.main", *words],
        env={**environment, "QIAOJIE_HOME": str(home), **more},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def program(home: Path, text: str) -> str:
    """What a few lines of Python print in a home."""
    environment = {
        **os.environ,
        "QIAOJIE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings",
    }
    environment.pop("QIAOJIE_DATABASE", None)
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{text}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


NAMES = """
from django.db import connection
from qiaojie.accounts.models import User
cursor = connection.cursor()
assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
print(*User.objects.values_list("username", flat=True))
"""
"""The names of all accounts, of a file that is sound."""


def sound(said: Run) -> bool:
    """Whether the doctor found keys and databases in order. (The small programme has counted nothing yet.)"""
    found = {(one["code"], one["standing"]) for one in json.loads(said.stdout)}
    return {("database", "good"), ("keys", "good")} <= found and ("database", "broken") not in found


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Path, Path, list[str]]]:
    """A packet of the small programme, a sealed copy of the keys, and its codes."""
    from tests.web import factories

    folder = tmp_path_factory.mktemp("kept")
    codes = [key_copies.new_code(), key_copies.new_code()]
    with django_db_blocker.unblock(), rolled_back():
        factories.world()
        packets.make(folder / "packet.qjb", "tests")
        held = packet_keys.entries()
        made = packets.manifest(folder / "packet.qjb").made_at
    (folder / "copy.txt").write_text(key_copies.seal(held, codes, made).text)
    yield folder / "packet.qjb", folder / "copy.txt", codes


def hashes(packet: Path) -> dict[str, str]:
    """The hash of every table, but for the lines that the commands themselves leave."""
    manifest = packets.manifest(packet)
    own = {"accounts_accessentry", "accounts_accessopen", "accounts_accessseal", "backups_packetevent"}
    # Of ledgers declared as data the tests' process has some that nothing ever prepared.
    tables = {name: one for name, one in manifest.tables.items() if not name.startswith("ledger_")}
    return {name: one["sha256"] for name, one in tables.items() if name not in own}


def test_a_new_computer_is_like_the_old_one_after_the_commands_of_the_manual(
    kept: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    packet, copy, codes = kept
    text = MANUAL.read_text(encoding="utf-8").split("### 换电脑", 1)[1].split("\n### ", 1)[0]
    commands = re.findall(r"^    (?:\.venv/bin/)?qiaojie (.+?)(?:  +#.*)?$", text, re.M)
    assert [command.split()[0] for command in commands][:2] == ["backup", "doctor"]
    home = tmp_path / "home"
    said: list[Run] = []
    for command in commands[:2]:
        words = command.replace("备份.qjb", str(packet)).replace("副本.txt", str(copy)).split()
        said.append(qiaojie(home, *words, typed="\n".join(codes) + "\n"))
    assert said[0].returncode == 0, said[0].stderr
    assert "逐行比对一致" in said[0].stdout
    assert said[1].stdout
    assert sound(qiaojie(home, "doctor", "--json"))
    held = json.loads((home / "keys.json").read_text())
    # The key of the files is this home's own.
    assert {name: one for name, one in held.items() if name != "database"} == {
        name: one for name, one in packet_keys.entries().items() if name != "database"
    }
    assert home.stat().st_mode & 0o777 == 0o700
    assert not [name for name in os.listdir(home) if name.startswith("restoring") or name == "swap.json"]
    made = qiaojie(home, "backup", "make", "--to", str(tmp_path))
    assert made.returncode == 0, made.stderr
    (again,) = tmp_path.glob("*.qjb")
    assert hashes(again) == hashes(packet)


@pytest.mark.later
def test_a_home_in_use_is_kept_unless_told_otherwise_and_backed_up_before(
    kept: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    packet, copy, codes = kept
    home, typed = tmp_path / "home", "\n".join(codes) + "\n"
    damaged = tmp_path / "damaged.qjb"
    damaged.write_bytes(packet.read_bytes()[:-5])
    refused = qiaojie(home, "backup", "restore", str(damaged), "--keys", str(copy), typed=typed)
    assert (refused.returncode, not (home / "qiaojie.sqlite3").exists()) == (2, True)
    wrong = qiaojie(
        home, "backup", "restore", str(packet), "--keys", str(copy), typed=f"{codes[0]}\n{codes[0]}\n"
    )
    assert wrong.returncode == 2
    assert not (home / "keys.json").exists()
    assert qiaojie(home, "backup", "restore", str(packet), "--keys", str(copy), typed=typed).returncode == 0
    before = (home / "qiaojie.sqlite3").stat().st_ino
    refused = qiaojie(home, "backup", "restore", str(packet))
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)
    assert (home / "qiaojie.sqlite3").stat().st_ino == before, "nothing took its place"
    done = qiaojie(home, "backup", "restore", str(packet), "--replace")
    assert done.returncode == 0, done.stderr
    assert len(list((home / "backups").glob("*.qjb"))) == 1


@pytest.mark.long
def test_a_kill_at_any_moment_of_a_restore_leaves_the_old_or_the_new(
    kept: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    packet, copy, codes = kept
    home, typed = tmp_path / "home", "\n".join(codes) + "\n"
    assert qiaojie(home, "backup", "restore", str(packet), "--keys", str(copy), typed=typed).returncode == 0
    program(home, "from qiaojie.accounts.models import User; User.objects.create(username='old-one')")
    command = [sys.executable, "-m", "qiaojie.cli.main", "backup", "restore", str(packet), "--replace"]
    environment = {**os.environ, "QIAOJIE_HOME": str(home)}
    environment.pop("QIAOJIE_DATABASE", None)
    began = time.monotonic()
    trial = tmp_path / "trial"
    subprocess.run(["cp", "-r", str(home), str(trial)], check=True)
    assert qiaojie(trial, "backup", "restore", str(packet), "--replace").returncode == 0
    took = time.monotonic() - began
    outcomes = set()
    for number in range(24):
        place = tmp_path / f"home-{number}"
        subprocess.run(["cp", "-r", str(home), str(place)], check=True)
        running = subprocess.Popen(
            command,
            env={**environment, "QIAOJIE_HOME": str(place)},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Most of the moments lie at the end, where files take the place of others.
        time.sleep(took * (number / 12 if number < 8 else 0.66 + (number - 8) / 40))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert sound(qiaojie(place, "doctor", "--json"))
        outcomes.add("old-one" in program(place, NAMES))
    assert outcomes == {True, False}


@pytest.mark.long
def test_a_kill_at_any_moment_of_making_leaves_no_half_packet(
    kept: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    packet, copy, codes = kept
    home, typed, place = tmp_path / "home", "\n".join(codes) + "\n", tmp_path / "place"
    place.mkdir()
    assert qiaojie(home, "backup", "restore", str(packet), "--keys", str(copy), typed=typed).returncode == 0
    environment = {**os.environ, "QIAOJIE_HOME": str(home)}
    environment.pop("QIAOJIE_DATABASE", None)
    for number in range(15):
        running = subprocess.Popen(
            [sys.executable, "-m", "qiaojie.cli.main", "backup", "make", "--to", str(place)],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        time.sleep(1 + number / 8)
        running.kill()
        running.wait()
        for found in place.glob("*.qjb"):
            packets.verify(found)


@pytest.mark.long
@pytest.mark.once
def test_every_direction_between_the_two_databases_keeps_every_row(
    kept: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    """SQLite → SQLite → PostgreSQL → PostgreSQL → SQLite: every table, every row, the same hashes all the way."""
    from tests.postgres import cluster

    packet, copy, codes = kept
    typed = "\n".join(codes) + "\n"
    told = hashes(packet)
    with cluster() as first, cluster() as second:
        at = packet
        for number, address in enumerate(["", first, second, ""]):
            home, out = tmp_path / f"home-{number}", tmp_path / f"out-{number}"
            out.mkdir()
            more = {"QIAOJIE_DATABASE": address} if address else {}
            done = qiaojie(home, "backup", "restore", str(at), "--keys", str(copy), typed=typed, **more)
            assert done.returncode == 0, done.stderr
            assert sound(qiaojie(home, "doctor", "--json", **more))
            made = qiaojie(home, "backup", "make", "--to", str(out), **more)
            assert made.returncode == 0, made.stderr
            (at,) = out.glob("*.qjb")
            assert hashes(at) == told
            if address:
                replaced = qiaojie(home, "backup", "restore", str(at), "--replace", **more)
                assert replaced.returncode == 0, replaced.stderr
