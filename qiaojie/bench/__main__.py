"""``python -m qiaojie.bench``: prints a table of comparisons, each taken side by side within this run.

Every registry has a database and a process of its own, so that no line inherits another's memory or statistics.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator

from . import places
from .timing import HEAD, BenchLine

SIZES = {"tiny": 2_000, "small": 100_000, "full": 1_000_000, "huge": 1_000_000}
"""Facts in the registry, or people in those of intake and of pages; ``huge`` counts one of five times the size besides."""
GROUPS = (
    "measure",
    "nation",
    "forms",
    "intake",
    "finding",
    "pages",
    "lists",
    "shortcuts",
    "at_rest",
    "backup",
    "digest",
    "declared",
)
SHORTCUTS = 100_000
"""People in the registry of the shortcuts, and of files encrypted, at most: the plain ways take several times as long,
and both are run several times."""
COUNTY = 100_000
"""People of the county in which who is meant is found, at most: no county has more in such a programme."""
ALONE = {"intake": 0, "finding": COUNTY, "backup": COUNTY, "digest": COUNTY, "declared": 0, "nation": 0}
"""Groups with a registry of their own, and how many facts or people it has at most (0: as many as asked for)."""
HUGE = 5
STEADY = 2.0
"""Times what a change costs in a registry of a tenth of the size."""


def main() -> int:
    """Run the groups asked for on the databases there are; 1 where a line is over its bound, or two sides of a comparison
    disagree."""
    parser = argparse.ArgumentParser(prog="python -m qiaojie.bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"of {', '.join(GROUPS)}, with commas")
    parser.add_argument("--database", choices=[places.SQLITE, places.POSTGRESQL])
    options = parser.parse_args()
    groups = options.only.split(",")
    if unknown := set(groups) - set(GROUPS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    kinds = [options.database] if options.database else places.reachable()
    if places.POSTGRESQL not in places.reachable():
        if options.database == places.POSTGRESQL:
            parser.error("QIAOJIE_DATABASE names no PostgreSQL server; make bench starts one")
        print("PostgreSQL is left out: QIAOJIE_DATABASE names no server (make bench starts one).")
    print(HEAD, flush=True)
    over = 0
    for kind, line in _every(kinds, SIZES[options.size], groups, huge=options.size == "huge"):
        print(line.text(kind), flush=True)
        over += line.over
    if over:
        print(f"{over} over the bound")
    return int(over > 0)


def _every(kinds: list[str], facts: int, groups: list[str], *, huge: bool) -> Iterator[tuple[str, BenchLine]]:
    """All lines asked for, each with its database ('' where it needs none)."""
    if "lists" in groups:
        yield from (("", line) for line in _inside(places.SQLITE, 0, ["lists"]))
    if "shortcuts" in groups:
        yield from (("", line) for line in _inside(places.SQLITE, facts, ["file-shortcuts"]))
    if "at_rest" in groups:
        # A server's files are the volume's to encrypt.
        yield from (("sqlite", line) for line in _inside(places.SQLITE, min(facts, SHORTCUTS), ["at-rest"]))
    for kind in kinds:
        yield from ((kind, line) for line in _lines(kind, facts, groups, huge=huge))


def _lines(kind: str, facts: int, groups: list[str], *, huge: bool) -> Iterator[BenchLine]:
    here = [group for group in groups if group not in {*ALONE, "lists", "pages", "shortcuts", "at_rest"}]
    found: list[BenchLine] = []
    if here:
        for line in _inside(kind, facts, here):
            found.append(line)
            yield line
    if "measure" in groups:
        yield from _beside_a_tenth(kind, facts, found)
    for group, most in ALONE.items():
        if group in groups:
            yield from _inside(kind, min(facts, most) if most else facts, [group])
    if "shortcuts" in groups:
        yield from _inside(kind, min(facts, SHORTCUTS), ["registry-shortcuts"])
    if "pages" in groups:
        yield from _inside(kind, facts, ["pages"])
    if huge and "measure" in groups:
        (more,) = _inside(kind, facts * HUGE, ["whole"])
        whole = next(line.ours for line in found if line.bound and line.name.startswith("first"))
        yield BenchLine(
            f"{HUGE} times the facts, per fact", more.size, more.ours / HUGE, whole, 1.0, more.spread
        )


def _beside_a_tenth(kind: str, facts: int, found: list[BenchLine]) -> Iterator[BenchLine]:
    """What a change to 100 people costs here, against a registry of a tenth of the facts."""

    def of(lines: list[BenchLine]) -> BenchLine:
        return next(line for line in lines if " 100 people" in line.name)

    here, there = of(found), of(list(_inside(kind, facts // 10, ["touched"])))
    name = "a change to 100 people, against a tenth"
    yield BenchLine(
        name, here.size, here.ours, there.ours, STEADY, max(here.spread, there.spread), "per person"
    )


def _inside(kind: str, facts: int, groups: list[str]) -> Iterator[BenchLine]:
    """The lines that one process measures in one registry, as they come. Raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", "qiaojie.bench.inside", str(facts), ",".join(groups)]
    with places.place(kind) as environment:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            for text in process.stdout:
                yield BenchLine(**json.loads(text))
        finally:
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, command)


if __name__ == "__main__":
    sys.exit(main())
