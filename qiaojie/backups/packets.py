"""Packets: made of everything but the keys, and opened again.

The first chunk is the opening (of which version and shape, from which database, made by whom), the last the manifest (rows
and hash of every table, size and hash of every file). Between them lie the lines of the tables, and the files of the home.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.lib.dialects import is_server
from qiaojie.lib.findings import Unusable
from qiaojie.storage.system_words import why

from . import packet_keys, rows, schema
from .databases import Databases, snapshot
from .loading import TableDigest
from .rows import PacketTable
from .schema import Step
from .sealing import PacketKey, PacketReader, PacketWriter

Progress = Callable[[str, int, int], None]
"""``progress(step, done, total)``: how many rows were read or put back."""

KEPT_SETTINGS: Final = (
    "QIAOJIE_HOSTS", "QIAOJIE_ORIGINS", "QIAOJIE_TLS", "QIAOJIE_CIPHER", "QIAOJIE_SECOND_FACTOR", "QIAOJIE_PASSWORD_DAYS",
    "QIAOJIE_IDLE_MINUTES", "QIAOJIE_ONE_SESSION", "QIAOJIE_EXPORT_HOURS", "QIAOJIE_API_RATE", "QIAOJIE_PROXIES",
    "QIAOJIE_AT_ONCE_ROWS", "QIAOJIE_DOCUMENT_MB", "QIAOJIE_PICTURE_MEGAPIXELS", "QIAOJIE_WORKER_SILENCE",
    "QIAOJIE_PRACTICE_URL", "QIAOJIE_REAL_URL", "QIAOJIE_BACKUP_TO", "QIAOJIE_BACKUP_KEPT", "QIAOJIE_BACKUP_AWAY",
)  # fmt: skip
"""Settings that a new computer needs to be told again. None of them is a secret; addresses of databases are not among them."""

FILES: Final = ("log-head.json", "digest-head.json", "journal-head.json", "likeness-weights.toml")
"""Files of the home that belong to what is kept; its own notices and code lists besides."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What lies in a packet that was opened to its end."""

    packet: str
    made_at: datetime
    maker: str
    version: str
    server: bool
    steps: list[Step]
    keys: str
    tables: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, str]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(one["rows"]) for one in self.tables.values())


