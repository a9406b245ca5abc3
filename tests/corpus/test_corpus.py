"""Every workbook of the corpus comes to the plan that is right for it, goes in, and comes out again whole."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.reading.lines import read
from qiaojie.intake.vocabulary.outcome import Source, Verdict
from qiaojie.ledgers import undoing
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from tests.intake import material

from .build import Case, load, write_notice

# What differs between the databases is asked of both by the tests of intake.
pytestmark = [pytest.mark.django_db, pytest.mark.later]

LEAST = 60
NAMES = tuple(load())
WRITTEN = frozenset(NAMES[::3])
"""Traps that are committed and undone too: every third, for counting anew after each commit costs most of the time."""


@cache
def built(name: str) -> Case:
    return load()[name]()


@pytest.fixture
def county(settings: LazySettings, tmp_path: Path) -> Region:
    """涪陵区 of a small tree, with the notices of the product and the one of the corpus."""
    material.plant_tree()
    settings.NOTICE_DIRS = [*settings.NOTICE_DIRS, write_notice(tmp_path / "notices")]
    return Region.objects.get(code="500102")


def planned(case: Case, county: Region, data: bytes = b"") -> Plan:
    return services.plan(data or case.data, case.file, notices.table(case.table), county, SystemViewer())


def test_there_are_enough_traps() -> None:
    assert len(NAMES) >= LEAST


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_the_right_one(name: str, county: Region) -> None:
    case = built(name)
    if case.refused:
        with pytest.raises(Unusable) as refusal:
            planned(case, county)
        assert refusal.value.code == case.refused
        assert case.file in refusal.value.message
        return
    if case.before:
        services.commit(planned(case, county, case.before), SystemViewer())
    before = registry()
    plan = planned(case, county)
    assert registry() == before
    sheets = list(dict.fromkeys(row.sheet for row in plan.rows))
    found = {
        f"{issue.cell if issue.sheet == sheets[0] else issue.sheet + '!' + issue.cell} {issue.code}"
        for issue in plan.issues
    }
    verdicts = [str(row.verdict) for row in plan.rows]
    assert difference(case, verdicts, found, values(case, county)) == {}
    if name in WRITTEN and plan.to_write:
        goes_in_and_comes_out(case, county, plan)


def difference(
    case: Case, verdicts: list[str], found: set[str], read_as: dict[str, list[Any]]
) -> dict[str, object]:
    """What came out otherwise than the case says: (as it is, as it should be)."""
    pairs: dict[str, tuple[object, object]] = {"verdicts": (verdicts, case.verdicts.split())}
    pairs["findings"] = (found - case.findings, set(case.findings) - found)
    for name, column in case.values.items():
        for at, (now, right) in enumerate(zip_longest(read_as[name], column)):
            pairs[f"{name} of data row {at + 1}"] = (now, right)
    return {word: pair for word, pair in pairs.items() if pair[0] != pair[1]}


def registry() -> object:
    return material.dump(rooms=("people", "training", "bases", "livelihoods", "support"))


def values(case: Case, county: Region) -> dict[str, list[Any]]:
    lines = read(Source(case.data, case.file, notices.table(case.table), county)).lines
    return {name: [line.stated.get(name) for line in lines] for name in case.values}


def goes_in_and_comes_out(case: Case, county: Region, plan: Plan) -> None:
    """Committed, the same file says nothing new; undone, everything is as it was."""
    before = registry()
    batch = services.commit(plan, SystemViewer())
    assert registry() != before
    again = planned(case, county)
    assert not again.to_write
    written = {row.key for row in plan.rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)}
    assert {row.verdict for row in again.rows if row.key in written} == {Verdict.SAME}
    undoing.undo(batch.pk, SystemViewer(), "录错了")
    assert registry() == before
