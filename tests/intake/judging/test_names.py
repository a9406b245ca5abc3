"""One thing spelt in several ways is one thing; a name that is nearly another's is asked about, never silently two or one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.bases.models import Base
from qiaojie.intake import services
from qiaojie.intake.judging import planning
from qiaojie.intake.judging.plan import Plan, as_mapping
from qiaojie.intake.models import Upload
from qiaojie.intake.storing import plan_record
from qiaojie.intake.vocabulary.outcome import Source
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Employment
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, TrainingClass
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import id_number, name, person_row, roster

pytestmark = pytest.mark.django_db

DAYS = {"begins": "2023-06-01", "ends": "2023-06-10"}


def women(*titles: str, first: int = 1, **more: Any) -> list[list[Any]]:
    """A row for each title, about one woman each."""
    return [person_row(first + n, **{"class": title} | DAYS | more) for n, title in enumerate(titles)]


def said(plan: Plan, code: str) -> list[str]:
    return [issue.cell for issue in plan.issues if issue.code == code]


def titles() -> list[str]:
    return list(TrainingClass.objects.order_by("pk").values_list("title", flat=True))


SPELLINGS = [
    ("竹编（一）班", "竹编(一)班", "竹编（ 一 ）班", "竹编﹙一﹚班"),
    ("竹编【1】班", "竹编〔１〕班", "竹编（1）班", "竹编 第一 班"),
    ("编织第一期", "编织第1期", "编织一期", "编织（1）期"),
    ("ABC手工班", "ＡＢＣ手工班", "abc 手工班", "A·B·C手工班"),
]


@pytest.mark.parametrize("spelt", SPELLINGS)
@pytest.mark.parametrize("by_columns", [True, False])
def test_spellings_of_one_class_make_one_class(
    plan: Planner, approver: Viewer, fuling: Region, spelt: Sequence[str], by_columns: bool
) -> None:
    source = Source(roster(women(*spelt)), "名册.xlsx", notices.table(material.ROSTER), fuling)
    planned = planning.make(source, approver, by_columns=by_columns)
    assert planned.counts["new"] == 4 and not said(planned, "differs_in_file")
    services.commit(planned, approver)
    assert titles() == [spelt[0]]
    assert Enrolment.objects.filter(training_class__title=spelt[0]).count() == 4
    again = plan(roster(women(*reversed(spelt), first=5)))
    assert not again.names and again.counts["new"] == 4
    services.commit(again, approver)
    assert titles() == [spelt[0]], "and no other name for the class that stands"
    assert not again.changes


def test_the_same_woman_in_a_class_spelt_otherwise_is_there_already(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster(women("竹编（一）班"))), approver)
    assert plan(roster(women("竹编一班"))).counts["same"] == 1


def test_classes_that_stand_twice_stay_two(plan: Planner, approver: Viewer) -> None:
    """What was entered twice before is not made one by a list: somebody joins it."""
    services.commit(plan(roster(women("竹编(一)班", "他班"))), approver)
    TrainingClass.objects.filter(title="他班").update(title="竹编（一）班")
    planned = plan(roster(women("竹编(一)班", "竹编（一）班")))
    assert planned.counts["same"] == 2


@pytest.mark.parametrize(
    "apart",
    [
        ("竹编一班", "竹编二班"),
        ("第1期", "第2期"),
        ("2022年编织班", "2023年编织班"),
        ("甲班", "乙班"),
        ("竹编班", "草编班"),
    ],
)
def test_numbers_and_crafts_are_other_classes_and_nothing_is_asked(
    plan: Planner, approver: Viewer, apart: tuple[str, str]
) -> None:
    planned = plan(roster(women(*apart)))
    assert not planned.names and planned.counts["new"] == 2
    services.commit(planned, approver)
    assert titles() == [*apart]


NEAR = [
    ("手工编织班", "手工编只班"),
    ("手工编织班", "手工编织培训班"),
    ("手工编织班", "手工编织坊班"),
    ("手工编织班", "手工织编班"),
    ("手工编织班", "涪陵区手工编织班"),
    ("手工编织班", "手工编织课程"),
]


@pytest.mark.parametrize("pair", NEAR)
def test_a_name_that_is_nearly_anothers_in_the_file_is_asked_about(
    plan: Planner, approver: Viewer, pair: tuple[str, str]
) -> None:
    right, slip = pair
    data = roster(women(right, slip, right, slip, right))
    planned = plan(data)
    assert (planned.counts["new"], planned.counts["conflict"]) == (3, 2), "the rarer one waits"
    assert said(planned, "name_near") == ["H5", "H7"]
    (question,) = planned.names
    same = question.sides[0].word
    assert question.rows == (5, 7) and question.choices == (same, "another:class", "leave_out")
    issue = next(one for one in as_mapping(planned)["issues"] if one["code"] == "name_near")
    assert issue["choices"] == list(question.choices)
    one = plan(data, decisions={7: same})
    assert one.counts["new"] == 5 and said(one, "name_settled") == ["H5"]
    two = plan(data, decisions={5: "another:class"})
    assert two.counts["new"] == 5
    services.commit(one, approver)
    assert titles() == [right]


def test_two_classes_after_the_answer_that_it_is_another(plan: Planner, approver: Viewer) -> None:
    data = roster(women("手工编织班", "手工编只班", "手工编织班"))
    services.commit(plan(data, decisions={5: "another:class"}), approver)
    assert sorted(titles()) == sorted(["手工编织班", "手工编只班"])
    assert not plan(data).names, "both stand, and are not asked about again"


@pytest.mark.parametrize("days", [{}, {"begins": "2023-06-02"}, {"begins": "2023-05-30"}])
@pytest.mark.parametrize("title", ["手工编织班", "手工编织培训班", "手工编只班"])
def test_a_name_that_is_nearly_that_of_a_class_that_stands(
    plan: Planner, approver: Viewer, days: dict[str, str], title: str
) -> None:
    if title == "手工编织班" and not days:
        return
    services.commit(plan(roster(women("手工编织班"))), approver)
    data = roster(women(title, title, first=2, **days))
    planned = plan(data)
    assert planned.counts["conflict"] == 2
    standing = TrainingClass.objects.get()
    settled = plan(data, decisions={4: f"same:class:{standing.pk}"})
    assert settled.counts["new"] == 2
    services.commit(settled, approver)
    assert titles() == ["手工编织班"]
    assert standing.enrolments.count() == 3
    standing.refresh_from_db()
    assert f"{standing.begins}" == "2023-06-01", "a list does not move its first day"


def test_on_other_days_a_class_of_nearly_that_name_is_another(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster(women("手工编织班"))), approver)
    planned = plan(roster(women("手工编只班", "手工编织班", first=2, begins="2023-09-01", ends="2023-09-10")))
    assert planned.counts["conflict"] == 1, "those two of the file, on the same days"
    assert not plan(roster(women("手工编织班", first=2, begins="2023-09-01", ends="2023-09-10"))).names


def test_an_answer_that_was_not_offered_is_none(plan: Planner, approver: Viewer) -> None:
    data = roster(women("手工编织班", "手工编只班", "手工编织班"))
    for word in ("same:class:999", "same:base:row4", "same:class:row6"):
        assert plan(data, decisions={5: word}).counts["conflict"] == 1


def test_what_means_a_name_that_means_another_means_that(plan: Planner, approver: Viewer) -> None:
    data = roster(women(*["手工编织班"] * 3, *["手工编织培训班"] * 2, "手工编只班"))
    asked = {one.said: one for one in plan(data).names}
    longer, slip = asked["手工编织培训班"], asked["手工编只班"]
    also = next(side.word for side in slip.sides if side.title == "手工编织培训班")
    planned = plan(data, decisions={longer.row: longer.sides[0].word, slip.row: also})
    services.commit(planned, approver)
    assert titles() == ["手工编织班"]


def test_an_answer_is_kept_with_the_file(fuling: Region, clerk: Viewer) -> None:
    data = roster(women("手工编织班", "手工编只班", "手工编织班"))
    upload = services.keep([data], "名册.xlsx", material.ROSTER, fuling, clerk)
    services.decide(upload.pk, 5, "same:class:row4", clerk)
    assert services.plan_kept(Upload.objects.get(pk=upload.pk), clerk).counts["new"] == 3
    with pytest.raises(Unusable, match="没有"):
        services.decide(upload.pk, 5, "same:class:anything", clerk)


def test_questions_are_kept_with_the_plan(plan: Planner) -> None:
    planned = plan(roster(women("手工编织班", "手工编只班", "手工编织班")))
    assert list(plan_record.read(plan_record.write(planned)).names) == list(planned.names)


def test_names_are_looked_up_at_once(plan: Planner, approver: Viewer) -> None:
    def statements(rows: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            plan(roster(women(*(f"手工编织{n}班" for n in range(rows)))))
        return len(captured)

    statements(2)
    assert statements(60) == statements(20)


BASES = """
[[tables]]
code = "help"
title = "带动帮扶情况表"
ledger = "help"
sets = { "base.industry" = "handicraft", "base.kind" = "base" }
columns = [
  { label = "基地名称", field = "base.name", required = true },
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "培训时间", field = "dates" },
]

