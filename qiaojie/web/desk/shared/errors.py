"""Pages that say what went wrong, in words and in the look of the desk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from qiaojie.lib.findings import Unusable
from qiaojie.web.components.filters import SpeltOut
from qiaojie.web.components.forms import FROM

from . import refused
from .params import own_address


def missing(request: HttpRequest) -> HttpResponse:
    """Not there, or not yours: the two look the same."""
    return render(request, "404.html", status=404)


def unusable(request: HttpRequest, fault: Unusable) -> HttpResponse:
    """What cannot be used and how to mend it: 400 for an address; 422 for a form, which is shown again as it was sent."""
    if isinstance(fault, SpeltOut) and request.method in ("GET", "HEAD"):
        # The address itself goes: what stands in it is neither read nor shown again.
        messages.warning(request, fault.message)
        return redirect(f"{request.path}?{fault.query}" if fault.query else request.path)
    again = refused.page_again(request, fault)
    if again is not None:
        return again
    if fault.code == "purpose_missing" and request.method == "POST":
        return _purpose_asked(request, fault)
    status = 422 if request.method == "POST" else 400
    context = {"fault": fault, "typed": refused.typed(request)}
    return render(request, "web/desk/shared/unusable.html", context, status=status)


def posted_only(request: HttpRequest) -> HttpResponse:
    """An address that only forms are sent to, opened as if it were a page: nothing is there, and ways on."""
    return render(request, "405.html", status=405)


_ASKED = frozenset({"csrfmiddlewaretoken", FROM, "purpose", "purpose_other"})
"""Fields that are asked anew."""


def _purpose_asked(request: HttpRequest, fault: Unusable) -> HttpResponse:
    """The same form with all that it held, and its purpose asked at the field where it was missing."""
    context = {
        "again": request.get_full_path(),
        "kept": [
            (name, value) for name, values in request.POST.lists() if name not in _ASKED for value in values
        ],
        "purpose_fault": fault.message,
        "back": own_address(request, request.POST.get("back", ""), ""),
    }
    return render(request, "web/desk/shared/purpose_asked.html", context, status=422)
