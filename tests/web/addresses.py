"""Every address of the desk, with objects of a county: what the test of access, the crawl and the browser walk."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from functools import cache

from django.urls import reverse
from django.utils import timezone
from PIL import Image

from qiaojie.accounts.models import AccessKey, Export, Grant, Packet, Post, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.asking.models import KeptAnswer
from qiaojie.comparison import services as outside
from qiaojie.comparison.models import OutsideList
from qiaojie.documents import services as documents
from qiaojie.documents.models import Document, DocumentKind
from qiaojie.documents.services import DocumentDetails
from qiaojie.intake import services
from qiaojie.intake.models import Answer, HeaderMapping
from qiaojie.intake.reading.header_mapping import CHOSEN
from qiaojie.ledgers.models import Batch, SavedView
from qiaojie.lib.crypto import keyring
from qiaojie.lib.periods import read_period
from qiaojie.measures.models import Dispute
from qiaojie.notices import queries as notices
from qiaojie.notices.models import Filing
from qiaojie.papers import returning
from qiaojie.papers.models import UnplacedSheet
from qiaojie.people.models import Doubt, Person, Relocation, RelocationList
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.training import services as attendance
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import Attendance
from qiaojie.training.models import DayPart as PartOfDay
from qiaojie.training.register import Session
from tests.declared.drafts import drafting
from tests.web.factories import FORM, NOTICE, World, identity, own_word


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
        "unsent": "/unsent/",
        "components": "/components/",
        **administered(world, county),
        "stay": "/stay/",
        "own-account": "/account/",
        "own-password": "/account/password/",
        "add-codes": "/account/codes/",
        "own-card": "/account/card/",
        "key-options": "/account/keys/options/",
        "add-key": "/account/keys/",
        "remove-factor": "/account/factors/1/remove/",
        "end-session": "/account/sessions/end/",
        "own-access-keys": "/account/access-keys/",
        "api-page": "/help/api/",
        "api-document": "/help/api/openapi.json",
        "boards": "/board/",
        "board": f"/board/{NOTICE}/?region={region.name}",
        "renew-year-before": f"/board/{NOTICE}/year-before/",
        "board-page": f"/board/{NOTICE}/page.pdf?region={region.name}",
        "money": f"/board/{NOTICE}/money/?unit={region.pk}",
        "money-rows": f"/board/{NOTICE}/money/classes/cost/?unit={region.pk}",
        "behind": f"/board/{NOTICE}/vocational_training/?unit={region.pk}",
        "course": f"/board/{NOTICE}/vocational_training/course/?unit={region.pk}",
        "ranking": f"/board/{NOTICE}/vocational_training/ranking/",
        "leader": f"/leader/{NOTICE}/?region={region.name}",
        "leader-page": f"/leader/{NOTICE}/page.pdf?region={region.name}",
        "notices": "/notices/",
        "notice": f"/notices/{NOTICE}/",
        "notices-in-force": "/notices/in-force/",
        "switch-notice": f"/notices/{NOTICE}/in-force/",
        "earlier": f"/notices/{NOTICE}/earlier/",
        "rule": f"/notices/{NOTICE}/vocational_training/rule/",
        "targets": f"/notices/{NOTICE}/vocational_training/targets/?region={region.pk}",
        "split": f"/notices/{NOTICE}/vocational_training/split/",
        "set-target": f"/notices/{NOTICE}/vocational_training/set/",
        "near": f"/near/{NOTICE}/?unit={region.pk}",
        "near-step": f"/near/{NOTICE}/vocational_training/class.has_sign_in/?unit={region.pk}",
        "near-approve": f"/near/{NOTICE}/vocational_training/state/approve/?unit={region.pk}",
        "near-calls": f"/near/{NOTICE}/vocational_training/class.has_sign_in/calls.xlsx?unit={region.pk}",
        "duties": "/duties/",
        "duty": f"/duties/{NOTICE}/year/2023-11-30/",
        "chase": f"/duties/{NOTICE}/year/2023-11-30/chase/",
        "chase-list": f"/duties/{NOTICE}/year/2023-11-30/chase.xlsx",
        "register-filing": f"/duties/{NOTICE}/year/2023-11-30/sent/",
        "revoke-filing": f"/duties/filings/{filed(region)}/revoke/",
        "corrections": "/corrections/",
        "disputes": "/disputes/",
        "dispute": f"/disputes/{NOTICE}/vocational_training/",
        "give-over": f"/disputes/{NOTICE}/vocational_training/give/",
        "dispute-answer": f"/disputes/{dispute(world, region, held=True)}/answer/",
        "dispute-withdraw": f"/disputes/{dispute(world, region, held=False)}/withdraw/",
        "approval": "/approval/",
        "unconfirmed": "/batches/unconfirmed/",
        "batch": f"/batches/{act(region)}/",
        "confirm-batch": f"/batches/{act(region)}/confirm/",
        "undo-batch": f"/batches/{act(region)}/undo/",
        "changes": "/ledgers/enrolments/changes/",
        "decide-changes": "/changes/take/",
        "ledgers": "/ledgers/",
        "asking": "/ledgers/asking/",
        "ask": "/ledgers/asking/enrolments/?ask.since=2023-01-01&ask.until=2023-12-31",
        "ask-rows": "/ledgers/asking/enrolments/rows/?ask.since=2023-01-01&ask.until=2023-12-31",
        "ask-keep": "/ledgers/asking/enrolments/keep/",
        "ask-export": "/ledgers/asking/enrolments/export.xlsx",
        "ask-kept": f"/ledgers/asking/kept/{answered_before(world, county)}/",
        "ledger": "/ledgers/enrolments/",
        "review": "/ledgers/enrolments/review/",
        "proofs": "/ledgers/employments/proofs/",
        "move": "/ledgers/enrolments/move/approve/",
        "change-many": "/ledgers/enrolments/change-many/",
        "narrow": "/ledgers/enrolments/narrow/list/",
        "keep-view": "/ledgers/enrolments/views/?state=draft",
        "drop-view": f"/ledgers/enrolments/views/{view(county)}/drop/",
        "export": "/ledgers/enrolments/export.csv",
        "reveal": reverse("reveal", args=["persons", woman.pk, "id_number"]),
        "row": f"/ledgers/enrolments/{held.enrolments.all()[0].pk}/",
        "edit": f"/ledgers/persons/{woman.pk}/edit/",
        "history": f"/ledgers/persons/{woman.pk}/history/",
        "person-paper": f"/persons/{woman.pk}/paper.docx",
        "class": f"/classes/{held.pk}/",
        "class-catalogue": f"/classes/{held.pk}/catalogue.xlsx",
        "attendance": f"/classes/{held.pk}/attendance/",
        "attendance-undo": f"/classes/{session(world, county)}/attendance/undo/",
        "class-papers": f"/classes/{held.pk}/papers/",
        "sheets": "/sheets/",
        "sheet-picture": f"/sheets/{unplaced(county)}/picture.jpg",
        "person": f"/persons/{woman.pk}/",
        "add-documents": f"/documents/add/classes/{held.pk}/",
        "document": f"/documents/{photo(world, county)}/",
        "document-preview": f"/documents/{photo(world, county)}/preview.jpg",
        "document-whole": f"/documents/{photo(world, county)}/whole/",
        "document-turn": f"/documents/{photo(world, county)}/turn/left/",
        "document-move": f"/documents/{photo(world, county)}/move/restore/",
        "uploads": "/intake/",
        "receive": "/intake/new/",
        "enter": f"/intake/enter/{NOTICE}/roster/?person={woman.pk}",
        "paste": f"/intake/paste/ledgers/enrolments/?class={held.pk}",
        "issuers": "/certificates/issuers/",
        "relocations": "/relocations/",
        "relocation-new": "/relocations/new/",
        "relocation": f"/relocations/{moving(world, county)}/",
        "relocation-act": f"/relocations/{moving(world, county)}/take-back/",
        "relocation-paper": f"/relocations/{moving(world, county)}/paper.docx",
        "household-proposals": "/persons/households/",
        "household-answer": f"/persons/households/{township(world, county)}/decline/",
        "doubts": "/persons/doubts/",
        "doubt-answer": f"/persons/doubts/{doubted(world, county)}/answer/",
        "join": f"/ledgers/classes/{held.pk}/join/",
        "part": f"/ledgers/classes/{held.pk}/part/",
        "merge": f"/persons/{woman.pk}/merge/",
        "unmerge": f"/persons/{found_to_be(world.people[county][2])}/unmerge/",
        "waiting": "/intake/waiting/",
        "revoke-answer": f"/intake/answers/{answered(region, woman)}/revoke/",
        "plan": f"/intake/{upload.pk}/",
        "whole-list": f"/intake/{owners_list(world, county)}/whole/",
        "columns": f"/intake/{upload.pk}/columns/",
        "decide": f"/intake/{upload.pk}/decide/",
        "mend-cell": f"/intake/{upload.pk}/mend/",
        "decide-all": f"/intake/{upload.pk}/decide-all/",
        "plan-kind": f"/intake/{upload.pk}/kind/error/id_lost/",
        "plan-effect": f"/intake/{upload.pk}/effect/",
        "plan-reason": f"/intake/{upload.pk}/reason/",
        "plan-rows": f"/intake/{upload.pk}/rows/",
        "plan-marked": f"/intake/{upload.pk}/marked.xlsx",
        "marked": f"/intake/{upload.pk}/marked/",
        "cancel-marked": f"/intake/{upload.pk}/marked/cancel/",
        "commit": f"/intake/{upload.pk}/commit/",
        "undo": f"/intake/{upload.pk}/undo/",
        "discard": f"/intake/{upload.pk}/discard/",
        "restore": f"/intake/{upload.pk}/restore/",
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
        "compare-cancel": f"/comparisons/{listed(world, county)}/cancel/",
        "compare-discard": f"/comparisons/{listed(world, county, '旧名单.csv')}/discard/",
        "compare-export": f"/comparisons/{listed(world, county)}/export/",
        "practice-afresh": "/practice/afresh/",
        "code-lists": "/code-lists/",
        "code-list": "/code-lists/crafts/",
        "end-word": f"/code-lists/words/{own_word(region)}/end/",
        "forms": "/forms/",
        "form": reverse("form", kwargs=form) + asked,
        "form-rows": reverse("form-rows", kwargs=form) + asked,
        "download": reverse("download", kwargs={**form, "format": "xlsx"}) + asked,
    }


def answered_before(world: World, county: str) -> int:
    """An answer that the county's federation kept (once: looking at addresses takes nothing)."""
    agency = world.users["approver" if county == "here" else "other"].agency
    assert agency is not None
    kept, _new = KeptAnswer.objects.get_or_create(
        agency=agency,
        ledger="enrolments",
        defaults={
            "as_of": date(2023, 11, 30),
            "unit": "persons",
            "approved": 1,
            "pending": 0,
            "told": json.dumps(
                {"title": "", "groupings": [], "heads": [], "lines": [], "text": "", "meaning": []}
            ),
        },
    )
    return kept.pk


