"""Every ledger has a way in: a row typed, rows pasted, a template filled in and handed in, an earlier row as the pattern."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qiaojie.declared import running
from qiaojie.intake.models import Upload
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from tests.declared.rows import WOMAN, referred, row_of
from tests.web.conftest import SignIn
from tests.web.factories import World, identity
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

CERTIFICATE = f"{identity(900)}43"

WHO = WOMAN


ROWS: dict[str, dict[str, str]] = {
    "base_payments": {
        "base.name": "新村编织基地",
        "base.kind": "rural",
        "happened_on": "2023-06-01",
        "amount": "50000",
        "source": "县级资金",
    },
    "bases": {"name": "新村编织基地", "kind": "rural", "industry": "handicraft", "happened_on": "2023-03-01"},
    "budget_lines": {
        "class.title": "手工编织一班",
        "class.begins": "2023-06-01",
        "class.ends": "2023-06-20",
        "class.kind": "vocational",
        "item": "materials",
        "planned": "12000",
        "paid": "11860.50",
    },
    "care_services": {
        **WHO,
        "form": "day",
        "purchased": "1",
        "provider": "新村托养中心",
        "begins": "2023-02-01",
    },
    "certificates": {
        "person.name": "王新人",
        "person.id_number": identity(900),
        "number": CERTIFICATE,
        "county": "涪陵区",
        "issued_on": "2020-01-05",
        "expires_on": "2030-01-04",
    },
    "classes": {
        "title": "新村编织班",
        "kind": "vocational",
        "begins": "2023-05-01",
        "ends": "2023-05-20",
        "cost": "32000",
        "planned_headcount": "40",
    },
    "employments": {
        **WHO,
        "form": "flexible",
        "employer": "新村编织厂",
        "settlement": "rural",
        "begins": "2023-07-01",
        "proof": "contract",
    },
    "enrolments": {
        **WHO,
        "class.title": "手工编织一班",
        "class.begins": "2023-06-01",
        "class.ends": "2023-06-20",
        "result": "completed",
    },
    "events": {"title": "按摩提升", "kind": "massage", "begins": "2023-05-01", "ends": "2023-05-03"},
    "graduate_services": {
        **WHO,
        "graduated_in": "2023",
        "verified": "1",
        "origin": "涪陵区",
        "happened_on": "2023-09-01",
        "service": "职业指导",
    },
    "help": {
        **WHO,
        "base.name": "新村编织基地",
        "base.kind": "workshop",
        "base.industry": "handicraft",
        "woman_kind": "poor",
        "dates": "2023.6.1-2023.6.20",
    },
    "household_units": {"number": "F-12", "region": "涪陵区", "begins": "2015-01-01"},
    "households": {
        "person.name": "王新人",
        "person.id_number": identity(900),
        "household.number": "F-12",
        "begins": "2015-01-01",
    },
    "incomes": {**WHO, "month": "2023-06-01", "kind": "handicraft", "amount": "1200.50"},
    "lessons": {
        "class.title": "手工编织一班",
        "class.begins": "2023-06-01",
        "class.ends": "2023-06-20",
        "class.kind": "vocational",
        "happened_on": "2023-06-02",
        "part": "morning",
        "topic": "平编起头",
        "teacher": "张老师",
        "hours": "4",
    },
    "persons": {
        "name": "王新人",
        "id_number": identity(900),
        "certificate": CERTIFICATE,
        "issued_by": "涪陵区",
        "hukou": "涪陵区",
        "hukou_kind": "1",
    },
    "proof_sources": {
        "title": "社保缴费比对名单",
        "kind": "compared",
        "from_whom": "社保局",
        "happened_on": "2023-06-01",
    },
    "statuses": {
        "person.name": "王新人",
        "person.id_number": identity(900),
        "scheme": "minimum_allowance",
        "begins": "2021-01-01",
        "source": "民政局",
    },
}
"""A row of each ledger, as it is typed: codes of choices, days as the browser sends them."""

ROWS |= {code: row_of(kept) for code, kept in running.current().items() if not kept.declared.extends}


def entered() -> list[Ledger]:
    return [ledger for ledger in declaration.every() if ledger.entered]


def address(ledger: Ledger, way: str = "enter") -> str:
    return f"/intake/{way}/{standard.CODE}/{standard.code_of(ledger)}/"


def boxes(said: Mapping[str, str]) -> dict[str, str]:
    return {f"box.{name}": text for name, text in said.items()}


def number(ledger: Ledger) -> int:
    return ledger.model._default_manager.count()


def paper(code: str, said: Mapping[str, str] | None = None) -> dict[str, str]:
    """The row as a paper says it: words of choices under the heads of columns."""
    row = ROWS[code] if said is None else said
    table = notices.table(standard.name_of(declaration.get(code)))
    found = {}
    for leaf in table.form.readable:
        text = row.get(leaf.column.field or "", "")
        if leaf.column.kind == "yes_no" and text:
            text = "是" if text == "1" else "否"
        found[leaf.label] = str((leaf.column.choices or {}).get(text, text))
    return found


def test_every_ledger_with_a_table_is_tried() -> None:
    known = {ledger.code for ledger in entered()}
    assert known == ROWS.keys()
    assert {one.code for one in declaration.every() if not one.entered} == {
        "agencies",
        "attendances",
        "class_details",
        "documents",
        "typed_figures",
    }


@pytest.fixture(autouse=True)
def registered(request: pytest.FixtureRequest) -> None:
    """What rows of declared ledgers refer to and do not make is there: the competition of an entry."""
    code = getattr(request.node, "callspec", None) and request.node.callspec.params.get("code")
    kept = running.current().get(code or "")
    if kept is not None:
        regions = request.getfixturevalue("world").regions
        referred(kept, regions["涪陵区"])


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_row_is_typed_and_the_next_keeps_what_is_the_same(world: World, sign_in: SignIn, code: str) -> None:
    client, ledger = sign_in("approver"), declaration.get(code)
    page = client.get(address(ledger))
    assert page.status_code == 200
    before = number(ledger)
    answer = client.post(address(ledger), {**boxes(ROWS[code]), "act": "again", "reason": "核对过"})
    assert answer.status_code == 302, flat(answer)
    assert number(ledger) == before + 1
    following = flat(client.get(answer["Location"]))
    kept = Upload.objects.latest("pk")
    assert f'href="/intake/{kept.pk}/"' in following
    assert identity(900) not in following and "13900000900" not in following
    stays = [
        name for name in ROWS[code] if name in ("class.title", "provider", "employer", "base.name", "kind")
    ]
    assert all(ROWS[code][name] in following for name in stays)
    assert client.post(f"/intake/{kept.pk}/undo/", {"sure": "1", "reason": "重来"}).status_code == 302
    assert number(ledger) == before


@pytest.mark.parametrize("code", sorted(ROWS))
@pytest.mark.parametrize("headed", [True, False])
def test_rows_are_pasted(world: World, sign_in: SignIn, code: str, headed: bool) -> None:
    client, ledger = sign_in("approver"), declaration.get(code)
    said = {head: text for head, text in paper(code).items() if text}
    lines = ["\t".join(said)] if headed else []
    before = number(ledger)
    rows = "\n".join([*lines, "\t".join(said.values())])
    answer = client.post(address(ledger, "paste"), {"rows": rows})
    if answer.status_code == 422 and not headed:
        # What stands in the columns does not tell all of them apart: she is asked, and nothing she pasted is lost.
        page = flat(answer)
        assert "各栏是什么" in page and all(text in page for text in said.values())
        fields = {
            leaf.label: leaf.column.field for leaf in notices.table(standard.name_of(ledger)).form.readable
        }
        asked = {f"col.{at}": fields[label] for at, label in enumerate(said)}
        answer = client.post(address(ledger, "paste"), {"rows": rows, **asked})
    assert answer.status_code == 302, flat(answer)
    kept = Upload.objects.latest("pk")
    assert answer["Location"] == f"/intake/{kept.pk}/"
    plan = flat(client.get(answer["Location"]))
    commit(client, kept, plan)
    assert number(ledger) == before + 1, plan


def commit(client: Client, kept: Upload, plan: str) -> None:
    for level, kind in sorted(set(re.findall(r"/kind/(\w+)/(\w+)/", plan))):
        if level == "warning":
            client.post(f"/intake/{kept.pk}/reason/", {"code": kind, "words": "核对过"})
        plan = flat(client.get(f"/intake/{kept.pk}/"))
    seal = re.search(r'name="seal" value="([^"]*)"', plan)
    assert seal is not None, plan
    answer = client.post(f"/intake/{kept.pk}/commit/", {"seal": seal[1]})
    assert answer.status_code == 302, flat(answer)


@pytest.mark.parametrize("code", sorted(ROWS))
def test_a_template_is_filled_in_and_handed_in(world: World, sign_in: SignIn, code: str) -> None:
    client, ledger = sign_in("approver"), declaration.get(code)
    place = f"/forms/{standard.CODE}/{standard.code_of(ledger)}/"
    empty = client.get(f"{place}download.xlsx?blank=1")
    assert empty.status_code == 200, flat(empty)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(empty)))
    sheet = book.active
    assert sheet is not None
    said = paper(code)
    top = next(row for row in sheet.iter_rows() if any(cell.value in said for cell in row))
    for cell in top:
        text = said.get(str(cell.value).split("（")[0], said.get(str(cell.value), ""))
        if text:
            sheet.cell(cell.row + 1, cell.column, text)
    filled = io.BytesIO()
    book.save(filled)
    before = number(ledger)
    file = SimpleUploadedFile("登记.xlsx", filled.getvalue())
    answer = client.post("/intake/new/", {"file": file})
    assert answer.status_code == 302, flat(answer)
    kept = Upload.objects.latest("pk")
    assert kept.table == standard.name_of(ledger), "its title tells which one it is"
    plan = flat(client.get(f"/intake/{kept.pk}/"))
    commit(client, kept, plan)
    assert number(ledger) == before + 1, plan
