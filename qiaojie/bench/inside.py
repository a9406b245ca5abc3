"""What one process measures in one registry: ``python -m qiaojie.bench.inside FACTS GROUPS``, lines as JSON.

It fills the database that ``QIAOJIE_DATABASE`` names, which must be empty.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import django

from . import long_roster
from .timing import BenchLine

NATION = "bench-nation"
UNITS = 3_200
BARE = ("lists", "file-shortcuts")
"""Groups that need no database."""


def main() -> None:
    """Prepare an empty installation, fill it, and print the lines of every group asked for."""
    facts, groups = int(sys.argv[1]), sys.argv[2].split(",")
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    if "nation" in groups:
        os.environ["QIAOJIE_NOTICES"] = str(_nation_notice(Path(os.environ["QIAOJIE_HOME"])))
    if groups in (["intake"], ["registry-shortcuts"], ["at-rest"], ["backup"], ["digest"]):
        os.environ["QIAOJIE_NOTICES"] = str(long_roster.folder(Path(os.environ["QIAOJIE_HOME"])))
    django.setup()
    for line in _without_database(facts, groups) if groups[0] in BARE else _counted(facts, groups):
        print(json.dumps(line.plain()), flush=True)


def _without_database(size: int, groups: list[str]) -> Iterator[BenchLine]:
    """What needs no database; lists are always of the same length."""
    from . import file_shortcuts, tables

    yield from tables.lists() if groups == ["lists"] else file_shortcuts.lines(size // 30, size // 10)


def _counted(facts: int, groups: list[str]) -> Iterator[BenchLine]:
    """What is counted, read and filled from a registry."""
    from django.core.management import call_command

    from qiaojie.keys import standing
    from qiaojie.people.models import Person
    from qiaojie.regions import services as regions
    from qiaojie.storage import converting

    standing.begin()
    converting.prepare(django.conf.settings.DATABASES)
    for alias in django.conf.settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    if Person.objects.exists():
        raise SystemExit("the bench fills empty databases only")
    regions.load()
    if groups == ["intake"]:
        yield from _intake(facts)
    elif groups == ["finding"]:
        yield from _finding(facts)
    elif groups == ["at-rest"]:
        yield from _at_rest(facts)
    elif groups == ["backup"]:
        yield from _backup(facts)
    elif groups == ["digest"]:
        yield from _digest(facts)
    elif groups == ["registry-shortcuts"]:
        yield from _registry_shortcuts(facts)
    elif "nation" in groups:
        yield from _nation(facts)
    elif "pages" in groups:
        yield from _pages(facts)
    else:
        yield from _city(facts, groups)


def _pages(people: int) -> Iterator[BenchLine]:
    """So many people of the 41 units of 2023, counted and served."""
    from qiaojie.measures import services as measures
    from qiaojie.notices import queries as notices
    from qiaojie.regions.queries import edition

    from . import counting, pages, registry

    notice = notices.notice(counting.NOTICE)
    began = time.perf_counter()
    made = registry.fill(people * 10 // 3, edition(notice.edition).unit_ids)
    registry.tie(made)
    registry.settle()
    filled = time.perf_counter()
    measures.recount(notice)
    counted = time.perf_counter()
    size, note = f"{len(made.people):,}", f"{made.facts:,} facts; then counted in {counted - filled:.0f} s"
    yield BenchLine("people filled in", size, filled - began, filled - began, None, note=note)
    yield from pages.pages(made, notice)


def _city(facts: int, groups: list[str]) -> Iterator[BenchLine]:
    """The registry of the 41 units of 2023."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.queries import edition

    from . import counting, forms, registry

    notice = notices.notice(counting.NOTICE)
    made = registry.fill(facts, edition(notice.edition).unit_ids)
    registry.settle()
    size = f"{made.facts:,}"
    if groups == ["declared"]:
        from . import declared

        yield from declared.lines()
        return
    if "measure" in groups:
        lines = list(counting.first_computing(notice, size))
        yield from lines
        yield from counting.board(notice, size, lines[0].ours)
    if "whole" in groups:
        times = counting.alone(notice)
        yield BenchLine("first computing", size, times.middle, times.middle, None, times.spread)
    if {"measure", "touched"} & set(groups):
        yield from counting.touched(made, size)
    if "forms" in groups:
        yield from forms.training_status(made)


