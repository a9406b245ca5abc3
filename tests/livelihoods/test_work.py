"""Spells of work: whether a job is new is worked out of approved spells of any of her records, to the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import queries
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.ledger import EMPLOYMENTS
from qiaojie.livelihoods.models import Employment, Proof, Settlement, WorkForm
from qiaojie.livelihoods.queries import employed_before
from qiaojie.people.models import Person
from tests.web.factories import World, person

NEW = date(2023, 3, 1)


def job(
    world: World, woman: Person, begins: date = NEW, ends: date | None = None, **given: Any
) -> Employment:
    known: dict[str, Any] = {
        "form": WorkForm.FLEXIBLE,
        "settlement": Settlement.RURAL,
        "proof": Proof.INCOME,
        "state": State.APPROVED,
        "filed_by": world.regions["涪陵区"],
        **given,
    }
    return Employment.objects.create(person=woman, begins=begins, ends=ends, happened_on=begins, **known)


def before(held: Employment) -> bool:
    return Employment.objects.annotate(old=employed_before()).values_list("old", flat=True).get(pk=held.pk)


@pytest.mark.parametrize(
    ("begins", "ends", "held"),
    [
        (date(2022, 5, 1), None, True),
        # One day short, and to the very day.
        (date(2022, 5, 1), date(2022, 12, 30), False),
        (date(2022, 5, 1), date(2022, 12, 31), True),
        (date(2022, 12, 31), date(2022, 12, 31), True),
        (date(2022, 5, 1), date(2023, 2, 1), True),
        # This year's earlier job is no job of last year's end.
        (date(2023, 1, 1), date(2023, 2, 1), False),
        (date(2021, 1, 1), date(2021, 12, 31), False),
    ],
)
def test_a_job_is_new_unless_she_worked_on_the_last_day_of_the_year_before(
    world: World, begins: date, ends: date | None, held: bool
) -> None:
    woman = world.people["here"][0]
    job(world, woman, begins, ends)
    assert before(job(world, woman)) is held


def test_every_year_has_its_own_last_day(world: World) -> None:
    woman = world.people["here"][1]
    job(world, woman, date(2021, 6, 1), date(2022, 6, 1))
    assert before(job(world, woman, date(2022, 8, 1))) is True
    assert before(job(world, woman, date(2021, 8, 1))) is False


@pytest.mark.parametrize("state", [State.DRAFT, State.CHECKED, State.WITHDRAWN])
def test_what_is_not_approved_was_no_work(world: World, state: State) -> None:
    woman = world.people["here"][2]
    job(world, woman, date(2022, 5, 1), state=state)
    assert before(job(world, woman)) is False


def test_work_of_another_woman_is_not_hers(world: World) -> None:
    job(world, world.people["here"][3], date(2022, 5, 1))
    assert before(job(world, world.people["here"][4])) is False


@pytest.mark.parametrize(("earlier", "later"), [(0, 1), (1, 0), (1, 2), (2, 1)])
def test_work_under_any_of_her_records_is_hers(world: World, earlier: int, later: int) -> None:
    kept = world.people["here"][5]
    records = [kept, person(400, kept.home), person(401, kept.home)]  # type: ignore[arg-type]
    Person.objects.filter(pk__in=[one.pk for one in records[1:]]).update(canonical=kept)
    job(world, records[earlier], date(2022, 5, 1))
    assert before(job(world, records[later])) is True


def test_a_list_says_it_and_can_be_asked_for_it(world: World) -> None:
    woman = world.people["here"][6]
    job(world, woman, date(2022, 5, 1))
    again, first = job(world, woman), job(world, world.people["here"][7])
    viewer = UserViewer(world.users["clerk"])

    def keys(old: bool) -> set[int]:
        where = {"employed_before": old, "begins": {"min": date(2023, 1, 1)}}
        return set(queries.rows(EMPLOYMENTS, viewer, where).values_list("pk", flat=True))

    assert (keys(True), keys(False)) == ({again.pk}, {first.pk})


def test_a_job_counts_on_its_first_day_and_moves_with_it(world: World) -> None:
    held, approver = job(world, world.people["here"][8]), UserViewer(world.users["approver"])
    form = editing.form(EMPLOYMENTS, held.pk, approver)
    given = {"begins": "2023-04-05"}
    assert editing.change(EMPLOYMENTS, held.pk, given, form.seen, approver, "合同日期") is None
    held.refresh_from_db()
    assert held.happened_on == held.begins == date(2023, 4, 5)


def test_a_job_that_ends_before_it_begins_is_wrong_at_its_end(world: World) -> None:
    held, approver = job(world, world.people["here"][9]), UserViewer(world.users["approver"])
    form = editing.form(EMPLOYMENTS, held.pk, approver)
    back = editing.change(EMPLOYMENTS, held.pk, {"ends": "2023-02-28"}, form.seen, approver, "更正")
    assert back is not None and back.wrong
    assert [entry.field.name for entry in back.entries if entry.errors] == ["ends"]
    held.refresh_from_db()
    assert (held.begins, held.ends) == (NEW, None)


def test_the_database_itself_refuses_days_out_of_order(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        job(world, world.people["here"][10], NEW, date(2023, 2, 28))


def test_another_county_sees_no_job_of_ours_even_of_a_woman_it_knows(world: World) -> None:
    job(world, world.people["here"][0])
    seen = {
        name: queries.rows(EMPLOYMENTS, UserViewer(world.users[name])).count()
        for name in ("clerk", "other", "city", "bank", "helper")
    }
    assert seen == {"clerk": 1, "other": 0, "city": 1, "bank": 0, "helper": 0}


def test_a_job_without_proof_says_what_it_lacks(world: World) -> None:
    bare = job(world, world.people["here"][11], proof=Proof.NONE)
    job(world, world.people["here"][12])
    found = queries.rows(EMPLOYMENTS, SystemViewer(), {"proof": ""})
    assert [row.pk for row in found] == [bare.pk]
    assert str(EMPLOYMENTS.field("proof").lack) == "缺就业凭证"
