"""Names of things (classes, bases, employers): which spellings are one name, and which names are nearly another's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from .cells import Cell
from .numbers import chinese
from .pinyin import spelling
from .text import squeeze

_NUMERALS: Final = re.compile("[〇○零一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]+")
_ROMAN: Final = {ord(sign): str(value) for value, sign in enumerate("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ", start=1)}
_ORDINAL: Final = re.compile("(?:第[^0-9A-Za-z一-鿿]*)+(?=[0-9])")
_ZEROS: Final = re.compile("(?<![0-9])0+(?=[0-9])")
_FIGURES: Final = re.compile("[0-9]+")
_YEAR: Final = re.compile("(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])(?:年度?)?")

_ENDINGS: Final = ("培训项目", "培训班", "学习班", "技能班", "训练班", "培训", "项目", "课程", "班")
"""Words that say that something is a class, and not which one."""

_SERIES: Final = (
    "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥", "初中高", "上中下", "东西南北中", "春夏秋冬", "大中小", "早晚", "男女",
    "新老旧", "前后", "左右", "内外", "竹草棕藤柳苇布纸毛棉陶漆银铜铁木石珠绒线绳钩针", "绣编织缝剪画雕",
)  # fmt: skip
"""Characters by which things of one kind are told apart on purpose: 甲班 and 乙班 are two, 竹编 and 草编 two crafts."""

_ABOVE: Final = 3
"""So many characters of what lies above it may stand before the name of a place: 重庆市."""

_SHORT: Final = 4
"""Of names shorter than this, one character more or other makes another name, unless it sounds the same."""


@lru_cache(maxsize=50_000)
def title_key(text: Cell) -> str:
    """What all spellings of one name of a thing have in common: no spaces, brackets or punctuation, half-width small letters,
    numerals as figures, no 第 before them. 竹编（一）班, 竹编﹙ 1 ﹚班 and 竹编一班 are one; figures that differ stay apart."""
    written = text.translate(_ROMAN) if isinstance(text, str) else text
    plain = _NUMERALS.sub(_figure, squeeze(written).casefold())
    plain = _ORDINAL.sub("", plain)
    kept: list[str] = []
    for at, character in enumerate(plain):
        if unicodedata.category(character)[0] not in "PS":
            kept.append(character)
        elif kept and kept[-1].isdigit() and _next_is_digit(plain, at):
            # 2023-1 is not 20231.
            kept.append("-")
    return _ZEROS.sub("", "".join(kept)) or squeeze(text)


def _figure(found: re.Match[str]) -> str:
    value = chinese(found[0])
    return found[0] if value is None else str(value)


def _next_is_digit(text: str, at: int) -> bool:
    after = next((c for c in text[at:] if unicodedata.category(c)[0] not in "PS"), "")
    return after.isdigit()


def figures(key: str) -> tuple[str, ...]:
    """The figures in a key: names whose figures differ are two things (一班 and 二班, 2022 and 2023)."""
    return tuple(_FIGURES.findall(key))


def core(key: str, place: tuple[str, ...] = (), year: int | None = None) -> str:
    """What of a key says which one it is: without 培训班 and the like at its end, without the name of the ``place`` that all
    things of an office share, and without its own ``year``."""
    found = key
    if year is not None:
        found = _YEAR.sub(lambda one: "" if one[0].startswith(str(year)) else one[0], found)
    for name in place:
        before, at, after = found.partition(name)
        # 重庆市涪陵区…, but not 培训在涪陵区….
        if at and len(before) <= _ABOVE:
            found = after
    ending = next((word for word in _ENDINGS if found.endswith(word) and found != word), "")
    return found.removesuffix(ending)


def nearly(one: str, other: str) -> bool:
    """Whether two cores may be one name written in two ways: the same, one character more, less or other, or two swapped. Never
    where figures differ, or where what differs is what tells such things apart (甲 and 乙, 初级 and 高级, 竹 and 草)."""
    if one == other:
        return bool(one)
    if not one or not other or figures(one) != figures(other):
        return False
    return _one_more(one, other) if len(one) != len(other) else _one_other(one, other)


def variants(text: str) -> Iterator[str]:
    """The text, and what is left of it without one character: two texts that are ``nearly`` the same share one of these."""
    yield text
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]


def _one_more(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) != 1 or len(short) < 2:
        return False
    at = next((n for n, c in enumerate(short) if long[n] != c), len(short))
    return short[at:] == long[at + 1 :] and not _tells(long[at])


def _one_other(one: str, other: str) -> bool:
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) == 2:
        first, second = differ
        swapped = one[first] == other[second] and one[second] == other[first]
        return swapped and second == first + 1 and len(one) > 2
    if len(differ) != 1:
        return False
    a, b = one[differ[0]], other[differ[0]]
    if any(a in series and b in series for series in _SERIES) or a.isascii() or b.isascii():
        return False
    return len(one) >= _SHORT or spelling(f"-{a}") == spelling(f"-{b}")


def _tells(character: str) -> bool:
    return character.isascii() or any(character in series for series in _SERIES[:-2])
