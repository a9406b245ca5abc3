"""What a form of a notice in force orders of persons and agencies: said where notices are switched, asked where it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import Agency
from qiaojie.ledgers.models import Change
from qiaojie.notices.models import NoticeInForce
from tests.web import markup
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.later]


def flat(answer: Any) -> str:
    """The markup of an answer."""
    return markup.flat(answer.content.decode())


CODE = "91350100M000100Y43"
NOTICE = """
code = "payees-2023"
title = "补贴发放通知"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "2023"

[[tables]]
code = "payees"
title = "补贴发放表"
ledger = "persons"
columns = [ { label = "姓名", field = "name", required = true }, { label = "银行账号", field = "bank_account" } ]

[[tables]]
code = "agencies"
title = "机构名单"
ledger = "agencies"
columns = [ { label = "名称", field = "name" }, { label = "信用代码", field = "credit_code" } ]
"""


@pytest.fixture
def payees(world: World, settings: LazySettings, tmp_path: Path) -> str:
    folder = tmp_path / "payees-2023"
    folder.mkdir()
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")
    (folder / "README.md").write_text("# Payees\n", encoding="utf-8")
    settings.NOTICE_DIRS = [*settings.NOTICE_DIRS, tmp_path]
    return "payees-2023"


def test_what_is_collected_now_is_listed_with_the_form(world: World, sign_in: SignIn, payees: str) -> None:
    page = flat(sign_in("administrator").get("/notices/in-force/"))
    assert "现在没有启用的通知要求收集这些内容" in page
    NoticeInForce.objects.create(notice=payees, by="administrator")
    page = flat(sign_in("administrator").get("/notices/in-force/"))
    assert "补贴发放通知：补贴发放表" in page and "社会信用代码" in page
    notice = flat(sign_in("clerk").get(f"/notices/{payees}/"))
    assert "按这份通知收集的内容" in notice and "银行账号" in notice


def test_a_page_of_many_forms_asks_once_what_is_collected(world: World, sign_in: SignIn, payees: str) -> None:
    NoticeInForce.objects.create(notice=payees, by="administrator")
    client = sign_in("clerk")
    client.get("/ledgers/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/intake/new/")
    assert page.status_code == 200
    assert sum("notices_noticeinforce" in one["sql"] for one in asked.captured_queries) <= 4


def test_an_agency_is_asked_for_its_code_only_by_order(world: World, sign_in: SignIn, payees: str) -> None:
    client = sign_in("administrator")
    agency = world.users["clerk"].agency
    assert agency is not None
    at, page = f"/agencies/{agency.pk}/identify/", f"/agencies/{agency.pk}/"
    assert "登记信用代码" not in flat(client.get(page))
    given = {"credit_code": CODE, "legal_person": "王大明", "reason": "照证书"}
    # Nobody asked: what is sent all the same is not kept.
    assert client.post(at, given).status_code == 422
    NoticeInForce.objects.create(notice=payees, by="administrator")
    asked = flat(client.get(page))
    assert "登记信用代码" in asked and 'name="legal_person"' not in asked
    wrong = client.post(at, {**given, "credit_code": CODE[:-1] + "4"})
    assert wrong.status_code == 422 and "校验码" in flat(wrong)
    assert client.post(at, given).status_code == 302
    agency.refresh_from_db()
    assert (agency.credit_code, agency.legal_person) == (CODE, "")
    assert Change.objects.filter(model=Agency._meta.label, object_id=agency.pk).exists()
    # What is known stays in sight when nobody asks any more; another county's administrator gets nowhere.
    NoticeInForce.objects.filter(notice=payees).delete()
    assert CODE in flat(client.get(page))
    assert sign_in("clerk").post(at, given).status_code == 404
