"""Ways of counting that the notice of 2023 does not need: households, sums, unions, ratios of a cohort, typed figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import WorkForm
from qiaojie.measures.models import ValuePart
from qiaojie.people.models import Household, HouseholdMember
from qiaojie.training.models import Result

from .conftest import HEAD, Declare
from .programme import NEW_YEARS_EVE, Programme

pytestmark = pytest.mark.usefixtures("narrowly")

MARCH, JUNE, AUTUMN = date(2023, 3, 10), date(2023, 6, 20), date(2023, 10, 5)

HOUSEHOLDS = """
[[indicators]]
code = "households"
label = "培训户数"
unit = "户"
count = "households"
ledger = "enrolments"
where = { result = "completed" }
answered_by = "filed"
definition = "有人结业的家庭，一户计1户。"
"""

MONEY = """
[[indicators]]
code = "paid"
label = "拨付资金"
unit = "%s"
count = "sum"
of = "amount"
ledger = "base_payments"
answered_by = "filed"
definition = "拨付的资金。"
"""

UNION = """
[[indicators]]
code = "helped"
label = "受益人数"
unit = "人"
count = "union"
ledger = "enrolments"
where = { result = "completed" }
answered_by = "certificate"
definition = "培训过或就业的人，一人计1人。"

[[indicators.also]]
ledger = "employments"
where = { handicraft = true }
answered_by = "certificate"
"""

PLACED = """
[[indicators]]
code = "placed"
label = "转移就业率"
unit = "%"
count = "ratio"
ledger = "enrolments"
where = { result = "completed", "class.kind" = "vocational" }
answered_by = "filed"
within_months = 6
target_text = 50
definition = "结业后6个月内就业的人 ÷ 结业的人；未到期的另列。"

[indicators.reached]
ledger = "employments"
where = { proof = "contract" }
"""

PASSED = """
[[indicators]]
code = "passed"
label = "培训合格率"
unit = "%"
count = "ratio"
ledger = "enrolments"
where = { result = { not = "enrolled" } }
answered_by = "filed"
definition = "合格的人次 ÷ 参加过的人次。"

