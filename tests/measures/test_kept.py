"""Kept totals against a count by hand: facts, approvals, certificates, merges, undoing, people given over, deletions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from qiaojie.bases.models import Base, SupportPayment
from qiaojie.ledgers.models import State
from qiaojie.ledgers.signals import rows_changed, rows_changing
from qiaojie.lib.periods import Period
from qiaojie.livelihoods.models import Employment, Proof, Settlement, WorkForm
from qiaojie.measures import engine, queries, services
from qiaojie.measures.models import Counted, HandOver, Measure, ValuePart
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.models import Certificate, Person, Sex
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.rounds import seeds

pytestmark = pytest.mark.django_db

YEAR_BEGINS, YEAR_ENDS = date(2023, 1, 1), date(2023, 12, 31)


@pytest.fixture
def notice() -> Notice:
    """The shipped notice whose two training indicators are counted."""
    return notices.notice("chongqing-work-2023")


@pytest.fixture
def counties() -> list[Region]:
    """Four counties of nowhere in particular."""
    return [
        Region.objects.create(
            **dict.fromkeys(("name", "short_name"), f"甲{n}县"),
            **dict.fromkeys(("first", "last"), 10_000_000 + n),
            key=f"test-{n}",
            level=Level.COUNTY,
            kind=RegionKind.COUNTY,
        )
        for n in range(4)
    ]


def valid(certificate: Certificate, day: date) -> bool:
    """Whether a certificate was valid on a day."""
    return (
        (certificate.issued_on is None or certificate.issued_on <= day)
        and (certificate.expires_on is None or certificate.expires_on >= day)
        and (certificate.ended_on is None or certificate.ended_on >= day)
    )


@dataclass(frozen=True, order=True)
class Line:
    """A fact that meets an indicator's conditions, ordered as facts are: by day, then by entry."""

    day: date
    pk: int
    key: int
    unit: int
    approved: bool
    split: bool = True


def key_of(person: Person) -> int:
    """Under whom a person counts."""
    return person.canonical_id or person.pk


def records_of(person: Person) -> QuerySet[Person]:
    """All records of a woman."""
    return Person.objects.filter(Q(pk=key_of(person)) | Q(canonical_id=key_of(person)))


def certificates_of(person: Person) -> QuerySet[Certificate]:
    """All certificates of a woman, under whichever of her records."""
    return Certificate.objects.filter(person__in=records_of(person))


def held_on(day: date, person: Person, *, confirmed: bool = False) -> Certificate | None:
    """Of the certificates that were valid on a day the one issued last."""
    held = [c for c in certificates_of(person) if valid(c, day) and (c.confirmed or not confirmed)]
    return max(held, key=lambda c: (c.issued_on or date.min, c.pk)) if held else None


def certified(row: Enrolment | Employment, approved: bool) -> tuple[int, bool] | None:
    """Which unit answers for a fact that only counts with a certificate, and whether as approved; None without one."""
    assert row.happened_on is not None
    waits = any(not one.confirmed for one in certificates_of(row.person))
    if approved and waits and (sure := held_on(row.happened_on, row.person, confirmed=True)):
        return sure.county_id or row.filed_by_id, not sure.county_asked
    held = held_on(row.happened_on, row.person)
    if held is None:
        return None
    return held.county_id or row.filed_by_id, approved and not waits and not held.county_asked


def training_lines(kind: str) -> list[Line]:
    """Completed enrolments of classes of a kind, but for classes whose sign-in sheet is known to be missing."""
    found: list[Line] = []
    for row in Enrolment.objects.select_related("training_class", "person").exclude(state=State.WITHDRAWN):
        held = row.training_class
        assert row.happened_on is not None
        if row.result != Result.COMPLETED or held.kind != kind or held.has_sign_in is False:
            continue
        approved = row.state == held.state == State.APPROVED
        if kind == "practical":
            # A woman completes a class once, under whichever of her records.
            key = held.pk * 1_000_000 + key_of(row.person)
            found.append(Line(row.happened_on, row.pk, key, row.filed_by_id, approved))
        elif counted := certified(row, approved):
            found.append(Line(row.happened_on, row.pk, key_of(row.person), *counted))
    return found


