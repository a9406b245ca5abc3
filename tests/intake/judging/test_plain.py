"""Rows judged by columns and rows judged one by one come to the very same plan, and the very same is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.intake import services
from qiaojie.intake.judging import planning
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import LEAVE_OUT, OVERWRITE, USE_CERTIFICATE, Source
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import certificate, id_number, name, person_row, roster
from tests.rounds import examples

pytestmark = pytest.mark.django_db

PEOPLE = 14
KNOWN_HERE, KNOWN_THERE, MERGED = range(1, 7), range(5, 9), 9


def often(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Mostly the usual, at times something else."""
    return st.integers(0, 11 + len(others)).map(lambda n: others[n - 12] if n >= 12 else usual)


@st.composite
def rows(draw: st.DrawFn) -> list[Any]:
    """A row as clerks type it, about one of a few women."""
    number = draw(st.integers(1, PEOPLE))
    other = draw(st.integers(1, PEOPLE))
    own, hers = id_number(number), certificate(number)
    wrong = own[:17] + ("1" if own[17] != "1" else "2")
    usual, old = person_row(number), own[:6] + own[8:17]
    return person_row(
        number,
        name=draw(often(usual[material.NAME], name(other), f"{name(number)[0]}  {name(number)[1:]}", None, "王?")),
        sex=draw(often("女", "男", None, "未知")),
        id=draw(often(own, None, None, wrong, float(own[:15] + "000"), id_number(other), f" {own[:6]} {own[6:]}", old)),
        certificate=draw(often(hers, None, None, hers + "B1", certificate(number, "43"), certificate(other), hers[:19])),
        town=draw(often(usual[material.TOWN], None, "无此镇", "同上", "涪陵区马武镇", "/")),
        phone=draw(often(usual[material.PHONE], None, "13900000001", "无", "68880000")),
        **{
            "class": draw(often("手工编织一班", "手工编织二班", "老班", None)),
            "begins": draw(often("2023.5.8", "2023-05-09", "5月8日", "2022年5月8日", None)),
            "ends": draw(often("2023.5.26", "2023.5.1", "2023年5月26日", None)),
            "result": draw(often("是", "否", None, "在读")),
            "remark": draw(often(None, "好学", "无")),
        },
    )  # fmt: skip


decided = st.dictionaries(
    st.integers(4, 12), st.sampled_from([OVERWRITE, LEAVE_OUT, USE_CERTIFICATE, "person:2", "person:5", "person:new"])
)  # fmt: skip


@pytest.fixture
def registry(plan: Planner, approver: Viewer, neighbour: Viewer, shizhu: Region) -> None:
    """Some are known here, some there, one under two records, one without a number; one class is there already."""
    old = {"class": "老班", "begins": "2023.5.8", "ends": "2023.5.26"}
    services.commit(
        plan(roster([person_row(n) for n in KNOWN_THERE]), region=shizhu, who=neighbour), neighbour
    )
    services.commit(plan(roster([person_row(n, phone=None, **old) for n in KNOWN_HERE])), approver)
    services.commit(plan(roster([person_row(MERGED), person_row(MERGED + 1)])), approver)
    kept, merged = (Person.objects.get(name_key=name(n)) for n in (MERGED, MERGED + 1))
    Person.objects.filter(pk=merged.pk).update(canonical=kept)
    Person.objects.create(name=name(11), name_key=name(11), phone="13800000011")


def plans(data: bytes, region: Region, viewer: Viewer, decisions: Mapping[int, str]) -> list[Plan]:
    """The plan by columns and the plan row by row."""
    source = Source(data, "名册.xlsx", notices.table(material.ROSTER), region, None, dict(decisions))
    return [planning.make(source, viewer, by_columns=by_columns) for by_columns in (True, False)]


def shown(plan: Plan) -> dict[str, Any]:
    """All that a plan says."""
    return {
        "rows": list(plan.rows),
        "issues": list(plan.issues),
        "changes": sorted(plan.changes, key=repr),
        "candidates": list(plan.candidates),
        "questions": list(plan.questions),
        "counties": list(plan.counties),
        "columns": list(plan.columns),
        "counts": plan.counts,
    }


def kept() -> dict[str, list[Any]]:
    """What is registered, rows told apart by what they say and not by their keys."""
    people = {
        person.pk: (person.name, person.id_number, person.phone, person.canonical_id)
        for person in Person.objects.all()
    }
    classes = {each.pk: (each.title, each.begins, each.filed_by_id) for each in TrainingClass.objects.all()}
    found: dict[str, list[Any]] = {}
    for model in (Person, Certificate, Tie, TrainingClass, Enrolment):
        values = []
        for row in model._default_manager.values():
            row.pop("id")
            row.pop("entered_at", None)
            row.pop("approved_at", None)
            if "person_id" in row:
                row["person_id"] = people[row["person_id"]]
            if "training_class_id" in row:
                row["training_class_id"] = classes[row["training_class_id"]]
            values.append(repr({key: bytes(v) if isinstance(v, memoryview) else v for key, v in row.items()}))
        found[model._meta.label] = sorted(values)
    return found


def written(plan: Plan, viewer: Viewer) -> dict[str, list[Any]]:
    """What stands there once the plan is committed; taken back again."""
    with transaction.atomic():
        if plan.to_write:
            services.commit(plan, viewer)
        found = kept()
        transaction.set_rollback(True)
    return found


@settings(max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rows(), min_size=1, max_size=10), decided, st.booleans())
def test_both_ways_come_to_the_same(
    registry: None, fuling: Region, clerk: Viewer, approver: Viewer, table: Sequence[list[Any]], decisions: dict[int, str],
    approves: bool,
) -> None:  # fmt: skip
    viewer = approver if approves else clerk
    by_columns, one_by_one = plans(roster(table), fuling, viewer, decisions)
    assert shown(by_columns) == shown(one_by_one)
    assert written(by_columns, viewer) == written(one_by_one, viewer)


def test_what_is_in_already_comes_out_as_the_same(plan: Planner, approver: Viewer) -> None:
    data = roster([person_row(n) for n in range(1, 13)])
    services.commit(plan(data), approver)
    again = plan(data)
    assert {row.verdict.value for row in again.rows} == {"same"}
    assert again.bulk is not None and len(again.bulk.present) == 12


def test_most_rows_are_plain(plan: Planner) -> None:
    planned = plan(roster([person_row(n) for n in range(1, 31)]))
    assert planned.bulk is not None and len(planned.bulk.rows) == 30
    assert not planned.owners
