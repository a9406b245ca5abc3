"""Targets split to townships and villages show what is reached there, and the lines add up to the county's number."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import State
from qiaojie.measures import queries, services, townships
from qiaojie.measures.models import ValuePart
from qiaojie.measures.townships import Below
from qiaojie.notices import queries as notices
from qiaojie.notices import services as targets
from qiaojie.notices.targets.splitting import Method
from qiaojie.people.models import Person
from qiaojie.regions.models import Level, Region, RegionKind
from tests.web import factories
from tests.web.factories import NOTICE

pytestmark = pytest.mark.django_db

CODE = "vocational_training"
ON = date(2023, 12, 31)
Numbers = dict[str, tuple[int | None, int | None, int | None]]


class County:
    """涪陵区 with two streets, and an approver of it."""

    def __init__(self) -> None:
        self.regions = factories.tree()
        self.county, self.first, self.second = (
            self.regions[name] for name in ("涪陵区", "甲0街道", "甲1街道")
        )
        self.viewer = UserViewer(factories.account("approver", self.county, Role.APPROVER))
        self.people = [factories.person(number, self.county) for number in range(8)]
        self.held = factories.training_class(self.county, "编织班")

    def split(self, first: int, second: int, code: str = CODE, by: Region | None = None) -> None:
        numbers = {self.first.pk: first, self.second.pk: second}
        targets.split(
            notices.notice(NOTICE), code, (by or self.county).pk, numbers, Method.HAND, self.viewer, reason="分到街道"
        )  # fmt: skip

    def below(self, region: Region | None = None, on: date = ON) -> Below | None:
        notice = notices.notice(NOTICE)
        services.recount(notice, force=True)
        return townships.below(queries.measure(notice, on, self.viewer), region or self.county)

    def lines(self, code: str = CODE, region: Region | None = None) -> Numbers:
        found = self.below(region)
        assert found is not None
        assert_adds_up(found)
        return {
            one.name: (one.values[code].target, one.values[code].approved, one.values[code].pending)
            for one in found.lines
        }


def assert_adds_up(found: Below) -> None:
    for indicator in found.indicators:
        for part in ("approved", "pending"):
            added = sum(getattr(one.values[indicator.code], part) or 0 for one in found.lines)
            assert added == (getattr(found.total[indicator.code], part) or 0), (indicator.code, part)


@pytest.fixture
def county() -> County:
    return County()


def lives(person: Person, **at: Region | None) -> None:
    Person.objects.filter(pk=person.pk).update(**at)


def test_a_woman_counts_where_she_is_registered_else_where_she_lives_else_where_it_was_filed(
    county: County,
) -> None:
    there, lived, neither, far, stranger, waiting = county.people[:6]
    lives(there, hukou=county.first, home=county.second)
    lives(lived, hukou=county.county, home=county.second)
    lives(far, hukou=county.regions["万州区"], home=county.second)
    lives(stranger, hukou=county.regions["万州区"], home=county.regions["万州区"])
    lives(waiting, hukou=county.second)
    factories.enrol(county.held, [there, lived, neither, far, stranger])
    factories.enrol(county.held, [waiting], State.DRAFT)
    filed = factories.training_class(county.first, "街道班")
    factories.enrol(filed, [county.people[6]])
    county.split(100, 115)
    assert county.lines() == {
        "甲0街道": (100, 2, 0),
        "甲1街道": (115, 2, 1),
        "": (None, 2, 0),
    }


def test_nothing_is_said_where_nothing_was_split(county: County) -> None:
    assert county.below() is None
    assert county.below(county.first) is None
    notice = notices.notice(NOTICE)
    measured = queries.measure(notice, ON, county.viewer)
    assert townships.line(measured, county.first) is None


def test_who_was_merged_counts_where_the_record_kept_says(county: County) -> None:
    kept, other = county.people[:2]
    lives(kept, hukou=county.first)
    lives(other, hukou=county.second, canonical=kept)
    factories.enrol(county.held, [kept])
    factories.enrol(factories.training_class(county.county, "另一班", ends=date(2023, 7, 9)), [other])
    county.split(100, 115)
    assert county.lines() == {"甲0街道": (100, 1, 0), "甲1街道": (115, 0, 0)}


def test_a_number_opens_to_the_people_of_the_township_and_of_none(county: County) -> None:
    here, there, lost = county.people[:3]
    lives(here, hukou=county.first)
    lives(there, hukou=county.second)
    factories.enrol(county.held, [here, there, lost])
    county.split(100, 115)
    county.below()
    notice, view = notices.notice(NOTICE), queries.measure(notices.notice(NOTICE), ON, county.viewer).view

    def people(place: Region, *, rest: bool = False) -> list[int]:
        ledger, rows = queries.behind(notice, CODE, county.county.pk, ON, ValuePart.APPROVED)
        found = townships.narrowed(notice, view, ledger, rows, place, rest=rest)
        return list(found.values_list("person_id", flat=True))

    assert people(county.first) == [here.pk]
    assert people(county.second) == [there.pk]
    assert people(county.county, rest=True) == [lost.pk]
    measured = queries.measure(notice, ON, county.viewer)
    value = townships.value_in(measured, notice.indicator(CODE), county.first, rest=False)
    assert (value.target, value.approved) == (100, 1)
    assert townships.value_in(measured, notice.indicator(CODE), county.county, rest=True).approved == 1


def test_a_township_splits_to_its_villages_and_they_add_up_to_it(county: County) -> None:
    last = Region.objects.order_by("-last").first()
    assert last is not None
    # A village of its own beneath the second street, whose numbers have room for it: the tree is made wider for that.
    Region.objects.filter(first__gt=county.second.last).update(first=F("first") + 10, last=F("last") + 10)
    Region.objects.filter(pk__in=[county.county.pk, county.second.pk]).update(last=F("last") + 10)
    for name in ("全国", "重庆市"):
        Region.objects.filter(pk=county.regions[name].pk).update(last=last.last + 10)
    county.second.refresh_from_db()
    county.county.refresh_from_db()
    villages = [
        Region.objects.create(
            key=f"village{n}", name=f"乙{n}村", short_name=f"乙{n}村", level=Level.VILLAGE,
            kind=RegionKind.VILLAGE, parent=county.second, first=county.second.first + n, last=county.second.first + n,
        )
        for n in (1, 2)
    ]  # fmt: skip
    here, there, street = county.people[:3]
    lives(here, hukou=villages[0])
    lives(there, hukou=county.county, home=villages[1])
    lives(street, hukou=county.second)
    factories.enrol(county.held, [here, there, street])
    county.split(100, 115)
    targets.split(
        notices.notice(NOTICE), CODE, county.second.pk, {villages[0].pk: 15, villages[1].pk: 100}, Method.HAND,
        county.viewer, reason="分到村",
    )  # fmt: skip
    assert county.lines()["甲1街道"] == (115, 3, 0)
    assert county.lines(region=county.second) == {"乙1村": (15, 1, 0), "乙2村": (100, 1, 0), "": (None, 1, 0)}
    notice = notices.notice(NOTICE)
    measured = queries.measure(notice, ON, county.viewer)
    own = townships.line(measured, county.second)
    assert own is not None and own.values[CODE].approved == 3


def test_the_cost_does_not_grow_with_indicators_people_or_townships(county: County) -> None:
    factories.enrol(county.held, county.people[:2])
    county.split(100, 115)

    def cost() -> int:
        measured = queries.measure(notices.notice(NOTICE), ON, county.viewer)
        with CaptureQueriesContext(connection) as caught:
            townships.below(measured, county.county)
        return len(caught)

    county.below()
    once = cost()
    assert once <= 8
    county.split(1, 0, "support_bases")
    factories.enrol(county.held, county.people[2:])
    services.recount(notices.notice(NOTICE), force=True)
    assert cost() == once
