"""Database or disk fails under a page: it says so in words, with what was typed, and no value of a row is told to anybody."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from qiaojie.accounts import keys
from qiaojie.accounts.models import Agency
from qiaojie.lib.discreet_errors import DiscreetFormatter
from qiaojie.storage import faults
from qiaojie.storage.faults import Kind
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db
MARK = "向阳花开满山坡"


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """The main database refuses to be written, as a file does on a disk that was mounted so after a fault."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        yield
        cursor.execute("PRAGMA query_only = OFF")


def correction(world: World) -> tuple[Agency, str, dict[str, str]]:
    agency = world.users["clerk"].agency
    assert agency is not None
    page = f"/agencies/{agency.pk}/correct/"
    return (
        agency,
        page,
        {"name": MARK, "region": "涪陵区", "line": "dpf", "reason": f"登记时写错 {MARK}", "from_page": page},
    )


def told(answer: Any) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(answer.content.decode())


def test_a_form_that_cannot_be_written_is_answered_with_all_that_was_typed(
    world: World, sign_in: SignIn
) -> None:
    if connection.vendor != "sqlite":
        # PostgreSQL answers nothing more in a transaction that was refused once, and tests are one.
        return
    agency, page, given = correction(world)
    client = sign_in("administrator")
    client.raise_request_exception = False
    with read_only():
        answer = client.post(page, given)
    tree = told(answer)
    assert answer.status_code == 503
    assert "只读" in tree.xpath("//*[@role='alert']")[0].text_content()
    assert tree.xpath("//form//input[@name='name']/@value") == [MARK]
    agency.refresh_from_db()
    assert agency.name != MARK


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_fails_a_page_is_told_likewise(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """What an upload or an export meets when it writes a file."""

    def fails(*_given: object, **_named: object) -> None:
        raise OSError(code, "…", MARK)

    _agency, page, given = correction(world)
    monkeypatch.setattr("qiaojie.accounts.corrections.correct_agency", fails, raising=False)
    monkeypatch.setattr("qiaojie.ledgers.changing.Permit.because", fails)
    client = sign_in("administrator")
    client.raise_request_exception = False
    answer = client.post(page, given)
    assert answer.status_code == (507 if code == errno.ENOSPC else 503)
    assert "请系统管理员" in told(answer).text_content()


def test_a_database_that_cannot_be_asked_at_all_leaves_a_page_in_words(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the page asks the database: it is told, what was typed can be sent again, a password is not sent back."""
    _agency, page, given = correction(world)
    client = sign_in("administrator")
    client.raise_request_exception = False
    gone = _gone()
    with monkeypatch.context() as patch:
        for held in connections.all():
            patch.setattr(held, "cursor", gone)
        answer = client.post(page, given)
        part = client.get(page, headers={"hx-request": "true"})
        signing = client.post("/sign-in/", {"username": "clerk", "password": MARK})
    assert answer.status_code == part.status_code == signing.status_code == 503
    tree = told(answer)
    assert tree.xpath("//form/@action") == [page] and tree.xpath("//form/input[@name='name']/@value") == [
        MARK
    ]
    assert part["HX-Retarget"] == "#main" and "no-store" in answer["Cache-Control"]
    assert MARK not in signing.content.decode()
    assert answer["Retry-After"].isdecimal()


def _gone() -> Any:
    """What a connection says whose server went away."""
    import psycopg
    from django.db import OperationalError

    def cursor(*_given: object, **_named: object) -> None:
        try:
            raise psycopg.OperationalError(f"server closed the connection unexpectedly {MARK}")
        except psycopg.OperationalError as cause:
            raise OperationalError(str(cause)) from cause

    return cursor


def test_a_program_is_told_in_its_own_shape(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_named: object) -> None:
        _gone()()

    monkeypatch.setattr(keys, "open_with", fails)
    answer = Client(raise_request_exception=False).get("/api/v1/ledgers/")
    found = answer.json()
    assert (answer.status_code, found["code"]) == (503, Kind.UNREACHABLE)
    assert found["message"] and found["mend"] and answer["Retry-After"].isdecimal()
    assert MARK not in answer.content.decode()


# --- no value of a row -----------------------------------------------------------------------------------------------

WRONG = {
    "a value twice": "INSERT INTO auth_group (name) VALUES (%(mark)s), (%(mark)s)",
    "a value of another kind": "SELECT CAST(%(mark)s AS integer) + (SELECT id FROM auth_group WHERE id = %(mark)s)",
    "a row that breaks a rule": "INSERT INTO auth_group (name) VALUES (NULL)",
    "words that are no statement": "SELECT %(mark)s FROM nowhere WHERE",
    "a table that is not there": "SELECT %(mark)s FROM nowhere",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_error_of_a_database_tells_a_value(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a line of the log, as a page, as a job and at the command line, wherever it comes up."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    log = logging.getLogger("tests.faults")
    log.addHandler(handler)
    log.propagate = False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(WRONG[wrong], {"mark": MARK})
            cursor.fetchall()
    except DatabaseError as error:
        try:
            raise RuntimeError(f"on the way: {error}") from error
        except RuntimeError as outer:
            for one in (error, outer):
                log.exception("told %s", one, exc_info=one)
                log.error("told %(it)s", {"it": one})
                fault = faults.of(one)
                assert fault is None or MARK not in fault.message
    finally:
        log.removeHandler(handler)
    assert MARK not in stream.getvalue() + "".join(capsys.readouterr())
