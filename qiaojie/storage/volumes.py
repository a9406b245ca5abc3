"""On which volume a folder lies, and whether that is encrypted as far as this machine can tell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

ENCRYPTING: Final = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs"})
"""File systems that encrypt by themselves."""
MEMORY: Final = frozenset({"tmpfs", "ramfs"})


class Secrecy(StrEnum):
    """What could be found out of a volume."""

    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted volume: the device or what stands for it, where it is mounted, its file system, and what was found out."""

    device: str
    mount: str
    system: str
    secrecy: Secrecy


def of(path: Path, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Volume:
    """The volume of a path, whether or not it may be looked into. What a controller of disks or whoever lends the machine
    encrypts below it cannot be seen from here: such a volume is ``plain``."""
    real = Path(os.path.realpath(path))
    found = Volume("", "", "", Secrecy.UNKNOWN)
    for mount, number, system, device in _mounts(proc):
        # The last of those of equal length covers those before it.
        if real.is_relative_to(mount) and len(mount) >= len(found.mount):
            found = Volume(device, mount, system, _secrecy(number, system, device, sys))
    return found


def _mounts(proc: Path) -> Iterator[tuple[str, str, str, str]]:
    """Mount point, number of the device, file system, device."""
    try:
        lines = (
            (proc / "self" / "mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        )
    except OSError:
        return
    for line in lines:
        before, _dash, after = line.partition(" - ")
        parts, (system, device, *_options) = before.split(" "), after.split(" ")
        yield _plain(parts[4]), parts[2], system, _plain(device)


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _secrecy(number: str, system: str, device: str, sys: Path) -> Secrecy:
    if system in ENCRYPTING:
        return Secrecy.ENCRYPTED
    block = sys / "dev" / "block" / number
    if not block.exists():
        # Some file systems number themselves; their device has a name all the same.
        block = sys / "class" / "block" / Path(os.path.realpath(device)).name
    if system in MEMORY or not device.startswith("/dev/") or not block.exists():
        return Secrecy.UNKNOWN
    return Secrecy.ENCRYPTED if _encrypted(block) else Secrecy.PLAIN


def _encrypted(block: Path) -> bool:
    """Whether a block device is one of dm-crypt, or all that it is made of are."""
    try:
        kind = (block / "dm" / "uuid").read_text(encoding="ascii")
    except OSError:
        kind = ""
    if kind.startswith("CRYPT-"):
        return True
    try:
        below = sorted((block / "slaves").iterdir())
    except OSError:
        return False
    return bool(below) and all(_encrypted(one.resolve()) for one in below)
