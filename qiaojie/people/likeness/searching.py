"""Many descriptions held against the registry at once, and one record against the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet

from qiaojie.ledgers import statements
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.statements import OneOf
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib import dialects
from qiaojie.lib.crypto import keyring
from qiaojie.lib.garbage import put_off
from qiaojie.lib.masks import township
from qiaojie.lib.pinyin import sound
from qiaojie.lib.text import name_key
from qiaojie.regions.models import Level, Region

from ..identification import CERTIFICATE_LENGTH, ID_LENGTH
from ..ledger import PERSONS
from ..models import Certificate, Person, Tie
from ..queries import known_to
from . import candidates, levels
from .candidates import Found
from .scoring import Commonness, Likeness, Profile, grade, level_of_names
from .traits import Trait
from .weights import Weights, current

AT_ONCE: Final = 10_000
"""Descriptions that are held against the registry at a time: more would be held in memory for nothing."""


def said(columns: Mapping[str, Any], townships: Iterable[str] = (), county: int | None = None) -> Profile:
    """The profile that columns of a person make; ``townships`` are the names of her regions of that level."""
    address = township(columns.get("address") or "")
    return Profile(
        name_key(columns.get("name") or ""),
        columns.get("sex") or "",
        columns.get("birth_date"),
        columns.get("phone") or "",
        frozenset(name for name in (*townships, address) if name),
        frozenset() if county is None else frozenset({county}),
        columns.get("id_number") or "",
    )


def search(wanted: Sequence[Profile], county: int, viewer: Viewer) -> list[Likeness]:
    """Who may be meant by each description, in its order; a few queries per ten thousand.

    A description with a number is held against those only of whom no number is known. Elsewhere than in ``county``
    somebody is sought by name and day of birth and by telephone, not by township. Whom the viewer may not see is only said to be.
    """
    found: list[Likeness] = []
    people = candidates.people_of(county) if wanted else 0
    for part in chunks(wanted, AT_ONCE):
        with put_off():
            found += _Search(part, county, people, current()).answer(viewer)
    return found


ELSEWHERE: Final = frozenset({0})
"""The counties of somebody who is not tied to the one asked about: which they are makes no difference."""

_NOWHERE: Final = frozenset({""})
_CLOSED: Final = "?"
"""In place of a telephone that is another one, whatever it is."""


class _Search:
    """One handful of descriptions: who comes into question, which pairs are worth opening what is sealed, what they score."""

    def __init__(self, wanted: Sequence[Profile], county: int, people: int, weights: Weights) -> None:
        self.wanted, self.county, self.people, self.weights = wanted, county, people, weights
        self.heard = [sound(one.name) for one in wanted]
        self.pairs: list[set[int]] = [set() for _one in wanted]
        self.found: dict[int, Found] = {}
        self.common = Commonness(people)
        self.by_heard: dict[str, list[int]] = defaultdict(list)
        self.by_day: dict[date, list[int]] = defaultdict(list)
        self.by_phone: dict[bytes, list[int]] = defaultdict(list)
        self.hashes: list[tuple[bytes, ...]] = [()] * len(wanted)
        self.bits: dict[tuple[Trait, str], float] = {}
        self.least = weights.propose + weights.start(people)
        self.phones: dict[int, str] = {}
        """Telephones of persons that rows say themselves."""
        self.regions = _townships(county)
        self.towns: dict[tuple[int | None, int | None], frozenset[str]] = {}
        self.closed: set[int] = set()
        """Persons whose telephone has to be opened."""

    def answer(self, viewer: Viewer) -> list[Likeness]:
        """Who may be meant by each, in their order."""
        numbered = [at for at, one in enumerate(self.wanted) if one.number]
        self._among_the_numberless(numbered)
        theirs = {key for keys in self.pairs for key in keys}
        self._among_all([at for at, one in enumerate(self.wanted) if not one.number])
        known = self._opened(theirs) | profiles(theirs)
        answers = [
            grade(one, {key: known[key] for key in keys}, (), self.common, self.weights)
            for one, keys in zip(self.wanted, self.pairs, strict=True)
        ]
        seen = _seen({one.person for like in answers for one in like.alike}, viewer)
        return [like.within(seen) for like in answers]

    def _index(self, places: Iterable[int]) -> None:
        """Make these descriptions be found by sound, day and telephone."""
        self.by_heard, self.by_day, self.by_phone = defaultdict(list), defaultdict(list), defaultdict(list)
        listed = list(places)
        for at in listed:
            one = self.wanted[at]
            if self.heard[at]:
                self.by_heard[self.heard[at]].append(at)
            if one.birth is not None:
                self.by_day[one.birth].append(at)
        self._hash([at for at in listed if self.wanted[at].phone])
        for at in listed:
            for hashed in self.hashes[at]:
                self.by_phone[hashed].append(at)

    def _hash(self, places: Sequence[int]) -> None:
        ring, phones = keyring(), [self.wanted[at].phone for at in places]
        made = (
            [ring.blind_many(phones, "person.phone", header) for header in ring.headers()] if phones else []
        )
        for at, hashes in zip(places, zip(*made, strict=True), strict=False):
            self.hashes[at] = hashes

    def _among_the_numberless(self, numbered: Sequence[int]) -> None:
        """Hold descriptions with a number against those of whom none is known: the number of either may be the other's."""
        pool = list(candidates.numberless(self.county)) if numbered else []
        if not pool:
            return
        self._index(numbered)
        met: list[tuple[Found, set[int]]] = []
        for one in pool:
            born = self.by_day.get(one.birth, ()) if one.birth is not None else ()
            called = self.by_phone.get(one.phone, ()) if one.phone is not None else ()
            met.append((one, {*self.by_heard.get(one.sound, ()), *born, *called}))
        heard = {self.heard[at] for _one, places in met for at in places} - {""}
        self._count(candidates.sounding_here(heard, self.county))
        for one, places in met:
            self._pair(one, places)

    def _among_all(self, bare: Sequence[int]) -> None:
        """Hold descriptions without a number against everybody who is found by an index."""
        self._index(bare)
        sounding = list(candidates.sounding_here(self.by_heard, self.county))
        self._count(sounding)
        for one in sounding:
            self._pair(one, self.by_heard[one.sound])
        self._born(candidates.born_here(self.by_day, self.county))
        both = {
            (self.heard[at], born) for born, places in self.by_day.items() for at in places if self.heard[at]
        }
        for one in candidates.sounding_and_born(both, self.county):
            # Those of the county were met by how they sound.
            if not one.here:
                self._pair(one, [at for at in self.by_day[one.birth] if self.heard[at] == one.sound])  # type: ignore[index]
        called = {self.wanted[at].phone for at in bare} - {""}
        for one in candidates.called(called, self.county):
            self._pair(one, self.by_phone[one.phone])  # type: ignore[index]

    def _born(self, found: Iterable[Found]) -> None:
        """Those born on the days of descriptions. Where there are so many people that one day and one township do not outweigh
        another name, only names with the same first or last character are looked at more closely."""
        agree, wanted = self.weights.agree, self.wanted
        least = agree[Trait.BIRTH] + agree[Trait.TOWNSHIP] + self.weights.differ[Trait.NAME]
        every = least >= self.least
        for one in found:
            name, places = one.name, self.by_day[one.birth]  # type: ignore[index]
            if not every and 0 < len(name) < levels.LONG:
                first, last = name[0], name[-1]
                places = [
                    at
                    for at in places
                    if not (said := wanted[at].name) or said[0] == first or said[-1] == last
                ]
            if places:
                self._pair(one, places)

    def _count(self, found: Iterable[Found]) -> None:
        """Note how many of a county bear each of these names; all who sound alike are among them."""
        names, sounds = Counter[str](), Counter[str]()
        for one in found:
            names[one.name] += 1
            sounds[one.sound] += 1
        common = self.common
        self.common = Commonness(self.people, {**common.names, **names}, {**common.sounds, **sounds})

    def _pair(self, one: Found, places: Iterable[int]) -> None:
        """Note the descriptions that may mean somebody, as far as what is not sealed tells: with the best telephone and place
        that she can have, the pair would be asked about."""
        wanted, agree, differ = self.wanted, self.weights.agree, self.weights.differ
        name, birth, phone, pk = one.name, one.birth, one.phone, one.pk
        shared = agree[Trait.TOWNSHIP] - self.least
        apart = (self.weights.county_only if one.here else self.weights.elsewhere) - self.least
        towns = self._named(one) if one.here else _NOWHERE
        for at in places:
            said = wanted[at]
            total, named, near = apart, None, False
            if towns is not _NOWHERE and (not towns or not towns.isdisjoint(said.townships)):
                # Where her row names no township, her address may.
                total = shared
            elif towns is not _NOWHERE and not said.townships:
                total = agree[Trait.COUNTY] - self.least
            if said.name and name:
                named = level_of_names(said.name, name)
                total += self._of_name(named, said.name, name)
            if birth is not None and said.birth is not None:
                born = levels.of_births(said.birth, birth)
                total += differ[Trait.BIRTH] if born is None else agree[born]
            if phone is not None and said.phone:
                if phone in self.hashes[at]:
                    total += agree[Trait.PHONE]
                    self.phones[pk] = said.phone
                else:
                    near = named is not None
                    total += agree[Trait.PHONE_SWAPPED] if near else differ[Trait.PHONE]
            if total >= 0:
                self.pairs[at].add(pk)
                self.found[pk] = one
                if near:
                    self.closed.add(pk)

    def _of_name(self, level: Trait | None, one: str, other: str) -> float:
        if level is None:
            return self.weights.differ[Trait.NAME]
        kept = (level, min(one, other))
        found = self.bits.get(kept)
        if found is None:
            namesakes = self.common.namesakes(*kept)
            found = self.bits[kept] = self.weights.of_name(level, namesakes, self.people)
        return found

    def _named(self, one: Found) -> frozenset[str]:
        """The townships that somebody's row names."""
        places = one.home, one.hukou
        found = self.towns.get(places)
        if found is None:
            names = (self.regions.get(place) for place in places if place is not None)
            found = self.towns[places] = frozenset(name for name in names if name)
        return found

    def _opened(self, known: Collection[int]) -> dict[int, Profile]:
        """What is known of those found, without those ``known`` otherwise. Opened is only what may tell something: a telephone
        that may be off by a digit, an address where her row names no township."""
        found = [one for key, one in self.found.items() if key not in known]
        closed = {one.pk for one in found if one.pk in self.closed and one.pk not in self.phones}
        phones = candidates.phones(closed)
        addresses = candidates.addresses([one.pk for one in found if one.here and not self._named(one)])
        here, made = frozenset({self.county}), dict[int, Profile]()
        for one in found:
            phone = self.phones.get(one.pk) or phones.get(one.pk) or ("" if one.phone is None else _CLOSED)
            places = self._named(one)
            if one.pk in addresses:
                places = frozenset({township(addresses[one.pk])} - {""})
            county = here if one.here else ELSEWHERE
            made[one.pk] = Profile(one.name, one.sex, one.birth, phone, places, county)
        return made


