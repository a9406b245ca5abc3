"""The look that somebody chose: kept in a cookie, put on every page, and nothing else gets in by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client

from qiaojie.web.desk.today.component_gallery import SECTIONS
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    return client.get("/sign-in/").content.decode().split("<head>")[0]


def test_a_look_is_chosen_kept_and_given_back_to_the_system(client: Client) -> None:
    assert "data-" not in page(client)
    sent = {"theme": "dark", "contrast": "more", "size": "largest", "next": "/sign-in/"}
    answer = client.post("/display/", sent)
    assert answer["Location"] == "/sign-in/"
    assert 'data-theme="dark" data-contrast="more" data-size="largest"' in page(client)
    client.post("/display/", {"theme": "light"})
    assert 'data-theme="light"' in page(client) and "data-contrast" not in page(client)
    client.post("/display/", {})
    assert "data-" not in page(client)


def test_what_is_no_choice_never_reaches_a_page(client: Client) -> None:
    client.post("/display/", {"theme": '"><script>', "size": "9"})
    assert "data-" not in page(client)
    client.cookies["qiaojie_display"] = '"><b>.x.large.y.z'
    assert "<b>" not in page(client) and 'data-size="large"' in page(client)
    assert client.post("/display/", {"next": "https://example.org/"})["Location"] == "/"


def test_the_page_of_components_shows_every_state_of_a_row(world: World, sign_in: SignIn) -> None:
    from qiaojie.ledgers.models import State

    shown = sign_in("clerk").get("/components/").content.decode()
    for state in State.values:
        assert f'class="state {state}"' in shown


def test_every_component_is_shown_with_what_it_needs_and_leads_nowhere(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get("/components/").content.decode()
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    folder = Path(apps.get_app_config("web").path, "templates", "web", "components")
    for path in folder.glob("*.html"):
        assert path.read_text().startswith("{% comment %}"), f"{path.name} does not say what it needs"
        assert (f'id="c-{path.stem}"' in main) != (path.stem in SECTIONS), (
            f"{path.name} has no sample (qiaojie/web/desk/samples.py)"
        )
    shown = main.split("c-access_key", 1)[1]
    assert set(re.findall(r'href="([^"]*)"', shown)) == {"#main"}
    assert 'method="post"' not in shown and "hx-" not in shown
    names = re.findall(r'\sid="([^"]*)"', main)
    assert len(names) == len(set(names))
