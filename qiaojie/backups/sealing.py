"""The file of a packet: chunks that are compressed, encrypted and authenticated one by one, so that any size needs little memory.

A packet begins with a head in clear (which packet, which key, when). Every chunk is bound to that head, to its place and to
whether it is the last: what was cut, put in another order, altered, prolonged or mixed with another packet does not open.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import struct
import zlib
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from qiaojie.lib.crypto import CipherName, Keyring, Tampered
from qiaojie.lib.findings import Unusable
from qiaojie.storage.system_words import why

MAGIC: Final = b"QJPACK1\n"
SUFFIX: Final = ".qjb"
"""How the name of a packet ends."""

LARGEST: Final = 1 << 30
"""Bytes of one chunk, at most: what says that it is longer is no packet of ours."""

AHEAD: Final = 6
"""Chunks that are compressed and encrypted while the next rows are read: bounds what is held in memory."""

LEVEL: Final = 1
"""Of zlib. Rows are hexadecimal and dates for the most part: level 6 takes four times as long for a tenth less."""


@dataclass(frozen=True, slots=True)
class PacketKey:
    """The secret that packets are encrypted with, and by which algorithms new ones are."""

    secret: bytes
    cipher: CipherName = "aes"

    @property
    def fingerprint(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(b"qiaojie/backup/" + self.secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PacketHead:
    """What a packet says of itself in clear: its name, the fingerprint of its key, when it was begun (ISO, UTC)."""

    packet: str
    key: str
    made: str

    @property
    def made_at(self) -> datetime:
        """When the packet was begun."""
        return datetime.fromisoformat(self.made)


class PacketWriter:
    """Writes a packet to a stream; ``with`` it, and end with ``last``. Nothing is a packet before its last chunk."""

    def __init__(self, stream: IO[bytes], key: PacketKey, made: datetime) -> None:
        self.head = PacketHead(secrets.token_hex(16), key.fingerprint, made.isoformat())
        told = json.dumps({"packet": self.head.packet, "key": self.head.key, "made": self.head.made}).encode()
        stream.write(MAGIC + struct.pack(">I", len(told)) + told)
        self._stream, self._key, self._bound = stream, key, hashlib.sha256(told).hexdigest()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="packet")
        self._waiting: deque[Future[bytes]] = deque()
        self._number = 0

    def __enter__(self) -> PacketWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, head: dict[str, Any], body: bytes, *, last: bool = False) -> None:
        """Add a chunk: what it is, and its bytes."""
        self._waiting.append(self._pool.submit(self._sealed, head, body, self._number, last))
        self._number += 1
        while len(self._waiting) > (0 if last else AHEAD):
            sealed = self._waiting.popleft().result()
            self._stream.write(struct.pack(">I", len(sealed)))
            self._stream.write(sealed)

    def _sealed(self, head: dict[str, Any], body: bytes, number: int, last: bool) -> bytes:
        told = json.dumps(head, ensure_ascii=False).encode()
        content = struct.pack(">I", len(told)) + told + zlib.compress(body, LEVEL)
        ring = Keyring([(1, self._key.secret)], self._key.cipher)
        return ring.encrypt_bytes(content, _purpose(self._bound, number, last))


class PacketReader:
    """Reads a packet. Raises Unusable ``packet_unreadable``, ``packet_foreign`` (another key), ``packet_broken``."""

    def __init__(self, path: Path, key: PacketKey) -> None:
        self.path = path
        self._key = key
        self.head, self._begin, self._bound = _opened(path)
        if self.head.key != key.fingerprint:
            text = _(
                "备份“%(name)s”要用另一把备份密钥（%(wanted)s）打开，手头的是 %(have)s。请用当时的密钥副本。"
            )
            words = {"name": path.name, "wanted": self.head.key, "have": key.fingerprint}
            raise Unusable("packet_foreign", text % words)

    def check(self) -> int:
        """Open every chunk without unpacking it; how many there are. Raises Unusable ``packet_broken``."""
        return sum(1 for _content in self._contents())

    def chunks(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Every chunk in turn: what it is, and its bytes. Raises Unusable ``packet_broken``."""
        for content in self._contents():
            yield self._unpacked(content)

    def last(self) -> dict[str, Any]:
        """What the last chunk says (the manifest), without reading the others. Raises Unusable ``packet_broken``."""
        with self.path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(self._begin)
            number = 0
            while True:
                length = self._length(stream, size)
                if stream.tell() + length == size:
                    break
                stream.seek(length, os.SEEK_CUR)
                number += 1
            _head, body = self._unpacked(self._open(stream.read(length), number, last=True))
        found: dict[str, Any] = json.loads(body)
        return found

    def first(self) -> dict[str, Any]:
        """What the first chunk says (the opening). Raises Unusable ``packet_broken``."""
        contents = self._contents()
        _head, body = self._unpacked(next(contents))
        contents.close()
        found: dict[str, Any] = json.loads(body)
        return found

    def _contents(self) -> Generator[bytes]:
        with self.path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(self._begin)
            number = 0
            while True:
                sealed = stream.read(self._length(stream, size))
                last = stream.tell() == size
                yield self._open(sealed, number, last=last)
                if last:
                    return
                number += 1

    def _length(self, stream: IO[bytes], size: int) -> int:
        """The length of the chunk that follows, which lies within the file."""
        told = stream.read(4)
        length = struct.unpack(">I", told)[0] if len(told) == 4 else LARGEST + 1
        if length > LARGEST or stream.tell() + length > size:
            raise _broken(self.path)
        return int(length)

    def _open(self, sealed: bytes, number: int, *, last: bool) -> bytes:
        try:
            ring = Keyring([(1, self._key.secret)])
            return ring.decrypt_bytes(sealed, _purpose(self._bound, number, last))
        except Tampered as fault:
            raise _broken(self.path) from fault

    def _unpacked(self, content: bytes) -> tuple[dict[str, Any], bytes]:
        (length,) = struct.unpack(">I", content[:4])
        head: dict[str, Any] = json.loads(content[4 : 4 + length])
        return head, zlib.decompress(content[4 + length :])


def head_of(path: Path) -> PacketHead:
    """What a packet says of itself in clear; nothing of it is proved before it is opened. Raises Unusable as PacketReader."""
    return _opened(path)[0]


def _opened(path: Path) -> tuple[PacketHead, int, str]:
    """The head, where the chunks begin, and what they are bound to."""
    try:
        with path.open("rb") as stream:
            magic, told = stream.read(len(MAGIC)), stream.read(4)
            length = struct.unpack(">I", told)[0] if len(told) == 4 else 0
            if magic != MAGIC or not 0 < length < 10_000:
                raise _broken(path)
            kept = stream.read(length)
            begin = stream.tell()
    except OSError as fault:
        words = {"name": path, "reason": why(fault)}
        raise Unusable("packet_unreadable", _("打不开备份“%(name)s”：%(reason)s。") % words) from fault
    try:
        found = json.loads(kept)
        head = PacketHead(str(found["packet"]), str(found["key"]), str(found["made"]))
        head.made_at.tzinfo  # noqa: B018  (raises where it is no moment)
    except (ValueError, KeyError, TypeError) as fault:
        raise _broken(path) from fault
    return head, begin, hashlib.sha256(kept).hexdigest()


def _purpose(bound: str, number: int, last: bool) -> str:
    return f"backup.packet/{bound}/{number}/{'last' if last else 'more'}"


def _broken(path: Path) -> Unusable:
    text = _("备份“%s”不完整，或者被改动过，不能使用。什么也没有写入。请换一份备份。")
    return Unusable("packet_broken", text % path.name)
