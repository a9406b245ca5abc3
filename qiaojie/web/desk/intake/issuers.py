"""Who issued the certificates that a file adds, where nothing in it says so: one question, its answers, the rows that differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from qiaojie.intake.public import AskedCounty, Plan, issuers
from qiaojie.regions import queries as regions
from qiaojie.regions import residence
from qiaojie.regions.models import Level, Region

LISTED = 50
"""So many of the rows asked about are listed, each with a choice of its own; the others follow the answer for all."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row that is asked about: its key and number, and the county chosen for it alone (None: left open, or none chosen)."""

    key: int
    number: int
    county: int | None
    own: bool


@dataclass(frozen=True, slots=True)
class AskedFile:
    """The question about a file. ``number`` certificates say nothing of their county; ``own`` is the county that files (None
    where it is none); ``answered`` has how many are taken to be each county's, ``left`` how many stay open."""

    number: int
    own: Region | None
    answered: tuple[tuple[str, int], ...]
    decided: bool
    left: int
    rows: tuple[AskedRow, ...]
    more: int
    counties: tuple[Region, ...]


def of_plan(planned: Plan) -> AskedFile | None:
    """The question that a plan asks; None where every new certificate says its county. Three queries."""
    asked = planned.counties
    if not asked:
        return None
    counties = choices(planned.source.region)
    names = {region.pk: region.short_name for region in counties}
    taken = Counter(one.county for one in asked if one.county is not None)
    lacking = taken.keys() - names.keys()
    if lacking:
        names.update(Region.objects.filter(pk__in=lacking).values_list("pk", "short_name"))
    rows = issuers.rows_of(asked)
    numbers = {row.key: row.number for row in planned.rows if row.key in set(rows[:LISTED])}
    by_row = {one.row: one for one in asked}
    return AskedFile(
        number=len(asked),
        own=own_county(planned.source.region),
        answered=tuple((names[key], number) for key, number in sorted(taken.items())),
        decided=all(one.decided for one in asked),
        left=sum(one.county is None for one in asked),
        rows=tuple(_row(by_row[key], numbers[key]) for key in rows[:LISTED]),
        more=max(0, len(rows) - LISTED),
        counties=counties,
    )


def choices(region: Region) -> tuple[Region, ...]:
    """The counties and zones of the province that a region lies in."""
    above = [one for one in regions.ancestors(region) if one.level == Level.PROVINCE]
    return tuple(regions.counties_of(above[0] if above else region, zones=True))


def own_county(region: Region) -> Region | None:
    """The county or zone that a region is or lies in; None for whatever stands above counties."""
    found: Region | None = region
    while found is not None and not residence.is_county(found.level, found.kind):
        found = found.parent
    return found


def _row(one: AskedCounty, number: int) -> AskedRow:
    return AskedRow(one.row, number, one.county if one.own else None, one.own)
