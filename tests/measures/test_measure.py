"""A notice measured: values of every kind, the rows behind them, other maps, and how many queries it takes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.cli.official import lines, plain
from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.measures import services
from qiaojie.measures.models import ValuePart
from qiaojie.measures.queries import Measurement, Value, behind, measure
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Region
from qiaojie.regions.queries import edition
from tests.kept import rolled_back, settle
from tests.regions.small import plant

from .conftest import Declare
from .programme import NEW_YEARS_EVE, Programme
from .test_definitions_algebra import MONEY, PASSED, PLACED, TYPED, UNION

VOCATIONAL = "vocational_training"
MARCH, JUNE, AUTUMN = date(2023, 3, 10), date(2023, 6, 20), date(2023, 10, 5)
TOGETHER = {"江北区": 34, "渝北区": 65, "两江新区": 10}
"""What became one unit in 2026."""


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The small tree, loaded once for these tests; each test's own changes are undone as ever."""
    with django_db_blocker.unblock(), rolled_back():
        plant()
        settle()
        yield


@pytest.fixture
def chongqing(loaded: None, db: None) -> Programme:
    """A programme in the 41 units of 2023, in their order."""
    units = Region.objects.in_bulk(edition("chongqing-2023").unit_ids)
    return Programme([units[pk] for pk in edition("chongqing-2023").unit_ids])


def place(programme: Programme, name: str) -> int:
    return next(
        n for n, unit in enumerate(programme.counties) if unit.name == name or unit.short_name == name
    )


def measured(programme: Programme, notice: Notice, on: date = NEW_YEARS_EVE, **asked: Any) -> Measurement:
    services.recount(notice, force=True)
    return measure(notice, on, SystemViewer(), **asked)


def by_name(found: Measurement, code: str) -> dict[str, Value]:
    return {"".join(unit.name.split()): unit.values[code] for unit in found.units}


def queries_of(run: Any) -> int:
    with CaptureQueriesContext(connection) as caught:
        run()
    return len(caught)


# --- other maps -----------------------------------------------------------------------------------------------------


def test_the_new_unit_of_2026_has_what_its_three_parts_had(chongqing: Programme, work2023: Notice) -> None:
    for name, number in TOGETHER.items():
        for _ in range(number):
            chongqing.trained(chongqing.person(place(chongqing, name)), JUNE)
    then = by_name(measured(chongqing, work2023), VOCATIONAL)
    assert {name: then[name].approved for name in TOGETHER} == TOGETHER
    now = by_name(measured(chongqing, work2023, edition="chongqing-2026"), VOCATIONAL)
    assert now["两江新区"].approved == sum(TOGETHER.values()) == 109
    assert now["两江新区"].target == sum(then[name].target or 0 for name in TOGETHER)
    assert "江北区" not in now and "渝北区" not in now
    # The rows of 2023 stay as they were.
    assert by_name(measured(chongqing, work2023), VOCATIONAL) == then


