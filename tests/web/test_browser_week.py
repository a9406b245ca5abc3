"""A clerk's week: what she does from Monday to Friday, begun on today's page and counted, by keyboard at a desk and by touch on a
phone. A press is a link followed, a button pressed, a box ticked, a file chosen; typing is not counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from qiaojie.documents.models import Document
from qiaojie.ledgers.models import State
from qiaojie.papers.models import Printing
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.factories import NOTICE, World, identity, roster
from tests.web.intake.test_browser_plans import wrong
from tests.web.intake.test_browser_uploads import work
from tests.web.ledgers.test_browser_hand_in import picture
from tests.web.test_browser import enter

pytestmark = [pytest.mark.django_db, pytest.mark.browser]  # `hand` asks for a page by name

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


class Hand:
    """Somebody's hand: by keyboard, what is pressed has the focus and Enter or Space is struck; by touch, it is tapped."""

    def __init__(self, page: Page, *, keys: bool) -> None:
        self.page, self.keys, self.presses = page, keys, 0

    def press(self, what: Locator, key: str = "Enter") -> None:
        """Press the first of what is found."""
        self.presses += 1
        if self.keys:
            what.first.focus()
            self.page.keyboard.press(key)
        else:
            what.first.tap()

    def tick(self, what: Locator) -> None:
        """Tick a box."""
        self.press(what, "Space")

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow a link of the page's own part."""
        self.press(self.page.locator("main").get_by_role("link", name=name, exact=isinstance(name, str)))

    def place(self, name: str) -> None:
        """Go to one of the places of the main navigation."""
        self.press(self.page.get_by_role("navigation", name="主导航").get_by_role("link", name=name))

    def choose(self, box: Locator, file: FilePayload) -> None:
        """Choose a file."""
        self.presses += 1
        box.set_input_files(file)


@pytest.fixture(params=["desk", "phone"])
def hand(request: pytest.FixtureRequest, live_server: LiveServer) -> Hand:
    """A hand at a desk or on a phone, whose page is not signed in yet. (The server, asked for by name, makes the rows real.)"""
    page = request.getfixturevalue("page" if request.param == "desk" else "phone")
    return Hand(page, keys=request.param == "desk")


def test_monday_the_sheets_of_a_class_are_printed(world: World, hand: Hand) -> None:
    held = world.classes["weaving"]
    enter(hand.page, "clerk")
    hand.place("台账")
    hand.follow("培训班")
    hand.follow(held.title)
    hand.tick(hand.page.get_by_label("学员花名册"))
    with hand.page.expect_download() as printed:
        hand.press(hand.page.get_by_role("button", name="打印勾选的"))
    assert printed.value.suggested_filename.endswith(".pdf")
    sheet = Printing.objects.get()
    assert (sheet.training_class, sheet.paper, sheet.rows) == (held, "roster", held.enrolments.count())
    assert hand.presses <= 6


def test_tuesday_a_signed_sheet_goes_back_into_the_file(world: World, hand: Hand, axe: Axe) -> None:
    held = world.classes["weaving"]
    enter(hand.page, "clerk")
    hand.place("台账")
    hand.follow("培训班")
    hand.follow(held.title)
    there = hand.presses
    hand.press(hand.page.locator("#piece-sign_in").get_by_role("link", name="交存"))
    hand.choose(hand.page.get_by_label("选择照片或文件，可以一次选多张"), picture(1))
    hand.press(hand.page.locator("#hand-in").get_by_role("button", name="保存"))
    expect(hand.page.locator("#hand-in").get_by_role("status")).to_contain_text("存了 1 件材料")
    assert Document.objects.get().kind == "sign_in"
    assert hand.presses - there <= 4 and hand.presses <= 7
    axe(hand.page)


def test_wednesday_a_list_is_handed_in_mended_and_written(world: World, hand: Hand) -> None:
    before = Enrolment.objects.count()
    data = roster("涪陵编织三班", range(330, 336), n331=wrong(331))
    file: FilePayload = {"name": "三班.csv", "mimeType": "text/csv", "buffer": data}
    enter(hand.page, "clerk")
    hand.follow("导入表格")
    hand.choose(hand.page.locator("#file"), file)
    hand.press(hand.page.get_by_role("button", name="看计划"))
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("三班")
    expect(hand.page.get_by_text("可能是这几张表")).to_be_visible()
    hand.presses += 1  # the choice that follows
    hand.page.locator("select[name=table]").select_option(f"{NOTICE}/roster")
    hand.press(hand.page.get_by_role("button", name="核对"))
    # The worker of the house reads it; the page that waits goes on by itself.
    expect(hand.page.get_by_role("heading", name="正在后台处理")).to_be_visible()
    work()
    hand.press(hand.page.get_by_text("改这一格"))
    hand.page.get_by_label("身份证号").first.fill(identity(331))
    hand.press(hand.page.locator("form.mend").get_by_role("button").first)
    expect(hand.page.locator(".done-row")).to_contain_text("新增")
    hand.press(hand.page.get_by_role("button", name=re.compile("^写入")))
    expect(hand.page.get_by_role("status").first).to_contain_text("6")
    assert Enrolment.objects.count() == before + 6
    assert hand.presses <= 9


def test_thursday_at_noon_how_many_by_age(world: World, hand: Hand, axe: Axe) -> None:
    enter(hand.page, "clerk")
    hand.place("台账")
    hand.follow("参训记录")
    hand.follow("临时要数")
    hand.presses += 2  # the two choices that follow
    hand.page.locator("[name='ask.columns']").select_option(label="年龄段")
    hand.page.locator("[name='person.disabled']").select_option(label="是")
    hand.page.locator("[name='ask.since']").fill("2023-01-01")
    hand.page.locator("[name='ask.until']").fill("2023-12-31")
    hand.press(hand.page.get_by_role("button", name="算一下"))
    expect(hand.page.get_by_role("row", name=re.compile("^合计")).first).to_contain_text("20")
    assert hand.presses <= 8
    assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(hand.page)


def test_friday_what_waits_is_approved_and_who_is_late_is_told(world: World, hand: Hand, shot: Shot) -> None:
    held = factories.training_class(world.regions["涪陵区"], "星期五班")
    factories.enrol(
        held, [factories.person(n, world.regions["涪陵区"]) for n in range(500, 512)], State.DRAFT
    )
    enter(hand.page, "approver")
    hand.follow(re.compile("^待审核.*参训记录"))
    hand.press(hand.page.get_by_role("button", name="审核这 12 条"))
    expect(hand.page.get_by_role("status").first).to_contain_text("办了 12 条。")
    assert set(held.enrolments.values_list("state", flat=True)) == {State.APPROVED}
    assert hand.presses <= 4
    shot(hand.page, f"week-friday-{'desk' if hand.keys else 'phone'}")


def test_friday_whoever_has_not_reported_is_text_for_a_chat_group(world: World, hand: Hand) -> None:
    enter(hand.page, "city")
    hand.page.goto(f"/duties/{NOTICE}/year/2023-11-30/")
    hand.follow("催报")
    text = hand.page.locator("textarea").first.input_value()
    assert "涪陵区" in text and "2023" in text
    hand.press(hand.page.get_by_role("button", name=re.compile("复制")))
    assert hand.presses <= 3
