"""Evidence is handed in where the row is: many pictures of a phone at once, and what was taken and what not is said there."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from qiaojie.documents.handing_in import AT_ONCE
from qiaojie.documents.models import Document
from qiaojie.training.ledger import EVENTS
from qiaojie.training.models import TrainingEvent
from qiaojie.web.desk.shared.listing import PAGES
from tests.documents.test_taking import PDF, jpeg
from tests.web.conftest import SignIn
from tests.web.factories import World, identity
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

HEIC = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64


def file(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def undated(size: tuple[int, int] = (40, 30), colour: str = "teal") -> bytes:
    """A picture that does not say when it was taken."""
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "JPEG")
    return held.getvalue()


def send(client: Client, code: str, pk: int, *files: SimpleUploadedFile, **given: str) -> str:
    """Hand files in on the page of a row, and look at where one is led."""
    form = {"here": "1", "kind": "sign_in", "otherwise": "2023-06-20", **given, "file": list(files)}
    page = reverse(PAGES[code], args=[pk]) if code in PAGES else reverse("row", args=[code, pk])
    answer = client.post(f"/documents/add/{code}/{pk}/", {**form, "from_page": page})
    if answer.status_code == 422:
        return flat(answer)
    assert answer.status_code == 302
    assert answer["Location"].endswith("#hand-in")
    return flat(client.get(answer["Location"], follow=True))


def form_of(page: str) -> str:
    return page.split('id="hand-in"')[1].split("</form>")[0]


def test_pictures_are_kept_each_as_its_own_with_a_title_of_the_row(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    page = form_of(flat(client.get(f"/classes/{held.pk}/")))
    assert "multiple" in page and "capture" not in page and "image/jpeg" in page
    # What its file lacks first, and the day that such a paper is of.
    assert '<option value="notice" selected>' in page and 'value="2023-06-01"' in page
    pictures = [
        file(jpeg(), "IMG_1.jpg"),
        file(undated(), "IMG_2.jpg"),
        file(undated(colour="red"), "IMG_3.jpg"),
    ]
    page = form_of(send(client, "classes", held.pk, *pictures))
    assert "存了 3 件材料。" in page and "没有收" not in page
    kept = list(Document.objects.order_by("pk"))
    assert [one.title for one in kept] == [f"手工编织一班 签到表 {number}" for number in (1, 2, 3)]
    # The camera's day where it wrote one.
    assert [one.happened_on for one in kept] == [date(2023, 6, 5), date(2023, 6, 20), date(2023, 6, 20)]
    assert {one.days_after for one in kept} == {(timezone.localdate() - held.ends).days}
    page = flat(client.get(f"/classes/{held.pk}/"))
    assert "存了 3 件材料" not in page, "it is said once"
    assert page.count(f"事后{kept[0].days_after}天交") == 3
    send(client, "classes", held.pk, file(undated(colour="blue"), "IMG_4.jpg"))
    assert Document.objects.latest("pk").title == "手工编织一班 签到表 4"


def test_more_than_are_taken_at_once_are_said_and_the_rest_is_kept(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    files = [file(PDF + bytes([65 + at]), f"第{at}张.pdf") for at in range(AT_ONCE + 7)]
    page = form_of(send(client, "classes", held.pk, *files))
    assert f"存了 {AT_ONCE} 件材料。" in page and Document.objects.count() == AT_ONCE
    assert f"一次最多收 {AT_ONCE} 个，其余的请再交一次" in page
    assert "“第30张.pdf”" in page and "等 7 个" in page and "“第0张.pdf”" not in page


def test_what_was_not_taken_is_said_with_its_reason_and_the_others_stay(
    world: World, sign_in: SignIn
) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    files = [
        file(HEIC, "IMG_5.HEIC"), file(jpeg(), "好.jpg"), file(b"x", "坏.jpg"), file(b"", "空.jpg"), file(jpeg(), "同.jpg"),
    ]  # fmt: skip
    page = form_of(send(client, "classes", held.pk, *files))
    assert "存了 1 件材料。" in page
    assert "“IMG_5.HEIC”是苹果手机的 HEIC 照片" in page and "兼容性最佳" in page
    assert "“坏.jpg”的内容不是照片" in page and "“同.jpg”已经存过" in page
    assert "open>" in page.split("<details")[1][:40]
    # Nothing at all taken: it is said at the same place, and what was put in stands there again.
    page = form_of(
        send(client, "classes", held.pk, file(jpeg((50, 50)), "a.jpg"), kind="photo", described=" ")
    )
    assert "看不到照片的同事要靠它" in page and '<option value="photo" selected>' in page
    named = f"{identity(7)} 上课"
    page = form_of(
        send(client, "classes", held.pk, file(jpeg((50, 50)), "a.jpg"), kind="photo", described=named)
    )
    assert "不要写身份证号" in page
    page = form_of(send(client, "classes", held.pk))
    assert "请选择一个文件" in page
    page = form_of(send(client, "classes", held.pk, file(PDF, "b.pdf"), otherwise="2999-01-01"))
    assert "还没有到" in page and "“b.pdf”没有收" in page and 'value="2999-01-01"' in page
    assert Document.objects.count() == 1
    for kind in ("", "x"):
        assert "请选择是哪一种材料" in send(client, "classes", held.pk, file(PDF, "b.pdf"), kind=kind)


def test_a_picture_of_twelve_megapixels_is_taken(world: World, sign_in: SignIn) -> None:
    large = undated((4032, 3024))
    page = send(sign_in("clerk"), "classes", world.classes["weaving"].pk, file(large, "IMG_9.jpg"))
    assert "存了 1 件材料。" in page


def test_rows_persons_and_bases_have_the_place_too(world: World, sign_in: SignIn) -> None:
    client, woman = sign_in("clerk"), world.people["here"][1]
    row = world.classes["weaving"].enrolments.get(person=woman)
    page = send(client, "enrolments", row.pk, file(PDF, "证.pdf"), kind="certificate")
    assert "存了 1 件材料。" in form_of(page)
    # A row that is called by her name: titles stand in lists that mask no name.
    assert Document.objects.get(ledger="enrolments").title == "参训记录 证书 1"
    page = send(client, "persons", woman.pk, file(PDF, "申请.pdf"), kind="application")
    assert "存了 1 件材料。" in form_of(page)
    assert woman.name not in Document.objects.get(ledger="persons").title
    event = TrainingEvent.objects.create(
        title="助盲培训", kind="massage", begins=date(2023, 7, 1), ends=date(2023, 7, 2), happened_on=date(2023, 7, 2),
        filed_by=world.regions["涪陵区"], state="draft",
    )  # fmt: skip
    page = send(client, EVENTS.code, event.pk, file(PDF, "方案.pdf"), kind="plan")
    assert '<option value="sign_in" selected>' in form_of(page), "the next that it lacks"
    assert Document.objects.get(ledger="events").title == "助盲培训 办班计划、通知 1"


def test_what_is_said_stands_at_its_own_row_and_is_for_whoever_may(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    own, other = world.classes["weaving"], world.classes["farming"]
    files = [file(jpeg(), "好.jpg"), file(b"x", "王小红.jpg")]
    form = {"here": "1", "kind": "plan", "otherwise": "2023-06-20", "file": files}
    assert client.post(f"/documents/add/classes/{own.pk}/", form).status_code == 302
    held = dict(client.session.items())["handed_in"]
    assert "王小红" not in str(held) and "\\u738b" not in str(held), "a file's name is often somebody's"
    assert "王小红" not in client.get(f"/classes/{other.pk}/").content.decode()
    assert "王小红" in client.get(f"/classes/{own.pk}/").content.decode()
    for name in ("reader", "inspector"):
        assert 'id="hand-in"' not in sign_in(name).get(f"/classes/{own.pk}/").content.decode()
        answer = sign_in(name).post(f"/documents/add/classes/{own.pk}/", form)
        assert answer.status_code == 404


def test_a_piece_says_how_long_after_the_class_it_was_said(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("approver"), world.classes["weaving"]
    page = client.get(f"/ledgers/classes/{held.pk}/edit/").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    given = {"seen": seen[1], "field.has_plan": "1", "purpose": "补交"}
    assert client.post(f"/ledgers/classes/{held.pk}/edit/", given).status_code == 302
    days = (timezone.localdate() - held.ends).days
    plan = flat(client.get(f"/classes/{held.pk}/")).split('id="piece-plan"')[1].split("</li>")[0]
    assert "登记为有，没有存件" in plan and f"事后{days}天登记" in plan
