"""What clerks and approvers have answered on who is meant, as pairs to learn from: read by a person's command alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from qiaojie.ledgers.rows import chunks
from qiaojie.people import likeness
from qiaojie.people.likeness.learning import Answered
from qiaojie.people.models import Doubt
from qiaojie.regions.models import Level, Region

from .models import Answer

AT_ONCE = 2_000
"""Answers that are read at a time."""


def answers() -> Iterator[Answered]:
    """Rows that somebody said mean a woman known by her number, and pairs of records said to be one woman's or two's.

    That a row was of somebody new tells nothing: whom else it was like is not kept. A few queries for some thousand.
    """
    yield from _of_rows()
    yield from _of_doubts()


def _of_rows() -> Iterator[Answered]:
    held = Answer.objects.filter(confirmed=True, revoked_at__isnull=True, person__id_hash__isnull=False)
    rows = held.order_by("county_id", "pk").values_list("county_id", "person_id", "said")
    by_county: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for county, person, said in rows.iterator():
        by_county[county].append((person, said))
    for county, told in by_county.items():
        for part in chunks(told, AT_ONCE):
            known = likeness.profiles(person for person, _said in part)
            towns = _townships(said for _person, said in part)
            pairs = [(_profile(said, towns, county), known[person]) for person, said in part]
            common = likeness.common_among([one for pair in pairs for one in pair], county)
            yield from (Answered(one, other, common, True) for one, other in pairs)


def _of_doubts() -> Iterator[Answered]:
    held = Doubt.objects.exclude(answer=Doubt.Answer.OPEN).order_by("pk")
    for part in chunks(held.values_list("one", "other", "answer").iterator(), AT_ONCE):
        known = likeness.profiles(key for one, other, _answer in part for key in (one, other))
        by_county: dict[int | None, list[Answered]] = defaultdict(list)
        for one, other, answer in part:
            mine, hers = known.get(one), known.get(other)
            if mine is not None and hers is not None:
                county = min(mine.counties & hers.counties, default=None)
                same = answer == Doubt.Answer.SAME
                by_county[county].append(Answered(mine, hers, likeness.UNKNOWN, same))
        for county, some in by_county.items():
            common = likeness.common_among([side for one in some for side in (one.one, one.other)], county)
            yield from (Answered(one.one, one.other, common, one.same) for one in some)


def _profile(said: str, towns: dict[int, str], county: int) -> likeness.Profile:
    """What a row said, from what is kept of it: name, day of birth, telephone, two places, address."""
    name, born, phone, hukou, home, address = said.split("\x1f")
    columns = {
        "name": name,
        "birth_date": date.fromisoformat(born) if born else None,
        "phone": phone,
        "address": address,
    }
    named = [towns[int(place)] for place in (hukou, home) if place and int(place) in towns]
    return likeness.said(columns, named, county)


def _townships(told: Iterator[str]) -> dict[int, str]:
    keys = {int(place) for said in told for place in said.split("\x1f")[3:5] if place}
    found: dict[int, str] = {}
    for part in chunks(sorted(keys)):
        rows = Region.objects.filter(pk__in=part, level=Level.TOWNSHIP)
        found.update(rows.values_list("pk", "name"))
    return found
