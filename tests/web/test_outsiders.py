"""Outside the offices nobody learns of a person what their own agency has not entered: neither by file, form, page nor status."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import jobs, queries, services
from qiaojie.intake.models import Upload
from qiaojie.intake.storing import upload_store
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers.models import State
from qiaojie.people.models import Person, Status
from qiaojie.queue.models import Job
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import GIVEN, NOTICE, SURNAMES, World, identity
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

TITLE = "涪陵基地班"
FIRST = 300
ENTER = f"/intake/enter/{NOTICE}/roster/"
_CHANGING = (
    (r'name="csrfmiddlewaretoken" value="[^"]+"', "TOKEN"),
    (r'"X-CSRFToken": *"[^"]+"', "TOKEN"),
    (r"/intake/\d+/", "/intake/N/"),
    (r'id="file-\d+"', "FILE"),
    (r"(\d{4}-)?\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
    (r"\?t=[\w=~-]+", "?t=T"),
)


def name_of(number: int) -> str:
    return SURNAMES[number % 20] + GIVEN[number // 20 % 20]


def told() -> bytes:
    """Eight women: with number and certificate, with a certificate alone, with neither; one of them twice."""
    lines = factories.roster(TITLE, range(FIRST, FIRST + 6)).decode("utf-8-sig").splitlines()
    columns = factories.ROSTER.split(",")
    number, card = columns.index("身份证号"), columns.index("残疾人证号")
    only_card = lines[6].split(",")
    only_card[number] = ""
    lines[6] = ",".join(only_card)
    bare = lines[1].split(",")
    bare[0], bare[1], bare[number], bare[card] = "7", "赵秀兰", "", ""
    again = lines[2].split(",")
    again[0] = "8"
    lost = lines[3].split(",")
    lost[0], lost[1], lost[number] = "9", "钱玉梅", "5.00000196801E+17"
    return "\n".join([*lines, ",".join(bare), ",".join(again), ",".join(lost)]).encode("utf-8-sig")


def make_known(world: World) -> None:
    """The registry knows them: here, elsewhere, by another name, by somebody else's certificate, without a number, trained."""
    fuling, wanzhou = world.regions["涪陵区"], world.regions["万州区"]
    women = [factories.person(FIRST + at, fuling if at % 2 else wanzhou) for at in range(4)]
    Person.objects.filter(pk=women[1].pk).update(name="旁人", name_key="旁人")
    women[2].certificates.update(person=world.people["there"][0])
    held = factories.training_class(fuling, TITLE, begins="2023-07-01", ends="2023-07-20", content="竹编")
    factories.enrol(held, women)
    factories.enrol(factories.training_class(wanzhou, "万州同时班", ends="2023-07-20"), women)
    for woman in women:
        Status.objects.create(person=woman, scheme="registered_poor", category="lifted", source="扶贫办")
    phone = f"139{FIRST:08d}"
    Person.objects.create(
        name="赵秀兰", name_key="赵秀兰", phone=phone, phone_hash=factories.phone_hash(phone), home=fuling
    )
    Person.objects.create(
        name="钱玉梅", name_key="钱玉梅", birth_date="1968-01-01", id_number=identity(77), home=fuling
    )


def steady(response: HttpResponse) -> tuple[int, str, object]:
    """An answer without what differs from one look to the next."""
    body: object
    if response.headers.get("Content-Type", "").endswith("sheet"):
        with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
            names = [name for name in packed.namelist() if name != "docProps/core.xml"]
            body = {name: _steady(packed.read(name).decode()) for name in names}
    else:
        body = _steady(response.content.decode())
    return response.status_code, _steady(response.headers.get("Location", "")), body


def _steady(text: str) -> str:
    for pattern, instead in _CHANGING:
        text = re.sub(pattern, instead, text)
    return text


