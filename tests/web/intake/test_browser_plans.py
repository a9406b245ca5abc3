"""A bad file in a real browser: dropped in, handed back, mended, dropped in again, written; by keyboard; accessible."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from qiaojie.lib.identity import check_digit
from qiaojie.sheets.marks import TITLE
from tests.web.factories import NOTICE, World, hand_in, identity, roster
from tests.web.test_browser import enter
from tests.web.test_browser import hand_in as drop

pytestmark = pytest.mark.django_db

ROSTER = f"{NOTICE}/roster"


def wrong(number: int) -> str:
    """Her number with another check character."""
    first = identity(number)[:17]
    return first + ("1" if check_digit(first) != "1" else "2")


def workbook(data: bytes) -> bytes:
    """The csv of a roster as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in data.decode("utf-8-sig").splitlines():
        sheet.append(line.split(","))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '').trim() }"
        )
        if name in said:
            return
    raise AssertionError(f"{name} is not reached")


def choose(page: Page, value: str) -> None:
    """Go down through the choices of what has the focus."""
    for _ in range(30):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} is no choice")


def test_dropped_handed_back_mended_dropped_again_and_written_by_keyboard(world: World, page: Page) -> None:
    enter(page, "approver")
    data = roster("涪陵编织三班", range(330, 336), n331=wrong(331), n333=wrong(333))
    drop(page, ROSTER, "三班.xlsx", workbook(data))
    expect(page.locator(".finding.error h3")).to_contain_text("身份证号校验位不符")
    expect(page.locator(".finding.error h3")).to_contain_text("2 处有错")
    expect(page.locator(".effect")).to_contain_text("4 行写入台账，即为已审核")
    tab_to(page, "写入 4 行")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已写入 4 行。")

    tab_to(page, "用途")
    choose(page, "其他")
    tab_to(page, "写明用途")
    page.keyboard.type("退回培训机构改正")
    page.keyboard.press("Tab")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "三班（核对）.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert book.sheetnames[0] == TITLE
    sheet = book[book.sheetnames[1]]
    marked = [
        cell.row for row in sheet.iter_rows() for cell in row if cell.comment and "校验" in cell.comment.text
    ]
    assert marked == [3, 5]
    for row, number in zip(marked, (331, 333), strict=True):
        sheet.cell(row, 4).value = identity(number)
    mended = io.BytesIO()
    book.save(mended)

    drop(page, ROSTER, "三班（核对）.xlsx", mended.getvalue())
    expect(page.get_by_role("navigation", name="各类行")).to_contain_text(
        re.compile("2新增.*4已存在", re.DOTALL)
    )
    tab_to(page, "写入 2 行")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已写入 2 行。")


def test_a_kind_is_opened_filtered_and_decided_by_keyboard(
    world: World, page: Page, axe: Callable[[Page], None], shot: Callable[[Page, str], Path]
) -> None:
    rounded = {number: f"{identity(number)[:15]}000" for number in range(300, 400)}
    lost = {f"n{n}": text for n, text in rounded.items() if check_digit(text[:17]) != text[17]}
    upload = hand_in(
        world.users["clerk"], world.regions["涪陵区"], roster("涪陵大班", range(300, 400), **lost)
    )
    enter(page, "clerk")
    page.goto(f"/intake/{upload.pk}/")
    axe(page)
    shot(page, "desk-plan-findings")
    tab_to(page, "看全部")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("身份证号被电子表格改坏")
    axe(page)
    shot(page, "desk-plan-kind")
    tab_to(page, "下一页")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="翻页")).to_contain_text("第 2 页")
    page.goto(f"/intake/{upload.pk}/")
    tab_to(page, "试算写入后的进度")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("写入后的进度（试算）")
    axe(page)
    shot(page, "desk-plan-effect")
    page.goto(f"/intake/{upload.pk}/kind/error/id_lost/")
    tab_to(page, "全部采用证号")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"已处理 {len(lost)} 行")
    tab_to(page, "新增")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("新增")
    axe(page)
    shot(page, "desk-plan-rows")


def test_pages_of_a_plan_fit_a_phone_in_every_dress(
    world: World, phone: Page, axe: Callable[[Page], None], shot: Callable[[Page, str], Path]
) -> None:
    lost = {f"n{n}": wrong(n) for n in range(300, 312)}
    upload = hand_in(
        world.users["clerk"], world.regions["涪陵区"], roster("涪陵大班", range(300, 320), **lost)
    )
    enter(phone, "clerk")
    for width, dress in ((390, "light"), (320, "dark")):
        phone.set_viewport_size({"width": width, "height": 844})
        phone.emulate_media(color_scheme=dress)  # type: ignore[arg-type]
        for part in (
            "",
            "kind/error/id_checksum/",
            "kind/warning/certificate_differs/",
            "rows/?verdict=wrong",
        ):
            phone.goto(f"/intake/{upload.pk}/{part}")
            assert phone.evaluate("document.documentElement.scrollWidth") <= width, part
            axe(phone)
    shot(phone, "phone-plan-rows")
