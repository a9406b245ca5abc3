"""Numbers of printed sheets: six digits and one that checks them, as they are printed, typed, and written into file names."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DAMM: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
"""The quasigroup of H. M. Damm's check digit (2004): it finds every wrong digit and every two neighbours exchanged."""

DIGITS: Final = 6
"""Digits before the check: a million sheets. A number that has grown longer stays valid."""

_TYPED = re.compile(r"(\d{6,9})\s?[-_—–－]?\s?(\d)")
_SHORT = re.compile(r"(\d{1,5})\s?[-_—–－]\s?(\d)")
"""Without the zeros at its front, as people copy it: they do not change the check, but then the stroke has to be there."""
_IN_NAME = re.compile(r"(?<!\d)(\d{6})[-_ ]?(\d)(?!\d)")


def digits(key: int) -> str:
    """The digits of the sheet with this key, the check at the end: what its code holds."""
    plain = f"{key:0{DIGITS}d}"
    return plain + _check(plain)


def printed(key: int) -> str:
    """The number as it stands on the sheet: ``001234-5``."""
    whole = digits(key)
    return f"{whole[:-1]}-{whole[-1]}"


def read(text: str) -> int | None:
    """The key of the sheet whose number somebody typed; None for what is no number of a sheet (a digit is wrong or missing)."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _TYPED.fullmatch(plain) or _SHORT.fullmatch(plain)
    return _key(found) if found else None


def in_name(name: str) -> list[int]:
    """The keys of sheets whose numbers stand in the name of a file, each once; what does not check is none."""
    found = (_key(each) for each in _IN_NAME.finditer(unicodedata.normalize("NFKC", name)))
    return list(dict.fromkeys(key for key in found if key is not None))


def _key(found: re.Match[str]) -> int | None:
    return int(found[1]) if _check(found[1]) == found[2] else None


def _check(plain: str) -> str:
    interim = 0
    for digit in plain:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)
