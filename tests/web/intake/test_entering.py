"""One row entered by a form: taken in as a file of one row is, with errors at the box, drafts, and nobody else's people."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake.models import Draft, Upload
from qiaojie.intake.storing import drafts
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment
from qiaojie.web.desk.accounts import sign_in
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World, hand_in, identity, roster
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

ROSTER = f"/intake/enter/{NOTICE}/roster/"


def typed(**other: str) -> dict[str, str]:
    said = {
        "person.name": "王新人",
        "person.sex": "2",
        "person.id_number": identity(700),
        "person.phone": "13900000700",
        "class.title": "手工编织一班",
        "class.begins": "2023-06-01",
        "class.ends": "2023-06-20",
        "result": "completed",
        **other,
    }
    return {f"box.{name}": text for name, text in said.items()}


def test_a_row_is_taken_in_like_a_file_of_one_row(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    page = flat(client.get(ROSTER))
    assert page.count('type="date"') == 2
    assert '<option value="2"' in page
    answer = client.post(ROSTER, typed())
    assert answer.status_code == 302, flat(answer)
    woman = Person.objects.get(name="王新人")
    held = Enrolment.objects.get(person=woman)
    assert (held.training_class, held.state) == (world.classes["weaving"], "draft")
    kept = Upload.objects.latest("pk")
    assert answer["Location"] == f"/intake/{kept.pk}/"
    assert client.post(f"/intake/{kept.pk}/undo/", {"sure": "1"}).status_code == 302
    assert not Person.objects.filter(name="王新人").exists()


def test_errors_stand_at_their_boxes_and_what_was_typed_stays(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    wrong = typed(
        **{"person.id_number": identity(700)[:-1] + "?", "class.begins": "六月", "person.name": "<b>王"}
    )
    answer = client.post(ROSTER, wrong)
    assert answer.status_code == 422
    page = flat(answer)
    assert "<b>王" not in page and "&lt;b&gt;王" in page
    assert 'value="六月"' in page
    box = re.search(r'<input id="(b-\d+)" name="box.person.id_number"[^>]*>', page)
    assert box is not None
    assert 'aria-invalid="true"' in box[0]
    described = re.search(r'aria-describedby="(e-\d+)"', box[0])
    assert described is not None
    assert f'<p id="{described[1]}" class="fault"' in page
    assert f'<a href="#{box[1]}">' in page
    assert not Enrolment.objects.filter(person__name__contains="王新").exists()


def test_what_is_odd_passes_with_a_reason_only(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    odd = typed(**{"person.id_number": ""})
    answer = client.post(ROSTER, odd)
    assert answer.status_code == 422
    assert 'name="reason"' in answer.content.decode()
    assert not Person.objects.filter(name="王新人").exists()
    assert client.post(ROSTER, {**odd, "reason": "证件在办"}).status_code == 302
    assert Person.objects.filter(name="王新人", id_hash=None).exists()
    assert Upload.objects.latest("pk").reasons.get().words == "证件在办"


def test_somebody_like_her_is_asked_about(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][25]
    client = sign_in("clerk")
    alike = typed(**{"person.id_number": "", "person.name": woman.name, "person.phone": woman.phone})
    page = client.post(ROSTER, alike).content.decode()
    assert f'value="person:{woman.pk}"' in page
    assert woman.id_number not in page
    before = Person.objects.count()
    said = {**alike, "who": f"person:{woman.pk}", "reason": "本人到场"}
    assert client.post(ROSTER, said).status_code == 302
    assert Person.objects.count() == before
    assert world.classes["weaving"].enrolments.filter(person=woman).exists()


def test_a_row_about_a_chosen_woman_needs_none_of_her_numbers(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][28]
    client = sign_in("clerk")
    assert f"{ROSTER}?person={woman.pk}" in client.get(f"/persons/{woman.pk}/").content.decode()
    page = client.get(f"{ROSTER}?person={woman.pk}").content.decode()
    assert woman.name in page
    for personal in ("id_number", "certificate", "phone"):
        assert f"box.person.{personal}" not in page
    assert not any(whole in page for whole in (woman.id_number, woman.phone))
    answer = client.post(ROSTER, {**typed(), "person": str(woman.pk), "box.person.name": "李伪造"})
    assert answer.status_code == 302, answer.content.decode()
    assert world.classes["weaving"].enrolments.filter(person=woman).exists()
    assert not Person.objects.filter(name__in=("王新人", "李伪造")).exists()


def test_another_countys_woman_cannot_be_chosen(world: World, sign_in: SignIn) -> None:
    foreign = world.people["there"][5]
    client = sign_in("clerk")
    assert client.get(f"{ROSTER}?person={foreign.pk}").status_code == 404
    assert client.post(ROSTER, {**typed(), "person": str(foreign.pk)}).status_code == 404
    assert AccessEntry.objects.filter(username="clerk", done=False).exists()
    bare = typed(**{"person.id_number": "", "person.phone": "", "person.name": foreign.name})
    assert client.post(ROSTER, {**bare, "who": f"person:{foreign.pk}"}).status_code == 422
    assert not Enrolment.objects.filter(person=foreign, training_class=world.classes["weaving"]).exists()


def test_what_nobody_offers_is_not_taken(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for forged in ({"region": "万州区"}, {"person": "x"}):
        assert client.post(ROSTER, {**typed(), **forged}).status_code == 404
    assert client.get(f"/intake/enter/{NOTICE}/none/").status_code == 404
    for forged in ({"box.result": "approved"}, {"box.person.name": "长" * 600}):
        assert client.post(ROSTER, {**typed(), **forged}).status_code == 422
    assert (
        client.post(ROSTER, {**typed(), "box.state": "approved", "who": "overwrite leave_out"}).status_code
        == 302
    )
    assert Enrolment.objects.get(person__name="王新人").state == "draft"
    assert sign_in("reader").post(ROSTER, typed()).status_code == 404


def test_every_table_that_can_be_handed_in_has_a_form(
    world: World, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in("clerk")
    listed = client.get("/ledgers/enrolments/").content.decode()
    assert ROSTER in listed
    page = client.get("/ledgers/classes/").content.decode() + listed
    addresses = set(re.findall(r'href="(/intake/enter/[^"?]+)"', page))
    assert addresses
    for address in addresses:
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
        assert client.post(address, {}).status_code == 422
    assert "/intake/enter/" not in sign_in("reader").get("/ledgers/enrolments/").content.decode()


def test_a_draft_waits_for_its_owner_alone(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    client.post(ROSTER, {**typed(), "act": "keep"})
    held = Draft.objects.get()
    assert "王新人" not in repr(Draft.objects.values("owner", "subject").get())
    assert "接着填" in client.get(ROSTER).content.decode()
    assert 'value="王新人"' in client.get(f"{ROSTER}?draft=1").content.decode()
    assert "接着填" not in sign_in("approver").get(ROSTER).content.decode()
    assert "王新人" not in sign_in("approver").get(f"{ROSTER}?draft=1").content.decode()
    Draft.objects.update(kept_at=timezone.now() - timedelta(days=31))
    client = sign_in("clerk")
    assert "接着填" not in client.get(ROSTER).content.decode()
    client.post(ROSTER, {**typed(), "act": "keep"})
    assert Draft.objects.get().pk != held.pk
    assert client.post(ROSTER, typed()).status_code == 302
    assert not Draft.objects.exists()


def test_what_was_typed_outlives_a_session_that_ended(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][1]
    edit = f"/ledgers/persons/{woman.pk}/edit/"
    for address, data, shown in (
        (ROSTER, typed(), 'value="王新人"'),
        (edit, {"field.address": "甲0街道9号", "purpose": "搬家"}, 'value="甲0街道9号"'),
    ):
        client = sign_in("clerk")
        expire(client)
        assert client.post(address, data).status_code == 302
        again = sign_in("clerk")
        assert "接着填" in again.get(address).content.decode()
        assert shown in again.get(f"{address}?draft=1").content.decode()
        again.post(address, {"act": "drop"})
        assert not Draft.objects.exists()
    assert not Person.objects.filter(name="王新人").exists()


def test_another_sites_form_leaves_no_draft(world: World) -> None:
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(world.users["clerk"])
    expire(forger)
    forger.post(ROSTER, typed())
    assert not Draft.objects.exists()


def left_after(client: Client, address: str, data: dict[str, object]) -> str:
    """Where somebody goes on who sent a form when the session had ended."""
    expire(client)
    answer = client.post(address, data)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def test_any_form_outlives_a_session_that_ended(world: World, sign_in: SignIn) -> None:
    upload = world.uploads["here"]
    decide, given = f"/intake/{upload.pk}/decide/", {"row": "2", "word": "skip"}
    assert left_after(sign_in("clerk"), decide, {**given, "password": "geheim"}) == "/unsent/"
    assert "geheim" not in keyless() and "skip" not in keyless(), (
        "no password is kept, and nothing in the clear"
    )
    client = sign_in("clerk")
    page = client.get("/unsent/").content.decode()
    assert "再次提交" in page and 'name="word" value="skip"' in page and "geheim" not in page
    home = client.get("/").content.decode()
    assert "填了一半" in home and 'href="/unsent/"' in home
    drafts.keep(f"enter/{NOTICE}/roster", typed(), UserViewer(world.users["clerk"]))
    assert f'href="{ROSTER}?draft=1"' in client.get("/").content.decode()
    drafts.drop(f"enter/{NOTICE}/roster", UserViewer(world.users["clerk"]))
    assert "再次提交" not in sign_in("approver").get("/unsent/").content.decode(), "it is hers alone"
    again = client.post("/unsent/", {**given, "unsent": "again"})
    assert (again.status_code, again["Location"]) == (307, decide)
    assert not Draft.objects.exists()
    assert client.post("/unsent/", {"unsent": "drop"}).status_code == 302


def test_a_page_that_still_stands_open_loses_nothing_either(world: World) -> None:
    """Another page noticed first that the session had ended: this one's form comes from nobody."""
    client = Client()
    client.force_login(world.users["clerk"])
    expire(client)
    assert client.get("/").status_code == 302
    answer = client.post(ROSTER, typed())
    assert answer.status_code == 302 and "draft" in answer["Location"]
    assert Draft.objects.get().owner == "clerk"
    stranger = Client()
    assert stranger.post(ROSTER, typed())["Location"].startswith("/sign-in/?next=/intake/enter/")
    assert Draft.objects.count() == 1, "of somebody unknown nothing is kept"


