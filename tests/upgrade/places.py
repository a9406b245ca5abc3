"""A small tree of regions: those that the product's own tables name, all of 重庆's units, and a few townships."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

from qiaojie.demo import provinces
from qiaojie.regions import source

TOWNSHIPS = ("500102", "500230", "500240")
"""Counties whose townships are loaded too, the first few of each."""

EACH = 6


@contextmanager
def small() -> Iterator[None]:
    """While this lasts, an installation that is prepared loads the small tree, by the same code as the whole one."""
    whole = source.tree()
    wanted = {source.NATION, *provinces.COUNTIES}
    wanted |= {row[name] for row in source.table("successions") for name in ("before", "after")}
    for table in ("overlaps", "assignments"):
        wanted |= {row[name] for row in source.table(table) for name in ("zone", "region")}
    wanted |= {row["region"] for row in source.table("edition-units")}
    wanted |= {row["root"] for row in source.table("editions")}
    for county in TOWNSHIPS:
        towns = [key for key, row in whole.regions.items() if row.parent == county]
        assert len(towns) > EACH
        wanted |= set(sorted(towns)[:EACH])
    for key in list(wanted):
        while parent := whole.regions[key].parent:
            wanted.add(parent)
            key = parent
    kept = replace(whole, regions={key: row for key, row in whole.regions.items() if key in wanted})
    with mock.patch.object(source, "tree", lambda: kept):
        yield
