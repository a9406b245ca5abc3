"""In a real browser: a refused step keeps all that was given, without scripts too; a step that was taken ends where it began."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from qiaojie.documents.models import Document
from tests.documents.test_taking import jpeg
from tests.web.factories import World
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def test_a_refused_paper_keeps_its_words_and_its_file_without_scripts(
    world: World, page_no_js: Page, shot: Shot
) -> None:
    page = page_no_js
    enter(page, "clerk")
    page.goto(f"/classes/{world.classes['weaving'].pk}/")
    form = page.locator("#hand-in")
    form.locator("summary").click()
    form.get_by_label("材料种类").select_option("photo")
    form.get_by_label("档案盒号").fill("B7")
    form.get_by_label("选择照片或文件").set_input_files(
        {"name": "课堂.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    form.get_by_role("button", name="保存").click()
    said = form.get_by_role("alert")
    expect(said).to_contain_text("看不到照片的同事要靠它")
    expect(said).to_be_in_viewport()
    box = form.get_by_label("照片上是什么")
    expect(box).to_be_focused()
    expect(box).to_have_accessible_description("；".join([said.inner_text()]))
    expect(form.get_by_label("档案盒号")).to_have_value("B7")
    expect(form.get_by_label("材料种类")).to_have_value("photo")
    expect(form).to_contain_text("已选：课堂.jpg，不用重新选")
    shot(page, "refused-hand-in")
    box.fill("学员在练习")
    box.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("存了 1 件材料")
    assert Document.objects.get().described == "学员在练习"


def test_the_focus_stays_where_one_worked(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    enter(phone, "clerk")
    phone.goto("/ledgers/enrolments/?state=draft")
    fold = phone.locator("details", has_text="保存视图")
    fold.locator("summary").click()
    name = fold.get_by_label("把现在的筛选、栏目和排序存为")
    name.fill("待办")
    name.press("Enter")
    said = phone.get_by_role("status")
    expect(said).to_be_in_viewport()
    expect(name).to_be_focused()
    expect(name).to_be_in_viewport()
    axe(phone)
    shot(phone, "focus-stays-phone")
    # A page that was opened anew begins at its head.
    phone.goto("/ledgers/enrolments/?state=draft")
    expect(name).not_to_be_visible()
    assert phone.evaluate("window.scrollY") == 0


def test_the_focus_stays_on_a_slow_line_too(world: World, page: Page) -> None:
    enter(page, "clerk")
    page.goto("/ledgers/enrolments/?state=draft")
    fold = page.locator("details", has_text="保存视图")
    fold.locator("summary").click()
    name = fold.get_by_label("把现在的筛选、栏目和排序存为")
    name.fill("待办")
    page.route("**/*.css", late)
    name.press("Enter")
    expect(page.get_by_role("status")).to_be_in_viewport()
    page.wait_for_load_state("load")
    expect(name).to_be_focused()
    assert "#" not in page.url


def late(route: Route) -> None:
    """Let a file come when the page has long been read."""
    time.sleep(0.1)
    route.continue_()
