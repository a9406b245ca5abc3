"""Targets after the notice: adjusted, added to, split; every version kept, and nobody changes the superior's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry, Role
from qiaojie.ledgers import journal
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.notices import queries, services
from qiaojie.notices.models import Target, TargetVersion
from qiaojie.notices.targets.figures import Origin, Targets, exceeding
from qiaojie.notices.targets.splitting import Method
from qiaojie.people.models import Certificate, Person, Sex
from qiaojie.regions.models import Region
from tests.notices.conftest import INDICATORS, Writer, grid
from tests.notices.deciding import CODE, office, place, work

pytestmark = pytest.mark.usefixtures("tree")


def now() -> Targets:
    return queries.targets(work())


def unit(name: str, targets: Targets | None = None) -> Any:
    region = place(name)
    return next(one for one in (targets or now()).units if one.region_id == region.pk)


def counted(act: Callable[[], object]) -> int:
    """Queries of a read, once what is kept in the process has been read."""
    act()
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)


def adjust(figures: dict[str, int], by: str = "重庆市", **given: str) -> TargetVersion:
    said = {"reason": "年中调整", "document": "渝残联发〔2023〕80号", **given}
    return services.adjust(
        work(), CODE, {place(name).pk: value for name, value in figures.items()}, office(by), **said
    )


def add(name: str, value: int, by: str | None = None) -> TargetVersion:
    return services.add_locally(
        work(), CODE, place(name).pk, value, office(by or name), reason="区里加码，璧残联发〔2023〕13号"
    )


def fengdu(method: Method = Method.EQUAL, weights: list[int] | None = None, **given: Any) -> TargetVersion:
    parent = place("丰都县")
    held = queries.children(work(), parent.pk)
    numbers = {child.region_id: (weights or [0] * len(held))[n] for n, child in enumerate(held)}
    said = {"reason": "分解到乡镇街道", "viewer": office("丰都县"), **given}
    return services.split(work(), CODE, parent.pk, numbers, method, **said)


def refused(act: Callable[[], object], code: str) -> str:
    before = Target.objects.count(), TargetVersion.objects.count()
    with pytest.raises(Unusable) as wrong:
        act()
    assert wrong.value.code == code
    assert (Target.objects.count(), TargetVersion.objects.count()) == before
    return wrong.value.message


# --- what holds -----------------------------------------------------------------------------------------------------


def test_a_unit_adds_to_what_it_was_given_and_the_city_still_counts_what_it_gave() -> None:
    add("璧山区", 100)
    bishan = unit("璧山区")
    assert (bishan.figures[CODE], bishan.local, bishan.held(CODE)) == (95, {CODE: 100}, 100)
    targets = now()
    assert (targets.total[CODE], targets.added(CODE), targets.difference(CODE)) == (5000, 5000, 0)
    assert bishan.origins[CODE] == Origin.TABLE and targets.origins[CODE] == Origin.TABLE
    found = measures.measure(work(), date(2023, 12, 31), office("重庆市"))
    value = next(row.values[CODE] for row in found.units if row.name == "璧山区")
    assert (value.target, value.local, found.total[CODE].target) == (95, 100, 5000)


def test_a_local_addition_only_adds() -> None:
    message = refused(lambda: add("璧山区", 94), "local_below_issued")
    assert "94" in message and "95" in message
    refused(lambda: add("璧山区", 95), "target_same")
    refused(lambda: add("璧山区", -1), "target_negative")
    street = queries.children(work(), place("璧山区").pk)[0].region_id
    refused(
        lambda: services.add_locally(work(), CODE, street, 5, office("重庆市"), reason="加"), "not_a_unit"
    )
    add("璧山区", 100)
    add("璧山区", 95)
    assert unit("璧山区").local == {}


def test_an_addition_that_the_issued_figure_overtakes_holds_no_longer() -> None:
    add("璧山区", 100)
    adjust({"璧山区": 105})
    assert (unit("璧山区").figures[CODE], unit("璧山区").local) == (105, {})
    adjust({"璧山区": 90})
    assert unit("璧山区").held(CODE) == 100


def test_an_adjustment_moves_the_total_with_the_units() -> None:
    adjust({"丰都县": 130, "石柱县": 76})
    targets = now()
    assert (unit("丰都县").figures[CODE], unit("石柱县").figures[CODE]) == (130, 76)
    assert (targets.total[CODE], targets.difference(CODE), targets.printed[CODE]) == (5000, 0, 5000)
    adjust({"丰都县": 141})
    targets = now()
    assert (targets.total[CODE], targets.origins[CODE], targets.difference(CODE)) == (
        5011,
        Origin.ADJUSTED,
        0,
    )
    assert unit("丰都县").origins[CODE] == Origin.ADJUSTED
    assert targets.total["care"] == 20441


def test_a_total_set_for_the_whole_area_stays_and_shows_what_is_not_given_out() -> None:
    adjust({"重庆市": 5100})
    targets = now()
    assert (targets.total[CODE], targets.added(CODE), targets.difference(CODE)) == (5100, 5000, -100)
    found = measures.measure(work(), date(2023, 12, 31), office("重庆市"))
    assert found.total[CODE].target == 5100
    adjust({"丰都县": 241})
    assert (now().total[CODE], now().difference(CODE)) == (5100, 0)


def test_an_adjustment_needs_a_reason_a_document_a_unit_and_a_change() -> None:
    refused(lambda: adjust({"丰都县": 150}, reason=" "), "reason_missing")
    refused(lambda: adjust({"丰都县": 150}, document=""), "document_missing")
    refused(lambda: adjust({"丰都县": 141}), "target_same")
    refused(lambda: adjust({"丰都县": -1}), "target_negative")
    refused(lambda: adjust({"吉林省": 5}), "not_a_unit")
    refused(lambda: adjust({}), "not_a_unit")


def test_the_texts_figure_stands_beside_the_tables_with_the_choice_made() -> None:
    (conflict,) = now().conflicts
    assert (conflict.indicator, conflict.text, conflict.table, conflict.holds) == (
        "care",
        20000,
        20441,
        Origin.TABLE,
    )
    assert "以表为准" in conflict.reason and conflict.on is not None
    assert now().origins["care"] == Origin.TABLE


def test_what_the_text_alone_gives_is_split_over_the_units() -> None:
    notice = queries.notice("jilin-2018")
    province = place("吉林省")
    assert queries.targets(notice).origins == {
        "handicraft_training": Origin.TEXT,
        "handicraft_employment": Origin.TEXT,
    }
    held = queries.children(notice, province.pk)
    numbers = {child.region_id: weight for weight, child in enumerate(held, start=1)}
    services.split(
        notice,
        "handicraft_training",
        province.pk,
        numbers,
        Method.NEED,
        office("吉林省"),
        reason="分解到市州",
    )
    targets = queries.targets(notice)
    assert (targets.total["handicraft_training"], targets.added("handicraft_training")) == (2000, 2000)
    assert {one.origins.get("handicraft_training") for one in targets.units} == {Origin.SPLIT}
    assert targets.added("handicraft_employment") is None


@pytest.mark.parametrize(("choice", "total"), [("table", 140), ("text", 150)])
def test_a_total_that_the_text_gives_is_not_moved_by_one_unit(
    write: Writer, settings: Any, choice: str, total: int
) -> None:
    more = INDICATORS.replace('label = "培训"', 'label = "培训"\ntarget_text = 150', 1) + (
        '[[acknowledged]]\nfinding = "text_differs_from_table"\nkey = "indicators.training.target_text"\n'
        f'reason = "说明。"\non = 2020-05-01\nchoice = "{choice}"\n'
    )
    settings.NOTICE_DIRS = [write(more, targets=grid())]
    notice = queries.notice("trial-2020")
    (conflict,) = queries.targets(notice).conflicts
    assert (conflict.holds, conflict.reason) == (choice, "说明。")
    city = place("重庆市")
    units = {child.region_id: 1 for child in queries.children(notice, city.pk)}
    services.split(notice, "training", city.pk, units, Method.EQUAL, office("重庆市"), reason="重新分解")
    assert queries.targets(notice).total["training"] == queries.targets(notice).added("training") == total
    services.adjust(
        notice, "training", {place("石柱县").pk: 20}, office("重庆市"), reason="调", document="1号"
    )
    moved = queries.targets(notice)
    by_unit = moved.added("training")
    assert moved.total["training"] == (total if choice == "text" else by_unit)
    assert by_unit == total + 20 - 10


def test_a_part_larger_than_its_whole_is_told() -> None:
    fuling = place("涪陵区").pk
    figures = {fuling: {"care": 10, "care_purchased": 11, "care_boarding": None}}
    assert exceeding(work(), figures) == [(fuling, "care_purchased", "care")]
    assert exceeding(work(), {one.region_id: one.figures for one in now().units}) == []


# --- splitting ------------------------------------------------------------------------------------------------------


def test_a_county_splits_over_its_townships_and_the_sum_is_its_own() -> None:
    parent = place("丰都县").pk
    townships = queries.children(work(), parent)
    assert len(townships) > 20
    version = fengdu(Method.NEED, list(range(len(townships))))
    (given,) = queries.targets_below(work(), parent).values()
    assert (given.total, given.added, given.difference) == (141, 141, 0)
    assert list(given.values) == [child.region_id for child in townships]
    assert given.values[townships[0].region_id] == 0
    assert given.weights[townships[3].region_id] == 3
    assert (version.number, given.number, given.method, given.by) == (1, 1, Method.NEED, version.by)
    assert queries.held(work(), townships[-1].region_id)[CODE] == given.values[townships[-1].region_id]
    assert queries.targets_below(work(), place("石柱县").pk) == {}


def test_a_county_splits_what_it_set_itself_and_sees_when_its_own_has_changed() -> None:
    add("丰都县", 150)
    fengdu()
    parent = place("丰都县").pk
    assert queries.targets_below(work(), parent)[CODE].added == 150
    adjust({"丰都县": 160})
    given = queries.targets_below(work(), parent)[CODE]
    assert (given.total, given.added, given.difference) == (160, 150, -10)
    assert fengdu().number == 2
    assert queries.targets_below(work(), parent)[CODE].difference == 0


def test_ties_fall_in_the_order_of_the_tree_whoever_asks() -> None:
    parent = place("丰都县")
    townships = [child.region_id for child in queries.children(work(), parent.pk)]
    backwards = dict.fromkeys(reversed(townships), 1)
    services.split(work(), CODE, parent.pk, backwards, Method.EQUAL, office("丰都县"), reason="平均")
    values = list(queries.targets_below(work(), parent.pk)[CODE].values.values())
    assert values == sorted(values, reverse=True)


def test_typed_parts_must_add_up() -> None:
    count = len(queries.children(work(), place("丰都县").pk))
    message = refused(lambda: fengdu(Method.HAND, [6] * count), "split_sum_differs")
    assert str(6 * count) in message and "141" in message and str(6 * count - 141) in message
    fengdu(Method.HAND, [141 - (count - 1), *[1] * (count - 1)], minimum=1)
    given = queries.targets_below(work(), place("丰都县").pk)[CODE]
    assert (given.added, given.weights) == (141, {})


def test_only_what_lies_directly_beneath_and_has_a_target_is_split() -> None:
    parent, other = place("丰都县"), place("石柱县")
    stranger = queries.children(work(), other.pk)[0].region_id

    def ask(code: str, region: Region, numbers: dict[int, int]) -> None:
        services.split(work(), code, region.pk, numbers, Method.EQUAL, office("重庆市"), reason="试")

    refused(lambda: ask(CODE, parent, {stranger: 1}), "not_children")
    refused(lambda: ask(CODE, parent, {}), "no_children")
    refused(lambda: ask("dreams", parent, {stranger: 1}), "indicator_unknown")
    street = queries.children(work(), parent.pk)[0].region_id
    refused(lambda: ask(CODE, Region.objects.get(pk=street), {stranger: 1}), "not_children")
    refused(lambda: fengdu(reason=""), "reason_missing")
    nation = queries.notice("national-2017")
    jilin = place("吉林省").pk
    cities = {child.region_id: 1 for child in queries.children(nation, jilin)}
    refused(
        lambda: services.split(
            nation, "handicraft_training", jilin, cities, Method.EQUAL, office("吉林省"), reason="试"
        ),
        "no_target",
    )


def test_a_ratio_is_not_split(write: Writer, settings: Any) -> None:
    settings.NOTICE_DIRS = [
        write(
            INDICATORS.replace('"人"', '"%"').replace('label = "培训"', 'label = "培训"\ntarget_text = 70', 1)
        )
    ]
    notice = queries.notice("trial-2020")
    root = place("重庆市").pk
    units = {child.region_id: 1 for child in queries.children(notice, root)}
    refused(
        lambda: services.split(notice, "training", root, units, Method.EQUAL, office("重庆市"), reason="试"),
        "ratio_not_split",
    )


def test_a_zone_splits_over_the_townships_of_what_it_overlaps() -> None:
    names = {child.name for child in queries.children(work(), place("万盛经开区").pk)}
    assert {"万盛街道", "黑山镇"} <= names
    assert len(queries.children(work(), place("重庆市").pk)) == 41
    assert queries.children(work(), place("吉林省").pk) == ()


def test_a_later_split_leaves_nothing_with_whom_it_does_not_name() -> None:
    fengdu()
    parent = place("丰都县")
    first, second = [child.region_id for child in queries.children(work(), parent.pk)][:2]
    services.split(work(), CODE, parent.pk, {second: 1}, Method.EQUAL, office("丰都县"), reason="集中到一镇")
    assert queries.targets_below(work(), parent.pk)[CODE].values == {second: 141}
    assert queries.held(work(), first)[CODE] is None
    steps = queries.history(work(), CODE, first)
    assert [(step.title, step.value is None, step.current) for step in steps] == [
        ("分解第1版", False, False),
        ("分解第2版", True, False),
    ]


# --- versions -------------------------------------------------------------------------------------------------------


def test_every_version_stays_with_who_when_and_why() -> None:
    adjust({"璧山区": 97})
    add("璧山区", 100)
    adjust({"璧山区": 96}, document="渝残联发〔2023〕90号")
    steps = queries.history(work(), CODE, place("璧山区").pk)
    assert [(step.title, step.value, step.current) for step in steps] == [
        ("任务表", 95, False),
        ("调整第1版", 97, False),
        ("自加第1版", 100, True),
        ("调整第2版", 96, True),
    ]
    assert (steps[0].number, steps[0].document, steps[0].day) == (0, "渝残联发〔2023〕25号", date(2023, 3, 7))
    assert (steps[2].giver, steps[3].giver, steps[3].document) == (
        "璧山区",
        "重庆市",
        "渝残联发〔2023〕90号",
    )
    assert all(step.reason and step.by and step.at for step in steps[1:])


def test_the_whole_area_has_a_history_too() -> None:
    adjust({"重庆市": 5100, "丰都县": 241})
    steps = queries.history(work(), CODE, place("重庆市").pk)
    assert [(step.title, step.value, step.current) for step in steps] == [
        ("任务表", 5000, False),
        ("调整第1版", 5100, True),
    ]
    assert [step.value for step in queries.history(work(), CODE, place("丰都县").pk)] == [141, 241]
    with pytest.raises(Unusable) as unknown:
        queries.history(work(), "dreams", place("丰都县").pk)
    assert unknown.value.code == "indicator_unknown"


def test_every_decision_is_journalled() -> None:
    version = fengdu()
    for model, key in ((TargetVersion, version.pk), (Target, version.targets.last().pk)):
        (line,) = journal.history(model, key)
        assert (line.act, line.actor, line.purpose) == ("create", version.by, "分解到乡镇街道")


def test_the_database_keeps_versions_apart() -> None:
    version = add("璧山区", 100)
    same = {"notice": version.notice, "indicator": CODE, "region": version.region, "reason": "x", "by": "x"}
    for wrong in ({"origin": "local", "number": 1}, {"origin": "table", "number": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TargetVersion.objects.create(**same, **wrong)


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda: adjust({"璧山区": 90}, by="璧山区"),
        lambda: add("璧山区", 100, by="丰都县"),
        lambda: fengdu(viewer=office("石柱县")),
        lambda: fengdu(viewer=office("丰都县", Role.CLERK)),
        lambda: fengdu(viewer=office("丰都县", Role.LEADER)),
        lambda: services.split(
            work(),
            CODE,
            place("重庆市").pk,
            {place("丰都县").pk: 1},
            Method.EQUAL,
            office("丰都县"),
            reason="抢",
        ),
    ],
    ids=["county against city", "another county adds", "another splits", "clerk", "reader", "county as city"],
)
def test_who_may_not_is_refused_and_the_attempt_is_logged(act: Callable[[], object]) -> None:
    with pytest.raises(Refused):
        act()
    assert not TargetVersion.objects.exists()
    entry = AccessEntry.objects.latest("pk")
    assert (entry.action, entry.done, entry.subject.split("/")[:3]) == (
        "approve",
        False,
        ["target", "chongqing-work-2023", CODE],
    )


def test_what_was_done_is_logged_with_its_reason() -> None:
    add("璧山区", 100)
    entry = AccessEntry.objects.latest("pk")
    assert (entry.done, entry.rows, entry.purpose) == (True, 1, "区里加码，璧残联发〔2023〕13号")


# --- need -----------------------------------------------------------------------------------------------------------


def person(county: Region | None, home: Region | None, born: int = 1980, **given: Any) -> Person:
    made = Person.objects.create(
        name="王桂兰", name_key="王桂兰", sex=Sex.FEMALE, birth_date=date(born, 5, 1), home=home, **given
    )
    Certificate.objects.create(
        person=made, county=county, issued_on=date(2015, 1, 1), expires_on=date(2024, 12, 31)
    )
    return made


def test_need_is_people_with_a_valid_certificate_by_child() -> None:
    notice, day = work(), date(2023, 3, 31)
    county, other, city = place("丰都县"), place("石柱县"), place("重庆市")
    first, second = (Region.objects.get(pk=c.region_id) for c in queries.children(notice, county.pk)[:2])
    twice = person(county, first)
    person(county, first, born=1930)
    person(county, second)
    person(county, None)
    person(county, other)
    person(other, first)
    person(None, first)
    person(county, first, died_on=date(2022, 1, 1))
    Certificate.objects.filter(person=person(county, first)).update(ended_on=date(2023, 1, 1))
    person(county, first, canonical=twice)
    found = queries.need(notice, CODE, county.pk, day)
    assert (found.weights[first.pk], found.weights[second.pk], found.unplaced) == (2, 1, 2)
    assert sum(found.weights.values()) == 3
    # Of working age, because new jobs ask for it.
    young = queries.need(notice, "urban_employment", county.pk, day)
    assert (young.weights[first.pk], young.weights[second.pk]) == (1, 1)
    above = queries.need(notice, CODE, city.pk, day)
    assert (above.weights[county.pk], above.weights[other.pk], above.unplaced) == (5, 1, 1)
    with pytest.raises(Unusable) as none:
        queries.need(notice, CODE, first.pk, day)
    assert none.value.code == "no_children"
    services.split(notice, CODE, county.pk, found.weights, Method.NEED, office("丰都县"), reason="按持证人数")
    given = queries.targets_below(notice, county.pk)[CODE]
    assert (given.values[first.pk], given.values[second.pk], given.added) == (94, 47, 141)


# --- cost -----------------------------------------------------------------------------------------------------------


def test_reading_costs_a_few_queries_however_much_was_decided() -> None:
    notice, county = work(), place("丰都县").pk
    street = queries.children(notice, county)[0].region_id
    reads: dict[str, tuple[int, Callable[[], object]]] = {
        "targets": (2, lambda: queries.targets(notice)),
        "held": (3, lambda: queries.held(notice, street)),
        "below": (4, lambda: queries.targets_below(notice, county)),
        "history": (2, lambda: queries.history(notice, CODE, street)),
        "need": (6, lambda: queries.need(notice, CODE, county)),
        "children": (2, lambda: queries.children(notice, county)),
    }
    for value in (150, 151, 152):
        add("丰都县", value)
        adjust({"石柱县": value})
        fengdu()
        assert {name: counted(read) for name, (_cost, read) in reads.items()} == {
            name: cost for name, (cost, _read) in reads.items()
        }