@pytest.mark.parametrize("seed", range(3))
def test_every_unit_of_another_map_is_the_sum_of_what_went_into_it(
    chongqing: Programme, work2023: Notice, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(120):
        person = chongqing.person(chance.randrange(41))
        day, state = (
            MARCH + timedelta(days=chance.randrange(290)),
            chance.choice([State.APPROVED, State.DRAFT]),
        )
        act = chance.randrange(4)
        if act == 0:
            chongqing.trained(person, day, state=state)
        elif act == 1:
            chongqing.trained(person, day, "practical", state=state)
        elif act == 2:
            chongqing.care(person, day, payer=chance.randrange(41), state=state)
        else:
            chongqing.job(person, day, state=state)
    on = MARCH + timedelta(days=chance.randrange(290))
    old = measured(chongqing, work2023, on)
    new = measured(chongqing, work2023, on, edition="chongqing-2026")
    unit_of = edition("chongqing-2026").unit_of
    for indicator in work2023.indicators:
        sums: dict[int, tuple[int, int]] = {}
        for unit in old.units:
            value, into = unit.values[indicator.code], unit_of[unit.region_id]
            approved, pending = sums.get(into, (0, 0))
            sums[into] = approved + (value.approved or 0), pending + (value.pending or 0)
        for unit in new.units:
            value = unit.values[indicator.code]
            assert (value.approved, value.pending) == sums[unit.region_id], (indicator.code, unit.name)
        assert old.total[indicator.code].approved == new.total[indicator.code].approved
    assert new.outside == {}


def test_rows_behind_a_unit_of_another_map(chongqing: Programme, work2023: Notice) -> None:
    rows = [chongqing.trained(chongqing.person(place(chongqing, name)), JUNE) for name in TOGETHER]
    chongqing.trained(chongqing.person(place(chongqing, "万州区")), JUNE)
    services.recount(work2023, force=True)
    unit = next(u for u in edition("chongqing-2026").units if u.name == "两江新区").region_id
    _ledger, found = behind(work2023, VOCATIONAL, unit, NEW_YEARS_EVE, edition="chongqing-2026")
    assert sorted(found.values_list("pk", flat=True)) == sorted(row.pk for row in rows)


# --- values ---------------------------------------------------------------------------------------------------------


def test_a_ratio_has_both_numbers_and_who_is_not_due(chongqing: Programme, declare: Declare) -> None:
    notice = declare(PLACED)
    people = [chongqing.person(0) for _ in range(5)]
    for person in people[:4]:
        chongqing.trained(person, MARCH)
    chongqing.trained(people[4], AUTUMN)
    chongqing.job(people[0], JUNE)
    chongqing.trained(chongqing.person(1), AUTUMN, filed_by=chongqing.counties[1])
    found = measured(chongqing, notice)
    first, second = (found.units[n].values["placed"] for n in (0, 1))
    assert (first.approved, first.cohort, first.waiting, first.share) == (1, 4, 1, 25.0)
    assert (first.pending, first.elsewhere) == (None, None)
    # Where nobody is due there is no share, and it is not 0.
    assert (second.approved, second.cohort, second.waiting, second.share) == (0, 0, 1, None)
    total = found.total["placed"]
    # Both numbers are added up, never the percentages.
    assert (total.approved, total.cohort, total.waiting, total.share) == (1, 4, 2, 25.0)
    assert (total.target, total.ratio) == (50, 0.5)
    printed = lines(found)
    assert printed[1].endswith("合计 1 ÷ 4 = 25% / 50%，未到期 2")
    assert "0 ÷ 0 = — / —，未到期 1" in printed[3]
    assert plain(found)["total"]["placed"] == {"target": 50, "approved": 1, "pending": None, "doubtful": 0}


def test_percentages_are_never_added_up(chongqing: Programme, declare: Declare) -> None:
    names = ["".join(unit.label.split()) for unit in edition("chongqing-2023").units]

    def targets(other: str) -> str:
        given = {"江北区": other}
        return "单位\tpassed\n" + "".join(f"{name}\t{given.get(name, '70')}\n" for name in names)

    notice = declare(PASSED, targets("70"))
    assert measured(chongqing, notice).total["passed"].target == 70
    assert by_name(measured(chongqing, notice, edition="chongqing-2026"), "passed")["两江新区"].target == 70


def test_parts_of_a_merged_unit_that_had_different_percentages_have_none_together(
    chongqing: Programme, declare: Declare
) -> None:
    names = ["".join(unit.label.split()) for unit in edition("chongqing-2023").units]
    lower = "".join(f"{name}\t{60 if name == '江北区' else 70}\n" for name in names)
    notice = declare(PASSED, f"单位\tpassed\n{lower}")
    assert measured(chongqing, notice).total["passed"].target is None
    now = by_name(measured(chongqing, notice, edition="chongqing-2026"), "passed")
    assert (now["两江新区"].target, now["万州区"].target) == (None, 70)


@pytest.mark.parametrize(("unit", "shown", "total"), [("元", (10_001, 30_000), 40_001), ("万元", (1, 3), 4)])
def test_money_is_shown_in_the_indicators_unit(
    chongqing: Programme, declare: Declare, unit: str, shown: tuple[int, int], total: int
) -> None:
    notice = declare(MONEY % unit)
    chongqing.pay(chongqing.base(), MARCH, 1_000_050)
    chongqing.pay(chongqing.base(), MARCH, 3_000_000, filed_by=chongqing.counties[1])
    found = measured(chongqing, notice)
    assert tuple(found.units[n].values["paid"].approved for n in (0, 1)) == shown
    assert found.total["paid"].approved == total


def test_the_total_of_money_is_rounded_once(chongqing: Programme, declare: Declare) -> None:
    notice = declare(MONEY % "元")
    for n in range(4):
        chongqing.pay(chongqing.base(), MARCH, 25, filed_by=chongqing.counties[n])
    found = measured(chongqing, notice)
    assert [found.units[n].values["paid"].approved for n in range(4)] == [0, 0, 0, 0]
    assert found.total["paid"].approved == 1


def test_json_has_the_numbers_of_every_value(chongqing: Programme, work2023: Notice) -> None:
    chongqing.trained(chongqing.person(0), JUNE)
    chongqing.trained(chongqing.person(0), JUNE, state=State.DRAFT)
    found = plain(measured(chongqing, work2023))
    assert all(
        set(value) == {"target", "approved", "pending", "doubtful"}
        for unit in found["regions"]
        for value in unit["values"].values()
    )
    assert found["regions"][0]["values"][VOCATIONAL] == {
        "target": 307, "approved": 1, "pending": 1, "doubtful": 0,
    }  # fmt: skip


def test_what_the_map_does_not_have_is_said(chongqing: Programme, work2023: Notice) -> None:
    elsewhere = Region.objects.create(key="x", name="某县", short_name="某县", level=3, kind="county")
    chongqing.counties.append(elsewhere)
    chongqing.trained(chongqing.person(41), JUNE)
    assert measured(chongqing, work2023).outside == {VOCATIONAL: 1}


def test_a_typed_figure_and_a_union_open_to_their_rows(chongqing: Programme, declare: Declare) -> None:
    notice = declare(TYPED + UNION)
    typed = chongqing.type(notice, "visits", MARCH, 12)
    job = chongqing.job(chongqing.person(0), MARCH, handicraft=True)
    found = measured(chongqing, notice)
    assert found.total["visits"].approved == 12
    ledger, rows = behind(notice, "visits", None, NEW_YEARS_EVE)
    assert (ledger.code, [row.pk for row in rows]) == ("typed_figures", [typed.pk])
    ledger, rows = behind(notice, "helped", None, NEW_YEARS_EVE, source=1)
    assert (ledger.code, [row.pk for row in rows]) == ("employments", [job.pk])


def test_what_is_not_measured_has_no_rows(chongqing: Programme, declare: Declare) -> None:
    notice = declare(
        '[[indicators]]\ncode = "open"\nlabel = "待定"\nunit = "人"\ndefinition = "尚无台账。"\n'
    )
    assert measured(chongqing, notice).total["open"] == Value()
    with pytest.raises(Unusable) as caught:
        behind(notice, "open", None, NEW_YEARS_EVE)
    assert caught.value.code == "not_measured"


# --- cost -----------------------------------------------------------------------------------------------------------


def test_measuring_takes_few_queries_whatever_there_is(chongqing: Programme, work2023: Notice) -> None:
    chongqing.trained(chongqing.person(0), JUNE)
    services.recount(work2023)
    edition("chongqing-2023")
    few = queries_of(lambda: measure(work2023, NEW_YEARS_EVE, SystemViewer()))
    for n in range(60):
        person = chongqing.person(n % 41)
        chongqing.trained(person, JUNE)
        chongqing.job(person, JUNE)
        chongqing.care(person, JUNE, payer=n % 41)
    services.recount(work2023, force=True)
    many = queries_of(lambda: measure(work2023, NEW_YEARS_EVE, SystemViewer()))
    other = queries_of(lambda: measure(work2023, NEW_YEARS_EVE, SystemViewer(), edition="chongqing-2026"))
    assert few == many <= 10
    assert other <= 10


@pytest.mark.parametrize("part", [ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE])
def test_the_rows_behind_a_number_are_one_query(
    chongqing: Programme, work2023: Notice, part: ValuePart
) -> None:
    for n in range(20):
        chongqing.trained(chongqing.person(n), JUNE, state=[State.APPROVED, State.DRAFT][n % 2])
    services.recount(work2023)
    unit = edition("chongqing-2023").units[0].region_id

    def rows() -> None:
        list(behind(work2023, VOCATIONAL, unit, NEW_YEARS_EVE, part)[1])

    assert queries_of(rows) <= 3
