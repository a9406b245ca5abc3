"""Whether a volume is encrypted is found out as far as a machine can tell, and what it cannot tell is said."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qiaojie.storage import checks, volumes
from qiaojie.storage.volumes import Secrecy, Volume

pytestmark = pytest.mark.once

MOUNTS = """\
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 253:0 / /data/office rw - ext4 /dev/mapper/luks-office rw
23 21 253:2 / /disks/pg\\040data rw - xfs /dev/mapper/vg-pg rw
24 21 253:3 / /disks/open rw - xfs /dev/mapper/vg-open rw
25 21 0:40 / /disks/cloud rw - nfs4 server:/export rw
26 21 0:41 / /disks/own rw - fuse.gocryptfs /disks/cipher rw
27 21 0:42 / /run rw - tmpfs tmpfs rw
28 21 0:43 / /disks/btrfs rw - btrfs /dev/sda1 rw
"""


@pytest.fixture
def machine(tmp_path: Path) -> tuple[Path, Path]:
    """The files in which a machine tells of its mounts and devices."""
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "mountinfo").write_text(MOUNTS)
    below = {"8:1": [], "253:0": [], "253:1": [], "253:2": ["253:1"], "253:3": ["253:1", "8:1"]}
    kinds = {"253:0": "CRYPT-LUKS2-abc", "253:1": "CRYPT-LUKS1-def", "253:2": "LVM-x", "253:3": "LVM-y"}
    for number in below:
        (sys / "dev" / "block" / number / "slaves").mkdir(parents=True)
        (sys / "dev" / "block" / number / "dm").mkdir()
        (sys / "dev" / "block" / number / "dm" / "uuid").write_text(kinds.get(number, ""))
    for number, others in below.items():
        for one in others:
            (sys / "dev" / "block" / number / "slaves" / one).symlink_to(sys / "dev" / "block" / one)
    (sys / "class" / "block").mkdir(parents=True)
    (sys / "class" / "block" / "sda1").symlink_to(sys / "dev" / "block" / "8:1")
    return proc, sys


@pytest.mark.parametrize(
    ("path", "secrecy", "mount"),
    [
        ("/var/lib/qiaojie", Secrecy.PLAIN, "/"),
        ("/data/office/x", Secrecy.ENCRYPTED, "/data/office"),
        ("/disks/pg data/16/main", Secrecy.ENCRYPTED, "/disks/pg data"),
        ("/disks/open", Secrecy.PLAIN, "/disks/open"),
        ("/disks/cloud/x", Secrecy.UNKNOWN, "/disks/cloud"),
        ("/disks/own", Secrecy.ENCRYPTED, "/disks/own"),
        ("/run/x", Secrecy.UNKNOWN, "/run"),
        ("/disks/btrfs/x", Secrecy.PLAIN, "/disks/btrfs"),
    ],
)
def test_a_volume_is_known_by_its_devices(
    machine: tuple[Path, Path], path: str, secrecy: Secrecy, mount: str
) -> None:
    found = volumes.of(Path(path), *machine)
    assert (found.secrecy, found.mount) == (secrecy, mount)


def test_a_machine_that_tells_nothing_is_believed_nothing(tmp_path: Path) -> None:
    assert volumes.of(Path("/data/office"), tmp_path, tmp_path).secrecy is Secrecy.UNKNOWN


@pytest.mark.parametrize("secrecy", Secrecy)
def test_the_volume_of_an_encrypted_file_is_told_for_information(secrecy: Secrecy) -> None:
    told = checks.home_volume(Volume("/dev/sda1", "/", "ext4", secrecy))
    assert (told.standing, told.code) == ("good", "volume") and "/dev/sda1" in told.message


def server(monkeypatch: pytest.MonkeyPatch, host: str, *, tls: bool = False, sslmode: str = "") -> None:
    """A server at an address, as the settings and the driver tell of it."""
    database = {"HOST": host, "OPTIONS": {"sslmode": sslmode} if sslmode else {}}
    monkeypatch.setattr(
        checks, "settings", SimpleNamespace(DATABASES={"default": database}, QIAOJIE_VOLUME_ENCRYPTED=False)
    )
    monkeypatch.setattr(
        checks, "_asked", lambda ask: ask(SimpleNamespace(pgconn=SimpleNamespace(ssl_in_use=tls)))
    )


@pytest.mark.parametrize(
    ("host", "tls", "sslmode", "standing", "word"),
    [
        ("/run/postgresql", False, "", "good", "本机"),
        ("", False, "", "good", "本机"),
        ("db.example", False, "", "broken", "sslmode=verify-full"),
        ("db.example", True, "require", "doubtful", "证书"),
        ("db.example", True, "verify-full", "good", "核对证书"),
    ],
)
def test_the_way_to_a_server_is_told(
    monkeypatch: pytest.MonkeyPatch, host: str, tls: bool, sslmode: str, standing: str, word: str
) -> None:
    server(monkeypatch, host, tls=tls, sslmode=sslmode)
    (told,) = checks.server_connection()
    assert (told.standing, told.code) == (standing, "database_tls") and word in told.message


@pytest.mark.parametrize(
    ("host", "folder", "secrecy", "standing", "word"),
    [
        ("db.example", "/data", Secrecy.ENCRYPTED, "doubtful", "另一台机器"),
        ("/run/pg", "", Secrecy.ENCRYPTED, "doubtful", "没有检查"),
        ("/run/pg", "/data", Secrecy.PLAIN, "doubtful", "LUKS"),
        ("/run/pg", "/data", Secrecy.UNKNOWN, "doubtful", "查不出"),
        ("/run/pg", "/data", Secrecy.ENCRYPTED, "good", "没有检查另设的表空间"),
    ],
)
def test_the_volume_of_a_server_is_asked_for_and_what_was_not_checked_is_said(
    monkeypatch: pytest.MonkeyPatch, host: str, folder: str, secrecy: Secrecy, standing: str, word: str
) -> None:
    server(monkeypatch, host)
    monkeypatch.setattr(checks, "_data_directory", lambda: folder)
    monkeypatch.setattr(checks.volumes, "of", lambda path: Volume("/dev/x", "/", "ext4", secrecy))
    (told,) = checks.server_volume()
    assert (told.standing, told.code) == (standing, "database_volume") and word in told.message
    checks.settings.QIAOJIE_VOLUME_ENCRYPTED = True
    (told,) = checks.server_volume()
    assert told.standing == "good" and "没有核实" in told.message
    if standing == "doubtful":
        assert "QIAOJIE_VOLUME_ENCRYPTED=1" in "".join(one.message for one in _undeclared())


def _undeclared() -> list[Any]:
    checks.settings.QIAOJIE_VOLUME_ENCRYPTED = False
    return list(checks.server_volume())