def _townships(county: int) -> dict[int, str]:
    """The townships of a county; one query."""
    area = Region.objects.filter(pk=county).values_list("first", "last").first()
    if area is None:
        return {}
    rows = Region.objects.filter(level=Level.TOWNSHIP, first__gte=area[0], last__lte=area[1]).order_by()
    return dict(rows.values_list("pk", "name"))


def profiles(keys: Iterable[int]) -> dict[int, Profile]:
    """What the registry knows of these persons; three queries per thousand. Where no number is known, it is the one that
    a certificate carries."""
    counties: dict[int, set[int]] = defaultdict(set)
    held: dict[int, set[str]] = defaultdict(set)
    made: dict[int, Profile] = {}
    for part in chunks(sorted(set(keys))):
        for person, region in statements.plain("ties", _ties, [part]):
            counties[person].add(region)
        for person, number in statements.plain("numbers", _numbers, [part]):
            held[person].add((number or "")[:CERTIFICATE_LENGTH])
        for values in statements.plain("profiles", _described, [part]):
            row = dict(zip(_DESCRIBED, values, strict=True))
            places = ((row["home__name"], row["home__level"]), (row["hukou__name"], row["hukou__level"]))
            names = [name for name, level in places if level == Level.TOWNSHIP]
            if names:
                row["address"] = ""
            bare, carried = said(row, names), min(held[row["pk"]], default="")[:ID_LENGTH]
            made[row["pk"]] = replace(
                bare,
                counties=frozenset(counties[row["pk"]]),
                number=bare.number or carried,
                certificates=frozenset(held[row["pk"]]),
            )
    return made