def typed(at: int, **more: str) -> dict[str, str]:
    """One of them typed into the form."""
    card = identity(FIRST + at)
    given = {
        "person.name": name_of(FIRST + at), "person.sex": "2", "person.id_number": card,
        "person.certificate": f"{card}43", "person.phone": f"139{FIRST + at:08d}",
        "class.title": TITLE, "class.begins": "2023-07-01", "class.ends": "2023-07-20", "result": "completed",
    }  # fmt: skip
    return {f"box.{name}": value for name, value in given.items()} | more


def looks(world: World, client: Client, clerk: Client, role: str) -> Iterator[tuple[str, HttpResponse]]:
    """Everything that somebody outside gets to see of a file and a form of theirs, until the office has done its part."""
    file = SimpleUploadedFile("名册.csv", told())
    yield "sent", client.post("/intake/new/", {"table": f"{NOTICE}/roster", "file": file, "year": "2023"})
    kept = Upload.objects.latest("pk")
    here = f"/intake/{kept.pk}/"
    rows = list(queries.fresh_plan(kept, UserViewer(world.users[role])).rows)
    for address in ("", "rows/", "rows/?verdict=new", "rows/?verdict=same", "rows/?verdict=conflict", "progress/",
                    "columns/", "kind/error/id_lost/", "kind/warning/person_likely/", "kind/error/name_differs/",
                    "kind/warning/elsewhere_too/", "kind/hint/approval_again/", "?level=warning"):  # fmt: skip
        yield address, client.get(here + address)
    yield "marked", client.post(here + "marked.xlsx", {"purpose": "核对"})
    for word in ("overwrite", "new_person", "person:1", f"person:{world.people['here'][0].pk}"):
        yield word, client.post(here + "decide/", {"row": rows[0].key, "word": word})
    yield (
        "decide-all",
        client.post(here + "decide-all/", {"level": "warning", "code": "other_agency", "word": "overwrite"}),
    )
    for act in ("commit", "effect", "undo"):
        yield act, client.post(f"{here}{act}/", {"seal": "x", "sure": "1"})
    for at in range(6):
        yield f"typed {at}", client.post(ENTER, typed(at))
    yield "overruled", client.post(ENTER, typed(1, overrule="1"))
    yield "who", client.post(ENTER, typed(1, who="new_person"))
    yield (
        "bare",
        client.post(
            ENTER,
            typed(0)
            | {"box.person.name": "赵秀兰", "box.person.id_number": "", "box.person.certificate": ""},
        ),
    )
    for text in (
        identity(FIRST),
        f"139{FIRST:08d}",
        name_of(FIRST),
        f"{identity(FIRST)}43",
        identity(FIRST)[-4:],
    ):
        yield text, client.post("/search/", {"q": text}, follow=True)
    for address in ("/", "/intake/", "/intake/waiting/", "/ledgers/persons/", "/ledgers/enrolments/", "/ledgers/classes/",
                    "/ledgers/certificates/", f"/handed-in/{NOTICE}/roster/",
                    "/systems/cdpf-employment-training/training/"):  # fmt: skip
        yield address, client.get(address)
    # The office answers whom the rows mean, and takes them in.
    office = UserViewer(world.users["clerk"])
    services.decide(kept.pk, rows[6].key, "new_person", office)
    services.explain(kept.pk, "elsewhere_too", None, "不是同一期", office)
    for address in ("", "rows/", "?level=warning"):
        yield f"answered {address}", client.get(here + address)
    page = clerk.get(here).content.decode()
    seal = re.search(r'name="seal" value="(\w+)"', page)
    if seal is not None:
        clerk.post(here + "commit/", {"seal": seal[1]})
        kept.refresh_from_db()
        assert kept.batch is not None
    else:
        raise AssertionError("nothing to take in")
    for address in ("", "progress/", "rows/", "kind/warning/person_likely/"):
        yield f"taken in {address}", client.get(here + address)
    yield "list", client.get("/intake/")
    yield "marked then", client.post(here + "marked.xlsx", {"purpose": "核对"})
    yield "undo then", client.post(here + "undo/", {"sure": "1"})


