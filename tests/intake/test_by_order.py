"""What only a form of a notice in force may collect: asked where one orders it, left out with a sentence where none does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import LazySettings

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import editing, editing_many, services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.storing import originals
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.checking import check
from qiaojie.notices.models import NoticeInForce
from qiaojie.people.ledger import PERSONS
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.ledger import ENROLMENTS

from . import material

Planner = Callable[..., Plan]
CARD = "6228480402564890018"
SUBSIDY = "subsidy-2023/payees"
ORDERED = {"ethnicity", "marriage", "guardian", "guardian_phone", "bank_account", "head", "relation"}

NOTICE = """
code = "subsidy-2023"
title = "补贴通知"
issuers = ["市残联"]
edition = "none"
period = "2023"

[[tables]]
code = "payees"
title = "{region}{year}年补贴对象表"
ledger = "persons"
columns = [
  { label = "姓名", field = "name", required = true },
  { label = "身份证号", field = "id_number" },
  { label = "民族", field = "ethnicity" },
  { label = "婚姻状况", field = "marriage" },
  { label = "监护人", columns = [
    { label = "姓名", field = "guardian" },
    { label = "电话", field = "guardian_phone" } ] },
  { label = "银行账号", field = "bank_account" },
  { label = "户主姓名", field = "head" },
  { label = "与户主关系", field = "relation" },
]
"""


@pytest.fixture
def subsidy(tree: None, settings: LazySettings, tmp_path: Path) -> Path:
    """A notice whose form orders all of it; nobody has switched it on yet."""
    folder = tmp_path / "notices" / "subsidy-2023"
    folder.mkdir()
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")
    (folder / "README.md").write_text("# Subsidy\n", encoding="utf-8")
    return folder


@pytest.fixture
def ordered(subsidy: Path) -> NoticeInForce:
    return NoticeInForce.objects.create(notice="subsidy-2023", by="admin")


def payees(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(
        ["姓名", "身份证号", "民族", "婚姻状况", "监护人", None, "银行账号", "户主姓名", "与户主关系"]
    )
    sheet.append([None, None, None, None, "姓名", "电话", None, None, None])
    sheet.merge_cells("E1:F1")
    for column in "ABCDGHI":
        sheet.merge_cells(f"{column}1:{column}2")
    for row in rows:
        sheet.append(row)
    return material._bytes(book)


def one(number: int = 1, **changed: Any) -> list[Any]:
    row = {
        "name": material.name(number), "id": material.id_number(number), "ethnicity": "土家", "marriage": "丧偶",
        "guardian": "王大明", "phone": "13800002207", "account": "6228 4804 0256 4890 018", "head": "王大明",
        "relation": "妻子",
    }  # fmt: skip
    return list((row | changed).values())


def columns(name: str) -> set[str]:
    return set(notices.table(name).form.fields)


# --- with an order -------------------------------------------------------------------------------------------------------


def test_a_form_in_force_gets_its_columns_read_in(
    ordered: NoticeInForce, plan: Planner, fuling: Region
) -> None:
    planned = plan(payees(one()), SUBSIDY, who=SystemViewer())
    assert [issue.code for issue in planned.issues] == []
    services.commit(planned, SystemViewer())
    person = Person.objects.get()
    assert (person.ethnicity, person.marriage, person.guardian, person.guardian_phone) == (
        "15", "30", "王大明", "13800002207",
    )  # fmt: skip
    assert (person.bank_account, person.head, person.relation) == (CARD, "王大明", "10")
    # The same file again says nothing new; a blank erases nothing.
    assert {str(one) for one in plan(payees(one()), SUBSIDY, who=SystemViewer()).rows.verdicts} == {"same"}


def test_a_wrong_account_stops_its_row_and_no_sentence_repeats_it(
    ordered: NoticeInForce, plan: Planner
) -> None:
    rows = (one(1, account=float(CARD)), one(2, account=CARD[:-1] + "9"), one(3, account="农行卡"))
    planned = plan(payees(*rows), SUBSIDY, who=SystemViewer())
    assert [(issue.cell, issue.code) for issue in planned.issues] == [
        ("G3", "account_lost"), ("G4", "account_checksum"), ("G5", "account_chars"),
    ]  # fmt: skip
    assert not any(CARD[:8] in issue.message for issue in planned.issues)


def test_an_order_opens_the_ledgers_own_table_and_the_page(
    ordered: NoticeInForce, approver: Viewer, fuling: Region
) -> None:
    assert columns("ledgers/persons") >= ORDERED
    # A table over another ledger asks for it only where a form over that ledger does.
    assert not {f"person.{name}" for name in ORDERED} & columns("ledgers/enrolments")
    person = Person.objects.create(name="王小红", name_key="王小红")
    person.ties.create(region=fuling)
    form = editing.form(PERSONS, person.pk, approver)
    assert {entry.field.name for entry in form.entries} >= ORDERED
    offered = {offer.field.name for offer in editing_many.offers(PERSONS, approver)}
    assert not {"bank_account", "guardian", "head"} & offered


# --- without one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switched", ["never", "until yesterday"])
def test_without_an_order_the_column_is_left_out_with_a_sentence_and_kept_nowhere(
    subsidy: Path, plan: Planner, fuling: Region, switched: str
) -> None:
    if switched != "never":
        NoticeInForce.objects.create(notice="subsidy-2023", ends="2023-12-31", by="admin")
    assert not ORDERED & columns(SUBSIDY)
    office = SystemViewer()
    planned = plan(payees(one()), SUBSIDY, who=office)
    (issue,) = [issue for issue in planned.issues if issue.code == "columns_not_ordered"]
    assert "“银行账号”" in issue.message and "“户主姓名”" in issue.message
    services.commit(planned, office)
    person = Person.objects.get()
    assert not any(getattr(person, name) for name in ORDERED)
    (origin,) = originals.origin("persons", person.pk, office)
    assert not [cell for cell in origin.cells if cell.raw and cell.cell[0] in "CDGHI"]


def test_a_roster_whose_form_does_not_name_it_reads_it_by_no_way(
    ordered: NoticeInForce, plan: Planner, fuling: Region
) -> None:
    """What offices may add to a form is never what only an order collects."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*material.HEADER, "银行卡号", "民族"])
    sheet.append([*material.person_row(1), CARD, "汉族"])
    planned = plan(material._bytes(book))
    assert [issue.code for issue in planned.issues if issue.code.startswith("columns_")] == [
        "columns_not_ordered"
    ]
    services.commit(planned, SystemViewer())
    person = Person.objects.get()
    assert (person.bank_account, person.ethnicity) == (None, "")


