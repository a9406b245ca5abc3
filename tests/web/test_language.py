"""Chinese unless somebody chose English; then everything is English."""

from __future__ import annotations

import re

import lxml.html
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
    """What a page says in its own language: what is marked as Chinese (data) is left out."""
    tree = lxml.html.document_fromstring(page)
    for element in tree.xpath("//head | //script | //*[@lang='zh-Hans']"):
        element.drop_tree()
    told = tree.xpath("//@aria-label | //@title | //@placeholder | //@alt")
    return " ".join([tree.text_content(), *told])


def test_english_pages_speak_english(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    client.cookies["language"] = "en"
    woman, held = world.people["here"][0], world.classes["weaving"]
    addresses = [
        "/",
        "/board/",
        f"/board/{NOTICE}/",
        f"/board/{NOTICE}/vocational_training/",
        f"/board/{NOTICE}/vocational_training/course/",
        f"/near/{NOTICE}/",
        f"/near/{NOTICE}/vocational_training/class.has_sign_in/",
        "/disputes/",
        "/ledgers/",
        "/ledgers/enrolments/",
        "/ledgers/classes/",
        "/ledgers/persons/",
        "/ledgers/certificates/",
        f"/classes/{held.pk}/",
        f"/persons/{woman.pk}/",
        "/intake/",
        "/intake/new/",
        f"/intake/{world.uploads['here'].pk}/",
        "/forms/",
        f"/forms/{FORM}/training-status/?period=2019H1",
        "/nowhere/",
    ]
    for address in addresses:
        page = client.get(address).content.decode()
        assert '<html lang="en">' in page
        words = set(re.findall(r"[\u3400-\u9fff]+", interface(page)))
        assert not words, (address, words)