def test_what_an_outsider_sees_does_not_hang_on_whom_the_registry_knows(
    world: World, sign_in: SignIn
) -> None:
    role = "base"
    seen = []
    for known in (False, True):
        with transaction.atomic():
            if known:
                make_known(world)
            answers = looks(world, sign_in(role), sign_in("clerk"), role)
            seen.append({name: steady(answer) for name, answer in answers})
            transaction.set_rollback(True)
    unknown, known_ = seen
    assert unknown.keys() == known_.keys()
    differing = [name for name in unknown if unknown[name] != known_[name]]
    assert not differing
    for refused in ("commit", "effect", "undo", "undo then", "/intake/waiting/"):
        assert unknown[refused][0] == 404, refused
    for refused in ("overwrite", "new_person", "person:1", "overruled", "who"):
        assert unknown[refused][0] == 422, refused
    assert unknown["typed 0"][0] == 302 and "待区县核对" in str(unknown[""][2])


def test_planning_from_outside_asks_nothing_of_the_registry(world: World) -> None:
    user, fuling = world.users["base"], world.regions["涪陵区"]
    make_known(world)
    upload = factories.hand_in(user, fuling, told())
    with CaptureQueriesContext(connection) as asked:
        planned = queries.fresh_plan(upload, UserViewer(user))
    tables = ("people_", "training_", "intake_answer", "livelihoods_", "bases_")
    assert not [query["sql"] for query in asked if any(f'"{name}' in query["sql"] for name in tables)]
    assert planned.counts[Verdict.SAME] == 1, "the row that stands twice in the file is told"
    assert not planned.changes and not planned.questions
    assert {issue.code for issue in planned.issues} >= {"twice_in_file", "id_lost"}


def take_in(world: World, role: str = "base") -> tuple[Upload, list[int]]:
    """A file from outside that the county's clerk has taken in; the keys of its enrolments."""
    make_known(world)
    # Those who sat in the class already, and who is registered by another name, are told to the clerk.
    Enrolment.objects.filter(training_class__title=TITLE).delete()
    upload = factories.hand_in(world.users[role], world.regions["涪陵区"], told())
    clerk = UserViewer(world.users["clerk"])
    services.commit_upload(upload.pk, queries.fresh_plan(upload, clerk), clerk)
    return upload, list(Enrolment.objects.filter(entered_by=role).order_by("pk").values_list("pk", flat=True))


def test_rows_taken_in_by_the_office_are_those_of_who_brought_them(world: World, sign_in: SignIn) -> None:
    _upload, rows = take_in(world)
    assert rows and Enrolment.objects.filter(pk__in=rows, state=State.DRAFT).count() == len(rows)
    page = sign_in("base").get("/ledgers/enrolments/").content.decode()
    assert name_of(FIRST) in page and TITLE in page
    assert name_of(FIRST) not in sign_in("trainer").get("/ledgers/enrolments/").content.decode()


def test_of_a_person_an_outsider_sees_her_name_and_what_they_entered(world: World, sign_in: SignIn) -> None:
    _upload, rows = take_in(world)
    client, row = sign_in("base"), rows[0]
    woman = Enrolment.objects.get(pk=row).person
    Person.objects.filter(pk=woman.pk).update(
        education="20", hukou=world.regions["万州区"], died_on="2024-01-01"
    )
    pages = {
        address: client.get(address)
        for address in (f"/persons/{woman.pk}/", f"/ledgers/enrolments/{row}/", "/ledgers/persons/",
                        "/ledgers/enrolments/", "/ledgers/statuses/", "/ledgers/certificates/", "/ledgers/households/")
    }  # fmt: skip
    files = {
        address: client.post(address, {"purpose": "核对"})
        for address in (
            "/ledgers/persons/export.csv",
            "/ledgers/enrolments/export.csv",
            f"/persons/{woman.pk}/paper.docx",
        )
    }
    assert {answer.status_code for answer in (*pages.values(), *files.values())} == {200}
    shown = "".join(answer.content.decode() for answer in pages.values())
    for address in list(files)[:2]:
        shown += files[address].content.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(files[f"/persons/{woman.pk}/paper.docx"].content)) as packed:
        shown += packed.read("word/document.xml").decode()
    assert woman.name in shown
    born = f"{woman.birth_date:%Y}"
    for secret in ("500000", f"{woman.phone}"[:3] + "*", born, "大学本科", "扶贫办", "万州", "另有", "去世"):
        assert secret not in shown, secret


