"""Whole columns of cells parsed at once: each different cell once, and texts that mean just themselves by their pattern.

What a cell gives here is what ``ValueKind.parse`` gives; only the way there is shorter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import polars as pl

from .cells import Cell, Context, ValueKind
from .dates import whole_day
from .identity import CHECK_CHARACTERS, EARLIEST_YEAR, FOREIGNERS, PROVINCES, WEIGHTS
from .names import LIKELY_ODD

_CERTIFICATE: Final = re.compile(r"[0-9]{17}[0-9X][1-7][1-4](?:B[1-9][0-9]?)?")
_CJK: Final = "\u4e00-\u9fff"
_NOT_WORDS: Final = frozenset(
    "无 略 空 仝 没有 暂无 空白 未填 未填写 无数据 同上 同前 仝上 同上行 同上一行".split()
)
_LONGEST_WORD: Final = 7
"""No mark for "nothing" or "as above" and no unit is longer, so a longer text is content."""

_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "name": re.compile(rf"[{_CJK}]{{2,12}}"),
    "phone": re.compile(r"1[3-9][0-9]{9}"),
    "text": re.compile(rf"[{_CJK}]{{2,12}}|[0-9A-Za-z{_CJK}（）、，。\-]{{{_LONGEST_WORD + 1},60}}"),
    "region": re.compile(rf"[{_CJK}]{{2,30}}"),
}
"""Texts of a kind that give themselves and nothing to be said: ``Parsed(text)``, whatever the context."""
_AS_IS: Final = {**_PATTERNS, "address": _PATTERNS["text"]}


@dataclass(slots=True)
class Column:
    """The value of every cell from top to bottom, and the places of those of which something is to be said."""

    values: list[Any]
    odd: set[int] = field(default_factory=set)


def read_column(kind: ValueKind, cells: Sequence[Cell], context: Context) -> Column:
    """Parse a column of cells of one kind."""
    keys: Sequence[Any] = cells
    if not set(map(type, cells)) <= {str, type(None)}:
        # 1, 1.0 and True are one key to a dict and three cells to a reader.
        keys = [(cell.__class__, cell) for cell in cells]
    distinct: dict[Any, Any] = dict(zip(keys, cells, strict=True))
    known = at_once(kind.code, [cell for cell in distinct.values() if isinstance(cell, str)])
    said = set()
    for key, cell in distinct.items():
        if cell.__class__ is str and cell in known:
            distinct[key] = known[cell]
            continue
        parsed = kind.parse(cell, context)
        distinct[key] = parsed.value
        if parsed.findings:
            said.add(key)
    odd = {place for place, key in enumerate(keys) if key in said} if said else set()
    return Column([distinct[key] for key in keys], odd)


def at_once(code: str, texts: Sequence[str]) -> dict[str, Any]:
    """Of some texts, those whose value in a kind can be told at once, and of which nothing is to be said."""
    if code == "date":
        days = {text: whole_day(text) for text in texts}
        return {text: day for text, day in days.items() if day is not None}
    if code == "id_number":
        return {text: text for text in sound_numbers(texts)}
    if code == "certificate":
        whole = _CERTIFICATE.fullmatch
        formed = [text for text in texts if whole(text)]
        sound = sound_numbers(dict.fromkeys(text[:18] for text in formed), addresses=False)
        return {text: text for text in formed if text[:18] in sound}
    pattern = _AS_IS.get(code)
    if pattern is None:
        return {}
    match = pattern.fullmatch
    if code == "name":
        return {
            text: text
            for text in texts
            if match(text) and text not in _NOT_WORDS and not LIKELY_ODD.search(text)
        }
    return {text: text for text in texts if match(text) and text not in _NOT_WORDS}


def sound_numbers(texts: Iterable[str], *, addresses: bool = True) -> set[str]:
    """Of some texts, those that are identity numbers of 18 characters of which ``identity.read_id`` has nothing to say.

    ``addresses``: whether an address code that was never used is something to be said (in certificates it is not).
    """
    numbers = pl.Series("number", [text for text in texts if len(text) == 18 and text.isascii()], pl.String)
    number = pl.col("number")
    digits = number.str.head(17).cast(pl.Int64, strict=False)
    total = sum(((digits // 10 ** (16 - place)) % 10) * weight for place, weight in enumerate(WEIGHTS))
    checks = pl.lit(pl.Series(list(CHECK_CHARACTERS)))
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    sound = (
        number.str.contains(r"^[0-9]{17}[0-9X]$")
        & (number.str.tail(1) == checks.gather(total % 11))
        & (born.dt.year() >= EARLIEST_YEAR)
        & (born <= date.today())
    )
    if addresses:
        sound &= number.str.head(2).is_in(sorted(PROVINCES)) | number.str.starts_with(FOREIGNERS)
    return set(numbers.to_frame().filter(sound)["number"])
