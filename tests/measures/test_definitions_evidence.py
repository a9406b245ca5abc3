"""What a count rests on: rows that others refer to, evidence that an approver has confirmed, who issued a certificate, care
that goes on over New Year, units that the notice's map does not have."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Settlement
from qiaojie.measures import days, engine, near_misses, services
from qiaojie.measures.models import ValuePart
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Certificate, HouseholdMember, Status

from .conftest import Declare
from .programme import NEW_YEARS_EVE, Programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("narrowly")]

JUNE, AUTUMN = date(2023, 6, 20), date(2023, 9, 20)
VOCATIONAL, PRACTICAL, CARE, BASES = "vocational_training", "practical_training", "care", "support_bases"

POOR = """
[[indicators]]
code = "poor"
label = "困难妇女培训"
unit = "人"
count = "persons"
ledger = "enrolments"
where = { result = "completed", "person.registered_poor" = true }
answered_by = "certificate"
definition = "试"

[[indicators]]
code = "homes"
label = "受训家庭"
unit = "户"
count = "households"
ledger = "enrolments"
where = { result = "completed" }
answered_by = "filed"
definition = "试"

[[indicators]]
code = "helped"
label = "受助人数"
unit = "人"
count = "persons"
ledger = "help"
answered_by = "filed"
definition = "试"
"""


# --- approved means that all it rests on is -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.DRAFT, State.CHECKED, State.VILLAGE, State.TOWNSHIP])
def test_an_approved_row_waits_for_its_class(programme: Programme, work2023: Notice, state: str) -> None:
    row = programme.trained(programme.person(), JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    programme.set(row.training_class, state=state)
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 1, 0)}
    assert programme.behind(work2023, VOCATIONAL, part=ValuePart.PENDING) == [row.pk]
    programme.set(row.training_class, state=State.APPROVED)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}


def test_an_event_of_a_class_that_waits_waits(programme: Programme, work2023: Notice) -> None:
    row = programme.trained(programme.person(), JUNE, "practical")
    programme.set(row.training_class, state=State.DRAFT)
    assert programme.counts(work2023, PRACTICAL) == {0: (0, 1, 0)}


def test_help_of_a_base_that_waits_waits(programme: Programme, declare: Declare) -> None:
    notice = declare(POOR)
    helper = programme.base(state=State.DRAFT)
    programme.help(helper, programme.person(), JUNE)
    assert programme.counts(notice, "helped") == {0: (0, 1, 0)}
    programme.set(helper, state=State.APPROVED)
    assert programme.counts(notice, "helped") == {0: (1, 0, 0)}


def test_what_an_unconfirmed_certificate_would_let_count_waits(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(None)
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {}
    paper = programme.certificate(somebody, 1, confirmed=False)
    assert programme.counts(work2023, VOCATIONAL) == {1: (0, 1, 0)}
    # It waits, and lacks nothing that a clerk could mend.
    assert [s.name for s in near_misses.steps(work2023, work2023.indicator(VOCATIONAL), NEW_YEARS_EVE)] == [
        "state"
    ]
    programme.set(paper, confirmed=True)
    assert programme.counts(work2023, VOCATIONAL) == {1: (1, 0, 0)}


def test_whom_nobody_confirmed_counts_for_nothing(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.set(somebody, confirmed=False)
    programme.trained(somebody, JUNE)
    programme.trained(somebody, JUNE, "practical")
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 1, 0)}
    assert programme.counts(work2023, PRACTICAL) == {0: (0, 1, 0)}
    programme.set(somebody, confirmed=True)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}


@pytest.mark.parametrize("merged", [False, True])
def test_an_unconfirmed_certificate_moves_nobody(
    programme: Programme, work2023: Notice, merged: bool
) -> None:
    somebody = programme.person(0)
    row = programme.trained(somebody, JUNE)
    holder = somebody
    if merged:
        holder = programme.person(None)
        programme.merge(holder, somebody)
    newer = programme.certificate(holder, 1, issued_on=date(2023, 1, 5), confirmed=False)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}
    assert programme.behind(work2023, VOCATIONAL) == [row.pk]
    programme.set(newer, confirmed=True)
    assert programme.counts(work2023, VOCATIONAL) == {1: (1, 0, 0)}


def test_a_draft_about_somebody_whose_certificate_waits_is_pending_once(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(0)
    programme.trained(somebody, JUNE, state=State.DRAFT)
    programme.certificate(somebody, 1, issued_on=date(2023, 1, 5), confirmed=False)
    assert programme.counts(work2023, VOCATIONAL) == {1: (0, 1, 0)}


def test_a_status_that_nobody_confirmed_counts_for_nothing(programme: Programme, declare: Declare) -> None:
    notice = declare(POOR)
    somebody = programme.person()
    programme.trained(somebody, JUNE)
    spell = programme.keep(
        Status.objects.create(person=somebody, scheme="registered_poor", category="lifted", confirmed=False)
    )
    assert programme.counts(notice, "poor") == {0: (0, 1, 0)}
    programme.set(spell, confirmed=True)
    assert programme.counts(notice, "poor") == {0: (1, 0, 0)}


def test_a_household_that_nobody_confirmed_joins_nobody(programme: Programme, declare: Declare) -> None:
    notice = declare(POOR)
    one, other = programme.person(), programme.person()
    programme.household(one, other)
    for somebody in (one, other):
        programme.trained(somebody, JUNE)
    assert programme.counts(notice, "homes") == {0: (1, 0, 0)}
    member = HouseholdMember.objects.get(person=other)
    programme.set(member, confirmed=False)
    assert programme.counts(notice, "homes") == {0: (2, 0, 0)}
    programme.set(member, confirmed=True)
    assert programme.counts(notice, "homes") == {0: (1, 0, 0)}


def test_nothing_more_is_asked_where_everything_is_confirmed(programme: Programme, work2023: Notice) -> None:
    indicator = work2023.indicator(VOCATIONAL)
    somebody = programme.person()
    plain, _given = engine.gathered_sql(work2023, [indicator], work2023.span)
    assert "confirmed" not in plain and "canonical" not in plain
    programme.certificate(somebody, 1, confirmed=False)
    asked, _given = engine.gathered_sql(work2023, [indicator], work2023.span)
    assert "confirmed" in asked


def test_who_worked_before_is_told_by_approved_spells(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    before = programme.job(somebody, date(2022, 3, 1), state=State.DRAFT)
    programme.job(somebody, JUNE, settlement=Settlement.URBAN)
    assert programme.counts(work2023, "urban_employment") == {0: (1, 0, 0)}
    programme.set(before, state=State.APPROVED)
    assert programme.counts(work2023, "urban_employment") == {}


# --- whose a certificate is ---------------------------------------------------------------------------------------------


def test_a_certificate_of_nobody_knows_whom_counts_where_the_fact_was_filed(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(1, county_asked=False)
    Certificate.objects.update(county=None)
    programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (1, 0, 0)}


def test_a_county_that_is_asked_keeps_its_row_waiting_until_answered(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person(1)
    paper = Certificate.objects.get()
    programme.set(paper, county=None, county_asked=True)
    row = programme.trained(somebody, JUNE)
    assert programme.counts(work2023, VOCATIONAL) == {0: (0, 1, 0)}
    assert programme.behind(work2023, VOCATIONAL, part=ValuePart.PENDING) == [row.pk]
    programme.set(paper, county=programme.counties[2], county_asked=False)
    assert programme.counts(work2023, VOCATIONAL) == {2: (1, 0, 0)}


def test_who_counts_by_another_unit_need_not_be_asked_for(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person(1)
    Certificate.objects.update(county=None, county_asked=True)
    programme.care(somebody, JUNE, payer=3)
    assert programme.counts(work2023, "care_purchased") == {3: (1, 0, 0)}
    assert programme.counts(work2023, CARE) == {0: (0, 1, 0)}


@pytest.mark.parametrize("records", [1, 2])
def test_of_two_certificates_the_one_issued_last_answers(
    programme: Programme, work2023: Notice, records: int
) -> None:
    somebody = programme.person(0, issued_on=date(2020, 5, 1))
    programme.trained(somebody, JUNE)
    other = programme.person(None) if records == 2 else somebody
    programme.certificate(other, 1, issued_on=date(2021, 5, 1))
    if records == 2:
        programme.merge(other, somebody)
    assert programme.counts(work2023, VOCATIONAL) == {1: (1, 0, 0)}


def test_without_a_certificate_her_household_registration_answers(
    programme: Programme, declare: Declare
) -> None:
    notice = declare(POOR)
    town, county, nowhere = programme.person(None), programme.person(None), programme.person(None)
    for somebody, hukou in (
        (town, programme.counties[1].children.get()),
        (county, programme.counties[2]),
        (nowhere, None),
    ):
        programme.set(somebody, hukou=hukou)
        programme.keep(Status.objects.create(person=somebody, scheme="registered_poor", category="lifted"))
        programme.trained(somebody, JUNE)
    assert programme.counts(notice, "poor") == {0: (1, 0, 0), 1: (1, 0, 0), 2: (1, 0, 0)}


# --- care goes on -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (date(2022, 5, 1), None, True),
        (date(2022, 5, 1), date(2023, 1, 1), True),
        (date(2022, 5, 1), date(2022, 12, 31), False),
        (date(2019, 5, 1), date(2024, 5, 1), True),
        (date(2023, 12, 31), None, True),
        (date(2024, 1, 1), None, False),
    ],
)
def test_care_that_goes_on_counts_in_the_new_year(
    programme: Programme, work2023: Notice, begins: date, ends: date | None, counts: bool
) -> None:
    row = programme.care(programme.person(), begins, ends=ends)
    assert programme.counts(work2023, CARE) == ({0: (1, 0, 0)} if counts else {})
    assert programme.behind(work2023, CARE) == ([row.pk] if counts else [])
    first = max(begins, date(2023, 1, 1))
    if counts:
        # From its first service in the year, which nobody enters again.
        assert programme.counts(work2023, CARE, first) == {0: (1, 0, 0)}
        added = days.reached_by_day(
            work2023, work2023.indicator(CARE), work2023.span, [programme.counties[0].pk]
        )
        assert added == {first: 1}


def test_care_that_goes_on_counts_once_with_care_of_the_year(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    before = programme.care(somebody, date(2022, 5, 1))
    programme.care(somebody, JUNE)
    assert programme.counts(work2023, CARE) == {0: (1, 0, 0)}
    assert programme.behind(work2023, CARE) == [before.pk]


def test_who_she_is_on_the_first_day_of_the_year_decides(programme: Programme, work2023: Notice) -> None:
    lapsed = programme.person(0, expires_on=date(2022, 12, 31))
    moved = programme.person(0, ended_on=date(2022, 11, 30))
    programme.certificate(moved, 1, issued_on=date(2022, 12, 1))
    for somebody in (lapsed, moved):
        programme.care(somebody, date(2022, 5, 1))
    assert programme.counts(work2023, CARE) == {1: (1, 0, 0)}
    steps = near_misses.steps(work2023, work2023.indicator(CARE), NEW_YEARS_EVE)
    assert [(step.name, step.number) for step in steps] == [("person.disabled", 1)]


def test_a_job_counts_in_the_year_in_which_it_began(programme: Programme, work2023: Notice) -> None:
    programme.job(programme.person(), date(2022, 12, 30))
    assert programme.counts(work2023, "livelihood_employment") == {}


def test_the_year_before_holds_what_went_on_into_it(programme: Programme, work2023: Notice) -> None:
    programme.care(programme.person(), date(2021, 5, 1))
    programme.care(programme.person(), date(2021, 5, 1), ends=date(2021, 12, 31))
    indicator = work2023.indicator(CARE)
    services.recount(work2023)
    services.count_year_before(work2023)
    place = programme.counties[0].pk
    found = days.trends(work2023, [indicator], NEW_YEARS_EVE, [place])[CARE]
    assert {month.before for month in found.months} == {1}
    assert {month.reached for month in found.months} == {1}


# --- units that the map does not have -----------------------------------------------------------------------------------


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch, programme: Programme) -> Programme:
    """Counties 0 and 1 are on the notice's map, 2 and 3 are not."""
    inside = tuple(county.pk for county in programme.counties[:2])
    monkeypatch.setattr(engine, "map_of", lambda _notice: engine.Map(inside))
    return programme


