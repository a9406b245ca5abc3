"""One box finds people and things, within what the viewer may see, and leaves no name in an address."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.people.models import Person
from qiaojie.people.services import completed
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def named(world: World) -> Person:
    """A woman of the clerk's county with a name that is typed in many ways."""
    woman = world.people["here"][1]
    columns = completed({"name": "覃秀英", "id_number": woman.id_number, "phone": "19000001234"})
    Person.objects.filter(pk=woman.pk).update(**columns)
    woman.refresh_from_db()
    return woman


def ask(client: Client, text: str) -> str:
    answer = client.post("/search/", {"q": text}, follow=True)
    address = answer.redirect_chain[-1][0]
    assert len(text) < 3 or text not in address
    return answer.content.decode()


def test_a_person_is_found_in_every_way_she_is_named(world: World, named: Person, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    number = str(named.id_number)
    link = f'href="/persons/{named.pk}/"'
    for text in (
        "覃秀英",
        "覃秀",
        "秀英",
        "覃 秀 英",
        "qinxiuying",
        "QXY",
        "qinxiu",
        number,
        number[-4:],
        f"{number}42"[-6:],
        "19000001234",
    ):
        page = ask(client, text)
        assert link in page, text
        assert page.count(number) == (text == number), "only what was typed is in the box again"
    assert link not in ask(client, "王没有")
    assert link not in ask(client, f"{number}41"[-6:]), "another grade"


def test_nobody_finds_people_of_another_county(world: World, named: Person, sign_in: SignIn) -> None:
    client = sign_in("other")
    for text in ("覃秀英", "qxy", str(named.id_number), "19000001234"):
        assert f"/persons/{named.pk}/" not in ask(client, text)
    assert AccessEntry.objects.filter(username="other", subject="search").exists()


def test_classes_units_notices_and_pages_are_found(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    held = world.classes["weaving"]
    assert f'href="/classes/{held.pk}/"' in ask(client, held.title[:4])
    assert "?region=" in ask(client, "涪陵") and "?region=" in ask(client, "fuling")
    assert 'href="/notices/' in ask(client, "残疾")
    assert 'href="/ledgers/enrolments/"' in ask(client, "参训")
    assert 'href="/intake/"' in ask(client, "daoru")
    assert f'href="/forms/{NOTICE}/roster/"' in ask(client, "xueyuan")


def test_commands_are_offered_to_those_who_may(world: World, sign_in: SignIn) -> None:
    review, enter = 'href="/ledgers/enrolments/review/"', f'href="/intake/enter/{NOTICE}/roster/"'
    for user, may in (("approver", (True, True)), ("clerk", (False, True)), ("reader", (False, False))):
        client = sign_in(user)
        assert (review in ask(client, "审核"), enter in ask(client, "登记一条")) == may, user
        assert ('href="/intake/waiting/"' in ask(client, "待认定")) == may[1]


def test_answers_come_while_one_types_and_have_no_address(
    world: World, named: Person, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    typing = {"HX-Request": "true"}
    with CaptureQueriesContext(connections["default"]) as asked:
        answer = client.post("/search/", {"q": "qx"}, headers=typing)
    page = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in page
    assert f'href="/persons/{named.pk}/"' in page and str(named.id_number) not in page
    tables = Counter(re.findall(r'FROM "(\w+)"', "".join(query["sql"] for query in asked.captured_queries)))
    things = ("training_trainingclass", "training_event", "bases_base", "regions_region")
    assert all(tables[table] <= 2 for table in things), tables
    assert "没有找到" in client.post("/search/", {"q": "没有的"}, headers=typing).content.decode()
    assert not client.post("/search/", {"q": " "}, headers=typing).content.strip()


def test_the_language_of_the_desk_is_the_language_of_its_pages(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = ask(client, "ledger")
    assert 'href="/ledgers/"' in page


def test_what_is_forged_or_strange_finds_nothing(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for token in ("x", "AAAA", "%00", "é"):
        assert client.get("/search/", {"t": token}).status_code == 200
    for text in ("%", "_", "' OR 1=1 --", "0", "12345", "é", "x" * 500):
        assert "没有找到" in ask(client, text) or "<h1>查找</h1>" in ask(client, text)