_DESCRIBED = (
    "pk", "name", "sex", "birth_date", "phone", "address", "id_number",
    "home__name", "home__level", "hukou__name", "hukou__level",
)  # fmt: skip


def _ties(given: Sequence[Any]) -> QuerySet[Any]:
    return Tie.objects.filter(OneOf(F("person_id"), given[0])).values_list("person_id", "region_id")


def _numbers(given: Sequence[Any]) -> QuerySet[Any]:
    held = Certificate.objects.filter(OneOf(F("person_id"), given[0]), number__isnull=False)
    return held.values_list("person_id", "number")


def _described(given: Sequence[Any]) -> QuerySet[Any]:
    return Person.objects.filter(OneOf(F("pk"), given[0])).values_list(*_DESCRIBED)


def suspects(person: int, viewer: Viewer) -> Likeness:
    """Other records, among those the viewer may see, that may be of the same person; a few queries, whose cost grows with those
    who sound like her, were born on her day or share her telephone, however wide the viewer's area is."""
    mine = profiles([person])[person]
    phones = keyring().blinds(mine.phone, "person.phone") if mine.phone else []
    heard = sound(mine.name)
    given = [person, heard, sorted(mine.counties), *phones, *([mine.birth] if mine.birth else [])]

    def alike(rows: QuerySet[Any], values: Sequence[Any]) -> QuerySet[Any]:
        own, name, counties, *others = values
        tied = Exists(Tie.objects.filter(OneOf(F("region_id"), counties), person=OuterRef("pk")))
        sounding = _kept().order_by().filter(name_sound=name)
        wanted = [sounding.filter(tied)]
        wanted += [_kept().order_by().filter(phone_hash=phone) for phone in others[: len(phones)]]
        for born in others[len(phones) :]:
            wanted += [sounding.filter(birth_date=born), _kept().order_by().filter(tied, birth_date=born)]
        # One question for each index: asked as "the one or the other", SQLite reads whoever the viewer may see.
        first, *more = [one.values("pk") for one in wanted]
        return rows.filter(pk__in=first.union(*more) if more else first).exclude(pk=own).values_list("pk")

    name = ("alike", len(phones), mine.birth is None)
    found = statements.ask(name, PERSONS, viewer, Person.objects.all, alike, given)
    others = profiles(key for (key,) in found)
    common = common_among([mine, *others.values()], min(mine.counties, default=None))
    return grade(mine, others, (), common)


