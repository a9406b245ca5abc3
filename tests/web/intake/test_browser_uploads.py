"""Dropping several files in a real browser, seeing them through, leaving, cancelling; with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_django import Settings

from qiaojie.queue.worker import Worker
from tests.web.factories import NOTICE, World, roster
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def work() -> None:
    Worker(alone=True).run(once=True)


def drop(page: Page) -> None:
    """Three files at once, one of them no workbook."""
    page.goto("/intake/new/")
    page.get_by_text("自己指定").click()
    page.get_by_label("表", exact=True).select_option(f"{NOTICE}/roster")
    wrong = roster("涪陵二班", range(310, 314), n311="500000198001011")
    files: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in (
            ("一班.csv", roster("涪陵一班", range(300, 304))),
            ("二班.csv", wrong),
            ("坏.xlsx", b"no"),
        )
    ]
    page.locator("#file").set_input_files(files)
    page.get_by_role("button", name="看计划").click()
    expect(page.get_by_role("heading", level=1, name="导入")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(3)


def test_three_files_one_of_them_unusable_are_seen_through(
    world: World, page: Page, axe: Axe, shot: Shot, settings: Settings
) -> None:
    settings.AT_ONCE_ROWS = 2
    enter(page, "approver")
    drop(page)
    axe(page)
    shot(page, "uploads-queued")
    work()
    # The page goes on by itself.
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("坏.xlsx"))).to_contain_text("未完成")
    expect(page.get_by_role("row", name=re.compile("二班.csv"))).to_contain_text("1 行不能写入")
    axe(page)
    shot(page, "uploads-planned")
    page.get_by_role("link", name="一班.csv").click()
    page.get_by_role("button", name="写入 4 行").click()
    expect(page.get_by_role("heading", name="正在后台处理")).to_be_visible()
    axe(page)
    shot(page, "upload-progress")
    page.get_by_role("link", name="先去别处").click()
    page.get_by_role("link", name="一班.csv").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="写入了什么")).to_be_visible()
    page.goto(f"/handed-in/{NOTICE}/roster/")
    axe(page)
    shot(page, "handed-in")
    expect(page.get_by_role("row", name=re.compile("涪陵区"))).to_contain_text("共 4 个版本")


def test_the_same_without_scripts_and_cancelled(world: World, page_no_js: Page) -> None:
    page = page_no_js
    enter(page, "clerk")
    drop(page)
    page.get_by_role("link", name="二班.csv").click()
    page.get_by_role("button", name="取消处理").click()
    expect(page.get_by_role("status")).to_contain_text("已要求取消")
    page.get_by_role("button", name="重新核对").click()
    expect(page.get_by_role("heading", name="正在后台处理")).to_be_visible()
    work()
    page.get_by_role("link", name="刷新").click()
    page.get_by_role("link", name="看计划").click()
    expect(page.get_by_role("button", name="写入 3 行")).to_be_visible()
