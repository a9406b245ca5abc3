"""Townships on a board and years before the system, in a browser: accessible when unfolded, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.boards.test_browser_counting import enter
from tests.web.boards.test_townships import aim, split
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]
EARLIER = f"/notices/{NOTICE}/earlier/"


def test_a_county_opens_a_township_to_its_people(world: World, page: Page, axe: Axe, shot: Shot) -> None:
    aim(world, 250)
    split(world, 100, 150)
    enter(page, "approver")
    expect(page.get_by_role("heading", name="各乡镇进度")).to_be_visible()
    axe(page)
    page.goto(f"/board/{NOTICE}/?on=2023-11-30")
    expect(page.get_by_text("2 个有任务，0 个完成；分解合计 250")).to_be_visible()
    axe(page)
    shot(page, "townships")
    page.get_by_role("row", name="甲0街道").get_by_role("link").first.click()
    expect(page.get_by_text("共 7 条")).to_be_visible()
    axe(page)


def test_totals_are_pasted_and_saved_without_scripts(
    world: World, page_no_js: Page, axe: Axe, shot: Shot
) -> None:
    page = page_no_js
    enter(page, "approver")
    page.goto(EARLIER)
    page.get_by_text("从表格里粘贴").click()
    page.get_by_label("贴来的格子").fill("年度\t职业技能培训\n2022年\t1,234\n2021年\t十几")
    page.get_by_role("button", name="放进表里").click()
    expect(page.get_by_role("alert")).to_contain_text("2021年 · 职业技能培训")
    box = page.get_by_role("textbox", name="2021年 职业技能培训")
    box.fill("1100")
    source = page.get_by_label("依据")
    source.fill("2022年统计年鉴")
    source.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已保存 2 个填报数")
    shot(page, "earlier")
    page.goto(f"/board/{NOTICE}/?on=2023-11-30")
    expect(page.get_by_text("全年 1,234")).to_be_visible()


def test_the_grid_of_years_is_accessible_with_what_is_wrong(world: World, page: Page, axe: Axe) -> None:
    enter(page, "approver")
    page.goto(EARLIER)
    axe(page)
    page.get_by_text("从表格里粘贴").click()
    page.get_by_role("textbox", name="2022年 职业技能培训").fill("十几")
    page.get_by_label("依据").fill("年鉴")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    axe(page)
