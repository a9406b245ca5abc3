"""The proof of many jobs at once: by one source that is kept with its document, never by a reason alone."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import Document
from qiaojie.intake import services as intake
from qiaojie.intake.models import Upload
from qiaojie.intake.public import unsaid
from qiaojie.ledgers.models import Batch, Proposal, State
from qiaojie.livelihoods.models import Employment, Proof, ProofSource, Settlement, SourceKind, WorkForm
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.notices.queries import notice
from qiaojie.people.models import Person
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

AT = "/ledgers/employments/proofs/"
MARCH = date(2023, 3, 1)


def jobs(world: World, *women: int, county: str = "涪陵区", **given: Any) -> list[Employment]:
    known = {
        "form": WorkForm.FLEXIBLE,
        "settlement": Settlement.RURAL,
        "begins": MARCH,
        "happened_on": MARCH,
        "state": State.DRAFT,
        "filed_by": world.regions[county],
        "employer": "织锦坊",
        **given,
    }
    return [Employment.objects.create(person=world.people["here"][n], **known) for n in women]


def photo() -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (60, 40), "#c79b3b").save(held, "PNG")
    return SimpleUploadedFile("盒.png", held.getvalue())


def source(client: Any, **given: Any) -> ProofSource:
    """A source entered with its document on the page."""
    said = {
        "act": "source",
        "title": "10月社保比对名单",
        "kind": "compared",
        "day": "2023-10-31",
        "from_whom": "县人社局",
        "proof_place": "三号柜",
        "file": photo(),
        **given,
    }
    assert client.post(AT, said).status_code == 200
    return ProofSource.objects.latest("pk")


def test_from_the_list_to_many_jobs_with_one_source(world: World, sign_in: SignIn) -> None:
    held = jobs(world, 1, 2, 3)
    client = sign_in("approver")
    listed = flat(client.get("/ledgers/employments/"))
    assert f'formaction="{AT}"' in listed and f'href="{AT}"' in listed
    chosen = [one.pk for one in held[:2]]
    page = flat(client.post(AT, {"row": chosen}))
    assert all(f'value="{pk}" checked' in page for pk in chosen)
    assert f'value="{held[2].pk}"' not in page
    told = source(client, row=chosen)
    assert (told.state, told.kind, told.happened_on) == (
        State.APPROVED,
        SourceKind.COMPARED,
        date(2023, 10, 31),
    )
    assert Document.objects.filter(ledger="proof_sources", row=told.pk).exists()
    sent = {"act": "set", "row": chosen, "proof": "compared", "source": told.pk}
    assert client.post(AT, sent)["Location"] == "/ledgers/employments/"
    assert set(
        Employment.objects.filter(proof=Proof.COMPARED, source=told).values_list("pk", flat=True)
    ) == set(chosen)
    (batch,) = Batch.objects.filter(ledger="employments")
    assert batch.purpose == "凭证来源：10月社保比对名单"
    past = flat(client.get(f"/ledgers/employments/{chosen[0]}/history/"))
    assert past.count("10月社保比对名单") > past.count("凭证来源：10月社保比对名单")
    client.post(f"/batches/{batch.pk}/undo/", {"reason": "选错了", "sure": "1"})
    assert not Employment.objects.exclude(proof="").exists()


def test_without_ticks_those_that_lack_proof_are_offered(world: World, sign_in: SignIn) -> None:
    (bare,) = jobs(world, 1)
    (listed,) = jobs(world, 2, proof=Proof.LIST)
    (proved,) = jobs(world, 3, proof=Proof.CONTRACT)
    (elsewhere,) = jobs(world, 4, county="万州区")
    page = flat(sign_in("clerk").get(AT))
    assert f'value="{bare.pk}"' in page and f'value="{listed.pk}"' in page
    assert f'value="{proved.pk}"' not in page and f'value="{elsewhere.pk}"' not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"proof": "compared"}, "只写理由不行"),
        ({"proof": "compared", "purpose": "领导说可以"}, "只写理由不行"),
        ({"proof": "compared", "source": "bare"}, "还没有佐证材料"),
        ({"proof": "compared", "source": "there"}, "没有这个来源"),
        ({"proof": "", "source": "kept"}, "请选择“就业凭证”是哪一种"),
        ({"proof": "compared", "source": "kept", "row": []}, "没有勾选任何一条"),
    ],
)
def test_a_reason_alone_is_never_enough(
    world: World, sign_in: SignIn, given: dict[str, Any], said: str
) -> None:
    (held,) = jobs(world, 1)
    client = sign_in("approver")
    known = {"kind": SourceKind.COMPARED, "happened_on": MARCH, "state": State.APPROVED}
    sources = {
        "kept": source(client).pk,
        "bare": ProofSource.objects.create(title="没有材料的", filed_by=world.regions["涪陵区"], **known).pk,
        "there": ProofSource.objects.create(title="万州的", filed_by=world.regions["万州区"], **known).pk,
    }
    sent = {"act": "set", "row": [held.pk], **given}
    if "source" in given:
        sent["source"] = sources[given["source"]]
    answer = client.post(AT, sent)
    assert answer.status_code == 422
    assert said in flat(answer)
    held.refresh_from_db()
    assert (held.proof, held.source) == ("", None)


def test_rows_that_cannot_take_it_are_listed_with_why(world: World, sign_in: SignIn) -> None:
    (bare,) = jobs(world, 1)
    (proved,) = jobs(world, 2, proof=Proof.CONTRACT)
    (elsewhere,) = jobs(world, 3, county="万州区")
    client = sign_in("approver")
    told = source(client)
    sent = {"act": "set", "row": [bare.pk, proved.pk, elsewhere.pk], "proof": "compared", "source": told.pk}
    page = flat(client.post(AT, sent))
    assert "已登记 1 条的凭证。" in page and "有 2 条没有登记" in page
    assert "已登记为“劳动合同或协议”，不能成批改" in page
    assert "已作废，或不在您的范围内。" in page
    assert elsewhere.person.name not in page
    again = flat(client.post(AT, {**sent, "row": [bare.pk]}))
    assert "已经是这样。" in again
    assert Batch.objects.filter(ledger="employments").count() == 1


def test_a_compared_list_must_be_one(world: World, sign_in: SignIn) -> None:
    (held,) = jobs(world, 1)
    client = sign_in("approver")
    box = source(client, title="一号档案盒", kind="box")
    sent = {"act": "set", "row": [held.pk], "proof": "compared", "source": box.pk}
    assert "所写的来源却不是比对名单" in flat(client.post(AT, sent))
    assert client.post(AT, {**sent, "proof": "contract"}).status_code == 302
    held.refresh_from_db()
    assert (held.proof, held.source_id) == (Proof.CONTRACT, box.pk)


def test_what_a_clerk_says_of_approved_jobs_waits(world: World, sign_in: SignIn) -> None:
    (draft,) = jobs(world, 1)
    (approved,) = jobs(world, 2, state=State.APPROVED)
    client = sign_in("clerk")
    told = source(client)
    assert told.state == State.DRAFT
    sent = {"act": "set", "row": [draft.pk, approved.pk], "proof": "compared", "source": told.pk}
    assert client.post(AT, sent).status_code == 302
    draft.refresh_from_db()
    approved.refresh_from_db()
    assert (draft.proof, approved.proof) == (Proof.COMPARED, "")
    (proposal,) = Proposal.objects.all()
    page = flat(sign_in("approver").get("/ledgers/employments/changes/"))
    assert page.count("10月社保比对名单") > page.count("凭证来源：10月社保比对名单")
    again = flat(client.post(AT, {**sent, "row": [approved.pk]}))
    assert "同样的修改已经提出过" in again
    sign_in("approver").post("/changes/take/", {"change": proposal.pk})
    approved.refresh_from_db()
    assert (approved.proof, approved.source_id) == (Proof.COMPARED, told.pk)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": ""}, "来源要有佐证材料"),
        ({"title": " "}, "请写明来源的名称"),
        ({"day": ""}, "请写明名单或档案是哪一天的"),
        ({"day": "2099-01-01"}, "还没有到"),
        ({"kind": "rumour"}, "请选择来源是哪一种"),
        ({"file": SimpleUploadedFile("名单.txt", b"no")}, ""),
    ],
)
def test_a_source_is_entered_with_its_document_or_not_at_all(
    world: World, sign_in: SignIn, given: dict[str, Any], said: str
) -> None:
    sent = {"act": "source", "title": "名单", "kind": "box", "day": "2023-10-31", "file": photo(), **given}
    answer = sign_in("clerk").post(AT, sent)
    assert answer.status_code == 422
    assert said in flat(answer)
    assert not ProofSource.objects.exists()


def test_the_same_source_is_not_entered_twice(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    source(client)
    answer = client.post(
        AT,
        {"act": "source", "title": "10月社保比对名单", "kind": "box", "day": "2023-10-31", "file": photo()},
    )
    assert answer.status_code == 422 and "请直接选用" in flat(answer)


def test_a_compared_list_is_not_typed_without_its_source(world: World, sign_in: SignIn) -> None:
    (held,) = jobs(world, 1)
    client = sign_in("clerk")
    at = f"/ledgers/employments/{held.pk}/edit/"
    seen = flat(client.get(at)).split('name="seen" value="')[1].split('"')[0]
    given = {"seen": seen, "field.proof": "compared", "purpose": "社保名单里有"}
    answer = client.post(at, given)
    assert answer.status_code == 422 and "比对名单要写明来源" in flat(answer)
    assert (
        client.post(at, {**given, "field.proof": "contract", "field.proof_place": "三号柜"}).status_code
        == 302
    )
    held.refresh_from_db()
    assert (held.proof, held.proof_place) == (Proof.CONTRACT, "三号柜")


def test_a_ledger_without_such_a_field_has_no_such_page(world: World, sign_in: SignIn) -> None:
    assert sign_in("approver").get("/ledgers/enrolments/proofs/").status_code == 404


def test_a_number_opens_by_proof_and_a_list_alone_stands_beside(world: World, sign_in: SignIn) -> None:
    told = ProofSource.objects.create(
        title="社保比对名单",
        kind=SourceKind.COMPARED,
        happened_on=MARCH,
        state=State.APPROVED,
        filed_by=world.regions["涪陵区"],
    )
    jobs(world, 20, 21, proof=Proof.CONTRACT, state=State.APPROVED)
    (compared,) = jobs(world, 22, proof=Proof.COMPARED, source=told, state=State.APPROVED)
    (listed,) = jobs(world, 23, proof=Proof.LIST, state=State.APPROVED)
    Person.objects.update(birth_date=date(1985, 6, 15))
    recount(notice(NOTICE), force=True)
    client = sign_in("approver")
    at = f"/board/{NOTICE}/livelihood_employment/?unit={world.regions['涪陵区'].pk}&on=2023-12-31"
    page = flat(client.get(at))
    assert '劳动合同或协议<b class="number">2</b>' in page
    assert '比对名单<b class="number">1</b>' in page
    assert '仅有名单<b class="number">1</b>' in page and "（不计入）" in page
    assert "共 3 条" in page
    share = flat(client.get(f"{at}&by=compared"))
    assert "共 1 条" in share and compared.person.name in share
    beside = flat(client.get(f"{at}&beside=proof:list"))
    assert "共 1 条" in beside and listed.person.name in beside and "不计入本数" in beside
    course = flat(client.get(at.replace("/?", "/course/?")))
    assert "另有“仅有名单”1 人，不计入本数。" in course and "beside=proof%3Alist" in course
    for wrong in ("by=rumour", "beside=proof:rumour", "beside=form:self"):
        assert client.get(f"{at}&{wrong}").status_code == 404


LIST = "姓名,身份证号,就业形式,就业单位,就业时间,户口性质,是否手工制作\n"


def employed(world: World, *women: int, craft: str = "是") -> Upload:
    """A list of jobs of another system, handed in and written: it says who works, and no proof of it."""
    who = [(world.people["here"][n], n) for n in women]
    lines = [f"{one.name},{one.id_number},灵活就业,编织社,2023-06-0{n},农业,{craft}" for one, n in who]
    data = (LIST + "\n".join(lines)).encode("utf-8-sig")
    table = notices.table("cdpf-employment-training/employment")
    viewer = UserViewer(world.users["clerk"])
    upload = intake.receive(data, "就业名单.csv", table, world.regions["涪陵区"], viewer)
    planned = intake.plan_kept(upload, viewer)
    assert not planned.issues
    assert [field.name for field in unsaid.of(planned)] == ["proof"]
    intake.commit_upload(upload.pk, planned, viewer)
    return upload


def test_a_list_brings_the_craft_and_gets_its_proof_from_its_own_page(world: World, sign_in: SignIn) -> None:
    jobs(world, 9)
    upload = employed(world, 1, 2)
    client = sign_in("clerk")
    page = flat(client.get(f"/intake/{upload.pk}/"))
    assert "2 条还没有凭证，要用到凭证的指标不计入。" in page
    batch = Upload.objects.get(pk=upload.pk).batch_id
    address = f"{AT}?batch={batch}&back=/intake/{upload.pk}/"
    assert f"{AT}?batch={batch}&amp;back=%2Fintake%2F{upload.pk}%2F" in page
    made = source(client)
    told = flat(client.get(address))
    rows = list(Employment.objects.filter(employer="编织社"))
    assert all(one.handicraft for one in rows)
    assert told.count('type="checkbox" name="row"') == 2 and told.count(" checked>") == 2, (
        "its own rows, and no others"
    )
    sent = {"act": "set", "row": [one.pk for one in rows], "proof": "compared", "source": made.pk}
    assert client.post(address, sent).headers["Location"] == f"/intake/{upload.pk}/"
    assert set(Employment.objects.filter(proof=Proof.COMPARED).values_list("source", flat=True)) == {made.pk}
    assert "还没有凭证" not in flat(client.get(f"/intake/{upload.pk}/"))


def test_rows_of_another_countys_batch_are_not_told(world: World, sign_in: SignIn) -> None:
    upload = employed(world, 1, craft="")
    assert not Employment.objects.get(employer="编织社").handicraft
    batch = Upload.objects.get(pk=upload.pk).batch_id
    told = flat(sign_in("other").get(f"{AT}?batch={batch}"))
    assert 'type="checkbox" name="row"' not in told
