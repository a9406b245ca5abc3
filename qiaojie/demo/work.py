"""Made-up work: new jobs of 2023 in town and country, jobs that are not new, and services to graduates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE, MALE
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.people.models import HukouKind, Scheme

from .chance import LATE_AUTUMN, day_between, day_in, filed, pick, waiting
from .population import VALID, holders, someone
from .world import Earning, GraduateHelp, Job, Place, Someone, World, years_on

URBAN: Final = "urban_employment"
RURAL: Final = "rural_employment"
GRADUATES: Final = "graduate_services"
"""Indicators that are filled here; 民生实事 counts the same people as the first two together."""

FORMS: Final[Mapping[str, Mapping[WorkForm, int]]] = {
    Settlement.URBAN: {
        WorkForm.QUOTA: 34,
        WorkForm.FLEXIBLE: 22,
        WorkForm.SELF: 16,
        WorkForm.PUBLIC: 14,
        WorkForm.ASSISTED: 8,
        WorkForm.CONCENTRATED: 6,
    },
    Settlement.RURAL: {
        WorkForm.RURAL: 48,
        WorkForm.FLEXIBLE: 18,
        WorkForm.PUBLIC: 14,
        WorkForm.SELF: 12,
        WorkForm.QUOTA: 5,
        WorkForm.ASSISTED: 3,
    },
}
"""Forms of new jobs → per cent."""
PROOFS: Final = {
    WorkForm.QUOTA: (Proof.CONTRACT, Proof.INSURANCE),
    WorkForm.CONCENTRATED: (Proof.CONTRACT, Proof.INSURANCE),
    WorkForm.PUBLIC: (Proof.CONTRACT,),
    WorkForm.SELF: (Proof.LICENCE, Proof.INCOME),
    WorkForm.ASSISTED: (Proof.CONTRACT, Proof.INCOME),
    WorkForm.FLEXIBLE: (Proof.INCOME,),
    WorkForm.RURAL: (Proof.INCOME,),
}
CRAFTED: Final = frozenset({WorkForm.FLEXIBLE, WorkForm.SELF, WorkForm.ASSISTED})
"""Forms in which handicraft is worked."""
FIRMS: Final = (
    "服装厂 食品有限公司 物业服务有限公司 电子有限公司 超市 家政服务有限公司 包装制品厂 酒店".split()
)
WORKS: Final = "残疾人辅助性就业工场"
NAMES: Final = "惠民 福康 瑞丰 明达 同心 嘉和 顺意 长兴".split()

MONTHS: Final = {2: 6, 3: 16, 4: 12, 5: 11, 6: 10, 7: 9, 8: 8, 9: 13, 10: 15}
SERVICE_MONTHS: Final = {5: 1, 6: 4, 7: 6, 8: 4, 9: 3, 10: 2}
SERVICES: Final = "一人一策档案 岗位推荐 职业指导 就业见习 技能培训推荐".split()
OUTCOMES: Final = {"已就业": 42, "求职中": 24, "升学": 14, "就业见习": 10, "公益性岗位": 6, "自主创业": 4}
UNIVERSITY_TOWN: Final = "500106"
"""沙坪坝, which serves graduates of many counties."""

WOMEN_UNTIL, MEN_UNTIL = 55, 60
"""Working age ends on these birthdays."""


def needed(jobs: int) -> int:
    """How many holders of certificates a unit needs so that so many of them can find new jobs."""
    return jobs + jobs // 3 + 3


def hire(
    rng: Random,
    world: World,
    place: Place,
    people: Sequence[Someone],
    urban: tuple[int, int],
    rural: tuple[int, int],
) -> None:
    """New jobs of 2023 for so many people of the unit (approved, waiting), and jobs that do not count."""
    busy = {job.person for job in world.jobs if job.ends is None or job.ends.year > 2022}
    able = [p for p in holders(people, place) if p not in busy and _of_working_age(p)]
    rng.shuffle(able)
    if not sum(urban) + sum(rural):
        return
    kept = len(able) // 20
    for person in able[:kept]:
        _keep(rng, world, place, person)
    free = able[kept:]
    for settlement, other, (approved, pending) in (
        (Settlement.URBAN, HukouKind.RURAL, urban),
        (Settlement.RURAL, HukouKind.URBAN, rural),
    ):
        found = list(islice((p for p in free if p.hukou_kind != other), approved + pending))
        taken = set(found)
        free = [person for person in free if person not in taken]
        for at, person in enumerate(found):
            state = State.APPROVED if at < approved else waiting(rng)
            _start(rng, world, place, person, settlement, state)
        # Everything is there but the proof.
        lacking = list(islice((p for p in free if p.hukou_kind != other), approved // 20))
        free = [person for person in free if person not in lacking]
        for person in lacking:
            _start(rng, world, place, person, settlement, State.APPROVED, proved=False)
    # A job, but the certificate has lapsed.
    lapsed = [p for p in people if p.papers and p.county(date(2023, 1, 1)) is None and _of_working_age(p)]
    for person in lapsed[: sum(urban) // 30 + 1]:
        _start(rng, world, place, person, rng.choice(Settlement.values), State.APPROVED)


def weave(
    rng: Random, world: World, place: Place, trained: Iterable[Someone], after: date, share: float
) -> None:
    """Some of the poor women of a handicraft class take up the craft at home; most stop within some years."""
    for person in trained:
        if not (person.woman and person.county(after) and _registered(person, after)):
            continue
        if rng.random() < share:
            ends = day_between(rng, date(2021, 3, 1), date(2022, 12, 20)) if rng.random() < 0.8 else None
            world.jobs.append(
                Job(
                    **filed(rng, place, after + timedelta(days=rng.randint(5, 60))),
                    person=person,
                    form=WorkForm.FLEXIBLE,
                    employer="",
                    settlement=Settlement.RURAL,
                    proof=Proof.INCOME if rng.random() < 0.94 else Proof.NONE,
                    ends=ends,
                    handicraft=True,
                )
            )


def earnings(world: World) -> Iterator[Earning]:
    """What the people in handicraft earned, month by month of 2023: of every fourth.

    Worked out from the person's number alone, so that it changes nothing else of the demo.
    """
    for job in world.jobs:
        if not job.handicraft or job.state != State.APPROVED or job.person.number % 4:
            continue
        last = min(job.ends or date(2023, 12, 31), date(2023, 12, 31))
        at = max(job.day, date(2023, 1, 1))
        while at <= last:
            share = (job.person.number * 37 + at.month * 101) % 600
            yield Earning(
                place=job.place,
                day=at,
                state=job.state,
                entered_at=job.entered_at,
                approved_at=job.approved_at,
                person=job.person,
                kind="handicraft",
                amount=(800 + share) * 100,
            )
            at = (at.replace(day=1) + timedelta(days=32)).replace(day=1)


def serve_graduates(
    rng: Random, world: World, place: Place, town: Place, approved: int, pending: int, others: int
) -> None:
    """Services to so many graduates of the unit's own; ``others`` are not verified or graduated earlier."""
    for at in range(approved + pending + others):
        person = someone(rng, world, place, sex=rng.choice((FEMALE, MALE)), papers=VALID, ages=(21, 25))
        person.education = rng.choice(("21", "21", "31", "31", "31"))
        state = State.APPROVED if at < approved or at >= approved + pending else waiting(rng)
        lacking = at >= approved + pending
        earlier = lacking and at % 2 == 0
        # Where she studied helps her too; the county she comes from answers for her.
        server = town if town is not place and rng.random() < 0.05 else place
        person.ties.add(server.region)
        first = day_between(rng, *LATE_AUTUMN) if state != State.APPROVED else day_in(rng, SERVICE_MONTHS)
        days = [first, first + timedelta(days=rng.randint(10, 30))] if rng.random() < 0.15 else [first]
        for nth, day in enumerate(days):
            world.graduates.append(
                GraduateHelp(
                    **filed(rng, server, day, state),
                    person=person,
                    origin=place.region,
                    service=SERVICES[0] if nth == 0 else rng.choice(SERVICES[1:]),
                    outcome=pick(rng, OUTCOMES),
                    graduated_in=2022 if earlier else 2023,
                    verified=not lacking or earlier,
                )
            )