[[tables]]
code = "jobs"
title = "就业情况表"
ledger = "employments"
sets = { settlement = "rural", form = "flexible" }
columns = [
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "就业单位", field = "employer", required = true },
  { label = "开始日期", field = "begins", required = true },
]
"""


@pytest.fixture
def helped(tree: None, settings: Any) -> None:
    """The trial notice with a list of help by bases, and one of jobs."""
    (folder,) = settings.NOTICE_DIRS
    with (folder / "trial-2023" / "notice.toml").open("a", encoding="utf-8") as file:
        file.write(BASES)


def help_of(*bases: str) -> bytes:
    lines = ["基地名称,姓名,身份证号,培训时间"]
    lines += [f"{base},{name(n)},{id_number(n)},2023.3.1—2023.3.{n + 1}" for n, base in enumerate(bases, 1)]
    return "\n".join(lines).encode()


def test_bases_are_told_apart_in_the_same_way(helped: None, plan: Planner, approver: Viewer) -> None:
    table = "trial-2023/help"
    same = help_of("红叶（手工）编织社", "红叶(手工)编织社", "红叶手工编织社")
    services.commit(plan(same, table, file="帮扶.csv"), approver)
    assert [base.name for base in Base.objects.all()] == ["红叶（手工）编织社"]
    near = help_of("红叶手工编织", "红叶手工编只社")
    planned = plan(near, table, file="帮扶.csv")
    assert planned.counts["conflict"] == 2 and {one.ledger for one in planned.names} == {"bases"}
    base = Base.objects.get()
    answers = {2: f"same:base:{base.pk}", 3: "another:base"}
    planned = plan(near, table, file="帮扶.csv", decisions=answers)
    assert planned.counts["conflict"] == 0
    services.commit(planned, approver)
    assert [one.name for one in Base.objects.order_by("pk")] == ["红叶（手工）编织社", "红叶手工编只社"]


def test_one_job_with_an_employer_spelt_in_two_ways_is_one(
    helped: None, plan: Planner, approver: Viewer
) -> None:
    def jobs(*employers: str) -> bytes:
        lines = ["姓名,身份证号,就业单位,开始日期"]
        return "\n".join(lines + [f"{name(1)},{id_number(1)},{e},2023-03-01" for e in employers]).encode()

    table = "trial-2023/jobs"
    planned = plan(jobs("红叶（涪陵）编织社", "红叶(涪陵)编织社"), table, file="就业.csv")
    assert (planned.counts["new"], planned.counts["new"] + planned.counts["conflict"]) == (1, 1)
    services.commit(plan(jobs("红叶（涪陵）编织社"), table, file="就业.csv"), approver)
    again = plan(jobs("红叶 涪陵 编织社"), table, file="就业.csv")
    assert again.counts["same"] == 1 and Employment.objects.count() == 1
