"""Nobody sees what is not theirs: every role tries every address, with objects of their own and of another county."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry, Export, Grant, Packet, Post, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.comparison import services as outside
from qiaojie.comparison.models import OutsideList
from qiaojie.intake.mapping import CHOSEN
from qiaojie.intake.models import Answer, HeaderMapping
from qiaojie.ledgers.models import SavedView, State
from qiaojie.lib.crypto import keyring
from qiaojie.lib.periods import read_period
from qiaojie.measures.models import Dispute
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment
from qiaojie.web.desk.urls import urlpatterns
from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, World, identity

pytestmark = pytest.mark.django_db

PUBLIC = {"sign-in", "second", "second-options", "sign-out", "choose-language", "choose-display"}
ROLES = ["clerk", "approver", "reader", "women", "city", "other", "administrator"]
PUBLIC = {"sign-in", "second", "second-options", "sign-out", "choose-language", "choose-display"}
OUTSIDERS = ["base", "trainer", "helper"]
ADMINISTRATORS = ["administrator", "security", "audit"]
COUNTY_ADMINISTRATORS = ["county-system", "county-security", "county-audit"]
OFFICES = ["clerk", "approver", "reader", "women", "city", "other"]
ROLES = [*OFFICES, *OUTSIDERS, *ADMINISTRATORS, *COUNTY_ADMINISTRATORS]


def addresses(world: World, county: str) -> dict[str, str]:
    """Every address of the desk that shows something, with objects of a county."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    held = world.classes["weaving" if county == "here" else "there"]
    woman = world.people[county][1]
    upload = world.uploads[county]
    asked = f"?region={region.name}&period=2019H1"
    form = {"notice": FORM, "table": "training-status"}
    return {
        "home": "/",
        "search": "/search/",
        "components": "/components/",
        **administered(world, county),
        "stay": "/stay/",
        "own-account": "/account/",
        "own-password": "/account/password/",
        "add-codes": "/account/codes/",
        "key-options": "/account/keys/options/",
        "add-key": "/account/keys/",
        "remove-factor": "/account/factors/1/remove/",
        "end-session": "/account/sessions/end/",
        "boards": "/board/",
        "board": f"/board/{NOTICE}/?region={region.name}",
        "behind": f"/board/{NOTICE}/vocational_training/?unit={region.pk}",
        "course": f"/board/{NOTICE}/vocational_training/course/?unit={region.pk}",
        "ranking": f"/board/{NOTICE}/vocational_training/ranking/",
        "notices": "/notices/",
        "notice": f"/notices/{NOTICE}/",
        "rule": f"/notices/{NOTICE}/vocational_training/rule/",
        "targets": f"/notices/{NOTICE}/vocational_training/targets/?region={region.pk}",
        "split": f"/notices/{NOTICE}/vocational_training/split/",
        "set-target": f"/notices/{NOTICE}/vocational_training/set/",
        "near": f"/near/{NOTICE}/?unit={region.pk}",
        "near-step": f"/near/{NOTICE}/vocational_training/class.has_sign_in/?unit={region.pk}",
        "disputes": "/disputes/",
        "dispute": f"/disputes/{NOTICE}/vocational_training/",
        "give-over": f"/disputes/{NOTICE}/vocational_training/give/",
        "dispute-answer": f"/disputes/{dispute(world, region, held=True)}/answer/",
        "dispute-withdraw": f"/disputes/{dispute(world, region, held=False)}/withdraw/",
        "ledgers": "/ledgers/",
        "ledger": "/ledgers/enrolments/",
        "review": "/ledgers/enrolments/review/",
        "move": "/ledgers/enrolments/move/approve/",
        "keep-view": "/ledgers/enrolments/views/?state=draft",
        "drop-view": f"/ledgers/enrolments/views/{view(county)}/drop/",
        "export": "/ledgers/enrolments/export.csv",
        "reveal": reverse("reveal", args=["persons", woman.pk, "id_number"]),
        "row": f"/ledgers/enrolments/{held.enrolments.all()[0].pk}/",
        "edit": f"/ledgers/persons/{woman.pk}/edit/",
        "history": f"/ledgers/persons/{woman.pk}/history/",
        "person-paper": f"/persons/{woman.pk}/paper.docx",
        "class": f"/classes/{held.pk}/",
        "person": f"/persons/{woman.pk}/",
        "uploads": "/intake/",
        "receive": "/intake/new/",
        "enter": f"/intake/enter/{NOTICE}/roster/?person={woman.pk}",
        "merge": f"/persons/{woman.pk}/merge/",
        "unmerge": f"/persons/{found_to_be(world.people[county][2])}/unmerge/",
        "waiting": "/intake/waiting/",
        "revoke-answer": f"/intake/answers/{answered(region, woman)}/revoke/",
        "plan": f"/intake/{upload.pk}/",
        "columns": f"/intake/{upload.pk}/columns/",
        "decide": f"/intake/{upload.pk}/decide/",
        "decide-all": f"/intake/{upload.pk}/decide-all/",
        "plan-kind": f"/intake/{upload.pk}/kind/error/id_lost/",
        "plan-effect": f"/intake/{upload.pk}/effect/",
        "plan-reason": f"/intake/{upload.pk}/reason/",
        "plan-rows": f"/intake/{upload.pk}/rows/",
        "plan-marked": f"/intake/{upload.pk}/marked.xlsx",
        "commit": f"/intake/{upload.pk}/commit/",
        "undo": f"/intake/{upload.pk}/undo/",
        "discard": f"/intake/{upload.pk}/discard/",
        "progress": f"/intake/{upload.pk}/progress/",
        "again": f"/intake/{upload.pk}/again/",
        "cancel-job": f"/intake/{upload.pk}/cancel/",
        "handed-in": f"/handed-in/{NOTICE}/roster/",
        "handed-in-export": f"/handed-in/{NOTICE}/roster/export.xlsx",
        "revoke-columns": f"/intake/columns/{remembered(region)}/revoke/",
        "systems": "/systems/",
        "outside": "/systems/cdpf-employment-training/training/",
        "comparison": f"/comparisons/{listed(world, county)}/",
        "comparison-lines": f"/comparisons/{listed(world, county)}/lines/?standing=ours",
        "compare-again": f"/comparisons/{listed(world, county)}/again/",
        "compare-discard": f"/comparisons/{listed(world, county, '旧名单.csv')}/discard/",
        "compare-export": f"/comparisons/{listed(world, county)}/export/",
        "forms": "/forms/",
        "form": reverse("form", kwargs=form) + asked,
        "form-rows": reverse("form-rows", kwargs=form) + asked,
        "download": reverse("download", kwargs={**form, "format": "xlsx"}) + asked,
    }