def test_a_form_from_before_a_new_sign_in_is_kept_if_the_browser_says_it_is_ours(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["clerk"])
    address = "/ledgers/enrolments/move/return/"
    given = {"row": "1", "purpose": "签到表不全"}
    assert client.post(address, given).status_code == 403
    assert client.post(address, given, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not Draft.objects.exists()
    kept = client.post(address, given, headers={"Sec-Fetch-Site": "same-origin"})
    assert (kept.status_code, kept["Location"]) == (302, "/unsent/")
    assert "签到表不全" in client.get("/unsent/").content.decode()


def test_part_of_a_page_sends_the_whole_page_to_sign_in(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    expire(client)
    given = {"row": "2", "word": "skip"}
    answer = client.post(f"/intake/{world.uploads['here'].pk}/decide/", given, headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Redirect"] == "/sign-in/?next=%2Funsent%2F"


def test_the_page_warns_before_it_ends_and_says_so_to_a_screen_reader(world: World, sign_in: SignIn) -> None:
    page = flat(sign_in("clerk").get("/"))
    dialog = page[page.index('<dialog id="idle"') :].split("</dialog>")[0]
    assert 'role="alertdialog"' in dialog and 'aria-describedby="idle-text"' in dialog
    assert 'data-warn="1680" data-end="1800"' in dialog and "/stay/" in dialog
    assert "30 分钟不操作会自动退出" in page, "without scripts it is told from the start"


def keyless() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM intake_draft")
        return str(cursor.fetchall())


def expire(client: Client) -> None:
    session = client.session
    session[sign_in.SEEN] = int(time.time()) - 24 * 3600
    session.save()


HARM = "<script>alert(1)</script>"


def test_what_a_cell_says_is_never_part_of_a_page(world: World, sign_in: SignIn) -> None:
    lines = roster("涪陵新班", [720]).decode("utf-8-sig").splitlines()
    cells = lines[1].split(",")
    cells[1], cells[7], cells[11] = f"王{HARM}", f"{HARM}班", f'"><img src=x onerror={HARM}'
    cells[3] = f"{cells[3][:-1]}{HARM}"
    wrong = hand_in(
        world.users["approver"],
        world.regions["涪陵区"],
        "\n".join([lines[0], ",".join(cells)]).encode("utf-8-sig"),
    )
    cells[3] = identity(720)
    kept = hand_in(
        world.users["approver"],
        world.regions["涪陵区"],
        "\n".join([lines[0], ",".join(cells)]).encode("utf-8-sig"),
    )
    client = sign_in("approver")
    page = client.get(f"/intake/{kept.pk}/").content.decode()
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    assert seal is not None
    assert client.post(f"/intake/{kept.pk}/commit/", {"seal": seal[1]}).status_code == 302
    held = Enrolment.objects.get(training_class__title__contains="script")
    # Intake takes no such name any more; whatever came in otherwise is shown as text all the same.
    Person.objects.filter(pk=held.person_id).update(name=f"王{HARM}")
    pages = {
        address: client.get(address).content.decode()
        for address in (
            f"/intake/{wrong.pk}/",
            f"/intake/{wrong.pk}/rows/",
            f"/intake/{kept.pk}/",
            "/ledgers/enrolments/",
            "/ledgers/persons/",
            f"/ledgers/enrolments/{held.pk}/",
            f"/persons/{held.person_id}/",
            f"/classes/{held.training_class_id}/",
            f"/forms/{NOTICE}/roster/?period=2023",
        )
    }
    for address, shown in pages.items():
        assert "alert(1)</" not in shown and "<img src=x" not in shown, address
    for address in ("/ledgers/persons/", f"/persons/{held.person_id}/", "/ledgers/enrolments/"):
        assert "&lt;script&gt;" in pages[address], address
