"""A value that cannot be opened says so in its cell, wherever it stands, and breaks nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from qiaojie.cli.main import main
from qiaojie.ledgers.models import Change
from qiaojie.people.models import Person
from tests.web.api.programs import program
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def spoilt(world: World) -> Person:
    """A woman whose number, telephone and address were altered by somebody who has the database and not the keys."""
    woman = world.people["here"][1]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_person SET id_number = %s, phone = %s, address = %s WHERE id = %s",
            [b"\x01\x4dnothing that was encrypted, of whatever length", b"\x03\x01short", b"", woman.pk],
        )
    return Person.objects.get(pk=woman.pk)


SHOWN = dict.fromkeys(("clerk", "approver"), ("id_number", "phone", "address")) | {"reader": ("id_number",)}
"""Spoilt columns that each role has on a list."""


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("role", ["clerk", "approver", "reader"])
def test_lists_and_pages_go_on_and_say_what_to_do(
    world: World, spoilt: Person, sign_in: SignIn, role: str
) -> None:
    client = sign_in(role)
    for address in ("/ledgers/persons/", f"/persons/{spoilt.pk}/", "/ledgers/enrolments/"):
        page = said(client, address)
        assert spoilt.name[0] in page
    columns = SHOWN[role]
    page = said(client, "/ledgers/persons/?" + "&".join(f"col={name}" for name in columns))
    assert page.count('class="unreadable" title="这个值打不开') == len(columns)
    assert "请告诉系统管理员；有原件的" in page.replace(
        '。请告诉系统管理员；有原件的，重新录入就好。"', ""
    ), "a title is for a mouse alone"
    assert "请告诉系统管理员" not in said(client, "/ledgers/classes/")


def test_programs_get_null_and_a_note(world: World, spoilt: Person) -> None:
    asking = program(world.users["approver"])
    found = asking.ask(f"ledgers/persons/rows/{spoilt.pk}").json()["row"]
    assert found["values"]["id_number"] is None and found["values"]["phone"] is None
    assert set(found["unreadable"]) >= {"id_number", "phone", "address"}
    assert not set(found["masked"]) & set(found["unreadable"])
    listed = asking.ask("ledgers/persons/rows").json()
    assert [row["unreadable"] for row in listed["rows"] if row["id"] != spoilt.pk] == [[]] * (
        len(listed["rows"]) - 1
    )


def test_a_line_of_the_journal_that_cannot_be_opened_leaves_the_page_standing(
    world: World, sign_in: SignIn
) -> None:
    woman = world.people["here"][1]
    Change.objects.create(
        model="people.Person", object_id=woman.pk, last_id=woman.pk, act="update", actor="x"
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledgers_change SET before = %s, after = %s", [b"nothing", b"nothing"])
    assert woman.name in said(sign_in("approver"), f"/persons/{woman.pk}/")


def test_the_doctor_names_the_rows(world: World, spoilt: Person, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 2
    out = capsys.readouterr().out
    assert f"people.Person 第 {spoilt.pk} 行的id_number" in out and "重新录入" in out
