"""Rows that no number identifies: asked about, answered, remembered; help tables without a number end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.bases.models import HelpRecord
from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan, as_mapping
from qiaojie.intake.models import Answer
from qiaojie.intake.vocabulary.outcome import LEAVE_OUT, NEW_PERSON, OVERWRITE
from qiaojie.ledgers import undoing
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import id_number, person_row, roster

pytestmark = pytest.mark.django_db

NOTICE = """
code = "help-2020"
title = "帮扶通知"
issuers = ["市妇联"]
edition = "none"
period = "2020"

[[tables]]
code = "help"
title = "带动帮扶情况统计表"
ledger = "help"
sets = { "base.kind" = "base", "base.industry" = "handicraft" }
columns = [
  { label = "序号", kind = "ordinal" },
  { label = "带动基地名称", field = "base.name", required = true },
  { label = "带动妇女姓名", field = "person.name", required = true },
  { label = "家庭住址", field = "person.address" },
  { label = "联系电话", field = "person.phone" },
  { label = "培训时间", field = "dates" },
  { label = "培训内容", field = "content" },
]
"""
HELP = "help-2020/help"
HEADER = ["序号", "带动基地名称", "带动妇女姓名", "家庭住址", "联系电话", "培训时间", "培训内容"]
BARE: dict[str, Any] = {"id": None, "certificate": None}


@pytest.fixture
def helped(plan: Planner, settings: Any) -> Any:
    """Plans a help table for 涪陵区."""
    folder = Path(settings.NOTICE_DIRS[0]) / "help-2020"
    folder.mkdir()
    (folder / "README.md").write_text("# Help\n")
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")

    def _plan(rows: list[list[Any]], **given: Any) -> Plan:
        lines = [HEADER, *([n, "竹编合作社", *row] for n, row in enumerate(rows, 1))]
        text = "\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines)
        return plan(text.encode(), HELP, file="带动表.csv", **given)

    return _plan


WOMEN = [
    ["李桂琴", "江东街道群沱子路", "13800000001", "2020.3.2—2020.3.9", "竹编"],
    ["王梅", "马武镇石朝门村", None, None, "竹编"],
    ["周丹", None, None, None, "竹编"],
]


def verdicts(plan: Plan) -> list[str]:
    return [row.verdict.value for row in plan.rows]


def codes(plan: Plan) -> list[tuple[str, str]]:
    return [(issue.cell, issue.code) for issue in plan.issues]


def test_women_without_a_number_are_registered_and_known_again(helped: Any, approver: Viewer) -> None:
    planned = helped(WOMEN)
    assert verdicts(planned) == ["new"] * 3
    assert codes(planned) == [("C4", "person_vague")]
    batch = services.commit(planned, approver)
    assert HelpRecord.objects.count() == Person.objects.filter(id_hash=None).count() == 3
    assert verdicts(helped(WOMEN)) == ["same"] * 3
    more = helped([[*WOMEN[0][:3], "2020.5.2—2020.5.9", "刺绣"], *WOMEN[1:]])
    assert verdicts(more) == ["new", "same", "same"]
    assert more.questions[0].memory == Answer.objects.order_by("pk").first().pk
    undoing.undo(batch.pk, approver, "录错了")
    assert not Person.objects.exists() and not Answer.objects.exists()
    assert verdicts(helped(WOMEN)) == ["new"] * 3


def test_what_is_only_likely_waits_and_is_answered(helped: Any, plan: Planner, approver: Viewer) -> None:
    services.commit(
        plan(roster([person_row(1, name="李桂琴"), person_row(2, name="王梅", town="马武镇")])), approver
    )
    key = {person.name_key: person.pk for person in Person.objects.all()}
    planned = helped(WOMEN)
    assert verdicts(planned) == ["conflict", "conflict", "new"]
    assert [[str(reason) for reason in side.reasons] for q in planned.questions for side in q.sides] == [
        ["同名", "手机号相同", "同区县", "乡镇不同"],
        ["同名", "同乡镇", "同区县"],
    ]
    (first, _second, _vague) = as_mapping(planned)["issues"]
    assert (first["row"], first["choices"]) == (2, [f"person:{key['李桂琴']}", NEW_PERSON, LEAVE_OUT])

    answers = {2: f"person:{key['李桂琴']}", 3: NEW_PERSON, 4: LEAVE_OUT}
    decided = helped(WOMEN, decisions=answers)
    assert verdicts(decided) == ["new", "new", "left"]
    assert codes(decided) == [("C2", "person_confirmed"), ("C3", "person_new")]
    batch = services.commit(decided, approver)
    assert Person.objects.filter(name_key="王梅").count() == 2
    assert {h.person_id for h in HelpRecord.objects.all()} >= {key["李桂琴"]}
    assert key["王梅"] not in set(HelpRecord.objects.values_list("person_id", flat=True))

    again = helped(WOMEN, decisions={4: LEAVE_OUT})
    assert verdicts(again) == ["same", "same", "left"]
    assert all(question.memory for question in again.questions)

    answer = Answer.objects.get(person_id=key["李桂琴"])
    services.revoke(answer.pk, approver)
    assert verdicts(helped(WOMEN, decisions={4: LEAVE_OUT})) == ["conflict", "same", "left"]
    undoing.undo(batch.pk, approver, "录错了")
    assert verdicts(helped(WOMEN)) == ["conflict", "conflict", "new"]


def test_only_somebody_who_is_like_her_can_be_named(helped: Any, plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, name="李桂琴"), person_row(2)])), approver)
    stranger = Person.objects.get(name_key=material.name(2)).pk
    planned = helped(WOMEN, decisions={2: f"person:{stranger}"})
    assert verdicts(planned)[0] == "conflict"


def test_a_number_that_comes_later_asks_and_is_filled_in(
    helped: Any, plan: Planner, approver: Viewer
) -> None:
    services.commit(helped(WOMEN), approver)
    row = person_row(1, name="李桂琴", certificate=None, town="江东街道")
    planned = plan(roster([row, person_row(5)]))
    assert verdicts(planned) == ["conflict", "new"]
    (side,) = planned.questions[0].sides
    known = plan(roster([row, person_row(5)]), decisions={4: f"person:{side.person}"})
    assert verdicts(known) == ["new", "new"]
    assert "id_number" in {change.field.name for change in known.changes}
    batch = services.commit(known, approver)
    assert Person.objects.get(pk=side.person).id_number == id_number(1)
    assert verdicts(plan(roster([row, person_row(5)]))) == ["same", "same"]
    undoing.undo(batch.pk, approver, "录错了")
    assert Person.objects.get(pk=side.person).id_number is None


def test_a_homophone_is_asked_about_and_her_name_stays(helped: Any, plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, name="李桂芹")])), approver)
    (person,) = Person.objects.all()
    assert verdicts(helped(WOMEN[:1])) == ["conflict"]
    planned = helped(WOMEN[:1], decisions={2: f"person:{person.pk}"})
    assert verdicts(planned) == ["new"]
    services.commit(planned, approver)
    assert Person.objects.get().name == "李桂芹"
    assert verdicts(helped(WOMEN[:1])) == ["same"]


def test_what_her_number_says_of_her_birth_stays_whatever_the_row_says(
    helped: Any, plan: Planner, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1, name="李桂琴")])), approver)
    (person,) = Person.objects.all()
    born = person.birth_date
    said = born.replace(year=born.year - 1)
    header = ",".join([*HEADER, "出生日期"]).encode()
    row = ",".join(["1", "竹编合作社", *WOMEN[0], f"{said:%Y-%m-%d}"]).encode()

    def planned(**given: Any) -> Plan:
        helped(WOMEN[:1])
        return plan(b"\n".join([header, row]), HELP, file="带动表.csv", **given)

    assert verdicts(planned()) == ["conflict"]
    decided = planned(decisions={2: f"person:{person.pk}"})
    assert "birth_date" not in {change.field.name for change in decided.changes}
    services.commit(decided, approver)
    assert Person.objects.get().birth_date == born


def test_another_county_s_woman_is_only_said_to_be(
    helped: Any, plan: Planner, shizhu: Region, neighbour: Viewer, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1, name="李桂琴")]), region=shizhu, who=neighbour), neighbour)
    (person,) = Person.objects.all()
    planned = helped(WOMEN[:1])
    assert codes(planned) == [("C2", "person_elsewhere")]
    assert planned.questions[0].choices == (NEW_PERSON, LEAVE_OUT)
    assert id_number(1) not in planned.issues[0].message
    assert verdicts(helped(WOMEN[:1], decisions={2: f"person:{person.pk}"})) == ["conflict"]
    assert verdicts(helped(WOMEN[:1], decisions={2: NEW_PERSON})) == ["new"]


def test_two_rows_that_may_be_one_woman_both_wait(helped: Any) -> None:
    rows = [WOMEN[0], ["李桂琴", "江东街道二社", "13800000001", "2020.5.2—2020.5.9", "刺绣"]]
    planned = helped(rows)
    assert codes(planned) == [("C2", "person_in_file"), ("C3", "person_in_file")]
    assert verdicts(planned) == ["conflict", "conflict"]
    assert verdicts(helped(rows, decisions={2: NEW_PERSON, 3: LEAVE_OUT})) == ["new", "left"]


def test_a_row_may_be_answered_and_allowed_to_overwrite(
    helped: Any, plan: Planner, shizhu: Region, neighbour: Viewer, approver: Viewer
) -> None:
    for region, who in ((None, approver), (shizhu, neighbour)):
        given = {"region": region, "who": who} if region else {}
        services.commit(plan(roster([person_row(1, name="李桂琴")]), **given), who)
    key = Person.objects.get().pk
    rows = [[*WOMEN[0][:1], "江东街道二社", *WOMEN[0][2:]]]
    for person in Person.objects.all():
        person.address = "马武镇"
        person.save()
    told = helped(rows, decisions={2: f"person:{key}"})
    assert ("D2", "other_agency") in codes(told)
    both = helped(rows, decisions={2: f"{OVERWRITE} person:{key}"})
    assert {change.field.name for change in both.changes} == {"address"}


def test_rows_of_a_roster_without_a_number(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    # A telephone and a township beside the name: she is asked about, not taken for new.
    asked = plan(roster([person_row(1, **BARE)]))
    assert verdicts(asked) == ["conflict"]
    new = plan(roster([person_row(9, **BARE)]))
    assert (verdicts(new), codes(new)) == (["new"], [("D4", "id_missing")])


def test_a_left_row_says_nothing_and_is_counted(plan: Planner) -> None:
    planned = plan(material.thirty(), decisions={14: LEAVE_OUT, 20: LEAVE_OUT})
    counted = as_mapping(planned)
    assert (counted["new"], counted["wrong"], counted["left"], counted["issues"]) == (28, 0, 2, [])


def test_an_answer_is_taken_back_where_one_may(helped: Any, neighbour: Viewer, approver: Viewer) -> None:
    services.commit(helped(WOMEN), approver)
    answer = Answer.objects.first()
    assert answer is not None
    with pytest.raises(Refused):
        services.revoke(answer.pk, neighbour)
    services.revoke(answer.pk, approver)
    with pytest.raises(Refused):
        services.revoke(answer.pk, approver)


def test_what_is_remembered_is_encrypted(helped: Any, approver: Viewer) -> None:
    services.commit(helped(WOMEN), approver)
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence, said FROM intake_answer")
        kept = b"".join(bytes(value) for row in cursor.fetchall() for value in row)
    assert "李桂琴".encode() not in kept and b"13800000001" not in kept


def test_asking_does_not_ask_per_row(helped: Any, plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(n) for n in range(1, 41)])), approver)

    def statements(rows: int) -> int:
        women = [
            [material.name(n), None, f"138{n:08d}", "2020.3.2—2020.3.9", "竹编"] for n in range(1, rows + 1)
        ]
        with CaptureQueriesContext(connection) as caught:
            planned = helped(women)
        assert set(verdicts(planned)) == {"conflict"}
        return len(caught)

    assert statements(40) <= statements(2) + 1
