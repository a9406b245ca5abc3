"""A woman who stands in the registry under two records is one in every form, count and list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.ledgers.models import State
from qiaojie.lib.periods import read_period
from qiaojie.measures import queries
from qiaojie.measures.services import recount_every
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.reports import classes, filling, pace
from qiaojie.training import register
from qiaojie.training.models import Attendance, DayPart, Enrolment, TrainingClass
from tests.web.factories import World, enrol, training_class

NOTICE, VOCATIONAL = "chongqing-work-2023", "vocational_training"
ROSTER = f"{NOTICE}/roster"
YEAR_ENDS = date(2023, 12, 31)

GROUPS = """
code = "one-2023"
title = "试点通知"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "2023"

[[tables]]
code = "by-kind"
title = "{region}{year}年分类表"
rows = "groups"
ledger = "enrolments"
group = ["class.kind"]
columns = [
  { label = "培训类别", field = "class.kind" },
  { label = "人次", field = "times", kind = "integer", unit = "人次" },
  { label = "人数", field = "people", kind = "integer", unit = "人" },
]

[tables.figures.times]
count = "events"

[tables.figures.people]
count = "persons"
"""


@pytest.fixture
def held(world: World) -> TrainingClass:
    """A class of three: a woman, the same woman under another record, and somebody else."""
    made = training_class(world.regions["涪陵区"], "一人两条班", cost=100_000)
    women = world.people["here"][12:15]
    enrol(made, women)
    for row in Enrolment.objects.filter(training_class=made):
        Attendance.objects.create(enrolment=row, held_on=made.begins, part=DayPart.DAY, hours=8, present=True)
    Person.objects.filter(pk=women[1].pk).update(canonical=women[0])
    recount_every()
    return made


def rows(world: World, table: str) -> list[Any]:
    form = filling.fill(
        notices.table(table), world.regions["涪陵区"], read_period("2023"), SystemViewer(), on=YEAR_ENDS
    )
    return list(form.rows)


def test_a_roster_names_her_once(world: World, held: TrainingClass) -> None:
    mine = [row for row in rows(world, ROSTER) if row.get("class.title") == held.title]
    assert [row["person.name"] for row in mine] == [world.people["here"][n].name for n in (12, 14)]
    # Of the two rows the one that is approved stands there.
    Enrolment.objects.filter(training_class=held, person=world.people["here"][12]).update(state=State.DRAFT)
    mine = [row for row in rows(world, ROSTER) if row.get("class.title") == held.title]
    assert [row["person.name"] for row in mine] == [world.people["here"][n].name for n in (13, 14)]


def test_groups_count_her_once(world: World, held: TrainingClass, tmp_path: Path, settings: Any) -> None:
    Enrolment.objects.exclude(training_class=held).update(state=State.WITHDRAWN)
    folder = tmp_path / "one-2023"
    folder.mkdir()
    (folder / "notice.toml").write_text(GROUPS, encoding="utf-8")
    (folder / "README.md").write_text("# One\n", encoding="utf-8")
    settings.NOTICE_DIRS = [tmp_path]
    (line,) = rows(world, "one-2023/by-kind")
    assert (line["times"], line["people"]) == (2, 2)


def test_the_page_of_a_class_counts_her_once(world: World, held: TrainingClass) -> None:
    outcome = classes.sheet(held.pk, SystemViewer()).outcome
    assert (outcome.enrolled, outcome.passed, outcome.counted, outcome.attended) == (2, 2, 2, 2)
    assert outcome.cost_each == 50_000
    assert register.came([held.pk], [State.APPROVED]) == 2


def test_cost_is_divided_by_women_not_by_records(world: World, held: TrainingClass) -> None:
    Enrolment.objects.exclude(training_class=held).update(state=State.WITHDRAWN)
    TrainingClass.objects.exclude(pk=held.pk).update(cost=None)
    notice = notices.notice(NOTICE)
    found = queries.measure(notice, YEAR_ENDS, SystemViewer())
    whole, *_units = pace.paces(notice.indicator(VOCATIONAL), found)
    assert (whole.completers, whole.cost_each) == (2, 50_000)


def test_who_counts_her_is_told_of_either_record(world: World, held: TrainingClass) -> None:
    notice, both = notices.notice(NOTICE), [one.pk for one in world.people["here"][12:14]]
    fuling = world.regions["涪陵区"].pk
    assert queries.elsewhere(notice, VOCATIONAL, both, YEAR_ENDS) == dict.fromkeys(both, fuling)