def listed(world: World, county: str, name: str = "名单.csv") -> int:
    """A list of an outside system that a county compared (once: looking at addresses takes nothing)."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    held = OutsideList.objects.filter(region=region, name=name).first()
    if held is None:
        table = notices.table("cdpf-employment-training/training")
        data = f"姓名,残疾人证号,身份证号,培训项目,结束日期\n李桂,,{identity(900)},某班,2023-06-20\n"
        viewer = UserViewer(world.users["clerk" if county == "here" else "other"])
        held = outside.take(data.encode("utf-8-sig"), name, table, region, read_period("2023"), viewer)
    return held.pk


def view(county: str) -> int:
    """A kept view of somebody in a county: nobody else's to drop."""
    kept, _new = SavedView.objects.get_or_create(
        owner=f"{county}-somebody", ledger="enrolments", label="待审", query=""
    )
    return kept.pk


def remembered(county: Region) -> int:
    """A header whose columns the county has put right."""
    kept, _new = HeaderMapping.objects.get_or_create(
        region=county, table=f"{NOTICE}/roster", fingerprint="x", made_by="somebody", revoked_at=None,
        defaults={"chosen": keyring().encrypt("{}", CHOSEN)},
    )  # fmt: skip
    return kept.pk


def packet(leaver: User) -> int:
    """A packet that somebody has signed and has yet to take."""
    assert leaver.agency is not None
    post, _new = Post.objects.get_or_create(agency=leaver.agency, title="就业经办", role="clerk")
    kept, _new = Packet.objects.get_or_create(
        post=post,
        leaver=leaver,
        successor=leaver,
        taken_at=None,
        withdrawn_at=None,
        defaults={"papers": "", "content": "[]"},
    )
    return kept.pk


