"""Access keys (接口密钥): one's own, made and ended; those of a region, confirmed and ended by the security administrator."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import factors, keys
from qiaojie.accounts.keys import Wanted
from qiaojie.accounts.models import AccessKey, KeyUse
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.web.requests import DeskRequest


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: DeskRequest) -> HttpResponse:
    """One's own keys, and making one: it is shown on this one answer and never again."""
    viewer = request.viewer
    fault, token = "", ""
    wanted = _wanted(request.POST)
    if request.method == "POST":
        try:
            _made, token = keys.make(
                viewer, wanted, request.POST.get("password", ""), request.POST.get("code", "")
            )
        except Unusable as wrong:
            fault = wrong.message
    shown = list(keys.own(request.user))
    takes_out = viewer.may(Action.EXPORT)
    context = {
        "fault": fault,
        "token": token,
        "wanted": wanted if fault else Wanted("", "", ()),
        "keys": _with_use(shown),
        "labels": _labels(),
        "may_have": keys.may_have(viewer),
        "may_hand_in": takes_out and viewer.may(Action.ENTER),
        "may_reveal": takes_out and viewer.may(Action.REVEAL),
        "asks_code": factors.asks_code(request.user),
        "most_days": keys.MOST_DAYS,
        "crumbs": [(_("我的账号"), reverse("own-account"))],
    }
    return render(request, "web/desk/accounts/access_keys_own.html", context, status=422 if fault else 200)


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The keys of the accounts in the viewer's region."""
    held = list(keys.held(request.viewer)[:MOST])
    context = {
        "keys": _with_use(held),
        "labels": _labels(),
        "crumbs": [(_("授权"), reverse("grants"))],
    }
    return render(request, "web/desk/accounts/access_keys.html", context)


@require_POST
def act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Confirm or end a key."""
    if what == "confirm":
        key = keys.confirm(request.viewer, pk)
        messages.success(request, _("密钥“%s”已确认。") % key.name)
    elif what == "end":
        key = keys.end(request.viewer, pk)
        messages.success(request, _("密钥“%s”已停用。") % key.name)
    else:
        raise Http404(what)
    return redirect("own-access-keys" if key.user_id == request.user.pk else "access-keys")


MOST = 500
"""Keys of one page."""


def _wanted(given: QueryDict) -> Wanted:
    days = given.get("days", "")
    return Wanted(
        given.get("name", ""),
        given.get("purpose", ""),
        tuple(given.getlist("ledger")),
        hands_in="hands_in" in given,
        reveals="reveals" in given,
        days=int(days)
        if days.isascii() and days.isdigit() and len(days) < 5
        else keys.DAYS
        if not days
        else 0,
        addresses=given.get("addresses", ""),
    )


def _with_use(held: Iterable[AccessKey]) -> list[tuple[AccessKey, KeyUse | None]]:
    shown = list(held)
    uses = keys.uses(shown)
    return [(key, uses.get(key.pk)) for key in shown]


def _labels() -> dict[str, str]:
    """What ledgers are called, by their codes."""
    return {ledger.code: str(ledger.label) for ledger in declaration.every()}
