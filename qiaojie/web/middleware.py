"""Around every request: the language somebody chose, who looks, and what a refusal or unusable input answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from qiaojie.accounts import keys
from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.codes import standing
from qiaojie.declared import running
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.web.api.door import is_program
from qiaojie.web.desk.shared import params

from . import broken
from .desk.accounts import sign_in
from .desk.shared import errors, refused
from .desk.today import unsent

_TEXTS = ("text/", "application/json", "image/svg+xml", "application/javascript")
"""What gets smaller by compressing; workbooks, PDF and pictures are compressed already."""

Answer = Callable[[HttpRequest], HttpResponse]


class Compressed(GZipMiddleware):
    """Pages go over a county's line at a fifth of their size. The library pads each with bytes of its own choosing, and the
    tokens of forms are masked anew in every page, so its size tells nothing about what is in it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compressed where it is text and the browser takes it."""
        if not response.headers.get("Content-Type", "").startswith(_TEXTS):
            return response
        return super().process_response(request, response)


class ChosenLanguage:
    """Chinese, unless the user chose another language; what the browser prefers does not count.

    Offices share computers whose browsers were installed in any language.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            response = self.answer(request)
        response.headers.setdefault("Content-Language", "zh-Hans" if chosen == "zh-hans" else chosen)
        patch_vary_headers(response, ("Cookie",))
        return response


class _Forged(CsrfViewMiddleware):
    """Tells whether a form came from another site's page, and answers nothing."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


class Staying:
    """Ends a session that nobody used for a while, and sends whoever must first do something there.

    When a session was used last stands in the session itself and is written at most once a minute.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            was = request.session.get(unsent.WAS) if request.method == "POST" else None
            before = User.objects.filter(pk=was, is_active=True).first() if was else None
            return self.leave(request, before) if before is not None else self.answer(request)
        now = int(time.time())
        seen = request.session.get(sign_in.SEEN)
        if seen is not None and now - seen > settings.QIAOJIE_IDLE_MINUTES * 60:
            return self.leave(request, user)
        if seen is not None and now - seen >= 60:
            request.session[sign_in.SEEN] = now
        first = sign_in.must_first(request)
        return redirect(first) if first else self.answer(request)

    def leave(self, request: HttpRequest, user: User) -> HttpResponse:
        """End the session. What a form sent is not lost with it, unless another site's page sent it."""
        genuine = _Forged(self.answer).process_view(request, self.answer, (), {}) is None
        onward = unsent.keep(request, user) if genuine else ""
        if request.user.is_authenticated:
            sign_in.leave(request, "idle")
            # Other pages that stand open here still hold what was typed.
            request.session[unsent.WAS] = user.pk
            messages.warning(request, _("太久没有操作，已自动退出，请重新登录。"))
        if not onward:
            return self.answer(request)
        messages.warning(request, _("您刚才提交的内容已保存，登录后接着办。"))
        address = f"{reverse('sign-in')}?{urlencode({'next': onward})}"
        if request.headers.get("HX-Request"):
            # A part of a page is no place to sign in.
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


class Readable:
    """Refuses what nobody may send, signed in or not, before an address is carried on to the page at which one signs in. What a
    program sends its own door looks at."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """A zero byte stands in no text: a database or workbook that met one would break off in the middle. A password or key
        stands in no address."""
        if is_program(request):
            return None
        for sent in (request.GET, request.POST):
            if any("\0" in text for name, texts in sent.lists() for text in (name, *texts)):
                return errors.unusable(request, Unusable("zero_byte", _("填写的内容里有不能使用的字符。")))
        fault = keys.secret_in_address(request.GET.lists(), request.path_info)
        return None if fault is None else _without_secret(request, fault)


class Viewing:
    """Gives signed-in requests a ``viewer``; turns refusals into 404 and unusable input into a page that says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with notices.asked_once():
            return self._answered(request)

    def _answered(self, request: HttpRequest) -> HttpResponse:
        # What another process has prepared since: code lists, ledgers that are declared as data.
        standing.look_again()
        running.refresh()
        if is_program(request):
            return self.answer(request)
        # Lazy: a page that asks nothing of the ledgers (sign-in, an error) costs no query for the agency.
        request.viewer = SimpleLazyObject(lambda: _viewer(request))  # type: ignore[attr-defined]
        response = self.answer(request)
        if request.method == "POST":
            response = refused.after(request, response)
        elif response.status_code == 405 and request.user.is_authenticated:
            response = errors.posted_only(request)
        if request.user.is_authenticated:
            # Pages hold personal data: no shared computer keeps them.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Files that came with a form which was refused come back with it."""
        if not is_program(request):
            refused.bring_back_files(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal (nothing is learnt from it; the ledger has logged it) or for unusable input."""
        if isinstance(exception, Refused):
            return errors.missing(request)
        if isinstance(exception, Unusable):
            return errors.unusable(request, exception)
        return broken.storage(request, exception)


def _without_secret(request: HttpRequest, fault: Unusable) -> HttpResponse:
    """Nothing is done that an address with a password or key in it asks for, and no page repeats it."""
    request.META["QUERY_STRING"], request.GET = "", QueryDict()
    request.path = request.path_info = "/"
    return errors.unusable(request, fault)


def _viewer(request: HttpRequest) -> UserViewer:
    user = request.user
    if not user.is_authenticated:
        raise Refused("nobody is signed in")
    return UserViewer(user, params.address_of(request))