def administered(world: World, county: str) -> dict[str, str]:
    """Addresses of accounts, with those of a county."""
    user = world.users["approver" if county == "here" else "other"]
    asked, _new = Grant.objects.get_or_create(user=user, role="leader", asked_by="x", answer="open")
    kept, _new = Export.objects.get_or_create(
        user_id=user.pk,
        name="名册.csv",
        defaults={
            "expires_at": timezone.now() + timedelta(hours=1),
            "content": keyring().encrypt_bytes(b"x", "export.content"),
        },
    )
    return {
        "accounts": "/accounts/",
        "account-new": "/accounts/new/",
        "accounts-many": "/accounts/many/",
        "accounts-open": "/accounts/many/open/",
        "accounts-template": "/accounts/many/template.xlsx",
        "account": f"/accounts/{user.pk}/",
        "account-act": f"/accounts/{user.pk}/unlock/",
        "agencies": "/agencies/",
        "agency-act": f"/agencies/{user.agency_id}/rename/",
        "grants": "/grants/",
        "grant-answer": f"/grants/{asked.pk}/answer/",
        "log": "/log/",
        "log-export": "/log/export/",
        "exports": "/exports/",
        "hand-over": "/hand-over/",
        "packet": f"/hand-over/{packet(user)}/packet.docx",
        "packet-take": f"/hand-over/{packet(user)}/take/",
        "packet-withdraw": f"/hand-over/{packet(user)}/withdraw/",
        "export-again": f"/exports/{kept.pk}/",
    }


SYSTEM, SECURITY, AUDIT = (
    {role, f"county-{short}"}
    for role, short in zip(ADMINISTRATORS, ("system", "security", "audit"), strict=True)
)
ADMINISTERED: dict[str, set[str]] = {
    **dict.fromkeys(
        (
            "accounts",
            "account-new",
            "accounts-many",
            "accounts-open",
            "accounts-template",
            "account-act",
            "agencies",
            "agency-act",
        ),
        SYSTEM,
    ),
    "account": SYSTEM | SECURITY,
    **dict.fromkeys(("grants", "grant-answer"), SECURITY),
    **dict.fromkeys(("log", "log-export"), AUDIT),
    **{name: {"approver", "other"} for name in ("export-again", "packet", "packet-take", "packet-withdraw")},
    "hand-over": {"clerk", "approver", "women", "city", "other", "base", "trainer", "helper"},
}
"""Address → who may go there: each administrator where the other two may not; a file, whose own it is."""


def dispute(world: World, county: Region, *, held: bool) -> int:
    """An open dispute that the county must answer (``held``), or has raised itself."""
    other = world.regions["丰都县"]
    raised, _new = Dispute.objects.get_or_create(
        notice=NOTICE,
        indicator="vocational_training",
        person=world.people["here"][1],
        claimant=other if held else county,
        holder=county if held else other,
        answer=Dispute.Answer.OPEN,
    )
    return raised.pk


def found_to_be(person: Person) -> int:
    """A record found to be another one's."""
    made, _new = Person.objects.get_or_create(name=person.name, name_key=person.name_key, canonical=person)
    return made.pk


def answered(county: Region, person: Person) -> int:
    """An earlier answer on whom a file of the county meant."""
    known = {"county": county, "person": person, "evidence": b"x", "revoked_at": None}
    made, _new = Answer.objects.get_or_create(**known, defaults={"said": "x", "confirmed": True})
    return made.pk


def posted(world: World, county: str) -> dict[str, str | int]:
    """What forms of all kinds send, with objects of a county."""
    return {
        "purpose": "核对",
        "row": "2",
        "word": "",
        "level": "error",
        "code": "id_lost",
        "person": world.people[county][1].pk,
        "unit": world.regions["涪陵区" if county == "here" else "万州区"].pk,
        "to": "丰都县",
        "reason": "核对",
        "region": world.regions["涪陵区" if county == "here" else "万州区"].pk,
        "answer": "keep",
        "other": world.people[county][3].pk,
        "keep": world.people[county][1].pk,
        "name": "改名",
        "since": "2024-01-01",
    }


SOMEBODY_S = {"drop-view"}
"""Addresses that name what one person keeps: closed to everybody else."""
CLOSED_TO_STRANGERS = SOMEBODY_S | {
    "account", "account-act", "agency-act", "grant-answer", "export-again",
    "packet", "packet-take", "packet-withdraw",
    "comparison", "comparison-lines", "compare-again", "compare-discard", "compare-export",
    "targets", "split", "set-target", "near", "near-step", "dispute", "give-over", "dispute-answer", "dispute-withdraw",
    "board", "behind", "reveal", "class", "person", "plan", "decide", "commit", "undo", "discard",
    "decide-all", "plan-kind", "plan-rows", "plan-marked", "plan-reason", "plan-effect",
    "revoke-answer", "form", "form-rows", "download",
    "progress", "again", "cancel-job",
    "row", "edit", "history", "person-paper",
    "columns", "revoke-columns", "enter",
    "merge", "unmerge",
}  # fmt: skip
"""Addresses that name an object of a county."""

