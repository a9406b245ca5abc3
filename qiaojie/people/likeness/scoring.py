"""How sure it is that two descriptions are of one woman: one function for a row of a form and for a million.

Only a number or a certificate makes certain. Whatever else agrees is weighed (``weights.toml``) and is a reason to ask, never
to merge. Scoring is symmetrical, more agreement never lowers it, and a grade does not hang on the order of candidates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import inf
from typing import Final

from django.utils.translation import gettext_lazy as _

from qiaojie.lib.pinyin import sound
from qiaojie.lib.values import Label

from ..models import Sex
from . import levels
from .traits import AGREES, DIFFERS, NAMES, PLAIN, Trait, reasons
from .weights import Weights, current

_KNOWN: Final = frozenset({Sex.FEMALE.value, Sex.MALE.value})
_IDLE: Final = (Trait.COUNTY, Trait.SEX)
_HEARD: Final = (Trait.SOUND, Trait.NEAR)


class Grade(StrEnum):
    """How sure it is who is meant."""

    CERTAIN = "certain"
    LIKELY = "likely"
    """One stands out: she alone is likely."""
    SEVERAL = "several"
    POSSIBLE = "possible"
    """One may be meant, and is asked about; she is not likely."""
    NONE = "none"


class Rarity(StrEnum):
    """How often a name is met in the county."""

    RARE = "rare"
    SOME = "some"
    COMMON = "common"


RARITIES: Mapping[Rarity, Label] = {
    Rarity.RARE: _("很少重名"),
    Rarity.SOME: _("有人重名"),
    Rarity.COMMON: _("重名很多"),
}

FORCES: Final[tuple[tuple[float, Label], ...]] = (
    (10.0, _("分量很重")),
    (4.0, _("分量较重")),
    (0.5, _("分量较轻")),
    (-0.5, _("说明不了什么")),
    (-4.0, _("有些疑问")),
    (float("-inf"), _("很有疑问")),
)
"""From how many bits on a level weighs so much, in words."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said of a person by a row, or known of her by the registry; what is not known is empty."""

    name: str
    """Her ``name_key``."""
    sex: str = ""
    birth: date | None = None
    phone: str = ""
    townships: frozenset[str] = frozenset()
    counties: frozenset[int] = frozenset()
    number: str = ""
    certificates: frozenset[str] = frozenset()
    """Their first 20 characters."""


@dataclass(frozen=True, slots=True)
class Commonness:
    """How many people a county has registered, and how many of each name (``name_key``) and of each ``sound``."""

    people: int = 0
    names: Mapping[str, int] = field(default_factory=dict)
    sounds: Mapping[str, int] = field(default_factory=dict)

    def namesakes(self, level: Trait, name: str) -> int:
        """Of how many a level says no more than that they are alike in it."""
        return self.sounds.get(sound(name), 0) if level in _HEARD else self.names.get(name, 0)


UNKNOWN: Final = Commonness()
"""Where nobody has been counted: a small county in which nobody bears the name."""


@dataclass(frozen=True, slots=True)
class Score:
    """What two descriptions agree and differ in, what each of it weighs (``weights``: first of ``agree``, then of ``differ``),
    and the sum, less what the number of people takes; ``version`` of the weights."""

    agree: tuple[Trait, ...]
    differ: tuple[Trait, ...]
    weights: tuple[float, ...]
    total: float
    version: str
    rarity: Rarity | None = None

    @property
    def weighed(self) -> tuple[Weighed, ...]:
        """What each of it weighs, in words."""
        return weighed(self.agree, self.differ, self.weights, self.total, self.rarity)


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be meant. ``known``: whether the viewer may see more of her than that she exists; of whom not, no more is
    told than what the row says itself."""

    person: int
    agree: tuple[Trait, ...]
    differ: tuple[Trait, ...]
    known: bool = True
    likely: bool = False
    score: Score | None = None

    @property
    def reasons(self) -> tuple[Label, ...]:
        """What speaks for it and against it, in words."""
        return reasons(self.agree, self.differ)

    def hidden(self) -> Alike:
        """The same of somebody who may not be seen."""
        told = tuple(mark for mark in self.agree if mark in PLAIN)
        return Alike(self.person, told, (), False, self.likely)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Who may be meant, and how sure that is; the likeliest first."""

    grade: Grade
    alike: tuple[Alike, ...] = ()

    def within(self, seen: Collection[int]) -> Likeness:
        """The same as told to somebody who may see these persons, and of the others only that they exist."""
        if all(one.person in seen for one in self.alike):
            return self
        return Likeness(self.grade, tuple(one if one.person in seen else one.hidden() for one in self.alike))


