"""A small tree of regions: those that the product's own tables name, all of 重庆's units, and a few townships."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from qiaojie.demo import provinces
from qiaojie.regions import services, source
from qiaojie.regions.models import Level

TOWNSHIPS = ("500102", "500230", "500240")
"""Counties whose townships are loaded too, the first few of each."""

EACH = 6


def plant() -> None:
    """Load the small tree as an installation loads the whole one; its ids, numbers and editions are made by the same code."""
    whole = source.tree()
    wanted = {source.NATION, *provinces.COUNTIES}
    wanted |= {row[name] for row in source.table("successions") for name in ("before", "after")}
    wanted |= {row[name] for row in source.table("overlaps") for name in ("zone", "region")}
    wanted |= {row["region"] for row in source.table("edition-units")}
    wanted |= {row["root"] for row in source.table("editions")}
    for county in TOWNSHIPS:
        towns = [key for key, row in whole.regions.items() if row.parent == county]
        assert len(towns) > EACH and all(whole.regions[key].level == Level.TOWNSHIP for key in towns)
        wanted |= set(sorted(towns)[:EACH])
    for key in list(wanted):
        while parent := whole.regions[key].parent:
            wanted.add(parent)
            key = parent
    small = replace(whole, regions={key: row for key, row in whole.regions.items() if key in wanted})
    with mock.patch.object(source, "tree", lambda: small):
        services.load()