def common_among(profiles_: Iterable[Profile], county: int | None) -> Commonness:
    """How common the names of these are in a county; two queries for some thousand names."""
    if county is None:
        return Commonness()
    names, sounds = Counter[str](), Counter[str]()
    for one in candidates.sounding_here({sound(one.name) for one in profiles_ if one.name}, county):
        names[one.name] += 1
        sounds[one.sound] += 1
    return Commonness(candidates.people_of(county), names, sounds)


class Numberless:
    """Those of whom no identity number is known, few as they are: whether somebody with a number may be one of them."""

    def __init__(self, found: Iterable[Found]) -> None:
        self.sounds: set[str] = set()
        self.born: set[tuple[date, str]] = set()
        for one in found:
            self.sounds.add(one.sound)
            if one.birth is not None:
                self.born.update((one.birth, character) for character in one.name)

    def __bool__(self) -> bool:
        return bool(self.sounds)

    def may_be(self, name: str, birth: date | None) -> bool:
        """Whether one of them sounds like a name (``name_key``), or was born on the day and shares a character of it: what is not
        met here, ``search`` would not propose but by a telephone."""
        if not self.sounds:
            return False
        if sound(name) in self.sounds:
            return True
        return birth is not None and any((birth, character) in self.born for character in name)


def numberless() -> Numberless:
    """Everybody of whom no identity number is known; one query, by an index."""
    return Numberless(candidates.numberless(0))


def _seen(people: Iterable[int], viewer: Viewer) -> set[int]:
    found: set[int] = set()
    for part in chunks(sorted(people), candidates.AT_ONCE):
        rows = Person.objects.filter(known_to(viewer), pk__in=dialects.among(part)).order_by()
        found |= set(rows.values_list("pk", flat=True))
    return found


def _kept() -> QuerySet[Person]:
    return Person.objects.filter(canonical__isnull=True)
