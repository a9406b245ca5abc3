"""How many days after the event evidence was handed in is said for ever, also of what stood before it was kept."""

from __future__ import annotations

import importlib
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from qiaojie.accounts.viewers import UserViewer
from qiaojie.bases.models import Base
from qiaojie.documents.ledger import DOCUMENTS, documented
from qiaojie.documents.models import Document, DocumentKind, handed_in_words
from qiaojie.documents.services import DocumentDetails, hand_in
from qiaojie.intake import editing
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.models import State
from qiaojie.people.ledger import PERSONS
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from tests.documents.test_taking import PDF
from tests.web import factories
from tests.web.factories import World

pytestmark = pytest.mark.django_db

migration = importlib.import_module("qiaojie.documents.migrations.0004_days_after")


def keep(world: World, days: int, name: str = "clerk") -> Document:
    """A plan of a class that ended so many days ago (or ends so many days from now)."""
    ends = timezone.localdate() - timedelta(days=days)
    held = factories.training_class(
        world.regions["涪陵区"], f"{days}天班", begins=ends - timedelta(days=1), ends=ends
    )
    said = DocumentDetails(DocumentKind.PLAN, day=timezone.localdate() - timedelta(days=abs(days)))
    return hand_in(CLASSES, held.pk, PDF, "a.pdf", said, UserViewer(world.users[name]))


@pytest.mark.parametrize(
    ("days", "words", "late"), [(12, "事后12天交", True), (0, "当天交", False), (-3, "提前3天交", False)]
)
def test_it_is_counted_from_the_rows_own_day_to_the_day_it_is_handed_in(
    world: World, days: int, words: str, late: bool
) -> None:
    kept = keep(world, days)
    assert (kept.days_after, kept.handed) == (days, words)
    viewer = UserViewer(world.users["clerk"])
    fields = [DOCUMENTS.field("days_after"), DOCUMENTS.field("late")]
    (row,) = queries.shown(DOCUMENTS, viewer, queries.rows(DOCUMENTS, viewer), fields)
    assert (row.cells["days_after"].value, row.cells["late"].value) == (days, late)
    assert queries.found(DOCUMENTS, viewer, {"late": True}).number == late
    assert queries.found(DOCUMENTS, viewer, {"late": False}).number == (not late)


def test_a_person_has_no_day_and_nothing_is_said(world: World) -> None:
    said = DocumentDetails(DocumentKind.OTHER, day=date(2023, 7, 1))
    viewer = UserViewer(world.users["clerk"])
    kept = hand_in(PERSONS, world.people["here"][1].pk, PDF, "a.pdf", said, viewer)
    assert (kept.days_after, kept.handed, handed_in_words(None)) == (None, "", "")
    assert queries.found(DOCUMENTS, viewer, {"late": True}).number == 0


def test_it_stays_whatever_becomes_of_the_row_and_nobody_types_it(world: World) -> None:
    kept = keep(world, 12)
    approver = UserViewer(world.users["approver"])
    form = editing.form(CLASSES, kept.row, approver)
    later = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert editing.change(CLASSES, kept.row, {"ends": later}, form.seen, approver, "延期") is None
    kept.refresh_from_db()
    assert kept.days_after == 12
    own = editing.form(DOCUMENTS, kept.pk, approver)
    assert not {"days_after", "late"} & {entry.field.name for entry in own.entries}
    assert (
        editing.change(DOCUMENTS, kept.pk, {"days_after": "0", "title": "新"}, own.seen, approver, "x")
        is None
    )
    kept.refresh_from_db()
    assert (kept.days_after, kept.title) == (12, "新")


def test_those_that_stood_before_are_filled_in_from_their_rows(world: World) -> None:
    """Entered at the turn of a day: the day is that of the office, whatever the database keeps."""
    kept = keep(world, 12)
    base = Base.objects.create(
        name="绣坊", kind="handicraft", filed_by=world.regions["涪陵区"], happened_on=date(2023, 7, 1)
    )
    undated = Base.objects.create(name="无日", kind="handicraft", filed_by=world.regions["涪陵区"])
    rows = [
        ("bases", base.pk),
        ("bases", undated.pk),
        ("persons", world.people["here"][0].pk),
        ("classes", 10**9),
    ]
    common = {
        "kind": "other", "title": "x", "media": "pdf", "size": 1, "filed_by": world.regions["涪陵区"],
        "happened_on": date(2023, 7, 1), "state": State.APPROVED,
    }  # fmt: skip
    made = [
        Document.objects.create(ledger=code, row=row, sha256=str(at), **common)
        for at, (code, row) in enumerate(rows)
    ]
    midnight = timezone.make_aware(timezone.datetime(2023, 7, 5, 0, 30))
    Document.objects.filter(pk__in=[one.pk for one in made]).update(entered_at=midnight)
    Document.objects.update(days_after=None)

    class Editor:
        pass

    Editor.connection = connection  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as caught:
        migration.fill(apps, Editor)
    assert [Document.objects.get(pk=one.pk).days_after for one in (kept, *made)] == [12, 4, None, None, None]
    few = len(caught)
    Document.objects.bulk_create(
        Document(ledger="bases", row=base.pk, sha256=f"more{at}", **common) for at in range(300)
    )
    Document.objects.update(days_after=None)
    with CaptureQueriesContext(connection) as caught:
        migration.fill(apps, Editor)
    assert len(caught) <= few + 1, "not one for each document"
    assert not Document.objects.filter(row=base.pk, ledger="bases", days_after__isnull=True).exists()


def test_every_ledger_that_had_documents_before_is_filled_in() -> None:
    dated = {one.code: one for one in documented() if one.date}
    assert migration.TABLES.keys() <= dated.keys()
    assert {code: dated[code].model._meta.db_table for code in migration.TABLES} == migration.TABLES


def test_kinds_that_ledgers_name_are_kinds_of_documents() -> None:
    for one in documented():
        assert one.paper in {"", *DocumentKind.values}, one.code
    named = {field.shown_by for one in declaration.every() for field in one.fields if field.shown_by}
    assert named <= set(DocumentKind.values)


def test_the_words() -> None:
    with translation.override("zh-hans"):
        assert [handed_in_words(days) for days in (1, 0, -1)] == ["事后1天交", "当天交", "提前1天交"]


def test_a_tick_that_is_set_later_says_so(world: World) -> None:
    from qiaojie.web.components.history import said_since

    held = TrainingClass.objects.create(
        title="补签到", kind="practical", begins=date(2023, 7, 1), ends=date(2023, 7, 2), happened_on=date(2023, 7, 2),
        filed_by=world.regions["涪陵区"], has_sign_in=False, has_plan=True,
    )  # fmt: skip
    approver = UserViewer(world.users["approver"])

    def say(**given: str) -> dict[str, str]:
        form = editing.form(CLASSES, held.pk, approver)
        assert editing.change(CLASSES, held.pk, given, form.seen, approver, "补") is None
        with CaptureQueriesContext(connection) as caught:
            found = said_since(CLASSES, held.pk, held.ends)
        assert len(caught) <= 2
        return found

    days = (timezone.localdate() - held.ends).days
    assert said_since(CLASSES, held.pk, held.ends) == {}, "what was so from the beginning says nothing"
    assert say(has_sign_in="1") == {"has_sign_in": f"事后{days}天登记"}
    assert say(content="别的") == {"has_sign_in": f"事后{days}天登记"}
    assert say(has_sign_in="0") == {}
