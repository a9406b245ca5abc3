"""Handing over: what a leaver has open, promised and keeps on paper, frozen when signed, signed by both."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from docx import Document
from pypdfium2 import PdfDocument

from qiaojie.accounts import handover
from qiaojie.accounts.models import (
    AccessEntry,
    AccessKey,
    AgencyName,
    Export,
    Grant,
    Packet,
    Post,
    Role,
    User,
    WorkLine,
)
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake.storing import drafts
from qiaojie.ledgers import services as ledger_services
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.models import SavedView
from qiaojie.measures.models import Dispute
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, PASSWORD, World

pytestmark = pytest.mark.django_db

GIVEN = {
    "promise_what": ["补两张签到表", ""],
    "promise_to": ["市残联教就部", ""],
    "promise_by": ["2026-12-20", ""],
    "box_where": ["档案柜二层", "文印室"],
    "box_what": ["2023年花名册", "资金凭证"],
    "box_number": ["两盒", ""],
    "password": PASSWORD,
}


def successor(world: World, of: str) -> str:
    """Somebody of the same office and role, and a post for the leaver."""
    leaver = world.users[of]
    assert leaver.agency is not None
    leaver.post = Post.objects.create(agency=leaver.agency, title="就业岗", role=leaver.role)
    leaver.save()
    name = f"{of}-next"
    made = factories.account(
        name, leaver.agency.region, Role(leaver.role), WorkLine(leaver.agency.line), holder="李接手"
    )
    world.users[name] = User.objects.get(pk=made.pk)
    return name


def page(client: Client, address: str = "/hand-over/") -> str:
    return client.get(address).content.decode()


def test_a_post_changes_hands_when_both_have_signed(world: World, sign_in: SignIn) -> None:
    follower = successor(world, "clerk")
    client, taker = sign_in("clerk"), sign_in(follower)
    assert "名册.csv" in page(client), "the file that waits"
    given = {**GIVEN, "successor": follower}
    for wrong in ({"password": "x"}, {"successor": "other"}, {"successor": "clerk"}):
        answer = client.post("/hand-over/", {**given, **wrong})
        assert answer.status_code == 422 and "补两张签到表" in answer.content.decode(), (
            "nothing is typed twice"
        )
    assert client.post("/hand-over/", given).status_code == 302
    packet = Packet.objects.get()
    assert (
        sign_in("approver").post(f"/hand-over/{packet.pk}/take/", {"password": PASSWORD}).status_code == 404
    )
    assert "等您签字" in page(taker, "/")
    # What was open when it was signed stays so, whatever happens since.
    world.uploads["here"].delete()
    shown = page(taker)
    for said in ("补两张签到表", "市残联教就部", "2026-12-20", "档案柜二层", "文印室", "名册.csv"):
        assert said in shown
    assert taker.post(f"/hand-over/{packet.pk}/take/", {"password": "x"}).status_code in (400, 422)
    assert taker.post(f"/hand-over/{packet.pk}/take/", {"password": PASSWORD}).status_code == 302
    leaver = User.objects.get(username="clerk")
    assert not leaver.is_active and client.get("/").status_code == 302
    assert packet.post.holdings.get(ends__isnull=True).holder == "李接手"
    acts = AccessEntry.objects.filter(subject__startswith=f"packet/{packet.pk}/", done=True)
    assert {(one.username, one.subject.rsplit("/")[-1]) for one in acts} == {
        ("clerk", "leave"),
        (follower, "take"),
    }
    home = page(taker, "/")
    assert "接手的事" in home and "补两张签到表" in home and "档案柜二层" in home
    Packet.objects.update(taken_at=timezone.now() - handover.SHOWN_FOR - timedelta(days=1))
    assert "接手的事" not in page(taker, "/")


def test_the_packet_on_paper_says_all_and_names_the_agency_of_that_day(world: World, sign_in: SignIn) -> None:
    follower = successor(world, "clerk")
    agency = world.users["clerk"].agency
    assert agency is not None
    today = timezone.localdate()
    AgencyName.objects.create(agency=agency, name="涪陵区残联（原名）", ends=today)
    AgencyName.objects.create(agency=agency, name="涪陵区残联（新名）", begins=today + timedelta(days=1))
    sign_in("clerk").post("/hand-over/", {**GIVEN, "successor": follower})
    pk, client = Packet.objects.get().pk, sign_in(follower)
    wanted = (
        "工作交接清单",
        "涪陵区残联（原名）",
        "就业岗",
        "补两张签到表（对 市残联教就部，",
        "档案柜二层：2023年花名册，两盒",
    )
    paper = Document(io.BytesIO(client.get(f"/hand-over/{pk}/packet.docx").content))
    texts = [p.text for p in paper.paragraphs] + [
        c.text for t in paper.tables for r in t.rows for c in r.cells
    ]
    said = "\n".join(texts)
    drawn = PdfDocument(client.get(f"/hand-over/{pk}/packet.pdf").content)
    read = "".join(drawn[n].get_textpage().get_text_range() for n in range(len(drawn)))
    read = "".join(read.split())
    for one in wanted:
        assert one in said and "".join(one.split()) in read
    assert sign_in("approver").get(f"/hand-over/{pk}/packet.pdf").status_code == 404
    assert AccessEntry.objects.filter(action="export", subject=f"packet/{pk}.pdf").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"promise_to": ["", ""]}, "对谁"),
        ({"promise_by": ["下周", ""]}, "不是日期"),
        ({"box_what": ["", "资金凭证"]}, "放在哪里、是什么"),
    ],
)
def test_a_line_that_says_too_little_is_refused(
    world: World, sign_in: SignIn, wrong: dict[str, list[str]], said: str
) -> None:
    given = {**GIVEN, "successor": successor(world, "clerk"), **wrong}
    answer = sign_in("clerk").post("/hand-over/", given)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Packet.objects.exists()


def test_more_lines_are_given_without_losing_what_was_typed(world: World, sign_in: SignIn) -> None:
    answer = sign_in("clerk").post("/hand-over/", {**GIVEN, "act": "more"})
    shown = answer.content.decode()
    assert answer.status_code == 200 and "补两张签到表" in shown and shown.count('name="promise_what"') == 5
    assert not Packet.objects.exists()


def test_everything_open_is_listed(world: World, sign_in: SignIn) -> None:
    clerk = UserViewer(world.users["clerk"])
    row = world.classes["weaving"].enrolments.first()
    Enrolment.objects.filter(pk=row.pk).update(entered_by="clerk")
    world.classes["pending"].enrolments.update(entered_by="clerk")
    approver = UserViewer(world.users["approver"])
    ledger_services.move(get("enrolments"), [row.pk], "return", approver, purpose="签到表不全")
    known = {"notice": NOTICE, "indicator": "vocational_training"}
    fuling, wanzhou = world.regions["涪陵区"], world.regions["万州区"]
    for number, (claimant, holder, by) in enumerate(((fuling, wanzhou, "clerk"), (wanzhou, fuling, "other"))):
        woman = world.people["here"][number]
        Dispute.objects.create(**known, person=woman, claimant=claimant, holder=holder, by=by, reason="户籍")
    drafts.keep(f"enter/{NOTICE}/roster", {"姓名": "某人"}, clerk)
    SavedView.objects.create(owner="clerk", ledger="enrolments", label="我的待审", query="")
    later = timezone.now() + timedelta(hours=1)
    Export.objects.create(user_id=clerk.user.pk, name="导出名册.csv", expires_at=later, content=b"x")
    AccessKey.objects.create(
        user=clerk.user,
        handle="abc",
        secret=b"x",
        name="绩效系统",
        purpose="每月取数",
        ledgers=[],
        expires_at=later,
    )
    shown = page(sign_in("clerk"))
    for said in (
        "绩效系统 每月取数",
        "名册.csv",
        "参训记录 7",
        "签到表不全",
        "我提出、没有答复的统计归属争议",
        "等本单位答复的统计归属争议",
        "没有报送的任务",
        "填了一半的表",
        "我的待审",
        "导出名册.csv",
    ):
        assert said in shown, said
    assert "等审核的" in page(sign_in("approver"))


def test_leaders_inspectors_outsiders_and_administrators_have_packets_of_their_own(
    world: World, sign_in: SignIn
) -> None:
    agency = world.users["clerk"].agency
    assert agency is not None
    Post.objects.create(agency=agency, title="空岗", role="clerk")
    Grant.objects.create(user=world.users["reader"], role="clerk", asked_by="administrator")
    assert "没有报送的任务" in page(sign_in("reader"))
    assert "没有报送的任务" in page(sign_in("inspector"))
    system = page(sign_in("administrator"))
    assert "空岗" in system and "等安全管理员确认的授权" in system
    AccessKey.objects.create(
        user=world.users["clerk"],
        handle="abc",
        secret=b"x",
        hands_in=True,
        ledgers=[],
        expires_at=timezone.now() + timedelta(days=1),
    )
    security = page(sign_in("security"))
    assert "等确认的授权" in security and "等确认的接口密钥" in security
    assert "个接口密钥等确认" in page(sign_in("security"), "/")
    assert "访问日志最后一次封存" in page(sign_in("audit"))
    outside = page(sign_in("base"))
    assert "没有未办完的事" in outside and "没有报送的任务" not in outside
    for role in ("reader", "administrator", "base"):
        follower = successor(world, role)
        assert sign_in(role).post("/hand-over/", {**GIVEN, "successor": follower}).status_code == 302, role
    assert Packet.objects.count() == 3


def test_a_packet_is_kept_encrypted(world: World, sign_in: SignIn) -> None:
    from django.db import connection

    sign_in("clerk").post("/hand-over/", {**GIVEN, "successor": successor(world, "clerk")})
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM accounts_packet")
        kept = str(cursor.fetchone()[0])
    assert "档案柜" not in kept and "\\u6863" not in kept