def act(region: Region) -> int:
    """A batch of a county."""
    kept, _new = Batch.objects.get_or_create(
        ledger="classes", region=region, actor="somebody", defaults={"purpose": "试录"}
    )
    return kept.pk


def listed(world: World, county: str, name: str = "名单.csv") -> int:
    """A list of an outside system that a county compared (once: looking at addresses takes nothing)."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    held = next((one for one in OutsideList.objects.filter(region=region) if one.name == name), None)
    if held is None:
        table = notices.table("cdpf-employment-training/training")
        data = f"姓名,残疾人证号,身份证号,培训项目,结束日期\n李桂,,{identity(900)},某班,2023-06-20\n"
        viewer = UserViewer(world.users["clerk" if county == "here" else "other"])
        held = outside.take(data.encode("utf-8-sig"), name, table, region, read_period("2023"), viewer)
    return held.pk


def moving(world: World, county: str) -> int:
    """A list of a woman who moves from a county to one that nobody here looks after."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    made, new = RelocationList.objects.get_or_create(
        origin=region,
        destination=world.regions["大足区"],
        defaults={"moved_on": date(2023, 7, 1), "reason": "迁移", "offered_by": "somebody"},
    )
    if new:
        Relocation.objects.create(list=made, person=world.people[county][9])
    return made.pk


