"""Encryption of personal data where it is stored, and keyed hashes by which an exact value can be found.

An encrypted value is ``scheme (1 byte) · key id (1 byte) · nonce (12) · ciphertext · tag (16)``. The header and the
*purpose* (which column the value belongs to) are authenticated, so a value can neither be altered nor moved to another
column; every purpose has keys of its own. A blind (keyed hash) is ``scheme · key id · 32 bytes``.

Two sets of algorithms: AES-256-GCM with HMAC-SHA-256, and SM4-GCM with HMAC-SM3 (GB/T 32907, GB/T 32905). The current
key and set are used for new values; whatever the ring knows can be read. SM4-GCM is written here in software: whether
that meets a commercial-cryptography assessment is for the assessor.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

CipherName = Literal["aes", "sm4"]

SCHEMES: Final[dict[CipherName, int]] = {"aes": 1, "sm4": 2}
NONCE_BYTES: Final = 12
"""Of GCM (NIST SP 800-38D, 8.2)."""

TAG_BYTES: Final = 16
"""Of GCM, whole."""

HEADER_BYTES: Final = 2
"""Which set of algorithms, and which key."""

SHORTEST_SECRET: Final = 16
"""Bytes: 128 bits."""


class Tampered(Exception):
    """The bytes are not what was encrypted for this purpose: altered, cut, moved from another column, or never ours."""


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

    Raises ValueError for keys that cannot be used. Safe to share between threads.
    """

    def __init__(self, keys: Iterable[tuple[int, bytes]], cipher: CipherName = "aes") -> None:
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

    def blind(self, text: str, purpose: str) -> bytes:
        """Keyed hash of a value for exact look-up: the same for the same text, purpose, key and algorithms."""
        return self._blind(text, purpose, self._scheme, self._current)

    def blinds(self, text: str, purpose: str) -> tuple[bytes, ...]:
        """All hashes under which rows may have kept the value, the current one first: for look-ups while keys change."""
        return tuple(self._blind(text, purpose, *header) for header in self.headers())

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
        return sealed[:HEADER_BYTES] == bytes((self._scheme, self._current))

    def _blind(self, text: str, purpose: str, scheme: int, number: int) -> bytes:
        header = bytes((scheme, number))
        return header + _mac(self._hash_key(header, purpose), text)

    def _derive_hash_key(self, header: bytes, purpose: str) -> HMAC:
        algorithm = hashes.SM3() if header[0] == SCHEMES["sm4"] else hashes.SHA256()
        return HMAC(self._derive(header, "blind", purpose, 32), algorithm)

    def _make_sealer(self, header: bytes, purpose: str) -> tuple[_Sealer, bytes]:
        """The cipher object for a header and purpose, and what it authenticates beside the text."""
        associated = header + purpose.encode()
        if header[0] == SCHEMES["aes"]:
            return AESGCM(self._derive(header, "seal", purpose, 32)), associated
        if header[0] == SCHEMES["sm4"]:
            return _Sm4Gcm(self._derive(header, "seal", purpose, 16)), associated
        raise Tampered(_("加密数据的算法标识无法识别，数据可能被改动过。"))

    def _derive(self, header: bytes, use: str, purpose: str, length: int) -> bytes:
        secret = self._secrets.get(header[1])
        if secret is None:
            raise UnknownKey(
                _("没有编号为 %(number)d 的密钥，无法解密。请检查密钥配置。") % {"number": header[1]}
            )
        info = b"qiaojie/" + header[:1] + use.encode() + b"/" + purpose.encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)


def _mac(keyed: HMAC, text: str) -> bytes:
    """The keyed hash of a text; ``keyed`` has the key, and stays as it is."""
    running = keyed.copy()
    running.update(text.encode("utf-8", "surrogatepass"))
    return running.finalize()


@cache
def keyring() -> Keyring:
    """The ring of this installation, from ``settings.QIAOJIE_KEYS`` ([[id, base64 secret], …]) and ``QIAOJIE_CIPHER``.

    Read once. Raises ImproperlyConfigured when the settings cannot be used.
    """
    try:
        keys = [
            (int(number), base64.b64decode(secret, validate=True)) for number, secret in settings.QIAOJIE_KEYS
        ]
        return Keyring(keys, getattr(settings, "QIAOJIE_CIPHER", "aes"))
    except (AttributeError, TypeError, ValueError, binascii.Error) as fault:
        raise ImproperlyConfigured(f"QIAOJIE_KEYS or QIAOJIE_CIPHER cannot be used: {fault}") from None


def reset_keyring() -> None:
    """Forget the ring, so that changed settings are read: for tests and for changing keys."""
    keyring.cache_clear()
