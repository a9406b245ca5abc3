"""Rows and conditions made up by chance: what some ledgers may hold, and whatever may be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from qiaojie.ledgers import queries
from qiaojie.ledgers.conditions import resolving
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.people.models import HukouKind, Sex
from qiaojie.support.models import CareForm
from qiaojie.training.models import Result
from tests.measures.programme import Programme

SOME_DAY = date(2023, 6, 30)
NUMBERS = resolving.NUMBERS
DAYS = resolving.DAYS

Data = dict[str, Any]


def fill(programme: Programme, chance: Random, number: int) -> None:
    """So many rows of each ledger, with gaps wherever gaps may be, and days and amounts that meet each other often."""

    def day(*, spread: int = 400) -> date:
        return SOME_DAY + timedelta(days=chance.randint(-spread, spread))

    states = [State.APPROVED, State.DRAFT]
    bases = [
        programme.base(kind=chance.choice(["base", "workshop", "rural"]), state=chance.choice(states))
        for _ in range(3)
    ]
    for _ in range(number):
        woman = programme.person(
            chance.choice([None, 0, 1]),
            born=chance.choice([None, date(2004, 2, 29), day(spread=16_000)]),
            sex=chance.choice(Sex.values),
            home=chance.choice([None, *programme.counties]),
            issued_on=day(spread=900),
        )
        woman.hukou_kind = chance.choice(["", *HukouKind.values])
        woman.ethnicity = chance.choice(["", "01"])
        woman.died_on = chance.choice([None, None, day()])
        woman.save()
        held = programme.course(
            day(), chance.choice(["practical", "vocational"]), sign_in=chance.choice([None, True, False])
        )
        held.cost = chance.choice([None, 0, 80_000, 200_000, 1_000_000])
        held.cost_disabled_women = chance.choice([None, 80_000]) if held.cost else None
        held.planned_headcount = chance.choice([None, 0, 2, 10])
        held.begins = held.ends - timedelta(days=chance.randint(0, 40))
        held.teacher = chance.choice(["", "张师傅"])
        held.venue = chance.choice(["", "张师傅", "礼堂"])
        held.save()
        programme.enrol(
            held,
            woman,
            result=chance.choice(Result.values),
            state=chance.choice(states),
            score=chance.choice([None, 60, 95]),
        )
        begins = day()
        programme.job(
            woman,
            begins,
            ends=chance.choice([None, begins, begins + timedelta(days=90)]),
            form=chance.choice(WorkForm.values),
            proof=chance.choice(Proof.values),
            settlement=chance.choice(Settlement.values),
            employer=chance.choice(["", "绣坊"]),
            handicraft=chance.choice([True, False]),
            continues=chance.choice([True, False]),
            state=chance.choice(states),
        )
        began = day()
        programme.care(
            woman,
            began,
            payer=chance.choice([None, 0, 2]),
            ends=chance.choice([None, began + timedelta(days=chance.randint(0, 60))]),
            form=chance.choice(CareForm.values),
            boarding_months=chance.choice([0, 1, 12]),
            provider=chance.choice(["", "托养中心"]),
        )
        programme.pay(
            chance.choice(bases),
            day(),
            chance.choice([1, 30_000, 2_000_000, 20_000_000]),
            state=chance.choice(states),
        )


def columns(ledger: Ledger) -> tuple[list[int], dict[str, list[Any]]]:
    """Keys and typed values of all rows of a ledger, of those fields that can be asked for."""
    asked = askable(ledger)
    keys, found = [], []
    for pk, _person, values in queries.typed(ledger, ledger.model._default_manager.order_by("pk"), asked):
        keys.append(pk)
        found.append(values)
    held = {field.name: [values[at] for values in found] for at, field in enumerate(asked)}
    return keys, {**held, queries.KEYS: list(keys)}


def askable(ledger: Ledger) -> list[Field]:
    """The fields that a database can be asked for."""
    return [one for one in ledger.fields if not resolving.sealed(ledger, resolving.meant(ledger, one.name))]


def made_up(ledger: Ledger, held: Mapping[str, list[Any]], chance: Random, deep: int = 3) -> Data:
    """A condition on a ledger, as somebody may write it."""
    found: Data = {}
    for _ in range(chance.randint(1, 2)):
        field = chance.choice(askable(ledger))
        found[field.name] = _wanted(ledger, field, held, chance)
    if deep:
        for word in chance.sample(["all", "any", "not"], chance.choice([0, 1, 1, 2])):
            parts = [made_up(ledger, held, chance, deep - 1) for _ in range(chance.randint(1, 3))]
            found[word] = parts[0] if word == "not" else parts
        if len(found) > 2 and chance.random() < 0.6:
            # A condition of nothing but groups.
            found = {word: value for word, value in found.items() if word in ("all", "any", "not")} or found
    return found


def _wanted(ledger: Ledger, field: Field, held: Mapping[str, list[Any]], chance: Random) -> Any:
    ways = [lambda: {"known": chance.random() < 0.5}]
    like = [one for one in askable(ledger) if one.kind == field.kind and one.name != field.name]
    if like and not field.choices:
        ways.append(lambda: {"same_as": chance.choice(like).name})
    if field.kind != "date_span":
        ways += [lambda: _values(field, held, chance, field.kind == "money")] * 2
    if field.kind in NUMBERS | DAYS | {"date_span"}:
        ways += [lambda: _bounds(field, held, chance)] * 3
        if like:
            ways.append(lambda: {chance.choice(["at_least", "at_most"]): chance.choice(like).name})
    if field.kind == "date_span":
        ways.append(lambda: {"days": True, "max": chance.randint(0, 40)})
    if field.kind in DAYS:
        other = chance.choice(
            [SOME_DAY, *(one.name for one in askable(ledger) if one.kind in DAYS | {"date_span"})]
        )
        ways.append(lambda: {"age_on": other, **_some(chance, lambda: chance.randint(0, 60))})
        ways.append(lambda: {"days_to": other, **_some(chance, lambda: chance.randint(-300, 300))})
    if field.kind in NUMBERS and like:
        unit = {"unit": chance.choice(["元", "万元"])} if field.kind == "money" else {}
        ways.append(
            lambda: {
                "per": chance.choice(like).name,
                **_some(chance, lambda: chance.choice([0.25, 1, 7, 400])),
                **unit,
            }
        )
    return chance.choice(ways)()


def _some(chance: Random, number: Any) -> Data:
    low, high = sorted((number(), number()))
    return chance.choice([{"min": low}, {"max": high}, {"min": low, "max": high}])


def _one(field: Field, held: Mapping[str, list[Any]], chance: Random) -> Any:
    if field.choices:
        return chance.choice(list(field.choices))
    if field.kind == "yes_no":
        return chance.choice([True, False])
    there = [value for value in held[field.name] if value not in (None, "")]
    if field.kind in DAYS:
        return chance.choice([SOME_DAY, *there])
    if field.kind in NUMBERS:
        return int(chance.choice([0, 3, *there]))
    return chance.choice(["没有的", *map(str, there)])


def _values(field: Field, held: Mapping[str, list[Any]], chance: Random, money: bool) -> Any:
    one = _one(field, held, chance)
    if money:
        return {chance.choice(["is", "not"]): one // 100, "unit": "元"}
    several = [_one(field, held, chance) for _ in range(3)]
    return chance.choice([one, several, {"not": one}, {"not": several}])


def _bounds(field: Field, held: Mapping[str, list[Any]], chance: Random) -> Data:
    if field.kind == "date_span":
        return _some(chance, lambda: SOME_DAY + timedelta(days=chance.randint(-300, 300)))
    if field.kind != "money":
        return _some(chance, lambda: _one(field, held, chance))
    unit = chance.choice(["元", "万元"])
    return {**_some(chance, lambda: chance.choice([0, 0.5, 2, 300, 800])), "unit": unit}