def township(world: World, county: str) -> int:
    """A township of a county."""
    if county == "here":
        return world.regions["甲0街道"].pk
    above = world.regions["万州区"]
    inside = {"parent": above, "first": above.first, "last": above.first}
    named = {"name": "乙0街道", "short_name": "乙0街道", "level": Level.TOWNSHIP, "kind": RegionKind.TOWNSHIP}
    return Region.objects.get_or_create(key="500101990", defaults={**named, **inside})[0].pk


def doubted(world: World, county: str) -> int:
    """Two records of a county that may be of one woman."""
    one, other = sorted(person.pk for person in world.people[county][6:8])
    return Doubt.objects.get_or_create(one=one, other=other, defaults={"why": "phone"})[0].pk


def photo(world: World, county: str) -> int:
    """A photo of a class of a county."""
    held = world.classes["weaving" if county == "here" else "there"]
    kept = Document.objects.filter(ledger="classes", row=held.pk).first()
    if kept is None:
        viewer = UserViewer(world.users["clerk" if county == "here" else "other"])
        said = DocumentDetails(DocumentKind.PHOTO, "开班照片", held.begins, "学员在练习竹编")
        kept = documents.hand_in(CLASSES, held.pk, picture(), "照片.png", said, viewer)
    return kept.pk


