"""Chinese unless somebody chose English; then everything is English."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, World

pytestmark = pytest.mark.django_db


def test_the_browser_s_wish_does_not_count(client: Client) -> None:
    page = client.get("/sign-in/", headers={"accept-language": "en-US,en"}).content.decode()
    assert '<html lang="zh-Hans">' in page
    assert "登录" in page


def test_the_choice_is_kept_in_a_cookie_and_nothing_else_is_taken(client: Client) -> None:
    chosen = client.post("/language/", {"language": "en", "next": "/sign-in/"}, follow=True)
    assert '<html lang="en">' in chosen.content.decode()
    assert client.cookies["language"]["httponly"]
    client.post("/language/", {"language": "xx"})
    assert client.cookies["language"].value == "en"
    client.cookies["language"] = "../../etc"
    assert '<html lang="zh-Hans">' in client.get("/sign-in/").content.decode()


def interface(page: str) -> str:
    """What a page says apart from data: what is marked as Chinese, names, and values of rows are left out."""
    page = re.sub(r"<(script|title)\b.*?</\1>", " ", page, flags=re.S)
    for _ in range(8):
        page = re.sub(r'<(\w+)[^>]*\blang="zh-Hans"[^>]*>(?:(?!<\1\b).)*?</\1>', " ", page, flags=re.S)
    return page


def test_english_pages_speak_english(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    client.cookies["language"] = "en"
    woman, held = world.people["here"][0], world.classes["weaving"]
    for address in (
        "/", "/board/", f"/board/{NOTICE}/", f"/board/{NOTICE}/vocational_training/", "/ledgers/",
        "/ledgers/enrolments/", "/ledgers/classes/", "/ledgers/persons/", f"/classes/{held.pk}/", f"/persons/{woman.pk}/",
        "/intake/", "/intake/new/", "/forms/", f"/forms/{FORM}/training-status/?period=2019H1", "/nowhere/",
    ):  # fmt: skip
        page = client.get(address).content.decode()
        assert '<html lang="en">' in page
        left = re.sub(r"<[^>]+>", " ", interface(page))
        words = set(re.findall(r"[\u3400-\u9fff]+", left))
        assert not words, (address, words)
