"""A program that shows an account's key, and the calls it can make with objects of a county."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from qiaojie.accounts.models import AccessKey, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import deliveries
from qiaojie.intake.models import Upload
from qiaojie.ledgers import declaration
from qiaojie.lib.crypto import keyring
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from tests.web.factories import NOTICE, World, identity

EVERY = tuple(ledger.code for ledger in declaration.every())
SECRET = "s" * 43
ROOT = "/api/v1/"


def key_of(user: User, **given: Any) -> tuple[AccessKey, str]:
    """A key of an account and what a program shows; with all rights, confirmed, unless given otherwise."""
    handle = f"h{AccessKey.objects.count():011d}"
    known: dict[str, Any] = {
        "name": "培训系统",
        "purpose": "每日对账",
        "ledgers": list(EVERY),
        "hands_in": True,
        "reveals": True,
        "role": user.role,
        "post": user.post,
        "confirmed_at": timezone.now(),
        "expires_at": timezone.now() + timedelta(days=90),
        **given,
    }
    made = AccessKey.objects.create(
        user=user, handle=handle, secret=keyring().blind(SECRET, "access_key.secret"), **known
    )
    return made, f"qj_{handle}_{SECRET}"


@dataclass
class Program:
    """Asks with a key."""

    token: str
    client: Client = field(default_factory=Client)

    def ask(self, address: str, body: Any = None, **headers: str) -> HttpResponse:
        """GET, or POST of JSON where there is something to hand in."""
        shown = {"authorization": f"Bearer {self.token}", **headers}
        if body is None:
            return self.client.get(ROOT + address, headers=shown)
        return self.client.post(
            ROOT + address, json.dumps(body), content_type="application/json", headers=shown
        )


def program(user: User, **given: Any) -> Program:
    """A program with a key of that account."""
    return Program(key_of(user, **given)[1])


def roster(number: int, title: str = "接口班") -> dict[str, Any]:
    """A row of the roster of 2023: one woman in one class."""
    card = identity(number)
    return {
        "person.name": "李桂兰",
        "person.id_number": card,
        "person.certificate": f"{card}43",
        "class.title": title,
        "class.begins": "2023-07-01",
        "class.ends": "2023-07-20",
        "result": True,
    }


def handed_in(user: User, region: Region, *numbers: int) -> Upload:
    """Rows that a program of the account handed in and that wait."""
    rows = [{**roster(number), "result": "是"} for number in numbers]
    handed = deliveries.Handed(json.dumps(rows).encode(), rows, {})
    return deliveries.hand_in(notices.table(f"{NOTICE}/roster"), region, handed, UserViewer(user))[0]


def calls(world: World, county: str, upload: Upload) -> Mapping[str, tuple[str, Any]]:
    """Every call by its name, with objects of a county: address, and what is handed in (None: it is read)."""
    region = world.regions["涪陵区" if county == "here" else "万州区"]
    woman = world.people[county][1]
    held = world.classes["weaving" if county == "here" else "there"]
    return {
        "ledgers": ("ledgers", None),
        "ledger": ("ledgers/enrolments", None),
        "rows": ("ledgers/enrolments/rows", None),
        "find": ("ledgers/enrolments/rows/find", {"filters": {"state": "approved"}}),
        "look_up": ("persons/look-up", {"number": woman.id_number}),
        "one": (f"ledgers/enrolments/rows/{held.enrolments.all()[0].pk}", None),
        "person": (f"persons/{woman.pk}", None),
        "notices": ("notices", None),
        "notice": (f"notices/{NOTICE}", None),
        "edition": ("editions/chongqing-2023?under=500000", None),
        "board": (f"notices/{NOTICE}/board?unit={region.name}", None),
        "behind": (f"notices/{NOTICE}/indicators/vocational_training/rows?unit={region.name}", None),
        "gaps": (f"notices/{NOTICE}/indicators/vocational_training/gaps?unit={region.name}", None),
        "tables": ("tables", None),
        "table": (f"tables/{NOTICE}/roster", None),
        "reveal": (
            f"ledgers/persons/rows/{woman.pk}/reveal",
            {"field": "id_number", "purpose": "核对"},
        ),
        "plan": (f"plans/{upload.pk}", None),
        "commit": (f"plans/{upload.pk}/commit", {"seal": "x"}),
        "hand_in": (f"tables/{NOTICE}/roster/plans", {"region": region.name, "rows": [roster(400)]}),
        "discard": (f"plans/{upload.pk}/discard", {}),
        "document": ("openapi.json", None),
    }