def _of_working_age(person: Someone) -> bool:
    """All through 2023."""
    until = WOMEN_UNTIL if person.woman else MEN_UNTIL
    return years_on(person.born, 16) <= date(2023, 1, 1) and years_on(person.born, until) > date(2023, 12, 31)


def _registered(person: Someone, day: date) -> bool:
    return any(
        spell.scheme == Scheme.REGISTERED_POOR
        and spell.begins <= day
        and (spell.ends is None or spell.ends >= day)
        for spell in person.spells
    )


def _start(
    rng: Random,
    world: World,
    place: Place,
    person: Someone,
    settlement: str,
    state: str,
    *,
    proved: bool = True,
) -> None:
    """A first job of the year; some lose it again, some find a second one: neither changes the count."""
    begins = day_in(rng, MONTHS) if state == State.APPROVED else day_between(rng, *LATE_AUTUMN)
    job = _job(rng, place, person, settlement, begins, state)
    if not proved:
        job.proof = Proof.NONE
    world.jobs.append(job)
    if state == State.APPROVED and begins.month < 7 and rng.random() < 0.12:
        job.ends = begins + timedelta(days=rng.randint(40, 110))
        if rng.random() < 0.5:
            world.jobs.append(
                _job(rng, place, person, settlement, job.ends + timedelta(days=rng.randint(3, 30)), state)
            )


