"""What holds now: the lists as they were last prepared, with the words that counties added, kept in the process.

A list that was never prepared is as its files have it. Nothing here asks the database while something is printed: ``refresh``
looks, and is called where a request, a job or a command begins, and after a change.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from typing import Final

from django.db import OperationalError, ProgrammingError
from django.utils.translation import get_language

from qiaojie.lib.text import header_key
from qiaojie.storage import faults

from . import folders
from .folders import ReadList
from .models import CountyWord, PreparedList
from .words import CodeWord

SECONDS: Final = 5.0
"""So old may be what a server shows of words that another process prepared or added. A look costs two queries of some
hundred words; at every request it would cost as much as the page's own ledger."""


@dataclass(frozen=True)
class StandingList:
    """A list as it holds: everybody's words in their order, each followed by those that counties put under it; words that were
    removed last."""

    code: str
    label: str
    english: str
    standard: str
    words: Mapping[str, CodeWord]

    @property
    def name(self) -> str:
        """What it is called in the language of the interface."""
        return self.english if self.english and (get_language() or "").startswith("en") else self.label

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """Each code → itself and all that stands under it, at any depth."""
        found: dict[str, set[str]] = {code: {code} for code in self.words}
        for code in self.words:
            up, seen = code, {code}
            while (up := self.words[up].parent) and up in self.words and up not in seen:
                seen.add(up)
                found[up].add(code)
        return {code: frozenset(under) for code, under in found.items()}

    @cached_property
    def also(self) -> Mapping[str, str]:
        """Other spellings, as headers are compared → code; of two words that have one, the one that still holds."""
        found: dict[str, str] = {}
        for word in self.words.values():
            for text in word.also:
                found.setdefault(header_key(text), word.code)
        return found

    @cached_property
    def restricted(self) -> bool:
        """Whether some word may not be entered for every day by everybody."""
        return any(
            word.begins or word.ends or word.removed or word.county is not None
            for word in self.words.values()
        )

    @cached_property
    def _by_label(self) -> Mapping[tuple[int | None, str], str]:
        return {
            (word.county, header_key(text)): word.code
            for word in self.words.values()
            for text in (str(word.label), *word.also)
        }

    def of_county(self, code: str, county: int) -> str:
        """The word of that label that a county may enter: of one that several counties have their own of, the county's; any other
        code itself."""
        word = self.words.get(code)
        if word is None or word.county in (None, county):
            return code
        return self._by_label.get((county, header_key(str(word.label))), code)

    def on(self, day: date, county: int | None = None) -> tuple[CodeWord, ...]:
        """What may be entered for a day, by a county (key of its region; None: everybody's words alone)."""
        return tuple(word for word in self.words.values() if self._open(word, day, county))

    def _open(self, word: CodeWord, day: date, county: int | None) -> bool:
        if not word.holds(day):
            return False
        if word.county is None:
            return True
        above = self.words.get(word.parent)
        return word.county == county and above is not None and above.holds(day)


EMPTY: Final = StandingList("", "", "", "", {})
"""What is known of a list that nobody has declared."""


@dataclass(frozen=True)
class StandingLists:
    """All lists as they hold, and a number that is another one whenever one of them is (``stamp``)."""

    lists: Mapping[str, StandingList]
    stamp: int


_stamps = count()
_held: StandingLists | None = None
_looked: float | None = None


def now() -> StandingLists:
    """What holds, as it was last looked at; before the first look, what the files say."""
    global _held
    if _held is None:
        _held = StandingLists(_from_files(folders.read_all()), next(_stamps))
    return _held


def of(code: str) -> StandingList:
    """The list of that code; ``EMPTY`` where there is none."""
    return now().lists.get(code, EMPTY)


def known() -> tuple[str, ...]:
    """The codes of all lists, sorted."""
    return tuple(sorted(now().lists))


def stamp() -> int:
    """A number that is another one whenever a list has changed: what is built from lists is built again then."""
    return now().stamp


def look_again() -> None:
    """``refresh``, if nobody has looked for ``SECONDS``."""
    if _looked is None or time.monotonic() - _looked > SECONDS:
        refresh()


def refresh() -> None:
    """Look at what was prepared and added. Two queries. A database of a version that had no lists leaves what the files say."""
    global _held, _looked
    try:
        prepared = {one.code: _prepared(one) for one in PreparedList.objects.all()}
    except (OperationalError, ProgrammingError) as fault:
        if not faults.is_unmade(fault):
            raise
        return
    lists = {**_from_files(folders.read_all(), but=prepared), **prepared}
    added: dict[str, list[CodeWord]] = {}
    for one in CountyWord.objects.order_by("pk"):
        added.setdefault(one.list_code, []).append(_of_county(one))
    lists = {code: _with(held, added.get(code, ())) for code, held in lists.items()}
    if dict(now().lists) != lists:
        _held = StandingLists(lists, next(_stamps))
    _looked = time.monotonic()


def forget() -> None:
    """Know no more than the files say, as before the first look."""
    global _held, _looked
    _held, _looked = StandingLists(_from_files(folders.read_all()), next(_stamps)), None


def _from_files(found: Mapping[str, ReadList], but: Iterable[str] = ()) -> dict[str, StandingList]:
    """Lists that can be used, as their files have them."""
    return {
        code: StandingList(code, one.label, one.english, one.standard, _in_order(one.words))
        for code, one in found.items()
        if one.usable and code not in but
    }


def _prepared(one: PreparedList) -> StandingList:
    words = _in_order(CodeWord.of_mapping(each) for each in one.words)
    return StandingList(one.code, one.label, one.english, one.standard, words)


def _in_order(words: Iterable[CodeWord]) -> dict[str, CodeWord]:
    found = list(words)
    return {word.code: word for word in sorted(found, key=lambda word: word.removed)}


def _of_county(one: CountyWord) -> CodeWord:
    return CodeWord(
        one.code,
        one.label,
        also=tuple(one.also),
        parent=one.parent,
        begins=one.begins,
        ends=one.ends,
        county=one.region_id,
    )


def _with(held: StandingList, added: Iterable[CodeWord]) -> StandingList:
    own: dict[str, list[CodeWord]] = {}
    for word in added:
        own.setdefault(word.parent, []).append(word)
    if not own:
        return held
    words: list[CodeWord] = []
    for word in held.words.values():
        words += [word, *own.pop(word.code, ())]
    # Under what was there and is nowhere any more, not even among removed words: printed all the same.
    words += [word for rest in own.values() for word in rest]
    return StandingList(held.code, held.label, held.english, held.standard, _in_order(words))
