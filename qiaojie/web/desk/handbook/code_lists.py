"""Code lists: every list with its words and their days; and the page on which a county adds words of its own, or ends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.codes import services, standing
from qiaojie.codes.models import CountyWord
from qiaojie.codes.reading import SEPARATOR
from qiaojie.codes.standing import StandingList
from qiaojie.codes.words import CodeWord
from qiaojie.ledgers.viewer import Action, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Level, Region
from qiaojie.web.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A word of a list as the page shows it: how deep it stands, and what counties of the viewer's area added under it."""

    word: CodeWord
    depth: int
    own: tuple[CountyWord, ...]

    @property
    def open(self) -> bool:
        """Whether it may be entered today."""
        return self.word.holds(timezone.localdate())


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All lists."""
    _of_offices(request)
    found = [standing.of(code) for code in standing.known()]
    context = {
        "lists": [(held, sum(1 for one in held.words.values() if one.county is None)) for held in found],
        "crumbs": [(_("经办手册"), reverse("handbook"))],
    }
    return render(request, "web/desk/handbook/code_lists.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def code_list(request: DeskRequest, code: str) -> HttpResponse:
    """One list; adding a word of one's own county."""
    _of_offices(request)
    held = standing.of(code)
    if code not in standing.known():
        raise Http404
    county = _county(request)
    if request.method == "POST":
        given = request.POST
        if county is None:
            refuse(request.viewer, Action.ENTER, f"codes/{code}")
        made = services.add(
            code,
            given.get("parent", ""),
            given.get("label", ""),
            county,
            request.viewer,
            given.get("reason", ""),
            also=given.get("also", "").replace("，", SEPARATOR).replace(",", SEPARATOR).split(SEPARATOR),
            begins=_day(given.get("begins", ""), "begins"),
        )
        messages.success(request, _("已加上“%s”，现在就可以选。") % made.label)
        return redirect("code-list", code=code)
    own = services.words_of(code, request.viewer)
    context = {
        "held": held,
        "words": _listed(held, own),
        "county": county if services.may_add(request.viewer, county) else None,
        "parents": [word for word in held.on(timezone.localdate()) if word.county is None],
        "own": [(one, services.may_add(request.viewer, one.region)) for one in own],
        "today": timezone.localdate(),
        "yesterday": timezone.localdate() - timedelta(days=1),
        "crumbs": [(_("经办手册"), reverse("handbook")), (_("代码表"), reverse("code-lists"))],
    }
    return render(request, "web/desk/handbook/code_list.html", context)


@require_POST
def end_word(request: DeskRequest, pk: int) -> HttpResponse:
    """End a county's word on a day, or let it be entered again."""
    _of_offices(request)
    again = bool(request.POST.get("again"))
    last = None if again else _day(request.POST.get("last", ""), "last") or timezone.localdate()
    word = services.end(pk, last, request.viewer, request.POST.get("reason", ""))
    if again:
        messages.success(request, _("“%s”又可以录入了。") % word.label)
    else:
        text = _("“%(label)s”用到%(day)s为止，已录入的照样显示。")
        messages.success(request, text % {"label": word.label, "day": word.ends})
    return redirect("code-list", code=word.list_code)


def _of_offices(request: DeskRequest) -> None:
    """Lists are what offices enter by: refused, and logged, for whoever stands outside them."""
    if request.viewer.outside:
        refuse(request.viewer, Action.SEE, "codes")


def _county(request: DeskRequest) -> Region | None:
    region = request.viewer.region
    return region if region is not None and region.level == Level.COUNTY else None


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as broken:
        raise Unusable(
            "date_form", _("“%s”不是日期，请写成 2025-12-31 这样。") % text, field=field
        ) from broken


def _listed(held: StandingList, own: list[CountyWord]) -> list[ListedWord]:
    by_parent: dict[str, list[CountyWord]] = {}
    for one in own:
        by_parent.setdefault(one.parent, []).append(one)
    return [
        ListedWord(word, _depth(held, word), tuple(by_parent.get(word.code, ())))
        for word in held.words.values()
        if word.county is None
    ]


def _depth(held: StandingList, word: CodeWord) -> int:
    """How many words stand above one."""
    depth, seen = 0, {word.code}
    while word.parent in held.words and word.parent not in seen:
        seen.add(word.parent)
        word = held.words[word.parent]
        depth += 1
    return depth
