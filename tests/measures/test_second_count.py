"""Whatever offices do, in whichever order: every number is what a second counter finds in the raw rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db.models import Model

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.bases.models import Base, SupportPayment
from qiaojie.intake import editing
from qiaojie.ledgers import confirming, declaration, joining, proposals, services, undoing
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Employment, GraduateService, ProofSource
from qiaojie.measures import divisions, engine, queries, townships
from qiaojie.measures import services as measures
from qiaojie.notices import queries as notices
from qiaojie.notices import services as targets
from qiaojie.notices.schema import Notice
from qiaojie.notices.targets.splitting import Method
from qiaojie.people import merging
from qiaojie.people.models import Certificate, Person, Sex, Tie
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment, TrainingClass, TrainingEvent
from tests.rounds import examples, seeds
from tests.web import factories

from . import second_count

pytestmark = pytest.mark.django_db

ACTS = 60
"""Acts of one story; all numbers are looked at after every sixth."""

DAYS = (date(2023, 7, 1), date(2023, 12, 31))

REFUSED = frozenset(
    "nothing_changed row_taken waits_already proposal_outdated undo_blocked undo_done step_missing merge_self merge_merged "
    "merge_done merge_unknown join_self join_done join_differs nothing_to_confirm there_again not_hers given_already".split()
)
"""What an act may be refused with without anything being wrong: the story then goes on without it."""


class Story:
    """Three counties, one of them outside the notice's map, and what their clerks and approvers do by chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        regions = factories.tree()
        last = regions["全国"].last
        outside = Region.objects.create(
            key="outside", name="外县", short_name="外县", level=Level.COUNTY, kind=RegionKind.COUNTY,
            parent=regions["全国"], first=last + 1, last=last + 1,
        )  # fmt: skip
        Region.objects.filter(pk=regions["全国"].pk).update(last=last + 1)
        self.counties = [regions["涪陵区"], regions["万州区"], outside]
        self.clerks = [self._user(f"clerk{n}", one, Role.CLERK) for n, one in enumerate(self.counties)]
        self.approvers = [
            self._user(f"approver{n}", one, Role.APPROVER) for n, one in enumerate(self.counties)
        ]
        self.names = count(1)
        for first, number in (
            (self.register, 9),
            (self.open_class, 5),
            (self.enrol, 12),
            (self.list_jobs, 3),
            (self.work, 7),
            (self.stand_on_a_list, 6),
            (self.care, 7),
        ):
            for _each in range(number):
                first()
        self.approve()
        self.confirm()

    @staticmethod
    def _user(name: str, region: Region, role: Role) -> UserViewer:
        return UserViewer(factories.account(name, region, role))

    # --- chance ---------------------------------------------------------------------------------------------------

    def day(self) -> date:
        """A day around the year, its edges more often than others."""
        edges = [date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31), date(2024, 1, 1)]
        inside = date(2022, 10, 1) + timedelta(days=self.chance.randrange(520))
        return self.chance.choice([*edges, inside, inside, inside, inside])

    def one(self, model: type[Model], **where: Any) -> Any:
        """Some row, or None."""
        keys = list(model._default_manager.filter(**where).order_by("pk").values_list("pk", flat=True))
        return model._default_manager.get(pk=self.chance.choice(keys)) if keys else None

    def write(self, model: type[Model], at: int, *, confirmed: bool = False, **columns: Any) -> Any:
        """A row that a clerk enters, as a batch of its own."""
        viewer = self.clerks[at]
        with permitted(viewer, Action.ENTER, "story") as change:
            change.begin_batch("story", self.counties[at].pk)
            if hasattr(model, "state"):
                columns |= {"filed_by": self.counties[at], "entered_by": viewer.name}
            if hasattr(model, "confirmed"):
                columns |= {"confirmed": confirmed}
            made = model._default_manager.create(**columns)
            change.created(model, [made.pk])
        return made

    # --- acts -----------------------------------------------------------------------------------------------------

    def register(self) -> Person:
        """A woman with a certificate: of a county, of nobody known, or of somebody who is asked."""
        county = self.chance.randrange(3)
        name = f"某{next(self.names)}"
        born = self.chance.choice([date(1985, 6, 15), date(1968, 7, 1), date(2007, 3, 1)])
        made = self.write(
            Person, county, name=name, name_key=name, sex=Sex.FEMALE, birth_date=born, hukou=self.counties[county],
            confirmed=True,
        )  # fmt: skip
        for region in self.counties:
            Tie.objects.create(person=made, region=region)
        self.certify(made, county)
        return made

    def certify(self, person: Person | None = None, county: int | None = None) -> None:
        """Another certificate, which waits to be confirmed."""
        person = person or self.one(Person)
        county = self.chance.randrange(3) if county is None else county
        whose = self.chance.choice([self.counties[county]] * 3 + [None])
        self.write(
            Certificate, county, person=person, county=whose, county_asked=whose is None and self.chance.random() < 0.6,
            issued_on=self.chance.choice([date(2016, 5, 1), None, self.day()]),
            expires_on=self.chance.choice([None, None, self.day()]), confirmed=self.chance.random() < 0.4,
        )  # fmt: skip

    def open_class(self) -> None:
        """A class."""
        ends = self.day()
        self.write(
            TrainingClass, self.chance.randrange(3), title=f"班{next(self.names)}", begins=ends, ends=ends,
            kind=self.chance.choice(["vocational", "practical"]), happened_on=ends,
            has_sign_in=self.chance.choice([True, None, False]),
        )  # fmt: skip

    def enrol(self) -> None:
        """Somebody in a class."""
        held, person = self.one(TrainingClass), self.one(Person)
        if not Enrolment.objects.filter(training_class=held, person=person).exists():
            self.write(
                Enrolment, self.chance.randrange(3), training_class=held, person=person, happened_on=held.ends,
                result=self.chance.choice(["completed", "completed", "completed", "dropped"]),
            )  # fmt: skip

    def list_jobs(self) -> None:
        """A list of another office, or somebody's roster."""
        self.write(
            ProofSource, self.chance.randrange(3), title=f"名单{next(self.names)}", happened_on=self.day(),
            kind=self.chance.choice(["compared", "roster"]),
        )  # fmt: skip

    def stand_on_a_list(self) -> None:
        """A woman of whose job nothing is there but a list."""
        self.work(self.register(), "list")

    def work(self, person: Person | None = None, proof: str = "") -> None:
        """A job."""
        begins = self.day()
        proof = proof or self.chance.choice(["contract", "income", "", "compared", "list"])
        self.write(
            Employment, self.chance.randrange(3), person=person or self.one(Person), begins=begins, happened_on=begins,
            form=self.chance.choice(["flexible", "self"]), settlement=self.chance.choice(["urban", "rural"]),
            proof=proof, source=self.one(ProofSource) if proof in ("compared", "list") else None,
            continues=self.chance.random() < 0.1,
            ends=self.chance.choice([None, begins, begins + timedelta(days=90)]),
        )  # fmt: skip

    def care(self) -> None:
        """Care, that of last year too."""
        begins = self.chance.choice([self.day(), date(2022, 3, 1)])
        self.write(
            CareService, self.chance.randrange(3), person=self.one(Person), begins=begins, happened_on=begins,
            form=self.chance.choice(["boarding", "day", "home"]), purchased=self.chance.random() < 0.6,
            boarding_months=self.chance.choice([0, 1, 6]), payer=self.chance.choice([None, *self.counties]),
            ends=self.chance.choice([None, max(begins, date(2022, 12, 31)), max(begins, date(2023, 1, 1))]),
        )  # fmt: skip

    def serve(self) -> None:
        """A service to a graduate."""
        self.write(
            GraduateService, self.chance.randrange(3), person=self.one(Person), happened_on=self.day(), service="推荐",
            graduated_in=self.chance.choice([2023, 2022]), verified=self.chance.random() < 0.8,
            origin=self.chance.choice([None, *self.counties]),
        )  # fmt: skip

    def meet(self) -> None:
        """A session."""
        day = self.day()
        self.write(
            TrainingEvent, self.chance.randrange(3), title="助盲", kind="massage", begins=day, ends=day, happened_on=day,
            has_plan=True, has_sign_in=self.chance.random() < 0.8,
        )  # fmt: skip

    def support(self) -> None:
        """A base, and a payment to one."""
        county = self.chance.randrange(3)
        self.write(
            Base, county, name=f"基地{next(self.names)}", kind=self.chance.choice(["rural", "workshop"]),
            place=self.chance.choice([None, *self.counties]), happened_on=date(2020, 1, 1),
        )  # fmt: skip
        self.write(
            SupportPayment, county, base=self.one(Base), amount=self.chance.randrange(1, 9) * 10_000,
            happened_on=self.day(),
        )  # fmt: skip

    def approve(self) -> None:
        """The approvers go through what waits."""
        for code in FACTS:
            self._move(code, "approve", 0.6)

    def move(self) -> None:
        """Some rows of a ledger are sent back, voided, or come back."""
        self._move(self.chance.choice(FACTS), self.chance.choice(["return", "withdraw", "restore"]), 0.3)

    def _move(self, code: str, word: str, share: float) -> None:
        ledger = declaration.get(code)
        keys = [
            row.pk for row in ledger.model._default_manager.order_by("pk") if self.chance.random() < share
        ]
        for viewer in self.approvers:
            services.move(ledger, keys, word, viewer, purpose="核对")

    def change(self) -> None:
        """A clerk or an approver changes a row by hand."""
        code, field, values = self.chance.choice(CHANGES)
        ledger = declaration.get(code)
        row = self.one(ledger.model)
        viewer = self.chance.choice([*self.clerks, *self.approvers])
        if row is None or not ledgers.rows(ledger, viewer).filter(pk=row.pk).exists():
            return
        given = {field: self.chance.choice(values)}
        editing.change(ledger, row.pk, given, editing.form(ledger, row.pk, viewer).seen, viewer, "更正")

    def decide(self) -> None:
        """An approver takes what waits, or sends it back."""
        viewer = self.chance.choice(self.approvers)
        held = [
            one.proposal.pk for code in LEDGERS for one in proposals.listed(declaration.get(code), viewer)
        ]
        for key in held:
            if self.chance.random() < 0.7:
                proposals.take([key], viewer)
            else:
                proposals.send_back([key], viewer, "没有依据")

    def confirm(self) -> None:
        """An approver confirms what a batch brought."""
        viewer = self.chance.choice(self.approvers)
        for one in confirming.waiting(viewer)[:3]:
            confirming.confirm(one.batch.pk, viewer)

    def merge(self) -> None:
        """Two records are found to be one woman."""
        one, into = self.one(Person), self.one(Person)
        merging.merge(one.pk, into.pk, self.approvers[0], "同一人")

    def unmerge(self) -> None:
        """Two again."""
        one = self.one(Person, canonical__isnull=False)
        if one is not None:
            merging.unmerge(one.pk, self.approvers[0])

    def join(self) -> None:
        """A class or a base is found to be another one, entered twice."""
        code, held = self.chance.choice([("classes", TrainingClass), ("bases", Base)])
        ledger = declaration.get(code)
        for viewer in self.chance.sample(self.approvers, 3):
            mine = list(held.objects.filter(ledger.visible(viewer)).exclude(state="withdrawn").order_by("pk"))
            if len(mine) > 1:
                one, into = self.chance.sample(mine, 2)
                joining.join(ledger, one.pk, into.pk, viewer, "录了两次")
                return

    def part(self) -> None:
        """Two again."""
        code, held = self.chance.choice([("classes", TrainingClass), ("bases", Base)])
        one = self.one(held, canonical__isnull=False)
        if one is not None and "withdrawn" not in (one.state, one.canonical.state):
            viewer = next(own for own in self.approvers if own.region_id == one.filed_by_id)
            joining.part(declaration.get(code), one.pk, viewer, "是两个")

    def undo(self) -> None:
        """A batch is taken back."""
        batch = self.one(Batch, stage=Batch.Stage.COMMITTED)
        if batch is not None:
            own = next(one for one in self.approvers if one.region_id == batch.region_id)
            undoing.undo(batch.pk, own, "录错了")


