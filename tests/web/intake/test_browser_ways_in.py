"""In a real browser: every ledger entered row by row, pasted, imported and changed in many rows at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from tests.web.factories import World, identity
from tests.web.intake.test_ways_in import ROWS, address, entered, paper
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db(transaction=True)

Axe = Callable[[Page], None]

SHOWN_FIRST = ("care_services", "statuses")
"""Tried with every change; the others among the long tests."""

CODES = [code if code in SHOWN_FIRST else pytest.param(code, marks=pytest.mark.long) for code in sorted(ROWS)]


def another(code: str, number: int) -> dict[str, str]:
    """The row of a ledger about somebody or something else."""
    changed = {}
    for name, text in ROWS[code].items():
        if identity(900) in text:
            text = text.replace(identity(900), identity(number))
        elif name.rpartition(".")[2] == "name" and code != "bases":
            text = "李" + "一二三四五六七八九"[number % 9] + "娘"
        elif name in ("title", "name", "number", "household.number", "base.name"):
            text = f"{text}{number}"
        changed[name] = text
    return changed


def number(ledger: Ledger) -> int:
    return ledger.model._default_manager.count()


def press_through(page: Page) -> None:
    """The plan's warnings get their reason, and its rows are written."""
    page.get_by_role("button", name=re.compile("^写入")).first.click()
    expect(page.get_by_role("heading", name="写入了什么")).to_be_visible()


def fill(page: Page, code: str, said: dict[str, str]) -> None:
    for name, text in said.items():
        box = page.locator(f'[name="box.{name}"]')
        if box.evaluate("one => one.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    page.get_by_role("button", name="登记，再记一条").click()
    reason = page.locator("#reason")
    if reason.count():
        reason.fill("核对过")
        page.get_by_role("button", name="登记，再记一条").click()
    issuer = page.locator("#issuer")
    if issuer.count():
        issuer.select_option(index=1)
        page.get_by_role("button", name="登记，再记一条").click()
    expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()


@pytest.mark.parametrize("code", CODES)
def test_a_ledger_is_fed(world: World, page: Page, axe: Axe, code: str) -> None:
    ledger = declaration.get(code)
    before = number(ledger)
    enter(page, "approver")
    page.goto("/ledgers/")
    page.locator(f'a[href="{address(ledger)}"]').click()
    axe(page)
    fill(page, code, another(code, 901))
    fill(page, code, another(code, 902))
    assert number(ledger) == before + 2

    paste(page, axe, code)
    assert number(ledger) == before + 3
    hand_in(page, code)
    assert number(ledger) == before + 4
    change_many(page, axe, code)


def paste(page: Page, axe: Axe, code: str) -> None:
    """A row out of a sheet, with its header."""
    page.goto(address(declaration.get(code), "paste"))
    axe(page)
    said = {head: text for head, text in paper(code, another(code, 903)).items() if text}
    page.get_by_label("从表格里复制的行").fill("\n".join("\t".join(line) for line in (said, said.values())))
    page.get_by_role("button", name="看计划").click()
    press_through(page)


def hand_in(page: Page, code: str) -> None:
    """A file that calls itself by the table's name."""
    title = notices.table(standard.name_of(declaration.get(code))).called
    said = {head: text for head, text in paper(code, another(code, 904)).items() if text}
    lines = "\n".join([title, ",".join(said), ",".join(said.values())])
    file: FilePayload = {"name": "登记.csv", "mimeType": "text/csv", "buffer": lines.encode("utf-8-sig")}
    page.goto("/intake/new/")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="看计划").click()
    press_through(page)


def change_many(page: Page, axe: Axe, code: str) -> None:
    """One field of all rows of the list, chosen at its foot; of those ticked where the list does not go on."""
    page.goto(f"/ledgers/{code}/")
    axe(page)
    every = page.get_by_role("link", name=re.compile("^选中符合条件的全部"))
    if every.count():
        every.click()
        axe(page)
    else:
        page.locator("input[name=row]").first.check()
    page.get_by_role("button", name="改同一栏").click()
    choices = page.locator("#field option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
    assert choices, "something of it can be changed"
    page.locator("#field").select_option(choices[-1])
    page.get_by_role("button", name="下一步").click()
    axe(page)
    box = page.locator('[name="value"]')
    value: Any = box.evaluate(
        "one => one.tagName === 'SELECT' ? [...one.options].map(each => each.value).filter(Boolean)[0]"
        " : one.type === 'date' ? 'day' : 'text'"
    )
    if box.evaluate("one => one.tagName") == "SELECT":
        box.select_option(value)
    else:
        place = declaration.get(code).field(choices[-1]).kind == "region"
        box.fill(date(2023, 12, 1).isoformat() if value == "day" else "涪陵区" if place else "3")
    page.get_by_label("修改的原因或依据").fill("统一更正")
    page.get_by_role("button", name="先看看会怎样").click()
    expect(page.get_by_text("先看看会怎样，还没有改。")).to_be_visible()
    axe(page)
    do = page.get_by_role("button", name=re.compile("^改这"))
    if do.count():
        do.click()
        expect(page.get_by_role("status").filter(has_text="办了")).to_be_visible()


def test_all_ledgers_are_tried() -> None:
    assert {ledger.code for ledger in entered()} <= ROWS.keys()
