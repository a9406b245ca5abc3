"""A copy of the keys on a sheet of paper or a stick, which opens with the codes of two people and with neither alone.

Each code has 130 random bits, so nothing but both of them opens the copy, however long somebody tries. The codes are shown once
and kept nowhere: a lost one is mended by a new copy, for as long as the system lives.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import Keyring, Tampered
from qiaojie.lib.findings import Unusable

from . import packet_keys
from .packet_keys import Entries

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is taken for another in handwriting: 0 and O, 1 and I and L."""

LETTERS: Final = 27
"""Random letters of a code: 31 ** 27 is more than 2 ** 128. One more tells a slip of the pen."""

GROUP: Final = 4
"""Letters of a code that stand together: so many are copied at a glance."""

TITLE: Final = "巧姐密钥副本 QIAOJIE SEALED KEYS 1"
_PURPOSE: Final = "keys.sealed_copy"
_WIDTH: Final = 64
"""Letters of a line, which fits a page with its number and its sign."""

_NOTE: Final = "打开要两个人的两个口令，缺一不可。口令不要和这张纸放在一起。"
"""Files are Chinese in every interface."""


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """A copy as it is kept: the text of the file, and the fingerprint of the keys in it."""

    text: str
    fingerprint: str


def new_code() -> str:
    """A code for one person, in groups."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    whole = letters + _check(letters)
    return "-".join(whole[at : at + GROUP] for at in range(0, len(whole), GROUP))


def seal(held: Entries, codes: Sequence[str], made: datetime) -> SealedKeys:
    """A copy of the keys that opens with both codes."""
    salt = secrets.token_bytes(16)
    content = zlib.compress(json.dumps(dict(held)).encode(), 9)
    sealed = salt + _ring(codes, salt).encrypt_bytes(content, _PURPOSE)
    told = base64.b32encode(sealed).decode().rstrip("=")
    lines = [told[at : at + _WIDTH] for at in range(0, len(told), _WIDTH)]
    name = packet_keys.fingerprint(held)
    head = [
        TITLE,
        f"keys {name}  made {made:%Y-%m-%d}  lines {len(lines)}",
        _NOTE,
        "",
    ]
    # Each line has a sign of its own, so that whoever types it off finds the line with the slip.
    body = [f"{number:02d} {_spaced(line)} {_check(line)}" for number, line in enumerate(lines, 1)]
    return SealedKeys("\n".join([*head, *body, ""]), name)


def unseal(text: str, codes: Sequence[str]) -> dict[str, object]:
    """The keys in a copy. Raises Unusable ``copy_damaged`` (with the line), ``code_mistyped`` (which), ``codes_wrong``."""
    sealed = _bytes(text)
    for number, code in enumerate(codes, 1):
        plain = _plain(code)
        if len(plain) != LETTERS + 1 or _check(plain[:-1]) != plain[-1]:
            raise Unusable("code_mistyped", _("第 %d 个口令抄错了，请对照原来的再输一次。") % number)
    try:
        content = _ring(codes, sealed[:16]).decrypt_bytes(sealed[16:], _PURPOSE)
    except Tampered as fault:
        text = _("这两个口令打不开这份密钥副本。请确认口令和副本是同一次做的，两个口令没有弄反、没有重复。")
        raise Unusable("codes_wrong", text) from fault
    found: dict[str, object] = json.loads(zlib.decompress(content))
    return found


def _bytes(text: str) -> bytes:
    lines = [line.split() for line in text.splitlines() if line[:2].isdecimal()]
    told = ""
    for number, parts in enumerate(lines, 1):
        line = "".join(parts[1:-1]).upper()
        if int(parts[0]) != number or _check(line) != parts[-1].upper():
            raise Unusable("copy_damaged", _("密钥副本第 %d 行抄错了或缺了，请对照原件。") % number)
        told += line
    try:
        sealed = base64.b32decode(told + "=" * (-len(told) % 8))
    except binascii.Error as fault:
        raise Unusable("copy_damaged", _("这不是一份密钥副本，或者它不完整。")) from fault
    if TITLE not in text or len(sealed) < 64:
        raise Unusable("copy_damaged", _("这不是一份密钥副本，或者它不完整。"))
    return sealed


def _ring(codes: Sequence[str], salt: bytes) -> Keyring:
    """The key that both codes give, each bound to its place."""
    both = "/".join(_plain(code)[:-1] for code in codes).encode()
    secret = HKDF(hashes.SHA256(), 32, salt=salt, info=b"qiaojie/keys/two").derive(both)
    return Keyring([(1, secret)], packet_keys.cipher())


def _plain(code: str) -> str:
    return "".join(one for one in code.upper() if one.isalnum())


def _spaced(line: str) -> str:
    return " ".join(line[at : at + 8] for at in range(0, len(line), 8))


def _check(text: str) -> str:
    """A letter that is another one where a letter is another one, or two have changed places."""
    return ALPHABET[sum(ord(one) * weight for weight, one in enumerate(text, 3)) * 7 % len(ALPHABET)]
