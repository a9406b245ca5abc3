"""How well and how fast the woman meant is found, through the engine and the database that intake uses, on labelled sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib.pinyin import sound
from qiaojie.people import likeness
from qiaojie.people.bulk_lookup import PHONE, hashes
from qiaojie.people.identification import id_hash
from qiaojie.people.likeness import Grade, Likeness, Profile
from qiaojie.people.models import Person, Sex, Tie
from qiaojie.regions.models import Level, Region

from .damage import LabelledRow, Woman


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
