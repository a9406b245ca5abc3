"""Cookies: behind TLS no other site of the domain can set them, and each of their attributes is as tight as it can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.cookies import Morsel
from pathlib import Path

import pytest
from django.conf import settings as own
from django.test import Client
from pytest_django import Settings

from qiaojie.lib import practice
from tests.house.source import ROOT
from tests.web.factories import PASSWORD, World

NAMES = (
    "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "QIAOJIE_DEVICE_COOKIE", "QIAOJIE_DISPLAY_COOKIE",
)  # fmt: skip
TOLD = f"""
import json
from django.conf import settings
names = {(*NAMES, "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "QIAOJIE_SECOND_FACTOR")!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}))
"""


def told(home: Path, **environment: str) -> dict[str, str]:
    """The settings of a process that was started so."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIAOJIE_")}
    done = subprocess.run(
        [sys.executable, "-c", TOLD],
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings",
            "PYTHONPATH": str(ROOT),
            "QIAOJIE_HOME": str(home),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_behind_tls_names_belong_to_the_host_and_practice_has_its_own(tmp_path: Path) -> None:
    behind = told(tmp_path, QIAOJIE_TLS="1")
    assert all(behind[name].startswith("__Host-") for name in NAMES)
    assert behind["SESSION_COOKIE_SECURE"] and behind["CSRF_COOKIE_SECURE"]
    assert behind["QIAOJIE_SECOND_FACTOR"] == "people"
    place = tmp_path / "practice"
    practice.mark(place, practice.PracticePlace([], "https://example.cn/"))
    made_up = told(place, QIAOJIE_TLS="1")
    assert all(made_up[name].startswith("__Host-practice_") for name in NAMES)
    plain = {name: getattr(own, name) for name in NAMES}
    assert not [name for name in plain.values() if name.startswith("__")], "plain http has plain names"
    assert len({*behind.values(), *made_up.values(), *plain.values()} & {*plain.values()}) == len(NAMES)


@pytest.mark.django_db
def test_every_cookie_is_for_the_host_alone_and_old_ones_are_ignored(
    world: World, settings: Settings
) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    old = client.cookies["sessionid"].value
    for name in NAMES:
        setattr(settings, name, f"__Host-{getattr(settings, name)}")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client(enforce_csrf_checks=False)
    client.cookies["sessionid"] = old
    assert client.get("/", secure=True).status_code == 302, "an old session is none"
    client.get("/sign-in/", secure=True)
    entered = client.post("/sign-in/", {"username": "clerk", "password": PASSWORD}, secure=True)
    client.post("/language/", {"language": "en", "next": "/"}, secure=True)
    client.post("/display/", {"theme": "dark", "next": "/"}, secure=True)
    assert entered.status_code == 302 and client.get("/", secure=True).status_code == 200
    set_now = {name: one for name, one in client.cookies.items() if name != "sessionid"}
    assert set(set_now) == {getattr(settings, name) for name in NAMES}
    for name, one in set_now.items():
        assert _tight(one), (name, one.OutputString())
    out = client.post("/sign-out/", secure=True).cookies["__Host-sessionid"]
    assert out["max-age"] == 0 and out["secure"] and out["path"] == "/" and not out["domain"]
    assert client.get("/", secure=True).status_code == 302


def _tight(one: Morsel[str]) -> bool:
    held = one["secure"] and one["httponly"] and one["path"] == "/" and not one["domain"]
    return bool(held and one["samesite"] in ("Lax", "Strict"))
