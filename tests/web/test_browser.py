"""The day's work in a real browser: with scripts, without, by keyboard, on a phone, in both languages and in the dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from qiaojie.lib.dates import DateSpan
from qiaojie.notices import queries as notices
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from tests.web.factories import FORM, NOTICE, PASSWORD, World, identity, roster

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]
BOARD = f"/board/{NOTICE}/?on=2023-11-30"
SHEET = f"/forms/{FORM}/training-status/?period=2019H1"


def enter(page: Page, username: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()


def hand_in(page: Page, table: str, name: str, data: bytes) -> None:
    page.goto("/intake/new/")
    page.get_by_text("自己指定").click()
    page.get_by_label("表", exact=True).select_option(table)
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="看计划").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def counted(page: Page) -> str:
    """What Fuling's own board says of vocational training."""
    page.goto(BOARD)
    row = page.locator("tr", has=page.get_by_role("rowheader", name="职业技能培训"))
    return row.locator("td b").first.inner_text()


def status_form() -> bytes:
    """The half-year form with one class of 2019, filled in Excel."""
    table = notices.table(f"{FORM}/training-status")
    row = {
        "dates": DateSpan(date(2019, 5, 6), date(2019, 5, 17)), "title": "夏布绣花班", "content": "夏布绣",
        "headcount": 30, "disabled_women": 18, "cost": 2_400_000, "cost_share": 1_440_000, "funding": "county",
    }  # fmt: skip
    return write(Filled(table.form, {"region": "涪陵区"}, [row]), "xlsx")


def work(page: Page) -> None:
    """Plan, decide, commit, see it on the board; the form; undo both."""
    enter(page, "approver")
    assert counted(page) == "20"
    lost = roster("涪陵编织二班", range(300, 305), n302=f"{identity(302)[:15]}000")
    hand_in(page, f"{NOTICE}/roster", "编织二班.csv", lost)
    expect(page.get_by_role("button", name="写入 4 行")).to_be_visible()
    expect(page.locator(".finding.error")).to_contain_text("丢失")
    page.get_by_role("button", name=re.compile("采用残疾人证中的号码")).click()
    expect(page.get_by_role("button", name="写入 5 行")).to_be_visible()
    expect(page.get_by_role("heading", name="已作的确认")).to_be_visible()
    page.get_by_role("button", name="写入 5 行").click()
    expect(page.get_by_role("status")).to_contain_text("已写入 5 行。")
    roster_page = page.url
    assert counted(page) == "25"

    page.goto(SHEET)
    assert "夏布绣花班" not in page.content()
    hand_in(page, f"{FORM}/training-status", "情况表.xlsx", status_form())
    page.get_by_role("button", name="写入 1 行").click()
    expect(page.get_by_role("status")).to_contain_text("已写入 1 行。")
    status_page = page.url
    page.goto(SHEET)
    row = page.get_by_role("row", name=re.compile("夏布绣花班"))
    expect(row).to_contain_text("18")

    for address in (status_page, roster_page):
        page.goto(address)
        page.get_by_label("撤销的原因").fill("录错了班")
        page.get_by_label("确认整批退回").check()
        page.get_by_role("button", name="撤销这一批").click()
        expect(page.get_by_role("status")).to_contain_text("已撤销")
    assert counted(page) == "20"
    page.goto(SHEET)
    assert "夏布绣花班" not in page.content()


def test_from_file_to_board_and_form_and_back(world: World, page: Page) -> None:
    work(page)


def test_the_same_without_scripts(world: World, page_no_js: Page) -> None:
    work(page_no_js)


def test_a_clerk_s_rows_wait_until_somebody_approves_who_alone_takes_them_back(
    world: World, page: Page
) -> None:
    enter(page, "clerk")
    hand_in(page, f"{NOTICE}/roster", "三班.csv", roster("涪陵三班", range(320, 323)))
    page.get_by_role("button", name="写入 3 行").click()
    upload = page.url
    assert counted(page) == "20"
    page.get_by_role("button", name="退出").click()

    enter(page, "approver")
    page.get_by_role("link", name="参训记录").first.click()
    expect(page.get_by_role("heading", level=1, name="审核：参训记录")).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("^勾选整组"))).to_have_count(2)
    for box in page.get_by_role("checkbox", name=re.compile("^勾选整组")).all():
        box.check()
    page.get_by_role("button", name="审核这 9 条").click()
    expect(page.get_by_role("status")).to_contain_text("办了 9 条。")
    assert counted(page) == "20", "their classes wait themselves"
    page.goto("/ledgers/classes/review/")
    for box in page.get_by_role("checkbox", name=re.compile("^勾选整组")).all():
        box.check()
    page.get_by_role("button", name="审核这 2 条").click()
    assert counted(page) == "29"
    page.get_by_role("button", name="退出").click()

    for account, told in (("clerk", "不能撤销"), ("approver", "已撤销")):
        enter(page, account)
        page.goto(upload)
        page.get_by_label("撤销的原因").fill("录错了班")
        page.get_by_label("确认整批退回").check()
        page.get_by_role("button", name="撤销这一批").click()
        expect(page.get_by_role("alert" if account == "clerk" else "status")).to_contain_text(told)
        if account == "clerk":
            page.get_by_role("button", name="退出").click()
    assert counted(page) == "26"


