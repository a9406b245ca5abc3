"""How alike two descriptions of a person are: certain, likely, several, none, by declared rules, with the reasons.

Only a number or a certificate makes certain. Whatever else agrees is a reason to ask, never to merge. Comparing is
symmetrical, and a grade does not hang on the order in which candidates come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers import statements
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.statements import OneOf
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.lib.masks import township
from qiaojie.lib.text import name_key
from qiaojie.lib.values import Label
from qiaojie.regions.models import Level

from .identification import CERTIFICATE_LENGTH, ID_LENGTH
from .ledger import PERSONS
from .models import Certificate, Person, Sex, Tie
from .queries import known_to


class Grade(StrEnum):
    """How sure it is who is meant."""

    CERTAIN = "certain"
    LIKELY = "likely"
    SEVERAL = "several"
    NONE = "none"


class Trait(StrEnum):
    """What two descriptions of a person can have in common, or differ in."""

    NUMBER = "number"
    CERTIFICATE = "certificate"
    NAME = "name"
    ALMOST = "almost"
    """Names of one length that differ in one character: a homophone, a rare character, a slip."""
    BIRTH = "birth"
    PHONE = "phone"
    TOWNSHIP = "township"
    COUNTY = "county"
    SEX = "sex"


AGREES: Mapping[Trait, Label] = {
    Trait.NUMBER: _("身份证号相同"),
    Trait.CERTIFICATE: _("残疾人证号相同"),
    Trait.NAME: _("同名"),
    Trait.ALMOST: _("姓名只差一个字"),
    Trait.BIRTH: _("同生日"),
    Trait.PHONE: _("手机号相同"),
    Trait.TOWNSHIP: _("同乡镇"),
    Trait.COUNTY: _("同区县"),
}

DIFFERS: Mapping[Trait, Label] = {
    Trait.BIRTH: _("出生日期不同"),
    Trait.PHONE: _("手机号不同"),
    Trait.TOWNSHIP: _("乡镇不同"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where all of ``agree`` agree and none of ``bar`` differs, the two are alike to this grade."""

    agree: frozenset[Trait]
    bar: frozenset[Trait]
    grade: Grade


def _rule(agree: str, bar: str, grade: Grade) -> Rule:
    return Rule(frozenset(map(Trait, agree.split())), frozenset(map(Trait, bar.split())), grade)


