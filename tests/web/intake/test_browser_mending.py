"""Cells mended on the plan in a real browser: by keyboard, three presses a cell, the focus where one worked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.factories import World, hand_in, identity, roster
from tests.web.intake.test_browser_plans import tab_to, wrong
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db


def test_cells_are_mended_by_keyboard_where_they_are_found_wrong(
    world: World, page: Page, axe: Callable[[Page], None], shot: Callable[[Page, str], Path]
) -> None:
    data = roster("涪陵编织三班", range(330, 336), n331=wrong(331), n333=wrong(333))
    upload = hand_in(
        world.users["clerk"], world.regions["涪陵区"], data.replace(",是,".encode(), ",也许,".encode(), 1)
    )
    enter(page, "clerk")
    page.goto(f"/intake/{upload.pk}/")
    presses = 0

    def press(key: str) -> None:
        nonlocal presses
        presses += 1
        page.keyboard.press(key)

    tab_to(page, "改这一格")
    press("Enter")
    axe(page)
    tab_to(page, "身份证号")
    page.keyboard.type(identity(331))
    press("Enter")
    done = page.locator(".done-row")
    expect(done).to_contain_text("新增")
    expect(done).to_be_focused()
    assert presses <= 3, "a cell is mended by three presses at most"
    expect(page.locator(".chips .wrong b")).to_have_text("2")
    assert identity(331) not in page.content()
    axe(page)
    shot(page, "desk-plan-mended")


def test_a_worse_mend_is_told_at_its_cell_and_put_back(
    world: World, page: Page, axe: Callable[[Page], None], shot: Callable[[Page, str], Path]
) -> None:
    data = roster("涪陵编织三班", range(330, 336), n331=wrong(331))
    upload = hand_in(world.users["clerk"], world.regions["涪陵区"], data)
    enter(page, "clerk")
    page.goto(f"/intake/{upload.pk}/")
    tab_to(page, "改这一格")
    page.keyboard.press("Enter")
    tab_to(page, "身份证号")
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    here = page.locator("li:focus")
    expect(here).to_contain_text("位")
    expect(here).to_contain_text("已在这里改过")
    tab_to(page, "恢复原样")
    page.keyboard.press("Enter")
    expect(page.locator("li:focus")).to_contain_text("校验")
    page.set_viewport_size({"width": 390, "height": 844})
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
    shot(page, "phone-plan-mending")