def _intake(people: int) -> Iterator[BenchLine]:
    """A registry of so many people, and lists of a tenth of them."""
    from qiaojie.measures import services as measures
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from qiaojie.regions.queries import edition

    from . import intake, registry, rosters

    notice = notices.notice(long_roster.NOTICE)
    made = rosters.fill(people, Region.objects.get(pk=edition(notice.edition).unit_ids[0]))
    for each in notices.every():
        measures.recount(each)
    registry.settle()
    yield from intake.lines(made, people // 10, longest=people)


def _finding(people: int) -> Iterator[BenchLine]:
    """A county of so many people, and lists without numbers of a tenth of them."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from qiaojie.regions.queries import edition

    from . import counting, finding

    units = edition(notices.notice(counting.NOTICE).edition).unit_ids
    yield from finding.lines(Region.objects.get(pk=units[0]), people)


def _backup(people: int) -> Iterator[BenchLine]:
    """A registry of so many people, written down whole and put back."""
    from . import backups

    _county(people)
    yield from backups.lines(people)


def _digest(people: int) -> Iterator[BenchLine]:
    """A registry of so many people, every row of it hashed and compared."""
    from . import digests

    _county(people)
    yield from digests.lines(people)


def _county(people: int) -> None:
    """Fill in a county of so many people, each with a row of a class."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from qiaojie.regions.queries import edition

    from . import registry, rosters

    units = edition(notices.notice(long_roster.NOTICE).edition).unit_ids
    rosters.fill(people, Region.objects.get(pk=units[0]))
    registry.settle()


def _registry_shortcuts(people: int) -> Iterator[BenchLine]:
    """A registry of so many people, and a list of a tenth of them."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from qiaojie.regions.queries import edition

    from . import registry, registry_shortcuts, rosters

    notice = notices.notice(long_roster.NOTICE)
    made = rosters.fill(people, Region.objects.get(pk=edition(notice.edition).unit_ids[0]))
    registry.settle()
    yield from registry_shortcuts.lines(made, people // 10)


def _at_rest(people: int) -> Iterator[BenchLine]:
    """A registry of so many people in encrypted files, and lists of a tenth of them."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Region
    from qiaojie.regions.queries import edition

    from . import at_rest, registry, rosters

    notice = notices.notice(long_roster.NOTICE)
    made = rosters.fill(people, Region.objects.get(pk=edition(notice.edition).unit_ids[0]))
    registry.settle()
    yield from at_rest.lines(made, people // 10)


def _nation(facts: int) -> Iterator[BenchLine]:
    """The same work ordered from 3,200 units all over the nation: all counties there ever were, then townships."""
    from qiaojie.notices import queries as notices
    from qiaojie.regions.models import Edition, EditionUnit, Level, Region

    from . import counting, registry

    root = Region.objects.get(level=Level.NATION)
    counties = Region.objects.filter(level__gte=Level.COUNTY).order_by("level", "first")[:UNITS]
    edition = Edition.objects.create(code=NATION, label=NATION, root=root, on=f"{registry.YEAR}-12-31")
    EditionUnit.objects.bulk_create(
        EditionUnit(edition=edition, region=county, order=order, label=county.short_name)
        for order, county in enumerate(counties)
    )
    made = registry.fill(facts, [county.pk for county in counties])
    registry.settle()
    notice, size = notices.notice(NATION), f"{made.facts:,}"
    yield from counting.board(notice, size, counting.alone(notice).middle, nation=True)


def _nation_notice(home: Path) -> Path:
    """A folder of notices with one: the indicators of 2023, ordered from the units of another edition."""
    source = Path(__file__).parents[2] / "notices" / "chongqing-work-2023"
    folder = home / "notices" / NATION
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("targets.tsv"))
    text = (folder / "notice.toml").read_text(encoding="utf-8")
    held = tomllib.loads(text)
    for key, value in (("code", NATION), ("edition", NATION)):
        text = text.replace(f'{key} = "{held[key]}"', f'{key} = "{value}"', 1)
    # Without targets nothing is left for the notice's conflicts to be about.
    (folder / "notice.toml").write_text(text.split("[[acknowledged]]")[0], encoding="utf-8")
    return folder.parent


if __name__ == "__main__":
    main()
