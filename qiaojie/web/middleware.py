"""Around every request: the language somebody chose, who looks, and what a refusal or unusable input answers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable

from .desk import errors

Answer = Callable[[HttpRequest], HttpResponse]


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


class Viewing:
    """Gives signed-in requests a ``viewer``; turns refusals into 404 and unusable input into a page that says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Lazy: a page that asks nothing of the ledgers (sign-in, an error) costs no query for the agency.
        request.viewer = SimpleLazyObject(lambda: _viewer(request))  # type: ignore[attr-defined]
        response = self.answer(request)
        if request.user.is_authenticated:
            # Pages hold personal data: no shared computer keeps them.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal (nothing is learnt from it; the ledger has logged it) or for unusable input."""
        if isinstance(exception, Refused):
            return errors.missing(request)
        if isinstance(exception, Unusable):
            return errors.unusable(request, exception)
        return None


def _viewer(request: HttpRequest) -> UserViewer:
    user = request.user
    if not user.is_authenticated:
        raise Refused("nobody is signed in")
    return UserViewer(user, request.META.get("REMOTE_ADDR", ""))
