"""Made-up evidence: sessions with who came, and papers and photos drawn by code, for a few classes of every told office."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from qiaojie.documents.models import Content, Document, DocumentKind
from qiaojie.documents.queries import PREVIEW, WHOLE
from qiaojie.documents.sanitising import Taken, take
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, Fact, State
from qiaojie.ledgers.rows import hand_out, insert
from qiaojie.lib.crypto import keyring
from qiaojie.training.models import Attendance, DayPart, Enrolment, Result, TrainingClass

from .batches import ACTOR
from .offices import entered_by
from .world import Place

CLASSES: Final = 3
"""Classes of a unit: the first has all its papers, the second a part, the third is only said to have them."""
SESSIONS: Final = 8
HOURS: Final = 4
VARIANTS: Final = 3
"""Different drawings of a kind: drawing one takes longer than keeping it."""

SEEN: Final = "六名学员围坐在长桌前，老师站在横幅下。"
"""What the drawings of a class show."""

_SHIRTS: Final = ("#a8503c", "#3f6d8e", "#c79b3b", "#5d7f4f", "#7b5a86", "#b0764f")
_COLUMNS: Final = ("id", "enrolment_id", "held_on", "part", "hours", "present", "withdrawn", "entered_by")


def keep(places: Sequence[Place]) -> None:
    """Write evidence for the units whose accounts are told, in the caller's transaction."""
    for place in places:
        clerk, approver = entered_by(place)
        if not clerk:
            continue
        held = TrainingClass.objects.filter(
            filed_by=place.region, kind="vocational", state=State.APPROVED, begins__year=2023
        )
        for number, course in enumerate(held.order_by("begins", "pk")[:CLASSES]):
            _attend(course, clerk)
            for kind, day in _papers(course, number):
                _file(course, kind, day, clerk, approver or ACTOR)


def _papers(course: TrainingClass, number: int) -> list[tuple[DocumentKind, date]]:
    """Which papers a class has, and the days they are of."""
    whole = [
        (DocumentKind.PLAN, course.begins - timedelta(days=7)),
        (DocumentKind.SIGN_IN, course.begins),
        (DocumentKind.PHOTO, course.begins),
        (DocumentKind.PHOTO, course.ends),
        (DocumentKind.COST, course.ends),
    ]
    return (whole, whole[2:3], [])[number]


def _attend(course: TrainingClass, clerk: str) -> None:
    rng = Random(f"attendance/{course.title}")
    days = [course.begins + timedelta(days=at) for at in range((course.ends - course.begins).days + 1)]
    days = [day for day in days if day.weekday() < 5][:SESSIONS]
    enrolled = Enrolment.objects.filter(training_class=course).order_by("pk").values_list("pk", "result")
    # Who dropped out was there at first; everybody else misses a day now and then.
    rows = [
        (pk, day, at < 2 if result == Result.DROPPED else rng.random() < 0.94)
        for pk, result in enrolled
        for at, day in enumerate(days)
    ]
    keys = hand_out(Attendance, len(rows))
    lines = zip(keys, rows, strict=True)
    insert(
        Attendance,
        _COLUMNS,
        ((key, pk, day, DayPart.MORNING, HOURS, there, False, clerk) for key, (pk, day, there) in lines),
    )
    purpose = _("演示数据：%s") % course.title
    batch = Batch.objects.create(
        ledger="attendances", region_id=course.filed_by_id, actor=ACTOR, purpose=purpose
    )
    journal.created(Attendance, keys, actor=ACTOR, batch=batch, purpose=purpose)


def _file(course: TrainingClass, kind: DocumentKind, day: date, clerk: str, approver: str) -> None:
    paper = drawn(kind, course.pk % VARIANTS + (day == course.ends))
    file("classes", course, kind, day, (clerk, approver), paper)


def paper_of(row: Fact, day: date, hands: tuple[str, str]) -> None:
    """Keep a drawn list of a source of proof, entered and approved by these accounts."""
    file("proof_sources", row, DocumentKind.ROSTER, day, hands, drawn(DocumentKind.ROSTER, 0))


