"""A few dozen made-up people and what was done for them, told with the demo's own means: what came before anybody signed in."""

from __future__ import annotations

from datetime import date
from random import Random

from django.db import transaction

from qiaojie.demo import care, courses, filings, offices, places, provinces, sites, work, writing
from qiaojie.demo.chance import filed
from qiaojie.demo.names import personal_name
from qiaojie.demo.population import VALID, registered, settle, someone
from qiaojie.demo.stories import moved
from qiaojie.demo.world import Base, Event, Job, Payment, Place, World
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE
from qiaojie.livelihoods.models import Proof, Settlement, WorkForm
from qiaojie.measures import services as measures
from qiaojie.notices import queries as notices
from qiaojie.training.models import Result

FULING, FENGDU, SHIZHU = "500102", "500230", "500240"

ELSEWHERE = ("220122", "130732")
"""A county of 吉林 and one of another province, for the notices of 2018 and 2017."""

WORKSHOPS = (
    ("workshop", "handicraft", "石柱土家织锦扶贫车间"),
    ("base", "farming", "石柱黄连种植脱贫基地"),
    ("home_workshop", "handicraft", "石柱土家织锦家庭工坊"),
)


def write() -> None:
    """Offices with accounts, people, facts in every ledger that the demo knows, filings; counted at the end."""
    with transaction.atomic():
        journal.lock_registry()
        city, units = places.read()
        agencies = offices.open_agencies(city, units)
        offices.open_accounts(city, units, agencies)
        by_code = {place.code: place for place in units if place.code}
        world = World()
        for code in (FULING, FENGDU):
            _live(world, by_code[code], by_code[SHIZHU])
        _weave(world, by_code[SHIZHU])
        moved.tell(world, by_code[FULING], by_code[FENGDU])
        for county in places.read_counties(ELSEWHERE, provinces.ON):
            provinces.train(_rng(county.code, "province"), world, county, 0.2)
        writing.write(world, agencies)
        filings.write()
    for notice in notices.every():
        measures.recount(notice, force=True)
        measures.count_year_before(notice, force=True)


def _live(world: World, place: Place, town: Place) -> None:
    """A county in which something happens for every indicator of 2023, and a class of handicraft in 2019."""
    rng = _rng(place.code, "life")
    people = settle(rng, world, place, 10, 8)
    courses.hold_2019(rng, world, place, people, 1.0)
    for held in world.courses:
        # So much a head of those who completed: no share of it has to be rounded.
        held.cost = 80_000 * sum(one.result == Result.COMPLETED for one in held.trainees)
    courses.hold_vocational(rng, world, place, people, 5, 2)
    courses.hold_practical(rng, world, place, people, 6, 3)
    work.hire(rng, world, place, people, (2, 1), (2, 1))
    work.serve_graduates(rng, world, place, town, 2, 1, 1)
    care.care_for(rng, world, place, care.Wanted(4, 1, 3, 2))
    for month in (5, 7, 9):
        base = _base(rng, world, place, "rural", "farming", f"{place.name}{month}号{sites.BASE}")
        day = date(2023, month, 10)
        paid = Payment(**filed(rng, place, day), base=base, amount=5_000_000, source=sites.SOURCES[0])
        world.payments.append(paid)
        title = place.name + sites.SESSION % month
        world.events.append(Event(**filed(rng, place, day), title=title, begins=day, attendance=20 + month))


def _weave(world: World, place: Place) -> None:
    """Workshops of 2020, and women who weave at home with what they earn by it."""
    rng = _rng(place.code, "weaving")
    for kind, industry, name in WORKSHOPS:
        _base(rng, world, place, kind, industry, name)
    for _ in range(6):
        woman = someone(rng, world, place, sex=FEMALE, papers=VALID, ages=(30, 50))
        woman.spells = registered(rng, 2020)
        job = Job(
            **filed(rng, place, date(2020, 4, 7)),
            person=woman,
            form=WorkForm.FLEXIBLE,
            employer=WORKSHOPS[0][2],
            settlement=Settlement.RURAL,
            proof=Proof.INCOME,
            handicraft=True,
        )
        world.jobs.append(job)


def _base(rng: Random, world: World, place: Place, kind: str, industry: str, name: str) -> Base:
    head = personal_name(rng, FEMALE)
    made = Base(**filed(rng, place, date(2020, 3, 10)), name=name, kind=kind, industry=industry, head=head)
    assert made.state == State.APPROVED
    world.bases.append(made)
    return made


def _rng(code: str, purpose: str) -> Random:
    return Random(f"upgrade/{code}/{purpose}")
