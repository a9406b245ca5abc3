"""A real Chromium for tests: pages at a desk, on a phone and without scripts; an accessibility check; screenshots.

A page given by these fixtures fails its test afterwards when a script raised an error, when the content security
policy stopped something, or when anything was asked of a machine other than the server under test.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

SCREENSHOTS = Path(__file__).resolve().parent.parent / "var" / "screenshots"

# Root may not use the sandbox; the rest keeps Chromium from calling its makers.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing. Please run: sudo apt-get install chromium"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread to the end, and Django would refuse every query beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        _wait_for_pages(patch)
        with contextlib.closing(
            playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        ) as chromium:
            yield chromium


def _wait_for_pages(patch: pytest.MonkeyPatch) -> None:
    """Have a click or a key that leads to another page wait until that page is there whole.

    By itself it waits only for the first bytes, and what counts, lists or asks a script then sees half a page on a busy
    machine.
    """
    click, press = Locator.click, Locator.press

    def clicked(locator: Locator, **options: Any) -> None:
        click(locator, **options)
        locator.page.wait_for_load_state("domcontentloaded")

    def pressed(locator: Locator, key: str, **options: Any) -> None:
        press(locator, key, **options)
        locator.page.wait_for_load_state("domcontentloaded")

    patch.setattr(Locator, "click", clicked)
    patch.setattr(Locator, "press", pressed)


@contextlib.contextmanager
def _page(browser: Browser, server: str, **options: Any) -> Iterator[Page]:
    faults: list[str] = []

    def request(asked: Request) -> None:
        if not asked.url.startswith((server, "data:", "blob:")):
            faults.append(f"asked another machine: {asked.url}")

    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    context = browser.new_context(
        base_url=server, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True, **options
    )
    try:
        context.set_default_timeout(10_000)
        context.on("request", request)
        context.on("console", console)
        context.on("weberror", lambda error: faults.append(f"script error: {error.error}"))
        yield context.new_page()
    finally:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page on a desk; addresses are relative to the server under test."""
    with _page(browser, live_server.url, **DESK) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page on a phone, 390 pixels wide."""
    with _page(browser, live_server.url, **PHONE) as page:
        yield page


@pytest.fixture
def page_no_js(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page in a browser that runs no scripts."""
    with _page(browser, live_server.url, java_script_enabled=False, **DESK) as page:
        yield page


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """``axe(page)``: fails with every broken accessibility rule and the elements that break it."""

    def check(page: Page) -> None:
        found = Axe().run(page)
        lines = [
            f"{fault['id']} ({fault['impact']}): {fault['help']}\n"
            + "\n".join(f"    {node['html']}" for node in fault["nodes"])
            for fault in found.response["violations"]
        ]
        assert not lines, f"{page.url} is not accessible:\n" + "\n".join(lines)

    return check


@pytest.fixture
def shot() -> Callable[[Page, str], Path]:
    """``shot(page, name)``: the whole page as a picture under var/screenshots, to be looked at."""

    def take(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
