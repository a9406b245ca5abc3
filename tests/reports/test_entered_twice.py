"""A class or a base that was entered twice is one in every count, form and sum of money."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.bases.ledger import BASES
from qiaojie.bases.models import Base, HelpRecord, SupportPayment
from qiaojie.ledgers import joining, queries
from qiaojie.ledgers.models import State
from qiaojie.lib.periods import read_period
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.people import merging
from qiaojie.reports import classes, filling, money, pace, same_things
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web.factories import World, enrol, training_class

NOTICE, FORM, HELP = (
    "chongqing-work-2023",
    "chongqing-handicraft-2019/training-status",
    "chongqing-bases-2020",
)
PRACTICAL, VOCATIONAL, BASES_PAID = "practical_training", "vocational_training", "support_bases"
YEAR_ENDS = date(2023, 12, 31)


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def two(world: World, **given: Any) -> tuple[TrainingClass, TrainingClass]:
    """One class under two names: of five women two are on both rosters."""
    fuling, women = world.regions["涪陵区"], world.people["here"][20:25]
    kept = training_class(fuling, "竹编第二期", **given)
    other = training_class(fuling, "竹编（第2期）", **given)
    enrol(kept, women[:3])
    enrol(other, women[1:])
    recount(notices.notice(NOTICE), force=True)
    return kept, other


def counted(world: World, indicator: str) -> tuple[int | None, int | None]:
    """Approved and pending, from what is kept; the same when it is counted on the spot."""
    notice = notices.notice(NOTICE)
    value = measures.measure(notice, YEAR_ENDS, SystemViewer()).total[indicator]
    live = measures.live(notice, notice.indicator(indicator), YEAR_ENDS)
    assert (value.approved or 0) == sum(n for (_unit, part), n in live.items() if part == "approved")
    return value.approved, value.pending


def status_form(world: World, period: str) -> list[Any]:
    form = filling.fill(notices.table(FORM), world.regions["涪陵区"], read_period(period), SystemViewer())
    return list(form.rows)


def test_a_woman_enrolled_in_both_is_one_person_time(world: World, approver: UserViewer) -> None:
    kept, other = two(world, kind="practical", handicraft=False)
    before, _waits = counted(world, PRACTICAL)
    assert before is not None
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    assert counted(world, PRACTICAL)[0] == before - 2
    joining.part(CLASSES, other.pk, approver, "是两个班")
    assert counted(world, PRACTICAL)[0] == before


def test_each_fact_stands_on_its_own_rows_approval(world: World, approver: UserViewer) -> None:
    kept, other = two(world, kind="practical", handicraft=False)
    before, waiting = counted(world, PRACTICAL)
    assert before is not None and waiting is not None
    TrainingClass.objects.filter(pk=other.pk).update(state=State.DRAFT)
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    # Of the five the three of the approved class count; the two others wait for theirs.
    assert counted(world, PRACTICAL) == (before - 4, waiting + 2)
    assert sums(kept)[0] == 3
    TrainingClass.objects.filter(pk=other.pk).update(state=State.APPROVED)
    assert sums(kept)[0] == 5


def sums(held: TrainingClass) -> tuple[Any, ...]:
    fields = [CLASSES.field(name) for name in ("headcount", "disabled_women", "cost_share")]
    found = queries.rows(CLASSES, SystemViewer()).filter(pk=held.pk)
    ((_pk, _person, values),) = queries.typed(CLASSES, found, fields)
    return tuple(values)


def test_the_status_form_has_one_line_with_distinct_women_and_one_cost(
    world: World, approver: UserViewer
) -> None:
    days = {"begins": date(2019, 5, 1), "ends": date(2019, 5, 20)}
    kept, other = two(world, cost=100_000, **days)
    assert len(status_form(world, "2019")) == 3
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    lines = {row["title"]: row for row in status_form(world, "2019")}
    assert lines.keys() == {"蜀绣班", kept.title}
    line = lines[kept.title]
    assert (line["headcount"], line["disabled_women"], line["cost"]) == (5, 5, 100_000)
    assert sums(kept) == (5, 5, 100_000) and sums(other)[0] == 4
    # While the one kept waits for an approver, the approved one stands for both.
    TrainingClass.objects.filter(pk=kept.pk).update(state=State.DRAFT)
    assert {row["title"] for row in status_form(world, "2019")} == {"蜀绣班", other.title}


def test_money_and_pace_take_the_cost_once(world: World, approver: UserViewer) -> None:
    TrainingClass.objects.update(cost=None)
    kept, other = two(world, cost=100_000, planned_headcount=30)
    TrainingClass.objects.filter(pk=other.pk).update(cost=90_000)
    notice = notices.notice(NOTICE)
    indicator = notice.indicator(VOCATIONAL)

    def told() -> tuple[Any, ...]:
        found = measures.measure(notice, YEAR_ENDS, SystemViewer())
        (cost,) = [one for one in money.costs(found) if one.kind.field.name == "cost"]
        whole, *_units = pace.paces(indicator, found)
        return cost.of(None).approved, whole.cost, whole.completers, whole.cost_each

    assert told() == (190_000, 190_000, 7, 27_143)
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    assert told() == (100_000, 100_000, 5, 20_000)
    TrainingClass.objects.filter(pk=other.pk).update(cost=None)
    assert told() == (100_000, 100_000, 5, 20_000)


def test_the_page_of_a_class_has_the_women_of_both(world: World, approver: UserViewer) -> None:
    kept, other = two(world)
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    outcome = classes.sheet(kept.pk, approver).outcome
    assert (outcome.enrolled, outcome.passed, outcome.counted) == (5, 5, 5)
    assert classes.sheet(other.pk, approver).outcome.enrolled == 4


def base(world: World, name: str, kind: str = "rural") -> Base:
    return Base.objects.create(
        name=name, kind=kind, industry="handicraft", filed_by=world.regions["涪陵区"],
        happened_on=date(2020, 1, 1), state=State.APPROVED,
    )  # fmt: skip


def test_a_base_that_was_paid_under_two_names_is_supported_once(world: World, approver: UserViewer) -> None:
    kept, other = base(world, "竹编坊"), base(world, "竹编 坊")
    for held, day in ((kept, date(2023, 5, 1)), (other, date(2023, 4, 1))):
        SupportPayment.objects.create(
            base=held, amount=100, happened_on=day, filed_by=held.filed_by, state=State.APPROVED
        )
    recount(notices.notice(NOTICE), force=True)
    assert counted(world, BASES_PAID)[0] == 2
    joining.join(BASES, other.pk, kept.pk, approver, "录了两次")
    assert counted(world, BASES_PAID)[0] == 1
    assert counted_on(date(2023, 4, 15)) == 1
    joining.part(BASES, other.pk, approver, "两个基地")
    assert counted(world, BASES_PAID)[0] == 2


def counted_on(day: date) -> int | None:
    return measures.measure(notices.notice(NOTICE), day, SystemViewer()).total[BASES_PAID].approved


def test_whom_a_base_helped_stands_in_its_form_once(world: World, approver: UserViewer) -> None:
    kept, other = base(world, "竹编坊", "base"), base(world, "竹编 坊", "base")
    woman, second = world.people["here"][:2]
    days = {"begins": date(2020, 4, 1), "ends": date(2020, 4, 20), "happened_on": date(2020, 4, 20)}
    for held, who in ((kept, woman), (other, woman), (other, second)):
        HelpRecord.objects.create(base=held, person=who, filed_by=held.filed_by, state=State.APPROVED, **days)
    (table,) = [
        one for one in notices.notice(HELP).tables if one.ledger == "help" and "handicraft" in str(one.where)
    ][:1]

    def names() -> list[str]:
        asked = notices.table(f"{HELP}/{table.code}")
        form = filling.fill(asked, world.regions["涪陵区"], read_period("2020"), SystemViewer())
        return sorted(row["person.name"] for row in form.rows)

    assert names() == sorted([woman.name, woman.name, second.name])
    joining.join(BASES, other.pk, kept.pk, approver, "录了两次")
    assert names() == sorted([woman.name, second.name])


def test_a_roster_names_a_woman_of_both_once(world: World, approver: UserViewer) -> None:
    kept, other = two(world)
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    form = filling.fill(
        notices.table(f"{NOTICE}/roster"),
        world.regions["涪陵区"],
        read_period("2023"),
        SystemViewer(),
        on=YEAR_ENDS,
    )
    mine = [row["person.name"] for row in form.rows if row["class.title"] in (kept.title, other.title)]
    assert sorted(mine) == sorted(one.name for one in world.people["here"][20:25])


def test_totals_of_a_list_do_not_add_what_was_entered_twice(world: World, approver: UserViewer) -> None:
    kept, other = two(world, cost=100_000)
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    found = queries.found(CLASSES, approver, {"title": {"has": "竹编"}})
    total = queries.totals(CLASSES, found, [CLASSES.field("cost"), CLASSES.field("headcount")])
    assert (found.number, total["cost"].value, total["headcount"].value) == (2, 100_000, 5)


def test_a_record_merged_twice_leaves_no_total_behind(world: World) -> None:
    city, fuling = UserViewer(world.users["city"]), world.regions["涪陵区"]
    kept, between, last = world.people["here"][26:29]
    enrol(training_class(fuling, "种植", kind="practical", handicraft=False), [last])
    recount(notices.notice(NOTICE), force=True)
    before = counted(world, PRACTICAL)
    merging.merge(last.pk, between.pk, city, "同一人")
    merging.merge(between.pk, kept.pk, city, "同一人")
    assert counted(world, PRACTICAL) == before
    assert Enrolment.objects.get(person=last).training_class.title == "种植"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("竹编（第二期）", "竹编 第2期", True),
        ("竹编班【二期】", "竹编班二期", True),
        ("竹编第十二期", "竹编12期", True),
        ("竹编第二期", "竹编第三期", False),
        ("竹编2班", "竹编3班", False),
        ("三八妇女班", "38妇女班", False),
    ],
)
def test_names_are_compared_without_spaces_and_brackets(one: str, other: str, same: bool) -> None:
    assert (same_things.title_key(one) == same_things.title_key(other)) is same


def test_likely_ones_are_found_by_name_or_by_their_women(
    world: World, approver: UserViewer, django_assert_max_num_queries: Any
) -> None:
    kept, other = two(world)
    fuling, women = world.regions["涪陵区"], world.people["here"][20:25]
    same_women = training_class(fuling, "妇女手工班")
    enrol(same_women, women[:3])
    enrol(training_class(fuling, "别的日子", begins=date(2023, 6, 2), ends=date(2023, 6, 20)), women[:3])
    training_class(fuling, "竹编2期", kind="practical")
    training_class(fuling, "竹编(2期)", begins=date(2023, 8, 1), ends=date(2023, 8, 5))
    training_class(world.regions["万州区"], "竹编2期")
    with django_assert_max_num_queries(4):
        found = same_things.likely(CLASSES, queries.one(CLASSES, approver, kept.pk), approver)
    assert {one.pk: one.reasons for one in found} == {
        other.pk: ("名称相同",),
        same_women.pk: ("时间相同，3 人相同",),
    }
    joining.join(CLASSES, other.pk, kept.pk, approver, "录了两次")
    said = same_things.of_row(CLASSES, kept.pk, approver)
    assert said is not None and [one.pk for one in said.joined] == [other.pk]
    assert [one.pk for one in said.likely] == [same_women.pk]
    of_other = same_things.of_row(CLASSES, other.pk, approver)
    assert of_other is not None and of_other.into is not None and of_other.into.pk == kept.pk


def test_bases_are_found_by_name(world: World, approver: UserViewer) -> None:
    kept, other = base(world, "竹编坊"), base(world, "（竹编）坊")
    base(world, "竹编坊", "workshop")
    said = same_things.of_row(BASES, kept.pk, approver)
    assert said is not None and [(one.pk, one.keeps) for one in said.likely] == [(other.pk, False)]
