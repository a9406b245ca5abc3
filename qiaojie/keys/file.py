"""``keys.json``: read, made for a new installation, and rewritten so that a crash at any point leaves a usable file.

The settings read it before there is anything else, so nothing of the framework is needed here, and faults are told by a code;
``standing`` has the words. Entries that this module does not know belong to others and are kept.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

NAME: Final = "keys.json"
SECRET_BYTES: Final = 32
"""Of a fresh field key."""

NOWHERE: Final = (0, 0, 0)
"""The ``stamp`` of no file."""

SHORTEST: Final = 16
"""Bytes of a field key that is accepted: 128 bits."""

Fault = Literal["missing", "unreadable", "damaged"]


class KeyFileUnusable(Exception):
    """There is no usable file of keys; ``fault`` says what is the matter with it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"keys.json: {fault}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the file holds for the framework and the ring.

    ``signing`` is the web framework's key, ``signing_before`` are those whose signatures are still believed. ``field_keys`` are
    (key id, base64 secret), the current one first. ``cipher`` is the set of algorithms for new values, '' where the file does
    not say. ``bound`` says that every ciphertext of the database is bound to its row, so that others are refused. ``verifying``
    is what is left of retired keys: (header as hex, purpose, base64 key by which hashes of that purpose are verified).
    """

    signing: str
    field_keys: list[tuple[int, str]]
    signing_before: list[str] = field(default_factory=list)
    cipher: str = ""
    bound: bool = False
    verifying: list[tuple[str, str, str]] = field(default_factory=list)


def read(home: Path) -> Secrets:
    """The secrets in ``home``. Raises KeyFileUnusable. Writes nothing."""
    return _checked(_entries(home / NAME))


def make(home: Path) -> Secrets:
    """Make the keys of a new installation (mode 600), or read them where another process was faster. Raises KeyFileUnusable,
    and OSError where the home cannot be written. Whether the installation is new is for the caller to know."""
    path = home / NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = {
            "signing": secrets.token_urlsafe(50),
            "fields": [[1, fresh_secret()]],
            "bound": True,
        }
        draft = _draft(path, fresh)
        try:
            # link() refuses to replace: of two processes that start together, both use the first one's keys.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _settle(home)
    return read(home)


def change(home: Path, alter: Callable[[dict[str, Any]], None]) -> Secrets:
    """Rewrite the file: ``alter`` is given all its entries and changes them in place; entries it does not touch are kept.

    One change at a time, across processes. The new file is written beside, read back and put in the old one's place in one step:
    whoever reads, and whatever crashes, finds the old or the new one whole. Nothing is written where ``alter`` changes nothing.
    Raises KeyFileUnusable (also where the entries would not be usable afterwards: the old file stays) and OSError.
    """
    # The place itself, where the name in the home is a link to it.
    path = (home / NAME).resolve()
    with _alone(path):
        entries = _entries(path)
        before = json.dumps(entries)
        alter(entries)
        found = _checked(entries)
        if json.dumps(entries) != before:
            draft = _draft(path, entries)
            try:
                if json.loads(draft.read_text(encoding="utf-8")) != entries:
                    raise KeyFileUnusable("damaged")
                os.replace(draft, path)
            finally:
                draft.unlink(missing_ok=True)
            _settle(path.parent)
        return found


def entry(home: Path, name: str, fresh: Callable[[], Any]) -> Any:
    """What the file holds under a name of the caller's; made by ``fresh`` and written first where there is nothing yet.
    Raises as ``change``."""

    def alter(entries: dict[str, Any]) -> None:
        if name not in entries:
            entries[name] = fresh()
        found.append(entries[name])

    found: list[Any] = []
    kept = _entries(home / NAME)
    if name in kept:
        return kept[name]
    change(home, alter)
    return found[0]


def known_entry(home: Path, name: str) -> Any:
    """What the file holds under a name of the caller's; None where there is nothing. Raises KeyFileUnusable."""
    return _entries(home / NAME).get(name)


def fresh_secret() -> str:
    """A new secret of 32 random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def stamp(home: Path) -> tuple[int, int, int]:
    """What differs once the file is another: asked often, by running processes. Zeros where there is none."""
    try:
        found = os.stat(home / NAME)
    except OSError:
        return NOWHERE
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def _entries(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise KeyFileUnusable("missing") from None
    except UnicodeDecodeError:
        raise KeyFileUnusable("damaged") from None
    except OSError:
        raise KeyFileUnusable("unreadable") from None
    try:
        found = json.loads(text)
    except ValueError:
        raise KeyFileUnusable("damaged") from None
    if not isinstance(found, dict):
        raise KeyFileUnusable("damaged")
    return found


def _checked(entries: dict[str, Any]) -> Secrets:
    """The secrets that entries hold, each of them usable. Raises KeyFileUnusable."""
    try:
        keys = [(int(number), str(secret)) for number, secret in entries["fields"]]
        lengths = [len(base64.b64decode(secret, validate=True)) for _number, secret in keys]
        found = Secrets(
            str(entries["signing"]),
            keys,
            [str(one) for one in entries.get("signing_before", [])],
            str(entries.get("cipher", "")),
            bool(entries.get("bound", False)),
            [
                (str(header), str(purpose), str(kept))
                for header, purpose, kept in entries.get("verifying", [])
            ],
        )
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise KeyFileUnusable("damaged") from None
    numbers = [number for number, _secret in keys]
    usable = (
        keys
        and min(lengths) >= SHORTEST
        and len(set(numbers)) == len(numbers)
        and all(0 <= number <= 255 for number in numbers)
        and found.signing
        and found.cipher in ("", "aes", "sm4")
    )
    if not usable:
        raise KeyFileUnusable("damaged")
    return found


def _draft(path: Path, entries: dict[str, Any]) -> Path:
    """The entries, written to disk in a file beside; its owner is that of the file whose place it is to take."""
    draft = path.with_name(f"keys.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(entries, stream)
            stream.flush()
            with contextlib.suppress(OSError):
                # An administrator may change the keys of a service that runs as somebody else.
                held = path.stat()
                os.fchown(stream.fileno(), held.st_uid, held.st_gid)
            os.fsync(stream.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _settle(folder: Path) -> None:
    """Have the folder's new entry on the disk, not only in memory."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Held by one process at a time. A file of its own: the lock on a file that is replaced would be another's."""
    descriptor = os.open(path.with_name(f"{NAME}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
