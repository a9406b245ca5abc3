"""The papers of a class at the screen: ticked and printed together, and thirteen sheets handed in by one choice of files."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qiaojie.documents.models import Document
from qiaojie.papers import numbers
from qiaojie.papers.models import Printing, UnplacedSheet
from qiaojie.training.models import TrainingClass
from tests.papers.conftest import held as held
from tests.papers.test_returning import photo
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def upload(name: str, number: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(number))


def test_papers_are_ticked_on_the_page_of_the_class_and_printed_together(
    held: TrainingClass, world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    page = flat(client.get(f"/classes/{held.pk}/"))
    ticked = re.findall(r'name="paper" value="([a-z-]+)" +checked', page)
    assert ticked == ["filing", "roster"], "the class begins in some years: what comes before it is due"
    assert 'value="制作名册"' in page and "打印勾选的" in page
    answer = client.post(
        f"/classes/{held.pk}/papers/", {"paper": ticked, "format": "pdf", "purpose": "制作名册"}
    )
    assert answer["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 2
    document.close()
    again = flat(client.get(f"/classes/{held.pk}/"))
    assert not re.findall(r'name="paper" value="[a-z-]+" +checked', again) and again.count("打过") >= 2
    # A file with names can be fetched again for a day, like any other.
    assert "班级用表.pdf" in flat(client.get("/exports/"))


def test_what_did_not_do_comes_back_with_all_that_was_ticked_and_typed(
    held: TrainingClass, world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    given = {
        "paper": ["scores", "sign-in"],
        "format": "docx",
        "purpose": "",
        "first": "2030-06-04",
        "last": "2030-06-05",
    }
    answer = client.post(f"/classes/{held.pk}/papers/", given)
    page = flat(answer)
    assert answer.status_code == 422 and "请写明用途" in page
    assert re.findall(r'name="paper" value="([a-z-]+)" +checked', page) == ["sign-in", "scores"]
    assert 'value="docx" selected' in page and 'value="2030-06-04"' in page and 'value="2030-06-05"' in page
    nothing = client.post(f"/classes/{held.pk}/papers/", {"format": "pdf", "purpose": "制作名册"})
    assert nothing.status_code == 422 and "请勾选要打印的表" in flat(nothing)
    assert not Printing.objects.exists()


def test_thirteen_sheets_are_handed_in_at_once(held: TrainingClass, world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    held.lessons.all().delete()
    client.post(
        f"/classes/{held.pk}/papers/",
        {"paper": ["sign-in", "roster", "headcount", "scores"], "format": "xlsx", "purpose": "制作名册"},
    )
    keys = list(Printing.objects.order_by("pk").values_list("pk", flat=True))
    assert len(keys) == 13
    page = flat(client.get(f"/classes/{held.pk}/"))
    (there,) = re.findall(r'href="(/sheets/\?class=\d+)"', page)
    form = flat(client.get(there))
    assert "multiple" in form and f'name="class" value="{held.pk}"' in form
    files = [upload(f"{numbers.printed(key)}.jpg", at * 15) for at, key in enumerate(keys)]
    answer = client.post("/sheets/", {"file": files, "class": held.pk}, follow=True)
    page = flat(answer)
    assert "存了 13 张表：涪陵区手工编织提高班。" in page
    kinds = Document.objects.filter(row=held.pk).values_list("kind", flat=True)
    assert sorted(kinds) == sorted([*["sign_in"] * 10, "roster", "exam", "head_count"])
    assert "交回 10/10" in flat(client.get(f"/classes/{held.pk}/"))


def test_what_waits_stays_with_its_reason_until_it_is_placed_or_thrown_away(
    held: TrainingClass, world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    client.post(
        f"/classes/{held.pk}/papers/",
        {"paper": ["roster", "scores"], "format": "xlsx", "purpose": "制作名册"},
    )
    first, second = Printing.objects.order_by("pk")
    wrong = world.classes["weaving"].pk
    files = [
        upload("照片一.jpg", 10),
        upload("照片二.jpg", 60),
        upload(f"{numbers.printed(second.pk)}.jpg", 90),
    ]
    page = flat(client.post("/sheets/", {"file": files, "class": wrong}, follow=True))
    assert "3 个文件先收着" in page
    one, two, three = UnplacedSheet.objects.order_by("pk")
    assert client.get(f"/sheets/{one.pk}/picture.jpg")["Content-Type"] == "image/jpeg"
    # A wrong digit is said at its file, and what was typed at the others is not lost.
    given = {
        "act": "all",
        "class": wrong,
        f"number.{one.pk}": numbers.printed(first.pk)[:-1] + "x",
        f"number.{two.pk}": numbers.printed(first.pk),
        f"elsewhere.{two.pk}": "1",
    }
    answer = client.post("/sheets/", given)
    page = flat(answer)
    assert answer.status_code == 422 and "还有 1 个没有存" in page and "编号不对" in page
    assert f'value="{given[f"number.{one.pk}"]}"' in page, "what was typed stands there"
    assert Document.objects.filter(row=held.pk).count() == 1
    page = flat(
        client.post(
            "/sheets/",
            {
                "act": f"place.{three.pk}",
                f"number.{three.pk}": numbers.printed(second.pk),
                f"elsewhere.{three.pk}": "1",
            },
            follow=True,
        )
    )
    assert "存了 1 张表" in page
    page = flat(client.post("/sheets/", {"act": f"drop.{one.pk}"}, follow=True))
    assert "已删掉" in page and not UnplacedSheet.objects.exists()
    assert client.post("/sheets/", {}).status_code == 422


def test_a_picture_is_turned_on_its_page(held: TrainingClass, world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    client.post(f"/classes/{held.pk}/papers/", {"paper": ["roster"], "format": "xlsx", "purpose": "制作名册"})
    number = numbers.printed(Printing.objects.get().pk)
    client.post("/sheets/", {"file": [upload("照片.jpg", 10)], "number": number})
    pk = Document.objects.latest("pk").pk
    page = flat(client.get(f"/documents/{pk}/"))
    assert all(word in page for word in ("左转", "右转", "倒转"))
    assert "已转好" in flat(client.post(f"/documents/{pk}/turn/over/", follow=True))
    assert client.post(f"/documents/{pk}/turn/sideways/").status_code == 404


def test_whoever_may_not_take_names_out_sees_no_form(
    held: TrainingClass, world: World, sign_in: SignIn
) -> None:
    page = flat(sign_in("reader").get(f"/classes/{held.pk}/"))
    assert "打印勾选的" not in page
    assert "请找经办人打印" in flat(sign_in("reader").get(f"/classes/{held.pk}/papers/"))
    assert sign_in("other").get(f"/classes/{held.pk}/papers/").status_code == 404
    assert sign_in("reader").get("/sheets/").status_code == 404
