"""A file's plan: findings by kind, the rows behind numbers, decisions for all at once, the file handed back."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake import services
from qiaojie.intake.models import Upload
from qiaojie.ledgers.journal import registry_version
from qiaojie.lib.identity import check_digit
from qiaojie.sheets.marks import TITLE
from tests.intake.material import dump
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World, hand_in, identity, roster

pytestmark = pytest.mark.django_db

KEPT = ("people", "training", "measures", "ledgers", "intake")
LOST = 60
"""Rows whose number a spreadsheet has rounded: more than a page of them."""


@pytest.fixture
def upload(world: World) -> Upload:
    """A roster of 70 women, most of them with a rounded number."""
    rounded = {number: f"{identity(number)[:15]}000" for number in range(300, 400)}
    # Of eleven rounded numbers one has a true check character, and nobody can tell.
    told = [number for number, text in rounded.items() if check_digit(text[:17]) != text[17]][:LOST]
    lost = {f"n{number}": rounded[number] for number in told}
    women = [*told, *range(400, 410)]
    return hand_in(world.users["clerk"], world.regions["涪陵区"], roster("涪陵大班", women, **lost))


def page(client: Client, address: str, status: int = 200) -> str:
    got = client.get(address)
    assert got.status_code == status, address
    return got.content.decode()


def test_findings_stand_by_kind_with_their_numbers_and_open_to_all(upload: Upload, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    plan = page(client, f"/intake/{upload.pk}/")
    assert ">身份证号被电子表格改坏</span>" in plan
    assert f"{LOST} 处有错，不写入" in plan
    assert plan.count('class="where"') < LOST
    kind = f"/intake/{upload.pk}/kind/error/id_lost/"
    assert f'href="{kind}"' in plan
    first, second = page(client, kind), page(client, f"{kind}?page=2")
    assert "第 1 页，共 2 页" in first
    assert first.count('class="where"') + second.count('class="where"') == LOST
    assert page(client, f"{kind}?page=99") == second.replace("?page=1", "?page=1") or "第 2 页" in second
    for text in (plan, first, second):
        assert identity(300)[:15] not in text, "no number is whole"


def test_filters_leave_what_is_asked_for(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    assert "没有符合条件的问题" in page(client, f"{address}?level=hint")
    assert f"{LOST} 处有错" not in page(client, f"{address}?verdict=new")
    assert ">身份证号被电子表格改坏</span>" not in page(client, f"{address}?code=sex_differs")
    assert f"{LOST} 处有错" in page(client, f"{address}?level=error&verdict=wrong&code=id_lost")
    page(client, f"{address}?verdict=gone", 404)
    page(client, f"{address}?level=gone", 404)
    page(client, f"{address}kind/gone/id_lost/", 404)


def test_a_number_opens_to_its_rows_and_they_are_masked(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/rows/"
    new = page(client, f"{address}?verdict=new")
    assert new.count('<th scope="row"') == 10
    assert "涪陵大班" in new
    assert identity(405) not in new
    assert f"{identity(405)[:3]}***" in new
    wrong = page(client, f"{address}?verdict=wrong&page=2")
    assert wrong.count('<th scope="row"') == LOST - 50
    assert "丢失" in wrong
    assert page(client, address).count('<th scope="row"') == 50
    assert "没有符合条件的行" in page(client, f"{address}?verdict=conflict")


def test_all_rows_of_a_kind_are_decided_at_once(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/decide-all/"
    wanted = {"level": "error", "code": "id_lost", "word": "use_certificate"}
    done = client.post(address, wanted, follow=True).content.decode()
    assert f"已处理 {LOST} 行" in done
    assert "写入 70 行" in done
    entry = AccessEntry.objects.get(subject=f"upload/{upload.pk}/rows")
    assert (entry.rows, entry.purpose) == (LOST, "use_certificate")
    assert client.post(address, wanted).status_code == 422, "nothing of the kind is left"
    assert "没有这类问题了" in page(client, f"/intake/{upload.pk}/kind/error/id_lost/")
    assert client.post(address, {**wanted, "word": "overwrite"}).status_code == 422


def test_a_decision_on_a_kind_s_page_comes_back_to_it(upload: Upload, sign_in: SignIn) -> None:
    client, kind = sign_in("clerk"), f"/intake/{upload.pk}/kind/error/id_lost/?page=2"
    wanted = {"row": "2", "word": "use_certificate", "back": kind}
    assert client.post(f"/intake/{upload.pk}/decide/", wanted)["Location"] == kind
    elsewhere = client.post(f"/intake/{upload.pk}/decide/", {**wanted, "back": "https://evil.example/"})
    assert elsewhere["Location"] == f"/intake/{upload.pk}/"


def test_the_file_is_handed_back_for_a_purpose_before_and_after(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/marked.xlsx"
    assert client.post(address, {"purpose": " "}).status_code == 422
    assert not AccessEntry.objects.filter(action="export").exists()
    got = client.post(address, {"purpose": "退回培训机构"})
    assert got["Content-Disposition"].endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    assert book.sheetnames[0] == TITLE
    comments = [
        cell.comment.text for row in book[book.sheetnames[1]].iter_rows() for cell in row if cell.comment
    ]
    assert sum(text.startswith("错误") for text in comments) == LOST
    entry = AccessEntry.objects.get(action="export", done=True)
    assert (entry.subject, entry.rows, entry.purpose) == (f"upload/{upload.pk}/marked", 70, "退回培训机构")

    plan = client.get(f"/intake/{upload.pk}/")
    client.post(f"/intake/{upload.pk}/commit/", {"seal": plan.context["seal"]})
    after = client.get(f"/intake/{upload.pk}/").content.decode()
    assert f'action="{address}"' in after
    again = openpyxl.load_workbook(io.BytesIO(client.post(address, {"purpose": "改错"}).content))
    fates = [row[5] for row in again[TITLE].iter_rows(values_only=True) if row[0] == "错误" and row[3]]
    assert fates == ["不写入（有错）"] * LOST


def test_pages_of_a_plan_ask_no_more_for_more_rows(upload: Upload, world: World, sign_in: SignIn) -> None:
    client, few = sign_in("clerk"), world.uploads["here"]
    for part in ("", "kind/error/id_lost/", "rows/", "rows/?verdict=wrong"):
        numbers = []
        for one in (few, upload):
            client.get(f"/intake/{one.pk}/{part}")
            count = 0
            for alias in connections:
                with CaptureQueriesContext(connections[alias]) as caught:
                    client.get(f"/intake/{one.pk}/{part}")
                count += len(caught)
            numbers.append(count)
        # Looking for people of the same name and day of birth is one more question, however many there are.
        assert numbers[1] <= numbers[0] + 2, (part, numbers)
        # Plain rows are asked about together, and those that are judged one by one together again.
        assert numbers[0] <= 43, (part, numbers)


def test_a_reason_is_given_for_a_kind_or_a_row_and_shown_with_the_batch(
    upload: Upload, sign_in: SignIn
) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/reason/"
    kind = f"/intake/{upload.pk}/kind/warning/age_outside/"
    assert (
        client.post(address, {"code": "age_outside", "reason": "街道证明在档", "back": kind})["Location"]
        == kind
    )
    client.post(address, {"code": "age_outside", "row": "2", "reason": "本人要求"})
    assert "街道证明在档" in page(client, f"/intake/{upload.pk}/")
    assert client.post(address, {"code": "age_outside", "reason": "长" * 501}).status_code == 422
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT words FROM intake_reason")
        assert all("街道".encode() not in bytes(words) for (words,) in cursor.fetchall())
    plan = client.get(f"/intake/{upload.pk}/")
    client.post(f"/intake/{upload.pk}/commit/", {"seal": plan.context["seal"]})
    after = page(client, f"/intake/{upload.pk}/")
    assert "街道证明在档" in after
    assert "本人要求" in after
    assert client.post(address, {"code": "age_outside", "reason": "晚了"}).status_code == 422


@pytest.mark.parametrize(
    ("who", "approved", "pending"), [("approver", (20, 25), (6, 6)), ("clerk", (20, 20), (6, 11))]
)
def test_the_effect_is_tried_and_nothing_of_it_stays(
    world: World, sign_in: SignIn, who: str, approved: tuple[int, int], pending: tuple[int, int]
) -> None:
    client, upload = sign_in(who), world.uploads["here"]
    before = dump(rooms=KEPT)
    version = registry_version()
    tried = client.post(f"/intake/{upload.pk}/effect/")
    (now, then), *_rest = tried.context["pairs"]
    values = [one.progress.value for one in (now, then)]
    assert tuple(value.approved for value in values) == approved
    assert tuple(value.pending for value in values) == pending
    assert "没有写入任何内容" in tried.content.decode()
    assert dump(rooms=KEPT) == before
    assert registry_version() == version
    entry = AccessEntry.objects.filter(subject__endswith="/rehearsal").get()
    assert (entry.action, entry.rows) == ("see", 5)
    client.post(f"/intake/{upload.pk}/commit/", {"seal": client.get(f"/intake/{upload.pk}/").context["seal"]})
    done = client.get(f"/board/{NOTICE}/").content.decode()
    assert f"已审核 {approved[1]}，待审核 {pending[1]}" in done


def test_a_large_file_is_not_tried(world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "REHEARSED", 4)
    client, upload = sign_in("clerk"), world.uploads["here"]
    assert "试算写入后的进度" not in page(client, f"/intake/{upload.pk}/")
    assert client.post(f"/intake/{upload.pk}/effect/").status_code == 422
