"""What a plan says of a file: verdicts, findings at cells, changes with their rule. It never writes."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan, as_mapping
from qiaojie.intake.vocabulary.outcome import OVERWRITE, USE_CERTIFICATE, Rule, Verdict
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.intake import material
from tests.intake.conftest import Planner, viewer
from tests.intake.material import certificate, id_number, person_row, roster

pytestmark = pytest.mark.django_db


def found(plan: Plan) -> set[tuple[str, str]]:
    return {(issue.cell, issue.code) for issue in plan.issues}


def counts(plan: Plan) -> dict[str, int]:
    return {verdict.value: number for verdict, number in plan.counts.items() if number}


def test_thirty_rows_as_offices_hand_them_in(plan: Planner) -> None:
    planned = plan(material.thirty())
    shown = as_mapping(planned)
    issues = shown.pop("issues")
    assert shown == {
        "rows": 30, "new": 28, "changed": 0, "same": 0, "conflict": 0, "wrong": 2, "left": 0, "batch": None,
        "county_asked": [],
    }  # fmt: skip
    assert [(i["sheet"], i["cell"], i["code"], i["level"]) for i in issues] == [
        ("学员名册", "D14", "id_lost", "error"),
        ("学员名册", "D20", "id_checksum", "error"),
    ]
    assert "E14" in issues[0]["message"]
    # Which character it should be is not said: it would be the number of somebody of whom the others are known.
    assert "请对照证件逐位核对" in issues[1]["message"] and "应为" not in issues[1]["message"]


def test_no_finding_shows_a_whole_number(plan: Planner) -> None:
    rows = [person_row(n) for n in range(1, 4)]
    rows[0][material.ID] = rows[0][material.ID][:6] + rows[0][material.ID][8:17]  # 15 digits, made into 18
    rows[1][material.PHONE] = "5000001986031366821"
    texts = [issue.message for issue in plan(roster(rows)).issues]
    assert any("15位" in text for text in texts)
    assert not any(any(len(run) > 13 for run in _runs(text)) for text in texts)


def _runs(text: str) -> list[str]:
    return "".join(c if c.isdigit() else " " for c in text).split()


def test_a_plan_writes_nothing(plan: Planner) -> None:
    before = material.dump()
    plan(material.thirty())
    plan(material.status(), material.STATUS)
    assert material.dump() == before


def test_a_committed_file_is_the_same_afterwards(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(material.thirty()), approver)
    assert counts(plan(material.thirty())) == {"same": 28, "wrong": 2}


def test_the_lost_number_is_taken_from_the_certificate_only_when_confirmed(
    plan: Planner, approver: Viewer
) -> None:
    planned = plan(material.thirty(), decisions={14: USE_CERTIFICATE, 20: USE_CERTIFICATE})
    assert counts(planned) == {"new": 29, "wrong": 1}
    assert ("D14", "id_from_certificate") in found(planned)
    services.commit(planned, approver)
    assert Person.objects.get(name_key=material.name(11)).id_number == id_number(11)


def test_a_certificate_that_contradicts_the_surviving_digits_is_not_offered(plan: Planner) -> None:
    lost = float(id_number(1)[:15] + "000")
    planned = plan(
        roster([person_row(1, id=lost, certificate=certificate(2))]), decisions={4: USE_CERTIFICATE}
    )
    assert counts(planned) == {"wrong": 1}
    assert not planned.candidates


def test_a_lost_number_is_offered_persons_of_the_same_name_and_birthday(
    plan: Planner, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    lost = roster([person_row(1, id=float(id_number(1)[:15] + "000"), certificate=None)])
    planned = plan(lost)
    assert counts(planned) == {"wrong": 1}
    (candidate,) = planned.candidates
    assert candidate.decision == f"person:{Person.objects.get().pk}"
    assert id_number(1) not in candidate.words
    assert counts(plan(lost, decisions={4: candidate.decision})) == {"same": 1}


def test_a_person_of_another_county_is_not_offered(
    plan: Planner, neighbour: Viewer, shizhu: Region, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1)]), region=shizhu, who=neighbour), neighbour)
    lost = roster([person_row(1, id=float(id_number(1)[:15] + "000"), certificate=None)])
    assert not plan(lost).candidates
    assert counts(plan(lost, decisions={4: f"person:{Person.objects.get().pk}"})) == {"wrong": 1}


@pytest.mark.parametrize(
    ("changed", "cell", "code", "level", "verdict"),
    [
        ({"sex": "男"}, "C4", "sex_differs", Level.WARNING, Verdict.NEW),
        ({"certificate": certificate(2)}, "E4", "certificate_differs", Level.WARNING, Verdict.NEW),
        ({"town": "无此镇"}, "F4", "region_unknown", Level.WARNING, Verdict.NEW),
        ({"ends": "2024.5.26"}, "J4", "date_outside", Level.WARNING, Verdict.NEW),
        ({"ends": "2023.5.1"}, "J4", "date_order", Level.ERROR, Verdict.WRONG),
        ({"ends": None}, "J4", "required", Level.ERROR, Verdict.WRONG),
        ({"name": None}, "B4", "required", Level.ERROR, Verdict.WRONG),
        ({"class": None}, "H4", "required", Level.ERROR, Verdict.WRONG),
        ({"id": None, "certificate": None, "phone": None}, "D4", "id_missing", Level.ERROR, Verdict.WRONG),
        ({"id": None, "certificate": None}, "D4", "id_missing", Level.WARNING, Verdict.NEW),
        ({"certificate": certificate(1)[:18] + "92"}, "E4", "certificate_category", Level.ERROR, Verdict.WRONG),
    ],
)  # fmt: skip
def test_findings_of_one_row(
    plan: Planner, changed: dict[str, Any], cell: str, code: str, level: Level, verdict: Verdict
) -> None:
    planned = plan(roster([person_row(1, **changed), person_row(3, **{"class": "另一班"})]))
    assert [(i.cell, i.code, i.level) for i in planned.issues] == [(cell, code, level)]
    assert planned.rows[0].verdict is verdict
    assert planned.rows[1].verdict is Verdict.NEW


def test_an_unknown_township_is_kept_in_words(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, town="无此镇")])), approver)
    person = Person.objects.get()
    assert (person.hukou, person.address) == (None, "无此镇")


def test_a_blank_erases_nothing(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, remark="好学")])), approver)
    bare = roster([person_row(1, phone=None, town="", certificate="无", result=None, remark="/")])
    assert counts(plan(bare)) == {"same": 1}


def test_changes_say_cell_value_and_rule(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1, phone=None), person_row(2)])), approver)
    planned = plan(roster([person_row(1), person_row(2, town="焦石镇", result="否")]))
    assert counts(planned) == {"changed": 2}
    changed = {c.cell: (c.field.name, c.rule) for c in planned.changes}
    assert changed == {
        "G4": ("phone", Rule.FILL),
        "F5": ("hukou", Rule.OWN),
        "K5": ("result", Rule.OWN),
    }
    services.commit(planned, approver)
    assert Enrolment.objects.filter(result=Result.DROPPED).count() == 1
    assert Person.objects.get(name_key=material.name(2)).hukou.name == "焦石镇"


def test_what_another_county_entered_is_not_overwritten(
    plan: Planner, neighbour: Viewer, shizhu: Region, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(1, remark="甲")]), region=shizhu, who=neighbour), neighbour)
    row = person_row(1, phone="13900000000")
    planned = plan(roster([row]))
    # Her training here is new; her telephone is left as the other county has it.
    assert counts(planned) == {"new": 1}
    assert ("G4", "other_agency") in found(planned)
    services.commit(planned, approver)
    assert Person.objects.get().phone == "13800000001"
    again = plan(roster([row]))
    assert counts(again) == {"conflict": 1}
    confirmed = plan(roster([row]), decisions={4: OVERWRITE})
    assert counts(confirmed) == {"changed": 1}
    assert confirmed.changes[0].rule is Rule.CONFIRMED


def test_another_name_for_a_known_number_is_a_conflict(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    planned = plan(roster([person_row(1, name="欧阳某")]))
    assert counts(planned) == {"conflict": 1}
    assert ("B4", "name_differs") in found(planned)
    assert material.name(1) not in planned.issues[0].message
    with pytest.raises(Unusable, match="没有可以写入的行"):
        services.commit(planned, approver)


def test_a_certificate_of_somebody_else_is_a_conflict(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    planned = plan(roster([person_row(2, certificate=certificate(1))]))
    assert counts(planned) == {"conflict": 1}
    assert ("E4", "certificate_taken") in found(planned)


def test_one_certificate_for_two_people_of_a_file(plan: Planner) -> None:
    planned = plan(roster([person_row(1), person_row(2, certificate=certificate(1))]))
    assert counts(planned) == {"new": 1, "wrong": 1}
    assert ("E5", "certificate_taken") in found(planned)


def test_a_person_is_found_by_her_certificate(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    assert counts(plan(roster([person_row(1, id=None)]))) == {"same": 1}
    assert counts(plan(roster([person_row(1, id=None, certificate=certificate(1) + "B1")]))) == {"same": 1}
    # Another category: the certificate is new, the number that it carries is hers.
    changed = plan(roster([person_row(1, id=None, certificate=certificate(1, "31"))]))
    assert counts(changed) == {"changed": 1}
    assert ("E4", "certificate_changed") in found(changed)
    services.commit(changed, approver)
    assert sorted(Certificate.objects.values_list("category", "grade")) == [("3", "1"), ("4", "2")]


def test_a_number_and_the_certificate_that_carries_it_are_one_person(plan: Planner, approver: Viewer) -> None:
    by_certificate = person_row(1, id=None)
    by_number = person_row(1, certificate=None, **{"class": "二班"})
    services.commit(plan(roster([by_certificate, by_number])), approver)
    assert (Person.objects.count(), Enrolment.objects.count()) == (1, 2)
    services.commit(plan(roster([person_row(2, id=None)])), approver)
    services.commit(plan(roster([person_row(2, certificate=None)])), approver)
    assert set(Person.objects.values_list("name_key", "id_number")) == {
        (material.name(n), id_number(n)) for n in (1, 2)
    }


def test_a_row_may_leave_out_what_another_row_says(plan: Planner, approver: Viewer) -> None:
    other = person_row(1, **{"class": "二班"})
    brief = person_row(1, name=None)
    services.commit(plan(roster([brief, other])), approver)
    assert (Person.objects.count(), Enrolment.objects.count()) == (1, 2)


def test_a_row_that_comes_twice(plan: Planner, approver: Viewer) -> None:
    planned = plan(roster([person_row(1), person_row(1), person_row(1, result="否")]))
    assert counts(planned) == {"new": 1, "same": 1, "wrong": 1}
    twice = [issue for issue in planned.issues if issue.code == "twice_in_file"]
    assert [(issue.cell, issue.level) for issue in twice] == [("D5", Level.WARNING), ("D6", Level.ERROR)]
    assert all("D4" in issue.message for issue in twice)
    services.commit(planned, approver)
    assert Enrolment.objects.count() == 1


def test_one_woman_in_two_classes(plan: Planner, approver: Viewer) -> None:
    second = person_row(1, **{"class": "二班"}, begins="2023.6.1", ends="2023.6.9", phone="13911111111")
    planned = plan(roster([person_row(1), second]))
    assert counts(planned) == {"new": 2}
    assert ("G5", "differs_in_file") in found(planned)
    services.commit(planned, approver)
    assert Person.objects.get().phone == "13800000001"
    assert Enrolment.objects.count() == TrainingClass.objects.count() == 2


def test_the_form_of_classes(plan: Planner, approver: Viewer) -> None:
    planned = plan(material.status(), material.STATUS)
    assert counts(planned) == {"new": 3}
    assert found(planned) == {("F7", "money_own_unit")}
    services.commit(planned, approver)
    made = TrainingClass.objects.get(title="串珠班")
    assert (made.claimed_headcount, made.claimed_disabled_women, made.cost) == (25, 18, 1_600_000)
    assert (made.kind, made.handicraft, made.content) == ("vocational", True, "布艺")
    assert (made.begins.isoformat(), made.happened_on) == ("2023-05-20", made.ends)
    assert made.state == State.APPROVED
    assert counts(plan(material.status(), material.STATUS)) == {"same": 3}


def test_sums_parts_and_captions_that_do_not_fit(plan: Planner) -> None:
    rows = [list(row) for row in material.STATUS_ROWS]
    rows[1][4] = 31
    total = ["合计", None, None, 101, 87, 73000, 62920, None]
    planned = plan(material.status(rows, total, region="石柱县"), material.STATUS)
    assert found(planned) >= {
        ("A2", "region_differs"), ("D8", "total_differs"), ("E6", "part_exceeds_whole"),
    }  # fmt: skip
    assert ("E8", "total_differs") not in found(planned)
    assert counts(planned) == {"new": 2, "wrong": 1}


def test_subtotals_add_up_what_stands_above_them(plan: Planner) -> None:
    rows = [list(row) for row in material.STATUS_ROWS]
    rows.insert(2, ["小计", None, None, 75, 68, 57000, 51400, None])
    assert found(plan(material.status(rows), material.STATUS)) == {("F8", "money_own_unit")}


def test_a_computed_figure_that_comes_back_is_compared_and_never_written(
    plan: Planner, approver: Viewer
) -> None:
    services.commit(plan(roster([person_row(n) for n in range(1, 4)])), approver)
    row = ["5月8日—5月26日", "手工编织一班", None, 45, 3, 9000, None, "市级资金"]
    total = ["合计", None, None, 45, 3, 9000, None, None]
    planned = plan(material.status([row], total), material.STATUS)
    assert {("D5", "claim_differs")} == {(c, code) for c, code in found(planned) if code == "claim_differs"}
    services.commit(planned, approver)
    assert Enrolment.objects.count() == 3
    assert ("D5", "claim_differs") in found(plan(material.status([row], total), material.STATUS))


def test_the_year_decides_which_days_fit(plan: Planner) -> None:
    old = material.status(date_line="填报时间：2019年7月25日")
    assert sum(1 for _cell, code in found(plan(old, material.STATUS)) if code == "date_outside") == 3
    assert not {code for _cell, code in found(plan(old, material.STATUS, year=2019))} & {"date_outside"}


# --- files that cannot be used ------------------------------------------------------------------------------------------


def as_csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("gb18030")


def test_csv_is_a_workbook_too(plan: Planner) -> None:
    data = as_csv([material.HEADER, *(person_row(n) for n in range(1, 4))])
    assert counts(plan(data, file="名册.csv")) == {"new": 3}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "file_empty"),
        (lambda: b"hello", "file_not_workbook"),
        (lambda: material.thirty()[:3000], "file_truncated"),
        (lambda: material.status(), "table_not_found"),
        (lambda: roster([]), "table_empty"),
        (lambda: _without_column(), "column_missing"),
    ],
)
def test_what_cannot_be_used_says_so_in_one_line(plan: Planner, make: Any, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        plan(make())
    assert refused.value.code == code
    assert "名册.xlsx" in refused.value.message
    assert "\n" not in refused.value.message


def _without_column() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(material.thirty()))
    sheet = book.active
    assert sheet is not None
    sheet.delete_cols(material.CLASS + 1)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_another_tables_file_is_named(plan: Planner) -> None:
    with pytest.raises(Unusable, match="手工技能培训情况表"):
        plan(material.status())


def test_only_ones_own_region_and_only_who_enters(
    plan: Planner, shizhu: Region, fuling: Region, approver: Viewer
) -> None:
    with pytest.raises(Unusable) as outside:
        plan(material.thirty(), region=shizhu)
    assert outside.value.code == "region_outside"
    reader = viewer(fuling, "reader", "fuling-reader")
    with pytest.raises(Refused):
        plan(material.thirty(), who=reader)
    planned = plan(material.thirty())
    with pytest.raises(Refused):
        services.commit(planned, reader)
    assert not Person.objects.exists()


def test_a_table_of_units_is_not_handed_in(
    tree: None, fuling: Region, approver: Viewer, settings: Any
) -> None:
    folder = settings.NOTICE_DIRS[0] / "matrix-2023"
    folder.mkdir()
    (folder / "README.md").write_text("# Matrix\n")
    (folder / "notice.toml").write_text(
        """
code = "matrix-2023"
title = "任务表"
issuers = ["市残联"]
edition = "none"
period = "2023"
indicators = [{ code = "care", label = "托养", unit = "人", definition = "托养的人。" }]
tables = [{ code = "tasks", title = "任务表", rows = "matrix" }]
""",
        encoding="utf-8",
    )
    with pytest.raises(Unusable) as refused:
        services.plan(material.thirty(), "a.xlsx", notices.table("matrix-2023/tasks"), fuling, approver)
    assert refused.value.code == "table_not_read"
