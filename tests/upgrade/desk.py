"""Acting at the desk as an account does, by the product's addresses: what cannot be done there stops the maker."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client

from qiaojie.demo.offices import PASSWORD

Given = Mapping[str, Any]


class Desk:
    """One account at the desk."""

    def __init__(self, username: str) -> None:
        self.username = username
        self.client = Client()
        self.client.force_login(one("accounts.User", username=username))

    def see(self, address: str) -> str:
        """A page's source."""
        answer = self.client.get(address)
        _demand(answer, (200,), f"{self.username} GET {address}")
        return str(answer.content.decode())

    def do(self, address: str, given: Given | None = None, expected: tuple[int, ...] = (302,)) -> Any:
        """Send a form; it must be taken."""
        answer = self.client.post(address, dict(given or {}))
        _demand(answer, expected, f"{self.username} POST {address}")
        return answer

    def hand_in(self, name: str, data: bytes, table: str, **given: str) -> int:
        """A file at the desk of intake; the key of what was kept."""
        self.do("/intake/new/", {"table": table, "file": SimpleUploadedFile(name, data), **given})
        return latest("intake.Upload")

    def commit(self, upload: int) -> None:
        """Write a file's plan as it is shown."""
        self.do(f"/intake/{upload}/commit/", {"seal": hidden(self.see(f"/intake/{upload}/"), "seal")})

    def move(self, ledger: str, word: str, *rows: int) -> None:
        """Carry rows one step."""
        self.do(f"/ledgers/{ledger}/move/{word}/", {"row": rows, "purpose": f"演练：{word}"})


def sign_in(username: str, password: str, expected: int = 302) -> Client:
    """Sign in with a password, as in earnest."""
    client = Client()
    answer = client.post("/sign-in/", {"username": username, "password": password})
    _demand(answer, (expected,), f"sign-in of {username}")
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def latest(label: str, **wanted: Any) -> int:
    """The key of the newest row of a model."""
    return int(_model(label)._base_manager.filter(**wanted).order_by("-pk").values_list("pk", flat=True)[0])


def one(label: str, **wanted: Any) -> Any:
    """The oldest such row of a model."""
    return _model(label)._base_manager.filter(**wanted).order_by("pk")[0]


def region(key: str) -> int:
    """The key of the row of a region that has this key in the tree."""
    return int(one("regions.Region", key=key).pk)


def keys(label: str, **wanted: Any) -> list[int]:
    """The keys of rows of a model."""
    return list(_model(label)._base_manager.filter(**wanted).order_by("pk").values_list("pk", flat=True))


def _model(label: str) -> type[Model]:
    return apps.get_model(label)


def _demand(answer: Any, expected: tuple[int, ...], what: str) -> None:
    if answer.status_code not in expected:
        told = re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())
        raise AssertionError(f"{what}: {answer.status_code}\n{told[-3000:]}")


__all__ = ["PASSWORD", "Desk", "hidden", "keys", "latest", "one", "region", "sign_in"]
