"""Pictures of a phone handed in on the page of a class, and many rows changed without scripts, in a real browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import Document
from qiaojie.training import services as attendance
from qiaojie.training.models import DayPart, Enrolment
from qiaojie.training.register import Session
from tests.web.factories import World
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]
NARROW = 360
TARGET = 44


def picture(number: int, size: tuple[int, int] = (400, 300)) -> FilePayload:
    held = io.BytesIO()
    Image.new("RGB", size, (number * 20 % 255, 90, 120)).save(held, "JPEG")
    return {"name": f"IMG_{number:04}.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def test_a_phones_pictures_on_the_page_of_a_class(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    phone.set_viewport_size({"width": NARROW, "height": 740})
    enter(phone, "clerk")
    phone.goto(f"/classes/{world.classes['weaving'].pk}/")
    phone.locator("#hand-in summary").click()
    files = phone.get_by_label("选择照片或文件，可以一次选多张")
    # The gallery stays open to it: no camera is forced.
    assert files.get_attribute("capture") is None and files.get_attribute("multiple") is not None
    kind = phone.locator("#hand-in").get_by_label("材料种类")
    expect(kind).to_have_value("notice")
    kind.select_option("photo")
    expect(phone.get_by_label("照片上是什么")).to_have_attribute("required", "")
    phone.get_by_label("照片上是什么").fill("学员在练习")
    pictures = [picture(number) for number in range(5)]
    files.set_input_files([*pictures, picture(9, (4032, 3024)), {**pictures[0], "name": "又一张.jpg"}])
    for one in (files, kind, phone.locator("#hand-in button.first"), phone.locator("#hand-in summary")):
        box = one.bounding_box()
        assert box is not None and box["height"] >= TARGET, one
    assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW
    axe(phone)
    shot(phone, "hand-in-phone")
    phone.locator("#hand-in").get_by_role("button", name="保存").click()
    there = phone.locator("#hand-in")
    expect(there.get_by_role("status")).to_contain_text("存了 6 件材料")
    expect(there.get_by_role("alert")).to_contain_text("“又一张.jpg”已经存过")
    expect(phone.locator(".photos li")).to_have_count(6)
    expect(phone.locator(".photos")).to_contain_text("事后")
    assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW
    axe(phone)
    shot(phone, "hand-in-phone-done")
    kept = Document.objects.filter(kind="photo")
    assert [one.described for one in kept] == ["学员在练习"] * 6


class Clicks:
    """Clicks of a hand, counted; choosing a file is one."""

    def __init__(self, page: Page) -> None:
        self.page, self.number = page, 0

    def press(self, button: Locator) -> None:
        button.click()
        self.number += 1

    def choose(self, box: Locator, file: FilePayload) -> None:
        box.set_input_files(file)
        self.number += 1


def test_a_sign_in_sheet_takes_four_clicks_at_most_and_a_box_as_many(world: World, page_no_js: Page) -> None:
    page, held = page_no_js, world.classes["weaving"]
    enter(page, "clerk")
    page.goto(f"/classes/{held.pk}/")
    hand = Clicks(page)
    hand.press(page.locator("#piece-sign_in").get_by_role("link", name="交存"))
    hand.choose(page.get_by_label("选择照片或文件，可以一次选多张"), picture(1))
    hand.press(page.locator("#hand-in").get_by_role("button", name="保存"))
    expect(page.locator("#hand-in").get_by_role("status")).to_contain_text("存了 1 件材料")
    assert hand.number <= 4
    kept = Document.objects.get()
    assert (kept.kind, kept.title, kept.happened_on) == ("sign_in", "手工编织一班 签到表 1", held.ends)
    hand = Clicks(page)
    hand.press(page.locator("#piece-money").get_by_role("link", name="交存"))
    page.get_by_label("档案盒号").fill("2023-职-04")
    hand.press(page.locator("#hand-in").get_by_role("button", name="保存"))
    expect(page.locator("#piece-money")).to_contain_text("在盒")
    assert hand.number <= 4


def test_the_strip_and_the_days_stay_on_a_phone(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    held, viewer = world.classes["weaving"], UserViewer(world.users["clerk"])
    for number in range(15):
        day = held.begins + timedelta(days=number)
        attendance.add_session(held.pk, Session(day, DayPart.MORNING), True, viewer)
    enter(phone, "clerk")
    phone.goto(f"/classes/{held.pk}/")
    line = phone.locator(".trainees tbody tr").first
    strip, days, name = line.locator(".strip"), line.locator(".came"), line.locator("th a")
    boxes = [box for one in (name, strip, days) if (box := one.bounding_box())]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert len(boxes) == 3 and max(middles) - min(middles) < 4, "on one line"
    assert all(box["x"] + box["width"] <= 390 for box in boxes)
    expect(strip).to_have_attribute("aria-label", "共 15 天，全到")
    expect(days).to_have_text("15")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    axe(phone)
    shot(phone, "class-phone")


def test_many_rows_without_scripts_and_by_keyboard(
    world: World, page_no_js: Page, axe: Axe, shot: Shot
) -> None:
    page = page_no_js
    enter(page, "clerk")
    page.goto("/ledgers/enrolments/?state=draft")
    page.get_by_role("link", name="选中符合条件的全部 6 条").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="改同一栏").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("选中 6 条")
    page.get_by_label("改哪一栏").select_option("result")
    page.get_by_role("button", name="下一步").press("Enter")
    page.get_by_label("结业情况").select_option("dropped")
    page.get_by_label("修改的原因或依据").fill("没有结业")
    page.get_by_label("修改的原因或依据").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("还没有改")
    shot(page, "change-many-look")
    assert not Enrolment.objects.filter(result="dropped").exists()
    page.get_by_role("button", name="改这 6 条").click()
    expect(page.get_by_role("status")).to_contain_text("办了 6 条")
    assert Enrolment.objects.filter(result="dropped").count() == 6


def test_many_rows_are_accessible_at_each_step(world: World, phone: Page, axe: Axe, shot: Shot) -> None:
    phone.set_viewport_size({"width": NARROW, "height": 740})
    enter(phone, "clerk")
    phone.goto("/ledgers/enrolments/")
    axe(phone)
    phone.goto("/ledgers/enrolments/change-many/?class.title=编织")
    axe(phone)
    phone.get_by_label("改哪一栏").select_option("remark")
    phone.get_by_role("button", name="下一步").click()
    axe(phone)
    phone.get_by_label("备注").fill("城区")
    phone.get_by_role("button", name="先看看会怎样").click()
    expect(phone.get_by_role("alert")).to_contain_text("请写明修改的原因或依据")
    axe(phone)
    phone.get_by_label("修改的原因或依据").fill("补录")
    phone.get_by_role("button", name="先看看会怎样").click()
    phone.locator("details.card summary").first.click()
    axe(phone)
    shot(phone, "change-many-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW
