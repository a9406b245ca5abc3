"""Every declared ledger that comes with the programme, and a dozen made up: entered, approved, counted, listed, exported, asked
by a program, and taken back."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from pytest_django import Settings

from qiaojie.accounts.viewers import UserViewer
from qiaojie.declared import running
from qiaojie.declared.kept import Kept
from qiaojie.declared.naming import model_of
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration, undoing
from qiaojie.ledgers import services as ledgers
from qiaojie.ledgers.models import Batch, State
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from tests.declared.rows import referred, row_of
from tests.web.factories import World

pytestmark = pytest.mark.django_db

OWN = sorted(code for code, kept in running.current().items() if not kept.declared.extends)
SHIPPED = [code for code in OWN if not code.startswith("made_up")]
MADE_UP = [code for code in OWN if code.startswith("made_up")]
CODES = [*SHIPPED, *(pytest.param(code, marks=pytest.mark.later) for code in MADE_UP)]

NOTICE = """
code = "own-2023"
title = "自建台账"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "2023"

[[indicators]]
code = "done"
label = "办理"
unit = "{unit}"
count = "{count}"
ledger = "{ledger}"
answered_by = "filed"
definition = "办理的数。"

[[tables]]
code = "list"
title = "{{year}}年办理名单"
ledger = "{ledger}"
columns = [{columns}]
"""


def ordered(folder: Path, settings: Settings, kept: Kept) -> None:
    """A notice that counts the ledger, and has a form over all its own fields."""
    person = any(one.what == "person" and not one.optional for one in kept.declared.subjects)
    columns = ", ".join(f'{{ label = "{one.label}", field = "{one.code}" }}' for one in kept.declared.fields)
    if person:
        columns = f'{{ label = "姓名", field = "person.name" }}, {columns}'
    words = {
        "unit": "人" if person else "次",
        "count": "persons" if person else "events",
        "ledger": kept.code,
    }
    path = folder / "own-2023"
    path.mkdir(parents=True)
    (path / "notice.toml").write_text(NOTICE.format(**words, columns=columns), encoding="utf-8")
    (path / "README.md").write_text("# Own\n", encoding="utf-8")
    settings.NOTICE_DIRS = [folder]


def put(world: World, kept: Kept) -> Batch:
    """One row, handed in by a clerk as a list of the ledger's own table."""
    region = world.regions["涪陵区"]
    referred(kept, region)
    table = notices.table(standard.name_of(declaration.get(kept.code)))
    typed, said = row_of(kept), {}
    for leaf in table.form.readable:
        text = typed.get(leaf.column.field or "", "")
        if leaf.column.kind == "yes_no" and text:
            text = "是"
        if text:
            said[leaf.label] = str((leaf.column.choices or {}).get(text, text))
    data = "\n".join([",".join(said), ",".join(said.values())]).encode("utf-8-sig")
    plan = intake.plan(data, "名单.csv", table, region, UserViewer(world.users["clerk"]))
    assert not [issue for issue in plan.issues if issue.level == "error"], plan.issues
    return intake.commit(plan, UserViewer(world.users["clerk"]))


def total(world: World) -> tuple[Any, Any]:
    notice = notices.notice("own-2023")
    recount(notice)
    found = measures.measure(notice, date(2023, 12, 31), UserViewer(world.users["city"])).total["done"]
    return found.approved, found.pending


@pytest.mark.parametrize("code", CODES)
def test_its_rows_live_as_all_others_do(world: World, settings: Settings, tmp_path: Path, code: str) -> None:
    kept, ledger, model = running.current()[code], declaration.get(code), model_of(code)
    ordered(tmp_path, settings, kept)
    batch = put(world, kept)
    row = model.objects.get()
    assert (row.state, row.entered_by) == (State.DRAFT, "clerk")
    assert total(world) == (0, 1)
    ledgers.approve(ledger, [row.pk], UserViewer(world.users["approver"]))
    assert total(world) == (1, 0)

    client, other = Client(), Client()
    client.force_login(world.users["approver"])
    other.force_login(world.users["other"])
    page = client.get(f"/ledgers/{code}/").content.decode()
    assert str(ledger.label) in page
    assert client.get(f"/ledgers/{code}/{row.pk}/").status_code == 200
    assert other.get(f"/ledgers/{code}/{row.pk}/").status_code == 404, "another county sees none of it"
    sent = client.post(f"/ledgers/{code}/export.xlsx", {"purpose": "核对"})
    assert sent.status_code == 200
    content = b"".join(sent.streaming_content) if sent.streaming else sent.content
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row >= 2
    assert notices.table("own-2023/list").takes or "person" not in {s.what for s in kept.declared.subjects}
    if ledger.person == "person" and row.person_id is not None:
        assert str(ledger.label) in client.get(f"/persons/{row.person_id}/").content.decode()

    undoing.undo(batch.pk, UserViewer(world.users["approver"]), "录错了")
    assert not model.objects.exists()
    assert total(world) == (0, 0)
