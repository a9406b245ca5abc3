"""What was committed is kept as the file had it: a registered row opens back to its cells, and the plan can be told again."""

from __future__ import annotations

import hashlib

import pytest

from qiaojie.intake import queries, services
from qiaojie.intake.models import Commit, RawRows
from qiaojie.intake.storing import originals
from qiaojie.ledgers import undoing
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.training.models import Enrolment
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import id_number, person_row, roster

pytestmark = pytest.mark.django_db


def enrolment(number: int) -> int:
    found = [
        e.pk for e in Enrolment.objects.select_related("person") if e.person.id_number == id_number(number)
    ]
    return found[0]


def test_a_row_opens_back_to_its_cells(plan: Planner, approver: Viewer) -> None:
    data = material.thirty()
    batch = services.commit(plan(data), approver, "一班")
    (found,) = queries.origin("enrolments", enrolment(2), approver)
    assert (found.batch, found.file, found.sheet, found.row) == (batch.pk, "名册.xlsx", "学员名册", 5)
    assert (found.written_by, found.purpose) == (approver.name, "一班")
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    cells = {cell.cell: (cell.head, cell.raw) for cell in found.cells}
    assert cells["H5"] == ("培训班名称", "手工编织一班")
    assert cells["I5"] == ("开班日期", "2023.5.8")


def test_what_was_examined_by_itself_opens_too(plan: Planner, approver: Viewer) -> None:
    rows = [person_row(1), person_row(2, sex="男"), person_row(3)]
    services.commit(plan(roster(rows)), approver)
    assert [queries.origin("enrolments", enrolment(n), approver)[0].row for n in (1, 2, 3)] == [4, 5, 6]


def test_cells_are_shown_masked(plan: Planner, approver: Viewer, clerk: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    for viewer in (approver, clerk):
        (found,) = queries.origin("enrolments", enrolment(1), viewer)
        assert not any(id_number(1) in cell.raw for cell in found.cells)


def test_a_second_file_about_the_row_stands_before_the_first(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    again = services.commit(plan(roster([person_row(1, result="否")])), approver)
    latest, _first = queries.origin("enrolments", enrolment(1), approver)
    assert latest.batch == again.pk
    undoing.undo(again.pk, approver, "录错了")
    (left,) = queries.origin("enrolments", enrolment(1), approver)
    assert left.batch != again.pk


def test_who_may_not_see_the_row_does_not_see_its_cells(
    plan: Planner, approver: Viewer, neighbour: Viewer
) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    with pytest.raises(Refused):
        queries.origin("enrolments", enrolment(1), neighbour)


def test_the_plan_that_was_committed_is_kept(plan: Planner, approver: Viewer) -> None:
    planned = plan(material.thirty())
    batch = services.commit(planned, approver)
    told = originals.outcome(batch)
    assert told["table"] == material.ROSTER
    assert told["keys"] == [[[4, 30]]]
    verdicts = [told["codes"][letter] for letter in told["verdicts"]]
    assert verdicts == [row.verdict.value for row in planned.rows]
    assert [issue[3] for issue in told["issues"]] == [issue.code for issue in planned.issues]


def test_nothing_of_it_stands_in_the_clear(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    for model in (Commit, RawRows):
        (sealed,) = model._default_manager.values_list("content", flat=True)
        assert id_number(1).encode() not in bytes(sealed)
        assert "手工编织".encode() not in bytes(sealed)


def test_pieces_are_few(plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originals, "AT_ONCE", 10)
    services.commit(plan(roster([person_row(n) for n in range(1, 26)])), approver)
    assert RawRows.objects.count() == 3
    for number in (1, 12, 25):
        (found,) = queries.origin("enrolments", enrolment(number), approver)
        assert found.row == number + 3
