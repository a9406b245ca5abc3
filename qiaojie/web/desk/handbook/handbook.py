"""The handbook: its tasks, one of them, and all on paper. It holds nothing of anybody, so strangers read it too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.accounts.models import User
from qiaojie.web.components import handbook
from qiaojie.web.components.handbook import HandbookTask

LONGEST = 40
"""Characters of a question that are read: as many as a title has, and some."""

Grouped = list[tuple[str, list[HandbookTask]]]


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The tasks of one's own post, then those of others; or those in which a text stands."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    found = handbook.matching(text)
    mine = [task for task in found if _mine(request, task)]
    context = {
        "text": text,
        "mine": _grouped(mine),
        "others": _grouped(task for task in found if task not in mine),
        "number": len(found),
    }
    return render(request, "web/desk/handbook/handbook.html", context)


@login_not_required
@require_safe
def task(request: HttpRequest, code: str) -> HttpResponse:
    """How one task is done, between the tasks before and after it."""
    found = handbook.find(code)
    if found is None:
        raise Http404
    every = [one for one in handbook.every() if _mine(request, one) or one is found]
    place = every.index(found)
    context = {
        **_drawn(request, found),
        "before": every[place - 1] if place else None,
        "after": every[place + 1] if place + 1 < len(every) else None,
        "crumbs": [(_("经办手册"), reverse("handbook"))],
    }
    return render(request, "web/desk/handbook/task.html", context)


@login_not_required
@require_safe
def whole(request: HttpRequest) -> HttpResponse:
    """Every task on one page, to be printed."""
    context = {
        "groups": [
            (label, [_drawn(request, task) for task in tasks]) for label, tasks in _grouped(handbook.every())
        ],
        "crumbs": [(_("经办手册"), reverse("handbook"))],
    }
    return render(request, "web/desk/handbook/whole.html", context)


def _mine(request: HttpRequest, task: HandbookTask) -> bool:
    """Whether it is a task of whoever looks; a stranger may be anybody."""
    user = request.user
    return task.concerns(user.role) if isinstance(user, User) else True


def _grouped(tasks: Iterable[HandbookTask]) -> Grouped:
    held: dict[str, list[HandbookTask]] = {}
    for one in tasks:
        held.setdefault(one.group, []).append(one)
    return [(label, held[code]) for code, label in handbook.groups().items() if code in held]


def _drawn(request: HttpRequest, task: HandbookTask) -> dict[str, Any]:
    """A task with the address of each step that is done on a page of its own, for whoever may go there."""
    goes = request.user.is_authenticated and _mine(request, task)
    addresses = [_address(name) if goes else "" for name in task.opens]
    return {
        "task": task,
        "steps": list(zip(task.text.steps, addresses, strict=True)),
        "roles": [role.label for role in task.roles],
    }


def _address(name: str) -> str:
    """Where a page is that needs nothing else to be named; '' for a page of one class, one file, one notice."""
    if not name:
        return ""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
