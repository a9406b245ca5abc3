"""Signing in (password, then the second factor where there is one) and out, and choosing the language."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from qiaojie.accounts import authentication, factors, passwords
from qiaojie.accounts.authentication import Knock
from qiaojie.accounts.credentials import attempts, cards, devices, handed_out, hashing, told
from qiaojie.accounts.models import SecondFactor, User
from qiaojie.lib.findings import Unusable
from qiaojie.web.desk.shared.params import address_of, own_address

SEEN: Final = "seen"
"""When the session was used last (seconds since 1970)."""
ENROL: Final = "enrol"
"""Set while a second factor must be enrolled before anything else."""
_HALF: Final = "half"
"""Whose password was right, while the second factor is asked for."""
_ASKED: Final = "asked"
"""What a key was asked."""
_HALF_LASTS: Final = 300
"""Seconds that a right password waits for the second factor."""
_DEVICE: Final = "device"
"""What the device's cookie is signed for."""

FIRST_THINGS: Final = frozenset(
    {
        "sign-in",
        "sign-out",
        "second",
        "second-options",
        "choose-language",
        "choose-display",
        "stay",
        "own-password",
    }
)
"""Pages that are open whatever must be done first."""
_ENROLLING: Final = frozenset({"own-account", "add-codes", "key-options", "add-key", "own-card"})


def must_first(request: HttpRequest) -> str:
    """The page to which somebody must go first ('' for none): a password that is due, a second factor to enrol."""
    user = request.user
    assert isinstance(user, User)
    open_pages = {reverse(name) for name in FIRST_THINGS}
    if request.path in open_pages or request.path.startswith(reverse("handbook")):
        return ""
    if passwords.due(user):
        return reverse("own-password")
    if request.session.get(ENROL) and request.path not in {reverse(name) for name in _ENROLLING}:
        return reverse("own-account")
    return ""


def leave(request: HttpRequest, how: str) -> None:
    """End the session; its row is deleted."""
    if isinstance(request.user, User):
        authentication.end(request.user, request.session.session_key, address_of(request), how)
    logout(request)


def knock_of(request: HttpRequest) -> Knock:
    """Who stands before the door: the address, and the word of a device that has signed in before."""
    held = int(devices.HELD.total_seconds())
    word = request.get_signed_cookie(settings.QIAOJIE_DEVICE_COOKIE, default="", salt=_DEVICE, max_age=held)
    return Knock(address_of(request), word or "")


