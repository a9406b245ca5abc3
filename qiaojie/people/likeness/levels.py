"""On which level two names, days of birth or telephones agree. Symmetrical, and without any weight: None where on none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from qiaojie.lib.pinyin import slurred, syllables

from .traits import Trait

KEPT: Final = 1 << 17
"""Comparisons of names that a process keeps."""

LONG: Final = 6
"""Characters from which on a name is long: none of Chinese characters is."""
_TELLING: Final = 7
"""Digits of a telephone from which on one that is off says anything."""

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@lru_cache(KEPT)
def of_names(one: str, other: str) -> Trait | None:
    """On which level two names (``name_key``) agree; neither may be empty."""
    if one == other:
        return Trait.NAME
    if min(len(one), len(other)) >= LONG:
        return _of_long(one, other)
    if len(one) == len(other):
        return _of_one_length(one, other)
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) == 1 and len(short) >= 2 and _lacks_one(short, long):
        return Trait.SHORT
    return Trait.SOUND if syllables(one) == syllables(other) else None


def _of_long(one: str, other: str) -> Trait | None:
    """Of two long names (of minorities, or in Latin letters): one in four characters may be off."""
    if syllables(one) == syllables(other):
        return Trait.SOUND
    if sorted(one) == sorted(other) and one in other * 2:
        # Given and family name changed places.
        return Trait.NEAR
    most = max(len(one), len(other)) // LONG + 1
    off = _distance(one, other, most)
    return None if off > most else Trait.NEAR if off == 1 else Trait.ALMOST


def _distance(one: str, other: str, most: int) -> int:
    """By how many characters put in, left out or changed two texts differ; more than ``most`` where by more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before = list(range(len(other) + 1))
    for at, a in enumerate(one, 1):
        now = [at]
        for place, b in enumerate(other, 1):
            now.append(min(before[place] + 1, now[-1] + 1, before[place - 1] + (a != b)))
        if min(now) > most:
            return most + 1
        before = now
    return before[-1]


def _of_one_length(one: str, other: str) -> Trait | None:
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) > 2 or (len(places) == len(one) and len(one) < 2):
        return _by_sound(one, other) if len(places) <= 3 else None
    heard = _by_sound(one, other)
    if heard is not None:
        return heard
    first, last = places[0], places[-1]
    if len(places) == 1:
        if one[first] in look_alikes().get(other[first], ""):
            return Trait.LOOKS
        # Of two characters one alone says next to nothing: half of a county shares a dozen family names.
        return Trait.ALMOST if len(one) > 2 else None
    if last == first + 1 and one[first] == other[last] and one[last] == other[first]:
        return Trait.ALMOST
    return None


def _by_sound(one: str, other: str) -> Trait | None:
    read, heard = syllables(one), syllables(other)
    if read == heard:
        return Trait.SOUND
    unlike = [(a, b) for a, b in zip(read, heard, strict=True) if a != b]
    if all(slurred(a) == slurred(b) for a, b in unlike):
        return Trait.NEAR
    return Trait.NEAR if len(unlike) == 1 and _slipped(*unlike[0]) else None


def _lacks_one(short: str, long: str) -> bool:
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


@cache
def _slipped(one: str, other: str) -> bool:
    """Whether syllables of one length differ in one letter, whose keys lie side by side."""
    if len(one) != len(other):
        return False
    unlike = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(unlike) == 1 and frozenset(unlike[0]) in _neighbours()


@cache
def _neighbours() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for row in _ROWS for pair in pairwise(row))


@cache
def look_alikes() -> Mapping[str, str]:
    """For a character those that are taken for it when read or written in haste."""
    found: dict[str, str] = {}
    text = files(__package__).joinpath("look_alikes.tsv").read_text(encoding="utf-8")
    for entry in " ".join(text.splitlines()[1:]).split():
        character, others = entry.split("=")
        for other in others:
            found[character] = found.get(character, "") + other
            found[other] = found.get(other, "") + character
    return found


def of_births(one: date, other: date) -> Trait | None:
    """On which level two days of birth agree."""
    if one == other:
        return Trait.BIRTH
    month, day = one.month == other.month, one.day == other.day
    if one.year != other.year:
        return Trait.BIRTH_DIGIT if month and day and _number_off(one.year, other.year) else None
    if month:
        return Trait.BIRTH_DIGIT if _number_off(one.day, other.day) else Trait.BIRTH_MONTH
    if day:
        return Trait.BIRTH_DIGIT if _number_off(one.month, other.month) else Trait.BIRTH_YEAR
    if one.month == other.day and one.day == other.month:
        return Trait.BIRTH_SWAPPED
    return Trait.BIRTH_YEAR


@cache
def _number_off(one: int, other: int) -> bool:
    return one_off(f"{one:02}", f"{other:02}")


def of_phones(one: str, other: str) -> Trait | None:
    """On which level two telephones agree; neither may be empty."""
    if one == other:
        return Trait.PHONE
    if len(one) < _TELLING or not one_off(one, other):
        return None
    return (
        Trait.PHONE_DIGIT
        if sum(a != b for a, b in zip(one, other, strict=True)) == 1
        else Trait.PHONE_SWAPPED
    )


def one_off(one: str, other: str) -> bool:
    """Whether two texts of one length differ in one place, or by two neighbours that have changed places."""
    if len(one) != len(other):
        return False
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) == 2:
        first, last = places
        return last == first + 1 and one[first] == other[last] and one[last] == other[first]
    return len(places) == 1
