"""Choices of a field that know their days: of a list of data (``choices``), or of a list in code with dated labels (``dated``).

Both are a Mapping from code to label that has every code there ever was, so that whatever is stored is printed; what may be
entered is what holds ``on`` a day. They can be named when a module is imported, and follow what holds.
"""

from __future__ import annotations

import abc
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _

from qiaojie.lib.cells import Label

from . import standing
from .standing import StandingList
from .words import CodeWord

LATE_DAYS: Final = 366
"""So long after its last day a word is still offered: rows of a year are entered until the next one's reports are in."""


class DatedChoices(Mapping[str, Label], abc.ABC):
    """Code → label in the language of the interface, of all codes."""

    @property
    @abc.abstractmethod
    def held(self) -> StandingList:
        """The list behind it, as it holds."""

    def __getitem__(self, code: str) -> Label:
        return self.held.words[code].text

    def __iter__(self) -> Iterator[str]:
        return iter(self.held.words)

    def __len__(self) -> int:
        return len(self.held.words)

    def __contains__(self, code: object) -> bool:
        return code in self.held.words

    @property
    def also(self) -> Mapping[str, str]:
        """Other spellings, as headers are compared → code."""
        return self.held.also

    @property
    def beside(self) -> Mapping[str, Label]:
        """The same for offices above counties: beside a county's own word stands the word of everybody's that it counts under."""
        words = self.held.words
        if not any(word.county is not None for word in words.values()):
            return self
        return {
            code: _("%(own)s（%(national)s）") % {"own": word.text, "national": words[word.parent].text}
            if word.county is not None and word.parent in words
            else word.text
            for code, word in words.items()
        }

    def word(self, code: str) -> CodeWord:
        """What is known of a code. Raises KeyError."""
        return self.held.words[code]

    def on(self, day: date, county: int | None = None) -> dict[str, Label]:
        """Code → label of what may be entered for a day, by a county (key of its region; None: everybody's words alone)."""
        return {word.code: word.text for word in self.held.on(day, county)}

    def offered(self, day: date, county: int | None = None, own: str = "") -> dict[str, Label]:
        """Code → label of what a box offers on the day on which somebody fills it in: what may be entered for that day, what has
        ended within a year before it, with its last day (for rows of before), and what the row has already (``own``)."""
        late = day - timedelta(days=LATE_DAYS)
        found: dict[str, Label] = self.on(day, county)
        for word in self.held.words.values():
            if word.code in found or word.removed or word.ends is None:
                continue
            if late <= word.ends < day and word.county in (None, county):
                found[word.code] = _("%(label)s（%(day)s止）") % {"label": word.text, "day": word.ends}
        if own and own not in found and own in self:
            found[own] = self[own]
        return found

    def under(self, code: str) -> frozenset[str]:
        """A code and all that stands under it, counties' own words too; an unknown one alone."""
        return self.held.below.get(code, frozenset({code}))

    def open_to(self, code: str, day: date, county: int | None = None) -> bool:
        """Whether a code may be entered for a day, by a county."""
        return code in self.on(day, county)

    @property
    def restricted(self) -> bool:
        """Whether some word of it may not be entered for every day by everybody."""
        return self.held.restricted

    def of_county(self, code: str, county: int) -> str:
        """The word of that label that a county may enter: of one that several counties have their own of, the county's; any other
        code itself."""
        return self.held.of_county(code, county)

    def national(self, code: str) -> str:
        """The word of everybody's that a county's own word stands under; any other code itself."""
        word = self.held.words.get(code)
        return word.parent if word is not None and word.county is not None else code


class CodeList(DatedChoices):
    """The choices of a list of data."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __repr__(self) -> str:
        return f"choices({self.code!r})"

    @property
    def held(self) -> StandingList:
        """The list as it holds; without words where nobody declares it."""
        return standing.of(self.code)


class InCode(DatedChoices):
    """The choices of a list in code, on which code and expressions branch, with the days on which its words may be entered."""

    def __init__(self, words: Iterable[CodeWord]) -> None:
        found = {word.code: word for word in words}
        self._held = StandingList("", "", "", "", found)

    @property
    def held(self) -> StandingList:
        """The list as the code has it."""
        return self._held


def choices(code: str) -> CodeList:
    """The choices of the list of that code: live, and empty where nobody declares it (``standing.known`` says)."""
    return CodeList(code)


def dated(
    labels: Iterable[tuple[str, Label]],
    days: Mapping[str, tuple[date | None, date | None]] | None = None,
    also: Mapping[str, Iterable[str]] | None = None,
    removed: Collection[str] = (),
) -> InCode:
    """Choices of a list in code (``Scheme.choices``) with the first and last day of those that may not always be entered, and
    their other spellings. Those ``removed`` are printed, and entered no longer."""
    spans, spellings = days or {}, also or {}
    return InCode(
        CodeWord(
            code,
            label,
            also=tuple(spellings.get(code, ())),
            begins=spans.get(code, (None, None))[0],
            ends=spans.get(code, (None, None))[1],
            removed=code in removed,
        )
        for code, label in labels
    )


def other_spellings(declared: Mapping[str, Label]) -> Mapping[str, str]:
    """Other spellings of any choices, as headers are compared → code; none of those that know none."""
    return declared.also if isinstance(declared, DatedChoices) else {}
