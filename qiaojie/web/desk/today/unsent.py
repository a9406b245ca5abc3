"""What somebody sent in vain, because the session had ended meanwhile: kept for her alone, to be sent again or dropped."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake.public import drafts
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.web.desk.shared import params
from qiaojie.web.requests import DeskRequest

from ..accounts import sign_in
from ..intake import row_entry

WAS: Final = "was"
"""Whose session ended here for want of use: what comes from pages that are still open is kept for that account."""

_NEVER: Final = frozenset({*sign_in.FIRST_THINGS, "search", "add-codes", "key-options", "add-key", "unsent"})
"""Forms that are not worth keeping, or hold what must not be kept."""

_SECRET: Final = frozenset({"csrfmiddlewaretoken", "password", "code", "current", "new", "again", "answer"})


class _SentAgain(HttpResponseRedirect):
    """Goes on with the method and the body (RFC 9110, 15.4.8)."""

    status_code = 307


def keep(request: HttpRequest, user: User) -> str:
    """Keep what a form sent, for its sender; the address at which she goes on after signing in ('' where nothing was kept).

    Forms with drafts of their own get one; of other forms the last one is kept. Files and passwords are never kept.
    """
    viewer = UserViewer(user, params.address_of(request))
    match = _form(request)
    if match is None:
        return ""
    try:
        if row_entry.keep_unsent(request, match, viewer):
            return f"{request.path}?draft=1"
        fields = [
            (name, text)
            for name, values in request.POST.lists()
            if name not in _SECRET
            for text in values
            if isinstance(text, str)
        ]
        return reverse("unsent") if drafts.keep_form(request.get_full_path(), fields, viewer) else ""
    except (Refused, RequestDataTooBig):
        # The refusal is logged; the session ends all the same.
        return ""


def begun(viewer: UserViewer) -> list[tuple[Label, str, datetime]]:
    """The viewer's half-filled forms: what each is called, where one goes on with it, and since when."""
    return [(*form, at) for subject, at in drafts.own(viewer) if (form := _begun(subject)) is not None]


def _begun(subject: str) -> tuple[Label, str] | None:
    """A form that somebody began: what it is called, and where one goes on; None where it is there no more."""
    kind, *words = subject.split("/")
    try:
        if kind == "enter":
            return notices.table("/".join(words)).called, f"{reverse('enter', args=words)}?draft=1"
        if kind == "edit":
            return get(words[0]).label, f"{reverse('edit', args=words)}?draft=1"
    except (Unusable, KeyError):
        return None
    return _("没有办成的提交"), reverse("unsent")


def _form(request: HttpRequest) -> ResolverMatch | None:
    """The address that a form was sent to, if it is one whose content may be kept."""
    if request.method != "POST":
        return None
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    return None if match.url_name in _NEVER else match


@require_http_methods(["GET", "HEAD", "POST"])
def unsent(request: DeskRequest) -> HttpResponse:
    """What was kept, to be looked at; by POST it is sent again as it was, or dropped."""
    held = drafts.form(request.viewer)
    if request.method == "POST":
        drafts.drop(drafts.FORM, request.viewer)
        if request.POST.get("unsent") == "again" and held is not None:
            return _SentAgain(params.own_address(request, held.path, "/"))
        messages.success(request, _("已放弃。"))
        return redirect("home")
    return render(request, "web/desk/today/unsent.html", {"held": held})


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: refused. Where it came from a page of ours that was opened before a new sign-in (the
    browser says so, and no page can make it), its content is kept to be looked at and sent again."""
    same = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if same and isinstance(request.user, User) and request.user.is_authenticated:
        onward = keep(request, request.user)
        if onward:
            return redirect(onward)
    return render(request, "403_csrf.html", status=403)
