"""The document of the API is valid, whole, and true to what the API answers; its page says the same to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from pydantic import TypeAdapter

from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Personal
from qiaojie.web.api import schema
from tests.web.api.programs import calls, handed_in, program
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address, path in told["paths"].items():
        for method, call in path.items():
            yield address, method, call


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, each in node.items():
            if key == "$ref":
                yield each
            else:
                yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_call_says_what_it_is_what_goes_wrong_and_gives_examples() -> None:
    told = schema.document()
    assert told["openapi"].startswith("3.")
    names = set()
    for address, method, call in operations(told):
        assert call["summary"], (address, method)
        assert call["tags"] and call["description"], (address, method)
        names.add(call["operationId"])
        good = [answer for status, answer in call["responses"].items() if int(status) < 400]
        errors = {int(status) for status in call["responses"]} - {200, 201}
        assert {401, 404, 405, 429} <= errors
        assert errors & ({422} if method == "post" else {400})
        for answer in (*good, *(call["responses"][status] for status in errors)):
            assert answer["content"]["application/json"]["example"] is not None, (address, method)
        if method == "post":
            assert call["requestBody"]["content"]["application/json"]["example"] is not None
        for name in {part[1:-1] for part in address.split("/") if part.startswith("{")}:
            assert any(one["name"] == name and one["in"] == "path" for one in call["parameters"])
    assert len(names) == len(list(operations(told)))


def test_every_reference_leads_somewhere() -> None:
    told = schema.document()
    kept = told["components"]["schemas"]
    assert {name.rpartition("/")[2] for name in references(told)} <= kept.keys()


def test_the_rows_of_every_ledger_are_described_by_its_declaration() -> None:
    told = schema.document()
    for ledger in declaration.every():
        call = told["paths"][f"/api/v1/ledgers/{ledger.code}/rows"]["get"]
        values = told["components"]["schemas"][f"Values_{ledger.code}"]["properties"]
        assert values.keys() == {field.name for field in ledger.fields}
        given = {one["name"] for one in call["parameters"]}
        filtered = {field.name for field in ledger.fields if field.filtered and field.kind != "date"}
        named = {field.name for field in ledger.fields if field.personal in (Personal.NAME, Personal.PLACE)}
        assert filtered - named <= given
        assert not named & given, "names stand in no address"


def test_both_languages_say_everything() -> None:
    with translation.override("en"):
        told = schema.document()
        words = [
            text
            for _address, _method, call in operations(told)
            for text in (call["summary"], call["description"], *call["tags"])
        ]
    assert all(word.isascii() for word in words), [word for word in words if not word.isascii()]


def test_answers_are_as_the_document_says(world: World) -> None:
    told = schema.document()
    upload = handed_in(world.users["clerk"], world.regions["涪陵区"], 300)
    asks = program(world.users["clerk"])
    for ledger in declaration.every():
        values = told["components"]["schemas"][f"Values_{ledger.code}"]["properties"]
        wanted = "&".join(f"col={field.name}" for field in ledger.fields)
        for row in asks.ask(f"ledgers/{ledger.code}/rows?{wanted}").json()["rows"]:
            for name, value in row["values"].items():
                if name in row["masked"] or value is None:
                    continue
                kind = values[name]["anyOf"][0]
                fits = {"integer": int, "boolean": bool, "string": str}.get(kind.get("type", ""), dict)
                TypeAdapter(fits).validate_python(value, strict=True)
                assert value in kind.get("enum", [value]), (ledger.code, name, value)
    document = asks.ask("openapi.json").json()
    assert document["paths"].keys() == told["paths"].keys()
    assert set(calls(world, "here", upload)) >= {"plan", "board"}


def test_the_page_says_the_same_to_people(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get("/help/api/").content.decode()
    for address, _method, call in operations(schema.document()):
        assert address in page
        assert call["summary"] in page
    document = sign_in("security").get("/help/api/openapi.json")
    assert document.json()["info"]["title"] == "Qiaojie 巧姐"