def _keep(rng: Random, world: World, place: Place, person: Someone) -> None:
    """Somebody who already worked at the end of 2022: her contract is renewed, or she changes to another employer."""
    settlement = Settlement.URBAN if person.hukou_kind == HukouKind.URBAN else Settlement.RURAL
    begins = day_between(rng, date(2020, 3, 1), date(2022, 10, 31))
    first = _job(rng, place, person, settlement, begins, State.APPROVED)
    world.jobs.append(first)
    drawn = rng.random()
    if drawn < 0.6:
        renewed = day_in(rng, MONTHS)
        first.ends = renewed - timedelta(days=1)
        again = _job(rng, place, person, settlement, renewed, State.APPROVED)
        if drawn < 0.4:
            again.form, again.employer, again.proof = first.form, first.employer, first.proof
            again.handicraft, again.continues = first.handicraft, True
        world.jobs.append(again)


def _job(rng: Random, place: Place, person: Someone, settlement: str, begins: date, state: str) -> Job:
    form = pick(rng, FORMS[settlement])
    handicraft = form in CRAFTED and rng.random() < (0.45 if person.woman else 0.1)
    return Job(
        **filed(rng, place, begins, state),
        person=person,
        form=form,
        employer=_employer(rng, place, form, handicraft),
        settlement=settlement,
        proof=rng.choice(PROOFS[form]),
        handicraft=handicraft,
    )


def _employer(rng: Random, place: Place, form: WorkForm, handicraft: bool) -> str:
    if form in {WorkForm.SELF, WorkForm.RURAL} or (form == WorkForm.FLEXIBLE and not handicraft):
        return ""
    if handicraft:
        return f"{place.name}美丽工坊"
    if form == WorkForm.PUBLIC:
        return f"{rng.choice(place.townships)[1] if place.townships else place.name}便民服务中心"
    if form == WorkForm.ASSISTED:
        return place.name + WORKS
    return f"{place.name}{rng.choice(NAMES)}{rng.choice(FIRMS)}"
