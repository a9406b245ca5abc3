"""Writing a plan whole or not at all, what the registry must not have done meanwhile, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.storing import writing
from qiaojie.intake.vocabulary.outcome import USE_CERTIFICATE
from qiaojie.ledgers import declaration, journal, proposals, signals, undoing
from qiaojie.ledgers import services as ledgers
from qiaojie.ledgers.models import Batch, Change, State
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass
from tests.rounds import examples

from . import material
from .conftest import Planner, viewer
from .material import certificate, id_number, person_row, roster

pytestmark = pytest.mark.django_db

BUSINESS = (Person, Certificate, Tie, TrainingClass, Enrolment)


def numbers() -> list[int]:
    return [model._default_manager.count() for model in BUSINESS]


def test_what_a_commit_writes(plan: Planner, approver: Viewer, fuling: Region) -> None:
    planned = plan(material.thirty())
    batch = services.commit(planned, approver, "名册")
    assert (batch.ledger, batch.region, batch.actor, batch.purpose) == (
        "enrolments", fuling, "fuling-approver", "名册",
    )  # fmt: skip
    assert numbers() == [28, 28, 28, 1, 28]
    person = Person.objects.get(name="李桂")
    assert (person.id_number, person.phone, person.sex) == (id_number(1), "13800000001", "2")
    assert person.hukou is not None
    assert person.hukou.name == material.TOWNS[1]
    held = person.certificates.get()
    assert (held.number, held.category, held.grade, held.county) == (certificate(1), "4", "2", fuling)
    fact = person.enrolments.get()
    assert (fact.state, fact.filed_by, fact.entered_by, fact.approved_by) == (
        State.APPROVED, fuling, "fuling-approver", "fuling-approver",
    )  # fmt: skip
    assert fact.happened_on == fact.training_class.ends


def test_who_may_not_approve_enters_drafts(plan: Planner, clerk: Viewer) -> None:
    services.commit(plan(material.thirty(), who=clerk), clerk)
    assert set(Enrolment.objects.values_list("state", "approved_by", "approved_at")) == {("draft", "", None)}


def test_a_change_of_an_approved_row_waits_beside_it(plan: Planner, approver: Viewer, clerk: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    planned = plan(roster([person_row(1, result="否")]), who=clerk)
    assert "approval_again" in {issue.code for issue in planned.issues}
    batch = services.commit(planned, clerk)
    fact = Enrolment.objects.get()
    assert (fact.state, fact.approved_by, fact.result) == ("approved", "fuling-approver", "completed")
    (waits,) = proposals.listed(declaration.get("enrolments"), approver)
    assert (waits.before, waits.after) == ({"result": "completed"}, {"result": "dropped"})
    assert (waits.proposal.batch, waits.proposal.actor) == (batch, "fuling-clerk")
    undoing.undo(batch.pk, clerk, "录错了")
    assert not proposals.listed(declaration.get("enrolments"), approver)


def test_the_number_of_statements_does_not_grow_with_the_rows(plan: Planner, approver: Viewer) -> None:
    def statements(planned: Plan) -> int:
        with CaptureQueriesContext(connection) as captured:
            services.commit(planned, approver)
        return len(captured)

    few = statements(plan(roster([person_row(n) for n in range(1, 11)])))
    many = statements(plan(roster([person_row(n) for n in range(11, 411)])))
    assert many <= few + 2


def test_a_plan_does_not_ask_per_row(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(n) for n in range(1, 401)])), approver)

    def statements(rows: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            plan(roster([person_row(n, phone="13900000001") for n in range(1, rows + 1)]))
        return len(captured)

    assert statements(400) == statements(10)


def test_whoever_keeps_totals_is_told_what_was_touched(plan: Planner, approver: Viewer) -> None:
    heard: list[dict[str, set[int]]] = []

    def hear(sender: object, touched: dict[str, set[int]], **_: Any) -> None:
        heard.append(touched)

    signals.rows_changed.connect(hear)
    try:
        batch = services.commit(plan(material.thirty()), approver)
        undoing.undo(batch.pk, approver, "录错了")
    finally:
        signals.rows_changed.disconnect(hear)
    assert {label: len(keys) for label, keys in heard[0].items()} == {
        "people.Person": 28, "people.Certificate": 28, "people.Tie": 28,
        "training.TrainingClass": 1, "training.Enrolment": 28,
    }  # fmt: skip
    assert heard[1] == heard[0]


def test_an_outdated_plan_is_refused(plan: Planner, approver: Viewer) -> None:
    first, second = plan(roster([person_row(1)])), plan(roster([person_row(1)]))
    services.commit(first, approver)
    before = material.dump()
    with pytest.raises(Unusable) as refused:
        services.commit(second, approver)
    assert refused.value.code == "plan_outdated"
    assert material.dump() == before
    assert Batch.objects.count() == 1


def test_a_plan_that_still_holds_goes_through(plan: Planner, approver: Viewer) -> None:
    first, second = plan(roster([person_row(1)])), plan(roster([person_row(2, **{"class": "二班"})]))
    services.commit(first, approver)
    services.commit(second, approver)
    assert Enrolment.objects.count() == 2


def test_a_failure_leaves_nothing(plan: Planner, approver: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(material.thirty())
    before = material.dump()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(writing.journal, "created", broken)
        with pytest.raises(OSError, match="no space"):
            services.commit(planned, approver)
    assert material.dump() == before
    assert not Batch.objects.exists()
    # The same plan can still be committed.
    services.commit(planned, approver)
    assert Enrolment.objects.count() == 28


def test_the_day_of_enrolments_follows_the_class(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(n) for n in (1, 2, 3)])), approver)
    later = services.commit(plan(roster([person_row(4, ends="2023.5.30")])), approver)
    assert {day.isoformat() for day in Enrolment.objects.values_list("happened_on", flat=True)} == {
        "2023-05-30"
    }
    undoing.undo(later.pk, approver, "录错了")
    assert {day.isoformat() for day in Enrolment.objects.values_list("happened_on", flat=True)} == {
        "2023-05-26"
    }


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_restores_exactly_what_was_there(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(n, phone=None) for n in range(1, 6)])), approver)
    before = material.dump()
    rows = [person_row(n, town="焦石镇", result="否", ends="2023.6.1") for n in range(1, 9)]
    rows[0][material.CERTIFICATE] = certificate(1, "33")
    batch = services.commit(plan(roster(rows)), approver)
    assert material.dump() != before
    undone = undoing.undo(batch.pk, approver, "录错了")
    assert material.dump() == before
    assert (undone.stage, undone.undone_by) == (Batch.Stage.UNDONE, "fuling-approver")
    with pytest.raises(Unusable) as refused:
        undoing.undo(batch.pk, approver, "录错了")
    assert refused.value.code == "undo_done"
    # What was undone can be committed again.
    services.commit(plan(roster(rows)), approver)


def test_the_journal_keeps_both_ways(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, phone=None), person_row(2)])), approver)
    person = Person.objects.get(name_key=material.name(1))
    batch = services.commit(plan(roster([person_row(1)])), approver)
    undoing.undo(batch.pk, approver, "录错了")
    lines = journal.history(Person, person.pk)
    assert [line.act for line in lines] == ["create", "update", "update"]
    assert [journal.unseal(Person, line.after or b"")["phone"] for line in lines[1:]] == ["13800000001", None]
    assert Change.objects.filter(model="people.Person", act="create").count() == 1
    gone = services.commit(plan(roster([person_row(3)])), approver)
    key = Person.objects.get(name_key=material.name(3)).pk
    undoing.undo(gone.pk, approver, "录错了")
    made, deleted = journal.history(Person, key)
    assert (made.act, deleted.act) == ("create", "delete")
    assert journal.unseal(Person, deleted.before or b"")["id_number"] == id_number(3)


def test_undo_is_refused_where_a_later_batch_stands_on_it(plan: Planner, approver: Viewer) -> None:
    first = services.commit(plan(roster([person_row(1)])), approver)
    second = services.commit(plan(roster([person_row(2)])), approver)
    before = material.dump()
    with pytest.raises(Unusable, match="培训班：有 1 条参训记录以它为依据"):
        undoing.undo(first.pk, approver, "录错了")
    assert material.dump() == before
    undoing.undo(second.pk, approver, "录错了")
    undoing.undo(first.pk, approver, "录错了")
    assert numbers() == [0, 0, 0, 0, 0]


def test_undo_is_refused_after_a_later_change_and_allowed_once_that_is_undone(
    plan: Planner, approver: Viewer
) -> None:
    first = services.commit(plan(roster([person_row(1, phone=None)])), approver)
    second = services.commit(plan(roster([person_row(1)])), approver)
    with pytest.raises(Unusable, match="服务对象：有 1 条后来又被修改"):
        undoing.undo(first.pk, approver, "录错了")
    undoing.undo(second.pk, approver, "录错了")
    undoing.undo(first.pk, approver, "录错了")
    assert numbers() == [0, 0, 0, 0, 0]


def test_what_was_approved_is_taken_back_by_an_approver_alone(
    plan: Planner, approver: Viewer, clerk: Viewer
) -> None:
    batch = services.commit(plan(roster([person_row(1)]), who=clerk), clerk)
    ledgers.approve(declaration.get("enrolments"), [Enrolment.objects.get().pk], approver)
    with pytest.raises(Unusable, match="其中的记录已经审核或确认"):
        undoing.undo(batch.pk, clerk, "录错了")
    with pytest.raises(Unusable) as unsaid:
        undoing.undo(batch.pk, approver)
    assert unsaid.value.code == "reason_missing"
    assert Enrolment.objects.get().state == State.APPROVED
    undone = undoing.undo(batch.pk, approver, "整批录错了班")
    assert (undone.undone_by, undone.undone_reason) == ("fuling-approver", "整批录错了班")
    assert numbers() == [0, 0, 0, 0, 0]


def test_a_county_keeps_sight_of_a_person_while_a_later_fact_stands(
    plan: Planner, approver: Viewer, neighbour: Viewer, shizhu: Region
) -> None:
    services.commit(plan(roster([person_row(1)]), region=shizhu, who=neighbour), neighbour)
    first = services.commit(plan(roster([person_row(1, **{"class": "甲"})])), approver)
    second = services.commit(plan(roster([person_row(1, **{"class": "乙"})])), approver)
    undoing.undo(first.pk, approver, "录错了")
    assert Tie.objects.count() == 2
    undoing.undo(second.pk, approver, "录错了")
    assert Enrolment.objects.count() == 1


def test_only_in_ones_own_region(plan: Planner, approver: Viewer, neighbour: Viewer) -> None:
    batch = services.commit(plan(roster([person_row(1)])), approver)
    with pytest.raises(Unusable) as refused:
        undoing.undo(batch.pk, neighbour, "录错了")
    assert refused.value.code == "batch_unknown"


# --- random rosters ---------------------------------------------------------------------------------------------------

cells = {
    "name": st.sampled_from([None, "李  桂", "王梅", "欧阳丹", "/"]),
    "sex": st.sampled_from([None, "女", "男", "不详", "2"]),
    "id": st.sampled_from([None, "无", "12", 5.00000197511099e17, *map(id_number, range(1, 5))]),
    "certificate": st.sampled_from(
        [None, "略", *(certificate(n, kind) for n in range(1, 5) for kind in ("42", "13"))]
    ),
    "town": st.sampled_from([None, "江东街道", "〃", "无此镇", "石柱县沙子镇"]),
    "phone": st.sampled_from([None, "13800000001", "13900000002", "12"]),
    "class": st.sampled_from([None, "甲班", "乙班", "同上"]),
    "begins": st.sampled_from(["2023.5.8", "2023.6.8", None]),
    "ends": st.sampled_from(["2023.5.26", "2023.6.26", "长期", None]),
    "result": st.sampled_from(["是", "否", None, "也许"]),
    "remark": st.sampled_from([None, "好", "="]),
}
random_row = st.builds(
    lambda number, given, changed: person_row(number, **{key: given[key] for key in changed}),
    st.integers(1, 5),
    st.fixed_dictionaries(cells),
    st.sets(st.sampled_from(sorted(cells)), max_size=4),
)
random_roster = st.lists(random_row, min_size=1, max_size=9)


@pytest.fixture
def afresh(tree: None) -> Iterator[Any]:
    """Runs a body and takes back what it did, so that each random case begins alike."""
    from django.db import transaction

    class Back(Exception):
        pass

    def run(body: Any) -> None:
        try:
            with transaction.atomic():
                body()
                raise Back
        except Back:
            pass

    return run


@settings(
    max_examples=examples(8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(held=random_roster, brought=random_roster, confirmed=st.sets(st.integers(4, 16)))
def test_any_roster(
    held: list[Any], brought: list[Any], confirmed: set[int], plan: Planner, approver: Viewer, afresh: Any
) -> None:
    """Counts add up; planning changes nothing; what was committed is the same; undo leaves what was there."""

    def body() -> None:
        first = plan(roster(held))
        if first.to_write:
            services.commit(first, approver)
        before = material.dump()
        planned = plan(roster(brought), decisions=dict.fromkeys(confirmed, USE_CERTIFICATE))
        assert len(planned.rows) == len(brought) == sum(planned.counts.values())
        assert material.dump() == before
        if not planned.to_write:
            return
        batch = services.commit(planned, approver)
        again = plan(roster(brought), decisions=dict.fromkeys(confirmed, USE_CERTIFICATE))
        assert again.to_write == 0
        undoing.undo(batch.pk, approver, "录错了")
        assert material.dump() == before

    afresh(body)


def test_a_reader_may_not_undo(plan: Planner, approver: Viewer, fuling: Region) -> None:
    batch = services.commit(plan(roster([person_row(1)])), approver)
    with pytest.raises(Refused):
        undoing.undo(batch.pk, viewer(fuling, "reader", "fuling-reader"), "录错了")
