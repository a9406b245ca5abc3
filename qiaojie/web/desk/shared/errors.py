"""Pages that say what went wrong, in words and in the look of the desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qiaojie.lib.findings import Unusable


def missing(request: HttpRequest) -> HttpResponse:
    """Not there, or not yours: the two look the same."""
    return render(request, "404.html", status=404)


def unusable(request: HttpRequest, fault: Unusable) -> HttpResponse:
    """What cannot be used and how to mend it: 400 for an address, 422 for something handed in."""
    status = 422 if request.method == "POST" else 400
    return render(request, "web/desk/shared/unusable.html", {"fault": fault}, status=status)