FACTS = (
    "classes",
    "enrolments",
    "proof_sources",
    "employments",
    "care_services",
    "graduate_services",
    "events",
    "bases",
    "base_payments",
)
LEDGERS = (*FACTS, "persons", "certificates")
SOME_DAYS = ["2022-12-31", "2023-01-01", "2023-05-01", "2023-12-31", "2024-01-01"]
CHANGES = (
    ("classes", "has_sign_in", ["0", "1"]),
    ("classes", "kind", ["vocational", "practical"]),
    ("enrolments", "result", ["completed", "dropped"]),
    ("employments", "begins", SOME_DAYS),
    ("employments", "proof", ["contract", "", "list"]),
    ("care_services", "ends", ["", *SOME_DAYS]),
    ("care_services", "payer", ["涪陵区", "万州区"]),
    ("persons", "birth_date", ["1970-01-01", "1985-06-15"]),
    ("certificates", "ended_on", ["", *SOME_DAYS]),
    ("certificates", "county", ["涪陵区", "万州区"]),
    ("certificates", "issued_on", SOME_DAYS),
)


def acts(story: Story) -> Iterator[Callable[[], Any]]:
    """What is done, the usual more often than the rare."""
    usual = [story.enrol, story.enrol, story.work, story.care, story.approve, story.move]
    rare = [
        story.register, story.certify, story.open_class, story.serve, story.meet, story.support, story.list_jobs, story.change,
        story.change, story.change, story.decide, story.decide, story.confirm, story.confirm, story.merge, story.unmerge,
        story.join, story.join, story.part, story.undo,
    ]  # fmt: skip
    while True:
        yield story.chance.choice([*usual, *usual, *rare])


