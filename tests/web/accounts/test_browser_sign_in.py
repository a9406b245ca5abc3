"""The second factor in a real browser: an app's code and a key, from enrolment to signing in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from qiaojie.accounts.models import AccessEntry, SecondFactor
from tests.web.factories import PASSWORD, World

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


def knock(page: Page, server: str) -> None:
    page.goto(f"{server}/sign-in/")
    page.get_by_label("账号").fill("clerk")
    page.get_by_label("密码").fill(PASSWORD)
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
