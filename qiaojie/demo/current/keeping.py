"""What hangs on the records of the present: sessions, papers in time and late, numbers of households, other hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from django.utils.translation import gettext as _

from qiaojie.accounts.models import Agency, WorkLine
from qiaojie.bases.models import Base, HelpRecord
from qiaojie.documents.models import DocumentKind
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, State
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.livelihoods.models import Employment, Income, Proof, ProofSource, SourceKind
from qiaojie.people.models import Household
from qiaojie.training.models import Attendance, DayPart, Enrolment, Result, TrainingClass

from ..batches import ACTOR
from ..chance import BEIJING
from ..evidence import HOURS, drawn, file, paper_of
from ..offices import OUTSIDE, entered_by
from ..proofs import SHELF
from ..world import Course, Place
from . import plans
from .days import Calendar
from .making import CountyWork

LATE: Final = 24
"""Days after the class on which the second one's sheet was handed in."""

HOUSEHOLDS: Final = 12
"""Households of a county that its list gives a number."""

HELPERS: Final = {
    "500240": (WorkLine.BASE, "shizhu-base"),
    "500102": (WorkLine.TRAINER, "fuling-trainer"),
    "500230": (WorkLine.OTHER, "fengdu-helper"),
}
"""Code of a county → the agency outside the offices that entered a part of its records, and the account."""
BANK: Final = ("500230", "fengdu-bank")

_COLUMNS: Final = ("id", "enrolment_id", "held_on", "part", "hours", "present", "withdrawn", "entered_by")


def keep(works: Sequence[CountyWork], classes: Mapping[Course, int], calendar: Calendar) -> None:
    """Write it in the caller's transaction."""
    for work in works:
        clerk, approver = entered_by(work.place)
        for course in (*work.held, *work.ahead):
            _attend(classes[course], course, clerk, calendar.today)
            plans.keep(classes[course], course)
        for number, course in enumerate(work.held):
            _papers(classes[course], late=number > 0, hands=(clerk, approver), calendar=calendar)
        _sources(work.place, (clerk, approver), calendar)
        _number_households(work.place)
        _other_hands(work.place, [classes[course] for course in work.held[1:]], calendar)


def _attend(key: int, course: Course, clerk: str, today: date) -> None:
    """Every day of a class up to today, the mornings; who dropped out came on the first, others miss a day now and then."""
    rng = Random(f"current/attendance/{course.title}")
    days = [course.begins + timedelta(days=at) for at in range((course.ends - course.begins).days + 1)]
    days = [day for day in days if day <= today]
    enrolled = Enrolment.objects.filter(training_class=key).order_by("pk").values_list("pk", "result")
    rows = [
        (pk, day, at < 1 if result == Result.DROPPED else rng.random() < 0.95)
        for pk, result in enrolled
        for at, day in enumerate(days)
    ]
    keys = hand_out(Attendance, len(rows))
    insert(
        Attendance,
        _COLUMNS,
        (
            (number, pk, day, DayPart.MORNING, HOURS, there, False, clerk)
            for number, (pk, day, there) in zip(keys, rows, strict=True)
        ),
    )
    purpose = _("演示数据：%s") % course.title
    batch = Batch.objects.create(
        ledger="attendances", region_id=course.place.region, actor=ACTOR, purpose=purpose
    )
    journal.created(Attendance, keys, actor=ACTOR, batch=batch, purpose=purpose)


