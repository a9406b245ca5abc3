"""What holds for every indicator: approved only, the calendar year, attributes of the day, one unit for each person."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.ledgers.models import State
from qiaojie.measures.disputes import give_over
from qiaojie.measures.queries import elsewhere
from qiaojie.notices.schema import Notice

from .programme import NEW_YEARS_EVE, Programme

pytestmark = pytest.mark.usefixtures("narrowly")

VOCATIONAL, PRACTICAL = "vocational_training", "practical_training"
MARCH, JUNE, AUTUMN = date(2023, 3, 10), date(2023, 6, 20), date(2023, 10, 5)


@pytest.mark.parametrize("state", [State.DRAFT, State.CHECKED])
def test_what_is_not_approved_is_pending(programme: Programme, work2023: Notice, state: str) -> None:
    programme.trained(programme.person(), JUNE, state=state)
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 1, 0)}


def test_pending_ends_where_she_counts_already(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.trained(somebody, MARCH, state=State.DRAFT)
    programme.trained(somebody, JUNE)
    programme.trained(somebody, AUTUMN, state=State.DRAFT)
    assert programme.counts(work2023, VOCATIONAL, date(2023, 4, 1)) == {0: (0, 1, 0)}
    assert programme.counts(work2023, VOCATIONAL, JUNE) == {0: (1, 0, 0)}
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2022, 12, 31), False),
        (date(2023, 1, 1), True),
        (date(2023, 12, 31), True),
        (date(2024, 1, 1), False),
    ],
)
def test_the_calendar_year(programme: Programme, work2023: Notice, day: date, counts: bool) -> None:
    programme.trained(programme.person(), day)
    assert programme.counts(work2023, VOCATIONAL, date(2024, 6, 1)) == ({0: (1, 0, 0)} if counts else {})


@pytest.mark.parametrize(
    ("certificate", "counts"),
    [
        ({"expires_on": JUNE}, True),
        ({"expires_on": date(2023, 6, 19)}, False),
        ({"ended_on": date(2023, 6, 19)}, False),
        ({"ended_on": JUNE}, True),
        ({"issued_on": JUNE}, True),
        ({"issued_on": date(2023, 6, 21)}, False),
        ({"issued_on": None, "expires_on": None}, True),
    ],
)
def test_the_certificate_of_the_day_decides(
    programme: Programme, work2023: Notice, certificate: dict[str, date], counts: bool
) -> None:
    programme.trained(programme.person(**certificate), JUNE)
    assert programme.counts(work2023, VOCATIONAL) == ({0: (1, 0, 0)} if counts else {})


def test_a_certificate_issued_again_later_does_not_reach_back(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(expires_on=date(2023, 5, 31))
    programme.certificate(somebody, 0, issued_on=date(2023, 7, 1))
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {}
    programme.trained(somebody, AUTUMN)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    assert programme.counts(work2023, VOCATIONAL, date(2023, 10, 4)) == {}


def test_who_moves_stays_with_the_county_of_the_day(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(0, ended_on=date(2023, 7, 1), end_reason="迁出")
    programme.certificate(somebody, 1, issued_on=date(2023, 7, 1))
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    later = programme.person(0, ended_on=date(2023, 7, 1), end_reason="迁出")
    programme.certificate(later, 1, issued_on=date(2023, 7, 1))
    programme.trained(later, AUTUMN)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0), 1: (1, 0, 0)}


def test_a_development_zone_answers_for_the_certificates_it_issued(
    programme: Programme, work2023: Notice
) -> None:
    """Who issued the certificate answers, also where another county ran the class; unknown, the one that entered it."""
    programme.trained(programme.person(3), JUNE)
    unknown = programme.person(None)
    programme.certificate(unknown, 0, number=None)
    unknown.certificates.update(county=None)
    programme.enrol(programme.course(JUNE, county=2), unknown)
    assert programme.counts(work2023, VOCATIONAL) == {2: (1, 0, 0), 3: (1, 0, 0)}


def test_later_death_or_cancellation_keeps_the_count(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    programme.set(somebody.certificates.get(), ended_on=date(2023, 9, 1), end_reason="注销")
    programme.set(somebody, died_on=date(2023, 8, 31))
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}


def test_a_proven_error_removes_it(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    wrong = programme.trained(somebody, JUNE)
    practical = programme.trained(somebody, JUNE, "practical")
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    for row in (wrong, practical):
        programme.set(row, state=State.WITHDRAWN)
    assert programme.counts(work2023, VOCATIONAL) == {}
    assert programme.counts(work2023, PRACTICAL) == {}
    assert programme.behind(work2023, VOCATIONAL) == []


def test_when_an_error_is_removed_the_next_fact_counts(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(0, ended_on=date(2023, 7, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 7, 1))
    wrong = programme.trained(somebody, JUNE)
    programme.trained(somebody, AUTUMN)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0), 1: (0, 0, 1)}
    programme.set(wrong, state=State.WITHDRAWN)
    assert programme.counts(work2023, VOCATIONAL) == {1: (1, 0, 0)}


def test_one_unit_for_each_person_and_the_others_are_told(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(0, ended_on=date(2023, 7, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 7, 1))
    programme.trained(somebody, AUTUMN)
    first = programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0), 1: (0, 0, 1)}
    # Before the second fact there is nothing to be counted elsewhere.
    assert programme.counts(work2023, VOCATIONAL, date(2023, 10, 4)) == {0: (1, 0, 0)}
    assert programme.behind(work2023, VOCATIONAL) == [first.pk]
    county = programme.counties[0].pk
    assert elsewhere(work2023, VOCATIONAL, [somebody.pk], NEW_YEARS_EVE) == {somebody.pk: county}


def test_the_unit_of_the_first_approved_fact_even_if_another_waits_longer(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(0, ended_on=date(2023, 7, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 7, 1))
    waiting = programme.trained(somebody, JUNE, state=State.CHECKED)
    programme.trained(somebody, AUTUMN)
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 0, 1), 1: (1, 0, 0)}
    assert programme.counts(work2023, VOCATIONAL, date(2023, 10, 4)) == {0: (0, 1, 0)}
    programme.set(waiting, state=State.APPROVED)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0), 1: (0, 0, 1)}


def test_two_records_of_one_woman_are_one_person(programme: Programme, work2023: Notice) -> None:
    kept, other = programme.person(0), programme.person(1)
    programme.trained(kept, AUTUMN)
    programme.trained(other, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0), 1: (1, 0, 0)}
    programme.merge(other, kept)
    # Of certificates issued on one day the one entered last answers, whichever record a fact was filed under.
    assert programme.counts(work2023, VOCATIONAL) == {1: (1, 0, 0)}


def test_who_is_given_over_counts_for_the_other_unit(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(0)
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    other = programme.counties[1].pk
    give_over(work2023, VOCATIONAL, somebody.pk, other, programme.viewer(0), "户籍已迁入甲1县")
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 0, 1), 1: (1, 0, 0)}
    # For this indicator only.
    programme.care(somebody, JUNE)
    assert programme.counts(work2023, "care") == {0: (1, 0, 0)}
