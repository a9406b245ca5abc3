"""Every page of the desk in a browser: accessible in both languages and every dress, whole on a phone and at 400 %.

All rules of accessibility are asked of every page in Chinese in light and in English in high contrast; those of colour also in
dark, and in high contrast in the dark. States that no address alone leads to stand on the page of components, which is one of
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from qiaojie.accounts.viewers import UserViewer
from qiaojie.web.desk.today import search
from qiaojie.web.desk.urls import urlpatterns
from tests.web import factories
from tests.web.addresses import addresses
from tests.web.allowed import ADMINISTERED, POSTED, PUBLIC
from tests.web.factories import NOTICE, World
from tests.web.intake.test_likeness import help_table

pytestmark = pytest.mark.django_db

FILES = {"export-again"}
"""Addresses that answer with a file and do not end with its format."""

LEVELS = "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
SMALL = """[...document.querySelectorAll('button, select, summary, .button, nav a, input:not([type=hidden])')]
  .filter(e => e.checkVisibility({visibilityProperty: true})).filter(e => {
    const b = (e.closest('label') || e).getBoundingClientRect();
    return b.width < 24 || b.height < 24;
  }).map(e => e.outerHTML.slice(0, 200))"""
"""Controls less than 24 pixels wide or high (WCAG 2.2, 2.5.8)."""
CUT = """[...document.querySelectorAll('body *:not(input, select, textarea, svg *)')].filter(e => {
    const s = getComputedStyle(e);
    return ['hidden', 'clip'].includes(s.overflowX) && s.clipPath === 'none' && e.scrollWidth > e.clientWidth + 1;
  }).map(e => e.outerHTML.slice(0, 200))"""
"""What hides a part of itself."""


def shown(world: World) -> Iterator[tuple[str, str, str]]:
    """Name, address and account of every page: all that the desk answers with one when it is asked for."""
    own = addresses(world, "here")
    for name in sorted({route.name for route in urlpatterns} - POSTED - PUBLIC - FILES):
        if "." in own[name].partition("?")[0].rpartition("/")[2]:
            continue
        allowed = ADMINISTERED.get(name, {"approver"})
        usual = allowed & {"approver", "administrator", "security", "audit"}
        yield name, own[name], min(usual or allowed)
    row = world.classes["pending"].enrolments.all()[0].pk
    unit = world.regions["万州区"].pk
    yield from (
        (address, address, user)
        for address, user in (
            ("/nowhere/", "approver"),
            ("/handbook/", "approver"),
            ("/handbook/print/", "approver"),
            ("/handbook/review/", "approver"),
            (search.address("涪陵", UserViewer(world.users["city"])), "city"),
            (search.address(world.people["here"][1].name, UserViewer(world.users["approver"])), "approver"),
            ("/ledgers/classes/?ends.min=x", "approver"),
            ("/ledgers/classes/?title=无", "approver"),
            ("/ledgers/enrolments/?state=draft", "clerk"),
            (f"/ledgers/enrolments/{row}/edit/", "clerk"),
            (f"/forms/{NOTICE}/roster/", "clerk"),
            (f"/board/{NOTICE}/vocational_training/?part=pending", "approver"),
            (f"/board/{NOTICE}/vocational_training/?unit={unit}&part=elsewhere", "other"),
            (f"/board/{NOTICE}/?on=2023-11-30&indicator=vocational_training", "city"),
            (f"/notices/{NOTICE}/", "city"),
            (f"/notices/{NOTICE}/vocational_training/targets/?method=hand", "city"),
            ("/help/api/", "approver"),
            ("/", "administrator"),
            ("/", "city"),
            ("/", "inspector"),
            ("/", "bank"),
            ("/hand-over/", "approver"),
        )
    )


def sign_in(page: Page, world: World, username: str, language: str) -> None:
    """As that account, without its page: signing in is tried elsewhere."""
    client = Client()
    client.force_login(world.users[username])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    base = page.evaluate("location.origin")
    page.context.add_cookies(
        [
            {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base},
            {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": base},
        ]
    )


def broken(page: Page, **options: object) -> list[str]:
    """The rules of accessibility that the page breaks, each with the elements that break it."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options})
    return [
        f"{fault['id']}: {fault['help']}: {[node['html'][:200] for node in fault['nodes']]}"
        for fault in found.response["violations"]
    ]


def faults(page: Page, english: bool) -> Iterator[str]:
    """What is wrong with the page that is open: in light and dark, or in high contrast of both; wide and narrow."""
    contrast = "more" if english else "no-preference"
    # Colours that change slowly would be measured on their way.
    page.emulate_media(color_scheme="light", contrast=contrast, reduced_motion="reduce")
    page.evaluate(UNFOLD)
    yield from broken(page)
    page.emulate_media(color_scheme="dark", contrast=contrast)
    yield from broken(page, runOnly=["color-contrast"])
    levels = page.evaluate(LEVELS)
    if levels.count(1) != 1 or levels[0] != 1 or any(b - a > 1 for a, b in pairwise(levels)):
        yield f"headings {levels}"
    # 390 is a phone; 320 is what 1280 leaves at 400 %.
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{wide} pixels wide where there are {width}"
        yield from (f"small at {width}: {html}" for html in page.evaluate(SMALL))
        yield from (f"cut at {width}: {html}" for html in page.evaluate(CUT))
    page.set_viewport_size({"width": 1366, "height": 900})


@pytest.mark.parametrize(
    ("language", "each"), [("zh-hans", 1), ("en", 6), pytest.param("en", 1, marks=pytest.mark.long)]
)
def test_every_page_is_accessible_and_whole(world: World, page: Page, language: str, each: int) -> None:
    """In English and high contrast every sixth page, and all of them among the long tests."""
    help_table(world)
    factories.counted_elsewhere(world)
    wrong: list[str] = []
    page.goto("/sign-in/")
    wrong += [f"sign-in: {fault}" for fault in faults(page, language == "en")]
    before = ""
    for name, address, user in sorted(shown(world), key=lambda one: one[2])[::each]:
        if user != before:
            sign_in(page, world, user, language)
            before = user
        answer = page.goto(address)
        assert answer is not None
        if answer.status != 200 and not address.startswith(("/nowhere", "/ledgers/classes/?ends")):
            wrong.append(f"{name} as {user} answers {answer.status}")
        wrong += [f"{name}: {fault}" for fault in faults(page, language == "en")]
    assert not wrong, "\n".join(wrong)
