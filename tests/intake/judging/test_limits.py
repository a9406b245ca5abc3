"""Limits that a notice declares: over columns, and at the cells of a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.intake.judging import row_limits
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers import declaration
from qiaojie.ledgers.limits import Limit
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Level
from qiaojie.notices.checking import check
from tests.intake import material

CHECKS = """
[[checks]]
ledger = "enrolments"
code = "age_outside"
level = "warning"
words = "开班当天{value}周岁，不在16至54周岁之内。"
field = "person.birth_date"
age_on = "class.begins"
min = 16
max = 54
when = { "person.sex" = "2" }

[[checks]]
ledger = "enrolments"
code = "class_long"
words = "办班{value}天，超过15天。"
field = "class.begins"
days_to = "class.ends"
max = 15

[[checks]]
ledger = "classes"
code = "cost_high"
level = "hint"
words = "人均{value}，超过800元。"
field = "cost"
per = "headcount"
max = 800
unit = "元"

[[checks]]
ledger = "enrolments"
code = "phone_missing"
level = "hint"
words = "没有联系电话。"
field = "person.phone"
required = true
"""


def found(limit: Limit, ledger: str, **columns: list[Any]) -> list[tuple[int, str]]:
    """Rows and sentences; a field's dot is written as two underscores."""
    named = {name.replace("__", "."): values for name, values in columns.items()}
    broken = row_limits.find([limit], declaration.get(ledger), named, len(next(iter(named.values()))))
    return [(one.row, one.finding.message) for one in broken]


def test_an_age_is_that_of_full_years_on_the_day() -> None:
    limit = Limit(
        "age", "{value}", "person.birth_date", measure="age", against="class.begins", least=16, most=54
    )
    born = [date(2007, 5, 9), date(2007, 5, 8), date(1968, 5, 9), date(1968, 5, 8), None]
    assert found(limit, "enrolments", person__birth_date=born, class__begins=[date(2023, 5, 8)] * 5) == [
        (0, "15"),
        (3, "55"),
    ]


LONG, OPEN = DateSpan(date(2023, 1, 1), date(2023, 1, 6)), DateSpan(date(2023, 1, 1), None)
FIRST, SECOND = date(2023, 1, 1), date(2023, 1, 2)
CRAFT = {"kind": ["vocational"], "handicraft": {"not": True}}


@pytest.mark.parametrize(
    ("limit", "columns", "rows"),
    [
        (Limit("x", "", "cost", least=100, most=200), {"cost": [99, 100, 200, 201, None]}, [0, 3]),
        (
            Limit("x", "", "cost", measure="share", against="headcount", most=50),
            {"cost": [100, 102, 100], "headcount": [2, 2, 0]},
            [1],
        ),
        (
            Limit("x", "", "cost_disabled_women", at_most="cost"),
            {"cost_disabled_women": [3, 2, 2], "cost": [2, 2, None]},
            [0],
        ),
        (
            Limit("x", "", "ends", at_least="begins"),
            {"ends": [FIRST, FIRST], "begins": [SECOND, FIRST]},
            [0],
        ),
        (
            Limit("x", "", "funding", allowed=frozenset({"city"})),
            {"funding": ["city", "county", None]},
            [1],
        ),
        (Limit("x", "", "funding", refused=frozenset({"own"})), {"funding": ["own", "county"]}, [0]),
        (Limit("x", "", "content", required=True), {"content": [None, "编织"]}, [0]),
        (Limit("x", "", "dates", measure="days", most=5), {"dates": [LONG, OPEN]}, [0]),
        (Limit("x", "", "dates", least=SECOND), {"dates": [LONG, OPEN, DateSpan(None, None)]}, [0, 1]),
        (
            Limit("x", "", "cost", most=1, when=CRAFT),
            {
                "cost": [2, 2, 2],
                "kind": ["vocational", "vocational", "practical"],
                "handicraft": [None, True, None],
            },
            [0],
        ),
        (
            Limit("x", "", "cost", most=1, when={"headcount": {"min": 3}}),
            {"cost": [2, 2, 2], "headcount": [3, 2, None]},
            [0],
        ),
    ],
)
def test_every_rule(limit: Limit, columns: dict[str, list[Any]], rows: list[int]) -> None:
    assert [row for row, _words in found(limit, "classes", **columns)] == rows


