"""Packets beside the bare tools: what a database's own program takes to write everything down, and to put it back.

On PostgreSQL the peer is ``pg_dump`` in its own format with its quickest compression, then encrypted as packets are, and
``pg_restore``. On SQLite it is ``VACUUM INTO``, compressed and encrypted in the same chunks, and the way back; and, since that
copies indexes and not rows, the database's own text dump read back besides. Ours proves every row when it restores; no peer does.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3.dump import _iterdump  # type: ignore[attr-defined]
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections

from qiaojie.backups import packet_keys, packets, trials
from qiaojie.backups.databases import beside, scratch
from qiaojie.lib.dialects import is_server
from qiaojie.storage import converting
from qiaojie.storage.encrypted_sqlite.base import opened

from .timing import BenchLine, against, alternated

_CHUNK = 1 << 20
WANTED = 1.5
"""Times what the bare tools take."""

_AESGCM = AESGCM(secrets.token_bytes(32))


def lines(people: int) -> Iterator[BenchLine]:
    """Making a packet and restoring it, beside the bare tools."""
    with tempfile.TemporaryDirectory(prefix="qiaojie-bench-backup-") as name:
        folder = Path(name)
        packet = folder / "packet.qjb"
        size = f"{people:,}"
        ways = _server(folder) if is_server(connections["default"]) else _file(folder)
        make, restore, place = ways
        told = f"{sum(one['rows'] for one in packets.make(packet, 'bench').tables.values()):,} rows"
        times = alternated(make, lambda: packets.make(packet, "bench"))
        packed = f"{told}; {packet.stat().st_size / (1 << 20):.0f} MB, the peer's {_size(folder):.0f} MB"
        yield against("a backup of everything, encrypted", size, times, WANTED, packed)
        for label, peer, bound, note in restore:
            times = alternated(peer, lambda: _ours(packet, place))
            yield against(label, size, times, bound, note)


Restore = list[tuple[str, Callable[[], object], float | None, str]]
Place = Callable[[], Any]


def _ours(packet: Path, place: Place) -> None:
    held = place()
    try:
        trials.fill({"default": held}, packet, packet_keys.packet_key())
    finally:
        held.close()


def _size(folder: Path) -> float:
    return sum(one.stat().st_size for one in folder.glob("peer.*")) / (1 << 20)


def _seal(source: Path, target: Path, level: int | None) -> None:
    """A file in chunks, compressed where a level is given, and encrypted."""
    with source.open("rb") as read, target.open("wb") as written:
        while part := read.read(_CHUNK):
            nonce = os.urandom(12)
            sealed = _AESGCM.encrypt(nonce, part if level is None else zlib.compress(part, level), None)
            written.write(len(sealed).to_bytes(4, "big") + nonce + sealed)
        written.flush()
        os.fsync(written.fileno())


def _unseal(source: Path, target: Path, *, compressed: bool) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        while told := read.read(4):
            nonce = read.read(12)
            part = _AESGCM.decrypt(nonce, read.read(int.from_bytes(told, "big")), None)
            written.write(zlib.decompress(part) if compressed else part)
        written.flush()
        os.fsync(written.fileno())


def _file(folder: Path) -> tuple[Callable[[], None], Restore, Place]:
    names = [Path(str(one["NAME"])) for one in settings.DATABASES.values()]
    key = settings.DATABASES["default"]["OPTIONS"]["key"]

    def make() -> None:
        for number, alias in enumerate(settings.DATABASES):
            copy = folder / f"copy-{number}.sqlite3"
            copy.unlink(missing_ok=True)
            with connections[alias].cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(copy)])
            _seal(copy, folder / f"peer.{number}", 1)

    def restore() -> None:
        for number in range(len(names)):
            _unseal(folder / f"peer.{number}", folder / f"back-{number}.sqlite3", compressed=True)

    def reread() -> None:
        for number, alias in enumerate(settings.DATABASES):
            target = folder / f"read-{number}.sqlite3"
            target.unlink(missing_ok=True)
            converting.make(target, key)
            with closing(opened(target, key)) as new:
                new.execute("PRAGMA journal_mode = OFF")
                # What the library of Python writes, whichever library reads.
                new.executescript("\n".join(_iterdump(connections[alias].connection)))

    def place() -> Any:
        path = folder / "ours.sqlite3"
        path.unlink(missing_ok=True)
        return scratch(path)

    note = f"wanted {WANTED}: pages are copied with their indexes, which ours makes anew from rows that it proves"
    return (
        make,
        [
            ("a restore, beside its SQL dump read back", reread, WANTED, ""),
            ("a restore, beside its pages copied back", restore, None, note),
        ],
        place,
    )


def _server(folder: Path) -> tuple[Callable[[], None], Restore, Place]:
    address = os.environ["QIAOJIE_DATABASE"]
    other = f"qiaojie_bench_restore_{os.getpid()}"
    parts = urlsplit(address)
    target = urlunsplit(parts._replace(path=f"/{other}"))
    dump, opened = folder / "peer.dump", folder / "opened.dump"
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]

    def fresh() -> None:
        with psycopg.connect(address, autocommit=True) as held:
            held.execute(f"DROP DATABASE IF EXISTS {other} WITH (FORCE)")
            held.execute(f"CREATE DATABASE {other}")

    def make() -> None:
        plain = folder / "plain.dump"
        subprocess.run(["pg_dump", "-Fc", "-Z1", "-f", str(plain), address], check=True)  # noqa: S603, S607
        _seal(plain, dump, None)

    def restore() -> None:
        fresh()
        _unseal(dump, opened, compressed=False)
        subprocess.run(["pg_restore", "-d", target, str(opened)], check=True)  # noqa: S603, S607

    def place() -> Any:
        fresh()
        return beside("default", NAME=other, HOST=host)

    return make, [("a restore, beside pg_restore", restore, WANTED, "pg_dump -Fc -Z1")], place