[indicators.reached]
ledger = "enrolments"
where = { result = "completed" }
"""

TYPED = """
[[indicators]]
code = "visits"
label = "走访次数"
unit = "次"
count = "typed"
definition = "各单位填报，以最近一次审核的为准。"
"""


def ratio(reached: int, missed: int, waiting: int) -> dict[int, dict[ValuePart, int]]:
    """The parts of county 0."""
    wanted = {ValuePart.REACHED: reached, ValuePart.MISSED: missed, ValuePart.WAITING: waiting}
    return {0: {part: number for part, number in wanted.items() if number}}


# --- households ---------------------------------------------------------------------------------------------------


def test_two_women_of_one_household_are_one(programme: Programme, declare: Declare) -> None:
    notice = declare(HOUSEHOLDS)
    one, other, alone, nobody = (programme.person() for _ in range(4))
    programme.household(one, other)
    programme.household(nobody)
    for person in (one, other, alone):
        programme.trained(person, JUNE)
    assert programme.counts(notice, "households") == {0: (2, 0, 0)}


def test_a_household_counts_when_its_first_member_does(programme: Programme, declare: Declare) -> None:
    notice = declare(HOUSEHOLDS)
    one, other = programme.person(), programme.person()
    programme.household(one, other)
    programme.trained(one, AUTUMN)
    programme.trained(other, JUNE, state=State.DRAFT)
    assert programme.counts(notice, "households", date(2023, 7, 1)) == {0: (0, 1, 0)}
    assert programme.counts(notice, "households") == {0: (1, 0, 0)}


def test_the_household_is_that_of_the_day(programme: Programme, declare: Declare) -> None:
    notice = declare(HOUSEHOLDS)
    mother, daughter = programme.person(), programme.person()
    home = programme.household(mother)
    programme.keep(HouseholdMember.objects.create(household=home, person=daughter, ends=date(2023, 7, 1)))
    new = Household.objects.create()
    programme.keep(HouseholdMember.objects.create(household=new, person=daughter, begins=date(2023, 7, 1)))
    programme.trained(mother, JUNE)
    programme.trained(daughter, JUNE)
    assert programme.counts(notice, "households") == {0: (1, 0, 0)}
    programme.trained(daughter, AUTUMN)
    assert programme.counts(notice, "households") == {0: (2, 0, 0)}


def test_a_woman_without_a_household_is_one_of_her_own_under_all_her_records(
    programme: Programme, declare: Declare
) -> None:
    notice = declare(HOUSEHOLDS)
    kept, other = programme.person(), programme.person()
    programme.trained(kept, JUNE)
    programme.trained(other, AUTUMN)
    assert programme.counts(notice, "households") == {0: (2, 0, 0)}
    programme.merge(other, kept)
    assert programme.counts(notice, "households") == {0: (1, 0, 0)}


def test_her_other_record_belongs_to_her_household(programme: Programme, declare: Declare) -> None:
    notice = declare(HOUSEHOLDS)
    kept, other = programme.person(), programme.person()
    programme.household(kept)
    programme.trained(kept, JUNE)
    programme.trained(other, AUTUMN)
    assert programme.counts(notice, "households") == {0: (2, 0, 0)}
    programme.merge(other, kept)
    assert programme.counts(notice, "households") == {0: (1, 0, 0)}


# --- sums ---------------------------------------------------------------------------------------------------------


def test_amounts_are_added_up_as_they_are(programme: Programme, declare: Declare) -> None:
    notice = declare(MONEY % "元")
    base = programme.base()
    programme.pay(base, MARCH, 1_000_050)
    programme.pay(base, JUNE, 2_000_000)
    programme.pay(base, AUTUMN, 500_000, state=State.CHECKED)
    programme.pay(base, JUNE, 700, filed_by=programme.counties[1])
    # In fen: nothing is rounded before it is added.
    assert programme.counts(notice, "paid") == {0: (3_000_050, 500_000, 0), 1: (700, 0, 0)}
    assert programme.counts(notice, "paid", MARCH) == {0: (1_000_050, 0, 0)}


# --- union --------------------------------------------------------------------------------------------------------


def test_who_is_in_both_ledgers_counts_once(programme: Programme, declare: Declare) -> None:
    notice = declare(UNION)
    both, only_trained, only_works = (programme.person() for _ in range(3))
    job = programme.job(both, MARCH, handicraft=True)
    programme.trained(both, JUNE)
    course = programme.trained(only_trained, JUNE)
    other = programme.job(only_works, AUTUMN, handicraft=True)
    programme.job(programme.person(), AUTUMN)
    assert programme.counts(notice, "helped") == {0: (3, 0, 0)}
    assert programme.counts(notice, "helped", MARCH) == {0: (1, 0, 0)}
    # Each number opens to the rows of the ledger they lie in.
    assert programme.behind(notice, "helped") == [course.pk]
    assert programme.behind(notice, "helped", source=1) == [job.pk, other.pk]
    with pytest.raises(Unusable, match="2"):
        programme.behind(notice, "helped", source=2)


def test_a_union_has_one_unit_for_each_person_too(programme: Programme, declare: Declare) -> None:
    notice = declare(UNION)
    somebody = programme.person(0, ended_on=date(2023, 5, 1))
    programme.certificate(somebody, 1, issued_on=date(2023, 5, 1))
    programme.trained(somebody, MARCH)
    programme.job(somebody, AUTUMN, handicraft=True)
    assert programme.counts(notice, "helped") == {0: (1, 0, 0), 1: (0, 0, 1)}


def test_a_business_is_preferred_only_in_the_ledger_that_says_so(
    programme: Programme, declare: Declare
) -> None:
    """What is preferred is said of the indicator's own ledger, as its conditions are."""
    notice = declare(
        UNION.replace(
            'answered_by = "certificate"\ndef',
            'answered_by = "certificate"\nprefer = { result = "completed" }\ndef',
        )
    )
    somebody = programme.person()
    job = programme.job(somebody, MARCH, handicraft=True, form=WorkForm.SELF)
    course = programme.trained(somebody, JUNE)
    assert programme.counts(notice, "helped") == {0: (1, 0, 0)}
    assert programme.behind(notice, "helped", source=0) == [course.pk]
    assert programme.behind(notice, "helped", date(2023, 6, 19), source=1) == [job.pk]
    assert programme.behind(notice, "helped", source=1) == []


