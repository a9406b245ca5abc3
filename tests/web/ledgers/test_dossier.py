"""One person on one page; rows of any ledger with their history; changing one by hand."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from docx import Document

from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers.models import Batch, Proposal, State
from qiaojie.livelihoods.models import Employment, Income
from qiaojie.people.identification import id_hash
from qiaojie.people.models import Certificate, Person
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def seen(client: Client, address: str) -> str:
    """What a form carries to tell whether the row has changed."""
    page = client.get(address).content.decode()
    return page.split('name="seen" value="')[1].split('"')[0]


def test_a_dossier_begins_with_what_is_due(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    Certificate.objects.filter(person=woman).update(expires_on=date.today() + timedelta(days=30))
    Person.objects.filter(pk=woman.pk).update(phone=None, phone_hash=None)
    page = sign_in("clerk").get(f"/persons/{woman.pk}/").content.decode()
    assert "还有 30 天到期" in page and "没有联系电话" in page
    assert page.index("残疾人证") < page.index("由谁负责") < page.index("下一步") < page.index(">经过<")
    assert "涪陵区" in page.split("由谁负责")[1].split("下一步")[0]
    Certificate.objects.filter(person=woman).update(expires_on=date.today() - timedelta(days=1))
    assert "都已失效" in sign_in("clerk").get(f"/persons/{woman.pk}/").content.decode()


def test_what_keeps_a_fact_from_counting_is_a_next_step(world: World, sign_in: SignIn) -> None:
    row = world.classes["pending"].enrolments.first()
    assert row is not None
    page = sign_in("clerk").get(f"/persons/{row.person_id}/").content.decode()
    assert "还没有审核，不计入进度" in page.split("下一步")[1].split("经过")[0]


def test_facts_of_other_offices_are_counted_and_not_shown(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    Enrolment.objects.create(
        person=woman,
        training_class=world.classes["there"],
        filed_by=world.regions["万州区"],
        happened_on=date(2023, 5, 1),
        state=State.APPROVED,
    )
    page = sign_in("clerk").get(f"/persons/{woman.pk}/").content.decode()
    assert "另有 1 条由其他单位登记" in page
    assert world.classes["there"].title not in page.split("经过")[1]


def test_income_is_a_picture_with_the_numbers_behind_it(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    for month, amount in ((1, 80_000), (3, 160_050)):
        day = date(2023, month, 31)
        Income.objects.create(
            person=woman, month=day, happened_on=day, kind="handicraft", amount=amount,
            filed_by=world.regions["涪陵区"], state=State.APPROVED,
        )  # fmt: skip
    page = sign_in("clerk").get(f"/persons/{woman.pk}/").content.decode()
    assert page.count("<rect ") == 3, "the month between them earned nothing"
    assert "2023-02" in page and "1600.5" in page.replace(",", "")


def test_a_dossier_is_printed_for_a_purpose(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    client = sign_in("clerk")
    assert client.post(f"/persons/{woman.pk}/paper.docx").status_code == 422
    content = client.post(f"/persons/{woman.pk}/paper.docx", {"purpose": "入户走访"}).content
    words = "\n".join(cell.text for row in Document(io.BytesIO(content)).tables[0].rows for cell in row.cells)
    assert str(woman.id_number) not in words and "残疾人证" in words
    assert AccessEntry.objects.filter(action="export", subject=f"persons/{woman.pk}.docx").exists()
    assert client.post(f"/persons/{woman.pk}/paper.pdf", {"purpose": "入户走访"}).content.startswith(b"%PDF")
    assert client.post(f"/persons/{woman.pk}/paper.exe", {"purpose": "入户走访"}).status_code == 422


def test_the_cost_of_a_dossier_does_not_grow(world: World, sign_in: SignIn) -> None:
    from tests.web.test_pages import queries

    woman = world.people["here"][1]
    client = sign_in("clerk")
    before = 0
    for month in range(1, 13):
        # The ledger that she is in now is one query; what happens in it is none.
        before = before or (queries(client, f"/persons/{woman.pk}/") if month > 1 else 0)
        day = date(2023, month, 1)
        Income.objects.create(
            person=woman, month=day, happened_on=day, kind="wages", amount=1,
            filed_by=world.regions["涪陵区"], state=State.APPROVED,
        )  # fmt: skip
    assert queries(client, f"/persons/{woman.pk}/") == before


def test_a_person_is_changed_by_hand_and_the_page_tells_it(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    client = sign_in("clerk")
    address = f"/ledgers/persons/{woman.pk}/edit/"
    page = client.get(address).content.decode()
    assert str(woman.id_number) not in page, "a masked value is not put into the box"
    token = seen(client, address)
    sent = {
        "seen": token,
        "field.name": "改名后",
        "field.id_number": "",
        "field.home": "涪陵区",
        "purpose": "户口簿",
    }
    assert client.post(address, sent).status_code == 302
    woman.refresh_from_db()
    assert (woman.name, woman.name_key, woman.initials) == ("改名后", "改名后", "gmh")
    assert woman.home == world.regions["涪陵区"] and woman.id_number is not None
    told = client.get(f"/ledgers/persons/{woman.pk}/history/").content.decode()
    assert "改名后" in told and "户口簿" in told and "涪陵区" in told
    assert [one.purpose for one in Batch.objects.filter(ledger="persons")].count("户口簿") == 1


def test_what_cannot_be_taken_is_said_at_the_field_and_nothing_is_saved(
    world: World, sign_in: SignIn
) -> None:
    woman, other = world.people["here"][1], world.people["here"][2]
    client = sign_in("clerk")
    address = f"/ledgers/persons/{woman.pk}/edit/"
    token = seen(client, address)
    sent = {
        "seen": token,
        "field.name": "",
        "field.id_number": "12345",
        "field.birth_date": "2023-13-45",
        "purpose": "改",
    }
    answer = client.post(address, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('aria-invalid="true"') == 3 and "不能空着" in page and 'value="2023-13-45"' in page
    assert "原因" in client.post(address, {"seen": token, "field.name": "某某"}).content.decode()
    stale = client.post(address, {"seen": "0" * 24, "field.name": "某某", "purpose": "改"})
    assert stale.status_code == 422 and "被别人改过" in stale.content.decode()
    taken = client.post(address, {"seen": token, "field.id_number": str(other.id_number), "purpose": "改"})
    assert taken.status_code == 422 and "身份证号相同" in taken.content.decode()
    same = client.post(address, {"seen": token, "field.name": woman.name, "purpose": "改"})
    assert same.status_code == 422 and "没有改动" in same.content.decode()
    held = Person.objects.get(pk=woman.pk)
    assert (held.name, held.id_hash) == (woman.name, id_hash(str(woman.id_number)))


def test_a_clerks_change_of_an_approved_row_waits_beside_it_until_it_is_taken(
    world: World, sign_in: SignIn
) -> None:
    held = world.classes["weaving"]
    client = sign_in("clerk")
    address = f"/ledgers/classes/{held.pk}/edit/"
    moved = held.ends + timedelta(days=1)
    sent = {
        "seen": seen(client, address),
        "field.ends": moved.isoformat(),
        "field.state": "approved",
        "purpose": "延期一天",
    }
    told = client.post(address, sent, follow=True).content.decode()
    assert "有 1 项修改待审核" in told
    was = held.ends
    held.refresh_from_db()
    assert (held.ends, held.happened_on, held.state) == (was, was, State.APPROVED)
    assert "1 项修改待审核" in flat(client.get("/ledgers/classes/"))
    again = client.post(address, {**sent, "seen": seen(client, address)})
    assert again.status_code == 422 and "已经提出过" in again.content.decode()
    assert "培训班：修改" in flat(client.get("/")), "she sees what of hers waits"
    waits = Proposal.objects.get()
    page = flat(sign_in("approver").get(f"/classes/{held.pk}/"))
    assert "待审核的修改" in page and "2023年6月21日" in page and "延期一天" in page
    assert client.post("/changes/take/", {"change": str(waits.pk)}).status_code == 404
    back = sign_in("approver").post("/changes/take/", {"change": str(waits.pk), "back": "/"}, follow=True)
    assert "已采纳 1 项修改" in back.content.decode()
    held.refresh_from_db()
    assert (held.ends, held.happened_on, held.state) == (moved, moved, State.APPROVED)
    assert held.approved_by == "approver"
    assert set(held.enrolments.values_list("happened_on", flat=True)) == {moved}
    client = sign_in("clerk")
    before = held.begins - timedelta(days=1)
    wrong = client.post(
        address, {"seen": seen(client, address), "field.ends": before.isoformat(), "purpose": "写错"}
    )
    assert wrong.status_code == 422 and "结业日期早于开班日期" in wrong.content.decode()


def test_a_class_begins_with_its_evidence_and_ends_with_work(world: World, sign_in: SignIn) -> None:
    held = world.classes["weaving"]
    TrainingClass.objects.filter(pk=held.pk).update(
        planned_headcount=25, planned_jobs=8, has_plan=False, ends=date(2023, 6, 30)
    )
    here = world.people["here"]
    # Within three, six and twelve months to the day; too late; before the class ended; the same job renewed; not approved.
    begun = {0: (2023, 9, 30), 1: (2023, 12, 30), 2: (2024, 6, 30), 3: (2024, 7, 1), 4: (2023, 6, 30)}
    for number, day in begun.items():
        employed(here[number], date(*day))
    employed(here[5], date(2023, 8, 1), continues=True)
    employed(here[6], date(2023, 8, 1), state=State.DRAFT)
    employed(here[25], date(2023, 8, 1))  # was not in the class
    page = flat(sign_in("clerk").get(f"/classes/{held.pk}/"))
    assert page.index('id="outcome"') < page.index('id="file"') < page.index('id="roster"')
    pieces = re.findall(r'<li class="(\w+)" id="piece-(\w+)"', page)
    assert pieces == [
        ("missing", "notice"), ("missing", "plan"), ("missing", "timetable"), ("missing", "sign_in"),
        ("missing", "photos"), ("there", "roster"), ("there", "exam"), ("missing", "money"),
        ("missing", "satisfaction"), ("missing", "follow_up"),
    ]  # fmt: skip
    assert "登记为缺" in piece(page, "plan") and "登记为有，没有存件" in piece(page, "sign_in")
    assert "没人看过" in piece(page, "photos") and "20 人结业" in piece(page, "exam")
    assert "12 个月的 2024年6月30日已到，17 人没有就业登记" in piece(page, "follow_up")
    strides = re.findall(r"<b>([\d,.]+)</b>", page.split('class="strides"')[1].split("</ol>")[0])
    assert strides == ["25", "20", "20", "3", "1,960"]
    table = page.split('id="found-work"')[1].split("</table>")[0]
    assert re.findall(r'<td class="number">(\d+)', table) == ["1", "2", "3", "17"]
    # A trainer sees the class that her agency entered; who works is counted over everybody's rows and not told to her.
    TrainingClass.objects.filter(pk=held.pk).update(entered_by="trainer")
    assert "个月内" not in flat(sign_in("trainer").get(f"/classes/{held.pk}/"))


def piece(page: str, code: str) -> str:
    """The card of one piece of a class's file."""
    return page.split(f'id="piece-{code}"')[1].split("</li>")[0]


