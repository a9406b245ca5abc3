"""New employment of 2023: who is new, who is of age, what proves it, and on which side of town and country she counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Sex

from .programme import NEW_YEARS_EVE, Programme

pytestmark = pytest.mark.usefixtures("narrowly")

NEW, URBAN, RURAL = "livelihood_employment", "urban_employment", "rural_employment"
ONE = {0: (1, 0, 0)}


def test_a_first_job_with_proof_counts_once_on_its_first_day(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.job(somebody, date(2023, 3, 1), ends=date(2023, 5, 1))
    programme.job(somebody, date(2023, 9, 1))
    assert programme.counts(work2023, NEW) == ONE
    assert programme.counts(work2023, NEW, date(2023, 3, 1)) == ONE
    assert programme.counts(work2023, NEW, date(2023, 2, 28)) == {}


@pytest.mark.parametrize(
    ("begins", "ends", "new"),
    [
        (date(2022, 5, 1), None, False),
        (date(2022, 5, 1), date(2023, 1, 1), False),
        (date(2022, 5, 1), date(2022, 12, 31), False),
        (date(2022, 5, 1), date(2022, 12, 30), True),
        (date(2022, 12, 31), None, False),
        (date(2020, 5, 1), date(2021, 5, 1), True),
    ],
)
def test_who_worked_on_31_december_before_is_not_new(
    programme: Programme, work2023: Notice, begins: date, ends: date | None, new: bool
) -> None:
    somebody = programme.person()
    programme.job(somebody, begins, ends=ends)
    programme.job(somebody, date(2023, 3, 1))
    assert programme.counts(work2023, NEW) == (ONE if new else {})


def test_only_an_approved_job_of_last_year_makes_this_years_old(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person()
    before = programme.job(somebody, date(2022, 5, 1), state=State.DRAFT)
    programme.job(somebody, date(2023, 3, 1))
    assert programme.counts(work2023, NEW) == ONE
    programme.set(before, state=State.APPROVED)
    assert programme.counts(work2023, NEW) == {}


def test_last_years_job_under_her_other_record_counts_too(programme: Programme, work2023: Notice) -> None:
    kept, other, third = programme.person(), programme.person(), programme.person()
    programme.job(other, date(2022, 5, 1))
    programme.job(kept, date(2023, 3, 1))
    programme.job(third, date(2023, 4, 1))
    assert programme.counts(work2023, NEW) == {0: (2, 0, 0)}
    programme.merge(other, kept)
    assert programme.counts(work2023, NEW) == ONE
    programme.merge(third, kept)
    assert programme.counts(work2023, NEW) == {}


def test_a_renewal_or_a_renamed_employer_is_not_new(programme: Programme, work2023: Notice) -> None:
    programme.job(programme.person(), date(2023, 3, 1), continues=True)
    assert programme.counts(work2023, NEW) == {}


@pytest.mark.parametrize("proof", [p for p in Proof.values if p not in (Proof.NONE, Proof.LIST)])
def test_each_proof_will_do(programme: Programme, work2023: Notice, proof: str) -> None:
    programme.job(programme.person(), date(2023, 3, 1), proof=proof)
    assert programme.counts(work2023, NEW) == ONE


@pytest.mark.parametrize("proof", [Proof.NONE, Proof.LIST])
def test_without_proof_or_with_a_list_alone_she_does_not_count(
    programme: Programme, work2023: Notice, proof: str
) -> None:
    somebody = programme.person()
    unproven = programme.job(somebody, date(2023, 3, 1), proof=proof)
    assert programme.counts(work2023, NEW) == {}
    programme.set(unproven, proof=Proof.INCOME)
    assert programme.counts(work2023, NEW) == ONE


@pytest.mark.parametrize(
    ("sex", "years", "counts"),
    [
        (Sex.FEMALE, 15, False),
        (Sex.FEMALE, 16, True),
        (Sex.FEMALE, 54, True),
        (Sex.FEMALE, 55, False),
        (Sex.MALE, 15, False),
        (Sex.MALE, 16, True),
        (Sex.MALE, 59, True),
        (Sex.MALE, 60, False),
        (Sex.UNKNOWN, 30, False),
    ],
)
@pytest.mark.parametrize("day", [date(2023, 1, 1), date(2023, 6, 15)])
def test_working_age_is_that_of_the_day(
    programme: Programme, work2023: Notice, sex: str, years: int, counts: bool, day: date
) -> None:
    birthday = day.replace(year=day.year - years)
    programme.job(programme.person(sex=sex, born=birthday), day)
    assert programme.counts(work2023, NEW) == (ONE if counts else {})
    eve = programme.person(sex=sex, born=day.replace(year=day.year - years - 1) + timedelta(days=1))
    programme.job(eve, day)
    assert programme.counts(work2023, NEW) == ({0: (2, 0, 0)} if counts else {})


def test_without_a_birth_date_nobody_is_of_working_age(programme: Programme, work2023: Notice) -> None:
    programme.job(programme.person(born=None), date(2023, 3, 1))
    assert programme.counts(work2023, NEW) == {}


def test_a_business_stands_behind_her_number_from_its_day(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(0)
    job = programme.job(somebody, date(2023, 3, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 6, 1))
    business = programme.job(somebody, date(2023, 8, 1), county=1, form=WorkForm.SELF, proof=Proof.LICENCE)
    # Once, from the day and for the county of the first; the other county sees her as counted elsewhere.
    assert programme.counts(work2023, NEW) == {0: (1, 0, 0), 1: (0, 0, 1)}
    assert programme.counts(work2023, NEW, date(2023, 7, 31)) == ONE
    assert programme.behind(work2023, NEW, date(2023, 7, 31)) == [job.pk]
    assert programme.behind(work2023, NEW, date(2023, 8, 1)) == [business.pk]
    programme.set(business, state=State.WITHDRAWN)
    assert programme.behind(work2023, NEW) == [job.pk]
    assert programme.counts(work2023, NEW) == ONE


def test_a_business_that_came_first_stays(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    business = programme.job(somebody, date(2023, 3, 1), form=WorkForm.SELF)
    programme.job(somebody, date(2023, 3, 1))
    programme.job(somebody, date(2023, 8, 1), form=WorkForm.SELF)
    assert programme.counts(work2023, NEW) == ONE
    assert programme.behind(work2023, NEW) == [business.pk]
    other = programme.person()
    programme.job(other, date(2023, 3, 1))
    same_day = programme.job(other, date(2023, 3, 1), form=WorkForm.SELF)
    assert programme.counts(work2023, NEW) == {0: (2, 0, 0)}
    assert programme.behind(work2023, NEW) == [business.pk, same_day.pk]


def test_town_and_country_share_her_out_by_her_first_job(programme: Programme, work2023: Notice) -> None:
    one, other = programme.person(), programme.person()
    programme.job(one, date(2023, 3, 1), settlement=Settlement.RURAL)
    programme.job(one, date(2023, 2, 1), settlement=Settlement.URBAN, state=State.DRAFT)
    programme.job(one, date(2023, 9, 1), settlement=Settlement.URBAN, form=WorkForm.SELF)
    programme.job(other, date(2023, 3, 1), settlement=Settlement.URBAN)
    programme.job(other, date(2023, 9, 1), settlement=Settlement.RURAL)
    assert programme.counts(work2023, RURAL) == ONE
    # Until the country job came, the draft in town was what might count.
    assert programme.counts(work2023, URBAN) == ONE
    assert programme.counts(work2023, URBAN, date(2023, 2, 15)) == {0: (0, 1, 0)}


def test_town_and_country_are_the_same_people_and_never_added_to_the_2000(work2023: Notice) -> None:
    """Who is newly employed is either; the figure of the people's livelihood stands beside them, not above."""
    whole, urban, rural = (work2023.indicator(code) for code in (NEW, URBAN, RURAL))
    assert urban.where == rural.where == whole.where
    assert [whole.parent, urban.parent, rural.parent] == [None, None, None]
    assert urban.split == {"settlement": "urban"} and rural.split == {"settlement": "rural"}


def test_the_place_of_work_does_not_decide(programme: Programme, work2023: Notice) -> None:
    """She counts where her certificate was issued, whichever county entered the job."""
    programme.job(programme.person(2), date(2023, 3, 1), county=3)
    assert programme.counts(work2023, NEW, NEW_YEARS_EVE) == {2: (1, 0, 0)}