# --- ratios -------------------------------------------------------------------------------------------------------


def test_a_cohort_reaches_misses_or_is_not_due(programme: Programme, declare: Declare) -> None:
    notice = declare(PLACED)
    reached, late, unplaced, not_due, unproven = (programme.person() for _ in range(5))
    for person in (reached, late, unplaced, unproven):
        programme.trained(person, MARCH)
    programme.trained(not_due, AUTUMN)
    programme.job(reached, date(2023, 9, 10))
    programme.job(late, date(2023, 9, 11))
    programme.job(unproven, JUNE, proof="income")
    assert programme.parts(notice, "placed", MARCH) == ratio(0, 0, 4)
    assert programme.parts(notice, "placed", date(2023, 9, 10)) == ratio(1, 0, 3)
    assert programme.parts(notice, "placed", date(2023, 9, 11)) == ratio(1, 3, 0)
    assert programme.parts(notice, "placed") == ratio(1, 3, 1)
    # Her time is over in the year after; the cohort is still that of 2023.
    assert programme.parts(notice, "placed", date(2024, 4, 6)) == ratio(1, 4, 0)


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2023, 8, 30), date(2024, 2, 29)),
        (date(2023, 8, 28), date(2024, 2, 28)),
        (date(2023, 5, 31), date(2023, 11, 30)),
        (date(2023, 12, 31), date(2024, 6, 30)),
        (date(2023, 2, 28), date(2023, 8, 28)),
    ],
)
def test_six_months_end_on_the_same_day_or_the_months_last(
    programme: Programme, declare: Declare, ends: date, last: date
) -> None:
    notice = declare(PLACED)
    somebody, late, nobody = (programme.person() for _ in range(3))
    for person in (somebody, late, nobody):
        programme.trained(person, ends)
    programme.job(somebody, last)
    programme.job(late, date.fromordinal(last.toordinal() + 1))
    assert programme.parts(notice, "placed", last) == ratio(1, 0, 2)
    assert programme.parts(notice, "placed", date.fromordinal(last.toordinal() + 1)) == ratio(1, 2, 0)


def test_in_a_common_year_six_months_from_31_august_end_on_28_february(
    programme: Programme, declare: Declare
) -> None:
    notice = declare(PLACED, head=HEAD.replace('period = "2023"', 'period = "2022"'))
    somebody, late = programme.person(), programme.person()
    for person in (somebody, late):
        programme.trained(person, date(2022, 8, 31))
    programme.job(somebody, date(2023, 2, 28))
    programme.job(late, date(2023, 3, 1))
    assert programme.parts(notice, "placed", date(2023, 3, 1)) == ratio(1, 1, 0)


def test_a_cohort_is_everybody_once_from_her_first_class(programme: Programme, declare: Declare) -> None:
    notice = declare(PLACED)
    somebody = programme.person()
    programme.trained(somebody, AUTUMN)
    programme.trained(somebody, MARCH)
    programme.job(somebody, date(2023, 11, 1))
    # A job before the class is no placement, and a draft is none yet.
    programme.job(somebody, date(2023, 3, 1))
    programme.job(somebody, JUNE, state=State.DRAFT)
    assert programme.parts(notice, "placed") == ratio(0, 1, 0)


