"""One box finds people and things, within what the viewer may see, and leaves no name in an address."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.conf import settings as installed
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers import rows
from qiaojie.people import lookups
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
    rows.update(Person, [(woman.pk, columns)])
    woman.refresh_from_db()
    return woman


def ask(client: Client, text: str) -> str:
    answer = client.post("/search/", {"q": text}, follow=True)
    for address, _status in answer.redirect_chain:
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
        f" {number[:6]} {number[6:]} ",
        f"{number}43",
        "19000001234",
    ):
        page = ask(client, text)
        assert link in page, text
        assert number not in page, text
    for text in ("王没有", number[-4:], f"{number}42"[-6:], number[:17], number[:14], number[-8:], "1234"):
        assert link not in ask(client, text), text


def test_a_look_up_is_logged_under_a_mark_and_stands_in_no_address(
    world: World, named: Person, sign_in: SignIn
) -> None:
    number, before = str(named.id_number), AccessEntry.objects.count()
    first, other = sign_in("clerk"), sign_in("inspector")
    for client in (first, first, other):
        answer = client.post("/search/", {"q": number})
        assert answer.status_code == 200 and f"/persons/{named.pk}/" in answer.content.decode()
    first.post("/search/", {"q": "19000001234"})
    # While somebody types nothing is looked up: eighteen digits begin with eleven that may be a telephone's.
    typing = first.post("/search/", {"q": number}, headers={"HX-Request": "true"}).content.decode()
    assert "按回车" in typing and f"/persons/{named.pk}/" not in typing
    lines = list(AccessEntry.objects.filter(action="look_up").order_by("pk"))
    assert [(one.username, one.rows, one.done) for one in lines] == [
        ("clerk", 1, True), ("clerk", 1, True), ("inspector", 1, True), ("clerk", 1, True)
    ]  # fmt: skip
    marks = [one.subject for one in lines]
    assert marks[0] == marks[1] == marks[2] != marks[3], "the same number asked again has the same mark"
    said = "".join(AccessEntry.objects.filter(pk__gt=before).values_list("subject", flat=True))
    assert number not in said and "19000001234" not in said


def test_who_sees_names_masked_or_stands_outside_looks_nobody_up(
    world: World, named: Person, sign_in: SignIn
) -> None:
    for role in ("reader", "base", "trainer"):
        client = sign_in(role)
        for text in (str(named.id_number), "19000001234"):
            answer = client.post("/search/", {"q": text})
            assert answer.status_code == 422 and f"/persons/{named.pk}/" not in answer.content.decode()
            assert text not in answer.content.decode()
        assert AccessEntry.objects.filter(username=role, action="look_up", done=False).count() == 2
        assert f"/persons/{named.pk}/" not in ask(client, "覃秀英")
    page = sign_in("reader").get("/search/").content.decode()
    assert "您的岗位不查个人" in page and "身份证号" not in page


def test_so_many_look_ups_an_hour_and_whoever_watches_is_told(
    world: World,
    named: Person,
    sign_in: SignIn,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.QIAOJIE_LOOK_UPS = 3
    client, number = sign_in("clerk"), str(named.id_number)
    assert [client.post("/search/", {"q": number}).status_code for _time in range(5)] == [
        200,
        200,
        200,
        422,
        422,
    ]
    page = client.post("/search/", {"q": number}).content.decode()
    assert "已满 3 次" in page and f"/persons/{named.pk}/" not in page
    assert client.post("/relocations/new/", {"q": number, "act": "find"}).status_code in (404, 422)
    assert sign_in("approver").post("/search/", {"q": number}).status_code == 200, "each account for itself"
    assert f"/persons/{named.pk}/" in ask(client, "覃秀英"), "names are found as before"
    alarm = AccessEntry.objects.get(action="alarm")
    assert (alarm.username, alarm.subject) == ("clerk", "look_ups"), "once"
    for role in ("security", "audit", "county-security", "county-audit"):
        home = sign_in(role).get("/").content.decode()
        assert "需要查一查的账号" in home and "周经办" in home, role
    assert "按号码查人超过了上限" not in sign_in("administrator").get("/").content.decode()
    assert "提醒" in sign_in("audit").get("/log/?action=alarm").content.decode()
    # An hour later.
    monkeypatch.setattr(lookups, "WINDOW", timedelta(0))
    assert client.post("/search/", {"q": number}).status_code == 200


def test_rows_typed_and_never_written_are_entry_and_show(
    world: World, named: Person, sign_in: SignIn, settings: LazySettings
) -> None:
    settings.QIAOJIE_LOOK_UPS = 2
    client, enter = sign_in("clerk"), f"/intake/enter/{NOTICE}/roster/"
    for end in ("0", "1", "2"):
        sent = {"box.person.name": "覃秀英", "box.person.id_number": f"{str(named.id_number)[:17]}{end}"}
        assert client.post(enter, sent).status_code == 422
    tried = AccessEntry.objects.filter(action="enter", subject__startswith="tried/")
    assert tried.count() == 3 and tried.values("subject").distinct().count() == 3
    assert AccessEntry.objects.get(action="alarm").subject == "trials"
    assert "反复试填号码" in sign_in("audit").get("/").content.decode()


def test_nobody_finds_people_of_another_county(world: World, named: Person, sign_in: SignIn) -> None:
    client = sign_in("other")
    for text in (f"{named.id_number}43", "覃秀英", "qxy", str(named.id_number), "19000001234"):
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
    client.cookies[installed.LANGUAGE_COOKIE_NAME] = "en"
    page = ask(client, "ledger")
    assert 'href="/ledgers/"' in page


def test_what_is_forged_or_strange_finds_nothing(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for token in ("x", "AAAA", "%00", "é"):
        assert client.get("/search/", {"t": token}).status_code == 200
    for text in ("%", "_", "' OR 1=1 --", "0", "12345", "é", "x" * 500):
        assert "没有找到" in ask(client, text) or "<h1>查找</h1>" in ask(client, text)
