"""The woman meant is found on labelled sets: made by one hand, damaged in three strengths, asked as intake asks."""

from __future__ import annotations

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bench import damage, finding
from qiaojie.people import likeness
from qiaojie.people.likeness import Grade
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.regions.services import renumber

TOWNS = 20
BOUNDS = {"light": (0.99, 0.99), "realistic": (0.98, 0.98), "hard": (0.96, 0.95)}
"""By strength of damage: of the women meant at least so many are proposed, and so many called likely."""


@pytest.fixture
def county(db: None) -> Region:
    made = Region.objects.create(
        key="c", code="", name="甲县", short_name="甲县", level=Level.COUNTY, kind=RegionKind.COUNTY
    )
    for n in range(TOWNS):
        Region.objects.create(
            key=f"t{n}", code="", name=f"甲{n}镇", short_name=f"甲{n}镇", level=Level.TOWNSHIP,
            kind=RegionKind.TOWNSHIP, parent=made,
        )  # fmt: skip
    renumber()
    return Region.objects.get(pk=made.pk)


@pytest.mark.parametrize("seed", [7, 8])
def test_who_is_meant_is_found(county: Region, seed: int) -> None:
    women = damage.registered(3_000, TOWNS, seed)
    keys = finding.fill(women, county)
    for strength, (recall, likely) in BOUNDS.items():
        rows = damage.rows(women, 500, TOWNS, damage.PROFILES[strength], seed)
        answers = likeness.search(finding.said(rows, county), county.pk, SystemViewer())
        found = finding.measured(answers, rows, keys)
        assert found.recall >= recall, (strength, found)
        assert found.likely >= likely, (strength, found)
        # Of some four hundred one may be wrong.
        assert found.precision >= 0.995, (strength, found)
        assert found.needless <= 0.1, (strength, found)


def test_a_row_alone_comes_to_what_it_comes_to_among_others(county: Region) -> None:
    women = damage.registered(400, TOWNS, 3)
    finding.fill(women, county)
    rows = damage.rows(women, 60, TOWNS, damage.PROFILES["hard"], 3)
    said = finding.said(rows, county)
    together = likeness.search(said, county.pk, SystemViewer())
    assert together == [likeness.search([one], county.pk, SystemViewer())[0] for one in said]
    assert {one.grade for one in together} >= {Grade.LIKELY, Grade.NONE}


def test_the_same_seed_makes_the_same_set() -> None:
    made = [damage.registered(50, TOWNS, 5) for _round in range(2)]
    assert made[0] == made[1] != damage.registered(50, TOWNS, 6)
    hard = damage.PROFILES["hard"]
    assert damage.rows(made[0], 40, TOWNS, hard, 5) == damage.rows(made[1], 40, TOWNS, hard, 5)
    meant = [row.meant for row in damage.rows(made[0], 40, TOWNS, hard, 5)]
    assert meant.count(None) == 8 and len({one for one in meant if one is not None}) == 32
