"""Entering one row on a phone: the error at its box, the draft, and the row taken in; accessible at every step."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.web.factories import NOTICE, World, identity
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

NAMES = ("王新一", "王新二", "王新三", "王新四")

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


class Hands:
    """Somebody at a page, whose actions are counted: a box filled, a button or a link pressed."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(re.compile(rf"^\s*{label}")).fill(text)
        self.actions += 1

    def press(self, name: str, role: Literal["button", "link"] = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()
        self.actions += 1

    def begin(self, world: World) -> None:
        """The first trainee, from the page of the class."""
        self.page.goto(f"/classes/{world.classes['weaving'].pk}/")
        self.press("添加学员", "link")
        self.fill("姓名", NAMES[0])
        self.fill("身份证号", identity(700))
        self.page.get_by_label("结业情况").select_option("completed")
        self.press("登记，再记一条")
        expect(self.page.get_by_role("status")).to_contain_text("王")
        self.actions = 0


def trainees(world: World) -> list[str]:
    held = world.classes["weaving"].enrolments.filter(person__name__in=NAMES, result="completed")
    return sorted(held.values_list("person__name", flat=True))


def one_by_one(page: Page, world: World, axe: Axe) -> None:
    hands = Hands(page)
    enter(page, "clerk")
    hands.begin(world)
    # The class is known, so nothing asks for it; what is the same stays.
    expect(page.get_by_text("登记到：手工编织一班")).to_be_visible()
    for closed in ("培训班名称", "培训类别", "开班日期", "结业日期"):
        expect(page.get_by_label(closed)).to_have_count(0)
    expect(page.get_by_label("结业情况")).to_have_value("completed")
    expect(page.get_by_label(re.compile(r"^\s*姓名"))).to_have_value("")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Number after name in one box, and both in boxes of their own.
    for number in (1, 2):
        hands.fill("姓名", f"{NAMES[number]} {identity(700 + number)}")
        hands.press("登记，再记一条")
        expect(page.get_by_role("status")).to_contain_text("王")
    hands.fill("姓名", NAMES[3])
    hands.fill("身份证号", identity(703))
    hands.press("登记")
    expect(page.get_by_role("heading", name="写入了什么")).to_be_visible()
    assert hands.actions <= 8
    assert trainees(world) == sorted(NAMES)


def pasted(page: Page, world: World, axe: Axe) -> None:
    hands = Hands(page)
    enter(page, "clerk")
    hands.begin(world)
    page.goto(f"/classes/{world.classes['weaving'].pk}/")
    hands.press("粘贴学员名单", "link")
    axe(page)
    hands.actions = 0
    rows = [f"{NAMES[number]}\t{identity(700 + number)}\t结业" for number in (1, 2, 3)]
    hands.fill("从表格里复制的行，粘贴到这里", "\n".join(rows))
    hands.press("看计划")
    axe(page)
    hands.press("写入 3 行")
    expect(page.get_by_role("heading", name="写入了什么")).to_be_visible()
    assert hands.actions == 3
    assert trainees(world) == sorted(NAMES)


def test_three_more_trainees_within_eight_actions(world: World, page: Page, axe: Axe) -> None:
    one_by_one(page, world, axe)


def test_three_more_trainees_within_eight_actions_on_a_phone(world: World, phone: Page, axe: Axe) -> None:
    one_by_one(phone, world, axe)


def test_three_more_trainees_by_a_pasted_list(world: World, page: Page, axe: Axe) -> None:
    pasted(page, world, axe)


def test_three_more_trainees_by_a_pasted_list_on_a_phone(world: World, phone: Page, axe: Axe) -> None:
    pasted(phone, world, axe)
