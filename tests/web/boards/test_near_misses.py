"""差一步 takes the last step: the button on the row, who may press it, what is refused, and the list to call up."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.documents.models import Document
from qiaojie.ledgers.models import ApprovalRule, Proposal, State
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.documents.test_taking import PDF
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

STEP = f"/near/{NOTICE}/vocational_training/"
SHEET, WAITS, RESULT = f"{STEP}class.has_sign_in/", f"{STEP}state/", f"{STEP}result/"


@pytest.fixture
def lacking(world: World) -> TrainingClass:
    """A class of Fuling without its sign-in sheet, with four women who lack nothing else."""
    held = factories.training_class(world.regions["涪陵区"], "缺签到表的班", has_sign_in=False)
    women = [factories.person(number, world.regions["涪陵区"]) for number in range(400, 404)]
    for woman, place in zip(women, ("甲0街道", "甲0街道", "甲0街道", "甲1街道"), strict=True):
        woman.home = world.regions[place]
        woman.phone = f"1390000{woman.pk:04d}"[:11]
        woman.save()
    factories.enrol(held, women)
    recount(notices.notice(NOTICE), force=True)
    return held


def test_the_sheet_is_handed_in_from_the_row_and_the_class_says_so(
    lacking: TrainingClass, sign_in: SignIn
) -> None:
    client = sign_in("approver")
    page = client.get(SHEET).content.decode()
    asked = urlencode({"kind": "sign_in", "mend": "has_sign_in", "back": SHEET}).replace("&", "&amp;")
    address = f"/documents/add/classes/{lacking.pk}/?{asked}"
    assert page.count(f'href="{address}"') == 4
    for there in (f"/classes/{lacking.pk}/", f"/persons/{lacking.enrolments.first().person_id}/"):
        assert f'href="{there}"' in page
    form = client.get(address.replace("&amp;", "&")).content.decode()
    assert '<option value="sign_in" selected>' in form
    assert 'name="mend" value="has_sign_in" checked' in form
    sent = {
        "kind": "sign_in",
        "mend": "has_sign_in",
        "file": io.BytesIO(PDF),
        "title": "签到表",
        "day": "2023-06-20",
    }
    sent["file"].name = "签到表.pdf"  # type: ignore[attr-defined]
    answer = client.post(address.replace("&amp;", "&"), sent)
    assert (answer.status_code, answer["Location"]) == (302, SHEET)
    lacking.refresh_from_db()
    assert lacking.has_sign_in is True
    assert Document.objects.filter(ledger="classes", row=lacking.pk, kind="sign_in").count() == 1
    assert "没有只差这一步的" in client.get(SHEET).content.decode()


def test_what_a_clerk_says_of_an_approved_class_waits_and_without_the_tick_nothing_is_said(
    lacking: TrainingClass, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    address = f"/documents/add/classes/{lacking.pk}/?{urlencode({'mend': 'has_sign_in', 'back': SHEET})}"
    for number, mend in enumerate(({}, {"mend": "has_sign_in"})):
        file = io.BytesIO(PDF + b"\n" * number)
        file.name = "签到表.pdf"
        sent: dict[str, Any] = {
            "kind": "sign_in",
            "file": file,
            "title": "签到表",
            "day": "2023-06-20",
            **mend,
        }
        assert client.post(address, sent).status_code == 302
        lacking.refresh_from_db()
        assert lacking.has_sign_in is False
        assert Proposal.objects.filter(ledger="classes", object_id=lacking.pk).count() == number


def test_a_result_is_entered_on_the_form_of_the_row_and_leads_back(
    lacking: TrainingClass, sign_in: SignIn
) -> None:
    TrainingClass.objects.filter(pk=lacking.pk).update(has_sign_in=True)
    lacking.enrolments.update(result=Result.ENROLLED)
    recount(notices.notice(NOTICE), force=True)
    client = sign_in("approver")
    row = lacking.enrolments.first()
    address = f"/ledgers/enrolments/{row.pk}/edit/?{urlencode({'back': RESULT})}"
    assert f'href="{address}#f-result"' in client.get(RESULT).content.decode()
    form = client.get(address).content.decode()
    seen = form.split('name="seen" value="')[1].split('"')[0]
    sent = {"seen": seen, "field.result": Result.COMPLETED.value, "purpose": "补登记"}
    answer = client.post(address, sent)
    assert (answer.status_code, answer["Location"]) == (302, RESULT)
    assert "#f-result" in (left := client.get(RESULT).content.decode())
    assert address.replace("&", "&amp;") not in left
    foreign = f"/ledgers/enrolments/{row.pk}/edit/?{urlencode({'back': 'https://elsewhere.example/'})}"
    seen = client.get(foreign).content.decode().split('name="seen" value="')[1].split('"')[0]
    assert client.post(foreign, {"seen": seen, "field.result": "enrolled", "purpose": "改回"})[
        "Location"
    ] == (f"/ledgers/enrolments/{row.pk}/")


def test_who_may_approve_does_so_on_the_row_first_its_class(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    held = world.classes["pending"]
    row = held.enrolments.order_by("pk").first()
    page = client.get(WAITS).content.decode()
    assert f'value="enrolments/{row.pk}"' in page
    assert client.post(f"{WAITS}approve/", {"target": f"enrolments/{row.pk}"}).status_code == 302
    assert Enrolment.objects.get(pk=row.pk).state == State.APPROVED
    assert f'value="classes/{held.pk}"' in client.get(WAITS).content.decode()
    assert client.post(f"{WAITS}approve/", {"target": f"classes/{held.pk}"}).status_code == 302
    assert TrainingClass.objects.get(pk=held.pk).state == State.APPROVED
    page = client.get(WAITS).content.decode()
    assert f"/ledgers/enrolments/{row.pk}/" not in page
    left = [str(pk) for pk in held.enrolments.exclude(pk=row.pk).values_list("pk", flat=True)]
    assert client.post(f"{WAITS}approve/", {"row": left}).status_code == 302
    assert not held.enrolments.exclude(state=State.APPROVED).exists()


def test_a_clerk_is_told_what_it_waits_for_and_is_refused(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    row = world.classes["pending"].enrolments.order_by("pk").first()
    page = client.get(WAITS).content.decode()
    assert 'name="target"' not in page
    assert "data-tick-all" not in page
    assert "等涪陵区审核这条记录" in page
    for name in ("clerk", "reader", "other"):
        answer = sign_in(name).post(f"{WAITS}approve/", {"target": f"enrolments/{row.pk}"})
        assert answer.status_code in (302, 404), name
        assert Enrolment.objects.get(pk=row.pk).state == State.DRAFT, name
    assert AccessEntry.objects.filter(username="clerk", action="approve", done=False).exists()


def test_what_is_refused_stays_on_its_row_with_the_list(world: World, sign_in: SignIn) -> None:
    row = world.classes["pending"].enrolments.order_by("pk").first()
    ApprovalRule.objects.create(
        region=world.regions["涪陵区"], steps=ApprovalRule.Steps.ONE, two_persons=True, reason="规定", by="吴"
    )
    Enrolment.objects.filter(pk=row.pk).update(entered_by="approver")
    client = sign_in("approver")
    assert f'value="enrolments/{row.pk}"' not in client.get(WAITS).content.decode()
    answer = client.post(f"{WAITS}approve/?on=2023-12-01", {"target": f"enrolments/{row.pk}"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "录入、审核须为两人" in page
    assert f"/ledgers/enrolments/{row.pk}/" in page
    assert Enrolment.objects.get(pk=row.pk).state == State.DRAFT


def test_who_only_looks_is_offered_no_step(lacking: TrainingClass, sign_in: SignIn) -> None:
    page = sign_in("reader").get(SHEET).content.decode()
    assert "缺签到表的班" in page
    for word in ("/documents/add/", "calls.pdf", 'name="target"'):
        assert word not in page


def _sheet(content: bytes) -> list[list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[str(cell) for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def test_the_list_to_call_up_goes_by_village_and_tells_no_number(
    lacking: TrainingClass, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    woman = lacking.enrolments.first().person
    assert client.post(f"{SHEET}calls.xlsx", {"purpose": " "}).status_code == 422
    sheets = {
        whole: client.post(f"{SHEET}calls.xlsx", {"purpose": "联系本人", **({"whole": "1"} if whole else {})})
        for whole in (False, True)
    }
    masked, whole = (_sheet(answer.content) for answer in sheets.values())
    assert [line[0] for line in masked if line[0].startswith("甲")] == ["甲0街道"] * 3 + ["甲1街道"]
    text, told = str(masked), str(whole)
    assert woman.name in text and "核对到课的日子" in text and "缺签到表的班" in text
    assert woman.phone not in text and woman.phone in told
    for one in (text, told):
        assert woman.id_number not in one and "残疾类别" not in one.replace("不写身份证号和残疾类别", "")
    seen = AccessEntry.objects.filter(username="clerk", subject__startswith="calls/enrolments/", done=True)
    assert seen.filter(action="reveal", rows=4, purpose="联系本人").count() == 1
    assert seen.filter(action="export", rows=4).count() == 2
    assert client.post(f"{SHEET}calls.pdf?home=甲1街道", {"purpose": "联系本人"}).content[:4] == b"%PDF"


@pytest.mark.parametrize("role", ["reader", "base"])
def test_who_may_not_take_out_gets_no_list(lacking: TrainingClass, sign_in: SignIn, role: str) -> None:
    assert sign_in(role).post(f"{SHEET}calls.xlsx", {"purpose": "联系本人"}).status_code == 404