def test_the_board_changes_its_day_and_its_picture_in_place(world: World, page: Page) -> None:
    enter(page, "city")
    page.goto(BOARD)
    page.get_by_role("textbox", name="截至").fill("2023-06-19")
    expect(page).to_have_url(re.compile("on=2023-06-19"))
    expect(page.locator("tr.total td").nth(6)).to_contain_text("0")
    page.get_by_role("columnheader", name=re.compile("职业技能培训")).get_by_role("link").click()
    expect(page.locator("#picture")).to_contain_text("职业技能培训")
    assert page.locator("svg.tiles rect").count() == 41


def test_a_masked_number_opens_in_its_place(world: World, page: Page) -> None:
    woman = world.people["here"][1]
    enter(page, "clerk")
    page.goto(f"/persons/{woman.pk}/")
    page.get_by_text("查看完整身份证号").click()
    field = page.locator("#person-id_number")
    field.get_by_label("用途（记入日志）").select_option("核对身份")
    field.get_by_role("button", name="查看").click()
    expect(field).to_contain_text(woman.id_number or "")
    assert page.url.endswith(f"/persons/{woman.pk}/")


def test_by_keyboard_alone_from_sign_in_to_the_rows_behind_a_number(world: World, page: Page) -> None:
    def reach(role: str, name: str) -> None:
        """Tab until the control has the focus, and see that its focus shows."""
        for _ in range(120):
            page.keyboard.press("Tab")
            focus = page.evaluate(
                "() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();"
                " return [e.tagName, (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '').trim(),"
                " s.outlineStyle, b.top >= 0 && b.bottom <= innerHeight] }"
            )
            if focus[0].lower() == role and name in focus[1]:
                assert focus[2] != "none", f"the focus on {name} does not show"
                assert focus[3], f"{name} has the focus and cannot be seen"
                return
        raise AssertionError(f"{name} is not reached")

    page.goto("/sign-in/")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type("clerk")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto("/")
    reach("a", "任务进度")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="任务进度")).to_be_visible()
    reach("a", "2023年全市残疾人")
    page.keyboard.press("Enter")
    expect(page.locator("table.board")).to_be_visible()
    reach("a", "已审核 20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("涪陵区")


def pages(world: World) -> dict[str, str]:
    """Every page that a clerk or an approver looks at."""
    woman, held = world.people["here"][0], world.classes["weaving"]
    return {
        "home": "/", "boards": "/board/", "board": BOARD,
        "behind": f"/board/{NOTICE}/vocational_training/?on=2023-11-30&unit={world.regions['涪陵区'].pk}",
        "ledgers": "/ledgers/", "ledger": "/ledgers/enrolments/", "nothing": "/ledgers/classes/?title=无",
        "class": f"/classes/{held.pk}/", "person": f"/persons/{woman.pk}/", "uploads": "/intake/",
        "receive": "/intake/new/", "plan": f"/intake/{world.uploads['here'].pk}/",
        "columns": f"/intake/{world.uploads['here'].pk}/columns/",
        "progress": f"/intake/{world.uploads['here'].pk}/progress/", "handed-in": f"/handed-in/{NOTICE}/roster/",
        "forms": "/forms/", "form": SHEET,
        "closed-form": f"/forms/{NOTICE}/roster/", "missing": "/nowhere/", "unusable": "/ledgers/classes/?ends.min=x",
    }  # fmt: skip


def test_pages_with_nothing_to_show_are_accessible(world: World, page: Page, axe: Axe) -> None:
    page.goto("/sign-in/")
    axe(page)
    enter(page, "approver")
    shown = pages(world)
    for name in ("nothing", "missing", "unusable"):
        page.goto(shown[name])
        axe(page)


def test_pictures_of_the_pages(world: World, page: Page, phone: Page, shot: Shot) -> None:
    enter(page, "approver")
    enter(phone, "approver")
    for name in ("home", "board", "plan", "person", "form", "ledger"):
        for kind, where in (("desk", page), ("phone", phone)):
            where.goto(pages(world)[name])
            assert shot(where, f"{kind}-{name}").stat().st_size > 10_000
