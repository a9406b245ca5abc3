"""A ledger is drafted in a browser, at a desk and on a phone: every box has its label, every finding its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db


def test_a_draft_is_filled_in_checked_and_looked_at(
    world: World, page: Page, live_server: object, axe: Callable[[Page], None]
) -> None:
    page.goto("/sign-in/")
    page.get_by_label("账号").fill("administrator")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto("/declared/")
    axe(page)
    page.get_by_label("台账名称").fill("走访记录")
    page.get_by_role("button", name="起草").click()
    page.get_by_role("button", name="加一栏").click()
    expect(page.locator("#f1")).to_be_in_viewport()
    expect(page.locator("#f1")).to_contain_text("缺少这一项")
    axe(page)
    page.locator("#f1").get_by_label("栏目名称").fill("走访情况")
    page.locator("#f1").get_by_label("填什么").select_option("choice")
    page.locator("#f1").get_by_label("选项（只有“选项”才填）").fill("较好\n困难")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="保存", exact=True).first.click()
    expect(page.get_by_role("columnheader", name="走访情况")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
    page.get_by_role("button", name="保存，看启用会做什么").click()
    expect(page.locator("main")).to_contain_text("建一张新表，栏目：日期、走访情况")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
