"""Which county or zone answers for those who are registered in a region."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from qiaojie.lib.dialects import among

from .models import Assignment, Level, Region, RegionKind


def is_county(level: int, kind: str) -> bool:
    """Whether a region is a county or a zone: what issues certificates and answers for people."""
    return level == Level.COUNTY or kind == RegionKind.ZONE


def counties(keys: Iterable[int], on: date) -> dict[int, int]:
    """By region (its key): the county or zone in which it lies on a day. Two queries.

    A township assigned to a zone lies in the zone; where the assignment is not certain, and for whatever stands above
    counties, there is no answer.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = Region.objects.filter(pk__in=among(wanted)).order_by()
    found: dict[int, int] = {}
    for pk, level, kind, above, level_above, kind_above in rows.values_list(
        "pk", "level", "kind", "parent_id", "parent__level", "parent__kind"
    ):
        if is_county(level, kind):
            found[pk] = pk
        elif above is not None and is_county(level_above, kind_above):
            found[pk] = above
    held = Assignment.objects.filter(region__in=among(wanted)).order_by("pk")
    for pk, zone, begins, ends, certain in held.values_list(
        "region_id", "zone_id", "begins", "ends", "certain"
    ):
        if (begins is None or begins <= on) and (ends is None or on < ends):
            found.pop(pk, None)
            if certain:
                found[pk] = zone
    return found