def age(born: date, day: date) -> int:
    """Full years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def employment_lines(settlement: Settlement | None) -> list[Line]:
    """New employment by its definition; ``split`` says whether it is of the settlement asked for."""
    found: list[Line] = []
    for row in Employment.objects.select_related("person").exclude(state=State.WITHDRAWN):
        eve = date(row.begins.year - 1, 12, 31)
        before = Employment.objects.filter(
            person__in=records_of(row.person), state=State.APPROVED, begins__lte=eve
        )
        counted = certified(row, row.state == State.APPROVED)
        born = row.person.birth_date
        if (
            not row.proof
            or row.continues
            or counted is None
            or born is None
            or not 16 <= age(born, row.begins) <= (54 if row.person.sex == Sex.FEMALE else 59)
            or any(spell.ends is None or spell.ends >= eve for spell in before)
        ):
            continue
        split = settlement is None or row.settlement == settlement
        found.append(Line(row.begins, row.pk, key_of(row.person), *counted, split))
    return found


def payment_lines() -> list[Line]:
    """Payments to approved rural bases."""
    return [
        Line(row.happened_on, row.pk, row.base_id, row.base.filed_by_id, row.state == State.APPROVED)
        for row in SupportPayment.objects.select_related("base").exclude(state=State.WITHDRAWN)
        if row.happened_on and row.base.state == State.APPROVED and row.base.kind == "rural"
    ]


LINES: dict[str, Callable[[], list[Line]]] = {
    "practical_training": lambda: training_lines("practical"),
    "vocational_training": lambda: training_lines("vocational"),
    "livelihood_employment": lambda: employment_lines(None),
    "urban_employment": lambda: employment_lines(Settlement.URBAN),
    "rural_employment": lambda: employment_lines(Settlement.RURAL),
    "support_bases": payment_lines,
}


def by_hand(code: str, lines: list[Line], on: date) -> Counter[tuple[int, ValuePart]]:
    """The parts of an indicator per county on a day, from every fact that meets its conditions."""
    # Under the kept record's own hand-over, else the latest of one found to be hers.
    hands = HandOver.objects.filter(indicator=code).select_related("person")
    by_turn = sorted(hands, key=lambda row: (row.person.canonical_id is None, row.pk))
    given = {key_of(row.person): row.unit_id for row in by_turn}
    happened = sorted(line for line in lines if YEAR_BEGINS <= line.day <= min(on, YEAR_ENDS))
    found: Counter[tuple[int, ValuePart]] = Counter()
    for key in {line.key for line in happened}:
        own = [line for line in happened if line.key == key]
        approved = [line for line in own if line.approved]
        if not approved:
            found[own[0].unit, ValuePart.PENDING] += own[0].split
            continue
        unit = given.get(key, approved[0].unit)
        found[unit, ValuePart.APPROVED] += approved[0].split
        for other in {line.unit for line in own} - {unit}:
            found[other, ValuePart.ELSEWHERE] += approved[0].split
    return found


class World:
    """A small programme that changes at random."""

    def __init__(self, seed: int, counties: list[Region]) -> None:
        self.random = random.Random(seed)
        self.counties = counties
        self.people = [self.person() for _ in range(12)]
        self.classes = [self.training_class() for _ in range(8)]
        self.bases = [self.base() for _ in range(5)]

    def day(self) -> date:
        """A day of 2023, or shortly outside it."""
        return date(2022, 12, 20) + timedelta(days=self.random.randrange(390))

    def told(self, *rows: Model) -> None:
        """Say that rows changed."""
        touched: dict[str, set[int]] = {}
        for row in rows:
            touched.setdefault(row._meta.label, set()).add(row.pk)
        rows_changed.send(sender=World, touched=touched)

    def person(self) -> Person:
        """Somebody with a certificate, mostly."""
        born = date(self.random.choice([1960, 1968, 1969, 1980, 1985, 1990, 2007]), 6, 15)
        sex = self.random.choice([Sex.FEMALE, Sex.FEMALE, Sex.MALE])
        person = Person.objects.create(name="某", name_key="某", sex=sex, birth_date=born)
        if self.random.random() < 0.9:
            self.certificate(person)
        self.told(person)
        return person

    def certificate(self, person: Person) -> None:
        """A new certificate, perhaps from another county."""
        begin = self.day()
        if self.random.random() < 0.8:
            Certificate.objects.filter(person=person, ended_on=None).update(ended_on=begin)
        county = self.random.choice([*self.counties, None])
        made = Certificate.objects.create(
            person=person,
            county=county,
            county_asked=county is None and self.random.random() < 0.5,
            confirmed=self.random.random() < 0.7,
            issued_on=begin if self.random.random() < 0.5 else None,
            expires_on=begin + timedelta(days=self.random.randrange(300))
            if self.random.random() < 0.3
            else None,
        )
        self.told(made)

    def training_class(self) -> TrainingClass:
        """A class of either kind."""
        end = self.day()
        return TrainingClass.objects.create(
            title="班",
            kind=self.random.choice(["vocational", "practical"]),
            begins=end,
            ends=end,
            happened_on=end,
            filed_by=self.random.choice(self.counties),
            has_sign_in=self.random.choice([None, True, False]),
            state=self.state(),
        )

    def enrol(self) -> None:
        """Somebody attends."""
        where, who = self.random.choice(self.classes), self.random.choice(self.people)
        row, _new = Enrolment.objects.update_or_create(
            training_class=where,
            person=who,
            defaults={
                "filed_by": where.filed_by,
                "happened_on": where.ends,
                "state": self.random.choice([State.DRAFT, State.APPROVED, State.APPROVED, State.CHECKED]),
                "result": self.random.choice([Result.COMPLETED, Result.COMPLETED, Result.DROPPED]),
            },
        )
        self.told(row)

    def state(self) -> str:
        """Mostly approved."""
        return self.random.choice([State.DRAFT, State.APPROVED, State.APPROVED, State.CHECKED])

    def base(self) -> Base:
        """A base, mostly rural and approved."""
        kind = self.random.choice(["rural", "rural", "home_workshop"])
        return Base.objects.create(
            name="基地", kind=kind, state=self.state(), filed_by=self.random.choice(self.counties)
        )

    def pay(self) -> None:
        """A base is paid."""
        paid = SupportPayment.objects.create(
            base=self.random.choice(self.bases),
            amount=100,
            happened_on=self.day(),
            state=self.state(),
            filed_by=self.random.choice(self.counties),
        )
        self.told(paid)

    def judge_base(self) -> None:
        """A base is approved, or no longer."""
        row = self.random.choice(self.bases)
        row.state = self.state()
        row.save()
        self.told(row)

    def employ(self) -> None:
        """Somebody works, this year or since the last."""
        begins = self.day() - timedelta(days=self.random.choice([0, 0, 0, 0, 0, 200]))
        row = Employment.objects.create(
            person=self.random.choice(self.people),
            form=self.random.choice([WorkForm.SELF, WorkForm.FLEXIBLE]),
            settlement=self.random.choice(Settlement.values),
            begins=begins,
            happened_on=begins,
            ends=self.random.choice([None, *[begins + timedelta(days=30)] * 3]),
            continues=self.random.random() < 0.1,
            proof=self.random.choice([Proof.CONTRACT, Proof.LICENCE, Proof.NONE]),
            state=self.state(),
            filed_by=self.random.choice(self.counties),
        )
        self.told(row)

    def give_over(self) -> None:
        """Somebody is given over to another county, for one indicator."""
        person = self.random.choice(self.people)
        code = self.random.choice(["vocational_training", "livelihood_employment", "rural_employment"])
        HandOver.objects.update_or_create(
            notice="chongqing-work-2023",
            indicator=code,
            person=person,
            defaults={"unit": self.random.choice(self.counties), "by": "test", "reason": "test"},
        )
        self.told(person)

    def some_row(self) -> Enrolment | Employment | SupportPayment | None:
        """Any fact."""
        rows = list(self.random.choice([Enrolment, Employment, SupportPayment]).objects.order_by("pk"))
        return self.random.choice(rows) if rows else None

    def change_state(self) -> None:
        """A row is approved, or withdrawn."""
        row = self.some_row()
        if row is not None:
            row.state = self.random.choice([State.APPROVED, State.DRAFT, State.WITHDRAWN])
            row.save()
            self.told(row)

    def move_class(self) -> None:
        """A class turns out to have ended on another day, or to have been of the other kind."""
        row = self.random.choice(self.classes)
        row.kind = self.random.choice(["vocational", "practical"])
        row.begins = row.ends = row.happened_on = self.day()
        row.save()
        row.enrolments.update(happened_on=row.ends)
        self.told(row)

    def reissue(self) -> None:
        """A certificate is replaced."""
        self.certificate(self.random.choice(self.people))

    def confirm(self) -> None:
        """An approver confirms a certificate, and says whose it is where that is asked."""
        made = self.random.choice(list(Certificate.objects.order_by("pk")))
        made.confirmed = True
        if made.county_asked and self.random.random() < 0.5:
            made.county, made.county_asked = self.random.choice(self.counties), False
        made.save()
        self.told(made)

    def judge_class(self) -> None:
        """A class is approved, or no longer."""
        row = self.random.choice(self.classes)
        row.state = self.state()
        row.save()
        self.told(row)

    def merge(self) -> None:
        """Two records turn out to be one woman."""
        one, other = self.random.sample(self.people, 2)
        if one.canonical_id is None and other.canonical_id is None and not one.duplicates.exists():
            one.canonical = other
            one.save()
            self.told(one, other)

    def part(self) -> None:
        """Two records turn out to be two women after all, as undo takes it back."""
        one = next((person for person in self.people if person.canonical_id is not None), None)
        if one is not None:
            touched = {one._meta.label: {one.pk}}
            memo: dict[str, object] = {}
            rows_changing.send(sender=World, touched=touched, memo=memo)
            one.canonical = None
            one.save()
            rows_changed.send(sender=World, touched=touched, memo=memo)

    def remove(self) -> None:
        """A row goes, as undo takes it."""
        row = self.some_row()
        if row is not None:
            touched = {row._meta.label: {row.pk}}
            memo: dict[str, object] = {}
            rows_changing.send(sender=World, touched=touched, memo=memo)
            row.delete()
            rows_changed.send(sender=World, touched=touched, memo=memo)

    def step(self) -> None:
        """Something happens."""
        acts = [
            *[self.enrol] * 8,
            *[self.employ] * 8,
            *[self.pay] * 2,
            self.judge_base,
            self.judge_class,
            *[self.confirm] * 2,
            self.give_over,
            self.change_state,
            self.move_class,
            self.reissue,
            self.merge,
            self.part,
        ]
        self.random.choice([*acts, self.remove])()


def days(seed: int) -> Iterable[date]:
    """Some days to look at."""
    chosen = random.Random(seed)
    return [
        YEAR_BEGINS,
        YEAR_ENDS,
        *(date(2023, chosen.randrange(1, 13), chosen.randrange(1, 29)) for _ in range(4)),
    ]


@pytest.mark.parametrize("seed", seeds(6))
def test_kept_totals_equal_a_count_by_hand(seed: int, notice: Notice, counties: list[Region]) -> None:
    world = World(seed, counties)
    seen: set[str] = set()
    for step in range(80):
        with transaction.atomic():
            world.step()
        if step % 12 and step != 79:
            continue
        for indicator in (notice.indicator(code) for code in LINES):
            assert Measure.objects.filter(indicator=indicator.code, notice=notice.code).exists()
            lines = LINES[indicator.code]()
            for on in days(seed * 100 + step):
                hand = by_hand(indicator.code, lines, on)
                for counted in (queries.sums, queries.live):
                    found = Counter(counted(notice, indicator, on))
                    assert +found == +hand, (counted, indicator.code, on, step)
                seen |= {indicator.code} if +hand else set()
    # Chance may leave one of them empty; if it leaves more, the test shows little.
    assert len(seen) >= len(LINES) - 1, seen


def test_a_changed_definition_is_not_believed(notice: Notice, counties: list[Region]) -> None:
    services.recount(notice)
    Measure.objects.filter(notice=notice.code).update(definition="older")
    assert services.recount(notice) == len(services.measured(notice))
    assert services.recount(notice) == 0


def test_a_change_counts_only_whom_it_touches(
    notice: Notice, counties: list[Region], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(1, counties)
    for _ in range(20):
        world.enrol()
    asked: list[object] = []
    original = engine.counted_sql

    def watched(
        notice: Notice,
        indicator: Indicator,
        period: Period,
        keys: Sequence[int] | None = None,
        now: engine.Now | None = None,
    ) -> object:
        asked.append(keys)
        return original(notice, indicator, period, keys, now)

    monkeypatch.setattr(engine, "counted_sql", watched)
    world.enrol()
    assert asked
    assert all(keys is not None for keys in asked)


def test_many_touched_keys_are_counted_whole_and_give_the_same(
    notice: Notice, counties: list[Region], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(2, counties)
    for _ in range(30):
        world.enrol()
    before = list(
        Counted.objects.order_by("measure", "part", "key").values_list("part", "key", "unit_id", "day")
    )
    monkeypatch.setattr(services, "MANY", 0)
    world.told(*world.people)
    after = list(
        Counted.objects.order_by("measure", "part", "key").values_list("part", "key", "unit_id", "day")
    )
    assert after == before
