"""Who is meant: the queue of rows that wait, both sides masked, answered by keyboard; answers taken back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from qiaojie.accounts.viewers import UserViewer
from qiaojie.bases.models import HelpRecord
from qiaojie.intake import services
from qiaojie.intake.models import Answer, Upload
from qiaojie.ledgers import rows
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person, Tie
from qiaojie.people.services import completed
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from tests.web.conftest import SignIn
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db

TABLE = "chongqing-bases-2020/help-tourism"


def help_table(world: World, user: str = "clerk", county: str = "涪陵区", people: str = "here") -> Upload:
    """A help table handed in with a woman whom the county knows by name and telephone, and one whom it does not."""
    table = notices.table(TABLE)
    woman = world.people[people][1]
    rows = [
        {"person.name": woman.name, "person.phone": woman.phone},
        {"person.name": "欧阳丹", "person.phone": "13711112222"},
    ]
    data = write(Filled(table.form, {"base.name": "竹编合作社", "base.kind": "base"}, rows), "csv")
    return services.receive(data, "带动表.csv", table, world.regions[county], UserViewer(world.users[user]))


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_both_sides_are_shown_masked_and_answered(world: World, sign_in: SignIn) -> None:
    upload, woman, client = help_table(world), world.people["here"][1], sign_in("clerk")
    page = said(client, "/intake/waiting/")
    assert all(
        word in page for word in (woman.name, "同名", "手机号相同", "是她", "不是她，新登记", "这一行不导入")
    )
    assert woman.phone not in page and woman.id_number not in page
    assert "同名" in said(client, f"/intake/{upload.pk}/")
    row = re.search(r'name="row" value="(\d+)"', page)
    assert row is not None
    answer = {"row": row[1], "word": f"person:{woman.pk}", "back": "/intake/waiting/"}
    response = client.post(f"/intake/{upload.pk}/decide/", answer)
    assert response["Location"] == "/intake/waiting/"
    assert woman.name not in said(client, "/intake/waiting/")
    client.post(f"/intake/{upload.pk}/decide/", {"row": row[1], "word": "", "back": "/intake/waiting/"})
    assert woman.name in said(client, "/intake/waiting/")


def test_the_queue_shows_her_as_she_is_registered_now(world: World, sign_in: SignIn) -> None:
    upload, woman, other = help_table(world), world.people["here"][1], world.people["here"][2]
    client = sign_in("clerk")
    assert "导入之后她的登记改过" not in said(client, "/intake/waiting/")
    columns = completed({"name": woman.name, "id_number": woman.id_number, "phone": "13700001111"})
    rows.update(Person, [(woman.pk, columns)])
    page = said(client, "/intake/waiting/")
    assert "导入之后她的登记改过" in page and "手机号不同" in page and "手机号相同" not in page
    # Found to be somebody else's record meanwhile: the kept one is offered.
    Person.objects.filter(pk=woman.pk).update(canonical=other)
    page = said(client, "/intake/waiting/")
    assert f"person:{other.pk}" in page and f"person:{woman.pk}" not in page
    row = re.search(r'name="row" value="(\d+)"', page)
    assert row is not None
    client.post(f"/intake/{upload.pk}/decide/", {"row": row[1], "word": f"person:{other.pk}"})
    assert other.name not in said(client, "/intake/waiting/")


def test_another_county_s_rows_and_people_are_not_shown(world: World, sign_in: SignIn) -> None:
    help_table(world, people="there")
    woman = world.people["there"][1]
    page = said(sign_in("clerk"), "/intake/waiting/")
    assert "其他区县登记的人" in page and "不在您的查看范围内" in page
    assert (
        f"/persons/{woman.pk}/" not in page
        and str(woman.birth_date.year) not in page.split("</article>")[0].split("其他区县")[1]
    )
    assert woman.name not in said(sign_in("other"), "/intake/waiting/")
    assert woman.name in said(sign_in("city"), "/intake/waiting/")


def test_what_was_answered_before_is_said_and_taken_back(world: World, sign_in: SignIn) -> None:
    first, woman, client = help_table(world), world.people["here"][1], sign_in("clerk")
    (waiting,) = first.waiting.all()
    client.post(f"/intake/{first.pk}/decide/", {"row": waiting.row, "word": f"person:{woman.pk}"})
    page = said(client, f"/intake/{first.pk}/")
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    assert seal is not None
    client.post(f"/intake/{first.pk}/commit/", {"seal": seal[1]})
    assert HelpRecord.objects.filter(person=woman).count() == 1
    again = help_table(world)
    assert not again.waiting.exists()
    page = said(client, f"/intake/{again.pk}/")
    assert "按以前的答复" in page
    answer = Answer.objects.get(person=woman)
    assert client.post(f"/intake/answers/{answer.pk}/revoke/", {"upload": again.pk}).status_code == 302
    assert "是她" in said(client, f"/intake/{again.pk}/")


def test_records_of_one_woman_are_put_together_and_parted(world: World, sign_in: SignIn) -> None:
    woman, client = world.people["here"][1], sign_in("approver")
    double = Person.objects.create(name=woman.name, name_key=woman.name_key, birth_date=woman.birth_date)
    Tie.objects.create(person=double, region=world.regions["涪陵区"])
    page = said(client, f"/persons/{double.pk}/")
    assert all(word in page for word in ("疑似同一人", "同生日", "保留另一条登记", "确认合并"))
    assert "确认合并" not in said(sign_in("clerk"), f"/persons/{double.pk}/")
    form = {"other": woman.pk, "keep": woman.pk, "reason": "电话核实"}
    assert client.post(f"/persons/{double.pk}/merge/", form)["Location"] == f"/persons/{woman.pk}/"
    page = said(client, f"/persons/{woman.pk}/")
    assert "已合并的登记" in page and "疑似同一人" not in page
    assert client.get(f"/persons/{double.pk}/").status_code == 302
    assert client.post(f"/persons/{double.pk}/unmerge/").status_code == 302
    assert "疑似同一人" in said(client, f"/persons/{woman.pk}/")


def test_questions_are_answered_by_keyboard(world: World, page: Page, axe: Callable[[Page], None]) -> None:
    upload, woman = help_table(world), world.people["here"][1]
    page.goto("/sign-in/")
    page.get_by_label("账号").fill("clerk")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto("/intake/waiting/")
    axe(page)
    for _step in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == f"person:{woman.pk}":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有待认定的行")).to_be_visible()
    page.goto(f"/intake/{upload.pk}/")
    expect(page.get_by_role("button", name="写入 2 行")).to_be_visible()
    page.get_by_role("button", name="取消").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="请认定是谁")).to_be_visible()
    axe(page)
    woman.pk, double = None, world.people["here"][1].pk
    woman.id_number = woman.id_hash = None
    woman.save()
    Tie.objects.create(person=woman, region=world.regions["涪陵区"])
    page.goto(f"/persons/{double}/")
    expect(page.get_by_role("heading", name="疑似同一人")).to_be_visible()
    axe(page)