def owners_list(world: World, county: str) -> int:
    """A list of statuses that was handed in."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    person = world.people[county][0]
    who = world.users["clerk" if county == "here" else "other"]
    text = f"姓名,身份证号,身份体系\n{person.name},{person.id_number},最低生活保障\n"
    table = notices.table("ledgers/statuses")
    return services.receive(text.encode(), "低保.csv", table, region, UserViewer(who)).pk


def session(world: World, county: str) -> int:
    """A class of a county in whose register every account that may has saved something."""
    held = world.classes["weaving" if county == "here" else "there"]
    if not Attendance.objects.filter(enrolment__training_class=held).exists():
        for place, user in enumerate(
            ("clerk", "approver", "women", "city") if county == "here" else ("other",)
        ):
            one = Session(held.begins + timedelta(days=place), PartOfDay.MORNING, 4)
            attendance.add_session(held.pk, one, True, UserViewer(world.users[user]))
    return held.pk


@cache
def picture() -> bytes:
    """A small picture."""
    held = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(held, "PNG")
    return held.getvalue()


def view(county: str) -> int:
    """A kept view of somebody in a county: nobody else's to drop."""
    kept, _new = SavedView.objects.get_or_create(
        owner=f"{county}-somebody", ledger="enrolments", label="待审"
    )
    return kept.pk


def unplaced(county: str) -> int:
    """A photographed sheet of somebody in a county that waits for its number."""
    kept = UnplacedSheet.objects.filter(owner=f"{county}-somebody").first()
    if kept is None:
        content = keyring().encrypt_bytes(picture(), returning.CONTENT)
        kept = UnplacedSheet.objects.create(
            owner=f"{county}-somebody", name="签到.png", content=content, fault="number_missing"
        )
    return kept.pk


def filed(county: Region) -> int:
    """A report that a county has sent."""
    kept, _new = Filing.objects.get_or_create(
        notice=FORM, duty="year", due=date(2019, 11, 30), region=county, revoked_at=None,
        defaults={"sent_on": date(2019, 11, 28), "by": "somebody"},
    )  # fmt: skip
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
        defaults={"content": '{"matters": [], "promises": [], "boxes": []}'},
    )
    return kept.pk


def administered(world: World, county: str) -> dict[str, str]:
    """Addresses of accounts, with those of a county."""
    user = world.users["approver" if county == "here" else "other"]
    asked, _new = Grant.objects.get_or_create(user=user, role="leader", asked_by="x", answer="open")
    kept, _new = Export.objects.get_or_create(
        user_id=user.pk,
        subject="addresses",
        defaults={
            "name": "名册.csv",
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
        "first-code": f"/accounts/{user.pk}/first-code/",
        "account-card": f"/accounts/{user.pk}/card/",
        "accounts-several": "/accounts/several/",
        "contact": "/accounts/contact/",
        "agencies": "/agencies/",
        "agency": f"/agencies/{user.agency_id}/",
        "agency-act": f"/agencies/{user.agency_id}/rename/",
        "backups": "/backups/",
        "backup-make": "/backups/make/",
        "backup-cancel": "/backups/cancel/",
        "backup-fetch": "/backups/fetch/",
        **drafting(county),
        "access-keys": "/access-keys/",
        "access-key-act": f"/access-keys/{access_key(user)}/end/",
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


def access_key(user: User) -> int:
    """A key with which a program asks in somebody's name."""
    kept, _new = AccessKey.objects.get_or_create(
        user=user,
        handle=f"key{user.pk:09d}",
        defaults={
            "secret": b"x",
            "name": "培训系统",
            "purpose": "对账",
            "ledgers": ["enrolments"],
            "role": user.role,
            "expires_at": timezone.now() + timedelta(days=90),
        },
    )
    return kept.pk


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


def posted(world: World, county: str, name: str = "") -> dict[str, str | int]:
    """What forms of all kinds send, with objects of a county; of the address ``name`` what that one takes for another."""
    held = world.classes["weaving" if county == "here" else "there"]
    other = held.pk if name == "join" else world.people[county][3].pk
    return {
        "purpose": "核对",
        "sure": "1",
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
        "other": other,
        "keep": world.people[county][1].pk,
        "name": "改名",
        "since": "2024-01-01",
    }
