"""Encryption of personal data where it is stored, and keyed hashes by which an exact value can be found.

An encrypted value is ``scheme (1 byte) · key id (1 byte) · nonce (12) · ciphertext · tag (16)``. The header and the
*purpose* (which column the value belongs to) are authenticated, so a value can neither be altered nor moved to another
column; every purpose has keys of its own. In a *bound* value (schemes of their own) the primary key of its row is authenticated
too: it opens in its row and nowhere else. A blind (keyed hash) is ``scheme · key id · 32 bytes``.

Two sets of algorithms: AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3 (GB/T 32907, GB/T 32905). The current
key and set are used for new values; whatever the ring knows can be read. SM4-GCM is written here in software: whether
that meets a commercial-cryptography assessment is for the assessor.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from .findings import Unusable

CipherName = Literal["aes", "sm4"]

SCHEMES: Final[dict[CipherName, int]] = {"aes": 1, "sm4": 2}
BOUND: Final[dict[CipherName, int]] = {"aes": 3, "sm4": 4}
"""The same sets of algorithms, of values that are bound to their row."""

SETS: Final = frozenset(SCHEMES.values()) | frozenset(BOUND.values())
"""Every first byte that there is."""

_OF_SM4: Final = frozenset((SCHEMES["sm4"], BOUND["sm4"]))

NONCE_BYTES: Final = 12
"""Of GCM (NIST SP 800-38D, 8.2)."""

TAG_BYTES: Final = 16
"""Of GCM, whole."""

HEADER_BYTES: Final = 2
"""Which set of algorithms, and which key."""

MARK_BYTES: Final = 16
"""Of the keyed hash by which bytes are bound to their row: 128 bits, as of the tag."""

_ROW: Final = struct.Struct(">q")
"""How a primary key is written where it is authenticated."""

_BOUND_FIRST: Final = frozenset(bytes((scheme,)) for scheme in BOUND.values())

_BODY: Final = HEADER_BYTES + NONCE_BYTES
"""Where the ciphertext begins."""

SHORTEST_SECRET: Final = 16
"""Bytes: 128 bits."""


class Tampered(Unusable):
    """The bytes are not what was encrypted for this purpose: altered, cut, moved from another column, or never ours.

    Unusable, so that a page, a program or a command that needs them says so in words, whichever they are.
    """

    def __init__(self, message: str) -> None:
        super().__init__("data_unreadable", message)


class Misplaced(Tampered):
    """The value is not bound to the row in which it stands: it was moved there, or is from before values were bound."""


class UnknownKey(Tampered):
    """The value was encrypted with a key that the ring does not hold (or its header was altered)."""


class _Sealer(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class _Sm4Gcm:
    """SM4 in GCM, with the interface of AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext followed by the tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        sealed = encryptor.update(data) + encryptor.finalize()
        return sealed + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The plaintext. Raises InvalidTag."""
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


class Keyring:
    """The keys of one installation. ``keys`` are (id 0–255, secret of at least 16 random bytes), the current one first.

    ``bound_only``: values of columns that are bound to their rows are refused where they are not. ``verifying`` are keys that
    were derived from retired ones, by (header, purpose): they hash, and open nothing. Raises ValueError for keys that cannot be
    used. Safe to share between threads.
    """

    def __init__(
        self,
        keys: Iterable[tuple[int, bytes]],
        cipher: CipherName = "aes",
        *,
        bound_only: bool = False,
        verifying: Mapping[tuple[bytes, str], bytes] | None = None,
    ) -> None:
        listed = list(keys)
        if not listed:
            raise ValueError("a key ring needs at least one key")
        if len({number for number, _secret in listed}) != len(listed):
            raise ValueError("two keys have the same id")
        for number, secret in listed:
            if not 0 <= number <= 255:
                raise ValueError(f"key id {number} does not fit into one byte")
            if len(secret) < SHORTEST_SECRET:
                raise ValueError(f"the secret of key {number} is shorter than {SHORTEST_SECRET} bytes")
        if cipher not in SCHEMES:
            raise ValueError(f"no cipher {cipher}; there are: {', '.join(SCHEMES)}")
        self._secrets = dict(listed)
        self._current = listed[0][0]
        self._scheme = SCHEMES[cipher]
        self._bound = BOUND[cipher]
        self._bound_only = bound_only
        self._verifying = dict(verifying or {})
        self._sealer = lru_cache(maxsize=None)(self._make_sealer)
        self._hash_key = lru_cache(maxsize=None)(self._derive_hash_key)

    def __repr__(self) -> str:
        # Never the secrets: a ring may end up in a traceback.
        return f"<Keyring of {len(self._secrets)} keys, current {self._current}>"

    def encrypt(self, text: str, purpose: str) -> bytes:
        """Encrypt text for one purpose (the name of the column or file kind that it belongs to)."""
        return self.encrypt_bytes(text.encode("utf-8", "surrogatepass"), purpose)

    def encrypt_many(self, texts: Sequence[str | None], purpose: str) -> list[bytes | None]:
        """``encrypt`` of many texts; None stays None."""
        header = bytes((self._scheme, self._current))
        sealer, associated = self._sealer(header, purpose)
        seal, noise = sealer.encrypt, os.urandom(NONCE_BYTES * len(texts))
        nonces = (noise[at : at + NONCE_BYTES] for at in range(0, len(noise), NONCE_BYTES))
        return [
            None
            if text is None
            else header + nonce + seal(nonce, text.encode("utf-8", "surrogatepass"), associated)
            for text, nonce in zip(texts, nonces, strict=True)
        ]

    def decrypt(self, sealed: bytes, purpose: str) -> str:
        """The text that was encrypted for this purpose. Raises Tampered."""
        return self.decrypt_bytes(sealed, purpose).decode("utf-8", "surrogatepass")

    def encrypt_bytes(self, data: bytes, purpose: str) -> bytes:
        """Encrypt bytes (a kept file, a plan) for one purpose; held in memory whole."""
        header = bytes((self._scheme, self._current))
        nonce = os.urandom(NONCE_BYTES)
        sealer, associated = self._sealer(header, purpose)
        return header + nonce + sealer.encrypt(nonce, data, associated)

    def decrypt_bytes(self, sealed: bytes, purpose: str) -> bytes:
        """The bytes that were encrypted for this purpose. Raises Tampered, UnknownKey."""
        if len(sealed) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES:
            raise Tampered(_("加密数据不完整。"))
        sealer, associated = self._sealer(sealed[:HEADER_BYTES], purpose)
        body = HEADER_BYTES + NONCE_BYTES
        try:
            return sealer.decrypt(sealed[HEADER_BYTES:body], sealed[body:], associated)
        except InvalidTag:
            raise Tampered(
                _("加密数据被改动过，或者不属于“%(purpose)s”，不能使用。请从备份恢复。")
                % {"purpose": purpose}
            ) from None

    def bind(self, text: str, purpose: str, row: int) -> bytes:
        """Encrypt text of one purpose for the row with this primary key."""
        header = bytes((self._bound, self._current))
        nonce = os.urandom(NONCE_BYTES)
        sealer, associated = self._sealer(header, purpose)
        return (
            header
            + nonce
            + sealer.encrypt(nonce, text.encode("utf-8", "surrogatepass"), associated + _ROW.pack(row))
        )

    def bind_many(self, texts: Sequence[str | None], purpose: str, rows: Sequence[int]) -> list[bytes | None]:
        """``bind`` of many texts, each for its row; None stays None."""
        header = bytes((self._bound, self._current))
        sealer, associated = self._sealer(header, purpose)
        seal, noise, pack = sealer.encrypt, os.urandom(NONCE_BYTES * len(texts)), _ROW.pack
        nonces = (noise[at : at + NONCE_BYTES] for at in range(0, len(noise), NONCE_BYTES))
        return [
            None
            if text is None
            else header + nonce + seal(nonce, text.encode("utf-8", "surrogatepass"), associated + pack(row))
            for text, nonce, row in zip(texts, nonces, rows, strict=True)
        ]

    def open_bound(self, sealed: bytes, purpose: str, row: int, *, before: bool = False) -> str:
        """The text that was bound to this row. Values from before there was binding are opened while the ring takes them, or
        where they are asked for (``before``). Raises Tampered, Misplaced, UnknownKey."""
        # Asked for every value of every list: each step more is felt there.
        if sealed[:1] not in _BOUND_FIRST:
            if self._bound_only and not before:
                raise Misplaced(_("加密数据没有绑定到所在的行，可能是从别处搬来的，不能使用。"))
            return self.decrypt(sealed, purpose)
        sealer, associated = self._sealer(sealed[:HEADER_BYTES], purpose)
        try:
            return sealer.decrypt(
                sealed[HEADER_BYTES:_BODY], sealed[_BODY:], associated + _ROW.pack(row)
            ).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            # ValueError: so short that there is no whole nonce, or no tag.
            raise Misplaced(
                _("加密数据被改动过，或者不是这一行的“%(purpose)s”，不能使用。请从备份恢复。")
                % {"purpose": purpose}
            ) from None

    def mark_row(self, sealed: bytes, place: str, row: int) -> bytes:
        """Bind encrypted bytes to a place (a column) and the row there: ``scheme · key id · 16 bytes of keyed hash`` before them.

        The hash covers what names the ciphertext (header, nonce and tag), so binding a large file costs what a small one costs.
        """
        header = bytes((self._bound, self._current))
        return header + self._row_mark(header, sealed, place, row) + sealed

    def unmark_row(self, marked: bytes, place: str, row: int, *, before: bool = False) -> bytes:
        """What ``mark_row`` bound, still encrypted. Values from before binding as for ``open_bound``.

        Raises Misplaced, UnknownKey.
        """
        if marked[:1] not in _BOUND_FIRST:
            if self._bound_only and not before:
                raise Misplaced(_("加密数据没有绑定到所在的行，可能是从别处搬来的，不能使用。"))
            return marked
        body = HEADER_BYTES + MARK_BYTES
        header, sealed = marked[:HEADER_BYTES], marked[body:]
        if not hmac.compare_digest(marked[HEADER_BYTES:body], self._row_mark(header, sealed, place, row)):
            raise Misplaced(
                _("加密数据被改动过，或者不是这一行的“%(purpose)s”，不能使用。请从备份恢复。")
                % {"purpose": place}
            )
        return sealed

    def _row_mark(self, header: bytes, sealed: bytes, place: str, row: int) -> bytes:
        running = self._hash_key(header, f"{place}/row").copy()
        running.update(_ROW.pack(row) + sealed[: HEADER_BYTES + NONCE_BYTES] + sealed[-TAG_BYTES:])
        return running.finalize()[:MARK_BYTES]

    def blind(self, text: str, purpose: str) -> bytes:
        """Keyed hash of a value for exact look-up: the same for the same text, purpose, key and algorithms."""
        return self._blind(text, purpose, self._scheme, self._current)

    def blinds(self, text: str, purpose: str) -> tuple[bytes, ...]:
        """All hashes under which rows may have kept the value, the current one first: for look-ups while keys change."""
        known = [self._blind(text, purpose, *header) for header in self.headers()]
        retired = (
            header for header, one in self._verifying if one == purpose and header[1] not in self._secrets
        )
        return (*known, *(self._blind(text, purpose, *header) for header in retired))

    def blind_many(self, texts: Sequence[str], purpose: str, header: bytes = b"") -> list[bytes]:
        """``blind`` of many values; by another key or set of algorithms where a ``header`` (of ``headers``) says so."""
        header = header or bytes((self._scheme, self._current))
        # The key's own two blocks are digested once, and copied for every value.
        keyed = self._hash_key(header, purpose)
        return [header + _mac(keyed, text) for text in texts]

    def headers(self) -> tuple[bytes, ...]:
        """What the blinds that ``blinds`` gives begin with, in its order."""
        current = (self._scheme, self._current)
        others = ((scheme, number) for scheme in SCHEMES.values() for number in self._secrets)
        return tuple(bytes(each) for each in dict.fromkeys((current, *others)))

    def is_current(self, sealed: bytes) -> bool:
        """Whether a value or a blind was made with the current key and algorithms (else it is due for renewal)."""
        return sealed[1:2] == bytes((self._current,)) and sealed[:1] in (
            bytes((self._scheme,)),
            bytes((self._bound,)),
        )

    @property
    def current(self) -> int:
        """The id of the key that new values are encrypted with."""
        return self._current

    @property
    def numbers(self) -> tuple[int, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._secrets)

    @property
    def scheme(self) -> int:
        """The first byte of new values that are not bound, and of blinds."""
        return self._scheme

    def hashing_key(self, header: bytes, purpose: str) -> bytes:
        """The key by which blinds of one purpose are made: what is kept of a key that is retired, where old hashes have to be
        verified still. It opens nothing. Raises UnknownKey."""
        return self._derive(header, "blind", purpose, 32)

    def _blind(self, text: str, purpose: str, scheme: int, number: int) -> bytes:
        header = bytes((scheme, number))
        return header + _mac(self._hash_key(header, purpose), text)

    def _derive_hash_key(self, header: bytes, purpose: str) -> HMAC:
        algorithm = hashes.SM3() if header[0] in _OF_SM4 else hashes.SHA256()
        return HMAC(self._derive(header, "blind", purpose, 32), algorithm)

    def _make_sealer(self, header: bytes, purpose: str) -> tuple[_Sealer, bytes]:
        """The cipher object for a header and purpose, and what it authenticates beside the text."""
        associated = header + purpose.encode()
        if header[0] in _OF_SM4:
            return _Sm4Gcm(self._derive(header, "seal", purpose, 16)), associated
        if header[0] in SETS:
            return AESGCM(self._derive(header, "seal", purpose, 32)), associated
        raise Tampered(_("加密数据的算法标识无法识别，数据可能被改动过。"))

    def _derive(self, header: bytes, use: str, purpose: str, length: int) -> bytes:
        secret = self._secrets.get(header[1])
        if secret is None:
            if use == "blind" and (kept := self._verifying.get((header, purpose))) is not None:
                return kept
            secret = self._learnt(header[1])
        if secret is None:
            raise UnknownKey(
                _("没有编号为 %(number)d 的密钥，无法解密。请把配套的 keys.json 放回数据文件夹。")
                % {"number": header[1]}
            )
        info = b"qiaojie/" + header[:1] + use.encode() + b"/" + purpose.encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)

    def _learnt(self, number: int) -> bytes | None:
        """A secret that was added to the file after this ring was made, by whoever changes the keys while others work."""
        if _held.ring is not self:
            return None
        fresh = _look()
        if fresh is not self and number in fresh._secrets:
            self._secrets[number] = fresh._secrets[number]
        return self._secrets.get(number)


def _mac(keyed: HMAC, text: str) -> bytes:
    """The keyed hash of a text; ``keyed`` has the key, and stays as it is."""
    running = keyed.copy()
    running.update(text.encode("utf-8", "surrogatepass"))
    return running.finalize()


class _Held:
    """The ring of this process, the state of the file that it came from, and until when it is believed without a look there."""

    ring: Keyring | None = None
    stamp: Any = None
    until: float = 0.0


_held = _Held()

LOOK_SECONDS: Final = 1.0
"""So long does a running process go on with a ring before it looks whether the file of keys is another one."""


def keyring() -> Keyring:
    """The ring of this installation, from ``settings.QIAOJIE_KEYS`` ([[id, base64 secret], …]) and ``QIAOJIE_CIPHER``.

    Read again where the file that the settings came from is another one than a second ago (``QIAOJIE_KEYS_CHANGED``), so that
    keys can be changed while the service runs. Raises ImproperlyConfigured when the settings cannot be used.
    """
    ring = _held.ring
    if ring is not None and time.monotonic() < _held.until:
        return ring
    return _look()


def _look() -> Keyring:
    """The ring, read again if the file has changed."""
    changed = getattr(settings, "QIAOJIE_KEYS_CHANGED", None)
    stamp = changed(_held.stamp) if changed is not None else _held.stamp
    ring = _held.ring
    if ring is None or stamp != _held.stamp:
        ring = _from_settings()
    _held.ring, _held.stamp, _held.until = ring, stamp, time.monotonic() + LOOK_SECONDS
    return ring


def _from_settings() -> Keyring:
    try:
        keys = [
            (int(number), base64.b64decode(secret, validate=True)) for number, secret in settings.QIAOJIE_KEYS
        ]
        verifying = {
            (bytes.fromhex(header), purpose): base64.b64decode(kept, validate=True)
            for header, purpose, kept in getattr(settings, "QIAOJIE_KEYS_VERIFYING", ())
        }
        return Keyring(
            keys,
            getattr(settings, "QIAOJIE_CIPHER", "aes"),
            bound_only=getattr(settings, "QIAOJIE_KEYS_BOUND", False),
            verifying=verifying,
        )
    except (AttributeError, TypeError, ValueError, binascii.Error) as fault:
        raise ImproperlyConfigured(f"QIAOJIE_KEYS or QIAOJIE_CIPHER cannot be used: {fault}") from None


def reset_keyring() -> None:
    """Forget the ring, so that changed settings are read: for tests and for changing keys."""
    _held.ring, _held.until = None, 0.0
