"""Names as they are typed on a Latin keyboard: 陈秀英 is found by ``cxy``, ``chenxiuying`` and ``chenx``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

LENGTH: Final = 16
"""Letters kept of a name's initials: longer names are found by their beginning."""

_SURNAMES: Final[Mapping[str, str]] = {
    "单": "shan", "解": "xie", "仇": "qiu", "曾": "zeng", "查": "zha", "区": "ou", "朴": "piao", "任": "ren",
    "乐": "yue", "种": "chong", "冼": "xian", "覃": "qin", "翟": "zhai", "员": "yun", "缪": "miao", "盖": "ge",
    "尉": "wei", "繁": "po", "召": "shao", "秘": "bi", "祭": "zhai", "折": "she", "黑": "he", "洗": "xian", "瞿": "qu",
}  # fmt: skip
"""Characters that are read otherwise where they are a surname (as the Xiandai Hanyu Cidian gives it)."""
SOUND_LENGTH: Final = 64
"""Letters kept of how a name sounds."""

_RETROFLEX, _NASAL, _LIPS = re.compile("^([zcs])h"), re.compile("(?<=[aei])ng$"), re.compile("^hu")
_AS_F: Final = {"u": "fu", "ui": "fei", "un": "fen"}
_MOST: Final = 32
"""Ways of cutting what was typed into syllables that are followed up: ``xian`` may be one or two."""


def spelling(name: str) -> str:
    """A name in small Latin letters without tones or spaces; what has no reading is left out. ``lü`` is ``lv``."""
    first, rest = name[:1], name[1:]
    return _SURNAMES.get(first, _read(first)) + "".join(_read(character) for character in rest)


def initials(name: str) -> str:
    """The first letter of every syllable of a name, at most ``LENGTH``."""
    first, rest = name[:1], name[1:]
    letters = _SURNAMES.get(first, _read(first))[:1] + "".join(_read(character)[:1] for character in rest)
    return letters[:LENGTH]


@lru_cache(1 << 16)
def syllables(name: str) -> tuple[str, ...]:
    """How each character of a name is read, without tones; a character without a reading stands for itself."""
    return tuple(
        (_SURNAMES.get(character) if place == 0 else None) or _read(character) or character
        for place, character in enumerate(name)
    )


@lru_cache(1 << 16)
def sound(name: str) -> str:
    """What names that sound alike to people of the south-west have in common, at most ``SOUND_LENGTH`` letters: neither zh and
    z, n and l, hu and f, nor an and ang, en and eng, in and ing are told apart. '' for no name."""
    return "".join(map(slurred, syllables(name)))[:SOUND_LENGTH]


@cache
def slurred(syllable: str) -> str:
    """A syllable with what people mix up made one: ``zhang`` and ``zan`` are ``zan``, ``huang`` and ``fang`` ``fan``."""
    plain = _NASAL.sub("n", _RETROFLEX.sub(r"\1", syllable))
    if plain.startswith("n"):
        plain = "l" + plain[1:]
    if _LIPS.match(plain):
        rest = plain[1:]
        plain = _AS_F.get(rest) or "f" + rest[1:]
    return plain


def typed(text: str) -> str:
    """What was typed as letters alone, small; '' where it is no Latin text."""
    kept = text.casefold().replace("ü", "v").replace("'", "").replace(" ", "")
    return kept if kept.isascii() and kept.isalpha() else ""


def begins_with(name: str, letters: str) -> bool:
    """Whether a name begins as typed (``letters`` as ``typed`` gives them), by its spelling or by its initials."""
    spelled = spelling(name)
    alike = spelled.replace("lv", "lu").replace("nv", "nu")
    return spelled.startswith(letters) or alike.startswith(letters) or initials(name).startswith(letters)


def has(label: str, letters: str) -> bool:
    """Whether any part of a label begins as typed (``letters`` as ``typed`` gives them): for names of things, not people."""
    firsts = (at for at, character in enumerate(label) if _read(character)[:1] == letters[:1])
    return any(begins_with(label[at:], letters) for at in firsts)


def possible_initials(letters: str) -> list[str]:
    """With which initials the name may begin that was typed so: as initials, and as syllables, the last one unfinished."""
    found = {letters[:LENGTH]: None}
    for cut in _cuts(letters, _MOST):
        found[cut[:LENGTH]] = None
    return list(found)


def _cuts(letters: str, most: int) -> Iterator[str]:
    """The first letters of the syllables, for each way to cut the text; the longest syllables first."""
    waiting = [("", letters)]
    given = 0
    while waiting and given < most:
        begun, rest = waiting.pop()
        if not rest:
            given += 1
            yield begun
            continue
        sizes = [size for size in range(1, min(len(rest), 6) + 1) if rest[:size] in _syllables()]
        if rest in _beginnings():
            given += 1
            yield begun + rest[0]
        waiting.extend((begun + rest[0], rest[size:]) for size in sizes if size < len(rest))
        if len(rest) in sizes and rest not in _beginnings():
            waiting.append((begun + rest[0], ""))


@cache
def _read(character: str) -> str:
    if character.isascii():
        return character.casefold() if character.isalpha() else ""
    return "".join(
        part
        for part in lazy_pinyin(character, style=Style.NORMAL, errors="ignore")
        if part.isascii() and part.isalpha()
    )


@cache
def _syllables() -> frozenset[str]:
    """All syllables, as they are typed."""
    marked = {reading for readings in pinyin_dict.values() for reading in readings.split(",")}
    return frozenset(plain for one in marked if (plain := to_normal(one)).isascii() and plain.isalpha())


@cache
def _beginnings() -> frozenset[str]:
    """All beginnings of syllables."""
    return frozenset(one[:size] for one in _syllables() for size in range(1, len(one) + 1))
