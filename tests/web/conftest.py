"""Somebody signed in, and the small programme that they look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.factories import World

SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(world: World) -> SignIn:
    """``sign_in("clerk")``: a client of that account. Forged requests fail as they would in earnest."""

    def enter(username: str) -> Client:
        client = Client(enforce_csrf_checks=False)
        client.force_login(world.users[username])
        return client

    return enter
