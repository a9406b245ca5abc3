"""A program sees and does what its account may, and no more: every role tries every call."""

from __future__ import annotations

import json

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from qiaojie.accounts import keys
from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.models import Change
from qiaojie.web.api.urls import urlpatterns
from tests.web.allowed import ADMINISTRATORS, COUNTY_ADMINISTRATORS, ROLES
from tests.web.api.programs import ROOT, SECRET, calls, handed_in, key_of, program, roster
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

OPEN = {"document"}
"""What every key may ask for."""
CATALOGUE = {"notices", "notice", "edition"}
OBJECTS = {"one", "person", "reveal", "plan", "commit", "discard"}
"""Calls that name something of a county."""
OF_UNITS = {"board", "behind", "gaps", "hand_in"}
"""Calls that name a county."""
READING = {"ledgers", "ledger", "rows", "find", "one", "person"}
COUNTING = {"board", "gaps"}
ENTERING = {"tables", "table", "hand_in", "plan", "commit", "discard"}
ALL = OPEN | CATALOGUE | READING | COUNTING | ENTERING | {"behind", "reveal", "look_up"}

OFFICE = ALL
OUTSIDE = OPEN | CATALOGUE | READING | ENTERING
MAY: dict[str, set[str]] = {
    **dict.fromkeys(("clerk", "approver", "women", "city", "other"), OFFICE),
    "inspector": OFFICE - ENTERING,
    "reader": OPEN | CATALOGUE | COUNTING,
    **dict.fromkeys(("base", "trainer", "bank"), OUTSIDE),
    # Who may take nothing out gets nothing by a program.
    "helper": OPEN,
    **dict.fromkeys((*ADMINISTRATORS, *COUNTY_ADMINISTRATORS), OPEN),
}
"""Role → the calls that are open to it, with objects of its own."""
OUTSIDERS = ("base", "trainer", "bank")


def test_every_call_is_tried(world: World) -> None:
    upload = handed_in(world.users["clerk"], world.regions["涪陵区"], 300)
    tried = calls(world, "here", upload)
    reached = {resolve(f"{ROOT}{address.partition('?')[0]}").url_name for address, _body in tried.values()}
    assert reached == {route.name for route in urlpatterns} - {"nowhere"}
    assert set(tried) == ALL
    assert set(MAY) == set(ROLES)


@pytest.mark.later
def test_every_role_asks_for_what_is_its_own_and_what_is_not(world: World) -> None:
    uploads = {
        "here": handed_in(world.users["clerk"], world.regions["涪陵区"], 300),
        "there": handed_in(world.users["other"], world.regions["万州区"], 310),
    }
    for role in ROLES:
        asks = program(world.users[role])
        own = "there" if role == "other" else "here"
        for county in ("here", "there"):
            for name, (address, body) in calls(world, county, uploads[county]).items():
                if county != own and name not in OBJECTS | OF_UNITS:
                    continue
                AccessEntry.objects.all().delete()
                status = asks.ask(address, body).status_code
                line = AccessEntry.objects.filter(username=role).last()
                assert line is not None, (role, name)
                assert line.purpose.startswith("接口“培训系统”：")
                foreign = county != own and role != "city" and name in OBJECTS | OF_UNITS
                # An outsider's own are what its agency entered: nothing of this world.
                closed = role in OUTSIDERS and name in OBJECTS
                if foreign or closed or name not in MAY[role]:
                    assert status == 404, (role, county, name)
                    assert AccessEntry.objects.filter(username=role, done=False).exists(), (role, name)
                else:
                    # The plan of this test is not looked at first, and put aside once.
                    allowed = {"commit": {409}, "discard": {200, 409}, "hand_in": {201}}
                    assert status in allowed.get(name, {200}), (role, county, name, status)


def test_an_outsider_reads_nothing_that_others_entered(world: World) -> None:
    for role in OUTSIDERS:
        asks = program(world.users[role])
        for code in (ledger.code for ledger in declaration.every()):
            assert asks.ask(f"ledgers/{code}/rows").json()["rows"] == [], (role, code)


def test_the_category_of_a_disability_is_open_to_the_federation_alone(world: World) -> None:
    field = "category"
    for role, open_to_it in (("clerk", True), ("women", False), ("inspector", True)):
        row = (
            program(world.users[role])
            .ask("ledgers/certificates/rows?col=category&col=number")
            .json()["rows"][0]
        )
        assert (row["values"][field] == "4") is open_to_it, role
        assert (field in row["masked"]) is not open_to_it
        assert row["values"]["number"].count("*") > 8
    woman = world.people["here"][1]
    told = program(world.users["women"]).ask(f"persons/{woman.pk}").json()
    assert told["certificates"][0]["values"][field] == "＊＊"


