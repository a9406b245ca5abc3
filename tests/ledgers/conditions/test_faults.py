"""Everything that can be wrong with a condition is named with its key, and with what mends it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import data, reading, sql
from qiaojie.ledgers.conditions.reading import MOST_DEEP, MOST_LEAVES, MOST_VALUES
from qiaojie.ledgers.conditions.tree import Bound, IsOneOf
from qiaojie.lib.findings import Unusable


def deep(number: int) -> dict[str, Any]:
    return {"result": "completed"} if number == 0 else {"not": deep(number - 1)}


@pytest.mark.parametrize(
    ("ledger", "where", "key", "code", "words"),
    [
        # Names: nearly right, in Chinese, of another ledger, of nothing.
        ("enrolments", {"resutl": "completed"}, "where.resutl", "field_unknown", "是不是“result”"),
        ("enrolments", {"结业情况": "completed"}, "where.结业情况", "field_unknown", "没有字段"),
        ("classes", {"employer": "x"}, "where.employer", "field_unknown", "就业记录"),
        ("enrolments", {"mood": "good"}, "where.mood", "field_unknown", "现有：person.name"),
        (
            "employments",
            {"begins": {"at_least": "sources.title", "known": True}},
            "where.begins",
            "field_unknown",
            "source.title",
        ),
        # Values: of no choice, by their label, of another kind.
        ("enrolments", {"result": "complete"}, "where.result", "value_unknown", "是不是“completed”"),
        ("enrolments", {"result": "结业"}, "where.result", "value_unknown", "是不是“completed”"),
        ("enrolments", {"result": ["completed", "won"]}, "where.result", "value_unknown", "won"),
        ("enrolments", {"person.disabled": 1}, "where.person.disabled", "value_type", "true"),
        ("enrolments", {"score": "60"}, "where.score", "value_type", "数字"),
        ("enrolments", {"score": True}, "where.score", "value_type", "数字"),
        ("classes", {"ends": "2023-01-01"}, "where.ends", "value_type", "不加引号"),
        ("classes", {"ends": datetime(2023, 1, 1, 8)}, "where.ends", "value_type", "不加引号"),
        ("classes", {"title": 5}, "where.title", "value_type", "加引号"),
        ("classes", {"title": ""}, "where.title", "condition_form", "known = false"),
        # Bounds: of a text, a number against a day, a day against a number, upside down, none.
        ("classes", {"title": {"min": "a"}}, "where.title", "value_type", "没有大小之分"),
        ("enrolments", {"result": {"max": "won"}}, "where.result", "value_type", "没有大小之分"),
        ("classes", {"ends": {"min": 5}}, "where.ends", "value_type", "日期"),
        ("enrolments", {"score": {"min": date(2023, 1, 1)}}, "where.score", "value_type", "数字"),
        ("enrolments", {"score": {"min": 9, "max": 1}}, "where.score", "condition_form", "min 大于 max"),
        ("classes", {"cost": {"unit": "元"}}, "where.cost", "condition_form", "没有写界限"),
        ("enrolments", {"result": {}}, "where.result", "condition_form", "没有写界限"),
        ("enrolments", {"result": {"maxx": 3}}, "where.result", "condition_form", "是不是 max"),
        ("enrolments", {"class": {"kind": "x"}}, "where.class", "field_unknown", "class"),
        ("enrolments", {"result": []}, "where.result", "condition_form", "列表"),
        ("enrolments", {"result": {"known": 3}}, "where.result", "value_type", "known"),
        # Money names its unit.
        ("base_payments", {"amount": 200_000}, "where.amount", "money_unit_missing", "unit"),
        ("base_payments", {"amount": {"min": 20}}, "where.amount", "money_unit_missing", "万元"),
        ("base_payments", {"amount": {"not": 20}}, "where.amount", "money_unit_missing", "万元"),
        ("base_payments", {"amount": {"min": 20, "unit": "分"}}, "where.amount", "unit_unknown", "分"),
        ("classes", {"cost": {"per": "headcount", "max": 800}}, "where.cost", "money_unit_missing", "元"),
        ("enrolments", {"score": {"min": 20, "unit": "元"}}, "where.score", "unit_misfit", "不是金额"),
        # Field against field.
        ("classes", {"ends": {"at_least": "cost"}}, "where.ends", "value_type", "比大小"),
        ("classes", {"ends": {"at_least": "ends"}}, "where.ends", "condition_form", "自己"),
        ("classes", {"teacher": {"same_as": "teacher"}}, "where.teacher", "condition_form", "自己"),
        ("classes", {"teacher": {"same_as": "cost"}}, "where.teacher", "value_type", "不能相比"),
        # Ages, days, shares.
        ("classes", {"cost": {"age_on": "ends", "min": 1}}, "where.cost", "value_type", "age_on"),
        ("classes", {"ends": {"days_to": "cost", "min": 1}}, "where.ends", "value_type", "days_to"),
        ("classes", {"ends": {"days": True, "min": 1}}, "where.ends", "value_type", "一段日期"),
        ("classes", {"title": {"per": "cost", "min": 1}}, "where.title", "value_type", "per"),
        (
            "classes",
            {"ends": {"age_on": "begins", "days_to": "begins"}},
            "where.ends",
            "condition_form",
            "只能写一个",
        ),
        (
            "enrolments",
            {"person.birth_date": {"age_on": "class.ends", "min": date(2023, 1, 1)}},
            "where.person.birth_date",
            "value_type",
            "数字",
        ),
        (
            "enrolments",
            {"person.birth_date": {"age_on": "class.end", "min": 16}},
            "where.person.birth_date",
            "field_unknown",
            "class.ends",
        ),
        # What no database can be asked for.
        ("enrolments", {"person.id_number": "500"}, "where.person.id_number", "field_sealed", "加密"),
        ("enrolments", {"person.phone": {"known": True}}, "where.person.phone", "field_sealed", "加密"),
        ("enrolments", {"class.headcount": 5}, "where.class.headcount", "field_distant", "算出来"),
        # Groups.
        ("enrolments", {"any": {"result": "completed"}}, "where.any", "condition_form", "列表"),
        ("enrolments", {"any": []}, "where.any", "condition_form", "列表"),
        ("enrolments", {"all": [{}]}, "where.all.0", "condition_form", "没有条件"),
        ("enrolments", {"not": {}}, "where.not", "condition_form", "没有条件"),
        ("enrolments", {"not": "completed"}, "where.not", "condition_form", "一组条件"),
        (
            "enrolments",
            {"any": [{"result": "dropped"}, {"all": [{"mood": 1}]}]},
            "where.any.1.all.0.mood",
            "field_unknown",
            "mood",
        ),
        (
            "enrolments",
            deep(MOST_DEEP + 1),
            "where" + ".not" * (MOST_DEEP + 1),
            "condition_too_large",
            "太深",
        ),
        (
            "enrolments",
            {"any": [{"score": at} for at in range(MOST_LEAVES + 1)]},
            f"where.any.{MOST_LEAVES}.score",
            "condition_too_large",
            "太多",
        ),
        ("enrolments", {"score": list(range(MOST_VALUES + 1))}, "where.score", "condition_too_large", "太多"),
    ],
)
def test_every_fault(ledger: str, where: dict[str, Any], key: str, code: str, words: str) -> None:
    _node, found = reading.read(declaration.get(ledger), where)
    assert [(one.key, one.code) for one in found] == [(key, code)]
    assert words in found[0].message


def test_every_fault_is_named_at_once() -> None:
    where = {"mood": 1, "result": "won", "any": [{"score": "x"}, {"class.kind": {"min": 1}}]}
    _node, found = reading.read(declaration.get("enrolments"), where)
    assert [one.key for one in found] == [
        "where.mood",
        "where.result",
        "where.any.0.score",
        "where.any.1.class.kind",
    ]


@pytest.mark.parametrize(
    "where",
    [
        {"class": {"kind": "practical"}},
        {"any": [{"score": {"least": 1}}]},
        {"not": [{"score": 1}]},
        {"all": "x"},
        {"score": []},
        {"score": [[1]]},
        {"score": {"min": [1]}},
    ],
)
def test_what_has_no_form_is_refused_before_any_ledger_is_asked(where: dict[str, Any]) -> None:
    assert data.misshapen(where)


def test_a_number_against_money_is_in_its_unit() -> None:
    ledger = declaration.get("base_payments")
    node, found = reading.read(ledger, {"amount": {"min": 20, "max": 30.5, "unit": "万元"}})
    assert not found
    assert [leaf.than for leaf in node.parts if isinstance(leaf, Bound)] == [20_000_000, 30_500_000]  # type: ignore[union-attr]
    one, found = reading.read(ledger, {"amount": {"is": [300, 500], "unit": "元"}})
    assert not found
    assert isinstance(one, IsOneOf)
    assert one.values == (30_000, 50_000)


def test_what_the_program_puts_together_is_typed_already() -> None:
    ledger = declaration.get("base_payments")
    assert reading.typed(ledger, {"amount": {"min": 5}}) == Bound(
        reading.resolving.term(ledger, "amount"), "least", 5
    )
    with pytest.raises(Unusable) as refused:
        reading.typed(ledger, {"mood": 5})
    assert refused.value.code == "field_unknown"


def test_what_is_encrypted_is_asked_of_rows_at_hand_alone() -> None:
    ledger = declaration.get("enrolments")
    node, found = reading.read(ledger, {"person.phone": {"known": True}}, asked=False)
    assert not found
    with pytest.raises(Unusable) as refused:
        sql.condition(ledger, node)
    assert refused.value.code == "field_sealed"
