"""What an attacker sends: words where keys belong, zero bytes, endless numbers, addresses elsewhere, paths as names."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake.models import Upload
from qiaojie.ledgers.models import SavedView, State
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.addresses import addresses, posted
from tests.web.allowed import POSTED
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

ASKED = (
    "after on region draft unit q page year table t standing show sheet person period part next minimum method last"
    " indicator level code verdict sort col state name sex person.name expires_on.min ends.max home group first blank"
).split()
SENT = (
    "act all answer back code document keep kind label language level method minimum missing name next on other overrule"
    " password payload period person purpose q reason region revoke role row seal secret seen table to unit upload username"
    " value who word year box.person.name field.name field.phone"
).split()
ENDLESS = "9" * 40
WORDS = "' OR 1=1 --{{7*7}}%s%(x)s\u202e"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
)


@pytest.mark.parametrize("nasty", ["\x00", ENDLESS, pytest.param(WORDS, marks=pytest.mark.later)])
def test_no_address_breaks(world: World, sign_in: SignIn, nasty: str) -> None:
    client = sign_in("city")
    for name, address in addresses(world, "here").items():
        if name in POSTED:
            continue
        path = address.partition("?")[0]
        asked = urlencode(dict.fromkeys(ASKED, nasty))
        assert client.get(f"{path}?{asked}").status_code < 500, name
        if nasty == ENDLESS:
            beyond = "/".join(ENDLESS if part.isdigit() else part for part in path.split("/"))
            assert client.get(beyond).status_code < 500, name


@pytest.mark.parametrize("nasty", [ENDLESS, pytest.param(WORDS, marks=pytest.mark.later)])
def test_no_form_breaks(world: World, sign_in: SignIn, nasty: str) -> None:
    client = sign_in("city")
    for name, address in addresses(world, "here").items():
        if name in ("end-session", "hand-over"):
            continue
        assert client.post(address, dict.fromkeys(SENT, nasty)).status_code < 500, name
        mixed = {**dict.fromkeys(SENT, nasty), **posted(world, "here")}
        assert client.post(address, mixed).status_code < 500, name


def test_a_zero_byte_goes_no_further(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    for name, address in addresses(world, "here").items():
        assert client.post(address, {"purpose": "a\x00b"}).status_code in (404, 405, 422), name
    assert Client().post("/sign-in/", {"username": "a\x00", "password": "x"}).status_code == 422
    assert Client().get("/sign-in/?next=\x00").status_code == 400


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_sent_elsewhere(world: World, sign_in: SignIn, elsewhere: str) -> None:
    client = sign_in("approver")
    here = addresses(world, "here")
    for name, field in (
        ("move", "back"),
        ("drop-view", "back"),
        ("decide", "back"),
        ("plan-reason", "back"),
        ("stay", "next"),
    ):
        answer = client.post(here[name], {field: elsewhere, "row": "2", "purpose": "x", "code": "x"})
        assert "evil" not in answer.headers.get("Location", "") and "script" not in answer.headers.get(
            "Location", ""
        ), name
    for address in ("/language/", "/display/"):
        answer = client.post(address, {"next": elsewhere, "language": "en"})
        assert "evil" not in answer.headers.get("Location", ""), address
    revealed = client.post(here["reveal"], {"purpose": "x", "back": elsewhere}).content.decode()
    assert "evil.example" not in revealed and "javascript:" not in revealed
    signing = Client()
    answer = signing.post(
        "/sign-in/", {"username": "clerk", "password": factories.PASSWORD, "next": elsewhere}
    )
    assert answer.status_code == 302 and answer["Location"] == "/"


def test_every_answer_forbids_what_browsers_would_do(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    answers = [
        client.get("/"),
        client.get("/no-such-page/"),
        client.get("/ledgers/persons/?sort=nothing"),
        client.post("/ledgers/persons/export.csv", {"purpose": "x"}),
        client.post(f"/intake/{world.uploads['here'].pk}/marked.xlsx", {"purpose": "x"}),
        Client().get("/sign-in/"),
        Client(enforce_csrf_checks=True).post("/sign-in/", {}),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        for word in (
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ):
            assert word in policy, answer
        assert "unsafe" not in policy
        held = {name: answer.headers.get(name) for name in (
            "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")}  # fmt: skip
        assert held == {
            "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
        }, answer  # fmt: skip
    for answer in answers[3:5]:
        assert answer.headers["Content-Disposition"].startswith("attachment;")
    entered = Client().post("/sign-in/", {"username": "clerk", "password": factories.PASSWORD})
    cookie = entered.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_pages_go_over_the_line_compressed_and_downloads_as_they_are(world: World, sign_in: SignIn) -> None:
    client, takes = sign_in("approver"), {"Accept-Encoding": "gzip"}
    page = client.get("/ledgers/enrolments/", headers=takes)
    plain = client.get("/ledgers/enrolments/")
    assert page["Content-Encoding"] == "gzip" and len(page.content) * 4 < len(plain.content)
    assert "Accept-Encoding" in plain["Vary"] and "Content-Encoding" not in plain.headers
    sheet = client.post("/ledgers/persons/export.xlsx", {"purpose": "核对"}, headers=takes)
    assert sheet["Content-Type"].endswith("sheet") and "Content-Encoding" not in sheet.headers
    assert b"".join(sheet).startswith(b"PK")


def test_another_host_is_not_served(world: World) -> None:
    assert Client(headers={"host": "evil.example"}).get("/sign-in/").status_code == 400
    page = Client(headers={"x-forwarded-host": "evil.example"}).get("/sign-in/").content.decode()
    assert "evil.example" not in page


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "..\\..\\boot.csv",
        '"><script>.csv',
        "x" * 400 + ".csv",
    ],
)
def test_a_file_s_name_is_only_a_name(world: World, sign_in: SignIn, name: str) -> None:
    client = sign_in("clerk")
    file = SimpleUploadedFile("x.csv", factories.roster("涪陵名班", range(500, 502)))
    file.name = name
    sent = client.post("/intake/new/", {"table": f"{NOTICE}/roster", "file": file})
    assert sent.status_code == 302
    kept = Upload.objects.latest("pk")
    assert "/" not in kept.name and "\\" not in kept.name and "\n" not in kept.name and len(kept.name) <= 255
    page = client.get(f"/intake/{kept.pk}/").content.decode()
    assert "<script>." not in page
    copy = client.post(f"/intake/{kept.pk}/marked.xlsx", {"purpose": "x"})
    assert "Set-Cookie: x" not in str(copy.headers) and copy.status_code == 200


def test_what_a_form_does_not_offer_is_not_taken(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    client = sign_in("clerk")
    row = world.classes["pending"].enrolments.latest("pk")
    seen = {}
    for code, pk in (("persons", woman.pk), ("enrolments", row.pk)):
        page = client.get(f"/ledgers/{code}/{pk}/edit/").content.decode()
        seen[code] = page.partition('name="seen" value="')[2].partition('"')[0]
    given = {
        f"field.{name}": "approved"
        for name in ("state", "approved_by", "entered_by", "unit", "filed_by", "person.name")
    }
    sent = {**given, "field.result": "dropped", "purpose": "x", "seen": seen["enrolments"]}
    assert client.post(f"/ledgers/enrolments/{row.pk}/edit/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.entered_by) == (State.DRAFT, "", "")
    given = {
        f"field.{name}": "1"
        for name in ("id_hash", "canonical", "canonical_id", "name_key", "died_on", "certificate")
    }
    sent = {**given, "purpose": "x", "seen": seen["persons"]}
    assert client.post(f"/ledgers/persons/{woman.pk}/edit/", sent).status_code == 422
    assert Person.objects.get(pk=woman.pk).canonical_id is None


def test_a_move_that_the_state_forbids_moves_nothing(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    row = world.classes["weaving"].enrolments.latest("pk")
    for word, state in (
        ("restore", State.APPROVED),
        ("approve", State.WITHDRAWN),
        ("check", State.APPROVED),
        ("return", State.DRAFT),
    ):
        Enrolment.objects.filter(pk=row.pk).update(state=state)
        client.post(f"/ledgers/enrolments/move/{word}/", {"row": row.pk, "purpose": "x"})
        row.refresh_from_db()
        assert row.state == state, word
    Enrolment.objects.filter(pk=row.pk).update(state=State.DRAFT)
    assert sign_in("clerk").post("/ledgers/enrolments/move/approve/", {"row": row.pk}).status_code == 404
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_what_is_hidden_cannot_be_asked_for_sideways(world: World, sign_in: SignIn) -> None:
    """The women's federation may not see the category of a disability: nor filter, sort, save, sum or reveal it."""
    client = sign_in("women")
    whole = client.get("/ledgers/certificates/").content
    assert "肢体".encode() not in whole
    for query in ("category=4", "grade=1", "col=category"):
        page = client.get(f"/ledgers/certificates/?{query}")
        assert "肢体" not in page.content.decode() and page.content.count(b"<tr") == whole.count(b"<tr"), (
            query
        )
    for query in ("sort=category", "sort=grade", "sort=number", "sort=id_number"):
        assert client.get(f"/ledgers/certificates/?{query}").status_code == 400, query
        kept = client.post(f"/ledgers/certificates/views/?{query}", {"label": "x"})
        assert kept.status_code == 422 and not SavedView.objects.exists()
    for query in (
        "id_number=5",
        "id_hash=5",
        "phone=138",
        "person__canonical=1",
        "name__startswith=x",
        "sort=name__key",
    ):
        answer = client.get(f"/ledgers/persons/?{query}")
        assert answer.status_code == 400 or answer.content.count(b"<tr") == client.get(
            "/ledgers/persons/"
        ).content.count(b"<tr")
    held = world.people["here"][1].certificates.get()
    assert (
        client.post(f"/ledgers/certificates/{held.pk}/reveal/category/", {"purpose": "x"}).status_code == 404
    )
    assert AccessEntry.objects.filter(username="women", action="reveal", done=False).exists()
    exported = client.post("/ledgers/certificates/export.csv?col=category", {"purpose": "x"})
    assert "肢体" not in exported.content.decode("utf-8-sig")
    past = client.get(f"/ledgers/certificates/{held.pk}/history/").content.decode()
    assert "肢体" not in past
