"""Writing the made-up programme: rows in bulk, keys handed out first, every row in the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from qiaojie.accounts.models import WorkLine
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, State
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.people.identification import certificate_hash
from qiaojie.people.models import Certificate, Household, HouseholdMember, Status, Tie
from qiaojie.people.services import register
from qiaojie.training.models import Enrolment, TrainingClass

from .batches import ACTOR, FACT, Batches, fact
from .recording import record
from .world import Course, Someone, World

CERTIFICATE = (
    "number",
    "number_hash",
    "category",
    "grade",
    "county_id",
    "issued_on",
    "expires_on",
    "ended_on",
    "end_reason",
)
CLASS = (
    "id",
    *FACT,
    "title",
    "kind",
    "handicraft",
    "content",
    "organiser_id",
    "begins",
    "ends",
    "cost",
    "funding",
    "has_plan",
    "has_sign_in",
    "has_photos",
    "has_cost_papers",
    "planned_headcount",
    "planned_jobs",
)
ENROLMENT = ("id", *FACT, "training_class_id", "person_id", "result", "remark")


def write(world: World, agencies: Mapping[tuple[int, str], int]) -> list[int]:
    """Write everything, in the caller's transaction; the keys of the people by their numbers.

    A batch for each unit's people, one for each class, one for each unit's facts of any other ledger.
    """
    persons = _write_people(world)
    write_records(world, persons, agencies)
    return persons


def write_records(
    world: World, persons: Sequence[int], agencies: Mapping[tuple[int, str], int]
) -> dict[Course, int]:
    """Write all but the people, whose keys are known; the keys of the classes."""
    classes = _write_courses(world.courses, persons, agencies)
    record(world, persons)
    return dict(zip(world.courses, classes, strict=True))


def _write_people(world: World) -> list[int]:
    """Persons and what belongs to them; the key of each person by her number."""
    units: dict[int, list[Someone]] = defaultdict(list)
    for person in world.people:
        units[person.unit].append(person)
    batches = Batches("persons", _("演示数据：服务对象"), units)
    persons = [0] * len(world.people)
    owner: dict[int, int] = {}
    for unit, group in units.items():
        keys = register(
            [_columns(person) for person in group],
            actor=ACTOR,
            batch=batches.of(unit),
            purpose=batches.purpose,
        )
        for person, key in zip(group, keys, strict=True):
            persons[person.number], owner[key] = key, unit
    each = list(zip(persons, world.people, strict=True))

    homes = hand_out(Household, len(world.households))
    insert(
        Household,
        ("id", "region_id", "begins"),
        ((key, region, begins) for key, (region, begins) in zip(homes, world.households, strict=True)),
    )
    founders = {stay.household: person.unit for person in reversed(world.people) for stay in person.stays}
    batches.keep(Household, ((homes[place], unit) for place, unit in founders.items()))

    def write_of(model: type[models.Model], columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Rows that begin with their person's key."""
        keys = hand_out(model, len(rows))
        insert(
            model, ("id", "person_id", *columns), ((key, *row) for key, row in zip(keys, rows, strict=True))
        )
        batches.keep(model, ((key, owner[row[0]]) for key, row in zip(keys, rows, strict=True)))

    write_of(
        HouseholdMember,
        ("household_id", "begins", "ends"),
        [
            (key, homes[stay.household], stay.begins, stay.ends)
            for key, person in each
            for stay in person.stays
        ],
    )
    write_of(
        Certificate,
        CERTIFICATE,
        [
            (
                key,
                paper.number,
                certificate_hash(paper.number),
                paper.category,
                paper.grade,
                paper.county,
                paper.issued_on,
                paper.expires_on,
                paper.ended_on,
                paper.end_reason,
            )
            for key, person in each
            for paper in person.papers
        ],
    )
    write_of(
        Status,
        ("scheme", "category", "begins", "ends", "source"),
        [
            (key, spell.scheme, spell.category, spell.begins, spell.ends, spell.source)
            for key, person in each
            for spell in person.spells
        ],
    )
    write_of(Tie, ("region_id",), [(key, region) for key, person in each for region in sorted(person.ties)])
    batches.journal()
    return persons


def _columns(person: Someone) -> dict[str, Any]:
    return {
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.born,
        "id_number": person.id_number,
        "phone": person.phone,
        "address": person.address,
        "ethnicity": person.ethnicity,
        "education": person.education,
        "hukou_kind": person.hukou_kind,
        "hukou_id": person.hukou,
        "home_id": person.home,
        "died_on": person.died_on,
    }


def _write_courses(
    courses: Sequence[Course], persons: Sequence[int], agencies: Mapping[tuple[int, str], int]
) -> list[int]:
    classes = hand_out(TrainingClass, len(courses))
    each = list(zip(classes, courses, strict=True))
    insert(TrainingClass, CLASS, (_class(key, course, agencies) for key, course in each))
    rows = [
        (
            *fact(course, trainee.state),
            key,
            persons[trainee.person.number],
            trainee.result,
            trainee.remark,
        )
        for key, course in each
        for trainee in course.trainees
    ]
    keys = hand_out(Enrolment, len(rows))
    insert(Enrolment, ENROLMENT, ((key, *row) for key, row in zip(keys, rows, strict=True)))

    # A list of trainees comes as one batch with its class.
    made = Batch.objects.bulk_create(
        Batch(ledger="enrolments", region_id=c.place.region, actor=ACTOR, purpose=_("演示数据：%s") % c.title)
        for c in courses
    )
    start = 0
    for batch, (key, course) in zip(made, each, strict=True):
        stop = start + len(course.trainees)
        journal.created(TrainingClass, [key], actor=ACTOR, batch=batch, purpose=batch.purpose)
        journal.created(Enrolment, keys[start:stop], actor=ACTOR, batch=batch, purpose=batch.purpose)
        start = stop
    return classes


def _class(key: int, course: Course, agencies: Mapping[tuple[int, str], int]) -> tuple[Any, ...]:
    # A class is planned in fives.
    planned = -(-len(course.trainees) // 5) * 5
    return (
        key,
        *fact(course, course.state),
        course.title,
        course.kind,
        course.handicraft,
        course.content,
        agencies.get((course.place.region, WorkLine.WOMEN if course.by_women else WorkLine.DPF)),
        course.begins,
        course.ends,
        course.cost,
        course.funding,
        course.has_plan,
        course.has_sign_in,
        # Nobody has looked into the papers of a class that is not approved.
        True if course.state == State.APPROVED else None,
        True if course.state == State.APPROVED and course.cost else None,
        planned,
        planned // 3,
    )
