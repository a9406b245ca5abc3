"""What a request carries once the middleware has run."""

from __future__ import annotations

from django.http import HttpRequest

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer


class DeskRequest(HttpRequest):
    """A request of somebody signed in: the account and, for every query and service, the viewer."""

    user: User
    viewer: UserViewer
