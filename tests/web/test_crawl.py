"""Every link that somebody can follow from home leads somewhere: in every role, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

import lxml.html
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from tests.web.addresses import administered
from tests.web.allowed import ROLES
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db


def kind(address: str) -> tuple[str, ...]:
    """What an address is one of: its view, the names that its query gives, and otherwise the words in its path. One
    address of a kind is looked at.

    Raises AssertionError when nothing answers there.
    """
    path, _mark, query = address.partition("?")
    try:
        found = resolve(path)
    except Resolver404:
        raise AssertionError(f"nothing answers at {address}") from None
    names = {part.partition("=")[0] for part in query.split("&") if part}
    words = (str(value) for value in found.kwargs.values() if not isinstance(value, int))
    return (found.url_name or "", *(sorted(names) if names else words))


def interface(tree: lxml.html.HtmlElement) -> str:
    """What a page says in its own language: what is marked as Chinese (data) is left out."""
    for element in tree.xpath("//head | //script | //*[@lang='zh-Hans']"):
        element.drop_tree()
    return " ".join([tree.text_content(), *tree.xpath("//@aria-label | //@title | //@placeholder | //@alt")])


def faults(response: HttpResponse, language: str) -> Iterator[str]:
    """What a page lacks that every page has, and what it says in the wrong language."""
    tree = lxml.html.document_fromstring(response.content.decode())
    if tree.get("lang") != ("en" if language == "en" else "zh-Hans"):
        yield f"lang is {tree.get('lang')}"
    if len(tree.xpath("//h1[normalize-space()]")) != 1:
        yield "not one h1"
    title = tree.findtext(".//title") or ""
    if not title.partition("·")[0].strip():
        yield f"title is {title!r}"
    keys = Counter(tree.xpath("//@id"))
    yield from (f"id {key} {number} times" for key, number in keys.items() if number > 1)
    if language == "en" and (words := set(re.findall(r"[\u3400-\u9fff]+", interface(tree)))):
        yield f"says {words}"


def links(response: HttpResponse, address: str) -> Iterator[str]:
    """Where a page leads on this site."""
    tree = lxml.html.document_fromstring(response.content.decode())
    for element, _name, link, _position in tree.iterlinks():
        if element.tag == "a" and not link.startswith(("#", "mailto:")):
            target = urldefrag(urljoin(address, link)).url
            assert target.startswith("/"), f"{address} leads away: {link}"
            yield target


def crawl(client: Client, language: str) -> tuple[set[str], list[str]]:
    """From home as far as it goes: the views seen, and what is wrong with them."""
    client.cookies["language"] = language
    seen: set[tuple[str, ...]] = set()
    known, waiting, wrong = {"/"}, [("/", "home")], []
    while waiting:
        address, whence = waiting.pop(0)
        response = client.get(address)
        if response.status_code not in (200, 302):
            wrong.append(f"{address} (from {whence}) answers {response.status_code}")
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        wrong += [f"{address} (from {whence}): {fault}" for fault in faults(response, language)]
        for link in links(response, address):
            if link in known:
                continue
            known.add(link)
            if kind(link) not in seen:
                seen.add(kind(link))
                waiting.append((link, address))
    return {names[0] for names in seen}, wrong


@pytest.mark.parametrize(
    ("language", "roles"),
    [
        pytest.param("zh-hans", ROLES, marks=pytest.mark.later),
        pytest.param("en", ["city", "clerk", "base", "administrator"], marks=pytest.mark.once),
        pytest.param("en", ROLES, marks=[pytest.mark.once, pytest.mark.long]),
    ],
    ids=["zh-hans", "en", "en-every-role"],
)
def test_every_link_of_every_role_leads_to_a_whole_page(
    world: World, sign_in: SignIn, language: str, roles: list[str]
) -> None:
    administered(world, "here")
    reached: set[str] = set()
    for role in roles:
        views, wrong = crawl(sign_in(role), language)
        assert not wrong, f"{role}:\n" + "\n".join(wrong)
        reached |= views
    assert {
        "board",
        "behind",
        "ledger",
        "review",
        "class",
        "person",
        "history",
        "plan",
        "form",
    } <= reached
    assert roles is not ROLES or "log" in reached, "only who audits is led there"
