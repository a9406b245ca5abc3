"""Acts about rows: papers, attendance, records put together, outside lists, what looking leaves behind, every state."""

from __future__ import annotations

import csv
import io
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from qiaojie.ledgers import declaration, journal
from qiaojie.ledgers.models import PENDING, Batch, State
from qiaojie.measures.models import TypedFigure
from qiaojie.papers import numbers

from ..desk import Desk, hidden, keys, latest, one
from ..files import identity, picture

ALWAYS = {State.DRAFT, State.CHECKED, State.APPROVED, State.WITHDRAWN}
"""States of rows in every county; those of townships come of ``waiting.rules``, and no village has an office yet."""

EMPLOYMENT = "cdpf-employment-training/employment"


def documents() -> None:
    """Papers and photos: approved, waiting, taken back."""
    approver, clerk = Desk("fengdu-approver"), Desk("fengdu-clerk")
    held = keys("training.TrainingClass", filed_by__key="500230", begins__year=2023, state=State.APPROVED)
    for number, who in enumerate((approver, approver, clerk, clerk, clerk)):
        given = {
            "file": SimpleUploadedFile("照片.png", picture(number)),
            "kind": "photo" if number % 2 else "sign_in",
            "title": f"第{number}件",
            "day": "2023-06-05",
            "described": "六名学员围坐在长桌前。",
        }
        who.do(f"/documents/add/classes/{held[0]}/", given)
    clerk.do(f"/documents/{latest('documents.Document')}/move/withdraw/", {"reason": "传错了"})
    boxed = {"kind": "cost", "box": "2023-职-04", "otherwise": "2023-06-05", "here": "1"}
    clerk.do(f"/documents/add/classes/{held[0]}/", boxed)


def proofs() -> None:
    """Sources of proof with their documents, and jobs that one of them proves."""
    clerk, at = Desk("fengdu-clerk"), "/ledgers/employments/proofs/"
    for number in range(6):
        given = {
            "title": f"第{number}份社保比对名单",
            "kind": "compared",
            "day": "2023-10-31",
            "from_whom": "县人社局",
            "file": SimpleUploadedFile("名单.png", picture(number)),
        }
        clerk.do(at, {"act": "source", **given}, (200,))
    bare = keys("livelihoods.Employment", filed_by__key="500230", state__in=PENDING)
    given = {"row": bare, "proof": "compared", "source": latest("livelihoods.ProofSource")}
    clerk.do(at, {"act": "set", **given}, (200, 302))


def attendance() -> None:
    """Sessions of a class: added, ticked, withdrawn, undone."""
    clerk = Desk("fengdu-clerk")
    wanted = {"filed_by__key": "500230", "begins__year": 2023, "state": State.APPROVED, "kind": "vocational"}
    pk = keys("training.TrainingClass", **wanted)[0]
    held = one("training.TrainingClass", pk=pk)
    at = f"/classes/{pk}/attendance/"
    for part in ("morning", "afternoon", "evening"):
        clerk.do(
            at, {"add": "1", "day": held.begins.isoformat(), "part": part, "hours": "3", "everyone": "1"}
        )
    morning = f"{held.begins.isoformat()}.morning"
    was = hidden(clerk.see(at), f"was.{morning}")
    clerk.do(at, {f"was.{morning}": was, f"at.{morning}": was.split(",")[1:]})
    clerk.do(at, {"withdraw": f"{held.begins.isoformat()}.afternoon", "reason": "记错了"})
    clerk.do(at, {"withdraw": f"{held.begins.isoformat()}.evening", "reason": "记错了"})
    clerk.do(f"{at}undo/")


def timetable() -> None:
    """What is taught in a class, and what is planned and paid for it."""
    approver = Desk("fengdu-approver")
    wanted = {"filed_by__key": "500230", "begins__year": 2023, "state": State.APPROVED, "kind": "vocational"}
    held = one("training.TrainingClass", pk=keys("training.TrainingClass", **wanted)[0])
    for number, item in enumerate(("lectures", "materials", "allowance", "place", "papers", "other"), 1):
        lesson = {"happened_on": held.begins.isoformat(), "part": "morning", "topic": f"第{number}讲"}
        line = {"item": item, "planned": str(1000 * number)}
        for table, said in (("lessons", lesson), ("budget-lines", line)):
            boxes = {f"box.{name}": text for name, text in said.items()}
            approver.do(f"/intake/enter/ledgers/{table}/", {**boxes, "class": held.pk})


