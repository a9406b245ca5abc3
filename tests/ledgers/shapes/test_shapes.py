"""Each shape finds the rows that a plain reading of what it says finds, whatever the rows are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.shapes.finding import concerned
from qiaojie.ledgers.shapes.named import (
    Burst,
    OrderOfDates,
    OverlapInTime,
    Repeat,
    RowShape,
    SharedValue,
    faults,
)
from tests.ledgers.conditions.generated import fill
from tests.measures.programme import Programme, make_counties
from tests.rounds import examples, seeds

pytestmark = pytest.mark.django_db

Row = dict[str, Any]
Read = Callable[[RowShape, list[Row]], set[int]]


def known(value: Any) -> bool:
    return value not in (None, "")


def groups(shape: RowShape, rows: list[Row], *needed: str) -> list[list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if all(known(row[name]) for name in (*shape.same, *needed)):
            found.setdefault(tuple(row[name] for name in shape.same), []).append(row)
    return list(found.values())


def overlapping(shape: RowShape, rows: list[Row]) -> set[int]:
    assert isinstance(shape, OverlapInTime)
    found = set()
    for group in groups(shape, rows, shape.begins):
        spans = [(row["pk"], row[shape.begins], row[shape.ends] or date.max) for row in group]
        spans = [span for span in spans if span[1] <= span[2]]
        found |= {
            one
            for one, begins, ends in spans
            for other, first, last in spans
            if one != other and begins <= last and first <= ends
        }
    return found


def shared(shape: RowShape, rows: list[Row]) -> set[int]:
    assert isinstance(shape, SharedValue)
    return {
        row["pk"]
        for group in groups(shape, rows, shape.apart)
        if len({row[shape.apart] for row in group}) >= shape.rows
        for row in group
    }


def repeated(shape: RowShape, rows: list[Row]) -> set[int]:
    assert isinstance(shape, Repeat)
    return {row["pk"] for group in groups(shape, rows) if len(group) >= shape.rows for row in group}


def bursting(shape: RowShape, rows: list[Row]) -> set[int]:
    assert isinstance(shape, Burst)
    found = set()
    for group in groups(shape, rows, shape.day):
        for first in group:
            within = [
                row["pk"] for row in group if 0 <= (row[shape.day] - first[shape.day]).days < shape.days
            ]
            if len(within) > shape.most:
                found |= set(within)
    return found


def out_of_order(shape: RowShape, rows: list[Row]) -> set[int]:
    assert isinstance(shape, OrderOfDates)
    found = set()
    for group in groups(shape, rows, shape.by, shape.day):
        for one in group:
            for other in group:
                if one[shape.by] < other[shape.by] and one[shape.day] > other[shape.day]:
                    found |= {one["pk"], other["pk"]}
    return found


SHAPES: list[tuple[str, RowShape, Read]] = [
    ("employments", OverlapInTime(("settlement", "form"), "begins", "ends"), overlapping),
    ("employments", OverlapInTime(("person.sex",), "begins", "ends", {"handicraft": True}), overlapping),
    ("care_services", OverlapInTime(("form",), "begins", "ends"), overlapping),
    ("classes", OverlapInTime(("teacher",), "begins", "ends"), overlapping),
    ("employments", SharedValue(("employer",), "form"), shared),
    ("employments", SharedValue(("proof",), "person.sex", 4), shared),
    ("persons", SharedValue(("hukou_kind",), "birth_date", 3), shared),
    ("employments", Repeat(("employer", "form")), repeated),
    ("base_payments", Repeat(("base.kind", "amount"), 3), repeated),
    ("base_payments", Burst(("base.kind",), "happened_on", 90, 2), bursting),
    ("employments", Burst(("settlement",), "begins", 200, 1), bursting),
    ("employments", Burst(("handicraft",), "begins", 60, 3, {"not": {"form": "self"}}), bursting),
    ("base_payments", OrderOfDates(("base.kind",), "amount", "happened_on"), out_of_order),
    ("enrolments", OrderOfDates(("result",), "score", "class.ends"), out_of_order),
    ("employments", OrderOfDates(("person.sex",), "begins", "ends"), out_of_order),
]


def rows_of(ledger: Ledger, where: dict[str, Any]) -> list[Row]:
    names = [field for field in ledger.fields if field.expression is None and field.kind != "phone"]
    wanted = queries.condition(ledger, where)
    found = ledger.model._default_manager.annotate(**wanted[0]).filter(wanted[1]).order_by("pk")
    read = queries.typed(ledger, found, names)
    return [
        {"pk": pk, **dict(zip([one.name for one in names], values, strict=True))}
        for pk, _person, values in read
    ]


@pytest.mark.parametrize("seed", seeds(2))
def test_shapes_find_what_a_plain_reading_finds(seed: int, django_assert_num_queries: Any) -> None:
    chance = Random(seed)
    fill(Programme(make_counties()), chance, examples(25))
    some = Counter[str]()
    for code, shape, plainly in SHAPES:
        ledger = declaration.get(code)
        rows = rows_of(ledger, dict(shape.where))
        with django_assert_num_queries(1):
            found = set(concerned(shape, ledger).values_list("pk", flat=True))
        assert found == plainly(shape, rows), (code, shape)
        some[type(shape).__name__] += 0 < len(found) < len(rows)
    assert set(some) == {"OverlapInTime", "SharedValue", "Repeat", "Burst", "OrderOfDates"}
    assert all(some.values()), some


def test_only_rows_of_a_query_are_looked_at() -> None:
    programme = Programme(make_counties())
    woman = programme.person()
    first = programme.job(woman, date(2023, 1, 1), ends=date(2023, 2, 1), employer="甲")
    second = programme.job(woman, date(2023, 2, 1), ends=None, employer="甲")
    ledger = declaration.get("employments")
    shape = OverlapInTime(("employer",), "begins", "ends")
    assert set(concerned(shape, ledger).values_list("pk", flat=True)) == {first.pk, second.pk}
    within = ledger.model._default_manager.exclude(pk=first.pk)
    assert not concerned(shape, ledger, within).exists()


@pytest.mark.parametrize(
    ("shape", "key", "code"),
    [
        (Repeat(()), "shape.same", "condition_form"),
        (Repeat(("mood",)), "shape.same", "field_unknown"),
        (Repeat(("person.phone",)), "shape.same", "field_sealed"),
        (Repeat(("form",), 1), "shape.rows", "value_type"),
        (Repeat(("form",), where={"form": "x"}), "shape.where.form", "value_unknown"),
        (SharedValue(("form",), "mood"), "shape.apart", "field_unknown"),
        (SharedValue(("form",), "employer", 0), "shape.rows", "value_type"),
        (OverlapInTime(("form",), "employer", "ends"), "shape.begins", "value_type"),
        (OverlapInTime(("form",), "begins", "end"), "shape.ends", "field_unknown"),
        (Burst(("form",), "employer", 3, 3), "shape.day", "value_type"),
        (Burst(("form",), "begins", 0, 3), "shape.days", "value_type"),
        (Burst(("form",), "begins", 3, 0), "shape.most", "value_type"),
        (Burst(("form",), "begins", 3, 51), "shape.most", "value_type"),
        (OrderOfDates(("form",), "employer", "begins"), "shape.by", "value_type"),
        (OrderOfDates(("form",), "begins", "form"), "shape.day", "value_type"),
    ],
)
def test_every_fault_is_named(shape: RowShape, key: str, code: str) -> None:
    assert [(one.key, one.code) for one in faults(shape, declaration.get("employments"), "shape")] == [
        (key, code)
    ]


@pytest.mark.parametrize(("code", "shape"), [(code, shape) for code, shape, _read in SHAPES])
def test_what_fits_has_no_fault(code: str, shape: RowShape) -> None:
    if code == "base_payments" and isinstance(shape, OrderOfDates):
        # An amount is neither a day nor a running number.
        assert faults(shape, declaration.get(code), "x")
    else:
        assert faults(shape, declaration.get(code), "x") == []