CLOSED_TO_READERS = {
    "compare-again", "compare-discard", "compare-export",
    "decide-all", "plan-kind", "plan-rows", "plan-marked", "plan-reason", "plan-effect",
    "edit", "person-paper", "export",    "split", "set-target", "rule",
    "dispute", "give-over", "dispute-answer", "dispute-withdraw",
    "merge", "unmerge", "waiting", "revoke-answer", "review",
    "move", "reveal", "uploads", "receive", "plan", "decide", "commit", "undo", "discard", "download",
    "progress", "again", "cancel-job", "handed-in", "handed-in-export",
    "columns", "revoke-columns", "enter",
}  # fmt: skip
APPROVERS_ONLY = {"merge", "unmerge", "review", "move", "give-over", "dispute-answer", "split", "set-target"}
ISSUERS_ONLY = {"rule"}
"""For whoever covers the notice's whole area."""
OWN = {
    "components", "exports", "home", "stay", "own-account", "own-password", "add-codes", "key-options", "add-key",
    "remove-factor", "end-session",
}  # fmt: skip
"""One's own account: whatever the role."""
POSTED = {
    "compare-again", "compare-discard", "compare-export",
    "decide-all", "plan-marked", "plan-reason", "plan-effect",
    "person-paper",
    "packet-take", "packet-withdraw", "accounts-open", "account-act", "agency-act", "grant-answer", "log-export",
    "stay", "key-options", "add-key", "remove-factor", "end-session",
    "export",    "split", "set-target", "rule",
    "revoke-answer", "move", "keep-view", "drop-view", "reveal", "decide", "commit", "undo", "discard",
    "again", "cancel-job",
    "revoke-columns",
    "merge", "unmerge",
    "dispute", "give-over", "dispute-answer", "dispute-withdraw",
}  # fmt: skip


ANSWERING = {"compare-export", "reveal", "export", "plan-marked", "plan-effect", "person-paper"}
"""What answers a form with a page or a file."""
MINE = {"key-options", "log-export"}


def test_every_address_is_tried(world: World) -> None:
    assert {route.name for route in urlpatterns} == set(addresses(world, "here")) | PUBLIC


def ask(client: Client, name: str, address: str, data: dict[str, str | int]) -> int:
    if name in POSTED:
        return client.post(address, data).status_code
    return client.get(address).status_code


