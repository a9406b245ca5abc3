"""Made-up identity, certificate and telephone numbers that can belong to nobody."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

from qiaojie.lib.identity import MALE, check_digit

PREFIX: Final = "500000"
"""The code of the municipality itself: no office has given out a number that begins so."""

PHONES: Final = "190000"
"""Every telephone of the demo begins so; five digits follow."""


class Numbers:
    """Hands out numbers in a fixed order, each once."""

    def __init__(self) -> None:
        self._born: Counter[tuple[date, str]] = Counter()
        self._phones = 0

    def id_number(self, born: date, sex: str) -> str:
        """An identity number with a true check character (GB 11643-1999); the 17th digit is odd for men."""
        self._born[born, sex] += 1
        sequence = (born.toordinal() * 37 + self._born[born, sex]) % 500 * 2 + (sex == MALE)
        first17 = f"{PREFIX}{born:%Y%m%d}{sequence:03d}"
        return first17 + check_digit(first17)

    def phone(self) -> str:
        """A mobile number."""
        self._phones += 1
        return f"{PHONES}{self._phones:05d}"