@login_not_required
@sensitive_post_parameters("username", "password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account and password; then the second factor, or on to the page that was asked for.

    What was typed as the name is not shown again, but on a device of that account: it may have been a password.
    """
    onward = own_address(request, request.POST.get("next", request.GET.get("next", "")), "")
    if request.user.is_authenticated:
        return redirect(onward or settings.LOGIN_REDIRECT_URL)
    fault, busy, username = "", False, request.POST.get("username", "")
    knock = knock_of(request)
    if request.method == "POST":
        try:
            user = authentication.check_password(username, request.POST.get("password", ""), knock)
        except Unusable as wrong:
            fault, busy = wrong.message, wrong.code == "sign_in_busy"
        else:
            return _password_was_right(request, user, onward)
    shown = username if fault and authentication.is_at_home(username, knock) else ""
    context = {"fault": fault, "username": shown, "next": onward}
    response = render(request, "web/desk/accounts/sign_in.html", context, status=422 if fault else 200)
    if busy:
        response.status_code, response["Retry-After"] = 503, str(hashing.AGAIN_IN)
    return response


def _password_was_right(request: HttpRequest, user: User, onward: str) -> HttpResponse:
    if not user.second_factors.exists() and not handed_out.needs_code(user):
        return _entered(request, user, "password", onward)
    # A new key: whoever knew the old one gains nothing.
    request.session.cycle_key()
    request.session[_HALF] = {"user": user.pk, "at": time.time(), "next": onward}
    return redirect("second")


def _entered(request: HttpRequest, user: User, how: str, onward: str) -> HttpResponse:
    """Signed in; the device is known from now on."""
    knock = knock_of(request)
    login(request, user, "qiaojie.accounts.backends.AccountBackend")
    request.session[SEEN] = int(time.time())
    if factors.must_enrol(user):
        request.session[ENROL] = True
    request.session.save()
    browser = request.headers.get("User-Agent", "")
    authentication.begin(user, request.session.session_key or "", knock.address, browser, how)
    for said in told.at_sign_in(user):
        messages.warning(request, said)
    response = redirect(onward or settings.LOGIN_REDIRECT_URL)
    response.set_signed_cookie(
        settings.QIAOJIE_DEVICE_COOKIE,
        devices.remember(knock.device, user),
        salt=_DEVICE,
        max_age=int(devices.HELD.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _half(request: HttpRequest) -> tuple[User, str] | None:
    """Whose password was right a moment ago, and where they wanted to go."""
    held: dict[str, Any] = request.session.get(_HALF) or {}
    if not held or time.time() - held["at"] > _HALF_LASTS:
        return None
    user = User.objects.select_related("agency__region").filter(pk=held["user"], is_active=True).first()
    return (user, held["next"]) if user is not None else None


@login_not_required
@sensitive_post_parameters("code", "card")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second factor: a code that was typed, or a key's answer."""
    half = _half(request)
    if half is None or request.user.is_authenticated:
        return redirect("sign-in")
    user, onward = half
    fault = ""
    if request.method == "POST":
        try:
            how = _take_second(request, user)
        except Unusable as wrong:
            fault = wrong.message
        else:
            return _entered(request, user, how, onward)
    kinds = set(user.second_factors.values_list("kind", flat=True))
    context = {
        "fault": fault,
        "codes": SecondFactor.Kind.CODES in kinds,
        "keys": SecondFactor.Kind.KEY in kinds,
        "card": cards.state(user) if SecondFactor.Kind.CARD in kinds else None,
        "first_code": not kinds,
        "handed_over": not kinds and handed_out.has_code(user),
    }
    return render(request, "web/desk/accounts/second.html", context, status=422 if fault else 200)


def _take_second(request: HttpRequest, user: User) -> str:
    """With what somebody proved who she is. Raises Unusable ``code_wrong``, ``key_wrong``, ``sign_in_shut``."""
    knock = knock_of(request)
    counted = authentication.demand_second(user, knock)
    answer = request.POST.get("answer", "")
    if answer:
        how, right = "key", _key_is_right(request, user, answer)
    else:
        how, right = _code_is_right(user, request.POST)
    if not right:
        authentication.fail_second(user, knock.address, how)
    attempts.succeeded(counted)
    return how


def _code_is_right(user: User, given: QueryDict) -> tuple[str, bool]:
    """With which code somebody tried, and whether it was right."""
    if not user.second_factors.exists():
        return "first_code", handed_out.needs_code(user) and handed_out.takes_code(
            user, given.get("code", "")
        )
    if "card" in given:
        return "card", cards.takes(user, given.get("card", ""))
    return "codes", factors.takes_code(user, given.get("code", ""))


def _key_is_right(request: HttpRequest, user: User, answer: str) -> bool:
    # What was asked is asked once.
    asked = request.session.pop(_ASKED, None)
    return asked is not None and factors.takes_key(user, request.get_host(), asked, answer_of(answer))


def answer_of(text: str) -> dict[str, Any]:
    """A browser's answer about a key. Raises Unusable ``key_wrong`` for what is none."""
    try:
        answer = json.loads(text)
    except ValueError as wrong:
        raise Unusable("key_wrong", _("浏览器没有给出密钥的回答，请重试。")) from wrong
    return answer if isinstance(answer, dict) else {}


@login_not_required
@require_POST
def second_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask a key."""
    half = _half(request)
    if half is None:
        return JsonResponse({}, status=403)
    options, request.session[_ASKED] = factors.begin_use(half[0], request.get_host())
    return JsonResponse(options)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; its row is deleted."""
    leave(request, "own")
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Go on with a session that would soon have ended for want of use."""
    request.session[SEEN] = int(time.time())
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(own_address(request, request.POST.get("next", ""), "/"))


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie of this browser and go back to the page."""
    response = redirect(own_address(request, request.POST.get("next", ""), "/"))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
