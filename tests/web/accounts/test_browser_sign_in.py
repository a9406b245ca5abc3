"""The second factor in a real browser: an app's code, a key, a card, a code handed over, from enrolment to signing in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from qiaojie.accounts import services
from qiaojie.accounts.credentials import cards
from qiaojie.accounts.models import AccessEntry, SecondFactor
from qiaojie.accounts.viewers import UserViewer
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def knock(page: Page, server: str, name: str = "clerk", password: str = PASSWORD) -> None:
    page.goto(f"{server}/sign-in/")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_an_app_is_enrolled_and_asked_for_without_scripts(
    world: World, page_no_js: Page, live_server: LiveServer
) -> None:
    page = page_no_js
    knock(page, live_server.url)
    page.goto("/account/codes/")
    totp = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    expect(page.locator("svg.qr")).to_be_visible()
    page.get_by_label("动态验证码").fill(totp.now())
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="我的账号")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    knock(page, live_server.url)
    # The code of the enrolment is used up; the next one is taken ahead of its time.
    page.get_by_label("动态验证码").fill(totp.generate_otp(int(SecondFactor.objects.get().last_step) + 1))
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()


def test_a_key_is_enrolled_and_signs_in(
    world: World, page: Page, live_server: LiveServer, axe: Axe, shot: Shot
) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    knock(page, live_server.url)
    page.goto(f"{live_server.url}/account/")
    axe(page)
    page.get_by_role("button", name="登记安全密钥或通行密钥").click()
    expect(page.get_by_text("已登记，下次登录时要用它。")).to_be_visible()
    shot(page, "account")
    page.get_by_role("button", name="退出").click()
    knock(page, live_server.url)
    expect(page.get_by_role("heading", level=1, name="第二重验证")).to_be_visible()
    axe(page)
    shot(page, "second")
    page.get_by_role("button", name="用安全密钥或通行密钥").click()
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()
    assert AccessEntry.objects.filter(action="sign_in", subject="key", done=True).exists()
    assert SecondFactor.objects.get().sign_count > 0


def test_a_card_is_made_printed_and_asked_for_by_keyboard(
    world: World, page: Page, live_server: LiveServer, axe: Axe, shot: Shot
) -> None:
    knock(page, live_server.url)
    page.goto(f"{live_server.url}/account/card/")
    page.get_by_label("您的密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="巧姐 验证卡")
    codes = card.get_by_role("listitem")
    expect(codes).to_have_count(cards.CODES)
    axe(page)
    shot(page, "card")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    expect(card).to_be_visible()
    for hidden in (
        page.get_by_label("卡上第 1 号"),
        page.get_by_role("navigation"),
        page.get_by_text("按 Ctrl+P"),
    ):
        expect(hidden.first).not_to_be_visible()
    page.emulate_media(media="screen")
    numbers = [code.locator("b").inner_text() for code in codes.all()[:2]]
    page.get_by_label("卡上第 1 号").fill(numbers[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text("已登记，下次登录时要用它。")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    knock(page, live_server.url)
    field = page.get_by_label("验证卡第 2 号（8 位数字）")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("还剩 39 个"))
    axe(page)
    page.keyboard.type(numbers[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()


def test_a_one_time_code_is_handed_over_and_asked_for(
    world: World, page: Page, live_server: LiveServer, axe: Axe, shot: Shot
) -> None:
    password = services.reset_password(UserViewer(world.users["administrator"]), world.users["clerk"], "忘记")
    knock(page, live_server.url, password=password)
    expect(page.get_by_text("一次性验证码还没有发")).to_be_visible()
    axe(page)
    knock(page, live_server.url, "security")
    page.goto(f"{live_server.url}/grants/")
    axe(page)
    page.get_by_role("button", name="核实本人，发验证码").click()
    code = page.locator("td b.mono").inner_text()
    axe(page)
    shot(page, "code")
    page.get_by_role("button", name="退出").click()
    knock(page, live_server.url, password=password)
    page.get_by_label("一次性验证码").fill(code)
    axe(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("核实并发一次性验证码")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="换密码")).to_be_visible()