def test_the_first_fact_is_of_a_unit_that_the_map_has(mapped: Programme, work2023: Notice) -> None:
    moved = mapped.person(2, ended_on=date(2023, 6, 30))
    mapped.certificate(moved, 1, issued_on=date(2023, 7, 1))
    mapped.trained(moved, JUNE)
    assert mapped.counts(work2023, VOCATIONAL) == {2: (1, 0, 0)}
    later = mapped.trained(moved, AUTUMN)
    assert mapped.counts(work2023, VOCATIONAL) == {1: (1, 0, 0), 2: (0, 0, 1)}
    assert mapped.behind(work2023, VOCATIONAL) == [later.pk]
    assert mapped.counts(work2023, VOCATIONAL, JUNE) == {}


def test_who_counts_outside_the_map_still_waits_inside(mapped: Programme, work2023: Notice) -> None:
    moved = mapped.person(2, ended_on=date(2023, 6, 30))
    mapped.certificate(moved, 1, issued_on=date(2023, 7, 1))
    mapped.trained(moved, JUNE)
    mapped.trained(moved, AUTUMN, state=State.DRAFT)
    assert mapped.counts(work2023, VOCATIONAL) == {1: (0, 1, 0), 2: (1, 0, 0)}


def test_an_event_of_a_class_counts_for_a_unit_of_the_map(mapped: Programme, work2023: Notice) -> None:
    kept, other = mapped.person(), mapped.person()
    held = mapped.course(JUNE, "practical", county=1)
    mapped.enrol(held, other, filed_by=mapped.counties[3])
    mapped.enrol(held, kept)
    mapped.merge(other, kept)
    assert mapped.counts(work2023, PRACTICAL) == {1: (1, 0, 0), 3: (0, 0, 1)}


def test_totals_of_another_map_are_not_believed(programme: Programme, work2023: Notice) -> None:
    one, other = engine.Map((1, 2)), engine.Map((1, 2, 3))
    indicator = work2023.indicator(CARE)
    assert engine.fingerprint(indicator, work2023.span, one) != engine.fingerprint(
        indicator, work2023.span, other
    )
    assert engine.fingerprint(indicator, work2023.span, one) == engine.fingerprint(
        indicator, work2023.span, one
    )
