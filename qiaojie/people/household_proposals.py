"""Who of a township may live in one household, by address and head (户主): worked out when somebody looks, and never stored.

Addresses and heads are encrypted, and no hash of them stands beside them: equal ones would tell whoever takes the database who
lives with whom. So they are opened and compared in memory, a township at a time, in four queries whatever their number.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from qiaojie.ledgers.viewer import Action, Viewer, demand_office, refuse
from qiaojie.lib.dialects import among
from qiaojie.lib.fields import Unreadable
from qiaojie.lib.text import name_key
from qiaojie.lib.titles import title_key
from qiaojie.lib.values import Label
from qiaojie.regions.models import Level, Region
from qiaojie.regions.queries import with_path

from .models import DeclinedHousehold, HouseholdMember, Person, Relation, Tie
from .queries import held_on

MOST: Final = 10
"""People of one proposal at most: more at one address live in a home, a dormitory or a firm, which are no household."""

_DOOR: Final = re.compile(r"\d+(?:号|室|栋|幢|座|单元)|\d-\d")
"""What tells a door: an address without it names a village or a street."""

_TOWNSHIP: Final = re.compile(r"^.*?(?:街道|镇|乡|苏木)(?=.)")
_OF_OFFICES: Final = re.compile("村民委员会|居民委员会|村委会|居委会|社区")


class Strength(StrEnum):
    """How much speaks for a proposal."""

    STRONG = "strong"
    LIKELY = "likely"
    WEAK = "weak"


STRENGTHS: Final[Mapping[Strength, Label]] = {
    Strength.STRONG: gettext_lazy("很可能是一户"),
    Strength.LIKELY: gettext_lazy("可能是一户"),
    Strength.WEAK: gettext_lazy("也许是一户"),
}


class WhyOneHousehold(StrEnum):
    """What speaks for a proposal, or against it."""

    DOOR = "door"
    HEAD = "head"
    PLACE = "place"
    IS_HEAD = "is_head"
    UNSAID = "unsaid"
    JOINS = "joins"
    TWO = "two"


REASONS: Final[Mapping[WhyOneHousehold, Label]] = {
    WhyOneHousehold.DOOR: gettext_lazy("住址相同，写到了门牌"),
    WhyOneHousehold.HEAD: gettext_lazy("户主姓名相同"),
    WhyOneHousehold.PLACE: gettext_lazy("住址相同，没有写到门牌"),
    WhyOneHousehold.IS_HEAD: gettext_lazy("户主本人也在其中"),
    WhyOneHousehold.UNSAID: gettext_lazy("有人没有写户主"),
    WhyOneHousehold.JOINS: gettext_lazy("其中有人已经在一户里"),
    WhyOneHousehold.TWO: gettext_lazy("其中的人现在登记在不同的户里，请先核对"),
}


@dataclass(frozen=True, slots=True)
class HouseholdProposal:
    """People (by their keys) who may be one household. ``household`` is the one that some of them are of already, None where
    none is; ``told`` what was compared, ``seen`` what tells whether that has changed since somebody looked."""

    people: tuple[int, ...]
    strength: Strength
    why: tuple[WhyOneHousehold, ...]
    household: int | None
    told: str

    @property
    def word(self) -> str:
        """What names it on a page."""
        return "-".join(map(str, self.people))

    @property
    def seen(self) -> str:
        """What tells, and tells nothing else, whether it is still the same."""
        return hashlib.sha256(f"{self.told}/{self.household}".encode()).hexdigest()[:16]

    @property
    def open(self) -> bool:
        """Whether it can be confirmed as it is."""
        return WhyOneHousehold.TWO not in self.why


@dataclass(frozen=True, slots=True)
class _Resident:
    """What is compared of a person: her address and her head as they are compared ('' where nobody wrote them)."""

    pk: int
    place: str
    door: bool
    head: str
    is_head: bool


def proposals(township: Region, viewer: Viewer) -> list[HouseholdProposal]:
    """Who of a township may be one household, those for which most speaks first; without what was declined. Of its ``residents``
    who live and were found to be nobody else.

    Raises Refused where the viewer may not enter there, or stands outside the offices.
    """
    people = _compared(township, viewer)
    held = _households(one.pk for one in people)
    declined = set(_declined(township).values())
    found = (_proposal(group, held) for group in _groups(people))
    kept = [one for one in found if one is not None and one.told not in declined]
    order = list(Strength)
    return sorted(kept, key=lambda one: (order.index(one.strength), one.people))


def declined(township: Region, viewer: Viewer) -> list[tuple[DeclinedHousehold, tuple[int, ...]]]:
    """What was declined there, the latest first, with the people it spoke of. Raises as ``proposals``."""
    demand_office(viewer, Action.ENTER, f"households/{township.pk}")
    if not viewer.covers(township.pk):
        refuse(viewer, Action.ENTER, f"households/{township.pk}")
    rows = DeclinedHousehold.objects.filter(region=township).order_by("-pk")
    return [(row, people_of(row.told)) for row in rows if not isinstance(row.told, Unreadable)]


def people_of(told: str) -> tuple[int, ...]:
    """The persons of whom a text of what was compared tells."""
    return tuple(line[0] for line in json.loads(told))


def _declined(township: Region) -> dict[int, str]:
    rows = DeclinedHousehold.objects.filter(region=township).values_list("pk", "told")
    return {pk: told for pk, told in rows if not isinstance(told, Unreadable)}


def residents(township: Region, viewer: Viewer) -> QuerySet[Person]:
    """Who lives in a township (by the place of living, else of registration) and is known to its county: whoever works in the
    township sees them here. Raises as ``proposals``."""
    demand_office(viewer, Action.ENTER, f"households/{township.pk}")
    if not viewer.covers(township.pk):
        refuse(viewer, Action.ENTER, f"households/{township.pk}")
    inside = {"first__gte": township.first, "first__lte": township.last}
    home = Q(**{f"home__{name}": value for name, value in inside.items()})
    hukou = Q(**{f"hukou__{name}": value for name, value in inside.items()}, home__isnull=True)
    county = county_of(township)
    known = Tie.objects.filter(
        person=OuterRef("pk"), region__first__gte=county.first, region__last__lte=county.last
    )
    return Person.objects.filter(
        Exists(known), home | hukou, canonical__isnull=True, died_on__isnull=True
    ).order_by("pk")


def county_of(region: Region) -> Region:
    """The county in which a region lies, whose lists number households; the region itself where it lies above counties."""
    found = region
    while found.level > Level.COUNTY and found.parent is not None:
        found = found.parent
    return found


def _compared(township: Region, viewer: Viewer) -> list[_Resident]:
    above = _names_above(township)
    people = residents(township, viewer)
    return [
        _resident(*values, above)
        for values in people.values_list("pk", "name_key", "address", "head", "relation")
    ]


def _names_above(township: Region) -> tuple[str, ...]:
    """The names of the township and of what lies above it, as addresses are compared, the lowest last."""
    (held,) = with_path(Region.objects.filter(pk=township.pk))
    names: list[str] = []
    at: Region | None = held
    while at is not None:
        names[:0] = [at.name, at.short_name]
        at = at.parent
    return tuple(title_key(name) for name in dict.fromkeys(names) if name)


def _resident(pk: int, name: str, address: Any, head: Any, relation: str, above: Sequence[str]) -> _Resident:
    place = "" if not isinstance(address, str) else place_key(address, above)
    said = name_key(head) if isinstance(head, str) and head else ""
    is_head = relation == Relation.HEAD or (bool(said) and said == name)
    return _Resident(pk, place, bool(_DOOR.search(place)), said or (name if is_head else ""), is_head)


def place_key(address: str, above: Sequence[str] = ()) -> str:
    """What all spellings of an address within a township have in common: without the names of what lies ``above``, numerals as
    figures, no spaces or marks."""
    text = title_key(address)
    for name in above:
        before, found, after = text.partition(name)
        if found and len(before) <= 2:
            text = after
    return _OF_OFFICES.sub("", _TOWNSHIP.sub("", text))


def _groups(residents: Sequence[_Resident]) -> Iterator[list[_Resident]]:
    """People with a door in common whose heads do not differ; of the others those of one head and one place."""
    by_door: dict[str, list[_Resident]] = defaultdict(list)
    for one in residents:
        if one.door:
            by_door[one.place].append(one)
    left = {one.pk: one for one in residents}
    for behind in by_door.values():
        for group in _of_one_head(behind):
            if 1 < len(group) <= MOST:
                yield group
                for one in group:
                    del left[one.pk]
    by_head: dict[tuple[str, str], list[_Resident]] = defaultdict(list)
    for one in left.values():
        if one.head:
            by_head[one.head, "" if one.door else one.place].append(one)
    for (_head, place), group in by_head.items():
        doors = {one.place for one in group if one.door}
        # Who bears the same head's name behind two doors is of two households, or of one that moved: nobody can tell.
        if 1 < len(group) <= MOST and not doors and (place or any(one.is_head for one in group)):
            yield group


def _of_one_head(behind: Sequence[_Resident]) -> Iterator[list[_Resident]]:
    """People behind one door by their head; who states none is of the only one there is."""
    heads = Counter(one.head for one in behind if one.head)
    if len(heads) <= 1:
        yield list(behind)
        return
    for head in heads:
        yield [one for one in behind if one.head == head]


def _proposal(group: Sequence[_Resident], held: Mapping[int, int]) -> HouseholdProposal | None:
    people = tuple(sorted(one.pk for one in group))
    households = {held[pk] for pk in people if pk in held}
    if len(households) == 1 and all(pk in held for pk in people):
        return None
    heads = {one.head for one in group}
    why: list[WhyOneHousehold] = []
    if all(one.door for one in group):
        why.append(WhyOneHousehold.DOOR)
        strength = Strength.STRONG if heads - {""} else Strength.LIKELY
    else:
        strength = Strength.WEAK
        if all(one.place for one in group):
            why.append(WhyOneHousehold.PLACE)
    if sum(bool(one.head) for one in group) > 1:
        why.append(WhyOneHousehold.HEAD)
    elif strength is Strength.STRONG:
        strength = Strength.LIKELY
    if any(one.is_head for one in group):
        why.append(WhyOneHousehold.IS_HEAD)
    if "" in heads:
        why.append(WhyOneHousehold.UNSAID)
    if len(households) > 1:
        why.append(WhyOneHousehold.TWO)
    elif households:
        why.append(WhyOneHousehold.JOINS)
    household = next(iter(households)) if len(households) == 1 else None
    return HouseholdProposal(people, strength, tuple(why), household, told(group))


def told(group: Collection[_Resident]) -> str:
    """What was compared of people, as a text that is the same as long as all of it is."""
    lines = sorted([one.pk, one.place, one.head] for one in group)
    return json.dumps(lines, ensure_ascii=False)


def _households(people: Iterable[int]) -> dict[int, int]:
    """The household that each is of today under any of her records, whoever has confirmed it; the one written down last. One
    query."""
    wanted = among(sorted(people))
    hers = Q(person_id__in=wanted) | Q(person__canonical_id__in=wanted)
    held = HouseholdMember.objects.filter(hers, held_on(date.today())).order_by("pk")
    found = held.values_list("person_id", "person__canonical_id", "household_id")
    return {canonical or person: household for person, canonical, household in found}