def test_who_of_two_records_of_one_woman_found_work_is_counted_once(world: World, sign_in: SignIn) -> None:
    held, (kept, other) = world.classes["weaving"], world.people["here"][:2]
    Person.objects.filter(pk=other.pk).update(canonical=kept)
    employed(kept, date(2023, 8, 1))
    employed(other, date(2023, 8, 2))
    table = sign_in("clerk").get(f"/classes/{held.pk}/").content.decode().split('id="found-work"')[1]
    assert re.findall(r'<td class="number">(\d+)', table.split("</table>")[0]) == ["1", "1", "1", "18"]


def employed(person: Person, begins: date, **given: object) -> None:
    """A job with an approved row, unless given otherwise."""
    Employment.objects.create(
        **{
            "person": person, "form": "flexible", "settlement": "rural", "begins": begins, "happened_on": begins,
            "filed_by": person.home, "state": State.APPROVED, **given,
        }
    )  # fmt: skip


def test_what_follows_a_change_is_written_together(world: World, sign_in: SignIn) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.web import factories

    def moved(held: TrainingClass) -> int:
        client, address = sign_in("approver"), f"/ledgers/classes/{held.pk}/edit/"
        later = (held.ends + timedelta(days=1)).isoformat()
        sent = {"seen": seen(client, address), "field.ends": later, "purpose": "延期一天"}
        with CaptureQueriesContext(connection) as caught:
            assert client.post(address, sent).status_code == 302
        return sum('UPDATE "training_enrolment"' in query["sql"] for query in caught)

    few, many = world.classes["pending"], world.classes["weaving"]
    factories.enrol(many, [factories.person(n, world.regions["涪陵区"]) for n in range(500, 540)])
    # executemany is one statement, however many rows.
    assert moved(many) == moved(few) == 1