def counted(notice: Notice, on: date) -> dict[str, second_count.Parts]:
    """What the product says: from what is kept, checked against what is counted on the spot."""
    kept = queries.all_sums(notice, notice.indicators, on)
    found: dict[str, second_count.Parts] = {}
    for indicator in notice.indicators:
        live = {key: number for key, number in queries.live(notice, indicator, on).items() if number}
        assert {key: number for key, number in kept[indicator.code].items() if number} == live, indicator.code
        found[indicator.code] = {(unit, str(part)): number for (unit, part), number in live.items()}
    return found


def standing_beside(notice: Notice, code: str, on: date, counties: list[int]) -> dict[int, int]:
    """By county, how many stand beside a number with a list alone."""
    found: dict[int, int] = {}
    for county in counties:
        (share,) = divisions.beside(notice, notice.indicator(code), on, [county])
        if share.number:
            found[county] = share.number
    return found


@pytest.mark.parametrize("seed", seeds(examples(3)))
def test_every_number_is_what_a_second_counter_finds(work2023: Notice, seed: int) -> None:
    story = Story(Random(seed))
    measures.recount(work2023)
    mapped = engine.map_of(work2023).units
    done: list[str] = []
    seen: Counter[str] = Counter()
    for number, act in enumerate(acts(story), start=1):
        try:
            act()
        except Unusable as refused:
            assert refused.code in REFUSED, (done, refused)
        else:
            done.append(getattr(act, "__name__", ""))
        if number % 6 == 0:
            for on in DAYS:
                said, found = counted(work2023, on), second_count.parts(on, mapped)
                for code, numbers in found.items():
                    assert said[code] == numbers, (seed, number, on, code, done[-12:])
                    seen.update(part for _unit, part in numbers)
                for code, people in second_count.beside(on, mapped).items():
                    told = standing_beside(work2023, code, on, [one.pk for one in story.counties])
                    assert told == people, (seed, number, on, code, done[-12:])
                    seen.update({"beside": sum(people.values())})
        if number == ACTS:
            break
    assert seen["approved"] > 20 and seen["pending"] > 20 and seen["beside"], "the story says something"