def _papers(key: int, *, late: bool, hands: tuple[str, str], calendar: Calendar) -> None:
    """All papers of the first class, in time; of the second a sheet that came late, and a photo."""
    course = TrainingClass.objects.get(pk=key)
    kinds = (
        [DocumentKind.SIGN_IN, DocumentKind.PHOTO]
        if late
        else [
            DocumentKind.PLAN,
            DocumentKind.SIGN_IN,
            DocumentKind.PHOTO,
            DocumentKind.ROSTER,
            DocumentKind.CERTIFICATE,
            DocumentKind.COST,
        ]
    )
    for variant, kind in enumerate(kinds):
        day = course.begins - timedelta(days=3) if kind == DocumentKind.PLAN else course.ends
        if late and kind == DocumentKind.SIGN_IN:
            after = min(course.ends + timedelta(days=LATE), calendar.back(1))
            handed_in = datetime(after.year, after.month, after.day, 16, 10, tzinfo=BEIJING)
        else:
            handed_in = None
        file("classes", course, kind, day, hands, drawn(kind, variant), handed_in)


def _sources(place: Place, hands: tuple[str, str], calendar: Calendar) -> None:
    """A compared list of the month before that shows the contracts, and a roster on which others merely stand."""
    jobs = Employment.objects.filter(
        filed_by=place.region, happened_on__gte=calendar.period.begins, state=State.APPROVED
    ).order_by("pk")
    day = calendar.today.replace(day=1) - timedelta(days=1)
    for kind, title, proof in (
        (SourceKind.COMPARED, f"{day:%Y年}{day.month}月社保比对名单", Proof.CONTRACT),
        (SourceKind.ROSTER, f"{day:%Y年}{day.month}月乡镇就业花名册", Proof.LIST),
    ):
        source = ProofSource.objects.create(
            title=place.name + title,
            kind=kind,
            from_whom=f"{place.name}人社局" if kind == SourceKind.COMPARED else f"{place.name}各乡镇",
            happened_on=day,
            proof_place=place.name + SHELF,
            filed_by_id=place.region,
            state=State.APPROVED,
            entered_by=hands[0],
            approved_by=hands[1],
            approved_at=datetime(
                calendar.today.year, calendar.today.month, calendar.today.day, 9, tzinfo=BEIJING
            ),
        )
        purpose = _("演示数据：%s") % _("凭证来源")
        batch = Batch.objects.create(
            ledger="proof_sources", region_id=place.region, actor=ACTOR, purpose=purpose
        )
        journal.created(ProofSource, [source.pk], actor=ACTOR, batch=batch, purpose=purpose)
        paper_of(source, day, hands)
        shown = [job.pk for job in jobs.filter(proof=proof)][:2]
        to = Proof.COMPARED if kind == SourceKind.COMPARED else Proof.LIST
        Employment.objects.filter(pk__in=shown).update(proof=to, source=source)


def _number_households(place: Place) -> None:
    """The county's list gives some households of its people a number."""
    homes = Household.objects.filter(members__person__enrolments__filed_by=place.region, number="")
    for at, key in enumerate(sorted(set(homes.order_by("pk").values_list("pk", flat=True)))[:HOUSEHOLDS], 1):
        Household.objects.filter(pk=key).update(number=f"{place.code}{at:05d}", county_id=place.region)


def _other_hands(place: Place, classes: Sequence[int], calendar: Calendar) -> None:
    """A base, a training institution, a helper and a bank entered what is theirs."""
    own = {"filed_by": place.region, "happened_on__gte": calendar.period.begins}
    line, account = HELPERS.get(place.code, (None, ""))
    if line == WorkLine.BASE:
        agency = Agency.objects.get(region_id=place.region, line=line)
        Base.objects.filter(name=OUTSIDE[line], **own).update(operator=agency, entered_by=account)
        HelpRecord.objects.filter(**own).update(entered_by=account)
    elif line == WorkLine.TRAINER:
        agency = Agency.objects.get(region_id=place.region, line=line)
        TrainingClass.objects.filter(pk__in=classes).update(organiser=agency, entered_by=account)
        Enrolment.objects.filter(training_class__in=classes).update(entered_by=account)
    elif line == WorkLine.OTHER:
        Employment.objects.filter(**own).update(entered_by=account)
    if place.code == BANK[0]:
        Income.objects.filter(**own).update(entered_by=BANK[1])
