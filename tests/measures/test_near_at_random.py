"""One step short, over made-up years: nobody on a list is counted, and what is said to be missing is what is missing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from qiaojie.bases.models import SupportPayment
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Proof, Settlement
from qiaojie.measures import near_misses, services
from qiaojie.measures.models import Counted, ValuePart
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Certificate, Person
from qiaojie.support.models import CareForm
from qiaojie.training.models import Enrolment, Result

from .programme import LONG_AGO, NEW_YEARS_EVE, Programme

STATES = [State.APPROVED] * 6 + [State.CHECKED, State.DRAFT]


def fill(programme: Programme, chance: random.Random) -> None:
    """Some people, and what may have happened to them in a year, each with something or nothing lacking."""

    def day() -> date:
        return date(2023, chance.randint(1, 12), chance.randint(1, 28))

    def maybe(right: Any, *wrong: Any) -> Any:
        return right if chance.random() < 0.6 else chance.choice(wrong)

    people = [
        programme.person(
            maybe(chance.randrange(4), None),
            born=maybe(date(1985, 6, 15), date(1960, 1, 1)),
            expires_on=maybe(None, date(2023, 4, 30)),
        )
        if chance.random() < 0.9
        else programme.person(None)
        for _n in range(12)
    ]
    courses = [
        programme.course(
            day(),
            chance.choice(["vocational", "practical"]),
            county=chance.randrange(4),
            sign_in=maybe(True, False),
        )
        for _n in range(6)
    ]
    for person in people:
        for held in chance.sample(courses, 3):
            result = maybe(Result.COMPLETED, Result.ENROLLED, Result.DROPPED)
            programme.enrol(held, person, result=result, state=chance.choice(STATES))
        for _n in range(chance.randint(0, 2)):
            programme.job(
                person,
                maybe(day(), date(2022, 5, 1)),
                county=chance.randrange(4),
                proof=maybe(Proof.CONTRACT, Proof.NONE),
                settlement=chance.choice(Settlement.values),
                state=chance.choice(STATES),
            )
        if chance.random() < 0.5:
            programme.care(
                person,
                day(),
                payer=maybe(chance.randrange(4), None),
                form=chance.choice(CareForm.values),
                boarding_months=maybe(1, 0),
                state=chance.choice(STATES),
            )
        if chance.random() < 0.5:
            programme.graduate(person, day(), verified=maybe(True, False), state=chance.choice(STATES))
    for one, into in (chance.sample(people, 2) for _n in range(2)):
        if one.canonical is None and into.canonical is None and not Person.objects.filter(canonical=one):
            programme.merge(one, into)
    for _n in range(3):
        closes = day()
        programme.event(closes, closes, has_plan=maybe(True, False), has_sign_in=maybe(True, False))
        programme.pay(programme.base(state=maybe(State.APPROVED, State.CHECKED)), day())


def certificate(programme: Programme, row: Any) -> None:
    held = Certificate.objects.filter(person=row.person).first()
    if held is None:
        held = programme.certificate(row.person, 0, issued_on=LONG_AGO)
        programme.told(held)
    else:
        programme.set(held, issued_on=LONG_AGO, expires_on=None, ended_on=None)


def to(**values: Any) -> Callable[[Programme, Any], None]:
    return lambda programme, row: programme.set(row, **values)


def sign_in(programme: Programme, row: Any) -> None:
    programme.set(row.training_class if isinstance(row, Enrolment) else row, has_sign_in=True)


def approve_base(programme: Programme, row: Any) -> None:
    assert isinstance(row, SupportPayment)
    programme.set(row.base, state=State.APPROVED)


MENDED: dict[str, Callable[[Programme, Any], None]] = {
    "person.disabled": certificate,
    "class.has_sign_in": sign_in,
    "has_sign_in": sign_in,
    "has_plan": to(has_plan=True),
    "result": to(result=Result.COMPLETED),
    "proof": to(proof=Proof.CONTRACT),
    "verified": to(verified=True),
    "boarding_months": to(boarding_months=1),
    "base.state": approve_base,
}


@pytest.mark.later
@pytest.mark.parametrize("seed", range(4))
def test_who_is_on_a_list_is_not_counted_and_counts_as_soon_as_it_is_mended(
    programme: Programme, work2023: Notice, seed: int
) -> None:
    fill(programme, random.Random(seed))
    services.recount(work2023, force=True)
    seen = 0
    for indicator in work2023.indicators:
        held = Counted.objects.filter(measure__indicator=indicator.code)
        counted = set(held.filter(until__isnull=True, part=ValuePart.APPROVED).values_list("key", flat=True))
        waits = set(held.filter(until__isnull=True, part=ValuePart.PENDING).values_list("key", flat=True))
        for step in near_misses.steps(work2023, indicator, NEW_YEARS_EVE):
            if step.name == near_misses.APPROVAL:
                continue
            _ledger, rows = near_misses.behind(work2023, indicator, step.name, NEW_YEARS_EVE)
            assert step.number == len(set(rows.values_list("k", flat=True)))
            for row in rows:
                key = row.k
                assert key not in counted | waits, (indicator.code, step.name)
                with transaction.atomic():
                    MENDED[step.name](programme, row)
                    assert held.filter(
                        part=ValuePart.APPROVED, key=key, until__isnull=True, day__lte=NEW_YEARS_EVE
                    ).exists(), (indicator.code, step.name)
                    transaction.set_rollback(True)
                seen += 1
    assert seen > 5
