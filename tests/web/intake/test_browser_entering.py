"""Entering one row on a phone: the error at its box, the draft, and the row taken in; accessible at every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.factories import NOTICE, World, identity
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def test_a_row_is_entered_on_a_phone(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    page = phone
    enter(page, "clerk")
    page.goto("/ledgers/enrolments/")
    page.get_by_text("登记", exact=True).click()
    page.locator(f"a[href='/intake/enter/{NOTICE}/roster/']").click()
    expect(page.get_by_role("heading", level=1, name="登记一条")).to_be_visible()
    axe(page)
    page.get_by_label("姓名").fill("王新人")
    page.get_by_label("身份证号", exact=True).fill("50000019800101000X")
    page.get_by_label("联系电话").fill("13900000700")
    page.get_by_label("培训班名称").fill("手工编织一班")
    page.get_by_label("开班日期").fill("2023-06-01")
    page.get_by_label("结业日期").fill("2023-06-20")
    page.get_by_role("button", name="存草稿").click()
    page.goto(f"/intake/enter/{NOTICE}/roster/")
    page.get_by_role("link", name="接着填").click()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("没有登记")
    axe(page)
    shot(page, "enter-wrong-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("alert").get_by_role("link", name="身份证号").click()
    box = page.get_by_label("身份证号", exact=True)
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("姓名")).to_have_value("王新人")
    box.fill(identity(700))
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("heading", name="写入了什么")).to_be_visible()