@given(st.lists(st.none() | st.integers(-5, 5)), st.integers(-5, 5), st.integers(-5, 5))
def test_columns_say_what_rows_say_one_by_one(values: list[int | None], least: int, most: int) -> None:
    limit = Limit("x", "", "cost", least=least, most=most)
    whole = row_limits.find([limit], declaration.get("classes"), {"cost": values}, len(values))
    single = [
        at
        for at, value in enumerate(values)
        if row_limits.find([limit], declaration.get("classes"), {"cost": [value]}, 1)
    ]
    assert [one.row for one in whole] == single


def test_a_sentence_never_carries_what_is_personal() -> None:
    limit = Limit("x", "“{value}”不行。", "person.phone", refused=frozenset({"13800000000"}))
    assert found(limit, "enrolments", person__phone=["13800000000"]) == [(0, "“”不行。")]


@pytest.fixture
def limited(tree: None, settings: LazySettings, tmp_path: Path) -> Path:
    folder = tmp_path / "notices" / "trial-2023"
    (folder / "notice.toml").write_text(material.NOTICE + CHECKS, encoding="utf-8")
    return folder


def test_a_file_is_held_against_the_notices_limits(limited: Path, plan: Callable[..., Plan]) -> None:
    old = material.id_number(2, date(1950, 1, 1))
    rows = [
        material.person_row(1),
        material.person_row(2, id=old, certificate=old + "42"),
        material.person_row(3, ends="2023.5.30", phone=None),
    ]
    made = plan(material.roster(rows))
    said = {(one.cell, one.code): (one.level, one.message) for one in made.issues}
    assert said["D5", "age_outside"] == (Level.WARNING, "开班当天73周岁，不在16至54周岁之内。")
    assert said["I6", "class_long"] == (Level.ERROR, "办班23天，超过15天。")
    assert said["G6", "phone_missing"][0] is Level.HINT
    assert said["I4", "class_long"][1] == "办班19天，超过15天。"
    assert {row.verdict for row in made.rows} == {Verdict.WRONG}


def test_a_cost_per_head_is_taken_from_the_forms_own_figures(
    limited: Path, plan: Callable[..., Plan]
) -> None:
    made = plan(material.status(), material.STATUS, year=2023)
    assert [(one.cell, one.message) for one in made.issues if one.code == "cost_high"] == []
    rows = [["3月11日—3月22日", "编织班", "毛线", 10, 8, 36000, 28800, "市级资金"]]
    made = plan(
        material.status(rows, total=("合计", None, None, 10, 8, 36000, 28800, None)),
        material.STATUS,
        year=2023,
    )
    assert [(one.cell, one.message) for one in made.issues if one.code == "cost_high"] == [
        ("F5", "人均3,600元，超过800元。")
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('field = "person.nobody"\nmin = 1', "field_unknown"),
        ('field = "person.name"\nmin = 1', "check_misfit"),
        ('field = "person.sex"\nage_on = "class.begins"\nmin = 1', "check_misfit"),
        ('field = "class.begins"\nat_least = "person.name"', "check_misfit"),
        ('field = "person.sex"\nallowed = ["7"]', "value_unknown"),
        ('field = "person.name"', "check_form"),
        ('field = "class.begins"\nage_on = "class.ends"\ndays = true\nmin = 1', "check_form"),
        ('field = "person.name"\nrequired = true\nwhen = { nothing = 1 }', "field_unknown"),
    ],
)  # fmt: skip
def test_the_check_of_a_notice_finds_what_is_wrong_with_a_limit(limited: Path, said: str, code: str) -> None:
    wrong = f'\n[[checks]]\nledger = "enrolments"\ncode = "x"\nwords = "…"\n{said}\n'
    (limited / "notice.toml").write_text(material.NOTICE + wrong, encoding="utf-8")
    assert code in {fault.code for fault in check([limited])}


def test_a_sentence_says_large_amounts_in_ten_thousands() -> None:
    """ "8000" typed where 万元 is asked: nobody would see it in "80000000"."""
    limit = Limit("x", "一人{value}，请核对。", "product_income", most=20_000_000)
    assert found(limit, "help", product_income=[8_000_000_000]) == [(0, "一人8,000万元，请核对。")]
