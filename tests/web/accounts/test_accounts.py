"""Accounts on the screen: what one administrator asks another confirms; many at once; what outsiders see; exports."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from itertools import count

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pypdfium2 import PdfDocument

from qiaojie.accounts import authentication, bulk_opening, services
from qiaojie.accounts.models import (
    AccessEntry,
    Agency,
    Agreement,
    Export,
    Grant,
    Holding,
    Presence,
    Role,
    SecondFactor,
    User,
    WorkLine,
)
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.addresses import addresses
from tests.web.conftest import SignIn
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db


def viewer(world: World, name: str) -> UserViewer:
    return UserViewer(world.users[name])


def office(world: World) -> Agency:
    agency = world.users["clerk"].agency
    assert agency is not None
    return agency


# --- opening, granting, closing --------------------------------------------------------------------------------------


def test_an_account_is_opened_by_one_and_confirmed_by_another(world: World, sign_in: SignIn) -> None:
    given = {
        "username": "fuling-li",
        "holder": "李某",
        "agency": office(world).pk,
        "title": "就业经办",
        "role": "clerk",
    }
    shown = sign_in("administrator").post("/accounts/new/", given)
    password = re.search(r'class="mono">([^<]{19})<', shown.content.decode())
    assert password is not None and shown["Cache-Control"].startswith("max-age=0")
    user = User.objects.get(username="fuling-li")
    assert user.role == "" and not UserViewer(user).may(declaration_see())
    newcomer = Client()
    newcomer.post("/sign-in/", {"username": "fuling-li", "password": password[1]})
    assert newcomer.get("/")["Location"] == "/sign-in/?next=/", "whoever opened it knows the password"
    asked = Grant.objects.get(user=user)
    page = sign_in("security").post(f"/grants/{asked.pk}/answer/", {"answer": "confirm"})
    code = re.search(r'class="mono">([0-9 ]{9})<', page.content.decode())
    assert code is not None
    newcomer.post("/sign-in/second/", {"code": code[1]})
    assert newcomer.get("/")["Location"] == "/account/password/"
    user.refresh_from_db()
    assert user.role == Role.CLERK
    assert Holding.objects.get(user=user).holder == "李某"
    told = AccessEntry.objects.filter(subject__startswith="account/fuling-li").values_list(
        "username", "subject"
    )
    assert ("administrator", "account/fuling-li/open") in told
    assert ("security", "account/fuling-li/clerk/confirmed") in told


def declaration_see() -> object:
    from qiaojie.ledgers.viewer import Action

    return Action.SEE


def test_nobody_confirms_what_they_asked_for_or_for_themselves(world: World) -> None:
    security = viewer(world, "security")
    own = Grant.objects.create(user=world.users["clerk"], role="approver", asked_by="security")
    to_self = Grant.objects.create(user=world.users["security"], role="system", asked_by="administrator")
    for asked in (own, to_self):
        with pytest.raises(Unusable) as refused:
            services.answer(security, asked.pk, confirm=True)
        assert refused.value.code == "grant_own"
    with pytest.raises(Refused):
        services.answer(viewer(world, "administrator"), own.pk, confirm=True)


def test_roles_do_not_follow_from_posted_fields(world: World, sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    for address in ("/account/password/", "/accounts/new/", f"/accounts/{world.users['clerk'].pk}/role/"):
        clerk.post(address, {"role": "approver", "is_superuser": "1", "current": PASSWORD, "reason": "x"})
    system = sign_in("administrator")
    system.post(f"/accounts/{world.users['administrator'].pk}/role/", {"role": "security", "reason": "x"})
    system.post(
        f"/accounts/{world.users['clerk'].pk}/role/", {"role": "approver", "reason": "x", "answer": "confirm"}
    )
    assert User.objects.get(username="clerk").role == Role.CLERK
    assert User.objects.get(username="administrator").role == Role.SYSTEM
    assert [one.user.username for one in Grant.objects.all()] == ["clerk"]


def test_one_person_is_not_two_administrators(world: World) -> None:
    city = world.users["administrator"].agency
    assert city is not None
    user, _password = services.open_account(
        viewer(world, "administrator"), "second", "卫管理", city, "审计", "audit"
    )
    with pytest.raises(Unusable) as refused:
        services.answer(viewer(world, "security"), user.grants.get().pk, confirm=True)
    assert refused.value.code == "three_exclusive"


def test_one_administrator_cannot_become_another_by_a_password(world: World) -> None:
    with pytest.raises(Unusable) as refused:
        services.reset_password(viewer(world, "administrator"), world.users["security"], "忘记")
    assert refused.value.code == "administrator_password"


def test_a_lost_password_and_a_lost_second_factor_need_two_administrators(world: World) -> None:
    user = world.users["clerk"]
    SecondFactor.objects.create(user=user, kind="codes", name="手机", secret="x")
    system, security = viewer(world, "administrator"), viewer(world, "security")
    services.reset_password(system, user, "忘记")
    for who, act in ((system, services.reset_second), (security, services.reset_password)):
        with pytest.raises(Refused):
            act(who, user, "x")
    services.reset_second(security, user, "手机丢失")
    assert not user.second_factors.exists()
    assert User.objects.get(pk=user.pk).first_password


def test_closing_ends_sessions_and_the_post_keeps_its_history(world: World, client: Client) -> None:
    system = viewer(world, "administrator")
    user, password = services.open_account(system, "fuling-li", "李某", office(world), "就业经办", "clerk")
    code = services.give_first_code(viewer(world, "security"), user)
    client.post("/sign-in/", {"username": "fuling-li", "password": password})
    client.post("/sign-in/second/", {"code": code})
    assert Presence.objects.filter(user_id=user.pk).exists()
    services.close(system, user, "调离")
    assert not Presence.objects.filter(user_id=user.pk).exists()
    assert client.get("/").status_code == 302
    assert user.post is not None and user.post.holdings.get().ends == timezone.localdate()
    with pytest.raises(Unusable) as refused:
        services.open_account(system, "FULING-LI", "王某", office(world), "就业经办", "clerk")
    assert refused.value.code == "account_username", "a name that stands in the log is not given again"


def test_a_name_that_was_shut_is_opened_by_the_administrator(world: World, client: Client) -> None:
    for _ in range(6):
        client.post("/sign-in/", {"username": "clerk", "password": "wrong"})
    assert authentication.shut_until("clerk") is not None
    services.unlock(viewer(world, "administrator"), world.users["clerk"])
    assert client.post("/sign-in/", {"username": "clerk", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("line", "role", "fits"),
    [
        (WorkLine.BASE, Role.BASE_MANAGER, True),
        (WorkLine.BASE, Role.CLERK, False),
        (WorkLine.DPF, Role.BASE_MANAGER, False),
        (WorkLine.TRAINER, Role.TRAINER, True),
        (WorkLine.OTHER, Role.HELPER, True),
    ],
)
def test_a_role_fits_the_line_of_the_agency(world: World, line: WorkLine, role: Role, fits: bool) -> None:
    agency = Agency.objects.create(region=world.regions["涪陵区"], line=line, name="某机构")
    assert ("role" not in services.check_account("someone", "某人", agency, "岗位", role)) is fits


def test_an_agency_keeps_its_names(world: World, sign_in: SignIn) -> None:
    agency = office(world)
    address = f"/agencies/{agency.pk}/rename/"
    sign_in("administrator").post(address, {"name": "涪陵区残联（新）", "since": "2024-05-01"})
    agency.refresh_from_db()
    assert agency.name == "涪陵区残联（新）"
    assert [(one.name, one.begins, one.ends) for one in agency.names.order_by("pk")] == [
        ("涪陵区残联", None, date(2024, 4, 30)),
        ("涪陵区残联（新）", date(2024, 5, 1), None),
    ]


# --- many at once ----------------------------------------------------------------------------------------------------


def workbook(rows: list[dict[str, str]]) -> SimpleUploadedFile:
    columns = tuple(Column(label, name) for name, label in bulk_opening.HEADINGS.items())
    return SimpleUploadedFile("账号.xlsx", write(Filled(Form("accounts", "账号", columns), {}, rows), "xlsx"))


def row(**given: str) -> dict[str, str]:
    number = next(_numbers)
    known = {
        "username": f"new{number}",
        "holder": f"新人{number}",
        "agency": "涪陵区残联",
        "title": "经办",
        "role": "经办",
    }
    return {**known, **given}


_numbers = count(1)


def test_a_workbook_opens_all_accounts_or_none(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    page = client.post("/accounts/many/", {"file": workbook([row(), row(role="审核", title="审核")])})
    assert page.status_code == 200 and not User.objects.filter(username__startswith="new").exists()
    payload = page.content.decode().split('name="payload" value="')[1].split('"')[0]
    shown = client.post("/accounts/many/open/", {"payload": payload}).content.decode()
    opened = User.objects.filter(username__startswith="new")
    assert opened.count() == 2 and all(one.first_password and not one.role for one in opened)
    assert len(re.findall(r'class="mono">[^<]{19}<', shown)) == 2
    assert Grant.objects.filter(answer="open").count() == 2
    again = client.post("/accounts/many/open/", {"payload": payload})
    assert again.status_code == 422, "the names are taken now"
    assert client.post("/accounts/many/open/", {"payload": payload[:-2] + "xx"}).status_code == 422
    assert opened.count() == 2


def test_faults_of_a_workbook_are_told_by_cell(world: World, sign_in: SignIn) -> None:
    rows = [
        row(username="clerk"),
        row(agency="万州区没有"),
        row(role="市长"),
        row(username="a b"),
        row(holder=""),
    ]
    planned = bulk_opening.plan(workbook(rows).read(), "账号.xlsx", viewer(world, "administrator"))
    first = planned.accounts[0].row
    cells = [(fault.cell[0], int(fault.cell[1:]) - 1 - first) for fault in planned.faults]
    assert cells == [("A", 0), ("C", 1), ("E", 2), ("A", 3), ("B", 4)]
    page = sign_in("administrator").post("/accounts/many/", {"file": workbook(rows)})
    assert page.status_code == 422 and "/accounts/many/open/" not in page.content.decode()
    with pytest.raises(Unusable):
        bulk_opening.commit(planned, viewer(world, "administrator"), "")


def test_a_workbook_reaches_no_agency_elsewhere(world: World) -> None:
    planned = bulk_opening.plan(
        workbook([row(agency="万州区残联")]).read(), "x.xlsx", viewer(world, "county-system")
    )
    assert [fault.cell[0] for fault in planned.faults] == ["C"]


def test_the_template_is_read_back(world: World) -> None:
    with pytest.raises(Unusable) as refused:
        bulk_opening.plan(workbook([]).read(), "x.xlsx", viewer(world, "administrator"))
    assert refused.value.code == "table_empty"
    planned = bulk_opening.plan(bulk_opening.template(), "模板.xlsx", viewer(world, "administrator"))
    assert planned.accounts[0].parts["username"] == bulk_opening.EXAMPLE["username"]


# --- outside the offices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["base", "trainer", "helper"])
def test_an_outsider_sees_what_their_own_agency_entered_while_the_agreement_holds(
    world: World, sign_in: SignIn, role: str
) -> None:
    user, fuling = world.users[role], world.regions["涪陵区"]
    assert user.agency is not None
    colleague = User.objects.create(username="left", agency=user.agency, is_active=False)
    held = factories.training_class(fuling, "基地自办班", entered_by="left")
    factories.enrol(held, world.people["here"][:3])
    Enrolment.objects.filter(training_class=held).update(entered_by=user.username)
    client = sign_in(role)
    address = f"/persons/{world.people['here'][0].pk}/"
    page = client.get("/ledgers/classes/").content.decode()
    assert "基地自办班" in page and "手工编织一班" not in page
    assert client.get(f"/classes/{held.pk}/").status_code == 200, colleague
    dossier = client.get(address)
    assert dossier.status_code == 200
    assert "手工编织一班" not in dossier.content.decode() and "肢体" not in dossier.content.decode()
    assert client.get(f"/persons/{world.people['here'][5].pk}/").status_code == 404
    Agreement.objects.update(ends=date.today() - timedelta(days=1))
    assert client.get(address).status_code == 404
    assert "基地自办班" not in client.get("/ledgers/classes/").content.decode()


def test_an_outsider_hands_in_files_of_their_own(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    upload = factories.hand_in(world.users["base"], fuling, factories.roster("基地班", range(230, 233)))
    assert sign_in("base").get(f"/intake/{upload.pk}/").status_code == 200
    assert sign_in("trainer").get(f"/intake/{upload.pk}/").status_code == 404
    assert sign_in("clerk").get(f"/intake/{upload.pk}/").status_code == 200
    with pytest.raises(Unusable):
        factories.hand_in(
            world.users["base"], world.regions["万州区"], factories.roster("别处班", range(233, 235))
        )


def test_every_ledger_knows_who_entered_a_row_or_whom_it_is_about(world: World) -> None:
    for name in ("base", "helper"):
        for ledger in declaration.every():
            assert not queries.rows(ledger, viewer(world, name)).exists(), ledger.code


# --- exported files --------------------------------------------------------------------------------------------------


def test_an_export_is_kept_encrypted_and_open_to_its_owner_until_it_expires(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    made = client.post("/ledgers/persons/export.csv", {"purpose": "核对"})
    kept = Export.objects.get()
    woman = world.people["here"][0].name
    assert woman in made.content.decode("utf-8-sig")
    assert woman.encode() not in bytes(kept.content)
    address = f"/exports/{kept.pk}/"
    assert address in client.get("/exports/").content.decode()
    assert client.get(address).content == made.content
    entry = AccessEntry.objects.filter(action="export").latest("pk")
    assert (entry.purpose, entry.subject) == ("核对", f"export/{kept.pk}/persons.csv")
    assert sign_in("approver").get(address).status_code == 404
    Export.objects.update(expires_at=timezone.now())
    assert client.get(address).status_code == 400
    client.post("/ledgers/persons/export.csv", {"purpose": "核对"})
    assert not Export.objects.filter(pk=kept.pk).exists(), "what has expired goes"


@pytest.mark.parametrize("format", ["csv", "xlsx", "docx"])
def test_a_file_says_who_took_it_out_and_when(world: World, sign_in: SignIn, format: str) -> None:
    content = sign_in("clerk").post(f"/ledgers/persons/export.{format}", {"purpose": "核对"}).content
    if format == "csv":
        text = content.decode("utf-8-sig")
    elif format == "xlsx":
        text = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].oddFooter.right.text or ""
    else:
        from docx import Document

        text = "\n".join(one.text for one in Document(io.BytesIO(content)).sections[0].footer.paragraphs)
    assert re.search(r"周经办 20\d\d-\d\d-\d\d \d\d:\d\d 导出", text)


def test_a_pdf_says_who_took_it_out(world: World, sign_in: SignIn) -> None:
    address = f"/forms/{factories.NOTICE}/roster/download.pdf?period=2023"
    content = sign_in("clerk").post(address, {"purpose": "报市残联"}).content
    assert "周经办 20" in PdfDocument(content)[0].get_textpage().get_text_range()


def test_a_file_with_names_is_not_given_without_a_purpose(world: World, sign_in: SignIn) -> None:
    client, own = sign_in("approver"), addresses(world, "here")
    roster = f"/forms/{factories.NOTICE}/roster/download.csv?period=2023"
    for address in (
        *(own[name] for name in ("export", "person-paper", "compare-export", "plan-marked")),
        roster,
    ):
        for given in ({}, {"purpose": "  "}):
            answer = client.post(address, given)
            assert answer.status_code == 422 and "用途" in answer.content.decode(), address
    assert not AccessEntry.objects.filter(action="export", done=True).exclude(purpose="").exists()
    assert {one.purpose == "" for one in Export.objects.exclude(subject="addresses")} <= {False}


def test_a_line_of_the_log_says_who_where_what_how_much_and_why(world: World, client: Client) -> None:
    AccessEntry.objects.all().delete()
    client.post("/sign-in/", {"username": "clerk", "password": PASSWORD}, REMOTE_ADDR="10.1.2.3")
    woman = world.people["here"][1]
    reveal = f"/ledgers/persons/{woman.pk}/reveal/id_number/"
    for address, given in (
        (reveal, {"purpose": "核对身份证"}),
        ("/ledgers/persons/export.csv", {"purpose": "报市残联"}),
        (f"/ledgers/persons/{woman.pk}/edit/", {"field.address": "甲0街道9号", "purpose": "搬家"}),
    ):
        client.post(address, given, REMOTE_ADDR="10.1.2.3")
    client.get(f"/persons/{woman.pk}/", REMOTE_ADDR="10.1.2.3")
    lines = {one.action: one for one in AccessEntry.objects.filter(username="clerk", done=True)}
    assert {"sign_in", "see", "reveal", "export"} <= set(lines)
    for one in lines.values():
        assert (one.holder, one.address) == ("周经办", "10.1.2.3") and one.at and one.subject
    assert (lines["reveal"].purpose, lines["export"].purpose) == ("核对身份证", "报市残联")
    assert (lines["export"].rows or 0) > 1 and f"persons/{woman.pk}" in lines["reveal"].subject


# --- the log page ----------------------------------------------------------------------------------------------------


def test_the_log_is_filtered_and_reaches_no_further_than_the_region(world: World, sign_in: SignIn) -> None:
    sign_in("clerk").get(f"/persons/{world.people['there'][1].pk}/")
    sign_in("other").get("/ledgers/persons/")
    AccessEntry.objects.create(username="nobody", action="sign_in", subject="password/unknown/x", done=False)
    audit = sign_in("audit")
    everything = audit.get("/log/").content.decode()
    assert "password/unknown/x" in everything and "褚万州" in everything
    assert "nobody" not in everything, "a name that is nobody's may be a password"
    refused = audit.get("/log/?refused=1&who=周经办").content.decode()
    assert f"persons/{world.people['there'][1].pk}" in refused and "褚万州" not in refused
    assert "褚万州" not in audit.get(f"/log/?since={date.today() + timedelta(days=1)}").content.decode()
    county = sign_in("county-audit").get("/log/").content.decode()
    assert "周经办" in county and "褚万州" not in county and "unknown/x" not in county
    assert audit.post("/log/export/", {"purpose": ""}).status_code == 422
    book = openpyxl.load_workbook(
        io.BytesIO(audit.post("/log/export/?who=clerk", {"purpose": "季度审计"}).content)
    )
    assert any("周经办" in [cell.value for cell in line] for line in book.worksheets[0].iter_rows())
    assert AccessEntry.objects.filter(action="audit", purpose="季度审计").exists()