def test_a_row_page_leads_to_the_person_and_tells_who_entered_it(world: World, sign_in: SignIn) -> None:
    row = world.classes["weaving"].enrolments.first()
    assert row is not None
    page = sign_in("clerk").get(f"/ledgers/enrolments/{row.pk}/").content.decode()
    assert f'href="/persons/{row.person_id}/"' in page and "变更经过" in page
    assert sign_in("clerk").get(f"/ledgers/classes/{row.training_class_id}/").status_code == 302


def test_today_tells_each_role_what_is_theirs(world: World, sign_in: SignIn) -> None:
    row = world.classes["weaving"].enrolments.order_by("pk").first()
    assert row is not None
    back = {"row": [row.pk], "purpose": "缺签名，请补"}
    sign_in("approver").post("/ledgers/enrolments/move/return/", back)
    clerk = sign_in("clerk").get("/").content.decode()
    assert "缺签名，请补" in clerk and f"/ledgers/enrolments/{row.pk}/" in clerk
    assert "缺签名，请补" not in sign_in("other").get("/").content.decode(), "another county's"
    approver = sign_in("approver").get("/").content.decode()
    assert "/ledgers/enrolments/review/" in approver
    leader = sign_in("reader").get("/").content.decode()
    gaps = leader.split("差距最大的指标")[1].split("</ol>")[0]
    assert gaps.count("<li") == 3 and "完成 0%" in gaps
    sign_in("approver").post("/ledgers/enrolments/move/approve/", {"row": [row.pk]})
    assert "缺签名，请补" not in sign_in("clerk").get("/").content.decode(), "approved again: no longer open"


def test_two_tabs_lose_nothing(world: World, sign_in: SignIn) -> None:
    client, woman = sign_in("approver"), world.people["here"][0]
    at = f"/ledgers/persons/{woman.pk}/edit/"
    seen = client.get(at).content.decode().split('name="seen" value="')[1].split('"')[0]
    said = {"seen": seen, "purpose": "核对", "field.name": woman.name}
    assert client.post(at, {**said, "field.education": "80"}).status_code == 302
    second = client.post(at, {**said, "field.education": "70", "field.phone": "13900001111"})
    assert second.status_code == 422
    page = flat(second)
    assert "被别人改过" in page and "13900001111" in page and "请核对以哪个为准" in page
    fresh = page.split('name="seen" value="')[1].split('"')[0]
    assert fresh != seen
    assert client.post(at, {**said, "seen": fresh, "field.education": "70"}).status_code == 302
    woman.refresh_from_db()
    assert woman.education == "70"
    again = client.post(at, {**said, "seen": "", "purpose": ""})
    assert again.status_code == 422 and "请写明修改的原因" in flat(again)
