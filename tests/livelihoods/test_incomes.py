"""What women earned by month and kind, and services to graduates: whose they are, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import queries, services
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.ledger import GRADUATE_SERVICES, INCOMES
from qiaojie.livelihoods.models import GraduateService, Income
from qiaojie.people.models import Person
from tests.web.factories import World


def income(world: World, woman: Person, month: date, amount: int, **given: Any) -> Income:
    known: dict[str, Any] = {
        "kind": "handicraft",
        "state": State.APPROVED,
        "filed_by": world.regions["涪陵区"],
        **given,
    }
    return Income.objects.create(person=woman, month=month, happened_on=month, amount=amount, **known)


def service(world: World, woman: Person, **given: Any) -> GraduateService:
    known: dict[str, Any] = {
        "graduated_in": 2023,
        "service": "职业指导",
        "happened_on": date(2023, 9, 1),
        "state": State.APPROVED,
        "filed_by": world.regions["涪陵区"],
        **given,
    }
    return GraduateService.objects.create(person=woman, **known)


def test_incomes_add_up_by_kind_within_a_span_of_months(world: World) -> None:
    woman, other = world.people["here"][:2]
    income(world, woman, date(2023, 1, 31), 120_000)
    income(world, woman, date(2023, 2, 1), 80_000)
    income(world, other, date(2023, 2, 28), 50_000)
    income(world, woman, date(2023, 2, 1), 300_000, kind="wages")
    income(world, woman, date(2023, 3, 1), 999, state=State.WITHDRAWN)
    viewer = UserViewer(world.users["clerk"])
    span = {"month": {"min": date(2023, 2, 1), "max": date(2023, 3, 31)}}
    found = queries.rows(INCOMES, viewer, span).values_list("kind").annotate(sum=Sum("amount"))
    assert dict(found.order_by("kind")) == {"handicraft": 130_000, "wages": 300_000}
    money = INCOMES.field("amount")
    assert money.summable and (money.flow, money.by) == ("earned", "kind")


def test_nothing_earned_is_an_income_and_less_is_none(world: World) -> None:
    income(world, world.people["here"][2], date(2023, 1, 1), 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        income(world, world.people["here"][2], date(2023, 2, 1), -1)


def test_an_income_counts_on_its_month_and_moves_with_it(world: World) -> None:
    held, approver = (
        income(world, world.people["here"][3], date(2023, 1, 1), 100),
        UserViewer(world.users["approver"]),
    )
    form = editing.form(INCOMES, held.pk, approver)
    given = {"month": "2023-04-01", "amount": "12.5"}
    assert editing.change(INCOMES, held.pk, given, form.seen, approver, "更正月份") is None
    held.refresh_from_db()
    assert (held.happened_on, held.amount) == (date(2023, 4, 1), 1_250)


def test_an_income_of_another_county_is_not_there(world: World) -> None:
    held = income(world, world.people["here"][0], date(2023, 1, 1), 100, state=State.DRAFT)
    other = UserViewer(world.users["other"])
    assert queries.rows(INCOMES, other).count() == 0
    assert services.approve(INCOMES, [held.pk], other) == 0
    assert services.approve(INCOMES, [held.pk], UserViewer(world.users["city"])) == 1


def test_a_bank_sees_only_incomes_that_it_entered(world: World) -> None:
    own = income(world, world.people["here"][5], date(2023, 1, 1), 100, entered_by="bank")
    income(world, world.people["here"][6], date(2023, 1, 1), 200, entered_by="clerk")
    viewer = UserViewer(world.users["bank"])
    assert [row.pk for row in queries.rows(INCOMES, viewer)] == [own.pk]
    assert "person.id_number" not in {field.name for field in queries.fields_of(INCOMES, viewer)}


def test_the_county_she_comes_from_answers_for_a_graduate_wherever_she_is_served(world: World) -> None:
    served = service(world, world.people["here"][7], origin=world.regions["万州区"])
    lost = service(world, world.people["here"][8])
    units = GraduateService.objects.annotate(unit=GRADUATE_SERVICES.units["origin"]())
    assert dict(units.values_list("pk", "unit")) == {served.pk: world.regions["万州区"].pk, lost.pk: None}
    # To answer for her is not yet to see what another county filed.
    assert queries.rows(GRADUATE_SERVICES, UserViewer(world.users["other"])).count() == 0


def test_a_graduate_who_is_not_verified_is_found_by_it(world: World) -> None:
    service(world, world.people["here"][9], verified=True)
    waiting = service(world, world.people["here"][10])
    found = queries.rows(GRADUATE_SERVICES, UserViewer(world.users["clerk"]), {"verified": False})
    assert [row.pk for row in found] == [waiting.pk]
    assert str(GRADUATE_SERVICES.field("verified").lack) == "毕业信息未核实"
