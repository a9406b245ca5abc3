"""How a database is kept beside its answers, and put up again: one archive for both kinds of servers.

``sqlite/`` is a home with its two files; ``postgresql/`` one with the same programme as plain SQL. Each has its own keys.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ARCHIVE, ANSWERS, DUMP = "database.tar.xz", "answers.json", "dump.sql"
NOT_KEPT = {"backups", "keys.json.lock"}
"""What lies in a home and needs no upgrade: packets of the same rows, which are encrypted and do not pack."""
KINDS = ("sqlite", "postgresql")


def folders() -> Iterator[Path]:
    """The kept databases, one folder for each version, in the order of their names."""
    return iter(sorted(path.parent for path in HERE.glob(f"*/{ARCHIVE}")))


def pack(homes: Path, folder: Path, answers: dict[str, Any]) -> None:
    """Keep homes (a folder for each kind) and answers; the same content makes the same archive."""
    folder.mkdir()
    with tarfile.open(folder / ARCHIVE, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(homes.rglob("*")):
            if path.is_file() and not {path.name, *path.parts} & NOT_KEPT:
                archive.add(path, str(path.relative_to(homes)), filter=_nobodys)
    text = json.dumps(answers, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / ANSWERS).write_text(text + "\n", encoding="utf-8")


def unpack(folder: Path, kind: str, into: Path) -> Path:
    """Put one kind's home up in a folder, its keys for their owner alone as an installation keeps them; the home."""
    with tarfile.open(folder / ARCHIVE) as archive:
        members = [one for one in archive.getmembers() if one.name.startswith(f"{kind}/")]
        archive.extractall(into, members, filter="data")
    home = into / kind
    (home / "keys.json").chmod(0o600)
    return home


def answers(folder: Path) -> dict[str, Any]:
    """What that version answered."""
    found: dict[str, Any] = json.loads((folder / ANSWERS).read_text(encoding="utf-8"))
    return found


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member