_NOBODY: Final = Likeness(Grade.NONE)


class _Adding:
    """What two descriptions agree and differ in, as it is found."""

    __slots__ = ("agree", "differ", "held", "minus", "plus")

    def __init__(self, held: Weights) -> None:
        self.held = held
        self.agree: list[Trait] = []
        self.differ: list[Trait] = []
        self.plus: list[float] = []
        self.minus: list[float] = []

    def met(self, level: Trait, weight: float = 0.0) -> None:
        """They agree on a level."""
        self.agree.append(level)
        self.plus.append(weight)

    def unmet(self, kind: Trait, weight: float = 0.0) -> None:
        """They agree on no level of a kind."""
        self.differ.append(kind)
        self.minus.append(weight)

    def note(self, kind: Trait, level: Trait | None, most: float = inf) -> None:
        """On which level of a kind they agree, if on any."""
        if level is None:
            self.unmet(kind, self.held.differ[kind])
        else:
            self.met(level, min(self.held.agree[level], most))

    def numbers(self, one: Profile, other: Profile) -> None:
        """Numbers of either; they weigh nothing, since they decide."""
        if one.number and other.number:
            (self.met if one.number == other.number else self.unmet)(Trait.NUMBER)
        if one.certificates and one.certificates & other.certificates:
            self.met(Trait.CERTIFICATE)

    def place(self, one: Profile, other: Profile) -> None:
        """Where they are known."""
        held, near = self.held, bool(one.counties & other.counties)
        if not near and one.counties and other.counties:
            # Townships of one name in two counties are two; that she is elsewhere speaks against it as such.
            self.unmet(Trait.COUNTY, held.elsewhere)
            return
        shared = bool(one.townships & other.townships)
        if shared:
            self.met(Trait.TOWNSHIP, held.agree[Trait.TOWNSHIP])
        elif one.townships and other.townships:
            self.unmet(Trait.TOWNSHIP, held.county_only)
        if near:
            self.met(Trait.COUNTY, 0.0 if shared else held.agree[Trait.COUNTY])


