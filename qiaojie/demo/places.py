"""The units of the demo: those of a notice's edition, with its targets and the townships of the day."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Kind, Level, Region

from .world import Place

NOTICE: Final = "chongqing-work-2023"
"""The notice whose units and targets the demo follows."""


def read() -> tuple[Region, list[Place]]:
    """The municipality, and its units in the notice's order. Raises Unusable where the notice cannot be used."""
    notice = notices.notice(NOTICE)
    view = regions.edition(notice.edition)
    targets = {unit.region_id: unit.figures for unit in notices.targets(notice).units}
    held = Region.objects.in_bulk([view.root_id, *view.unit_ids])
    # Of units that have ended since, or are zones, the townships of that day are not known.
    whole = [pk for pk in view.unit_ids if held[pk].kind == Kind.COUNTY and held[pk].ends is None]
    towns: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for town in Region.objects.filter(level=Level.TOWNSHIP, parent__in=whole).order_by("first"):
        if town.parent_id is not None and town.alive(view.on):
            towns[town.parent_id].append((town.pk, town.name))
    places = [
        Place(
            region=unit.region_id,
            code=unit.code,
            name=unit.name,
            full_name=held[unit.region_id].name,
            townships=tuple(towns[unit.region_id]),
            practical=targets[unit.region_id].get("practical_training") or 0,
            vocational=targets[unit.region_id].get("vocational_training") or 0,
        )
        for unit in view.units
    ]
    return held[view.root_id], places