def test_a_placement_approved_later_moves_her(programme: Programme, declare: Declare) -> None:
    notice = declare(PLACED)
    somebody = programme.person()
    course = programme.trained(somebody, MARCH)
    job = programme.job(somebody, JUNE, state=State.DRAFT)
    assert programme.parts(notice, "placed") == ratio(0, 1, 0)
    programme.set(job, state=State.APPROVED)
    assert programme.parts(notice, "placed") == ratio(1, 0, 0)
    # A ratio's number opens to those who were trained; its approved part are those who reached it.
    assert programme.behind(notice, "placed") == [course.pk]
    assert programme.behind(notice, "placed", part=ValuePart.REACHED) == [course.pk]
    assert programme.behind(notice, "placed", part=ValuePart.MISSED) == []
    assert programme.behind(notice, "placed", date(2023, 4, 1), part=ValuePart.WAITING) == [course.pk]


def test_a_placement_under_her_other_record_is_hers(programme: Programme, declare: Declare) -> None:
    notice = declare(PLACED)
    kept, other = programme.person(), programme.person()
    programme.trained(kept, MARCH)
    programme.job(other, JUNE)
    assert programme.parts(notice, "placed") == ratio(0, 1, 0)
    programme.merge(other, kept)
    assert programme.parts(notice, "placed") == ratio(1, 0, 0)


def test_without_a_time_limit_both_are_said_of_one_fact(programme: Programme, declare: Declare) -> None:
    """Pass rate: who drops out fails, who is still in class is not asked yet, every class is a chance of its own."""
    notice = declare(PASSED)
    somebody = programme.person()
    programme.trained(somebody, MARCH)
    failed = programme.trained(somebody, JUNE, result=Result.DROPPED)
    programme.trained(somebody, AUTUMN, result=Result.ENROLLED)
    programme.trained(programme.person(), JUNE, state=State.CHECKED)
    assert programme.parts(notice, "passed") == ratio(1, 1, 0)
    programme.set(failed, result=Result.COMPLETED)
    assert programme.parts(notice, "passed") == ratio(2, 0, 0)


# --- typed --------------------------------------------------------------------------------------------------------


def test_the_latest_approved_figure_holds_until_the_next(programme: Programme, declare: Declare) -> None:
    notice = declare(TYPED)
    programme.type(notice, "visits", JUNE, 25)
    first = programme.type(notice, "visits", MARCH, 10)
    programme.type(notice, "visits", MARCH, 7, filed_by=programme.counties[1])
    assert programme.counts(notice, "visits", date(2023, 6, 19)) == {0: (10, 0, 0), 1: (7, 0, 0)}
    assert programme.counts(notice, "visits") == {0: (25, 0, 0), 1: (7, 0, 0)}
    assert programme.behind(notice, "visits", MARCH)[0] == first.pk
    assert notice.indicator("visits").count == "typed"


def test_a_typed_figure_waits_until_it_is_approved_or_overtaken(
    programme: Programme, declare: Declare
) -> None:
    notice = declare(TYPED)
    waiting = programme.type(notice, "visits", JUNE, 25, state=State.DRAFT)
    programme.type(notice, "visits", MARCH, 10)
    assert programme.counts(notice, "visits") == {0: (10, 25, 0)}
    overtaken = programme.type(notice, "visits", AUTUMN, 40)
    assert programme.counts(notice, "visits") == {0: (40, 0, 0)}
    programme.set(waiting, state=State.APPROVED)
    assert programme.counts(notice, "visits", JUNE) == {0: (25, 0, 0)}
    programme.set(overtaken, state=State.WITHDRAWN)
    assert programme.counts(notice, "visits") == {0: (25, 0, 0)}


def test_figures_of_another_indicator_or_notice_are_not_its_own(
    programme: Programme, declare: Declare
) -> None:
    notice = declare(TYPED)
    other: Any = programme.type(notice, "visits", MARCH, 10)
    other.indicator = "calls"
    other.save()
    assert programme.counts(notice, "visits", NEW_YEARS_EVE) == {}
