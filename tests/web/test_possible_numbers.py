"""With everything put together that a role is shown anywhere, hundreds of identity numbers remain; and no address says a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Personal
from qiaojie.lib import masks
from qiaojie.people.models import Person
from tests.web.addresses import addresses, doubted, posted
from tests.web.allowed import ANSWERING, POSTED, ROLES
from tests.web.api.programs import Program, key_of
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.revealing import (
    ADDRESS,
    LEAST,
    NAME,
    PHONE,
    TOWNSHIP,
    WHOLE,
    Told,
    known_to_everybody,
    naming,
    text_of,
)

pytestmark = pytest.mark.django_db

WHOLE_ON_PURPOSE = {"reveal", "document-whole"}
"""What shows something whole to whoever gives a purpose for it, each time logged."""
LISTS = ("persons", "enrolments", "certificates", "statuses", "households", "household_units")


def everything(world: World, client: Client, woman: Person) -> Iterator[tuple[str, HttpResponse]]:
    """Every page, list with every column, file and form that an account gets to see of its county."""
    doubted(world, "here")
    for name, address in addresses(world, "here").items():
        if name in WHOLE_ON_PURPOSE or (name in POSTED and name not in ANSWERING):
            continue
        given = posted(world, "here", name)
        yield address, client.post(address, given) if name in POSTED else client.get(address)
    for code in LISTS:
        ledger = declaration.get(code)
        columns = "&".join(f"col={one.name}" for one in ledger.fields)
        for query in ("", f"?{columns}"):
            yield code, client.get(f"/ledgers/{code}/{query}")
            yield code, client.post(f"/ledgers/{code}/export.csv{query}", {"purpose": "核对"})
        yield code, client.post(f"/ledgers/{code}/export.xlsx?{columns}", {"purpose": "核对"})
    for ledger in ("persons", "certificates"):
        row = woman.pk if ledger == "persons" else woman.certificates.get().pk
        yield "row", client.get(f"/ledgers/{ledger}/{row}/")
        yield "past", client.get(f"/ledgers/{ledger}/{row}/history/")
    for address in (f"/forms/{NOTICE}/roster/?period=2023", f"/ledgers/persons/{woman.pk}/edit/"):
        yield address, client.get(address)
    for text in (NAME, NAME[:2], "qsj"):
        for headers in ({}, {"HX-Request": "true"}):
            yield "search", client.post("/search/", {"q": text}, headers=headers)
        yield "search", client.post("/search/", {"q": text}, follow=True)


def asked_by_program(world: World, role: str, woman: Person) -> Iterator[tuple[str, HttpResponse]]:
    """What a program of the account is told."""
    _key, token = key_of(world.users[role])
    program = Program(token)
    for code in LISTS:
        yield code, program.ask(f"ledgers/{code}/rows?size=200")
    yield "one", program.ask(f"ledgers/persons/rows/{woman.pk}")
    yield "dossier", program.ask(f"persons/{woman.pk}")
    yield "find", program.ask("ledgers/persons/rows/find", {"filters": {"name": NAME}})


def some(roles: list[str]) -> list[Any]:
    """Those who see most and those who see least in every run, all others in the long one."""
    usual = ("clerk", "reader")
    return [one if one in usual else pytest.param(one, marks=pytest.mark.long) for one in roles]


@pytest.mark.once
@pytest.mark.parametrize("role", some(ROLES))
def test_hundreds_of_numbers_remain_and_no_address_names_anybody(
    world: World, sign_in: SignIn, role: str
) -> None:
    woman = known_to_everybody(world.people["here"][1], world.regions[TOWNSHIP].pk)
    women = list(Person.objects.exclude(name="").values_list("name", "id_number", "phone"))
    said = {one for each in women for one in each if one and len(one) > 1}
    told = Told()
    answers = list(everything(world, sign_in(role), woman))
    for whence, response in (*answers, *asked_by_program(world, role, woman)):
        assert response.status_code < 500, whence
        told.read(whence, text_of(response))
        assert not naming(response, said), whence
    if role in ("clerk", "approver", "inspector", "city"):
        assert told.day and told.sex and told.places == {0: "5", 1: "0", 2: "0"}
        assert any(NAME in text for _whence, text in told.texts)
    assert told.possible >= LEAST, told.places
    if role == "reader":
        assert told.year and not told.day
        found = [
            (whence, secret)
            for whence, text in told.texts
            for secret in (NAME, PHONE, PHONE[-4:], ADDRESS, "梨树")
            if secret in text and (whence, secret) != ("search", NAME)
        ]
        assert not found
        of_people = {*LISTS, "row", "past", "one", "dossier", f"/persons/{woman.pk}/"}
        seen = [whence for whence, text in told.texts if whence in of_people and TOWNSHIP in text]
        assert not seen, "no place closer than the county"


def test_the_count_finds_what_a_mask_gives_away() -> None:
    """The mask of before, and whatever shows one of the last characters, would fail."""
    for mask in (f"500*************{WHOLE[-2:]}", "*" * 17 + WHOLE[-1], "*" * 14 + WHOLE[14] + "*" * 3):
        told = Told()
        told.read("", f"女 1961-02-02 {mask}")
        assert told.possible < LEAST, mask
    told = Told()
    told.read("", f"女 1961-02-02 {masks.mask_id(WHOLE)} {masks.mask_certificate(WHOLE + '43B1')}")
    assert told.possible >= LEAST


def test_no_list_stands_in_the_order_of_what_is_masked(world: World, sign_in: SignIn) -> None:
    guarded = {Personal.ID_NUMBER, Personal.CERTIFICATE, Personal.PHONE, Personal.ADDRESS}
    client, leader = sign_in("clerk"), sign_in("reader")
    for code in LISTS:
        for one in declaration.get(code).fields:
            if one.personal in guarded:
                assert client.get(f"/ledgers/{code}/?sort={one.name}").status_code == 400, one.name
            if one.personal is not Personal.NONE:
                assert leader.get(f"/ledgers/{code}/?sort=-{one.name}").status_code == 400, one.name