def test_what_is_hidden_from_an_outsider_is_no_oracle_either(world: World, sign_in: SignIn) -> None:
    _upload, rows = take_in(world)
    client, row = sign_in("base"), rows[0]
    woman = Enrolment.objects.get(pk=row).person_id
    for query in ("person.sex=2", "person.disabled=1", "person.numberless=0", "col=person.id_number", "col=person.hukou",
                  "sort=person.sex", "sort=person.hukou", "col=person.certificate"):  # fmt: skip
        assert client.get(f"/ledgers/enrolments/?{query}").status_code == 400, query
        assert client.post(f"/ledgers/enrolments/export.csv?{query}", {"purpose": "x"}).status_code == 422, (
            query
        )
        kept = client.post(f"/ledgers/enrolments/views/?{query}", {"label": "x"}, follow=True)
        assert kept.status_code in (400, 422), query
    for query in ("sex=2", "numberless=1", "sort=birth_date", "col=certificate"):
        assert client.get(f"/ledgers/persons/?{query}").status_code == 400, query
    for address in (f"/ledgers/persons/{woman}/edit/", f"/ledgers/persons/{woman}/history/"):
        assert client.get(address).status_code == 404, address
        assert AccessEntry.objects.filter(username="base", done=False, subject__contains=str(woman)).exists()
    assert client.post(f"/ledgers/persons/{woman}/reveal/id_number/", {"purpose": "x"}).status_code == 404
    # Nor does changing a row of their own tell whether an office has the same one.
    form = client.get(f"/ledgers/enrolments/{row}/edit/").content.decode()
    assert 'name="field.result"' in form
    own_class = Enrolment.objects.get(pk=row).training_class_id
    TrainingClass.objects.filter(pk=own_class).update(entered_by="base")
    form = client.get(f"/ledgers/classes/{own_class}/edit/").content.decode()
    assert 'name="field.content"' in form and 'name="field.title"' not in form


def test_a_class_of_theirs_counts_only_their_own_rows(world: World, sign_in: SignIn) -> None:
    _upload, rows = take_in(world)
    held = Enrolment.objects.get(pk=rows[0]).training_class
    held.entered_by = "base"
    held.save()
    factories.enrol(held, world.people["here"][:7])
    page = flat(sign_in("base").get(f"/classes/{held.pk}/"))
    assert world.people["here"][1].name not in page
    assert f"<b>{len(rows)}</b>" in page and f"<b>{len(rows) + 7}</b>" not in page


def test_an_office_s_work_on_a_file_from_outside_is_not_told(world: World, sign_in: SignIn) -> None:
    make_known(world)
    upload = factories.hand_in(world.users["base"], world.regions["涪陵区"], told())
    clerk = UserViewer(world.users["clerk"])
    upload_store.remember(upload, queries.fresh_plan(upload, clerk), clerk)
    Job.objects.create(
        kind=jobs.COMMIT, subject=upload.subject, actor="clerk", state="running", step="写入", total=9
    )
    client = sign_in("base")
    for address in ("/intake/", f"/intake/{upload.pk}/progress/"):
        page = client.get(address).content.decode()
        assert "name_differs" not in page and "姓名" not in page and "写入 0 / 9" not in page, address
    assert client.get(f"/intake/{upload.pk}/").status_code == 200
    assert sign_in("clerk").get(f"/intake/{upload.pk}/").status_code == 302, (
        "the clerk is shown how far it is"
    )