def make(path: Path, maker: str, progress: Progress = lambda _step, _done, _total: None) -> Manifest:
    """Write a packet of everything as it is at this moment: to a file beside, and under its name when it is whole and on disk.

    Raises Unusable ``not_prepared`` where the database waits for an upgrade, ``backup_unwritable`` with the system's reason.
    """
    with _draft(path) as draft, draft.open("wb") as stream:
        # The heads are read before what they are of: they name seals that the packet holds.
        kept = dict(home_files())
        with snapshot() as databases:
            if schema.waiting(databases):
                raise Unusable("not_prepared", _("数据库还没有升级完，请先运行 qiaojie prepare，再做备份。"))
            with PacketWriter(stream, packet_keys.packet_key(), datetime.now(UTC)) as packet:
                manifest = _written(packet, databases, kept, maker, progress)
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _written(
    packet: PacketWriter, databases: Databases, kept: Mapping[str, bytes], maker: str, progress: Progress
) -> Manifest:
    held = rows.tables()
    kept_keys = packet_keys.entries()
    total = sum(rows.count(databases[alias], table) for table, alias in held.items())
    opening = {
        "packet": packet.head.packet,
        "made": packet.head.made,
        "maker": maker,
        "version": version("qiaojie"),
        "server": is_server(databases["default"]),
        "steps": schema.steps(databases),
        "declared": schema.declared(),
        "keys": packet_keys.fingerprint(kept_keys),
        "fields": packet_keys.field_keys(kept_keys),
        "settings": {name: os.environ[name] for name in KEPT_SETTINGS if name in os.environ},
        "tables": [table.plain() for table in held],
    }
    packet.put({"part": "opening"}, _json(opening))
    done = 0
    told: dict[str, dict[str, Any]] = {}
    for table, alias in held.items():
        digest = TableDigest()
        for number, lines in rows.lines(databases[alias], table):
            digest.add(number, lines)
            packet.put({"part": "rows", "table": table.name, "rows": number}, lines)
            done += number
            progress(_("备份"), done, max(total, done))
        told[table.name] = {**digest.plain(), "last": rows.last_number(databases[alias], table)}
    files = {}
    for name, content in kept.items():
        packet.put({"part": "file", "name": name}, content)
        files[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {**opening, "tables": told, "files": files, "ended": datetime.now(UTC).isoformat()}
    packet.put({"part": "manifest"}, _json(manifest), last=True)
    return _manifest(manifest)


def manifest(path: Path, by: PacketKey | None = None) -> Manifest:
    """What a packet says lies in it; only its last chunk is opened. Raises Unusable as PacketReader."""
    return _manifest(PacketReader(path, by or packet_keys.packet_key()).last())


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a packet before its rows come."""

    steps: list[Step]
    declared: dict[str, list[Any]]
    """What makes the tables that no migration makes; nothing in packets from before there were such."""
    tables: dict[str, PacketTable]
    keys: str
    fields: dict[str, str]


def opening(path: Path, by: PacketKey | None = None) -> Opening:
    """The opening of a packet. Raises Unusable as PacketReader."""
    told = PacketReader(path, by or packet_keys.packet_key()).first()
    tables = [PacketTable.read(one) for one in told["tables"]]
    return Opening(
        [(app, name) for app, name in told["steps"]],
        told.get("declared", {}),
        {one.name: one for one in tables},
        told["keys"],
        told["fields"],
    )


def verify(
    path: Path, by: PacketKey | None = None, progress: Progress = lambda _step, _done, _total: None
) -> Manifest:
    """Open a packet to its end, and hold every row and file against the manifest. Raises Unusable as ``contents``."""
    for _head, _body in contents(path, by or packet_keys.packet_key(), progress):
        pass
    return manifest(path, by)


def contents(
    path: Path, by: PacketKey, progress: Progress = lambda _step, _done, _total: None
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Rows and files of a packet as they come; at the end they are held against the manifest.

    Raises Unusable ``packet_broken`` (also where the manifest says otherwise than what came), ``packet_foreign``.
    """
    reader = PacketReader(path, by)
    told = reader.last()
    total = sum(int(one["rows"]) for one in told["tables"].values())
    digests = {name: TableDigest() for name in told["tables"]}
    files = {}
    done = 0
    for head, body in reader.chunks():
        if head["part"] == "rows":
            digests[head["table"]].add(head["rows"], body)
            done += head["rows"]
            progress(_("核对"), done, total)
        elif head["part"] == "file":
            files[head["name"]] = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        if head["part"] in {"rows", "file"}:
            yield head, body
    found = {
        name: {**digest.plain(), "last": told["tables"][name]["last"]} for name, digest in digests.items()
    }
    if found != told["tables"] or files != told["files"]:
        raise Unusable("packet_broken", _("备份“%s”里的行与清单对不上，不能使用。请换一份备份。") % path.name)


def home_files() -> Iterator[tuple[str, bytes]]:
    """Files of the home that a packet holds, by their names in it: what is beside the database, but for the keys."""
    home = Path(settings.HOME)
    for name in FILES:
        with suppress(FileNotFoundError):
            yield name, (home / name).read_bytes()
    for folder, own in ((name, Path(path)) for name, path in own_folders()):
        for path in sorted(own.rglob("*")) if own.is_dir() else []:
            if path.is_file():
                yield f"{folder}/{path.relative_to(own).as_posix()}", path.read_bytes()


def own_folders() -> tuple[tuple[str, str], ...]:
    """Folders of data that an installation has of its own, by their names in its home."""
    return (
        ("notices", str(settings.OWN_NOTICES)),
        ("codes", str(settings.OWN_CODES)),
        ("ledgers", str(settings.OWN_LEDGERS)),
    )


def name_of(made_at: datetime, packet: str) -> str:
    """How the file of a packet is called: by when it was made, in UTC, and its name."""
    return f"qiaojie-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{packet[:8]}.qjb"


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside, which takes the name when all went well. Raises Unusable ``backup_unwritable``."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(descriptor)
        yield draft
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as fault:
        words = {"name": path, "reason": why(fault)}
        raise Unusable("backup_unwritable", _("备份写不到“%(name)s”：%(reason)s。") % words) from fault
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have a folder's own entries on disk, where the file system knows such a thing."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _manifest(told: Mapping[str, Any]) -> Manifest:
    return Manifest(
        packet=told["packet"],
        made_at=datetime.fromisoformat(told["made"]),
        maker=told["maker"],
        version=told["version"],
        server=told["server"],
        steps=[(app, name) for app, name in told["steps"]],
        keys=told["keys"],
        tables=told["tables"],
        files=told["files"],
        settings=told["settings"],
    )
