"""The place to practise: refused where something real is, made whole or not at all, made anew when asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import Namespace
from pathlib import Path

import pytest
from django.conf import LazySettings

from qiaojie.cli import practice as command
from qiaojie.cli.door import Door
from qiaojie.lib import practice
from qiaojie.lib.findings import Unusable
from qiaojie.lib.practice import AFRESH, ask_afresh
from tests.house.source import ROOT

pytestmark = pytest.mark.later


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def answer(at: int, path: str = "/") -> tuple[int, str]:
    """Status and text; 0 where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{at}{path}", timeout=5) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture
def real(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = settings.HOME = tmp_path / "real"
    home.mkdir()
    monkeypatch.setattr(command, "real_places", lambda: [home, home / "data" / "qiaojie.sqlite3"])
    return home


def test_a_home_with_something_real_in_it_is_refused(real: Path, settings: LazySettings) -> None:
    command.demand_apart(real / "practice")
    (real / "other").mkdir()
    (real / "other" / "list.xlsx").touch()
    for home in (real, real.parent, real / "data", real / "practice" / "..", real / "other"):
        with pytest.raises(Unusable) as refused:
            command.demand_apart(home)
        assert refused.value.code == "practice_is_real", home
    # Not even where somebody put a marker into it.
    practice.mark(real, practice.PracticePlace([], ""))
    with pytest.raises(Unusable):
        command.demand_apart(real)
    settings.QIAOJIE_PRACTICE = True
    with pytest.raises(Unusable) as inside:
        command.demand_apart(real / "practice")
    assert inside.value.code == "practice_inside"


def test_only_a_practice_place_is_thrown_away_or_filled(real: Path) -> None:
    (real / "keys.json").touch()
    command.remove(real)
    assert (real / "keys.json").exists()
    with pytest.raises(Unusable):
        command.run_practice(Namespace(make=True))
    practice.mark(real / "practice", practice.PracticePlace([], ""))
    command.remove(real / "practice")
    assert not (real / "practice").exists()


def test_its_processes_know_no_way_to_the_real_database(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIAOJIE_DATABASE", "postgresql://somewhere/real")
    monkeypatch.setenv("QIAOJIE_SECRET_KEY", "real")
    told = command.environment(real / "practice", "http://127.0.0.1:8000/")
    assert told["QIAOJIE_HOME"] == str(real / "practice")
    assert told["QIAOJIE_REAL_URL"] == "http://127.0.0.1:8000/"
    assert not {"QIAOJIE_DATABASE", "QIAOJIE_SECRET_KEY"} & told.keys()


def test_the_door_says_how_far_it_is(real: Path) -> None:
    at = port()
    with Door("127.0.0.1", at) as door:
        assert not door.asked.is_set()
        door.say("正在建库 <1>")
        status, page = answer(at, "/any/where/")
        assert (status, door.asked.is_set()) == (503, True)
        assert "<li>正在建库 &lt;1&gt;</li>" in page and "正在准备练习" in page
    assert answer(at) == (0, "")


class Stand(command._Keeper):
    """Keeps a place whose processes are small: what makes it marks it, and what serves it serves the folder."""

    def command(self, home: Path, *arguments: str, stdout: int | None = None) -> subprocess.Popen[str]:
        place = f"p.Path({str(home)!r}), p.PracticePlace(['某账号'], '')"
        fill = f"from qiaojie.lib import practice as p; p.mark({place}); print('编人')"
        serve = ["-m", "http.server", str(self.options.port), "--bind", "127.0.0.1", "--directory", str(home)]
        told = serve if arguments[0] == "serve" else ["-c", fill]
        return subprocess.Popen(
            [sys.executable, *told],
            stdout=stdout or subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def until(what: object, seconds: float = 20) -> None:
    assert callable(what)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_place_is_made_when_somebody_comes_and_anew_when_asked(
    real: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Signals belong to the main thread, and the keeper runs beside it here.
    monkeypatch.setattr("signal.signal", lambda *_any: None)
    home, at = real / "practice", port()
    keeper = Stand(home, Namespace(address="127.0.0.1", port=at, real="", when_asked=True, beside=None))
    running = threading.Thread(target=keeper.run)
    running.start()
    try:
        time.sleep(0.7)
        assert not home.exists(), "nobody has come"
        until(lambda: answer(at)[0] == 200)
        kept = practice.read(home)
        assert kept is not None and kept.accounts == ["某账号"]
        assert not home.with_name("practice.new").exists()
        (home / "practised").touch()
        settings.HOME = home
        ask_afresh()
        until(lambda: not (home / "practised").exists())
        until(lambda: answer(at)[0] == 200)
        assert not (home / AFRESH).exists() and not (home / "practised").exists()
    finally:
        keeper.over.set()
        running.join(20)
    assert not running.is_alive() and answer(at) == (0, "")


def test_one_place_has_one_keeper(real: Path) -> None:
    home = real / "practice"
    practice.mark(home, practice.PracticePlace(["某账号"], ""))
    options = {"make": False, "home": str(home), "address": "127.0.0.1", "port": port()}
    with command._alone(home) as alone:
        assert alone
        with pytest.raises(Unusable) as refused:
            command.run_practice(Namespace(**options, fresh=False))
        assert refused.value.code == "practice_runs"
        assert command.run_practice(Namespace(**options, fresh=True)) == 0
    assert (home / AFRESH).exists(), "whoever keeps it makes it anew"


@pytest.mark.long
def test_a_real_practice_place_is_made_and_served(tmp_path: Path) -> None:
    """With the small demo, as ``make run`` does it; the real database stays as it is to the byte."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("QIAOJIE_")},
        "QIAOJIE_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    program = [sys.executable, "-m", "qiaojie.cli.main"]
    subprocess.run([*program, "prepare"], env=environment, check=True)
    held = {path: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".sqlite3"}
    at = port()
    place = subprocess.Popen([*program, "practice", "--port", str(at)], env=environment)
    try:
        until(lambda: answer(at, "/sign-in/")[0] == 200, 240)
        page = answer(at, "/sign-in/")[1]
        assert "练习：这里的人和数都是编的" in page and "fengdu-clerk" in page
    finally:
        place.terminate()
        place.wait(30)
    assert {path: path.read_bytes() for path in held} == held
