"""A paper that lies in a box and was not scanned is a document without a file: everything that reads documents copes with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents import queries, services
from qiaojie.documents.handing_in import put_in_box
from qiaojie.documents.ledger import DOCUMENTS
from qiaojie.documents.models import Content, Document, DocumentKind, Media
from qiaojie.documents.services import DocumentDetails
from qiaojie.intake import editing
from qiaojie.ledgers.journal import history
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.training.ledger import CLASSES
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db

BOX = "2023-职-04"


def boxed(world: World, user: str = "clerk", **given: Any) -> Document:
    said = DocumentDetails(**{"kind": DocumentKind.COST, "day": date(2023, 6, 20), "box": BOX, **given})
    return services.put_in_box(CLASSES, world.classes["weaving"].pk, said, UserViewer(world.users[user]))


def test_it_says_where_it_lies_and_holds_nothing(world: World) -> None:
    kept = boxed(world)
    assert (kept.media, kept.size, kept.box, kept.state) == (Media.PAPER, 0, BOX, State.DRAFT)
    assert kept.boxed and not Content.objects.exists()
    assert kept.handed.endswith("天登记"), "nobody handed it in that day: somebody said so"
    assert len(history(Document, kept.pk)) == 1
    assert boxed(world, "approver", kind=DocumentKind.SIGN_IN).state == State.APPROVED


def test_nothing_can_be_looked_at_or_taken_out(world: World, sign_in: SignIn) -> None:
    kept, client = boxed(world, kind=DocumentKind.PHOTO), sign_in("clerk")
    with pytest.raises(Unusable, match=BOX) as refused:
        queries.whole(kept.pk, UserViewer(world.users["clerk"]), "核对")
    assert refused.value.code == "only_in_box"
    assert client.get(f"/documents/{kept.pk}/preview.jpg").status_code == 404
    page = client.get(f"/documents/{kept.pk}/").content.decode()
    assert BOX in page and "查看原件" not in page and "SHA-256" not in page
    listed = client.get("/ledgers/documents/").content.decode()
    assert BOX in listed and "纸质件，没有扫描" not in listed.split("<tbody>")[0]
    sent = client.post("/ledgers/documents/export.csv", {"purpose": "核对"}, follow=True)
    assert sent.status_code == 200


def test_what_cannot_be_is_refused(world: World) -> None:
    boxed(world)
    wrong: dict[str, dict[str, Any]] = {
        "document_there": {},
        "box_missing": {"box": "  "},
        "box_too_long": {"box": "盒" * 41},
        "number_written": {"box": "500000199001011234"},
        "day_missing": {"day": None},
        "day_ahead": {"day": date(2999, 1, 1)},
    }
    for code, given in wrong.items():
        with pytest.raises(Unusable) as refused:
            boxed(world, **given)
        assert refused.value.code == code
    assert Document.objects.count() == 1
    boxed(world, box="2023-职-05")
    services.move(Document.objects.earliest("pk").pk, "withdraw", UserViewer(world.users["clerk"]), "盒号错")
    boxed(world)
    for user in ("reader", "other", "base", "trainer", "helper"):
        with pytest.raises(Refused):
            boxed(world, user, box="9")


def test_the_box_can_be_changed_and_not_taken_away(world: World) -> None:
    kept, viewer = boxed(world), UserViewer(world.users["clerk"])
    form = editing.form(DOCUMENTS, kept.pk, viewer)
    assert "box" in {entry.field.name for entry in form.entries}
    wrong = editing.change(DOCUMENTS, kept.pk, {"box": ""}, form.seen, viewer, "移库")
    assert wrong is not None and "要写明在哪个档案盒" in str([entry.errors for entry in wrong.entries])
    assert editing.change(DOCUMENTS, kept.pk, {"box": "2024-01"}, form.seen, viewer, "移库") is None
    kept.refresh_from_db()
    assert kept.box == "2024-01"
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=kept.pk).update(box="")


def test_a_title_is_made_as_of_a_file_and_a_fault_is_said(world: World) -> None:
    viewer, pk = UserViewer(world.users["clerk"]), world.classes["weaving"].pk
    said = DocumentDetails(DocumentKind.SIGN_IN, box=BOX)
    done = put_in_box(CLASSES, pk, said, viewer)
    assert done.kept[0].title == "手工编织一班 签到表 1" and BOX in done.said
    # Nobody said its day: that of the class.
    assert done.kept[0].happened_on == date(2023, 6, 20)
    again = put_in_box(CLASSES, pk, said, viewer)
    assert not again.kept and "已经登记过" in again.left[0]


def test_it_is_entered_on_the_page_without_a_file(world: World, sign_in: SignIn) -> None:
    client, pk = sign_in("clerk"), world.classes["weaving"].pk
    sent = {"here": "1", "kind": "cost", "otherwise": "2023-06-20", "box": BOX}
    page = client.post(f"/documents/add/classes/{pk}/", sent, follow=True).content.decode()
    assert f"原件在档案盒“{BOX}”" in page and f"盒 {BOX}，没有扫描" in page
    page = client.post(f"/documents/add/classes/{pk}/", sent, follow=True).content.decode()
    assert "已经登记过这一种材料" in page and f'value="{BOX}"' in page, "what was typed stays"
    page = client.post(f"/documents/add/classes/{pk}/", {**sent, "box": ""}, follow=True).content.decode()
    assert "请选择一个文件" in page
