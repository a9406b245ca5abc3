"""What a class adds up to: approved trainees, women with a certificate of that day, the cost by head; else what was claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.ledgers import queries
from qiaojie.ledgers.models import State
from qiaojie.people.models import Certificate, Person, Sex
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.web.factories import World, enrol, person, training_class

SUMS = ("headcount", "disabled_women", "cost_share")


def sums(held: TrainingClass) -> tuple[Any, ...]:
    fields = [CLASSES.field(name) for name in SUMS]
    found = queries.rows(CLASSES, SystemViewer()).filter(pk=held.pk)
    ((_pk, _person, values),) = queries.typed(CLASSES, found, fields)
    return tuple(values)


@pytest.fixture
def held(world: World) -> TrainingClass:
    """A class of 1,000 yuan in June with nobody in it."""
    return training_class(world.regions["涪陵区"], "算账班", cost=100_000)


def test_only_approved_trainees_are_counted(world: World, held: TrainingClass) -> None:
    enrol(held, world.people["here"][:3])
    enrol(held, world.people["here"][3:5], State.DRAFT)
    enrol(held, world.people["here"][5:6], State.CHECKED)
    enrol(held, world.people["here"][6:7], State.WITHDRAWN)
    assert sums(held) == (3, 3, 100_000)


def test_a_claim_stands_in_only_where_no_roster_is_known(world: World, held: TrainingClass) -> None:
    TrainingClass.objects.filter(pk=held.pk).update(claimed_headcount=40, claimed_disabled_women=12)
    assert sums(held)[:2] == (40, 12)
    # A roster that was taken back is none; one that waits to be approved is one, and nobody of it counts yet.
    enrol(held, world.people["here"][:1], State.WITHDRAWN)
    assert sums(held)[:2] == (40, 12)
    enrol(held, world.people["here"][1:2], State.DRAFT)
    assert sums(held)[:2] == (0, 0)


@pytest.mark.parametrize(
    ("papers", "women"),
    [
        ({"expires_on": date(2023, 6, 19)}, 0),
        ({"expires_on": date(2023, 6, 20)}, 1),
        ({"ended_on": date(2023, 6, 19)}, 0),
        ({"ended_on": date(2023, 6, 20)}, 1),
        ({"issued_on": date(2023, 6, 20)}, 1),
        ({"issued_on": date(2023, 6, 21)}, 0),
        ({"issued_on": None, "expires_on": None}, 1),
    ],
)
def test_her_certificate_must_hold_on_the_last_day_of_the_class(
    world: World, held: TrainingClass, papers: dict[str, date | None], women: int
) -> None:
    woman = world.people["here"][7]
    Certificate.objects.filter(person=woman).update(**papers)
    enrol(held, [woman])
    assert sums(held)[:2] == (1, women)


def test_men_and_people_without_a_certificate_are_heads_and_not_disabled_women(
    world: World, held: TrainingClass
) -> None:
    man = world.people["here"][8]
    Person.objects.filter(pk=man.pk).update(sex=Sex.MALE)
    enrol(held, [man, person(300, world.regions["涪陵区"], disabled=False), world.people["here"][9]])
    assert sums(held) == (3, 1, 33_333)


def test_a_certificate_under_her_other_record_is_hers(world: World, held: TrainingClass) -> None:
    kept, double = world.people["here"][10], person(301, world.regions["涪陵区"], disabled=False)
    Person.objects.filter(pk=double.pk).update(canonical=kept)
    enrol(held, [double])
    assert sums(held)[:2] == (1, 1)


def test_two_records_of_one_woman_are_one_trainee(world: World, held: TrainingClass) -> None:
    kept, double, other = *world.people["here"][10:12], person(302, world.regions["涪陵区"], disabled=False)
    enrol(held, [kept, double, other])
    assert sums(held) == (3, 2, 66_667)
    Person.objects.filter(pk=double.pk).update(canonical=kept)
    assert sums(held) == (2, 1, 50_000)


def test_a_certificate_that_nobody_confirmed_makes_no_disabled_woman(
    world: World, held: TrainingClass
) -> None:
    enrol(held, world.people["here"][:2])
    Certificate.objects.filter(person=world.people["here"][0]).update(confirmed=False)
    assert sums(held) == (2, 1, 50_000)


@pytest.mark.parametrize(
    ("cost", "women", "others", "share"),
    [
        # By head, rounded half up to the fen.
        (100_000, 2, 1, 66_667),
        (100_000, 1, 2, 33_333),
        (5, 1, 1, 3),
        (7, 1, 3, 2),
        (100_000, 0, 2, 0),
        # 18,878.045 yuan is 18,878.05, whatever it is divided by.
        (3_775_609, 1, 1, 1_887_805),
        (7_551_218, 1, 3, 1_887_805),
        (None, 2, 1, None),
    ],
)
def test_the_cost_of_disabled_women_is_their_share_by_head(
    world: World, held: TrainingClass, cost: int | None, women: int, others: int, share: int | None
) -> None:
    TrainingClass.objects.filter(pk=held.pk).update(cost=cost)
    enrol(held, world.people["here"][:women])
    enrol(held, [person(310 + n, world.regions["涪陵区"], disabled=False) for n in range(others)])
    assert sums(held)[2] == share


def test_the_share_is_taken_among_completers_and_a_voucher_goes_before_it(
    world: World, held: TrainingClass
) -> None:
    enrol(held, world.people["here"][:4])
    dropped = Enrolment.objects.filter(training_class=held, person__in=world.people["here"][:2])
    dropped.update(result=Result.DROPPED)
    enrol(held, [person(320, world.regions["涪陵区"], disabled=False)])
    # Of three who completed, two.
    assert sums(held) == (5, 4, 66_667)
    Enrolment.objects.filter(training_class=held).update(result=Result.ENROLLED)
    assert sums(held)[2] is None
    TrainingClass.objects.filter(pk=held.pk).update(cost_disabled_women=12_345)
    assert sums(held)[2] == 12_345