def test_without_an_order_nothing_asks(subsidy: Path, approver: Viewer, fuling: Region) -> None:
    assert not ORDERED & columns("ledgers/persons")
    person = Person.objects.create(name="王小红", name_key="王小红", ethnicity="15", bank_account=CARD)
    person.ties.create(region=fuling)
    asked = {entry.field.name: entry for entry in editing.form(PERSONS, person.pk, approver).entries}
    # What was collected while there was an order can still be put right, the account behind its mask.
    assert asked.keys() & ORDERED == {"ethnicity", "bank_account"}
    assert (asked["bank_account"].text, asked["bank_account"].hint) == ("", "****0018")
    with pytest.raises(Unusable, match="没有改动"):
        editing.change(
            PERSONS,
            person.pk,
            {"marriage": "30"},
            editing.form(PERSONS, person.pk, approver).seen,
            approver,
            "试",
        )


# --- who is told ----------------------------------------------------------------------------------------------------------


def test_the_check_says_what_a_form_collects(subsidy: Path) -> None:
    (hint,) = [fault for fault in check([subsidy]) if fault.code == "collected_by_order"]
    assert (hint.level, hint.key) == (Level.HINT, "tables.payees")
    for label in ("民族", "婚姻状况", "监护人", "监护人电话", "银行账号", "户主姓名", "与户主关系"):
        assert label in hint.message


def test_what_is_collected_is_known_with_the_form_that_orders_it(subsidy: Path) -> None:
    assert notices.collecting() == ()
    held = NoticeInForce.objects.create(notice="subsidy-2023", by="admin")
    found = notices.collecting()
    assert {(one.table, one.owner) for one in found} == {("payees", "persons")}
    assert {one.bare for one in found} == ORDERED
    held.ends = "2023-12-31"
    held.save()
    assert notices.collecting() == ()
    assert standard.notice().tables


def test_an_account_is_masked_revealed_for_a_purpose_and_sealed_in_the_journal(
    ordered: NoticeInForce, plan: Planner, fuling: Region, approver: Viewer, neighbour: Viewer
) -> None:
    services.commit(plan(payees(one()), SUBSIDY), approver)
    person = Person.objects.get()
    (row,) = ledgers.page(PERSONS, approver, fields=["bank_account", "ethnicity", "guardian"]).rows
    assert [cell.text for cell in row.cells.values()] == ["****0018", "土家族", "王大明"]
    assert ledgers.reveal(PERSONS, approver, person.pk, "bank_account", "核对补贴") == CARD
    with pytest.raises(Unusable, match="用途"):
        ledgers.reveal(PERSONS, approver, person.pk, "bank_account", " ")
    with pytest.raises(Refused):
        ledgers.reveal(PERSONS, neighbour, person.pk, "bank_account", "核对补贴")
    for name, wanted in (("bank_account", CARD), ("guardian", "王大明"), ("head", {"has": "王"})):
        with pytest.raises(Unusable, match="不能按"):
            ledgers.page(PERSONS, approver, {name: wanted})
    assert not [change for change in Change.objects.all() if CARD.encode() in bytes(change.after or b"")]
    # In a row that refers to her it is the same field.
    assert ENROLMENTS.field("person.bank_account").on_order


def test_a_clerks_new_account_of_a_confirmed_person_waits_for_an_approver(
    ordered: NoticeInForce, plan: Planner, fuling: Region, approver: Viewer, clerk: Viewer
) -> None:
    """Whoever could turn payments to another account by one person's word would."""
    services.commit(plan(payees(one()), SUBSIDY), approver)
    person = Person.objects.get()
    form = editing.form(PERSONS, person.pk, clerk)
    given = {"bank_account": "31050136360009001", "marriage": "10"}
    assert editing.change(PERSONS, person.pk, given, form.seen, clerk, "换卡") is None
    person.refresh_from_db()
    assert (person.bank_account, person.marriage) == (CARD, "10")
