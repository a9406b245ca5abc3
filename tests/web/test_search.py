"""One box finds people and things, within what the viewer may see, and leaves no name in an address."""

from __future__ import annotations

import pytest
from django.test import Client

from qiaojie.accounts.models import AccessEntry
from qiaojie.people.models import Person
from qiaojie.people.services import completed
from tests.web.conftest import SignIn
from tests.web.factories import World

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
        "19000001234",
    ):
        page = ask(client, text)
        assert link in page, text
        assert page.count(number) == (text == number), "only what was typed is in the box again"
    assert link not in ask(client, "王没有")


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


def test_what_is_forged_or_strange_finds_nothing(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for token in ("x", "AAAA", "%00", "é"):
        assert client.get("/search/", {"t": token}).status_code == 200
    for text in ("%", "_", "' OR 1=1 --", "0", "12345", "é", "x" * 500):
        assert "没有找到" in ask(client, text) or "<h1>查找</h1>" in ask(client, text)