def in_townships(notice: Notice, on: date, county: Region, viewer: UserViewer) -> dict[str, Any]:
    """What the product says of every indicator by township, and of none; the lines add up to the county's number."""
    found = townships.below(queries.measure(notice, on, viewer), county)
    assert found is not None
    said: dict[str, Any] = {}
    for indicator in found.indicators:
        own = said[indicator.code] = {}
        for part in ("approved", "pending"):
            numbers = {one.region_id: getattr(one.values[indicator.code], part) for one in found.lines}
            assert sum(numbers.values()) == getattr(found.total[indicator.code], part)
            own |= {(place, part): number for place, number in numbers.items() if number}
    return said


@pytest.mark.parametrize("seed", seeds(examples(2)))
def test_every_township_has_what_a_second_counter_finds_there(work2023: Notice, seed: int) -> None:
    story = Story(Random(1000 + seed))
    county = story.counties[0]
    places = [None, county, *story.counties, *Region.objects.filter(parent=county)]
    given = dict.fromkeys(Region.objects.filter(parent=county).values_list("pk", flat=True), 1)
    for indicator in work2023.indicators:
        # What has no target of its own is split like what has one.
        if notices.held(work2023, county.pk)[indicator.code] is None:
            targets.add_locally(work2023, indicator.code, county.pk, 3, story.approvers[0], reason="试")
        targets.split(
            work2023, indicator.code, county.pk, given, Method.EQUAL, story.approvers[0], reason="分到乡镇"
        )
    for person in Person.objects.all():
        where = {"hukou": story.chance.choice(places), "home": story.chance.choice(places)}
        Person.objects.filter(pk=person.pk).update(**where)
    for base in Base.objects.all():
        Base.objects.filter(pk=base.pk).update(place=story.chance.choice(places))
    measures.recount(work2023)
    mapped = engine.map_of(work2023).units
    seen = 0
    for number, act in enumerate(acts(story), start=1):
        with suppress(Unusable):
            act()
        if number % 15 == 0:
            for on in DAYS:
                said = in_townships(work2023, on, county, story.approvers[0])
                found = second_count.by_township(on, mapped, county.pk)
                assert said == found, (seed, number, on)
                seen += sum(len(one) for one in found.values())
        if number == ACTS:
            break
    assert seen > 5, "the story says something"
