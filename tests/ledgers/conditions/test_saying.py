"""What a condition asks is said in sentences, and where a row stands against it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import reading, saying


@pytest.mark.parametrize(
    ("ledger", "where", "words"),
    [
        ("enrolments", {"result": "completed"}, "结业情况为结业"),
        (
            "enrolments",
            {"class.kind": ["practical", "vocational"]},
            "培训类别为农村实用技术培训、职业技能培训",
        ),
        ("enrolments", {"result": {"not": "dropped"}}, "结业情况不是未结业"),
        ("enrolments", {"score": {"min": 60, "max": 90}}, "考核成绩不低于60，并且考核成绩不高于90"),
        ("classes", {"ends": {"at_least": "begins"}}, "结业日期不早于开班日期"),
        ("classes", {"ends": {"max": date(2023, 5, 1)}}, "结业日期不晚于2023年5月1日"),
        ("base_payments", {"amount": {"min": 20, "unit": "万元"}}, "扶持金额不低于20万元"),
        ("base_payments", {"amount": {"min": 300, "unit": "元"}}, "扶持金额不低于300元"),
        ("classes", {"teacher": {"known": False}}, "授课教师没有填写"),
        (
            "employments",
            {"any": [{"form": "self"}, {"begins": {"days_to": "ends", "min": 90}, "handicraft": True}]},
            "就业形式为个体就业（含创业），或者（从开始日期到结束日期的天数不低于90天，并且手工制作为是）",
        ),
        (
            "enrolments",
            {"person.birth_date": {"age_on": "class.begins", "min": 16}},
            "开班日期时的年龄不低于16周岁",
        ),
        ("classes", {"not": {"cost": {"per": "headcount", "max": 800, "unit": "元"}}}, "不属于“"),
        ("enrolments", {}, ""),
    ],
)
def test_what_is_required(ledger: str, where: dict[str, Any], words: str) -> None:
    held = declaration.get(ledger)
    node, faults = reading.read(held, where)
    assert not faults
    said = saying.required(node, held)
    assert said == words or (words.endswith("“") and said.startswith(words))


def test_where_a_row_stands() -> None:
    held = declaration.get("enrolments")
    where = {
        "result": "completed",
        "class.kind": "vocational",
        "score": {"min": 60},
        "person.birth_date": {"age_on": "class.begins", "min": 16},
        "class.has_sign_in": {"not": False},
    }
    node, _faults = reading.read(held, where)
    row = {
        "result": "dropped",
        "class.kind": "vocational",
        "score": None,
        "person.birth_date": date(2010, 1, 1),
        "class.begins": date(2023, 1, 1),
        "class.has_sign_in": None,
    }
    found = saying.standing(node, held, row)
    assert found.reached == ("培训类别为职业技能培训",)
    assert found.missing[0] == "结业情况为结业（现为未结业）"
    assert len(found.missing) == 2
    assert found.unknown == ("考核成绩不低于60", "有签到表不是否")
    assert found.met is False
    full = {
        **row,
        "result": "completed",
        "score": 60,
        "class.has_sign_in": True,
        "person.birth_date": date(1990, 1, 1),
    }
    assert saying.standing(node, held, full).met is True
    assert saying.standing(node, held, {**full, "score": None}).met is None


def test_what_is_personal_is_not_told() -> None:
    held = declaration.get("persons")
    node, _faults = reading.read(held, {"name": "某某"})
    assert saying.standing(node, held, {"name": "别人"}).missing == ("姓名为某某",)
