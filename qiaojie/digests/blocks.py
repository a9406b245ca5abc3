"""Blocks: the hashes of up to some thousand rows as one sealed value, and what a digest says of all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from qiaojie.ledgers.tracing import rowmarks
from qiaojie.lib.crypto import Tampered, keyring

from .models import Difference, Digest, HashBlock

SPAN: Final = 2_048
"""Keys that one block spans: some 100 KB for the widest table, which is what a changed row costs to write anew."""

SEALED: Final = "digest.block"
MARKED: Final = "digest.mark"
"""Purposes of the encryption of blocks, and of the keyed hash over a digest."""

_KEY_BYTES: Final = 2
"""Of a key, counted from the block's first: enough for ``SPAN``."""

_SUM: Final = 1 << 256
"""Sums of SHA-256 are kept as long as one."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """What a block holds: by which columns, and key → hash with tags."""

    columns: tuple[str, ...]
    rows: Mapping[int, bytes]


def pack(label: str, first: int, columns: Sequence[str], rows: Iterable[tuple[int, bytes]]) -> bytes:
    """A block before it is sealed; ``rows`` in the order of their keys."""
    head = json.dumps([label, first, list(columns)]).encode()
    return head + b"\n" + b"".join([(pk - first).to_bytes(_KEY_BYTES, "big") + told for pk, told in rows])


def unpack(label: str, first: int, packed: bytes) -> Hashed:
    """What a block says. Raises Tampered where it is another's."""
    head, _line, body = packed.partition(b"\n")
    own, start, columns = json.loads(head)
    if (own, start) != (label, first):
        raise Tampered(f"{own} {start}")
    size = _KEY_BYTES + rowmarks.HASH_BYTES + rowmarks.TAG_BYTES * len(columns)
    rows = {
        start + int.from_bytes(body[at : at + _KEY_BYTES], "big"): body[at + _KEY_BYTES : at + size]
        for at in range(0, len(body), size)
    }
    return Hashed(tuple(columns), rows)


def seal(packed: bytes) -> bytes:
    """A block as it is kept."""
    return keyring().encrypt_bytes(packed, SEALED)


def unseal(block: HashBlock) -> bytes:
    """A kept block, opened. Raises Tampered."""
    return keyring().decrypt_bytes(bytes(block.content), SEALED)


@dataclass
class TableSum:
    """What a digest says of one model: rows, columns, and the sum of its blocks' hashes, in whatever order they were added."""

    columns: list[str] = field(default_factory=list)
    rows: int = 0
    total: int = 0

    def add(self, packed: bytes, rows: int) -> None:
        """Count a block in."""
        self.rows += rows
        self.total = (self.total + int.from_bytes(hashlib.sha256(packed).digest(), "big")) % _SUM

    def said(self) -> list[Any]:
        """For ``Digest.tables``."""
        return [self.rows, self.columns, f"{self.total:064x}"]


OPEN: Final = Difference._meta.label
"""Under what ``Digest.tables`` says which differences were open, so that taking them away is found at once."""


def said_of(differences: Iterable[Difference]) -> list[Any]:
    """For ``Digest.tables``: how many differences there are, and a hash of what they say."""
    lines = sorted(
        json.dumps(
            [one.model, one.object_id, one.kind, one.columns, *map(_moment, (one.since, one.found_at))],
            ensure_ascii=False,
        )
        for one in differences
    )
    return [len(lines), [], hashlib.sha256("\n".join(lines).encode()).hexdigest()]


def rows_of(digest: Digest) -> int:
    """How many rows a digest has read."""
    return int(sum(said[0] for label, said in digest.tables.items() if label != OPEN))


def mark(digest: Digest) -> bytes:
    """The keyed hash over all that a digest says."""
    return keyring().blind(json.dumps(_plain(digest), ensure_ascii=False, sort_keys=True), MARKED)


def is_genuine(digest: Digest) -> bool:
    """Whether a digest says what it said when it was made, under any key that the installation knows."""
    said = json.dumps(_plain(digest), ensure_ascii=False, sort_keys=True)
    return bytes(digest.mark) in keyring().blinds(said, MARKED)


def link(digest: Digest | None) -> str:
    """What the next digest says of this one; no key is needed to compute it, so it outlives the keys."""
    if digest is None:
        return ""
    text = json.dumps([*_plain(digest), bytes(digest.mark).hex()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(digest: Digest) -> list[Any]:
    said = [digest.number, _moment(digest.at), digest.act, digest.actor, digest.reason]
    return [*said, digest.tables, digest.log, digest.before]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
