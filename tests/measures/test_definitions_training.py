"""Training and events of 2023: person-times, people, sessions."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.ledgers.models import State
from qiaojie.notices.schema import Notice
from qiaojie.training.models import Result

from .programme import Programme, keys

pytestmark = pytest.mark.usefixtures("narrowly")

PRACTICAL, VOCATIONAL, MASSAGE = "practical_training", "vocational_training", "massage_sessions"
SPRING, SUMMER = date(2023, 4, 20), date(2023, 7, 20)


def test_person_times_are_completed_person_and_class(programme: Programme, work2023: Notice) -> None:
    one, other = programme.person(), programme.person(1)
    course = programme.course(SPRING, "practical")
    programme.enrol(course, one)
    programme.enrol(course, other)
    programme.enrol(course, programme.person(), result=Result.DROPPED)
    programme.enrol(course, programme.person(), result=Result.ENROLLED)
    programme.trained(one, SUMMER, "practical")
    programme.trained(one, SUMMER)
    # All for the county that ran the class, also who is of another; a second class is a second person-time.
    assert programme.counts(work2023, PRACTICAL) == {0: (3, 0, 0)}
    assert programme.counts(work2023, PRACTICAL, date(2023, 7, 19)) == {0: (2, 0, 0)}
    assert programme.counts(work2023, PRACTICAL, date(2023, 4, 19)) == {}


def test_practical_training_asks_for_no_certificate(programme: Programme, work2023: Notice) -> None:
    programme.trained(programme.person(None), SPRING, "practical")
    assert programme.counts(work2023, PRACTICAL) == {0: (1, 0, 0)}


def test_a_class_entered_again_adds_nothing(programme: Programme, work2023: Notice) -> None:
    """Her enrolment was withdrawn and entered anew."""
    course, somebody = programme.course(SPRING, "practical"), programme.person()
    programme.enrol(course, somebody, state=State.WITHDRAWN)
    programme.enrol(course, somebody)
    assert programme.counts(work2023, PRACTICAL) == {0: (1, 0, 0)}


def test_one_woman_with_two_records_completes_a_class_once(programme: Programme, work2023: Notice) -> None:
    kept, other, third = programme.person(), programme.person(), programme.person()
    course = programme.course(SPRING, "practical")
    first = programme.enrol(course, other)
    for one in (kept, third):
        programme.enrol(course, one)
    elsewhere = programme.trained(other, SUMMER, "practical")
    assert programme.counts(work2023, PRACTICAL) == {0: (4, 0, 0)}
    programme.merge(other, kept)
    assert programme.counts(work2023, PRACTICAL) == {0: (3, 0, 0)}
    programme.merge(third, kept)
    assert programme.counts(work2023, PRACTICAL) == {0: (2, 0, 0)}
    assert programme.behind(work2023, PRACTICAL) == keys([first, elsewhere])


def test_of_two_records_the_approved_one_counts(programme: Programme, work2023: Notice) -> None:
    kept, other = programme.person(), programme.person()
    course = programme.course(SPRING, "practical")
    waiting = programme.enrol(course, kept, state=State.DRAFT)
    programme.merge(other, kept)
    assert programme.counts(work2023, PRACTICAL) == {0: (0, 1, 0)}
    approved = programme.enrol(course, other)
    assert programme.counts(work2023, PRACTICAL) == {0: (1, 0, 0)}
    programme.set(approved, state=State.WITHDRAWN)
    programme.set(waiting, state=State.APPROVED)
    assert programme.behind(work2023, PRACTICAL) == [waiting.pk]


def test_a_class_without_its_sign_in_sheet_counts_for_nobody(programme: Programme, work2023: Notice) -> None:
    for kind, code in (("practical", PRACTICAL), ("vocational", VOCATIONAL)):
        unknown = programme.course(SPRING, kind, sign_in=None)
        missing = programme.course(SPRING, kind, sign_in=False)
        for course in (unknown, missing):
            programme.enrol(course, programme.person())
        # Where nobody has looked yet, it counts.
        assert programme.counts(work2023, code) == {0: (1, 0, 0)}
        programme.set(missing, has_sign_in=True)
        assert programme.counts(work2023, code) == {0: (2, 0, 0)}


def test_vocational_training_counts_people_on_the_day_of_their_first_class(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person()
    programme.trained(somebody, SUMMER)
    first = programme.trained(somebody, SPRING)
    programme.trained(somebody, date(2023, 2, 1), result=Result.DROPPED)
    programme.trained(programme.person(None), SPRING)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    assert programme.counts(work2023, VOCATIONAL, date(2023, 4, 19)) == {}
    assert programme.counts(work2023, VOCATIONAL, SPRING) == {0: (1, 0, 0)}
    assert programme.behind(work2023, VOCATIONAL) == [first.pk]


def test_vocational_training_is_no_employment(programme: Programme, work2023: Notice) -> None:
    """It stands under the heading of employment, and adds to nothing there."""
    programme.trained(programme.person(), SPRING)
    assert work2023.indicator(VOCATIONAL).group == work2023.indicator("urban_employment").group
    assert work2023.indicator(VOCATIONAL).parent is None
    for code in ("livelihood_employment", "urban_employment", "rural_employment"):
        assert programme.counts(work2023, code) == {}


def test_an_event_of_three_days_is_one_session_when_it_closes(programme: Programme, work2023: Notice) -> None:
    programme.event(date(2023, 5, 10), date(2023, 5, 12))
    assert programme.counts(work2023, MASSAGE) == {0: (1, 0, 0)}
    assert programme.counts(work2023, MASSAGE, date(2023, 5, 11)) == {}


def test_a_session_needs_plan_and_sign_in_sheet(programme: Programme, work2023: Notice) -> None:
    day = date(2023, 5, 10)
    programme.event(day, day, has_plan=False)
    programme.event(day, day, has_sign_in=False)
    programme.event(day, day, kind="other")
    programme.event(day, day, state=State.CHECKED)
    programme.event(day, day, filed_by=programme.counties[2])
    assert programme.counts(work2023, MASSAGE) == {0: (0, 1, 0), 2: (1, 0, 0)}
