"""One's own account: password, second factors, sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core import signing
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import authentication, factors, passwords
from qiaojie.accounts.credentials import cards
from qiaojie.accounts.credentials.secret_codes import spaced
from qiaojie.lib.findings import Unusable
from qiaojie.web.desk.shared.params import address_of
from qiaojie.web.requests import DeskRequest

from .sign_in import ENROL, SEEN, answer_of, knock_of

_ENROLLING_LASTS: Final = 900
"""Seconds that a begun enrolment of a second factor waits for its code."""

_MAKING: Final = "making"


@never_cache
@require_safe
def account(request: DeskRequest) -> HttpResponse:
    """Who one is here, with what one signs in, and where one is signed in."""
    listed = [
        {
            "begun_at": presence.begun_at,
            "seen_at": _moment(session.get_decoded().get(SEEN)),
            "address": presence.address,
            "device": presence.device,
            "handle": authentication.handle(presence),
            "this": presence.session_key == request.session.session_key,
        }
        for presence, session in authentication.sessions(request.user)
    ]
    context = {
        "sessions": listed,
        "factors": request.user.second_factors.order_by("pk"),
        "required": factors.required(request.user),
        "card": cards.state(request.user),
        "enrol": request.session.get(ENROL, False),
    }
    return render(request, "web/desk/accounts/own_account.html", context)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


@sensitive_post_parameters("current", "new", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: DeskRequest) -> HttpResponse:
    """Change one's own password; other sessions end by it."""
    fault = ""
    if request.method == "POST":
        given = request.POST
        try:
            authentication.change_password(
                request.user,
                given.get("current", ""),
                given.get("new", ""),
                given.get("again", ""),
                knock_of(request),
            )
        except Unusable as wrong:
            fault = wrong.message
        else:
            before = request.session.session_key
            update_session_auth_hash(request, request.user)
            request.session.save()
            authentication.go_on(request.user, before, request.session.session_key)
            messages.success(request, _("密码已经换好，其他地方的登录都已退出。"))
            return redirect("own-account")
    context = {"fault": fault, "due": passwords.due(request.user), "rules": passwords.rules()}
    return render(request, "web/desk/accounts/password.html", context, status=422 if fault else 200)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_codes(request: DeskRequest) -> HttpResponse:
    """Show an app its secret, as a picture and in letters, and keep it once it makes the right code."""
    # The secret travels with the form, signed for this account: looking at the page keeps nothing.
    signer = TimestampSigner(salt=f"codes/{request.user.pk}")
    try:
        secret = signer.unsign(request.POST.get("secret", ""), max_age=_ENROLLING_LASTS)
    except BadSignature:
        secret = factors.new_secret()
    fault = ""
    if request.method == "POST":
        try:
            factors.add_codes(
                request.user, secret, request.POST.get("code", ""), request.POST.get("name", "")
            )
        except Unusable as wrong:
            fault = wrong.message
        else:
            return _added(request)
    shown = factors.picture(factors.enrolment_address(request.user, secret))
    context = {
        "fault": fault,
        "picture": mark_safe(shown),  # noqa: S308 - drawn by us from an escaped address
        "name": request.POST.get("name", ""),
        "signed": signer.sign(secret),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
    }
    return render(request, "web/desk/accounts/add_codes.html", context, status=422 if fault else 200)


@sensitive_post_parameters("password", "first")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: DeskRequest) -> HttpResponse:
    """Make a card of codes, print it, and show by its first code that it is at hand; only then it counts, and the one before
    no more."""
    signer = TimestampSigner(salt=f"card/{request.user.pk}")
    given, fault = request.POST, ""
    codes = _codes(signer, given.get("codes", ""))
    if request.method == "POST":
        try:
            if codes:
                cards.enrol(request.user, codes, given.get("first", ""))
                return _added(request)
            authentication.prove_again(request.user, given.get("password", ""), address_of(request), "card")
            codes = cards.new_codes()
        except Unusable as wrong:
            fault = wrong.message
    context = {
        "fault": fault,
        "card": codes,
        "numbered": [(number, spaced(code)) for number, code in enumerate(codes, 1)],
        "signed": signer.sign(signing.dumps(codes)) if codes else "",
        "held": cards.state(request.user),
        "holder": request.user.holder,
        "day": timezone.localdate(),
        "crumbs": [(_("我的账号"), reverse("own-account"))],
    }
    return render(request, "web/desk/accounts/own_card.html", context, status=422 if fault else 200)


def _codes(signer: TimestampSigner, signed: str) -> list[str]:
    """The codes that travel with the form, made for this account a while ago; none for anything else."""
    try:
        made = signing.loads(signer.unsign(signed, max_age=_ENROLLING_LASTS))
    except BadSignature:
        return []
    return [str(code) for code in made]


@require_POST
def key_options(request: DeskRequest) -> HttpResponse:
    """What the browser needs to make a key."""
    options, request.session[_MAKING] = factors.begin_key(request.user, request.get_host())
    return JsonResponse(options)


@require_POST
def add_key(request: DeskRequest) -> HttpResponse:
    """Keep a key that the browser has made."""
    state = request.session.pop(_MAKING, None)
    if state is None:
        raise Unusable("key_wrong", _("密钥没有登记成功，请重试。"))
    given = request.POST
    factors.add_key(
        request.user, request.get_host(), state, answer_of(given.get("answer", "")), given.get("name", "")
    )
    return _added(request)


def _added(request: DeskRequest) -> HttpResponse:
    request.session.pop(ENROL, None)
    authentication.note(request.user, "second/add", address_of(request))
    messages.success(request, _("已登记，下次登录时要用它。"))
    return redirect("own-account")


@require_POST
def remove_factor(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one of one's second factors away."""
    factors.remove(request.user, pk)
    authentication.note(request.user, "second/remove", address_of(request))
    messages.success(request, _("已删除。"))
    return redirect("own-account")


@require_POST
def end_session(request: DeskRequest) -> HttpResponse:
    """End one of one's own sessions elsewhere."""
    authentication.end_one(request.user, request.POST.get("session", ""), address_of(request))
    messages.success(request, _("那里的登录已经结束。"))
    return redirect("own-account")
