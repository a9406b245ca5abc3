"""What two identity numbers that may be meant for one have in common: keyed hashes of parts, by which such pairs are found.

A number is compared without its check character, which follows from the rest, and with 15 digits made 17 (a century of
1900, as the digits were given out). Two that differ in one digit, or in two neighbours that changed places, agree in their
first ten or their last six characters; two that differ in the code of the place, in their last eleven.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from qiaojie.lib.crypto import keyring

OLD_LENGTH = 15
"""Characters of an identity number until 1999."""

BODY = 17
"""Characters of a number without its check character."""

BLOCKS: Final = {
    "id_core": ("person.id_core", slice(6, BODY)),
    "id_begin": ("person.id_begin", slice(0, 10)),
    "id_end": ("person.id_end", slice(11, BODY)),
}
"""Columns of a person: the purpose of their hash, and the part of the number that it is made from."""


def body(number: str | None) -> str:
    """The 17 characters that say place, day of birth and sequence; '' for what is no identity number."""
    if not number or not number[:BODY].isdecimal():
        return ""
    if len(number) == OLD_LENGTH:
        return f"{number[:6]}19{number[6:]}"
    return number[:BODY] if len(number) == BODY + 1 else ""


def core(number: str) -> str:
    """The part of a number that ``id_core`` is made from; '' where it is no number."""
    return body(number)[BLOCKS["id_core"][1]]


def begin(number: str) -> str:
    """The part of a number that ``id_begin`` is made from; '' where it is no number."""
    return body(number)[BLOCKS["id_begin"][1]]


def end(number: str) -> str:
    """The part of a number that ``id_end`` is made from; '' where it is no number."""
    return body(number)[BLOCKS["id_end"][1]]


def hashes(numbers: Sequence[str | None]) -> dict[str, list[bytes | None]]:
    """The columns of ``BLOCKS`` for some numbers, in their order; None where a number is none."""
    bodies = [body(number) for number in numbers]
    found: dict[str, list[bytes | None]] = {}
    for column, (purpose, part) in BLOCKS.items():
        made = iter(keyring().blind_many([text[part] for text in bodies if text], purpose))
        found[column] = [next(made) if text else None for text in bodies]
    return found


def one_off(one: str, other: str) -> bool:
    """Whether two bodies differ in one digit, or in two neighbours that changed places."""
    differing = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return one[first] == other[second] and one[second] == other[first]
