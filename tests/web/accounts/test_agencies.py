"""Agencies on the screen: corrected, closed with their accounts, opened again; agencies and accounts from one workbook."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from qiaojie.accounts import bulk_opening, services
from qiaojie.accounts.models import (
    AccessEntry,
    Agency,
    AgencyName,
    Grant,
    Holding,
    Packet,
    Post,
    StandIn,
    User,
    WorkLine,
)
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import Change
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write_sheets
from qiaojie.training.models import Enrolment
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.later]


def office(world: World, name: str = "clerk") -> Agency:
    agency = world.users[name].agency
    assert agency is not None
    return agency


def newcomer(world: World, agency: Agency, name: str = "new") -> User:
    viewer = UserViewer(world.users["administrator"])
    return services.open_account(viewer, name, "新某", agency, "经办岗", "clerk")[0]


def at(agency: Agency, what: str) -> str:
    return f"/agencies/{agency.pk}/{what}/"


# --- corrected -------------------------------------------------------------------------------------------------------


def test_a_mistyped_name_is_corrected_without_a_day(world: World, sign_in: SignIn) -> None:
    agency = office(world)
    AgencyName.objects.get_or_create(agency=agency, name=agency.name)
    given = {"name": "涪陵区残联正名", "region": "涪陵区", "line": "dpf", "reason": "登记时写错"}
    assert sign_in("administrator").post(at(agency, "correct"), given).status_code == 302
    agency.refresh_from_db()
    assert agency.name == "涪陵区残联正名"
    assert [one.name for one in agency.names.all()] == ["涪陵区残联正名"]
    assert "登记时写错" in {one.purpose for one in Change.objects.filter(model="accounts.Agency")}
    line = AccessEntry.objects.get(subject=f"agency/{agency.pk}/correct")
    assert (line.done, line.purpose) == (True, "登记时写错")


def test_region_and_line_are_corrected_while_nothing_hangs_on_it(world: World, sign_in: SignIn) -> None:
    client, agency = sign_in("administrator"), office(world)
    given = {"name": agency.name, "region": "万州区", "line": "dpf", "reason": "写错"}
    page = client.post(at(agency, "correct"), given)
    assert page.status_code == 422 and "区域和条线不能再改" in page.content.decode()
    assert 'value="万州区"' in page.content.decode(), "what was typed is kept"
    agency.refresh_from_db()
    assert agency.region == world.regions["涪陵区"]
    bare = Agency.objects.create(region=world.regions["涪陵区"], line=WorkLine.BASE, name="某基地")
    moved = {"name": "某基地", "region": "万州区", "line": "trainer", "reason": "写错"}
    assert client.post(at(bare, "correct"), moved).status_code == 302
    bare.refresh_from_db()
    assert (bare.region, bare.line) == (world.regions["万州区"], "trainer")


def test_a_correction_is_refused_at_its_field(world: World, sign_in: SignIn) -> None:
    agency = office(world)
    page = sign_in("administrator").post(
        at(agency, "correct"), {"name": "新名", "region": "没有这个地方", "line": "dpf", "reason": ""}
    )
    text = page.content.decode()
    assert page.status_code == 422 and 'id="why-correct-region"' in text and 'value="新名"' in text


@pytest.mark.parametrize("role", ["clerk", "approver", "security", "county-system"])
@pytest.mark.parametrize("what", ["correct", "close", "reopen", "rename"])
def test_nobody_else_touches_an_agency(world: World, sign_in: SignIn, role: str, what: str) -> None:
    agency = office(world, "other")
    given = {"name": "夺名", "region": "万州区", "line": "dpf", "reason": "x", "since": "2024-01-01"}
    assert sign_in(role).post(at(agency, what), given).status_code == 404
    agency.refresh_from_db()
    assert agency.name != "夺名" and agency.closed_from is None
    assert AccessEntry.objects.filter(done=False, username=role).exists()


def test_an_agency_is_not_moved_out_of_the_administrators_region(world: World, sign_in: SignIn) -> None:
    bare = Agency.objects.create(region=world.regions["涪陵区"], line=WorkLine.BASE, name="某基地")
    given = {"name": "某基地", "region": "万州区", "line": "base", "reason": "x"}
    assert sign_in("county-system").post(at(bare, "correct"), given).status_code == 404
    bare.refresh_from_db()
    assert bare.region == world.regions["涪陵区"]


# --- closed and opened again -----------------------------------------------------------------------------------------


def test_an_agency_closes_with_the_accounts_that_were_confirmed_one_by_one(
    world: World, sign_in: SignIn
) -> None:
    agency, client = office(world, "women"), sign_in("administrator")
    second = newcomer(world, agency)
    given = {"since": "2024-05-01", "reason": "机构改革", "seen": [world.users["women"].pk]}
    refused = client.post(at(agency, "close"), given)
    text = refused.content.decode()
    assert refused.status_code == 422 and "new · 新某 · 经办岗" in text and 'value="机构改革"' in text
    assert User.objects.get(pk=second.pk).is_active
    given["seen"] = [world.users["women"].pk, second.pk]
    before = Enrolment.objects.count()
    assert client.post(at(agency, "close"), given).status_code == 302
    agency.refresh_from_db()
    assert agency.closed_from == date(2024, 5, 1) and agency.called(date(2024, 5, 1)) == ""
    assert agency.called(date(2024, 4, 30)) == agency.name
    assert not agency.users.filter(is_active=True).exists() and Enrolment.objects.count() == before
    assert agency.name not in client.get("/accounts/new/").content.decode()
    page = client.post(
        "/accounts/new/",
        {"username": "late", "holder": "迟某", "agency": agency.pk, "title": "岗", "role": "clerk"},
    )
    assert page.status_code == 422 and not User.objects.filter(username="late").exists()


def test_what_was_closed_by_mistake_is_opened_again(world: World, sign_in: SignIn) -> None:
    agency, client = office(world, "women"), sign_in("administrator")
    woman = world.users["women"]
    woman.post = Post.objects.create(agency=agency, title="妇联经办", role="clerk")
    woman.save()
    StandIn.objects.create(
        region=agency.region, line="poverty", agency=agency, begins=date(2020, 1, 1), reason="代管"
    )
    client.post(at(agency, "close"), {"since": "2024-05-01", "reason": "误", "seen": [woman.pk]})
    assert StandIn.objects.get().ends == date(2024, 4, 30)
    shut = client.post(f"/accounts/{woman.pk}/reopen/", {"reason": "误停用"})
    assert shut.status_code == 422 and "要先恢复机构" in shut.content.decode()
    assert client.post(at(agency, "reopen"), {"reason": "误停用"}).status_code == 302
    agency.refresh_from_db()
    assert agency.closed_from is None and agency.called(date(2024, 6, 1)) == agency.name
    assert StandIn.objects.get().ends is None
    shown = client.post(f"/accounts/{woman.pk}/reopen/", {"reason": "误停用"}).content.decode()
    woman.refresh_from_db()
    assert 'class="mono"' in shown and woman.is_active and woman.role == "" and woman.first_password
    asked = Grant.objects.get(user=woman, answer="open")
    assert asked.role == "clerk", "what it may do is confirmed anew"
    assert woman.holdings.filter(ends__isnull=True, begins=timezone.localdate()).exists()


def test_an_agency_is_not_closed_in_time_to_come_nor_by_its_own_people(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    ahead = (timezone.localdate() + timedelta(days=1)).isoformat()
    page = client.post(at(office(world, "women"), "close"), {"since": ahead, "reason": "x"})
    assert page.status_code == 422 and "不能晚于今天" in page.content.decode()
    own = office(world, "administrator")
    keys = list(own.users.filter(is_active=True).values_list("pk", flat=True))
    given = {"since": "2024-05-01", "reason": "x", "seen": keys}
    assert client.post(at(own, "close"), given).status_code == 422
    own.refresh_from_db()
    assert own.closed_from is None


# --- accounts --------------------------------------------------------------------------------------------------------


def test_a_holders_name_and_a_post_are_corrected(world: World, sign_in: SignIn) -> None:
    user = newcomer(world, office(world))
    client, address = sign_in("administrator"), f"/accounts/{user.pk}/correct/"
    empty = client.post(address, {"holder": "", "title": "就业经办", "reason": "写错"})
    assert empty.status_code == 422 and 'id="why-correct-holder"' in empty.content.decode()
    assert client.post(address, {"holder": "辛某", "title": "就业经办", "reason": "写错"}).status_code == 302
    user.refresh_from_db()
    assert user.holder == "辛某" and user.post is not None and user.post.title == "就业经办"
    assert [one.holder for one in user.holdings.all()] == ["辛某"]
    assert Change.objects.filter(model__in=("accounts.User", "accounts.Post")).count() == 2
    Post.objects.create(agency=user.agency, title="另一岗", role="clerk")
    taken = client.post(address, {"holder": "辛某", "title": "另一岗", "reason": "写错"})
    assert taken.status_code == 422
    for role in ("clerk", "security"):
        assert sign_in(role).post(address, {"holder": "夺某", "title": "x", "reason": "x"}).status_code == 404
    assert sign_in("county-system").post(f"/accounts/{world.users['other'].pk}/correct/").status_code == 404


def test_a_correction_does_not_join_two_administrators_in_one_person(world: World, sign_in: SignIn) -> None:
    user = world.users["security"]
    given = {"holder": "卫管理", "title": "安全", "reason": "写错"}
    if user.post is not None:
        given["title"] = user.post.title
    assert sign_in("administrator").post(f"/accounts/{user.pk}/correct/", given).status_code == 422
    user.refresh_from_db()
    assert user.holder == "蒋安全"


def test_several_accounts_are_closed_and_opened_again_all_or_none(world: World, sign_in: SignIn) -> None:
    keys = [world.users[name].pk for name in ("clerk", "approver")]
    client, address = sign_in("administrator"), "/accounts/several/"
    refused = client.post(address, {"account": keys, "reason": " ", "what": "close"})
    text = refused.content.decode()
    assert refused.status_code == 422 and text.count(" checked") == 2, "ticks are kept"
    own = client.post(
        address, {"account": [*keys, world.users["administrator"].pk], "reason": "调离", "what": "close"}
    )
    assert own.status_code == 404 and User.objects.filter(pk__in=keys, is_active=True).count() == 2
    assert client.post(address, {"account": keys, "reason": "调离", "what": "close"}).status_code == 302
    assert not User.objects.filter(pk__in=keys, is_active=True).exists()
    assert AccessEntry.objects.filter(subject="account/clerk/close", purpose="调离").exists()
    shown = client.post(address, {"account": keys, "reason": "误停用", "what": "reopen"})
    assert shown.content.decode().count('class="mono"') == 2
    assert User.objects.filter(pk__in=keys, is_active=True, role="").count() == 2
    assert client.post(address, {"what": "close", "reason": "x"}).status_code == 422
    other = {"account": [world.users["other"].pk], "reason": "x", "what": "close"}
    for role in ("county-system", "clerk"):
        assert sign_in(role).post(address, other).status_code in (302, 404)
    assert User.objects.get(username="other").is_active


# --- from a workbook -------------------------------------------------------------------------------------------------


def workbook(accounts: list[dict[str, str]], agencies: list[dict[str, str]]) -> SimpleUploadedFile:
    forms = [
        Filled(Form(kind, kind, tuple(Column(label, name) for name, label in headings.items())), {}, rows)
        for (kind, headings), rows in zip(bulk_opening.SHEETS.items(), (accounts, agencies), strict=True)
    ]
    return SimpleUploadedFile("开通.xlsx", write_sheets([[form] for form in forms], "xlsx"))


def account(**given: str) -> dict[str, str]:
    known = {
        "username": "new1",
        "holder": "新人",
        "agency": "新办基地",
        "title": "负责人",
        "role": "基地负责人",
    }
    return {**known, **given}


def agency_line(**given: str) -> dict[str, str]:
    return {"name": "新办基地", "line": "基地经营者", "region": "涪陵区", "since": "2024-03-01", **given}


def payload(page: HttpResponse) -> str:
    return page.content.decode().split('name="payload" value="')[1].split('"')[0]


def test_agencies_and_their_accounts_open_from_one_workbook(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    page = client.post("/accounts/many/", {"file": workbook([account()], [agency_line()])})
    assert page.status_code == 200 and not Agency.objects.filter(name="新办基地").exists()
    shown = client.post("/accounts/many/open/", {"payload": payload(page)})
    assert shown.status_code == 200
    made = Agency.objects.get(name="新办基地")
    assert (made.region, made.line, made.names.get().begins) == (
        world.regions["涪陵区"],
        "base",
        date(2024, 3, 1),
    )
    assert User.objects.get(username="new1").agency == made
    again = client.post("/accounts/many/open/", {"payload": payload(page)})
    assert again.status_code == 422 and "已经登记过" in again.content.decode(), "the plan is shown again"
    assert User.objects.filter(username__startswith="new").count() == 1


def test_faults_are_mended_in_place_and_nothing_is_lost(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    bad = workbook(
        [account(role="市长"), account(username="new2", title="代办", role="代办人")],
        [agency_line(line="没有这条线", region="没有这里", since="某天")],
    )
    page = client.post("/accounts/many/", {"file": bad})
    text = page.content.decode()
    assert page.status_code == 422 and "new2" in text and not User.objects.filter(username="new2").exists()
    names = {
        part: text.split(f'.{part}"', 1)[0].rsplit('"', 1)[1] + f".{part}"
        for part in ("role", "line", "region", "since")
    }
    mended = {
        names["role"]: "基地负责人",
        names["line"]: "基地经营者",
        names["region"]: "涪陵区",
        names["since"]: "",
    }
    page = client.post("/accounts/many/", {"payload": payload(page), **mended})
    assert page.status_code == 200, page.content.decode()
    client.post("/accounts/many/open/", {"payload": payload(page)})
    assert User.objects.filter(username__in=("new1", "new2"), agency__name="新办基地").count() == 2


def test_an_agency_that_nobody_knows_is_opened_in_the_same_step(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    page = client.post("/accounts/many/", {"file": workbook([account()], [])})
    assert page.status_code == 422 and 'name="region-0"' in page.content.decode()
    offered = {"payload": payload(page), "agency": "新办基地", "region-0": "涪陵区", "line-0": "base"}
    page = client.post("/accounts/many/", offered)
    assert page.status_code == 200
    client.post("/accounts/many/open/", {"payload": payload(page)})
    assert User.objects.get(username="new1").agency == Agency.objects.get(name="新办基地", line="base")


def test_a_workbook_opens_no_agency_elsewhere(world: World, sign_in: SignIn) -> None:
    page = sign_in("county-system").post(
        "/accounts/many/", {"file": workbook([], [agency_line(region="万州区")])}
    )
    assert page.status_code == 422 and "不在您的范围内" in page.content.decode()


def test_a_file_that_cannot_be_read_is_told_at_its_field(world: World, sign_in: SignIn) -> None:
    broken = SimpleUploadedFile("坏.xlsx", b"nothing")
    page = sign_in("administrator").post("/accounts/many/", {"file": broken})
    assert page.status_code == 422 and 'id="why"' in page.content.decode()


# --- whom to ask -----------------------------------------------------------------------------------------------------


def test_the_sign_in_page_says_whom_to_ask(world: World, sign_in: SignIn) -> None:

    stranger = Client()
    assert "请找本单位的系统管理员" in stranger.get("/sign-in/").content.decode()
    administrator = sign_in("administrator")
    wrong = administrator.post("/accounts/contact/", {"name": "卫某", "telephone": "call me"})
    assert wrong.status_code == 422 and 'value="卫某"' in wrong.content.decode()
    given = {"name": "卫某", "office": "就业科", "telephone": "023-12345678"}
    assert administrator.post("/accounts/contact/", given).status_code == 302
    page = stranger.get("/sign-in/").content.decode()
    assert all(word in page for word in given.values())
    for _ in range(6):
        locked = stranger.post("/sign-in/", {"username": "clerk", "password": "wrong"})
    assert "023-12345678" in locked.content.decode()
    assert Change.objects.filter(model="accounts.Contact").exists()
    for role in ("county-system", "clerk", "security"):
        assert sign_in(role).post("/accounts/contact/", given | {"name": "夺某"}).status_code == 404
    assert "夺某" not in stranger.get("/sign-in/").content.decode()


def test_a_new_installation_says_how_the_first_administrator_is_made() -> None:
    Packet.objects.all().delete()
    Holding.objects.all().delete()
    User.objects.all().delete()
    assert "qiaojie account" in Client().get("/sign-in/").content.decode()
