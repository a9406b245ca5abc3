"""Pairs of records of one county that are likely one woman's by all that is said of them, where no two numbers say otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db import connection

from qiaojie.lib import dialects

from . import likeness
from .likeness import Grade, Profile, Score, Trait
from .likeness.scoring import level_of_names

_SHARED: Final = """EXISTS (
  SELECT 1 FROM people_tie s JOIN people_tie t ON t.region_id = s.region_id WHERE s.person_id = p.id AND t.person_id = q.id
)"""
_BLOCK: Final = """
SELECT p.id, q.id, p.name_key, q.name_key, CASE WHEN p.phone_hash = q.phone_hash THEN 1 ELSE 0 END
FROM people_person p JOIN people_person q ON {same} AND q.id <> p.id
WHERE p.id IN ({keys}) AND p.canonical_id IS NULL AND q.canonical_id IS NULL AND {shared}
"""
_NEAR: Final = "p.id_hash IS NULL AND q.name_sound = p.name_sound AND {year}"
_SAME: Final = (
    "q.id_hash IS NULL AND q.birth_date = p.birth_date",
    "q.id_hash IS NULL AND q.name_sound = p.name_sound",
    "p.id_hash IS NULL AND q.birth_date = p.birth_date",
    "(p.id_hash IS NULL OR q.id_hash IS NULL) AND q.phone_hash = p.phone_hash",
)
"""What they have in common at least, of whom one has no number; each is answered by an index."""


def find(keys: Sequence[int]) -> dict[tuple[int, int], Score]:
    """Such pairs (smaller key first) of which one is among some hundred keys; one query where there are none, else six and two
    for each county."""
    pairs = _pairs(keys)
    known = likeness.profiles(key for pair in pairs for key in pair)
    common = _common(known, pairs)
    found: dict[tuple[int, int], Score] = {}
    for pair in pairs:
        one, other = (known[key] for key in pair)
        scored = likeness.score(one, other, common[min(one.counties & other.counties)])
        if likeness.graded(scored) is Grade.LIKELY and Trait.SEX not in scored.differ:
            found[pair] = scored
    return found


def why(scored: Score) -> list[str]:
    """In what a pair agrees, as a doubt keeps it."""
    return [f"+{mark}" for mark in scored.agree if mark not in (Trait.COUNTY, Trait.SEX)]


def _pairs(keys: Sequence[int]) -> set[tuple[int, int]]:
    marks = ", ".join(["%s"] * len(keys))
    every = (*_SAME, _NEAR.format(year=dialects.of_the_year("q.birth_date", "p.birth_date")))
    text = " UNION ".join(_BLOCK.format(same=same, keys=marks, shared=_SHARED) for same in every)
    with connection.cursor() as cursor:
        cursor.execute(text, [*keys] * len(every))
        rows = cursor.fetchall()
    return {
        (min(one, other), max(one, other))
        for one, other, mine, hers, phone in rows
        if mine and hers and (phone or level_of_names(mine, hers) is not None)
    }


def _common(
    known: Mapping[int, Profile], pairs: Iterable[tuple[int, int]]
) -> Mapping[int, likeness.Commonness]:
    by_county: dict[int, list[Profile]] = defaultdict(list)
    for pair in pairs:
        one, other = (known[key] for key in pair)
        by_county[min(one.counties & other.counties)] += [one, other]
    return {county: likeness.common_among(some, county) for county, some in by_county.items()}