@pytest.mark.parametrize("role", ["clerk", "reader", "women", "city", "other", "inspector", "base"])
def test_rows_are_those_of_the_screen(world: World, role: str) -> None:
    user = world.users[role]
    if role == "reader":
        assert program(user).ask("ledgers/persons/rows").status_code == 404
        return
    asks = program(user)
    for ledger in declaration.every():
        names = [field.name for field in queries.fields_of(ledger, UserViewer(user))]
        wanted = "&".join(f"col={name}" for name in names)
        page = queries.page(ledger, UserViewer(user), fields=names, size=200)
        told = asks.ask(f"ledgers/{ledger.code}/rows?size=200&{wanted}").json()
        assert [row["id"] for row in told["rows"]] == [row.pk for row in page.rows]
        assert told["following"] == page.following
        for row, shown in zip(told["rows"], page.rows, strict=True):
            for name in names:
                value, cell = row["values"][name], shown.cells[name]
                assert (value is None) == (not cell.text), (ledger.code, name)
                assert (name in row["masked"]) == (bool(cell.text) and cell.value is None)
                if name in row["masked"]:
                    assert value == cell.text


def test_pages_follow_each_other_as_filters_and_order_say(world: World) -> None:
    asks = program(world.users["clerk"])
    query = "ledgers/enrolments/rows?state=approved&sort=class.begins&size=7"
    seen: list[int] = []
    after = ""
    while True:
        told = asks.ask(query + after).json()
        seen += [row["id"] for row in told["rows"]]
        if told["following"] is None:
            break
        after = f"&after={told['following']}"
    ledger = declaration.get("enrolments")
    page = queries.page(
        ledger,
        UserViewer(world.users["clerk"]),
        {"state": "approved"},
        order=queries.Order("class.begins"),
        size=200,
    )
    assert seen == [row.pk for row in page.rows]
    assert told["count"] == len(seen) == len(set(seen)) > 7


def test_values_are_typed(world: World) -> None:
    told = program(world.users["clerk"]).ask("ledgers/classes/rows?title=手工编织").json()
    values = told["rows"][0]["values"]
    assert values["cost"] == "39200.00"
    assert values["ends"] == "2023-06-20"
    assert values["handicraft"] is True
    assert values["kind"] == "vocational"


def test_figures_are_those_of_the_board(world: World) -> None:
    asks = program(world.users["clerk"])
    told = asks.ask(f"notices/{NOTICE}/board").json()
    figure = told["units"][0]["figures"]["vocational_training"]
    assert (told["units"][0]["unit"]["name"], figure["approved"], figure["pending"]) == ("涪陵区", 20, 6)
    behind = asks.ask(f"notices/{NOTICE}/indicators/vocational_training/rows?part=pending").json()
    assert len(behind["rows"]) == 6
    gaps = asks.ask(f"notices/{NOTICE}/indicators/vocational_training/gaps").json()
    assert {"field": "state", "label": "待审核", "number": 6} in gaps
    assert told["units"][0]["figures"].keys() == {one["code"] for one in told["indicators"]}
    targets = asks.ask(f"notices/{NOTICE}").json()
    assert [one["unit"]["name"] for one in targets["units"]] == ["涪陵区"]
    assert targets["units"][0]["figures"]["vocational_training"] == figure["target"]


def test_a_key_opens_the_ledgers_that_it_names(world: World) -> None:
    asks = program(world.users["clerk"], ledgers=["persons", "classes"])
    woman = world.people["here"][1]
    assert [one["code"] for one in asks.ask("ledgers").json()] == ["classes", "persons"]
    assert asks.ask("ledgers/enrolments/rows").status_code == 404
    assert asks.ask(f"tables/{NOTICE}/roster").status_code == 404
    assert asks.ask(f"notices/{NOTICE}/indicators/vocational_training/rows").status_code == 404
    told = asks.ask(f"persons/{woman.pk}").json()
    assert told["certificates"] == told["events"] == []
    assert told["closed"] > 0
    codes = {one["code"] for one in asks.ask(f"notices/{NOTICE}/board").json()["indicators"]}
    assert "vocational_training" not in codes


def test_rights_beyond_reading_wait_for_confirmation(world: World) -> None:
    upload = handed_in(world.users["clerk"], world.regions["涪陵区"], 300)
    asks = program(world.users["clerk"], confirmed_at=None)
    for name, (address, body) in calls(world, "here", upload).items():
        status = asks.ask(address, body).status_code
        assert status == (404 if name in ENTERING | {"reveal", "look_up"} else 200), name
    reads = program(world.users["clerk"], hands_in=False, reveals=False)
    assert reads.ask(f"tables/{NOTICE}/roster").status_code == 404
    assert "王" in json.dumps(reads.ask("ledgers/persons/rows").json(), ensure_ascii=False)