def file(
    ledger: str,
    course: Fact,
    kind: DocumentKind,
    day: date,
    hands: tuple[str, str],
    paper: tuple[bytes, Taken],
    handed_in: datetime | None = None,
) -> None:
    """Keep a drawing as a document of a row; handed in with the row, or at another time."""
    (clerk, approver), (data, taken) = hands, paper
    at = handed_in or course.entered_at
    kept = Document.objects.create(
        ledger=ledger,
        row=course.pk,
        kind=kind,
        title=f"{day:%m-%d} {kind.label}",
        described=SEEN if kind == DocumentKind.PHOTO else None,
        media=taken.media,
        size=len(taken.whole),
        sha256=hashlib.sha256(data).hexdigest(),
        happened_on=day,
        days_after=(timezone.localtime(at).date() - (course.happened_on or day)).days,
        filed_by_id=course.filed_by_id,
        state=State.APPROVED,
        entered_by=clerk,
        approved_at=max(at, course.approved_at or at),
        approved_by=approver,
    )
    Document.objects.filter(pk=kept.pk).update(entered_at=at)
    Content.objects.create(
        document=kept,
        whole=keyring().encrypt_bytes(taken.whole, WHOLE),
        preview=None if taken.preview is None else keyring().encrypt_bytes(taken.preview, PREVIEW),
    )
    journal.created(Document, [kept.pk], actor=ACTOR, batch=None, purpose=_("演示数据：%s") % course)


@cache
def drawn(kind: DocumentKind, variant: int) -> tuple[bytes, Taken]:
    """A drawing as somebody would hand it in, and as it is kept: nobody's photo, nobody's name."""
    rng = Random(f"{kind}/{variant}")
    picture = _scene(rng) if kind == DocumentKind.PHOTO else _sheet(rng)
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue(), take(held.getvalue(), kind.value)


def _scene(rng: Random) -> Image.Image:
    """A room with a banner, a teacher and six trainees at a long table."""
    page = Image.new("RGB", (800, 560), rng.choice(("#e9e2d3", "#dfe6e4", "#ece4e4")))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 400, 800, 560), fill="#b9a58a")
    draw.rectangle((120, 40, 680, 96), fill="#b3372c")
    draw.rectangle((140, 62, 660, 74), fill="#f3d489")
    # The teacher stands behind the others.
    for at in (6, *range(6)):
        teacher = at == 6
        x, y = (400, 170) if teacher else (110 + at * 112 + rng.randint(-8, 8), 262 + rng.randint(-8, 8))
        draw.ellipse((x - 26, y - 30, x + 26, y + 26), fill="#e2b48f")
        draw.pieslice((x - 30, y - 40, x + 30, y + 22), 180, 360, fill="#3a2c27")
        draw.rounded_rectangle((x - 46, y + 26, x + 46, y + 150), 22, fill=rng.choice(_SHIRTS))
    draw.rectangle((40, 372, 760, 430), fill="#8c6a46")
    for _thing in range(14):
        x = rng.randint(60, 730)
        draw.ellipse((x, 380, x + rng.randint(14, 34), 398), fill=rng.choice(_SHIRTS))
    return page


def _sheet(rng: Random) -> Image.Image:
    """A ruled sheet of paper with something scrawled in its boxes that nobody can read."""
    page = Image.new("RGB", (640, 880), "#fbfaf5")
    draw = ImageDraw.Draw(page)
    draw.rectangle((180, 50, 460, 66), fill="#333333")
    for row in range(21):
        draw.line((60, 120 + row * 34, 580, 120 + row * 34), fill="#555555", width=2)
    for column in range(5):
        draw.line((60 + column * 130, 120, 60 + column * 130, 800), fill="#555555", width=2)
    for row in range(20):
        for column in range(4):
            x, y = 76 + column * 130, 138 + row * 34
            marks = [(x + step * 9, y + rng.randint(-9, 9)) for step in range(rng.randint(5, 10))]
            draw.line(marks, fill="#27406b", width=2)
    return page
