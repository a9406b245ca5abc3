"""Whatever a program sends, it is answered in the one shape that programs read, and the first thing wrong is told first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.http import QueryDict
from django.test import Client
from pytest_django import Settings

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration, queries
from qiaojie.lib.findings import Unusable
from qiaojie.web.api.ledgers import parameters
from qiaojie.web.components import filters
from tests.web.api.programs import Program, program
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

FORMS = (
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x",
    "text/csv",
    "",
)
ODD = ("1", "0", "", "x", "9" * 30, "-1", "2023-02-30", "2023-01-01", "😀")


def told(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    fault = answer.json()
    assert fault.keys() == {"code", "message", "where", "mend"} and all(fault.values())
    assert fault["code"] == code


@pytest.fixture
def asks(world: World) -> Program:
    return program(world.users["clerk"])


def post(asks: Program, address: str, kind: str) -> Any:
    shown = {"authorization": f"Bearer {asks.token}"}
    return asks.client.generic("POST", address, b"--y\r\nzzz", content_type=kind, headers=shown)


def handed(asks: Program, address: str, body: str) -> Any:
    shown = {"authorization": f"Bearer {asks.token}"}
    return asks.client.post(f"/api/v1/{address}", body, content_type="application/json", headers=shown)


@pytest.mark.parametrize("kind", FORMS)
def test_what_is_no_json_is_told_after_what_cannot_be_called(asks: Program, kind: str) -> None:
    told(post(asks, "/api/v1/plans/1/commit", kind), 415, "not_json")
    refused = post(asks, "/api/v1/ledgers", kind)
    told(refused, 405, "method_unknown")
    assert refused.headers["Allow"] == "GET"
    told(post(asks, "/api/v1/openapi.json", kind), 405, "method_unknown")
    for address in ("/api/v1/nothing", "/api/v2/ledgers", "/api/"):
        told(post(asks, address, kind), 404, "not_there")


def test_without_a_key_nothing_is_told_but_that(world: World) -> None:
    for address in ("/api/v1/ledgers", "/api/v1/nothing", "/api/v2/x", "/api/"):
        told(Client().get(address), 401, "key_wrong")
        told(Client().post(address, b"--", content_type="multipart/form-data"), 401, "key_wrong")


def test_a_zero_byte_is_told_where_it_stands(asks: Program) -> None:
    for address in (
        "ledgers/persons/rows?name=%00",
        "ledgers/persons/rows?na%00me=1",
        "ledgers/%00",
        "editions/x?under=a%00",
    ):
        told(asks.ask(address), 400, "zero_byte")
    assert asks.ask("ledgers/persons/rows?name=%00").json()["where"] == "name"


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"a\u0000b"', r'{"name": "\udfff"}', r'{"\uD8AA": "x"}', r'["x", ["\u0000"]]']
)
def test_what_is_no_text_is_told_before_anything_reads_it(asks: Program, text: str) -> None:
    for path, body in (
        ("rows/find", '{"filters": %s}'),
        ("rows/find", '{"sort": %s}'),
        ("rows/2/reveal", '{"field": %s}'),
    ):
        told(handed(asks, f"ledgers/persons/{path}", body % text), 422, "character_unusable")
    whole = handed(
        asks, "ledgers/persons/rows/find", r'{"filters": {"name": "\ud840\udc00", "hukou": "\\ud800"}}'
    )
    assert whole.json().get("code") != "character_unusable"


def test_a_text_of_nothing_finds_nobody(asks: Program) -> None:
    for name in ("", "   ", "\u3000"):
        body = json.dumps({"filters": {"name": name}})
        told(handed(asks, "ledgers/persons/rows/find", body), 422, "filter_value")


@pytest.mark.parametrize("code", ["a" * 300, "%2e%2e", ".", "A", "a_b", "é"])
def test_what_is_no_code_of_a_notice_is_the_name_of_none(asks: Program, sign_in: SignIn, code: str) -> None:
    assert asks.ask(f"notices/{code}").status_code == 404
    client = sign_in("clerk")
    for place in ("board", "notices", "forms", "leader", "near", "systems"):
        assert client.get(f"/{place}/{code}/").status_code == 404, place


def test_what_an_address_names_and_is_not_there(asks: Program) -> None:
    told(asks.ask("editions/nowhere"), 404, "edition_unknown")
    told(asks.ask("editions/chongqing-2023?under=nowhere"), 404, "region_unknown")


def test_a_filter_left_empty_gives_no_rows_that_nobody_asked_for(asks: Program) -> None:
    told(asks.ask("ledgers/documents/rows?happened_on.min="), 400, "filter_value")
    told(asks.ask("ledgers/enrolments/rows?state="), 400, "filter_value")
    told(asks.ask("ledgers/households/rows?household="), 400, "filter_value")


@pytest.mark.parametrize("day", ["0", "1700000000", "2023-1-1", "2023-02-30", "2023-11-30T00:00", ""])
def test_a_day_is_written_as_a_day(asks: Program, day: str) -> None:
    told(asks.ask(f"notices/{NOTICE}/board?on={day}"), 400, "value_unfit")
    assert asks.ask(f"notices/{NOTICE}/board?on=2023-11-30").json()["as_of"] == "2023-11-30"


def test_a_household_is_asked_for_by_its_key(world: World, asks: Program, sign_in: SignIn) -> None:
    rows = asks.ask("ledgers/households/rows").json()["rows"]
    assert rows
    for row in rows:
        key = row["values"]["household"]
        found = asks.ask(f"ledgers/households/rows?household={key}").json()["rows"]
        assert row["id"] in {one["id"] for one in found}
        assert {one["values"]["household"] for one in found} == {key}
    told(asks.ask("ledgers/households/rows?household=x"), 400, "filter_value")
    client = sign_in("clerk")
    assert client.get(f"/ledgers/households/?household={key}").status_code == 200
    assert client.get("/ledgers/households/?household=x").status_code == 400


def test_every_filter_of_every_ledger_is_a_condition_or_told(world: World) -> None:
    viewer = UserViewer(world.users["approver"])
    for ledger in declaration.every():
        for name in (each for field in ledger.fields for each in parameters(field)):
            for value in ODD:
                given = QueryDict(mutable=True)
                given[name] = value
                try:
                    where = filters.read(ledger, given, viewer).where
                except Unusable as fault:
                    assert fault.code == "filter_value", (ledger.code, name, value)
                    continue
                try:
                    assert str(queries.rows(ledger, viewer, where).query)
                except EmptyResultSet:
                    continue


@pytest.mark.long
def test_no_filter_of_any_ledger_breaks(world: World, sign_in: SignIn, settings: Settings) -> None:
    settings.QIAOJIE_API_RATE = 10**9
    approver, desk = program(world.users["approver"]), sign_in("approver")
    shown = {"authorization": f"Bearer {approver.token}"}
    for ledger in declaration.every():
        for name in (each for field in ledger.fields for each in parameters(field)):
            for value in ODD:
                given = {name: value}
                address = f"/api/v1/ledgers/{ledger.code}/rows"
                answers = (
                    approver.client.get(address, {**given, "size": 1}, headers=shown),
                    desk.get(f"/ledgers/{ledger.code}/", given),
                )
                for answer in answers:
                    assert answer.status_code in (200, 302, 400), (ledger.code, name, value)
