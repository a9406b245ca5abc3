"""Where a base belongs, what supports one, and what the ledgers of bases add up and hide."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.bases.ledger import BASES, HELP, PAYMENTS
from qiaojie.bases.models import Base, HelpRecord, SupportPayment
from qiaojie.bases.queries import county_of_base
from qiaojie.ledgers import journal, queries, services, sight
from qiaojie.ledgers.models import Change, State
from qiaojie.ledgers.viewer import Refused, Sight
from tests.web.factories import World


def base(world: World, name: str, county: str = "涪陵区", place: str = "", **given: Any) -> Base:
    return Base.objects.create(
        name=name,
        kind="rural",
        filed_by=world.regions[county],
        place=world.regions[place] if place else None,
        happened_on=date(2023, 3, 1),
        **{"state": State.APPROVED, **given},
    )


def payment(held: Base, amount: int, on: date = date(2023, 5, 1), **given: Any) -> SupportPayment:
    known = {"state": State.APPROVED, "filed_by": held.filed_by, "source": "市级资金", **given}
    return SupportPayment.objects.create(base=held, amount=amount, happened_on=on, **known)


def helped(held: Base, woman: Any, **given: Any) -> HelpRecord:
    known: dict[str, Any] = {
        "begins": date(2023, 4, 1),
        "ends": date(2023, 4, 20),
        "state": State.APPROVED,
        "filed_by": held.filed_by,
        **given,
    }
    return HelpRecord.objects.create(base=held, person=woman, happened_on=known["ends"], **known)


@pytest.mark.parametrize(("place", "county"), [("甲0街道", "涪陵区"), ("万州区", "万州区"), ("", "丰都县")])
def test_a_base_belongs_to_the_county_it_lies_in_else_to_who_entered_it(
    world: World, place: str, county: str
) -> None:
    payment(base(world, "竹编坊", "丰都县", place), 100)
    found = SupportPayment.objects.annotate(county=county_of_base()).values_list("county", flat=True)
    assert list(found) == [world.regions[county].pk]
    assert PAYMENTS.units["base"] is county_of_base


@pytest.mark.parametrize("amount", [0, -1])
def test_a_plaque_without_payment_is_no_support(world: World, amount: int) -> None:
    held = base(world, "挂牌坊")
    with pytest.raises(IntegrityError), transaction.atomic():
        payment(held, amount)
    payment(held, 1)


def test_a_base_is_not_taken_away_from_under_its_payments(world: World) -> None:
    from django.db.models import ProtectedError

    held = base(world, "竹编坊")
    payment(held, 100)
    with pytest.raises(ProtectedError):
        held.delete()


def test_payments_add_up_by_source_for_the_own_county_alone(world: World) -> None:
    here, there = base(world, "涪陵坊"), base(world, "万州坊", "万州区")
    payment(here, 500_000)
    payment(here, 250_000, date(2023, 6, 1), source="区县资金")
    payment(here, 30_000, date(2023, 6, 2), state=State.DRAFT)
    payment(here, 70_000, date(2023, 6, 3), state=State.WITHDRAWN)
    payment(there, 900_000)

    def amounts(name: str, **where: Any) -> list[int]:
        found = queries.rows(PAYMENTS, UserViewer(world.users[name]), where).order_by("amount")
        return list(found.values_list("amount", flat=True))

    assert amounts("clerk") == [30_000, 250_000, 500_000]
    assert amounts("clerk", state=State.APPROVED, source="区县资金") == [250_000]
    assert amounts("clerk", amount={"min": 250_000, "max": 500_000}) == [250_000, 500_000]
    assert amounts("other") == [900_000]
    assert amounts("city", state=State.APPROVED) == [250_000, 500_000, 900_000]
    money = PAYMENTS.field("amount")
    assert money.summable and (money.flow, money.by) == ("spent", "source")


def test_money_is_kept_in_fen_and_shown_in_yuan(world: World) -> None:
    payment(base(world, "涪陵坊"), 123_456)
    viewer = UserViewer(world.users["clerk"])
    (row,) = queries.shown(PAYMENTS, viewer, queries.rows(PAYMENTS, viewer), [PAYMENTS.field("amount")])
    assert row.cells["amount"].text == "1234.56"
    assert row.cells["amount"].value == 123_456


def test_a_payment_tells_whether_its_base_is_approved(world: World) -> None:
    payment(base(world, "待审坊", state=State.DRAFT), 100)
    field = PAYMENTS.field("base.state")
    assert str(field.lack) == "基地未审核"
    found = queries.rows(PAYMENTS, SystemViewer(), {"base.state": State.DRAFT})
    assert found.count() == 1
    Base.objects.update(state=State.APPROVED)
    assert found.all().count() == 0


def test_who_runs_a_base_sees_what_it_entered_and_nothing_registered_of_the_women(world: World) -> None:
    own, woman = base(world, "自营坊", entered_by="base"), world.people["here"][3]
    base(world, "别家坊", entered_by="clerk")
    helped(own, woman, entered_by="base", product_income=88_000)
    helped(own, world.people["here"][4], entered_by="clerk")
    viewer = UserViewer(world.users["base"])
    assert [held.pk for held in queries.rows(BASES, viewer)] == [own.pk]
    (row,) = queries.shown(HELP, viewer, queries.rows(HELP, viewer), queries.fields_of(HELP, viewer))
    assert row.cells["person.name"].text == woman.name
    assert row.cells["product_income"].value == 88_000
    assert not {"person.id_number", "person.phone", "person.certificate"} & row.cells.keys()
    assert sight.registered(HELP, HELP.field("person.phone"), viewer) is Sight.HIDDEN


def test_help_counts_on_its_last_day_and_its_days_are_in_order(world: World) -> None:
    assert HELP.follows == {"happened_on": "ends"}
    held, woman = base(world, "竹编坊"), world.people["here"][5]
    with pytest.raises(IntegrityError), transaction.atomic():
        helped(held, woman, begins=date(2023, 4, 21))
    # A base that knows no days helped all the same.
    helped(held, woman, begins=None, ends=None)


def test_help_in_one_trade_on_the_same_days_is_alike_whichever_base(world: World) -> None:
    from qiaojie.intake.judging.overlaps import known_records

    woman, alike = world.people["here"][6], HELP.alike
    assert alike is not None
    helped(base(world, "竹编坊", industry="handicraft"), woman)
    helped(base(world, "电商坊", "万州区", industry="ecommerce"), woman)
    helped(base(world, "作废坊", industry="handicraft"), woman, state=State.WITHDRAWN)
    known = known_records(HELP, alike, {woman.pk})[woman.pk]
    days = date(2023, 4, 20), date(2023, 5, 1)
    assert [one.title for one in known if one.meets(*days, ("handicraft",))] == ["竹编坊"]
    assert [one.title for one in known if one.meets(*days, ("ecommerce",))] == ["电商坊"]
    assert not [one for one in known if one.meets(date(2023, 4, 21), days[1], ("handicraft",))]


def test_approving_is_for_the_county_of_the_base_and_leaves_a_line(world: World) -> None:
    held = base(world, "竹编坊", state=State.DRAFT)
    with pytest.raises(Refused):
        services.approve(BASES, [held.pk], UserViewer(world.users["clerk"]))
    assert services.approve(BASES, [held.pk], UserViewer(world.users["other"])) == 0
    assert services.approve(BASES, [held.pk], UserViewer(world.users["approver"])) == 1
    held.refresh_from_db()
    assert (held.state, held.approved_by) == (State.APPROVED, "approver")
    (line,) = journal.history(Base, held.pk)
    assert (line.act, line.actor) == (Change.Act.UPDATE, "approver")
    before, after = journal.both_sides(Base, line)
    assert (before["state"], after["state"]) == (State.DRAFT, State.APPROVED)
