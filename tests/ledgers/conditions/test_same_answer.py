"""A condition asked of the database and held against each row in Python says the same, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import evaluating, reading, sql
from qiaojie.ledgers.conditions.tree import EVERYTHING, NOTHING, AnyOf, Node, Not, RowKeys, proven, refuted
from qiaojie.ledgers.declaration import Ledger
from qiaojie.tables.form import Column
from tests.measures.programme import Programme, make_counties
from tests.rounds import examples, seeds

from .generated import Data, columns, fill, made_up

pytestmark = pytest.mark.django_db

LEDGERS = ("enrolments", "employments", "care_services", "base_payments", "persons", "classes")


def asked(ledger: Ledger, node: Node) -> list[int]:
    """The keys of the rows that the database finds."""
    annotations, met = sql.condition(ledger, node)
    rows = ledger.model._default_manager.annotate(**annotations).filter(met)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def node_of(ledger: Ledger, data: Data) -> Node:
    node, faults = reading.read(ledger, data)
    assert not faults, (data, faults)
    return node


@pytest.mark.parametrize("seed", seeds(2))
def test_the_database_and_python_say_the_same(seed: int) -> None:
    chance = Random(seed)
    fill(Programme(make_counties()), chance, 12)
    differ = 0
    for code in LEDGERS:
        ledger = declaration.get(code)
        keys, held = columns(ledger)
        for _ in range(examples(12)):
            data = made_up(ledger, held, chance)
            node = node_of(ledger, data)
            for said in (node, Not(node), refuted(node), proven(node)):
                by_python = [keys[row] for row in evaluating.meeting(said, held, range(len(keys)))]
                assert asked(ledger, said) == by_python, (code, data, said)
                differ += 0 < len(by_python) < len(keys)
    # Conditions that everything or nothing meets would show little.
    assert differ > examples(12)


def test_a_condition_and_its_opposite_part_all_rows(db: None) -> None:
    chance = Random(7)
    fill(Programme(make_counties()), chance, 8)
    ledger = declaration.get("employments")
    keys, held = columns(ledger)
    for _ in range(examples(20)):
        node = node_of(ledger, made_up(ledger, held, chance))
        met, unmet = set(asked(ledger, node)), set(asked(ledger, Not(node)))
        assert not met & unmet
        assert met | unmet == set(keys)
        # Known to be met, known not to be, or not known: never two of these.
        assert not set(asked(ledger, proven(node))) & set(asked(ledger, refuted(node)))


def test_nothing_and_everything_are_conditions_too() -> None:
    chance = Random(1)
    fill(Programme(make_counties()), chance, 3)
    ledger = declaration.get("persons")
    keys, held = columns(ledger)
    first = RowKeys((keys[0],))
    for node, wanted in (
        (EVERYTHING, keys),
        (NOTHING, []),
        (Not(EVERYTHING), []),
        (AnyOf((first, EVERYTHING)), keys),
        (AnyOf((first, NOTHING)), keys[:1]),
        (Not(first), keys[1:]),
    ):
        assert asked(ledger, node) == wanted
        assert [keys[row] for row in evaluating.meeting(node, held, range(len(keys)))] == wanted


class Trades(dict[str, str]):
    """A list of codes in which some stand under others."""

    def under(self, code: str) -> frozenset[str]:
        return frozenset({code, "shu", "miao"}) if code == "embroidery" else frozenset({code})


def test_a_code_holds_for_what_stands_under_it() -> None:
    programme = Programme(make_counties())
    woman = programme.person()
    for day, trade in enumerate(["embroidery", "shu", "miao", "straw", ""], start=1):
        programme.job(woman, date(2023, 1, day), employer=trade)
    plain = declaration.get("employments")
    listed = replace(
        plain.field("employer"), kind="choice", choices=Trades(embroidery="刺绣", shu="蜀绣", straw="草编")
    )
    ledger = replace(plain, fields=(listed,))
    keys, held = columns(ledger)
    for data, wanted in (
        ({"employer": "embroidery"}, [0, 1, 2]),
        ({"employer": ["straw", "embroidery"]}, [0, 1, 2, 3]),
        ({"employer": "shu"}, [1]),
        ({"employer": {"not": "embroidery"}}, [3, 4]),
    ):
        node = node_of(ledger, data)
        assert evaluating.meeting(node, held, range(5)) == wanted
        assert asked(ledger, node) == [keys[row] for row in wanted]


def test_a_column_is_for_the_rows_that_do_not_refute_its_condition() -> None:
    ledger = declaration.get("help")
    applies = {"base.kind": ("base", "workshop"), "employed": ("yes",)}
    column = Column("是否就业", "employed", applies=applies)
    node = refuted(reading.typed(ledger, {name: list(codes) for name, codes in applies.items()}))
    for kind in ("base", "workshop", "rural", None):
        for employed in ("yes", "no", None):
            row = {"base.kind": kind, "employed": employed}
            assert column.open_to(row) is not evaluating.holds(node, row)
