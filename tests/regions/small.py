"""A small tree of regions: all that the room's own tables and the demo name, and Chongqing down to its townships."""

from __future__ import annotations

from functools import cache

import pytest

from qiaojie.regions import source
from qiaojie.regions.models import Level
from qiaojie.regions.services import LoadReport, load

WHOLE = {"500000"}
"""Provinces of which everything is kept."""
DIVISIONS = {"110000", "220000", "510000", "520000", "650000"}
"""Provinces of which the townships are left out: 朝阳区 is in two of them, the corps in another."""


def _named() -> set[str]:
    """The keys that the room's own tables name, and the counties in which the demo has women."""
    from qiaojie.demo.provinces import COUNTIES

    columns = {
        "dates": ("key",),
        "regions": ("key", "parent"),
        "successions": ("before", "after"),
        "overlaps": ("zone", "region"),
        "editions": ("root",),
        "edition-units": ("region",),
    }
    own = {row[column] for name, held in columns.items() for row in source.table(name) for column in held}
    return {*own, *COUNTIES}


@cache
def tree() -> source.Tree:
    """The part of the sources' tree that is kept, each region with all those above it."""
    whole = source.tree()
    kept: set[str] = set()

    def keep(key: str) -> None:
        while key and key not in kept:
            kept.add(key)
            key = whole.regions[key].parent

    def province(key: str) -> str:
        row = whole.regions[key]
        return key if row.level <= Level.PROVINCE else province(row.parent)

    for key in _named() - {""}:
        keep(key)
    for key, row in whole.regions.items():
        above = province(key)
        if (
            row.level <= Level.PROVINCE
            or above in WHOLE
            or (above in DIVISIONS and row.level < Level.TOWNSHIP)
        ):
            keep(key)
    return source.Tree({key: row for key, row in whole.regions.items() if key in kept}, whole.as_of)


def plant() -> LoadReport:
    """Load the small tree as the whole one is loaded."""
    small = tree()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "tree", lambda: small)
        return load()
