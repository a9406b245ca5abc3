"""The units of the demo: those of a notice's edition, with its targets and the townships of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region, RegionKind

from .world import Place

NOTICE: Final = "chongqing-work-2023"
"""The notice whose units and targets the demo follows."""


def read() -> tuple[Region, list[Place]]:
    """The municipality, and its units in the notice's order. Raises Unusable where the notice cannot be used."""
    notice = notices.notice(NOTICE)
    view = regions.edition(notice.edition)
    targets = {unit.region_id: unit.figures for unit in notices.targets(notice).units}
    held = Region.objects.in_bulk([view.root_id, *view.unit_ids])
    towns = _townships(held.values(), view.on)
    places = [
        Place(
            region=unit.region_id,
            code=unit.code,
            name=unit.name,
            full_name=held[unit.region_id].name,
            townships=tuple(towns[unit.region_id]),
            targets={code: figure or 0 for code, figure in targets[unit.region_id].items()},
        )
        for unit in view.units
    ]
    return held[view.root_id], places


def read_counties(keys: Collection[str], on: date) -> list[Place]:
    """Counties elsewhere by their keys in the tree, without targets. Raises KeyError where the tree has none."""
    held = {region.key: region for region in Region.objects.filter(key__in=list(keys))}
    towns = _townships(held.values(), on)
    return [
        Place(
            region=held[key].pk,
            code=key,
            name=held[key].short_name,
            full_name=held[key].name,
            townships=tuple(towns[held[key].pk]),
        )
        for key in keys
    ]


def _townships(regions: Iterable[Region], on: date) -> dict[int, list[tuple[int, str]]]:
    """Townships by county. Of those that have ended since, and of zones, the townships of the day are not known."""
    whole = [region.pk for region in regions if region.kind == RegionKind.COUNTY and region.ends is None]
    towns: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for town in Region.objects.filter(level=Level.TOWNSHIP, parent__in=whole).order_by("first"):
        if town.parent_id is not None and town.alive(on):
            towns[town.parent_id].append((town.pk, town.name))
    return towns
