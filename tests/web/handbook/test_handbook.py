"""The handbook: a page per task in both languages, with a picture, linked to and from the pages where the task is done."""

from __future__ import annotations

import re
from collections.abc import Callable

import lxml.html
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Page
from pydantic import ValidationError

from qiaojie.accounts.models import Role
from qiaojie.web.components import handbook
from qiaojie.web.components.handbook import HandbookTask, HandbookText
from qiaojie.web.desk.urls import urlpatterns
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.test_crawl import faults

pytestmark = pytest.mark.later


LARGEST, ALTOGETHER = 60_000, 1_200_000
LONGEST = 45
"""Characters of a step that are read at a glance, and the half again for a sentence that has to name things."""
HAN = re.compile("[\u3400-\u9fff]")
TASKS = handbook.every()
NAMES = {route.name for route in urlpatterns}


def said(text: HandbookText) -> list[str]:
    return [
        *(text.title, text.caption, text.next, *text.needs, *text.steps),
        *(part for pair in text.wrong for part in pair),
    ]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.code)
def test_a_task_says_the_same_in_both_languages(task: HandbookTask) -> None:
    assert len(task.opens) == len(task.zh.steps) == len(task.en.steps)
    assert (len(task.zh.needs), len(task.zh.wrong)) == (len(task.en.needs), len(task.en.wrong))
    assert all(said(task.zh)) and all(said(task.en))
    assert not [text for text in said(task.en) if HAN.search(text)]
    impolite = re.compile(r"你|[\u3400-\u9fff][(,:;?!]|[):;?!][\u3400-\u9fff]")
    assert not [text for text in said(task.zh) if impolite.search(text)]
    assert max(map(len, task.zh.steps)) < 2 * LONGEST


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.code)
def test_a_task_names_pages_that_are_there_and_has_its_picture(task: HandbookTask) -> None:
    assert task.pages
    assert {*task.pages, *filter(None, task.opens)} <= NAMES
    path = finders.find(task.picture)
    assert isinstance(path, str)
    with open(path, "rb") as picture:
        data = picture.read()
    assert data.startswith(b"\x89PNG") and len(data) <= LARGEST


def test_the_handbook_is_whole_and_light() -> None:
    assert len({task.order for task in TASKS}) == len(TASKS) >= 18
    assert {task.group for task in TASKS} == set(handbook.groups())
    assert {role for task in TASKS for role in task.roles} >= {
        *(Role.CLERK, Role.APPROVER, Role.LEADER, Role.INSPECTOR),
        *(Role.SYSTEM, Role.SECURITY, Role.AUDIT, Role.BANK, Role.TRAINER),
    }
    kept = list((handbook.FOLDER.parent / "static" / handbook.PICTURES).iterdir())
    assert {path.stem for path in kept} == {task.code for task in TASKS}
    assert sum(path.stat().st_size for path in kept) < ALTOGETHER


def test_a_file_that_is_no_task_is_refused() -> None:
    kept = TASKS[0].model_dump()
    with pytest.raises(ValidationError):
        HandbookTask(**{**kept, "pagse": []})
    with pytest.raises(ValidationError):
        HandbookTask(**{**kept, "zh": {**kept["zh"], "steps": ["一步"]}})


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_stranger_reads_every_page_in_both_languages(client: Client, language: str) -> None:
    client.cookies["language"] = language
    addresses = ["/handbook/", "/handbook/print/", *(f"/handbook/{task.code}/" for task in TASKS)]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        assert not list(faults(response, language)), address
    assert client.get("/handbook/nothing/").status_code == 404


@pytest.mark.django_db
def test_a_page_leads_to_its_task_and_the_task_back(world: World, sign_in: SignIn, client: Client) -> None:
    def links(page: str, within: str) -> list[str]:
        return [str(href) for href in lxml.html.document_fromstring(page).xpath(f"//{within}//a/@href")]

    clerk = sign_in("clerk")
    shown = links(clerk.get("/intake/new/").content.decode(), "nav[@class='how']")
    assert shown == ["/handbook/import-list/"]
    there = links(clerk.get(shown[0]).content.decode(), "ol[@class='handbook-steps']")
    assert there and {resolve(address).url_name for address in there} == {"receive"}
    assert "handbook-steps" in client.get("/handbook/review/").content.decode()
    assert not links(client.get("/handbook/review/").content.decode(), "ol[@class='handbook-steps']")
    assert links(client.get("/sign-in/").content.decode(), "nav[@class='how']") == ["/handbook/sign-in/"]
    held = world.classes["weaving"].pk
    assert links(clerk.get(f"/classes/{held}/").content.decode(), "nav[@class='how']") == [
        "/handbook/class-papers/",
        "/handbook/class-file/",
    ]
    # A leader looks at the board and does not enter; where nothing is to be told nothing stands.
    assert links(sign_in("reader").get(f"/board/{NOTICE}/").content.decode(), "nav[@class='how']")
    assert not links(clerk.get("/exports/").content.decode(), "nav[@class='how']")
    assert "/handbook/" in links(clerk.get("/").content.decode(), "footer")


@pytest.mark.django_db
def test_one_s_own_tasks_come_first_and_others_can_be_opened(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get("/handbook/").content.decode()
    mine, _mark, others = page.partition("<details")
    assert "/handbook/enter-one/" in mine and "/handbook/review/" not in mine
    assert "/handbook/review/" in others and "/handbook/accounts/" in others
    administrator = sign_in("administrator").get("/handbook/").content.decode().partition("<details")[0]
    assert "/handbook/accounts/" in administrator and "/handbook/enter-one/" not in administrator


@pytest.mark.django_db
def test_a_task_is_found_by_words_and_pinyin(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    found = client.get("/handbook/?q=补打").content.decode()
    assert "/handbook/class-papers/" in found and "/handbook/enter-one/" not in found
    assert "/handbook/attendance/" in client.get("/handbook/?q=djkq").content.decode()
    assert "换个说法" in client.get("/handbook/?q=没有这样的事").content.decode()
    asked = sign_in("approver").post("/search/", {"q": "迁出和"}, follow=True)
    assert "/handbook/move/" in asked.content.decode()
    assert (
        "/handbook/accounts/" not in client.post("/search/", {"q": "停用账号"}, follow=True).content.decode()
    )


@pytest.mark.django_db
def test_the_handbook_is_accessible_at_a_desk_and_on_a_phone(
    page: Page, world: World, axe: Callable[[Page], None]
) -> None:
    page.goto("/handbook/class-papers/")
    axe(page)
    drawn = "() => document.querySelector('figure img').naturalWidth"
    assert page.evaluate(drawn) == 960
    page.goto("/handbook/")
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/handbook/", "/handbook/class-papers/", "/handbook/print/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
