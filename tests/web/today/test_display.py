"""The look that somebody chose: kept in a cookie, put on every page, and nothing else gets in by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client

from qiaojie.lib.findings import Level
from qiaojie.web.components.display import SHEETS
from qiaojie.web.components.progress import Band
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


MEDIA = {
    ("", ""): {
        "dark": "screen and (prefers-color-scheme: dark)",
        "contrast": "(prefers-contrast: more)",
        "contrast-dark": "screen and (prefers-color-scheme: dark) and (prefers-contrast: more)",
    },
    ("dark", "more"): {"dark": "screen", "contrast": "", "contrast-dark": "screen"},
    ("dark", "usual"): {"dark": "screen"},
    ("light", "more"): {"contrast": ""},
    ("light", "usual"): {},
    ("", "more"): {
        "dark": "screen and (prefers-color-scheme: dark)",
        "contrast": "",
        "contrast-dark": "screen and (prefers-color-scheme: dark)",
    },
    ("dark", ""): {
        "dark": "screen",
        "contrast": "(prefers-contrast: more)",
        "contrast-dark": "screen and (prefers-contrast: more)",
    },
}
"""For what the colours of each look are asked for, by what was chosen of light and of contrast."""


@pytest.mark.parametrize("choice", MEDIA)
def test_a_chosen_look_has_its_colours_and_no_others(client: Client, choice: tuple[str, str]) -> None:
    client.post("/display/", dict(zip(("theme", "contrast"), choice, strict=True)))
    head = client.get("/sign-in/").content.decode().split("</head>")[0]
    linked = re.findall(r'rel="stylesheet" href="[^"]*/style/([a-z-]+)\.[^"]*"(?: media="([^"]*)")?', head)
    looks = {name: media for name, media in linked if name in ("dark", "contrast", "contrast-dark")}
    assert looks == MEDIA[choice]
    assert [name for name, _media in linked][-len(SHEETS) :] == list(SHEETS)


def test_what_is_no_choice_never_reaches_a_page(client: Client) -> None:
    client.post("/display/", {"theme": '"><script>', "size": "9"})
    assert "data-" not in page(client)
    client.cookies["qiaojie_display"] = '"><b>.x.large.y.z'
    assert "<b>" not in page(client) and 'data-size="large"' in page(client)
    assert client.post("/display/", {"next": "https://example.org/"})["Location"] == "/"


def test_the_page_of_components_shows_every_state_of_a_row(world: World, sign_in: SignIn) -> None:
    from qiaojie.ledgers.models import State

    shown = sign_in("clerk").get("/components/").content.decode()
    drawn = Path(apps.get_app_config("web").path, "static", "web", "style", "states.css").read_text()
    states = {*State.values, *re.findall(r"\.state\.([a-z]+)", drawn)}
    assert len(states) > 15
    assert not [state for state in states if f'class="state {state}"' not in shown]
    for level in Level:
        assert f"finding {level}" in shown
    for band in Band:
        assert f'class="{band}"' in shown


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
