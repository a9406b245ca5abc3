"""What says less than what is kept is no difference: it changes nothing and asks nobody. A real difference does as ever."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.intake import services
from qiaojie.intake.judging import planning
from qiaojie.intake.judging.exactness import Exactness
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices import queries as notices
from qiaojie.people.models import Education, HukouKind, Person, Sex, Tie
from qiaojie.regions.models import Region
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("by_columns", [True, False])
def test_the_finer_is_kept(plan: Planner, approver: Viewer, shizhu: Region, by_columns: bool) -> None:
    services.commit(plan(roster([person_row(n) for n in range(1, 7)])), approver)
    Tie.objects.create(person=Person.objects.get(name=material.name(2)), region=shizhu)
    homes = dict(Person.objects.values_list("pk", "hukou__name"))
    rows = [person_row(n, town="涪陵区") for n in (1, 2, 3)]
    rows += [person_row(4, town="马武镇")]
    source = plan(roster(rows)).source
    planned = planning.make(source, approver, by_columns=by_columns)
    verdicts = [row.verdict for row in planned.rows]
    assert verdicts == [Verdict.SAME] * 3 + [Verdict.CHANGED]
    assert not planned.issues
    services.commit(planned, approver)
    now = dict(Person.objects.values_list("name", "hukou__name"))
    assert [now[material.name(n)] for n in (1, 2, 3)] == [
        homes[Person.objects.get(name=material.name(n)).pk] for n in (1, 2, 3)
    ]
    assert now[material.name(4)] == "马武镇"


def test_a_finer_one_is_filled_in(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, town="涪陵区")])), approver)
    planned = plan(roster([person_row(1, town="马武镇")]))
    assert [row.verdict for row in planned.rows] == [Verdict.CHANGED]


@pytest.mark.parametrize(
    ("column", "before", "value", "less"),
    [
        ("education", Education.LOWER_SECONDARY_DONE, Education.LOWER_SECONDARY, True),
        ("education", Education.LOWER_SECONDARY, Education.LOWER_SECONDARY_DONE, False),
        ("education", Education.LOWER_SECONDARY_DONE, Education.PRIMARY, False),
        ("education", Education.NONE, Education.OTHER, False),
        ("sex", Sex.FEMALE, Sex.UNSTATED, True),
        ("sex", Sex.FEMALE, Sex.MALE, False),
        ("hukou_kind", HukouKind.RURAL, HukouKind.UNSTATED, True),
        ("hukou_kind", HukouKind.RURAL, HukouKind.URBAN, False),
        ("name", "李桂", "李桂兰", False),
    ],
)
def test_codes(plan: Planner, column: str, before: str, value: str, less: bool) -> None:
    piece = next(piece for piece in notices.table("trial-2023/roster").shape.pieces if piece.is_person)
    assert Exactness().says_less(piece, column, str(before), str(value)) is less
    assert not Exactness().says_less(piece, column, str(value), str(value))


def test_a_region_is_looked_up_once_for_all_rows(plan: Planner) -> None:
    piece = next(piece for piece in notices.table("trial-2023/roster").shape.pieces if piece.is_person)
    county = Region.objects.get(name="涪陵区")
    towns = list(Region.objects.filter(parent=county).values_list("pk", flat=True))
    exact = Exactness()
    with CaptureQueriesContext(connection) as asked:
        assert all(exact.says_less(piece, "hukou_id", town, county.pk) for town in towns * 50)
        assert not exact.says_less(piece, "hukou_id", county.pk, county.pk)
    assert len(asked) <= 2
