"""Review in a browser: a class approved by keyboard in few presses, the same on a phone, rows ticked and counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qiaojie.ledgers.models import State
from tests.browser import PHONE
from tests.web import factories
from tests.web.factories import World
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def test_a_class_of_28_is_approved_in_three_presses(world: World, page: Page, axe: Axe, shot: Shot) -> None:
    fuling = world.regions["涪陵区"]
    held = factories.training_class(fuling, "二十八人班")
    factories.enrol(held, [factories.person(n, fuling) for n in range(100, 128)], State.DRAFT)
    enter(page, "city")
    presses = 0
    for role, name in (("link", "台账"), ("link", "34 待审核：参训记录"), ("button", "审核这 28 条")):
        found = page.get_by_role(role, name=re.compile(f"^{name}"))  # type: ignore[arg-type]
        found.first.focus()
        if role == "button":
            axe(page)
            shot(page, "review")
        page.keyboard.press("Enter")
        presses += 1
    expect(page.get_by_role("status")).to_contain_text("办了 28 条。")
    assert presses == 3 and set(held.enrolments.values_list("state", flat=True)) == {State.APPROVED}
    assert page.evaluate("document.activeElement.id") == "work", "the focus is where the work goes on"


def test_ticks_are_counted_and_a_row_is_opened_and_come_back_to(world: World, page: Page) -> None:
    enter(page, "approver")
    page.goto("/ledgers/enrolments/review/")
    boxes = page.locator("input[name=row]")
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("已选 2 条")).to_be_visible()
    expect(page.get_by_role("button", name="审核这 2 条")).to_be_visible()
    key = boxes.nth(2).get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/ledgers/enrolments/\d+/"))
    page.go_back()
    expect(page.locator(f"#{key}")).to_be_focused()


def test_on_a_phone_a_refused_return_keeps_its_ticks(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    rows = world.classes["pending"].enrolments
    rows.update(state=State.CHECKED)
    enter(phone, "approver")
    phone.goto("/ledgers/enrolments/review/")
    phone.locator("input[name=row]").first.check()
    phone.locator("summary", has_text="退回勾选的").click()
    phone.get_by_role("button", name="退回这 1 条").click()
    expect(phone.get_by_role("alert")).to_contain_text("请写明原因")
    expect(phone.locator("input[name=row]").first).to_be_checked()
    field = phone.get_by_label("退回的原因")
    expect(field).to_be_focused()
    axe(phone)
    shot(phone, "review-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    field.fill("缺签名")
    phone.get_by_role("button", name="退回这 1 条").click()
    expect(phone.get_by_role("status")).to_contain_text("办了 1 条。")
    for address in ("/ledgers/", "/ledgers/enrolments/"):
        phone.goto(address)
        axe(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
