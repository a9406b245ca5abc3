"""What an attacker sends: words where keys belong, zero bytes, endless numbers, addresses elsewhere, names of files with paths."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake.models import Upload
from qiaojie.ledgers.models import State
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.addresses import addresses, posted
from tests.web.allowed import POSTED
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World, identity

pytestmark = pytest.mark.django_db

ASKED = (
    "after on region draft unit q page year table t standing show sheet person period part next minimum method last"
    " indicator level code verdict sort col state name sex person.name expires_on.min ends.max home group first blank"
).split()
SENT = (
    "act all answer back code document keep kind label language level method minimum missing name next on other overrule"
    " password payload period person purpose q reason region revoke role row seal secret seen table to unit upload username"
    " value who word year box.person.name field.name field.phone"
).split()
NASTY = ("\x00", "9" * 40, "-1", "' OR 1=1 --", "{{7*7}}%s%(x)s", "\ud7ff\u202e＝1", "x" * 3000)
ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\t//evil.example")


@pytest.mark.parametrize("nasty", NASTY)
def test_no_address_breaks(world: World, sign_in: SignIn, nasty: str) -> None:
    client = sign_in("city")
    for name, address in addresses(world, "here").items():
        if name in POSTED:
            continue
        path = address.partition("?")[0]
        for query in (dict.fromkeys(ASKED, nasty), *([{}] if nasty != "9" * 40 else [])):
            assert client.get(f"{path}?{urlencode(query)}").status_code < 500, (name, nasty)
        if nasty == "9" * 40:
            digits = "".join("9" * 40 if part.isdigit() else part for part in path.partition("?")[0].split())
            parts = ["9" * 40 if part.isdigit() else part for part in digits.split("/")]
            assert client.get("/".join(parts)).status_code < 500, name


@pytest.mark.parametrize("nasty", NASTY)
def test_no_form_breaks(world: World, sign_in: SignIn, nasty: str) -> None:
    client = sign_in("city")
    for name, address in addresses(world, "here").items():
        if name in ("sign-out", "end-session", "hand-over"):
            continue
        answer = client.post(address, dict.fromkeys(SENT, nasty))
        assert answer.status_code < 500, (name, nasty)
        mixed = {**dict.fromkeys(SENT, nasty), **posted(world, "here")}
        assert client.post(address, mixed).status_code < 500, (name, nasty)
