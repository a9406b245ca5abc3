"""One step short: whoever counts as soon as one thing is mended, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Proof, Settlement
from qiaojie.measures import near_misses, services
from qiaojie.measures.near_misses import APPROVAL, NearMissStep, TownshipCount
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Certificate, Person
from qiaojie.regions.models import Region
from qiaojie.support.models import CareForm
from qiaojie.training.models import Result

from .conftest import Declare
from .programme import ASKED, NEW_YEARS_EVE, Programme
from .test_definitions_algebra import PLACED, TYPED, UNION

pytestmark = pytest.mark.usefixtures("narrowly")

VOCATIONAL, NEW, URBAN, RURAL = (
    "vocational_training",
    "livelihood_employment",
    "urban_employment",
    "rural_employment",
)
JUNE, AUTUMN = date(2023, 6, 20), date(2023, 10, 5)

Mend = Callable[[], None]


def steps(
    notice: Notice, code: str, on: date = NEW_YEARS_EVE, counties: list[int] | None = None
) -> dict[str, int]:
    ASKED.add(code)
    services.recount(notice, force=True)
    return {
        step.name: step.number for step in near_misses.steps(notice, notice.indicator(code), on, counties)
    }


def rows(notice: Notice, code: str, step: str, on: date = NEW_YEARS_EVE) -> list[Any]:
    _ledger, found = near_misses.behind(notice, notice.indicator(code), step, on)
    return sorted(found.values_list("pk", flat=True))


def lapsed(programme: Programme) -> Person:
    return programme.person(expires_on=date(2023, 1, 31))


def renew(programme: Programme, person: Person) -> None:
    programme.set(Certificate.objects.get(person=person), expires_on=date(2033, 1, 31))


def without_certificate(make: Callable[[Programme, Person], Any]) -> Callable[[Programme], Mend]:
    def _make(programme: Programme) -> Mend:
        somebody = lapsed(programme)
        make(programme, somebody)
        return lambda: renew(programme, somebody)

    return _make


def lacking(make: Callable[[Programme], Any], **mended: Any) -> Callable[[Programme], Mend]:
    def _make(programme: Programme) -> Mend:
        row = make(programme)
        return lambda: programme.set(row, **mended)

    return _make


def no_sheet(kind: str) -> Callable[[Programme], Mend]:
    def _make(programme: Programme) -> Mend:
        course = programme.course(JUNE, kind, sign_in=False)
        programme.enrol(course, programme.person())
        return lambda: programme.set(course, has_sign_in=True)

    return _make


def no_result(kind: str) -> Callable[[Programme], Mend]:
    return lacking(
        lambda p: p.trained(p.person(), JUNE, kind, result=Result.ENROLLED), result=Result.COMPLETED
    )


def no_proof(settlement: str) -> Callable[[Programme], Mend]:
    return lacking(
        lambda p: p.job(p.person(), JUNE, proof=Proof.NONE, settlement=settlement), proof=Proof.CONTRACT
    )


def waiting_base(programme: Programme) -> Mend:
    base = programme.base(state=State.CHECKED)
    programme.pay(base, JUNE)
    return lambda: programme.set(base, state=State.APPROVED)


BOARDING = {"payer": 0, "form": CareForm.BOARDING, "boarding_months": 1}

EVERY: dict[tuple[str, str], Callable[[Programme], Mend]] = {
    ("practical_training", "class.has_sign_in"): no_sheet("practical"),
    ("practical_training", "result"): no_result("practical"),
    ("support_bases", "base.state"): waiting_base,
    (NEW, "person.disabled"): without_certificate(lambda p, who: p.job(who, JUNE)),
    (NEW, "proof"): no_proof(Settlement.URBAN),
    (URBAN, "person.disabled"): without_certificate(lambda p, who: p.job(who, JUNE)),
    (URBAN, "proof"): no_proof(Settlement.URBAN),
    (RURAL, "person.disabled"): without_certificate(
        lambda p, who: p.job(who, JUNE, settlement=Settlement.RURAL)
    ),
    (RURAL, "proof"): no_proof(Settlement.RURAL),
    ("graduate_services", "verified"): lacking(
        lambda p: p.graduate(p.person(), JUNE, verified=False), verified=True
    ),
    ("graduate_services", "person.disabled"): without_certificate(lambda p, who: p.graduate(who, JUNE)),
    (VOCATIONAL, "class.has_sign_in"): no_sheet("vocational"),
    (VOCATIONAL, "result"): no_result("vocational"),
    (VOCATIONAL, "person.disabled"): without_certificate(lambda p, who: p.trained(who, JUNE)),
    ("care", "person.disabled"): without_certificate(lambda p, who: p.care(who, JUNE)),
    ("care_purchased", "person.disabled"): without_certificate(lambda p, who: p.care(who, JUNE, payer=0)),
    ("care_boarding", "person.disabled"): without_certificate(lambda p, who: p.care(who, JUNE, **BOARDING)),
    ("care_boarding", "boarding_months"): lacking(
        lambda p: p.care(p.person(), JUNE, **{**BOARDING, "boarding_months": 0}), boarding_months=1
    ),
    ("massage_sessions", "has_plan"): lacking(lambda p: p.event(JUNE, JUNE, has_plan=False), has_plan=True),
    ("massage_sessions", "has_sign_in"): lacking(
        lambda p: p.event(JUNE, JUNE, has_sign_in=False), has_sign_in=True
    ),
}


def test_these_are_all_the_steps_of_2023(work2023: Notice) -> None:
    declared = {
        (indicator.code, name)
        for indicator in work2023.indicators
        for source in indicator.sources
        for name in source.where
        if declaration.get(source.ledger).field(name).lack
    }
    assert set(EVERY) == declared


@pytest.mark.parametrize(("code", "step"), EVERY)
def test_who_lacks_one_thing_counts_as_soon_as_it_is_mended(
    programme: Programme, work2023: Notice, code: str, step: str
) -> None:
    mend = EVERY[code, step](programme)
    assert programme.counts(work2023, code) == {}
    assert steps(work2023, code) == {step: 1}
    assert len(rows(work2023, code, step)) == 1
    mend()
    assert programme.counts(work2023, code) == {0: (1, 0, 0)}
    assert steps(work2023, code) == {}
    assert rows(work2023, code, step) == []


def test_a_row_that_only_waits_for_approval_is_a_step_of_its_own(
    programme: Programme, work2023: Notice
) -> None:
    programme.trained(programme.person(), JUNE, state=State.CHECKED)
    programme.trained(programme.person(1), AUTUMN, state=State.DRAFT)
    assert steps(work2023, VOCATIONAL) == {APPROVAL: 2}
    assert steps(work2023, VOCATIONAL, date(2023, 7, 1)) == {APPROVAL: 1}
    assert steps(work2023, VOCATIONAL, counties=[programme.counties[1].pk]) == {APPROVAL: 1}


def test_who_lacks_two_things_is_on_no_list(programme: Programme, work2023: Notice) -> None:
    programme.job(lapsed(programme), JUNE, proof=Proof.NONE)
    programme.job(programme.person(), JUNE, proof=Proof.NONE, state=State.DRAFT)
    programme.enrol(programme.course(JUNE, sign_in=False), lapsed(programme))
    programme.event(JUNE, JUNE, has_plan=False, has_sign_in=False)
    for indicator in work2023.indicators:
        assert steps(work2023, indicator.code) == {}


def test_what_nobody_can_mend_is_on_no_list(programme: Programme, work2023: Notice) -> None:
    """Too old, employed before, dropped out, another year."""
    programme.job(programme.person(born=date(1960, 1, 1)), JUNE, proof=Proof.NONE)
    somebody = programme.person()
    programme.job(somebody, date(2022, 6, 1))
    programme.job(somebody, JUNE, proof=Proof.NONE)
    programme.trained(programme.person(), JUNE, result=Result.DROPPED)
    programme.trained(programme.person(), date(2022, 6, 1), result=Result.ENROLLED)
    assert steps(work2023, NEW) == {}
    assert steps(work2023, VOCATIONAL) == {}


def test_who_counts_already_is_on_no_list(programme: Programme, work2023: Notice) -> None:
    here, elsewhere, waiting = programme.person(), programme.person(1), programme.person()
    for one in (here, elsewhere):
        programme.trained(one, JUNE)
    programme.trained(waiting, JUNE, state=State.CHECKED)
    course = programme.course(AUTUMN, sign_in=False)
    for one in (here, elsewhere, waiting):
        programme.enrol(course, one)
    assert steps(work2023, VOCATIONAL) == {APPROVAL: 1}
    # In summer none of them lacked anything but what had not happened yet.
    assert steps(work2023, VOCATIONAL, date(2023, 5, 1)) == {}


def test_a_list_is_as_of_its_day(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.enrol(programme.course(JUNE, sign_in=False), somebody)
    programme.trained(somebody, AUTUMN)
    assert steps(work2023, VOCATIONAL, date(2023, 6, 19)) == {}
    assert steps(work2023, VOCATIONAL, JUNE) == {"class.has_sign_in": 1}
    assert steps(work2023, VOCATIONAL) == {}


def test_two_records_of_one_woman_are_one_on_the_list(programme: Programme, work2023: Notice) -> None:
    kept, other = programme.person(), programme.person()
    course = programme.course(JUNE, sign_in=False)
    for one in (kept, other):
        programme.enrol(course, one)
    assert steps(work2023, VOCATIONAL) == {"class.has_sign_in": 2}
    programme.merge(other, kept)
    assert steps(work2023, VOCATIONAL) == {"class.has_sign_in": 1}


def test_on_the_list_of_town_or_of_country(programme: Programme, work2023: Notice) -> None:
    no_proof(Settlement.RURAL)(programme)
    somebody = programme.person()
    programme.job(somebody, JUNE, settlement=Settlement.URBAN)
    # She counts in town; a proof of the second job would not make her count in the country.
    programme.job(somebody, AUTUMN, settlement=Settlement.RURAL, proof=Proof.NONE)
    assert steps(work2023, RURAL) == {"proof": 1}
    assert steps(work2023, URBAN) == {}
    assert steps(work2023, NEW) == {"proof": 1}


def test_the_list_by_township_with_the_largest_first(programme: Programme, work2023: Notice) -> None:
    town = Region.objects.get(key="test-0-town")
    other = Region.objects.get(key="test-1-town")
    course = programme.course(JUNE, sign_in=False)
    for home in (town, other, other, None):
        programme.enrol(course, programme.person(home=home))
    services.recount(work2023)
    ledger, found = near_misses.behind(
        work2023, work2023.indicator(VOCATIONAL), "class.has_sign_in", NEW_YEARS_EVE
    )
    places = near_misses.townships(ledger, found)
    assert places[0] == TownshipCount("乙1镇", 2)
    assert sorted(places[1:], key=lambda place: place.name) == [
        TownshipCount("乙0镇", 1),
        TownshipCount("居住地不详", 1),
    ]


def test_events_and_bases_have_no_township(programme: Programme, work2023: Notice) -> None:
    waiting_base(programme)
    ledger, found = near_misses.behind(
        work2023, work2023.indicator("support_bases"), "base.state", NEW_YEARS_EVE
    )
    assert near_misses.townships(ledger, found) == []


def test_by_the_county_that_would_count(programme: Programme, work2023: Notice) -> None:
    programme.enrol(programme.course(JUNE, sign_in=False), programme.person(2))
    assert steps(work2023, VOCATIONAL, counties=[programme.counties[0].pk]) == {}
    assert steps(work2023, VOCATIONAL, counties=[programme.counties[2].pk]) == {"class.has_sign_in": 1}


def test_steps_say_what_is_lacking(programme: Programme, work2023: Notice) -> None:
    programme.enrol(programme.course(JUNE, sign_in=False), programme.person())
    services.recount(work2023)
    found = near_misses.steps(work2023, work2023.indicator(VOCATIONAL), NEW_YEARS_EVE)
    assert found == [NearMissStep("class.has_sign_in", "缺签到表", 1)]


def test_a_step_that_the_indicator_does_not_have(programme: Programme, work2023: Notice) -> None:
    for code, step in ((VOCATIONAL, "proof"), (VOCATIONAL, "class.kind"), (VOCATIONAL, APPROVAL)):
        with pytest.raises(Unusable) as caught:
            near_misses.behind(work2023, work2023.indicator(code), step, NEW_YEARS_EVE)
        assert caught.value.code == "step_unknown"


def test_the_same_step_in_two_ledgers_of_a_union(programme: Programme, declare: Declare) -> None:
    disabled = 'where = { result = "completed", "person.disabled" = true }'
    notice = declare(
        UNION.replace('where = { result = "completed" }', disabled).replace(
            "where = { handicraft = true }", 'where = { handicraft = true, "person.disabled" = true }'
        )
    )
    trained = programme.trained(lapsed(programme), JUNE)
    works = programme.job(lapsed(programme), JUNE, handicraft=True)
    services.recount(notice, force=True)
    indicator = notice.indicator("helped")
    found = near_misses.steps(notice, indicator, NEW_YEARS_EVE)
    assert [(step.name, step.number, step.source) for step in found] == [
        ("person.disabled", 1, 0),
        ("person.disabled", 1, 1),
    ]
    for source, row in ((0, trained), (1, works), (None, trained)):
        _ledger, listed = near_misses.behind(
            notice, indicator, "person.disabled", NEW_YEARS_EVE, source=source
        )
        assert [one.pk for one in listed] == [row.pk]


def test_no_paper_mends_a_ratio_or_a_typed_figure(programme: Programme, declare: Declare) -> None:
    notice = declare(PLACED + TYPED)
    programme.trained(programme.person(), JUNE, result=Result.ENROLLED)
    assert steps(notice, "placed") == steps(notice, "visits") == {}


def test_every_field_that_may_lack_says_how_it_is_mended() -> None:
    for ledger in declaration.every():
        for field in ledger.fields:
            assert bool(field.lack) == (field.remedy is not None), (ledger.code, field.name)
            if field.remedy is None:
                continue
            code, column, name = ledger.whose(field.name)
            target = declaration.get(code)
            if field.remedy.way == "certificate":
                assert ledger.person is not None
                continue
            assert target.field(name), "the row it is of has the field"
            assert not column or any(f.attname == column for f in ledger.model._meta.concrete_fields)
            if field.remedy.way == "paper":
                assert target.documented and target.field(name).shown_by
            if field.remedy.way == "approve":
                assert target.approved and name == "state"


def test_of_many_indicators_each_source_is_read_once_and_the_answers_are_those_of_each(
    programme: Programme, work2023: Notice
) -> None:
    for make in EVERY.values():
        make(programme)
    ASKED.update(one.code for one in work2023.indicators)
    services.recount(work2023, force=True)
    with CaptureQueriesContext(connection) as caught:
        every = near_misses.every_step(work2023, work2023.indicators, NEW_YEARS_EVE)
    assert sum(len(found) for found in every.values()) >= len(EVERY)
    for counties in (None, [programme.counties[0].pk], [county.pk for county in programme.counties] * 3):
        of_all = near_misses.every_step(work2023, work2023.indicators, NEW_YEARS_EVE, counties)
        for indicator in work2023.indicators:
            alone = near_misses.steps(work2023, indicator, NEW_YEARS_EVE, counties)
            assert of_all[indicator.code] == alone
    # What waits, the registers, nine sources; of the three that are split, who counts for each, and who counted first.
    assert len(caught) <= 15


def test_a_county_is_asked_about_what_others_filed_for_its_people(
    programme: Programme, work2023: Notice
) -> None:
    """Her county answers by her certificate, wherever she was trained; few counties are looked up by indexes, many are not."""
    course = programme.course(JUNE, county=1, sign_in=False)
    programme.enrol(course, programme.person(0))
    own, other = programme.counties[0].pk, programme.counties[1].pk
    assert steps(work2023, VOCATIONAL, counties=[own]) == {"class.has_sign_in": 1}
    assert steps(work2023, VOCATIONAL, counties=[own] * (near_misses.FEW + 1)) == {"class.has_sign_in": 1}
    assert steps(work2023, VOCATIONAL, counties=[other]) == {}


def test_a_query_for_each_step_whatever_there_is(programme: Programme, work2023: Notice) -> None:
    indicator = work2023.indicator(VOCATIONAL)

    def number() -> int:
        services.recount(work2023, force=True)
        with CaptureQueriesContext(connection) as caught:
            near_misses.steps(work2023, indicator, NEW_YEARS_EVE)
        return len(caught)

    few = number()
    course = programme.course(JUNE, sign_in=False)
    for n in range(40):
        programme.enrol(course, programme.person(n % 4))
        programme.trained(lapsed(programme), JUNE)
        programme.trained(programme.person(), AUTUMN, state=State.DRAFT)
    assert number() == few == 3
    assert steps(work2023, VOCATIONAL) == {APPROVAL: 40, "class.has_sign_in": 40, "person.disabled": 40}