def test_a_whole_number_is_told_with_a_purpose_and_logged_as_that(world: World) -> None:
    asks = program(world.users["clerk"])
    woman = world.people["here"][1]
    address = f"ledgers/persons/rows/{woman.pk}/reveal"
    assert asks.ask(address, {"field": "id_number", "purpose": " "}).json()["code"] == "purpose_missing"
    told = asks.ask(address, {"field": "id_number", "purpose": "核对就业登记"}).json()
    assert told == {"field": "id_number", "value": woman.id_number}
    line = AccessEntry.objects.filter(action="reveal", done=True).get()
    assert line.purpose == "接口“培训系统”：核对就业登记"


def test_faults_have_one_shape_in_the_language_asked_for(world: World) -> None:
    asks = program(world.users["clerk"])
    shown = {"authorization": f"Bearer {asks.token}"}
    asked = [
        (404, "not_there", asks.ask("nothing")),
        (400, "parameter_unknown", asks.ask("ledgers/persons/rows?nme=x")),
        (400, "value_unfit", asks.ask("ledgers/persons/rows?size=1000")),
        (400, "filter_value", asks.ask("ledgers/enrolments/rows?state=x")),
        (400, "field_unsorted", asks.ask("ledgers/persons/rows?sort=id_number")),
        (405, "method_unknown", asks.ask("ledgers", {})),
        (422, "value_unfit", asks.ask("plans/1/commit", {"seal": "x", "more": 1})),
        (415, "not_json", asks.client.post("/api/v1/plans/1/commit", {"seal": "x"}, headers=shown)),
        (413, "body_too_large", asks.ask("plans/1/commit", {"seal": "x" * 4_200_000})),
        (401, "key_wrong", asks.client.get("/api/v1/ledgers")),
    ]  # fmt: skip
    for status, code, response in asked:
        told = response.json()
        assert (response.status_code, told["code"]) == (status, code)
        assert told.keys() == {"code", "message", "where", "mend"}
        assert all(told.values()), told
        assert response.headers["Content-Language"] == "zh-Hans"
    assert asked[5][2].headers["Allow"] == "GET"
    unread = asks.client.post(
        "/api/v1/plans/1/commit",
        "{",
        content_type="application/json",
        headers=shown,
    )
    assert (unread.status_code, unread.json()["code"]) == (422, "json_unreadable")
    english = asks.ask("nothing", None, **{"accept-language": "en-GB,en;q=0.8"})
    assert english.headers["Content-Language"] == "en"
    assert english.json()["message"].isascii()


def test_a_session_opens_nothing_and_nothing_is_shared_with_other_sites(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    response = client.get("/api/v1/ledgers")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    asks = program(world.users["clerk"])
    asks.client = client
    answer = asks.ask("ledgers", None, origin="https://example.org")
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert not answer.cookies
    refused = client.options("/api/v1/ledgers", headers={"authorization": f"Bearer {asks.token}"})
    assert refused.status_code == 405


def test_what_a_program_has_already_is_not_sent_again(world: World) -> None:
    asks = program(world.users["clerk"])
    first = asks.ask("editions/chongqing-2023")
    again = asks.ask("editions/chongqing-2023", None, **{"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_reading_writes_the_log_and_when_the_key_was_used_and_nothing_else(world: World) -> None:
    upload = handed_in(world.users["clerk"], world.regions["涪陵区"], 300)
    asks = program(world.users["clerk"])
    budget = {"person": 60, "plan": 60, "board": 30, "notice": 25, "gaps": 40, "behind": 30}
    for name, (address, body) in calls(world, "here", upload).items():
        if body is not None:
            continue
        asked = []
        for alias in connections:
            with CaptureQueriesContext(connections[alias]) as caught:
                asks.ask(address)
            asked += [query["sql"] for query in caught]
            if connections[alias].vendor == "postgresql":
                break
        writes = [sql for sql in asked if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
        assert all("accessentry" in sql or "keyuse" in sql for sql in writes), (name, writes)
        assert len(asked) <= budget.get(name, 20), (name, len(asked))


def test_keys_stand_nowhere_in_clear(world: World) -> None:
    key, token = key_of(world.users["clerk"])
    asks = program(world.users["clerk"])
    asks.ask("ledgers")
    Client().get("/api/v1/ledgers", headers={"authorization": f"Bearer {token[:-1]}x"})
    asks.ask(f"tables/{NOTICE}/roster/plans", {"rows": [roster(401)]})
    said = "".join(f"{e.subject}{e.purpose}{e.username}" for e in AccessEntry.objects.all())
    said += "".join(f"{c.purpose}{c.actor}{c.before}{c.after}" for c in Change.objects.all())
    assert SECRET not in said
    assert key.handle in said
    assert SECRET.encode() not in bytes(key.secret)


def test_a_failure_of_our_own_is_told_in_the_shape_of_all_faults(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(keys, "open_with", fails)
    client = Client(raise_request_exception=False)
    answer = client.get(f"{ROOT}ledgers/", headers={"accept-language": "en"})
    assert answer.status_code == 500
    told = answer.json()
    assert told["code"] == "broken"
    assert "Idempotency-Key" in told["mend"]
    assert "The system failed" in told["message"]
