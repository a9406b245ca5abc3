"""Papers and photos of a row: handed in by several at once, kept encrypted, looked at for a purpose, taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.documents import services
from qiaojie.documents.models import Content, Document, DocumentKind
from qiaojie.documents.services import DocumentDetails, hand_in
from qiaojie.ledgers import journal, signals, undoing
from qiaojie.ledgers.journal import history
from qiaojie.ledgers.models import Batch, State
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount_every
from qiaojie.notices import queries as notices
from qiaojie.people.ledger import PERSONS
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.training.models import TrainingClass
from tests.documents.test_taking import PDF, jpeg
from tests.web.addresses import addresses
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db


def file(data: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def send(client: Client, pk: int, *files: SimpleUploadedFile, code: str = "classes", **given: str) -> int:
    """Hand files in on the page of a row; what it answers."""
    form = {"kind": "photo", "described": "学员在练习", "day": "2023-06-05", **given}
    return client.post(f"/documents/add/{code}/{pk}/", {**form, "file": list(files)}).status_code


def piece(client: Client, pk: int, code: str) -> str:
    """The card of one piece of a class's file."""
    return client.get(f"/classes/{pk}/").content.decode().split(f'id="piece-{code}"')[1].split("</li>")[0]


def test_several_files_at_once_and_one_that_is_none_stops_no_other(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    files = (file(jpeg()), file(b"no picture", "坏.jpg"), file(PDF, "b.pdf"))
    assert send(client, held.pk, *files, title="开班") == 302
    kept = list(Document.objects.order_by("pk"))
    assert [(one.title, one.media, one.state) for one in kept] == [
        ("开班 1", "jpeg", "draft"),
        ("开班 3", "pdf", "draft"),
    ]
    assert {(one.filed_by_id, one.entered_by, one.row) for one in kept} == {
        (held.filed_by_id, "clerk", held.pk)
    }
    page = client.get(f"/classes/{held.pk}/").content.decode()
    assert "存了 2 件材料" in page and "“坏.jpg”的内容不是" in page
    assert 'alt="学员在练习"' in page
    # Nothing of the name that it came under is kept.
    assert not any("照片.jpg" in str(vars(one)) for one in kept)


def test_what_is_kept_is_encrypted(world: World, sign_in: SignIn) -> None:
    assert send(sign_in("clerk"), world.classes["weaving"].pk, file(PDF), kind="plan") == 302
    kept = Content.objects.get()
    assert b"PDF" not in bytes(kept.whole)
    assert "Encrypted" in type(Document._meta.get_field("described")).__name__


@pytest.mark.parametrize(
    ("given", "data", "words"),
    [
        ({"described": " "}, jpeg(), "看不到照片的同事要靠它"),
        ({"day": "", "kind": "plan"}, PDF, "请填写材料是哪一天的"),
        ({"day": "2999-01-01"}, PDF, "还没有到"),
        ({"day": "x"}, PDF, "不是日期"),
        ({"kind": "x"}, PDF, "请选择是哪一种材料"),
        ({}, b"", "空文件"),
    ],
)
def test_what_is_missing_is_said_at_the_form(
    world: World, sign_in: SignIn, given: dict[str, str], data: bytes, words: str
) -> None:
    form = {"kind": "photo", "described": "x", "day": "2023-06-05", **given, "file": [file(data)]}
    answer = sign_in("clerk").post(f"/documents/add/classes/{world.classes['weaving'].pk}/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Document.objects.exists()


def test_the_same_file_on_the_same_row_is_said_and_kept_once(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    assert send(client, held.pk, file(PDF), kind="sign_in", title="六月五日签到") == 302
    again = client.post(
        f"/documents/add/classes/{held.pk}/",
        {"kind": "plan", "day": "2023-06-05", "file": [file(PDF, "别名.pdf")]},
    )
    assert again.status_code == 422
    assert "“别名.pdf”已经存过" in again.content.decode() and "六月五日签到" in again.content.decode()
    # Of another row it is another document.
    assert send(client, world.classes["farming"].pk, file(PDF), kind="plan") == 302


def test_a_photo_is_seen_small_and_everything_whole_for_a_purpose(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    send(client, held.pk, file(jpeg()))
    send(client, held.pk, file(jpeg((50, 50))), kind="sign_in")
    photo, paper = Document.objects.order_by("pk")
    small = client.get(f"/documents/{photo.pk}/preview.jpg")
    assert small.status_code == 200 and small.content.startswith(b"\xff\xd8\xff")
    assert small["Content-Type"] == "image/jpeg"
    assert small["X-Content-Type-Options"] == "nosniff"
    assert small["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert small["Cache-Control"] == "no-store"
    # A paper is a list of names: no glimpse of it without a purpose.
    assert client.get(f"/documents/{paper.pk}/preview.jpg").status_code == 404
    assert AccessEntry.objects.filter(subject=f"documents/{paper.pk}/preview", done=False).exists()
    whole = f"/documents/{paper.pk}/whole/"
    assert client.get(whole).status_code == 405
    assert client.post(whole, {"purpose": " "}).status_code == 422
    shown = client.post(whole, {"purpose": "核对签到"})
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "attachment" not in shown.get("Content-Disposition", "")
    entry = AccessEntry.objects.get(action="export", subject=f"documents/{paper.pk}")
    assert (entry.username, entry.purpose) == ("clerk", "核对签到")
    assert sign_in("reader").post(whole, {"purpose": "看看"}).status_code == 404


def test_what_is_no_picture_is_saved_and_never_shown(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    send(client, world.classes["weaving"].pk, file(PDF), kind="cost", title="发票")
    answer = client.post(f"/documents/{Document.objects.get().pk}/whole/", {"purpose": "核对"})
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%8F%91")


def test_outsiders_see_and_add_only_to_what_their_agency_entered(world: World, sign_in: SignIn) -> None:
    trainer, clerk = sign_in("trainer"), sign_in("clerk")
    own, foreign = world.classes["weaving"], world.classes["farming"]
    TrainingClass.objects.filter(pk=own.pk).update(entered_by="trainer")
    assert send(clerk, own.pk, file(jpeg((30, 30)))) == 302
    assert send(trainer, own.pk, file(jpeg())) == 302
    assert send(trainer, foreign.pk, file(PDF), kind="plan") == 404
    offices, hers = Document.objects.order_by("pk")
    assert trainer.get(f"/documents/{hers.pk}/").status_code == 200
    for address in (f"/documents/{offices.pk}/", f"/documents/{offices.pk}/preview.jpg"):
        assert trainer.get(address).status_code == 404
    assert clerk.get(f"/documents/{hers.pk}/").status_code == 200
    assert sign_in("base").get(f"/documents/{hers.pk}/").status_code == 404


def test_a_wrong_one_is_taken_back_and_put_back(world: World, sign_in: SignIn) -> None:
    clerk, approver, held = sign_in("clerk"), sign_in("approver"), world.classes["weaving"]
    send(clerk, held.pk, file(PDF), kind="plan")
    kept = Document.objects.get()
    at = f"/documents/{kept.pk}/"
    assert clerk.post(f"{at}move/withdraw/", {"reason": ""}).status_code == 422
    assert clerk.post(f"{at}move/withdraw/", {"reason": "传错了"}).status_code == 302
    assert "还没有存材料" in clerk.get(f"/classes/{held.pk}/").content.decode()
    assert "恢复这件材料" in clerk.get(at).content.decode()
    assert clerk.post(f"{at}move/restore/", {"reason": "没错"}).status_code == 302
    assert [change.purpose for change in history(Document, kept.pk)] == ["", "传错了", "没错"]
    # What was approved only an approver takes back.
    assert approver.post("/ledgers/documents/move/approve/", {"row": kept.pk}).status_code == 302
    clerk.post(f"{at}move/withdraw/", {"reason": "不要了"})
    kept.refresh_from_db()
    assert kept.state == State.APPROVED
    approver.post(f"{at}move/withdraw/", {"reason": "不是这个班"})
    kept.refresh_from_db()
    assert kept.state == State.WITHDRAWN
    # Handed in anew meanwhile, the old one cannot come back beside it.
    assert send(clerk, held.pk, file(PDF), kind="plan") == 302
    assert clerk.post(f"{at}move/restore/", {"reason": "x"}).status_code == 422


def test_pieces_tell_papers_from_words_and_a_word_counts_only_when_somebody_says_it(
    world: World, sign_in: SignIn
) -> None:
    client, held = sign_in("approver"), world.classes["weaving"]
    notice, on = notices.notice(NOTICE), date(2023, 12, 31)

    def counted() -> int | None:
        return measures.measure(notice, on, SystemViewer()).total["vocational_training"].approved

    assert "登记为有，没有存件" in piece(client, held.pk, "sign_in")
    TrainingClass.objects.filter(pk=held.pk).update(has_sign_in=False)
    recount_every()
    for one in (CLASSES, ENROLMENTS):
        signals.rows_changed.send(sender=Batch, touched={one.model._meta.label: {held.pk}})
    without = counted()
    assert send(client, held.pk, file(PDF), kind="sign_in") == 302
    shown = piece(client, held.pk, "sign_in")
    assert "存 1 件，迟" in shown and "登记为缺" in shown and counted() == without
    fields = dict(part.split('" value="') for part in shown.split('name="')[2:] if '" value="' in part)
    seen = fields["seen"].split('"')[0]
    said = client.post(
        f"/ledgers/classes/{held.pk}/edit/", {"seen": seen, "field.has_sign_in": "1", "purpose": "已存材料"}
    )
    assert said.status_code == 302
    shown = piece(client, held.pk, "sign_in")
    assert "登记为" not in shown and "认定有" not in shown
    assert counted() > without


def test_a_person_has_the_papers_of_all_that_happened_to_her(world: World, sign_in: SignIn) -> None:
    client, woman = sign_in("clerk"), world.people["here"][1]
    row = world.classes["weaving"].enrolments.get(person=woman)
    assert send(client, woman.pk, file(PDF), code="persons", kind="application", title="申请") == 302
    assert send(client, row.pk, file(PDF), code="enrolments", kind="certificate", title="结业证") == 302
    page = client.get(f"/persons/{woman.pk}/").content.decode().split("佐证材料")[1]
    assert ">申请</a>" in page and ">结业证</a>" in page
    assert ">结业证</a>" in client.get(f"/ledgers/enrolments/{row.pk}/").content.decode()
    assert Document.objects.get(ledger="persons").filed_by == world.regions["涪陵区"]


def test_rows_that_documents_stand_on_are_not_undone(world: World) -> None:
    viewer = UserViewer(world.users["approver"])
    batch = Batch.objects.create(ledger="classes", region=world.regions["涪陵区"], actor="approver")
    made = TrainingClass.objects.create(
        title="新班", kind="practical", begins=date(2023, 7, 1), ends=date(2023, 7, 2),
        filed_by=world.regions["涪陵区"], entered_by="approver",
    )  # fmt: skip
    journal.created(TrainingClass, [made.pk], actor="approver", batch=batch)
    kept = hand_in(
        CLASSES, made.pk, PDF, "a.pdf", DocumentDetails(DocumentKind.PLAN, day=date(2023, 7, 1)), viewer
    )
    assert (kept.state, kept.approved_by) == (State.APPROVED, "approver")
    with pytest.raises(Unusable, match="已附佐证材料"):
        undoing.undo(batch.pk, viewer, "录错了")
    assert TrainingClass.objects.filter(pk=made.pk).exists()
    services.move(kept.pk, "withdraw", viewer, "要撤销")
    undoing.undo(batch.pk, viewer, "录错了")
    assert not TrainingClass.objects.filter(pk=made.pk).exists()


def test_somebody_without_an_agency_hands_in_nothing_of_a_person(world: World) -> None:
    woman = world.people["here"][1]
    with pytest.raises(Unusable) as refused:
        hand_in(
            PERSONS,
            woman.pk,
            PDF,
            "a.pdf",
            DocumentDetails(DocumentKind.OTHER, day=date(2023, 7, 1)),
            SystemViewer(),
        )
    assert refused.value.code == "region_missing"


def test_a_page_of_a_document_and_many_of_a_class_cost_few_queries(
    world: World, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, held = sign_in("clerk"), world.classes["weaving"]
    own = addresses(world, "here")

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    one, before = cost(own["document"]), cost(f"/classes/{held.pk}/")
    send(client, held.pk, *(file(PDF + bytes([65 + n])) for n in range(6)), kind="plan")
    client.get("/guide/")  # it says what was taken: the session that held the words is written
    assert cost(own["document"]) == one <= 10
    # One more: the class has a paper that nobody has said to be there.
    assert cost(f"/classes/{held.pk}/") <= before + 2
    assert Document.objects.filter(entered_at__lte=timezone.now()).count() == 7