RULES = (
    _rule("number", "", Grade.CERTAIN),
    _rule("certificate", "number", Grade.CERTAIN),
    # Telephones change and dates are mistyped, but one of them beside the name is worth a question.
    _rule("name birth", "number sex", Grade.LIKELY),
    _rule("name phone", "number sex", Grade.LIKELY),
    _rule("name township", "number sex birth", Grade.LIKELY),
    # Sisters share a telephone and a character of their names: then the day of birth tells.
    _rule("almost phone", "number sex birth", Grade.LIKELY),
    # Nothing but the name is known of one of the two.
    _rule("name county", "number sex birth phone township", Grade.LIKELY),
)


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
class Alike:
    """Somebody who may be meant. ``known``: whether the viewer may see more of her than that she exists."""

    person: int
    agree: tuple[Trait, ...]
    differ: tuple[Trait, ...]
    known: bool = True

    @property
    def reasons(self) -> tuple[Label, ...]:
        """What speaks for it and against it, in words."""
        return reasons(self.agree, self.differ)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Who may be meant, and how sure that is."""

    grade: Grade
    alike: tuple[Alike, ...] = ()


def reasons(agree: Iterable[Trait], differ: Iterable[Trait]) -> tuple[Label, ...]:
    """What two descriptions agree and differ in, in words."""
    return (*(AGREES[mark] for mark in agree), *(DIFFERS[mark] for mark in differ if mark in DIFFERS))


def agreement(one: Profile, other: Profile) -> frozenset[Trait]:
    """In what the two agree."""
    found = {
        Trait.NUMBER: bool(one.number) and one.number == other.number,
        Trait.CERTIFICATE: bool(one.certificates & other.certificates),
        Trait.NAME: bool(one.name) and one.name == other.name,
        Trait.ALMOST: _almost(one.name, other.name),
        Trait.BIRTH: one.birth is not None and one.birth == other.birth,
        Trait.PHONE: bool(one.phone) and one.phone == other.phone,
        Trait.TOWNSHIP: bool(one.townships & other.townships),
        Trait.COUNTY: bool(one.counties & other.counties),
    }
    return frozenset(mark for mark, true in found.items() if true)


def difference(one: Profile, other: Profile) -> frozenset[Trait]:
    """In what the two differ, where both say something."""
    found = {
        Trait.NUMBER: bool(one.number and other.number) and one.number != other.number,
        Trait.BIRTH: None not in (one.birth, other.birth) and one.birth != other.birth,
        Trait.PHONE: bool(one.phone and other.phone) and one.phone != other.phone,
        Trait.TOWNSHIP: bool(one.townships and other.townships) and not one.townships & other.townships,
        Trait.SEX: {one.sex, other.sex} == {Sex.FEMALE, Sex.MALE},
    }
    return frozenset(mark for mark, true in found.items() if true)


def compare(one: Profile, other: Profile) -> Grade:
    """How sure it is that the two are one person: certain, likely or none."""
    agree, differ = agreement(one, other), difference(one, other)
    grades = {rule.grade for rule in RULES if rule.agree <= agree and not rule.bar & differ}
    return Grade.CERTAIN if Grade.CERTAIN in grades else Grade.LIKELY if grades else Grade.NONE


def grade(said: Profile, others: Mapping[int, Profile], unknown: Collection[int] = ()) -> Likeness:
    """Who of ``others`` may be meant. Somebody certain leaves no question about those who are only likely;
    ``unknown`` are those of whom the viewer may only know that they exist."""
    graded: dict[Grade, list[Alike]] = {Grade.CERTAIN: [], Grade.LIKELY: [], Grade.NONE: []}
    for key in sorted(others):
        other = others[key]
        agree, differ = agreement(said, other), difference(said, other)
        graded[compare(said, other)].append(Alike(key, ordered(agree), ordered(differ), key not in unknown))
    sure, likely = graded[Grade.CERTAIN], graded[Grade.LIKELY]
    if len(sure) == 1:
        return Likeness(Grade.CERTAIN, tuple(sure))
    if sure or len(likely) > 1:
        return Likeness(Grade.SEVERAL, tuple(sure or likely))
    return Likeness(Grade.LIKELY, tuple(likely)) if likely else Likeness(Grade.NONE)


def ordered(found: Collection[Trait]) -> tuple[Trait, ...]:
    """Marks in the order in which they are said."""
    return tuple(mark for mark in Trait if mark in found)


def _almost(one: str, other: str) -> bool:
    return len(one) == len(other) >= 2 and sum(a != b for a, b in zip(one, other, strict=True)) == 1


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
    """Who may be meant by each description, in its order; a few queries per thousand.

    A description with a number is held against those only of whom no number is known. Elsewhere than in ``county``
    somebody is sought by day of birth and by telephone, not by township. Whom the viewer may not see is only said to be.
    """
    numbered = [one for one in wanted if one.number]
    bare = [one for one in wanted if not one.number]
    keys = _by_birth(bare) | _by_phone(bare) | _in_county(bare, county) | _numberless(numbered)
    people = profiles(keys)
    by_name: dict[str, dict[int, Profile]] = defaultdict(dict)
    by_phone: dict[str, dict[int, Profile]] = defaultdict(dict)
    for key, profile in people.items():
        by_name[profile.name][key] = profile
        if profile.phone:
            by_phone[profile.phone][key] = profile
    seen = _seen(people, viewer)
    found: list[Likeness] = []
    for one in wanted:
        others = {**by_name.get(one.name, {}), **(by_phone.get(one.phone, {}) if one.phone else {})}
        found.append(grade(one, others, others.keys() - seen))
    return found


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
            bare, carried = said(row, names), min(held[row["pk"]], default="")[:ID_LENGTH]
            made[row["pk"]] = Profile(
                bare.name, bare.sex, bare.birth, bare.phone, bare.townships,
                frozenset(counties[row["pk"]]), bare.number or carried, frozenset(held[row["pk"]]),
            )  # fmt: skip
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
    """Other records, among those the viewer may see, that may be of the same person; four queries, whose cost grows with her
    namesakes and with those who share her telephone, however wide the viewer's area is."""
    mine = profiles([person])[person]
    phones = keyring().blinds(mine.phone, "person.phone") if mine.phone else []
    given = [person, mine.name, sorted(mine.counties), *phones, *([mine.birth] if mine.birth else [])]

    def alike(rows: QuerySet[Any], values: Sequence[Any]) -> QuerySet[Any]:
        own, name, counties, *others = values
        tied = Exists(Tie.objects.filter(OneOf(F("region_id"), counties), person=OuterRef("pk")))
        namesakes = _kept().order_by().filter(name_key=name)
        wanted = [namesakes.filter(tied)]
        wanted += [_kept().order_by().filter(phone_hash=phone) for phone in others[: len(phones)]]
        wanted += [namesakes.filter(birth_date=born) for born in others[len(phones) :]]
        # One question for each index: asked as "the one or the other", SQLite reads whoever the viewer may see.
        first, *more = [one.values("pk") for one in wanted]
        return rows.filter(pk__in=first.union(*more) if more else first).exclude(pk=own).values_list("pk")

    name = ("alike", len(phones), mine.birth is None)
    found = statements.ask(name, PERSONS, viewer, Person.objects.all, alike, given)
    return grade(mine, profiles(key for (key,) in found))


