"""The browser of the tests works: beside Django's database, with and without scripts, at both widths."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page

pytestmark = pytest.mark.urls("tests.house.urls")


def test_a_page_and_the_database_answer_side_by_side(
    page: Page, axe: Callable[[Page], None], shot: Callable[[Page, str], Path]
) -> None:
    page.goto("/")
    assert page.inner_text("h1") == "你好"
    assert page.evaluate("innerWidth") == 1366
    assert ContentType.objects.count() > 0
    axe(page)
    assert shot(page, "hello").read_bytes().startswith(b"\x89PNG")


def test_a_phone_is_narrow(phone: Page) -> None:
    phone.goto("/")
    assert phone.evaluate("screen.width") == 390


def test_a_page_without_scripts_still_shows(page_no_js: Page) -> None:
    page_no_js.goto("/")
    assert page_no_js.get_by_role("heading", name="你好").is_visible()


def test_the_accessibility_check_finds_a_picture_without_a_text(
    page: Page, axe: Callable[[Page], None]
) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('img').removeAttribute('alt')")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
