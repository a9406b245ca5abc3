"""What the weights would be by what people have answered: proposed to a person, and never taken by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2
from typing import Final

from .scoring import Commonness, Profile, score
from .traits import BIRTHS, NAMES, PHONES, Trait
from .weights import Weights

ENOUGH: Final = 30
"""Answers on a level from which on they tell anything of it."""
STEP: Final = 2.0
"""Bits by which a weight moves at most at a time: who was asked about hangs on the weights that there were."""

_SECTIONS: Final[Mapping[str, tuple[Trait, ...]]] = {"name": NAMES, "birth": BIRTHS, "phone": PHONES}


@dataclass(frozen=True, slots=True)
class Answered:
    """Two descriptions of which somebody has said whether they are of one woman."""

    one: Profile
    other: Profile
    common: Commonness
    same: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """A level among the answers: how many pairs, how many of them one woman, how many the weights of now expect."""

    section: str
    name: str
    pairs: int
    same: int
    expected: float

    @property
    def off(self) -> float:
        """By how many bits the weight is too small (in halves, at most ``STEP``); 0 where too few have answered."""
        if self.pairs < ENOUGH:
            return 0.0
        told = log2((self.same + 1) / (self.pairs - self.same + 1))
        thought = log2((self.expected + 1) / (self.pairs - self.expected + 1))
        return max(-STEP, min(STEP, round(2 * (told - thought)) / 2))


@dataclass(frozen=True, slots=True)
class Changed:
    """A figure of the file that the answers would change."""

    tally: Tally
    before: float
    after: float


def tallies(answers: Iterable[Answered], weights: Weights) -> list[Tally]:
    """How the answers lie on each level of names, days of birth and telephones."""
    pairs: dict[tuple[str, str], list[float]] = {}
    for one in answers:
        found = score(one.one, one.other, one.common, weights)
        likely = 1 / (1 + 2.0 ** max(-60.0, min(60.0, -found.total)))
        for section, levels in _SECTIONS.items():
            name = next((str(mark) for mark in found.agree if mark in levels), "")
            if not name and levels[0] in found.differ:
                name = "different"
            if name:
                held = pairs.setdefault((section, name), [0.0, 0.0, 0.0])
                for at, more in enumerate((1.0, float(one.same), likely)):
                    held[at] += more
    return [Tally(*key, int(held[0]), int(held[1]), held[2]) for key, held in sorted(pairs.items())]


def proposed(text: str, found: Iterable[Tally], version: str) -> tuple[str, list[Changed]]:
    """A file of weights with what the answers would change, under a new version; and what that is.

    No level comes to weigh more than a closer one, none that agrees less than one that does not.
    """
    changes: list[Changed] = []
    for tally in found:
        frequent = tally.section == "name" and _figure(text, "frequency", tally.name) is not None
        section = "frequency" if frequent else tally.section
        before = _figure(text, section, tally.name)
        if before is None or not tally.off:
            continue
        after = round(before * 2**tally.off, 4) if frequent else before + tally.off
        after = _between(text, section, tally.name, after)
        if after != before:
            text = _with(text, section, tally.name, after)
            changes.append(Changed(tally, before, after))
    text = re.sub(r'(?m)^version = ".*"', f'version = "{version}"', text, count=1)
    return text, changes


def _section(text: str, section: str) -> tuple[int, int]:
    begun = re.search(rf"(?m)^\[{section}\]", text)
    assert begun is not None
    after = re.search(r"(?m)^\[", text[begun.end() :])
    return begun.end(), len(text) if after is None else begun.end() + after.start()


def _figures(text: str, section: str) -> dict[str, float]:
    begins, ends = _section(text, section)
    found = re.findall(r"(?m)^(\w+) = (-?[\d.]+)", text[begins:ends])
    return {name: float(value) for name, value in found if name not in ("most", "of_family")}


def _figure(text: str, section: str, name: str) -> float | None:
    return _figures(text, section).get(name)


def _between(text: str, section: str, name: str, value: float) -> float:
    """The value kept between those of the levels above and below it, and on its side of nothing."""
    held = _figures(text, section)
    names = list(held)
    at = names.index(name)
    least = held[names[at + 1]] if at + 1 < len(names) else (0.0001 if section == "frequency" else -20.0)
    most = held[names[at - 1]] if at else (1.0 if section == "frequency" else 20.0)
    if name == "different":
        most = min(most, 0.0)
    return max(least, min(most, value))


def _with(text: str, section: str, name: str, value: float) -> str:
    begins, ends = _section(text, section)
    part = re.sub(rf"(?m)^{name} = -?[\d.]+", f"{name} = {value:g}", text[begins:ends], count=1)
    return text[:begins] + part + text[ends:]
