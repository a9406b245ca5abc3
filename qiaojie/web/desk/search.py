"""One box for everything: people, classes, bases, units, notices, and the pages of the desk."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Personal, demand
from qiaojie.lib import pinyin
from qiaojie.lib.cells import Label
from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.people import search as persons
from qiaojie.regions.models import Level, Region

from ..components.tags import PLACES, labels
from ..requests import DeskRequest
from . import asking
from .rows import PAGES

PURPOSE = "search"
LONGEST = 60
"""Characters of a question that are read."""
MOST = 20
"""Answers of one kind that are listed; more are found by typing more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Something found that is no person: what it is called and where it is."""

    label: Label
    address: str
    kind: Label


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: DeskRequest) -> HttpResponse:
    """Answers to a question. It is posted, and stands encrypted in the address of the answers: names and numbers of
    people appear in no address, no server log and no browser history."""
    demand(request.viewer, Action.SEE, "search")
    if request.method == "POST":
        text = request.POST.get("q", "").strip()[:LONGEST]
        token = base64.urlsafe_b64encode(keyring().encrypt(text, PURPOSE)).decode() if text else ""
        return redirect(f"{reverse('search')}?t={token}" if token else reverse("search"))
    text = _asked(request.GET.get("t", ""))
    context = {
        "text": text,
        "people": persons.find(text, request.viewer, MOST) if text else [],
        "answers": [
            *_pages(request, text),
            *_units(request, text),
            *_notices(request, text),
            *_things(request, text),
        ]
        if text
        else [],
        "most": MOST,
    }
    return render(request, "web/desk/search.html", context)


def _asked(token: str) -> str:
    """The question that an address carries; '' for anything that we did not write there."""
    try:
        return keyring().decrypt(base64.urlsafe_b64decode(token), PURPOSE)
    except (Tampered, binascii.Error, ValueError):
        return ""


def _fits(label: str, text: str) -> bool:
    letters = pinyin.typed(text)
    return text.casefold() in label.casefold() or (bool(letters) and pinyin.begins_with(label, letters))


def _pages(request: DeskRequest, text: str) -> Iterator[Answer]:
    """Pages of the desk and lists of ledgers, by name or pinyin."""
    names = labels()
    for name, _begins, action in PLACES:
        if (action is None or request.viewer.may(action)) and _fits(names[name], text):
            yield Answer(names[name], reverse(name), _("页面"))
    if request.viewer.may(Action.ENTER) and _fits(_("导入文件"), text):
        yield Answer(_("导入文件"), reverse("receive"), _("页面"))
    for ledger in declaration.every():
        if _fits(str(ledger.label), text):
            yield Answer(ledger.label, reverse("ledger", args=[ledger.code]), _("台账"))


def _units(request: DeskRequest, text: str) -> Iterator[Answer]:
    """Units of the viewer's area, each with its row on the board of the latest notice that counts."""
    counting = asking.counting(request.viewer)
    if not counting:
        return
    board = reverse("board", args=[counting[0].code])
    inside = Region.objects.filter(request.viewer.scope(""), level__lte=Level.COUNTY, ends__isnull=True)
    found = [region for region in inside.order_by("first") if _fits(region.short_name, text)]
    for region in found[:MOST]:
        yield Answer(region.short_name, f"{board}?region={region.code or region.short_name}", _("进度"))


def _notices(request: DeskRequest, text: str) -> Iterator[Answer]:
    for notice in asking.concerning(request.viewer):
        if _fits(notice.title, text):
            yield Answer(notice.title, reverse("notice", args=[notice.code]), _("通知"))


def _things(request: DeskRequest, text: str) -> Iterator[Answer]:
    """Rows of ledgers that have a title of their own: classes, events, bases."""
    for ledger in declaration.every():
        if (
            not ledger.title
            or "." in ledger.title
            or ledger.field(ledger.title).personal is not Personal.NONE
        ):
            continue
        for row in queries.titled(ledger, request.viewer, text, MOST):
            title = row.cells[ledger.title].text
            yield Answer(title, _address(ledger.code, row), ledger.label)


def _address(code: str, row: Row) -> str:
    return reverse(PAGES[code], args=[row.pk]) if code in PAGES else reverse("ledger", args=[code])