def score(
    one: Profile, other: Profile, common: Commonness = UNKNOWN, weights: Weights | None = None
) -> Score:
    """How two descriptions agree. Numbers are only noted: what they make certain, or bar, ``graded`` says."""
    held = weights or current()
    found = _Adding(held)
    found.numbers(one, other)
    named: Trait | None = None
    rarity: Rarity | None = None
    if one.name and other.name:
        named = level_of_names(one.name, other.name)
        if named is None:
            found.note(Trait.NAME, None)
        else:
            count = common.namesakes(named, min(one.name, other.name))
            found.met(named, held.of_name(named, count, common.people))
            rarity = _rarity(count) if named in held.shares else None
    apart = False
    if one.birth is not None and other.birth is not None:
        born = levels.of_births(one.birth, other.birth)
        found.note(Trait.BIRTH, born)
        apart = born in (None, Trait.BIRTH_YEAR)
    if one.phone and other.phone:
        phoned = levels.of_phones(one.phone, other.phone)
        if phoned is not Trait.PHONE and named is None:
            # A number beside hers, under another name, is a neighbour's.
            phoned = None
        # The same one, of a name and a day that are not hers, is her sister's.
        found.note(Trait.PHONE, phoned, held.of_family if apart and named is not Trait.NAME else inf)
    found.place(one, other)
    if one.sex in _KNOWN and other.sex in _KNOWN:
        found.note(Trait.SEX, Trait.SEX if one.sex == other.sex else None)
    bits = (*found.plus, *found.minus)
    total = sum(bits) - held.start(common.people)
    return Score(tuple(found.agree), tuple(found.differ), bits, total, held.version, rarity)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One of the reasons for a score, as a clerk reads it: what, how much it weighs in words, and in bits."""

    label: Label
    words: tuple[Label, ...]
    bits: float


def weighed(
    agree: Sequence[Trait],
    differ: Sequence[Trait],
    weights: Sequence[float],
    total: float,
    rarity: Rarity | None,
) -> tuple[Weighed, ...]:
    """What each of what two descriptions agree and differ in weighs, then what the number of people takes; () where nothing was
    weighed."""
    if not weights:
        return ()
    named = [(AGREES.get(mark), mark) for mark in agree] + [(DIFFERS.get(mark), mark) for mark in differ]
    found = [
        Weighed(label, (RARITIES[rarity], force(bits)) if rarity and mark in NAMES else (force(bits),), bits)
        for (label, mark), bits in zip(named, weights, strict=True)
        if label is not None and (bits or mark not in _IDLE)
    ]
    start = total - sum(weights)
    return (*found, Weighed(_("登记的人多，偶然相似的也多"), (), start))


def level_of_names(one: str, other: str) -> Trait | None:
    """On which level two names agree; compared once, whichever comes first."""
    if one == other:
        return Trait.NAME
    return levels.of_names(one, other) if one < other else levels.of_names(other, one)


def _rarity(count: int) -> Rarity:
    return Rarity.RARE if count <= 2 else Rarity.SOME if count <= 10 else Rarity.COMMON


def force(weight: float) -> Label:
    """How much bits weigh, in words."""
    return next(words for least, words in FORCES if weight >= least)


def compare(
    one: Profile, other: Profile, common: Commonness = UNKNOWN, weights: Weights | None = None
) -> Grade:
    """How sure it is that the two are one person: certain, likely, possible or none. Two numbers are two people."""
    return graded(score(one, other, common, weights), weights)


def graded(found: Score, weights: Weights | None = None) -> Grade:
    """What a score says of one pair."""
    held = weights or current()
    if Trait.NUMBER in found.agree:
        return Grade.CERTAIN
    if Trait.NUMBER in found.differ:
        return Grade.NONE
    if Trait.CERTIFICATE in found.agree:
        return Grade.CERTAIN
    if found.total >= held.likely:
        return Grade.LIKELY
    return Grade.POSSIBLE if found.total >= held.propose else Grade.NONE


def grade(
    said: Profile,
    others: Mapping[int, Profile],
    unknown: Collection[int] = (),
    common: Commonness = UNKNOWN,
    weights: Weights | None = None,
) -> Likeness:
    """Who of ``others`` may be meant. Somebody certain leaves no question about those who are not; ``unknown`` are those of whom
    the viewer may only know that they exist."""
    held = weights or current()
    sure: list[tuple[float, int, Alike]] = []
    asked: list[tuple[float, int, Alike]] = []
    for key, other in others.items():
        found = score(said, other, common, held)
        how = graded(found, held)
        if how is not Grade.NONE:
            alike = Alike(key, found.agree, found.differ, True, how is not Grade.POSSIBLE, found)
            one = (-found.total, key, alike.hidden() if key in unknown else alike)
            (sure if how is Grade.CERTAIN else asked).append(one)
    listed = tuple(one for _total, _key, one in sorted(sure or asked, key=lambda each: each[:2]))
    if not listed:
        return _NOBODY
    if sure:
        return Likeness(Grade.CERTAIN if len(sure) == 1 else Grade.SEVERAL, listed)
    if sum(one.likely for one in listed) == 1:
        return Likeness(Grade.LIKELY, listed)
    return Likeness(Grade.POSSIBLE if len(listed) == 1 else Grade.SEVERAL, listed)