@pytest.mark.parametrize("role", ROLES)
def test_objects_of_another_county_are_not_there(world: World, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    county = "here" if role == "other" else "there"
    foreign = addresses(world, county)
    for name in sorted(CLOSED_TO_STRANGERS):
        AccessEntry.objects.all().delete()
        status = ask(client, name, foreign[name], posted(world, county))
        if role in ADMINISTRATORS and role in ADMINISTERED.get(name, ()):
            assert status in (200, 302), (role, name)
        elif role == "city" and name not in POSTED | ADMINISTERED.keys():
            assert status == 200, name
        elif role != "city" or name in ADMINISTERED:
            assert status == 404, (role, name)
            assert AccessEntry.objects.filter(username=role, done=False).exists(), f"{name} is not logged"


@pytest.mark.parametrize("role", OUTSIDERS)
def test_an_outsider_sees_nothing_that_others_entered(world: World, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    there = addresses(world, "here")
    for name in sorted(
        (CLOSED_TO_STRANGERS | ADMINISTERED.keys() | {"boards", "forms", "disputes"}) - {"hand-over"}
    ):
        assert ask(client, name, there[name], posted(world, "here")) == 404, name
    for name in ("home", "ledgers", "ledger", "uploads", "receive", "notices"):
        assert ask(client, name, there[name], {}) == 200, name
    page = (
        client.get("/ledgers/persons/").content.decode() + client.get("/ledgers/enrolments/").content.decode()
    )
    assert not [woman.name for woman in world.people["here"] if woman.name in page]


@pytest.mark.parametrize("role", [*OFFICES, *ADMINISTRATORS, *COUNTY_ADMINISTRATORS])
def test_own_objects_are_there_as_far_as_the_role_goes(world: World, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    county = "there" if role == "other" else "here"
    for name, address in addresses(world, county).items():
        status = ask(client, name, address, posted(world, county))
        if (
            (name in ADMINISTERED and role not in ADMINISTERED[name])
            or (name == "export-again" and role == "other" and county == "here")
            or (role not in OFFICES and name not in OWN | ADMINISTERED.keys())
            or (role == "reader" and name in CLOSED_TO_READERS)
            or name in SOMEBODY_S
            or (name in ISSUERS_ONLY and role != "city")
            or (name in APPROVERS_ONLY and role in ("clerk", "women"))
        ):
            assert status == 404, name
        elif name in POSTED - ANSWERING - MINE:
            assert status in (302, 422), (name, status)
        else:
            assert status == 200, (name, status)


def test_strangers_are_sent_to_sign_in(world: World, client: Client) -> None:
    for name, address in addresses(world, "here").items():
        response = (client.post if name in POSTED else client.get)(address)
        assert response.status_code == 302, name
        assert response["Location"].startswith("/sign-in/?next="), name


def test_changes_are_made_by_post_only_and_with_a_token(world: World) -> None:
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(world.users["approver"])
    own = addresses(world, "here")
    before = AccessEntry.objects.filter(action="approve").count()
    for name in sorted(POSTED | {"receive", "columns", "enter", "edit"}):
        assert forger.post(own[name], {"row": "1", "purpose": "伪造"}).status_code == 403, name
        if name in POSTED:
            assert forger.get(own[name]).status_code == 405, name
    assert forger.post("/sign-out/").status_code == 403
    assert forger.post("/sign-in/", {"username": "clerk", "password": "x"}).status_code == 403
    assert AccessEntry.objects.filter(action="approve").count() == before


def test_looking_changes_nothing_but_the_log(world: World, sign_in: SignIn) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    client = sign_in("approver")
    for name, address in addresses(world, "here").items():
        if name in POSTED:
            continue
        writes = []
        for alias in connections:
            with CaptureQueriesContext(connections[alias]) as caught:
                client.get(address)
            writes += [
                q["sql"]
                for q in caught
                if not q["sql"].startswith(("SELECT", "WITH", "DECLARE", "SAVEPOINT", "RELEASE"))
            ]
        assert all("accounts_accessentry" in sql for sql in writes), (name, writes)


def test_a_foreign_row_cannot_be_approved(world: World, sign_in: SignIn) -> None:
    world.classes["there"].enrolments.update(state=State.DRAFT)
    rows = list(world.classes["there"].enrolments.values_list("pk", flat=True))
    sign_in("approver").post("/ledgers/enrolments/move/approve/", {"row": rows})
    assert Enrolment.objects.filter(pk__in=rows, state=State.DRAFT).count() == len(rows)


def test_the_category_of_disability_is_open_to_the_federation_only(world: World, sign_in: SignIn) -> None:
    address = f"/persons/{world.people['here'][1].pk}/"
    assert "肢体" in sign_in("clerk").get(address).content.decode()
    assert "肢体" not in sign_in("women").get(address).content.decode()


def test_numbers_are_masked_and_a_reveal_asks_for_a_purpose_and_is_logged(
    world: World, sign_in: SignIn
) -> None:
    woman = world.people["here"][1]
    client = sign_in("clerk")
    for address in (
        f"/persons/{woman.pk}/",
        "/ledgers/persons/",
        "/ledgers/enrolments/",
        f"/classes/{world.classes['weaving'].pk}/",
    ):
        page = client.get(address).content.decode()
        assert woman.name in page
        assert woman.id_number not in page
        assert woman.phone not in page
    reveal = reverse("reveal", args=["persons", woman.pk, "id_number"])
    assert client.post(reveal, {"purpose": " "}).status_code == 422
    shown = client.post(reveal, {"purpose": "核对身份证"})
    assert woman.id_number in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    entry = AccessEntry.objects.get(action="reveal", done=True)
    assert (entry.username, entry.purpose) == ("clerk", "核对身份证")


def test_a_form_with_names_is_masked_and_is_downloaded_with_a_purpose(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    page = client.get(f"/forms/{NOTICE}/roster/?period=2023").content.decode()
    woman = world.people["here"][1]
    assert woman.name in page
    for whole in (woman.id_number, woman.phone):
        assert whole not in page
    held = world.classes["weaving"].enrolments.get(person=woman)
    assert reverse("row", args=["enrolments", held.pk]) in page
    address = f"/forms/{NOTICE}/roster/download.csv?period=2023"
    assert client.get(address).status_code == 400
    assert client.post(address, {"purpose": ""}).status_code == 422
    filled = client.post(address, {"purpose": "报市残联"})
    assert woman.name in filled.content.decode("utf-8-sig")
    assert AccessEntry.objects.filter(action="export", purpose="报市残联").exists()
