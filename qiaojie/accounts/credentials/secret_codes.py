"""Codes of digits that are handed over on paper or said: made, and kept as salted hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

DIGITS: Final = 8
"""Of one code: a guess is right once in a hundred million."""


def fresh() -> str:
    """A new code."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def spaced(code: str) -> str:
    """The code as it is printed, in two groups."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def salt() -> str:
    """What keeps hashes of the same code from being the same."""
    return secrets.token_hex(16)


def mark(salted: str, number: int, code: str) -> str:
    """The hash of the code with this number under a salt. It is kept encrypted: alone it would not stand against guessing."""
    said = f"{number}:{''.join(code.split())}"
    return hmac.new(bytes.fromhex(salted), said.encode(), hashlib.sha256).hexdigest()[:32]


def agrees(kept: str, salted: str, number: int, code: str) -> bool:
    """Whether the hash is that of the code."""
    return hmac.compare_digest(kept, mark(salted, number, code))
