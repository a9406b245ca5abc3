"""A list is narrowed by a name, and the name stands in no address; whoever sees names masked narrows nothing by them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, unquote

import lxml.html
import pytest
from django.db import connection
from django.http import HttpResponse

from qiaojie.accounts.viewers import UserViewer
from qiaojie.asking.models import KeptAnswer
from qiaojie.ledgers.models import SavedView
from qiaojie.people.models import Person
from qiaojie.people.services import completed
from qiaojie.training.ledger import CLASSES
from qiaojie.web.components import arrangement
from qiaojie.web.components.sealed_text import seal, unseal
from tests.web.api.programs import Program, key_of
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.revealing import addresses_in, naming

pytestmark = pytest.mark.django_db

NAME, LIST = "覃霜降", "/ledgers/enrolments/"
NARROW = f"{LIST}narrow/list/"


@pytest.fixture
def woman(world: World) -> Person:
    """A woman of the clerk's county whose name nobody else has."""
    held = world.people["here"][1]
    Person.objects.filter(pk=held.pk).update(**completed({"name": NAME}))
    held.refresh_from_db()
    return held


def names(response: HttpResponse) -> list[str]:
    """Whom the rows of a list are about."""
    return re.findall(
        r'<th scope="row" lang="zh-Hans"><a href="[^"]+">([^<]+)</a>', response.content.decode()
    )