def _seen(people: Iterable[int], viewer: Viewer) -> set[int]:
    found: set[int] = set()
    for part in chunks(people):
        found |= set(Person.objects.filter(known_to(viewer), pk__in=part).values_list("pk", flat=True))
    return found


def _kept() -> QuerySet[Person]:
    return Person.objects.filter(canonical__isnull=True)


def _by_birth(wanted: Iterable[Profile]) -> set[int]:
    pairs = {(one.name, one.birth) for one in wanted if one.birth is not None}
    found: set[int] = set()
    for part in chunks(sorted({name for name, _born in pairs})):
        rows = _kept().filter(name_key__in=part, birth_date__isnull=False)
        named = rows.values_list("pk", "name_key", "birth_date").iterator()
        found |= {pk for pk, name, born in named if (name, born) in pairs}
    return found


def _by_phone(wanted: Iterable[Profile]) -> set[int]:
    ring = keyring()
    hashes = {hashed for one in wanted if one.phone for hashed in ring.blinds(one.phone, "person.phone")}
    found: set[int] = set()
    for part in chunks(sorted(hashes)):
        found |= set(_kept().filter(phone_hash__in=part).values_list("pk", flat=True))
    return found


def _in_county(wanted: Iterable[Profile], county: int) -> set[int]:
    tied = Exists(Tie.objects.filter(person=OuterRef("pk"), region=county))
    found: set[int] = set()
    for part in chunks(sorted({one.name for one in wanted})):
        found |= set(_kept().filter(tied, name_key__in=part).values_list("pk", flat=True))
    return found


def _numberless(wanted: Collection[Profile]) -> set[int]:
    """Those without a number who bear one of these names: few are without, so all of their names are read."""
    if not wanted:
        return set()
    names = {one.name for one in wanted}
    rows = _kept().filter(id_hash__isnull=True).values_list("pk", "name_key").iterator()
    return {pk for pk, name in rows if name in names}


def names_without_number() -> set[str]:
    """The ``name_key`` of everybody of whom no identity number is known: one query, by an index."""
    return set(_kept().filter(id_hash__isnull=True).values_list("name_key", flat=True))
