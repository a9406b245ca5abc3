"""One file and one command, without a network: installed, upgraded after a backup, refused where that fails, taken back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.long, pytest.mark.once]


def _offline() -> list[str]:
    """What cuts a command off from every network, where the machine lets us."""
    cut = ["unshare", "--net"]
    tried = subprocess.run([*cut, "true"], capture_output=True, check=False)
    return cut if tried.returncode == 0 else []


def _go(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    told = {
        name: value for name, value in os.environ.items() if not name.startswith(("QIAOJIE_", "PYTHONPATH"))
    }
    return subprocess.run(
        command, env={**told, "PIP_NO_INDEX": "1", **more}, capture_output=True, text=True, check=False
    )


def _package(folder: Path, version: str, wheels: Path | None = None) -> Path:
    """A package that was built and opened."""
    environment = {**os.environ, "VERSION": version, **({"WHEELS": str(wheels)} if wheels else {})}
    done = subprocess.run(
        [str(ROOT / "scripts/package.sh"), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    packed = Path(done.stdout.strip().splitlines()[-1])
    subprocess.run(["tar", "-C", str(folder), "-xzf", str(packed)], check=True)
    return folder / packed.name.removesuffix(".tar.gz")


def test_installed_upgraded_refused_and_taken_back_without_a_network(tmp_path: Path) -> None:
    cut, target = _offline(), tmp_path / "installed"
    first = _package(tmp_path, "1.0")
    command = str(target / "bin/qiaojie")
    done = _go(*cut, str(first / "install.sh"), str(target))
    assert done.returncode == 0, done.stderr
    assert _go(*cut, command, "doctor").returncode < 2
    assert (target / "home").stat().st_mode & 0o777 == 0o700

    second = _package(tmp_path, "1.1", first / "wheels")
    keys = target / "home/keys.json"
    kept = keys.read_bytes()
    keys.write_bytes(b"{}")
    refused = _go(*cut, str(second / "install.sh"), str(target))
    assert (refused.returncode, "没有升级" in refused.stderr) == (1, True)
    assert os.readlink(target / "current") == "versions/1.0"
    keys.write_bytes(kept)

    done = _go(*cut, str(second / "install.sh"), str(target))
    assert done.returncode == 0, done.stderr
    assert os.readlink(target / "current") == "versions/1.1"
    assert len(list((target / "before-1.1").glob("*.qjb"))) == 1
    assert _go(*cut, command, "doctor").returncode < 2

    broken = _package(tmp_path, "1.2", first / "wheels")
    serving = broken / "app/qiaojie/cli/serving.py"
    serving.write_text(
        serving.read_text().replace("def prepare() -> None:", "def prepare() -> None:\n    raise KeyError\n")
    )
    altered = _go(*cut, str(broken / "install.sh"), str(target))
    assert (altered.returncode, "被改动过" in altered.stderr) == (1, True)
    subprocess.run(
        "find . -type f ! -name SHA256SUMS -print0 | xargs -0 sha256sum > SHA256SUMS",
        shell=True,
        cwd=broken,
        check=True,
    )
    failed = _go(*cut, str(broken / "install.sh"), str(target))
    assert (failed.returncode, "仍在用 1.1" in failed.stderr) == (1, True)
    assert os.readlink(target / "current") == "versions/1.1"
    assert _go(*cut, command, "doctor").returncode < 2

    back = _go(*cut, str(second / "install.sh"), str(target), "--back")
    assert back.returncode == 0, back.stderr
    assert os.readlink(target / "current") == "versions/1.0"
    assert _go(*cut, command, "doctor").returncode < 2
    shutil.rmtree(target)