def test_a_name_is_sent_and_stands_sealed(world: World, woman: Person, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    given = {
        "person.name": f" {NAME} ",
        "state": "",
        "class.title": "",
        "sort": "-person.name",
        "col": ["state"],
    }
    answer = client.post(NARROW, given)
    address = answer["Location"]
    assert answer.status_code == 302 and not naming(answer, [NAME]) and "csrf" not in address
    assert len(address) < 160 and "state" in address and "class.title" not in address
    page = client.get(address)
    assert (
        page.status_code == 200 and set(names(page)) == {NAME} and f'value="{NAME}"' in page.content.decode()
    )
    assert not naming(page, [NAME]), "neither chips, tabs, order, paging, files nor views"
    # All that stands on the page works with it: the order turned round, a view kept, the file, the counts of its tabs.
    assert set(names(client.get(address.replace("sort=-person.name", "sort=person.name")))) == {NAME}
    query = address.partition("?")[2]
    kept = client.post(f"{LIST}views/?{query}", {"label": "她的"})
    assert not naming(kept, [NAME]) and NAME in unquote(SavedView.objects.get().query)
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM ledgers_savedview")
        stored = bytes(cursor.fetchone()[0])
    assert NAME.encode() not in stored and quote(NAME).encode() not in stored, "nor in its row"
    page = client.get(kept["Location"])
    assert set(names(page)) == {NAME} and not naming(page, [NAME])
    view = lxml.html.document_fromstring(page.content).xpath("//nav[@class='views']//a")[0]
    assert view.get("aria-current") == "page", "the view that is looked at"
    assert set(names(client.get(view.get("href")))) == {NAME}
    file = client.post(f"{LIST}export.csv?{query}", {"purpose": "核对"})
    said = file.content.decode("utf-8-sig")
    others = [one.name for one in world.people["here"] if one.name != NAME and one.name in said]
    assert NAME in said and not others
    plain = client.get(LIST).content
    chosen = lxml.html.document_fromstring(plain).xpath("//input[@name='col'][@checked]/@value")
    assert "col=" not in client.post(NARROW, {"person.name": NAME, "col": chosen})["Location"]
    # In another language, and in a second window, it is the same address.
    client.cookies["language"] = "en"
    assert set(names(client.get(address))) == {NAME}
    assert f'value="{NAME}"' in sign_in("clerk").get(address).content.decode()


def test_what_is_sealed_opens_for_one_account_and_one_field(
    world: World, woman: Person, sign_in: SignIn
) -> None:
    address = sign_in("clerk").post(NARROW, {"person.name": NAME})["Location"]
    for role in ("approver", "reader", "city"):
        answer = sign_in(role).get(address)
        assert answer.status_code == 302 and answer["Location"] == LIST, role
        assert f'value="{NAME}"' not in sign_in(role).get(address, follow=True).content.decode()
    clerk, approver = (key_of(world.users[name])[0].user for name in ("clerk", "approver"))
    token = seal("王", "person.name", UserViewer(clerk))
    assert unseal(token, "person.name", UserViewer(clerk)) == "王"
    assert unseal(token, "name", UserViewer(clerk)) is None
    assert unseal(token, "person.name", UserViewer(approver)) is None
    assert len(token) == len(seal("欧阳娜娜", "person.name", UserViewer(clerk))), "the length tells nothing"
    for forged in ("~", "~AAAA", "~é", token[:-2], token + "A", "~" + "A" * 90):
        assert unseal(forged, "person.name", UserViewer(clerk)) is None
        assert sign_in("clerk").get(LIST, {"person.name": forged}).status_code == 302


def test_an_address_that_says_a_name_is_not_read(world: World, woman: Person, sign_in: SignIn) -> None:
    for begun in (LIST, "/ledgers/persons/", f"{LIST}review/", "/ledgers/asking/enrolments/"):
        field = "name" if "persons" in begun else "person.name"
        client = sign_in("approver")
        answer = client.get(begun, {field: NAME, "state": "approved"})
        assert answer.status_code == 302 and not naming(answer, [NAME]), begun
        page = client.get(answer["Location"])
        assert "网址里不带姓名" in page.content.decode() or "不按姓名" in page.content.decode(), begun
        assert not naming(page, [NAME])
    for address in (f"{LIST}export.csv", f"{LIST}views/"):
        answer = client.post(f"{address}?person.name={NAME}", {"purpose": "核对", "label": "她"})
        assert answer.status_code == 422 and not SavedView.objects.exists()


def test_views_kept_by_an_earlier_version_say_no_name(world: World, woman: Person, sign_in: SignIn) -> None:
    SavedView.objects.create(
        owner="clerk", ledger="enrolments", label="从前的", query=f"person.name={NAME}&state=approved"
    )
    client = sign_in("clerk")
    page = client.get(LIST)
    assert "从前的" in page.content.decode() and not naming(page, [NAME])
    link = next(one for one in addresses_in(page) if one.startswith(f"{LIST}?person.name="))
    assert set(names(client.get(link))) == {NAME}


def test_kept_views_ask_for_nothing_that_is_gone_or_has_become_masked(
    world: World, woman: Person, sign_in: SignIn
) -> None:
    end = woman.id_number[-4:]
    query = (
        f"person.name={NAME}&person.id_tail={end}&person.id_number={woman.id_number}&after=3&no=1"
        "&col=person.id_tail&col=state&sort=person.id_tail&result=completed&state=approved"
    )
    for owner, kept in (
        ("clerk", {"person.name", "col", "result", "state"}),
        ("reader", {"col", "result", "state"}),
    ):
        SavedView.objects.create(owner=owner, ledger="enrolments", label="从前的", query=query)
        client = sign_in(owner)
        page = client.get(LIST)
        assert not naming(page, [NAME, end, woman.id_number]), owner
        view = lxml.html.document_fromstring(page.content).xpath("//nav[@class='views']//a")[0]
        asked = parse_qs(view.get("href").partition("?")[2])
        assert asked.keys() == kept and asked["col"] == ["state"], owner
        assert client.get(view.get("href")).status_code == 200, "and it still leads somewhere"
    dated = arrangement.kept(
        CLASSES, "ends.min=2023-01-01&begins.min=2023-01-01&sort=-ends", UserViewer(world.users["clerk"])
    )
    assert dated.dict() == {"ends.min": "2023-01-01", "sort": "-ends"}, (
        "days of fields that lists are narrowed by"
    )


def test_a_kept_view_that_cannot_be_opened_is_no_link(world: World, sign_in: SignIn) -> None:
    made = SavedView.objects.create(owner="clerk", ledger="enrolments", label="坏了的", query="state=draft")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledgers_savedview SET query = %s", [b"nothing at all"])
    client = sign_in("clerk")
    held = lxml.html.document_fromstring(client.get(LIST).content).xpath("//nav[@class='views']")[0]
    assert "坏了的" in held.text_content() and "打不开" in held.text_content() and not held.xpath(".//a")
    assert client.post(f"{LIST}views/{made.pk}/drop/").status_code == 302 and not SavedView.objects.exists()


def test_who_sees_names_masked_narrows_nothing_by_them(world: World, woman: Person, sign_in: SignIn) -> None:
    client = sign_in("reader")
    for code, field in (("enrolments", "person.name"), ("persons", "name"), ("household_units", "number")):
        page = client.get(f"/ledgers/{code}/").content.decode()
        assert f'name="{field}"' not in page, "no control"
        address = client.post(f"/ledgers/{code}/narrow/list/", {field: NAME})["Location"]
        answer = client.get(address)
        assert answer.status_code == 400 and NAME not in answer.content.decode()
        for sort in (field, f"-{field}"):
            assert client.get(f"/ledgers/{code}/?sort={sort}").status_code == 400
    for query in ("sort=person.birth_date", "sort=person.hukou", "sort=person.home"):
        assert client.get(f"{LIST}?{query}").status_code == 400, query
    # A number asked for is parted neither by age nor by township: its rows can be opened.
    page = client.get("/ledgers/asking/enrolments/").content.decode()
    assert 'value="person.county"' in page
    for way in ("person.township", "person.age"):
        assert f'<option value="{way}"' not in page
        assert client.get(f"/ledgers/asking/enrolments/?ask.rows={way}").status_code == 400


def test_programs_send_names_in_the_body(world: World, woman: Person) -> None:
    _key, token = key_of(world.users["clerk"])
    program = Program(token)
    answer = program.ask(f"ledgers/enrolments/rows?person.name={NAME}")
    assert answer.status_code == 400 and NAME not in answer.content.decode()
    answer = program.ask("ledgers/enrolments/rows/find", {"filters": {"person.name": NAME}, "size": 5})
    assert answer.status_code == 200
    assert {row["values"]["person.name"] for row in answer.json()["rows"]} == {NAME}
    assert program.ask("ledgers/enrolments/rows/find", {"filters": {"no": "1"}}).status_code in (400, 422)
    number = str(woman.id_number)
    found = program.ask("persons/look-up", {"number": number})
    assert [row["id"] for row in found.json()["rows"]] == [woman.pk] and number not in found.content.decode()
    for part in (number[-4:], number[:14], ""):
        assert program.ask("persons/look-up", {"number": part}).status_code in (400, 422), part
    _other, reading = key_of(world.users["clerk"], hands_in=False, reveals=False)
    assert Program(reading).ask("persons/look-up", {"number": number}).status_code == 404


def test_a_kept_answer_says_no_name(world: World, woman: Person, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    client.post("/ledgers/asking/enrolments/keep/?result=completed", {"asked_for": "市残联"})
    held = KeptAnswer.objects.get()
    held.query = f"person.name={NAME}&ask.unit=persons"
    held.save()
    for address in ("/ledgers/asking/", f"/ledgers/asking/kept/{KeptAnswer.objects.get().pk}/"):
        assert not naming(client.get(address), [NAME]), address
