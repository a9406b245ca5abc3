"""Care by the year: which day counts, who answers, which spans meet, and that a service which stops keeps its count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.intake.judging.overlaps import known_records
from qiaojie.ledgers import queries, services
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused
from qiaojie.people.models import Certificate, Person
from qiaojie.support.ledger import CARE
from qiaojie.support.models import CareForm, CareService
from tests.web.factories import World

BEGINS = date(2023, 4, 1)


def care(world: World, woman: Person, county: str = "涪陵区", **given: Any) -> CareService:
    known: dict[str, Any] = {
        "form": CareForm.HOME,
        "begins": BEGINS,
        "provider": "阳光之家",
        "state": State.APPROVED,
        "filed_by": world.regions[county],
        **given,
    }
    return CareService.objects.create(person=woman, happened_on=known["begins"], **known)


def meeting(woman: Person, begins: date, ends: date | None, form: CareForm) -> list[str]:
    assert CARE.alike is not None
    known = known_records(CARE, CARE.alike, {woman.pk})[woman.pk]
    return [f"{one.unit} {one.title}" for one in known if one.meets(begins, ends, (form,))]


def test_care_counts_on_its_first_day_and_stopping_takes_nothing_away(world: World) -> None:
    held, approver = care(world, world.people["here"][0]), UserViewer(world.users["approver"])
    form = editing.form(CARE, held.pk, approver)
    given = {"ends": "2023-05-31", "end_reason": "去世"}
    assert editing.change(CARE, held.pk, given, form.seen, approver, "服务停止") is None
    held.refresh_from_db()
    assert (held.happened_on, held.ends, held.state) == (BEGINS, date(2023, 5, 31), State.APPROVED)
    form = editing.form(CARE, held.pk, approver)
    assert editing.change(CARE, held.pk, {"begins": "2023-04-10"}, form.seen, approver, "更正") is None
    held.refresh_from_db()
    assert held.happened_on == date(2023, 4, 10)


def test_care_that_ends_before_it_begins_is_wrong_at_its_end(world: World) -> None:
    held, approver = care(world, world.people["here"][1]), UserViewer(world.users["approver"])
    form = editing.form(CARE, held.pk, approver)
    back = editing.change(CARE, held.pk, {"ends": "2023-03-31"}, form.seen, approver, "服务停止")
    assert back is not None
    assert [entry.field.name for entry in back.entries if entry.errors] == ["ends"]
    assert editing.change(CARE, held.pk, {"ends": "2023-04-01"}, form.seen, approver, "只有一天") is None
    with pytest.raises(IntegrityError), transaction.atomic():
        care(world, world.people["here"][1], ends=date(2023, 3, 31))


def test_the_payer_answers_or_the_county_of_her_certificate_on_the_first_day(world: World) -> None:
    woman, moved = world.people["here"][2:4]
    moved.certificates.update(ended_on=date(2023, 3, 31))
    Certificate.objects.create(
        person=moved, number="x", county=world.regions["万州区"], issued_on=date(2023, 4, 1)
    )
    Certificate.objects.create(
        person=woman, number="y", county=world.regions["万州区"], issued_on=date(2023, 4, 2)
    )
    rows = {
        care(world, woman, payer=world.regions["丰都县"]).pk: ("丰都县", "涪陵区"),
        care(world, moved).pk: (None, "万州区"),
    }
    units = {word: expression() for word, expression in CARE.units.items()}
    names = {region.pk: name for name, region in world.regions.items()}
    found = CareService.objects.annotate(**{f"of_{word}": unit for word, unit in units.items()})
    told = found.values_list("pk", "of_payer", "of_certificate")
    assert {pk: (names.get(payer), names.get(county)) for pk, payer, county in told} == rows


def test_spans_of_one_form_that_share_a_day_are_told_whoever_pays(world: World) -> None:
    woman = world.people["here"][0]
    care(world, woman, ends=date(2023, 6, 30))
    care(world, woman, "万州区", form=CareForm.DAY, provider="万州日照")
    care(world, woman, "丰都县", begins=date(2023, 9, 1), state=State.WITHDRAWN)
    assert meeting(woman, date(2023, 6, 30), None, CareForm.HOME) == ["涪陵区 阳光之家"]
    assert meeting(woman, date(2023, 1, 1), BEGINS, CareForm.HOME) == ["涪陵区 阳光之家"]
    assert meeting(woman, date(2023, 7, 1), None, CareForm.HOME) == []
    assert meeting(woman, date(2022, 1, 1), date(2023, 3, 31), CareForm.HOME) == []
    # One without an end goes on.
    assert meeting(woman, date(2024, 7, 1), None, CareForm.DAY) == ["万州区 万州日照"]
    assert meeting(woman, date(2023, 6, 1), None, CareForm.BOARDING) == []


def test_care_under_her_other_record_meets_too(world: World) -> None:
    kept, double = world.people["here"][4:6]
    Person.objects.filter(pk=double.pk).update(canonical=kept)
    care(world, double)
    assert meeting(kept, BEGINS, None, CareForm.HOME) == ["涪陵区 阳光之家"]


def test_care_of_another_county_is_neither_seen_nor_changed(world: World) -> None:
    ours = care(world, world.people["here"][0], state=State.DRAFT)
    theirs = care(world, world.people["here"][0], "万州区", payer=world.regions["涪陵区"])
    clerk, other = UserViewer(world.users["clerk"]), UserViewer(world.users["other"])
    assert [row.pk for row in queries.rows(CARE, clerk)] == [ours.pk]
    assert [row.pk for row in queries.rows(CARE, other)] == [theirs.pk]
    with pytest.raises(Refused):
        editing.form(CARE, theirs.pk, clerk)
    assert services.move(CARE, [ours.pk], "withdraw", other, purpose="重复") == 0


def test_boarding_that_nobody_paid_for_says_what_it_lacks(world: World) -> None:
    bare = care(world, world.people["here"][6], form=CareForm.BOARDING)
    care(world, world.people["here"][7], form=CareForm.BOARDING, boarding_months=6)
    where = {"form": CareForm.BOARDING, "boarding_months": {"max": 0}}
    assert [row.pk for row in queries.rows(CARE, UserViewer(world.users["clerk"]), where)] == [bare.pk]
    assert str(CARE.field("boarding_months").lack) == "缺寄宿付费记录"
