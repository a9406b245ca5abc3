"""Care, graduates and bases of 2023."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.ledgers.models import State
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Level, Region
from qiaojie.support.models import CareForm

from .programme import Programme, keys

pytestmark = pytest.mark.usefixtures("narrowly")

CARE, PURCHASED, BOARDING = "care", "care_purchased", "care_boarding"
GRADUATES, BASES = "graduate_services", "support_bases"
MARCH, JUNE = date(2023, 3, 1), date(2023, 6, 1)
ONE = {0: (1, 0, 0)}


def test_care_counts_people_from_their_first_service(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.care(somebody, JUNE, form=CareForm.HOME)
    first = programme.care(somebody, MARCH)
    assert programme.counts(work2023, CARE) == ONE
    assert programme.counts(work2023, CARE, date(2023, 2, 28)) == {}
    assert programme.behind(work2023, CARE) == [first.pk]


def test_care_that_stops_keeps_its_count_and_so_does_death(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(ended_on=date(2023, 8, 20), end_reason="死亡")
    somebody.died_on = date(2023, 8, 20)
    somebody.save()
    programme.care(somebody, MARCH, ends=date(2023, 8, 20), end_reason="死亡")
    assert programme.counts(work2023, CARE) == ONE
    assert programme.counts(work2023, CARE, date(2023, 8, 21)) == ONE


def test_an_agencys_own_centre_is_not_purchased(programme: Programme, work2023: Notice) -> None:
    programme.care(programme.person(), MARCH)
    assert programme.counts(work2023, CARE) == ONE
    assert programme.counts(work2023, PURCHASED) == {}


def test_day_and_home_care_together_are_one(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.care(somebody, MARCH, payer=0)
    programme.care(somebody, JUNE, payer=0, form=CareForm.HOME)
    assert programme.counts(work2023, PURCHASED) == ONE


def test_purchased_care_counts_from_the_first_service_under_contract(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person()
    programme.care(somebody, MARCH)
    programme.care(somebody, JUNE, payer=0)
    assert programme.counts(work2023, CARE, MARCH) == ONE
    assert programme.counts(work2023, PURCHASED, date(2023, 5, 31)) == {}
    assert programme.counts(work2023, PURCHASED, JUNE) == ONE


def test_the_county_that_pays_answers_for_purchased_care(programme: Programme, work2023: Notice) -> None:
    programme.care(programme.person(2), MARCH, payer=1, form=CareForm.BOARDING, boarding_months=3)
    assert programme.counts(work2023, CARE) == {2: (1, 0, 0)}
    assert programme.counts(work2023, PURCHASED) == {1: (1, 0, 0)}
    assert programme.counts(work2023, BOARDING) == {1: (1, 0, 0)}
    unknown = programme.care(programme.person(2), MARCH, payer=1)
    programme.set(unknown, payer=None)
    # Where it is not known who pays, the office that entered it answers.
    assert programme.counts(work2023, PURCHASED) == {0: (1, 0, 0), 1: (1, 0, 0)}


def test_boarding_asks_for_one_paid_month(programme: Programme, work2023: Notice) -> None:
    held = programme.care(programme.person(), MARCH, payer=0, form=CareForm.BOARDING, boarding_months=0)
    assert programme.counts(work2023, PURCHASED) == ONE
    assert programme.counts(work2023, BOARDING) == {}
    programme.set(held, boarding_months=1)
    assert programme.counts(work2023, BOARDING) == ONE


def test_who_goes_from_day_care_to_boarding_counts_as_boarding(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person()
    programme.care(somebody, MARCH, payer=0, ends=date(2023, 5, 31))
    programme.care(somebody, JUNE, payer=0, form=CareForm.BOARDING, boarding_months=1)
    assert programme.counts(work2023, PURCHASED) == ONE
    assert programme.counts(work2023, BOARDING) == ONE
    assert programme.counts(work2023, BOARDING, date(2023, 5, 31)) == {}


def test_boarding_in_a_centre_of_ones_own_is_not_purchased_boarding(
    programme: Programme, work2023: Notice
) -> None:
    programme.care(programme.person(), MARCH, form=CareForm.BOARDING, boarding_months=6)
    assert programme.counts(work2023, BOARDING) == {}


def test_this_years_verified_graduates_count_where_they_come_from(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(3)
    first = programme.graduate(somebody, MARCH, origin=1)
    programme.graduate(somebody, JUNE, origin=1, service="就业推荐")
    programme.graduate(programme.person(), MARCH, graduated_in=2022)
    programme.graduate(programme.person(), MARCH, verified=False)
    programme.graduate(programme.person(None), MARCH)
    assert programme.counts(work2023, GRADUATES) == {1: (1, 0, 0)}
    assert programme.behind(work2023, GRADUATES) == [first.pk]


def test_who_goes_on_to_study_was_served_but_is_not_employed(programme: Programme, work2023: Notice) -> None:
    programme.graduate(programme.person(), MARCH, outcome="升学")
    assert programme.counts(work2023, GRADUATES) == ONE
    assert programme.counts(work2023, "livelihood_employment") == {}


def test_two_payments_are_one_base_from_the_first(programme: Programme, work2023: Notice) -> None:
    base = programme.base()
    first = programme.pay(base, MARCH)
    programme.pay(base, JUNE)
    assert programme.counts(work2023, BASES) == ONE
    assert programme.counts(work2023, BASES, date(2023, 2, 28)) == {}
    assert programme.behind(work2023, BASES) == [first.pk]


def test_a_plaque_without_payment_is_no_support(programme: Programme, work2023: Notice) -> None:
    programme.base()
    assert programme.counts(work2023, BASES) == {}


def test_a_base_must_be_approved_and_rural(programme: Programme, work2023: Notice) -> None:
    waiting = programme.base(state=State.CHECKED)
    programme.pay(waiting, MARCH)
    programme.pay(programme.base(kind="workshop"), MARCH)
    assert programme.counts(work2023, BASES) == {}
    programme.set(waiting, state=State.APPROVED)
    assert programme.counts(work2023, BASES) == ONE


def test_a_payment_of_last_year_counts_for_last_year(programme: Programme, work2023: Notice) -> None:
    programme.pay(programme.base(), date(2022, 12, 31))
    assert programme.counts(work2023, BASES) == {}


def test_a_base_counts_for_its_county_whoever_paid(programme: Programme, work2023: Notice) -> None:
    township = Region.objects.get(parent=programme.counties[2], level=Level.TOWNSHIP)
    in_town = programme.base(place=township)
    in_county = programme.base(place=programme.counties[3])
    entered = programme.base(filed_by=programme.counties[1])
    paid = [
        programme.pay(base, MARCH, filed_by=programme.counties[0]) for base in (in_town, in_county, entered)
    ]
    assert programme.counts(work2023, BASES) == {1: (1, 0, 0), 2: (1, 0, 0), 3: (1, 0, 0)}
    assert programme.behind(work2023, BASES) == keys(paid)
    programme.set(in_town, place=programme.counties[1])
    assert programme.counts(work2023, BASES) == {1: (2, 0, 0), 3: (1, 0, 0)}