def printed() -> None:
    """Papers of a class printed; a sheet of them that came back, and photographs that wait for their number."""
    clerk = Desk("fengdu-clerk")
    wanted = {"filed_by__key": "500230", "begins__year": 2023, "state": State.APPROVED, "kind": "vocational"}
    held = keys("training.TrainingClass", **wanted)[0]
    given = {"paper": ["roster", "headcount"], "format": "xlsx", "purpose": "制作名册"}
    clerk.do(f"/classes/{held}/papers/", given, (200,))
    number = numbers.printed(latest("papers.Printing"))
    for at, name in enumerate((f"{number}.png", "照片.png", "又一张.png"), start=60):
        clerk.do("/sheets/", {"file": SimpleUploadedFile(name, picture(at)), "class": held})


def merging() -> None:
    """Two records put together; two others, and parted again."""
    approver = Desk("fengdu-approver")
    # Not those who moved here: they are claimed by two counties, and stay so.
    tied = {key: set(keys("people.Person", ties__region__key=key)) for key in ("500102", "500230")}
    known = sorted(tied["500230"] - tied["500102"])
    for gone, kept, parted in ((known[0], known[1], False), (known[2], known[3], True)):
        approver.do(f"/persons/{gone}/merge/", {"other": kept, "keep": kept, "reason": "同一人"})
        if parted:
            approver.do(f"/persons/{gone}/unmerge/")


def outside() -> None:
    """An outside list held against the registry: some lines the same, one different, one missing, one only there."""
    clerk = Desk("fengdu-clerk")
    answer = clerk.do(
        f"/forms/{EMPLOYMENT}/download.csv?period=2023&on=2023-12-31", {"purpose": "核对"}, (200,)
    )
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    head, rows = lines[0], [line for line in lines[1:] if len(line) == len(lines[0]) and line[0]]
    at = {name: head.index(name) for name in ("姓名", "残疾人证号", "身份证号", "就业单位")}
    alien = list(rows[0])
    alien[at["姓名"]], alien[at["身份证号"]], alien[at["残疾人证号"]] = (
        "吴外单",
        identity(40),
        f"{identity(40)}42",
    )
    rows[1][at["就业单位"]] = "别的单位"
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows[:-1], alien])
    data = text.getvalue().encode("utf-8-sig")
    for _ in range(2):
        file = SimpleUploadedFile("就业名单.csv", data)
        clerk.do(f"/systems/{EMPLOYMENT}/", {"file": file, "period": "2023", "purpose": "半年核对"})
    clerk.do(f"/comparisons/{latest('comparison.OutsideList')}/again/")


def typed() -> None:
    """Figures that somebody typed; no shipped notice asks for one, so they are written as the services would."""
    unit = one("regions.Region", key="500230")
    batch = Batch.objects.create(ledger="typed_figures", region=unit, actor="fengdu-clerk", purpose="填报")
    made = [
        TypedFigure.objects.create(
            notice="chongqing-bases-2020",
            indicator="townships_with_base",
            number=number,
            evidence="乡镇报表",
            filed_by=unit,
            happened_on=date(2020, 1 + number, 1),
            entered_by="fengdu-clerk",
        ).pk
        for number in range(1, 7)
    ]
    journal.created(TypedFigure, made, actor="fengdu-clerk", batch=batch, purpose="填报")


def looking() -> None:
    """What looking leaves behind: views kept, files taken out, numbers revealed, an attempt refused."""
    clerk = Desk("fengdu-clerk")
    clerk.do("/ledgers/enrolments/views/?state=approved", {"label": "已审核"})
    clerk.do("/ledgers/persons/views/", {"label": "全部"})
    clerk.do("/ledgers/persons/export.csv", {"purpose": "核对"}, (200,))
    clerk.do("/ledgers/persons/export.xlsx", {"purpose": "核对"}, (200,))
    clerk.do("/ledgers/asking/enrolments/keep/?result=completed", {"asked_for": "县政府办"})
    person = keys("people.Person", ties__region__key="500230", canonical=None)[0]
    clerk.do(f"/ledgers/persons/{person}/reveal/id_number/", {"purpose": "核对身份证"}, (200,))
    elsewhere = keys("training.TrainingClass", filed_by__key="500102")[0]
    assert clerk.client.get(f"/classes/{elsewhere}/").status_code == 404


def states() -> None:
    """Rows of every ledger of facts in every state: approved, checked, draft (sent back with a reason) and withdrawn."""
    city = Desk("city-approver")
    for ledger in declaration.every():
        if not ledger.approved:
            continue
        label, here = ledger.model._meta.label, {"filed_by__key__startswith": "50"}
        if len(keys(label, state=State.APPROVED, **here)) < 5:
            city.move(ledger.code, "approve", *keys(label, state__in=PENDING, **here))
        approved = keys(label, state=State.APPROVED, **here)
        city.move(ledger.code, "withdraw", approved[-1])
        city.move(ledger.code, "return", *approved[-3:-1])
        city.move(ledger.code, "check", approved[-2])
        left = {state for state in State if keys(label, state=state)}
        assert left >= ALWAYS, ledger.code
