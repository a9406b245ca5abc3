"""A registry of people, and lists of trainees of fifteen filled columns, half of whom the registry knows.

Two in a hundred of the known have a new telephone, one in a hundred of all rows has something wrong with it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib.pinyin import sound
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.people.identification import certificate_hash, id_hash, phone_hash
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.regions.models import Level, Region
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from .long_roster import TABLE
from .registry import CLASS_SIZE, YEAR, identity


@dataclass(frozen=True, slots=True)
class People:
    """Who is registered: so many people at places from 0 on, all in one county with these townships."""

    count: int
    county: Region
    towns: tuple[Region, ...]

    def known(self, place: int) -> dict[str, Any]:
        """All that a list states of the person at a place."""
        name, sex, born, number = identity(place, woman=place % 3 > 0)
        town = self.towns[place % len(self.towns)]
        return {
            "person.name": name,
            "person.sex": sex,
            "person.birth_date": born,
            "person.id_number": number,
            "person.certificate": f"{number}{place % 7 + 1}{place % 4 + 1}",
            "person.hukou": town.name,
            "person.home": town.name,
            "person.address": f"{town.name}和平村{place % 12 + 1}组{place % 90 + 1}号",
            "person.phone": f"138{place % 100_000_000:08d}",
        }


def fill(count: int, county: Region) -> People:
    """Register so many people of one county, with certificates."""
    towns = tuple(Region.objects.filter(parent=county, level=Level.TOWNSHIP).order_by("first"))
    people = People(count, county, towns)
    keys = {town.name: town.pk for town in towns}
    with transaction.atomic():
        pks = hand_out(Person, count)
        names = ["id", "name", "name_key", "name_sound", "sex", "birth_date", "id_number", "id_hash", "hukou_id", "home_id",
                 "address", "phone", "phone_hash"]  # fmt: skip
        insert(Person, names, (_person(pk, people.known(place), keys) for place, pk in enumerate(pks)))
        held = ["person_id", "number", "number_hash", "category", "grade", "county_id"]
        numbers = (people.known(place)["person.certificate"] for place in range(count))
        insert(
            Certificate,
            held,
            (
                (pk, n, certificate_hash(n), n[18], n[19], county.pk)
                for pk, n in zip(pks, numbers, strict=True)
            ),
        )
        insert(Tie, ["person_id", "region_id"], ((pk, county.pk) for pk in pks))
    return people


def _person(pk: int, known: dict[str, Any], towns: dict[str, int]) -> tuple[Any, ...]:
    name, number, phone = known["person.name"], known["person.id_number"], known["person.phone"]
    town = towns[known["person.hukou"]]
    return (
        pk, name, name, sound(name), known["person.sex"], known["person.birth_date"], number, id_hash(number), town, town,
        known["person.address"], phone, phone_hash(phone),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roster:
    """A filled list and the county that hands it in."""

    table: TableDef
    region: Region
    content: bytes


def roster(people: People, count: int, number: int) -> Roster:
    """The ``number``-th list of so many rows: half from the registry, half new, in no order."""
    dice = random.Random(number)
    half = count // 2
    known = [(number * half + place) % people.count for place in range(half)]
    new = [people.count + number * count + place for place in range(count - half)]
    places = known + new
    dice.shuffle(places)
    rows = list(_rows(people, places, number, dice))
    table = notices.table(TABLE)
    return Roster(table, people.county, write(Filled(table.form, {}, rows), "xlsx"))


def _rows(people: People, places: list[int], number: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    for at, place in enumerate(places):
        row = people.known(place)
        luck = dice.randrange(200)
        if luck < 2:
            # What clerks mistype: a digit of the number.
            row["person.id_number"] = row["person.id_number"][:16] + "0" + row["person.id_number"][17]
        elif luck < 6:
            row["person.phone"] = f"139{place % 100_000_000:08d}"
        begins = date(YEAR, 3, 1) + timedelta(days=at // CLASS_SIZE % 200)
        yield row | {
            "class.title": f"R{number}-{at // CLASS_SIZE}",
            "class.begins": begins,
            "class.ends": begins + timedelta(days=9),
            "result": "dropped" if luck > 190 else "completed",
            "remark": "复训" if luck > 150 else "",
        }
