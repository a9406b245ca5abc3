"""What a request carries once the middleware has run."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer


class DeskRequest(HttpRequest):
    """A request of somebody signed in: the account and, for every query and service, the viewer. ``htmx`` is true where a
    part of a page is asked for."""

    htmx: HtmxDetails
    user: User
    viewer: UserViewer
