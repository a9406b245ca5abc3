"""Numbers asked for at noon are those that somebody else counts by hand, that lists show and that boards say."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.asking import counting, questions
from qiaojie.asking.answers import ALL, REST, UNKNOWN
from qiaojie.asking.wording import cut_words
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.models import State
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, Person
from qiaojie.regions.models import Level, Region
from qiaojie.support.models import CareService
from qiaojie.training.ledger import ENROLMENTS
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.web.factories import NOTICE, World, training_class

pytestmark = pytest.mark.django_db

BEGINS, ENDS = date(2023, 1, 1), date(2023, 12, 31)
BANDS = ((0, 15), (16, 24), (25, 34), (35, 44), (45, 54), (55, 59), (60, 200))
WOMEN = {"result": "completed", "person.disabled": True}
Both = tuple[int, int]


def ask(world: World, who: str = "clerk", ledger: str = "enrolments", **given: Any) -> counting.AskedAnswer:
    viewer = UserViewer(world.users[who])
    where: Mapping[str, Any] = given.pop("where", {})
    span = given.pop("span", (BEGINS, ENDS))
    as_of = given.pop("as_of", timezone.localdate())
    made = questions.make(declaration.get(ledger), viewer, where, span, as_of, **given)
    return counting.answer(made, viewer)


def cells(answer: counting.AskedAnswer) -> dict[tuple[str, str], Both]:
    """Every number that is not zero, by its groups."""
    shown = answer.table
    found = {}
    for line in (shown.total, *shown.lines):
        numbers = ((ALL, line.total), *zip((head.mark for head in shown.heads), line.cells, strict=True))
        found.update(
            {
                (line.head.mark, mark): (number.approved, number.pending)
                for mark, number in numbers
                if number.every
            }
        )
    return found


# --- a recount ---------------------------------------------------------------------------------------------------------


def towns(county: Region) -> list[Region]:
    """Two townships of a county, and a village of the first."""
    made = []
    for number in range(2):
        made.append(
            Region.objects.create(
                key=f"{county.key}-{number}", name=f"{number}号镇", short_name=f"{number}号镇", level=Level.TOWNSHIP,
                kind="township", parent=county, first=county.first, last=county.last,
            )
        )  # fmt: skip
    village = Region.objects.create(
        key=f"{county.key}-v", name="村", short_name="村", level=Level.VILLAGE, kind="village", parent=made[0],
        first=county.first, last=county.last,
    )  # fmt: skip
    return [*made, village]


def at_random(world: World, seed: int) -> None:
    """People, some found to be others, some not confirmed; classes, some entered twice; enrolments in every state."""
    dice = random.Random(seed)
    fuling = world.regions["涪陵区"]
    places = [*towns(fuling), fuling, None]
    people = Person.objects.bulk_create(
        Person(
            name=f"某{number}",
            sex="2",
            birth_date=dice.choice(
                [None, date(dice.randint(1950, 2012), dice.randint(1, 12), dice.randint(1, 28))]
            ),
            hukou=dice.choice(places),
            confirmed=dice.random() > 0.1,
        )
        for number in range(40)
    )
    for one in dice.sample(people[20:], 6):
        one.canonical = dice.choice(people[:20])
        one.save()
    Certificate.objects.bulk_create(
        Certificate(
            person=one, category="4", grade="2", county=fuling, issued_on=dice.choice([None, date(2016, 5, 1)]),
            ended_on=dice.choice([None, None, date(2023, 7, 1)]), confirmed=dice.random() > 0.15,
        )
        for one in people
        if dice.random() > 0.2
    )  # fmt: skip
    classes = []
    for number in range(10):
        day = date(2023, dice.randint(1, 12), 20) if dice.random() > 0.15 else date(2022, 12, 20)
        state = dice.choice([State.APPROVED, State.APPROVED, State.APPROVED, State.DRAFT])
        classes.append(training_class(fuling, f"第{number}班", begins=day, ends=day, state=state))
    for one in dice.sample(classes[5:], 3):
        one.canonical = dice.choice(classes[:5])
        one.save()
    pairs = dice.sample([(held, one) for held in classes for one in people], 150)
    Enrolment.objects.bulk_create(
        Enrolment(
            training_class=held,
            person=one,
            filed_by=fuling,
            happened_on=held.ends,
            state=dice.choice([State.APPROVED, State.APPROVED, State.CHECKED, State.WITHDRAWN]),
            result=dice.choice([Result.COMPLETED, Result.COMPLETED, Result.DROPPED]),
        )
        for held, one in pairs
    )


def by_hand(world: World, unit: str) -> dict[tuple[str, str], Both]:
    """The same numbers from the rows themselves, one after the other, in plain Python."""
    filed = {world.regions["涪陵区"].pk}
    people = {
        one.pk: one for one in Person.objects.select_related("hukou__parent", "canonical__hukou__parent")
    }
    records: dict[int, list[Person]] = defaultdict(list)
    for one in people.values():
        records[one.canonical_id or one.pk].append(one)
    held: dict[int, list[Certificate]] = defaultdict(list)
    for card in Certificate.objects.all():
        held[people[card.person_id].canonical_id or card.person_id].append(card)

    def valid(card: Certificate, day: date) -> bool:
        return (
            (card.issued_on is None or card.issued_on <= day)
            and (card.expires_on is None or card.expires_on >= day)
            and (card.ended_on is None or card.ended_on >= day)
        )

    sums: dict[tuple[str, str], tuple[set[Any], set[Any]]] = defaultdict(lambda: (set(), set()))
    for row in Enrolment.objects.select_related("training_class"):
        day = row.happened_on
        own = people[row.person_id]
        woman = own.canonical_id or own.pk
        cards = [card for card in held[woman] if day and valid(card, day)]
        if (
            row.filed_by_id not in filed
            or row.state == State.WITHDRAWN
            or not day
            or not BEGINS <= day <= ENDS
        ):
            continue
        if row.result != Result.COMPLETED or not cards:
            continue
        unsure = any(not one.confirmed for one in (*records[woman], *held[woman]))
        approved = row.state == row.training_class.state == State.APPROVED
        if unsure:
            approved = approved and own.confirmed and any(card.confirmed for card in cards)
        kept = people[woman]
        birth = kept.birth_date or own.birth_date
        age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)) if birth else None
        band = UNKNOWN if age is None else str(next(n for n, (a, b) in enumerate(BANDS) if a <= age <= b))
        town = UNKNOWN
        for place in (kept.hukou, own.hukou):
            while place is not None and place.level > Level.TOWNSHIP:
                place = place.parent
            if town == UNKNOWN and place is not None and place.level == Level.TOWNSHIP:
                town = str(place.pk)
        thing = row.training_class.canonical_id or row.training_class_id
        key = woman if unit == "persons" else (thing, woman)
        for at in {(ALL, ALL), (town, ALL), (ALL, band), (town, band)}:
            sums[at][0 if approved else 1].add(key)
    return {at: (len(yes), len(no - yes)) for at, (yes, no) in sums.items() if yes | no}


@pytest.mark.parametrize("unit", ["persons", "rows"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_made_up_at_random_are_counted_as_by_hand(world: World, seed: int, unit: str) -> None:
    at_random(world, seed)
    found = cells(ask(world, where=WOMEN, unit=unit, rows="person.township", columns="person.age"))
    assert found == by_hand(world, unit)
    assert {mark for mark, _column in found} >= {ALL, UNKNOWN}, "some live where nobody knows"
    assert any(pending for _approved, pending in found.values())


def test_every_number_opens_to_the_rows_that_it_is_made_of(world: World) -> None:
    at_random(world, 4)
    viewer = UserViewer(world.users["clerk"])
    answer = ask(world, where=WOMEN, rows="person.township", columns="person.age")
    for (row, column), (approved, pending) in cells(answer).items():
        for part, number in ((False, approved), (True, pending)):
            behind = counting.rows_behind(answer.question, viewer, row, column, pending=part)
            assert behind is not None
            women = {one.person.canonical_id or one.person_id for one in behind.select_related("person")}
            assert len(women) == number
    assert counting.rows_behind(answer.question, viewer, "somewhere", ALL, pending=False) is None


def test_every_ledger_is_parted_in_every_way_that_it_declares(world: World) -> None:
    viewer = UserViewer(world.users["city"])
    for ledger in declaration.every():
        ways = [one.name for one in questions.groupings_of(ledger, viewer)]
        assert ways == [one.name for one in ledger.groupings], "a federation may see all"
        assert len(set(ways)) == len(ways), ledger.code
        for unit in questions.units_of(ledger, viewer):
            ask(world, "city", ledger.code, unit=unit.code, span=questions.usual_span(ledger))
        for rows, columns in zip(ways, [*ways[1:], ""], strict=True):
            total = ask(world, "city", ledger.code, rows=rows, columns=columns).table.total.total
            assert total.every <= queries.rows(ledger, viewer).count(), (ledger.code, rows)


def test_money_of_a_class_entered_twice_is_summed_once(world: World) -> None:
    fuling = world.regions["涪陵区"]
    kept = training_class(fuling, "竹编", cost=100_00, funding="own")
    training_class(fuling, "竹编（重）", cost=700_00, funding="own", canonical=kept)
    training_class(fuling, "染布", cost=50_00, funding="own", state=State.DRAFT)
    answer = ask(world, ledger="classes", unit="cost", rows="funding")
    assert cells(answer)[("own", ALL)] == (100_00, 50_00)


def test_they_are_those_of_the_list_and_of_the_board(world: World) -> None:
    clerk = UserViewer(world.users["clerk"])
    answer = ask(world, unit="rows")
    listed = queries.rows(ENROLMENTS, clerk, {}).filter(happened_on__range=(BEGINS, ENDS))
    assert answer.table.total.total.every == listed.count() > 0
    assert answer.table.total.total.approved == listed.filter(state=State.APPROVED).count()
    # Each woman of the city counts once on the board, for whichever county; so she does here.
    notice = notices.notice(NOTICE)
    recount(notice, force=True)
    value = measures.measure(notice, ENDS, SystemViewer()).total["vocational_training"]
    (source,) = notice.indicator("vocational_training").sources
    whole = ask(world, "city", where=source.where).table.total.total
    assert (whole.approved, whole.pending) == (value.approved, value.pending)
    assert whole.approved and whole.pending


def test_what_goes_on_counts_in_the_new_year_too(world: World) -> None:
    fuling, (one, two, *_rest) = world.regions["涪陵区"], world.people["here"]
    common = {"filed_by": fuling, "payer": fuling, "form": "day", "state": State.APPROVED}
    CareService.objects.create(person=one, begins=date(2022, 5, 1), happened_on=date(2022, 5, 1), **common)
    CareService.objects.create(
        person=two, begins=date(2022, 5, 1), happened_on=date(2022, 5, 1), ends=date(2022, 12, 31), **common
    )
    answer = ask(world, ledger="care_services", rows="payer", columns="purchased")
    places = {(row, head.mark) for row in (ALL, str(fuling.pk)) for head in answer.table.heads}
    assert cells(answer) == dict.fromkeys({(ALL, ALL), (str(fuling.pk), ALL), *places}, (1, 0))


def test_of_a_register_it_is_asked_what_held_on_the_day(world: World) -> None:
    woman = world.people["here"][0]
    woman.certificates.update(ended_on=date(2024, 6, 30))
    then, later = (
        ask(world, ledger="certificates", span=(None, None), as_of=day, rows="category", columns="grade")
        for day in (date(2024, 6, 30), date(2024, 7, 1))
    )
    assert then.table.total.total.approved == later.table.total.total.approved + 1
    assert ask(world, ledger="persons", rows="township").table.total.total.approved == 30


def test_as_of_a_day_only_what_was_known_and_approved_by_then(world: World) -> None:
    noon = timezone.make_aware(datetime(2023, 7, 1, 12))
    Enrolment.objects.update(entered_at=noon, approved_at=noon)
    TrainingClass.objects.update(entered_at=noon, approved_at=noon)
    early = [date(2023, 6, 30), date(2023, 7, 1)]
    assert [ask(world, as_of=day).table.total.total.every for day in early] == [0, 26]
    woven = world.classes["weaving"]
    woven.enrolments.filter(person__in=world.people["here"][12:15]).update(
        approved_at=noon + timedelta(days=3)
    )
    TrainingClass.objects.filter(pk=world.classes["farming"].pk).update(approved_at=noon + timedelta(days=9))
    for day, number in ((date(2023, 7, 1), 17), (date(2023, 7, 4), 20)):
        total = ask(world, as_of=day).table.total.total
        assert (total.approved, total.pending) == (number, 26 - number), day


def test_too_many_groups_are_put_together_and_said(world: World) -> None:
    fuling = world.regions["涪陵区"]
    TrainingClass.objects.bulk_create(
        TrainingClass(
            title=f"第{n}班", content=f"内容{n:04d}", begins=ENDS, ends=ENDS, happened_on=ENDS, filed_by=fuling,
            state=State.APPROVED, cost=n + 1, kind="vocational",
        )
        for n in range(300)
    )  # fmt: skip
    answer = ask(world, ledger="classes", unit="cost", rows="content", columns="content")
    assert answer.question.columns is None, "by one thing once"
    answer = ask(world, ledger="classes", unit="rows", rows="content", columns="month")
    shown = answer.table
    assert len(shown.lines) == 99 and shown.lines[-1].head.mark == REST
    assert sum(line.total.approved for line in shown.lines) == shown.total.total.approved
    assert shown.lines[-1].total.approved == 302 - 98
    (said,) = cut_words(answer)
    assert "303" in said and "请加条件" in said
